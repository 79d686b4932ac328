package curation_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// told is one decision as the test made it, and what waits.
type told struct {
	regency, category      string
	number                 int64
	outcome                curation.Outcome
	by                     int64
	sent, claimed, decided time.Time
	aspects                []curation.Aspect
	first, last            money.Rupiah
}

// TestOverviewAgreesWithANaiveRecount plays lives of submissions and counts them
// again from the test's own notes.
func TestOverviewAgreesWithANaiveRecount(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		lead := account.Actor{UserID: 904, Name: "Kepala", Roles: []account.Role{account.RoleHead}, Territory: []string{"35", "36"}}

		empty, err := w.desk.Overview(ctx, lead, curation.OverviewFilter{})
		require.NoError(t, err)
		require.Zero(t, empty.Waiting)
		require.Empty(t, empty.Curators)
		require.Zero(t, empty.MedianRounds)
		few := w.overviewStatements(lead)

		r := rand.New(rand.NewPCG(5, 5))
		var log []told
		east, eastMaker := w.shop("Toples Bu Wening", "35.20.08")
		west, westMaker := w.shop("Rajut Sumiati", "36.03.07")
		for i := range 10 {
			shop, maker, regency := east, eastMaker, "35.20"
			if i%3 == 0 {
				shop, maker, regency = west, westMaker, "36.03"
			}
			category := []string{"kriya", "rajut"}[i%2]
			log = append(log, w.reviewed(r, shop, maker, regency, category)...)
			if i == 4 {
				db.Clock().Advance(40 * 24 * time.Hour)
			}
		}
		now, err := clock.Now(ctx, db.Read(ctx))
		require.NoError(t, err)
		for _, outcome := range []curation.Outcome{"", curation.Approved, curation.Returned, curation.Refused} {
			require.True(t, slices.ContainsFunc(log, func(x told) bool { return x.outcome == outcome }), "the lives hold every ending: %q", outcome)
		}

		for _, f := range []curation.OverviewFilter{{}, {Days: 30}, {Days: 365, Regions: []string{"36"}}, {Category: "rajut"}, {Regions: []string{"35.20"}, Category: "kriya"}, {Days: 1}} {
			got, err := w.desk.Overview(ctx, lead, f)
			require.NoError(t, err)
			recount(t, f, now, log, got)
		}
		require.Equal(t, few, w.overviewStatements(lead), "the questions do not grow with the answers")

		// A head sees their own territory, a curator their own line, others nothing.
		narrow := lead
		narrow.Territory = []string{"36"}
		got, err := w.desk.Overview(ctx, narrow, curation.OverviewFilter{Regions: []string{"35"}})
		require.NoError(t, err)
		require.Zero(t, got.Waiting+int64(len(got.ByRegion)+len(got.Curators)))
		got, err = w.desk.Overview(ctx, dimas, curation.OverviewFilter{})
		require.NoError(t, err)
		require.Len(t, got.Curators, 1)
		require.Equal(t, dimas.UserID, got.Curators[0].CuratorID)
		_, err = w.desk.Overview(ctx, eastMaker, curation.OverviewFilter{})
		require.True(t, fault.Is(err, fault.KindNotFound))
	})
}

// reviewed plays one submission and returns the decisions; at the end it may wait,
// held or not, which is a told without an outcome.
func (w *world) reviewed(r *rand.Rand, shop catalog.Shop, maker account.Actor, regency, category string) (out []told) {
	w.t.Helper()
	sub := w.draft(shop, maker, "kue")
	first := money.Rupiah(10_000 + 1_000*r.Int64N(20))
	_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Category: &category, Price: &first})
	require.NoError(w.t, err)
	last, asked := first, []curation.Answer{{ItemKey: "photo-clear", Aspect: curation.Photo}, {ItemKey: "packaging-travel", Aspect: curation.Packaging}}
	for number := int64(1); ; number++ {
		sent := w.submit(maker, sub)
		x := told{regency: regency, category: category, number: number, sent: *sent.SubmittedAt, first: first, last: last}
		w.db.Clock().Advance(time.Duration(r.IntN(90)) * time.Hour)
		if number > 1 && r.IntN(3) == 0 {
			return append(out, x) // waits
		}
		who := []account.Actor{dimas, yuni}[r.IntN(2)]
		claim, err := w.desk.Claim(ctx, who, sub.ID)
		require.NoError(w.t, err)
		x.claimed, x.by = claim.ClaimedAt, who.UserID
		w.db.Clock().Advance(time.Duration(1+r.IntN(29)) * time.Minute)
		d := curation.Decision{SubmissionID: sub.ID, RevisionID: sent.Revision.ID}
		switch n := r.IntN(8); {
		case n < 3:
			x.outcome = curation.Approved
			require.NoError(w.t, w.approve(who, d))
		case n == 3 && number > 1:
			x.outcome = curation.Refused
			require.NoError(w.t, w.desk.Refuse(ctx, who, d, "Belum bisa, tunggu izinnya.", nil))
		default:
			x.outcome = curation.Returned
			var answers []curation.Answer
			for i, a := range asked {
				if r.IntN(2) == 0 || i == 1 && len(answers) == 0 {
					answers = append(answers, curation.Answer{ItemKey: a.ItemKey, Verdict: curation.Improve, Comment: "Tolong diperbaiki."})
					x.aspects = append(x.aspects, a.Aspect)
				}
			}
			d.RestFine = true
			require.NoError(w.t, w.desk.Return(ctx, who, d, answers))
		}
		if x.decided, err = clock.Now(ctx, w.db.Read(ctx)); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, x)
		if x.outcome != curation.Returned {
			return out
		}
		last = money.Rupiah(10_000 + 1_000*r.Int64N(40))
		title := w.form() // something always changes
		_, err = w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Price: &last, Title: &title})
		require.NoError(w.t, err)
	}
}

