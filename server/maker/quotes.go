package maker

import (
	"net/http"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/quotes"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/quote"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// desk answers requests for a price in "Toko saya".
func (a area) desk() quotes.Desk {
	return quotes.Desk{Quotes: a.Quotes, Catalog: a.Catalog, Pictures: a.Media, Base: "/toko-saya/permintaan"}
}

// requests are the shop's requests for a price: those to answer, or those that
// are over.
func (a area) requests(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "permintaan", text.T("quotedesk.title"))
		if err != nil {
			return err
		}
		over := c.Query("tahap") == "selesai"
		found, err := a.Quotes.ForShop(c.Context(), c.Actor, shop.ID, over)
		if err != nil {
			return err
		}
		d := a.desk()
		v := pages.List{Page: page, Title: text.T("quotedesk.title"), Empty: text.T("quotedesk.empty"), EmptyWhy: text.T("quotedesk.empty_text"), Tabs: []view.Link{
			{Label: text.T("quotedesk.tab.open"), URL: d.Base, Current: !over},
			{Label: text.T("quotedesk.tab.over"), URL: d.Base + "?tahap=selesai", Current: over},
		}}
		if items := quotes.Items(found, d.URL); len(items) > 0 {
			v.Groups = []pages.Group{{Items: items}}
		}
		return c.Page(http.StatusOK, pages.ListPage(v))
	})
}

// framed makes the frame of the shop that a request is with.
func (a area) framed(c *web.Ctx, requestID int64) (func(title string) (view.Private, error), error) {
	shopID, err := a.Quotes.ShopOf(c.Context(), requestID)
	if err != nil {
		return nil, err
	}
	shop, err := a.own(c, shopID)
	if err != nil {
		return nil, err
	}
	return func(title string) (view.Private, error) { return a.frame(c, shop, "permintaan", title) }, nil
}

func (a area) request(c *web.Ctx) error {
	requestID, err := c.ID("id")
	if err != nil {
		return err
	}
	page, err := a.framed(c, requestID)
	if err != nil {
		return err
	}
	return a.desk().Page(c, requestID, page, quotes.Answered{})
}

func (a area) answerRequest(c *web.Ctx) error { return a.onRequest(c, quotes.Desk.Answer) }

func (a area) declineRequest(c *web.Ctx) error { return a.onRequest(c, quotes.Desk.Decline) }

func (a area) onRequest(c *web.Ctx, do func(quotes.Desk, *web.Ctx, func(string) (view.Private, error)) error) error {
	requestID, err := c.ID("id")
	if err != nil {
		return err
	}
	page, err := a.framed(c, requestID)
	if err != nil {
		return err
	}
	return do(a.desk(), c, page)
}
