package quote_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/quote"
)

// From the wish to the shop's money: the whole life of one request.
func TestQuote_becomes_an_order_like_any_other(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.wish()
		r, err := w.quotes.Ask(ctx, in)
		require.NoError(t, err)
		require.Equal(t, quote.Asked, r.State)
		require.Equal(t, []quote.Size{{"M", 60}, {"L", 150}}, r.Sizes)
		again, err := w.quotes.Ask(ctx, in)
		require.NoError(t, err)
		require.Equal(t, r.ID, again.ID, "the same form finds the first request")

		answer := w.price()
		err = w.quotes.Answer(ctx, w.companion, r.ID, answer)
		require.NoError(t, err)
		err = w.quotes.Answer(ctx, w.companion, r.ID, answer)
		require.NoError(t, err)
		r = w.see(r)
		require.Len(t, r.Offers, 1, "the same form makes one offer")
		offer, _ := r.Latest()
		require.Equal(t, money.Rupiah(210*39_000+180_000), offer.Total)
		require.True(t, offer.Drawn)
		var made struct{ MadeBy, SubjectID int64 }
		require.NoError(t, db.Read(ctx).Raw("SELECT made_by, subject_id FROM quote_offers").Scan(&made).Error)
		require.Equal(t, w.companion.UserID, made.MadeBy)
		require.Equal(t, w.shop.OwnerID, made.SubjectID, "done for the maker")

		deal := w.accept(r)
		require.Equal(t, order.AwaitingPayment, deal.Order.State)
		require.Equal(t, deal.Order.ID, w.accept(w.see(r)).Order.ID, "a second yes finds the first order")
		_, _, taken := w.counts()
		require.Equal(t, int64(210), taken, "the month's capacity is promised")
		require.Equal(t, []string{"Rompi pelampung desa wisata, ukuran M", "Rompi pelampung desa wisata, ukuran L"},
			[]string{deal.Order.Lines[0].Title, deal.Order.Lines[1].Title})
		w.prove()

		w.PayFor(deal.Offer.Purpose(), offer.Total)
		require.Equal(t, offer.Total, w.Balance(ledger.Held, deal.Order.ID))
		w.SettleFor(deal.Offer.Purpose())
		for _, move := range []order.Transition{order.Start, order.Finish, order.Dispatch} {
			_, err := w.Orders.Move(ctx, w.seller, deal.Order.ID, move, order.MoveInput{Courier: "JNE", TrackingNumber: "1"})
			require.NoError(t, err)
		}
		_, err = w.Orders.ConfirmByToken(ctx, deal.Order.Token, "")
		require.NoError(t, err)
		require.Equal(t, offer.Total, w.Balance(ledger.ShopPayable, w.shop.ID))
		w.prove()
	})
}

// Two people with the link say yes at the same moment.
func TestAccept_raced_makes_one_order(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		r := w.answer(w.ask())
		var wg sync.WaitGroup
		deals, errs := make([]quote.Deal, 4), make([]error, 4)
		for i := range deals {
			wg.Go(func() { deals[i], errs[i] = w.quotes.Accept(ctx, r.Token, yes(r)) })
		}
		wg.Wait()
		for i := range deals {
			require.NoError(t, errs[i])
			require.Equal(t, deals[0].Order.ID, deals[i].Order.ID)
		}
		orders, payments, taken := w.counts()
		require.Equal(t, []int64{1, 1, 210}, []int64{orders, payments, taken})
		w.prove()
	})
}

func TestAccept_refuses_what_is_over(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		old := w.answer(w.ask())
		first := yes(old)
		r := w.answer(old) // replaces it
		_, err := w.quotes.Accept(ctx, r.Token, first)
		requireConflict(t, err, "quote.accept.over")
		_, err = w.quotes.Accept(ctx, w.ask().Token, yes(r))
		require.True(t, fault.Is(err, fault.KindNotFound), "another's offer")
		bad := yes(r)
		bad.Street, bad.Postcode = " ", "123"
		_, err = w.quotes.Accept(ctx, r.Token, bad)
		requireFields(t, err, "street", "postcode")

		// The product is archived while the buyer types.
		other := w.answer(w.ask())
		w.Pass(15 * 24 * time.Hour)
		require.Equal(t, quote.Expired, w.see(r).State, "shown as it is, before the timer")
		_, err = w.quotes.Accept(ctx, r.Token, yes(r))
		requireConflict(t, err, "quote.accept.expired")
		n, err := w.quotes.RunTimers(ctx)
		require.NoError(t, err)
		require.Equal(t, 3, n, "two offers ran out, one request was never answered")
		_, err = w.quotes.Accept(ctx, r.Token, yes(r))
		requireConflict(t, err, "quote.accept.expired")

		other = w.answer(other)
		require.NoError(t, w.Catalog.Archive(ctx, w.seller, w.vests))
		_, err = w.quotes.Accept(ctx, other.Token, yes(other))
		requireConflict(t, err, "quote.accept.gone")
		orders, payments, taken := w.counts()
		require.Equal(t, []int64{0, 0, 0}, []int64{orders, payments, taken}, "nothing is left behind")
		w.prove()
	})
}

