package maker

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// The screens of the label: optional until an officer asks, four in a row.
const (
	stepComposition = "komposisi"
	stepAllergens   = "alergen"
	stepKitchen     = "dapur"
	stepKeeping     = "simpan"
)

var labelSteps = []string{stepComposition, stepAllergens, stepKitchen, stepKeeping}

// saveLabel saves one screen of the label and goes on with the next one.
func (a area) saveLabel(c *web.Ctx, step string, change catalog.LabelChange, wrong error, draw func(d draft, e view.Errors) error) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	if err = wrong; err == nil {
		_, err = a.Catalog.SaveDraft(c.Context(), c.Actor, submissionID, catalog.DraftChange{Label: change})
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			d, err := a.draft(c)
			if err != nil {
				return err
			}
			return draw(d, e)
		})
	}
	at := submissionURL(submissionID)
	if n := slices.Index(labelSteps, step); n < len(labelSteps)-1 {
		return c.SeeOther(at + "/" + labelSteps[n+1])
	}
	return c.SeeOther(at)
}

type compositionForm struct {
	Composition string `form:"composition"`
	Net         string `form:"net_amount"`
}

func (a area) showComposition(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		return a.compositionPage(c, http.StatusOK, d, compositionForm{d.sub.Revision.Label.Composition, net(d.sub.Revision.Label)}, nil)
	})
}

func (a area) compositionPage(c *web.Ctx, status int, d draft, in compositionForm, e view.Errors) error {
	page, s, err := a.step(c, d, stepComposition, e)
	if err != nil {
		return err
	}
	s.Submit, s.SubmitIcon = text.T("maker.label.next"), "next"
	return c.Page(status, pages.WordsPage(pages.Words{Page: page, Step: s, Fields: []view.Field{
		{Name: "composition", Label: text.T("maker.label.composition"), Hint: text.T("maker.label.composition_hint"), Value: in.Composition,
			Error: e.Of("composition"), Rows: 5, MaxLength: catalog.MaxLabelText, Optional: true},
		{Name: "net_amount", Label: text.T("maker.label.net"), Hint: text.T("maker.label.net_hint"), Value: in.Net, Error: e.Of("net_amount"), MaxLength: 20, Optional: true},
	}}))
}

func (a area) saveComposition(c *web.Ctx) error {
	var in compositionForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	amount, unit, ok := readNet(in.Net)
	var wrong error
	if !ok {
		wrong = invalid("net_amount", "maker.label.net_unreadable")
	}
	change := catalog.LabelChange{Composition: &in.Composition, NetAmount: &amount, NetUnit: &unit}
	return a.saveLabel(c, stepComposition, change, wrong, func(d draft, e view.Errors) error {
		return a.compositionPage(c, http.StatusUnprocessableEntity, d, in, e)
	})
}

var netShape = regexp.MustCompile(`^([0-9.]+)\s*(g|gr|gram|kg|ml|l|liter)?$`)

// readNet reads "500 g", "1 kg", "250 ml"; empty is not given.
func readNet(s string) (amount int64, unit string, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return 0, "g", true
	}
	m := netShape.FindStringSubmatch(s)
	if m == nil {
		return 0, "g", false
	}
	n, err := count(m[1])
	if err != nil || n < 1 {
		return 0, "g", false
	}
	switch m[2] {
	case "kg":
		return n * 1000, "g", true
	case "l", "liter":
		return n * 1000, "ml", true
	case "ml":
		return n, "ml", true
	}
	return n, "g", true
}

// net writes an amount as readNet reads it.
func net(l catalog.Label) string {
	if l.NetAmount == 0 {
		return ""
	}
	return pieces(l.NetAmount) + " " + l.NetUnit
}

func (a area) showAllergens(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		l := d.sub.Revision.Label
		chosen := l.Allergens
		if !l.AllergensKnown { // a proposal from the composition; the maker confirms
			chosen = catalog.ProposeAllergens(l.Composition)
		}
		return a.allergensPage(c, http.StatusOK, d, chosen, nil)
	})
}

