package finance_test

import (
	"fmt"
	"net/http"
	"testing"

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
	"github.com/lapak-berdaya/lapak/share"
)

// Everything that one person of the desk began stands on one list, as another's to
// decide and never as one's own: top-up, batch, money for materials.
func TestTheListOfSecondPeople(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		owner := d.Owner(shop)
		w := asked(t, d, shop.Shop, owner, 11_000_000)
		rina, sinta := d.As(d.Staff("Rina", account.RoleFinance)), d.As(d.Staff("Sinta", account.RoleFinance))
		admin, officer := d.As(d.Staff("Admin", account.RoleAdmin)), d.As(d.Officer("35"))
		const list, funds, batches = "/keuangan/tugas", "/keuangan/dana", "/keuangan/pencairan"
		const yours, own = "Bisa Anda putuskan", "Usulan Anda, orang lain yang memutuskan"
		require.Contains(t, rina.Get(list).Body, "Tidak ada yang menunggu orang kedua.")
		status := func(want int, a desktest.Answer) desktest.Answer {
			t.Helper()
			require.Equal(t, want, a.Status, a.Body)
			return a
		}
		waits := func(what string) {
			t.Helper()
			page := rina.Get(list).Body
			require.Contains(t, page, what)
			require.Contains(t, page, own)
			require.NotContains(t, page, yours)
			page = sinta.Get(list).Body
			require.Contains(t, page, yours)
			require.Contains(t, page, "Rina")
			require.NotContains(t, admin.Get(list).Body, yours, "an admin looks on")
		}

		// The account for fees: proposed, refused with a reason, proposed and confirmed.
		topUp := func(key string) int64 {
			t.Helper()
			status(http.StatusSeeOther, rina.Post(funds, "do", "tambah", "amount", "5.000.000", "reason", "Transfer", "form_key", key))
			var last int64
			require.NoError(t, db.Read(ctx).Raw("SELECT MAX(id) FROM subsidy_top_ups").Scan(&last).Error)
			return last
		}
		first := fmt.Sprint(topUp("a"))
		waits("Tambahan dana biaya #" + first)
		status(http.StatusForbidden, rina.Post(funds, "do", "setuju", "nomor", first))
		status(http.StatusForbidden, rina.Post(funds, "do", "tolak-dana", "nomor", first, "note", "Salah"))
		status(http.StatusForbidden, admin.Post(funds, "do", "setuju", "nomor", first))
		status(http.StatusUnprocessableEntity, sinta.Post(funds, "do", "tolak-dana", "nomor", first))
		status(http.StatusSeeOther, sinta.Post(funds, "do", "tolak-dana", "nomor", first, "note", "Rekening koran tidak cocok"))
		require.Contains(t, rina.Get(funds).Body, "Rekening koran tidak cocok")
		require.Zero(t, d.Balance(ledger.Subsidy, 0))
		second := fmt.Sprint(topUp("b"))
		status(http.StatusSeeOther, sinta.Post(funds, "do", "setuju", "nomor", second))
		require.Equal(t, money.Rupiah(-5_000_000), d.Balance(ledger.Subsidy, 0))
		require.Contains(t, rina.Get(list).Body, "Tidak ada yang menunggu orang kedua.")

		// A batch above what one person may send.
		status(http.StatusUnprocessableEntity, rina.Get(batches+"/baru"))
		status(http.StatusForbidden, admin.Get(fmt.Sprintf("%s/baru?id=%d", batches, w.ID)))
		preview := status(http.StatusOK, rina.Get(fmt.Sprintf("%s/baru?id=%d", batches, w.ID)))
		require.Contains(t, preview.Body, "Rp11.000.000")
		made := status(http.StatusSeeOther, rina.Post(batches, "id", fmt.Sprint(w.ID), "form_key", "kunci")).Location
		require.Equal(t, made, rina.Post(batches, "id", fmt.Sprint(w.ID), "form_key", "kunci").Location, "pressed twice")
		waits("Pencairan bersama #")
		status(http.StatusForbidden, rina.Post(made+"/setujui", "cocok", "ya"))
		status(http.StatusForbidden, admin.Post(made+"/setujui", "cocok", "ya"))
		status(http.StatusNotFound, officer.Post(made+"/setujui", "cocok", "ya"))
		status(http.StatusUnprocessableEntity, sinta.Post(made+"/setujui"))
		require.Zero(t, d.Balance(ledger.PayoutTransit, 0))
		status(http.StatusSeeOther, sinta.Post(made+"/setujui", "cocok", "ya"))
		var batch int64
		require.NoError(t, db.Read(ctx).Raw("SELECT MAX(id) FROM payout_batches").Scan(&batch).Error)
		require.NoError(t, d.Finance.RunBatch(ctx, batch))
		require.Equal(t, money.Rupiah(11_000_000), d.Balance(ledger.PayoutTransit, 0))
		status(http.StatusUnprocessableEntity, sinta.Post(made+"/batal"))

		// Money for materials, on an order that is paid and held.
		product := d.Publish(shop, ordertest.Product{Title: "Rengginang", Price: 4_000_000, Quantity: 10})
		paidOrder(t, d, shop, product, 1)
		a, err := d.Finance.RequestAdvance(ctx, owner, shop.ID, 1_500_000, "Tepung", id.Token())
		require.NoError(t, err)
		nomor := fmt.Sprint(a.ID)
		status(http.StatusForbidden, admin.Post(funds, "do", "beri", "nomor", nomor))
		status(http.StatusNotFound, officer.Post(funds, "do", "beri", "nomor", nomor))
		status(http.StatusSeeOther, rina.Post(funds, "do", "beri", "nomor", nomor))
		require.Zero(t, d.Balance(ledger.ShopOwes, shop.ID), "one of two")
		waits("Uang muka bahan #" + nomor)
		status(http.StatusSeeOther, rina.Post(funds, "do", "beri", "nomor", nomor))
		require.Zero(t, d.Balance(ledger.ShopOwes, shop.ID), "the same person is not the second")
		status(http.StatusSeeOther, sinta.Post(funds, "do", "beri", "nomor", nomor))
		require.Equal(t, money.Rupiah(1_500_000), d.Balance(ledger.ShopOwes, shop.ID))
		small, err := d.Finance.RequestAdvance(ctx, owner, shop.ID, 100_000, "Gula", id.Token())
		require.NoError(t, err)
		status(http.StatusUnprocessableEntity, rina.Post(funds, "do", "tolak", "nomor", fmt.Sprint(small.ID)))
		status(http.StatusSeeOther, rina.Post(funds, "do", "tolak", "nomor", fmt.Sprint(small.ID), "note", "Tunggu pesanan berikutnya"))
		require.Contains(t, rina.Get(funds).Body, "Tunggu pesanan berikutnya")
		require.Contains(t, rina.Get(list).Body, "Tidak ada yang menunggu orang kedua.")
	})
}

