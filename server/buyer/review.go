package buyer

import (
	"context"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Reviews is what the pages ask of package review.
type Reviews interface {
	Items(ctx context.Context, o order.Order) ([]review.Item, error)
	Write(ctx context.Context, token string, in review.Input) error
	Withdraw(ctx context.Context, token string, productID int64) error
}

// reviewsPerHour is how often one order's reviews may be sent.
const reviewsPerHour = 30

func reviewAddress(token string, productID int64) string {
	return "/pesanan/" + token + "/ulasan?produk=" + strconv.FormatInt(productID, 10)
}

// reviewLinks asks for a review of each product, once the order is completed.
func (a area) reviewLinks(c *web.Ctx, o order.Order) ([]pages.ReviewLink, error) {
	items, err := a.Reviews.Items(c.Context(), o)
	var out []pages.ReviewLink
	for _, i := range items {
		link := pages.ReviewLink{Title: i.Title, URL: reviewAddress(c.Param("token"), i.ProductID)}
		if i.Review != nil {
			link.Stars, link.State = i.Review.Stars, c.T("ulasan.state."+string(i.Review.State))
		}
		out = append(out, link)
	}
	return out, err
}

func (a area) showReview(c *web.Ctx) error {
	product, _ := strconv.ParseInt(c.Query("produk"), 10, 64) // nought is no product
	return a.reviewPage(c, http.StatusOK, product, nil, nil)
}

// reviewPage is the form for one product; typed keeps a faulty one as it was sent.
func (a area) reviewPage(c *web.Ctx, status int, product int64, typed *reviewForm, errs view.Errors) error {
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	items, err := a.Reviews.Items(c.Context(), o)
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.ProductID != product {
			continue
		}
		v := pages.ReviewForm{
			Page: c.Own(c.T("ulasan.write")), Title: i.Title, Shop: o.ShopName, Action: "/pesanan/" + c.Param("token") + "/ulasan",
			Back: "/pesanan/" + c.Param("token"), ProductID: strconv.FormatInt(product, 10), Most: review.MaxWords, Errors: errs,
		}
		form := reviewForm{}
		if r := i.Review; r != nil {
			form = reviewForm{Stars: r.Stars, Words: r.Words}
			if r.Writer == "" {
				form.Anonymous = "ya"
			}
			v.Written = r.State != review.Hidden
		}
		if typed != nil {
			form = *typed
		}
		v.Words, v.Anonymous = form.Words, form.Anonymous != ""
		for n := int64(5); n >= 1; n-- {
			s := strconv.FormatInt(n, 10)
			v.Stars = append(v.Stars, view.Option{Value: s, Label: c.T("ulasan.star." + s), Note: c.T("ulasan.stars", "n", n), Selected: n == form.Stars})
		}
		return c.Page(status, pages.ReviewFormPage(v))
	}
	return fault.NotFound("product of the order to review")
}

type reviewForm struct {
	Product   int64  `form:"produk"`
	Stars     int64  `form:"bintang"`
	Words     string `form:"kata"`
	Anonymous string `form:"tanpa_nama"`
	Do        string `form:"aksi"`
}

func (a area) submitReview(c *web.Ctx) error {
	var in reviewForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	token := c.Param("token")
	if err := a.Limits.Allow(c.Context(), account.Limit{Name: "review", Who: token, Most: reviewsPerHour, Window: hour}); err != nil {
		return err
	}
	var err error
	if in.Do == "tarik" {
		err = a.Reviews.Withdraw(c.Context(), token, in.Product)
	} else {
		err = a.Reviews.Write(c.Context(), token, review.Input{ProductID: in.Product, Stars: in.Stars, Words: in.Words, Anonymous: in.Anonymous != ""})
	}
	if fault.Is(err, fault.KindInvalid) {
		return a.reviewPage(c, http.StatusUnprocessableEntity, in.Product, &in, c.Errors(err))
	}
	if err != nil {
		return err
	}
	return c.SeeOther("/pesanan/" + token)
}
