package finance_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// links finds the addresses of a page that begin with prefix.
func links(body, prefix string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		if at := html.UnescapeString(m[1]); strings.HasPrefix(at, prefix) {
			out = append(out, at)
		}
	}
	return out
}

// Every figure of the desk opens, step by step, to the entries it is made of.
func TestEveryFigureOpensToItsEntries(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		w := asked(t, d, shop.Shop, d.Owner(shop), 150_000)
		rina := d.Staff("Rina", account.RoleFinance)
		_, err := d.Finance.Approve(ctx, rina, w.ID)
		require.NoError(t, err)
		desk := d.As(rina)

		front := desk.Get("/keuangan/ringkasan")
		require.Equal(t, http.StatusOK, front.Status)
		require.Contains(t, front.Body, "Rp150.000", "in transit")
		figures := links(front.Body, "/keuangan/neraca/akun?jenis=")
		require.Len(t, figures, 11)
		require.Len(t, links(front.Body, "/keuangan/pengembalian"), 1, "refunds due have a page of their own")
		for _, at := range figures {
			require.Equal(t, http.StatusOK, desk.Get(at).Status, at)
		}

		kinds := links(desk.Get("/keuangan/neraca").Body, "/keuangan/neraca/akun?jenis=")
		require.GreaterOrEqual(t, len(kinds), len(ledger.AccountKinds))
		owners := desk.Get("/keuangan/neraca/akun?jenis=shop_payable")
		require.Contains(t, owners.Body, "Toples Bu Wening")
		one := links(owners.Body, fmt.Sprintf("/keuangan/neraca/akun?jenis=shop_payable&milik=%d", shop.Shop.ID))
		require.NotEmpty(t, one)
		lines := desk.Get(one[0])
		require.Contains(t, lines.Body, "Pencairan disetujui")
		require.Contains(t, lines.Body, "−Rp50.000", "what we still owe the shop")
		entries := links(lines.Body, "/keuangan/neraca/catatan?nomor=")
		require.Len(t, entries, 2)
		entry := desk.Get(entries[0])
		require.Contains(t, entry.Body, "Toples Bu Wening")
		require.Contains(t, entry.Body, "Sedang dikirim ke rekening")
		about := links(entry.Body, "/keuangan/neraca/perihal?apa=withdrawal")
		require.NotEmpty(t, about)
		thing := desk.Get(about[0])
		require.Equal(t, http.StatusOK, thing.Status)
		require.Contains(t, thing.Body, fmt.Sprintf(`href="/keuangan/%d"`, w.ID))

		before := desk.Get("/keuangan/neraca?per=2001-01-01")
		require.Equal(t, http.StatusOK, before.Status)
		require.NotContains(t, before.Body, "Rp150.000")
		require.Equal(t, http.StatusUnprocessableEntity, desk.Get("/keuangan/neraca?per=kemarin").Status)

		file := desk.Get("/keuangan/neraca.csv")
		require.Equal(t, http.StatusOK, file.Status)
		sum := strings.Split(strings.TrimSpace(file.Body), "\r\n")
		require.Len(t, sum, len(ledger.AccountKinds)+2)
		require.Equal(t, "Jumlah;;350000;350000;0", sum[len(sum)-1])
		require.Contains(t, desk.Get("/keuangan/neraca/akun.csv?jenis=shop_payable&milik="+fmt.Sprint(shop.Shop.ID)).Body, ";150000;0;-50000")

		for _, at := range []string{"/keuangan/neraca/akun?jenis=lain", "/keuangan/neraca/catatan?nomor=999999", "/keuangan/neraca/perihal?apa=order&nomor=999999", "/keuangan/neraca/akun.csv?jenis=held"} {
			require.Equal(t, http.StatusNotFound, desk.Get(at).Status, at)
		}
		head := d.As(d.Staff("Bambang", account.RoleHead, "35"))
		for _, at := range []string{"/keuangan/ringkasan", "/keuangan/neraca", "/keuangan/neraca/akun?jenis=held", entries[0], about[0], "/keuangan/neraca.csv"} {
			require.Equal(t, http.StatusNotFound, head.Get(at).Status, at)
		}
	})
}
