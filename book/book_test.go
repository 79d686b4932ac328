package book_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/media"
)

var ctx = context.Background()

// world is a database with shops, orders to post from, and people.
type world struct {
	t         require.TestingT
	db        *database.DB
	book      *book.Service
	maker     account.Actor // of shop 1, in Surabaya (WIB)
	companion account.Actor // helps shop 1
	east      account.Actor // of shop 2, in Jayapura (WIT)
	forms     int
}

// pictures knows one receipt of shop 1 (7) and one of an order (8).
type pictures struct{}

func (pictures) PicturesTx(_ context.Context, _ *gorm.DB, ids []int64) (map[int64]media.Picture, error) {
	all := map[int64]media.Picture{7: {ID: 7, OwnerKind: book.PictureOwner, OwnerID: 1}, 8: {ID: 8, OwnerKind: "order", OwnerID: 1}}
	return all, nil
}

func (pictures) RemoveTx(context.Context, *gorm.DB, []int64) error { return nil }

var regencies = map[int64]string{1: "35.78", 2: "91.71"}

// newWorld opens the database's clock at noon in Jakarta on a day in the middle of a month,
// so that no test depends on when it runs.
func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	w := &world{t: t, db: db}
	w.book = book.NewService(db, func(_ context.Context, _ *gorm.DB, shopID int64) (string, error) {
		regency, known := regencies[shopID]
		if !known {
			return "", fault.NotFound("shop")
		}
		return regency, nil
	}, pictures{})
	w.maker = account.Actor{UserID: 11, Memberships: []account.Membership{{ShopID: 1, Role: account.MemberOwner}}}
	w.companion = account.Actor{UserID: 12, Assisting: []account.Assistance{{ShopID: 1, MakerID: 11}}}
	w.east = account.Actor{UserID: 13, Memberships: []account.Membership{{ShopID: 2, Role: account.MemberOwner}}}
	w.at(time.Date(2026, 11, 15, 5, 0, 0, 0, time.UTC))
	w.exec(`INSERT INTO users (id, name, state, created_by, created_at) VALUES (11, 'Perajin', 'active', 0, ?)`, time.Now().UTC())
	for id, regency := range regencies {
		w.exec(`INSERT INTO shops (id, slug, name, name_key, kind, state, province_code, regency_code, district_code, created_by, created_at, updated_at)
			VALUES (?, ?, 'Toko', 'toko', 'individual', 'open', ?, ?, ?, 0, ?, ?)`, id, fmt.Sprint("toko-", id), regency[:2], regency, regency+".01", time.Now().UTC(), time.Now().UTC())
	}
	return w
}

func (w *world) exec(sql string, args ...any) {
	require.NoError(w.t, w.tx(func(tx *gorm.DB) error { return tx.Exec(sql, args...).Error }))
}

func (w *world) tx(fn func(tx *gorm.DB) error) error { return database.InTx(ctx, w.db, fn) }

// at sets the database's clock.
func (w *world) at(moment time.Time) {
	now, err := clock.Now(ctx, w.db.Read(ctx))
	require.NoError(w.t, err)
	w.db.Clock().Advance(moment.Sub(now))
}

func (w *world) form() string {
	w.forms++
	return fmt.Sprint("form-", w.forms)
}

// order makes a row that entries may come from.
func (w *world) order(shop int64) int64 {
	var id int64
	require.NoError(w.t, w.tx(func(tx *gorm.DB) error {
		n := w.form()
		return tx.Raw(`INSERT INTO orders (number, token_hash, pickup_hash, purpose_kind, purpose_id, shop_id, shop_name, regency_code, state, buyer_name, buyer_phone, delivery_method, delivery_fee, goods, total, created_at)
			VALUES (?, ?, ?, 'purchase', 1, ?, 'Toko', ?, 'awaiting_payment', 'Pembeli', '+6281200000001', 'pickup', 0, 1000, 1000, ?) RETURNING id`, n, n, n, shop, regencies[shop], time.Now().UTC()).Scan(&id).Error
	}))
	return id
}

func (w *world) sold(shop int64, at time.Time, goods, delivery, courier money.Rupiah) book.Ended {
	o := book.Ended{OrderID: w.order(shop), Number: "LB-UJI", ShopID: shop, RegencyCode: regencies[shop], At: at, Goods: goods, Delivery: delivery, Courier: courier}
	require.NoError(w.t, w.tx(func(tx *gorm.DB) error { return book.SaleTx(ctx, tx, o) }))
	return o
}

