// Package admin holds the administrator's pages: an overview, the messages that
// left the house, and the trail of one object.
package admin

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/admin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Messages lists what was sent.
type Messages interface {
	Outbox(ctx context.Context) ([]notify.Sent, error)
}

// Curation counts what waits for curators.
type Curation interface {
	Counts(ctx context.Context, actor account.Actor) (curation.Counts, error)
}

// Finance counts what waits for finance.
type Finance interface {
	Tasks(ctx context.Context, actor account.Actor) ([]finance.Task, error)
	Queue(ctx context.Context, actor account.Actor, states []finance.State, before int64, limit int) ([]finance.Withdrawal, error)
}

// People names who acted.
type People interface {
	Users(ctx context.Context, ids []int64) (map[int64]account.User, error)
}

// Deps are the neighbours; main fills them.
type Deps struct {
	Messages Messages
	Curation Curation
	Finance  Finance
	People   People
	// Trail reads what was done to one object, oldest first (package trail).
	Trail func(ctx context.Context, object string, id int64) ([]trail.Row, error)
	// Demo opens the outbox to everybody, so that whoever tries the demo can read
	// what a buyer or maker gets on their phone. Never set outside the demo:
	// messages hold addresses and one-time codes.
	Demo bool
	// Staff and Agencies are what the roles desk asks; nil leaves the page out.
	Staff    Staff
	Agencies func(ctx context.Context) ([]program.Agency, error)
	// Delivery is what tariffs and last days are set through; nil leaves them out.
	Delivery *delivery.Service
	// Settings are the bounds and waiting times that can be changed; nil leaves the page out.
	Settings Settings
	// System is what the page about the installation asks; nil leaves the page out.
	System *System
}

type area struct{ Deps }

// Routes returns the administrator's routes.
func Routes(d Deps) []web.Route {
	a := area{d}
	routes := []web.Route{
		{Method: http.MethodGet, Path: "/admin", Handler: a.overview},
		{Method: http.MethodGet, Path: "/admin/kotak-keluar", Handler: a.outbox},
		{Method: http.MethodGet, Path: "/admin/jejak", Handler: a.trail},
	}
	if a.Staff != nil {
		routes = append(routes, a.staffRoutes()...)
	}
	if a.Delivery != nil {
		routes = append(routes, a.sendRoutes()...)
	}
	if a.Settings != nil {
		routes = append(routes,
			web.Route{Method: http.MethodGet, Path: settingsPath, Handler: a.settings},
			web.Route{Method: http.MethodPost, Path: settingsPath, Handler: a.setSetting})
	}
	if a.System != nil {
		routes = append(routes,
			web.Route{Method: http.MethodGet, Path: "/admin/sistem", Handler: a.system},
			web.Route{Method: http.MethodGet, Path: "/admin/sistem/pekerjaan", Handler: a.job},
			web.Route{Method: http.MethodPost, Path: "/admin/sistem/pekerjaan", Handler: a.actOnJob})
	}
	return routes
}

func (a area) frame(c *web.Ctx, title string) view.Private {
	p := c.Private(title)
	p.Area = text.T("admin.area")
	for _, l := range []struct{ key, path, icon string }{
		{"admin.nav.overview", "/admin", "home"}, {"admin.nav.staff", "/admin/petugas", "user"}, {"admin.nav.outbox", "/admin/kotak-keluar", "message"}, {"admin.nav.trail", "/admin/jejak", "list"},
		{"tariff.nav", sendPath, "truck"}, {"financepage.nav.channels", "/keuangan/saluran", "money"}, {"admin.nav.settings", settingsPath, "edit"}, {"admin.nav.system", "/admin/sistem", "info"},
	} {
		if l.path == "/admin/sistem" && a.System == nil || l.path == sendPath && a.Delivery == nil || l.path == staffPath && a.Staff == nil || l.path == settingsPath && a.Settings == nil {
			continue
		}
		current := c.Route.Path == l.path || l.path != "/admin" && strings.HasPrefix(c.Route.Path, l.path+"/")
		p.Nav = append(p.Nav, view.Link{Label: text.T(l.key), URL: l.path, Icon: l.icon, Current: current})
	}
	return p
}

