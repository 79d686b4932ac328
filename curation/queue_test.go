package curation_test

import (
	"fmt"
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
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Whatever the filter, every number above the list is what its link shows, paged
// in any step; each thing is in exactly the lists it belongs to; and what falls to
// somebody is what the list says falls to them.
func TestCountsMatchUnderEveryFilter(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 2))
		w := newWorld(t, db)
		var shops []int64
		for i, district := range []string{"35.19.03", "35.20.08", "36.01.17", "36.73.05"} {
			shop, maker := w.shop(fmt.Sprint("Toko ", i), district)
			shops = append(shops, shop.ID)
			for n := range 4 {
				sub := w.draft(shop, maker, fmt.Sprint([]string{"Nastar", "Rompi", "Keset"}[n%3], " ", i))
				category := []string{"kue-kering", "rajut", "besi"}[r.IntN(3)]
				_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Category: &category})
				require.NoError(t, err)
				w.submit(maker, sub)
				db.Clock().Advance(time.Duration(r.IntN(9)) * time.Hour)
			}
		}
		curators := []account.Actor{dimas, yuni, laras}
		for range 3 {
			for _, who := range curators {
				seat := curation.Seat{CuratorID: who.UserID, Lead: r.IntN(3) == 0}
				for _, c := range []string{"kue-kering", "rajut", "besi"} {
					if r.IntN(3) == 0 {
						seat.Categories = append(seat.Categories, c)
					}
				}
				for _, code := range []string{"35", "36.01", "36.73.05"} {
					if r.IntN(3) == 0 {
						seat.Regions = append(seat.Regions, code)
					}
				}
				if cover := curators[r.IntN(3)]; cover.UserID != who.UserID {
					seat.CoverID = cover.UserID
				}
				if r.IntN(3) == 0 {
					seat.From, seat.Until = "2026-11-01", "2026-12-31"
				}
				require.NoError(t, w.desk.SetSeat(ctx, head, seat))
			}
			for _, who := range curators[:2] {
				page, err := w.desk.Queue(ctx, who, curation.Filter{Hold: curation.Free})
				require.NoError(t, err)
				if len(page.Items) > 0 {
					_, err = w.desk.Claim(ctx, who, page.Items[r.IntN(len(page.Items))].SubmissionID)
					require.NoError(t, err)
				}
			}
			for range 12 {
				who := curators[r.IntN(3)]
				if r.IntN(3) == 0 {
					who.KinShops = shops[:1]
				}
				f := curation.Filter{
					Category: []string{"", "", "rajut"}[r.IntN(3)], Query: []string{"", "", "nastar", "toko 1"}[r.IntN(4)],
					Regions: [][]string{nil, nil, {"35"}, {"36.01"}}[r.IntN(4)], Kind: []catalog.SubmissionKind{"", catalog.SubmissionNew, catalog.SubmissionEdit}[r.IntN(3)],
				}
				if r.IntN(3) == 0 {
					f.Shops = shops[1:3]
				}
				w.countsMatch(who, f, 1+r.IntN(6))
			}
			db.Clock().Advance(time.Duration(r.IntN(60)) * time.Hour)
		}
		w.sound()
	})
}

