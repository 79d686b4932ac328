package maker

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// reviews is what buyers said of the shop's products.
func (a area) reviews(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "produk", text.T("ulasanku.title"))
		if err != nil {
			return err
		}
		found, err := a.Reviews.ForShop(c.Context(), c.Actor, shop.ID, c.Query("lanjut"))
		if err != nil {
			return err
		}
		v := pages.Reviews{Page: page}
		var products []int64
		for _, r := range found.Reviews {
			products = append(products, r.ProductID)
		}
		known, err := a.Catalog.Sellables(c.Context(), products)
		if err != nil {
			return err
		}
		for _, r := range found.Reviews {
			v.Items = append(v.Items, reviewOf(r, known[r.ProductID].Title))
		}
		if found.Next != "" {
			v.Pager.Next = "/toko-saya/ulasan?lanjut=" + found.Next
		}
		return c.Page(http.StatusOK, pages.ReviewsPage(v))
	})
}

func reviewOf(r review.Review, title string) pages.BuyerReview {
	by := text.T("ulasan.anonymous")
	if r.Writer != "" {
		by = r.Writer
		if place, known := region.RegencyByCode(r.PlaceCode); known {
			by += ", " + place.Name
		}
	}
	v := pages.BuyerReview{
		URL: productReviewURL(r.ID), Product: title, Stars: r.Stars, Words: paragraphs(r.Words), By: by,
		When: calendar.Date(r.WrittenAt.In(calendar.WIB)), Answer: paragraphs(r.Answer), MayAnswer: r.MayAnswer(),
	}
	if r.State != review.Shown {
		v.State = text.T("ulasan.state." + string(r.State))
	}
	return v
}

func paragraphs(s string) (out []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func productReviewURL(reviewID int64) string { return fmt.Sprintf("/toko-saya/ulasan/%d", reviewID) }

func (a area) showAnswer(c *web.Ctx) error { return a.answerPage(c, http.StatusOK, "", nil) }

// answerPage is one review with the form of the shop's answer.
func (a area) answerPage(c *web.Ctx, status int, typed string, errs view.Errors) error {
	reviewID, err := c.ID("id")
	if err != nil {
		return err
	}
	r, err := a.Reviews.One(c.Context(), c.Actor, reviewID)
	if err != nil {
		return err
	}
	shop, err := a.Catalog.Shop(c.Context(), r.ShopID)
	if err != nil {
		return err
	}
	page, err := a.frame(c, shop, "produk", text.T("ulasanku.answer_title"))
	if err != nil {
		return err
	}
	known, err := a.Catalog.Sellables(c.Context(), []int64{r.ProductID})
	if err != nil {
		return err
	}
	v := pages.AnswerForm{Page: page, Review: reviewOf(r, known[r.ProductID].Title), Typed: typed, Most: review.MaxWords, Errors: errs}
	return c.Page(status, pages.AnswerPage(v))
}

func (a area) answer(c *web.Ctx) error {
	reviewID, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Words string `form:"kata"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err = a.Reviews.Answer(c.Context(), c.Actor, reviewID, in.Words)
	if web.Faulty(err) {
		return a.answerPage(c, http.StatusUnprocessableEntity, in.Words, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "ulasanku.answered")
	return c.SeeOther("/toko-saya/ulasan")
}
