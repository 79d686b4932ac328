package maker_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// A new shop is asked what nobody knows yet, one thing after another, and no more.
func TestANewShopIsAskedFiveThings(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		var empty catalog.Shop
		maker := h.Person("Bu Darmi", ordertest.District)
		h.Tx(func(tx *gorm.DB) (err error) {
			empty, err = h.Catalog.CreateShopTx(ctx, tx, account.System, catalog.NewShop{Name: "Keripik Bu Darmi", Kind: catalog.Individual, DistrictCode: ordertest.District})
			if err == nil {
				err = h.Delivery.SetUpTx(ctx, tx, account.System, empty.ID, delivery.Settings{Address: delivery.Address{DistrictCode: ordertest.District}, Courier: true})
			}
			if err == nil {
				err = h.Accounts.AddMembershipTx(ctx, tx, account.System, maker.ID, empty.ID, account.MemberOwner)
			}
			return err
		})
		shop := fmt.Sprint(empty.ID)
		b := h.as(maker.ID)
		steps := func(done, all int) string {
			t.Helper()
			body := b.see("/toko-saya")
			require.Contains(t, body, text.T("maker.first.title", "done", done, "all", all))
			return body
		}
		body := steps(1, 4)
		require.NotContains(t, body, text.T("maker.first.hours"), "nobody collects")
		require.NotContains(t, body, text.T("maker.first.pay_cash"), "one question at a time")

		about := b.see("/toko-saya/toko/tentang?langkah=1")
		require.Contains(t, about, `name="langkah" value="1"`)
		require.NotContains(t, b.see("/toko-saya/toko/tentang"), `name="langkah"`)
		require.Equal(t, "/toko-saya/toko", b.done("/toko-saya/toko/tentang", "shop", shop, "about", "Keripik tempe."), "from the settings, back to the settings")
		steps(2, 4)

		// A faulty answer keeps its way back; with pick-up the hours are asked.
		require.Contains(t, b.refused("/toko-saya/pengiriman", "shop", shop, "langkah", "1"), `name="langkah" value="1"`)
		require.Equal(t, "/toko-saya", b.done("/toko-saya/pengiriman", "shop", shop, "pickup", "ya", "street", "Jalan Melati 2", "langkah", "1"))
		require.Contains(t, steps(2, 5), text.T("maker.first.hours"))
		require.Equal(t, "/toko-saya", b.done("/toko-saya/pengiriman/jam", "shop", shop, "buka_1", "08:00", "tutup_1", "16:00", "langkah", "1"))
		body = steps(3, 5)
		require.Contains(t, body, text.T("maker.first.pay_cash"))
		require.Contains(t, b.see("/toko-saya/uang/rekening?langkah=1"), `name="langkah" value="1"`)
		require.Equal(t, "/toko-saya", b.done("/toko-saya/bayar/tunai", "shop", shop, "cash", "ya", "langkah", "1"))
		steps(4, 5)

		// A product begun goes on where it was left; one that is sent ends the questions.
		to := b.done("/toko-saya/produk", "shop", shop, "form_key", "the-first")
		require.Contains(t, steps(4, 5), `href="`+submissionAt(lastNumber(t, to))+`"`)
		h.Publish(ordertest.Shop{Shop: empty, OwnerID: maker.ID}, ordertest.Product{Title: "Keripik tempe", Price: 12_000, Quantity: 10, Grams: 200})
		require.NotContains(t, b.see("/toko-saya"), text.T("maker.first.lead"))
		require.NotContains(t, b.see("/toko-saya"), "Langkah pertama")
	})
}

// Who helps is asked what she may answer; in a shop that sells, what is missing is
// one row that waits.
func TestFirstStepsOfOneWhoHelps(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Jahit Sekar Mandiri")
		helper := h.as(h.Companion(shop).UserID)
		body := helper.see("/toko-saya")
		require.Contains(t, body, text.T("maker.first.title", "done", 0, "all", 2))
		for _, hers := range []string{"maker.first.pay", "maker.first.hours", "maker.first.delivery"} {
			require.NotContains(t, body, text.T(hers))
		}
		require.NotContains(t, body, "/toko-saya/uang/rekening?")

		owner := h.as(shop.OwnerID)
		require.Contains(t, owner.see("/toko-saya"), text.T("maker.first.title", "done", 1, "all", 5), "the agency has filled in the delivery")
		bank := owner.post("/toko-saya/uang/rekening", "shop", fmt.Sprint(shop.ID), "channel_code", "ID_BRI", "account_number", "123456789012345",
			"holder_name", "Pemilik Jahit", "form_key", "an-account", "langkah", "1")
		require.Equal(t, http.StatusSeeOther, bank.status, bank.body)
		require.Equal(t, "/toko-saya", bank.to)
		require.Contains(t, owner.see("/toko-saya"), text.T("maker.first.title", "done", 2, "all", 5), "an account that waits is an answer")

		h.Publish(shop, ordertest.Product{Title: "Kaos", Price: 55_000, Quantity: 20, Grams: 200})
		body = owner.see("/toko-saya")
		require.Contains(t, body, text.T("maker.first.title", "done", 3, "all", 5))
		require.NotContains(t, body, text.T("maker.first.lead"), "what sells comes first")
		hint := delivery.Settings{Pickup: true, Address: delivery.Address{DistrictCode: shop.DistrictCode, Street: "Jalan Rahasia 7", Hint: "Telepon dulu"}}
		require.NoError(t, h.Delivery.SaveSettings(ctx, h.Owner(shop), shop.ID, hint))
		require.Contains(t, owner.see("/toko-saya"), text.T("maker.first.title", "done", 4, "all", 5), "by appointment is an answer")
	})
}
