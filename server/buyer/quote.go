package buyer

import (
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/quote"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Quotes is what the pages ask of package quote.
type Quotes interface {
	Hold(ctx context.Context, formKey string, more int) (int64, error)
	Ask(ctx context.Context, in quote.AskInput) (quote.Request, error)
	ByToken(ctx context.Context, token string) (quote.Request, error)
	DealOf(ctx context.Context, offerID int64) (quote.Deal, error)
	Accept(ctx context.Context, token string, in quote.AcceptInput) (quote.Deal, error)
	Cancel(ctx context.Context, token string) error
}

// Goods finds the product that a price is asked for.
type Goods interface {
	ProductBySlug(ctx context.Context, slug string) (catalog.ProductView, error)
}

// Uploads keeps the pictures of a request.
type Uploads interface {
	Store(ctx context.Context, actor account.Actor, up media.Upload) (media.Picture, error)
	PicturesOf(ctx context.Context, ownerKind string, ownerID int64) ([]media.Picture, error)
}

const (
	askBody     = quote.MaxPictures*(10<<20) + (1 << 20)
	asksPerHour = 20 // per address; each is read by a person
	firstSizes  = 4
)

func (a area) quoteRoutes() []web.Route {
	return []web.Route{
		{Method: "GET", Path: "/minta-harga", Handler: a.showAsk},
		{Method: "POST", Path: "/minta-harga", Handler: a.submitAsk, BodyLimit: askBody},
		{Method: "GET", Path: "/penawaran/:token", Handler: a.showOffer},
		{Method: "POST", Path: "/penawaran/:token/setuju", Handler: a.acceptOffer},
		{Method: "POST", Path: "/penawaran/:token/batal", Handler: a.cancelRequest},
	}
}

// askForm is the form of /minta-harga as typed.
type askForm struct {
	FormKey      string `form:"form_key"`
	Step         string `form:"langkah"`
	Slug         string `form:"produk"`
	Wish         string `form:"apa"`
	Details      string `form:"rincian"`
	Quantity     string `form:"jumlah"`
	NeededBy     string `form:"tanggal"`
	Province     string `form:"provinsi"`
	Regency      string `form:"kabupaten"`
	District     string `form:"kecamatan"`
	Name         string `form:"nama"`
	Phone        string `form:"hp"`
	Email        string `form:"surel"`
	Organisation string `form:"lembaga"`
	sizes        []quote.TypedSize
}

func (a area) showAsk(c *web.Ctx) error {
	f := askForm{FormKey: id.Token(), Slug: c.Query("produk"), Wish: shortened(c.Query("apa")), Quantity: c.Query("jumlah"), sizes: make([]quote.TypedSize, firstSizes)}
	return a.drawAsk(c, http.StatusOK, f, nil)
}

// shortened keeps what the field of the wish takes.
func shortened(wish string) string {
	runes := []rune(strings.ToValidUTF8(wish, ""))
	return string(runes[:min(len(runes), 100)])
}

func (a area) submitAsk(c *web.Ctx) error {
	var f askForm
	if err := c.Decode(&f); err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	for n := 1; n <= quote.MaxSizes+1 && (n <= firstSizes || values.Has("ukuran_"+strconv.Itoa(n))); n++ {
		at := strconv.Itoa(n)
		f.sizes = append(f.sizes, quote.TypedSize{Label: values.Get("ukuran_" + at), Quantity: values.Get("banyak_" + at)})
	}
	problem := a.keepPictures(c, f.FormKey)
	if problem != nil && !web.Faulty(problem) {
		return problem
	}
	if f.Step != "kirim" { // one of the small buttons: draw again with what was typed
		if f.Step == "ukuran" && len(f.sizes) < quote.MaxSizes {
			f.sizes = append(f.sizes, make([]quote.TypedSize, min(firstSizes, quote.MaxSizes-len(f.sizes)))...)
		}
		return a.drawAsk(c, statusOf(problem), f, problem)
	}
	if problem != nil {
		return a.drawAsk(c, http.StatusUnprocessableEntity, f, problem)
	}
	if err := a.Limits.Allow(c.Context(), account.Limit{Name: "quote", Who: c.IP(), Most: asksPerHour, Window: hour}); err != nil {
		return err
	}
	in := quote.AskInput{
		FormKey: f.FormKey, BuyerUserID: c.Actor.UserID, Wish: f.Wish, Details: f.Details, Quantity: f.Quantity, Sizes: f.sizes, NeededBy: f.NeededBy,
		RegencyCode: f.Regency, DistrictCode: f.District, Name: f.Name, Phone: f.Phone, Email: f.Email, Organisation: f.Organisation,
	}
	if f.Slug != "" {
		p, err := a.Goods.ProductBySlug(c.Context(), f.Slug)
		if err != nil {
			return err
		}
		in.ProductID = p.ProductID
	}
	r, err := a.Quotes.Ask(c.Context(), in)
	switch {
	case web.Faulty(err):
		return a.drawAsk(c, http.StatusUnprocessableEntity, f, err)
	case err != nil:
		return err
	}
	return c.SeeOther("/penawaran/" + r.Token)
}

func statusOf(problem error) int {
	if problem != nil {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// keepPictures stores what was sent along, before anything else is looked at, so
// that a fault elsewhere does not lose it. Guests have no account to count
// uploads by, so their address is counted here and media counts nobody.
func (a area) keepPictures(c *web.Ctx, formKey string) error {
	var files []*multipart.FileHeader
	if c.Request().MultipartForm != nil {
		for _, h := range c.Request().MultipartForm.File["gambar"] {
			if h.Size > 0 {
				files = append(files, h)
			}
		}
	}
	if len(files) == 0 {
		return nil
	}
	err := a.Limits.Allow(c.Context(), account.Limit{Name: "quote-picture", Who: c.IP(), Most: asksPerHour * quote.MaxPictures, Window: hour})
	if err != nil {
		return err
	}
	owner, err := a.Quotes.Hold(c.Context(), formKey, len(files))
	if err != nil {
		return err
	}
	for _, h := range files {
		file, err := h.Open()
		if err != nil {
			return fault.Invalid("fault.form").Because(err)
		}
		_, err = a.Uploads.Store(c.Context(), account.System, media.Upload{
			Reader: file, OwnerKind: quote.PictureOwner, OwnerID: owner, Name: strings.ToValidUTF8(h.Filename, "?")})
		_ = file.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// drawAsk draws the form with everything typed.
func (a area) drawAsk(c *web.Ctx, status int, f askForm, problem error) error {
	v := pages.AskPrice{
		Page: c.PublicView(c.T("quotepage.ask.title"), c.T("quotepage.ask.lead"), "/minta-harga"), Action: "/minta-harga", FormKey: f.FormKey, Slug: f.Slug,
		Errors: askErrors(c, problem), Wish: f.Wish, Details: f.Details, Quantity: f.Quantity, NeededBy: f.NeededBy,
		Name: f.Name, Phone: f.Phone, Email: f.Email, Organisation: f.Organisation,
	}
	v.Page.NoIndex = f.Slug != "" || f.Wish != ""
	if f.Slug != "" {
		p, err := a.Goods.ProductBySlug(c.Context(), f.Slug)
		if err != nil {
			return err
		}
		pictures, err := a.Pictures.Pictures(c.Context(), []int64{p.PictureID})
		if err != nil {
			return err
		}
		v.Product, v.Shop, v.Picture = p.Title, p.ShopName, web.Picture(pictures[p.PictureID], p.Title)
		if v.Wish == "" && problem == nil {
			v.Wish = p.Title
		}
	}
	for i, s := range f.sizes {
		n := strconv.Itoa(i + 1)
		v.Sizes = append(v.Sizes, pages.SizeRow{N: n, Label: s.Label, Quantity: s.Quantity, Error: v.Errors.Of("size_" + n)})
		v.SizesOpen = v.SizesOpen || s.Label != "" || s.Quantity != ""
	}
	v.SizesOpen = v.SizesOpen || f.Step == "ukuran" || v.Errors.Of("sizes") != ""
	v.Photo = view.PhotoField{Name: "gambar", Label: c.T("quotepage.ask.pictures"), Hint: c.T("quotepage.ask.pictures_hint", "max", quote.MaxPictures),
		Error: v.Errors.Of("gambar"), Multiple: true, Optional: true}
	if f.Step != "" {
		kept, err := a.kept(c, f.FormKey)
		if err != nil {
			return err
		}
		if kept > 0 {
			v.Kept = c.T("quotepage.ask.kept", "count", kept)
		}
	}
	where := checkoutForm{Province: f.Province, Regency: f.Regency, District: f.District}
	where.destination()
	v.Provinces, v.Regencies, v.Districts = places(&where)
	return c.Page(status, pages.AskPricePage(v))
}

// kept is how many pictures this form has stored already.
func (a area) kept(c *web.Ctx, formKey string) (int, error) {
	owner, err := a.Quotes.Hold(c.Context(), formKey, 0)
	if err != nil {
		if web.Faulty(err) {
			return 0, nil
		}
		return 0, err
	}
	kept, err := a.Uploads.PicturesOf(c.Context(), quote.PictureOwner, owner)
	return len(kept), err
}

// askFields gives the domain's fields the names they have in the form.
var askFields = map[string]string{
	"wish": "apa", "details": "rincian", "quantity": "jumlah", "needed_by": "tanggal", "regency": "kabupaten", "district": "kecamatan",
	"name": "nama", "phone": "hp", "email": "surel", "organisation": "lembaga", "pictures": "gambar", "photo": "gambar",
	"street": "jalan", "village": "desa", "postcode": "kodepos",
}

func askErrors(c *web.Ctx, err error) view.Errors {
	if err == nil {
		return nil
	}
	errs := c.Errors(err)
	for i, e := range errs {
		if name, ok := askFields[e.Field]; ok {
			errs[i].Field = name
		}
	}
	return errs
}

func (a area) showOffer(c *web.Ctx) error {
	return a.drawOffer(c, http.StatusOK, quote.AcceptInput{}, nil)
}

func (a area) acceptOffer(c *web.Ctx) error {
	values, err := c.Form()
	if err != nil {
		return err
	}
	in := quote.AcceptInput{Street: values.Get("jalan"), Village: values.Get("desa"), Postcode: values.Get("kodepos")}
	if in.OfferID, err = strconv.ParseInt(values.Get("penawaran"), 10, 64); err != nil {
		return fault.NotFound("offer")
	}
	deal, err := a.Quotes.Accept(c.Context(), c.Param("token"), in)
	switch {
	case fault.Is(err, fault.KindConflict):
		return a.drawOffer(c, http.StatusConflict, in, err)
	case web.Faulty(err):
		return a.drawOffer(c, http.StatusUnprocessableEntity, in, err)
	case err != nil:
		return err
	}
	// The invoice is made at once when the gateway answers; else its job makes it
	// and the letter's page waits.
	paid, err := a.Payments.Open(c.Context(), deal.Payment.ID)
	if err != nil {
		c.Log().Warn("invoice not open yet", "payment", deal.Payment.ID, "error", err)
	}
	if err == nil && paid.State == payment.Open && paid.InvoiceURL != "" {
		return c.Leave(paid.InvoiceURL)
	}
	return c.SeeOther("/penawaran/" + c.Param("token"))
}

func (a area) cancelRequest(c *web.Ctx) error {
	if err := a.Quotes.Cancel(c.Context(), c.Param("token")); err != nil && !fault.Is(err, fault.KindConflict) {
		return err
	}
	return c.SeeOther("/penawaran/" + c.Param("token"))
}

// drawOffer tells the truth of our own records, whatever the browser came back
// with from the gateway.
func (a area) drawOffer(c *web.Ctx, status int, typed quote.AcceptInput, problem error) error {
	token := c.Param("token")
	r, err := a.Quotes.ByToken(c.Context(), token)
	if err != nil {
		return err
	}
	v := pages.OfferLetter{
		Page: c.Own(c.T("quotepage.offer.title")), State: requestChip(c, r.State), Headline: c.T("quotepage.headline." + string(r.State)),
		Lead: c.T("quotepage.lead." + string(r.State)), Asked: a.askedFacts(c, r), Details: r.Details,
	}
	if r.Reason != "" && r.State == quote.Declined {
		v.Notices = append(v.Notices, view.Notice{Tone: view.Info, Title: c.T("quotepage.offer.reason"), Text: r.Reason})
	}
	if fault.Is(problem, fault.KindConflict) {
		f := fault.As(problem)
		v.Notices, problem = append(v.Notices, view.Notice{Tone: view.Warn, Text: c.T(f.Key, f.Args...)}), nil
	}
	offer, there := r.Latest()
	if there {
		if v.Letter, err = a.letter(c, r, offer); err != nil {
			return err
		}
	}
	switch r.State {
	case quote.Unplaced, quote.Asked:
		v.CancelURL, v.Cancel = "/penawaran/"+token+"/batal", c.T("quotepage.offer.cancel")
	case quote.Answered:
		v.CancelURL, v.Cancel = "/penawaran/"+token+"/batal", c.T("quotepage.offer.turn_down")
		v.Accept = &pages.AcceptForm{
			URL: "/penawaran/" + token + "/setuju", Offer: strconv.FormatInt(offer.ID, 10), NeedsAddress: offer.Method != delivery.Pickup,
			Place:  c.T("quotepage.accept.place", "place", region.Place(r.DistrictCode)),
			Street: typed.Street, Village: typed.Village, PostCode: typed.Postcode, Errors: askErrors(c, problem),
		}
	case quote.Accepted:
		if err := a.deal(c, &v, offer); err != nil {
			return err
		}
	}
	return c.Page(status, pages.OfferLetterPage(v))
}

// deal is what became of an accepted offer: to be paid, or an order on its way.
func (a area) deal(c *web.Ctx, v *pages.OfferLetter, offer quote.Offer) error {
	d, err := a.Quotes.DealOf(c.Context(), offer.ID)
	if err != nil {
		return err
	}
	if d.Order.State == order.AwaitingPayment {
		if _, err := a.Payments.Refresh(c.Context(), d.Payment.ID); err != nil {
			c.Log().Warn("gateway not asked", "payment", d.Payment.ID, "error", err)
		} else if d, err = a.Quotes.DealOf(c.Context(), offer.ID); err != nil {
			return err
		}
	}
	v.State = chip(c, d.Order.State)
	if d.Order.State != order.AwaitingPayment {
		v.Headline, v.Lead = c.T("quotepage.deal.paid", "number", d.Order.Number), c.T("quotepage.deal.paid_lead")
		v.OrderURL = "/pesanan/" + d.Order.Token
		return nil
	}
	v.Headline, v.Lead = c.T("quotepage.deal.pay"), c.T("quotepage.deal.pay_lead", "until", c.DateTime(d.Offer.PayUntil, ""))
	if d.Payment.State == payment.Open {
		v.PayURL, v.PayLabel = d.Payment.InvoiceURL, c.T("quotepage.deal.pay_now", "amount", d.Offer.Total)
	}
	v.Page.ReloadAfter = refreshSeconds
	return nil
}

func (a area) askedFacts(c *web.Ctx, r quote.Request) []view.Fact {
	facts := []view.Fact{{Label: c.T("quotepage.ask.wish"), Value: r.Wish}, {Label: c.T("quotepage.ask.quantity"), Value: count(r.Quantity)}}
	var sizes []string
	for _, s := range r.Sizes {
		sizes = append(sizes, fmt.Sprintf("%s × %s", s.Label, count(s.Quantity)))
	}
	if len(sizes) > 0 {
		facts = append(facts, view.Fact{Label: c.T("quotepage.ask.sizes_word"), Value: strings.Join(sizes, ", ")})
	}
	if !r.NeededBy.IsZero() {
		facts = append(facts, view.Fact{Label: c.T("quotepage.ask.needed"), Value: c.Date(r.NeededBy)})
	}
	return append(facts, view.Fact{Label: c.T("quotepage.ask.where"), Value: region.Place(r.DistrictCode)})
}

func (a area) letter(c *web.Ctx, r quote.Request, o quote.Offer) (*pages.Letter, error) {
	shop, err := a.Shops.Shop(c.Context(), o.ShopID)
	if err != nil {
		return nil, err
	}
	l := &pages.Letter{
		Shop: o.ShopName, ShopURL: "/toko/" + shop.Slug, Title: o.Title, Note: o.Note, Words: ui.Words(c.Context(), o.Total),
		Payment: c.T("quotepage.letter.payment"),
		Facts: []view.Fact{
			{Label: c.T("quotepage.letter.number"), Value: fmt.Sprintf("P-%d", o.ID)},
			{Label: c.T("quotepage.letter.date"), Value: c.DateTime(o.SentAt, shop.RegencyCode)},
			{Label: c.T("quotepage.letter.to"), Value: strings.Trim(r.Buyer.Name+", "+r.Organisation, ", ")},
			{Label: c.T("quotepage.letter.ready"), Value: c.Date(o.ReadyOn)},
			{Label: c.T("quotepage.letter.valid"), Value: c.DateTime(o.ValidUntil.Add(-time.Minute), shop.RegencyCode)},
		},
		Lines: view.Table{Caption: c.T("quotepage.letter.lines"), Columns: []view.Column{
			{Label: c.T("quotepage.letter.item")}, {Label: c.T("quotepage.ask.quantity"), Numeric: true},
			{Label: c.T("quotepage.letter.unit"), Numeric: true}, {Label: c.T("quotepage.letter.amount"), Numeric: true},
		}},
		Bill: []view.Amount{
			{Label: c.T("buyerpage.bill.goods"), Value: o.Goods},
			{Label: c.T(o.Method.LabelKey()), Value: o.Fee},
			{Label: c.T("buyerpage.bill.total"), Value: o.Total, Strong: true},
		},
	}
	for _, line := range o.Lines {
		item := line.Label
		if item == "" {
			item = o.Title
		}
		l.Lines.Rows = append(l.Lines.Rows, view.Row{Cells: []view.Cell{
			{Text: item}, {Text: count(line.Quantity)}, {Text: line.UnitPrice.String()}, {Text: line.Amount().String()},
		}})
	}
	return l, nil
}

func count(n int64) string { return money.Group(uint64(max(n, 0))) }

func requestChip(c *web.Ctx, s quote.State) view.Chip {
	tone := view.Wait
	switch s {
	case quote.Answered:
		tone = view.Info
	case quote.Accepted:
		tone = view.Good
	case quote.Declined, quote.Cancelled, quote.Expired:
		tone = view.Neutral
	}
	return view.Chip{Tone: tone, Label: c.T("quotepage.state." + string(s))}
}