func (a area) allergensPage(c *web.Ctx, status int, d draft, chosen []catalog.Allergen, e view.Errors) error {
	page, s, err := a.step(c, d, stepAllergens, e)
	if err != nil {
		return err
	}
	s.Submit, s.SubmitIcon = text.T("maker.label.confirm"), "check"
	v := pages.Allergens{Page: page, Step: s}
	for _, x := range catalog.Allergens() {
		v.Boxes = append(v.Boxes, view.Check{Name: "a_" + string(x), Label: text.T("publiclabel.allergen." + string(x)), Checked: slices.Contains(chosen, x)})
	}
	return c.Page(status, pages.AllergensPage(v))
}

func (a area) saveAllergens(c *web.Ctx) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	chosen := []catalog.Allergen{}
	for _, x := range catalog.Allergens() {
		if form.Get("a_"+string(x)) != "" {
			chosen = append(chosen, x)
		}
	}
	return a.saveLabel(c, stepAllergens, catalog.LabelChange{Allergens: &chosen}, nil, func(d draft, e view.Errors) error {
		return a.allergensPage(c, http.StatusUnprocessableEntity, d, chosen, e)
	})
}

type keepingForm struct {
	Shelf      string `form:"shelf_days"`
	Storage    string `form:"storage"`
	Packaging  string `form:"packaging"`
	Production string `form:"production"`
	Facts      string `form:"facts"`
}

func (a area) showKeeping(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		l := d.sub.Revision.Label
		in := keepingForm{Storage: l.Storage, Packaging: l.Packaging, Production: l.Production, Facts: l.Facts}
		if l.ShelfDays > 0 {
			in.Shelf = fmt.Sprint(l.ShelfDays)
		}
		return a.keepingPage(c, http.StatusOK, d, in, nil)
	})
}

func (a area) keepingPage(c *web.Ctx, status int, d draft, in keepingForm, e view.Errors) error {
	page, s, err := a.step(c, d, stepKeeping, e)
	if err != nil {
		return err
	}
	field := func(name, value string, rows, most int) view.Field {
		return view.Field{Name: name, Label: text.T("maker.label." + name), Hint: text.T("maker.label." + name + "_hint"), Value: value, Error: e.Of(name), Rows: rows, MaxLength: most, Optional: true}
	}
	days := field("shelf_days", in.Shelf, 0, 4)
	days.InputMode, days.Suffix = "numeric", text.T("maker.label.days")
	return c.Page(status, pages.WordsPage(pages.Words{Page: page, Step: s, Fields: []view.Field{
		days, field("storage", in.Storage, 0, catalog.MaxLabelLine), field("packaging", in.Packaging, 0, catalog.MaxLabelLine),
		field("production", in.Production, 0, catalog.MaxLabelLine), field("facts", in.Facts, 5, catalog.MaxLabelText),
	}}))
}

func (a area) saveKeeping(c *web.Ctx) error {
	var in keepingForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	var wrong error
	days := int64(0)
	if strings.TrimSpace(in.Shelf) != "" {
		var err error
		if days, err = count(in.Shelf); err != nil {
			wrong = invalid("shelf_days", "catalog.label.shelf", "max", catalog.MaxShelfDays)
		}
	}
	change := catalog.LabelChange{ShelfDays: &days, Storage: &in.Storage, Packaging: &in.Packaging, Production: &in.Production, Facts: &in.Facts}
	return a.saveLabel(c, stepKeeping, change, wrong, func(d draft, e view.Errors) error {
		return a.keepingPage(c, http.StatusUnprocessableEntity, d, in, e)
	})
}

