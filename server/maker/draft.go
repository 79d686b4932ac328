package maker

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// A new product is one question a screen: photo, name, price, kind, amount. Each
// answer is saved at once, so leaving loses nothing; the page of the submission
// then goes on with the first question that is still open. From the review, an
// answer is changed on the same screen and leads back there (review=1).

// The steps, as they stand in addresses.
const (
	stepPhoto    = "foto"
	stepName     = "nama"
	stepPrice    = "harga"
	stepMode     = "cara"
	stepQuantity = "jumlah"
	stepDetails  = "keterangan"
)

var steps = []string{stepPhoto, stepName, stepPrice, stepMode, stepQuantity}

// nextStep is the first question without an answer, or the review.
func nextStep(sub catalog.Submission) string {
	r, at := sub.Revision, submissionURL(sub.ID)
	switch {
	case len(r.Pictures) == 0:
		return at + "/" + stepPhoto
	case r.Title == "":
		return at + "/" + stepName
	case r.Price == 0:
		return at + "/" + stepPrice
	case r.Quantity == 0:
		return at + "/" + stepMode
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

// draft is a submission somebody may change, as far as the address goes; the
// services decide again when it is saved.
type draft struct {
	sub    catalog.Submission
	shop   catalog.Shop
	review bool // came from the review
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

// save changes the draft; what is refused shows the step again.
func (a area) save(c *web.Ctx, step string, review bool, change catalog.DraftChange, wrong error, draw func(d draft, e view.Errors) error) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	var sub catalog.Submission
	if err = wrong; err == nil {
		sub, err = a.Catalog.SaveDraft(c.Context(), c.Actor, submissionID, change)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			d, err := a.draft(c)
			if err != nil {
				return err
			}
			d.review = review
			return draw(d, e)
		})
	}
	return c.SeeOther(after(sub, step, review))
}

// step is the frame of one question.
func (a area) step(c *web.Ctx, d draft, step string, e view.Errors) (view.Private, ui.Step, error) {
	question := text.T("maker." + step + ".question")
	page, err := a.frame(c, d.shop, "produk", question)
	at := submissionURL(d.sub.ID)
	s := ui.Step{
		Question: question, Hint: text.T("maker." + step + ".lead"), Action: at + "/" + step, Errors: e, Back: "/toko-saya/produk",
	}
	n := slices.Index(steps, step)
	if d.review || n < 0 {
		s.Back, s.Hidden = at, []view.Hidden{{Name: "review", Value: "1"}}
		s.Submit, s.SubmitIcon = text.T("maker.word.save"), "check"
		return page, s, err
	}
	s.Progress = view.Progress{Step: n + 1, Total: len(steps)}
	if n > 0 {
		s.Back = at + "/" + steps[n-1]
	}
	return page, s, err
}

func (a area) showPhotos(c *web.Ctx) error {
	return a.show(c, func(d draft) error { return a.photosPage(c, http.StatusOK, d, "", nil) })
}

func (a area) photosPage(c *web.Ctx, status int, d draft, how string, e view.Errors) error {
	page, s, err := a.step(c, d, stepPhoto, e)
	if err != nil {
		return err
	}
	s.Multipart = true
	if len(d.sub.Revision.Pictures) > 0 {
		s.Question, s.Hint = text.T("maker.photo.question"), text.T("maker.photo.lead")
	}
	shown, err := a.pictures(c.Context(), pictureAlts(d.sub.Revision))
	if err != nil {
		return err
	}
	if how == "" && d.sub.State == catalog.SubmissionReturned {
		how = "replace"
	}
	v := pages.Photos{Page: page, Step: s, Base: submissionURL(d.sub.ID), Review: d.review, Replace: how == "replace",
		Full: len(d.sub.Revision.Pictures) >= catalog.MaxPictures}
	for n, id := range d.sub.Revision.Pictures {
		v.Pictures = append(v.Pictures, pages.Photo{ID: id, Picture: shown[id], First: n == 0})
	}
	return c.Page(status, pages.PhotosPage(v))
}

func pictureAlts(r catalog.Revision) map[int64]string {
	alts := map[int64]string{}
	for n, id := range r.Pictures {
		alts[id] = text.T("maker.photo.alt", "n", n+1, "name", r.Title)
	}
	return alts
}

func (a area) addPhoto(c *web.Ctx) error {
	var in struct {
		Review string `form:"review"`
		How    string `form:"how"`
	}
	d, err := a.draft(c)
	if err != nil {
		return err
	}
	if err := c.Decode(&in); err != nil {
		return again(c, err, func(e view.Errors) error { return a.photosPage(c, web.Status(fault.As(err).Kind), d, "", e) })
	}
	d.review = in.Review == "1"
	err = a.takePhoto(c, d, in.How == "replace")
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			return a.photosPage(c, http.StatusUnprocessableEntity, d, in.How, e)
		})
	}
	return c.SeeOther(after(d.sub, stepPhoto, d.review))
}

