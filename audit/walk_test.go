package audit_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/audit"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
)

// walker lets people, the gateway and time act in any order.
type walker struct {
	*story
	rand  *rand.Rand
	all   []checkout.Purchase
	clerk account.Actor
	keys  int
}

// Whatever happens in whatever order, every row agrees after every step, and when
// the dust has settled every rupiah is with somebody. LAPAK_TEST_SEED replays.
func TestRun_finds_nothing_on_a_random_walk(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("LAPAK_TEST_SEED"), 10, 64); err == nil {
		seed = s
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		t.Logf("LAPAK_TEST_SEED=%d", seed)
		s := newStory(t, db)
		w := &walker{story: s, rand: rand.New(rand.NewPCG(seed, 1))}
		w.clerk = account.Actor{UserID: s.Person("Rina", ordertest.District).ID, Roles: []account.Role{account.RoleFinance}}
		for _, shop := range []ordertest.Shop{s.jars, s.masks} {
			bank, err := s.finance.SetBankAccount(ctx, s.Owner(shop), shop.ID, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "KUBE Contoh"}, "r")
			require.NoError(t, err)
			require.NoError(t, s.finance.ConfirmBankAccount(ctx, s.Officer("35"), bank.ID))
		}
		s.Pass(account.RestAfterReset + time.Minute)
		steps := walkSteps
		if n, err := strconv.Atoi(os.Getenv("LAPAK_TEST_STEPS")); err == nil {
			steps = n
		}
		for i := range steps {
			did := w.step()
			findings, err := audit.Run(ctx, db, s.provers()...)
			require.NoError(t, err)
			require.Empty(t, findings, "after step %d: %s", i, did)
		}
		var met []struct {
			Kind string
			N    int64
		}
		require.NoError(t, db.Read(ctx).Raw("SELECT kind, count(*) AS n FROM journal_entries GROUP BY kind ORDER BY kind").Scan(&met).Error)
		t.Logf("met on the way: %v", met)
	})
}

const walkSteps = 80

// restock fills up what is nearly sold out, so that money is late for goods that
// are gone now and then, but not for ever.
func (w *walker) restock() string {
	w.t.Helper()
	for _, sold := range []struct {
		product int64
		shop    ordertest.Shop
	}{{w.nastar, w.jars}, {w.mask, w.masks}} {
		product, shop := sold.product, sold.shop
		if left := w.Sellable(product).Available; left < 3 {
			_, err := w.Catalog.AdjustStock(ctx, w.Owner(shop), product, catalog.StockEdit{Seen: left, Want: left + 10, FormKey: id.Token()})
			require.NoError(w.t, err)
			return "restock"
		}
	}
	return ""
}

// expected lets a refusal pass: a step that may not happen now changes nothing.
func (w *walker) expected(err error) {
	w.t.Helper()
	if err == nil || fault.Is(err, fault.KindConflict) || fault.Is(err, fault.KindInvalid) || fault.Is(err, fault.KindForbidden) {
		return
	}
	require.NoError(w.t, err)
}

func (w *walker) step() string {
	if len(w.all) == 0 || w.rand.IntN(5) == 0 {
		if did := w.restock(); did != "" {
			return did
		}
		w.all = append(w.all, w.buy(fmt.Sprint(len(w.all)), 1+w.rand.Int64N(3), 1+w.rand.Int64N(3)))
		return "buy"
	}
	p, err := w.checkout.ByToken(ctx, w.all[len(w.all)-1-w.rand.IntN(min(len(w.all), 4))].Token)
	require.NoError(w.t, err)
	o := p.Orders[w.rand.IntN(len(p.Orders))]
	shop := w.jars
	if o.ShopID == w.masks.ID {
		shop = w.masks
	}
	switch w.rand.IntN(20) {
	case 0, 1, 14, 15, 16:
		return w.pay(p)
	case 2:
		_, err := w.Payments.Open(ctx, p.Payment.ID)
		w.expected(err)
		w.expected(w.checkout.GiveUp(ctx, p.Token))
		if w.rand.IntN(2) == 0 {
			w.expected(w.Payments.Close(ctx, p.Payment.ID))
		}
		return fmt.Sprint("give up ", p.ID)
	case 3:
		w.Pass(time.Duration(w.rand.IntN(9)) * time.Hour)
		w.Poll()
		return "time passes"
	case 4:
		for _, one := range w.payments("paid") {
			w.Till.Settle(one.Reference)
		}
		w.Pass(7 * time.Hour)
		w.Poll()
		return "settle"
	case 5:
		for _, r := range w.refunds("requested", "unknown") {
			require.NoError(w.t, w.Payments.SendRefund(ctx, r.ID))
		}
		return "refunds are sent"
	case 6:
		return w.giveAccounts()
	case 7:
		items, err := w.checkout.SuspenseItems(ctx, w.clerk)
		require.NoError(w.t, err)
		for _, i := range items {
			w.expected(w.checkout.ReturnSuspense(ctx, w.clerk, i.ID))
		}
		return "suspense goes back"
	case 8:
		return w.take(shop)
	case 9:
		lines := map[int64]int64{o.Lines[0].ID: 1}
		_, err := w.Orders.Move(ctx, w.Owner(shop), o.ID, order.RefusePart, order.MoveInput{Reason: "x", Lines: lines, FormKey: id.Token()})
		w.unpaid(o, err)
		return fmt.Sprint("refuse one of ", o.ID)
	case 10:
		if w.rand.IntN(3) > 0 {
			return "nothing"
		}
		_, err := w.Orders.Move(ctx, w.Owner(shop), o.ID, order.Refuse, order.MoveInput{Reason: "x", FormKey: id.Token()})
		w.unpaid(o, err)
		return fmt.Sprint("refuse ", o.ID)
	case 11:
		_, err := w.Orders.RunTimers(ctx)
		require.NoError(w.t, err)
		return "timers"
	case 12:
		_, err := w.Orders.ConfirmByToken(ctx, o.Token, id.Token())
		w.expected(err)
		return fmt.Sprint("confirm ", o.ID)
	}
	for _, name := range []order.Transition{order.Start, order.Finish, order.Dispatch} {
		_, err := w.Orders.Move(ctx, w.Owner(shop), o.ID, name, order.MoveInput{Courier: "JNE", TrackingNumber: "1", FormKey: id.Token()})
		w.unpaid(o, err)
	}
	return fmt.Sprint("ship ", o.ID)
}

