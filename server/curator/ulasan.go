package curator

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Reviews is what the desk asks of package review.
type Reviews interface {
	Queue(ctx context.Context, actor account.Actor) ([]review.Review, error)
	Decide(ctx context.Context, actor account.Actor, reviewID int64, show bool, reason string) error
}

// Products names the products of reviews.
type Products interface {
	Sellables(ctx context.Context, productIDs []int64) (map[int64]catalog.Sellable, error)
}

func (a area) reviewQueue(c *web.Ctx) error { return a.listReviews(c, http.StatusOK, nil) }

func (a area) listReviews(c *web.Ctx, status int, errs view.Errors) error {
	found, err := a.Reviews.Queue(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	var ids []int64
	for _, r := range found {
		ids = append(ids, r.ProductID)
	}
	products, err := a.Products.Sellables(c.Context(), ids)
	if err != nil {
		return err
	}
	v := pages.ReviewQueue{Page: a.frame(c, text.T("ulasandesk.title")), Errors: errs, Decides: c.Actor.HasAny(account.RoleCurator)}
	for _, r := range found {
		p := products[r.ProductID]
		item := pages.QueuedReview{
			ID: strconv.FormatInt(r.ID, 10), Stars: r.Stars, Product: p.Title, Shop: p.ShopName, When: calendar.Date(r.WrittenAt.In(calendar.WIB)),
			Why: view.Chip{Tone: view.Wait, Label: text.T("ulasandesk.suspicious")}, Own: c.Actor.Conflicted(r.ShopID),
		}
		if r.State == review.Shown {
			item.Why = view.Chip{Tone: view.Warn, Label: text.T("ulasandesk.reported", "n", r.Reports)}
		}
		for line := range strings.Lines(r.Words) {
			item.Words = append(item.Words, strings.TrimSpace(line))
		}
		v.Items = append(v.Items, item)
	}
	return c.Page(status, pages.ReviewQueuePage(v))
}

func (a area) decideReview(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Do     string `form:"aksi"`
		Reason string `form:"alasan"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	show := in.Do == "biarkan"
	err = a.Reviews.Decide(c.Context(), c.Actor, id, show, in.Reason)
	if web.Faulty(err) {
		return a.listReviews(c, http.StatusUnprocessableEntity, web.Errors(err))
	}
	if err != nil {
		return err
	}
	if show {
		c.Flash(view.Good, "ulasandesk.stands")
	} else {
		c.Flash(view.Good, "ulasandesk.hidden")
	}
	return c.SeeOther("/kurasi/ulasan")
}
