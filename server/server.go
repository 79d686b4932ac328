// Package server composes the web site: one route table from the areas, over
// the services that main made.
package server

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/admin"
	"github.com/lapak-berdaya/lapak/server/agency"
	"github.com/lapak-berdaya/lapak/server/buyer"
	"github.com/lapak-berdaya/lapak/server/curator"
	deskfinance "github.com/lapak-berdaya/lapak/server/finance"
	"github.com/lapak-berdaya/lapak/server/machine"
	"github.com/lapak-berdaya/lapak/server/maker"
	"github.com/lapak-berdaya/lapak/server/me"
	pictures "github.com/lapak-berdaya/lapak/server/media"
	"github.com/lapak-berdaya/lapak/server/privacy"
	"github.com/lapak-berdaya/lapak/server/public"
	"github.com/lapak-berdaya/lapak/server/signin"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/server/web/pagecache"
	"github.com/lapak-berdaya/lapak/static"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Parts are the services behind the pages.
type Parts struct {
	Settings config.Settings
	Log      *slog.Logger
	DB       *database.DB     // only asked for the time, the trail, and what changed
	Changes  pagecache.Source // what the page cache listens to; DB when nil
	Demo     bool
	Rules    web.Rules                   // who may come where, in place of server/authorization.csv; for tests
	Ready    func(context.Context) error // nil answer means ready
	Watch    web.Watch                   // counts requests; nil counts nothing
	DemoCode signin.DemoCode             // a person's current second factor; nil outside the demo
	System   *admin.System               // the page about the installation; nil leaves it out

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

// New composes the site; it fails on a faulty route table or authorization file.
func New(p Parts) (*web.Site, error) {
	ui.UseAssets(static.URL)
	var targets []string
	if p.Settings.XenditBaseURL == config.XenditProduction {
		targets = []string{"https://checkout.xendit.co", "https://checkout-staging.xendit.co"}
	} else {
		targets = []string{p.Settings.XenditBaseURL}
	}
	rules := p.Rules
	if len(rules.Lines()) == 0 {
		var err error
		if rules, err = Rules(); err != nil {
			return nil, err
		}
	}
	if p.Demo {
		rules = rules.Demo()
	}
	return web.New(web.Config{
		Rules: rules, Owners: p.Owners(), BaseURL: p.Settings.BaseURL.String(), TrustedProxies: p.Settings.TrustedProxies, FormTargets: targets, Log: p.Log,
		Accounts: p.Accounts, Store: p.Accounts.SessionStore(), Ready: p.Ready, Watch: p.Watch, Viewer: p.viewer, ErrorPage: errorPage,
		Changes: cmp.Or(p.Changes, pagecache.Source(p.DB)),
	}, static.Handler(), p.routes())
}

// routes is the one composed route table.
func (p Parts) routes() []web.Route {
	var all []web.Route
	all = append(all, public.Routes(public.Deps{Catalog: p.Catalog, Pictures: p.Pictures, Parcels: p.Delivery, Consents: p.Accounts, Contact: p.contact()})...)
	all = append(all, signin.Routes(p.Accounts, p.DemoCode)...)
	all = append(all, me.Routes(p.Accounts)...)
	all = append(all, privacy.Routes(privacy.Deps{People: p.Accounts, Program: p.Program})...)
	all = append(all, buyer.Routes(buyer.Deps{
		Checkout: p.Checkout, Orders: p.Orders, Payments: p.Payments, Shops: p.Catalog, Pictures: p.Pictures, Limits: p.Accounts,
	})...)
	all = append(all, curator.Routes(curator.Deps{Curation: p.Curation, Catalog: p.Catalog, Pictures: p.Pictures})...)
	all = append(all, deskfinance.Routes(deskfinance.Deps{
		Withdrawals: p.Finance, Payments: p.Payments, Suspense: p.Checkout, Books: p.Books, Shops: p.Catalog, People: p.Accounts, Now: p.now,
	})...)
	all = append(all, admin.Routes(admin.Deps{
		Messages: p.Messages, Curation: p.Curation, Finance: p.Finance, People: p.Accounts, Staff: p.Accounts, Agencies: p.Program.Agencies, Demo: p.Demo, System: p.System,
		Trail: func(ctx context.Context, object string, id int64) ([]trail.Row, error) {
			return trail.Of(ctx, p.DB.Read(ctx), object, id)
		},
	})...)
	all = append(all, maker.Routes(maker.Deps{
		Accounts: p.Accounts, Catalog: p.Catalog, Curation: p.Curation, Orders: p.Orders, Finance: p.Finance, Delivery: p.Delivery,
		Notify: p.Messages, Media: p.Pictures, Help: p.help(),
	})...)
	all = append(all, agency.Routes(agency.Deps{
		Accounts: p.Accounts, Catalog: p.Catalog, Program: p.Program, Finance: p.Finance, Orders: p.Orders, Notify: p.Messages, Pictures: p.Pictures, Grant: p.Program.GrantHelp, Now: p.now,
	})...)
	all = append(all, machine.Routes(machine.Deps{Callbacks: p.Payments, Catalog: p.Catalog})...)
	all = append(all, pictures.Routes(pictures.Deps{Pictures: p.Pictures})...)
	return all
}

// now is the database's time, for pages that count how long something waits.
func (p Parts) now(ctx context.Context) (time.Time, error) { return clock.Now(ctx, p.DB.Read(ctx)) }

// viewer adds the unread messages to a signed-in page.
func (p Parts) viewer(c *web.Ctx, page *view.Private) {
	if len(c.Actor.Memberships) == 0 && len(c.Actor.Assisting) == 0 {
		return // staff find their work in their queues
	}
	unread, err := p.Messages.Unread(c.Context(), c.Actor.UserID)
	if err != nil {
		c.Log().Warn("unread messages not counted", "error", err)
		return
	}
	page.Viewer.Inbox = view.Link{Label: text.T("web.inbox"), URL: "/toko-saya/kotak-masuk", Icon: "bell", Count: unread}
}

// contact is whom buyers can turn to (PP 80/2019 art. 27 asks for it).
func (p Parts) contact() pages.Contact {
	s := p.Settings
	c := pages.Contact{
		Organisation: cmp.Or(s.Organisation, text.T("web.contact.organisation")), Hours: cmp.Or(s.ContactHours, text.T("web.contact.hours")),
		Address: s.ContactAddress, Phone: s.ContactPhone, Email: s.ContactEmail,
	}
	if e164, mobile := account.Phone(s.ContactPhone); mobile {
		c.PhoneURL, c.WhatsApp = "tel:"+e164, "https://wa.me/"+strings.TrimPrefix(e164, "+")
	} else if s.ContactPhone != "" { // an office's landline
		c.PhoneURL = "tel:" + strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(s.ContactPhone)
	}
	if s.ContactEmail != "" {
		c.EmailURL = "mailto:" + s.ContactEmail
	}
	return c
}

// help is whom a maker without a companion turns to.
func (p Parts) help() view.Help {
	c := p.contact()
	return view.Help{Name: c.Organisation, Role: text.T("web.contact.role"), Phone: c.Phone, WhatsApp: c.WhatsApp, Call: c.PhoneURL}
}

func errorPage(page view.Public, status int, sentence, requestID string) templ.Component {
	return pages.ProblemPage(pages.Problem{
		Page: page, Status: status, Text: sentence, Request: requestID, Back: view.Link{Label: text.T("web.error.home"), URL: "/"},
	})
}
