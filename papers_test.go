package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/document/papertest"
)

// paper reads what a PDF says; "" where there is none.
func (w *world) paper(t *testing.T, v *visitor, address string) string {
	t.Helper()
	p, err := v.get(address)
	require.NoError(t, err)
	if p.status == http.StatusNotFound {
		return ""
	}
	require.Equal(t, http.StatusOK, p.status, address)
	require.True(t, strings.HasPrefix(p.body, "%PDF-"), address)
	said := papertest.Words([]byte(p.body))
	require.NotEmpty(t, said, address)
	for _, secret := range []string{"81200000103", "812-0000-0103", "Pembuat Uji"} { // the maker's
		require.NotContains(t, said, secret, address)
	}
	if !strings.Contains(said, "Tempat mengambil") { // where a buyer who may collect has to go
		require.NotContains(t, said, "Jl. Melati 4", address)
	}
	return said
}

// The papers of a large order paid online: every sum to the rupiah, who holds the
// money, the duty stamp, and what was given back later.
func TestPapersOfAPaidOrder(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		jars := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 200)
		v, maker := w.visitor(t), w.visitor(t)
		w.enter(t, maker, w.maker.UserID)
		const goods = money.Rupiah(100 * 55_000)
		bought := w.buy(t, v, map[int64]int{jars: 100}, w.shop)
		o := bought.Orders[0]
		require.Equal(t, goods, o.Goods)
		number := bought.InvoiceNumber()
		require.Regexp(t, `^INV/\d{4}/\d{2}/[A-Z0-9]{6}$`, number)
		pay, at := "/pembayaran/"+bought.Token, "/pesanan/"+o.Token
		invoice := w.paper(t, v, pay+"/faktur.pdf")
		for _, words := range []string{number, "Belum dibayar", "Pengelola Lapak Berdaya", "Rp55.000", goods.String(), o.Delivery.Fee.String(), o.Total.String(), o.Number,
			"Dibayar paling lambat", "meterai " + document.Duty.String()} {
			require.Contains(t, strings.ReplaceAll(invoice, "\n", " "), words)
		}
		require.Empty(t, w.paper(t, v, at+"/kuitansi.pdf"), "no receipt before the money")
		require.Contains(t, w.paper(t, v, at+"/konfirmasi.pdf"), "Belum dibayar.")

		w.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})
		soon(t, "paid", func() bool { return w.see(t, bought.Token).State == checkout.Paid })
		receipt := strings.ReplaceAll(w.paper(t, v, at+"/kuitansi.pdf"), "\n", " ")
		for _, words := range []string{"Telah diterima dari Pembeli Uji", "Diterima oleh Pengelola Lapak Berdaya", o.Total.String(), o.Total.Words(), "diteruskan ke Dapur Uji", "perlu meterai"} {
			require.Contains(t, receipt, words)
		}
		require.Contains(t, w.paper(t, v, pay+"/faktur.pdf"), "Sudah dibayar")
		slip := w.paper(t, maker, fmt.Sprintf("/toko-saya/pesanan/%d/slip.pdf", o.ID))
		require.Contains(t, slip, "0812-0000-0099")
		require.Contains(t, slip, "\n100\n")
		require.NotContains(t, slip, "Rp", "the parcel does not say what it is worth")

		lines, err := w.orders.ByToken(t.Context(), o.Token)
		require.NoError(t, err)
		w.move(t, o.ID, order.RefusePart, order.MoveInput{Reason: "Oven rusak", Lines: map[int64]int64{lines.Lines[0].ID: 40}})
		const back = money.Rupiah(40 * 55_000)
		receipt = w.paper(t, v, at+"/kuitansi.pdf")
		for _, words := range []string{"Uang diterima\n", o.Total.String(), o.Total.Words(), (-back).String(), (o.Total - back).String(), "40 tidak jadi"} {
			require.Contains(t, strings.ReplaceAll(receipt, "\n", " "), strings.TrimSpace(words))
		}
		require.Contains(t, receipt, "perlu meterai", "it says that more than five million were received")
		require.Contains(t, w.paper(t, v, pay+"/faktur.pdf"), (o.Total - back).String())
		require.Contains(t, w.paper(t, maker, fmt.Sprintf("/toko-saya/pesanan/%d/slip.pdf", o.ID)), "\n60\n")
		english := w.paper(t, v, "/en"+at+"/kuitansi.pdf")
		require.Contains(t, english, "Money received")
		require.NotContains(t, english, "diterima")
		require.Equal(t, number, w.see(t, bought.Token).InvoiceNumber())
	})
}

