package maker

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) showChoose(c *web.Ctx) error {
	shops, err := a.Catalog.MyShops(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	page := c.Private(text.T("maker.choose.title"))
	page.Area, page.Help = text.T("maker.word.area"), Ask(c, a.Help, "", page.Title)
	v := pages.Choose{Page: page}
	for _, s := range shops {
		choice := pages.ShopChoice{ID: s.ID, Name: s.Name, Place: s.Place(), Role: text.T("maker.choose.own")}
		if !c.Actor.Runs(s.ID) {
			choice.Role = text.T("maker.choose.assisting")
		}
		if n := shopNotice(s); n != nil {
			choice.Chip = view.Chip{Tone: n.Tone, Label: text.T("maker.shop_state." + string(s.State))}
		}
		v.Shops = append(v.Shops, choice)
	}
	return c.Page(http.StatusOK, pages.ChoosePage(v))
}

func (a area) choose(c *web.Ctx) error {
	var in struct {
		Shop int64 `form:"shop"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if !c.Actor.Manages(in.Shop) {
		return fault.NotFound("another's shop")
	}
	c.Put(sessionShop, fmt.Sprint(in.Shop))
	return c.SeeOther("/toko-saya")
}

func (a area) home(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "beranda", text.T("ui.maker.home"))
		if err != nil {
			return err
		}
		v := pages.Home{Page: page, Shop: shop.Name, Place: shop.Place(), State: shopNotice(shop), Add: add(shop)}
		if shop.State == catalog.ShopOpen {
			v.PublicURL = "/toko/" + shop.Slug
		}
		if shop.State == catalog.ShopOpen {
			v.SaleURL = saleAt
		}
		if sharing(shop) && c.Actor.Runs(shop.ID) {
			v.Group = &pages.Task{Icon: "user", Label: text.T("grouppage.title." + string(shop.Kind)), Note: text.T("grouppage.lead." + string(shop.Kind)), URL: groupAt}
		}
		if v.First, err = a.firstSteps(c, shop); err != nil {
			return err
		}
		if v.Tasks, err = a.tasks(c, shop); err != nil {
			return err
		}
		if v.Money, err = a.purse(c, shop); err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.HomePage(v))
	})
}

// add is the button that starts a product; nil in a shop that may not.
func add(shop catalog.Shop) *pages.AddProduct {
	if !working(shop) {
		return nil
	}
	return &pages.AddProduct{ShopID: fmt.Sprint(shop.ID), FormKey: id.Token()}
}

// tasks are what waits: orders by stage, then products to mend or to finish.
func (a area) tasks(c *web.Ctx, shop catalog.Shop) ([]pages.Task, error) {
	counts, err := a.Orders.Counts(c.Context(), shop.ID)
	if err != nil {
		return nil, err
	}
	var tasks []pages.Task
	for _, t := range []struct {
		state order.State
		icon  string
	}{{order.ToDo, "bag"}, {order.Making, "clock"}, {order.Ready, "truck"}} {
		if n := counts[t.state]; n > 0 {
			key := "maker.task." + string(t.state)
			tasks = append(tasks, pages.Task{
				Icon: t.icon, Label: text.T(key, "count", n), Note: text.T(key + "_note"), URL: "/toko-saya/pesanan?tahap=" + stageOf(t.state),
			})
		}
	}
	if counts[order.ToDo]+counts[order.Making] > 0 {
		tasks = append(tasks, pages.Task{Icon: "print", Label: text.T("workpage.title"), Note: text.T("workpage.note"), URL: workAt})
	}
	asked, err := a.Quotes.Waiting(c.Context(), shop.ID)
	if err != nil {
		return nil, err
	}
	if asked > 0 {
		tasks = append(tasks, pages.Task{Icon: "message", Label: text.T("quotedesk.task", "count", asked), Note: text.T("quotedesk.task_note"), URL: a.desk().Base})
	}
	products, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return nil, err
	}
	shown, err := a.pictures(c.Context(), firstPictures(products))
	if err != nil {
		return nil, err
	}
	for _, p := range products {
		key := ""
		switch p.SubmissionState {
		case catalog.SubmissionReturned:
			key = "maker.task.returned"
		case catalog.SubmissionDraft:
			key = "maker.task.draft"
		default:
			continue
		}
		picture := shown[p.PictureID]
		tasks = append(tasks, pages.Task{
			Label: titleOf(p), Note: text.T(key), URL: submissionURL(p.SubmissionID), Picture: &picture,
			Chip: submissionChip(p.SubmissionState),
		})
	}
	return tasks, nil
}

// purse is the shop's money for those who may see it, else nil.
func (a area) purse(c *web.Ctx, shop catalog.Shop) (*pages.Purse, error) {
	m, err := a.Finance.Money(c.Context(), c.Actor, shop.ID)
	if fault.Is(err, fault.KindForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &pages.Purse{Free: m.Free, Held: m.Held, OnTheWay: m.OnTheWay}, nil
}

func firstPictures(products []catalog.OwnProduct) map[int64]string {
	alt := map[int64]string{}
	for _, p := range products {
		alt[p.PictureID] = titleOf(p)
	}
	return alt
}

// titleOf names a product that has no name yet.
func titleOf(p catalog.OwnProduct) string {
	if p.Title == "" {
		return text.T("maker.product.nameless")
	}
	return p.Title
}
