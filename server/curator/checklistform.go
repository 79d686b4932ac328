package curator

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// editDraft is the form of a draft; who does not write reads it.
func (a area) editDraft(c *web.Ctx) error {
	return a.draftForm(c, http.StatusOK, nil, nil)
}

// draftForm draws a draft as it is stored, or as it was typed with what is wrong.
func (a area) draftForm(c *web.Ctx, status int, typed *curation.Draft, cause error) error {
	l, _, err := a.oneChecklist(c)
	if err != nil {
		return err
	}
	d := l.Draft()
	if !c.Actor.Has(account.RoleCurator) {
		return c.SeeOther(checklistAddress(l.ID) + "/lihat")
	}
	if d == nil && typed == nil {
		return c.SeeOther(checklistAddress(l.ID))
	}
	v := pages.ChecklistDesk{
		Page: a.frame(c, l.Name), Action: checklistAddress(l.ID), Heading: l.Name, Rest: l.Rest(), Gone: d == nil,
		NameMax: curation.MaxChecklistName, QuestionMax: curation.MaxChecklistQuestion, HelpMax: curation.MaxChecklistHelp,
	}
	shown := curation.Draft{Name: l.Name}
	if d != nil {
		shown.Categories, shown.Items = d.Categories, d.Items
		v.Version, v.Edition = strconv.FormatInt(d.ID, 10), strconv.FormatInt(d.Edition, 10)
	}
	if typed != nil {
		shown = *typed
		v.Errors = web.Errors(cause)
		v.Stale = d != nil && fault.Is(cause, fault.KindConflict)
	}
	v.Name = shown.Name
	if v.Categories, err = a.servedBy(c, l, shown.Categories); err != nil {
		return err
	}
	lessons, err := a.Library.AllLessons(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	entry := func(n int, it curation.ChecklistItem) pages.ChecklistEntry {
		e := pages.ChecklistEntry{N: strconv.Itoa(n), Key: it.Key, Question: it.Question, Help: it.Help}
		for _, aspect := range curation.Aspects() {
			e.Aspects = append(e.Aspects, view.Option{Value: string(aspect), Label: text.T("curator.aspect." + string(aspect)), Selected: aspect == it.Aspect})
		}
		for _, lesson := range lessons {
			e.Lessons = append(e.Lessons, view.Option{Value: lesson.Slug, Label: lesson.Title, Selected: lesson.Slug == it.Lesson})
		}
		for _, f := range v.Errors {
			if strings.HasSuffix(f.Field, "_"+e.N) {
				e.Open = true
			}
		}
		return e
	}
	for _, aspect := range curation.Aspects() {
		group := pages.ChecklistGroup{Aspect: string(aspect), Title: text.T("curator.aspect." + string(aspect))}
		for n, it := range shown.Items {
			if it.Aspect == aspect || aspect == curation.Photo && !slices.Contains(curation.Aspects(), it.Aspect) {
				group.Items = append(group.Items, entry(n, it))
			}
		}
		if len(group.Items) > 0 {
			group.Items[0].First, group.Items[len(group.Items)-1].Last = true, true
			v.Groups = append(v.Groups, group)
		}
	}
	v.Full = len(shown.Items) >= curation.MaxChecklistItems
	v.New = entry(len(shown.Items), curation.ChecklistItem{})
	v.New.Open = true
	return c.Page(status, pages.ChecklistDeskPage(v))
}

// servedBy are the categories to tick, each with the other checklist that serves it
// now.
func (a area) servedBy(c *web.Ctx, l curation.Checklist, ticked []string) ([]view.Check, error) {
	all, err := a.Curation.Checklists(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	categories, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return nil, err
	}
	var out []view.Check
	for _, k := range categories {
		box := view.Check{Value: k.Slug, Label: k.Name, Checked: slices.Contains(ticked, k.Slug)}
		for _, other := range all {
			if now := other.Current(); now != nil && !other.Archived && other.ID != l.ID && slices.Contains(now.Categories, k.Slug) {
				box.Hint = text.T("checkdesk.now", "list", other.Name)
			}
		}
		out = append(out, box)
	}
	return out, nil
}

// draftSent reads the form: its items are numbered from 0, the last may be the
// empty one for one more.
func draftSent(id int64, q url.Values) curation.Draft {
	number := func(name string) int64 {
		n, err := strconv.ParseInt(q.Get(name), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	d := curation.Draft{
		DraftRef: curation.DraftRef{ChecklistID: id, VersionID: number("draf"), Edition: number("edisi")}, Name: q.Get("nama"), Categories: q["kategori"],
	}
	for n := 0; n <= curation.MaxChecklistItems; n++ {
		at := "_" + strconv.Itoa(n)
		if !q.Has("tanya" + at) {
			break
		}
		it := curation.ChecklistItem{
			Key: q.Get("kunci" + at), Aspect: curation.Aspect(q.Get("aspek" + at)), Question: q.Get("tanya" + at), Help: q.Get("bantu" + at), Lesson: q.Get("pelajaran" + at),
		}
		if it.Key == "" && strings.TrimSpace(it.Question+it.Help) == "" {
			continue
		}
		d.Items = append(d.Items, it)
	}
	return d
}

// rearrange moves an item among those of its aspect, or takes it out; do is the
// move, a dash and the item's number. It returns the key of what was moved.
func rearrange(items []curation.ChecklistItem, do string) ([]curation.ChecklistItem, string) {
	move, at, _ := strings.Cut(do, "-")
	n, err := strconv.Atoi(at)
	if err != nil || n < 0 || n >= len(items) {
		return items, ""
	}
	step := 1
	switch move {
	case "buang":
		return slices.Delete(items, n, n+1), ""
	case "naik":
		step = -1
	case "turun":
	default:
		return items, ""
	}
	key := items[n].Key
	for to := n + step; to >= 0 && to < len(items); to += step {
		if items[to].Aspect == items[n].Aspect {
			items[n], items[to] = items[to], items[n]
			break
		}
	}
	return items, key
}

// saveDraft keeps the whole form with every button, so that nothing typed is lost
// when an item moves.
func (a area) saveDraft(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	q, err := c.Form()
	if err != nil {
		return err
	}
	d := draftSent(id, q)
	var moved string
	do := q.Get("aksi")
	d.Items, moved = rearrange(d.Items, do)
	if do == "baru" { // the draft it was typed into is gone
		if err := a.Curation.StartDraft(c.Context(), c.Actor, id); err != nil {
			return err
		}
		l, err := a.Curation.Checklist(c.Context(), c.Actor, id)
		if err != nil {
			return err
		}
		if fresh := l.Draft(); fresh != nil {
			d.VersionID, d.Edition = fresh.ID, 1 // somebody who wrote in it already is not overwritten
		}
	}
	err = a.Curation.SaveDraft(c.Context(), c.Actor, d)
	if web.Faulty(err) {
		return a.draftForm(c, http.StatusUnprocessableEntity, &d, err)
	}
	if err != nil {
		return err
	}
	to := checklistAddress(id) + "/draf"
	switch {
	case do == "lihat":
		return c.SeeOther(checklistAddress(id) + "/lihat")
	case moved != "":
		to += anchor(moved)
	case do == "tambah":
		to += "#baru"
	}
	c.Flash(view.Good, "checkdesk.saved")
	return c.SeeOther(to)
}
