package metrics

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sample is one value of a gauge, as read.
type Sample struct {
	Name   string // must be declared with the source
	Labels []string
	Value  float64
}

// Gauge declares a gauge of a source.
type Gauge struct {
	Name   string
	Help   string
	Labels []string
}

// Source reads gauges from the packages that own the rows.
type Source struct {
	Name   string // short, for lapak_source_failed
	Gauges []Gauge
	Read   func(context.Context) ([]Sample, error)
}

// Pace bounds what scrapes cost: a source is read at most once in Keep, within
// Timeout, by one scrape at a time.
type Pace struct{ Keep, Timeout time.Duration }

// DefaultPace reads a source at most every fifteen seconds and for three.
func DefaultPace() Pace { return Pace{Keep: 15 * time.Second, Timeout: 3 * time.Second} }

// AddSource has every scrape show what the source read. When reading fails its
// gauges are left out, so that no old value looks true, and
// lapak_source_failed{source} is 1. It panics on a gauge declared twice.
func (s *Set) AddSource(src Source, pace Pace) {
	c := &collector{src: src, pace: pace, descs: map[string]*prometheus.Desc{}}
	for _, g := range src.Gauges {
		if _, twice := c.descs[g.Name]; twice {
			panic("metrics: " + g.Name + " twice")
		}
		c.descs[g.Name] = prometheus.NewDesc(g.Name, g.Help, g.Labels, nil)
	}
	c.failed = prometheus.NewDesc("lapak_source_failed", "1 when the gauges of a source could not be read.", nil, prometheus.Labels{"source": src.Name})
	s.registry.MustRegister(c)
}

type collector struct {
	src    Source
	pace   Pace
	descs  map[string]*prometheus.Desc
	failed *prometheus.Desc

	mu   sync.Mutex
	read time.Time
	kept []prometheus.Metric
}

// Describe declares the source's gauges.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		out <- d
	}
	out <- c.failed
}

// Collect sends what was read lately, or reads.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read.IsZero() || time.Since(c.read) >= c.pace.Keep {
		c.kept = c.fresh()
		c.read = time.Now()
	}
	for _, m := range c.kept {
		out <- m
	}
}

func (c *collector) fresh() (out []prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), c.pace.Timeout)
	defer cancel()
	type answer struct {
		samples []Sample
		err     error
	}
	got := make(chan answer, 1)
	go func() { // a source may not heed its context; the scrape still ends
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a = answer{err: fmt.Errorf("metrics: %s: %v", c.src.Name, p)}
			}
			got <- a
		}()
		a.samples, a.err = c.src.Read(ctx)
	}()
	var a answer
	select {
	case a = <-got:
	case <-ctx.Done():
		a.err = ctx.Err()
	}
	failed := 0.0
	if a.err != nil {
		failed, a.samples = 1, nil
	}
	for _, s := range a.samples {
		d, known := c.descs[s.Name]
		if !known {
			failed = 1
			continue
		}
		m, err := prometheus.NewConstMetric(d, prometheus.GaugeValue, s.Value, s.Labels...)
		if err != nil {
			failed = 1
			continue
		}
		out = append(out, m)
	}
	return append(out, prometheus.MustNewConstMetric(c.failed, prometheus.GaugeValue, failed))
}