// overviewStatements counts the questions of one overview.
func (w *world) overviewStatements(actor account.Actor) int64 {
	w.t.Helper()
	var n atomic.Int64
	count := func(*gorm.DB) { n.Add(1) }
	callbacks := w.db.Read(ctx).Callback()
	require.NoError(w.t, callbacks.Query().Before("*").Register("counted", count))
	require.NoError(w.t, callbacks.Row().Before("*").Register("counted", count))
	require.NoError(w.t, callbacks.Raw().Before("*").Register("counted", count))
	defer func() {
		require.NoError(w.t, callbacks.Query().Remove("counted"))
		require.NoError(w.t, callbacks.Row().Remove("counted"))
		require.NoError(w.t, callbacks.Raw().Remove("counted"))
	}()
	_, err := w.desk.Overview(ctx, actor, curation.OverviewFilter{})
	require.NoError(w.t, err)
	require.Positive(w.t, n.Load())
	return n.Load()
}

// recount is the overview counted the long way.
func recount(t *testing.T, f curation.OverviewFilter, now time.Time, log []told, got curation.Overview) {
	t.Helper()
	if f.Days == 0 {
		f.Days = 90
	}
	since := now.In(calendar.WIB)
	since = time.Date(since.Year(), since.Month(), since.Day(), 0, 0, 0, 0, calendar.WIB).AddDate(0, 0, 1-f.Days)
	require.True(t, since.Equal(got.Since), "%v", f)
	within := func(x told) bool {
		return (f.Category == "" || f.Category == x.category) && (len(f.Regions) == 0 || strings.HasPrefix(x.regency, f.Regions[0]))
	}
	var waiting, claimed, up, down, same int64
	var numbers, percents []int64
	var firsts, lasts []money.Rupiah
	var waits, works []time.Duration
	decided, returns, aspects := map[int64]int64{}, map[string]int64{}, map[string]int64{}
	for _, x := range log {
		if !within(x) {
			continue
		}
		if x.outcome == "" {
			waiting++
			continue
		}
		if x.decided.Before(since) {
			continue
		}
		decided[x.by]++
		waits, works = append(waits, x.claimed.Sub(x.sent)), append(works, x.decided.Sub(x.claimed))
		switch x.outcome {
		case curation.Approved:
			numbers, firsts, lasts = append(numbers, x.number), append(firsts, x.first), append(lasts, x.last)
			percents = append(percents, int64(math.Round(float64(x.last-x.first)*100/float64(x.first))))
			switch {
			case x.last > x.first:
				up++
			case x.last < x.first:
				down++
			default:
				same++
			}
		case curation.Returned:
			for _, place := range []string{x.category, x.regency} {
				returns[place]++
				for _, a := range x.aspects {
					aspects[place+string(a)]++
				}
			}
		}
	}
	require.Equal(t, waiting, got.Waiting)
	require.Equal(t, claimed, got.Claimed, "leases are over")
	require.Equal(t, waiting, got.Free)
	var aged int64
	for _, b := range got.Ages {
		aged += b.Count
	}
	require.Equal(t, waiting, aged)

	var approvals int64
	for i, n := range got.Approvals {
		want := 0
		for _, k := range numbers {
			if min(int(k), len(got.Approvals)) == i+1 {
				want++
			}
		}
		require.EqualValues(t, want, n)
		approvals += n
	}
	require.EqualValues(t, len(numbers), approvals)
	require.Equal(t, lower(numbers), got.MedianRounds)
	require.EqualValues(t, len(waits), got.Waited.Count)
	require.InDelta(t, lower(waits), got.Waited.Median, float64(time.Minute), "the clock runs on a little")
	require.InDelta(t, lower(works), got.Worked.Median, float64(time.Minute))
	if n := len(works); n > 0 { // nine of ten are not above it, and fewer than that are below
		slices.Sort(works)
		require.InDelta(t, works[(9*n+9)/10-1], got.Worked.Ninety, float64(time.Minute))
	}
	require.Equal(t, curation.PriceChange{Count: int64(len(firsts)), MedianFirst: lower(firsts), MedianApproved: lower(lasts), MedianPercent: lower(percents), Up: up, Same: same, Down: down}, got.Prices)

	total := int64(0)
	for _, list := range [][]curation.Reasons{got.ByCategory, got.ByRegion} {
		for _, x := range list {
			require.Equal(t, returns[x.Code], x.Returns)
			for _, a := range curation.Aspects() {
				require.Equal(t, aspects[x.Code+string(a)], x.Aspects[a])
			}
			total += x.Returns
		}
	}
	for _, n := range returns {
		total -= n
	}
	require.Zero(t, total, "no category and no region is left out")
	require.Len(t, got.Curators, len(decided))
	for _, c := range got.Curators {
		require.Equal(t, decided[c.CuratorID], c.Decided)
		require.Equal(t, c.Decided, c.Approved+c.Returned+c.Refused)
		require.NotEmpty(t, c.Name)
	}
}

// lower is the middle one, the lower of two.
func lower[T int64 | money.Rupiah | time.Duration](list []T) T {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[(len(list)-1)/2]
}
