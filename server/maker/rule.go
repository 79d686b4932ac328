package maker

import (
	"net/http"
	"slices"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// showKitchen asks in what kind of kitchen food is made: the law knows kinds of
// kitchens, and nobody else is told.
func (a area) showKitchen(c *web.Ctx) error {
	return a.show(c, func(d draft) error { return a.kitchenPage(c, http.StatusOK, d, d.sub.Revision.Label.Kitchen, nil) })
}

func (a area) kitchenPage(c *web.Ctx, status int, d draft, chosen catalog.Kitchen, e view.Errors) error {
	page, s, err := a.step(c, d, stepKitchen, e)
	if err != nil {
		return err
	}
	s.Submit, s.SubmitIcon = text.T("maker.label.next"), "next"
	choices := view.Choices{Name: "kitchen", Legend: text.T("maker.dapur.label"), Error: e.Of("kitchen")}
	icons := map[catalog.Kitchen]string{catalog.KitchenHome: "home", catalog.KitchenRented: "key", catalog.KitchenInstitution: "shop"}
	for _, k := range catalog.Kitchens() {
		choices.Options = append(choices.Options, view.Option{
			Value: string(k), Label: text.T("maker.dapur." + string(k)), Note: text.T("maker.dapur." + string(k) + "_note"), Icon: icons[k], Selected: k == chosen,
		})
	}
	return c.Page(status, pages.WordsPage(pages.Words{Page: page, Step: s, Choices: &choices}))
}

func (a area) saveKitchen(c *web.Ctx) error {
	var in struct {
		Kitchen string `form:"kitchen"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	kitchen := catalog.Kitchen(in.Kitchen)
	return a.saveLabel(c, stepKitchen, catalog.LabelChange{Kitchen: &kitchen}, nil, func(d draft, e view.Errors) error {
		return a.kitchenPage(c, http.StatusUnprocessableEntity, d, kitchen, e)
	})
}

// needs are what the hard rules still ask of a submission, in plain words and with
// the screen where it is mended. They advise: sending is not stopped.
func (a area) needs(c *web.Ctx, d draft) ([]pages.Note, error) {
	checks, err := a.Catalog.Checks(c.Context(), c.Actor, d.sub.ID)
	if err != nil {
		return nil, err
	}
	papers, err := a.Catalog.Certificates(c.Context(), c.Actor, d.sub.ShopID, d.sub.ProductID)
	if err != nil {
		return nil, err
	}
	var out []pages.Note
	refused := d.sub.State == catalog.SubmissionRefused // its own questions are asked when she starts again
	for _, check := range checks {
		if check.Met || check.Mode == catalog.RuleOff {
			continue
		}
		need := pages.Note{Aspect: text.T("maker.need.later"), Text: curation.Remedy(check)}
		if check.Blocks() {
			need.Aspect = text.T("maker.need.must")
		}
		step := map[string]string{
			"composition": stepComposition, "net": stepComposition, "allergens": stepAllergens, "shelf": stepKeeping, "kitchen": stepKitchen, "kitchen_other": stepKitchen,
		}[check.What]
		sent := slices.ContainsFunc(papers, func(x catalog.Certificate) bool {
			return x.State == catalog.CertificateEntered && slices.Contains(check.Kinds, x.Kind)
		})
		switch {
		case step != "" && refused:
			continue
		case step != "" && d.sub.Editable():
			need.Action = view.Link{Label: text.T("maker.need." + step), URL: submissionURL(d.sub.ID) + "/" + step + "?review=1", Icon: "edit"}
		case sent:
			need = pages.Note{Aspect: text.T("maker.need.waits"), Text: text.T("maker.need.sent", "rule", text.T("rule.name."+string(check.Rule)))}
		case step == "":
			need.Action = view.Link{Label: text.T("maker.need.izin"), URL: "/toko-saya/izin", Icon: "camera"}
		}
		out = together(out, need)
	}
	return out, nil
}

// together adds a need; one that is mended on the same screen as another joins it.
func together(list []pages.Note, need pages.Note) []pages.Note {
	at := slices.IndexFunc(list, func(n pages.Note) bool {
		return n.Action.URL != "" && n.Action.URL == need.Action.URL && n.Aspect == need.Aspect
	})
	if at < 0 {
		return append(list, need)
	}
	list[at].Text += "\n" + need.Text
	return list
}
