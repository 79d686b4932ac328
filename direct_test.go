package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/demo"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/program"
)

// A buyer pays the shop itself and sends a photo of it. The shop sees the photo, the
// sum and the number where it answers, its officer sees them too, nobody else does;
// and the answer moves the order.
func TestPayingAShopItself(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		must := func(p page, err error) page {
			t.Helper()
			require.NoError(t, err)
			return p
		}
		bank, err := w.finance.SetBankAccount(ctx, w.maker, w.shop, payment.Bank{ChannelCode: "ID_BRI", AccountNumber: "0123456789", HolderName: "Pembuat Uji"}, id.Token())
		require.NoError(t, err)
		require.NoError(t, w.finance.ConfirmBankAccount(ctx, w.officer, bank.ID))
		w.db.Clock().Advance(account.RestAfterReset + time.Minute)
		require.NoError(t, w.app.checkout.OfferDirect(ctx, w.maker, w.shop, true))
		product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10)

		buyer := w.visitor(t)
		must(buyer.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"1"}}))
		form := w.fill(must(buyer.get("/checkout")))
		form.Set(fmt.Sprintf("bayar_%d", w.shop), string(order.ByDirect))
		p := must(buyer.post("/checkout", form))
		if p.status == http.StatusConflict { // what is shown depends on how it is paid
			form = w.fill(p)
			form.Set(fmt.Sprintf("bayar_%d", w.shop), string(order.ByDirect))
			p = must(buyer.post("/checkout", form))
		}
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		p = must(buyer.get(p.location))
		at := regexp.MustCompile(`/pesanan/[A-Za-z0-9_-]{20,}`).FindString(p.body + p.location)
		require.NotEmpty(t, at, p.body)
		p = must(buyer.get(at))
		require.Contains(t, p.body, "0123 4567 89", "where to pay")
		o, err := w.orders.ByToken(ctx, strings.TrimPrefix(at, "/pesanan/"))
		require.NoError(t, err)
		send := func() {
			t.Helper()
			raw, err := demo.Art.ReadFile("art/p01-nastar.jpg")
			require.NoError(t, err)
			var body bytes.Buffer
			parts := multipart.NewWriter(&body)
			file, err := parts.CreateFormFile("foto", "bukti.jpg")
			require.NoError(t, err)
			_, err = file.Write(marked(raw))
			require.NoError(t, err)
			require.NoError(t, parts.Close())
			req, err := http.NewRequest(http.MethodPost, w.url+at+"/bukti", &body)
			require.NoError(t, err)
			req.Header.Set("Content-Type", parts.FormDataContentType())
			p := must(buyer.do(req))
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
		}
		send()

		maker, officer := w.visitor(t), w.visitor(t)
		w.enter(t, maker, w.maker.UserID)
		w.enter(t, officer, w.officer.UserID)
		mine, theirs := fmt.Sprintf("/toko-saya/pesanan/%d", o.ID), fmt.Sprintf("/dinas/pesanan/%d", o.ID)
		photo := ""
		for _, look := range []struct {
			by *visitor
			at string
		}{{maker, mine}, {maker, mine + "/langkah?apa=pay_direct"}, {maker, mine + "/langkah?apa=deny_direct"}, {officer, theirs}} {
			p := must(look.by.get(look.at))
			require.Equal(t, http.StatusOK, p.status, look.at)
			shown := p.Find("#bukti")
			require.Equal(t, 1, shown.Length(), look.at)
			require.Contains(t, shown.Text(), o.Total.String())
			require.Contains(t, shown.Text(), o.Number)
			photo = shown.Find(".proofs a").AttrOr("href", "")
			require.NotEmpty(t, photo, look.at)
			require.Eventually(t, func() bool { // a job makes its sizes
				return must(look.by.get(photo)).status == http.StatusOK
			}, patience, 20*time.Millisecond, look.at)
		}

		// Another shop's owner, a visitor and even the buyer's own browser: nothing.
		other, err := w.program.Invite(ctx, w.officer, program.Invitation{
			FormKey: id.Token(), Name: "Pembuat Lain", Phone: "081200000104", ShopName: "Dapur Lain", Kind: catalog.Individual,
			District: "35.19.03", Village: "Sareng", Street: "Jl. Melati 5", Consent: "formulir", Pickup: true,
		})
		require.NoError(t, err)
		stranger := w.visitor(t)
		w.enter(t, stranger, other.MakerID)
		for _, v := range []*visitor{stranger, w.visitor(t), buyer} {
			require.Equal(t, http.StatusNotFound, must(v.get(photo)).status)
		}
		require.Equal(t, http.StatusNotFound, must(stranger.get(mine)).status)

		// "Belum masuk": the buyer is told and may send another.
		answer := func(move, reason string) {
			t.Helper()
			asked := must(maker.get(mine + "/langkah?apa=" + move))
			require.Equal(t, http.StatusOK, asked.status)
			form := asked.fields("form.step-form")
			form.Set("reason", reason)
			p := must(maker.post(mine+"/langkah", form))
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
		}
		answer("deny_direct", "Belum ada di mutasi rekening")
		o, err = w.orders.ByToken(ctx, o.Token)
		require.NoError(t, err)
		require.Equal(t, order.AwaitingPayment, o.State)
		require.Contains(t, must(buyer.get(at)).body, at+"/bukti", "another photo may be sent")
		send()
		require.Equal(t, 2, must(maker.get(mine)).Find(".proofs a").Length())
		answer("pay_direct", "")
		o, err = w.orders.ByToken(ctx, o.Token)
		require.NoError(t, err)
		require.Equal(t, order.ToDo, o.State)
		require.Contains(t, must(maker.get(mine)).body, photo, "kept with the order")
		w.clean(t)
	})
}
