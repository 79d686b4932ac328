package buyer

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// complaintsPerHour bounds what one address may send with photos.
const complaintsPerHour = 10

// exits fills in what the buyer can do beside waiting: answer to a new date,
// complain, order again; and what was shown of the steps.
func (a area) exits(c *web.Ctx, o order.Order, page *pages.OrderTracking) error {
	at := "/pesanan/" + c.Param("token")
	may := order.BuyerMoves(o)
	if slices.Contains(may, order.CallOff) {
		page.NewDate = &pages.NewDate{
			Action: at + "/tanggal", FormKey: id.Token(), Seen: strconv.FormatInt(o.Version, 10),
			Date: c.Date(o.NewDate.In(calendar.Zone(o.RegencyCode))), Declined: !o.DateDeclinedAt.IsZero(), Paid: o.Paid(),
		}
		for _, e := range o.Events {
			if e.Move == order.ProposeDate {
				page.NewDate.Reason = e.Reason
			}
		}
	}
	if slices.Contains(may, order.Complain) {
		page.ComplainURL = at + "/keluhan"
		page.ComplainUntil = c.Date(o.ComplainUntil.In(calendar.Zone(o.RegencyCode)))
	}
	if o.State.Ended() {
		page.AgainURL = at + "/lagi"
	}
	if c.Query("lagi") != "" {
		page.Notices = append(page.Notices, view.Notice{Tone: view.Warn, Text: c.T("buyerpage.order.not_sold")})
	}
	if o.PayBy.Later() && !o.Paid() && o.Remaining() > 0 {
		page.Notices = append(page.Notices, view.Notice{Tone: view.Info, Text: c.T("buyerpage.order.pay_"+string(o.PayBy), "amount", o.Remaining())})
	}
	for _, e := range o.Events {
		said := e.Who == order.Seller || e.Who == order.Companion || e.Who == order.Staff || e.Move == order.Complain
		if e.Reason != "" && said {
			page.Words = append(page.Words, view.Step{Label: e.Said(c.T), When: c.DateTime(e.At, o.RegencyCode), Note: e.Reason, State: view.Done})
		}
		if len(e.Pictures) == 0 {
			continue
		}
		kept, err := a.Pictures.Pictures(c.Context(), e.Pictures)
		if err != nil {
			return err
		}
		for _, pictureID := range e.Pictures {
			if p, ok := kept[pictureID]; ok {
				url := at + "/foto/" + p.Key + "/"
				page.Photos = append(page.Photos, pages.StepPhoto{Small: url + "320.jpg", Large: url + "1280.jpg", Alt: e.Said(c.T), Width: strconv.Itoa(p.WidthAt(320)), Height: strconv.Itoa(p.HeightAt(320))})
			}
		}
	}
	return nil
}

