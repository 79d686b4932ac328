package curator

import (
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// recipe is the flag that a changed composition puts on a review; nil for none.
func recipe(r curation.Review, d pages.Desk) *pages.Recipe {
	if r.Recipe == nil {
		return nil
	}
	x := r.Recipe
	v := &pages.Recipe{ID: d.ID, Revision: d.Revision, From: d.From, Decides: d.Mine && r.Submission.State == catalog.SubmissionInReview, MaxNote: curation.MaxNote}
	v.Old, v.New = differ(x.Old, x.New)
	if x.Outcome != "" {
		v.Found = text.T("recipedesk.found."+string(x.Outcome), "name", x.CheckedBy, "time", calendar.DateTime(x.CheckedAt, r.Shop.RegencyCode))
		v.Reason = x.Reason
	}
	return v
}

func (a area) checkRecipe(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Revision int64  `form:"revisi"`
		From     string `form:"dari"`
		Outcome  string `form:"hasil"`
		Reason   string `form:"alasan"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	outcome := map[string]curation.RecipeOutcome{"sesuai": curation.RecipeFits, "tetap": curation.RecipeSame}[in.Outcome]
	err = a.Curation.CheckRecipe(c.Context(), c.Actor, curation.Decision{SubmissionID: id, RevisionID: in.Revision}, outcome, in.Reason)
	switch {
	case web.Faulty(err):
		f := fault.As(err)
		key, args := f.Key, f.Args
		if len(f.Fields) > 0 {
			key, args = f.Fields[0].Key, f.Fields[0].Args
		}
		c.Flash(view.Warn, key, args...)
	case err != nil:
		return err
	default:
		c.Flash(view.Good, "recipedesk.done")
	}
	return c.SeeOther(parseFrom(in.From).item(id))
}
