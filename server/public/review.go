package public

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Reviews is what the shop window asks of package review.
type Reviews interface {
	OfProduct(ctx context.Context, productID int64, cursor string, most int) (review.Page, error)
	OfShop(ctx context.Context, shopID int64, cursor string, most int) (review.Page, error)
	RatingOfShop(ctx context.Context, shopID int64) (catalog.Rating, error)
	Shown(ctx context.Context, reviewID int64) (review.Review, error)
	Report(ctx context.Context, reviewID int64) error
}

// Limits throttles what anybody can send.
type Limits interface {
	Allow(ctx context.Context, limits ...account.Limit) error
}

// How many reviews stand on a product's or shop's page, and on a page of their
// own; and how many one address may report in an hour.
const reviewsShown, reviewsListed, reportsPerHour = 5, 30, 10

// rating is a sum as pages say it: "4,8", in English "4.8".
func rating(c *web.Ctx, r catalog.Rating) view.Rating {
	point := ","
	if c.Lang() == text.English {
		point = "."
	}
	return view.Rating{Average: r.Average(point), Count: r.Count}
}

// reviewItem is one review in the language of the page; words are the buyer's.
func reviewItem(c *web.Ctx, r review.Review, shop string) pages.ReviewItem {
	by := c.T("ulasan.anonymous")
	if r.Writer != "" {
		by = r.Writer
		if place := town(r.PlaceCode); place != "" {
			by += ", " + place
		}
	}
	item := pages.ReviewItem{
		Stars: r.Stars, Words: lines(r.Words), By: by, When: c.Date(r.WrittenAt.In(calendar.WIB)),
		ReportURL: "/ulasan/lapor?ulasan=" + id(r.ID),
	}
	if r.Answer != "" {
		item.Answer, item.AnswerBy = lines(r.Answer), shop
	}
	return item
}

// productReviews are the newest reviews of a product; none are read when its sum
// says that there are none.
func (a area) productReviews(c *web.Ctx, p catalog.Sellable) (pages.Reviews, error) {
	v := pages.Reviews{Rating: rating(c, p.Rating)}
	if p.Rating.Count == 0 {
		return v, nil
	}
	page, err := a.Reviews.OfProduct(c.Context(), p.ProductID, "", reviewsShown)
	if err != nil {
		return v, err
	}
	for _, r := range page.Reviews {
		v.Items = append(v.Items, reviewItem(c, r, p.ShopName))
	}
	if page.Next != "" {
		v.AllURL = "/produk/" + p.Slug + "/ulasan"
	}
	return v, nil
}

// shopReviews are the newest reviews of what a shop makes. products are those of
// the page, whose names are known.
func (a area) shopReviews(c *web.Ctx, shop catalog.Shop, products []catalog.Sellable) (pages.Reviews, error) {
	sum, err := a.Reviews.RatingOfShop(c.Context(), shop.ID)
	v := pages.Reviews{Rating: rating(c, sum)}
	if err != nil || sum.Count == 0 {
		return v, err
	}
	page, err := a.Reviews.OfShop(c.Context(), shop.ID, "", reviewsShown)
	if err != nil {
		return v, err
	}
	for _, r := range page.Reviews {
		item := reviewItem(c, r, shop.Name)
		for _, p := range products {
			if p.ProductID == r.ProductID {
				item.Product = &view.Link{Label: p.Title, URL: "/produk/" + p.Slug}
			}
		}
		v.Items = append(v.Items, item)
	}
	return v, nil
}

// listReviews is every review of one product.
func (a area) listReviews(c *web.Ctx) error {
	p, err := a.Catalog.ProductBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	page, err := a.Reviews.OfProduct(c.Context(), p.ProductID, c.Query("lanjut"), reviewsListed)
	if fault.Is(err, fault.KindInvalid) { // an old or invented cursor: from the beginning
		page, err = a.Reviews.OfProduct(c.Context(), p.ProductID, "", reviewsListed)
	}
	if err != nil {
		return err
	}
	address := "/produk/" + p.Slug
	v := pages.ReviewList{
		Page:  c.PublicView(c.T("ulasan.of", "name", p.Title), "", address+"/ulasan"),
		Trail: []view.Link{{Label: c.T("publicpage.all"), URL: "/produk"}, {Label: p.Title, URL: address}, {Label: c.T("ulasan.title"), Current: true}},
		Title: p.Title, Reviews: pages.Reviews{Rating: rating(c, p.Rating)},
	}
	for _, r := range page.Reviews {
		v.Reviews.Items = append(v.Reviews.Items, reviewItem(c, r, p.ShopName))
	}
	if page.Next != "" {
		v.Pager.Next = address + "/ulasan?lanjut=" + page.Next
	}
	return c.Page(http.StatusOK, pages.ReviewListPage(v))
}

// gone is the answer about a review that is not shown (any more).
func gone(err error) error {
	if fault.Is(err, fault.KindNotFound) {
		return fault.Invalid("review.gone")
	}
	return err
}

func (a area) showReport(c *web.Ctx) error {
	v := pages.ReviewReport{Page: c.PublicView(c.T("ulasan.report_title"), "", "/ulasan/lapor"), ID: c.Query("ulasan"), Sent: c.Query("terkirim") != "", Return: "/produk"}
	v.Page.NoIndex = true
	if !v.Sent {
		n, _ := strconv.ParseInt(v.ID, 10, 64) // nought is no review
		r, err := a.Reviews.Shown(c.Context(), n)
		if err != nil {
			return gone(err)
		}
		v.Item = reviewItem(c, r, "")
		v.Item.ReportURL = ""
	}
	return c.Page(http.StatusOK, pages.ReviewReportPage(v))
}

func (a area) submitReport(c *web.Ctx) error {
	var in struct {
		Review int64 `form:"ulasan"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.Limits.Allow(c.Context(), account.Limit{Name: "report-review", Who: c.IP(), Most: reportsPerHour, Window: time.Hour}); err != nil {
		return err
	}
	if err := a.Reviews.Report(c.Context(), in.Review); err != nil {
		return gone(err)
	}
	return c.SeeOther("/ulasan/lapor?terkirim=1")
}
