package quote_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/quote"
)

var ctx = context.Background()

// world is the sewing workshop of demo product P12: 260 life jackets a month.
type world struct {
	*ordertest.World
	t         *testing.T
	quotes    *quote.Service
	shop      ordertest.Shop
	vests     int64
	seller    account.Actor
	companion account.Actor
	staff     account.Actor
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	w := &world{World: ordertest.New(t, db), t: t}
	w.quotes = quote.NewService(db, w.Keys, quote.Parts{
		Catalog: w.Catalog, Parcels: w.Delivery, Orders: w.Orders, Payments: w.Payments, Books: w.Books, Strays: strays{w},
		Messages: w.Notify, People: w.Accounts, Pictures: w.Media,
	}, quote.DefaultSettings("https://lapak.example"))
	w.Payments.Register(quote.PurposeKind, w.quotes)
	w.shop = w.Shop("Jahit Rompi Pelampung")
	w.vests = w.Publish(w.shop, ordertest.Product{Title: "Jahit rompi pelampung", Price: 39_000, Mode: catalog.ModeCapacity, Quantity: 260, Grams: 400})
	w.seller, w.companion, w.staff = w.Owner(w.shop), w.Companion(w.shop), w.Officer("35.19")
	return w
}

// strays is what finance does with money that fits nothing, in short.
type strays struct{ w *world }

func (s strays) PaidTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	err := s.w.Books.PostTx(ctx, tx, ledger.Entry{Key: p.Reference, Kind: ledger.Unmatched, RefKind: "payment", RefID: p.ID,
		Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.Suspense}, p.PaidAmount)})
	if err != nil {
		return err
	}
	return tx.Exec("INSERT INTO unmatched_payments (payment_id, amount, created_at) VALUES (?, ?, ?)", p.ID, int64(p.PaidAmount), p.CreatedAt).Error
}

// wish is a filled form of a village that needs 210 vests.
func (w *world) wish() quote.AskInput {
	return quote.AskInput{FormKey: id.Token(), ProductID: w.vests, Wish: "Rompi pelampung desa wisata", Details: "Bahan jingga, logo di dada",
		Quantity: "210", Sizes: []quote.TypedSize{{Label: "M", Quantity: "60"}, {Label: "L", Quantity: "150"}, {}},
		RegencyCode: "35.78", DistrictCode: "35.78.16", Name: "Pak Wisnu", Phone: "0812-3456-7890", Email: "wisnu@desa.example", Organisation: "Desa Tirta"}
}

func (w *world) ask() quote.Request {
	w.t.Helper()
	r, err := w.quotes.Ask(ctx, w.wish())
	require.NoError(w.t, err)
	return r
}

// price is a filled answer to wish.
func (w *world) price() quote.AnswerInput {
	return quote.AnswerInput{FormKey: id.Token(), UnitPrice: "39.000", Quantity: "210", Quantities: []string{"60", "150"}, Method: delivery.Courier, Fee: "180.000",
		ReadyOn: w.day(20), Note: "Jahitan ganda"}
}

// day is so many days from now, as forms send it.
func (w *world) day(n int) string {
	w.t.Helper()
	now, err := clock.Now(ctx, w.DB.Read(ctx))
	require.NoError(w.t, err)
	return now.AddDate(0, 0, n).Format("2006-01-02")
}

func (w *world) answer(r quote.Request) quote.Request {
	w.t.Helper()
	err := w.quotes.Answer(ctx, w.seller, r.ID, w.price())
	require.NoError(w.t, err)
	return w.see(r)
}

func (w *world) see(r quote.Request) quote.Request {
	w.t.Helper()
	now, err := w.quotes.ByToken(ctx, r.Token)
	require.NoError(w.t, err)
	return now
}

func yes(r quote.Request) quote.AcceptInput {
	o, _ := r.Latest()
	return quote.AcceptInput{OfferID: o.ID, Street: "Jalan Pantai 3", Village: "Tirta", Postcode: "60151"}
}

func (w *world) accept(r quote.Request) quote.Deal {
	w.t.Helper()
	d, err := w.quotes.Accept(ctx, r.Token, yes(r))
	require.NoError(w.t, err)
	return d
}

// prove runs every proof of this package and those below.
func (w *world) prove() {
	w.t.Helper()
	w.Prove()
	for name, prove := range map[string]func(context.Context, *database.DB) ([]proof.Finding, error){
		"payment": payment.Prove, "quote": quote.Prove,
		"catalog": func(ctx context.Context, _ *database.DB) ([]proof.Finding, error) { return w.Catalog.Prove(ctx) },
		"ledger":  func(ctx context.Context, _ *database.DB) ([]proof.Finding, error) { return w.Books.Prove(ctx) },
	} {
		findings, err := prove(ctx, w.DB)
		require.NoError(w.t, err)
		require.Empty(w.t, findings, name)
	}
}

// counts are the rows of what an accepted offer makes.
func (w *world) counts() (orders, payments, held int64) {
	w.t.Helper()
	read := w.DB.Read(ctx)
	require.NoError(w.t, read.Raw("SELECT count(*) FROM orders").Scan(&orders).Error)
	require.NoError(w.t, read.Raw("SELECT count(*) FROM payments").Scan(&payments).Error)
	require.NoError(w.t, read.Raw("SELECT COALESCE(CAST(SUM(taken) AS BIGINT), 0) FROM allotments").Scan(&held).Error)
	return orders, payments, held
}

func requireFields(t *testing.T, err error, fields ...string) {
	t.Helper()
	require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
	var got []string
	for _, f := range fault.As(err).Fields {
		got = append(got, f.Name)
	}
	require.Equal(t, fields, got)
}

func requireConflict(t *testing.T, err error, key string) {
	t.Helper()
	require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
	require.Equal(t, key, fault.As(err).Key)
}