// Who divides an institution's money does not decide; a head of its territory does,
// another one's knows nothing of it, and finance sees that it waits.
func TestADivisionWaitsForAHead(t *testing.T) {
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
		divided(t, d, shop, d.Actor(wahyu.ID))
		rina := d.As(d.Staff("Rina", account.RoleFinance))
		head, far := d.As(d.Staff("Bambang", account.RoleHead, "35")), d.As(d.Staff("Jauh", account.RoleHead, "36"))
		page := rina.Get("/keuangan/tugas").Body
		require.Contains(t, page, "Pembagian uang bulan")
		require.Contains(t, page, "Orang kedua lembaga atau kepala dinas")
		require.NotContains(t, page, "Bisa Anda putuskan")
		const at = "/keuangan/periksa"
		require.Contains(t, far.Get(at).Body, "Tidak ada yang perlu diperiksa")
		require.Equal(t, http.StatusNotFound, far.Post(at, "do", "setuju", "nomor", "1").Status)
		require.Equal(t, http.StatusForbidden, rina.Post(at, "do", "setuju", "nomor", "1").Status)
		require.Equal(t, http.StatusNotFound, d.As(d.Actor(wahyu.ID)).Post(at, "do", "setuju", "nomor", "1").Status)
		require.Equal(t, http.StatusUnprocessableEntity, head.Post(at, "do", "lain", "nomor", "1").Status)
		page = head.Get(at).Body
		require.Contains(t, page, "Karya Binaan")
		require.Contains(t, page, "Setujui pembagian ini")
		require.Contains(t, page, "W-1")
		require.Equal(t, http.StatusSeeOther, head.Post(at, "do", "setuju", "nomor", "1").Status)
		require.Contains(t, head.Get(at).Body, "Tidak ada yang perlu diperiksa")
		require.Contains(t, rina.Get("/keuangan/tugas").Body, "Tidak ada yang menunggu orang kedua.")
	})
}