// labelAnswers are the label's parts on the review, each with where to change it.
// Only food says beforehand that an officer will ask.
func labelAnswers(r catalog.Revision, change func(step string) string) []pages.Answer {
	l := r.Label
	allergens := ""
	switch {
	case len(l.Allergens) > 0:
		var names []string
		for _, x := range l.Allergens {
			names = append(names, text.T("publiclabel.allergen."+string(x)))
		}
		allergens = strings.Join(names, ", ")
	case l.AllergensKnown:
		allergens = text.T("maker.label.no_allergens")
	}
	keeping := l.Storage
	if l.ShelfDays > 0 {
		keeping = strings.TrimSuffix(text.T("publiclabel.days", "n", pieces(l.ShelfDays))+". "+l.Storage, ". ")
	}
	composition := l.Composition
	if n := net(l); n != "" {
		composition = strings.TrimPrefix(composition+" · "+n, " · ")
	}
	kitchen := ""
	if l.Kitchen != "" {
		kitchen = text.T("maker.dapur." + string(l.Kitchen))
	}
	out := []pages.Answer{
		{Field: "composition", Label: text.T("maker.label.composition"), Value: composition, URL: change(stepComposition)},
		{Field: "allergens", Label: text.T("maker.label.allergens"), Value: allergens, URL: change(stepAllergens)},
		{Field: "kitchen", Label: text.T("maker.dapur.label"), Value: kitchen, URL: change(stepKitchen)},
		{Field: "keeping", Label: text.T("maker.label.keeping"), Value: keeping, URL: change(stepKeeping)},
	}
	if catalog.AsksForLabel(r) {
		for i := range out {
			if out[i].Value == "" {
				out[i].Value, out[i].Missing = text.T("maker.label.asked"), true
			}
		}
		return out
	}
	for _, extra := range []string{l.Packaging, l.Production, l.Facts} {
		if out[3].Value == "" {
			out[3].Value = extra
		}
	}
	return out[3:] // other goods have facts alone: material, size, care
}

// certificateForm is what is typed from a certificate.
type certificateForm struct {
	Shop    int64  `form:"shop"`
	FormKey string `form:"form_key"`
	Kind    string `form:"kind"`
	Product string `form:"product"`
	Number  string `form:"number"`
	Issuer  string `form:"issuer"`
	Ends    string `form:"ends"`
}

func (a area) certificates(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		return a.certificatesPage(c, http.StatusOK, shop, certificateForm{FormKey: id.Token(), Kind: string(catalog.PIRT)}, nil)
	})
}

func (a area) certificatesPage(c *web.Ctx, status int, shop catalog.Shop, in certificateForm, e view.Errors) error {
	page, err := a.frame(c, shop, "beranda", text.T("maker.certificates.title"))
	if err != nil {
		return err
	}
	list, err := a.Catalog.Certificates(c.Context(), c.Actor, shop.ID, 0)
	if err != nil {
		return err
	}
	products, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	names := map[int64]string{}
	v := pages.Certificates{Page: page, ShopID: fmt.Sprint(shop.ID), FormKey: in.FormKey, Number: in.Number, Issuer: in.Issuer, Ends: in.Ends, Errors: e}
	for _, p := range products {
		if p.State != catalog.ProductArchived && p.Title != "" {
			names[p.ProductID] = p.Title
			v.Products = append(v.Products, view.Option{Value: fmt.Sprint(p.ProductID), Label: p.Title, Selected: in.Product == fmt.Sprint(p.ProductID)})
		}
	}
	for _, k := range catalog.MakerKinds() {
		v.Kinds = append(v.Kinds, view.Option{Value: string(k), Label: text.T("publiclabel.kind." + string(k)), Selected: in.Kind == string(k)})
	}
	now, err := a.Accounts.Now(c.Context())
	if err != nil {
		return err
	}
	for _, x := range list {
		card := pages.CertificateCard{ID: fmt.Sprint(x.ID), Kind: text.T("publiclabel.kind." + string(x.Kind)), Number: x.Number, Note: x.Note, For: text.T("maker.certificates.whole"), Chip: certificateChip(x, now), Renew: renewalLink(x, now)}
		if x.ProductID != nil {
			card.For = names[*x.ProductID]
		}
		if day := x.LastDay(); !day.IsZero() {
			card.Until = text.T("publiclabel.until", "date", calendar.Date(day))
		}
		v.Cards = append(v.Cards, card)
	}
	return c.Page(status, pages.CertificatesPage(v))
}

func certificateChip(x catalog.Certificate, now time.Time) view.Chip {
	switch {
	case x.State == catalog.CertificateEntered:
		return view.Chip{Tone: view.Wait, Label: text.T("maker.certificates.entered")}
	case x.State == catalog.CertificateRefused:
		return view.Chip{Tone: view.Bad, Label: text.T("maker.certificates.refused")}
	case x.HoldsAt(now):
		return view.Chip{Tone: view.Good, Label: text.T("maker.certificates.holds")}
	}
	return view.Chip{Tone: view.Warn, Label: text.T("maker.certificates.over")}
}

