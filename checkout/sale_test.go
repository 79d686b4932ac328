package checkout_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// sale is three jars to a neighbour, paid and taken.
func (w *world) sale(change func(*checkout.Sale)) checkout.Sale {
	in := checkout.Sale{ShopID: w.kitchen.ID, ProductID: w.jars, Quantity: 3, Source: order.OutsideNeighbour, Pay: checkout.SaleCash, Gone: true, FormKey: id.Token()}
	if change != nil {
		change(&in)
	}
	return in
}

func (w *world) sell(change func(*checkout.Sale)) order.Order {
	w.t.Helper()
	sold, err := w.checkout.Sell(context.Background(), w.Owner(w.kitchen), w.sale(change))
	require.NoError(w.t, err)
	return w.mine(sold.OrderID)
}

func (w *world) mine(orderID int64) order.Order {
	w.t.Helper()
	o, err := w.Orders.One(context.Background(), w.Owner(w.kitchen), orderID)
	require.NoError(w.t, err)
	return o
}

func (w *world) moveSale(o order.Order, name order.Transition) order.Order {
	w.t.Helper()
	o, err := w.Orders.Move(context.Background(), w.Owner(w.kitchen), o.ID, name, order.MoveInput{Seen: o.Version})
	require.NoError(w.t, err, name)
	return o
}

// Every way to sell outside ends with the goods gone, the money in the maker's own
// books and nothing in ours.
func TestSales(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		done := w.sell(nil)
		require.Equal(t, order.Completed, done.State)
		require.True(t, done.Paid() && !done.DeliveredAt.IsZero())
		require.EqualValues(t, 165_000, w.Balance(ledger.ShopCash, w.kitchen.ID))

		bargain := w.sell(func(s *checkout.Sale) { s.UnitPrice, s.Gone, s.Buyer = 50_000, false, "  Bu   Yati " })
		require.Equal(t, order.ToDo, bargain.State)
		require.EqualValues(t, 150_000, bargain.Total)
		require.Equal(t, "Bu Yati", bargain.Buyer.Name)
		require.False(t, bargain.SeenAt.IsZero(), "nobody is reminded of what they wrote down themselves")
		bargain = w.moveSale(w.moveSale(bargain, order.Start), order.Give)
		require.Equal(t, order.Completed, bargain.State)
		require.EqualValues(t, 315_000, w.Balance(ledger.ShopCash, w.kitchen.ID))

		credit := w.sell(func(s *checkout.Sale) { s.Pay = checkout.SaleLater })
		require.Equal(t, order.Delivered, credit.State)
		require.False(t, credit.Paid())
		w.Pass(30 * 24 * time.Hour)
		require.NoError(t, w.runTimers())
		require.Equal(t, order.Delivered, w.mine(credit.ID).State, "a debt does not pay itself")
		require.Equal(t, order.Completed, w.moveSale(credit, order.TakeCash).State)
		require.EqualValues(t, 480_000, w.Balance(ledger.ShopCash, w.kitchen.ID))
		require.Zero(t, w.Balance(ledger.ShopPayable, w.kitchen.ID), "nothing of it is in our hands")
		require.EqualValues(t, 291, w.Sellable(w.jars).Available)

		day := time.Now().In(calendar.WIB).AddDate(0, 0, 40)
		promised := w.sell(func(s *checkout.Sale) {
			s.Gone, s.Day = false, time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, calendar.WIB)
		})
		require.Equal(t, day.Format(time.DateOnly), promised.ReadyBy.In(calendar.WIB).Format(time.DateOnly))
		work, err := w.Orders.Work(t.Context(), w.Owner(w.kitchen), order.Shop{ID: w.kitchen.ID})
		require.NoError(t, err)
		require.Len(t, work, 1)
		require.EqualValues(t, 3, work[0].Pieces)
		require.True(t, work[0].Source.Outside())
		w.prove()
	})
}

func (w *world) runTimers() error {
	_, err := w.Orders.RunTimers(context.Background())
	return err
}

