package maker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/document/papertest"
)

// paid is a paid order of the shop, by courier.
func (h *house) paid(shop ordertest.Shop, productID, quantity int64) int64 {
	h.t.Helper()
	token := id.Token()
	require.NoError(h.t, h.checkout.SetQuantity(ctx, token, productID, quantity))
	choices := map[int64]delivery.Method{shop.ID: delivery.Courier}
	to := checkout.Address{RegencyCode: "35.78", DistrictCode: "35.78.16", Village: "Ujung", Street: "Jl. Contoh 9", Postcode: "60155"}
	q, err := h.checkout.Quote(ctx, token, delivery.Destination{RegencyCode: to.RegencyCode, DistrictCode: to.DistrictCode}, choices)
	require.NoError(h.t, err)
	p, err := h.checkout.Place(ctx, checkout.PlaceInput{
		CartToken: token, CartVersion: q.Cart.Version, SeenTotal: q.Total, FormKey: id.Token(),
		Buyer: checkout.Contact{Name: "Rina Astuti", Phone: "081234567890"}, Address: to, Choices: choices, Notes: map[int64]string{shop.ID: "Untuk kado"},
	})
	require.NoError(h.t, err)
	h.PayFor(payment.Purpose{Kind: checkout.PurposeKind, ID: p.ID}, p.Total)
	return p.Orders[0].ID
}

// earned gives the shop money that can be taken out, to a confirmed account.
func (h *house) earned(shop ordertest.Shop, amount money.Rupiah) {
	h.t.Helper()
	h.Tx(func(tx *gorm.DB) error {
		return h.Books.PostTx(ctx, tx, ledger.Entry{
			Key: "earned " + id.Token(), Kind: ledger.ReleasedGoods, RefKind: "order", RefID: 1, Memo: "LB-CONTOH",
			Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.ShopPayable, Owner: shop.ID}, amount),
		})
	})
	bank, err := h.finance.SetBankAccount(ctx, h.Owner(shop), shop.ID,
		payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Wening"}, id.Token())
	require.NoError(h.t, err)
	require.NoError(h.t, h.finance.ConfirmBankAccount(ctx, h.Officer("35"), bank.ID))
	h.Pass(account.RestAfterReset + time.Minute)
}

// asked is a request to take money out that nobody decided yet.
func (h *house) asked(shop ordertest.Shop) int64 {
	h.t.Helper()
	h.earned(shop, 100_000)
	w, err := h.finance.RequestWithdrawal(ctx, h.Owner(shop), shop.ID, 50_000, id.Token())
	require.NoError(h.t, err)
	return w.ID
}

func (h *house) state(shop ordertest.Shop, orderID int64) order.State {
	h.t.Helper()
	o, err := h.Orders.One(ctx, h.Owner(shop), orderID)
	require.NoError(h.t, err)
	return o.State
}

