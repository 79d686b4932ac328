package finance_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

var ctx = context.Background()

const number = "1234567890"

// asked is a withdrawal that waits, of a shop with earned money and a confirmed
// account that has rested.
func asked(t *testing.T, d *desktest.Desk, shop catalog.Shop, owner account.Actor, amount money.Rupiah) finance.Withdrawal {
	t.Helper()
	d.Tx(func(tx *gorm.DB) error {
		return d.Books.PostTx(ctx, tx, ledger.Entry{
			Key: fmt.Sprint("earned ", shop.ID), Kind: ledger.ReleasedGoods, RefKind: "order", RefID: 1, Memo: "LB-7K3M9Q",
			Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.ShopPayable, Owner: shop.ID}, amount+50_000),
		})
	})
	bank, err := d.Finance.SetBankAccount(ctx, owner, shop.ID, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: number, HolderName: "Wening Contoh"}, id.Token())
	require.NoError(t, err)
	require.NoError(t, d.Finance.ConfirmBankAccount(ctx, d.Officer("35"), bank.ID))
	d.Pass(account.RestAfterReset + time.Minute)
	w, err := d.Finance.RequestWithdrawal(ctx, owner, shop.ID, amount, id.Token())
	require.NoError(t, err)
	return w
}

func at(w finance.Withdrawal, what ...string) string {
	return strings.Join(append([]string{fmt.Sprintf("/keuangan/%d", w.ID)}, what...), "/")
}

func TestApprovingAWithdrawal(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		w := asked(t, d, shop.Shop, d.Owner(shop), 150_000)
		desk := d.As(d.Staff("Rina", account.RoleFinance))

		page := desk.Get("/keuangan")
		require.Equal(t, http.StatusOK, page.Status)
		for _, want := range []string{"Toples Bu Wening", "Rp150.000", "seratus lima puluh ribu rupiah", "BCA\u00a0••••7890", "1 permintaan"} {
			require.Contains(t, page.Body, want)
		}
		before := d.Fingerprint()
		page = desk.Get(at(w))
		require.Contains(t, page.Body, "Setujui dan kirim Rp150.000")
		require.Contains(t, page.Body, "Seratus lima puluh ribu rupiah")
		require.Contains(t, page.Body, "Rp50.000", "what would be left")
		require.NotContains(t, page.Body, number, "accounts are shown masked")

		unsure := desk.Post(at(w, "setujui"))
		require.Equal(t, http.StatusUnprocessableEntity, unsure.Status)
		require.Contains(t, unsure.Body, "Cocokkan dulu jumlah dan rekeningnya")
		refused := desk.Post(at(w, "tolak"), "reason", " ")
		require.Equal(t, http.StatusUnprocessableEntity, refused.Status)
		require.Contains(t, refused.Body, "Tulis alasannya.")
		require.Equal(t, before, d.Fingerprint())

		done := desk.Post(at(w, "setujui"), "cocok", "ya")
		require.Equal(t, http.StatusSeeOther, done.Status)
		require.EqualValues(t, 150_000, d.Balance(ledger.PayoutTransit, 0))
		page = desk.Get(done.Location)
		require.Contains(t, page.Body, "Disetujui. Uang sedang dikirim ke bank.")
		require.Contains(t, page.Body, "Menunggu dikirim ke gateway")
		before = d.Fingerprint()
		require.Equal(t, http.StatusSeeOther, desk.Post(at(w, "setujui"), "cocok", "ya").Status, "pressed twice")
		require.Equal(t, before, d.Fingerprint(), "and done once")

		now, err := d.Finance.Withdrawal(ctx, d.Owner(shop), w.ID)
		require.NoError(t, err)
		require.NoError(t, d.Payments.SendPayout(ctx, now.PayoutID))
		page = desk.Get(at(w))
		require.Contains(t, page.Body, "Sudah sampai")
		require.NotContains(t, page.Body, "/setujui")
		late := desk.Post(at(w, "tolak"), "reason", "Sudah terlambat")
		require.Equal(t, http.StatusUnprocessableEntity, late.Status)
		require.Contains(t, late.Body, "Permintaan ini sudah diputuskan.")
		require.Contains(t, desk.Get("/keuangan?tab=selesai").Body, "Toples Bu Wening")
		require.Contains(t, desk.Get("/keuangan").Body, "Tidak ada yang menunggu")
	})
}

