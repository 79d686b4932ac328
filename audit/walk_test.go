package audit_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/share"
)

// walker lets people, the gateway and time act in any order.
type walker struct {
	*story
	rand  *rand.Rand
	all   []checkout.Purchase
	moved map[order.Transition]int

	clerk, second    account.Actor // of finance
	staff            []account.Actor
	twin             account.Actor           // the institution's second officer
	helper           map[int64]account.Actor // each shop's companion
	workers          []int64                 // the institution's
	cashier          account.Actor
	receipt          int64 // a picture of a signed receipt
	drawn, put       money.Rupiah
	handed, recount  money.Rupiah
	weights          int
	doings           []doing
	refusals, events map[string]int
}

// doing is something that somebody may do, and how often it is tried.
type doing struct {
	name   string
	weight int
	do     func(shop ordertest.Shop, p checkout.Purchase) string
}

// limit is where two people decide on the walk: low, so that both sides of it are
// walked.
const limit money.Rupiah = 60_000

// Whatever happens in whatever order, every row agrees after every step, and when
// the dust has settled every rupiah is with somebody. LAPAK_TEST_SEED walks another
// way (make soak: every time), LAPAK_TEST_STEPS further.
func TestRun_finds_nothing_on_a_random_walk(t *testing.T) {
	seed := uint64(1)
	if s, err := strconv.ParseUint(os.Getenv("LAPAK_TEST_SEED"), 10, 64); err == nil {
		seed = s
	}
	steps := walkSteps
	if n, err := strconv.Atoi(os.Getenv("LAPAK_TEST_STEPS")); err == nil {
		steps = n
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		t.Logf("LAPAK_TEST_SEED=%d", seed)
		w := newWalker(t, db, seed)
		for i := range steps {
			did := w.step()
			require.Empty(t, w.findings(w.provers()...), "after step %d: %s", i, did)
			w.conserved(false, fmt.Sprintf("after step %d: %s", i, did))
			if testing.Verbose() {
				t.Logf("%d %s", i, did)
			}
		}
		// The dust settles: whatever was on its way arrives, and is noticed.
		for range 6 {
			w.runBatches()
			w.sendRefunds()
			w.payouts()
			w.Pass(24 * time.Hour)
			w.Poll()
		}
		w.fees(1 << 30)
		w.conserved(true, "at the end")
		require.Empty(t, w.findings(w.provers()...), "at the end")
		t.Logf("moves: %v", w.moved)
		t.Logf("events: %v", w.events)
		t.Logf("refused: %v", w.refusals)
		var met []struct {
			Kind string
			N    int64
		}
		require.NoError(t, db.Read(ctx).Raw("SELECT kind, count(*) AS n FROM journal_entries GROUP BY kind ORDER BY kind").Scan(&met).Error)
		t.Logf("met on the way: %v", met)
	})
}

