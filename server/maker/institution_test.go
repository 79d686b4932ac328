package maker_test

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/document/papertest"
)

// The collective account of an institution: one officer asks, not even by hand can he
// agree to it himself, and another agrees once.
func TestAnInstitutionWithdrawsWithTwoOfficers(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, wahyu, kuncoro := h.sharedShop(catalog.Institution, account.MemberOfficer, account.MemberOfficer)
		actor, err := h.Accounts.Actor(ctx, wahyu.ID)
		require.NoError(t, err)
		bank, err := h.finance.SetBankAccount(ctx, actor, shop.ID, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Bendahara Karya Binaan"}, id.Token())
		require.NoError(t, err)
		require.NoError(t, h.finance.ConfirmBankAccount(ctx, h.Officer("35"), bank.ID))
		h.Pass(account.RestAfterReset + time.Minute)

		maker, checker := h.as(wahyu.ID), h.as(kuncoro.ID)
		form := carried(maker.see("/toko-saya/uang/tarik"))
		form.Set("amount", "880.000")
		asking := maker.send("/toko-saya/uang/tarik", form)
		require.Equal(t, http.StatusOK, asking.status)
		require.Contains(t, asking.body, "elapan ratus delapan puluh ribu rupiah")
		for range 2 {
			require.Equal(t, http.StatusSeeOther, maker.send("/toko-saya/uang/tarik/ya", carried(asking.body)).status)
		}
		check := regexp.MustCompile(`/toko-saya/uang/tarik/\d+/setuju`)
		own := maker.see("/toko-saya/uang")
		require.Contains(t, own, "Menunggu persetujuan pengurus kedua.")
		require.Empty(t, check.FindString(own), "who asked is not offered to agree")
		at := check.FindString(checker.see("/toko-saya/uang"))
		require.NotEmpty(t, at)
		require.NotEqual(t, http.StatusOK, maker.post(at).status)
		list, err := h.finance.Withdrawals(ctx, actor, shop.ID, 0, 5)
		require.NoError(t, err)
		require.Len(t, list, 1, "pressed twice")
		require.Equal(t, finance.Requested, list[0].State, "nobody agrees to their own request")
		require.Contains(t, checker.see("/toko-saya/anggota"), "Rp880.000", "it waits on the daily screen")

		require.Equal(t, http.StatusSeeOther, checker.post(at).status)
		checker.post(at)
		list, err = h.finance.Withdrawals(ctx, actor, shop.ID, 0, 5)
		require.NoError(t, err)
		require.Equal(t, finance.Checked, list[0].State)
		require.Equal(t, []int64{wahyu.ID, kuncoro.ID}, []int64{list[0].RequestedBy, list[0].CheckedBy})
		require.Empty(t, check.FindString(checker.see("/toko-saya/uang")))
		require.NotContains(t, checker.see("/toko-saya/anggota"), "Rp880.000")
		require.NotEqual(t, http.StatusOK, h.as(h.Person("Lain", shop.DistrictCode).ID).post(at).status)
	})
}