// unpaid orders do not exist for their shop.
func (w *walker) unpaid(o order.Order, err error) {
	w.t.Helper()
	if !o.Paid() && fault.Is(err, fault.KindNotFound) {
		return
	}
	w.expected(err)
}

// pay brings money in time or late, exact or not, and lets the poller find it or
// not yet.
func (w *walker) pay(p checkout.Purchase) string {
	w.t.Helper()
	if p.Payment.State.Received() {
		return "nothing"
	}
	if _, err := w.Payments.Open(ctx, p.Payment.ID); err != nil {
		w.expected(err)
		return "nothing"
	}
	now, err := w.Payments.Payment(ctx, p.Payment.ID)
	require.NoError(w.t, err)
	if now.GatewayID == "" || now.State.Received() {
		return "nothing"
	}
	amount := p.Total + []money.Rupiah{0, 0, 0, 0, -1, 1}[w.rand.IntN(6)]
	channel := []string{"DANA", "QRIS", "BCA"}[w.rand.IntN(3)]
	w.Till.Pay(p.Payment.Reference, amount, channel)
	if w.rand.IntN(8) == 0 {
		w.Pass(72 * time.Hour)
	}
	w.Poll()
	return fmt.Sprintf("pay %d of %d by %s for %d", amount, p.Total, channel, p.ID)
}

func (w *walker) payments(states ...string) []payment.Payment {
	w.t.Helper()
	var rows []payment.Payment
	require.NoError(w.t, w.DB.Read(ctx).Where("state IN ?", states).Order("id").Find(&rows).Error)
	return rows
}

func (w *walker) refunds(states ...string) []payment.Refund {
	w.t.Helper()
	var rows []payment.Refund
	require.NoError(w.t, w.DB.Read(ctx).Where("state IN ?", states).Order("id").Find(&rows).Error)
	return rows
}

// giveAccounts lets every buyer who has a link use it; the bank takes some.
func (w *walker) giveAccounts() string {
	w.t.Helper()
	for _, r := range w.refunds("awaiting_account") {
		link, ok := w.Payments.RefundToken(r)
		require.True(w.t, ok)
		_, err := w.Payments.GiveAccount(ctx, link, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Rina"})
		w.expected(err)
	}
	w.payouts()
	return "links are used"
}

func (w *walker) payouts() {
	w.t.Helper()
	var ids []int64
	require.NoError(w.t, w.DB.Read(ctx).Raw("SELECT id FROM payouts WHERE state = 'created'").Scan(&ids).Error)
	for _, payout := range ids {
		require.NoError(w.t, w.Payments.SendPayout(ctx, payout))
	}
}

// take asks for some of what the shop may take, and perhaps gets it.
func (w *walker) take(shop ordertest.Shop) string {
	w.t.Helper()
	free := w.Balance(ledger.ShopPayable, shop.ID)
	w.keys++
	r, err := w.finance.RequestWithdrawal(ctx, w.Owner(shop), shop.ID, max(free/2, finance.Smallest), fmt.Sprint("walk ", w.keys))
	w.expected(err)
	if err != nil {
		return "nothing"
	}
	if w.rand.IntN(4) == 0 {
		w.expected(w.refuse(r.ID))
		return "withdrawal refused"
	}
	_, err = w.finance.Approve(ctx, w.clerk, r.ID)
	w.expected(err)
	if w.rand.IntN(2) == 0 {
		w.payouts()
	}
	return "withdrawal approved"
}

func (w *walker) refuse(withdrawal int64) error {
	_, err := w.finance.Refuse(ctx, w.clerk, withdrawal, "x")
	return err
}
