package maker_test

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

func lastNumber(t *testing.T, path string) int64 {
	t.Helper()
	for _, part := range strings.Split(path, "/") {
		if n, err := strconv.ParseInt(part, 10, 64); err == nil {
			return n
		}
	}
	t.Fatalf("no number in %q", path)
	return 0
}

// list answers every question and returns the submission's address.
func list(t *testing.T, b *browser, shop ordertest.Shop) string {
	t.Helper()
	key := hidden(t, b.see("/toko-saya/produk"), "form_key")
	at := strings.TrimSuffix(b.done("/toko-saya/produk", "shop", fmt.Sprint(shop.ID), "form_key", key), "/foto")
	require.Equal(t, at+"/jenis", b.upload(at+"/foto", photo(t, 10)).to)
	require.Equal(t, at+"/nama", b.done(at+"/jenis", "category", catalog.DefaultCategory))
	require.Equal(t, at+"/harga", b.done(at+"/nama", "title", "Lidah kucing keju"))
	require.Equal(t, at+"/jumlah", b.done(at+"/harga", "price", "28.000", "unit", "stoples 250 g"))
	require.Equal(t, at, b.done(at+"/jumlah", "mode", "stock", "quantity", "20", "lead_days", "2"))
	return at
}

func TestListAProduct(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		b := h.as(shop.OwnerID)

		body := b.see("/toko-saya/produk")
		require.Contains(t, body, text.T("maker.products.empty"))
		key := hidden(t, body, "form_key")
		first := b.done("/toko-saya/produk", "shop", fmt.Sprint(shop.ID), "form_key", key)
		require.Equal(t, first, b.done("/toko-saya/produk", "shop", fmt.Sprint(shop.ID), "form_key", key), "pressed twice is one product")
		at := strings.TrimSuffix(first, "/foto")

		require.Contains(t, b.refused(at+"/foto"), text.T("maker.photo.missing"))
		p := b.upload(at+"/foto", []byte("%PDF-1.7 no picture"))
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		require.Contains(t, p.body, `href="#f-photo"`, "the sentence leads to the field")
		require.Equal(t, at+"/jenis", b.upload(at+"/foto", photo(t, 10)).to)
		require.Equal(t, at+"/jenis", b.upload(at+"/foto", photo(t, 10)).to)
		sub, err := h.Catalog.Submission(ctx, h.Owner(shop), lastNumber(t, at))
		require.NoError(t, err)
		require.Len(t, sub.Revision.Pictures, 1, "the same photo sent twice stays one")

		// She leaves and comes back: the draft goes on where she stopped.
		require.Contains(t, b.see("/toko-saya"), text.T("maker.task.draft"))
		require.Equal(t, at+"/jenis", b.get(at).to)
		require.Contains(t, b.refused(at+"/jenis", "category", ""), text.T("maker.jenis.missing"))
		require.Contains(t, b.refused(at+"/jenis", "category", "emas"), text.T("catalog.draft.category"))
		require.Equal(t, at+"/nama", b.done(at+"/jenis", "category", "kue-kering"))
		require.Equal(t, at+"/nama", b.get(at).to)
		require.Contains(t, b.refused(at+"/nama", "title", "…"), `value="…"`)
		b.done(at+"/nama", "title", "Lidah kucing keju")
		for _, bad := range []string{"", "0", "-5", "28,5", "dua puluh", "999.999.999.999"} {
			require.Contains(t, b.refused(at+"/harga", "price", bad, "unit", "stoples"), `value="stoples"`, "price %q", bad)
		}
		b.done(at+"/harga", "price", "Rp28.000", "unit", "stoples 250 g")
		require.Contains(t, b.refused(at+"/jumlah", "mode", "lelang", "quantity", "3", "lead_days", "1"), text.T("catalog.draft.mode"))
		for _, bad := range []string{"", "0", "-3", "1,5", "1.000.000.000"} {
			require.Contains(t, b.refused(at+"/jumlah", "mode", "capacity", "quantity", bad, "lead_days", "4"), `value="4"`, "quantity %q", bad)
		}
		require.Equal(t, at, b.done(at+"/jumlah", "mode", "capacity", "quantity", "80", "lead_days", "4"))
		require.Equal(t, at, b.done(at+"/keterangan", "description", "Renyah & gurih", "weight", "300"))

		review := b.see(at)
		for _, want := range []string{"Lidah kucing keju", "Rp28.000 / stoples 250 g (dua puluh delapan ribu rupiah)", "80 sebulan", "300 gram", "Renyah &amp; gurih"} {
			require.Contains(t, review, want)
		}
		key = hidden(t, review, "form_key")
		require.Equal(t, at, b.done(at+"/kirim", "form_key", key))
		require.Equal(t, at, b.done(at+"/kirim", "form_key", key), "pressed twice is one sending")
		rounds, err := h.curation.History(ctx, h.Owner(shop), sub.ID)
		require.NoError(t, err)
		require.Len(t, rounds, 1)
		require.Contains(t, b.see(at), text.T("maker.review.waiting"))
		require.Equal(t, at, b.get(at+"/nama").to, "what is being read cannot be changed")
		require.Contains(t, b.refused(at+"/nama", "title", "Nama lain"), `value="Nama lain"`)
		require.Contains(t, b.see("/toko-saya/produk"), text.T("maker.state.waiting"))

		b.done(at + "/tarik")
		require.Contains(t, b.see(at), text.T("maker.review.restart"))
		again := b.done(fmt.Sprintf("/toko-saya/produk/%d/ubah", sub.ProductID), "form_key", "k2")
		require.NotEqual(t, at, again)
		require.Contains(t, b.see(again), "Lidah kucing keju", "nothing she wrote is lost")
	})
}