// sheetText is what stands in a workbook.
func sheetText(t *testing.T, file string) string {
	t.Helper()
	r, err := zip.NewReader(strings.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	var all strings.Builder
	for _, f := range r.File {
		part, err := f.Open()
		require.NoError(t, err)
		_, err = io.Copy(&all, part)
		require.NoError(t, err)
		require.NoError(t, part.Close())
	}
	return all.String()
}

// A worker of an institution is a code. Where a name could be typed it is refused, or it
// stays on the officers' own page: no file, message or note of the trail carries it.
func TestNoWorkersNameLeavesAnInstitution(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		const name = "Kenari Budi"
		h := newHouse(t, db)
		shop, wahyu, _ := h.sharedShop(catalog.Institution, account.MemberOfficer, account.MemberOfficer)
		b, shopID := h.as(wahyu.ID), fmt.Sprint(shop.ID)
		for _, typed := range []string{name, "WB-01 " + name, "WB-01" + name, strings.ToUpper(name)} {
			require.Equal(t, http.StatusUnprocessableEntity, b.send("/toko-saya/uang/bagian/orang", url.Values{"shop": {shopID}, "label": {typed}}).status, typed)
			require.NotEqual(t, http.StatusSeeOther, b.send("/toko-saya/anggota/tambah", url.Values{"shop": {shopID}, "label": {typed}}).status, typed)
		}
		require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/uang/bagian/orang", url.Values{"shop": {shopID}, "label": {"wb-01"}, "name": {name}, "akun": {fmt.Sprint(wahyu.ID)}}).status)

		// A day's work takes figures; what was paid in is nothing of an institution's.
		work := carried(b.see("/toko-saya/anggota/kerja"))
		day := regexp.MustCompile(`name="hari"[^>]*value="(20[0-9-]{8})"|value="(20[0-9-]{8})"[^>]*name="hari"`).FindStringSubmatch(b.see("/toko-saya/anggota/kerja"))
		require.NotNil(t, day)
		work.Set("hari", day[1]+day[2])
		field := regexp.MustCompile(`name="(hasil_[0-9]+)"`).FindStringSubmatch(b.see("/toko-saya/anggota/kerja"))[1]
		work.Set(field, name)
		require.Equal(t, http.StatusUnprocessableEntity, b.send("/toko-saya/anggota/kerja", work).status)
		work.Set(field, "12")
		work.Set("catatan", name)
		require.Equal(t, http.StatusSeeOther, b.send("/toko-saya/anggota/kerja", work).status)
		paid := url.Values{"shop": {shopID}, "hari": {day[1] + day[2]}, "note": {name}, "form_key": {"a"}, strings.Replace(field, "hasil", "setoran", 1): {"1.000"}}
		require.NotEqual(t, http.StatusSeeOther, b.send("/toko-saya/anggota/setoran", paid).status)

		// The words of the cash book are free; they stay on its page.
		require.Equal(t, http.StatusSeeOther, b.post("/toko-saya/buku/catat", "shop", shopID, "kind", "wage", "amount", "180.000", "words", "Premi "+name, "form_key", "b").status)
		require.Contains(t, b.see("/toko-saya/buku"), name)
		files := map[string]string{
			"workbook": sheetText(t, b.see("/toko-saya/buku/bulan.xlsx")),
			"report":   papertest.Words([]byte(b.see("/toko-saya/buku/laporan.pdf"))),
			"month":    b.see("/toko-saya/uang/bulan.csv"),
		}
		require.Contains(t, files["workbook"], "180000", "the amount is there")
		for what, file := range files {
			require.NotEmpty(t, file, what)
			require.NotContains(t, strings.ToLower(file), "kenari", what)
		}
		for what, query := range map[string]string{
			"trail":    "SELECT COUNT(*) FROM trail WHERE LOWER(note) LIKE '%kenari%'",
			"parties":  "SELECT COUNT(*) FROM share_parties WHERE LOWER(label) LIKE '%kenari%' OR user_id > 0",
			"payments": "SELECT COUNT(*) FROM share_contributions",
			"messages": "SELECT COUNT(*) FROM messages WHERE LOWER(body) LIKE '%kenari%'",
			"jobs":     "SELECT COUNT(*) FROM river_job WHERE LOWER(CAST(args AS TEXT)) LIKE '%kenari%'",
		} {
			var n int64
			require.NoError(t, db.Read(ctx).Raw(query).Scan(&n).Error, what)
			require.Zero(t, n, what)
		}

		// An own maker's words do go into her file.
		group, lastri, _ := h.sharedShop(catalog.Group, account.MemberOwner, account.MemberMember)
		g := h.as(lastri.ID)
		require.Equal(t, http.StatusSeeOther, g.post("/toko-saya/buku/catat", "shop", fmt.Sprint(group.ID), "kind", "material", "amount", "5.000", "words", "Gula "+name, "form_key", "b").status)
		require.Contains(t, sheetText(t, g.see("/toko-saya/buku/bulan.xlsx")), name)
	})
}
