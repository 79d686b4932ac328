package review_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/review"
)

var ctx = context.Background()

type world struct {
	*ordertest.World
	t       *testing.T
	reviews *review.Service
	shop    ordertest.Shop
	product int64
	n       int64
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	w := &world{World: ordertest.New(t, db), t: t}
	w.reviews = review.NewService(db, w.Keys, w.Catalog, w.Orders, w.Accounts)
	w.shop = w.Shop("Dapur Uji")
	w.product = w.Publish(w.shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 50})
	return w
}

// completed is an order of one product in its last state: what happened before is
// package order's, whose tests bring orders there.
func (w *world) completed(name, phone string) order.Order {
	w.t.Helper()
	w.n++
	seen := w.Sellable(w.product)
	var o order.Order
	w.Tx(func(tx *gorm.DB) (err error) {
		o, err = w.Orders.CreateTx(ctx, tx, order.New{
			Purpose: payment.Purpose{Kind: "purchase", ID: w.n}, ShopID: w.shop.ID, ShopName: w.shop.Name, RegencyCode: "35.19",
			Buyer:     order.Person{Name: name, Phone: phone},
			Recipient: order.Recipient{Name: name, Phone: phone, RegencyCode: "35.78", DistrictCode: "35.78.01", Street: "Jalan Rahasia 7"},
			Delivery:  order.Delivery{Method: delivery.Own, Fee: 5_000},
			Lines:     []order.NewLine{{ProductID: w.product, RevisionID: seen.RevisionID, PictureID: seen.PictureID, Title: "Nastar", UnitPrice: 55_000, Quantity: 2, WeightGrams: 500}},
		})
		return err
	})
	w.set(o, "state = 'completed', paid_at = created_at, completed_at = created_at")
	return o
}

func (w *world) set(o order.Order, what string) {
	w.t.Helper()
	w.Tx(func(tx *gorm.DB) error { return tx.Exec("UPDATE orders SET "+what+" WHERE id = ?", o.ID).Error })
}

func (w *world) shown() []review.Review {
	w.t.Helper()
	page, err := w.reviews.OfProduct(ctx, w.product, "", 10)
	require.NoError(w.t, err)
	return page.Reviews
}

// sums are what the card says, and that it follows from the reviews.
func (w *world) sums() catalog.Rating {
	w.t.Helper()
	findings, err := w.reviews.Prove(ctx)
	require.NoError(w.t, err)
	require.Empty(w.t, findings)
	return w.Sellable(w.product).Rating
}

func (w *world) write(o order.Order, stars int64, words string) error {
	return w.reviews.Write(ctx, o.Token, review.Input{ProductID: w.product, Stars: stars, Words: words})
}

func TestOnlyACompletedOrderIsReviewedOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		siti, budi := w.completed("Siti Aminah", "+6281200000901"), w.completed("budi", "+6281200000902")
		require.Equal(t, catalog.Rating{}, w.sums())
		require.NoError(t, w.write(siti, 5, "Renyah.\n\nAnak-anak suka."))
		require.NoError(t, w.write(siti, 5, "Renyah.\n\nAnak-anak suka."), "sent twice")
		require.NoError(t, w.reviews.Write(ctx, budi.Token, review.Input{ProductID: w.product, Stars: 2, Anonymous: true}))
		require.Equal(t, catalog.Rating{Stars: 7, Count: 2}, w.sums())
		require.Equal(t, "3,5", w.sums().Average(","))
		got := w.shown()
		require.Len(t, got, 2)
		require.Equal(t, []string{"", "", "Siti", "35.78"}, []string{got[0].Writer, got[0].PlaceCode, got[1].Writer, got[1].PlaceCode})

		// Changed, and taken back.
		require.NoError(t, w.write(siti, 4, "Renyah"))
		require.Equal(t, catalog.Rating{Stars: 6, Count: 2}, w.sums())
		require.NoError(t, w.reviews.Withdraw(ctx, siti.Token, w.product))
		require.NoError(t, w.reviews.Withdraw(ctx, siti.Token, w.product))
		require.Equal(t, catalog.Rating{Stars: 2, Count: 1}, w.sums())
		require.NoError(t, w.write(siti, 1, "Lain kali"))
		require.Equal(t, catalog.Rating{Stars: 3, Count: 2}, w.sums())
		require.Equal(t, "1,5", w.sums().Average(","))
		sum, err := w.reviews.RatingOfShop(ctx, w.shop.ID)
		require.NoError(t, err)
		require.Equal(t, w.sums(), sum)

		// Every other state, money given back, lines that could not be made.
		other := w.completed("Tono", "+6281200000903")
		for _, what := range []string{"state = 'awaiting_payment'", "state = 'to_do'", "state = 'dispatched'", "state = 'delivered'", "state = 'cancelled'", "state = 'lapsed'"} {
			w.set(other, what)
			require.True(t, fault.Is(w.write(other, 5, ""), fault.KindConflict), what)
			o, err := w.Orders.ByToken(ctx, other.Token)
			require.NoError(t, err)
			items, err := w.reviews.Items(ctx, o)
			require.NoError(t, err)
			require.Empty(t, items, what)
		}
		w.set(other, "state = 'completed', refunded = total")
		require.True(t, fault.Is(w.write(other, 5, ""), fault.KindConflict), "given back")
		w.set(other, "refunded = 0")
		require.True(t, fault.Is(w.reviews.Write(ctx, other.Token, review.Input{ProductID: w.product + 1, Stars: 5}), fault.KindNotFound))
		require.True(t, fault.Is(w.reviews.Write(ctx, "tebakan", review.Input{ProductID: w.product, Stars: 5}), fault.KindNotFound))
		for _, stars := range []int64{-1, 0, 6} {
			require.True(t, fault.Is(w.write(other, stars, ""), fault.KindInvalid))
		}
		require.True(t, fault.Is(w.write(other, 5, strings.Repeat("é", 1001)), fault.KindInvalid))
		require.NoError(t, w.write(other, 5, strings.Repeat("é", 1000)))

		// The shop's own people, by their telephone; and whoever helps them.
		owner, err := w.Accounts.User(ctx, w.shop.OwnerID)
		require.NoError(t, err)
		require.True(t, fault.Is(w.write(w.completed("Pemilik", owner.Phone), 5, "Hebat"), fault.KindConflict))
		helper, err := w.Accounts.User(ctx, w.Companion(w.shop).UserID)
		require.NoError(t, err)
		require.True(t, fault.Is(w.write(w.completed("Pendamping", helper.Phone), 5, "Hebat"), fault.KindConflict))

		// The negative control of the proof.
		w.Tx(func(tx *gorm.DB) error {
			return tx.Exec("UPDATE product_ratings SET stars = stars + 1, rated = rated + 1").Error
		})
		findings, err := w.reviews.Prove(ctx)
		require.NoError(t, err)
		require.Len(t, findings, 1)
		require.Equal(t, "U1 sums of reviews", findings[0].Invariant)
	})
}