// What cannot be written down changes nothing, and says why.
func TestSaleRefused(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		w := newWorld(t, db)
		for field, change := range map[string]func(*checkout.Sale){
			"jumlah":   func(s *checkout.Sale) { s.Quantity = 0 },
			"dari":     func(s *checkout.Sale) { s.Source = order.FromWhatsApp },
			"bayar":    func(s *checkout.Sale) { s.Pay, s.Gone = checkout.SaleLink, true },
			"harga":    func(s *checkout.Sale) { s.UnitPrice = -5 },
			"varian":   func(s *checkout.Sale) { s.VariantID = 77 },
			"hari":     func(s *checkout.Sale) { s.Day = time.Now().AddDate(0, 0, -3) },
			"pembeli":  func(s *checkout.Sale) { s.Buyer = string(make([]rune, 100)) + "x" },
			"jumlah ":  func(s *checkout.Sale) { s.Quantity = 301 },
			"bayar ":   func(s *checkout.Sale) { s.Pay, s.Gone, s.UnitPrice = checkout.SaleLink, false, 2_000 },
			"jumlah  ": func(s *checkout.Sale) { s.Quantity = checkout.MaxQuantity + 1 },
		} {
			_, err := w.checkout.Sell(ctx, w.Owner(w.kitchen), w.sale(change))
			if field == "pembeli" {
				require.True(t, fault.Is(err, fault.KindInvalid), field)
				continue
			}
			require.True(t, fault.Is(err, fault.KindInvalid), "%s: %v", field, err)
			require.Len(t, fault.As(err).Fields, 1, field)
		}
		for who, actor := range map[string]account.Actor{"another shop": w.Owner(w.tailor), "nobody": {}, "an officer": w.Officer("35.19")} {
			_, err := w.checkout.Sell(ctx, actor, w.sale(nil))
			require.True(t, fault.Is(err, fault.KindNotFound), "%s: %v", who, err)
		}
		_, err := w.checkout.Sell(ctx, w.Owner(w.kitchen), w.sale(func(s *checkout.Sale) { s.ProductID = w.masks }))
		require.True(t, fault.Is(err, fault.KindNotFound), "another shop's product")
		purchases, orders, lines, promises := w.stored()
		require.Zero(t, purchases+orders+lines+promises)

		helped, err := w.checkout.Sell(ctx, w.Companion(w.kitchen), w.sale(nil))
		require.NoError(t, err, "a companion writes down for the maker")
		events := w.mine(helped.OrderID).Events
		require.Equal(t, order.Companion, events[len(events)-1].Who)
		require.NotZero(t, events[len(events)-1].SubjectID, "both names")
		w.prove()
	})
}

// The same form from twenty sends (a double tap, two tabs, a phone that sends again
// when the signal is back) is one sale.
func TestSaleTwice(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.sale(nil)
		var wg sync.WaitGroup
		var other atomic.Int64
		var first atomic.Int64
		for range 20 {
			wg.Go(func() {
				sold, err := w.checkout.Sell(context.Background(), w.Owner(w.kitchen), in)
				if err != nil {
					t.Error(err)
				}
				if !first.CompareAndSwap(0, sold.OrderID) && first.Load() != sold.OrderID {
					other.Add(1)
				}
			})
		}
		wg.Wait()
		require.Zero(t, other.Load())
		require.EqualValues(t, 297, w.Sellable(w.jars).Available)
		require.EqualValues(t, 165_000, w.Balance(ledger.ShopCash, w.kitchen.ID))
		theirs := in
		theirs.ShopID, theirs.ProductID = w.tailor.ID, w.masks
		_, err := w.checkout.Sell(t.Context(), w.Owner(w.tailor), theirs)
		require.NoError(t, err, "a key of another shop is another form")
		w.prove()
	})
}

// Taken back within the quarter of an hour: goods and money are where they were, and
// the book has both facts.
func TestSaleUndone(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for _, change := range []func(*checkout.Sale){
			nil,
			func(s *checkout.Sale) { s.Gone = false },
			func(s *checkout.Sale) { s.Pay = checkout.SaleLater },
			func(s *checkout.Sale) { s.Pay, s.Gone = checkout.SaleLater, false },
		} {
			o := w.sell(change)
			require.True(t, o.Undoable(o.CreatedAt))
			o = w.moveSale(o, order.UndoSale)
			require.Equal(t, order.Cancelled, o.State)
			require.EqualValues(t, 300, w.Sellable(w.jars).Available)
			require.Zero(t, w.Balance(ledger.ShopCash, w.kitchen.ID))
			_, err := w.Orders.Move(t.Context(), w.Owner(w.kitchen), o.ID, order.UndoSale, order.MoveInput{})
			require.True(t, fault.Is(err, fault.KindConflict), "twice")
			w.prove()
		}
		var entries int64
		require.NoError(t, db.Read(t.Context()).Raw("SELECT count(*) FROM journal_entries").Scan(&entries).Error)
		require.EqualValues(t, 4, entries, "two sales and their returns; nothing is erased")

		late := w.sell(nil)
		w.Pass(order.UndoWithin)
		_, err := w.Orders.Move(t.Context(), w.Owner(w.kitchen), late.ID, order.UndoSale, order.MoveInput{})
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		require.Equal(t, order.Completed, w.mine(late.ID).State)
		w.prove()
	})
}

