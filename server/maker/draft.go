package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// A new product is one question a screen: photo, kind, name, price, amount. Each
// answer is saved at once, so leaving loses nothing; the page of the submission
// then goes on with the first question that is still open. From the review, an
// answer is changed on the same screen and leads back there (review=1).

// The steps, as they stand in addresses.
const (
	stepPhoto    = "foto"
	stepCategory = "jenis"
	stepName     = "nama"
	stepPrice    = "harga"
	stepQuantity = "jumlah"
	stepDetails  = "keterangan"
)

var steps = []string{stepPhoto, stepCategory, stepName, stepPrice, stepQuantity}

// nextStep is the first question without an answer, or the review. The kind has an
// answer from the start ("Lain-lain"), so it is asked before the name only.
func nextStep(sub catalog.Submission) string {
	r, at := sub.Revision, submissionURL(sub.ID)
	switch {
	case len(r.Pictures) == 0:
		return at + "/" + stepPhoto
	case r.Title == "" && r.CategorySlug == catalog.DefaultCategory:
		return at + "/" + stepCategory
	case r.Title == "":
		return at + "/" + stepName
	case r.Price == 0 && r.Mode != catalog.ModeQuote:
		return at + "/" + stepPrice
	case r.Quantity == 0:
		return at + "/" + stepQuantity
	}
	return at
}

// after is where a saved step leads.
func after(sub catalog.Submission, step string, review bool) string {
	n := slices.Index(steps, step)
	if review || n < 0 || n == len(steps)-1 {
		return submissionURL(sub.ID)
	}
	return submissionURL(sub.ID) + "/" + steps[n+1]
}

// onward is after, back to the point of a return that the screen was opened from
// (poin in its address).
func onward(c *web.Ctx, sub catalog.Submission, step string, review bool) string {
	to := after(sub, step, review)
	if n := number(c.Query("poin")); n > 0 && to == submissionURL(sub.ID) {
		to = pointURL(sub.ID, n)
	}
	return to
}

// draft is a submission somebody may change, as far as the address goes; the
// services decide again when it is saved.
type draft struct {
	sub    catalog.Submission
	shop   catalog.Shop
	review bool      // came from the review
	seen   string    // the mark of the part as it was on the screen; "" for the first look
	clash  *ui.Clash // what somebody else wrote meanwhile
	ask    *ui.Ask   // what was understood and is better asked back
}

func (a area) draft(c *web.Ctx) (draft, error) {
	submissionID, err := c.ID("id")
	if err != nil {
		return draft{}, err
	}
	sub, err := a.Catalog.Submission(c.Context(), c.Actor, submissionID)
	if err != nil {
		return draft{}, err
	}
	shop, err := a.own(c, sub.ShopID)
	return draft{sub: sub, shop: shop, review: c.Query("review") == "1"}, err
}

// show draws a step of an editable draft; any other leads to its review.
func (a area) show(c *web.Ctx, draw func(d draft) error) error {
	d, err := a.draft(c)
	if err != nil {
		return err
	}
	if !d.sub.Editable() {
		return c.SeeOther(submissionURL(d.sub.ID))
	}
	return draw(d)
}

// parts are what the steps ask, for two people at one draft.
var parts = map[string]catalog.Part{
	stepCategory: catalog.PartCategory, stepName: catalog.PartTitle, stepPrice: catalog.PartPrice,
	stepQuantity: catalog.PartAmount, stepDetails: catalog.PartDetails,
}

// sent is one answered screen.
type sent struct {
	step   string
	review bool
	seen   string // the mark of what the screen showed
	change catalog.DraftChange
	wrong  error   // what could not be read
	ask    *ui.Ask // to agree to before it counts
}

// save changes the draft; what is refused shows the step again, with everything that
// was typed. What somebody else saved meanwhile stands beside it.
func (a area) save(c *web.Ctx, in sent, draw func(d draft, e view.Errors) error) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	var sub catalog.Submission
	if err = in.wrong; err == nil && in.ask == nil {
		in.change.Part, in.change.Seen = parts[in.step], in.seen
		sub, err = a.Catalog.SaveDraft(c.Context(), c.Actor, submissionID, in.change)
	}
	if err == nil && in.ask == nil {
		return c.SeeOther(onward(c, sub, in.step, in.review))
	}
	drawn := func(e view.Errors) error {
		d, again := a.draft(c)
		if again != nil {
			return again
		}
		d.review, d.seen, d.ask = in.review, in.seen, in.ask
		if f := fault.As(err); err != nil && f.Key == catalog.ChangedMeanwhile {
			d.seen, e = "", nil // she sees it now
			if d.clash, again = a.clash(c, d, in.step); again != nil {
				return again
			}
		}
		return draw(d, e)
	}
	if err == nil {
		return drawn(nil)
	}
	return again(c, err, drawn)
}