func (a area) enterCertificate(c *web.Ctx) error {
	var in certificateForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	if err := a.takeCertificate(c, shop, in); err != nil {
		return again(c, err, func(e view.Errors) error { return a.certificatesPage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	c.Flash(view.Good, "maker.certificates.sent")
	return c.SeeOther("/toko-saya/izin")
}

func (a area) takeCertificate(c *web.Ctx, shop catalog.Shop, in certificateForm) error {
	entry := catalog.NewCertificate{FormKey: in.FormKey, ProductID: number(in.Product), Kind: catalog.CertificateKind(in.Kind), Number: in.Number, Issuer: in.Issuer}
	if in.Ends != "" {
		day, err := time.Parse(time.DateOnly, in.Ends)
		if err != nil {
			return invalid("ends", "maker.certificates.day")
		}
		entry.Ends = day
	}
	file, name, err := c.File("photo")
	if err != nil {
		return err
	}
	if file != nil {
		defer func() { _ = file.Close() }()
		p, err := a.Media.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: catalog.CertificatePicture, OwnerID: shop.ID, Name: name})
		if err != nil {
			return err
		}
		entry.PictureID = p.ID
	}
	_, err = a.Catalog.EnterCertificate(c.Context(), c.Actor, shop.ID, entry)
	return err
}

func (a area) withdrawCertificate(c *web.Ctx) error {
	certificateID, err := c.ID("id")
	if err != nil {
		return err
	}
	done, err := a.Curation.WithdrawCertificate(c.Context(), c.Actor, certificateID)
	switch {
	case err != nil && !web.Faulty(err): // withdrawn already is what was wanted
		return err
	case len(done.Suspended) > 0:
		c.Flash(view.Warn, "maker.certificates.withdrawn_held", "products", strings.Join(done.Suspended, ", "))
	default:
		c.Flash(view.Good, "maker.certificates.withdrawn")
	}
	return c.SeeOther("/toko-saya/izin")
}

// aboutForm is what a shop says about itself.
type aboutForm struct {
	Shop    int64  `form:"shop"`
	About   string `form:"about"`
	Members string `form:"members"`
	Since   string `form:"since"`
}

func (a area) showAbout(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		in := aboutForm{About: shop.About}
		if shop.Members > 0 {
			in.Members = fmt.Sprint(shop.Members)
		}
		if shop.SinceYear > 0 {
			in.Since = fmt.Sprint(shop.SinceYear)
		}
		return a.aboutPage(c, http.StatusOK, shop, in, nil)
	})
}

func (a area) aboutPage(c *web.Ctx, status int, shop catalog.Shop, in aboutForm, e view.Errors) error {
	page, err := a.frame(c, shop, "beranda", text.T("maker.about.title"))
	if err != nil {
		return err
	}
	return c.Page(status, pages.AboutPage(pages.About{
		Page: page, Errors: e, FromSteps: fromSteps(c), ShopID: fmt.Sprint(shop.ID), About: in.About, Members: in.Members, Since: in.Since, Group: shop.Kind == catalog.Group,
		MayContact: c.Actor.Runs(shop.ID) && shop.Kind != catalog.Institution, Own: shop.ContactUserID == c.Actor.UserID,
	}))
}

func (a area) saveAbout(c *web.Ctx) error {
	var in aboutForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	words := catalog.ShopWords{About: in.About}
	if in.Members != "" {
		if words.Members, err = count(in.Members); err != nil {
			err = invalid("members", "catalog.shop.members")
		}
	}
	if in.Since != "" && err == nil {
		if words.SinceYear, err = count(in.Since); err != nil {
			err = invalid("since", "catalog.shop.since")
		}
	}
	if err == nil {
		err = a.Catalog.DescribeShop(c.Context(), c.Actor, shop.ID, words)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.aboutPage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	c.Flash(view.Good, "maker.about.saved")
	return saved(c, "/toko-saya/toko")
}

func (a area) saveContact(c *web.Ctx) error {
	var in struct {
		Shop int64  `form:"shop"`
		Own  string `form:"own"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err == nil {
		err = a.Catalog.ShowContact(c.Context(), c.Actor, shop.ID, in.Own == "ya")
	}
	if err != nil {
		return err
	}
	if in.Own == "ya" {
		c.Flash(view.Good, "maker.about.contact_own")
	} else {
		c.Flash(view.Good, "maker.about.contact_agency")
	}
	return c.SeeOther("/toko-saya/toko/tentang")
}
