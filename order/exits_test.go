package order_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
)

// took is what the shop took itself, by its books.
func (w *world) took() money.Rupiah { return w.Balance(ledger.ShopCash, w.shop.ID) }

// Paid at the door: the shop begins at once, only the shop or staff can say that it
// arrived, and that is when the sale is written down, once.
func TestCashOnDelivery(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		d := draft{method: delivery.Own, payBy: order.ByCOD, quantity: []int64{3, 2}}
		o := w.paid(d)
		require.Equal(t, order.ToDo, o.State)
		require.True(t, o.Begun())
		require.False(t, o.Paid())
		require.Equal(t, 1, w.count("order_begun"))
		w.Tx(func(tx *gorm.DB) error { return w.Orders.BeginTx(ctx, tx, []int64{o.ID}) })
		require.Equal(t, 1, w.count("order_begun"), "begun once")

		w.move(w.seller, o, order.RefusePart, order.MoveInput{Reason: "Bahan habis", Lines: map[int64]int64{o.Lines[0].ID: 1}})
		require.Contains(t, w.lastMessage(), "tidak perlu Anda bayar")
		w.move(w.seller, o, order.Start, order.MoveInput{})
		w.move(w.seller, o, order.Finish, order.MoveInput{})
		w.move(w.seller, o, order.Dispatch, order.MoveInput{})
		for _, who := range []account.Actor{w.companion} {
			_, err := w.Orders.Move(ctx, who, o.ID, order.Deliver, order.MoveInput{})
			require.Error(t, err, "money is not the companion's")
		}
		_, err := w.Orders.ConfirmByToken(ctx, o.Token, "f")
		require.True(t, fault.Is(err, fault.KindConflict), "the buyer cannot say that the shop was paid")
		w.Pass(40 * 24 * time.Hour)
		w.runTimers()
		require.Equal(t, order.Dispatched, w.see(o).State, "time alone pays nobody")
		require.Equal(t, 1, w.count("order_cod_due"))
		seen, err := w.Orders.Overseen(ctx, w.staff, o.ID)
		require.NoError(t, err)
		require.Contains(t, seen.Needs, order.NeedsCash)
		require.Zero(t, w.took())

		w.move(w.seller, o, order.Deliver, order.MoveInput{FormKey: "paid"})
		w.move(w.seller, o, order.Deliver, order.MoveInput{FormKey: "paid"})
		require.Equal(t, o.Total-55_000, w.took())
		require.True(t, w.see(o).Paid())

		// A complaint, a replacement and the second delivery: the money came once.
		w.buyer(o, order.Complain, order.MoveInput{Cause: order.CauseBroken, Reason: "Pecah"})
		w.move(w.staff, o, order.Replace, order.MoveInput{Reason: "Foto jelas"})
		w.move(w.seller, o, order.Finish, order.MoveInput{})
		w.move(w.seller, o, order.Dispatch, order.MoveInput{})
		w.move(w.seller, o, order.Deliver, order.MoveInput{})
		require.Equal(t, o.Total-55_000, w.took())
		w.buyer(o, order.Complain, order.MoveInput{Cause: order.CauseBad, Reason: "Masih pecah"})
		w.move(w.staff, o, order.Resolve, order.MoveInput{Reason: "Dua kali rusak", GiveBack: 55_000})
		require.Equal(t, o.Total-110_000, w.took(), "the shop gives it back itself")
		require.Zero(t, w.Balance(ledger.RefundDue, o.ID))
		for _, kind := range []ledger.AccountKind{ledger.Held, ledger.RefundDue} {
			require.Zero(t, w.Balance(kind, o.ID))
		}
		w.Prove()
	})
}

// Refused at the door: nothing was paid, so the shop closes it itself.
func TestRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		o := w.bring(order.Returned, draft{payBy: order.ByCOD})
		after := w.move(w.companion, o, order.Close, order.MoveInput{})
		require.Equal(t, order.Resolved, after.State)
		require.Zero(t, after.Remaining())
		require.Zero(t, w.took())
		_, err := w.Orders.Move(context.Background(), w.seller, w.bring(order.Returned, draft{}).ID, order.Close, order.MoveInput{})
		require.Error(t, err, "what was paid is not the shop's to close")
		w.Prove()
	})
}

