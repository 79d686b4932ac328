package main

import (
	"context"
	"time"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/metrics"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/ledger"
)

// samples collects values of declared gauges.
type samples []metrics.Sample

func (s *samples) add(name string, value float64, labels ...string) {
	*s = append(*s, metrics.Sample{Name: name, Value: value, Labels: labels})
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func gauge(name, help string, labels ...string) metrics.Gauge {
	return metrics.Gauge{Name: name, Help: help, Labels: labels}
}

// gauges joins what the packages count to the metrics. Each source is read from
// the package that owns the rows, seldom and for a bounded time.
func (a *app) gauges() {
	for _, src := range a.sources() {
		a.metrics.AddSource(src, metrics.DefaultPace())
	}
}

func (a *app) sources() []metrics.Source {
	return []metrics.Source{
		a.databaseGauges(), a.jobGauges(), a.moneyGauges(), a.reviewGauges(), a.messageGauges(), a.pictureGauges(), a.runGauges(),
	}
}

func (a *app) databaseGauges() metrics.Source {
	return metrics.Source{Name: "database", Gauges: []metrics.Gauge{
		gauge("lapak_database_connections", "Connections to the database, by handle and state.", "pool", "state"),
		gauge("lapak_database_waits", "How often somebody waited for a connection since the start.", "pool"),
		gauge("lapak_database_wait_seconds", "How long in all.", "pool"),
		gauge("lapak_database_bytes", "Size of the database."),
		gauge("lapak_schema_version", "Version of the schema, in the database and of the program.", "of"),
		gauge("lapak_clock_skew_seconds", "This process's clock minus the database's."),
		gauge("lapak_job_runner_working", "1 when this process's job runner worked something off within a minute."),
		gauge("lapak_instances", "Processes that told within a minute that they live."),
	}, Read: func(ctx context.Context) ([]metrics.Sample, error) {
		var out samples
		for name, p := range a.db.Pools() {
			out.add("lapak_database_connections", float64(p.Max), name, "max")
			out.add("lapak_database_connections", float64(p.Open), name, "open")
			out.add("lapak_database_connections", float64(p.InUse), name, "in_use")
			out.add("lapak_database_waits", float64(p.Waited), name)
			out.add("lapak_database_wait_seconds", p.Wait.Seconds(), name)
		}
		size, err := a.db.Size(ctx)
		if err != nil {
			return nil, err
		}
		schema, program, err := a.db.Versions(ctx)
		if err != nil {
			return nil, err
		}
		out.add("lapak_database_bytes", float64(size))
		out.add("lapak_schema_version", float64(schema), "database")
		out.add("lapak_schema_version", float64(program), "program")
		out.add("lapak_clock_skew_seconds", time.Duration(a.live.skew.Load()).Seconds())
		runner := a.live.runner.Load()
		out.add("lapak_job_runner_working", flag(runner != nil && runner.Working()))
		instances, err := a.runs.Instances(ctx)
		if err != nil {
			return nil, err
		}
		now, err := a.now(ctx)
		if err != nil {
			return nil, err
		}
		alive := 0
		for _, i := range instances {
			if now.Sub(i.SeenAt) < time.Minute {
				alive++
			}
		}
		out.add("lapak_instances", float64(alive))
		return out, nil
	}}
}

func (a *app) jobGauges() metrics.Source {
	return metrics.Source{Name: "jobs", Gauges: []metrics.Gauge{
		gauge("lapak_jobs", "Jobs by queue and state (available, running, scheduled, retryable, discarded).", "queue", "state"),
		gauge("lapak_jobs_oldest_seconds", "How long the oldest job that could run has been waiting."),
	}, Read: func(ctx context.Context) ([]metrics.Sample, error) {
		h, err := jobs.Look(ctx, a.db)
		if err != nil {
			return nil, err
		}
		var out samples
		seen := map[[2]string]bool{}
		for _, d := range h.Depths {
			out.add("lapak_jobs", float64(d.Count), d.Queue, d.State)
			seen[[2]string{d.Queue, d.State}] = true
		}
		for _, queue := range []string{"default", "slow"} {
			for _, state := range []string{"available", "running", "scheduled", "retryable", "discarded"} {
				if !seen[[2]string{queue, state}] {
					out.add("lapak_jobs", 0, queue, state)
				}
			}
		}
		out.add("lapak_jobs_oldest_seconds", h.Oldest.Seconds())
		return out, nil
	}}
}

func (a *app) moneyGauges() metrics.Source {
	return metrics.Source{Name: "money", Gauges: []metrics.Gauge{
		gauge("lapak_payments_open", "Invoices that wait for buyers."),
		gauge("lapak_payments_unmade", "Payments older than ten minutes without an invoice."),
		gauge("lapak_unknown_outcomes", "Calls to the gateway whose outcome nobody knows yet.", "of"),
		gauge("lapak_unknown_oldest_seconds", "Age of the oldest of them."),
		gauge("lapak_refunds_awaiting_account", "Refunds that wait for the payer's account."),
		gauge("lapak_gateway_disagreements", "Payments and payouts of which gateway and record say different things."),
		gauge("lapak_callbacks_open", "Callbacks that were not confirmed, by state.", "state"),
		gauge("lapak_callback_last_timestamp_seconds", "When a callback last came; 0 when none ever did."),
		gauge("lapak_suspense_items", "Unmatched, late or wrong payments that nobody decided on."),
		gauge("lapak_suspense_rupiah", "Rupiah in suspense, by the journal."),
		gauge("lapak_suspense_oldest_seconds", "Age of the oldest undecided payment."),
		gauge("lapak_withdrawals_waiting", "Withdrawals that wait for a decision."),
		gauge("lapak_withdrawals_oldest_seconds", "Age of the oldest of them."),
		gauge("lapak_payouts_stuck", "Withdrawals approved more than a day ago and not paid."),
	}, Read: func(ctx context.Context) ([]metrics.Sample, error) {
		h, err := a.payments.Health(ctx)
		if err != nil {
			return nil, err
		}
		stranded, err := a.checkout.Stranded(ctx)
		if err != nil {
			return nil, err
		}
		desk, err := a.finance.Health(ctx)
		if err != nil {
			return nil, err
		}
		suspense, err := a.books.Balance(ctx, ledger.Account{Kind: ledger.Suspense})
		if err != nil {
			return nil, err
		}
		var out samples
		out.add("lapak_payments_open", float64(h.Open))
		out.add("lapak_payments_unmade", float64(h.Unmade))
		out.add("lapak_unknown_outcomes", float64(h.Unknown.Payments), "payment")
		out.add("lapak_unknown_outcomes", float64(h.Unknown.Refunds), "refund")
		out.add("lapak_unknown_outcomes", float64(h.Unknown.Payouts), "payout")
		out.add("lapak_unknown_oldest_seconds", h.OldestUnknown.Seconds())
		out.add("lapak_refunds_awaiting_account", float64(h.AwaitingAccount))
		out.add("lapak_gateway_disagreements", float64(h.Problems))
		out.add("lapak_callbacks_open", float64(h.CallbacksWaiting), "new")
		out.add("lapak_callbacks_open", float64(h.CallbacksHeld), "held")
		out.add("lapak_callbacks_open", float64(h.CallbacksUnmatched), "unmatched")
		out.add("lapak_callbacks_open", float64(h.CallbacksUnreadable), "unreadable")
		last := 0.0
		if h.LastCallback != nil {
			last = float64(h.LastCallback.Unix())
		}
		out.add("lapak_callback_last_timestamp_seconds", last)
		out.add("lapak_suspense_items", float64(stranded.Items+desk.Strays))
		out.add("lapak_suspense_rupiah", float64(suspense))
		out.add("lapak_suspense_oldest_seconds", max(stranded.Oldest, desk.OldestStray).Seconds())
		out.add("lapak_withdrawals_waiting", float64(desk.Withdrawals))
		out.add("lapak_withdrawals_oldest_seconds", desk.OldestAsked.Seconds())
		out.add("lapak_payouts_stuck", float64(desk.PayoutsStuck))
		return out, nil
	}}
}

func (a *app) reviewGauges() metrics.Source {
	return metrics.Source{Name: "review", Gauges: []metrics.Gauge{
		gauge("lapak_review_waiting", "Submissions that wait for a curator."),
		gauge("lapak_review_overdue", "Those that wait longer than promised."),
		gauge("lapak_review_oldest_seconds", "Age of the oldest of them."),
		gauge("lapak_review_promise_days", "Working days that makers are promised."),
	}, Read: func(ctx context.Context) ([]metrics.Sample, error) {
		h, err := a.curation.Health(ctx)
		if err != nil {
			return nil, err
		}
		var out samples
		out.add("lapak_review_waiting", float64(h.Waiting))
		out.add("lapak_review_overdue", float64(h.Overdue))
		out.add("lapak_review_oldest_seconds", h.Oldest.Seconds())
		out.add("lapak_review_promise_days", float64(h.Promise))
		return out, nil
	}}
}

func (a *app) messageGauges() metrics.Source {
	return metrics.Source{Name: "messages", Gauges: []metrics.Gauge{
		gauge("lapak_messages_queued", "Messages that wait to be sent.", "channel"),
		gauge("lapak_messages_failed", "Messages of the last seven days that could not be sent.", "channel"),
		gauge("lapak_messages_oldest_seconds", "Age of the oldest waiting message.", "channel"),
	}, Read: func(ctx context.Context) ([]metrics.Sample, error) {
		channels, err := a.messages.Health(ctx)
		if err != nil {
			return nil, err
		}
		var out samples
		for name, h := range channels {
			out.add("lapak_messages_queued", float64(h.Queued), name)
			out.add("lapak_messages_failed", float64(h.Failed), name)
			out.add("lapak_messages_oldest_seconds", h.Oldest.Seconds(), name)
		}
		return out, nil
	}}
}

func (a *app) pictureGauges() metrics.Source {
	return metrics.Source{Name: "pictures", Gauges: []metrics.Gauge{
		gauge("lapak_pictures", "Pictures kept."),
		gauge("lapak_pictures_bytes", "Bytes of pictures and renditions."),
		gauge("lapak_pictures_failed", "Pictures whose master cannot be read."),
		gauge("lapak_storage_up", "1 when the picture storage answers."),
	}, Read: func(ctx context.Context) ([]metrics.Sample, error) {
		h, err := a.pictures.Health(ctx)
		if err != nil {
			return nil, err
		}
		var out samples
		out.add("lapak_pictures", float64(h.Pictures))
		out.add("lapak_pictures_bytes", float64(h.Bytes))
		out.add("lapak_pictures_failed", float64(h.Failed))
		out.add("lapak_storage_up", flag(a.pictures.Reachable(ctx) == nil))
		return out, nil
	}}
}

// watchedRuns are the operations whose age and outcome are shown.
var watchedRuns = []string{runs.Audit, runs.Backup}

func (a *app) runGauges() metrics.Source {
	return metrics.Source{Name: "runs", Gauges: []metrics.Gauge{
		gauge("lapak_run_done_timestamp_seconds", "When an operation last came to its end, by kind; 0 when never.", "kind"),
		gauge("lapak_run_failed", "1 when the last operation of a kind failed.", "kind"),
		gauge("lapak_audit_findings", "Findings of the last audit."),
	}, Read: func(ctx context.Context) ([]metrics.Sample, error) {
		var out samples
		findings := int64(0)
		for _, kind := range watchedRuns {
			done, failed := 0.0, false
			last, err := a.runs.Last(ctx, kind)
			if err == nil {
				failed = last.Outcome == runs.Failed
			} else if !fault.Is(err, fault.KindNotFound) {
				return nil, err
			}
			good, err := a.runs.LastDone(ctx, kind)
			if err == nil && good.FinishedAt != nil {
				done = float64(good.FinishedAt.Unix())
				if kind == runs.Audit {
					findings = good.Counts["findings"]
				}
			} else if err != nil && !fault.Is(err, fault.KindNotFound) {
				return nil, err
			}
			out.add("lapak_run_done_timestamp_seconds", done, kind)
			out.add("lapak_run_failed", flag(failed), kind)
		}
		out.add("lapak_audit_findings", float64(findings))
		return out, nil
	}}
}