// clash says who changed a part since the screen was opened, and to what.
func (a area) clash(c *web.Ctx, d draft, step string) (*ui.Clash, error) {
	edit, found, err := a.Catalog.LastEdit(c.Context(), c.Actor, d.sub.ID, parts[step])
	if err != nil {
		return nil, err
	}
	out := &ui.Clash{Who: text.T("maker.clash.somebody"), Theirs: stored(d.sub.Revision, step), Keep: onward(c, d.sub, step, d.review)}
	if !found {
		return out, nil
	}
	who := text.T("maker.clash.yourself")
	if edit.ChangedBy != c.Actor.UserID {
		user, err := a.Accounts.User(c.Context(), edit.ChangedBy)
		if err != nil {
			return nil, err
		}
		who = user.Name
	}
	out.Who = text.T("maker.clash.who", "name", who, "when", calendar.DateTime(edit.ChangedAt, d.shop.RegencyCode))
	return out, nil
}

// stored is what a part says now, in words.
func stored(r catalog.Revision, step string) string {
	switch step {
	case stepName:
		return r.Title
	case stepCategory:
		return r.CategoryName
	case stepPrice:
		if r.Price == 0 {
			return text.T("maker.harga.on_request")
		}
		return priceOf(r.Price, r.Unit)
	case stepQuantity:
		return text.T("maker.cara."+string(r.Mode)) + ", " + pieces(r.Quantity)
	}
	return r.Description
}

// step is the frame of one question.
func (a area) step(c *web.Ctx, d draft, step string, e view.Errors) (view.Private, ui.Step, error) {
	question := text.T("maker." + step + ".question")
	page, err := a.frame(c, d.shop, "produk", question)
	page.Scripts = append(page.Scripts, "js/photos.js")
	at := submissionURL(d.sub.ID)
	s := ui.Step{
		Question: question, Hint: text.T("maker." + step + ".lead"), Action: at + "/" + step, Errors: e, Back: "/toko-saya/produk", Keep: ui.KeepDraft, Clash: d.clash, Ask: d.ask,
	}
	if part := parts[step]; part != "" {
		seen := d.seen
		if seen == "" {
			seen = d.sub.Revision.Mark(part)
		}
		s.Hidden = append(s.Hidden, view.Hidden{Name: "seen", Value: seen})
	}
	if d.clash != nil {
		s.Submit, s.SubmitIcon = text.T("maker.clash.mine"), "check"
	}
	n := slices.Index(steps, step)
	if d.review || n < 0 {
		s.Back, s.Hidden = at, append(s.Hidden, view.Hidden{Name: "review", Value: "1"})
		if d.clash == nil {
			s.Submit, s.SubmitIcon = text.T("maker.word.save"), "check"
		}
		if point := number(c.Query("poin")); point > 0 {
			s.Back, s.Action = pointURL(d.sub.ID, point), fmt.Sprintf("%s?poin=%d", s.Action, point)
		}
		return page, s, err
	}
	s.Progress = view.Progress{Step: n + 1, Total: len(steps) + 1} // the last one is the review
	if n > 0 {
		s.Back = at + "/" + steps[n-1]
	}
	return page, s, err
}

func (a area) showCategory(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		chosen := d.sub.Revision.CategorySlug
		if d.sub.Revision.Title == "" && chosen == catalog.DefaultCategory {
			chosen = ""
		}
		return a.categoryPage(c, http.StatusOK, d, chosen, nil)
	})
}

// categoryPage shows the kinds as pictures. Each is a button, so that one tap answers
// and goes on.
func (a area) categoryPage(c *web.Ctx, status int, d draft, chosen string, e view.Errors) error {
	page, s, err := a.step(c, d, stepCategory, e)
	if err != nil {
		return err
	}
	all, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return err
	}
	v := pages.Categories{Page: page, Step: s}
	for _, k := range all {
		v.Kinds = append(v.Kinds, view.Option{Value: k.Slug, Label: k.Name, Icon: k.Slug, Selected: k.Slug == chosen})
	}
	return c.Page(status, pages.CategoriesPage(v))
}

