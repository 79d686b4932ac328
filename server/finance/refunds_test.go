package finance_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// A refund whose buyer names no account stays on the list, with the journal's sum,
// and the buyer is written to again after a week.
func TestUnclaimedRefundsAreSeen(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		desk := d.As(d.Staff("Rina", account.RoleFinance))
		require.Contains(t, desk.Get("/keuangan/pengembalian").Body, "Semua pengembalian sudah sampai.")
		shop := d.Shop("Toples Bu Wening")
		product := d.Publish(shop, ordertest.Product{Title: "Rengginang", Price: 22_000, Quantity: 10})
		cart := id.Token()
		require.NoError(t, d.Checkout.SetQuantity(ctx, cart, product, 2))
		choices := map[int64]delivery.Method{shop.ID: delivery.Pickup}
		quote, err := d.Checkout.Quote(ctx, cart, delivery.Destination{}, choices)
		require.NoError(t, err)
		bought, err := d.Checkout.Place(ctx, checkout.PlaceInput{
			CartToken: cart, CartVersion: quote.Cart.Version, SeenTotal: quote.Total, FormKey: id.Token(),
			Buyer: checkout.Contact{Name: "Sari", Phone: "081234567890"}, Choices: choices,
		})
		require.NoError(t, err)
		d.PayThrough(payment.Purpose{Kind: checkout.PurposeKind, ID: bought.ID}, quote.Total, "BNI") // takes nothing back
		var orderID int64
		var number string
		require.NoError(t, db.Read(ctx).Raw("SELECT id, number FROM orders").Row().Scan(&orderID, &number))
		_, err = d.Orders.Move(ctx, d.Owner(shop), orderID, order.Refuse, order.MoveInput{FormKey: id.Token(), Reason: "Oven rusak"})
		require.NoError(t, err)
		require.Equal(t, quote.Total, d.Balance(ledger.RefundDue, orderID))

		desk = d.As(d.Staff("Sinta", account.RoleFinance))
		require.Contains(t, desk.Get("/keuangan/ringkasan").Body, `href="/keuangan/pengembalian"`)
		page := desk.Get("/keuangan/pengembalian")
		require.Equal(t, http.StatusOK, page.Status)
		for _, want := range []string{number, quote.Total.String(), "Menunggu rekening dari pembeli", "Tautan dikirim"} {
			require.Contains(t, page.Body, want)
		}
		require.NotContains(t, page.Body, "Daftar dan buku tidak sama")
		require.NotRegexp(t, regexp.MustCompile(`/pengembalian/[a-z0-9]`), page.Body, "the link is the buyer's alone")

		d.Pass(7 * 24 * time.Hour)
		require.NoError(t, d.Payments.Reconcile(ctx))
		require.NoError(t, d.Payments.Reconcile(ctx))
		var reminders int64
		require.NoError(t, db.Read(ctx).Raw("SELECT COUNT(*) FROM messages WHERE kind = 'refund_reminder'").Scan(&reminders).Error)
		require.EqualValues(t, 1, reminders)
		require.Contains(t, d.As(d.Staff("Tuti", account.RoleFinance)).Get("/keuangan/pengembalian").Body, "1 kali diingatkan")
	})
}
