// Package server composes the web site: one route table from the areas, over
// the services that main made.
package server

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/book"
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
	"github.com/lapak-berdaya/lapak/quote"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server/admin"
	"github.com/lapak-berdaya/lapak/server/agency"
	"github.com/lapak-berdaya/lapak/server/buyer"
	"github.com/lapak-berdaya/lapak/server/curator"
	"github.com/lapak-berdaya/lapak/server/document"
	deskfinance "github.com/lapak-berdaya/lapak/server/finance"
	"github.com/lapak-berdaya/lapak/server/machine"
	"github.com/lapak-berdaya/lapak/server/maker"
	"github.com/lapak-berdaya/lapak/server/me"
	pictures "github.com/lapak-berdaya/lapak/server/media"
	"github.com/lapak-berdaya/lapak/server/privacy"
	"github.com/lapak-berdaya/lapak/server/public"
	"github.com/lapak-berdaya/lapak/server/shell"
	"github.com/lapak-berdaya/lapak/server/signin"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/server/web/pagecache"
	"github.com/lapak-berdaya/lapak/share"
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
	Quotes   *quote.Service
	Curation *curation.Service
	Library  *curation.Library
	Finance  *finance.Service
	Shares   *share.Service
	Book     *book.Service
	Program  *program.Service
	Reviews  *review.Service
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
		Accounts: p.Accounts, Store: p.Accounts.SessionStore(), Ready: p.Ready, Watch: p.Watch, Viewer: p.viewer, ErrorPage: errorPage, EndedPage: signin.EndedPage,
		Changes: cmp.Or(p.Changes, pagecache.Source(p.DB)),
	}, static.Handler(), p.routes())
}

// routes is the one composed route table.
func (p Parts) routes() []web.Route {
	var all []web.Route
	window := public.Deps{Catalog: p.Catalog, Collections: p.Catalog, Reviews: p.Reviews, Limits: p.Accounts, Pictures: p.Pictures, Photos: p.Pictures, Parcels: p.Delivery, Consents: p.Accounts, Complaints: p.Program, Number: p.number, Contact: p.contact}
	all = append(all, web.Bilingual(public.Routes(window))...)
	all = append(all, public.StaffRoutes(window)...)
	all = append(all, signin.Routes(p.Accounts, p.DemoCode, p.help())...)
	all = append(all, me.Routes(p.Accounts)...)
	all = append(all, privacy.Routes(privacy.Deps{People: p.Accounts, Program: p.Program})...)
	all = append(all, web.Bilingual(buyer.Routes(buyer.Deps{
		Checkout: p.Checkout, Orders: p.Orders, Payments: p.Payments, Catalog: p.Catalog, Shops: p.Catalog, Pictures: p.Pictures, Reviews: p.Reviews, Limits: p.Accounts,
		Counters: p.Delivery, Now: p.now, Operator: p.operator,
		Quotes: p.Quotes, Goods: p.Catalog, Uploads: p.Pictures, Photos: p.Pictures, Joins: p.Program,
	}))...)
	all = append(all, curator.Routes(curator.Deps{
		Curation: p.Curation, Agencies: p.Program, Complaints: p.Program, Catalog: p.Catalog, Collections: p.Catalog, Words: p.Catalog, Rules: p.Curation, Products: p.Catalog, Reviews: p.Reviews,
		Library: p.Library, Uploads: p.Pictures, People: p.Accounts,
		Pictures: p.Pictures, Now: p.now,
	})...)
	all = append(all, deskfinance.Routes(deskfinance.Deps{
		Withdrawals: p.Finance, Payments: p.Payments, Suspense: p.Checkout, Limits: p.Checkout, Commission: p.Orders, Books: p.Books, Orders: p.Orders, Shares: p.Shares, Funds: p.Finance, Shops: p.Catalog, People: p.Accounts, Now: p.now,
	})...)
	all = append(all, admin.Routes(admin.Deps{
		Messages: p.Messages, Curation: p.Curation, Finance: p.Finance, People: p.Accounts, Staff: p.Accounts, Agencies: p.Program.Agencies, Demo: p.Demo, System: p.System, Delivery: p.Delivery, Settings: admin.SettingsOf(p.DB),
		Trail: func(ctx context.Context, object string, id int64) ([]trail.Row, error) {
			return trail.Of(ctx, p.DB.Read(ctx), object, id)
		},
	})...)
	all = append(all, maker.Routes(maker.Deps{
		Accounts: p.Accounts, Catalog: p.Catalog, Curation: p.Curation, Library: p.Library, Orders: p.Orders, Finance: p.Finance, Checkout: p.Checkout, Delivery: p.Delivery,
		Notify: p.Messages, Media: p.Pictures, Reviews: p.Reviews, Quotes: p.Quotes, Shares: p.Shares, Book: p.Book, Now: p.now, Help: p.help(),
	})...)
	all = append(all, agency.Routes(agency.Deps{
		Checkout: p.Checkout,
		Accounts: p.Accounts, Catalog: p.Catalog, Program: p.Program, Finance: p.Finance, Orders: p.Orders, Quotes: p.Quotes, Notify: p.Messages, Pictures: p.Pictures, Grant: p.Program.GrantHelp, Shares: p.Shares, Now: p.now,
	})...)
	all = append(all, shell.Routes()...)
	all = append(all, machine.Routes(machine.Deps{Callbacks: p.Payments, Catalog: p.Catalog, Pictures: p.Pictures})...)
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
	page.Viewer.Keeps = true
	page.Help = maker.Ask(c, p.help(), "", page.Title)
	unread, err := p.Messages.Unread(c.Context(), c.Actor.UserID)
	if err != nil {
		c.Log().Warn("unread messages not counted", "error", err)
		return
	}
	page.Viewer.Inbox = view.Link{Label: text.T("web.inbox"), URL: "/toko-saya/kotak-masuk", Icon: "bell", Count: unread}
}

// contact is whom buyers can turn to (PP 80/2019 art. 27 asks for it).
func (p Parts) contact(ctx context.Context) pages.Contact {
	s := p.Settings
	c := pages.Contact{
		Organisation: cmp.Or(s.Organisation, text.L(ctx, "web.contact.organisation")), Hours: cmp.Or(s.ContactHours, text.L(ctx, "web.contact.hours")),
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

// operator is who holds buyers' money, as it stands on their papers.
func (p Parts) operator(ctx context.Context) document.Issuer {
	c := p.contact(ctx)
	how := []string{c.Phone, c.Email}
	return document.Issuer{Name: c.Organisation, Address: c.Address, Contact: strings.Join(slices.DeleteFunc(how, func(s string) bool { return s == "" }), " · ")}
}

// number is the phone of somebody who runs that shop at this moment, "" otherwise.
func (p Parts) number(ctx context.Context, shopID, userID int64) (string, error) {
	people, err := p.Accounts.ShopMembers(ctx, shopID)
	if err != nil {
		return "", err
	}
	for _, u := range people {
		if u.ID == userID {
			return u.Phone, nil
		}
	}
	return "", nil
}

// help is whom a maker without a companion turns to.
func (p Parts) help() view.Help {
	c := p.contact(context.Background())
	return view.Help{Name: c.Organisation, Role: text.T("web.contact.role"), Phone: c.Phone, WhatsApp: c.WhatsApp, Call: c.PhoneURL}
}

func errorPage(page view.Public, status int, sentence, requestID string) templ.Component {
	return pages.ProblemPage(pages.Problem{
		Page: page, Status: status, Text: sentence, Request: requestID,
	})
}
