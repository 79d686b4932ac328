package curator

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Complaints knows the numbers of complaints.
type Complaints interface {
	ComplaintReceipt(ctx context.Context, number string) (program.Complaint, error)
}

// suspended lists what is suspended, why and since when; with words or the
// number of a complaint it finds live products to suspend.
func (a area) suspended(c *web.Ctx) error {
	cause := catalog.Cause("")
	switch c.Query("sebab") {
	case "sertifikat":
		cause = catalog.ByCertificate
	case "petugas":
		cause = catalog.ByComplaint
	}
	list, counts, err := a.Catalog.SuspendedProducts(c.Context(), c.Actor, cause)
	if err != nil {
		return err
	}
	complaint := strings.ToUpper(strings.TrimSpace(c.Query("pengaduan")))
	v := pages.Suspended{Page: a.frame(c, text.T("produkdesk.title")), Complaint: complaint, Query: c.Query("q"), Tabs: []view.Link{
		{Label: text.T("produkdesk.tab.all", "n", counts.All), URL: "/kurasi/produk", Current: cause == ""},
		{Label: text.T("produkdesk.tab.curator", "n", counts.Complaint), URL: "/kurasi/produk?sebab=petugas", Current: cause == catalog.ByComplaint},
		{Label: text.T("produkdesk.tab.certificate", "n", counts.Certificate), URL: "/kurasi/produk?sebab=sertifikat", Current: cause == catalog.ByCertificate},
	}}
	ids := []int64{}
	for _, p := range list {
		ids = append(ids, p.PictureID)
	}
	var sought []catalog.Sellable
	if v.Query != "" {
		page, err := a.Catalog.Products(c.Context(), catalog.Filter{Query: v.Query, Limit: 12})
		if err != nil {
			return err
		}
		for _, s := range page.Products {
			sought, ids = append(sought, s), append(ids, s.PictureID)
		}
		v.Searched = true
	}
	pictures, err := a.Pictures.Pictures(c.Context(), ids)
	if err != nil {
		return err
	}
	for _, s := range sought {
		v.Found = append(v.Found, pages.SuspendedLine{URL: productAddress(s.ProductID, complaint), Title: s.Title, Shop: s.ShopName, Picture: web.Picture(pictures[s.PictureID], s.Title)})
	}
	for _, p := range list {
		line := pages.SuspendedLine{URL: productAddress(p.ProductID, complaint), Title: p.Title, Shop: p.ShopName, Picture: web.Picture(pictures[p.PictureID], p.Title),
			Since: text.T("produkdesk.since", "time", calendar.DateTime(p.Since(), p.RegencyCode))}
		for _, x := range p.Open {
			line.Causes = append(line.Causes, causeChip(x))
			if x.Reason != "" {
				line.Reason = x.Reason
			}
		}
		v.Items = append(v.Items, line)
	}
	v.Count = text.T("produkdesk.count", "n", len(v.Items))
	return c.Page(http.StatusOK, pages.SuspendedPage(v))
}

func productAddress(productID int64, complaint string) string {
	address := "/kurasi/produk/" + strconv.FormatInt(productID, 10)
	if complaint != "" {
		address += "?pengaduan=" + complaint
	}
	return address
}

func causeChip(x catalog.Suspension) view.Chip {
	if x.Cause == catalog.ByCertificate {
		return view.Chip{Tone: view.Warn, Label: text.T("produkdesk.cause.certificate")}
	}
	return view.Chip{Tone: view.Bad, Label: text.T("produkdesk.cause.curator")}
}

// holdForm is what a curator types when suspending or lifting.
type holdForm struct {
	Reason    string `form:"reason"`
	Complaint string `form:"complaint"`
}

func (a area) productFile(c *web.Ctx) error {
	return a.showFile(c, http.StatusOK, holdForm{Complaint: strings.ToUpper(strings.TrimSpace(c.Query("pengaduan")))}, nil)
}

