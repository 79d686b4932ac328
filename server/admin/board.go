package admin

import (
	"fmt"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// This file holds the parts of the page about the installation. Bounds are those
// of deploy/alerts.yml.

func (b *board) programPart() {
	p := b.part("program")
	me := b.sys.Runs.Process()
	add(p, "version", me.Version)
	add(p, "uptime", age(time.Since(me.Started)))
	instances, err := b.sys.Runs.Instances(b.ctx)
	if unread(p, "instances", err) {
		return
	}
	alive := 0
	for _, i := range instances {
		silent := b.now.Sub(i.SeenAt)
		if silent < time.Minute {
			alive++
		}
		value := text.T("admin.system.instance", "version", i.Version, "age", age(silent))
		l := add(p, "instance", value)
		l.Label = i.Name
		switch {
		case silent >= time.Minute:
			judge(l, true, view.Warn, "instance_gone", "lapakdown")
		case i.Version != me.Version:
			judge(l, true, view.Warn, "instance_version", "lapakschema")
		case b.now.Sub(i.StartedAt) > time.Minute && (i.WorkedAt == nil || b.now.Sub(*i.WorkedAt) > time.Minute):
			judge(l, true, view.Bad, "runner", "lapaknotworking")
		}
		judge(l, i.Skew().Abs() > 5*time.Second, view.Warn, "skew", "lapakclock")
	}
	if alive == 0 {
		judge(add(p, "instances", "0"), true, view.Bad, "runner", "lapaknotworking")
	}
	skew := b.sys.Skew()
	judge(add(p, "skew", fmt.Sprintf("%d ms", skew.Milliseconds())), skew.Abs() > 5*time.Second, view.Warn, "skew", "lapakclock")
}

func (b *board) databasePart() {
	p := b.part("database")
	kind := "PostgreSQL"
	if b.sys.Database.Dialect() == database.SQLite {
		kind = "SQLite"
	}
	add(p, "engine", kind)
	if size, err := b.sys.Database.Size(b.ctx); !unread(p, "size", err) {
		add(p, "size", bytes(size))
	}
	if schema, program, err := b.sys.Database.Versions(b.ctx); !unread(p, "schema", err) {
		l := add(p, "schema", text.T("admin.system.schema", "schema", schema, "program", program))
		judge(l, schema < program, view.Bad, "schema_behind", "lapakschema")
		judge(l, schema > program, view.Warn, "schema_ahead", "lapakschema")
	}
	pools := b.sys.Database.Pools()
	for _, name := range sorted(pools) {
		pool := pools[name]
		l := add(p, "pool", text.T("admin.system.pool", "used", pool.InUse, "open", pool.Open, "most", pool.Max, "waited", pool.Waited))
		if len(pools) > 1 {
			l.Label += " (" + name + ")"
		}
		judge(l, pool.InUse >= pool.Max && pool.Max > 1, view.Warn, "pool", "lapakdatabasebusy")
	}
}

func (b *board) jobsPart() {
	p := b.part("pekerjaan")
	h, err := b.sys.Jobs.Look(b.ctx)
	if unread(p, "queues", err) {
		return
	}
	byQueue := map[string]map[string]int64{"default": {}, "slow": {}}
	for _, d := range h.Depths {
		if byQueue[d.Queue] == nil {
			byQueue[d.Queue] = map[string]int64{}
		}
		byQueue[d.Queue][d.State] += d.Count
	}
	var givenUp int64
	for _, queue := range sorted(byQueue) {
		n := byQueue[queue]
		givenUp += n["discarded"]
		l := add(p, "queues", text.T("admin.system.queue", "ready", n["available"], "running", n["running"], "later", n["scheduled"], "again", n["retryable"]))
		l.Label = text.T("admin.system.line.queue", "name", queue)
	}
	judge(add(p, "oldest_job", age(h.Oldest)), h.Oldest > 5*time.Minute, view.Bad, "jobs_old", "lapakjobsold")
	judge(add(p, "given_up", count(givenUp)), givenUp > 0, view.Warn, "jobs_given_up", "lapakjobsgivenup")
	done, err := b.sys.Jobs.LastDone(b.ctx, b.sys.Kinds.Poll, b.sys.Kinds.Timers, b.sys.Kinds.Sweep)
	if unread(p, "last_job", err) {
		return
	}
	for _, job := range []struct {
		kind, label string
		most        time.Duration
	}{
		{b.sys.Kinds.Poll, "last_poll", 10 * time.Minute}, {b.sys.Kinds.Timers, "last_timers", 10 * time.Minute},
		{b.sys.Kinds.Sweep, "last_sweep", 3 * time.Hour},
	} {
		at, known := done[job.kind]
		if !known {
			judge(add(p, job.label, text.T("admin.system.never_day")), true, view.Warn, "job_late", "lapakjobsold")
			continue
		}
		since := time.Since(at) // jobs are stamped by the machine's clock, not by the shop's
		judge(add(p, job.label, text.T("admin.system.ago", "age", age(since), "when", stamp(at))), since > job.most, view.Warn, "job_late", "lapakjobsold")
	}
}

func (b *board) gatewayPart() {
	p := b.part("gateway")
	add(p, "gateway", b.sys.Settings.XenditBaseURL)
	if last := b.sys.Calls.LastAnswer(); last.IsZero() {
		add(p, "last_answer", text.T("admin.system.never_since"))
	} else {
		add(p, "last_answer", text.T("admin.system.ago", "age", age(time.Since(last)), "when", stamp(last)))
	}
	hour := b.sys.Calls.Hour()
	l := add(p, "calls", text.T("admin.system.calls", "ok", hour["ok"], "rejected", hour["rejected"], "retry", hour["retry"], "unknown", hour["unknown"]))
	silent := hour["retry"] + hour["unknown"]
	judge(l, silent > 0 && silent >= hour["ok"]+hour["rejected"], view.Bad, "gateway", "lapakgatewayfailing")
	h, err := b.sys.Payments.Health(b.ctx)
	if unread(p, "unknown", err) {
		return
	}
	l = add(p, "unknown", text.T("admin.system.unknown", "payments", h.Unknown.Payments, "refunds", h.Unknown.Refunds, "payouts", h.Unknown.Payouts))
	judge(l, h.OldestUnknown > 15*time.Minute, view.Bad, "unknown", "lapakunknownoutcome")
	judge(add(p, "unmade", count(h.Unmade)), h.Unmade > 0, view.Warn, "unmade", "lapakpaymentsunmade")
	add(p, "open", count(h.Open))
	judge(add(p, "problems", count(h.Problems)), h.Problems > 0, view.Bad, "problems", "lapakdisagreement")
	if h.LastCallback == nil {
		add(p, "last_callback", text.T("admin.system.never"))
	} else {
		add(p, "last_callback", b.ago(*h.LastCallback))
	}
	judge(add(p, "callbacks_held", count(h.CallbacksHeld+h.CallbacksUnreadable)), h.CallbacksHeld+h.CallbacksUnreadable > 0, view.Warn, "callbacks", "lapakcallbacksheld")
	add(p, "callbacks_unmatched", count(h.CallbacksUnmatched))
	bad := b.sys.BadTokens()
	judge(add(p, "bad_tokens", count(bad)), bad > 0, view.Warn, "bad_tokens", "lapakcallbacktokens")
}

func (b *board) moneyPart() {
	p := b.part("money")
	stranded, err := b.sys.Checkout.Stranded(b.ctx)
	if unread(p, "stranded", err) {
		return
	}
	h, err := b.sys.Finance.Health(b.ctx)
	if unread(p, "stranded", err) {
		return
	}
	l := add(p, "stranded", text.T("admin.system.stranded", "count", stranded.Items+h.Strays, "amount", stranded.Amount+h.StrayAmount))
	judge(l, max(stranded.Oldest, h.OldestStray) > 48*time.Hour, view.Warn, "stranded", "lapaksuspense")
	l = add(p, "withdrawals", count(h.Withdrawals))
	judge(l, h.OldestAsked > 72*time.Hour, view.Warn, "withdrawals", "lapakwithdrawalswait")
	judge(add(p, "payouts_stuck", count(h.PayoutsStuck)), h.PayoutsStuck > 0, view.Warn, "payouts_stuck", "lapakpayoutsstuck")
	if pay, err := b.sys.Payments.Health(b.ctx); err == nil {
		add(p, "awaiting_account", count(pay.AwaitingAccount))
	}
}

func (b *board) messagesPart() {
	p := b.part("messages")
	channels, err := b.sys.Messages.Health(b.ctx)
	if unread(p, "messages", err) {
		return
	}
	set := map[string]bool{"mail": b.sys.Settings.SMTPURL != "", "whatsapp": b.sys.Settings.WhatsAppURL != ""}
	for _, name := range sorted(channels) {
		h := channels[name]
		last := text.T("admin.system.never")
		if h.LastSent != nil {
			last = b.ago(*h.LastSent)
		}
		l := add(p, "messages", text.T("admin.system.channel", "queued", h.Queued, "failed", h.Failed, "last", last))
		l.Label = text.T("admin.outbox.tab." + name)
		judge(l, !set[name] && h.LastSent == nil, view.Warn, "channel_missing", "lapakmessagesstuck")
		judge(l, h.Failed > 0, view.Warn, "messages_failed", "lapakmessagesfailed")
		judge(l, h.Oldest > 15*time.Minute, view.Warn, "messages_old", "lapakmessagesstuck")
	}
}

func (b *board) picturesPart() {
	p := b.part("pictures")
	kind, _, _ := strings.Cut(b.sys.Settings.MediaURL, ":")
	storage := add(p, "storage", text.T("admin.system.storage_ok", "kind", kind))
	if err := b.sys.Pictures.Reachable(b.ctx); err != nil {
		storage.Value = text.T("admin.system.storage_down", "kind", kind)
		judge(storage, true, view.Bad, "storage", "lapakstoragedown")
	}
	h, err := b.sys.Pictures.Health(b.ctx)
	if unread(p, "pictures", err) {
		return
	}
	add(p, "pictures", text.T("admin.system.pictures", "count", h.Pictures, "size", bytes(h.Bytes)))
	add(p, "renditions", count(h.Waiting))
	judge(add(p, "pictures_failed", count(h.Failed)), h.Failed > 0, view.Warn, "pictures_failed", "lapakpictureslost")
}

func (b *board) runsPart() {
	p := b.part("runs")
	for _, r := range []struct {
		kind  string
		most  time.Duration
		alert string
	}{{runs.Backup, 26 * time.Hour, "lapakbackupold"}, {runs.Audit, 36 * time.Hour, "lapakauditold"}} {
		last, err := b.sys.Runs.Last(b.ctx, r.kind)
		if fault.Is(err, fault.KindNotFound) {
			judge(add(p, r.kind, text.T("admin.system.never")), true, view.Warn, r.kind+"_never", r.alert)
			continue
		}
		if unread(p, r.kind, err) {
			continue
		}
		l := add(p, r.kind, b.runValue(last))
		switch last.Outcome {
		case runs.Failed:
			judge(l, true, view.Bad, r.kind+"_failed", "lapakbackupfailed")
			l.Detail = last.Note
		case runs.Findings:
			judge(l, true, view.Bad, r.kind+"_findings", "lapakauditfindings")
			l.Detail = last.Report
		case runs.Running:
			judge(l, b.now.Sub(last.StartedAt) > 3*time.Hour, view.Warn, r.kind+"_stuck", r.alert)
		case runs.OK:
		}
		done, err := b.sys.Runs.LastDone(b.ctx, r.kind)
		tooOld := err != nil || done.FinishedAt == nil || b.now.Sub(*done.FinishedAt) > r.most
		judge(l, tooOld && l.Tone == "", view.Warn, r.kind+"_old", r.alert)
	}
	for _, kind := range []string{runs.Restore, runs.Import, runs.Migrate, runs.Keys} {
		if last, err := b.sys.Runs.Last(b.ctx, kind); err == nil {
			l := add(p, kind, b.runValue(last))
			judge(l, last.Outcome == runs.Failed, view.Warn, "run_failed", "")
			if last.Outcome == runs.Failed {
				l.Detail = last.Note
			}
		}
	}
}

// runValue says when a run was, how it ended and what it counted.
func (b *board) runValue(r runs.Run) string {
	parts := []string{text.T("admin.system.outcome." + string(r.Outcome)), b.ago(r.StartedAt)}
	if r.FinishedAt != nil {
		parts = append(parts, text.T("admin.system.took", "age", age(r.FinishedAt.Sub(r.StartedAt))))
	}
	for _, name := range sorted(r.Counts) {
		parts = append(parts, fmt.Sprintf("%s %d", name, r.Counts[name]))
	}
	return strings.Join(parts, " · ")
}

func (b *board) reviewPart() {
	p := b.part("review")
	h, err := b.sys.Review.Health(b.ctx)
	if unread(p, "review", err) {
		return
	}
	add(p, "review", count(h.Waiting))
	if h.Waiting > 0 {
		add(p, "review_oldest", age(h.Oldest))
	}
	judge(add(p, "review_overdue", count(h.Overdue)), h.Overdue > 0, view.Warn, "review_overdue", "lapakreviewoverdue")
}
