package curator

import (
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/label"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/sticker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// proposed is what the label of the address's submission is made from: the words
// that are asked for, also before they are live.
func (a area) proposed(c *web.Ctx) (label.Goods, curation.Review, error) {
	submissionID, err := c.ID("id")
	if err != nil {
		return label.Goods{}, curation.Review{}, err
	}
	r, err := a.Curation.Review(c.Context(), c.Actor, submissionID)
	if err != nil {
		return label.Goods{}, r, err
	}
	g := label.Goods{Revision: r.Submission.Revision, Shop: r.Shop}
	g.Certificates, err = a.Catalog.Certificates(c.Context(), c.Actor, r.Shop.ID, r.Submission.ProductID)
	if err != nil && !fault.Is(err, fault.KindNotFound) { // a head of elsewhere
		return g, r, err
	}
	if g.Now, err = a.Now(c.Context()); err != nil {
		return g, r, err
	}
	g.Now = g.Now.In(calendar.Zone(r.Shop.RegencyCode))
	return g, r, nil
}

func (a area) sticker(c *web.Ctx) error {
	g, r, err := a.proposed(c)
	if err != nil {
		return err
	}
	at := narrowing{}.item(r.Submission.ID)
	return label.Show(c, g, at+"/label", func(status int, v sticker.Label) error {
		v.Page, v.Title = a.frame(c, text.T("label.title")), g.Revision.Title
		v.Back = view.Link{Label: text.T("label.back_review"), URL: at}
		if r.Submission.State != catalog.SubmissionLive {
			v.Notice = &view.Notice{Tone: view.Info, Text: text.T("label.of_proposed")}
		}
		return c.Page(status, sticker.DeskPage(v))
	})
}

func (a area) stickerPDF(c *web.Ctx) error { return a.drawSticker(c, label.PDF) }

func (a area) stickerPNG(c *web.Ctx) error { return a.drawSticker(c, label.PNG) }

func (a area) drawSticker(c *web.Ctx, draw func(c *web.Ctx, g label.Goods, base string) error) error {
	g, r, err := a.proposed(c)
	if err != nil {
		return err
	}
	return draw(c, g, narrowing{}.item(r.Submission.ID)+"/label")
}