func TestNobodyApprovesTheirOwnOrTheirShops(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		w := asked(t, d, shop.Shop, d.Owner(shop), 150_000)
		kin := d.Staff("Sepupu", account.RoleFinance)
		d.Tx(func(tx *gorm.DB) error {
			return d.Accounts.DeclareKinTx(ctx, tx, account.System, kin.UserID, shop.OwnerID)
		})
		helper := d.Companion(shop)
		for _, user := range []int64{shop.OwnerID, helper.UserID} {
			_, err := d.Accounts.AssignRole(ctx, account.System, user, account.RoleFinance, 0, nil)
			require.NoError(t, err)
		}
		for who, user := range map[string]int64{"own": shop.OwnerID, "kin": kin.UserID, "assisted": helper.UserID} {
			desk := d.As(d.Actor(user))
			page := desk.Get(at(w))
			require.Contains(t, page.Body, "Anda tidak boleh memutuskan ini", who)
			require.NotContains(t, page.Body, "/setujui", who)
			before := d.Fingerprint()
			require.Equal(t, http.StatusForbidden, desk.Post(at(w, "setujui"), "cocok", "ya").Status, who)
			require.Equal(t, http.StatusForbidden, desk.Post(at(w, "tolak"), "reason", "Karena").Status, who)
			require.Equal(t, before, d.Fingerprint(), who)
		}
	})
}

func TestAnInstitutionNeedsASecondPerson(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		wahyu := d.Person("Wahyu", ordertest.District)
		var shop catalog.Shop
		d.Tx(func(tx *gorm.DB) (err error) {
			shop, err = d.Catalog.CreateShopTx(ctx, tx, account.System, catalog.NewShop{
				Name: "Karya Binaan", Kind: catalog.Institution, DistrictCode: ordertest.District, Village: "Uteran",
			})
			if err != nil {
				return err
			}
			return d.Accounts.AddMembershipTx(ctx, tx, account.System, wahyu.ID, shop.ID, account.MemberOfficer)
		})
		w := asked(t, d, shop, d.Actor(wahyu.ID), 200_000)
		rina := d.As(d.Staff("Rina", account.RoleFinance))
		head, far := d.As(d.Staff("Bambang", account.RoleHead, "35")), d.As(d.Staff("Jauh", account.RoleHead, "36"))

		require.Contains(t, rina.Get("/keuangan").Body, "Menunggu orang kedua lembaga")
		require.NotContains(t, rina.Get(at(w)).Body, "/setujui")
		before := d.Fingerprint()
		early := rina.Post(at(w, "setujui"), "cocok", "ya")
		require.Equal(t, http.StatusUnprocessableEntity, early.Status)
		require.Contains(t, early.Body, "menunggu persetujuan orang kedua")
		require.Equal(t, http.StatusForbidden, rina.Post(at(w, "periksa"), "cocok", "ya").Status)
		require.Equal(t, http.StatusNotFound, far.Get(at(w)).Status)
		require.Equal(t, http.StatusNotFound, far.Post(at(w, "periksa"), "cocok", "ya").Status)
		require.Contains(t, far.Get("/keuangan/periksa").Body, "Tidak ada yang perlu diperiksa")
		require.Equal(t, http.StatusNotFound, head.Get("/keuangan").Status)
		require.Equal(t, http.StatusForbidden, head.Post(at(w, "setujui"), "cocok", "ya").Status)
		require.Equal(t, http.StatusUnprocessableEntity, head.Post(at(w, "periksa")).Status)
		require.Equal(t, before, d.Fingerprint())

		require.Contains(t, head.Get("/keuangan/periksa").Body, "Karya Binaan")
		require.Contains(t, head.Get("/keuangan/periksa").Body, "Pemeriksaan uang", "the way here stands among the areas")
		page := head.Get(at(w))
		require.Contains(t, page.Body, "Setuju sebagai orang kedua")
		require.NotContains(t, page.Body, "Mutasi terakhir", "a head checks the request, not the shop's money")
		require.Equal(t, http.StatusSeeOther, head.Post(at(w, "periksa"), "cocok", "ya").Status)
		require.Contains(t, rina.Get(at(w)).Body, "Disetujui orang kedua, Bambang")
		require.Equal(t, http.StatusSeeOther, rina.Post(at(w, "setujui"), "cocok", "ya").Status)
	})
}