func (w *world) record(kind book.Kind, amount money.Rupiah, words, day string) book.Entry {
	e, again, err := w.book.Record(ctx, w.maker, 1, book.New{Kind: kind, Amount: amount, Words: words, Day: day, FormKey: w.form()})
	require.NoError(w.t, err)
	require.False(w.t, again)
	return e
}

func (w *world) month(month string) book.Month {
	m, err := w.book.Month(ctx, w.maker, 1, month)
	require.NoError(w.t, err)
	return m
}

func (w *world) clean() {
	found, err := book.Prove(ctx, w.db)
	require.NoError(w.t, err)
	require.Empty(w.t, found)
}

func faults(err error) map[string]string {
	found := map[string]string{}
	for _, f := range fault.As(err).Fields {
		found[f.Name] = f.Key
	}
	return found
}

// Need 4.7: three million is what is left after materials and wages; tools, what was
// paid in and what was taken for the household change what is left, never the income.
func TestNetIncomeIsNotTurnover(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		at := time.Date(2026, 11, 3, 4, 0, 0, 0, time.UTC)
		o := w.sold(1, at, 5_000_000, 45_000, 45_000)
		w.sold(1, at, 200_000, 10_000, 0) // brought herself: what was paid for the way is hers
		require.NoError(t, w.tx(func(tx *gorm.DB) error { return book.RefundTx(ctx, tx, o, 110_000, 5) }))
		for kind, amount := range map[book.Kind]money.Rupiah{book.Material: 1_400_000, book.Packaging: 150_000, book.Transport: 50_000, book.Wage: 450_000, book.Other: 50_000,
			book.Tool: 900_000, book.Capital: 1_000_000, book.Drawing: 700_000} {
			w.record(kind, amount, "", "2026-11-04")
		}
		m := w.month("2026-11")
		require.Equal(t, money.Rupiah(3_000_000), m.Net())
		require.Equal(t, money.Rupiah(6_255_000), m.In())
		require.Equal(t, money.Rupiah(3_855_000), m.Out())
		require.Equal(t, money.Rupiah(2_400_000), m.Left())
		require.Equal(t, m.Left(), w.month("2026-12").Before, "what is left goes on")
		w.clean()
	})
}

func TestWhatIsTypedIsCheckedAndSentOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for name, c := range map[string]struct {
			new  book.New
			want map[string]string
		}{
			"nothing":         {book.New{}, map[string]string{"kind": "book.kind_missing", "amount": "book.amount_missing"}},
			"a sale":          {book.New{Kind: book.Sale, Amount: 5}, map[string]string{"kind": "book.kind_missing"}},
			"a milliard":      {book.New{Kind: book.Material, Amount: 1_000_000_000}, map[string]string{"amount": "book.amount_large"}},
			"less than zero":  {book.New{Kind: book.Material, Amount: -5}, map[string]string{"amount": "book.amount_missing"}},
			"tomorrow":        {book.New{Kind: book.Material, Amount: 5, Day: "2026-11-16"}, map[string]string{"day": "book.day_ahead"}},
			"91 days ago":     {book.New{Kind: book.Material, Amount: 5, Day: "2026-08-16"}, map[string]string{"day": "book.day_old"}},
			"no day":          {book.New{Kind: book.Material, Amount: 5, Day: "2026-02-30"}, map[string]string{"day": "book.day_unreadable"}},
			"words too long":  {book.New{Kind: book.Material, Amount: 5, Words: fmt.Sprintf("%081d", 0)}, map[string]string{"words": "book.words_long"}},
			"everything well": {book.New{Kind: book.Material, Amount: book.Largest, Day: "2026-08-17", Words: "  Tepung   terigu "}, nil},
		} {
			c.new.FormKey = w.form()
			e, _, err := w.book.Record(ctx, w.maker, 1, c.new)
			if c.want != nil {
				require.Equal(t, c.want, faults(err), name)
				continue
			}
			require.NoError(t, err, name)
			require.Equal(t, "Tepung terigu", e.Words)
		}
		_, _, err := w.book.Record(ctx, w.maker, 1, book.New{Kind: book.Material, Amount: 5, PictureID: 8, FormKey: w.form()})
		require.True(t, fault.Is(err, fault.KindNotFound), "a picture of something else")

		key := w.form()
		first, again, err := w.book.Record(ctx, w.companion, 1, book.New{Kind: book.Wage, Amount: 50_000, Words: "Bu Sri", FormKey: key})
		require.NoError(t, err)
		require.False(t, again)
		require.Equal(t, [2]int64{12, 11}, [2]int64{first.RecordedBy, first.SubjectID}, "both names")
		second, again, err := w.book.Record(ctx, w.companion, 1, book.New{Kind: book.Wage, Amount: 50_000, Words: "Bu Sri", FormKey: key})
		require.NoError(t, err)
		require.True(t, again)
		require.Equal(t, first.ID, second.ID)
		require.Equal(t, money.Rupiah(50_000), w.month("2026-11").Out())

		for who, actor := range map[string]account.Actor{"another's maker": w.east, "an admin": {UserID: 14, Roles: []account.Role{account.RoleAdmin}}, "nobody": {}, "the system": account.System} {
			_, _, err := w.book.Record(ctx, actor, 1, book.New{Kind: book.Wage, Amount: 1, FormKey: w.form()})
			require.True(t, fault.Is(err, fault.KindNotFound), who)
			_, err = w.book.Month(ctx, actor, 1, "2026-11")
			require.True(t, fault.Is(err, fault.KindNotFound), who)
			_, err = w.book.TakeBack(ctx, actor, first.ID)
			require.True(t, fault.Is(err, fault.KindNotFound), who)
			_, err = w.book.Entry(ctx, actor, first.ID)
			require.True(t, fault.Is(err, fault.KindNotFound), who)
		}
	})
}

