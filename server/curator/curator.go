// Package curator is the curation desk: the queue of what waits, one submission
// with all that belongs to it, and the decisions.
package curator

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Curation is what the desk asks of package curation.
type Curation interface {
	Samples
	Checklists
	Queue(ctx context.Context, actor account.Actor, f curation.Filter) (curation.Page, error)
	Neighbours(ctx context.Context, actor account.Actor, f curation.Filter, sub catalog.Submission) (before, after int64, err error)
	Next(ctx context.Context, actor account.Actor, f curation.Filter, sub catalog.Submission) (int64, error)
	Attend(ctx context.Context, actor account.Actor, submissionID int64) ([]string, error)
	Seats(ctx context.Context, actor account.Actor) ([]curation.Seat, error)
	SetSeat(ctx context.Context, actor account.Actor, seat curation.Seat) error
	SetAbsence(ctx context.Context, actor account.Actor, a curation.Absence) error
	Promise(ctx context.Context) (int, error)
	SetPromise(ctx context.Context, actor account.Actor, days int) error
	Review(ctx context.Context, actor account.Actor, submissionID int64) (curation.Review, error)
	Overview(ctx context.Context, actor account.Actor, f curation.OverviewFilter) (curation.Overview, error)
	Reply(ctx context.Context, actor account.Actor, submissionID, answerID int64, in curation.NewReply) error
	ChecklistNames(ctx context.Context, rounds []curation.Round) (map[int64]string, error)
	Claim(ctx context.Context, actor account.Actor, submissionID int64) (curation.Claim, error)
	Release(ctx context.Context, actor account.Actor, submissionID int64) error
	SaveAnswers(ctx context.Context, actor account.Actor, d curation.Decision, answers []curation.Answer) error
	Approve(ctx context.Context, actor account.Actor, d curation.Decision, answers []curation.Answer) error
	Return(ctx context.Context, actor account.Actor, d curation.Decision, answers []curation.Answer) error
	Refuse(ctx context.Context, actor account.Actor, d curation.Decision, reason string, answers []curation.Answer) error
	Scheduled(ctx context.Context, actor account.Actor, cursor string, limit int) (curation.SchedulePage, error)
	Reschedule(ctx context.Context, actor account.Actor, submissionID int64, day string) error
	Direct(ctx context.Context, actor account.Actor, f catalog.DirectFilter, regions []string, cursor string) (curation.DirectPage, error)
	Ask(ctx context.Context, actor account.Actor, changeID int64, question string) error
	Recall(ctx context.Context, actor account.Actor, submissionID int64, reason string) error
	CheckRecipe(ctx context.Context, actor account.Actor, d curation.Decision, outcome curation.RecipeOutcome, reason string) error
	DecideCertificate(ctx context.Context, actor account.Actor, certificateID int64, move, reason string) (catalog.CertificateChange, error)
	ProductFile(ctx context.Context, actor account.Actor, productID int64) (curation.ProductFile, error)
	Suspend(ctx context.Context, actor account.Actor, productID int64, in catalog.NewSuspension) error
	Lift(ctx context.Context, actor account.Actor, productID int64, reason string) error
}

// Catalog names the categories and keeps certificates.
type Catalog interface {
	// ShopOfCertificate returns whose certificate it is; not found for none.
	ShopOfCertificate(ctx context.Context, certificateID int64) (int64, error)
	Shop(ctx context.Context, shopID int64) (catalog.Shop, error)
	ReviewedPrice(ctx context.Context, productID int64) (money.Rupiah, error)
	Categories(ctx context.Context) ([]catalog.Category, error)
	Certificates(ctx context.Context, actor account.Actor, shopID, productID int64) ([]catalog.Certificate, error)
	LivePrices(ctx context.Context, categoryID int64) ([]catalog.LivePrice, error)
	WaitingCertificates(ctx context.Context, actor account.Actor) ([]catalog.WaitingCertificate, error)
	SuspendedProducts(ctx context.Context, actor account.Actor, cause catalog.Cause) ([]catalog.SuspendedProduct, catalog.SuspendedCounts, error)
	Products(ctx context.Context, f catalog.Filter) (catalog.Page, error)
}

// Agencies knows who brought a shop in.
type Agencies interface {
	Agencies(ctx context.Context) ([]program.Agency, error)
	ShopsOf(ctx context.Context, agencyID int64) ([]int64, error)
	AgencyNames(ctx context.Context, shopIDs []int64) (map[int64]string, error)
}

// Pictures finds stored pictures.
type Pictures interface {
	Pictures(ctx context.Context, ids []int64) (map[int64]media.Picture, error)
}

// Deps are the neighbours; main fills them.
type Deps struct {
	Curation    Curation
	Catalog     Catalog
	Agencies    Agencies
	Collections Collections
	Products    Products
	Reviews     Reviews
	Words       Words
	Complaints  Complaints
	Library     Library
	Uploads     Uploads
	People      People
	Rules       Rules
	Pictures    Pictures
	Now         func(ctx context.Context) (time.Time, error) // the database's time
}

type area struct{ Deps }