// A link is an ordinary purchase: paid it is held and needs the code, unpaid it lapses.
func TestSaleByLink(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		w := newWorld(t, db)
		link := func(s *checkout.Sale) { s.Pay, s.Gone, s.Source = checkout.SaleLink, false, order.OutsideWhatsApp }
		sold, err := w.checkout.Sell(ctx, w.Owner(w.kitchen), w.sale(link))
		require.NoError(t, err)
		p, err := w.checkout.ByToken(ctx, sold.Token)
		require.NoError(t, err)
		require.EqualValues(t, 165_000, p.Online)
		token, err := w.checkout.LinkOf(ctx, w.Owner(w.kitchen), w.mine(sold.OrderID))
		require.NoError(t, err)
		require.Equal(t, sold.Token, token)
		_, err = w.checkout.LinkOf(ctx, w.Owner(w.tailor), w.mine(sold.OrderID))
		require.True(t, fault.Is(err, fault.KindNotFound))
		open, err := w.Orders.OpenLinks(ctx, w.Owner(w.kitchen), w.kitchen.ID)
		require.NoError(t, err)
		require.Len(t, open, 1)

		w.PayFor(purpose(p), 165_000)
		o := w.mine(sold.OrderID)
		require.Equal(t, order.ToDo, o.State)
		require.EqualValues(t, 165_000, w.held(o))
		_, err = w.Orders.Move(ctx, w.Owner(w.kitchen), o.ID, order.Give, order.MoveInput{})
		require.Error(t, err, "money that is held needs the buyer's code")
		_, err = w.Orders.Move(ctx, w.Owner(w.kitchen), o.ID, order.UndoSale, order.MoveInput{})
		require.Error(t, err)

		unpaid, err := w.checkout.Sell(ctx, w.Owner(w.kitchen), w.sale(link))
		require.NoError(t, err)
		require.EqualValues(t, 294, w.Sellable(w.jars).Available)
		p, err = w.checkout.ByToken(ctx, unpaid.Token)
		require.NoError(t, err)
		w.lapse(p)
		require.Equal(t, order.Lapsed, w.mine(unpaid.OrderID).State)
		require.EqualValues(t, 297, w.Sellable(w.jars).Available)
		w.prove()
	})
}

// The maker at the market and twenty buyers reach for the last ten jars at once.
func TestSaleAgainstBuyers(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		last := w.Publish(w.kitchen, ordertest.Product{Title: "Kastengel 500 g", Price: 60_000, Quantity: 10, Grams: 700})
		forms := make([]checkout.PlaceInput, 20)
		for i := range forms {
			forms[i] = w.form(w.cart(map[int64]int64{last: 1}), delivery.Courier)
		}
		var wg sync.WaitGroup
		var got atomic.Int64
		for _, form := range forms {
			wg.Go(func() {
				_, err := w.checkout.Place(context.Background(), form)
				var changed *checkout.ChangedError
				switch {
				case err == nil:
					got.Add(1)
				case !errors.As(err, &changed):
					t.Error(err)
				}
			})
		}
		for range 5 {
			wg.Go(func() {
				_, err := w.checkout.Sell(context.Background(), w.Owner(w.kitchen), w.sale(func(s *checkout.Sale) { s.ProductID, s.Quantity = last, 2 }))
				switch {
				case err == nil:
					got.Add(2)
				case !fault.Is(err, fault.KindInvalid):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 10, got.Load(), "all of them, and not one more")
		require.Zero(t, w.Sellable(last).Available)
		w.prove()
	})
}

// Which link brought an order stands on it, for the shop of the link only.
func TestSources(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		w := newWorld(t, db)
		in := w.form(w.cart(map[int64]int64{w.jars: 1, w.masks: 2}), delivery.Courier)
		in.Sources = map[string]order.Source{w.kitchen.Slug: order.FromPoster, w.tailor.Slug: order.OutsideMarket, "lain": order.FromFacebook}
		p := w.place(in)
		bySource := map[int64]order.Source{}
		for _, o := range p.Orders {
			bySource[o.ShopID] = o.Source
		}
		require.Equal(t, map[int64]order.Source{w.kitchen.ID: order.FromPoster, w.tailor.ID: order.FromWeb}, bySource, "a link cannot claim a sale of the maker's own")
		shop := order.Shop{ID: w.kitchen.ID}
		counts := func(of ...order.Order) map[order.Source]int64 { // a month may end while the test runs
			out, seen := map[order.Source]int64{}, map[string]bool{}
			for _, o := range of {
				month := o.CreatedAt.In(calendar.WIB).Format("2006-01")
				if o.Begun() {
					month = o.BegunAt.In(calendar.WIB).Format("2006-01")
				}
				if seen[month] {
					continue
				}
				seen[month] = true
				found, err := w.Orders.Sources(ctx, w.Owner(w.kitchen), shop, month)
				require.NoError(t, err)
				for _, c := range found {
					out[c.Source] += c.Orders
				}
			}
			return out
		}
		i := slices.IndexFunc(p.Orders, func(o order.Order) bool { return o.ShopID == w.kitchen.ID })
		require.Empty(t, counts(p.Orders[i]), "unpaid orders do not count")
		w.PayFor(purpose(p), p.Online)
		mine, undone := w.sell(nil), w.moveSale(w.sell(nil), order.UndoSale)
		require.Equal(t, map[order.Source]int64{order.OutsideNeighbour: 1, order.FromPoster: 1}, counts(w.mine(p.Orders[i].ID), mine, undone))
		month := p.CreatedAt.Format("2006-01")
		_, err := w.Orders.Sources(ctx, w.Owner(w.tailor), shop, month)
		require.True(t, fault.Is(err, fault.KindNotFound))
	})
}
