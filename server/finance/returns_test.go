package finance_test

import (
	"fmt"
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
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// stray brings money with a reference we never gave, told by the gateway, and
// returns the address of its decisions.
func stray(t *testing.T, d *desktest.Desk, amount money.Rupiah, channel string) string {
	t.Helper()
	reference := "dasbor-" + id.Token()
	inv, err := d.Till.CreateInvoice(ctx, payment.InvoiceRequest{Reference: reference, Amount: amount, Duration: time.Hour})
	require.NoError(t, err)
	d.Till.Pay(reference, amount, channel)
	body := fmt.Sprintf(`{"id":%q,"external_id":%q,"status":"PAID","amount":%d,"paid_amount":%d,"currency":"IDR"}`, inv.ID, reference, amount, amount)
	require.NoError(t, d.Payments.ReceiveCallback(ctx, payment.CallbackInvoice, desktest.Tokens[0], []byte(body)))
	var callback, made int64
	require.NoError(t, d.DB.Read(ctx).Raw("SELECT MAX(id) FROM callbacks").Scan(&callback).Error)
	require.NoError(t, d.Payments.HandleCallback(ctx, callback))
	require.NoError(t, d.DB.Read(ctx).Raw("SELECT id FROM payments WHERE reference = ?", reference).Scan(&made).Error)
	require.NotZero(t, made)
	return fmt.Sprintf("/keuangan/tak-dikenal/%d", made)
}

// twoPeople walks large stuck money through the list: one proposes, sees that
// somebody else decides, and cannot; the other confirms, once.
func twoPeople(t *testing.T, d *desktest.Desk, address string) {
	t.Helper()
	rina, sinta := d.As(d.Staff("Rina", account.RoleFinance)), d.As(d.Staff("Sinta", account.RoleFinance))
	page := rina.Get("/keuangan/tugas").Body
	require.Contains(t, page, address+"/usulkan")
	require.NotContains(t, page, address+"/kembalikan")
	before := d.Fingerprint()
	alone := rina.Post(address + "/kembalikan")
	require.Equal(t, http.StatusUnprocessableEntity, alone.Status)
	require.Contains(t, alone.Body, "Di atas Rp1.000.000 perlu dua orang")
	require.Equal(t, http.StatusUnprocessableEntity, sinta.Post(address+"/setujui").Status, "nobody proposed")
	require.Equal(t, before, d.Fingerprint())

	require.Equal(t, http.StatusSeeOther, rina.Post(address+"/usulkan").Status)
	page = rina.Get("/keuangan/tugas").Body
	require.Contains(t, page, "Menunggu orang kedua")
	require.Contains(t, page, "Diusulkan oleh Rina")
	require.Contains(t, page, "Orang lain yang menyetujui usulan Anda.")
	require.NotContains(t, page, address+"/setujui")
	before = d.Fingerprint()
	own := rina.Post(address + "/setujui")
	require.Equal(t, http.StatusForbidden, own.Status)
	require.Contains(t, own.Body, "Ini usulan Anda sendiri.")
	require.Equal(t, before, d.Fingerprint(), "and nothing changed")

	require.Contains(t, sinta.Get("/keuangan/tugas").Body, address+"/setujui")
	require.Equal(t, http.StatusSeeOther, sinta.Post(address+"/setujui").Status)
	before = d.Fingerprint()
	require.Equal(t, http.StatusUnprocessableEntity, sinta.Post(address+"/setujui").Status, "pressed twice")
	require.Equal(t, before, d.Fingerprint())
	require.Contains(t, sinta.Get("/keuangan/tugas").Body, "Sedang dikembalikan")
}

// sent does the work of payment's refund jobs.
func sent(t *testing.T, d *desktest.Desk) {
	t.Helper()
	var refunds []int64
	require.NoError(t, d.DB.Read(ctx).Raw("SELECT id FROM refunds WHERE state = 'requested'").Scan(&refunds).Error)
	require.NotEmpty(t, refunds)
	for _, r := range refunds {
		require.NoError(t, d.Payments.SendRefund(ctx, r))
	}
	d.Poll()
}

func TestMoneyNobodyAskedForGoesBack(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		tuti := d.Staff("Tuti", account.RoleFinance)
		desk, admin := d.As(tuti), d.As(d.Staff("Admin", account.RoleAdmin))
		small := stray(t, d, 75_000, ordertest.Channel)
		require.Contains(t, desk.Get("/keuangan/tugas").Body, small+"/kembalikan")
		looks := admin.Get("/keuangan/tugas").Body
		require.Contains(t, looks, "Rp75.000")
		require.NotContains(t, looks, small, "an admin only looks")
		require.Equal(t, http.StatusSeeOther, desk.Post(small+"/kembalikan").Status)
		require.EqualValues(t, 75_000, d.Balance(ledger.Suspense, 0), "until it has left")
		sent(t, d)
		require.Zero(t, d.Balance(ledger.Suspense, 0))
		require.Contains(t, desk.Get("/keuangan/tugas").Body, "Tidak ada uang tanpa pesanan.")

		large := stray(t, d, 1_200_000, ordertest.Channel)
		twoPeople(t, d, large)
		sent(t, d)
		require.Zero(t, d.Balance(ledger.Suspense, 0))

		// A channel that takes no refund: one types the account, another confirms it.
		desk = d.As(tuti) // a while ago; money asks for a fresh proof
		bank := stray(t, d, 60_000, "BNI")
		require.Equal(t, http.StatusSeeOther, desk.Post(bank+"/kembalikan").Status)
		require.NotContains(t, desk.Get("/keuangan/tugas").Body, "/pengembalian/", "no link goes round the second person")
		require.NotContains(t, admin.Get("/keuangan/tugas").Body, bank+"/rekening")
		faulty := desk.Post(bank+"/rekening", "channel_code", "ID_BCA", "account_number", "12x", "holder_name", "Pembayar Contoh")
		require.Equal(t, http.StatusUnprocessableEntity, faulty.Status)
		require.Contains(t, faulty.Body, `value="12x"`)
		require.Equal(t, http.StatusSeeOther, desk.Post(bank+"/rekening", "channel_code", "ID_BCA", "account_number", number, "holder_name", "Pembayar Contoh").Status)
		require.NotContains(t, desk.Get("/keuangan/tugas").Body, bank+"/rekening/setujui")
		require.NotContains(t, admin.Get("/keuangan/tugas").Body, number)
		sinta := d.As(d.Staff("Sinta", account.RoleFinance))
		second := sinta.Get("/keuangan/tugas").Body
		require.Contains(t, second, number, "who confirms sees what")
		seen := regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(second)
		require.Len(t, seen, 2)
		require.Equal(t, http.StatusForbidden, desk.Post(bank+"/rekening/setujui", "seen", seen[1]).Status)
		require.Equal(t, http.StatusUnprocessableEntity, sinta.Post(bank+"/rekening/setujui", "seen", "1").Status)
		require.Equal(t, http.StatusSeeOther, sinta.Post(bank+"/rekening/setujui", "seen", seen[1]).Status)
		page := desk.Get("/keuangan/tugas").Body
		require.NotContains(t, page, "/pengembalian/")
		require.NotContains(t, page, number, "accounts are shown masked")
		require.Contains(t, page, "7890")
		var payout int64
		require.NoError(t, db.Read(ctx).Raw("SELECT MAX(id) FROM payouts").Scan(&payout).Error)
		require.NoError(t, d.Payments.SendPayout(ctx, payout))
		require.Zero(t, d.Balance(ledger.Suspense, 0))
		require.Contains(t, desk.Get("/keuangan/tugas").Body, "Tidak ada uang tanpa pesanan.")
	})
}

func TestLargeSuspenseNeedsTwoPeople(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		product := d.Publish(shop, ordertest.Product{Title: "Hampers", Price: 600_000, Quantity: 10})
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
		d.PayFor(payment.Purpose{Kind: checkout.PurposeKind, ID: bought.ID}, quote.Total-1_000)
		items, err := d.Checkout.SuspenseItems(ctx, d.Staff("Pembaca", account.RoleFinance))
		require.NoError(t, err)
		require.Len(t, items, 1)
		twoPeople(t, d, fmt.Sprintf("/keuangan/titipan/%d", items[0].ID))
		sent(t, d)
		require.Zero(t, d.Balance(ledger.Suspense, 0))
	})
}
