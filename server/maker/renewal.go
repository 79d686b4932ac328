package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// renewalForm is the one screen of a renewal.
type renewalForm struct {
	FormKey string `form:"form_key"`
	Number  string `form:"number"`
	Ends    string `form:"ends"`
	Picture int64  `form:"picture"` // stored with an earlier send of the same form
}

func (a area) showRenewal(c *web.Ctx) error {
	r, err := a.renewable(c)
	if err != nil {
		return err
	}
	in := renewalForm{FormKey: id.Token(), Number: r.Number}
	if r.Kind != r.RenewalKind() { // an exception had no number
		in.Number = ""
	}
	return a.renewalPage(c, http.StatusOK, r, in, nil)
}

func (a area) renewable(c *web.Ctx) (catalog.Renewal, error) {
	certificateID, err := c.ID("id")
	if err != nil {
		return catalog.Renewal{}, err
	}
	r, err := a.Catalog.Renewable(c.Context(), c.Actor, certificateID)
	if err == nil && !c.Actor.Manages(r.ShopID) { // officers enter papers elsewhere
		err = fault.NotFound("another's certificate")
	}
	return r, err
}

func (a area) renewalPage(c *web.Ctx, status int, r catalog.Renewal, in renewalForm, e view.Errors) error {
	shop, err := a.own(c, r.ShopID)
	if err != nil {
		return err
	}
	kind := r.RenewalKind()
	name := text.T("publiclabel.kind." + string(kind))
	page, err := a.frame(c, shop, "beranda", text.T("maker.renewal.title", "kind", name))
	if err != nil {
		return err
	}
	v := pages.Renewal{
		Page: page, Title: page.Title, Action: curation.RenewalPath(r.ID), FormKey: in.FormKey, Errors: e, For: text.T("maker.certificates.whole"),
		Number: in.Number, HasNumber: kind.HasNumber(), Ends: in.Ends, MustEnd: kind.Ends(), Needs: strings.Join(r.Needs, ", "),
		Waiting: r.Waiting, // whoever comes twice
	}
	if r.Product != "" {
		v.For = r.Product
	}
	if day := r.LastDay(); !day.IsZero() {
		v.Until = text.T("maker.renewal.until", "date", calendar.Date(day))
	}
	if in.Picture > 0 {
		v.Picture = fmt.Sprint(in.Picture)
	}
	return c.Page(status, pages.RenewalPage(v))
}

func (a area) renew(c *web.Ctx) error {
	var in renewalForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	r, err := a.renewable(c)
	if err != nil {
		return err
	}
	err = a.takeRenewal(c, r, &in)
	if web.Faulty(err) && !fault.Is(err, fault.KindConflict) {
		return a.renewalPage(c, http.StatusUnprocessableEntity, r, in, web.Errors(err))
	}
	if err != nil && !fault.Is(err, fault.KindConflict) { // one waits already: that is what was wanted
		return err
	}
	c.Flash(view.Good, "maker.renewal.sent")
	return c.SeeOther("/toko-saya/izin")
}

// takeRenewal stores the photo, which stays with the form when another field is
// faulty, and enters the renewal.
func (a area) takeRenewal(c *web.Ctx, r catalog.Renewal, in *renewalForm) error {
	entry := catalog.NewCertificate{FormKey: in.FormKey, Kind: r.RenewalKind(), Number: in.Number, Issuer: r.Issuer, RenewsID: r.ID}
	file, name, err := c.File("photo")
	if err != nil {
		return err
	}
	if file != nil {
		defer func() { _ = file.Close() }()
		p, err := a.Media.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: catalog.CertificatePicture, OwnerID: r.ShopID, Name: name})
		if err != nil {
			return err
		}
		in.Picture = p.ID
	}
	entry.PictureID = in.Picture
	if in.Ends != "" {
		if entry.Ends, err = time.Parse(time.DateOnly, in.Ends); err != nil {
			return invalid("ends", "maker.certificates.day")
		}
	}
	_, err = a.Catalog.EnterCertificate(c.Context(), c.Actor, r.ShopID, entry)
	return err
}

// suspended tells why a product is not to be seen and what the maker can do: renew
// what ended, or read what an officer wrote.
func (a area) suspended(c *web.Ctx, productID int64) (*view.Notice, error) {
	all, err := a.Catalog.SuspensionsOf(c.Context(), c.Actor, productID)
	if err != nil {
		return nil, err
	}
	n := &view.Notice{Tone: view.Bad, Title: text.T("maker.change.suspended"), Text: text.T("maker.change.suspended_text")}
	for _, x := range slices.Backward(all) {
		switch {
		case x.EndedAt != nil:
		case x.Cause == catalog.ByCertificate:
			n.Title, n.Text = text.T("maker.change.lapsed"), text.T("maker.change.lapsed_text")
			n.Action = &view.Link{Label: text.T("maker.renewal.open"), URL: curation.RenewalPath(x.CertificateID), Icon: "camera"}
			return n, nil
		case x.Reason != "":
			n.Text = text.T("maker.change.suspended_reason", "reason", x.Reason)
			n.Action = &view.Link{Label: text.T("maker.need.izin"), URL: "/toko-saya/izin", Icon: "camera"}
		}
	}
	return n, nil
}

// soon is how long before its end the list offers the renewal: as the first
// warning does.
const soon = 60 * 24 * time.Hour

// renewalLink leads to the renewal of what ends soon or is over.
func renewalLink(x catalog.Certificate, now time.Time) string {
	if x.State == catalog.CertificateConfirmed && x.EndsAt != nil && x.EndsAt.Before(now.Add(soon)) {
		return curation.RenewalPath(x.ID)
	}
	return ""
}

// recipeNotice tells before sending that another composition is looked at again:
// the halal certificate is for the old recipe. nil when it is the same.
func (a area) recipeNotice(c *web.Ctx, sub catalog.Submission) (*view.Notice, error) {
	if sub.Kind != catalog.SubmissionEdit || !sub.Editable() {
		return nil, nil
	}
	live, err := a.Catalog.LiveRevision(c.Context(), c.Actor, sub.ProductID)
	if err != nil || !catalog.RecipeChanged(live, sub.Revision) {
		return nil, err
	}
	return &view.Notice{Tone: view.Warn, Title: text.T("maker.recipe.title"), Text: text.T("maker.recipe.text")}, nil
}