func TestTheDeskIsForItsPeople(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		w := asked(t, d, shop.Shop, d.Owner(shop), 150_000)
		strangers := map[string]*desktest.Client{
			"maker": d.As(d.Owner(shop)), "companion": d.As(d.Companion(shop)), "curator": d.As(d.Curator()), "officer": d.As(d.Officer("35")),
		}
		pages := []string{"/keuangan", "/keuangan/tugas", "/keuangan/neraca", "/keuangan/periksa", at(w)}
		actions := []string{at(w, "setujui"), at(w, "tolak"), at(w, "selesai"), at(w, "periksa"),
			"/keuangan/titipan/1/kembalikan", "/keuangan/titipan/1/usulkan", "/keuangan/titipan/1/setujui",
			"/keuangan/tak-dikenal/1/kembalikan", "/keuangan/tak-dikenal/1/usulkan", "/keuangan/tak-dikenal/1/setujui"}
		admin := d.As(d.Staff("Admin", account.RoleAdmin))
		before := d.Fingerprint()
		for who, c := range strangers {
			for _, path := range pages {
				require.Equal(t, http.StatusNotFound, c.Get(path).Status, "%s %s", who, path)
			}
			for _, path := range actions {
				require.Equal(t, http.StatusNotFound, c.Post(path, "cocok", "ya", "reason", "Karena", "note", "Sudah").Status, "%s %s", who, path)
			}
		}
		visitor := d.Visitor()
		for _, path := range pages {
			require.Equal(t, http.StatusSeeOther, visitor.Get(path).Status, path)
		}
		for _, path := range actions {
			require.Equal(t, http.StatusSeeOther, visitor.Post(path, "cocok", "ya").Status, path)
		}
		for _, path := range []string{"/keuangan", "/keuangan/tugas", "/keuangan/neraca", at(w)} {
			require.Equal(t, http.StatusOK, admin.Get(path).Status, path)
		}
		require.Equal(t, http.StatusForbidden, admin.Post(at(w, "setujui"), "cocok", "ya").Status, "an admin only looks")
		require.Equal(t, before, d.Fingerprint())
	})
}

