// Package curator is the curation desk: the queue of what waits, one submission
// with all that belongs to it, and the decisions.
package curator

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Curation is what the desk asks of package curation.
type Curation interface {
	Queue(ctx context.Context, actor account.Actor, f curation.Filter) (curation.Page, error)
	Counts(ctx context.Context, actor account.Actor) (curation.Counts, error)
	Review(ctx context.Context, actor account.Actor, submissionID int64) (curation.Review, error)
	Claim(ctx context.Context, actor account.Actor, submissionID int64) (curation.Claim, error)
	Release(ctx context.Context, actor account.Actor, submissionID int64) error
	Approve(ctx context.Context, actor account.Actor, d curation.Decision) error
	Return(ctx context.Context, actor account.Actor, d curation.Decision, notes []curation.Note) error
	Refuse(ctx context.Context, actor account.Actor, d curation.Decision, reason string) error
}

// Catalog names the categories.
type Catalog interface {
	Categories(ctx context.Context) ([]catalog.Category, error)
}

// Pictures finds stored pictures.
type Pictures interface {
	Pictures(ctx context.Context, ids []int64) (map[int64]media.Picture, error)
}

// Deps are the neighbours; main fills them.
type Deps struct {
	Curation Curation
	Catalog  Catalog
	Pictures Pictures
}

type area struct{ Deps }

// Routes returns the desk's routes. Heads and admins may look, curators decide.
func Routes(d Deps) []web.Route {
	a := area{d}
	return []web.Route{
		{Method: http.MethodGet, Path: "/kurasi", Handler: a.queue},
		{Method: http.MethodGet, Path: "/kurasi/:id", Handler: a.review},
		{Method: http.MethodPost, Path: "/kurasi/:id/pegang", Handler: a.claim},
		{Method: http.MethodPost, Path: "/kurasi/:id/lepas", Handler: a.release},
		{Method: http.MethodPost, Path: "/kurasi/:id/setujui", Handler: a.approve},
		{Method: http.MethodPost, Path: "/kurasi/:id/kembalikan", Handler: a.giveBack},
		{Method: http.MethodPost, Path: "/kurasi/:id/tolak", Handler: a.refuse},
	}
}

// frame is the shell of every page of the desk.
func (a area) frame(c *web.Ctx, title string) view.Private {
	p := c.Private(title)
	p.Area = text.T("curator.area")
	p.Scripts = []string{"js/queue.js"}
	p.Nav = []view.Link{
		{Label: text.T("curator.nav.all"), URL: "/kurasi", Icon: "list", Current: c.Route.Path == "/kurasi" && c.Query("antrean") != string(curation.Mine)},
		{Label: text.T("curator.nav.mine"), URL: "/kurasi?antrean=" + string(curation.Mine), Icon: "user", Current: c.Route.Path == "/kurasi" && c.Query("antrean") == string(curation.Mine)},
	}
	return p
}

// narrowing is the part of an address that narrows the queue. It rides along
// with a submission, so that the next one comes from the same queue.
type narrowing struct {
	hold                          curation.Hold
	query, category, region, kind string
}

func narrowed(q url.Values) narrowing {
	n := narrowing{query: q.Get("q"), category: q.Get("kategori"), region: q.Get("wilayah"), kind: q.Get("jenis")}
	switch h := curation.Hold(q.Get("antrean")); h {
	case curation.Free, curation.Mine:
		n.hold = h
	}
	if n.kind != string(catalog.SubmissionNew) && n.kind != string(catalog.SubmissionEdit) {
		n.kind = ""
	}
	return n
}

// parseFrom reads a narrowing that came with a form or link; whatever it holds,
// only known parameters are taken.
func parseFrom(from string) narrowing {
	q, err := url.ParseQuery(from)
	if err != nil {
		return narrowing{}
	}
	return narrowed(q)
}

// filter is what curation understands.
func (n narrowing) filter() curation.Filter {
	f := curation.Filter{Hold: n.hold, Category: n.category, Kind: catalog.SubmissionKind(n.kind), Query: n.query}
	if n.region != "" {
		f.Regions = []string{n.region}
	}
	return f
}

// active counts the filters that are on, apart from the tab.
func (n narrowing) active() int {
	count := 0
	for _, v := range []string{n.query, n.category, n.region, n.kind} {
		if v != "" {
			count++
		}
	}
	return count
}

func (n narrowing) values() url.Values {
	q := url.Values{}
	for name, v := range map[string]string{"antrean": string(n.hold), "q": n.query, "kategori": n.category, "wilayah": n.region, "jenis": n.kind} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// address is the queue under this narrowing.
func (n narrowing) address(more ...string) string {
	q := n.values()
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] == "" {
			q.Del(more[i])
		} else {
			q.Set(more[i], more[i+1])
		}
	}
	if len(q) == 0 {
		return "/kurasi"
	}
	return "/kurasi?" + q.Encode()
}

// item is the address of one submission, reached from this queue.
func (n narrowing) item(submissionID int64) string {
	address := "/kurasi/" + strconv.FormatInt(submissionID, 10)
	if from := n.values().Encode(); from != "" {
		address += "?dari=" + url.QueryEscape(from)
	}
	return address
}
