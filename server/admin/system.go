package admin

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/admin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// System is what the page about the installation asks. It shows numbers and
// names of settings, never a person or a secret.
type System struct {
	Runs interface {
		Process() runs.Process
		Last(ctx context.Context, kind string) (runs.Run, error)
		LastDone(ctx context.Context, kind string) (runs.Run, error)
		Instances(ctx context.Context) ([]runs.Instance, error)
	}
	Database interface {
		Dialect() string
		Size(ctx context.Context) (int64, error)
		Versions(ctx context.Context) (schema, program int64, err error)
		Pools() map[string]database.Pool
	}
	Jobs     Jobs
	Kinds    struct{ Poll, Timers, Sweep string } // of the jobs that must run again and again
	Payments interface {
		Health(ctx context.Context) (payment.Health, error)
	}
	Calls interface {
		LastAnswer() time.Time
		Hour() map[string]int64
	}
	Checkout interface {
		Stranded(ctx context.Context) (checkout.Stranded, error)
	}
	Finance interface {
		Health(ctx context.Context) (finance.Health, error)
	}
	Review interface {
		Health(ctx context.Context) (curation.Health, error)
	}
	Messages interface {
		Health(ctx context.Context) (map[string]notify.ChannelHealth, error)
	}
	Pictures interface {
		Health(ctx context.Context) (media.Health, error)
		Reachable(ctx context.Context) error
	}
	BadTokens func() int64         // callbacks with a wrong token since this process started
	Skew      func() time.Duration // this process's clock minus the database's
	Now       func(context.Context) (time.Time, error)
	Settings  config.Settings
	Orders    order.Settings
	Purchases checkout.Settings
	Prices    int // percent a live price may move without review
}

// Jobs shows jobs and acts on failed ones.
type Jobs interface {
	Look(ctx context.Context) (jobs.Health, error)
	Troubles(ctx context.Context, limit int) ([]jobs.Trouble, error)
	LastDone(ctx context.Context, kinds ...string) (map[string]time.Time, error)
	// Retry and Remove are for administrators; they leave a trail. Fault: not found
	// for a job that did not fail.
	Retry(ctx context.Context, actor account.Actor, jobID int64) error
	Remove(ctx context.Context, actor account.Actor, jobID int64) error
}

// mostTroubles is how many failed jobs the page lists.
const mostTroubles = 50

func (a area) system(c *web.Ctx) error {
	now, err := a.System.Now(c.Context())
	if err != nil {
		return err
	}
	b := &board{ctx: c.Context(), now: now, sys: a.System}
	b.programPart()
	b.databasePart()
	b.jobsPart()
	b.gatewayPart()
	b.moneyPart()
	b.messagesPart()
	b.picturesPart()
	b.runsPart()
	b.reviewPart()
	v := pages.System{
		Page: a.frame(c, text.T("admin.system.title")), Parts: b.parts, Problems: b.problems(), Jobs: b.troubles(), Settings: settingsOf(a.System.Settings),
		Rules: a.rules(c.Context()),
	}
	return c.Page(http.StatusOK, pages.SystemPage(v))
}

// job asks for confirmation before a failed job is tried again or forgotten.
func (a area) job(c *web.Ctx) error {
	if c.Query("id") == "" {
		return c.SeeOther("/admin/sistem#pekerjaan") // the list is there
	}
	t, err := a.failedJob(c.Context(), c.Query("id"))
	if err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.JobPage(pages.Job{Page: a.frame(c, text.T("admin.job.title")), Failed: failed(t)}))
}

func (a area) actOnJob(c *web.Ctx) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	if form.Get("id") == "" {
		return fault.Invalid("fault.form")
	}
	t, err := a.failedJob(c.Context(), form.Get("id"))
	if err != nil {
		return err
	}
	switch form.Get("aksi") {
	case "ulang":
		err = a.System.Jobs.Retry(c.Context(), c.Actor, t.ID)
		c.Flash(view.Good, "admin.job.retried")
	case "lupakan":
		err = a.System.Jobs.Remove(c.Context(), c.Actor, t.ID)
		c.Flash(view.Good, "admin.job.removed")
	default:
		err = fault.Invalid("fault.form")
	}
	if err != nil {
		return err
	}
	return c.SeeOther("/admin/sistem#pekerjaan")
}

func (a area) failedJob(ctx context.Context, typed string) (jobs.Trouble, error) {
	id, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || id <= 0 {
		return jobs.Trouble{}, fault.NotFound("job " + typed)
	}
	all, err := a.System.Jobs.Troubles(ctx, 1000)
	if err != nil {
		return jobs.Trouble{}, err
	}
	for _, t := range all {
		if t.ID == id {
			return t, nil
		}
	}
	return jobs.Trouble{}, fault.NotFound("job " + typed)
}

func failed(t jobs.Trouble) pages.FailedJob {
	f := pages.FailedJob{
		ID: t.ID, Kind: t.Kind, Error: t.Error, GivenUp: t.GivenUp,
		Tries: text.T("admin.job.tries", "count", t.Attempt, "most", t.Max),
	}
	if !t.LastTime.IsZero() {
		f.When = stamp(t.LastTime)
	}
	return f
}