func TestANoteIsReadThePhotoChangedAndSentAgain(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, curator := h.Shop("Toples Bu Wening"), h.Curator()
		b := h.as(shop.OwnerID)
		at := list(t, b, shop)
		b.done(at+"/kirim", "form_key", hidden(t, b.see(at), "form_key"))
		id := lastNumber(t, at)
		owner := h.Owner(shop)
		sent, err := h.Catalog.Submission(ctx, owner, id)
		require.NoError(t, err)
		_, err = h.curation.Claim(ctx, curator, id)
		require.NoError(t, err)
		require.NoError(t, h.curation.Return(ctx, curator, curation.Decision{SubmissionID: id, RevisionID: sent.Revision.ID},
			[]curation.Answer{{ItemKey: "packaging-travel", Verdict: curation.Improve, Comment: "Tutup stoples dengan plastik segel."}}))

		require.Contains(t, b.see("/toko-saya"), text.T("maker.task.returned"))
		body := b.see(at)
		require.Contains(t, body, "Tutup stoples dengan plastik segel.")
		require.Contains(t, body, text.T("maker.aspect.packaging"))
		require.Contains(t, body, at+"/foto?review=1", "the note leads to the photo")
		require.NotContains(t, body, at+"/kirim", "nothing was changed yet")
		require.Contains(t, b.refused(at+"/kirim", "form_key", "early"), text.T("catalog.submit.unchanged"))

		p := b.upload(at+"/foto", photo(t, 200), "review", "1", "how", "replace")
		require.Equal(t, at, p.to, "back to the review")
		changed, err := h.Catalog.Submission(ctx, owner, id)
		require.NoError(t, err)
		require.Len(t, changed.Revision.Pictures, 1)
		require.NotEqual(t, sent.Revision.Pictures, changed.Revision.Pictures)
		body = b.see(at)
		require.Contains(t, body, "Tutup stoples dengan plastik segel.", "the note stays beside the change")
		b.done(at+"/kirim", "form_key", hidden(t, body, "form_key"))

		now, err := h.Catalog.Submission(ctx, owner, id)
		require.NoError(t, err)
		require.Equal(t, catalog.SubmissionSubmitted, now.State)
		require.EqualValues(t, 2, now.Revision.Number)
		_, err = h.curation.Claim(ctx, curator, id)
		require.NoError(t, err)
		require.NoError(t, h.curation.Approve(ctx, curator, curation.Decision{SubmissionID: id, RevisionID: now.Revision.ID, RestFine: true}, nil))
		product := fmt.Sprintf("/toko-saya/produk/%d", now.ProductID)
		require.Contains(t, b.see(product), text.T("maker.state.live"))

		// An edit leaves what is live alone until it is approved.
		edit := b.done(product+"/ubah", "form_key", "edit1")
		require.Equal(t, edit, b.done(product+"/ubah", "form_key", "edit2"), "one change at a time")
		b.done(edit+"/nama", "title", "Lidah kucing coklat", "review", "1")
		require.Contains(t, b.see(product), text.T("maker.state.edit_draft"))
		live, err := h.Catalog.LiveRevision(ctx, owner, now.ProductID)
		require.NoError(t, err)
		require.Equal(t, "Lidah kucing keju", live.Title)
	})
}