// What is offered can be promised when it is offered, and is promised when it is
// accepted, or not at all.
func TestQuote_never_sells_capacity_twice(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		one, two, three, four := w.answer(w.ask()), w.answer(w.ask()), w.answer(w.ask()), w.answer(w.ask())
		w.accept(one)   // this month
		w.accept(two)   // next month
		w.accept(three) // the one after; nobody promises further
		_, err := w.quotes.Accept(ctx, four.Token, yes(four))
		requireConflict(t, err, "quote.accept.short")
		require.Equal(t, quote.Answered, w.see(four).State)
		err = w.quotes.Answer(ctx, w.seller, four.ID, w.price())
		requireFields(t, err, "quantity_1")
		w.prove()
	})
}

// More than what lies on the shelf is made apart: nothing is taken from it, and
// the public can buy it meanwhile.
func TestQuote_above_the_stock_is_made_apart(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.vests = w.Publish(w.shop, product("Rompi jadi", 20))
		r := w.answer(w.ask())
		offer, _ := r.Latest()
		require.False(t, offer.Drawn)
		deal := w.accept(r)
		_, _, taken := w.counts()
		require.Zero(t, taken)
		w.PayFor(deal.Offer.Purpose(), deal.Offer.Total)
		o, err := w.Orders.Move(ctx, w.seller, deal.Order.ID, order.RefusePart, order.MoveInput{Reason: "Kain habis", Lines: map[int64]int64{deal.Order.Lines[0].ID: 10}})
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(390_000), o.Refunded)
		for _, move := range []order.Transition{order.Start, order.Finish, order.Dispatch} {
			_, err := w.Orders.Move(ctx, w.seller, deal.Order.ID, move, order.MoveInput{Courier: "JNE", TrackingNumber: "1"})
			require.NoError(t, err)
		}
		w.prove()
	})
}

// Money that does not come, comes late, or comes wrong.
func TestQuote_settles_like_a_purchase(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		unpaid := w.answer(w.ask())
		d := w.accept(unpaid)
		_, err := w.Payments.Open(ctx, d.Payment.ID)
		require.NoError(t, err)
		w.Pass(25 * time.Hour)
		w.Poll()
		require.Equal(t, quote.Expired, w.see(unpaid).State)
		_, _, taken := w.counts()
		require.Zero(t, taken, "let go")
		w.prove()

		w.Till.Pay(d.Payment.Reference, d.Offer.Total, "BCA") // late
		w.Poll()
		require.NoError(t, w.Payments.Close(ctx, d.Payment.ID))

		wrong := w.answer(w.ask())
		d = w.accept(wrong)
		w.PayFor(d.Offer.Purpose(), d.Offer.Total-1_000)
		require.Equal(t, quote.Expired, w.see(wrong).State)
		require.Equal(t, d.Offer.Total-1_000, w.Balance(ledger.Suspense, 0))
		require.Zero(t, w.Balance(ledger.Held, d.Order.ID))
		w.prove()
		wrong = w.answer(wrong)
		w.PayFor(w.accept(wrong).Offer.Purpose(), d.Offer.Total)
		require.Equal(t, quote.Accepted, w.see(wrong).State, "the next offer counts")
		w.prove()
	})
}

