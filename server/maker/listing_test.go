package maker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
)

func TestWhatIsTypedIsUnderstoodOrAskedBack(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		b := h.as(shop.OwnerID)
		at := list(t, b, shop)
		draft := func() catalog.Revision {
			sub, err := h.Catalog.Submission(ctx, h.Owner(shop), lastNumber(t, at))
			require.NoError(t, err)
			return sub.Revision
		}
		for typed, want := range map[string]money.Rupiah{
			"35.000": 35_000, "35rb": 35_000, "35 ribu": 35_000, "Rp 35.000,-": 35_000, "35000": 35_000, "1,5 juta": 1_500_000,
		} {
			b.done(at+"/harga", "price", typed, "unit", "stoples")
			require.Equal(t, want, draft().Price, typed)
		}
		asked := b.post(at+"/harga", "price", "35", "unit", "stoples kecil")
		require.Equal(t, http.StatusUnprocessableEntity, asked.status)
		require.Contains(t, asked.body, `name="sure" value="35000"`)
		require.Contains(t, asked.body, `value="stoples kecil"`, "nothing typed is lost")
		b.done(at+"/harga", "price", "35", "sure", "35000")
		require.EqualValues(t, 35_000, draft().Price)
		b.done(at+"/harga", "price", "35", "sure", "35")
		require.EqualValues(t, 35, draft().Price)

		asked = b.post(at+"/jumlah", "mode", "capacity", "quantity", "2 lusin", "lead_days", "2")
		require.Equal(t, http.StatusUnprocessableEntity, asked.status)
		require.Contains(t, asked.body, text.T("maker.jumlah.yes", "quantity", "24"))
		require.EqualValues(t, 20, draft().Quantity, "nothing counts before she agrees")
		require.Contains(t, b.post(at+"/jumlah", "mode", "capacity", "quantity", "2 lusin", "sure", "12", "lead_days", "2").body, `value="24"`)
		b.done(at+"/jumlah", "mode", "capacity", "quantity", "2 lusin", "sure", "24", "lead_days", "2")
		require.EqualValues(t, 24, draft().Quantity)
		require.Equal(t, catalog.ModeCapacity, draft().Mode)
	})
}

func TestTwoPhonesAtOneProduct(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		b := h.as(shop.OwnerID)
		at := list(t, b, shop)
		owner := h.Owner(shop)
		title := func() string {
			sub, err := h.Catalog.Submission(ctx, owner, lastNumber(t, at))
			require.NoError(t, err)
			return sub.Revision.Title
		}
		seen := hidden(t, b.see(at+"/nama?review=1"), "seen")
		price := hidden(t, b.see(at+"/harga?review=1"), "seen")
		b.done(at+"/nama", "title", "Lidah kucing coklat", "seen", seen, "review", "1") // the first phone

		// The second phone saw the old name: nothing is overwritten, both are there.
		clash := b.post(at+"/nama", "title", "Lidah kucing pandan", "seen", seen, "review", "1")
		require.Equal(t, http.StatusUnprocessableEntity, clash.status)
		for _, want := range []string{"Lidah kucing coklat", `value="Lidah kucing pandan"`, text.T("ui.clash.keep"), text.T("maker.clash.mine"), text.T("maker.clash.yourself")} {
			require.Contains(t, clash.body, want)
		}
		require.Equal(t, "Lidah kucing coklat", title())
		// The same words twice are no quarrel, nor is another screen.
		b.done(at+"/nama", "title", "Lidah kucing coklat", "seen", seen, "review", "1")
		b.done(at+"/harga", "price", "30.000", "unit", "stoples 250 g", "seen", price, "review", "1")
		// She has seen both and keeps hers.
		b.done(at+"/nama", "title", "Lidah kucing pandan", "seen", hidden(t, clash.body, "seen"), "review", "1")
		require.Equal(t, "Lidah kucing pandan", title())
	})
}

func TestPhotosAreTurnedMovedAndBroughtBackByButtons(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		b := h.as(shop.OwnerID)
		at := list(t, b, shop)
		b.upload(at+"/foto", photo(t, 90), "form_key", "f2")
		b.upload(at+"/foto", photo(t, 90), "form_key", "f2")
		have := func() []int64 {
			sub, err := h.Catalog.Submission(ctx, h.Owner(shop), lastNumber(t, at))
			require.NoError(t, err)
			return sub.Revision.Pictures
		}
		two := have()
		require.Len(t, two, 2, "a photo that is sent again arrives once")
		arrange := func(picture int64, do string, more ...string) string {
			return b.done(at+"/foto/atur", append([]string{"picture", fmt.Sprint(picture), "do", do}, more...)...)
		}
		to := arrange(two[0], "shape", "turned", "90", "crop", "")
		turned := have()
		require.NotEqual(t, two[0], turned[0])
		require.Equal(t, two[1], turned[1], "it stays at its place")
		require.True(t, strings.HasSuffix(to, fmt.Sprintf("foto=%d", turned[0])), to)
		require.Contains(t, b.see(to), text.T("maker.shape.original"))
		known, err := h.Media.Pictures(ctx, turned)
		require.NoError(t, err)
		require.Equal(t, []int{240, 320}, []int{known[turned[0]].Width, known[turned[0]].Height})
		arrange(turned[0], "shape", "turned", "0", "crop", "")
		require.Equal(t, two, have(), "as it was sent")

		arrange(two[0], "later")
		require.Equal(t, []int64{two[1], two[0]}, have())
		arrange(two[0], "first")
		require.Equal(t, two, have())
		gone := arrange(two[0], "remove")
		require.Equal(t, two[1:], have())
		require.Contains(t, b.see(gone), text.T("maker.photo.restore"))
		arrange(two[0], "restore", "at", "0")
		require.Equal(t, two, have())

		// Another shop's picture is not brought in.
		other := h.Shop("Toko Sebelah")
		stranger := h.as(other.OwnerID)
		theirs := list(t, stranger, other)
		sub, err := h.Catalog.Submission(ctx, h.Owner(other), lastNumber(t, theirs))
		require.NoError(t, err)
		require.Equal(t, http.StatusUnprocessableEntity, b.post(at+"/foto/atur", "picture", fmt.Sprint(sub.Revision.Pictures[0]), "do", "restore").status)
		require.Equal(t, two, have())
	})
}
