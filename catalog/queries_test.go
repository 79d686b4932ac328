package catalog_test

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
)

func lines(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	all, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return all[1:]
}

// stock puts the goods of testdata/window.csv on sale: what stands in the shop
// window of the demo world's notes.
func (w *world) stock() {
	w.t.Helper()
	type run struct {
		shop  catalog.Shop
		maker account.Actor
	}
	shops := map[string]run{}
	for _, l := range lines(w.t, "testdata/window.csv") {
		r, known := shops[l[1]]
		if !known {
			r.shop, r.maker = w.shop(l[1], l[2])
			shops[l[1]] = r
		}
		price, err := strconv.Atoi(l[6])
		require.NoError(w.t, err)
		sub := w.draft(r.shop, r.maker, goods{title: l[4], description: l[8], category: l[3], price: money.Rupiah(price), mode: catalog.Mode(l[7])})
		_, err = w.cat.SaveDraft(ctx, r.maker, sub.ID, catalog.DraftChange{Unit: &l[5]})
		require.NoError(w.t, err)
		w.approve(r.maker, sub)
	}
}

// What people type finds what they mean among the first five, on both databases
// alike (testdata/queries.csv).
func TestWhatPeopleTypeFindsWhatTheyMean(t *testing.T) {
	queries := lines(t, "testdata/queries.csv")
	require.GreaterOrEqual(t, len(queries), 80)
	answers := map[string][]string{}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.stock()
		for _, q := range queries {
			page, err := w.cat.Products(ctx, catalog.Filter{Query: q[0], Limit: 5})
			require.NoError(t, err, q[0])
			got := titles(page.Products)
			if !slices.Contains(got, q[1]) {
				t.Errorf("%q (%s) finds %s, not %s", q[0], q[2], strings.Join(got, " | "), q[1])
			}
			if answers[q[0]] == nil {
				answers[q[0]] = got
			}
			require.Equal(t, answers[q[0]], got, "%q: both databases answer alike", q[0])
		}
		// The control: it is not because everything is found.
		for _, q := range []string{"lampung", "sepeda motor", "zzz", "';--"} {
			page, err := w.cat.Products(ctx, catalog.Filter{Query: q, Limit: 5, Category: "rajut"})
			require.NoError(t, err)
			require.Less(t, page.Total, int64(6), q)
		}
		page, err := w.cat.Products(ctx, catalog.Filter{Query: "sepeda motor"})
		require.NoError(t, err)
		require.Empty(t, page.Products)
	})
}