func TestCorrectionsLeaveTheOldEntryToBeSeen(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		wrong := w.record(book.Material, 350_000, "Terigu", "2026-11-10")
		fix := book.Fix{Amount: 35_000, Words: "Terigu 3 kg", FormKey: w.form()}
		right, err := w.book.Correct(ctx, w.companion, wrong.ID, fix)
		require.NoError(t, err)
		require.Equal(t, wrong.ID, right.Replaces)
		require.Equal(t, wrong.Day, right.Day)
		same, err := w.book.Correct(ctx, w.companion, wrong.ID, fix)
		require.NoError(t, err, "sent twice")
		require.Equal(t, right.ID, same.ID)
		_, err = w.book.Correct(ctx, w.maker, wrong.ID, book.Fix{Amount: 5, FormKey: w.form()})
		require.True(t, fault.Is(err, fault.KindConflict), "already taken back")
		require.Equal(t, money.Rupiah(35_000), w.month("2026-11").Out())
		list, err := w.book.Entries(ctx, w.maker, 1, "2026-11", book.Cursor{}, 10)
		require.NoError(t, err)
		require.Len(t, list, 3, "the wrong one, what takes it back, the right one")
		require.True(t, list[2].TakenBack)
		about, err := w.book.About(ctx, w.maker, list[2])
		require.NoError(t, err)
		require.Len(t, about, 2)

		_, err = w.book.TakeBack(ctx, w.maker, right.ID)
		require.NoError(t, err)
		_, err = w.book.TakeBack(ctx, w.maker, right.ID)
		require.NoError(t, err, "once is enough")
		require.Zero(t, w.month("2026-11").Out())

		o := w.sold(1, time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 100, 0, 0)
		list, err = w.book.Entries(ctx, w.maker, 1, "2026-11", book.Cursor{Day: "2026-11-03"}, 1)
		require.NoError(t, err)
		require.Equal(t, o.OrderID, list[0].OrderID)
		_, err = w.book.TakeBack(ctx, w.maker, list[0].ID)
		require.True(t, fault.Is(err, fault.KindConflict), "what posted itself stays")
		old := w.record(book.Tool, 5, "", "2026-11-15")
		w.at(time.Date(2027, 2, 14, 5, 0, 0, 0, time.UTC))
		_, err = w.book.TakeBack(ctx, w.maker, old.ID)
		require.Equal(t, "book.correct.old", fault.As(err).Key)
		w.clean()
	})
}

