package maker_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// A return is read one point at a time, answered where it stands, and kept on a
// page of all rounds; another shop's people find none of it.
func TestPointsOneAtATime(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		owner := h.Owner(shop)
		sub, err := h.Catalog.StartDraft(ctx, owner, shop.ID, id.Token())
		require.NoError(t, err)
		title, price, quantity, words, category := "Lidah kucing", money.Rupiah(28_000), int64(12), "Renyah dan tipis.", "kue-kering"
		_, err = h.Catalog.SaveDraft(ctx, owner, sub.ID, catalog.DraftChange{Title: &title, Price: &price, Quantity: &quantity, Description: &words, Category: &category})
		require.NoError(t, err)
		b := h.as(owner.UserID)
		at := fmt.Sprintf("/toko-saya/pengajuan/%d", sub.ID)
		require.Equal(t, http.StatusSeeOther, b.upload(at+"/foto", photo(t, 9), "form_key", id.Token()).status)
		sub, err = h.curation.Submit(ctx, owner, sub.ID, id.Token())
		require.NoError(t, err)
		var pic int64 = sub.Revision.Pictures[0]
		require.NoError(t, h.Media.MakeRenditions(ctx, pic))
		person := h.Person("Dimas", "35.19.03")
		_, err = h.Accounts.AssignRole(ctx, account.System, person.ID, account.RoleCurator, 0, nil)
		require.NoError(t, err)
		dimas := h.Actor(person.ID)
		_, err = h.curation.Claim(ctx, dimas, sub.ID)
		require.NoError(t, err)
		require.NotContains(t, b.see(at), "Catatan 1 dari", "nothing is said before it is decided")
		require.NoError(t, h.curation.Return(ctx, dimas, curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID, RestFine: true}, []curation.Answer{
			{ItemKey: "photo-clear", Verdict: curation.Improve, Comment: "Fotonya gelap.", Pins: []curation.Pin{{PictureID: pic, X: 900, Y: 100}}},
			{ItemKey: "label-composition", Verdict: curation.Improve, Comment: "Sebutkan telurnya."},
		}))

		first := b.see(at)
		require.Contains(t, first, "Catatan 1 dari 2")
		require.Contains(t, first, "Fotonya gelap.")
		require.NotContains(t, first, "Sebutkan telurnya.", "one at a time")
		require.Contains(t, first, "<circle", "the pin is drawn on the picture")
		require.Contains(t, first, "Tanda 1: kanan atas foto")
		require.Contains(t, first, "/toko-saya/belajar/foto-dekat-jendela")
		require.Contains(t, first, at+"/foto?review=1")
		require.Contains(t, first, "13 hal sudah baik")
		second := b.see(at + "?poin=2")
		require.Contains(t, second, "Sebutkan telurnya.")
		require.Contains(t, second, at+"/alergen?review=1")
		require.Contains(t, second, "/toko-saya/belajar/menulis-alergen")
		require.Contains(t, b.see(at+"?poin=99"), "Catatan 2 dari 2")

		point, key := hidden(t, first, "poin"), id.Token()
		empty := b.refused(at+"/poin", "poin", point, "n", "1", "form_key", key)
		require.Contains(t, empty, "Tulis jawaban, atau centang salah satu.")
		for range 2 {
			require.Equal(t, at+"?poin=2", b.done(at+"/poin", "poin", point, "n", "1", "body", "Sudah saya foto lagi.", "beres", "ya", "form_key", key))
		}
		first = b.see(at)
		require.Contains(t, first, "Sudah saya foto lagi.")
		require.Contains(t, first, "Sudah diperbaiki")
		all := b.see(at + "/riwayat")
		for _, said := range []string{"Pemeriksaan ke-1", "Dikembalikan untuk diperbaiki", "Makanan dan minuman, versi 1", "Dimas", "Fotonya gelap.", "Sebutkan telurnya.", "Sudah saya foto lagi.", "<circle"} {
			require.Contains(t, all, said)
		}
		stranger := h.as(h.Owner(h.Shop("Dapur Bu Lastri")).UserID)
		require.Equal(t, http.StatusNotFound, stranger.get(at+"/riwayat").status)
		require.Equal(t, http.StatusNotFound, stranger.post(at+"/poin", "poin", point, "body", "Halo semua", "form_key", "x").status)
	})
}
