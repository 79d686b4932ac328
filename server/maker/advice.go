package maker

import (
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation/advice"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// mostHints bounds what a maker reads before she sends; the strongest stay.
const mostHints = 6

// hints are what could be better in a submission that can still be changed, each
// with the screen where it is.
func (a area) hints(c *web.Ctx, sub catalog.Submission) ([]pages.Note, error) {
	found, err := a.Media.Pictures(c.Context(), sub.Revision.Pictures)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.Certificates(c.Context(), c.Actor, sub.ShopID, sub.ProductID)
	if err != nil {
		return nil, err
	}
	live, err := a.Catalog.LivePrices(c.Context(), sub.Revision.CategoryID)
	if err != nil {
		return nil, err
	}
	now, err := a.Accounts.Now(c.Context())
	if err != nil {
		return nil, err
	}
	items := advice.Of(advice.Input{Revision: sub.Revision, Pictures: found, Certificates: list, Similar: live, Now: now})
	var out []pages.Note
	for _, wanted := range []advice.Strength{advice.Strong, advice.Mild} {
		for _, i := range items {
			if i.Strength == wanted && len(out) < mostHints {
				out = append(out, pages.Note{Text: i.Text(), Action: mendAt(i.Part, sub.ID)})
			}
		}
	}
	return out, nil
}

// mendAt is the screen where a part of a submission is changed.
func mendAt(p advice.Part, submissionID int64) view.Link {
	step, icon := map[advice.Part]string{
		advice.Photos: stepPhoto, advice.Title: stepName, advice.Description: stepDetails, advice.Composition: stepComposition,
		advice.Allergens: stepAllergens, advice.Keeping: stepKeeping, advice.Prices: stepPrice, advice.Tiers: stepTiers, advice.Variants: stepVariants,
	}[p], "edit"
	switch step {
	case "":
		return view.Link{Label: text.T("maker.mend.izin"), URL: "/toko-saya/izin", Icon: icon}
	case stepPhoto:
		icon = "camera"
	}
	return view.Link{Label: text.T("maker.mend." + step), URL: submissionURL(submissionID) + "/" + step + "?review=1", Icon: icon}
}