func (a area) saveCategory(c *web.Ctx) error {
	var in struct {
		Category string `form:"category"`
		Review   string `form:"review"`
		Seen     string `form:"seen"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	var wrong error
	if in.Category == "" {
		wrong = invalid("category", "maker.jenis.missing")
	}
	return a.save(c, sent{step: stepCategory, review: in.Review == "1", seen: in.Seen, change: catalog.DraftChange{Category: &in.Category}, wrong: wrong},
		func(d draft, e view.Errors) error {
			return a.categoryPage(c, http.StatusUnprocessableEntity, d, in.Category, e)
		})
}

func (a area) showName(c *web.Ctx) error {
	return a.show(c, func(d draft) error { return a.namePage(c, http.StatusOK, d, d.sub.Revision.Title, nil) })
}

func (a area) namePage(c *web.Ctx, status int, d draft, typed string, e view.Errors) error {
	page, s, err := a.step(c, d, stepName, e)
	if err != nil {
		return err
	}
	like, err := a.similar(c.Context(), d.sub.Revision)
	if err != nil {
		return err
	}
	f := view.Field{
		Name: "title", Label: text.T("maker.nama.label"), Hint: text.T("maker.nama.hint"), Value: typed, Error: e.Of("title"),
		MaxLength: catalog.MaxTitle, Large: true, List: like.titles,
	}
	if len(like.titles) > 0 {
		f.Hint = text.T("maker.nama.similar", "names", strings.Join(like.titles[:min(2, len(like.titles))], text.T("maker.word.or")))
	}
	return c.Page(status, pages.WordsPage(pages.Words{Page: page, Step: s, Fields: []view.Field{f}}))
}

func (a area) saveName(c *web.Ctx) error {
	var in struct {
		Title  string `form:"title"`
		Review string `form:"review"`
		Seen   string `form:"seen"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	return a.save(c, sent{step: stepName, review: in.Review == "1", seen: in.Seen, change: catalog.DraftChange{Title: &in.Title}}, func(d draft, e view.Errors) error {
		return a.namePage(c, http.StatusUnprocessableEntity, d, in.Title, e)
	})
}

type priceForm struct {
	Price  string `form:"price"`
	Sure   string `form:"sure"`
	Unit   string `form:"unit"`
	Kind   string `form:"unit_kind"`
	Quote  string `form:"quote"`
	Review string `form:"review"`
	Seen   string `form:"seen"`
}

func (a area) showDraftPrice(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		r := d.sub.Revision
		in := priceForm{Unit: r.Unit, Kind: string(r.UnitKind)}
		if r.Price > 0 {
			in.Price = money.Group(uint64(r.Price))
		}
		if r.Mode == catalog.ModeQuote {
			in.Quote = "ya"
		}
		return a.draftPricePage(c, http.StatusOK, d, in, nil)
	})
}

func (a area) draftPricePage(c *web.Ctx, status int, d draft, in priceForm, e view.Errors) error {
	page, s, err := a.step(c, d, stepPrice, e)
	if err != nil {
		return err
	}
	like, err := a.similar(c.Context(), d.sub.Revision)
	if err != nil {
		return err
	}
	r := d.sub.Revision
	if status == http.StatusOK && r.Price == 0 && r.Unit == "" && like.kind != "" { // not answered yet: as its like is sold
		in.Kind = string(like.kind)
	}
	v := pages.Words{Page: page, Step: s, Note: like.prices(catalog.UnitKind(in.Kind))}
	if len(r.Variants) == 0 { // else each variant has its own
		v.Fields = append(v.Fields, view.Field{Name: "price", Label: text.T("maker.price.label"), Value: in.Price, Error: e.Of("price"), Prefix: "Rp",
			InputMode: "numeric", MaxLength: 20, Large: true, Optional: r.Mode == catalog.ModeQuote})
	}
	kinds := view.Select{Name: "unit_kind", Label: text.T("maker.harga.kind"), Error: e.Of("unit_kind")}
	for _, k := range catalog.UnitKinds {
		kinds.Options = append(kinds.Options, view.Option{Value: string(k), Label: text.T("choice.one." + string(k)), Selected: string(k) == in.Kind})
	}
	v.Select = &kinds
	v.Fields = append(v.Fields, view.Field{Name: "unit", Label: text.T("maker.harga.unit"), Hint: text.T("maker.harga.unit_hint"), Value: in.Unit, Error: e.Of("unit"),
		MaxLength: catalog.MaxUnit, Optional: true, List: like.units})
	if d.sub.Kind == catalog.SubmissionNew && len(r.Variants) == 0 {
		v.Check = &view.Check{Name: "quote", Label: text.T("maker.harga.quote"), Hint: text.T("maker.cara.quote_note"), Checked: in.Quote != ""}
	}
	return c.Page(status, pages.WordsPage(v))
}

