package maker

import (
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/label"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/sticker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// printsPerHour is how many labels one person may have drawn: each takes a tenth
// of a second.
const printsPerHour = 240

// printable is what the label of the address's product is made from: what is live,
// or, before that, the newest words.
func (a area) printable(c *web.Ctx) (label.Goods, catalog.OwnProduct, error) {
	p, shop, err := a.ownProduct(c)
	if err != nil {
		return label.Goods{}, p, err
	}
	g := label.Goods{Shop: shop}
	if g.Revision, err = a.Catalog.LiveRevision(c.Context(), c.Actor, p.ProductID); fault.Is(err, fault.KindNotFound) {
		var sub catalog.Submission
		sub, err = a.Catalog.Submission(c.Context(), c.Actor, p.SubmissionID)
		g.Revision = sub.Revision
	}
	if err != nil {
		return g, p, err
	}
	if g.Certificates, err = a.Catalog.Certificates(c.Context(), c.Actor, shop.ID, p.ProductID); err != nil {
		return g, p, err
	}
	if g.Now, err = a.Accounts.Now(c.Context()); err != nil {
		return g, p, err
	}
	g.Now = g.Now.In(calendar.Zone(shop.RegencyCode))
	if p.State == catalog.ProductPublished || p.State == catalog.ProductPaused {
		g.Address = c.Absolute("/produk/" + p.Slug)
	}
	return g, p, nil
}

func stickerURL(p catalog.OwnProduct) string { return productURL(p.ProductID) + "/label" }

func (a area) sticker(c *web.Ctx) error {
	g, p, err := a.printable(c)
	if err != nil {
		return err
	}
	page, err := a.frame(c, g.Shop, "produk", text.T("label.title"))
	if err != nil {
		return err
	}
	return label.Show(c, g, stickerURL(p), func(status int, v sticker.Label) error {
		v.Page, v.Title = page, g.Revision.Title
		v.Back = view.Link{Label: text.T("label.back_product"), URL: productURL(p.ProductID)}
		v.Notice = &view.Notice{Tone: view.Info, Text: text.T("label.of_live")}
		if g.Address == "" {
			v.Notice.Text = text.T("label.of_proposed")
		}
		if len(v.Missing) > 0 {
			v.Mend = &view.Link{Label: text.T("label.mend"), URL: productURL(p.ProductID)}
		}
		return c.Page(status, sticker.MakerPage(v))
	})
}

func (a area) stickerPDF(c *web.Ctx) error { return a.drawSticker(c, label.PDF) }

func (a area) stickerPNG(c *web.Ctx) error { return a.drawSticker(c, label.PNG) }

func (a area) drawSticker(c *web.Ctx, draw func(c *web.Ctx, g label.Goods, base string) error) error {
	g, p, err := a.printable(c)
	if err != nil {
		return err
	}
	if err := a.Accounts.Allow(c.Context(), account.Limit{Name: "label", Who: strconv.FormatInt(c.Actor.UserID, 10), Most: printsPerHour, Window: time.Hour}); err != nil {
		return err
	}
	return draw(c, g, stickerURL(p))
}