// Routes returns the desk's routes. Heads and admins may look, curators decide.
func Routes(d Deps) []web.Route {
	a := area{d}
	return append(slices.Concat(a.lessonRoutes(), a.sampleRoutes(), a.ruleRoutes(), a.checklistRoutes()), []web.Route{
		{Method: http.MethodGet, Path: "/kurasi", Handler: a.queue},
		{Method: http.MethodGet, Path: "/kurasi/meja", Handler: a.seats},
		{Method: http.MethodPost, Path: "/kurasi/meja", Handler: a.setAbsence},
		{Method: http.MethodPost, Path: "/kurasi/meja/kursi", Handler: a.setSeat},
		{Method: http.MethodPost, Path: "/kurasi/meja/janji", Handler: a.setPromise},
		{Method: http.MethodGet, Path: overviewAddress, Handler: a.overview},
		{Method: http.MethodGet, Path: overviewAddress + ".csv", Handler: a.overviewCSV},
		{Method: http.MethodGet, Path: "/kurasi/:id", Handler: a.review},
		{Method: http.MethodGet, Path: "/kurasi/:id/hadir", Handler: a.attend},
		{Method: http.MethodGet, Path: "/kurasi/:id/riwayat", Handler: a.history},
		{Method: http.MethodPost, Path: "/kurasi/:id/balas", Handler: a.reply},
		{Method: http.MethodPost, Path: "/kurasi/:id/pegang", Handler: a.claim},
		{Method: http.MethodPost, Path: "/kurasi/:id/lepas", Handler: a.release},
		{Method: http.MethodPost, Path: "/kurasi/:id/jawaban", Handler: a.answer},
		{Method: http.MethodPost, Path: "/kurasi/:id/titik", Handler: a.mark},
		{Method: http.MethodPost, Path: "/kurasi/:id/setujui", Handler: a.approve},
		{Method: http.MethodPost, Path: "/kurasi/:id/kembalikan", Handler: a.giveBack},
		{Method: http.MethodPost, Path: "/kurasi/:id/tolak", Handler: a.refuse},
		{Method: http.MethodPost, Path: "/kurasi/:id/sertifikat", Handler: a.decidePaper},
		{Method: http.MethodPost, Path: "/kurasi/:id/resep", Handler: a.checkRecipe},
		{Method: http.MethodGet, Path: "/kurasi/langsung", Handler: a.direct},
		{Method: http.MethodPost, Path: "/kurasi/langsung/:id/tanya", Handler: a.askAbout},
		{Method: http.MethodGet, Path: "/kurasi/jadwal", Handler: a.scheduled},
		{Method: http.MethodPost, Path: "/kurasi/:id/jadwal", Handler: a.schedule},
		{Method: http.MethodGet, Path: "/kurasi/:id/label", Handler: a.sticker},
		{Method: http.MethodGet, Path: "/kurasi/:id/label.pdf", Handler: a.stickerPDF},
		{Method: http.MethodGet, Path: "/kurasi/:id/label.png", Handler: a.stickerPNG},
		{Method: http.MethodGet, Path: "/kurasi/ulasan", Handler: a.reviewQueue},
		{Method: http.MethodPost, Path: "/kurasi/ulasan/:id", Handler: a.decideReview},
		{Method: http.MethodGet, Path: "/kurasi/beranda", Handler: a.home},
		{Method: http.MethodPost, Path: "/kurasi/beranda/:id", Handler: a.arrangeHome},
		{Method: http.MethodGet, Path: "/kurasi/koleksi", Handler: a.collections},
		{Method: http.MethodPost, Path: "/kurasi/koleksi", Handler: a.startCollection},
		{Method: http.MethodGet, Path: "/kurasi/koleksi/:id", Handler: a.editCollection},
		{Method: http.MethodPost, Path: "/kurasi/koleksi/:id", Handler: a.saveCollection},
		{Method: http.MethodPost, Path: "/kurasi/koleksi/:id/produk", Handler: a.arrangeCollection},
		{Method: http.MethodGet, Path: "/kurasi/sertifikat", Handler: a.paperQueue},
		{Method: http.MethodPost, Path: "/kurasi/sertifikat/:id", Handler: a.decideWaiting},
		{Method: http.MethodGet, Path: "/kurasi/produk", Handler: a.suspended},
		{Method: http.MethodGet, Path: "/kurasi/produk/:id", Handler: a.productFile},
		{Method: http.MethodPost, Path: "/kurasi/produk/:id/tahan", Handler: a.suspendProduct},
		{Method: http.MethodPost, Path: "/kurasi/produk/:id/buka", Handler: a.liftProduct},
		{Method: http.MethodGet, Path: "/kurasi/kata", Handler: a.words},
		{Method: http.MethodPost, Path: "/kurasi/kata", Handler: a.saveWords},
		{Method: http.MethodPost, Path: "/kurasi/alamat", Handler: a.rename},
	}...)
}

