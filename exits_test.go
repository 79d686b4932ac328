package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/demo"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
)

// upload posts a form with a photo.
func (v *visitor) upload(path, field string, form url.Values) (page, error) {
	raw, err := demo.Art.ReadFile("art/p01-nastar.jpg")
	if err != nil {
		return page{}, err
	}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name := range form {
		if err := parts.WriteField(name, form.Get(name)); err != nil {
			return page{}, err
		}
	}
	file, err := parts.CreateFormFile(field, "foto.jpg")
	if err != nil {
		return page{}, err
	}
	if _, err := file.Write(marked(raw)); err != nil {
		return page{}, err
	}
	if err := parts.Close(); err != nil {
		return page{}, err
	}
	req, err := http.NewRequest(http.MethodPost, v.base+path, &body)
	if err != nil {
		return page{}, err
	}
	req.Header.Set("Content-Type", parts.FormDataContentType())
	return v.do(req)
}

// places a filled checkout form; what it shows depends on what is chosen, so a
// changed page is filled once more. It returns the page of the payment.
func (w *world) places(t *testing.T, v *visitor, change func(url.Values)) string {
	t.Helper()
	p, err := v.get("/checkout")
	require.NoError(t, err)
	for range 3 {
		form := w.fill(p)
		change(form)
		p, err = v.post("/checkout", form)
		require.NoError(t, err)
		if p.status != http.StatusConflict {
			break
		}
	}
	require.Equal(t, http.StatusSeeOther, p.status, p.body)
	return p.location
}

var orderAddress = regexp.MustCompile(`/pesanan/[A-Za-z0-9_-]{20,}`)

// Cash at the door, from the checkout page to a complaint with a photo through the
// buyer's form, and the same ordered once more: maker and buyer by their pages alone.
func TestCashAtTheDoorAndAComplaint(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		must := func(p page, err error) page {
			t.Helper()
			require.NoError(t, err)
			return p
		}
		require.NoError(t, w.app.delivery.ChangeSettings(ctx, w.maker, w.shop, func(s *delivery.Settings) { s.Own, s.OwnFee = true, 5_000 }))
		maker := w.visitor(t)
		w.enter(t, maker, w.maker.UserID)
		p := must(maker.post("/toko-saya/bayar/tunai", url.Values{"shop": {fmt.Sprint(w.shop)}, "cod": {"ya"}}))
		require.Equal(t, http.StatusSeeOther, p.status)
		product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10)

		buyer := w.visitor(t)
		must(buyer.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"2"}}))
		require.Contains(t, must(buyer.get("/keranjang")).Find(".cart-line").Text(), "Barang siap: dikirim atau siap diambil paling lambat")
		at := w.places(t, buyer, func(form url.Values) {
			form.Set("provinsi", "35")
			form.Set("kabupaten", "35.19")
			form.Set("kecamatan", "35.19.03")
			form.Set("jalan", "Jl. Melati 9")
			form.Set("desa", "Sareng")
			form.Set(fmt.Sprintf("kirim_%d", w.shop), string(delivery.Own))
			form.Set(fmt.Sprintf("bayar_%d", w.shop), string(order.ByCOD))
		})
		at = orderAddress.FindString(must(buyer.get(at)).body)
		require.NotEmpty(t, at)
		now := func() order.Order {
			t.Helper()
			o, err := w.orders.ByToken(ctx, strings.TrimPrefix(at, "/pesanan/"))
			require.NoError(t, err)
			return o
		}
		o := now()
		require.Equal(t, order.ToDo, o.State)
		require.Equal(t, money.Rupiah(115_000), o.Total)
		require.Equal(t, catalog.Now, o.Lines[0].HowSoon)
		require.Contains(t, must(buyer.get(at)).Find(".mini-lines").Text(), "Barang siap: diantar paling lambat")

		mine := fmt.Sprintf("/toko-saya/pesanan/%d", o.ID)
		press := func(path string) {
			t.Helper()
			form := must(maker.get(mine)).fields(fmt.Sprintf(`form[action=%q]`, mine+path))
			p := must(maker.post(mine+path, form))
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
		}
		press("/mulai")
		press("/siap")
		form := must(maker.get(mine + "/kirim")).fields("form.step-form")
		require.Equal(t, http.StatusSeeOther, must(maker.post(mine+"/kirim", form)).status)
		require.Equal(t, order.Dispatched, now().State)
		p = must(buyer.post(at+"/terima", url.Values{"form_key": {"a"}}))
		require.Equal(t, order.Dispatched, now().State, "only who took the money says that it came: %d", p.status)
		form = must(maker.get(mine + "/langkah?apa=deliver")).fields("form.step-form")
		require.Equal(t, http.StatusSeeOther, must(maker.post(mine+"/langkah", form)).status)
		require.Equal(t, order.Delivered, now().State)
		require.True(t, now().Paid())

		// A faulty complaint keeps its photo; sent again, it goes along.
		asked := must(buyer.get(at + "/keluhan")).fields(`form[enctype="multipart/form-data"]`)
		p, err := buyer.upload(at+"/keluhan", "gambar", asked)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		asked.Set("sebab", string(order.CauseBroken))
		asked.Set("cerita", "Dua stoples pecah")
		p = must(buyer.post(at+"/keluhan", asked))
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		require.Equal(t, order.Disputed, now().State)
		p = must(buyer.get(at))
		photo := p.Find(".photo-steps a").AttrOr("href", "")
		require.NotEmpty(t, photo)
		require.Contains(t, p.body, "Dua stoples pecah")
		require.Eventually(t, func() bool { return must(buyer.get(photo)).status == http.StatusOK }, patience, 20*time.Millisecond)
		require.Equal(t, http.StatusNotFound, must(buyer.get(strings.Replace(photo, at, "/pesanan/"+strings.Repeat("a", 26), 1))).status, "by the address alone")

		officer := w.visitor(t)
		w.enter(t, officer, w.officer.UserID)
		theirs := fmt.Sprintf("/dinas/pesanan/%d", o.ID)
		p = must(officer.get(theirs))
		require.Equal(t, http.StatusOK, p.status)
		require.Contains(t, p.body, "Dua stoples pecah")
		_, err = w.orders.Move(ctx, w.officer, o.ID, order.Resolve, order.MoveInput{Reason: "Foto jelas", GiveBack: 55_000})
		require.NoError(t, err)
		require.Contains(t, must(buyer.get(at)).body, "Rp55.000")

		// Once more the same: what is still sold lies in the cart.
		p = must(buyer.post(at+"/lagi", nil))
		require.Equal(t, "/keranjang", p.location)
		require.Equal(t, "2", must(buyer.get("/keranjang")).Find("input[name=jumlah]").First().AttrOr("value", ""))
		_, err = w.catalog.AdjustStock(ctx, w.maker, product, catalog.StockEdit{Seen: 8, Want: 0, FormKey: "empty"})
		require.NoError(t, err)
		require.Equal(t, at+"?lagi=habis", must(w.visitor(t).post(at+"/lagi", nil)).location, "another browser, nothing left")
		w.clean(t)
	})
}

