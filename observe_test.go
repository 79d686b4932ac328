package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/runs"
)

func read(t *testing.T, address string) (int, string) {
	t.Helper()
	res, err := (&http.Client{Timeout: patience}).Get(address)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(raw)
}

// metricNames are the names that a scrape shows or declares; a histogram's are
// those of its series.
func metricNames(scrape string) map[string]bool {
	names := map[string]bool{}
	for _, line := range strings.Split(scrape, "\n") {
		if f := strings.Fields(line); len(f) >= 3 && f[0] == "#" && f[1] == "TYPE" {
			names[f[2]] = true
			if len(f) > 3 && f[3] == "histogram" {
				names[f[2]+"_bucket"], names[f[2]+"_sum"], names[f[2]+"_count"] = true, true, true
			}
		}
	}
	return names
}

// The metrics are on their own listener, whole, and nowhere on the site; what the
// alerts ask for exists.
func TestMetricsAreOnThePrivateListenerOnly(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		stop, err := w.serveMetrics("127.0.0.1:0")
		require.NoError(t, err)
		defer func() { require.NoError(t, stop(context.Background())) }()
		private := "http://" + w.live.metrics.Load().(string)

		for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars"} {
			status, body := read(t, w.url+path)
			require.Equal(t, http.StatusNotFound, status, path)
			require.NotContains(t, body, "go_goroutines")
		}
		status, _ := read(t, private+"/debug/pprof/")
		require.Equal(t, http.StatusOK, status)
		status, _ = read(t, private+"/admin")
		require.Equal(t, http.StatusNotFound, status, "the site is not on the private listener")

		w.product(t, "Nastar", 40_000, catalog.ModeStock, 3)
		status, _ = read(t, w.url+"/produk")
		require.Equal(t, http.StatusOK, status)
		scrape := ""
		soon(t, "every source is read in its three seconds", func() bool {
			status, scrape = read(t, private+"/metrics")
			return status == http.StatusOK && !regexp.MustCompile(`lapak_source_failed\{[^}]*\} 1`).MatchString(scrape)
		})
		require.Contains(t, scrape, `lapak_http_requests_total{method="GET",route="/produk",status="2xx"} 1`)
		require.Contains(t, scrape, `lapak_storage_up 1`)
		require.NotContains(t, scrape, `lapak_source_failed{source="money"} 1`)
		for _, source := range []string{"database", "jobs", "money", "review", "messages", "pictures", "runs"} {
			require.Contains(t, scrape, `lapak_source_failed{source="`+source+`"} 0`)
		}
		require.NotRegexp(t, `route="[^"]*[A-Z0-9]{6}`, scrape, "labels are patterns, never addresses")

		names := metricNames(scrape)
		raw, err := os.ReadFile("deploy/alerts.yml")
		require.NoError(t, err)
		asked := regexp.MustCompile(`\b(?:lapak|go|process)_[a-z_]+`).FindAllString(string(raw), -1)
		require.NotEmpty(t, asked)
		for _, name := range asked {
			require.True(t, names[name], "alerts.yml asks for %s, which no scrape has", name)
		}
	})
}

func TestReadyMeansThatDatabaseSchemaAndJobsWork(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		soon(t, "ready", func() bool {
			status, _ := read(t, w.url+"/readyz")
			return status == http.StatusOK
		})
		status, _ := read(t, w.url+"/healthz")
		require.Equal(t, http.StatusOK, status)

		soon(t, "it tells the others that it lives", func() bool {
			seen, err := w.runs.Instances(t.Context())
			return err == nil && len(seen) == 1 && seen[0].Name == w.runs.Process().Name
		})

		_, err := w.db.SQL().Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
		require.NoError(t, err)
		status, _ = read(t, w.url+"/readyz")
		require.Equal(t, http.StatusOK, status, "a newer schema is not this process's trouble until it restarts")

		// A runner that does nothing: the process must not be sent visitors.
		runner := w.live.runner.Swap(nil)
		status, body := read(t, w.url+"/readyz")
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Equal(t, "not ready\n", body, "why is in the log, not in the answer")
		w.live.runner.Store(runner)

		_, err = w.db.SQL().Exec("ALTER TABLE goose_db_version RENAME TO goose_gone")
		require.NoError(t, err)
		status, body = read(t, w.url+"/readyz")
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Equal(t, "not ready\n", body)
		_, err = w.db.SQL().Exec("ALTER TABLE goose_gone RENAME TO goose_db_version")
		require.NoError(t, err)
		_, err = w.db.SQL().Exec("DELETE FROM goose_db_version WHERE version_id >= 17")
		require.NoError(t, err)
		status, _ = read(t, w.url+"/readyz")
		require.Equal(t, http.StatusServiceUnavailable, status, "an older schema")
	})
}