func TestWhatStandsStillIsListedAndHandled(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		w := asked(t, d, shop.Shop, d.Owner(shop), 150_000)
		desk := d.As(d.Staff("Rina", account.RoleFinance))
		empty := desk.Get("/keuangan/tugas")
		for _, want := range []string{"Semua pencairan berjalan.", "Tidak ada titipan.", "Tidak ada uang tanpa pesanan.", "Semua pengembalian sudah sampai.", "Semua kabar cocok"} {
			require.Contains(t, empty.Body, want)
		}

		// A payout that the bank refuses.
		require.Equal(t, http.StatusSeeOther, desk.Post(at(w, "setujui"), "cocok", "ya").Status)
		now, err := d.Finance.Withdrawal(ctx, d.Owner(shop), w.ID)
		require.NoError(t, err)
		d.RefusePayouts("INVALID_DESTINATION")
		require.NoError(t, d.Payments.SendPayout(ctx, now.PayoutID))
		require.Contains(t, desk.Get("/keuangan/tugas").Body, "Nomor rekening tidak ada atau tidak aktif.")
		require.Contains(t, desk.Get(at(w)).Body, "Nomor rekening tidak ada atau tidak aktif.")
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post(at(w, "selesai"), "note", "").Status)
		require.Equal(t, http.StatusSeeOther, desk.Post(at(w, "selesai"), "note", "Toko sudah ditelepon.").Status)
		require.Contains(t, desk.Get("/keuangan/tugas").Body, "Semua pencairan berjalan.")

		// Money that came in a wrong amount is returned from the list, once.
		product := d.Publish(shop, ordertest.Product{Title: "Rengginang", Price: 22_000, Quantity: 10})
		cart := id.Token()
		require.NoError(t, d.Checkout.SetQuantity(ctx, cart, product, 2))
		quote, err := d.Checkout.Quote(ctx, cart, delivery.Destination{}, map[int64]delivery.Method{shop.ID: delivery.Pickup})
		require.NoError(t, err)
		seen, err := d.Checkout.Cart(ctx, cart)
		require.NoError(t, err)
		bought, err := d.Checkout.Place(ctx, checkout.PlaceInput{
			CartToken: cart, CartVersion: seen.Version, SeenTotal: quote.Total, FormKey: id.Token(),
			Buyer: checkout.Contact{Name: "Sari", Phone: "081234567890"}, Choices: map[int64]delivery.Method{shop.ID: delivery.Pickup},
		})
		require.NoError(t, err)
		d.PayFor(payment.Purpose{Kind: checkout.PurposeKind, ID: bought.ID}, quote.Total-1_000)
		page := desk.Get("/keuangan/tugas")
		require.Contains(t, page.Body, (quote.Total - 1_000).String())
		items, err := d.Checkout.SuspenseItems(ctx, d.Staff("Sinta", account.RoleFinance))
		require.NoError(t, err)
		require.Len(t, items, 1)
		back := fmt.Sprintf("/keuangan/titipan/%d/kembalikan", items[0].ID)
		require.Contains(t, page.Body, back)
		require.Equal(t, http.StatusSeeOther, desk.Post(back).Status)
		twice := desk.Post(back)
		require.Equal(t, http.StatusUnprocessableEntity, twice.Status)
		require.Equal(t, http.StatusNotFound, desk.Post("/keuangan/titipan/999999/kembalikan").Status)
		require.Contains(t, desk.Get("/keuangan/tugas").Body, "Sedang dikembalikan")
	})
}

func TestTheAccountsAgree(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		asked(t, d, shop.Shop, d.Owner(shop), 150_000)
		desk := d.As(d.Staff("Rina", account.RoleFinance))
		page := desk.Get("/keuangan/neraca")
		require.Equal(t, http.StatusOK, page.Status)
		require.Contains(t, page.Body, "Debit sama dengan kredit: Rp200.000.")
		require.Contains(t, page.Body, "Toples Bu Wening")
		require.Contains(t, page.Body, "Bulan ini Rp0, seluruhnya Rp0.")
		require.NotContains(t, page.Body, "belum disebutkan gateway")

		const month = 32 * 24 * time.Hour
		d.Pass(-month)
		for i, fee := range []money.Rupiah{4_440, 2_775} {
			d.Tx(func(tx *gorm.DB) error {
				return finance.NewFees(d.Books, finance.BearerSubsidy).FeeTx(ctx, tx, payment.Purpose{}, payment.ChargeOf{Kind: payment.ChargePayment, ID: int64(i + 1)}, fee)
			})
			if i == 0 {
				d.Pass(month)
			}
		}
		d.Tx(func(tx *gorm.DB) error { // one that was paid out, and the gateway has not said its fee
			return tx.Exec(`INSERT INTO payouts (purpose_kind, purpose_id, amount, channel_code, account_number, holder_name, description, payout_key,
				idempotency_key, reference, state, gateway_id, failure_code, problem, tries, checks, lease_token, created_at, updated_at)
				VALUES ('withdrawal', 9, 1, '', '', '', '', 'k', 'k', 'k', 'succeeded', 'disb-1', '', '', 0, 0, '', ?, ?)`, time.Now().UTC(), time.Now().UTC()).Error
		})
		page = desk.Get("/keuangan/neraca")
		require.Contains(t, page.Body, "Bulan ini Rp2.775, seluruhnya Rp7.215.")
		require.Contains(t, page.Body, "Debit sama dengan kredit: Rp207.215.")
		require.Contains(t, page.Body, "1 biaya belum disebutkan gateway")
	})
}