// cheap is below which a typed price is asked back: who writes 35 mostly means
// thirty-five thousand.
const cheap = 1000

func (a area) saveDraftPrice(c *web.Ctx) error {
	var in priceForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	answer := sent{step: stepPrice, review: in.Review == "1", seen: in.Seen, change: catalog.DraftChange{Unit: &in.Unit}}
	if in.Kind != "" {
		kind := catalog.UnitKind(in.Kind)
		answer.change.UnitKind = &kind
	}
	d, err := a.draft(c)
	if err != nil {
		return err
	}
	r := d.sub.Revision
	quote := r.Mode == catalog.ModeQuote
	if d.sub.Kind == catalog.SubmissionNew && len(r.Variants) == 0 {
		if mode := catalog.ModeQuote; in.Quote != "" && !quote {
			answer.change.Mode, quote = &mode, true
		} else if mode := catalog.ModeStock; in.Quote == "" && quote && in.Price != "" {
			answer.change.Mode, quote = &mode, false
		}
	}
	if len(r.Variants) == 0 && (in.Price != "" || !quote) {
		var price money.Rupiah
		price, answer.wrong = readPrice(in.Price)
		if sure, err := money.Parse(in.Sure); err == nil && answer.wrong == nil && (sure == price || sure == price*1000) {
			price = sure
		} else if answer.wrong == nil && price > 0 && price < cheap {
			answer.ask = &ui.Ask{Text: text.T("maker.harga.ask", "price", in.Price), Name: "sure", Answers: []view.Option{
				{Value: fmt.Sprint(int64(price * 1000)), Label: text.T("maker.harga.thousand", "price", price*1000), Icon: "check"},
				{Value: fmt.Sprint(int64(price)), Label: text.T("maker.harga.only", "price", price)},
			}}
		}
		answer.change.Price = &price
	}
	return a.save(c, answer, func(d draft, e view.Errors) error {
		return a.draftPricePage(c, http.StatusUnprocessableEntity, d, in, e)
	})
}

type quantityForm struct {
	Mode     string `form:"mode"`
	Quantity string `form:"quantity"`
	Sure     string `form:"sure"`
	LeadDays string `form:"lead_days"`
	Review   string `form:"review"`
	Seen     string `form:"seen"`
}

func (a area) showQuantity(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		if d.sub.Kind == catalog.SubmissionEdit {
			return c.SeeOther(submissionURL(d.sub.ID)) // fixed since the first approval
		}
		in := quantityForm{Mode: string(d.sub.Revision.Mode), LeadDays: fmt.Sprint(d.sub.Revision.LeadDays)}
		if q := d.sub.Revision.Quantity; q > 0 {
			in.Quantity = pieces(q)
		}
		return a.quantityPage(c, http.StatusOK, d, in, nil)
	})
}