// frame is the shell of every page of the desk.
func (a area) frame(c *web.Ctx, title string) view.Private {
	p := c.Private(title)
	p.Area = text.T("curator.area")
	p.Scripts = []string{"js/queue.js", "js/check.js", "js/answers.js"}
	if officerOnly(c.Actor) {
		p.Nav = web.AgencyNav(c.Actor, "papers")
		return p
	}
	p.Nav = []view.Link{
		{Label: text.T("curator.nav.all"), URL: "/kurasi", Icon: "list", Current: c.Route.Path == "/kurasi" && c.Query("antrean") != string(curation.ForMe)},
		{Label: text.T("desk.nav.seats"), URL: "/kurasi/meja", Icon: "pin", Current: strings.HasPrefix(c.Route.Path, "/kurasi/meja")},
		{Label: text.T("schedule.nav"), URL: "/kurasi/jadwal", Icon: "clock", Current: c.Route.Path == "/kurasi/jadwal"},
		{Label: text.T("direct.nav"), URL: directPath, Icon: "eye", Current: c.Route.Path == directPath},
		{Label: text.T("paperdesk.nav"), URL: "/kurasi/sertifikat", Icon: "check", Current: c.Route.Path == "/kurasi/sertifikat"},
		{Label: text.T("produkdesk.nav"), URL: "/kurasi/produk", Icon: "cross", Current: strings.HasPrefix(c.Route.Path, "/kurasi/produk")},
		{Label: text.T("overview.title"), URL: overviewAddress, Icon: "chart", Current: c.Route.Path == overviewAddress},
		{Label: text.T("ulasandesk.nav"), URL: "/kurasi/ulasan", Icon: "message", Current: c.Route.Path == "/kurasi/ulasan"},
		{Label: text.T("collectiondesk.nav"), URL: "/kurasi/koleksi", Icon: "star", Current: strings.HasPrefix(c.Route.Path, "/kurasi/koleksi") || c.Route.Path == "/kurasi/beranda"},
		{Label: text.T("savedesk.nav"), URL: "/kurasi/jawaban", Icon: "edit", Current: c.Route.Path == "/kurasi/jawaban"},
		{Label: text.T("sample.nav"), URL: "/kurasi/sampel", Icon: "box", Current: c.Route.Path == "/kurasi/sampel"},
		{Label: text.T("worddesk.nav"), URL: "/kurasi/kata", Icon: "search", Current: c.Route.Path == "/kurasi/kata"},
		{Label: text.T("lessondesk.nav"), URL: "/kurasi/pelajaran", Icon: "book", Current: strings.HasPrefix(c.Route.Path, "/kurasi/pelajaran")},
		{Label: text.T("checkdesk.nav"), URL: checklistsURL, Icon: "list", Current: strings.HasPrefix(c.Route.Path, checklistsURL)},
		{Label: text.T("ruledesk.nav"), URL: rulesURL, Icon: "check", Current: strings.HasPrefix(c.Route.Path, rulesURL)},
	}
	if c.Actor.Has(account.RoleCurator) {
		p.Nav = slices.Insert(p.Nav, 1, view.Link{
			Label: text.T("desk.nav.for_me"), URL: "/kurasi?antrean=" + string(curation.ForMe), Icon: "user", Current: c.Route.Path == "/kurasi" && c.Query("antrean") == string(curation.ForMe),
		})
	}
	return p
}

// narrowing is the part of an address that narrows the queue. It rides along
// with a submission, so that the next one comes from the same queue.
type narrowing struct {
	hold                          curation.Hold
	due                           curation.Due
	query, category, region, kind string
	agency                        int64
}

func narrowed(q url.Values) narrowing {
	n := narrowing{query: q.Get("q"), category: q.Get("kategori"), region: q.Get("wilayah"), kind: q.Get("jenis")}
	switch h := curation.Hold(q.Get("antrean")); h {
	case curation.ForMe, curation.Free, curation.Mine:
		n.hold = h
	}
	switch d := curation.Due(q.Get("janji")); d {
	case curation.Late, curation.Today:
		n.due = d
	}
	if id, err := strconv.ParseInt(q.Get("dinas"), 10, 64); err == nil && id > 0 {
		n.agency = id
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

// wanted is what curation understands of a narrowing.
func (a area) wanted(ctx context.Context, n narrowing) (curation.Filter, error) {
	f := curation.Filter{Hold: n.hold, Due: n.due, Category: n.category, Kind: catalog.SubmissionKind(n.kind), Query: n.query}
	if n.region != "" {
		f.Regions = []string{n.region}
	}
	if n.agency == 0 {
		return f, nil
	}
	var err error
	f.Shops, err = a.Agencies.ShopsOf(ctx, n.agency)
	return f, err
}

// active counts the fields of the filter that are on.
func (n narrowing) active() int {
	count := 0
	for _, v := range []string{n.query, n.category, n.region, n.kind, n.agencyID()} {
		if v != "" {
			count++
		}
	}
	return count
}

func (n narrowing) agencyID() string {
	if n.agency == 0 {
		return ""
	}
	return strconv.FormatInt(n.agency, 10)
}

func (n narrowing) values() url.Values {
	q := url.Values{}
	for name, v := range map[string]string{"antrean": string(n.hold), "janji": string(n.due), "dinas": n.agencyID(), "q": n.query, "kategori": n.category, "wilayah": n.region, "jenis": n.kind} {
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
