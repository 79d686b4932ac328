package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/metrics"
)

func scrape(t *testing.T, s *metrics.Set) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
	return w.Body.String()
}

func TestRequestsAreCountedByPatternAndClass(t *testing.T) {
	s := metrics.New("v1")
	s.Begin()
	s.Begin()
	s.End("/produk/:slug", "GET", 200, time.Millisecond)
	s.End("", "GET", 404, time.Millisecond)
	s.Begin()
	s.End("/masuk", "POST", 422, time.Millisecond)
	s.Begin()
	s.End("/masuk", "POST", 429, time.Millisecond)
	s.Begin()
	s.End("/", "GET", 0, time.Millisecond)
	s.Begin()
	body := scrape(t, s)
	for _, line := range []string{
		`lapak_http_requests_total{method="GET",route="/produk/:slug",status="2xx"} 1`,
		`lapak_http_requests_total{method="GET",route="(none)",status="4xx"} 1`,
		`lapak_http_requests_total{method="GET",route="/",status="gone"} 1`,
		`lapak_sign_in_refused_total 2`, `lapak_rate_limited_total{route="/masuk"} 1`,
		`lapak_http_requests_in_flight 1`, `lapak_build_info{version="v1"} 1`,
	} {
		require.Contains(t, body, line)
	}
}

func TestAScrapeReadsSeldomAndNeverHangs(t *testing.T) {
	s := metrics.New("v1")
	var reads atomic.Int64
	s.AddSource(metrics.Source{Name: "good", Gauges: []metrics.Gauge{{Name: "lapak_test_good", Help: "x", Labels: []string{"q"}}},
		Read: func(context.Context) ([]metrics.Sample, error) {
			return []metrics.Sample{{Name: "lapak_test_good", Labels: []string{"a"}, Value: float64(reads.Add(1))}}, nil
		}}, metrics.Pace{Keep: time.Hour, Timeout: time.Minute})
	release := make(chan struct{})
	defer close(release)
	s.AddSource(metrics.Source{Name: "deaf", Gauges: []metrics.Gauge{{Name: "lapak_test_deaf", Help: "x"}},
		Read: func(context.Context) ([]metrics.Sample, error) { <-release; return nil, nil }}, metrics.Pace{Keep: time.Hour, Timeout: 10 * time.Millisecond})
	s.AddSource(metrics.Source{Name: "broken", Gauges: []metrics.Gauge{{Name: "lapak_test_broken", Help: "x"}},
		Read: func(context.Context) ([]metrics.Sample, error) {
			return []metrics.Sample{{Name: "lapak_test_broken", Value: 1}}, errors.New("no database")
		}}, metrics.Pace{Keep: 0, Timeout: time.Minute})
	s.AddSource(metrics.Source{Name: "wild", Gauges: []metrics.Gauge{{Name: "lapak_test_wild", Help: "x"}},
		Read: func(context.Context) ([]metrics.Sample, error) { panic("boo") }}, metrics.Pace{Keep: time.Hour, Timeout: time.Minute})
	for range 3 {
		body := scrape(t, s)
		require.Contains(t, body, `lapak_test_good{q="a"} 1`)
		require.Contains(t, body, `lapak_source_failed{source="good"} 0`)
		require.Contains(t, body, `lapak_source_failed{source="deaf"} 1`)
		require.Contains(t, body, `lapak_source_failed{source="broken"} 1`)
		require.Contains(t, body, `lapak_source_failed{source="wild"} 1`)
		require.NotContains(t, body, "lapak_test_broken", "a value that may be wrong is not shown")
	}
	require.EqualValues(t, 1, reads.Load())
	require.Panics(t, func() {
		s.AddSource(metrics.Source{Name: "again", Gauges: []metrics.Gauge{{Name: "x"}, {Name: "x"}}}, metrics.DefaultPace())
	})
}
