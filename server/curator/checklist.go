package curator

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Checklists is what the desk asks of package curation about what it asks.
type Checklists interface {
	Checklists(ctx context.Context, actor account.Actor) ([]curation.Checklist, error)
	Checklist(ctx context.Context, actor account.Actor, checklistID int64) (curation.Checklist, error)
	StartChecklist(ctx context.Context, actor account.Actor, name string) (int64, error)
	StartDraft(ctx context.Context, actor account.Actor, checklistID int64) error
	SaveDraft(ctx context.Context, actor account.Actor, in curation.Draft) error
	PublishDraft(ctx context.Context, actor account.Actor, ref curation.DraftRef) error
	DiscardDraft(ctx context.Context, actor account.Actor, ref curation.DraftRef) (gone bool, err error)
	ArchiveChecklist(ctx context.Context, actor account.Actor, checklistID int64) error
}

const checklistsURL = "/kurasi/daftar-periksa"

// checklistRoutes are the addresses of the checklists.
func (a area) checklistRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: checklistsURL, Handler: a.checklists},
		{Method: http.MethodPost, Path: checklistsURL, Handler: a.startChecklist},
		{Method: http.MethodGet, Path: checklistsURL + "/:id", Handler: a.checklist},
		{Method: http.MethodPost, Path: checklistsURL + "/:id", Handler: a.changeChecklist},
		{Method: http.MethodGet, Path: checklistsURL + "/:id/draf", Handler: a.editDraft},
		{Method: http.MethodPost, Path: checklistsURL + "/:id/draf", Handler: a.saveDraft},
		{Method: http.MethodGet, Path: checklistsURL + "/:id/lihat", Handler: a.previewDraft},
		{Method: http.MethodPost, Path: checklistsURL + "/:id/lihat", Handler: a.endDraft},
	}
}

func checklistAddress(id int64) string { return checklistsURL + "/" + strconv.FormatInt(id, 10) }

func (a area) checklists(c *web.Ctx) error { return a.checklistList(c, http.StatusOK, "", nil) }

