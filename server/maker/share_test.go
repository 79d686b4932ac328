package maker_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// sharedShop is a group or institution with money and two people who run it.
func (h *house) sharedShop(kind catalog.ShopKind, role, second account.MemberRole) (shop catalog.Shop, first, other account.User) {
	h.t.Helper()
	first, other = h.Person("Wahyu", ordertest.District), h.Person("Kuncoro", ordertest.District)
	require.NoError(h.t, database.InTx(ctx, h.DB, func(tx *gorm.DB) (err error) {
		shop, err = h.Catalog.CreateShopTx(ctx, tx, account.System, catalog.NewShop{Name: "Toko Bersama", Kind: kind, DistrictCode: ordertest.District, Village: "Uteran"})
		if err != nil {
			return err
		}
		if err := h.Accounts.AddMembershipTx(ctx, tx, account.System, first.ID, shop.ID, role); err != nil {
			return err
		}
		if err := h.Accounts.AddMembershipTx(ctx, tx, account.System, other.ID, shop.ID, second); err != nil {
			return err
		}
		return h.Books.PostTx(ctx, tx, ledger.Entry{Key: fmt.Sprint("earned ", shop.ID), Kind: ledger.ReleasedGoods, RefKind: "order", RefID: 1, Memo: "LB-1",
			Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.ShopPayable, Owner: shop.ID}, 2_880_000)})
	}))
	return shop, first, other
}

// carried are the fields a screen carries on to the next.
func carried(body string) url.Values {
	v := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		v.Set(m[1], m[2])
	}
	return v
}

// send posts a whole form.
func (b *browser) send(path string, form url.Values) page {
	b.t.Helper()
	var pairs []string
	for name, values := range form {
		pairs = append(pairs, name, values[0])
	}
	return b.post(path, pairs...)
}

