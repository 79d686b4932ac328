package agency_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// let lets the companion help in the shop for a while, for a purpose.
func (h *house) let(db *database.DB, shop ordertest.Shop, companionID int64, purpose string, lasts time.Duration) {
	h.t.Helper()
	h.Tx(func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		_, err = h.Accounts.GrantTx(ctx, tx, account.System, account.NewGrant{
			ShopID: shop.ID, MakerID: shop.OwnerID, CompanionID: companionID, Purpose: purpose, Evidence: "surat baru", ExpiresAt: now.Add(lasts),
		})
		return err
	})
}

// A form begun under a permission that ended a second ago changes nothing, says so,
// shows what was typed and can be sent once there is a new permission.
func TestAPermissionThatEndedASecondAgo(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, other := h.Shop("Toples Bu Wening"), h.Shop("Toko Lain")
		companion := h.Companion(shop)
		owner, err := h.Accounts.User(ctx, shop.OwnerID)
		require.NoError(t, err)
		h.let(db, shop, companion.UserID, "mencatat pesanan Lebaran", time.Hour)
		b := h.as(companion.UserID)
		b.done("/toko-saya/pilih", "shop", fmt.Sprint(shop.ID))
		require.Contains(t, b.see("/toko-saya"), "mencatat pesanan Lebaran")
		about := func(words string) page {
			return b.post("/toko-saya/toko/tentang", "shop", fmt.Sprint(shop.ID), "about", words)
		}
		h.Pass(time.Hour - time.Second)
		require.Equal(t, http.StatusSeeOther, about("Kue kering dari dapur sendiri.").status)

		h.Pass(2 * time.Second)
		late := about("Toples kaca, tutup rapat.")
		require.Equal(t, http.StatusNotFound, late.status)
		require.Contains(t, late.body, text.T("web.ended.title"))
		require.Contains(t, late.body, owner.Name)
		require.Contains(t, late.body, "Toples kaca, tutup rapat.")
		words, err := h.Catalog.Shop(ctx, shop.ID)
		require.NoError(t, err)
		require.Equal(t, "Kue kering dari dapur sendiri.", words.About)

		// A form that names no shop never lands in the other shop that is still helped.
		h.Tx(func(tx *gorm.DB) error {
			_, err := h.Accounts.GiveConsentTx(ctx, tx, account.System, account.NewConsent{UserID: other.OwnerID, Kind: account.ConsentHelped, Evidence: "surat"})
			return err
		})
		h.let(db, other, companion.UserID, "", time.Hour)
		rest := b.post("/toko-saya/libur", "from", "2030-01-02", "to", "2030-01-03")
		require.Equal(t, http.StatusNotFound, rest.status)
		require.Contains(t, rest.body, text.T("web.ended.title"))

		// With a new permission the same words go through.
		h.let(db, shop, companion.UserID, "", time.Hour)
		require.Equal(t, http.StatusSeeOther, about("Toples kaca, tutup rapat.").status)

		// Who never helped finds nothing at all; after a day nor does who did.
		stranger := h.as(h.Companion(h.Shop("Toko Asing")).UserID)
		require.NotContains(t, stranger.post("/toko-saya/toko/tentang", "shop", fmt.Sprint(shop.ID), "about", "x").body, text.T("web.ended.title"))
		h.Pass(26 * time.Hour)
		require.NotContains(t, h.as(companion.UserID).post("/toko-saya/toko/tentang", "shop", fmt.Sprint(shop.ID), "about", "x").body, text.T("web.ended.title"))
	})
}

// The officer writes what a permission is for and for how long; a longer one asks for
// evidence anew.
func TestAPermissionHasAPurposeAndAnEnd(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		b := h.as(h.staff(account.RoleOfficer, h.agency, "35"))
		at := h.invited(b, 0, "0812-9999-0003")
		companion := h.staff(account.RoleCompanion, h.agency, "35")
		refused := b.post(at+"/bantuan", "companion", fmt.Sprint(companion), "purpose", "mencatat pesanan", "months", "3", "evidence", "")
		require.Equal(t, http.StatusUnprocessableEntity, refused.status)
		require.Contains(t, refused.body, "mencatat pesanan")
		require.Equal(t, http.StatusUnprocessableEntity, b.post(at+"/bantuan", "companion", fmt.Sprint(companion), "months", "13", "evidence", "surat").status)
		require.Equal(t, at, b.done(at+"/bantuan", "companion", fmt.Sprint(companion), "purpose", "mencatat pesanan", "months", "3", "evidence", "surat 1 Mei"))
		body := b.see(at)
		require.Contains(t, body, text.T("maker.settings.help_purpose", "purpose", "mencatat pesanan"))
		actor := h.Actor(companion)
		require.Len(t, actor.Assisting, 1)
		require.Equal(t, "mencatat pesanan", actor.Assisting[0].Purpose)
		require.Less(t, actor.Assisting[0].ExpiresAt.Sub(actor.Proof.Now), 93*24*time.Hour)
		require.Equal(t, http.StatusUnprocessableEntity, b.post(at+"/bantuan", "companion", fmt.Sprint(companion), "months", "12").status, "longer without new evidence")
		require.Equal(t, actor.Assisting, h.Actor(companion).Assisting)
	})
}