func TestPriceStockAndPause(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Jahit Sekar Mandiri")
		productID := h.Publish(shop, ordertest.Product{Title: "Masker kain", Price: 7_500, Quantity: 20, Grams: 50})
		b := h.as(shop.OwnerID)
		at := fmt.Sprintf("/toko-saya/produk/%d", productID)

		require.Contains(t, b.see(at+"/harga"), "Rp6.000")
		require.Contains(t, b.refused(at+"/harga", "price", "20.000"), `value="20.000"`)
		require.EqualValues(t, 7_500, h.Sellable(productID).Price)
		b.done(at+"/harga", "price", "8.000")
		require.EqualValues(t, 8_000, h.Sellable(productID).Price)

		// She sees 20. Meanwhile three are promised; she counts 25: five more than
		// she saw, so 22 are left.
		form := b.see(at + "/stok")
		require.Equal(t, "20", hidden(t, form, "seen"))
		h.Tx(func(tx *gorm.DB) error {
			_, err := h.Catalog.PromiseTx(ctx, tx, []catalog.Demand{{LineID: 1, ProductID: productID, Quantity: 3}})
			return err
		})
		for _, bad := range []string{"", "-1", "1,5", "banyak", "1000000000"} {
			b.refused(at+"/stok", "seen", "20", "quantity", bad, "form_key", hidden(t, form, "form_key"))
		}
		b.done(at+"/stok", "seen", "20", "quantity", "25", "form_key", hidden(t, form, "form_key"))
		b.done(at+"/stok", "seen", "20", "quantity", "25", "form_key", hidden(t, form, "form_key"))
		require.EqualValues(t, 22, h.Sellable(productID).Available, "pressed twice counts once")
		require.Contains(t, b.see(at), text.T("maker.product.in_stock", "quantity", 22))

		b.done(at + "/jeda")
		require.Equal(t, catalog.ProductPaused, h.Sellable(productID).State)
		require.Contains(t, b.see(at), text.T("maker.product.resume"))
		b.done(at + "/lanjut")
		require.Equal(t, catalog.ProductPublished, h.Sellable(productID).State)
	})
}