func TestTheNightsAuditIsMadeOnceAndRecorded(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		first, err := w.auditOnce(t.Context(), "2026-11-22")
		require.NoError(t, err)
		require.True(t, first)
		again, err := w.auditOnce(t.Context(), "2026-11-22")
		require.NoError(t, err)
		require.False(t, again)
		last, err := w.runs.Last(t.Context(), runs.Audit)
		require.NoError(t, err)
		require.Equal(t, runs.OK, last.Outcome)

		w.product(t, "Nastar", 40_000, catalog.ModeStock, 3)
		_, err = w.db.SQL().Exec("UPDATE allotments SET taken = taken + 1")
		require.NoError(t, err)
		w.db.Clock().Advance(time.Hour)
		found, err := w.auditOnce(t.Context(), "2026-11-23")
		require.NoError(t, err)
		require.True(t, found)
		last, err = w.runs.Last(t.Context(), runs.Audit)
		require.NoError(t, err)
		require.Equal(t, runs.Findings, last.Outcome)
		require.Positive(t, last.Counts["findings"])
		require.Contains(t, last.Report, "I1 allotment")
	})
}

func TestTheNightBeginsAtTwoInTheAgencysZone(t *testing.T) {
	jakarta, err := time.LoadLocation("Asia/Jakarta")
	require.NoError(t, err)
	for at, want := range map[string]string{
		"2026-11-22T18:59:00Z": "2026-11-22", // 01.59 WIB
		"2026-11-22T19:00:00Z": "2026-11-23", // 02.00 WIB
		"2026-11-23T05:00:00Z": "2026-11-23",
	} {
		now, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		require.Equal(t, want, night(now, jakarta), at)
	}
}

// The gauges count what is there: each is moved by the row it is about.
func TestGaugesCountWhatIsThere(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
		bought := w.buy(t, w.visitor(t), map[int64]int{jar: 1}, w.shop)
		soon(t, "messages left", func() bool { return w.count(t, "SELECT count(*) FROM messages WHERE state = 'queued'") == 0 })
		soon(t, "pictures are made", func() bool { return w.count(t, "SELECT count(*) FROM pictures WHERE state = 'stored'") == 0 })
		values := func() map[string]float64 {
			out := map[string]float64{}
			for _, src := range w.sources() {
				read, err := src.Read(t.Context())
				require.NoError(t, err, src.Name)
				for _, s := range read {
					out[strings.Join(append([]string{s.Name}, s.Labels...), " ")] = s.Value
				}
			}
			return out
		}
		before := values()
		require.EqualValues(t, 1, before["lapak_payments_open"])
		sent := w.count(t, "SELECT count(*) FROM messages WHERE channel = 'whatsapp'")
		require.Positive(t, sent)
		for _, change := range []struct {
			args  []any
			query string
		}{
			{nil, "UPDATE messages SET state = 'failed'"},
			{[]any{bought.Payment.ID}, "UPDATE payments SET state = 'unknown', gateway_id = '', next_check_at = NULL, problem = 'amount' WHERE id = ?"},
			{nil, "UPDATE submissions SET state = 'submitted'"},
			{nil, "UPDATE pictures SET state = 'failed' WHERE owner_kind <> 'share'"}, // a job may draw those meanwhile
			{[]any{bought.Payment.ID, bought.ID}, `INSERT INTO suspense_items (payment_id, purchase_id, amount, reason, state, opened_at)
				VALUES (?, ?, 7000, 'amount', 'open', '2026-01-01 00:00:00+00:00')`},
		} {
			require.NoError(t, database.InTx(t.Context(), w.db, func(tx *gorm.DB) error { return tx.Exec(change.query, change.args...).Error }), change.query)
		}
		require.NoError(t, w.runs.Record(t.Context(), runs.Backup, time.Minute, runs.Result{Err: errors.New("disk full")}))
		w.db.Clock().Advance(time.Hour)
		after := values()
		for name, want := range map[string]float64{
			"lapak_payments_open": 0, "lapak_payments_unmade": 1, "lapak_unknown_outcomes payment": 1, "lapak_unknown_outcomes payout": 0,
			"lapak_gateway_disagreements": 1, "lapak_suspense_items": 1, "lapak_review_waiting": 1, "lapak_messages_failed whatsapp": float64(sent),
			"lapak_pictures_failed": 1, "lapak_run_failed backup": 1, "lapak_run_failed audit": 0,
			"lapak_run_done_timestamp_seconds backup": 0,
		} {
			require.InDelta(t, want, after[name], 0, name)
		}
		require.Greater(t, after["lapak_unknown_oldest_seconds"], 3000.0)
		require.Greater(t, after["lapak_suspense_oldest_seconds"], 86400.0)
		require.GreaterOrEqual(t, after["lapak_review_oldest_seconds"], 3600.0)
		require.Greater(t, after["lapak_database_bytes"], 100_000.0)
	})
}