// showFile draws one live product as curators see it: where it stands, why, and
// what was decided before.
func (a area) showFile(c *web.Ctx, status int, in holdForm, errs view.Errors) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	f, err := a.Curation.ProductFile(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	p := f.Product
	v := pages.ProductFile{
		Page: a.frame(c, p.Title), ID: strconv.FormatInt(id, 10), Title: p.Title, Shop: p.ShopName, Errors: errs,
		Reason: in.Reason, Complaint: in.Complaint, MaxNote: curation.MaxNote,
		State: view.Chip{Tone: view.Good, Label: text.T("produkdesk.state." + string(p.State))},
	}
	switch p.State {
	case catalog.ProductSuspended:
		v.State.Tone = view.Bad
	case catalog.ProductPaused:
		v.State.Tone = view.Wait
	case catalog.ProductArchived:
		v.State.Tone = view.Neutral
	}
	if p.Public() {
		v.URL = "/produk/" + p.Slug
	}
	photos, err := a.photos(c.Context(), []int64{p.PictureID}, p.Title)
	if err != nil {
		return err
	}
	v.Picture = photos[0]
	held, lapsed := false, false
	for _, x := range f.Suspensions {
		row := pages.SuspensionRow{Cause: causeChip(x), Began: text.T("produkdesk.began", "time", calendar.DateTime(x.BegunAt, p.RegencyCode), "name", f.Who(x.BegunBy)), Reason: x.Reason}
		if x.Complaint != "" {
			row.Complaint = text.T("produkdesk.complaint_of", "number", x.Complaint)
		}
		if x.EndedAt != nil {
			row.Ended, row.EndReason = text.T("produkdesk.ended", "time", calendar.DateTime(*x.EndedAt, p.RegencyCode), "name", f.Who(x.EndedBy)), x.EndReason
		} else {
			held, lapsed = held || x.Cause == catalog.ByComplaint, lapsed || x.Cause == catalog.ByCertificate
		}
		v.History = append(v.History, row)
	}
	switch {
	case f.Conflicted:
		v.Blocked = &view.Notice{Tone: view.Warn, Text: text.T("catalog.review.conflicted")}
	case !c.Actor.Has(account.RoleCurator):
		v.Blocked = &view.Notice{Tone: view.Info, Text: text.T("curator.desk.look_only")}
	default:
		v.CanSuspend = !held && (p.State == catalog.ProductPublished || p.State == catalog.ProductPaused || p.State == catalog.ProductSuspended)
		v.CanLift = held && !lapsed
		if lapsed {
			v.Blocked = &view.Notice{Tone: view.Warn, Text: text.T("produkdesk.lapsed"), Action: &view.Link{Label: text.T("paperdesk.title"), URL: "/kurasi/sertifikat"}}
		}
	}
	return c.Page(status, pages.ProductFilePage(v))
}

// decideProduct runs one of the two decisions about a live product.
func (a area) decideProduct(c *web.Ctx, done string, call func(id int64, in holdForm) error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in holdForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	in.Complaint = strings.ToUpper(strings.TrimSpace(in.Complaint))
	err = call(id, in)
	if web.Faulty(err) {
		return a.showFile(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, done)
	return c.SeeOther(productAddress(id, ""))
}

func (a area) suspendProduct(c *web.Ctx) error {
	return a.decideProduct(c, "produkdesk.done.suspended", func(id int64, in holdForm) error {
		if in.Complaint != "" {
			if _, err := a.Complaints.ComplaintReceipt(c.Context(), in.Complaint); fault.Is(err, fault.KindNotFound) {
				return fault.Invalid("curation.invalid").With("complaint", "curation.complaint_number")
			} else if err != nil {
				return err
			}
		}
		return a.Curation.Suspend(c.Context(), c.Actor, id, catalog.NewSuspension{Reason: in.Reason, Complaint: in.Complaint})
	})
}

func (a area) liftProduct(c *web.Ctx) error {
	return a.decideProduct(c, "produkdesk.done.lifted", func(id int64, in holdForm) error {
		return a.Curation.Lift(c.Context(), c.Actor, id, in.Reason)
	})
}