// A hamper holds three jars that are sold by themselves too; two cookies come from one oven.
func TestNumbersTogether(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Dapur Bersama")
		jars := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 45_000, Quantity: 30, Grams: 300})
		hamper := h.Publish(shop, ordertest.Product{Title: "Hampers", Price: 150_000, Quantity: 20, Grams: 1_500})
		other := h.Publish(h.Shop("Toko Lain"), ordertest.Product{Title: "Keripik", Price: 10_000, Quantity: 5, Grams: 100})
		b := h.as(shop.OwnerID)
		at := fmt.Sprintf("/toko-saya/produk/%d/bersama", hamper)
		with := fmt.Sprint(jars)

		require.Contains(t, b.see(strings.TrimSuffix(at, "/bersama")), at)
		page := b.see(at)
		require.Contains(t, page, ">Nastar</option>")
		require.NotContains(t, page, "Keripik")
		require.Contains(t, b.refused(at, "how", "isi", "weight", "3"), text.T("together.missing"))
		require.Contains(t, b.refused(at, "with", with, "weight", "3"), text.T("together.missing_how"))
		for _, bad := range []string{"", "0", "banyak", "1001", "1000000000"} {
			require.Contains(t, b.refused(at, "with", with, "how", "isi", "weight", bad), text.T("catalog.share.weight"))
		}
		b.done(at, "with", with, "how", "isi", "weight", "3")
		require.EqualValues(t, 10, h.Sellable(hamper).Available, "jars for ten hampers")
		require.Contains(t, b.see(at), text.T("together.takes", "weight", "3", "with", "Nastar"))
		require.Contains(t, b.see(fmt.Sprintf("/toko-saya/produk/%d/bersama", jars)), text.T("together.used", "who", "Hampers", "weight", "3"))

		// Whatever the other shop is sent, nothing of it is shared.
		require.Equal(t, http.StatusNotFound, b.post(at, "with", fmt.Sprint(other), "how", "isi", "weight", "1").status)
		require.Equal(t, http.StatusNotFound, b.post(at+"/lepas", "with", fmt.Sprint(other)).status)

		require.Equal(t, at, b.done(at+"/lepas", "with", with))
		require.EqualValues(t, 20, h.Sellable(hamper).Available)

		// One number for both, and apart again: the one that leaves starts with nothing.
		require.Equal(t, at, b.done(at, "with", with, "how", "satu", "weight", "1"))
		require.EqualValues(t, 30, h.Sellable(hamper).Available)
		require.Equal(t, strings.TrimSuffix(at, "/bersama")+"/stok", b.done(at+"/lepas", "with", with))
		require.Zero(t, h.Sellable(hamper).Available)
		require.EqualValues(t, 30, h.Sellable(jars).Available)
	})
}

// said are what others said to the shop, and what it said of itself: a review, a
// request for a price, a certificate, a question about a change, a wish for a sample.
func (h *house) said(db *database.DB, shop ordertest.Shop, productID, orderID int64) map[string]int64 {
	h.t.Helper()
	row := func(query string, args ...any) (n int64) {
		require.NoError(h.t, database.InTx(ctx, db, func(tx *gorm.DB) error { return tx.Raw(query, args...).Scan(&n).Error }))
		return n
	}
	now := time.Now().UTC()
	return map[string]int64{
		"ulasan": row(`INSERT INTO reviews (order_id, product_id, shop_id, stars, words, state, written_at, created_at)
			VALUES (?, ?, ?, 4, 'Enak', 'shown', ?, ?) RETURNING id`, orderID, productID, shop.ID, now, now),
		"permintaan": row(`INSERT INTO quote_requests (token_hash, form_key, state, product_id, shop_id, wish, quantity, regency_code, district_code,
				buyer_name, buyer_phone, buyer_email, created_at, asked_at)
			VALUES ('uji', 'uji', 'asked', ?, ?, 'Nastar 300', 300, '35.78', '35.78.16', 'Pembeli', '+6281200000099', '', ?, ?) RETURNING id`, productID, shop.ID, now, now),
		"izin": row(`INSERT INTO certificates (shop_id, kind, number, state, form_key, entered_by, entered_at)
			VALUES (?, 'nib', 'CONTOH-1', 'entered', 'uji', ?, ?) RETURNING id`, shop.ID, shop.OwnerID, now),
		"pertanyaan": row(`INSERT INTO direct_changes (shop_id, product_id, kind, amount_before, amount_after, actor_id, subject_id, created_at, question, asked_by, asked_at)
			VALUES (?, ?, 'price', 55000, 57000, ?, 0, ?, 'Bahannya naik', 1, ?) RETURNING id`, shop.ID, productID, shop.OwnerID, now, now),
		"sampel": row(`INSERT INTO samples (submission_id, round_id, product_id, shop_id, form_key, what, pieces, place, due_day, state, asked_by, asked_at)
			SELECT id, 0, product_id, shop_id, 'uji', 'Satu stoples', 1, 'Loket', '2030-01-01', 'asked', 1, ?
			FROM submissions WHERE product_id = ? ORDER BY id LIMIT 1 RETURNING id`, now, productID),
	}
}

