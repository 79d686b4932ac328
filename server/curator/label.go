package curator

import (
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// The parts of a label, as the review compares them.
func composition(r catalog.Revision) string { return r.Label.Composition }

func allergens(r catalog.Revision) string {
	if !r.Label.AllergensKnown {
		return ""
	}
	names := []string{}
	for _, a := range r.Label.Allergens {
		names = append(names, text.T("publiclabel.allergen."+string(a)))
	}
	if len(names) == 0 {
		return text.T("curator.value.no_allergens")
	}
	return strings.Join(names, ", ")
}

func net(r catalog.Revision) string {
	if r.Label.NetAmount == 0 {
		return ""
	}
	return text.T("publiclabel.unit."+r.Label.NetUnit, "n", money.Group(uint64(r.Label.NetAmount)))
}

func keeping(r catalog.Revision) string {
	var lines []string
	if r.Label.ShelfDays > 0 {
		lines = append(lines, text.T("publiclabel.days", "n", money.Group(uint64(r.Label.ShelfDays))))
	}
	for _, l := range []string{r.Label.Storage, r.Label.Packaging, r.Label.Production} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

func facts(r catalog.Revision) string { return r.Label.Facts }

// papers are the certificates of a submission's shop that concern it, and what is
// asked for and is not there: advice, nothing here stops an approval. The
// certificates themselves come along.
func (a area) papers(c *web.Ctx, r curation.Review) (pages.Papers, []catalog.Certificate, error) {
	sub := r.Submission
	list, err := a.Catalog.Certificates(c.Context(), c.Actor, sub.ShopID, sub.ProductID)
	if fault.Is(err, fault.KindNotFound) { // a head of elsewhere
		return pages.Papers{}, nil, nil
	}
	if err != nil {
		return pages.Papers{}, nil, err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return pages.Papers{}, nil, err
	}
	v := pages.Papers{ID: strconv.FormatInt(sub.ID, 10)}
	may := c.Actor.Has(account.RoleCurator) && !r.Conflicted
	for _, m := range catalog.Missing(sub.Revision, catalog.MarksFor(list, now)) {
		if !m.Must { // the hard rules have a panel of their own
			v.Missing = append(v.Missing, pages.Advice{Text: text.T("curator.asks." + m.Key()), Source: m.Source})
		}
	}
	scans := []int64{}
	for _, x := range list {
		if x.PictureID > 0 {
			scans = append(scans, x.PictureID)
		}
	}
	found, err := a.Pictures.Pictures(c.Context(), scans)
	if err != nil {
		return pages.Papers{}, nil, err
	}
	for _, x := range list {
		p := pages.Paper{ID: strconv.FormatInt(x.ID, 10), Kind: text.T("publiclabel.kind." + string(x.Kind)), Number: x.Number, Issuer: x.Issuer, Note: x.Note,
			State: text.T("curator.paper." + string(x.State)), Decide: may && x.State == catalog.CertificateEntered && x.EnteredBy != c.Actor.UserID}
		if x.State == catalog.CertificateConfirmed && !x.HoldsAt(now) {
			p.State = text.T("curator.paper.over")
		}
		if day := x.LastDay(); !day.IsZero() {
			p.Until = text.T("publiclabel.until", "date", calendar.Date(day))
		}
		if x.Number != "" && x.Kind.Unusual(x.Number) {
			p.Odd = text.T("curator.paper.unusual")
		}
		if s, ok := found[x.PictureID]; ok {
			p.Scan = "/gambar/" + s.Key + "/1280.jpg"
		}
		v.Papers = append(v.Papers, p)
	}
	return v, list, nil
}

// decidePaper confirms or refuses a certificate, or makes an exception for halal,
// beside the submission under review.
func (a area) decidePaper(c *web.Ctx) error {
	var in struct {
		Paper   int64  `form:"sertifikat"`
		Do      string `form:"langkah"`
		Reason  string `form:"alasan"`
		Until   string `form:"sampai"`
		FormKey string `form:"form_key"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	r, err := a.Curation.Review(c.Context(), c.Actor, submissionID)
	if err != nil {
		return err
	}
	switch in.Do {
	case "cocok":
		_, err = a.Curation.DecideCertificate(c.Context(), c.Actor, in.Paper, "confirm", "")
	case "tolak":
		_, err = a.Curation.DecideCertificate(c.Context(), c.Actor, in.Paper, "refuse", in.Reason)
	case "tunda":
		until, _ := time.Parse(time.DateOnly, in.Until) // an unreadable day is a missing one
		_, err = a.Rules.ExceptHalal(c.Context(), c.Actor, r.Submission.ProductID, until, in.Reason, in.FormKey)
	default:
		return fault.Invalid("fault.form")
	}
	if web.Faulty(err) || fault.Is(err, fault.KindForbidden) {
		f := fault.As(err)
		key, args := f.Key, f.Args
		if len(f.Fields) > 0 {
			key, args = f.Fields[0].Key, f.Fields[0].Args
		}
		c.Flash(view.Warn, key, args...)
		return c.SeeOther(narrowing{}.item(submissionID))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "curator.paper.done")
	return c.SeeOther(narrowing{}.item(submissionID))
}
