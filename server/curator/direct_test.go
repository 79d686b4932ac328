package curator_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

func TestDirectChangesAreLookedAtAndAskedAbout(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		product := d.Publish(shop, ordertest.Product{Title: "Nastar klasik", Price: 50_000, Quantity: 10})
		owner := d.Owner(shop)
		for _, price := range []money.Rupiah{45_000, 60_000} {
			require.NoError(t, d.Catalog.SetPrice(ctx, owner, product, price))
		}
		require.NoError(t, d.Catalog.Pause(ctx, d.Companion(shop), product))
		found, err := d.Catalog.DirectChanges(ctx, catalog.DirectFilter{Limit: 10})
		require.NoError(t, err)
		require.Len(t, found, 3)
		at := fmt.Sprintf("/kurasi/langsung/%d/", found[1].ID)

		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		page := desk.Get("/kurasi/langsung").Body
		for _, words := range []string{"<del>Rp45.000</del> → <ins>Rp60.000</ins>", "Naik turun lebih dari 20% dalam seminggu", "dijeda", " untuk "} {
			require.Contains(t, page, words)
		}
		for query, sees := range map[string][2]bool{ // the price, the pause
			"jenis=price": {true, false}, "curiga=1": {true, false}, "wilayah=36": {false, false}, "wilayah=35": {true, true},
			"hari=2020-01-01": {false, false}, "hari=kapan&toko=satu": {true, true}, fmt.Sprintf("toko=%d", shop.ID): {true, true}, "toko=999999": {false, false},
			fmt.Sprintf("perubahan=%d", found[1].ID): {true, false},
		} {
			body := desk.Get("/kurasi/langsung?" + query).Body
			require.Equal(t, sees, [2]bool{contains(body, "Rp60.000</ins>"), contains(body, "<ins>dijeda</ins>")}, query)
		}
		require.Equal(t, http.StatusUnprocessableEntity, desk.Get("/kurasi/langsung?lanjut=karangan").Status)

		// A faulty question stays in its form; a good one is told, and answered once.
		bad := desk.Post(at+"tanya", "question", "…", "dari", "jenis=price")
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, "…</textarea>")
		require.Contains(t, faults(bad), "#f-question")
		sent := desk.Post(at+"tanya", "question", "Kenapa naik?", "dari", "jenis=price")
		require.Equal(t, fmt.Sprintf("/kurasi/langsung?jenis=price#perubahan-%d", found[1].ID), sent.Location)
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post(at+"tanya", "question", "Kenapa naik?").Status)
		require.Contains(t, desk.Get("/kurasi/langsung").Body, "Belum dijawab.")
		require.NoError(t, d.Curation.AnswerChange(ctx, owner, found[1].ID, "Harga mentega naik."))
		require.Contains(t, desk.Get("/kurasi/langsung").Body, "Harga mentega naik.")

		// Who may not decide about the shop sees it and gets no buttons.
		kin := d.Companion(shop)
		_, err = d.Accounts.AssignRole(ctx, account.System, kin.UserID, account.RoleCurator, 0, nil)
		require.NoError(t, err)
		stop := fmt.Sprintf("/kurasi/produk/%d\"", product)
		require.Contains(t, desk.Get("/kurasi/langsung").Body, stop)
		require.NotContains(t, d.As(kin).Get("/kurasi/langsung").Body, stop)
		pause := fmt.Sprintf("/kurasi/langsung/%d/tanya", found[0].ID)
		require.Equal(t, http.StatusForbidden, d.As(kin).Post(pause, "question", "Kenapa dijeda?").Status)
		require.Equal(t, http.StatusNotFound, desk.Post("/kurasi/langsung/999999/tanya", "question", "Kenapa naik?").Status)
	})
}