// A month ends at midnight where the shop stands.
func TestDaysAreTheShops(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for _, c := range []struct {
			at        time.Time
			west, est string
		}{
			{time.Date(2028, 2, 28, 16, 59, 59, 0, time.UTC), "2028-02-28", "2028-02-29"},
			{time.Date(2028, 2, 29, 14, 59, 59, 0, time.UTC), "2028-02-29", "2028-02-29"},
			{time.Date(2028, 2, 29, 15, 0, 0, 0, time.UTC), "2028-02-29", "2028-03-01"},
			{time.Date(2028, 12, 31, 17, 0, 0, 0, time.UTC), "2029-01-01", "2029-01-01"},
		} {
			w.sold(1, c.at, 1, 0, 0)
			w.sold(2, c.at, 1, 0, 0)
			w.at(c.at)
			for shop, want := range map[int64]string{1: c.west, 2: c.est} {
				today, err := w.book.Today(ctx, shop)
				require.NoError(t, err)
				require.Equal(t, want, today)
				actor := map[int64]account.Actor{1: w.maker, 2: w.east}[shop]
				list, err := w.book.Entries(ctx, actor, shop, want[:7], book.Cursor{}, 1)
				require.NoError(t, err)
				require.Equal(t, want, list[0].Day)
			}
		}
		months, err := w.book.Months(ctx, w.east, 2, "2028-03", 2)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(2), months[0].In(), "29 February")
		require.Equal(t, money.Rupiah(1), months[1].In())
		_, err = w.book.Month(ctx, w.maker, 1, "2028-13")
		require.True(t, fault.Is(err, fault.KindNotFound))
	})
}

func TestHabitsAreWhatSheTypesMost(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for i, words := range []string{"Terigu", "Gas 3 kg", "terigu", "Pita", "Gas 3 kg", "TERIGU"} {
			w.record(book.Material, money.Rupiah(10_000+i), words, "2026-11-01")
		}
		gone := w.record(book.Wage, 5, "Salah", "")
		w.record(book.Wage, 5, "Salah", "")
		_, err := w.book.TakeBack(ctx, w.maker, gone.ID)
		require.NoError(t, err)
		habits, err := w.book.Habits(ctx, w.maker, 1, 5)
		require.NoError(t, err)
		require.Equal(t, []book.Habit{{book.Material, "TERIGU", 10_005, 3}, {book.Material, "Gas 3 kg", 10_004, 2}}, habits)
		w.at(time.Date(2027, 3, 1, 5, 0, 0, 0, time.UTC))
		habits, err = w.book.Habits(ctx, w.maker, 1, 5)
		require.NoError(t, err)
		require.Empty(t, habits, "an old habit is none")
	})
}

func TestCosts(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var product int64
		require.NoError(t, w.tx(func(tx *gorm.DB) error {
			return tx.Raw(`INSERT INTO products (shop_id, state, category_id, mode, price, created_by, created_at, updated_at) VALUES (1, 'unpublished', 1, 'stock', 0, 0, ?, ?) RETURNING id`, time.Now().UTC(), time.Now().UTC()).Scan(&product).Error
		}))
		_, err := w.book.SetCost(ctx, w.maker, book.Cost{ShopID: 1, ProductID: product}, w.form())
		require.Equal(t, map[string]string{"pieces": "book.cost_pieces"}, faults(err))
		_, err = w.book.SetCost(ctx, w.maker, book.Cost{ShopID: 1, ProductID: product, Pieces: 1}, w.form())
		require.Equal(t, map[string]string{"material": "book.cost_nothing"}, faults(err))
		c, err := w.book.SetCost(ctx, w.companion, book.Cost{ShopID: 1, ProductID: product, Pieces: 12, Material: 300_000, Wage: 100_001, Packaging: 24_000}, "biaya")
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(35_334), c.Piece(), "rounded up")
		same, err := w.book.SetCost(ctx, w.companion, book.Cost{ShopID: 1, ProductID: product, Pieces: 1, Material: 9}, "biaya")
		require.NoError(t, err)
		require.Equal(t, c.ID, same.ID)
		_, err = w.book.SetCost(ctx, w.maker, book.Cost{ShopID: 1, ProductID: product, Pieces: 1, Material: 30_000}, w.form())
		require.NoError(t, err)
		costs, err := w.book.Costs(ctx, w.maker, 1)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(30_000), costs[product].Piece())
		history, err := w.book.CostHistory(ctx, w.maker, 1, product, 5)
		require.NoError(t, err)
		require.Len(t, history, 2)
		_, err = w.book.Costs(ctx, w.east, 1)
		require.True(t, fault.Is(err, fault.KindNotFound))
	})
}

// step is one thing that happens to a book.
type step struct {
	what, kind, which int
	days              int // before today
	amount            int64
	again             bool
}

var steps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
	return step{rapid.IntRange(0, 4).Draw(t, "what"), rapid.IntRange(0, len(book.Typed)-1).Draw(t, "kind"), rapid.IntRange(0, 99).Draw(t, "which"),
		rapid.IntRange(0, 80).Draw(t, "days"), rapid.Int64Range(2, 1_000_000).Draw(t, "amount"), rapid.Bool().Draw(t, "again")}
}), 25, 25)

