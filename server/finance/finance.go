// Package finance is the finance desk: requests for money to leave, what went
// wrong on the way, money that fits nothing, and the accounts.
package finance

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Withdrawals is what the desk asks of package finance.
type Withdrawals interface {
	Together
	Cash
	RevealBank(ctx context.Context, actor account.Actor, bankID int64, reason string) (finance.BankAccount, error)
	Queue(ctx context.Context, actor account.Actor, states []finance.State, last int64, limit int) ([]finance.Withdrawal, error)
	Withdrawal(ctx context.Context, actor account.Actor, id int64) (finance.Withdrawal, error)
	Money(ctx context.Context, actor account.Actor, shopID int64) (finance.Money, error)
	Statement(ctx context.Context, actor account.Actor, shopID, before int64, limit int) ([]ledger.StatementLine, error)
	Tasks(ctx context.Context, actor account.Actor) ([]finance.Task, error)
	ToCheck(ctx context.Context, actor account.Actor) ([]finance.Withdrawal, error)
	Proposals(ctx context.Context, actor account.Actor) ([]finance.Proposal, error)
	Approve(ctx context.Context, actor account.Actor, id int64) (finance.Withdrawal, error)
	Refuse(ctx context.Context, actor account.Actor, id int64, reason string) (finance.Withdrawal, error)
	Check(ctx context.Context, actor account.Actor, id int64) (finance.Withdrawal, error)
	Handle(ctx context.Context, actor account.Actor, id int64, note string) error
	Strays(ctx context.Context, actor account.Actor) ([]finance.Stray, error)
	ReturnStray(ctx context.Context, actor account.Actor, paymentID int64) error
	ProposeStray(ctx context.Context, actor account.Actor, paymentID int64) error
	ConfirmStray(ctx context.Context, actor account.Actor, paymentID int64) error
	TypeStrayAccount(ctx context.Context, actor account.Actor, paymentID int64, bank payment.Bank) error
	ConfirmStrayAccount(ctx context.Context, actor account.Actor, paymentID int64, at time.Time) error
	ResolveDifference(ctx context.Context, actor account.Actor, n payment.Resolution) error
	AskMatch(ctx context.Context, actor account.Actor) error
}

// Payments is what the desk asks of package payment.
type Payments interface {
	Channels
	Statement
	Payout(ctx context.Context, payoutID int64) (payment.Payout, error)
	RefundsFor(ctx context.Context, p payment.Purpose) ([]payment.Refund, error)
	Owed(ctx context.Context, kind string) (payment.Owed, error)
	OwedRefunds(ctx context.Context, kind string, after int64, limit int) ([]payment.Refund, error)
	ChannelsOf(ctx context.Context, paymentIDs []int64) (map[int64]string, error)
	Held(ctx context.Context, limit int) ([]payment.StoredCallback, error)
	FeesUnknown(ctx context.Context) (int64, error)
}

// Suspense is money that came for a purchase and could not count for it.
type Suspense interface {
	SuspenseItems(ctx context.Context, actor account.Actor) ([]checkout.SuspenseItem, error)
	ReturnSuspense(ctx context.Context, actor account.Actor, itemID int64) error
	ProposeReturn(ctx context.Context, actor account.Actor, itemID int64) error
	ConfirmReturn(ctx context.Context, actor account.Actor, itemID int64) error
}

// Books reads the journal.
type Books interface {
	Balance(ctx context.Context, a ledger.Account) (money.Rupiah, error)
	Open(ctx context.Context, kind ledger.AccountKind, limit int) ([]ledger.Owing, error)
	Entries(ctx context.Context, refKind string, refID int64) ([]ledger.Posted, error)
	Totals(ctx context.Context, before time.Time) ([]ledger.Total, error)
	Accounts(ctx context.Context, kind ledger.AccountKind, before time.Time, open bool, after int64, limit int) ([]ledger.AccountSum, error)
	Lines(ctx context.Context, a ledger.Account, asOf time.Time, before int64, limit int) ([]ledger.AccountLine, error)
	Posting(ctx context.Context, entryID int64) (ledger.Posted, error)
	OldestDue(ctx context.Context, kind ledger.AccountKind) (time.Time, error)
}

// Orders names the orders that accounts belong to, and what is to be given back.
type Orders interface {
	GiveBacks(ctx context.Context, actor account.Actor) ([]order.GiveBack, error)
	Numbers(ctx context.Context, ids []int64) (map[int64]string, error)
}

// Shares names the parties that accounts belong to, and lets a head be an
// institution's second person.
type Shares interface {
	Waiting(ctx context.Context, actor account.Actor) ([]share.Division, error)
	Division(ctx context.Context, actor account.Actor, id int64) (share.Division, error)
	Confirm(ctx context.Context, actor account.Actor, id int64) (share.Division, error)
	Drop(ctx context.Context, actor account.Actor, id int64) (share.Division, error)
	Labels(ctx context.Context, ids []int64) (map[int64]share.Party, error)
}

