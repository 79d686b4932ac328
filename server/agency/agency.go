// Package agency is the agency's side: officers invite makers, verify them, open
// their shops, issue sign-in codes and confirm bank accounts (/dinas); companions
// see whom to call and whom they help (/dampingan).
package agency

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/quote"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Deps are the services behind the pages.
type Deps struct {
	Accounts *account.Service
	Catalog  *catalog.Service
	Program  *program.Service
	Finance  *finance.Service
	Checkout *checkout.Service
	Orders   *order.Service
	Quotes   *quote.Service
	Notify   *notify.Service
	Pictures *media.Service
	Shares   *share.Service
	// Grant records a grant in a transaction of its own (account.GrantTx).
	Grant func(ctx context.Context, actor account.Actor, in account.NewGrant) error
	// Now is the database's time, by which permissions end.
	Now func(ctx context.Context) (time.Time, error)
}

type area struct{ Deps }

// Routes returns the routes of /dinas and /dampingan.
func Routes(d Deps) []web.Route {
	a := area{d}
	return slices.Concat(a.headRoutes(), a.paperRoutes(), a.orderRoutes(), a.personRoutes(), a.quoteRoutes(), a.cashRoutes(), a.groupRoutes(), []web.Route{
		{Method: http.MethodGet, Path: makersURL, Handler: a.makers},
		{Method: http.MethodPost, Path: "/dinas/rekening/qris/:id/setuju", Handler: a.confirmCode},
		{Method: http.MethodPost, Path: "/dinas/rekening/qris/:id/tolak", Handler: a.refuseCode},
		{Method: http.MethodGet, Path: "/dinas/undang", Handler: a.showInvite},
		{Method: http.MethodPost, Path: "/dinas/undang", Handler: a.invite},
		{Method: http.MethodGet, Path: joinsURL, Handler: a.joins},
		{Method: http.MethodPost, Path: joinsURL, Handler: a.refuseJoin},
		{Method: http.MethodGet, Path: "/dinas/perajin/:id", Handler: a.maker},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/cocok", Handler: a.step(d.Program.Verify, "agency.maker.verified")},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/buka", Handler: a.step(d.Program.Open, "agency.maker.opened")},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/kode", Handler: a.issueCode},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/bantuan", Handler: a.grant},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/bantuan/:grant/akhiri", Handler: a.endGrant},
		{Method: http.MethodGet, Path: "/dinas/pengaduan", Handler: a.complaints},
		{Method: http.MethodPost, Path: "/dinas/pengaduan", Handler: a.answerComplaint},
		{Method: http.MethodGet, Path: "/dinas/rekening", Handler: a.banks},
		{Method: http.MethodPost, Path: "/dinas/rekening/:id/setuju", Handler: a.confirmBank},
		{Method: http.MethodPost, Path: "/dinas/rekening/:id/tolak", Handler: a.refuseBank},
		{Method: http.MethodPost, Path: "/dinas/pencairan/:id/setuju", Handler: a.checkWithdrawal},

		{Method: http.MethodGet, Path: mattersURL, Handler: a.companion},
		{Method: http.MethodGet, Path: visitsURL, Handler: a.visits},
		{Method: http.MethodPost, Path: "/dampingan/telepon/:id/selesai", Handler: a.callDone},
	})
}

// frame is the page around the officer's desk.
func (a area) frame(c *web.Ctx, here, title string) view.Private {
	page := c.Private(title)
	page.Area = text.T("agency.word.area")
	page.Nav = web.AgencyNav(c.Actor, here)
	return page
}

// regencies are those in which the actor works, as options.
func regencies(actor account.Actor, chosen string) []view.Option {
	var out []view.Option
	for _, r := range region.Regencies() {
		inside := func(code string) bool { return strings.HasPrefix(code, r.Code+".") }
		if actor.Covers(r.Code) || slices.ContainsFunc(actor.Territory, inside) {
			out = append(out, view.Option{Value: r.Code, Label: r.Name, Group: r.Province, Selected: r.Code == chosen})
		}
	}
	return out
}

// districts are those of a regency in which the actor works.
func districts(actor account.Actor, regency, chosen string) []view.Option {
	var out []view.Option
	for _, d := range region.Districts(regency) {
		if actor.Covers(d.Code) {
			out = append(out, view.Option{Value: d.Code, Label: d.Name, Selected: d.Code == chosen})
		}
	}
	return out
}

// companions are the people who may help makers.
func (a area) companions(ctx context.Context, chosen int64) ([]view.Option, error) {
	people, err := a.Accounts.WithRole(ctx, account.RoleCompanion)
	var out []view.Option
	for _, u := range people {
		out = append(out, view.Option{Value: fmt.Sprint(u.ID), Label: u.Name, Selected: u.ID == chosen})
	}
	return out, err
}

// told does a step whose refusal is told on the page it came from, beside what
// things are now, and goes there.
func told(c *web.Ctx, err error, back, done string, args ...any) error {
	switch {
	case fault.Is(err, fault.KindConflict), fault.Is(err, fault.KindForbidden):
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
	case err != nil:
		return err
	default:
		c.Flash(view.Good, done, args...)
	}
	return c.SeeOther(back)
}

// shopChip is a shop's state.
func shopChip(s catalog.ShopState) view.Chip {
	tone := view.Wait
	switch s {
	case catalog.ShopOpen:
		tone = view.Good
	case catalog.ShopSuspended:
		tone = view.Warn
	case catalog.ShopClosed:
		tone = view.Neutral
	}
	return view.Chip{Tone: tone, Label: text.T("maker.shop_state." + string(s))}
}