// answerDate is the buyer's answer to a new date.
func (a area) answerDate(c *web.Ctx) error {
	var in struct {
		FormKey string `form:"form_key"`
		Seen    int64  `form:"seen"`
		Chosen  string `form:"jawab"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	name, ok := map[string]order.Transition{"setuju": order.AcceptDate, "tidak": order.DeclineDate, "batal": order.CallOff}[in.Chosen]
	if !ok {
		return fault.NotFound("answer to a new date")
	}
	_, err := a.Orders.MoveByToken(c.Context(), c.Param("token"), name, order.MoveInput{FormKey: in.FormKey, Seen: in.Seen})
	if err != nil && !fault.Is(err, fault.KindConflict) {
		return err
	}
	return c.SeeOther("/pesanan/" + c.Param("token"))
}

// complaintForm is a complaint as typed.
type complaintForm struct {
	FormKey string `form:"form_key"`
	Cause   string `form:"sebab"`
	Words   string `form:"cerita"`
}

func (a area) showComplain(c *web.Ctx) error {
	return a.drawComplain(c, http.StatusOK, complaintForm{FormKey: id.Token()}, nil)
}

func (a area) drawComplain(c *web.Ctx, status int, in complaintForm, problem error) error {
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	at := "/pesanan/" + c.Param("token")
	if !slices.Contains(order.BuyerMoves(o), order.Complain) {
		return c.SeeOther(at)
	}
	page := pages.Complain{
		Page: c.Own(c.T("buyer.complain.title")), Number: o.Number, Shop: o.ShopName, Action: at + "/keluhan", Back: at, FormKey: in.FormKey, Words: in.Words,
	}
	if problem != nil {
		page.Errors = c.Errors(problem)
		for i, e := range page.Errors {
			if name, ok := map[string]string{"cause": "sebab", "reason": "cerita", "photo": "gambar"}[e.Field]; ok {
				page.Errors[i].Field = name
			}
		}
	}
	for _, cause := range order.Causes {
		page.Causes = append(page.Causes, view.Option{Value: string(cause), Label: c.T(cause.LabelKey()), Selected: string(cause) == in.Cause})
	}
	kept, err := a.Uploads.PicturesOf(c.Context(), order.PictureOwner, o.ID)
	if err != nil {
		return err
	}
	for _, p := range kept {
		if p.Alt == in.FormKey {
			page.Kept++
		}
	}
	return c.Page(status, pages.ComplainPage(page))
}

// submitComplain keeps the photos first, so that a fault elsewhere does not lose
// them, then complains. The key of the form stands with its photos, so that what
// was kept for a form sent before goes along.
func (a area) submitComplain(c *web.Ctx) error {
	var in complaintForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	photos, problem := a.complaintPhotos(c, o, in.FormKey)
	if problem == nil {
		_, problem = a.Orders.MoveByToken(c.Context(), c.Param("token"), order.Complain, order.MoveInput{
			Cause: order.Cause(in.Cause), Reason: in.Words, Pictures: photos, FormKey: in.FormKey})
	}
	switch {
	case fault.Is(problem, fault.KindConflict):
	case web.Faulty(problem):
		return a.drawComplain(c, http.StatusUnprocessableEntity, in, problem)
	case problem != nil:
		return problem
	}
	return c.SeeOther("/pesanan/" + c.Param("token"))
}

// complaintPhotos stores what was sent along and returns all photos of the form.
func (a area) complaintPhotos(c *web.Ctx, o order.Order, formKey string) ([]int64, error) {
	kept, err := a.Uploads.PicturesOf(c.Context(), order.PictureOwner, o.ID)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, p := range kept {
		if formKey != "" && p.Alt == formKey {
			ids = append(ids, p.ID)
		}
	}
	var files []*multipart.FileHeader
	if c.Request().MultipartForm != nil {
		files = slices.DeleteFunc(c.Request().MultipartForm.File["gambar"], func(h *multipart.FileHeader) bool { return h.Size == 0 })
	}
	if len(files) == 0 || !slices.Contains(order.BuyerMoves(o), order.Complain) {
		return ids, nil
	}
	if len(ids)+len(files) > order.MaxPictures {
		return nil, fault.Invalid("order.move.check").With("photo", "order.pictures.too_many", "max", order.MaxPictures)
	}
	err = a.Limits.Allow(c.Context(), account.Limit{Name: "complaint-photo", Who: c.IP(), Most: complaintsPerHour * order.MaxPictures, Window: hour})
	if err != nil {
		return nil, err
	}
	for _, h := range files {
		file, err := h.Open()
		if err != nil {
			return nil, fault.Invalid("fault.form").Because(err)
		}
		p, err := a.Uploads.Store(c.Context(), account.System, media.Upload{
			Reader: file, OwnerKind: order.PictureOwner, OwnerID: o.ID, Name: strings.ToValidUTF8(h.Filename, "?"), Alt: formKey})
		_ = file.Close()
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	return ids, nil
}

// showStepPhoto is a photo of the order to who holds its token; nobody else finds it.
func (a area) showStepPhoto(c *web.Ctx) error {
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	var ids []int64
	for _, e := range o.Events {
		ids = append(ids, e.Pictures...)
	}
	kept, err := a.Pictures.Pictures(c.Context(), ids)
	if err != nil {
		return err
	}
	size, format, _ := strings.Cut(c.Param("file"), ".")
	for _, p := range kept {
		if p.Key != c.Param("key") {
			continue
		}
		content, err := a.Photos.Open(c.Context(), account.System, p.Key, size, format)
		if err != nil {
			return err
		}
		h := c.Response().Header()
		h.Set("Content-Type", content.ContentType)
		h.Set("Content-Disposition", "inline")
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		http.ServeContent(c.Response(), c.Request(), "", content.ModTime, bytes.NewReader(content.Data))
		return nil
	}
	return fault.NotFound("photo of the order")
}

// orderAgain puts what is still sold into the cart, as many as can be had.
func (a area) orderAgain(c *web.Ctx) error {
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	token, err := a.newCartToken(c)
	if err != nil {
		return err
	}
	put := 0
	for _, l := range o.Lines {
		err := a.Checkout.SetVariant(c.Context(), token, l.ProductID, l.VariantID, max(l.Left(), 1))
		if err != nil && !web.Faulty(err) && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		if err == nil {
			put++
		}
	}
	if put == 0 {
		return c.SeeOther("/pesanan/" + c.Param("token") + "?lagi=habis")
	}
	a.keepCart(c, token)
	return c.SeeOther("/keranjang")
}