// Shops finds the shops that ask.
type Shops interface {
	Shops(ctx context.Context, f catalog.ShopFilter) ([]catalog.Shop, error)
	Shop(ctx context.Context, shopID int64) (catalog.Shop, error)
}

// People names who asked and who decided.
type People interface {
	Users(ctx context.Context, ids []int64) (map[int64]account.User, error)
}

// Deps are the neighbours; main fills them. Now is the database's clock.
type Deps struct {
	Withdrawals Withdrawals
	Payments    Payments
	Suspense    Suspense
	Limits      Limits
	Commission  Commission
	Books       Books
	Orders      Orders
	Shares      Shares
	Funds       Funds
	Shops       Shops
	People      People
	Now         func(ctx context.Context) (time.Time, error)
}

type area struct{ Deps }

// Routes returns the desk's routes. Admins may look, finance decides; the head of
// a territory is an institution's second person and sees those requests only.
func Routes(d Deps) []web.Route {
	a := area{d}
	return []web.Route{
		{Method: http.MethodGet, Path: "/keuangan", Handler: a.queue},
		{Method: http.MethodGet, Path: "/keuangan/tugas", Handler: a.tasks},
		{Method: http.MethodGet, Path: "/keuangan/ringkasan", Handler: a.front},
		{Method: http.MethodGet, Path: "/keuangan/pengembalian", Handler: a.refundsOwed},
		{Method: http.MethodGet, Path: "/keuangan/dana", Handler: a.funds},
		{Method: http.MethodPost, Path: "/keuangan/dana", Handler: a.decideFunds},
		{Method: http.MethodGet, Path: channelsAt, Handler: a.channels},
		{Method: http.MethodPost, Path: channelsAt, Handler: a.setChannel},
		{Method: http.MethodGet, Path: "/keuangan/neraca", Handler: a.accounts},
		{Method: http.MethodGet, Path: "/keuangan/neraca.csv", Handler: a.accountsCSV},
		{Method: http.MethodGet, Path: "/keuangan/neraca.xlsx", Handler: a.accountsCSV},
		{Method: http.MethodGet, Path: "/keuangan/neraca/akun", Handler: a.book},
		{Method: http.MethodGet, Path: "/keuangan/neraca/akun.csv", Handler: a.bookCSV},
		{Method: http.MethodGet, Path: "/keuangan/neraca/akun.xlsx", Handler: a.bookCSV},
		{Method: http.MethodGet, Path: "/keuangan/neraca/catatan", Handler: a.entry},
		{Method: http.MethodGet, Path: "/keuangan/neraca/perihal", Handler: a.about},
		{Method: http.MethodGet, Path: "/keuangan/periksa", Handler: a.checks},
		{Method: http.MethodPost, Path: "/keuangan/periksa", Handler: a.decideShare},
		{Method: http.MethodGet, Path: "/keuangan/pencairan", Handler: a.batches},
		{Method: http.MethodGet, Path: "/keuangan/pencairan/baru", Handler: a.previewBatch},
		{Method: http.MethodPost, Path: "/keuangan/pencairan", Handler: a.proposeBatch},
		{Method: http.MethodGet, Path: "/keuangan/pencairan/:id", Handler: a.batch},
		{Method: http.MethodPost, Path: "/keuangan/pencairan/:id/setujui", Handler: a.confirmBatch},
		{Method: http.MethodPost, Path: "/keuangan/pencairan/:id/batal", Handler: a.dropBatch},
		{Method: http.MethodGet, Path: "/keuangan/kas", Handler: a.cashBox},
		{Method: http.MethodPost, Path: "/keuangan/kas/isi", Handler: a.drawCash},
		{Method: http.MethodPost, Path: "/keuangan/kas/hitung", Handler: a.countCash},
		{Method: http.MethodPost, Path: "/keuangan/:id/ambil", Handler: a.takeBack},
		{Method: http.MethodGet, Path: "/keuangan/pencocokan", Handler: a.matching},
		{Method: http.MethodPost, Path: "/keuangan/pencocokan/jalankan", Handler: a.runMatch},
		{Method: http.MethodGet, Path: "/keuangan/pencocokan/:id", Handler: a.difference},
		{Method: http.MethodPost, Path: "/keuangan/pencocokan/:id/selesai", Handler: a.resolve},
		{Method: http.MethodGet, Path: "/keuangan/:id", Handler: a.withdrawal},
		{Method: http.MethodPost, Path: "/keuangan/:id/setujui", Handler: a.approve},
		{Method: http.MethodPost, Path: "/keuangan/:id/tolak", Handler: a.refuse},
		{Method: http.MethodPost, Path: "/keuangan/:id/selesai", Handler: a.handle},
		{Method: http.MethodPost, Path: "/keuangan/:id/periksa", Handler: a.check},
		{Method: http.MethodPost, Path: "/keuangan/:id/rekening", Handler: a.revealBank},
		{Method: http.MethodPost, Path: "/keuangan/titipan/:id/kembalikan", Handler: a.onTask(a.Suspense.ReturnSuspense, "financepage.done.returning")},
		{Method: http.MethodPost, Path: "/keuangan/titipan/:id/usulkan", Handler: a.onTask(a.Suspense.ProposeReturn, "financepage.done.proposed")},
		{Method: http.MethodPost, Path: "/keuangan/titipan/:id/setujui", Handler: a.onTask(a.Suspense.ConfirmReturn, "financepage.done.returning")},
		{Method: http.MethodPost, Path: "/keuangan/tak-dikenal/:id/kembalikan", Handler: a.onTask(a.Withdrawals.ReturnStray, "financepage.done.returning")},
		{Method: http.MethodPost, Path: "/keuangan/tak-dikenal/:id/usulkan", Handler: a.onTask(a.Withdrawals.ProposeStray, "financepage.done.proposed")},
		{Method: http.MethodPost, Path: "/keuangan/tak-dikenal/:id/setujui", Handler: a.onTask(a.Withdrawals.ConfirmStray, "financepage.done.returning")},
		{Method: http.MethodPost, Path: "/keuangan/tak-dikenal/:id/rekening", Handler: a.typeAccount},
		{Method: http.MethodPost, Path: "/keuangan/tak-dikenal/:id/rekening/setujui", Handler: a.confirmAccount},
	}
}

