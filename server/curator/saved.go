package curator

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// People names those who wrote something.
type People interface {
	Users(ctx context.Context, ids []int64) (map[int64]account.User, error)
}

// savedForm is one saved answer as it was sent.
type savedForm struct {
	ID     int64  `form:"id"`
	Aspect string `form:"aspek"`
	Title  string `form:"nama"`
	Body   string `form:"kata"`
	Do     string `form:"aksi"`
}

func (a area) savedAnswers(c *web.Ctx) error { return a.savedPage(c, http.StatusOK, savedForm{}, nil) }

func (a area) savedPage(c *web.Ctx, status int, typed savedForm, errs view.Errors) error {
	all, err := a.Library.SavedAnswers(c.Context(), c.Actor, true)
	if err != nil {
		return err
	}
	var ids []int64
	for _, s := range all {
		ids = append(ids, s.CreatedBy)
	}
	names, err := a.People.Users(c.Context(), ids)
	if err != nil {
		return err
	}
	v := pages.SavedAnswers{
		Page: a.frame(c, text.T("savedesk.title")), Write: c.Actor.Has(account.RoleCurator), Max: curation.MaxSavedTitle, MaxBody: curation.MaxNote,
		New: pages.SavedAnswer{Aspects: aspectOptions("")},
	}
	for _, s := range all {
		by := text.T("savedesk.by_program")
		if s.CreatedBy > 0 {
			by = text.T("savedesk.by", "name", names[s.CreatedBy].Name)
		}
		one := pages.SavedAnswer{
			ID: strconv.FormatInt(s.ID, 10), Aspects: aspectOptions(s.Aspect), Title: s.Title, Body: s.Body, Note: text.T("savedesk.used", "n", s.Used) + " · " + by,
		}
		if s.ID == typed.ID {
			one = fill(one, typed, errs)
		}
		if s.Retired {
			v.Retired = append(v.Retired, one)
			continue
		}
		label := text.T("curator.aspect." + string(s.Aspect))
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Label != label {
			v.Groups = append(v.Groups, pages.SavedGroup{Label: label})
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Answers = append(last.Answers, one)
	}
	if typed.ID == 0 && errs.Any() {
		v.New = fill(v.New, typed, errs)
	}
	return c.Page(status, pages.SavedAnswersPage(v))
}

func fill(s pages.SavedAnswer, typed savedForm, errs view.Errors) pages.SavedAnswer {
	s.Aspects, s.Title, s.Body, s.Open, s.Errors = aspectOptions(curation.Aspect(typed.Aspect)), typed.Title, typed.Body, true, errs
	return s
}

func aspectOptions(chosen curation.Aspect) []view.Option {
	var out []view.Option
	for _, a := range curation.Aspects() {
		out = append(out, view.Option{Value: string(a), Label: text.T("curator.aspect." + string(a)), Selected: a == chosen})
	}
	return out
}

// saveAnswer writes one, takes it out of use or back, or counts that it was used;
// that last one is the page's script, which wants no page.
func (a area) saveAnswer(c *web.Ctx) error {
	var in savedForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	var err error
	done := "savedesk.saved"
	switch in.Do {
	case "dipakai":
		if err := a.Library.CountUse(c.Context(), c.Actor, in.ID); err != nil {
			return err
		}
		return c.Text(http.StatusOK, "ya")
	case "pensiun", "pakai":
		if in.Do == "pensiun" {
			done = "savedesk.retired_done"
		}
		err = a.Library.RetireAnswer(c.Context(), c.Actor, in.ID, in.Do == "pensiun")
	default:
		err = a.Library.SaveAnswer(c.Context(), c.Actor, curation.SavedAnswer{ID: in.ID, Aspect: curation.Aspect(in.Aspect), Title: in.Title, Body: in.Body})
	}
	if web.Faulty(err) {
		return a.savedPage(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, done)
	return c.SeeOther("/kurasi/jawaban")
}

// offered are the saved answers for the comments of a review, by aspect.
func (a area) offered(c *web.Ctx) ([]pages.Offered, error) {
	if !c.Actor.Has(account.RoleCurator) {
		return nil, nil
	}
	all, err := a.Library.SavedAnswers(c.Context(), c.Actor, false)
	if err != nil {
		return nil, err
	}
	var out []pages.Offered
	for _, s := range all {
		at := slices.IndexFunc(out, func(o pages.Offered) bool { return o.Aspect == string(s.Aspect) })
		if at < 0 {
			at = len(out)
			out = append(out, pages.Offered{Aspect: string(s.Aspect), Label: text.T("curator.aspect." + string(s.Aspect))})
		}
		out[at].Answers = append(out[at].Answers, pages.SavedAnswer{ID: strconv.FormatInt(s.ID, 10), Title: s.Title, Body: s.Body})
	}
	return out, nil
}
