package checkout_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
)

// world is the two shops of demo story 1 and checkout over everything below it.
type world struct {
	*ordertest.World
	t        *testing.T
	checkout *checkout.Service
	kitchen  ordertest.Shop // jars
	tailor   ordertest.Shop // masks
	jars     int64
	masks    int64
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	w := &world{World: ordertest.New(t, db), t: t}
	w.checkout = checkout.NewService(db, w.Keys, checkout.Parts{
		Catalog: w.Catalog, Parcels: w.Delivery, Orders: w.Orders, Payments: w.Payments, Books: w.Books, Messages: w.Notify, People: w.Accounts, Pictures: w.Media,
	}, checkout.DefaultSettings("https://lapak.example"))
	w.Payments.Register(checkout.PurposeKind, w.checkout)
	w.Payments.RegisterRefunds(checkout.SuspensePurpose, checkout.Suspense(w.checkout))
	w.kitchen, w.tailor = w.Shop("KUBE Dapur Gayeng"), w.Shop("Jahit Sekar Mandiri")
	w.jars = w.Publish(w.kitchen, ordertest.Product{Title: "Nastar 500 g", Price: 55_000, Quantity: 300, Grams: 700})
	w.masks = w.Publish(w.tailor, ordertest.Product{Title: "Masker kain", Price: 7_500, Quantity: 500, Grams: 20})
	return w
}

// cart fills a new cart and returns its token.
func (w *world) cart(quantities map[int64]int64) string {
	w.t.Helper()
	token := checkout.NewToken()
	// In one order: the shop that is chosen first comes first.
	for _, product := range slices.Sorted(maps.Keys(quantities)) {
		require.NoError(w.t, w.checkout.SetQuantity(context.Background(), token, product, quantities[product]))
	}
	return token
}

var surabaya = checkout.Address{RegencyCode: "35.78", DistrictCode: "35.78.16", Village: "Ampel", Street: "Jalan Melati 7, RT 004/RW 001", Postcode: "60151"}

// form is a checkout form of somebody who looked at the cart as it is now.
func (w *world) form(token string, method delivery.Method) checkout.PlaceInput {
	w.t.Helper()
	in := checkout.PlaceInput{CartToken: token, FormKey: id.Token(), Buyer: checkout.Contact{Name: "Bu Sari", Phone: "0812-3456-7890"},
		Address: surabaya, Choices: map[int64]delivery.Method{w.kitchen.ID: method, w.tailor.ID: method}}
	q, err := w.checkout.Quote(context.Background(), token, delivery.Destination{RegencyCode: "35.78", DistrictCode: "35.78.16"}, in.Choices)
	require.NoError(w.t, err)
	in.CartVersion, in.SeenTotal = q.Cart.Version, q.Total
	return in
}

func (w *world) place(in checkout.PlaceInput) checkout.Purchase {
	w.t.Helper()
	p, err := w.checkout.Place(context.Background(), in)
	require.NoError(w.t, err)
	return p
}

func purpose(p checkout.Purchase) payment.Purpose {
	return payment.Purpose{Kind: checkout.PurposeKind, ID: p.ID}
}

func (w *world) see(p checkout.Purchase) checkout.Purchase {
	w.t.Helper()
	now, err := w.checkout.ByToken(context.Background(), p.Token)
	require.NoError(w.t, err)
	return now
}

// purchases counts what was stored, orphans included.
func (w *world) stored() (purchases, orders, lines, promises int64) {
	w.t.Helper()
	for table, n := range map[string]*int64{"purchases": &purchases, "orders": &orders, "order_lines": &lines, "promises": &promises} {
		require.NoError(w.t, w.DB.Read(context.Background()).Raw("SELECT count(*) FROM "+table).Scan(n).Error)
	}
	return purchases, orders, lines, promises
}

// prove runs every proof that concerns this package.
func (w *world) prove() {
	w.t.Helper()
	w.Prove()
	findings, err := checkout.Prove(context.Background(), w.DB)
	require.NoError(w.t, err)
	require.Empty(w.t, findings)
}

func (w *world) held(o order.Order) int64 { return int64(w.Balance(ledger.Held, o.ID)) }

func requireFields(t *testing.T, err error, fields ...string) {
	t.Helper()
	require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
	var got []string
	for _, f := range fault.As(err).Fields {
		got = append(got, f.Name)
	}
	require.Equal(t, fields, got)
}

func requireChanges(t *testing.T, err error, kinds ...checkout.ChangeKind) []checkout.Change {
	t.Helper()
	var changed *checkout.ChangedError
	require.ErrorAs(t, err, &changed)
	require.True(t, fault.Is(err, fault.KindConflict))
	var got []checkout.ChangeKind
	for _, c := range changed.Changes {
		got = append(got, c.Kind)
		require.NotContains(t, c.Sentence(t.Context()), "[", "a sentence is missing")
		require.NotContains(t, c.Sentence(t.Context()), "{")
	}
	require.Equal(t, kinds, got)
	return changed.Changes
}

// reprice changes a product's price behind everybody's back.
func (w *world) reprice(productID, price int64) func(tx *gorm.DB) error {
	return func(tx *gorm.DB) error {
		return tx.Exec("UPDATE products SET price = ? WHERE id = ?", price, productID).Error
	}
}

// line puts the nth copy of a product into a cart, as a variant that does not exist.
func (w *world) line(token string, n int64) func(tx *gorm.DB) error {
	return func(tx *gorm.DB) error {
		if n == 0 {
			if err := tx.Exec("INSERT INTO carts (token_hash, version, created_at, updated_at) VALUES (?, 1, ?, ?)", id.Hash(token), time.Now(), time.Now()).Error; err != nil {
				return err
			}
		}
		return tx.Exec(`INSERT INTO cart_lines (cart_id, product_id, variant_id, quantity, seen_price, added_at)
			SELECT id, ?, ?, 1, 1, ? FROM carts WHERE token_hash = ?`, w.jars, 1000+n, time.Now(), id.Hash(token)).Error
	}
}
