package maker_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// A shop without held orders is told how much it can ask for, and that it is too much.
func TestAskingForMoneyForMaterials(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, owner, member := h.sharedShop(catalog.Group, account.MemberOwner, account.MemberMember)
		b := h.as(owner.ID)
		screen := b.get("/toko-saya/uang/bahan")
		require.Equal(t, http.StatusOK, screen.status)
		require.Contains(t, screen.body, "Sekarang belum bisa.", "nothing is asked that can only be refused")
		require.NotContains(t, screen.body, `name="amount"`)
		answer := url.Values{"shop": {fmt.Sprint(shop.ID)}, "form_key": {"bahan"}, "amount": {"50.000"}, "reason": {"tepung"}} // of a page that was open before
		refused := b.send("/toko-saya/uang/bahan", answer)
		require.Equal(t, http.StatusUnprocessableEntity, refused.status)
		require.Contains(t, refused.body, "Paling banyak Rp0")
		require.Contains(t, refused.body, "tepung", "what was typed stays")
		require.Equal(t, http.StatusUnprocessableEntity, b.send("/toko-saya/uang/bahan/ya", answer).status)
		require.NotEqual(t, http.StatusOK, h.as(member.ID).get("/toko-saya/uang/bahan").status)
	})
}
