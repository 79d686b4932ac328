package maker_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

func TestAProductLikeAnotherOne(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Jahit Sekar Mandiri")
		owner := h.Owner(shop)
		productID := h.Publish(shop, ordertest.Product{Title: "Kaos", Price: 55_000, Quantity: 20, Grams: 200})
		b := h.as(shop.OwnerID)
		at := fmt.Sprintf("/toko-saya/produk/%d", productID)
		b.done(at+"/harga", "price", "56.000") // inside the band, so the reviewed price stays another

		body := b.see(at)
		require.Contains(t, body, text.T("maker.copy.button"))
		press := []string{"form_key", "a-copy"}
		to := b.done(at+"/mirip", press...)
		require.Equal(t, to, b.done(at+"/mirip", press...), "pressed twice is one copy")
		made, err := h.Catalog.Submission(ctx, owner, lastNumber(t, to))
		require.NoError(t, err)
		live, err := h.Catalog.LiveRevision(ctx, owner, productID)
		require.NoError(t, err)
		require.Equal(t, submissionAt(made.ID)+"/nama", to, "what differs first is the name")
		require.NotEqual(t, productID, made.ProductID)
		require.Equal(t, catalog.SubmissionNew, made.Kind)
		got, want := made.Revision, live
		require.EqualValues(t, 56_000, got.Price, "as it is sold now")
		require.Zero(t, got.Quantity, "no piece is promised twice")
		for _, r := range []*catalog.Revision{&got, &want} {
			for _, part := range []catalog.Part{catalog.PartTitle, catalog.PartCategory, catalog.PartDetails} {
				require.Equal(t, live.Mark(part), r.Mark(part), part)
			}
		}
		require.Equal(t, want.Label, got.Label)
		require.Len(t, got.Pictures, len(want.Pictures))
		known, err := h.Media.Pictures(ctx, append(append([]int64{}, got.Pictures...), want.Pictures...))
		require.NoError(t, err)
		require.NotEmpty(t, got.Pictures)
		for i, id := range got.Pictures {
			require.Equal(t, known[want.Pictures[i]].SHA256, known[id].SHA256)
			require.Equal(t, made.ProductID, known[id].OwnerID, "a photo of its own")
		}
		require.EqualValues(t, 20, h.Sellable(productID).Available, "the old one is untouched")

		// What she changed in the copy, or took away, a late second press does not bring back.
		copied := submissionAt(made.ID)
		b.done(copied+"/nama", "title", "Kaos anak")
		b.done(at+"/mirip", press...)
		again, err := h.Catalog.Submission(ctx, owner, made.ID)
		require.NoError(t, err)
		require.Equal(t, "Kaos anak", again.Revision.Title)
		require.Equal(t, copied+"/jumlah", b.get(copied).to, "how many is the one question left")
		b.done(copied+"/jumlah", "mode", "stock", "quantity", "5", "lead_days", "2")
		b.see(copied)

		// Another key is another copy; variants and tiers come along with the photo of each.
		sub, err := h.Catalog.SetVariants(ctx, owner, made.ID, []catalog.DraftVariant{
			{Name: "M", Price: 55_000, Quantity: 3, PictureID: got.Pictures[0]}, {Name: "L", Price: 58_000, Quantity: 4, WeightGrams: 250},
		})
		require.NoError(t, err)
		_, err = h.Catalog.SetTiers(ctx, owner, made.ID, []catalog.PriceTier{{MinQuantity: 12, Price: 50_000}})
		require.NoError(t, err)
		composition, none := "kapas, pewarna", []catalog.Allergen{}
		_, err = h.Catalog.SaveDraft(ctx, owner, made.ID, catalog.DraftChange{Label: catalog.LabelChange{Composition: &composition, Allergens: &none}})
		require.NoError(t, err)
		second := b.done(fmt.Sprintf("/toko-saya/produk/%d/mirip", made.ProductID), "form_key", "another")
		twin, err := h.Catalog.Submission(ctx, owner, lastNumber(t, second))
		require.NoError(t, err)
		require.Len(t, twin.Revision.Variants, 2)
		for i, v := range twin.Revision.Variants {
			was := sub.Revision.Variants[i]
			require.NotEqual(t, was.VariantID, v.VariantID)
			require.Equal(t, []any{was.Name, was.Price, was.WeightGrams, int64(0)}, []any{v.Name, v.Price, v.WeightGrams, v.Quantity})
		}
		require.Equal(t, twin.Revision.Pictures[0], twin.Revision.Variants[0].PictureID)
		require.Equal(t, []catalog.PriceTier{{MinQuantity: 12, Price: 50_000}}, twin.Revision.Tiers)

		require.Equal(t, composition, twin.Revision.Label.Composition)
		require.False(t, twin.Revision.Label.AllergensKnown, "confirmed of this one, not of that one")

		// Without a key nothing is made, and another's product is none.
		require.Equal(t, http.StatusUnprocessableEntity, b.post(at+"/mirip").status)
		stranger := h.as(h.Shop("Toko Sebelah").OwnerID)
		require.Equal(t, http.StatusNotFound, stranger.post(at+"/mirip", "form_key", "theirs").status)
	})
}

func submissionAt(id int64) string { return fmt.Sprintf("/toko-saya/pengajuan/%d", id) }