// Cash at pick-up is written down with the code; nobody came first, and came later.
func TestCashAtPickup(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		o := w.bring(order.Ready, draft{method: delivery.Pickup, payBy: order.ByCash})
		require.False(t, o.ClosesAt.IsZero())
		w.Pass(o.ClosesAt.Sub(o.StateAt) - time.Hour)
		w.runTimers()
		require.Equal(t, order.Ready, w.see(o).State)
		w.Pass(2 * time.Hour)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := w.Orders.RunTimers(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		late := w.see(o)
		require.Equal(t, order.NotCollected, late.State)
		require.Equal(t, order.Timer, late.Events[len(late.Events)-1].Who)
		require.Equal(t, 1, w.count("order_not_collected"))
		require.Equal(t, o.PickupCode, late.PickupCode, "the code still opens the door")
		require.Zero(t, w.took())
		w.move(w.seller, o, order.HandOver, order.MoveInput{Code: o.PickupCode})
		require.Equal(t, o.Total, w.took())
		w.buyer(o, order.Complete, order.MoveInput{})
		require.Equal(t, o.Total, w.took())
		w.Prove()
	})
}

// Paid to the shop itself: a day to pay, unless proof was sent; then the shop
// answers, or is reminded.
func TestPaidToTheShop(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		d := draft{method: delivery.Own, payBy: order.ByDirect}
		silent, proven := w.place(d), w.place(d)
		free := w.Sellable(w.product).Available
		proof := func(o order.Order) error {
			return database.InTx(ctx, db, func(tx *gorm.DB) error { return w.Orders.ProofSentTx(ctx, tx, o.ID) })
		}
		require.NoError(t, proof(proven))
		require.Equal(t, 1, w.count("order_proof"))
		w.Pass(23 * time.Hour)
		require.Zero(t, w.runTimers())
		w.Pass(90 * time.Minute)
		require.Equal(t, 2, w.runTimers())
		require.Equal(t, order.Lapsed, w.see(silent).State)
		require.Equal(t, free+3, w.Sellable(w.product).Available)
		require.Equal(t, order.AwaitingPayment, w.see(proven).State, "the hold stays")
		require.Equal(t, 1, w.count("order_proof_unseen"))
		require.Error(t, proof(silent))
		calls, err := w.Notify.Calls(ctx, w.companion.UserID)
		require.NoError(t, err)
		require.Len(t, calls, 1)

		// The buyer cannot give up what they say they paid for.
		w.Tx(func(tx *gorm.DB) error { return w.Orders.GiveUpTx(ctx, tx, proven.Purpose, 0) })
		require.Equal(t, order.AwaitingPayment, w.see(proven).State)
		_, err = w.Orders.Move(ctx, w.companion, proven.ID, order.PayDirect, order.MoveInput{})
		require.True(t, fault.Is(err, fault.KindForbidden), err)
		denied := w.move(w.seller, proven, order.DenyDirect, order.MoveInput{Reason: "Mutasi kosong"})
		require.Equal(t, order.AwaitingPayment, denied.State)
		require.False(t, denied.ClosesAt.IsZero())
		require.NoError(t, proof(proven))
		paid := w.move(w.staff, proven, order.PayDirect, order.MoveInput{FormKey: "in"})
		w.move(w.staff, proven, order.PayDirect, order.MoveInput{FormKey: "in"})
		require.Equal(t, order.ToDo, paid.State)
		require.Equal(t, proven.Total, w.took())

		// Money for the lapsed one came after all: the goods are held again, or sold.
		w.move(w.seller, silent, order.PayDirect, order.MoveInput{})
		require.Equal(t, order.ToDo, w.see(silent).State)
		require.Equal(t, free, w.Sellable(w.product).Available)
		require.Equal(t, proven.Total+silent.Total, w.took())

		// A refusal writes down that the shop gives the money back.
		w.move(w.seller, silent, order.Refuse, order.MoveInput{Reason: "Sakit"})
		require.Equal(t, proven.Total, w.took())
		require.Contains(t, w.lastMessage(), "langsung kepada Anda")
		require.Zero(t, w.Balance(ledger.RefundDue, silent.ID))
		w.Prove()
	})
}