// takePhoto stores the sent picture and puts it on the draft, in place of the
// first one if asked. Without a picture the present ones are enough. The same
// picture sent twice stays one.
func (a area) takePhoto(c *web.Ctx, d draft, replace bool) error {
	file, name, err := c.File("photo")
	if err != nil {
		return err
	}
	have := d.sub.Revision.Pictures
	if file == nil {
		if len(have) == 0 {
			return invalid("photo", "maker.photo.missing")
		}
		return nil
	}
	defer func() { _ = file.Close() }()
	if !d.sub.Editable() {
		return fault.Conflict("catalog.submission.not_editable")
	}
	p, err := a.Media.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: catalog.PictureOwner, OwnerID: d.sub.ProductID, Name: name})
	if err != nil {
		return err
	}
	known, err := a.Media.Pictures(c.Context(), have)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.SHA256 == p.SHA256 {
			return nil
		}
	}
	if replace && len(have) > 0 {
		next := append([]int64{p.ID}, have[1:]...)
		_, err = a.Catalog.SetPictures(c.Context(), c.Actor, d.sub.ID, next)
		return err
	}
	_, err = a.Catalog.AddPicture(c.Context(), c.Actor, d.sub.ID, p.ID)
	return err
}

func (a area) arrangePhotos(c *web.Ctx) error {
	var in struct {
		Picture int64  `form:"picture"`
		Do      string `form:"do"`
		Review  string `form:"review"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	d, err := a.draft(c)
	if err != nil {
		return err
	}
	d.review = in.Review == "1"
	rest := slices.DeleteFunc(slices.Clone(d.sub.Revision.Pictures), func(id int64) bool { return id == in.Picture })
	if len(rest) == len(d.sub.Revision.Pictures) {
		return c.SeeOther(photosURL(d)) // it is gone already
	}
	if in.Do == "first" {
		rest = append([]int64{in.Picture}, rest...)
	}
	if _, err := a.Catalog.SetPictures(c.Context(), c.Actor, d.sub.ID, rest); err != nil {
		return again(c, err, func(e view.Errors) error { return a.photosPage(c, http.StatusUnprocessableEntity, d, "", e) })
	}
	return c.SeeOther(photosURL(d))
}

func photosURL(d draft) string {
	at := submissionURL(d.sub.ID) + "/" + stepPhoto
	if d.review {
		at += "?review=1"
	}
	return at
}

func (a area) showName(c *web.Ctx) error {
	return a.show(c, func(d draft) error { return a.namePage(c, http.StatusOK, d, d.sub.Revision.Title, nil) })
}

func (a area) namePage(c *web.Ctx, status int, d draft, typed string, e view.Errors) error {
	page, s, err := a.step(c, d, stepName, e)
	if err != nil {
		return err
	}
	return c.Page(status, pages.WordsPage(pages.Words{Page: page, Step: s, Fields: []view.Field{{
		Name: "title", Label: text.T("maker.nama.label"), Hint: text.T("maker.nama.hint"), Value: typed, Error: e.Of("title"),
		MaxLength: catalog.MaxTitle, Large: true,
	}}}))
}

func (a area) saveName(c *web.Ctx) error {
	var in struct {
		Title  string `form:"title"`
		Review string `form:"review"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	return a.save(c, stepName, in.Review == "1", catalog.DraftChange{Title: &in.Title}, nil, func(d draft, e view.Errors) error {
		return a.namePage(c, http.StatusUnprocessableEntity, d, in.Title, e)
	})
}

type priceForm struct {
	Price  string `form:"price"`
	Unit   string `form:"unit"`
	Review string `form:"review"`
}

func (a area) showDraftPrice(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		in := priceForm{Unit: d.sub.Revision.Unit}
		if p := d.sub.Revision.Price; p > 0 {
			in.Price = money.Group(uint64(p))
		}
		return a.draftPricePage(c, http.StatusOK, d, in, nil)
	})
}

func (a area) draftPricePage(c *web.Ctx, status int, d draft, in priceForm, e view.Errors) error {
	page, s, err := a.step(c, d, stepPrice, e)
	if err != nil {
		return err
	}
	return c.Page(status, pages.WordsPage(pages.Words{Page: page, Step: s, Fields: []view.Field{
		{Name: "price", Label: text.T("maker.price.label"), Value: in.Price, Error: e.Of("price"), Prefix: "Rp", InputMode: "numeric", MaxLength: 14, Large: true},
		{Name: "unit", Label: text.T("maker.harga.unit"), Hint: text.T("maker.harga.unit_hint"), Value: in.Unit, Error: e.Of("unit"),
			MaxLength: catalog.MaxUnit, Optional: true},
	}}))
}

func (a area) saveDraftPrice(c *web.Ctx) error {
	var in priceForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	price, wrong := readPrice(in.Price)
	return a.save(c, stepPrice, in.Review == "1", catalog.DraftChange{Price: &price, Unit: &in.Unit}, wrong, func(d draft, e view.Errors) error {
		return a.draftPricePage(c, http.StatusUnprocessableEntity, d, in, e)
	})
}

func (a area) showMode(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		if d.sub.Kind == catalog.SubmissionEdit {
			return c.SeeOther(submissionURL(d.sub.ID)) // fixed since the first approval
		}
		return a.modePage(c, http.StatusOK, d, d.sub.Revision.Mode, nil)
	})
}

