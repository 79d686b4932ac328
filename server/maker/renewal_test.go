package maker_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// From the suspended product to the renewal on one screen: what is faulty says so,
// the photo stays, and a second send finds the first.
func TestARenewalIsOneScreen(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Rajut Bu Ning")
		other := h.Shop("Toples")
		product := h.Publish(shop, ordertest.Product{Title: "Topi bayi rajut", Price: 40_000, Quantity: 5})
		paper, err := h.Catalog.EnterCertificate(ctx, h.Owner(shop), shop.ID, catalog.NewCertificate{FormKey: id.Token(), Kind: catalog.SNI, Number: "SNI-1", Ends: time.Now().AddDate(0, 0, 20)})
		require.NoError(t, err)
		require.NoError(t, h.Catalog.DecideCertificate(ctx, h.Curator(), paper.ID, "confirm", ""))
		maker := h.as(shop.OwnerID)
		screen := fmt.Sprintf("/toko-saya/izin/%d/perpanjang", paper.ID)
		require.Contains(t, maker.see("/toko-saya/izin"), screen, "twenty days before the end")
		require.NotContains(t, maker.see(fmt.Sprintf("/toko-saya/produk/%d", product)), screen)
		h.Pass(22 * 24 * time.Hour)
		_, err = h.curation.RunCertificates(ctx)
		require.NoError(t, err)
		require.Contains(t, maker.see(fmt.Sprintf("/toko-saya/produk/%d", product)), screen, "from the suspended product")
		body := maker.see("/toko-saya/kotak-masuk")
		require.Contains(t, body, "Masa berlaku")
		require.Contains(t, body, "Topi bayi rajut")

		body = maker.see(screen)
		require.Contains(t, body, `value="SNI-1"`, "the number is there already")
		require.Contains(t, body, "Tayang lagi sendiri setelah dicocokkan: Topi bayi rajut")
		key := hidden(t, body, "form_key")
		body = maker.refused(screen, "form_key", key, "number", "SNI-2", "ends", "")
		require.Contains(t, body, "Foto suratnya belum ada.")
		require.Contains(t, body, "Tulis tanggal terakhir berlaku.")
		faulty := maker.upload(screen, photo(t, 7), "form_key", key, "number", "SNI-2", "ends", "2020-01-01")
		require.Equal(t, http.StatusUnprocessableEntity, faulty.status)
		require.Contains(t, faulty.body, "Tanggal itu sudah lewat")
		kept := hidden(t, faulty.body, "picture")
		ends := time.Now().AddDate(2, 0, 0).Format(time.DateOnly)
		require.Equal(t, "/toko-saya/izin", maker.done(screen, "form_key", key, "number", "SNI-2", "ends", ends, "picture", kept))
		require.Equal(t, "/toko-saya/izin", maker.done(screen, "form_key", key, "number", "SNI-2", "ends", ends, "picture", kept))
		require.Contains(t, maker.see(screen), "Surat yang baru sudah dikirim")
		waiting, err := h.Catalog.WaitingCertificates(ctx, h.Curator())
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		require.Equal(t, "SNI-2", waiting[0].Number)
		require.Equal(t, http.StatusNotFound, h.as(other.OwnerID).get(screen).status)
		stolen := h.as(other.OwnerID).post(screen, "form_key", "x", "number", "1", "ends", ends, "picture", kept)
		require.Equal(t, http.StatusNotFound, stolen.status)
	})
}
