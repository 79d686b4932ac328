package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// purchaseBudget is how many statements the five requests of a guest's purchase
// from two shops may ask: two products into the cart, the form, the form with an
// address and couriers, the press on pay. Whoever needs one more says here why;
// whoever saves one lowers it. Beginnings and ends of transactions and the jobs
// that are inserted are not in it, nor what the jobs ask (docs/performance.md).
const purchaseBudget = 75

func TestAPurchaseAsksNoMoreThanItsBudget(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.PostgresAddress(t))
	tailor := w.another(t)
	jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10)
	mask := tailor.product(t, "Masker uji", 7_500, catalog.ModeStock, 10)
	var mu sync.Mutex
	var asked []string
	note := func(db *gorm.DB) {
		if db.Statement.Context.Value(http.ServerContextKey) == nil {
			return // a job, not a request
		}
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, strings.Join(strings.Fields(db.Statement.SQL.String()), " "))
	}
	callbacks := w.db.Read(t.Context()).Callback()
	for _, register := range []func(string, func(*gorm.DB)) error{
		callbacks.Query().After("*").Register, callbacks.Row().After("*").Register, callbacks.Raw().After("*").Register,
		callbacks.Create().After("*").Register, callbacks.Update().After("*").Register, callbacks.Delete().After("*").Register,
	} {
		require.NoError(t, register("budget", note))
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	_, _, err := newGuest(w.url, "", transport).buys(w.gateway, map[int64]int64{w.shop: jar, tailor.shop: mask})
	require.NoError(t, err)
	mu.Lock()
	defer mu.Unlock()
	require.LessOrEqual(t, len(asked), purchaseBudget, "the statements of a purchase:\n%s", strings.Join(asked, "\n"))
	require.Greater(t, len(asked), purchaseBudget/2, "they are counted at all")
	require.Equal(t, 1, strings.Count(strings.Join(asked, "\n"), `INSERT INTO "orders"`), "both orders are written at once")
}