// frame is the shell of every page of the desk.
func (a area) frame(c *web.Ctx, title string) view.Private {
	p := c.Private(title)
	p.Area = text.T("financepage.area")
	link := func(key, path, icon string) {
		p.Nav = append(p.Nav, view.Link{Label: text.T(key), URL: path, Icon: icon, Current: c.Route.Path == path})
	}
	if c.Actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		link("financepage.nav.queue", "/keuangan", "money")
		link("batchpage.nav", "/keuangan/pencairan", "truck")
		link("financepage.nav.tasks", "/keuangan/tugas", "warning")
		link("financepage.nav.front", "/keuangan/ringkasan", "list")
		link("cashpage.box_title", "/keuangan/kas", "box")
		link("matchpage.nav", "/keuangan/pencocokan", "search")
		link("financepage.nav.funds", "/keuangan/dana", "box")
		link("financepage.nav.accounts", "/keuangan/neraca", "chart")
		link("financepage.nav.channels", channelsAt, "edit")
	}
	if c.Actor.Has(account.RoleHead) {
		link("financepage.nav.checks", "/keuangan/periksa", "check")
	}
	return p
}

// stamp writes a moment by the capital's clock: finance works in one place.
func stamp(t time.Time) string { return calendar.DateTime(t, "31") }

// since says roughly how long ago something was.
func since(from, now time.Time) string {
	switch d := now.Sub(from); {
	case d < time.Minute:
		return text.T("financepage.age.now")
	case d < time.Hour:
		return text.T("financepage.age.minutes", "n", int(d.Minutes()))
	case d < 48*time.Hour:
		return text.T("financepage.age.hours", "n", int(d.Hours()))
	default:
		return text.T("financepage.age.days", "n", int(d.Hours()/24))
	}
}

func address(id int64) string { return "/keuangan/" + strconv.FormatInt(id, 10) }

// shops returns the shops with these ids, in any state, by id.
func (a area) shopsOf(ctx context.Context, ids []int64) (map[int64]catalog.Shop, error) {
	found := map[int64]catalog.Shop{}
	for start := 0; start < len(ids); start += 200 { // the most one reading gives
		shops, err := a.Shops.Shops(ctx, catalog.ShopFilter{
			States: []catalog.ShopState{catalog.ShopInvited, catalog.ShopVerified, catalog.ShopOpen, catalog.ShopSuspended, catalog.ShopClosed},
			IDs:    ids[start:min(start+200, len(ids))], Limit: 200,
		})
		if err != nil {
			return nil, err
		}
		for _, s := range shops {
			found[s.ID] = s
		}
	}
	return found, nil
}

// tone is the colour of a withdrawal's state.
func tone(s finance.State) view.Tone {
	switch s {
	case finance.Paid:
		return view.Good
	case finance.Failed, finance.Reversed:
		return view.Bad
	case finance.Refused, finance.Cancelled:
		return view.Neutral
	}
	return view.Wait
}

func stateChip(w finance.Withdrawal) view.Chip {
	if w.Way == finance.ByCash && w.State == finance.Paying {
		return view.Chip{Tone: view.Wait, Label: text.T("financepage.state.to_fetch")}
	}
	return view.Chip{Tone: tone(w.State), Label: text.T(w.State.LabelKey())}
}