// newWalker is a group and an institution, with everybody who has to do with their
// money, and something earned.
func newWalker(t *testing.T, db *database.DB, seed uint64) *walker {
	t.Helper()
	s := newStoryWith(t, db, limit)
	w := &walker{story: s, rand: rand.New(rand.NewPCG(seed, 1)), moved: map[order.Transition]int{}, helper: map[int64]account.Actor{},
		refusals: map[string]int{}, events: map[string]int{}}
	finance := func(name string) account.Actor {
		return account.Actor{UserID: s.Person(name, ordertest.District).ID, Roles: []account.Role{account.RoleFinance}}
	}
	w.clerk, w.second = finance("Rina"), finance("Yuni")
	w.staff, w.cashier = []account.Actor{s.Officer("35"), s.Officer("35")}, s.Officer("35")
	twin := s.Person("Kuncoro", ordertest.District)
	s.Tx(func(tx *gorm.DB) error {
		return s.Accounts.AddMembershipTx(ctx, tx, account.System, twin.ID, s.masks.ID, account.MemberOfficer)
	})
	w.twin = s.Actor(twin.ID)
	for _, shop := range []ordertest.Shop{s.jars, s.masks} {
		w.helper[shop.ID] = s.Companion(shop)
		owner := s.Owner(shop)
		bank, err := s.finance.SetBankAccount(ctx, owner, shop.ID, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "KUBE Contoh"}, "r")
		require.NoError(t, err)
		require.NoError(t, s.finance.ConfirmBankAccount(ctx, w.cashier, bank.ID))
	}
	s.Pass(account.RestAfterReset + time.Minute)
	s.checkout.Connect(s.finance)
	w.commission()
	for _, shop := range []ordertest.Shop{s.jars, s.masks} {
		owner := s.Owner(shop)
		require.NoError(t, s.checkout.OfferCash(ctx, owner, shop.ID, true, true))
		require.NoError(t, s.checkout.OfferDirect(ctx, owner, shop.ID, true))
	}
	fund, err := s.shares.AddParty(ctx, s.Owner(s.jars), s.jars.ID, share.NewParty{Kind: share.Fund, Label: "Kas"})
	require.NoError(t, err)
	_, err = s.shares.SetTable(ctx, s.Owner(s.jars), s.jars.ID, []share.Part{{Label: "Kas", Weight: 1, Basis: share.ToFund, PartyID: fund.ID}})
	require.NoError(t, err)
	for _, code := range []string{"WB-01", "WB-02", "WB-03"} {
		worker, err := s.shares.AddParty(ctx, s.Owner(s.masks), s.masks.ID, share.NewParty{Kind: share.Worker, Label: code})
		require.NoError(t, err)
		w.workers = append(w.workers, worker.ID)
	}
	_, err = s.shares.SetInstitution(ctx, s.Owner(s.masks), s.masks.ID, 50, 15, 35, [3]string{"Premi", "PNBP", "Modal"})
	require.NoError(t, err)
	earned := s.buy("earned", 8, 20)
	s.PayFor(purpose(earned), earned.Total)
	s.ship(s.jars, s.orders["earned/jars"])
	s.ship(s.masks, s.orders["earned/masks"])
	fresh, err := s.checkout.ByToken(ctx, earned.Token)
	require.NoError(t, err)
	for _, o := range fresh.Orders {
		_, err := s.Orders.ConfirmByToken(ctx, o.Token, id.Token())
		require.NoError(t, err)
	}
	s.SettleFor(purpose(earned))
	w.all = append(w.all, fresh)
	w.doings = w.everything()
	for _, d := range w.doings {
		w.weights += d.weight
	}
	return w
}

const walkSteps = 130

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
	if err == nil {
		return
	}
	if !fault.Is(err, fault.KindConflict) && !fault.Is(err, fault.KindInvalid) && !fault.Is(err, fault.KindForbidden) {
		require.NoError(w.t, err)
	}
	w.refusals[fault.As(err).Key]++
}

// step lets somebody do something, likely or not, and says what.
func (w *walker) step() string {
	if w.rand.IntN(12) == 0 {
		if did := w.restock(); did != "" {
			return did
		}
		return w.order()
	}
	p, err := w.checkout.ByToken(ctx, w.all[len(w.all)-1-w.rand.IntN(min(len(w.all), 4))].Token)
	require.NoError(w.t, err)
	n := w.rand.IntN(w.weights)
	for _, d := range w.doings {
		if n -= d.weight; n < 0 {
			did := d.do(w.shopOf(p.Orders[w.rand.IntN(len(p.Orders))]), p)
			w.events[d.name]++
			return d.name + ": " + did
		}
	}
	panic("unreachable")
}

func (w *walker) shopOf(o order.Order) ordertest.Shop {
	if o.ShopID == w.masks.ID {
		return w.masks
	}
	return w.jars
}

// commission sets the operator's part of later sales: none, or 2.5 or 5 percent.
func (w *walker) commission() string {
	perMille := w.rand.Int64N(3) * 25
	require.NoError(w.t, w.Orders.SetCommission(ctx, account.Actor{UserID: w.clerk.UserID, Roles: []account.Role{account.RoleAdmin}}, perMille))
	return fmt.Sprint(perMille)
}

// everything is what can happen.
func (w *walker) everything() []doing {
	type shop = ordertest.Shop
	type purchase = checkout.Purchase
	return append([]doing{
		{"move", 54, func(_ shop, p purchase) string {
			o := p.Orders[w.rand.IntN(len(p.Orders))]
			return w.move(w.shopOf(o), o.Token)
		}},
		{"pay", 10, func(_ shop, p purchase) string { return w.pay(p) }},
		{"give up", 2, func(_ shop, p purchase) string {
			if p.Online > 0 {
				_, err := w.Payments.Open(ctx, p.Payment.ID)
				w.expected(err)
			}
			w.expected(w.checkout.GiveUp(ctx, p.Token))
			if p.Online > 0 && w.rand.IntN(2) == 0 {
				w.expected(w.Payments.Close(ctx, p.Payment.ID))
			}
			return fmt.Sprint(p.ID)
		}},
		{"time passes", 2, func(shop, purchase) string {
			w.Pass(time.Duration(w.rand.IntN(30)) * time.Hour)
			w.Poll()
			return ""
		}},
		{"settle", 4, func(shop, purchase) string {
			for _, one := range w.payments("paid") {
				w.Till.Settle(one.Reference)
			}
			w.Pass(7 * time.Hour)
			w.Poll()
			return ""
		}},
		{"refunds are sent", 2, func(shop, purchase) string { w.sendRefunds(); return "" }},
		{"links are used", 2, func(shop, purchase) string { return w.giveAccounts() }},
		{"suspense", 2, func(shop, purchase) string { return w.suspense() }},
		{"timers", 2, func(shop, purchase) string {
			w.Pass(time.Duration(w.rand.IntN(100)) * time.Hour)
			_, err := w.Orders.RunTimers(ctx)
			require.NoError(w.t, err)
			return ""
		}},
		{"payout comes back", 2, func(shop, purchase) string { return w.comeBack() }},
		{"commission", 1, func(shop, purchase) string { return w.commission() }},
		{"proof", 6, func(_ shop, p purchase) string { return w.proof(p) }},
	}, w.moneyDoings()...)
}