func TestAnswersReportsAndCurators(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		owner, curator := w.Owner(w.shop), w.Curator()
		o := w.completed("Siti", "+6281200000901")
		require.NoError(t, w.write(o, 4, "Enak"))
		one := w.shown()[0]

		stranger := account.Actor{UserID: 9999}
		require.True(t, fault.Is(w.reviews.Answer(ctx, stranger, one.ID, "Terima kasih"), fault.KindNotFound))
		require.True(t, fault.Is(w.reviews.Answer(ctx, owner, one.ID, "WA 0812 3456 7890"), fault.KindInvalid))
		require.NoError(t, w.reviews.Answer(ctx, w.Companion(w.shop), one.ID, "Terima kasih, Bu."))
		require.True(t, fault.Is(w.reviews.Answer(ctx, owner, one.ID, "Sekali lagi"), fault.KindConflict), "once")
		w.Pass(1e9)
		require.NoError(t, w.write(o, 3, "Agak gosong"))
		require.NoError(t, w.reviews.Answer(ctx, owner, one.ID, "Maaf, kami ganti."), "again after the review was changed")
		require.Equal(t, "Maaf, kami ganti.", w.shown()[0].Answer)

		// Reported, read, and hidden; what was hidden comes back only past a curator.
		require.NoError(t, w.reviews.Report(ctx, one.ID))
		queue, err := w.reviews.Queue(ctx, curator)
		require.NoError(t, err)
		require.Len(t, queue, 1)
		require.Len(t, w.shown(), 1, "still shown")
		require.True(t, fault.Is(w.reviews.Decide(ctx, owner, one.ID, false, "tidak suka"), fault.KindForbidden))
		own := curator
		own.Memberships = []account.Membership{{ShopID: w.shop.ID, Role: account.MemberOwner}}
		require.True(t, fault.Is(w.reviews.Decide(ctx, own, one.ID, false, "tidak suka"), fault.KindForbidden), "nobody decides about their own")
		require.True(t, fault.Is(w.reviews.Decide(ctx, curator, one.ID, false, ""), fault.KindInvalid), "hiding needs a reason")
		require.NoError(t, w.reviews.Decide(ctx, curator, one.ID, false, "menghina pembuat"))
		require.Empty(t, w.shown())
		require.Equal(t, catalog.Rating{}, w.sums())
		require.NoError(t, w.write(o, 5, "Agak gosong"))
		require.Empty(t, w.shown(), "the same words stay hidden")
		require.NoError(t, w.write(o, 5, "Renyah"))
		require.Empty(t, w.shown())
		require.NoError(t, w.reviews.Decide(ctx, curator, one.ID, true, ""))
		require.Equal(t, catalog.Rating{Stars: 5, Count: 1}, w.sums())
		require.NoError(t, w.reviews.Report(ctx, one.ID))
		queue, err = w.reviews.Queue(ctx, curator)
		require.NoError(t, err)
		require.Empty(t, queue, "what a curator let stand is not queued again")
		_, err = w.reviews.Queue(ctx, owner)
		require.True(t, fault.Is(err, fault.KindNotFound))

		// Suspicious words wait.
		other := w.completed("Budi", "+6281200000902")
		require.NoError(t, w.write(other, 5, "Pesan lewat wa.me/62812 saja"))
		require.Len(t, w.shown(), 1)
		queue, err = w.reviews.Queue(ctx, curator)
		require.NoError(t, err)
		require.Len(t, queue, 1)
		require.NoError(t, w.reviews.Decide(ctx, curator, queue[0].ID, true, ""))
		require.Equal(t, catalog.Rating{Stars: 10, Count: 2}, w.sums())

		// Forgetting the shop's only person takes the answers, not the buyers' words.
		w.Tx(func(tx *gorm.DB) error {
			return w.reviews.ForgetTx(ctx, tx, personal.Person{UserID: w.shop.OwnerID, Individual: []int64{w.shop.ID}})
		})
		for _, r := range w.shown() {
			require.Empty(t, r.Answer)
			require.NotEmpty(t, r.Words)
		}
	})
}

// Two at once: the sums stay those of the reviews.
func TestReviewsWrittenAtOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var orders []order.Order
		for i := range 4 {
			orders = append(orders, w.completed(fmt.Sprint("Pembeli ", i), fmt.Sprintf("+62812000009%02d", 10+i)))
		}
		done := make(chan error)
		for i := range 16 {
			go func() { done <- w.write(orders[i%4], int64(1+i/4), "") }()
		}
		for range 16 {
			require.NoError(t, <-done)
		}
		require.EqualValues(t, 4, w.sums().Count)
	})
}

func TestSuspiciousWords(t *testing.T) {
	for words, want := range map[string]bool{
		"Renyah, harga Rp55.000 pas": false, "Pesan 20.000.000 kali pun mau": false, "Tahun 2026-11-22 datang": false, "Enak.Enak sekali": false,
		"kirim ke 0812 3456 789": true, "0812-3456-7890": true, "+62 812 345 678 90": true, "nik 3519034101900001": true, "rek 1234 5678 90": true,
		"https://jahat.example": true, "www.jahat.example": true, "toko-saya.com murah": true, "ig @dapur.sebelah": true, "bit.ly/abc": true,
	} {
		require.Equal(t, want, review.Suspicious(words), words)
	}
}