// TestAnothersThings tries every address with an id on things of another shop.
func TestAnothersThings(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		mine, theirs := h.Shop("Toko Sendiri"), h.Shop("Toko Orang")
		productID := h.Publish(theirs, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		orderID := h.paid(theirs, productID, 2)
		edit, err := h.Catalog.StartEdit(ctx, h.Owner(theirs), productID, "e")
		require.NoError(t, err)
		ids := map[string]int64{"produk": productID, "pengajuan": edit.ID, "pesanan": orderID, "uang": h.asked(theirs), "toko": h.Companion(theirs).Assisting[0].GrantID}
		maps.Copy(ids, h.said(db, theirs, productID, orderID))

		b := h.as(mine.OwnerID)
		before, tried := h.trailed(), 0
		for _, r := range h.routes {
			if !strings.Contains(r.Path, ":id") {
				continue
			}
			id, known := ids[strings.Split(r.Path, "/")[2]]
			require.True(t, known, r.Path)
			tried++
			path := strings.Replace(r.Path, ":id", fmt.Sprint(id), 1)
			var p page
			if r.Method == http.MethodGet {
				p = b.get(path)
			} else {
				p = b.post(path, "form_key", "x", "quantity", "5", "seen", "20", "price", "55.000", "title", "Milik saya", "mode", "stock",
					"lead_days", "1", "category", "lainnya", "courier", "JNE", "tracking_number", "X1", "code", "123456", "reason", "r", "do", "remove", "picture", "1")
			}
			require.Equal(t, http.StatusNotFound, p.status, "%s %s: %s %s", r.Method, path, p.to, p.body)
		}
		require.Greater(t, tried, 40, "every address with an id")
		for path, pairs := range map[string][]string{
			"/toko-saya/produk":        {"form_key", "y"},
			"/toko-saya/pilih":         nil,
			"/toko-saya/pengiriman":    {"pickup", "ya", "street", "Jalan lain"},
			"/toko-saya/uang/tarik":    {"form_key", "y", "amount", "10.000"},
			"/toko-saya/uang/tarik/ya": {"form_key", "y", "amount", "10.000"},
			"/toko-saya/uang/rekening": {"form_key", "y", "channel_code", "ID_BCA", "account_number", "1234567890", "holder_name", "Saya"},
		} {
			p := b.post(path, append(pairs, "shop", fmt.Sprint(theirs.ID))...)
			require.Equal(t, http.StatusNotFound, p.status, path)
		}
		require.Equal(t, before, h.trailed(), "nothing was done")
	})
}

// TestLookingChangesNothing opens every page of a busy shop.
func TestLookingChangesNothing(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toko Ramai")
		productID := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		orderID := h.paid(shop, productID, 2)
		edit, err := h.Catalog.StartEdit(ctx, h.Owner(shop), productID, "e")
		require.NoError(t, err)
		ids := h.said(db, shop, productID, orderID)
		maps.Copy(ids, map[string]int64{"produk": productID, "pengajuan": edit.ID, "pesanan": orderID, "tarik": h.asked(shop)})
		b := h.as(shop.OwnerID)
		before := h.trailed()
		for _, r := range h.routes {
			if r.Method != http.MethodGet {
				continue
			}
			path := strings.Replace(r.Path, "cara/:slug", "cara/foto", 1)
			path = strings.Replace(path, ":slug", "foto-dekat-jendela", 1)
			for kind, id := range ids {
				path = strings.Replace(path, "/"+kind+"/:id", fmt.Sprintf("/%s/%d", kind, id), 1)
			}
			p := b.get(path)
			require.Contains(t, []int{http.StatusOK, http.StatusSeeOther}, p.status, "%s: %s", path, p.body)
			require.NotContains(t, p.body, "[maker.", path)
		}
		require.Equal(t, before, h.trailed())
		o, err := h.Orders.One(ctx, h.Owner(shop), orderID)
		require.NoError(t, err)
		require.True(t, o.SeenAt.IsZero(), "reading is told by pressing, not by looking")
	})
}