// quantityPage asks how it is sold together with how many: the number means stock or
// what a month holds.
func (a area) quantityPage(c *web.Ctx, status int, d draft, in quantityForm, e view.Errors) error {
	page, s, err := a.step(c, d, stepQuantity, e)
	if err != nil {
		return err
	}
	v := pages.Words{Page: page, Step: s, Choices: &view.Choices{Name: "mode", Legend: text.T("maker.cara.legend"), Error: e.Of("mode")}}
	for _, one := range []struct {
		mode catalog.Mode
		icon string
	}{{catalog.ModeStock, "box"}, {catalog.ModeCapacity, "clock"}, {catalog.ModeQuote, "message"}} {
		v.Choices.Options = append(v.Choices.Options, view.Option{
			Value: string(one.mode), Label: text.T("maker.cara." + string(one.mode)), Note: text.T("maker.cara." + string(one.mode) + "_note"),
			Icon: one.icon, Selected: in.Mode == string(one.mode),
		})
	}
	v.Fields = []view.Field{
		{Name: "quantity", Label: text.T("maker.jumlah.label"), Hint: text.T("maker.jumlah.hint"), Value: in.Quantity, Error: e.Of("quantity"), InputMode: "numeric", MaxLength: 20, Large: true},
		{Name: "lead_days", Label: text.T("maker.jumlah.days_label"), Hint: text.T("maker.jumlah.days_hint"), Value: in.LeadDays, Error: e.Of("lead_days"),
			Suffix: text.T("maker.jumlah.days"), InputMode: "numeric", MaxLength: 3},
	}
	return c.Page(status, pages.WordsPage(v))
}

func (a area) saveQuantity(c *web.Ctx) error {
	var in quantityForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	wrong := fault.Invalid("fault.form")
	quantity, ask, err := agreed(in.Quantity, in.Sure, "sure")
	if err != nil {
		wrong.With("quantity", "maker.stock.unreadable")
	}
	days, err := count(in.LeadDays)
	if err != nil {
		wrong.With("lead_days", "maker.jumlah.days_unreadable")
	}
	mode := catalog.Mode(in.Mode)
	change := catalog.DraftChange{Mode: &mode, Quantity: &quantity, LeadDays: &days}
	return a.save(c, sent{step: stepQuantity, review: in.Review == "1", seen: in.Seen, change: change, wrong: wrong.OrNil(), ask: ask}, func(d draft, e view.Errors) error {
		return a.quantityPage(c, http.StatusUnprocessableEntity, d, in, e)
	})
}

type detailsForm struct {
	Description string `form:"description"`
	Weight      string `form:"weight"`
	Length      string `form:"length"`
	Width       string `form:"width"`
	Height      string `form:"height"`
	Service     string `form:"service"`
	PickupOnly  string `form:"pickup_only"`
	Seen        string `form:"seen"`
}

func (a area) showDetails(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		r := d.sub.Revision
		in := detailsForm{Description: r.Description}
		if r.WeightGrams > 0 {
			in.Weight = pieces(r.WeightGrams)
		}
		in.Length, in.Width, in.Height = figure(r.LengthCM), figure(r.WidthCM), figure(r.HeightCM)
		if r.Service {
			in.Service = "ya"
		}
		if r.PickupOnly {
			in.PickupOnly = "ya"
		}
		return a.detailsPage(c, http.StatusOK, d, in, nil)
	})
}

func (a area) detailsPage(c *web.Ctx, status int, d draft, in detailsForm, e view.Errors) error {
	page, s, err := a.step(c, d, stepDetails, e)
	if err != nil {
		return err
	}
	v := pages.Details{
		Page: page, Step: s, Description: in.Description, Weight: in.Weight, PickupOnly: in.PickupOnly != "",
		Length: in.Length, Width: in.Width, Height: in.Height, Service: in.Service != "", DescriptionMax: catalog.MaxDescription, Errors: e,
	}
	return c.Page(status, pages.DetailsPage(v))
}

func (a area) saveDetails(c *web.Ctx) error {
	var in detailsForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	var wrong error
	weight := int64(0)
	if in.Weight != "" {
		var err error
		if weight, err = count(in.Weight); err != nil {
			wrong = invalid("weight", "maker.details.weight_unreadable")
		}
	}
	var size [3]int64
	for i, side := range []string{in.Length, in.Width, in.Height} {
		var err error
		if side == "" {
			continue
		}
		if size[i], err = count(side); err != nil {
			wrong = invalid("package", "catalog.draft.package", "max", catalog.MaxSide)
		}
	}
	pickup, service := in.PickupOnly != "", in.Service != ""
	change := catalog.DraftChange{Description: &in.Description, WeightGrams: &weight, Package: &size, Service: &service, PickupOnly: &pickup}
	return a.save(c, sent{step: stepDetails, review: true, seen: in.Seen, change: change, wrong: wrong}, func(d draft, e view.Errors) error {
		return a.detailsPage(c, http.StatusUnprocessableEntity, d, in, e)
	})
}
