package curator

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// The certificates that were entered and that somebody has to compare with their
// paper: new ones and renewals, longest waiting first. Renewals that suspended
// products wait for can be shown alone.

const renewals = "perpanjangan"

func (a area) paperQueue(c *web.Ctx) error { return a.listPapers(c, http.StatusOK, 0, "", nil) }

// listPapers draws the list; id and reason are of a form that was faulty.
func (a area) listPapers(c *web.Ctx, status int, id int64, reason string, errs view.Errors) error {
	all, err := a.Catalog.WaitingCertificates(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	tab := c.Query("antrean")
	if tab != renewals {
		tab = ""
	}
	var scans []int64
	urgent := 0
	for _, w := range all {
		scans = append(scans, w.PictureID)
		if w.RenewsID != nil {
			urgent++
		}
	}
	found, err := a.Pictures.Pictures(c.Context(), scans)
	if err != nil {
		return err
	}
	v := pages.PaperQueue{Page: a.frame(c, text.T("paperdesk.title")), Errors: errs, Tabs: []view.Link{
		{Label: text.T("paperdesk.tab.all", "n", len(all)), URL: "/kurasi/sertifikat", Current: tab == ""},
		{Label: text.T("paperdesk.tab.renewals", "n", urgent), URL: "/kurasi/sertifikat?antrean=" + renewals, Current: tab == renewals},
	}}
	for _, w := range all {
		if tab == renewals && w.RenewsID == nil {
			continue
		}
		p := pages.WaitingPaper{
			ID: strconv.FormatInt(w.ID, 10), Kind: text.T("publiclabel.kind." + string(w.Kind)), Number: w.Number, Old: w.OldNumber, Issuer: w.Issuer,
			Shop: w.ShopName, For: text.T("maker.certificates.whole"), When: calendar.DateTime(w.EnteredAt, w.RegencyCode),
			Own: w.EnteredBy == c.Actor.UserID, Renewal: w.RenewsID != nil,
		}
		if w.Product != "" {
			p.For = w.Product
		}
		if day := w.LastDay(); !day.IsZero() {
			p.Until = text.T("publiclabel.until", "date", calendar.Date(day))
		}
		if w.Holds > 0 {
			p.Holds = text.T("paperdesk.holds", "n", w.Holds)
		}
		if w.Number != "" && w.Kind.Unusual(w.Number) {
			p.Odd = text.T("curator.paper.unusual")
		}
		if s, ok := found[w.PictureID]; ok {
			p.Scan = web.Picture(s, text.T("paperdesk.scan", "kind", p.Kind, "shop", w.ShopName))
			p.ScanURL = "/gambar/" + s.Key + "/1280.jpg"
		}
		if w.ID == id {
			p.Typed, p.Fault = reason, errs.Of("reason")
		}
		v.Items = append(v.Items, p)
	}
	v.Count = text.T("paperdesk.count", "n", len(v.Items))
	return c.Page(status, pages.PaperQueuePage(v))
}

func (a area) decideWaiting(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Do     string `form:"langkah"`
		Reason string `form:"alasan"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	move := map[string]string{"cocok": "confirm", "tolak": "refuse"}[in.Do]
	if move == "" {
		if _, err := a.Catalog.ShopOfCertificate(c.Context(), id); err != nil {
			return err
		}
		return fault.Invalid("fault.form")
	}
	done, err := a.Curation.DecideCertificate(c.Context(), c.Actor, id, move, in.Reason)
	if web.Faulty(err) {
		return a.listPapers(c, http.StatusUnprocessableEntity, id, in.Reason, web.Errors(err))
	}
	if err != nil {
		return err
	}
	switch {
	case len(done.Lifted) > 0:
		c.Flash(view.Good, "paperdesk.lifted", "products", strings.Join(done.Lifted, ", "))
	case done.Certificate.State == catalog.CertificateRefused:
		c.Flash(view.Good, "paperdesk.refused")
	default:
		c.Flash(view.Good, "paperdesk.confirmed")
	}
	return c.SeeOther("/kurasi/sertifikat")
}

// officerOnly reports who comes to the desk for papers alone.
func officerOnly(a account.Actor) bool {
	return !a.HasAny(account.RoleCurator, account.RoleHead, account.RoleAdmin)
}