// order places a purchase of one or both shops, delivered and paid in any way
// they offer.
func (w *walker) order() string {
	w.t.Helper()
	token := id.Token()
	in := checkout.PlaceInput{CartToken: token, FormKey: id.Token(), Buyer: checkout.Contact{Name: "Pembeli Contoh", Phone: "081234567890"},
		Address: checkout.Address{RegencyCode: "35.19", DistrictCode: "35.19.03", Village: "Uteran", Street: "Jl. Contoh 9"},
		Choices: map[int64]delivery.Choice{}, PayBy: map[int64]order.PayBy{}}
	which := 1 + w.rand.IntN(3)
	for i, sold := range []struct {
		product int64
		shop    ordertest.Shop
	}{{w.nastar, w.jars}, {w.mask, w.masks}} {
		if which&(1<<i) == 0 {
			continue
		}
		if w.checkout.SetQuantity(ctx, token, sold.product, 1+w.rand.Int64N(3)) != nil {
			return "nothing"
		}
		in.Choices[sold.shop.ID] = []delivery.Choice{delivery.Pickup, delivery.Own, delivery.Courier}[w.rand.IntN(3)]
		in.PayBy[sold.shop.ID] = []order.PayBy{order.ByGateway, order.ByGateway, order.ByCOD, order.ByCash, order.ByDirect}[w.rand.IntN(5)]
	}
	q, err := w.checkout.QuoteFor(ctx, token, delivery.Destination{RegencyCode: "35.19", DistrictCode: "35.19.03"}, in.Choices, in.PayBy)
	require.NoError(w.t, err)
	for _, g := range q.Groups {
		in.PayBy[g.ShopID] = g.PayBy // what is not offered is paid through the gateway
	}
	in.CartVersion, in.SeenTotal = q.Cart.Version, q.Total
	p, err := w.checkout.Place(ctx, in)
	w.expected(err)
	if err != nil {
		return "too small to be paid"
	}
	require.Equal(w.t, q.Online, p.Online)
	w.all = append(w.all, p)
	if w.rand.IntN(3) > 0 { // most buyers pay at once
		w.pay(p)
	}
	return fmt.Sprintf("buy %d for %d, %d of it online", p.ID, p.Total, p.Online)
}