// A parcel that comes back is sent again, or ends by a decision.
func TestReturnedParcel(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.bring(order.Dispatched, draft{})
		_, err := w.Orders.Move(ctx, w.seller, o.ID, order.TurnBack, order.MoveInput{})
		requireFields(t, err, "reason")
		w.move(w.seller, o, order.TurnBack, order.MoveInput{Reason: "Pembeli tidak di rumah", Pictures: []int64{w.photo(o)}})
		w.Pass(30 * 24 * time.Hour)
		w.runTimers()
		require.Equal(t, order.Returning, w.see(o).State, "no timer says that it arrived")
		w.move(w.seller, o, order.CameBack, order.MoveInput{})
		w.move(w.seller, o, order.SendAgain, order.MoveInput{})
		_, err = w.Orders.Move(ctx, w.seller, o.ID, order.Refuse, order.MoveInput{Reason: "x"})
		require.True(t, fault.Is(err, fault.KindConflict), "what was made and sent is staff's to end")
		w.SettleFor(purpose(o))
		require.Equal(t, o.Delivery.Fee, w.Balance(ledger.ShopPayable, w.shop.ID))
		w.move(w.seller, o, order.Dispatch, parcel)
		require.Equal(t, o.Delivery.Fee, w.Balance(ledger.ShopPayable, w.shop.ID), "the delivery money moved once")
		w.move(w.seller, o, order.TurnBack, order.MoveInput{Reason: "Alamat salah"})
		w.move(w.seller, o, order.CameBack, order.MoveInput{})
		after := w.move(w.staff, o, order.Resolve, order.MoveInput{Reason: "Alamat dari pembeli salah", GiveBack: 100_000})
		require.Equal(t, order.Resolved, after.State)
		require.Equal(t, money.Rupiah(100_000), w.Balance(ledger.RefundDue, o.ID))
		require.Equal(t, o.Total-100_000, w.Balance(ledger.ShopPayable, w.shop.ID))
		require.Zero(t, w.Balance(ledger.Held, o.ID))
		require.Len(t, w.see(o).Events[4].Pictures, 1)
		w.Prove()
	})
}

// photo stores a private picture for an order.
func (w *world) photo(o order.Order) int64 {
	w.t.Helper()
	var b bytes.Buffer
	require.NoError(w.t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 320, 240))))
	p, err := w.Media.Store(context.Background(), account.System, media.Upload{Reader: &b, OwnerKind: order.PictureOwner, OwnerID: o.ID, Name: "foto.png"})
	require.NoError(w.t, err)
	return p.ID
}