func (a area) checklistList(c *web.Ctx, status int, typed string, errs view.Errors) error {
	all, err := a.Curation.Checklists(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	names, err := a.categoryNames(c)
	if err != nil {
		return err
	}
	v := pages.Checklists{
		Page: a.frame(c, text.T("checkdesk.title")), Write: c.Actor.Has(account.RoleCurator), Name: typed, Max: curation.MaxChecklistName, Errors: errs,
	}
	for _, l := range all {
		chip := checklistState(l)
		row := []view.Cell{{Text: l.Name, URL: checklistAddress(l.ID), Note: serves(l, names)}, {Chip: &chip}, {}, {}}
		if now := l.Current(); now != nil {
			row[2] = view.Cell{Text: text.T("checkdesk.version", "n", now.Number), Note: published(*now)}
		}
		if d := l.Draft(); d != nil {
			row[3] = view.Cell{Text: text.T("checkdesk.draft_open"), URL: checklistAddress(l.ID) + "/draf", Note: d.CreatedName}
		}
		v.Rows = append(v.Rows, view.Row{Cells: row})
	}
	return c.Page(status, pages.ChecklistsPage(v))
}

func (a area) categoryNames(c *web.Ctx) (map[string]string, error) {
	all, err := a.Catalog.Categories(c.Context())
	out := map[string]string{}
	for _, k := range all {
		out[k.Slug] = k.Name
	}
	return out, err
}

func checklistState(l curation.Checklist) view.Chip {
	switch {
	case l.Archived:
		return view.Chip{Tone: view.Neutral, Label: text.T("checkdesk.state.archived")}
	case l.Current() == nil:
		return view.Chip{Tone: view.Wait, Label: text.T("checkdesk.state.draft")}
	}
	return view.Chip{Tone: view.Good, Label: text.T("checkdesk.state.used")}
}

// serves says which categories a checklist serves now.
func serves(l curation.Checklist, names map[string]string) string {
	switch {
	case l.Archived, l.Current() == nil:
		return ""
	case l.Rest():
		return text.T("checkdesk.rest")
	}
	return called(l.Current().Categories, names)
}

func called(slugs []string, names map[string]string) string {
	out := make([]string, len(slugs))
	for i, slug := range slugs {
		out[i] = names[slug]
	}
	return strings.Join(out, ", ")
}

// published says who published a version, and when.
func published(v curation.ChecklistVersion) string {
	name := v.PublishedName
	if name == "" {
		name = text.T("checkdesk.system")
	}
	return text.T("checkdesk.by", "name", name, "time", calendar.DateTime(*v.PublishedAt, "31"))
}

func (a area) startChecklist(c *web.Ctx) error {
	var in struct {
		Name string `form:"nama"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	id, err := a.Curation.StartChecklist(c.Context(), c.Actor, in.Name)
	if web.Faulty(err) {
		return a.checklistList(c, http.StatusUnprocessableEntity, in.Name, web.Errors(err))
	}
	if err != nil {
		return err
	}
	return c.SeeOther(checklistAddress(id) + "/draf")
}

func (a area) checklist(c *web.Ctx) error { return a.showChecklist(c, http.StatusOK, nil) }

// showChecklist is one checklist: a published version, as it asks, and all there
// were. The query names a version, else it is the one in use.
func (a area) showChecklist(c *web.Ctx, status int, errs view.Errors) error {
	l, names, err := a.oneChecklist(c)
	if err != nil {
		return err
	}
	v := pages.Checklist{
		Page: a.frame(c, l.Name), Action: checklistAddress(l.ID), Name: l.Name, State: checklistState(l), Write: c.Actor.Has(account.RoleCurator),
		HasDraft: l.Draft() != nil, CanArchive: !l.Archived && l.Current() != nil && !l.Rest(), Errors: errs,
	}
	shown := l.Current()
	for i := range l.Versions {
		version := &l.Versions[i]
		if !version.Published {
			continue
		}
		number := strconv.FormatInt(version.Number, 10)
		if number == c.Query("versi") {
			shown = version
		}
		v.Versions = append(v.Versions, view.Row{Cells: []view.Cell{
			{Text: text.T("checkdesk.version", "n", version.Number), URL: v.Action + "?versi=" + number}, {Text: published(*version)},
			{Text: strconv.Itoa(len(version.Items))},
		}})
	}
	if shown != nil {
		v.Shown = text.T("checkdesk.version", "n", shown.Number)
		v.Old = shown != l.Current()
		v.Groups = asked(shown.Items)
		v.Serves = called(shown.Categories, names)
		if v.Serves == "" {
			v.Serves = text.T("checkdesk.rest")
		}
	}
	return c.Page(status, pages.ChecklistPage(v))
}

func (a area) oneChecklist(c *web.Ctx) (curation.Checklist, map[string]string, error) {
	id, err := c.ID("id")
	if err != nil {
		return curation.Checklist{}, nil, err
	}
	l, err := a.Curation.Checklist(c.Context(), c.Actor, id)
	if err != nil {
		return curation.Checklist{}, nil, err
	}
	names, err := a.categoryNames(c)
	return l, names, err
}

// asked are the items as the curator of a round sees them.
func asked(items []curation.ChecklistItem) []pages.Group {
	var d pages.Desk
	check(&d, curation.Review{Checklist: curation.ChecklistVersion{Items: items}}, typed{})
	return d.Groups
}

// changeChecklist begins a draft, or puts the checklist away.
func (a area) changeChecklist(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Do string `form:"aksi"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Do == "arsip" {
		err = a.Curation.ArchiveChecklist(c.Context(), c.Actor, id)
	} else {
		err = a.Curation.StartDraft(c.Context(), c.Actor, id)
	}
	if web.Faulty(err) {
		return a.showChecklist(c, http.StatusUnprocessableEntity, web.Errors(err))
	}
	if err != nil {
		return err
	}
	if in.Do == "arsip" {
		c.Flash(view.Good, "checkdesk.archived")
		return c.SeeOther(checklistAddress(id))
	}
	return c.SeeOther(checklistAddress(id) + "/draf")
}

// previewDraft shows a draft as it will ask, and what it changes.
func (a area) previewDraft(c *web.Ctx) error { return a.showDraft(c, http.StatusOK, nil) }

func (a area) showDraft(c *web.Ctx, status int, errs view.Errors) error {
	l, names, err := a.oneChecklist(c)
	if err != nil {
		return err
	}
	d := l.Draft()
	if d == nil {
		return c.SeeOther(checklistAddress(l.ID))
	}
	v := pages.ChecklistPreview{
		Page: a.frame(c, l.Name), Action: checklistAddress(l.ID), Name: l.Name, Write: c.Actor.Has(account.RoleCurator), Groups: asked(d.Items), Errors: errs,
		Version: strconv.FormatInt(d.ID, 10), Edition: strconv.FormatInt(d.Edition, 10), Serves: called(d.Categories, names), New: l.Current() == nil,
	}
	if l.Rest() && len(d.Categories) == 0 {
		v.Serves = text.T("checkdesk.rest")
	}
	if now := l.Current(); now != nil {
		v.Changes = changes(*now, *d, names)
	}
	return c.Page(status, pages.ChecklistPreviewPage(v))
}

// changes says in sentences what a draft changes.
func changes(from, to curation.ChecklistVersion, names map[string]string) []string {
	var out []string
	if !slices.Equal(from.Categories, to.Categories) {
		out = append(out, text.T("checkdesk.change.categories", "before", called(from.Categories, names), "after", called(to.Categories, names)))
	}
	before := map[string]curation.ChecklistItem{}
	for _, it := range from.Items {
		before[it.Key] = it
	}
	var kept, order []string
	for _, it := range to.Items {
		old, had := before[it.Key]
		switch {
		case !had:
			out = append(out, text.T("checkdesk.change.new", "question", it.Question))
			continue
		case old.Question != it.Question:
			out = append(out, text.T("checkdesk.change.question", "before", old.Question, "after", it.Question))
		case old != it:
			out = append(out, text.T("checkdesk.change.item", "question", it.Question))
		}
		kept = append(kept, it.Key)
		delete(before, it.Key)
	}
	for _, it := range from.Items {
		if _, gone := before[it.Key]; gone {
			out = append(out, text.T("checkdesk.change.gone", "question", it.Question))
		} else {
			order = append(order, it.Key)
		}
	}
	if !slices.Equal(kept, order) {
		out = append(out, text.T("checkdesk.change.order"))
	}
	return out
}

// endDraft publishes a draft, or throws it away.
func (a area) endDraft(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Version int64  `form:"draf"`
		Edition int64  `form:"edisi"`
		Do      string `form:"aksi"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	ref := curation.DraftRef{ChecklistID: id, VersionID: in.Version, Edition: in.Edition}
	said, to := "checkdesk.published", checklistAddress(id)
	if in.Do == "buang" {
		var gone bool
		gone, err = a.Curation.DiscardDraft(c.Context(), c.Actor, ref)
		if said = "checkdesk.discarded"; gone {
			to = checklistsURL
		}
	} else {
		err = a.Curation.PublishDraft(c.Context(), c.Actor, ref)
	}
	if fault.Is(err, fault.KindConflict) && fault.As(err).Key == "checklist.draft_gone" { // there is nothing left to look at
		return a.showChecklist(c, http.StatusUnprocessableEntity, web.Errors(err))
	}
	if fault.Is(err, fault.KindConflict) && fault.As(err).Key == "checklist.changed" {
		err = fault.Conflict("checkdesk.look_again")
	}
	if web.Faulty(err) {
		return a.showDraft(c, http.StatusUnprocessableEntity, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, said)
	return c.SeeOther(to)
}

// anchor leads back to an item after it was moved.
func anchor(key string) string { return "#b-" + url.PathEscape(key) }