// countsMatch walks every hold and due of a filter, in pages of the size.
func (w *world) countsMatch(who account.Actor, f curation.Filter, size int) {
	w.t.Helper()
	seats, err := w.desk.Seats(ctx, head)
	require.NoError(w.t, err)
	present := false // somebody is there to do the work
	everything := map[curation.Due][]curation.Item{}
	for _, due := range []curation.Due{curation.Whenever, curation.Late, curation.Today} {
		for _, hold := range []curation.Hold{curation.Anyone, curation.ForMe, curation.Free, curation.Mine} {
			f.Hold, f.Due = hold, due
			items, counts := w.walk(who, f, size)
			if hold == curation.Anyone {
				everything[due] = items
			}
			require.EqualValues(w.t, len(items), counts.Holds[hold], "%+v", f)
			require.EqualValues(w.t, len(items), counts.Dues[due], "%+v", f)
			var want []int64
			for _, it := range everything[curation.Whenever] {
				mine := it.Claim != nil && it.Claim.CuratorID == who.UserID
				if (due == curation.Whenever || it.Due == due) && (hold == curation.Anyone || hold == curation.Free && it.Claim == nil ||
					hold == curation.Mine && mine || hold == curation.ForMe && slices.Contains(it.For, who.Name)) {
					want = append(want, it.SubmissionID)
				}
			}
			var got []int64
			for _, it := range items {
				got = append(got, it.SubmissionID)
				require.NotContains(w.t, who.KinShops, it.ShopID)
			}
			require.Equal(w.t, want, got, "%+v", f)
		}
	}
	for _, s := range seats {
		present = present || !s.Away(noon.Format(time.DateOnly))
	}
	for _, it := range everything[curation.Whenever] {
		require.Equal(w.t, present, len(it.For) > 0, "it is somebody's as long as somebody is there")
	}
}

// walk reads a whole queue in pages and checks its order.
func (w *world) walk(who account.Actor, f curation.Filter, size int) (items []curation.Item, counts curation.Counts) {
	w.t.Helper()
	f.Limit = size
	for {
		page, err := w.desk.Queue(ctx, who, f)
		require.NoError(w.t, err)
		items, counts = append(items, page.Items...), page.Counts
		if page.Next == "" {
			break
		}
		f.Cursor = page.Next
	}
	require.True(w.t, slices.IsSortedFunc(items, func(a, b curation.Item) int { return a.FirstSubmittedAt.Compare(b.FirstSubmittedAt) }))
	return items, counts
}

func TestAReturnedProductKeepsItsPlaceAndItsNeighbours(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		first := w.draft(shop, maker, "Nastar")
		d := w.claimed(maker, first, dimas)
		db.Clock().Advance(time.Hour)
		second := w.submit(maker, w.draft(shop, maker, "Kastengel"))
		db.Clock().Advance(time.Hour)
		third := w.submit(maker, w.draft(shop, maker, "Lidah kucing"))
		_, err := w.desk.Claim(ctx, dimas, d.SubmissionID)
		require.NoError(t, err)
		require.NoError(t, w.desk.Return(ctx, dimas, d, note("Tulis berat bersih.")))
		sub, err := w.cat.Submission(ctx, head, first.ID)
		require.NoError(t, err)
		next, err := w.desk.Next(ctx, dimas, curation.Filter{}, sub)
		require.NoError(t, err)
		require.Equal(t, second.ID, next)

		db.Clock().Advance(7 * 24 * time.Hour)
		w.retitle(maker, first.ID, "Nastar 500 gram")
		again := w.submit(maker, first)
		items, _ := w.walk(yuni, curation.Filter{}, 1)
		require.Equal(t, []int64{first.ID, second.ID, third.ID}, []int64{items[0].SubmissionID, items[1].SubmissionID, items[2].SubmissionID})
		require.Equal(t, []curation.Due{curation.Whenever, curation.Late, curation.Late}, []curation.Due{items[0].Due, items[1].Due, items[2].Due},
			"the promise counts from the last sending")
		require.Equal(t, catalog.Record{Sent: 4}, items[0].Record)

		before, after, err := w.desk.Neighbours(ctx, yuni, curation.Filter{}, second)
		require.NoError(t, err)
		require.Equal(t, []int64{first.ID, third.ID}, []int64{before, after})
		before, after, err = w.desk.Neighbours(ctx, yuni, curation.Filter{Due: curation.Late}, again)
		require.NoError(t, err)
		require.Equal(t, []int64{0, second.ID}, []int64{before, after}, "from outside the list, too")

		// What another reads is passed over; after the last, the first again; then none.
		_, err = w.desk.Claim(ctx, yuni, third.ID)
		require.NoError(t, err)
		next, err = w.desk.Next(ctx, dimas, curation.Filter{}, second)
		require.NoError(t, err)
		require.Equal(t, first.ID, next)
		next, err = w.desk.Next(ctx, dimas, curation.Filter{Query: "kastengel"}, second)
		require.NoError(t, err)
		require.Zero(t, next)

		// An appeal asks the desk anew: its promise begins now.
		d = curation.Decision{SubmissionID: first.ID, RevisionID: again.Revision.ID}
		_, err = w.desk.Claim(ctx, dimas, first.ID)
		require.NoError(t, err)
		require.NoError(t, w.desk.Refuse(ctx, dimas, d, "Belum boleh dijual.", nil))
		db.Clock().Advance(20 * 24 * time.Hour)
		_, err = w.desk.Appeal(ctx, maker, first.ID, "Sudah boleh.", w.form())
		require.NoError(t, err)
		items, _ = w.walk(yuni, curation.Filter{Query: "nastar"}, 1)
		require.Equal(t, curation.Whenever, items[0].Due)
		w.sound()
	})
}

