package agency

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/quotes"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/quote"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const requestsURL = "/dinas/permintaan"

// quoteRoutes are those of requests for a price: the ones to be passed to a shop,
// and staff's twins of the shop's answers.
func (a area) quoteRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: requestsURL, Handler: a.requests},
		{Method: http.MethodGet, Path: requestsURL + "/baru/:id", Handler: a.unplaced},
		{Method: http.MethodPost, Path: requestsURL + "/baru/:id/teruskan", Handler: a.passRequest},
		{Method: http.MethodPost, Path: requestsURL + "/baru/:id/tolak", Handler: a.refuseRequest},
		{Method: http.MethodGet, Path: requestsURL + "/:id", Handler: a.request},
		{Method: http.MethodPost, Path: requestsURL + "/:id/jawab", Handler: a.answerRequest},
		{Method: http.MethodPost, Path: requestsURL + "/:id/tolak", Handler: a.declineRequest},
	}
}

func (a area) desk() quotes.Desk {
	return quotes.Desk{Quotes: a.Quotes, Catalog: a.Catalog, Pictures: a.Pictures, Base: requestsURL, Staff: true}
}

func unplacedURL(requestID int64) string { return fmt.Sprintf("%s/baru/%d", requestsURL, requestID) }

// requests lists what no shop is asked for yet, and what is open at the shops that
// the actor oversees.
func (a area) requests(c *web.Ctx) error {
	waiting, err := a.Quotes.Unplaced(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	shops, err := a.openShops(c)
	if err != nil {
		return err
	}
	ids := make([]int64, len(shops))
	for i, s := range shops {
		ids[i] = s.ID
	}
	open, err := a.Quotes.OfShops(c.Context(), ids)
	if err != nil {
		return err
	}
	v := pages.List{Page: a.frame(c, "requests", text.T("quotedesk.title")), Staff: true, Title: text.T("quotedesk.title"),
		Empty: text.T("quotedesk.empty"), EmptyWhy: text.T("quotedesk.empty_agency")}
	if len(waiting) > 0 {
		v.Groups = append(v.Groups, pages.Group{Title: text.T("quotedesk.unplaced"), Lead: text.T("quotedesk.unplaced_lead"), Items: quotes.Items(waiting, unplacedURL)})
	}
	if len(open) > 0 {
		v.Groups = append(v.Groups, pages.Group{Title: text.T("quotedesk.at_shops"), Lead: text.T("quotedesk.at_shops_lead"), Items: quotes.Items(open, a.desk().URL)})
	}
	return c.Page(http.StatusOK, pages.ListPage(v))
}

// openShops are the open shops of the actor's territory.
func (a area) openShops(c *web.Ctx) ([]catalog.Shop, error) {
	var out []catalog.Shop
	for last := int64(0); ; {
		some, err := a.Catalog.Shops(c.Context(), catalog.ShopFilter{AfterID: last, Limit: 200})
		if err != nil || len(some) == 0 {
			return out, err
		}
		for _, s := range some {
			if c.Actor.Covers(s.RegencyCode) {
				out = append(out, s)
			}
			last = s.ID
		}
	}
}

func (a area) unplaced(c *web.Ctx) error { return a.drawUnplaced(c, quotes.Answered{}) }

func (a area) drawUnplaced(c *web.Ctx, sent quotes.Answered) error {
	requestID, err := c.ID("id")
	if err != nil {
		return err
	}
	shops, err := a.openShops(c)
	if err != nil {
		return err
	}
	var options []view.Option
	for _, s := range shops {
		options = append(options, view.Option{Value: fmt.Sprint(s.ID), Label: s.Name, Note: s.Place()})
	}
	return a.desk().Unplaced(c, requestID, a.frame(c, "requests", text.T("quotedesk.title")), options, sent)
}

func (a area) passRequest(c *web.Ctx) error {
	requestID, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Shop int64 `form:"shop"`
	}
	if err := c.Decode(&in); err != nil && !web.Faulty(err) {
		return err
	}
	err = a.Quotes.Pass(c.Context(), c.Actor, requestID, in.Shop)
	if fault.Is(err, fault.KindInvalid) {
		return a.drawUnplaced(c, quotes.Answered{Problem: err})
	}
	return told(c, err, requestsURL, "quotedesk.passed")
}

func (a area) refuseRequest(c *web.Ctx) error {
	requestID, err := c.ID("id")
	if err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	err = a.Quotes.Refuse(c.Context(), c.Actor, requestID, values.Get("reason"))
	if fault.Is(err, fault.KindInvalid) {
		return a.drawUnplaced(c, quotes.Answered{Problem: err, Reason: values.Get("reason")})
	}
	return told(c, err, requestsURL, "quotedesk.declined")
}

// requestFrame is the frame around a request at a shop.
func (a area) requestFrame(c *web.Ctx) func(title string) (view.Private, error) {
	return func(title string) (view.Private, error) { return a.frame(c, "requests", title), nil }
}

func (a area) request(c *web.Ctx) error {
	requestID, err := c.ID("id")
	if err != nil {
		return err
	}
	return a.desk().Page(c, requestID, a.requestFrame(c), quotes.Answered{})
}

func (a area) answerRequest(c *web.Ctx) error { return a.desk().Answer(c, a.requestFrame(c)) }

func (a area) declineRequest(c *web.Ctx) error { return a.desk().Decline(c, a.requestFrame(c)) }
