// Package metrics counts what the program does and says so in Prometheus' format
// on a listener of its own. It alone knows Prometheus: other packages call the
// small interfaces they declare themselves, which Set fulfils, and main joins
// them.
//
// No label ever holds what somebody typed, an address, an id or a name: routes
// are patterns of the route table, everything else is a word from a fixed list.
package metrics

import (
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Set is the metrics of one process.
type Set struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	panics   prometheus.Counter
	refused  prometheus.Counter
	limited  *prometheus.CounterVec

	jobs     *prometheus.CounterVec
	jobTime  *prometheus.HistogramVec
	calls    *prometheus.CounterVec
	callTime *prometheus.HistogramVec
	back     *prometheus.CounterVec
	storage  prometheus.Counter
}

// New returns an empty set for a program of that version.
func New(version string) *Set {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	s := &Set{
		registry: prometheus.NewRegistry(),
		requests: counter("lapak_http_requests_total", "Answered requests.", "route", "method", "status"),
		latency: histogram("lapak_http_request_seconds", "Time to answer a request.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, "route", "method"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "lapak_http_requests_in_flight", Help: "Requests being answered."}),
		panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: "lapak_http_panics_total", Help: "Requests that ended in a panic."}),
		refused:  prometheus.NewCounter(prometheus.CounterOpts{Name: "lapak_sign_in_refused_total", Help: "Sign-ins that were refused."}),
		limited:  counter("lapak_rate_limited_total", "Requests refused because there were too many.", "route"),
		jobs:     counter("lapak_jobs_worked_total", "Jobs worked off, by kind and outcome (ok, failed, snoozed, cancelled).", "kind", "outcome"),
		jobTime:  histogram("lapak_job_seconds", "Time to work a job off.", []float64{.01, .05, .25, 1, 5, 15, 45, 120, 600}, "kind"),
		calls: counter("lapak_gateway_calls_total", "Calls to the payment gateway, by operation and outcome (ok, rejected, retry, unknown).",
			"operation", "outcome"),
		callTime: histogram("lapak_gateway_call_seconds", "Time of a call to the payment gateway.", []float64{.05, .1, .25, .5, 1, 2, 4, 8}, "operation"),
		back: counter("lapak_callbacks_total",
			"Callbacks of the gateway, by kind and outcome (bad_token, received, repeated, unreadable, done, unmatched, held).", "kind", "outcome"),
		storage: prometheus.NewCounter(prometheus.CounterOpts{Name: "lapak_storage_errors_total", Help: "Pictures that could not be read or written."}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "lapak_build_info", Help: "Always 1; the label names the program's version."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	s.registry.MustRegister(s.requests, s.latency, s.inFlight, s.panics, s.refused, s.limited, s.jobs, s.jobTime, s.calls, s.callTime, s.back, s.storage, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	// Alerts ask for these before the first one happened.
	for _, kind := range []string{"invoice", "payout", "refund"} {
		s.back.WithLabelValues(kind, "bad_token")
		s.back.WithLabelValues(kind, "received")
	}
	for _, outcome := range []string{"ok", "rejected", "retry", "unknown"} {
		s.calls.WithLabelValues("create_invoice", outcome)
	}
	s.requests.WithLabelValues("/", http.MethodGet, "5xx")
	s.limited.WithLabelValues("/masuk")
	return s
}

// Handler answers /metrics.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 3, Timeout: 10 * time.Second})
}

// Begin counts a request that arrived (web.Watch).
func (s *Set) Begin() { s.inFlight.Inc() }

// End counts a request that was answered (web.Watch).
func (s *Set) End(route, method string, status int, took time.Duration) {
	s.inFlight.Dec()
	if route == "" {
		route = "(none)"
	}
	class := "5xx"
	switch {
	case status == 0:
		class = "gone" // the visitor left
	case status < 600 && status >= 100:
		class = string(rune('0'+status/100)) + "xx"
	}
	s.requests.WithLabelValues(route, method, class).Inc()
	s.latency.WithLabelValues(route, method).Observe(took.Seconds())
	if status == http.StatusTooManyRequests {
		s.limited.WithLabelValues(route).Inc()
	}
	if class == "4xx" && method == http.MethodPost && (route == "/masuk" || strings.HasPrefix(route, "/masuk/")) {
		s.refused.Inc()
	}
}

// Panic counts a request that ended in a panic (web.Watch).
func (s *Set) Panic(string) { s.panics.Inc() }

// Worked counts a job (jobs.Watch).
func (s *Set) Worked(kind, outcome string, took time.Duration) {
	s.jobs.WithLabelValues(kind, outcome).Inc()
	s.jobTime.WithLabelValues(kind).Observe(took.Seconds())
}

// GatewayCall counts a call to the gateway (payment.Watch).
func (s *Set) GatewayCall(operation, outcome string, took time.Duration) {
	s.calls.WithLabelValues(operation, outcome).Inc()
	s.callTime.WithLabelValues(operation).Observe(took.Seconds())
}

// Callback counts a callback or what became of it (payment.Watch).
func (s *Set) Callback(kind, outcome string) { s.back.WithLabelValues(kind, outcome).Inc() }

// StorageError counts a picture that could not be read or written.
func (s *Set) StorageError() { s.storage.Inc() }