// board collects the lines of the page. Each part is read by itself: what cannot
// be read says so and the rest is shown.
type board struct {
	ctx   context.Context
	now   time.Time
	sys   *System
	parts []pages.Part
}

func (b *board) part(id string) *pages.Part {
	b.parts = append(b.parts, pages.Part{ID: id, Title: text.T("admin.system.part." + id)})
	return &b.parts[len(b.parts)-1]
}

// add writes one line without judgement.
func add(p *pages.Part, label, value string) *pages.Line {
	p.Lines = append(p.Lines, pages.Line{Label: text.T("admin.system.line." + label), Value: value})
	return &p.Lines[len(p.Lines)-1]
}

// judge marks a line that somebody has to look at: what is wrong and what to do
// stand in admin.system.do.KEY, and the guide has more under the alert's name.
func judge(l *pages.Line, wrong bool, tone view.Tone, key, alert string) {
	if !wrong {
		return
	}
	l.Tone, l.Do = tone, text.T("admin.system.do."+key)
	if alert != "" {
		l.Guide = "docs/operating.md#alert-" + alert
	}
}

// unread says that a line's value could not be read.
func unread(p *pages.Part, label string, err error) bool {
	if err == nil {
		return false
	}
	judge(add(p, label, text.T("admin.system.unread")), true, view.Bad, "unread", "lapaksourcefailed")
	return true
}

func (b *board) problems() []pages.Problem {
	var out []pages.Problem
	for _, tone := range []view.Tone{view.Bad, view.Warn} {
		for _, p := range b.parts {
			for _, l := range p.Lines {
				if l.Tone == tone {
					out = append(out, pages.Problem{Part: p.Title, Anchor: p.ID, Label: l.Label, Value: l.Value, Do: l.Do, Tone: tone})
				}
			}
		}
	}
	return out
}

func (b *board) troubles() []pages.FailedJob {
	all, err := b.sys.Jobs.Troubles(b.ctx, mostTroubles)
	if err != nil {
		return nil // the part about jobs says so
	}
	out := make([]pages.FailedJob, len(all))
	for i, t := range all {
		out[i] = failed(t)
	}
	return out
}

// ago says how long something has been over, and when it was.
func (b *board) ago(t time.Time) string {
	return text.T("admin.system.ago", "age", age(b.now.Sub(t)), "when", stamp(t))
}

// age rounds a time to what one would say.
func age(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return text.T("admin.system.age.seconds", "count", int(d.Seconds()))
	case d < 2*time.Hour:
		return text.T("admin.system.age.minutes", "count", int(d.Minutes()))
	case d < 48*time.Hour:
		return text.T("admin.system.age.hours", "count", int(d.Hours()))
	}
	return text.T("admin.system.age.days", "count", int(d.Hours()/24))
}

// bytes writes a size with one digit after the comma.
func bytes(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, names := float64(n), []string{"B", "kB", "MB", "GB", "TB"}
	at := 0
	for value >= unit && at < len(names)-1 {
		value /= unit
		at++
	}
	return strings.Replace(fmt.Sprintf("%.1f %s", value, names[at]), ".", ",", 1)
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// settingsOf are the settings of this process, without secrets.
func settingsOf(s config.Settings) []pages.Meaning {
	var out []pages.Meaning
	for _, d := range config.Describe(s) {
		m := pages.Meaning{Name: d.Name, Value: d.Value, From: text.T("admin.system.from." + string(d.From)), Meaning: d.Meaning}
		if d.Value == "" {
			m.Value, m.From = text.T("admin.system.from.missing"), ""
		}
		out = append(out, m)
	}
	return out
}

// rules are the bounds and deadlines of trade, each with its meaning.
func (a area) rules(ctx context.Context) []pages.Meaning {
	s := a.System
	promised := curation.DefaultPromise
	if h, err := s.Review.Health(ctx); err == nil { // this page is drawn without a database, too
		promised = h.Promise
	}
	var out []pages.Meaning
	for _, r := range []struct{ key, value string }{
		{"pay_within", age(s.Purchases.PayWithin)}, {"carts_last", age(s.Purchases.CartsLast)}, {"link_lasts", age(s.Purchases.LinkLasts)},
		{"pickup_tries", count(s.Orders.PickupTries)}, {"pickup_pause", age(s.Orders.PickupPause)}, {"contact_visible", age(s.Orders.ContactVisible)},
		{"withdraw_least", finance.Smallest.String()}, {"withdraw_most", finance.Largest.String()},
		{"rest", age(account.RestAfterReset)}, {"price_band", strconv.Itoa(s.Prices) + " %"},
		{"review_promise", text.T("admin.system.working_days", "count", promised)}, {"review_lease", age(curation.Lease)},
	} {
		out = append(out, pages.Meaning{Name: text.T("admin.rule.name." + r.key), Value: r.value, Meaning: text.T("admin.rule.meaning." + r.key)})
	}
	return out
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