func TestWhoElseIsHere(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.submit(maker, w.draft(shop, maker, "Nastar"))
		here := func(who account.Actor) []string {
			t.Helper()
			names, err := w.desk.Attend(ctx, who, sub.ID)
			require.NoError(t, err)
			return names
		}
		require.Empty(t, here(dimas))
		require.Equal(t, []string{"Dimas"}, here(yuni))
		require.Equal(t, []string{"Yuni"}, here(dimas))
		require.Equal(t, []string{"Dimas", "Yuni"}, here(laras))
		db.Clock().Advance(curation.Present - time.Second)
		here(yuni) // her page still asks
		db.Clock().Advance(2 * time.Second)
		require.Equal(t, []string{"Yuni"}, here(dimas))
		db.Clock().Advance(2 * time.Hour)
		here(dimas)
		var rows int64
		require.NoError(t, db.Read(ctx).Raw("SELECT COUNT(*) FROM desk_presence").Scan(&rows).Error)
		require.EqualValues(t, 1, rows, "what is long over is forgotten")
		for _, who := range []account.Actor{{}, maker, officer} {
			_, err := w.desk.Attend(ctx, who, sub.ID)
			key(t, err, fault.KindNotFound)
		}
		far := head
		far.Territory = []string{"33"}
		_, err := w.desk.Attend(ctx, far, sub.ID)
		key(t, err, fault.KindNotFound)
	})
}