// A wish without a product: an officer passes it on, the shop hands it back, the
// next one makes it.
func TestQuote_through_the_agency(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.wish()
		in.ProductID = 0
		r, err := w.quotes.Ask(ctx, in)
		require.NoError(t, err)
		require.Equal(t, quote.Unplaced, r.State)
		_, err = w.quotes.One(ctx, w.seller, r.ID)
		require.True(t, fault.Is(err, fault.KindNotFound), "no shop's business yet")
		seen, err := w.quotes.One(ctx, w.staff, r.ID)
		require.NoError(t, err)
		require.True(t, seen.ContactHidden)
		require.Empty(t, seen.Buyer.Name+seen.Buyer.Phone+seen.Organisation)

		requireFields(t, w.quotes.Pass(ctx, w.Officer("35.77"), r.ID, w.shop.ID), "shop")
		require.NoError(t, w.quotes.Pass(ctx, w.staff, r.ID, w.shop.ID))
		requireConflict(t, w.quotes.Pass(ctx, w.staff, r.ID, w.shop.ID), "quote.move.not_now")
		seen, err = w.quotes.One(ctx, w.seller, r.ID)
		require.NoError(t, err)
		require.Equal(t, "Pak Wisnu", seen.Buyer.Name)
		require.NoError(t, w.quotes.Decline(ctx, w.seller, r.ID, seen.Version, "Mesin rusak"))
		_, err = w.quotes.One(ctx, w.seller, r.ID)
		require.True(t, fault.Is(err, fault.KindNotFound), "it is no longer theirs")
		require.Equal(t, quote.Unplaced, w.see(r).State)

		require.NoError(t, w.quotes.Pass(ctx, w.staff, r.ID, w.shop.ID))
		err = w.quotes.Answer(ctx, w.staff, r.ID, w.price())
		requireFields(t, err, "product")
		answer := w.price()
		answer.ProductID = w.vests
		err = w.quotes.Answer(ctx, w.staff, r.ID, answer)
		require.NoError(t, err)
		require.NoError(t, w.quotes.Cancel(ctx, r.Token))
		requireConflict(t, w.quotes.Cancel(ctx, r.Token), "quote.move.not_now")
		_, err = w.quotes.Accept(ctx, r.Token, yes(w.see(r)))
		requireConflict(t, err, "quote.accept.over")
		w.prove()
	})
}

// Every move that the table does not have, by everybody who can try one.
func TestQuote_refuses_every_other_move(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		stranger := w.Owner(w.Shop("Toko lain"))
		for _, to := range []quote.State{quote.Unplaced, quote.Asked, quote.Answered, quote.Expired, quote.Declined, quote.Cancelled} {
			r := w.bring(to)
			passed := to == quote.Unplaced
			for name, try := range map[string]struct {
				who quote.Who
				do  func() error
			}{
				"answer":    {quote.Seller, func() error { return w.quotes.Answer(ctx, w.seller, r.ID, w.price()) }},
				"decline":   {quote.Seller, func() error { return w.quotes.Decline(ctx, w.seller, r.ID, 0, "x") }},
				"hand_back": {quote.Companion, func() error { return w.quotes.Decline(ctx, w.companion, r.ID, 0, "x") }},
				"pass":      {quote.Staff, func() error { return w.quotes.Pass(ctx, w.staff, r.ID, w.shop.ID) }},
				"refuse":    {quote.Staff, func() error { return w.quotes.Refuse(ctx, w.staff, r.ID, "x") }},
				"cancel":    {quote.Buyer, func() error { return w.quotes.Cancel(ctx, r.Token) }},
				"accept":    {quote.Buyer, func() error { _, err := w.quotes.Accept(ctx, r.Token, yes(w.see(r))); return err }},
			} {
				if rule, _ := quote.RuleOf(quote.Moves, name); rule.Allows(r.State, try.who) || name == "hand_back" || passed && name == "decline" {
					continue
				}
				err := try.do()
				require.Error(t, err, "%s while %s", name, to)
				require.Equal(t, r.State, w.see(r).State)
			}
			for name, err := range map[string]error{
				"answer":  w.quotes.Answer(ctx, stranger, r.ID, w.price()),
				"decline": w.quotes.Decline(ctx, stranger, r.ID, 0, "x"),
				"read":    second(w.quotes.One(ctx, stranger, r.ID)),
				"pass":    w.quotes.Pass(ctx, w.seller, r.ID, w.shop.ID),
				"refuse":  w.quotes.Refuse(ctx, w.companion, r.ID, "x"),
			} {
				require.True(t, fault.Is(err, fault.KindNotFound), "%s by a stranger while %s: %v", name, to, err)
			}
		}
		w.prove()
	})
}

func second[T any](_ T, err error) error { return err }