// move makes a move of the table on an order, by anybody: mostly one that is
// possible now, sometimes any.
func (w *walker) move(shop ordertest.Shop, token string) string {
	w.t.Helper()
	o, err := w.Orders.ByToken(ctx, token)
	require.NoError(w.t, err)
	parties := []order.Who{order.Seller, order.Staff, order.Buyer, order.Companion}
	type try struct {
		who  order.Who
		name order.Transition
	}
	var tries []try
	for _, who := range parties {
		for _, name := range order.Possible(o.State, who, o.Kind()) {
			often := 3
			switch name {
			case order.Start, order.Finish, order.Dispatch, order.HandOver, order.Deliver, order.Complete:
				often = 12 // or no order would see its end
			case order.GiveUp, order.Refuse, order.RefusePart, order.CallOff:
				often = 1
			}
			for range often {
				tries = append(tries, try{who, name})
			}
		}
	}
	if len(tries) == 0 || w.rand.IntN(12) == 0 {
		rule := order.Transitions[w.rand.IntN(len(order.Transitions))]
		tries = []try{{parties[w.rand.IntN(len(parties))], rule.Name}}
	}
	do := tries[w.rand.IntN(len(tries))]
	in := order.MoveInput{Reason: "karena", Courier: "JNE", TrackingNumber: "1", Code: o.PickupCode, Cause: order.CauseBroken, FormKey: id.Token(),
		Date: time.Now().Add(w.DB.Clock().Offset()).AddDate(0, 0, 1+w.rand.IntN(60))}
	if left := int64(o.Remaining()); left > 0 {
		in.GiveBack = money.Rupiah([]int64{0, left, 1 + w.rand.Int64N(left)}[w.rand.IntN(3)])
	}
	if do.name == order.RefusePart {
		in.Lines = map[int64]int64{}
		for _, l := range o.Lines {
			in.Lines[l.ID] = w.rand.Int64N(l.Left() + 1)
		}
	}
	switch do.who {
	case order.Buyer:
		_, err = w.Orders.MoveByToken(ctx, token, do.name, in)
	case order.Staff:
		_, err = w.Orders.Move(ctx, w.staff[w.rand.IntN(2)], o.ID, do.name, in)
	case order.Companion:
		_, err = w.Orders.Move(ctx, w.helper[shop.ID], o.ID, do.name, in)
	default:
		_, err = w.Orders.Move(ctx, w.Owner(shop), o.ID, do.name, in)
	}
	w.unpaid(o, err)
	now, readErr := w.Orders.ByToken(ctx, token)
	require.NoError(w.t, readErr)
	if err == nil && now.State != o.State {
		w.moved[do.name]++
	}
	return fmt.Sprintf("%s of %d by %s: %s to %s (%v)", do.name, o.ID, do.who, o.State, now.State, err)
}

func (w *walker) sendRefunds() {
	w.t.Helper()
	for _, r := range w.refunds("requested", "unknown") {
		require.NoError(w.t, w.Payments.SendRefund(ctx, r.ID))
	}
}

// conserved compares the books with what lies at the gateway and in the cash box.
// Money and fees that nobody has noticed yet are missing from the books; nothing is
// ever there too much.
func (w *walker) conserved(exactly bool, did string) {
	w.t.Helper()
	books, truth := w.Balance(ledger.Gateway, 0), w.Till.Holds()-w.drawn+w.put
	require.Equal(w.t, w.drawn-w.handed+w.recount, w.Balance(ledger.CashBox, 0), did)
	if exactly {
		require.Equal(w.t, truth-ordertest.Fee*money.Rupiah(w.Till.Charged()), books, did)
		return
	}
	var charged int64
	require.NoError(w.t, w.DB.Read(ctx).Raw("SELECT (SELECT COUNT(*) FROM payments WHERE fee > 0) + (SELECT COUNT(*) FROM payouts WHERE fee > 0)").Scan(&charged).Error)
	truth -= ordertest.Fee * money.Rupiah(charged)
	for _, p := range w.unnoticed() {
		truth -= p
	}
	require.Equal(w.t, truth, books, did)
}

// comeBack lets a bank send back the newest payout that it may still send back.
func (w *walker) comeBack() string {
	w.t.Helper()
	var sent []payment.Payout
	err := w.DB.Read(ctx).Where("state = 'succeeded' AND next_check_at IS NOT NULL").Order("id DESC").Limit(1).Find(&sent).Error
	require.NoError(w.t, err)
	if len(sent) == 0 {
		return "nothing"
	}
	w.Till.ReversePayout(sent[0].Reference)
	w.Pass(sent[0].NextCheckAt.Sub(time.Now().Add(w.DB.Clock().Offset())))
	w.Poll()
	return fmt.Sprint("payout comes back: ", sent[0].ID)
}

// unnoticed is what happened at the gateway and is not yet known here.
func (w *walker) unnoticed() (amounts []money.Rupiah) {
	for _, p := range w.payments("created", "unknown", "open", "lapsed", "expired", "cancelled", "failed") {
		found, err := w.Till.FindInvoices(ctx, p.Reference)
		require.NoError(w.t, err)
		for _, inv := range found {
			amounts = append(amounts, inv.PaidAmount)
		}
	}
	return amounts
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
	if p.Online == 0 || p.Payment.State.Received() {
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
	if now.NextCheckAt == nil { // three days after its end the poller looks no more: callbacks and statements tell, and are not walked
		return "too late"
	}
	amount := p.Online + []money.Rupiah{0, 0, 0, 0, -1, 1}[w.rand.IntN(6)]
	channel := []string{"DANA", "QRIS", "BCA"}[w.rand.IntN(3)]
	w.Till.Pay(p.Payment.Reference, amount, channel)
	if w.rand.IntN(8) == 0 {
		w.Pass(72 * time.Hour)
	}
	w.Poll()
	return fmt.Sprintf("pay %d of %d by %s for %d", amount, p.Online, channel, p.ID)
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