// Cash has words of its own: nothing goes to a bank.
func TestApprovingCash(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		d.Tx(func(tx *gorm.DB) error {
			return d.Books.PostTx(ctx, tx, ledger.Entry{Key: "earned", Kind: ledger.ReleasedGoods, RefKind: "order", RefID: 1, Memo: "LB-7K3M9Q",
				Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.ShopPayable, Owner: shop.ID}, 300_000)})
		})
		w, err := d.Finance.RequestCash(ctx, d.Owner(shop), shop.ID, 200_000, id.Token())
		require.NoError(t, err)
		desk := d.As(d.Staff("Rina", account.RoleFinance))
		require.Contains(t, desk.Get(at(w)).Body, "Setujui Rp200.000 tunai")
		done := desk.Post(at(w, "setujui"), "cocok", "ya")
		require.Equal(t, http.StatusSeeOther, done.Status)
		page := desk.Get(done.Location).Body
		require.Contains(t, page, "menunggu diambil tunai")
		require.Contains(t, page, "Menunggu diambil tunai")
		require.NotContains(t, page, "dikirim ke bank")
		now, err := d.Finance.Withdrawal(ctx, d.Owner(shop), w.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Paying, now.State)
	})
}

// paidOrder is one of the shop's that is paid and held.
func paidOrder(t *testing.T, d *desktest.Desk, shop ordertest.Shop, product, n int64) {
	t.Helper()
	cart := id.Token()
	require.NoError(t, d.Checkout.SetQuantity(ctx, cart, product, n))
	choices := map[int64]delivery.Method{shop.ID: delivery.Pickup}
	quote, err := d.Checkout.Quote(ctx, cart, delivery.Destination{}, choices)
	require.NoError(t, err)
	bought, err := d.Checkout.Place(ctx, checkout.PlaceInput{
		CartToken: cart, CartVersion: quote.Cart.Version, SeenTotal: quote.Total, FormKey: id.Token(),
		Buyer: checkout.Contact{Name: "Sari", Phone: "081234567890"}, Choices: choices,
	})
	require.NoError(t, err)
	d.PayFor(payment.Purpose{Kind: checkout.PurposeKind, ID: bought.ID}, quote.Total)
}

// divided is an institution's proposal to divide what it earned.
func divided(t *testing.T, d *desktest.Desk, shop catalog.Shop, officer account.Actor) {
	t.Helper()
	d.Tx(func(tx *gorm.DB) error {
		return d.Books.PostTx(ctx, tx, ledger.Entry{Key: "earned", Kind: ledger.ReleasedGoods, RefKind: "order", RefID: 1, Memo: "LB-7K3M9Q",
			Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.ShopPayable, Owner: shop.ID}, 300_000)})
	})
	shares := share.NewService(d.DB, d.Books, d.Catalog, d.Accounts)
	worker, err := shares.AddParty(ctx, officer, shop.ID, share.NewParty{Kind: share.Worker, Label: "W-1"})
	require.NoError(t, err)
	_, err = shares.SetInstitution(ctx, officer, shop.ID, share.Premi.Workers, share.Premi.PNBP, share.Premi.Capital, [3]string{"Premi", "PNBP", "Modal"})
	require.NoError(t, err)
	made, err := shares.Divide(ctx, officer, shop.ID, share.New{Month: "2026-01", Amount: 200_000, Pieces: map[int64]int64{worker.ID: 3}, FormKey: id.Token()})
	require.NoError(t, err)
	require.Equal(t, share.Proposed, made.State)
}