// Story 5 on the screens: four questions, a second person, the shares.
func TestAnInstitutionDividesOnItsScreens(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, wahyu, kuncoro := h.sharedShop(catalog.Institution, account.MemberOfficer, account.MemberOfficer)
		b := h.as(wahyu.ID)
		shopID := fmt.Sprint(shop.ID)

		require.Contains(t, b.get("/toko-saya/uang").body, "/toko-saya/uang/bagian")
		empty := b.get("/toko-saya/uang/bagian")
		require.Equal(t, http.StatusOK, empty.status)
		require.Contains(t, empty.body, "Belum ditentukan")
		require.NotContains(t, empty.body, "/bagian/bagi\"")
		named := b.send("/toko-saya/uang/bagian/orang", url.Values{"shop": {shopID}, "label": {"Budi Santoso"}})
		require.Equal(t, http.StatusUnprocessableEntity, named.status)
		require.Contains(t, named.body, "Jangan tulis nama")
		for i := range 6 {
			require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/uang/bagian/orang", url.Values{"shop": {shopID}, "label": {fmt.Sprintf("WB-%02d", i+1)}}).status)
		}
		rule := url.Values{"shop": {shopID}, "premi": {"50"}, "pnbp": {"15"}, "modal": {"34"}}
		require.Equal(t, http.StatusUnprocessableEntity, b.send("/toko-saya/uang/bagian/aturan", rule).status)
		require.Contains(t, b.get("/toko-saya/uang/bagian/aturan").body, `value="35"`)
		rule.Set("modal", "35")
		require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/uang/bagian/aturan", rule).status)

		screen := b.get("/toko-saya/uang/bagian/bagi")
		require.Contains(t, screen.body, "Berapa hasil penjualan yang dibagi?")
		answer := carried(screen.body)
		answer.Set("amount", "9.000.000")
		answer.Set("bulan", "2026-11")
		much := b.send("/toko-saya/uang/bagian/bagi", answer)
		require.Equal(t, http.StatusUnprocessableEntity, much.status)
		require.Contains(t, much.body, "Rp2.880.000")
		answer = carried(screen.body)
		answer.Set("amount", "2.880.000")
		answer.Set("bulan", "2026-11")
		screen = b.send("/toko-saya/uang/bagian/bagi", answer)
		require.Contains(t, screen.body, "Berapa biaya bahannya?")
		answer = carried(screen.body)
		answer.Set("cost", "1.680.000")
		screen = b.send("/toko-saya/uang/bagian/bagi", answer)
		require.Contains(t, screen.body, "Berapa buah yang dibuat masing-masing?")
		answer = carried(screen.body)
		names := regexp.MustCompile(`name="(hasil_[0-9]+)"`).FindAllStringSubmatch(screen.body, -1)
		require.Len(t, names, 6)
		for i, pieces := range []string{"12", "10", "8", "5", "3", "2"} {
			answer.Set(names[i][1], pieces)
		}
		screen = b.send("/toko-saya/uang/bagian/bagi", answer)
		for _, want := range []string{"Benar dibagi seperti ini?", "Rp1.200.000", "atu juta dua ratus ribu rupiah", "Rp120.000", "Rp420.000"} {
			require.Contains(t, screen.body, want)
		}
		done := b.send("/toko-saya/uang/bagian/bagi/ya", carried(screen.body))
		require.Equal(t, http.StatusSeeOther, done.status, done.body)
		again := b.send("/toko-saya/uang/bagian/bagi/ya", carried(screen.body))
		require.Equal(t, done.to, again.to, "pressed twice")
		require.Contains(t, b.get(done.to).body, "Menunggu persetujuan orang kedua")

		other := h.as(kuncoro.ID)
		require.Contains(t, other.get(done.to).body, "Setuju, bagi uang ini")
		agreed := other.send("/toko-saya/uang/bagian/pembagian", url.Values{"shop": {shopID}, "nomor": {regexp.MustCompile(`\d+$`).FindString(done.to)}, "do": {"setuju"}})
		require.Equal(t, http.StatusSeeOther, agreed.status, agreed.body)
		list := b.get("/toko-saya/uang/bagian")
		require.Contains(t, list.body, "WB-03")
		require.Contains(t, list.body, "Rp120.000")
		party := regexp.MustCompile(`/toko-saya/uang/bagian/rincian\?orang=\d+`).FindString(list.body)
		require.Contains(t, b.get(party).body, "Rp180.000")

		pay := regexp.MustCompile(`/toko-saya/uang/bagian/ambil\?orang=\d+`).FindString(b.get(party).body)
		require.NotEmpty(t, pay)
		ask := carried(b.get(pay).body)
		ask.Set("amount", "180.001")
		require.Equal(t, http.StatusUnprocessableEntity, b.send("/toko-saya/uang/bagian/ambil", ask).status)
		ask.Set("amount", "180.000")
		asking := b.send("/toko-saya/uang/bagian/ambil", ask)
		require.Contains(t, asking.body, "eratus delapan puluh ribu rupiah")
		for range 2 {
			require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/uang/bagian/ambil/ya", carried(asking.body)).status)
		}
		require.NotContains(t, b.get(party).body, "/setuju", "who asked does not agree")
		check := regexp.MustCompile(`/toko-saya/uang/tarik/\d+/setuju`).FindString(other.get(party).body)
		require.NotEmpty(t, check)
		require.Equal(t, http.StatusSeeOther, other.post(check).status)
		require.NotContains(t, b.get(party).body, "/bagian/ambil?", "one request at a time")

		month := b.get("/toko-saya/uang/bulan")
		require.Equal(t, http.StatusOK, month.status)
		require.Contains(t, month.body, "Rp1.680.000", "what is left")
		file := b.get("/toko-saya/uang/bulan.csv")
		require.Contains(t, file.body, ";-1200000;1680000")

		stranger := h.as(h.Person("Lain", ordertest.District).ID)
		for _, at := range []string{"/toko-saya/uang/bagian", party, done.to, "/toko-saya/uang/bulan.csv"} {
			require.NotEqual(t, http.StatusOK, stranger.get(at).status, at)
		}
	})
}