func TestACompanionHelpsButNeverWithMoney(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		companion := h.Companion(shop)
		b := h.as(companion.UserID)
		require.Contains(t, b.see("/toko-saya"), text.T("ui.acting.for", "shop", shop.Name, "maker", h.name(shop.OwnerID)))
		at := list(t, b, shop)
		b.done(at+"/kirim", "form_key", hidden(t, b.see(at), "form_key"))
		var acts []struct{ Actor, Subject int64 }
		require.NoError(t, db.Read(ctx).Raw("SELECT actor_id AS actor, subject_id AS subject FROM trail WHERE object = 'submission' AND object_id = ?", lastNumber(t, at)).Scan(&acts).Error)
		require.NotEmpty(t, acts)
		for _, a := range acts {
			require.Equal(t, companion.UserID, a.Actor)
			require.Equal(t, shop.OwnerID, a.Subject)
		}

		why := text.T("finance.money.own_only")
		require.Contains(t, b.see("/toko-saya/uang"), why)
		require.NotContains(t, b.see("/toko-saya"), text.T("finance.money.free"))
		p := b.get("/toko-saya/uang/rekening")
		require.Equal(t, http.StatusForbidden, p.status)
		require.Contains(t, p.body, why)
		shopID := fmt.Sprint(shop.ID)
		bank := []string{"shop", shopID, "form_key", "b", "channel_code", "ID_BCA", "account_number", "1234567890", "holder_name", "Hendro"}
		require.Equal(t, http.StatusForbidden, b.post("/toko-saya/uang/rekening", bank...).status)
		for _, path := range []string{"/toko-saya/uang/tarik", "/toko-saya/uang/tarik/ya"} {
			require.Equal(t, http.StatusForbidden, b.post(path, "shop", shopID, "form_key", "b", "amount", "10.000").status, path)
		}
		require.Contains(t, b.see("/toko-saya/pengiriman"), text.T("maker.delivery.own_only"))
		require.Equal(t, http.StatusForbidden, b.post("/toko-saya/pengiriman", "shop", shopID, "pickup", "ya", "street", "Jalan Hendro").status)

		// The maker ends the help; the next request of the companion finds nothing.
		owner := h.as(shop.OwnerID)
		owner.done(fmt.Sprintf("/toko-saya/toko/bantuan/%d/akhiri", companion.Assisting[0].GrantID))
		require.Equal(t, http.StatusNotFound, b.get("/toko-saya/produk").status)
		require.Equal(t, http.StatusNotFound, b.post(at+"/tarik").status)
	})
}

func TestSeveralShops(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		one, two := h.Shop("Toko Satu"), h.Shop("Toko Dua")
		companion := h.Companion(one)
		h.Tx(func(tx *gorm.DB) error {
			if _, err := h.Accounts.GiveConsentTx(ctx, tx, account.System, account.NewConsent{UserID: two.OwnerID, Kind: account.ConsentHelped, Evidence: "surat"}); err != nil {
				return err
			}
			_, err := h.Accounts.GrantTx(ctx, tx, account.System, account.NewGrant{ShopID: two.ID, MakerID: two.OwnerID, CompanionID: companion.UserID, Evidence: "surat"})
			return err
		})
		b := h.as(companion.UserID)
		require.Equal(t, "/toko-saya/pilih", b.get("/toko-saya").to)
		body := b.see("/toko-saya/pilih")
		require.Contains(t, body, "Toko Satu")
		require.Contains(t, body, "Toko Dua")
		b.done("/toko-saya/pilih", "shop", fmt.Sprint(two.ID))
		require.Contains(t, b.see("/toko-saya"), text.T("ui.acting.for", "shop", "Toko Dua", "maker", h.name(two.OwnerID)))
		require.Contains(t, b.see("/toko-saya"), text.T("maker.word.leave"))
	})
}