// A photo that came with a wrong code at the counter goes along with the right one.
func TestPhotoOfAHandOver(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		require.NoError(t, w.app.checkout.OfferCash(ctx, w.maker, w.shop, false, true))
		product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10)
		buyer, maker := w.visitor(t), w.visitor(t)
		w.enter(t, maker, w.maker.UserID)
		_, err := buyer.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"1"}})
		require.NoError(t, err)
		at := w.places(t, buyer, func(form url.Values) { form.Set(fmt.Sprintf("bayar_%d", w.shop), string(order.ByCash)) })
		p, err := buyer.get(at)
		require.NoError(t, err)
		o, err := w.orders.ByToken(ctx, strings.TrimPrefix(orderAddress.FindString(p.body), "/pesanan/"))
		require.NoError(t, err)
		for _, name := range []order.Transition{order.Start, order.Finish} {
			_, err := w.orders.Move(ctx, w.maker, o.ID, name, order.MoveInput{})
			require.NoError(t, err)
		}
		hand := fmt.Sprintf("/toko-saya/pesanan/%d/serahkan", o.ID)
		p, err = maker.get(hand)
		require.NoError(t, err)
		form := p.fields("form.step-form")
		form.Set("code", "1")
		p, err = maker.upload(hand, "photo", form)
		require.NoError(t, err)
		require.Equal(t, http.StatusUnprocessableEntity, p.status, p.body)
		require.Contains(t, p.body, "Foto tadi sudah tersimpan")
		form.Set("code", o.PickupCode)
		p, err = maker.post(hand, form)
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		o, err = w.orders.ByToken(ctx, o.Token)
		require.NoError(t, err)
		require.Equal(t, order.Delivered, o.State)
		require.Len(t, o.Events[len(o.Events)-1].Pictures, 1)
		require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM pictures WHERE owner_kind = 'order'"))
		w.clean(t)
	})
}

