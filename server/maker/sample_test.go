package maker_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

func TestAMakerReadsWhatIsAskedOfHerAndSaysItIsSent(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		b := h.as(shop.OwnerID)
		at := list(t, b, shop)
		require.Equal(t, at, b.done(at+"/kirim", "form_key", "kirim"))
		curator := h.Curator()
		now, err := h.Accounts.Now(ctx)
		require.NoError(t, err)
		ask := func() curation.Sample {
			s, err := h.curation.AskSample(ctx, curator, curation.NewSample{
				SubmissionID: lastNumber(t, at), FormKey: fmt.Sprint(time.Now().UnixNano()), What: "Satu stoples siap jual", Pieces: 1, Place: "Loket Dinas Sosial", DueDay: now.AddDate(0, 0, 5).Format(time.DateOnly),
			})
			require.NoError(t, err)
			return s
		}
		s := ask()
		page := b.see(at)
		for _, words := range []string{"Satu stoples siap jual", "Loket Dinas Sosial", text.T("maker.sample.sent"), curation.SamplePath(s.ID)} {
			require.Contains(t, page, words)
		}
		require.Equal(t, http.StatusNotFound, h.as(h.Shop("Toko lain").OwnerID).get(curation.SamplePath(s.ID)).status)
		require.Equal(t, http.StatusNotFound, h.as(curator.UserID).get(curation.SamplePath(s.ID)).status)

		refused := b.refused(curation.SamplePath(s.ID), "langkah", "decline", "note", "")
		require.Contains(t, refused, text.T("curation.sample.note"))
		require.Equal(t, http.StatusNotFound, b.post(curation.SamplePath(s.ID), "langkah", "receive").status, "not hers to say")

		helper := h.Companion(shop)
		require.Equal(t, curation.SamplePath(s.ID), h.as(helper.UserID).upload(curation.SamplePath(s.ID), photo(t, 10), "langkah", "send").to)
		page = b.see(curation.SamplePath(s.ID))
		require.Contains(t, page, text.T("maker.sample.state.on_its_way"))
		require.Contains(t, page, "/gambar/")
		require.NotContains(t, page, text.T("maker.sample.decline"))

		_, err = h.curation.MoveSample(ctx, curator, curation.SampleStep{SampleID: s.ID, Move: "miss"})
		require.NoError(t, err)
		s = ask()
		require.Equal(t, curation.SamplePath(s.ID), b.done(curation.SamplePath(s.ID), "langkah", "decline", "note", "Stoknya habis sampai minggu depan."))
		require.Contains(t, b.see(at), text.T("maker.sample.state.cancelled"))
	})
}

func TestAMakerPrintsHerLabel(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		b := h.as(shop.OwnerID)
		product := h.Publish(shop, ordertest.Product{Title: "Nastar klasik", Price: 55_000, Quantity: 10})
		at := fmt.Sprintf("/toko-saya/produk/%d", product)
		require.Contains(t, b.see(at), at+"/label")
		page := b.see(at + "/label?ukuran=a4_21&harga=ya")
		require.Contains(t, page, text.T("label.of_live"))
		require.Contains(t, page, at+"/label.pdf?harga=ya&amp;ukuran=a4_21")
		for _, size := range []string{"a4_10", "a4_21", "bulat_60", "tidak-ada"} {
			pdf := b.get(at + "/label.pdf?ukuran=" + size)
			require.Equal(t, http.StatusOK, pdf.status, size)
			require.True(t, strings.HasPrefix(pdf.body, "%PDF-"), size)
		}
		_, err := png.Decode(bytes.NewReader([]byte(b.get(at + "/label.png").body)))
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, h.as(h.Shop("Toko lain").OwnerID).get(at+"/label.pdf").status)

		// An incomplete one says so, and what does not fit is refused with a word why.
		owner, err := h.Accounts.Actor(ctx, shop.OwnerID)
		require.NoError(t, err)
		sub, err := h.Catalog.StartDraft(ctx, owner, shop.ID, "label")
		require.NoError(t, err)
		title, composition, category, days := "Kue semprit", strings.Repeat("terigu, mentega, ", 50), "kue-kering", int64(90)
		_, err = h.Catalog.SaveDraft(ctx, owner, sub.ID, catalog.DraftChange{Title: &title, Category: &category, Label: catalog.LabelChange{Composition: &composition, ShelfDays: &days}})
		require.NoError(t, err)
		at = fmt.Sprintf("/toko-saya/produk/%d", sub.ProductID)
		page = b.see(at + "/label?ukuran=a4_10")
		require.Contains(t, page, text.T("label.incomplete"))
		require.Contains(t, page, text.T("curator.asks.net"))
		page = b.see(at + "/label?ukuran=60x40")
		require.Contains(t, page, text.T("label.no_room"))
		require.NotContains(t, page, "label.pdf")
		require.Equal(t, at+"/label?ukuran=60x40", b.get(at+"/label.pdf?ukuran=60x40").to)
		bad := b.get(at + "/label?tanggal=2020-01-01")
		require.Equal(t, http.StatusUnprocessableEntity, bad.status)
		require.Contains(t, bad.body, text.T("label.date_wrong"))
	})
}