func (a area) overview(c *web.Ctx) error {
	counts, err := a.Curation.Counts(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	tasks, err := a.Finance.Tasks(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	asked, err := a.Finance.Queue(c.Context(), c.Actor, nil, 0, 200)
	if err != nil {
		return err
	}
	sent, err := a.Messages.Outbox(c.Context())
	if err != nil {
		return err
	}
	failed := 0
	for _, m := range sent {
		if m.State == "failed" {
			failed++
		}
	}
	stat := func(key string, n int, url string, tone view.Tone) view.Stat {
		s := view.Stat{Label: text.T(key), Value: strconv.Itoa(n), URL: url}
		if n > 0 {
			s.Tone = tone
		}
		return s
	}
	v := pages.Overview{Page: a.frame(c, text.T("admin.overview.title")), Stats: []view.Stat{
		stat("admin.stat.curation", int(counts.Holds[curation.Anyone]), "/kurasi", view.Neutral), stat("admin.stat.overdue", int(counts.Dues[curation.Late]), "/kurasi", view.Bad),
		stat("admin.stat.withdrawals", len(asked), "/keuangan", view.Neutral), stat("admin.stat.tasks", len(tasks), "/keuangan/tugas", view.Warn),
		stat("admin.stat.failed", failed, "/admin/kotak-keluar?status=failed", view.Bad),
	}, Links: []view.Link{
		{Label: text.T("admin.nav.outbox"), Note: text.T("admin.overview.outbox"), URL: "/admin/kotak-keluar", Icon: "message"},
		{Label: text.T("admin.nav.trail"), Note: text.T("admin.overview.trail"), URL: "/admin/jejak", Icon: "list"},
		{Label: text.T("admin.overview.accounts"), Note: text.T("admin.overview.accounts_text"), URL: "/keuangan/neraca", Icon: "chart"},
		{Label: text.T("admin.overview.register"), Note: text.T("admin.overview.register_text"), URL: "/dinas/izin", Icon: "check"},
		{Label: text.T("admin.overview.erasures"), Note: text.T("admin.overview.erasures_text"), URL: "/dinas/hapus", Icon: "cross"},
		{Label: text.T("admin.overview.reveals"), Note: text.T("admin.overview.reveals_text"), URL: "/dinas/pembukaan", Icon: "eye"},
	}}
	if a.System != nil {
		v.Links = append(v.Links, view.Link{Label: text.T("admin.nav.system"), Note: text.T("admin.overview.system"), URL: "/admin/sistem", Icon: "info"})
		last, err := a.System.Runs.LastDone(c.Context(), runs.Audit)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		v.Stats = append(v.Stats, stat("admin.stat.audit", int(last.Counts["findings"]), "/admin/sistem#runs", view.Bad))
	}
	return c.Page(http.StatusOK, pages.OverviewPage(v))
}

func (a area) outbox(c *web.Ctx) error {
	if !a.Demo && !c.Actor.Has(account.RoleAdmin) {
		return fault.NotFound("role")
	}
	sent, err := a.Messages.Outbox(c.Context())
	if err != nil {
		return err
	}
	v := pages.Outbox{}
	if c.Actor.Has(account.RoleAdmin) {
		v.Page = a.frame(c, text.T("admin.outbox.title"))
	} else {
		v.Open = &view.Public{Title: text.T("admin.outbox.title"), NoIndex: true, NoReferrer: true}
	}
	chosen := c.Query("status")
	for _, tab := range []string{"", "mail", "whatsapp", "failed"} {
		link := view.Link{Label: text.T("admin.outbox.all"), URL: "/admin/kotak-keluar", Current: chosen == tab}
		if tab != "" {
			link.Label, link.URL = text.T("admin.outbox.tab."+tab), "/admin/kotak-keluar?status="+tab
		}
		for _, m := range sent {
			if inTab(m, tab) {
				link.Count++
			}
		}
		v.Tabs = append(v.Tabs, link)
	}
	for _, m := range sent {
		if inTab(m, chosen) {
			v.Messages = append(v.Messages, message(m, c.Absolute("/")))
		}
	}
	v.Total = text.T("admin.outbox.total", "count", len(v.Messages))
	return c.Page(http.StatusOK, pages.OutboxPage(v))
}

func inTab(m notify.Sent, tab string) bool {
	return tab == "" || m.Channel == tab || m.State == tab
}

// message is one message as its receiver sees it; base is this site's address.
func message(m notify.Sent, base string) pages.Message {
	out := pages.Message{
		WhatsApp: m.Channel == "whatsapp", To: m.Address, Body: links(m.Body, base), When: calendar.DateTime(m.CreatedAt, "31"),
		State: view.Chip{Tone: view.Wait, Label: text.T("admin.message." + m.State)},
	}
	if !out.WhatsApp {
		out.Subject = m.Subject
	}
	switch m.State {
	case "sent":
		out.State.Tone = view.Good
	case "failed":
		out.State.Tone = view.Bad
	}
	return out
}

// links makes addresses of this site in a message lead there. Other addresses
// stay text: whoever wrote them may not choose where staff go.
func links(body, base string) []pages.Piece {
	var out []pages.Piece
	for body != "" {
		at := strings.Index(body, base)
		if at < 0 {
			return append(out, pages.Piece{Text: body})
		}
		if at > 0 {
			out = append(out, pages.Piece{Text: body[:at]})
		}
		end := strings.IndexAny(body[at:], " \n\t")
		if end < 0 {
			end = len(body) - at
		}
		address := body[at : at+end]
		// "//elsewhere" would leave this site: Local lets only our own paths through.
		out = append(out, pages.Piece{Text: address, URL: web.Local("/"+strings.TrimPrefix(address, base), "")})
		body = body[at+end:]
	}
	return out
}

// objects are what the trail can be asked about.
var objects = []string{
	"submission", "product", "shop", "order", "purchase", "withdrawal", "bank_account", "suspense_item", "unmatched_payment",
	"user", "role", "grant", "job", "consent", "session", "picture", "agency", "setting",
}

func (a area) trail(c *web.Ctx) error {
	if !c.Actor.Has(account.RoleAdmin) {
		return fault.NotFound("role")
	}
	object, typed := c.Query("objek"), strings.TrimSpace(c.Query("id"))
	v := pages.Trail{Page: a.frame(c, text.T("admin.trail.title")), ID: typed, Asked: object != "" || typed != ""}
	for _, o := range objects {
		v.Objects = append(v.Objects, view.Option{Value: o, Label: text.T("admin.object." + o), Selected: o == object})
	}
	if !v.Asked {
		return c.Page(http.StatusOK, pages.TrailPage(v))
	}
	id, err := strconv.ParseInt(typed, 10, 64)
	bad := fault.Invalid("fault.form")
	if !slices.Contains(objects, object) {
		bad.With("objek", "admin.trail.bad_object")
	}
	if err != nil || id <= 0 {
		bad.With("id", "admin.trail.bad_id")
	}
	if bad.OrNil() != nil {
		v.Asked, v.Errors = false, web.Errors(bad)
		return c.Page(http.StatusUnprocessableEntity, pages.TrailPage(v))
	}
	rows, err := a.Trail(c.Context(), object, id)
	if err != nil {
		return err
	}
	if v.Rows, err = a.rows(c.Context(), rows); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.TrailPage(v))
}

func (a area) rows(ctx context.Context, rows []trail.Row) (view.Table, error) {
	t := view.Table{Caption: text.T("admin.trail.title"), Empty: text.T("admin.trail.none"), Columns: []view.Column{
		{Label: text.T("admin.col.time")}, {Label: text.T("admin.col.who")}, {Label: text.T("admin.col.did")}, {Label: text.T("admin.col.note")},
	}}
	var ids []int64
	for _, r := range rows {
		ids = append(ids, r.ActorID, r.SubjectID)
	}
	people, err := a.People.Users(ctx, ids)
	if err != nil {
		return t, err
	}
	for _, r := range rows {
		who := view.Cell{Text: text.T("admin.trail.system")}
		if r.ActorID > 0 {
			who.Text = people[r.ActorID].Name
		}
		if r.SubjectID > 0 && r.SubjectID != r.ActorID {
			who.Note = text.T("admin.trail.for", "name", people[r.SubjectID].Name)
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{{Text: stamp(r.CreatedAt)}, who, {Text: verb(r.Verb), Note: r.Verb}, {Text: r.Note}}})
	}
	return t, nil
}

// stamp writes a moment by the capital's clock, to the second: the trail is
// compared with logs.
func stamp(t time.Time) string {
	t = t.In(calendar.WIB)
	return calendar.Date(t) + ", " + t.Format("15.04.05 MST")
}

// verb says what was done; one without a sentence is shown as it is recorded.
func verb(code string) string {
	if key := "admin.verb." + code; text.Has(key) {
		return text.T(key)
	}
	return code
}