// "Bayar ulang" on two devices at once, and both order: one purchase takes the place
// of the old one, and one invoice can be paid.
func TestPayingAgainOnTwoDevices(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10)
		first := w.visitor(t)
		_, err := first.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"2"}})
		require.NoError(t, err)
		w.places(t, first, func(url.Values) {})
		token := ""
		require.NoError(t, w.db.Read(t.Context()).Raw("SELECT return_url FROM payments").Scan(&token).Error)
		token = token[strings.LastIndex(token, "/")+1:]
		devices := []*visitor{first, w.visitor(t)}
		both := func(do func(v *visitor) (page, error), want string) {
			t.Helper()
			var together sync.WaitGroup
			for _, v := range devices {
				together.Go(func() {
					p, err := do(v)
					if err != nil || p.status != http.StatusSeeOther || want != "" && p.location != want {
						t.Errorf("status %d to %s, %v: %.300s", p.status, p.location, err, p.body)
					}
				})
			}
			together.Wait()
			require.False(t, t.Failed())
		}
		both(func(v *visitor) (page, error) {
			for { // while the other device closes the payment there is nothing to fill in
				p, err := v.post("/pembayaran/"+token+"/ulang", nil)
				if err != nil || p.location == "/keranjang" {
					return p, err
				}
			}
		}, "/keranjang")
		require.Zero(t, w.count(t, "SELECT count(*) FROM payments WHERE state IN ('created', 'unknown', 'open')"))
		both(func(v *visitor) (page, error) {
			p, err := v.get("/checkout")
			if err != nil {
				return p, err
			}
			return v.post("/checkout", w.fill(p))
		}, "")
		require.EqualValues(t, 2, w.count(t, "SELECT count(*) FROM purchases"), "the old one and one in its place")
		require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM payments WHERE state IN ('created', 'unknown', 'open')"))
		require.EqualValues(t, 2, w.count(t, "SELECT sum(taken) FROM allotments"))
		w.clean(t)
	})
}

// The QRIS code of a shop: sent by its owner, shown to the agency alone, refused with
// a reason, confirmed, and then for buyers; of two at once one waits.
func TestQRISOfAShop(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		must := func(p page, err error) page {
			t.Helper()
			require.NoError(t, err)
			return p
		}
		maker, officer := w.visitor(t), w.visitor(t)
		w.enter(t, maker, w.maker.UserID)
		w.enter(t, officer, w.officer.UserID)
		form := url.Values{"shop": {fmt.Sprint(w.shop)}}
		p := must(maker.post("/toko-saya/bayar/qris", form))
		require.Equal(t, http.StatusUnprocessableEntity, p.status, "no photo")
		send := func() {
			t.Helper()
			p, err := maker.upload("/toko-saya/bayar/qris", "photo", form)
			require.NoError(t, err)
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
		}
		send()
		require.Contains(t, must(maker.get("/toko-saya/bayar")).body, "menunggu persetujuan dinas")
		decide := func(path, reason string, status int) {
			t.Helper()
			to := must(officer.get("/dinas/rekening")).Find(fmt.Sprintf(`form[action$=%q]`, path)).AttrOr("action", "")
			require.NotEmpty(t, to)
			require.Equal(t, http.StatusNotFound, must(maker.post(to, nil)).status, "never by the shop")
			require.Equal(t, status, must(officer.post(to, url.Values{"reason": {reason}})).status)
		}
		decide("/tolak", "", http.StatusUnprocessableEntity)
		decide("/tolak", "Nama di QRIS lain", http.StatusSeeOther)
		require.Contains(t, must(maker.get("/toko-saya/bayar")).body, "Nama di QRIS lain")
		send()
		decide("/setuju", "", http.StatusSeeOther)
		p = must(maker.get("/toko-saya/bayar"))
		require.NotContains(t, p.body, "menunggu persetujuan dinas")
		form.Set("on", "ya")
		require.Equal(t, http.StatusSeeOther, must(maker.post("/toko-saya/bayar/langsung", form)).status)
		w.db.Clock().Advance(account.RestAfterReset + time.Minute)

		// Two proposals at the same moment: one waits, the other is told.
		var pictures []int64
		for range 2 {
			raw, err := demo.Art.ReadFile("art/p01-nastar.jpg")
			require.NoError(t, err)
			stored, err := w.pictures.Store(ctx, w.maker, media.Upload{Reader: bytes.NewReader(marked(raw)), OwnerKind: checkout.CodePicture, OwnerID: w.shop, Name: "qris.jpg"})
			require.NoError(t, err)
			pictures = append(pictures, stored.ID)
		}
		var together sync.WaitGroup
		for _, pictureID := range pictures {
			together.Go(func() {
				err := w.app.checkout.ProposeCode(ctx, w.maker, w.shop, pictureID)
				if err != nil && !fault.Is(err, fault.KindConflict) {
					t.Error(err)
				}
			})
		}
		together.Wait()
		require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM shop_codes WHERE state = 'proposed'"))
		require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM shop_codes WHERE state = 'active'"))
		w.clean(t)
	})
}