// Whatever is sold, given back, typed and taken back, in whatever order: what came in less
// what went out is what is left, a month is the sum of its entries, and what is paid in or
// taken out never is income.
func TestAnySequenceAddsUp(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for seed := range 3 {
			var typed []book.Entry
			for _, s := range steps.Example(seed) {
				amount, day := money.Rupiah(s.amount), time.Date(2026, 11, 15, 5, 0, 0, 0, time.UTC).AddDate(0, 0, -s.days)
				switch {
				case s.what == 0:
					o := w.sold(1, day, amount, amount/10, amount/20)
					if s.again {
						require.NoError(t, w.tx(func(tx *gorm.DB) error { return book.RefundTx(ctx, tx, o, amount/2, o.OrderID) }))
					}
				case s.what == 1:
					o, key := w.sold(1, day, amount, 0, 0), w.form()
					require.NoError(t, w.tx(func(tx *gorm.DB) error {
						if err := book.CommissionTx(ctx, tx, o, amount, key); err != nil {
							return err
						}
						return book.CommissionBackTx(ctx, tx, o, amount/2, key+" back", key)
					}))
				case s.what == 2 && len(typed) > 0:
					_, err := w.book.TakeBack(ctx, w.maker, typed[s.which%len(typed)].ID)
					require.NoError(t, err)
				default:
					typed = append(typed, w.record(book.Typed[s.kind], amount, "", day.Format(time.DateOnly)))
				}
			}
			w.addsUp(t)
		}
	})
}

func (w *world) addsUp(t *testing.T) {
	t.Helper()
	months, err := w.book.Months(ctx, w.maker, 1, "2026-11", 4)
	require.NoError(t, err)
	var left money.Rupiah
	for _, m := range months {
		one := w.month(m.Month)
		require.Equal(t, one.Sums, m.Sums, "a month alone and among others")
		require.Equal(t, left, one.Before)
		list, err := w.book.Entries(ctx, w.maker, 1, m.Month, book.Cursor{}, 100_000)
		require.NoError(t, err)
		var sum, income money.Rupiah
		for _, e := range list {
			sum += e.Signed()
			if e.Kind.Earning() {
				income += e.Signed()
			}
		}
		require.Equal(t, sum, m.In()-m.Out())
		require.Equal(t, sum, m.Left())
		require.Equal(t, income, m.Net())
		require.Equal(t, m.Left()-m.Net(), m.Sums[book.Capital]-m.Sums[book.Drawing]-m.Sums[book.Tool])
		left += sum
	}
	w.clean()
}

// Every proof of this package finds what was broken behind its back.
func TestProve_names_what_was_corrupted(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		e := w.record(book.Material, 100, "", "")
		right, err := w.book.Correct(ctx, w.maker, e.ID, book.Fix{Amount: 90, FormKey: w.form()})
		require.NoError(t, err)
		o := w.sold(1, time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 500, 0, 0)
		require.NoError(t, w.tx(func(tx *gorm.DB) error { return book.RefundTx(ctx, tx, o, 100, 1) }))
		w.clean()
		drop := "DROP TRIGGER book_entries_fixed"
		if db.Dialect() == database.Postgres {
			drop += " ON book_entries"
		}
		for want, do := range map[string]string{
			"book correction":      fmt.Sprintf("UPDATE book_entries SET amount = 99 WHERE id = %d", e.ID),
			"book correction kind": fmt.Sprintf("UPDATE book_entries SET kind = 'tool' WHERE corrects = %d", e.ID),
			"book replacement":     fmt.Sprintf("UPDATE book_entries SET replaces = id WHERE id = %d", right.ID),
			"book refund":          "UPDATE book_entries SET amount = 501 WHERE kind = 'refund'",
		} {
			dbtest.Harm(t, db, []string{"book_entries"}, func(tx *gorm.DB) {
				require.Error(t, tx.Transaction(func(tx *gorm.DB) error { return tx.Exec(do).Error }), "%s: the book never changes", want)
				require.NoError(t, tx.Exec(drop).Error)
				require.NoError(t, tx.Exec(do).Error)
				found, err := book.ProveTx(ctx, tx)
				require.NoError(t, err)
				require.Contains(t, names(found), want)
			})
		}
		require.Error(t, w.tx(func(tx *gorm.DB) error { return tx.Exec("DELETE FROM book_entries").Error }))
		w.exec("UPDATE book_entries SET words = '' WHERE source = ''") // forgetting may
	})
}

func names(found []proof.Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, f.Invariant)
	}
	return all
}
