package admin_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// What the page calls the default is what the code uses where nobody changed it.
func TestSettingsDefaultsAreThoseOfTheCode(t *testing.T) {
	o, hours := order.DefaultSettings(), func(d time.Duration) int64 { return int64(d / time.Hour) }
	want := map[settings.Name]int64{
		settings.UnseenAfter: hours(o.UnseenAfter), settings.ArrivalGrace: hours(o.ArrivalGrace), settings.CompleteAfter: int64(o.CompleteAfter),
		settings.CollectWithin: int64(o.CollectWithin), settings.ComplainWithin: int64(o.ComplainWithin), settings.DirectPay: hours(o.DirectPayWithin),
		settings.ProofUnseen: hours(o.ProofUnseen), settings.DateAnswer: hours(o.DateAnswer), settings.TwoPeopleAbove: int64(o.TwoPeopleAbove),
		settings.BatchAlone: int64(finance.BatchAlone), settings.AdvancePercent: finance.AdvancePercent, settings.SubsidyLow: int64(finance.SubsidyLow),
		settings.IdleWarn: program.IdleWarn, settings.IdleAfter: program.IdleAfter, settings.PaperSoon: program.PaperSoon, settings.JoinKept: program.JoinKept,
	}
	require.EqualValues(t, o.TwoPeopleAbove, finance.TwoPeopleAbove, "one setting for every desk")
	got := map[settings.Name]int64{}
	for _, d := range settings.All() {
		got[d.Name] = d.Default
		require.True(t, d.Min <= d.Default && d.Default <= d.Max, d.Name)
	}
	require.Equal(t, want, got)
}

// Administrators change a setting on one page; who, when, the old and the new value
// stay in the trail, and it counts at once.
func TestSettingsArePartOfTheAdminPages(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		admin, money := d.As(d.Staff("Ayu Admin", account.RoleAdmin)), d.As(d.Staff("Rina", account.RoleFinance))
		const at = "/admin/pengaturan"
		require.Equal(t, http.StatusNotFound, money.Get(at).Status)
		require.Equal(t, http.StatusNotFound, money.Post(at, "nama", "batch_alone", "amount", "1").Status)
		require.Equal(t, http.StatusSeeOther, d.Visitor().Get(at).Status)
		page := admin.Get(at)
		require.Equal(t, http.StatusOK, page.Status)
		require.Contains(t, page.Body, "Rp10.000.000")
		require.Equal(t, http.StatusOK, admin.Get(at+"?ubah=batch_alone").Status)
		require.Equal(t, http.StatusNotFound, admin.Get(at+"?ubah="+url.QueryEscape("users;")).Status)
		for _, bad := range [][2]string{{"complain_within", "1"}, {"batch_alone", "banyak"}, {"advance_percent", "91"}, {"unseen_after", "-1"}} {
			got := admin.Post(at, "nama", bad[0], "amount", bad[1])
			require.Equal(t, http.StatusUnprocessableEntity, got.Status, bad)
			require.Contains(t, got.Body, bad[1], "what was typed stays")
		}
		require.Equal(t, http.StatusNotFound, admin.Post(at, "nama", "secret", "amount", "1").Status)
		require.Equal(t, http.StatusSeeOther, admin.Post(at, "nama", "subsidy_low", "amount", "Rp 750.000").Status)
		page = admin.Get(at)
		require.Contains(t, page.Body, "Rp750.000")
		require.Contains(t, page.Body, "Ayu Admin")
		trail := admin.Get("/admin/jejak?objek=setting&id=12").Body
		require.Contains(t, trail, "subsidy_low: 500000 -&gt; 750000")
		v, err := settings.NowTx(ctx, db.Read(ctx))
		require.NoError(t, err)
		require.Equal(t, settings.Values{settings.SubsidyLow: 750_000}, v, "only what was changed is kept")
		require.True(t, fault.Is(settings.Set(ctx, db, 1, "secret", 1), fault.KindNotFound))
	})
}