// Money that comes with the goods is on no paper as received before it was: the
// slip says what to take, the receipt appears when it was taken.
func TestPapersOfAnOrderPaidInCash(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		jars := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
		v, maker := w.visitor(t), w.visitor(t)
		w.enter(t, maker, w.maker.UserID)
		require.NoError(t, w.app.checkout.OfferCash(t.Context(), w.maker, w.shop, false, true))
		_, err := v.post("/keranjang", url.Values{"produk": {fmt.Sprint(jars)}, "jumlah": {"3"}})
		require.NoError(t, err)
		p, err := v.get("/checkout")
		for range 2 { // what is shown depends on how it is paid
			require.NoError(t, err)
			form := w.fill(p)
			form.Set(fmt.Sprintf("bayar_%d", w.shop), string(order.ByCash))
			if p, err = v.post("/checkout", form); err == nil && p.status == http.StatusSeeOther {
				break
			}
		}
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		bought := w.see(t, strings.TrimPrefix(strings.TrimPrefix(p.location, w.url), "/pembayaran/"))
		o := bought.Orders[0]
		require.Equal(t, order.ByCash, o.PayBy)
		at, slip := "/pesanan/"+o.Token, fmt.Sprintf("/toko-saya/pesanan/%d/slip.pdf", o.ID)
		require.Empty(t, w.paper(t, v, at+"/kuitansi.pdf"))
		invoice := w.paper(t, v, "/pembayaran/"+bought.Token+"/faktur.pdf")
		require.Contains(t, invoice, "Dibayar langsung ke toko")
		require.NotContains(t, invoice, "Sudah dibayar")
		require.NotContains(t, invoice, "online kepada")
		w.move(t, o.ID, order.RefusePart, order.MoveInput{Reason: "Kurang satu", Lines: map[int64]int64{bought.Orders[0].Lines[0].ID: 1}})
		said := strings.ReplaceAll(w.paper(t, v, at+"/konfirmasi.pdf"), "\n", " ")
		require.Contains(t, said, "Belum dibayar. Rp110.000 dibayar tunai kepada Dapur Uji")
		require.Contains(t, said, "Rp110.000 Yang dibayar")
		require.NotContains(t, said, "diterima Rp")
		require.NotContains(t, said, "Sudah dibayar")
		full, err := w.orders.ByToken(t.Context(), o.Token)
		require.NoError(t, err)
		require.Contains(t, said, full.PickupCode, "the code is on the buyer's paper")
		shops := w.paper(t, maker, slip)
		require.NotContains(t, shops, full.PickupCode, "and never on the shop's")
		require.Contains(t, strings.ReplaceAll(shops, "\n", " "), "Rp110.000 Tagih tunai")

		w.move(t, o.ID, order.Start, order.MoveInput{})
		w.move(t, o.ID, order.Finish, order.MoveInput{})
		w.move(t, o.ID, order.HandOver, order.MoveInput{Code: full.PickupCode})
		receipt := strings.ReplaceAll(w.paper(t, v, at+"/kuitansi.pdf"), "\n", " ")
		for _, words := range []string{"Diterima oleh Dapur Uji", (-money.Rupiah(55_000)).String(), "Rp110.000", "seratus sepuluh ribu rupiah", "tidak melalui pengelola"} {
			require.Contains(t, receipt, words)
		}
		require.NotContains(t, receipt, "Pengelola Lapak Berdaya,")
		require.NotContains(t, w.paper(t, maker, slip), "Tagih tunai")
	})
}