// A complaint stops the clock; whatever staff decide happens once, and what is
// given back goes first out of what is held.
func TestComplaint(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.bring(order.Delivered, draft{})
		other := w.photo(w.place(draft{}))
		_, err := w.Orders.MoveByToken(ctx, o.Token, order.Complain, order.MoveInput{})
		requireFields(t, err, "reason", "cause")
		_, err = w.Orders.MoveByToken(ctx, o.Token, order.Complain, order.MoveInput{Cause: order.CauseBad, Reason: "x", Pictures: []int64{other}})
		notFound(t, err, "another order's photo")
		photo := w.photo(o)
		_, err = w.Orders.MoveByToken(ctx, o.Token, order.Complain, order.MoveInput{Cause: order.CauseBad, Reason: "x", Pictures: []int64{photo, photo, photo, photo, photo}})
		requireFields(t, err, "photo")
		complained := w.buyer(o, order.Complain, order.MoveInput{Cause: order.CauseBroken, Reason: "Dua stoples pecah", Pictures: []int64{photo}, FormKey: "one"})
		require.Equal(t, order.Disputed, complained.State)
		require.Equal(t, order.CauseBroken, complained.Events[len(complained.Events)-1].Cause)
		require.Equal(t, []int64{photo}, complained.Events[len(complained.Events)-1].Pictures)
		w.buyer(o, order.Complain, order.MoveInput{Cause: order.CauseBroken, Reason: "Dua stoples pecah", FormKey: "one"})
		_, err = w.Orders.ConfirmByToken(ctx, o.Token, "f")
		require.True(t, fault.Is(err, fault.KindConflict))
		for who, may := range map[*account.Actor]bool{&w.seller: true, &w.companion: true, &w.staff: true, {UserID: 999}: false} {
			ok, err := w.Orders.MaySeePictures(ctx, *who, o.ID)
			require.NoError(t, err)
			require.Equal(t, may, ok)
		}
		w.Pass(20 * 24 * time.Hour)
		w.runTimers()
		require.Equal(t, order.Disputed, w.see(o).State, "the clock stands still")
		one, err := w.Orders.One(ctx, w.seller, o.ID)
		require.NoError(t, err)
		require.False(t, one.ContactHidden, "the shop needs the buyer while it is not settled")
		answered := w.move(w.seller, o, order.AnswerComplaint, order.MoveInput{Reason: "Kami ganti bila perlu"})
		require.Equal(t, order.Disputed, answered.State)
		w.SettleFor(purpose(o))
		require.Equal(t, o.Delivery.Fee, w.Balance(ledger.ShopPayable, w.shop.ID))

		counts, err := w.Orders.CountTerritory(ctx, w.staff, order.TerritoryFilter{})
		require.NoError(t, err)
		require.Equal(t, int64(1), counts.Needs[order.NeedsRuling])
		_, err = w.Orders.Move(ctx, w.staff, o.ID, order.Resolve, order.MoveInput{Reason: "x", GiveBack: o.Total + 1})
		requireFields(t, err, "amount")
		var wg sync.WaitGroup
		good := make([]bool, 8)
		for i := range good {
			wg.Go(func() {
				_, err := w.Orders.Move(ctx, w.staff, o.ID, order.Resolve, order.MoveInput{Reason: "Foto jelas", GiveBack: o.Total, FormKey: "tab " + itoa(int64(i))})
				good[i] = err == nil
			})
		}
		wg.Wait()
		n := 0
		for _, ok := range good {
			if ok {
				n++
			}
		}
		require.Equal(t, 1, n, "decided once")
		require.Equal(t, o.Total, w.Balance(ledger.RefundDue, o.ID))
		require.Zero(t, w.Balance(ledger.Held, o.ID))
		require.Zero(t, w.Balance(ledger.ShopPayable, w.shop.ID), "the delivery money the shop had goes back too")
		require.Zero(t, w.Balance(ledger.ShopOwes, w.shop.ID))
		_, err = w.Orders.Move(ctx, w.seller, o.ID, order.AnswerComplaint, order.MoveInput{Reason: "terlambat"})
		require.True(t, fault.Is(err, fault.KindConflict), "the shop answers too late")
		w.sendRefunds(o)
		require.Zero(t, w.Balance(ledger.RefundDue, o.ID))
		one, err = w.Orders.One(ctx, w.seller, o.ID)
		require.NoError(t, err)
		require.False(t, one.ContactHidden)
		w.Pass(31 * 24 * time.Hour)
		one, err = w.Orders.One(ctx, w.seller, o.ID)
		require.NoError(t, err)
		require.True(t, one.ContactHidden)
		w.Prove()
	})
}