func TestAnOrderFromNewToSent(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		orderID := h.paid(shop, h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700}), 3)
		b := h.as(shop.OwnerID)
		at := fmt.Sprintf("/toko-saya/pesanan/%d", orderID)

		require.Contains(t, b.see("/toko-saya"), text.T("maker.task.to_do", "count", 1))
		require.Contains(t, b.see("/toko-saya/pesanan"), at+"/buka")
		require.Equal(t, at, b.done(at+"/buka"))
		o, err := h.Orders.One(ctx, h.Owner(shop), orderID)
		require.NoError(t, err)
		require.False(t, o.SeenAt.IsZero())

		body := b.see(at)
		for _, want := range []string{"Rina Astuti", "0812-3456-7890", "tel:+6281234567890", "Jl. Contoh 9", "Untuk kado", "Nastar", "Rp165.000"} {
			require.Contains(t, body, want)
		}
		require.NotContains(t, body, at+"/kirim", "only the next step is offered")
		key, seen := hidden(t, body, "form_key"), hidden(t, body, "seen")
		require.Equal(t, at, b.done(at+"/mulai", "form_key", key, "seen", seen))
		require.Equal(t, at, b.done(at+"/mulai", "form_key", key, "seen", seen))
		require.Equal(t, order.Making, h.state(shop, orderID))

		// A button of a page that is out of date changes nothing and says so.
		b.see(at)
		b.done(at+"/mulai", "form_key", "other", "seen", seen)
		require.Contains(t, b.see(at), "Langkah ini tidak bisa dilakukan sekarang")

		body = b.see(at)
		b.done(at+"/siap", "form_key", hidden(t, body, "form_key"), "seen", hidden(t, body, "seen"))
		body = b.see(at + "/kirim")
		require.Contains(t, body, `data-scan="tracking_number"`)
		require.Contains(t, b.get(at+"/kirim").header.Get("Permissions-Policy"), "camera=(self)")
		require.Contains(t, b.get(at).header.Get("Permissions-Policy"), "camera=()", "no other page sees")
		key, seen = hidden(t, body, "form_key"), hidden(t, body, "seen")
		require.Contains(t, b.refused(at+"/kirim", "form_key", key, "seen", seen, "courier", "JNE"), `value="JNE"`)
		b.done(at+"/kirim", "form_key", key, "seen", seen, "courier", "JNE", "tracking_number", "CGK123")
		require.Equal(t, order.Dispatched, h.state(shop, orderID))
		require.Contains(t, b.see(at), "CGK123")
		require.Equal(t, at, b.get(at+"/kirim").to, "it cannot be sent twice")
	})
}

func TestNotAbleSaysTheMoneyFirst(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		orderID := h.paid(shop, h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700}), 3)
		b := h.as(shop.OwnerID)
		at := fmt.Sprintf("/toko-saya/pesanan/%d/tidak-sanggup", orderID)
		o, err := h.Orders.One(ctx, h.Owner(shop), orderID)
		require.NoError(t, err)
		line := fmt.Sprintf("line_%d", o.Lines[0].ID)

		key := hidden(t, b.see(at), "form_key")
		for _, bad := range []string{"", "0", "4", "-1", "banyak"} {
			require.Contains(t, b.refused(at, "form_key", key, line, bad, "reason", "Tepung habis"), "Tepung habis", "%q", bad)
		}
		require.Contains(t, b.refused(at, "form_key", key, line, "1", "reason", " "), text.T("order.refuse.reason_missing"))
		p := b.post(at, "form_key", key, "seen", fmt.Sprint(o.Version), line, "1", "reason", "Tepung habis")
		require.Equal(t, http.StatusOK, p.status)
		require.Contains(t, p.body, "Rp55.000")
		require.Contains(t, p.body, "Lima puluh lima ribu rupiah")
		require.Zero(t, h.Balance(ledger.RefundDue, orderID), "nothing has happened yet")

		for range 2 { // pressed twice
			b.done(at+"/ya", "form_key", key, "seen", fmt.Sprint(o.Version), line, "1", "reason", "Tepung habis")
		}
		after, err := h.Orders.One(ctx, h.Owner(shop), orderID)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(55_000), after.Refunded)
		require.Equal(t, order.ToDo, after.State)

		// Everything that is left: the delivery money goes back too.
		body := b.see(at + "?semua=1")
		require.Contains(t, body, `name="`+line+`"`)
		p = b.post(at, "form_key", hidden(t, body, "form_key"), "seen", hidden(t, body, "seen"), line, "2", "reason", "Sakit")
		require.Contains(t, p.body, after.Remaining().String())
		require.Contains(t, p.body, text.T("maker.refuse.whole"))
		b.done(at+"/ya", "form_key", hidden(t, p.body, "form_key"), "seen", hidden(t, p.body, "seen"), line, "2", "reason", "Sakit")
		require.Equal(t, order.Cancelled, h.state(shop, orderID))
	})
}

