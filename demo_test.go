package main

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/audit"
	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
	"github.com/lapak-berdaya/lapak/share"
)

// The demo world is what its outline says: fifty products in their status, and a
// past whose every rupiah stands at the gateway too.
func TestDemoWorldAndItsPast(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	a, err := open(ctx, config.Settings{
		DatabaseURL: "sqlite:" + filepath.Join(dir, "lapak.db"), MediaURL: "file://" + filepath.Join(dir, "pictures"),
		SecretKeys: []string{testSecret}, XenditKey: testKey, XenditTokens: []string{testToken}, XenditBaseURL: "http://" + listener.Addr().String(),
	}, slog.New(slog.DiscardHandler), choices{demo: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, a.close(context.WithoutCancel(ctx))) }()
	sim, stop, err := startGateway(listener, xenditsim.Config{
		SecretKey: testKey, CallbackToken: testToken, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(a.db.Clock().Offset()) },
	})
	require.NoError(t, err)
	defer stop()
	_, err = migrate(ctx, a.db)
	require.NoError(t, err)
	opened := time.Now()
	require.NoError(t, a.loadDemo(ctx, sim, 600)) // as many as the command makes by itself
	require.Zero(t, a.db.Clock().Offset(), "the clock is right again")

	count := func(query string) (n int64) {
		t.Helper()
		require.NoError(t, a.db.Read(ctx).Raw(query).Scan(&n).Error)
		return n
	}
	require.EqualValues(t, 15, count("SELECT COUNT(*) FROM shops WHERE state = 'open'"))
	require.EqualValues(t, 50, count("SELECT COUNT(*) FROM products"))
	require.EqualValues(t, 42, count("SELECT COUNT(*) FROM products WHERE state = 'published'"))
	require.EqualValues(t, 1, count("SELECT COUNT(*) FROM products WHERE state = 'suspended'"))
	require.EqualValues(t, 3, count("SELECT COUNT(*) FROM submissions WHERE state = 'refused'"))
	require.Positive(t, count("SELECT COUNT(*) FROM rule_check_lines WHERE rule = 'halal' AND met"))
	require.Zero(t, count("SELECT COUNT(*) FROM rule_check_lines WHERE rule = 'halal' AND NOT met"), "a world founded after the day of halal would be stopped by it")
	require.Greater(t, count("SELECT COUNT(*) FROM orders WHERE state = 'completed'"), int64(15))
	require.Zero(t, count("SELECT COUNT(*) FROM messages WHERE kind LIKE 'order%'"), "nobody is told of the past")
	require.Equal(t, count("SELECT -SUM(amount) FROM journal_lines WHERE kind <> 'gateway'"), count("SELECT SUM(amount) FROM journal_lines WHERE kind = 'gateway'"))

	// Story 4: the jars are sold, and the eight who baked can divide the money.
	owner := func(phone string) (account.Actor, int64) {
		t.Helper()
		user, err := a.accounts.UserByPhone(ctx, phone)
		require.NoError(t, err)
		actor, err := a.accounts.Actor(ctx, user.ID)
		require.NoError(t, err)
		return actor, actor.Memberships[0].ShopID
	}
	lastri, kitchen := owner("0812-0000-0020")
	bakers, err := a.shares.Parties(ctx, lastri, kitchen)
	require.NoError(t, err)
	require.Len(t, bakers, 8)
	back := map[int64]money.Rupiah{}
	for _, b := range bakers {
		back[b.ID] = 900_000
	}
	plan, err := a.shares.Plan(ctx, lastri, kitchen, share.New{Month: "2027-03", Amount: 15_675_000, Back: back, FormKey: "uji"})
	require.NoError(t, err, "so much is there to divide")
	require.Equal(t, money.Rupiah(8_475_000), plan.Surplus())
	for _, sum := range plan.ByParty() {
		require.Equal(t, money.Rupiah(900_000+1_059_375), sum)
	}
	require.EqualValues(t, 2, count("SELECT COUNT(*) FROM dispatch_cutoffs WHERE shop_id = 0"))
	require.EqualValues(t, 1, count("SELECT COUNT(*) FROM advances WHERE state = 'requested' AND amount = 700000"))

	// Story 5: forty bags, six codes, and a second officer.
	wahyu, prison := owner("0812-0000-0026")
	kuncoro, same := owner("0812-0000-0035")
	require.Equal(t, prison, same)
	require.Equal(t, account.MemberOfficer, kuncoro.MemberAs(prison))
	codes, err := a.shares.Parties(ctx, wahyu, prison)
	require.NoError(t, err)
	pieces, made := map[int64]int64{}, []int64{12, 10, 8, 5, 3, 2}
	for _, p := range codes {
		if p.Kind == share.Worker {
			require.Regexp(t, `^WB-0[1-6]$`, p.Label)
			pieces[p.ID] = made[len(pieces)]
		}
	}
	require.Len(t, pieces, 6)
	plan, err = a.shares.Plan(ctx, wahyu, prison, share.New{Month: "2026-11", Amount: 2_880_000, Cost: 1_680_000, Pieces: pieces, FormKey: "uji"})
	require.NoError(t, err)
	due := map[string]money.Rupiah{}
	for _, l := range plan.Lines {
		due[l.Party] = l.Amount
	}
	require.Equal(t, map[string]money.Rupiah{"WB-01": 180_000, "WB-02": 150_000, "WB-03": 120_000, "WB-04": 75_000, "WB-05": 45_000, "WB-06": 30_000, "PNBP": 180_000, "Modal": 420_000}, due)
	require.Positive(t, count("SELECT COUNT(*) FROM share_divisions WHERE state = 'done'"), "the knitters divided by work")

	// Need 4.7: three million are left to the tailor of her last full month, after
	// materials and wages; what she sold is more. The month may have turned meanwhile.
	sekar, tailor := owner("0812-0000-0024")
	var nets []money.Rupiah
	for _, at := range []time.Time{opened, time.Now()} {
		y, m, _ := at.In(calendar.WIB).Date()
		month, err := a.book.Month(ctx, sekar, tailor, time.Date(y, m-1, 1, 0, 0, 0, 0, calendar.WIB).Format("2006-01"))
		require.NoError(t, err)
		nets = append(nets, month.Net())
		if month.Net() == 3_000_000 {
			require.Greater(t, month.Sums[book.Sale], money.Rupiah(4_000_000))
			require.Equal(t, month.Net(), month.In()-month.Sums[book.Courier]-month.Sums[book.Material]-month.Sums[book.Wage]-month.Sums[book.Packaging]-month.Sums[book.Transport])
			require.Positive(t, month.Sums[book.Tool], "tools stand in it, and do not count")
		}
	}
	require.Contains(t, nets, money.Rupiah(3_000_000))

	report, err := audit.Run(ctx, a.db, a.provers()...)
	require.NoError(t, err)
	require.Empty(t, report)
}