// Refunds after the end: out of the shop's money, else its debt, which its next
// orders give back; never more than was paid; a large sum by two people.
func TestRefundAfterPayout(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.bring(order.Completed, draft{})
		w.SettleFor(purpose(o))
		w.Tx(func(tx *gorm.DB) error { // paid out
			return w.Books.PostTx(ctx, tx, ledger.Entry{Key: "out", Kind: ledger.Withdrawal, RefKind: "withdrawal", RefID: 1, Lines: ledger.Pair(
				ledger.Account{Kind: ledger.ShopPayable, Owner: w.shop.ID}, ledger.Account{Kind: ledger.PayoutTransit}, o.Total-50_000)})
		})
		_, err := w.Orders.Move(ctx, w.staff, o.ID, order.RefundAfter, order.MoveInput{Reason: "x"})
		requireFields(t, err, "amount")
		w.move(w.staff, o, order.RefundAfter, order.MoveInput{Reason: "Basi, tiga pembeli", GiveBack: 120_000, FormKey: "a"})
		w.move(w.staff, o, order.RefundAfter, order.MoveInput{Reason: "Basi, tiga pembeli", GiveBack: 120_000, FormKey: "a"})
		require.Equal(t, order.Completed, w.see(o).State)
		require.Equal(t, money.Rupiah(120_000), w.Balance(ledger.RefundDue, o.ID))
		require.Zero(t, w.Balance(ledger.ShopPayable, w.shop.ID))
		require.Equal(t, money.Rupiah(70_000), w.Balance(ledger.ShopOwes, w.shop.ID))
		_, err = w.Orders.Move(ctx, w.staff, o.ID, order.RefundAfter, order.MoveInput{Reason: "x", GiveBack: o.Total - 120_000 + 1})
		requireFields(t, err, "amount")

		next := w.bring(order.Completed, draft{quantity: []int64{1}})
		w.SettleFor(purpose(next))
		require.Zero(t, w.Balance(ledger.ShopOwes, w.shop.ID), "the debt first")
		require.Equal(t, next.Total-70_000, w.Balance(ledger.ShopPayable, w.shop.ID))

		// Before the money is settled there is nothing to take back: it is still held.
		held := w.bring(order.Completed, draft{})
		w.move(w.staff, held, order.RefundAfter, order.MoveInput{Reason: "Basi", GiveBack: held.Total - 10_000})
		require.Equal(t, money.Rupiah(10_000), w.Balance(ledger.Held, held.ID))
		before := w.Balance(ledger.ShopPayable, w.shop.ID)
		w.SettleFor(purpose(held))
		require.Zero(t, w.Balance(ledger.Held, held.ID))
		require.Equal(t, before+10_000, w.Balance(ledger.ShopPayable, w.shop.ID))

		big := w.bring(order.Completed, draft{quantity: []int64{40}})
		asked := w.move(w.staff, big, order.RefundAfter, order.MoveInput{Reason: "Semua basi", GiveBack: 2_000_000})
		require.Equal(t, money.Rupiah(2_000_000), asked.ProposedBack)
		require.Zero(t, asked.Refunded)
		w.move(w.staff, big, order.RefundAfter, order.MoveInput{Reason: "Semua basi", GiveBack: 2_000_000})
		require.Zero(t, w.see(big).Refunded, "the same person twice is one person")
		second := w.Officer("35.19")
		w.move(second, big, order.RefundAfter, order.MoveInput{Reason: "Saya periksa juga", GiveBack: 1_999_999})
		require.Zero(t, w.see(big).Refunded, "another sum is another proposal")
		w.move(w.staff, big, order.RefundAfter, order.MoveInput{Reason: "Setuju", GiveBack: 1_999_999})
		require.Equal(t, money.Rupiah(1_999_999), w.see(big).Refunded)
		require.Zero(t, w.see(big).ProposedBack)
		w.Prove()
	})
}

// A completed order is complained about within the days of the law; it stays
// completed, and staff answer with money or without.
func TestComplaintAfterCompletion(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.bring(order.Completed, draft{})
		again := order.MoveInput{Cause: order.CauseBad, Reason: "Ternyata basi"}
		got := w.buyer(o, order.Complain, again)
		require.Equal(t, order.Completed, got.State)
		_, err := w.Orders.MoveByToken(ctx, o.Token, order.Complain, again)
		require.True(t, fault.Is(err, fault.KindConflict), "one at a time")
		w.move(w.companion, o, order.AnswerComplaint, order.MoveInput{Reason: "Kami minta maaf"})
		w.move(w.staff, o, order.RefundAfter, order.MoveInput{Reason: "Tidak ada bukti"})
		require.Zero(t, w.see(o).Refunded)
		require.True(t, w.see(o).ComplainedAt.IsZero())
		w.Pass(8 * 24 * time.Hour)
		_, err = w.Orders.MoveByToken(ctx, o.Token, order.Complain, again)
		require.True(t, fault.Is(err, fault.KindConflict), "too late")
		w.Prove()
	})
}