func (a area) modePage(c *web.Ctx, status int, d draft, chosen catalog.Mode, e view.Errors) error {
	page, s, err := a.step(c, d, stepMode, e)
	if err != nil {
		return err
	}
	return c.Page(status, pages.ModePage(pages.Mode{Page: page, Step: s, Choices: view.Choices{
		Name: "mode", Legend: text.T("maker.cara.legend"), Error: e.Of("mode"), Options: []view.Option{
			{Value: string(catalog.ModeStock), Label: text.T("maker.cara.stock"), Note: text.T("maker.cara.stock_note"), Icon: "box", Selected: chosen == catalog.ModeStock},
			{Value: string(catalog.ModeCapacity), Label: text.T("maker.cara.capacity"), Note: text.T("maker.cara.capacity_note"), Icon: "clock", Selected: chosen == catalog.ModeCapacity},
		},
	}}))
}

func (a area) saveMode(c *web.Ctx) error {
	var in struct {
		Mode   string `form:"mode"`
		Review string `form:"review"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	// From the review too, another kind asks for its amount anew.
	mode := catalog.Mode(in.Mode)
	return a.save(c, stepMode, false, catalog.DraftChange{Mode: &mode}, nil, func(d draft, e view.Errors) error {
		d.review = in.Review == "1"
		return a.modePage(c, http.StatusUnprocessableEntity, d, mode, e)
	})
}

type quantityForm struct {
	Quantity string `form:"quantity"`
	LeadDays string `form:"lead_days"`
	Review   string `form:"review"`
}

func (a area) showQuantity(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		if d.sub.Kind == catalog.SubmissionEdit {
			return c.SeeOther(submissionURL(d.sub.ID))
		}
		in := quantityForm{LeadDays: fmt.Sprint(d.sub.Revision.LeadDays)}
		if q := d.sub.Revision.Quantity; q > 0 {
			in.Quantity = pieces(q)
		}
		return a.quantityPage(c, http.StatusOK, d, in, nil)
	})
}

func (a area) quantityPage(c *web.Ctx, status int, d draft, in quantityForm, e view.Errors) error {
	page, s, err := a.step(c, d, stepQuantity, e)
	if err != nil {
		return err
	}
	label, hint, lead := "maker.stock.label", "maker.jumlah.stock_hint", "maker.jumlah.stock_days"
	if d.sub.Revision.Mode == catalog.ModeCapacity {
		label, hint, lead = "maker.capacity.label", "maker.jumlah.capacity_hint", "maker.jumlah.capacity_days"
		s.Question = text.T("maker.jumlah.capacity_question")
	}
	return c.Page(status, pages.WordsPage(pages.Words{Page: page, Step: s, Fields: []view.Field{
		{Name: "quantity", Label: text.T(label), Hint: text.T(hint), Value: in.Quantity, Error: e.Of("quantity"), InputMode: "numeric", MaxLength: 9, Large: true},
		{Name: "lead_days", Label: text.T(lead), Hint: text.T("maker.jumlah.days_hint"), Value: in.LeadDays, Error: e.Of("lead_days"),
			Suffix: text.T("maker.jumlah.days"), InputMode: "numeric", MaxLength: 3},
	}}))
}

func (a area) saveQuantity(c *web.Ctx) error {
	var in quantityForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	wrong := fault.Invalid("fault.form")
	quantity, err := count(in.Quantity)
	if err != nil {
		wrong.With("quantity", "maker.stock.unreadable")
	}
	days, err := count(in.LeadDays)
	if err != nil {
		wrong.With("lead_days", "maker.jumlah.days_unreadable")
	}
	change := catalog.DraftChange{Quantity: &quantity, LeadDays: &days}
	return a.save(c, stepQuantity, in.Review == "1", change, wrong.OrNil(), func(d draft, e view.Errors) error {
		return a.quantityPage(c, http.StatusUnprocessableEntity, d, in, e)
	})
}

type detailsForm struct {
	Description string `form:"description"`
	Category    string `form:"category"`
	Weight      string `form:"weight"`
	PickupOnly  string `form:"pickup_only"`
}

func (a area) showDetails(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		r := d.sub.Revision
		in := detailsForm{Description: r.Description, Category: r.CategorySlug}
		if r.WeightGrams > 0 {
			in.Weight = pieces(r.WeightGrams)
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
	all, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return err
	}
	v := pages.Details{
		Page: page, Step: s, Description: in.Description, Weight: in.Weight, PickupOnly: in.PickupOnly != "",
		DescriptionMax: catalog.MaxDescription, Errors: e,
	}
	for _, k := range all {
		v.Categories = append(v.Categories, view.Option{Value: k.Slug, Label: k.Name, Selected: k.Slug == in.Category})
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
	pickup := in.PickupOnly != ""
	change := catalog.DraftChange{Description: &in.Description, Category: &in.Category, WeightGrams: &weight, PickupOnly: &pickup}
	return a.save(c, stepDetails, true, change, wrong, func(d draft, e view.Errors) error {
		return a.detailsPage(c, http.StatusUnprocessableEntity, d, in, e)
	})
}