// A group of two divides evenly; a member sees their own part and nobody else's.
func TestAMemberSeesTheirOwnPart(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, owner, member := h.sharedShop(catalog.Group, account.MemberOwner, account.MemberMember)
		b, m := h.as(owner.ID), h.as(member.ID)
		shopID := fmt.Sprint(shop.ID)
		require.Contains(t, m.get("/toko-saya/uang/bagian").body, "Anda belum dicatat")
		require.Contains(t, b.get("/toko-saya/uang/bagian/orang").body, "Kuncoro")
		for name, user := range map[string]int64{"Kuncoro": member.ID, "Bu Lastri": 0} {
			require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/uang/bagian/orang", url.Values{"shop": {shopID}, "label": {name}, "akun": {fmt.Sprint(user)}}).status)
		}
		require.Equal(t, http.StatusUnprocessableEntity, b.send("/toko-saya/uang/bagian/aturan", url.Values{"shop": {shopID}}).status)

		// Bu Lastri paid in; what was typed wrong stands there again.
		form := b.get("/toko-saya/anggota/setoran").body
		paid := carried(form)
		box := regexp.MustCompile(`name="(setoran_[0-9]+)"[^>]*`).FindAllStringSubmatch(form, -1)
		require.Len(t, box, 2)
		paid.Set("hari", regexp.MustCompile(`value="(20[0-9-]{8})"`).FindStringSubmatch(form)[1])
		paid.Set(box[0][1], "35rb?")
		require.Equal(t, http.StatusUnprocessableEntity, b.send("/toko-saya/anggota/setoran", paid).status)
		paid.Set(box[0][1], "100.000")
		require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/anggota/setoran", paid).status)
		require.NotEqual(t, http.StatusSeeOther, m.send("/toko-saya/anggota/setoran", paid).status, "a member writes no contributions")
		require.NotContains(t, m.get("/toko-saya/anggota").body, "Rp100.000", "nobody sees another's amounts")
		require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/uang/bagian/aturan", url.Values{"shop": {shopID}, "basis": {"equal"}}).status)
		answer := carried(b.get("/toko-saya/uang/bagian/bagi").body)
		answer.Set("amount", "1.000.000")
		answer.Set("bulan", "2026-11")
		screen := b.send("/toko-saya/uang/bagian/bagi", answer)
		require.Contains(t, screen.body, "Berapa modal yang dikembalikan dulu?")
		answer = carried(screen.body)
		answer.Set(regexp.MustCompile(`name="(modal_[0-9]+)"`).FindStringSubmatch(screen.body)[1], "abc")
		require.Equal(t, http.StatusUnprocessableEntity, b.send("/toko-saya/uang/bagian/bagi", answer).status)
		screen = b.send("/toko-saya/uang/bagian/bagi", carried(screen.body))
		require.Contains(t, screen.body, "Rp500.000")
		done := b.send("/toko-saya/uang/bagian/bagi/ya", carried(screen.body))
		require.Equal(t, http.StatusSeeOther, done.status, done.body)

		// She does the daily work and reads the group's book; who only watches does not.
		require.Equal(t, http.StatusOK, m.get("/toko-saya/buku").status)
		actor, err := h.Accounts.Actor(ctx, owner.ID)
		require.NoError(t, err)
		parties, err := h.shares.Parties(ctx, actor, shop.ID)
		require.NoError(t, err)
		watches := func(yes bool) {
			for _, p := range parties {
				if p.UserID == member.ID {
					require.NoError(t, h.shares.SetDuty(ctx, actor, p.ID, account.NoDuty, yes))
				}
			}
		}
		watches(true)
		for _, at := range []string{"/toko-saya/buku", "/toko-saya/buku/bulan.xlsx", "/toko-saya/buku/laporan.pdf"} {
			require.NotEqual(t, http.StatusOK, m.get(at).status, at)
		}
		m.post("/toko-saya/buku/catat", "shop", shopID, "kind", "material", "amount", "5.000", "form_key", "b")
		var entries int64
		require.NoError(t, db.Read(ctx).Raw("SELECT COUNT(*) FROM book_entries WHERE shop_id = ?", shop.ID).Scan(&entries).Error)
		require.Zero(t, entries)
		watches(false)

		own := m.get("/toko-saya/uang/bagian")
		require.Contains(t, own.body, "Rp500.000")
		require.NotContains(t, own.body, "Bu Lastri")
		for _, at := range []string{done.to, "/toko-saya/uang/bagian/bagi", "/toko-saya/uang/bulan"} {
			require.NotEqual(t, http.StatusOK, m.get(at).status, at)
		}
		unsaid := b.send("/toko-saya/uang/bagian/pembagian", url.Values{"shop": {shopID}, "nomor": {regexp.MustCompile(`\d+$`).FindString(done.to)}, "do": {"batal"}})
		require.Equal(t, http.StatusUnprocessableEntity, unsaid.status)
		require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/uang/bagian/pembagian", url.Values{"shop": {shopID}, "nomor": {regexp.MustCompile(`\d+$`).FindString(done.to)}, "do": {"batal"}, "reason": {"Salah"}}).status)
		require.Contains(t, m.get("/toko-saya/uang/bagian").body, "Rp0")
	})
}