// "Within this year" is a year also over a 29 February.
func TestNewDateAYearAhead(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		o := w.paid(draft{})
		today := time.Date(2027, 6, 2, 0, 0, 0, 0, calendar.WIB)
		db.Clock().Advance(time.Until(today.Add(10*time.Hour)) - db.Clock().Offset())
		_, err := w.Orders.Move(context.Background(), w.seller, o.ID, order.ProposeDate, order.MoveInput{Reason: "Oven rusak", Date: today.AddDate(1, 0, 1)})
		requireFields(t, err, "date")
		w.move(w.seller, o, order.ProposeDate, order.MoveInput{Reason: "Oven rusak", Date: today.AddDate(1, 0, 0)})
	})
}

// A new date is asked for, and the buyer agrees, declines, or calls it off.
func TestNewDate(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.paid(draft{})
		_, err := w.Orders.MoveByToken(ctx, o.Token, order.AcceptDate, order.MoveInput{})
		require.True(t, fault.Is(err, fault.KindConflict), "nobody asked")
		_, err = w.Orders.Move(ctx, w.seller, o.ID, order.ProposeDate, order.MoveInput{Date: o.ReadyBy})
		requireFields(t, err, "reason", "date")
		ask := order.MoveInput{Reason: "Oven rusak", Date: o.ReadyBy.AddDate(0, 0, 5)}
		w.move(w.seller, o, order.ProposeDate, ask)
		require.True(t, w.see(o).ReadyBy.Equal(o.ReadyBy), "asking changes nothing")
		require.Equal(t, 1, w.count("order_new_date"))
		accepted := w.buyer(o, order.AcceptDate, order.MoveInput{})
		require.True(t, accepted.ReadyBy.Equal(o.ReadyBy.AddDate(0, 0, 5)), accepted.ReadyBy)
		require.True(t, accepted.NewDate.IsZero())

		w.move(w.seller, o, order.Start, order.MoveInput{})
		ask.Date = ask.Date.AddDate(0, 0, 5)
		w.move(w.seller, o, order.ProposeDate, ask)
		w.buyer(o, order.DeclineDate, order.MoveInput{})
		declined := w.see(o)
		require.True(t, declined.ReadyBy.Equal(accepted.ReadyBy))
		counts, err := w.Orders.CountTerritory(ctx, w.staff, order.TerritoryFilter{})
		require.NoError(t, err)
		require.Equal(t, int64(1), counts.Needs[order.NeedsDate])
		free := w.Sellable(w.product).Available
		off := w.buyer(o, order.CallOff, order.MoveInput{})
		require.Equal(t, order.Cancelled, off.State)
		require.Equal(t, o.Total, w.Balance(ledger.RefundDue, o.ID))
		require.Equal(t, free+3, w.Sellable(w.product).Available)

		silent := w.paid(draft{})
		w.move(w.seller, silent, order.ProposeDate, order.MoveInput{Reason: "Sakit", Date: silent.ReadyBy.AddDate(0, 0, 3)})
		w.Pass(49 * time.Hour)
		w.runTimers()
		seen, err := w.Orders.Overseen(ctx, w.staff, silent.ID)
		require.NoError(t, err)
		require.Contains(t, seen.Needs, order.NeedsDate)
		w.move(w.seller, silent, order.Start, order.MoveInput{})
		require.False(t, w.see(silent).NewDate.IsZero(), "still to be answered while it is made")
		w.move(w.seller, silent, order.Finish, order.MoveInput{})
		require.True(t, w.see(silent).NewDate.IsZero())
		w.Prove()
	})
}