// With many waiting, the queue asks as often as with few, and both databases
// read the list in the order of the index and count within it.
func TestTheQueueAsksAsOftenForManyAsForFew(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.submit(maker, w.draft(shop, maker, "Nastar"))
		_, err := w.desk.Claim(ctx, yuni, sub.ID)
		require.NoError(t, err)
		require.NoError(t, w.desk.SetSeat(ctx, head, curation.Seat{CuratorID: dimas.UserID, Regions: []string{"35"}, Categories: []string{"kue-kering", "lainnya"}}))

		var asked atomic.Int64
		type statement struct {
			sql  string
			vars []any
		}
		var seen []statement
		note := func(tx *gorm.DB) {
			asked.Add(1)
			if sql := tx.Statement.SQL.String(); strings.Contains(sql, "FROM submissions s") {
				seen = append(seen, statement{sql, slices.Clone(tx.Statement.Vars)})
			}
		}
		callbacks := db.Read(ctx).Callback()
		require.NoError(t, callbacks.Query().After("*").Register("desk", note))
		require.NoError(t, callbacks.Row().After("*").Register("desk", note))
		require.NoError(t, callbacks.Raw().After("*").Register("desk", note))
		filters := []curation.Filter{{}, {Hold: curation.ForMe}, {Due: curation.Late}, {Regions: []string{"35"}, Category: "lainnya"}, {Query: "nastar"}}
		statements := func() (out []int64) {
			t.Helper()
			for _, f := range filters {
				before := asked.Load()
				page, err := w.desk.Queue(ctx, dimas, f)
				require.NoError(t, err)
				require.EqualValues(t, page.Total, page.Counts.Holds[f.Hold])
				out = append(out, asked.Load()-before)
			}
			return out
		}
		few := statements()
		w.crowd(sub, 3000)
		require.Equal(t, few, statements())
		seen = nil
		page, err := w.desk.Queue(ctx, dimas, curation.Filter{})
		require.NoError(t, err)
		require.EqualValues(t, 3001, page.Total)
		page, err = w.desk.Queue(ctx, dimas, curation.Filter{Hold: curation.ForMe})
		require.NoError(t, err)
		require.EqualValues(t, 3001, page.Total)

		explain := "EXPLAIN QUERY PLAN "
		if db.Dialect() == database.Postgres {
			explain = "EXPLAIN "
		}
		require.GreaterOrEqual(t, len(seen), 4, "two lists and their counts")
		pool, err := db.Read(ctx).DB()
		require.NoError(t, err)
		reader, err := pool.Conn(ctx)
		require.NoError(t, err)
		defer func() { require.NoError(t, reader.Close()) }()
		if db.Dialect() == database.Postgres { // here everything waits; elsewhere most was decided long ago
			for _, sql := range []string{"SET enable_seqscan = off", "VACUUM ANALYZE submissions"} {
				_, err = reader.ExecContext(ctx, sql)
				require.NoError(t, err)
			}
		}
		for _, s := range seen {
			sql := s.sql
			var plan strings.Builder
			rows, err := reader.QueryContext(ctx, explain+sql, s.vars...)
			require.NoError(t, err)
			columns, err := rows.Columns()
			require.NoError(t, err)
			for rows.Next() {
				cells := make([]any, len(columns))
				for i := range cells {
					cells[i] = new(any)
				}
				require.NoError(t, rows.Scan(cells...))
				fmt.Fprintln(&plan, *cells[len(cells)-1].(*any))
			}
			require.NoError(t, rows.Close())
			if !strings.Contains(sql, "sealed_at") { // not the records of the shops
				require.Regexp(t, "submissions_(waiting|open)", plan.String(), "%s", sql) // a partial index: what is decided is never read
				require.NotContains(t, plan.String(), "TEMP B-TREE FOR ORDER BY", "%s", sql)
			}
		}
	})
}

// crowd copies a waiting submission n times, each with a product and a revision
// of its own.
func (w *world) crowd(sub catalog.Submission, n int) {
	w.t.Helper()
	series := "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < ?) "
	for _, sql := range []string{
		`INSERT INTO products (shop_id, state, category_id, mode, price, created_by, created_at, updated_at)
			SELECT p.shop_id, 'unpublished', p.category_id, p.mode, p.price, 0, p.created_at, p.updated_at FROM g, products p WHERE p.id = ?`,
		`INSERT INTO submissions (product_id, shop_id, kind, state, base_price, form_key, first_submitted_at, submitted_at, created_by, created_at, updated_at, category_id)
			SELECT (SELECT MAX(id) FROM products) - g.n + 1, s.shop_id, s.kind, 'submitted', 0, 'ramai-' || g.n, s.first_submitted_at, s.submitted_at, 0, s.created_at, s.updated_at, s.category_id
			FROM g, submissions s WHERE s.product_id = ?`,
	} {
		require.NoError(w.t, w.exec(series+sql, n, sub.ProductID))
	}
	require.NoError(w.t, w.exec(`INSERT INTO revisions (submission_id, product_id, number, title, title_key, category_id, price, mode, lead_days, created_by, created_at, updated_at, sealed_at)
		SELECT s.id, s.product_id, 1, 'Ramai', 'ramai', r.category_id, r.price, r.mode, r.lead_days, 0, r.created_at, r.created_at, r.sealed_at
		FROM submissions s, revisions r WHERE s.form_key LIKE 'ramai-%' AND r.submission_id = ?`, sub.ID))
	require.NoError(w.t, w.exec(`UPDATE submissions SET revision_id = (SELECT r.id FROM revisions r WHERE r.submission_id = submissions.id) WHERE form_key LIKE 'ramai-%'`))
}
