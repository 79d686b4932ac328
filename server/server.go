// Package server composes the web site: one route table from the areas, over
// the services that main made.
package server

import (
	"context"
	"log/slog"

	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/buyer"
	"github.com/lapak-berdaya/lapak/server/public"
	"github.com/lapak-berdaya/lapak/server/signin"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/static"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Parts are the services behind the pages.
type Parts struct {
	Settings config.Settings
	Log      *slog.Logger
	DB       *database.DB // only asked whether it answers
	Demo     bool

	Accounts *account.Service
	Pictures *media.Service
	Messages *notify.Service
	Catalog  *catalog.Service
	Delivery *delivery.Service
	Payments *payment.Service
	Books    *ledger.Service
	Orders   *order.Service
	Checkout *checkout.Service
	Curation *curation.Service
	Finance  *finance.Service
	Program  *program.Service
}

// New composes the site; it fails on a faulty route table.
func New(p Parts) (*web.Site, error) {
	var targets []string
	if p.Settings.XenditBaseURL == config.XenditProduction {
		targets = []string{"https://checkout.xendit.co", "https://checkout-staging.xendit.co"}
	} else {
		targets = []string{p.Settings.XenditBaseURL}
	}
	return web.New(web.Config{
		BaseURL: p.Settings.BaseURL.String(), TrustedProxies: p.Settings.TrustedProxies, FormTargets: targets, Log: p.Log,
		Accounts: p.Accounts, Store: p.Accounts.SessionStore(), Ready: p.ready, Viewer: p.viewer, ErrorPage: errorPage,
	}, static.Handler(), p.routes())
}

// routes is the one composed route table.
func (p Parts) routes() []web.Route {
	var all []web.Route
	all = append(all, public.Routes(public.Deps{Catalog: p.Catalog, Pictures: p.Pictures, Parcels: p.Delivery, Contact: p.contact()})...)
	all = append(all, signin.Routes(p.Accounts)...)
	all = append(all, buyer.Routes(buyer.Deps{
		Checkout: p.Checkout, Orders: p.Orders, Payments: p.Payments, Shops: p.Catalog, Pictures: p.Pictures, Limits: p.Accounts,
	})...)
	return all
}

func (p Parts) ready(ctx context.Context) error { return p.DB.Ping(ctx) }

// viewer adds the unread messages to a signed-in page.
func (p Parts) viewer(c *web.Ctx, page *view.Private) {
	unread, err := p.Messages.Unread(c.Context(), c.Actor.UserID)
	if err != nil {
		c.Log().Warn("unread messages not counted", "error", err)
		return
	}
	page.Viewer.Inbox = view.Link{Label: text.T("web.inbox"), URL: "/kotak-masuk", Icon: "bell", Count: unread}
}

// contact is whom buyers can turn to (PP 80/2019 art. 27 asks for it).
func (p Parts) contact() pages.Contact {
	return pages.Contact{Organisation: text.T("web.contact.organisation"), Hours: text.T("web.contact.hours")}
}

func errorPage(page view.Public, status int, sentence, requestID string) templ.Component {
	return pages.ProblemPage(pages.Problem{
		Page: page, Status: status, Text: sentence, Request: requestID, Back: view.Link{Label: text.T("web.error.home"), URL: "/"},
	})
}