func TestTakingMoneyOut(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		b := h.as(shop.OwnerID)
		require.Contains(t, b.see("/toko-saya/uang"), text.T("finance.withdrawal.no_bank"))
		require.Equal(t, "/toko-saya/uang", b.get("/toko-saya/uang/tarik").to, "there is nothing to take")

		body := b.see("/toko-saya/uang/rekening")
		shopID, key := fmt.Sprint(shop.ID), hidden(t, body, "form_key")
		require.Contains(t, b.refused("/toko-saya/uang/rekening", "shop", shopID, "form_key", key, "channel_code", "ID_BCA", "account_number", "12x", "holder_name", "Wening"), `value="12x"`)
		h.earned(shop, 150_000)

		h.Tx(func(tx *gorm.DB) error {
			_, err := h.Accounts.RestWithdrawalsTx(ctx, tx, shop.OwnerID)
			return err
		})
		body = b.see("/toko-saya/uang")
		require.Regexp(t, `diganti\. Demi keamanan, tarik uang baru bisa lagi mulai [^<]+ WIB`, body, "why, and until when")
		require.NotContains(t, body, `href="/toko-saya/uang/tarik"`)
		h.Pass(account.RestAfterReset + time.Minute)

		body = b.see("/toko-saya/uang")
		require.NotContains(t, body, "Demi keamanan")
		require.Contains(t, body, "Rp150.000")
		require.Contains(t, body, "Seratus lima puluh ribu rupiah")
		require.Contains(t, body, "Uang barang pesanan LB-CONTOH")
		require.Contains(t, b.see("/toko-saya/uang/tarik?semua=1"), `value="150.000"`)
		key = hidden(t, b.see("/toko-saya/uang/tarik"), "form_key")
		for _, bad := range []string{"", "0", "5.000", "150.001", "-10.000", "1e5"} {
			b.refused("/toko-saya/uang/tarik", "shop", shopID, "form_key", key, "amount", bad)
		}
		p := b.post("/toko-saya/uang/tarik", "shop", shopID, "form_key", key, "amount", "50.000")
		require.Equal(t, http.StatusOK, p.status)
		require.Contains(t, p.body, "Lima puluh ribu rupiah")
		require.Contains(t, p.body, "Rp100.000", "what is left")
		list, err := h.finance.Withdrawals(ctx, h.Owner(shop), shop.ID, 0, 10)
		require.NoError(t, err)
		require.Empty(t, list, "nothing was asked for yet")

		// The sign-in was long ago: whoever holds the phone now proves who they are.
		yes := []string{"shop", shopID, "form_key", key, "amount", hidden(t, p.body, "amount")}
		require.Equal(t, "/masuk/lagi?lanjut=%2Fmasuk%2Flanjut", b.post("/toko-saya/uang/tarik/ya", yes...).to)
		list, err = h.finance.Withdrawals(ctx, h.Owner(shop), shop.ID, 0, 10)
		require.NoError(t, err)
		require.Empty(t, list)
		b = h.as(shop.OwnerID)
		for range 2 { // pressed twice
			require.Equal(t, "/toko-saya/uang", b.done("/toko-saya/uang/tarik/ya", yes...))
		}
		list, err = h.finance.Withdrawals(ctx, h.Owner(shop), shop.ID, 0, 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, money.Rupiah(50_000), list[0].Amount)
		require.Contains(t, b.see("/toko-saya/uang"), text.T("finance.state.requested"))
		b.refused("/toko-saya/uang/tarik/ya", "shop", shopID, "form_key", "another", "amount", "10.000")

		b.done(fmt.Sprintf("/toko-saya/uang/tarik/%d/batal", list[0].ID))
		require.Contains(t, b.see("/toko-saya/uang"), text.T("finance.state.cancelled"))
		require.Contains(t, b.see("/toko-saya/uang/tarikan"), "Rp50.000")
		paper := papertest.Words([]byte(b.see(fmt.Sprintf("/toko-saya/uang/tarik/%d/bukti.pdf", list[0].ID))))
		for _, words := range []string{"Rp50.000", "lima puluh ribu rupiah", text.T("finance.state.cancelled"), shop.Name, text.T("takenpaper.not_paid")} {
			require.Contains(t, strings.ReplaceAll(paper, "\n", " "), words)
		}
	})
}
