// Package maker is "Toko saya": what a maker, or a companion under a grant, does
// in a shop: products and their way through review, stock and prices, orders,
// money, delivery and messages.
//
// The shop somebody works in is kept in the session, and every form that
// creates something names its shop again, so that two tabs with two shops
// cannot mix. Who may do what is decided by the domain services.
package maker

import (
	"context"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Deps are the services behind the pages.
type Deps struct {
	Accounts *account.Service
	Catalog  *catalog.Service
	Curation *curation.Service
	Orders   *order.Service
	Finance  *finance.Service
	Delivery *delivery.Service
	Notify   *notify.Service
	Media    *media.Service
	// Help is whom a maker without a companion can ask.
	Help view.Help
}

type area struct{ Deps }

// photoBody is the largest form with a photo: the picture's own limit and some
// room for the fields around it.
const photoBody = 12 << 20

// Routes returns the routes of /toko-saya.
func Routes(d Deps) []web.Route {
	a := area{d}
	get := func(path string, h web.Handler) web.Route {
		return web.Route{Method: http.MethodGet, Path: "/toko-saya" + path, Handler: h}
	}
	post := func(path string, h web.Handler) web.Route {
		return web.Route{Method: http.MethodPost, Path: "/toko-saya" + path, Handler: h}
	}
	photo := post("/pengajuan/:id/foto", a.addPhoto)
	photo.BodyLimit = photoBody
	return []web.Route{
		get("", a.home),
		get("/pilih", a.showChoose),
		post("/pilih", a.choose),

		get("/produk", a.products),
		post("/produk", a.startProduct),
		get("/produk/:id", a.product),
		get("/produk/:id/harga", a.showPrice),
		post("/produk/:id/harga", a.savePrice),
		get("/produk/:id/stok", a.showStock),
		post("/produk/:id/stok", a.saveStock),
		get("/produk/:id/kuota", a.showCapacity),
		post("/produk/:id/kuota", a.saveCapacity),
		post("/produk/:id/jeda", a.pause),
		post("/produk/:id/lanjut", a.resume),
		post("/produk/:id/hapus", a.archive),
		post("/produk/:id/ubah", a.startEdit),

		get("/pengajuan/:id", a.review),
		get("/pengajuan/:id/foto", a.showPhotos),
		photo,
		post("/pengajuan/:id/foto/atur", a.arrangePhotos),
		get("/pengajuan/:id/nama", a.showName),
		post("/pengajuan/:id/nama", a.saveName),
		get("/pengajuan/:id/harga", a.showDraftPrice),
		post("/pengajuan/:id/harga", a.saveDraftPrice),
		get("/pengajuan/:id/cara", a.showMode),
		post("/pengajuan/:id/cara", a.saveMode),
		get("/pengajuan/:id/jumlah", a.showQuantity),
		post("/pengajuan/:id/jumlah", a.saveQuantity),
		get("/pengajuan/:id/keterangan", a.showDetails),
		post("/pengajuan/:id/keterangan", a.saveDetails),
		post("/pengajuan/:id/kirim", a.submit),
		post("/pengajuan/:id/tarik", a.withdrawSubmission),
		post("/pengajuan/:id/banding", a.appeal),

		get("/pesanan", a.orders),
		get("/pesanan/:id", a.order),
		post("/pesanan/:id/buka", a.openOrder),
		post("/pesanan/:id/mulai", a.move(order.Start, "maker.order.started")),
		post("/pesanan/:id/siap", a.move(order.Finish, "maker.order.finished")),
		get("/pesanan/:id/kirim", a.showDispatch),
		post("/pesanan/:id/kirim", a.dispatch),
		get("/pesanan/:id/serahkan", a.showHandOver),
		post("/pesanan/:id/serahkan", a.handOver),
		get("/pesanan/:id/tidak-sanggup", a.showRefuse),
		post("/pesanan/:id/tidak-sanggup", a.askRefuse),
		post("/pesanan/:id/tidak-sanggup/ya", a.refuse),

		get("/uang", a.money),
		get("/uang/tarik", a.showTake),
		post("/uang/tarik", a.askTake),
		post("/uang/tarik/ya", a.take),
		post("/uang/tarik/:id/batal", a.cancelTake),
		post("/uang/tarik/:id/setuju", a.checkTake),
		get("/uang/rekening", a.showBank),
		post("/uang/rekening", a.saveBank),

		get("/toko", a.settings),
		post("/toko/bantuan/:id/akhiri", a.endHelp),
		get("/pengiriman", a.showDelivery),
		post("/pengiriman", a.saveDelivery),
		get("/kotak-masuk", a.inbox),
		post("/kotak-masuk", a.markRead),
	}
}

// sessionShop is where the session keeps the shop somebody works in.
const sessionShop = "toko"

// managed lists the shops the actor may work in, own ones first.
func managed(actor account.Actor) []int64 {
	var ids []int64
	for _, m := range actor.Memberships {
		ids = append(ids, m.ShopID)
	}
	for _, g := range actor.Assisting {
		if !actor.Runs(g.ShopID) {
			ids = append(ids, g.ShopID)
		}
	}
	return ids
}

// shopID is the shop chosen, or the only one there is; 0 asks for a choice.
func shopID(c *web.Ctx) int64 {
	if id := number(c.Peek(sessionShop)); id > 0 && c.Actor.Manages(id) {
		return id
	}
	if all := managed(c.Actor); len(all) == 1 {
		return all[0]
	}
	return 0
}

// inShop runs a page of the shop somebody works in, or sends them to choose one.
func (a area) inShop(c *web.Ctx, page func(shop catalog.Shop) error) error {
	id := shopID(c)
	if id == 0 {
		return c.SeeOther("/toko-saya/pilih")
	}
	shop, err := a.Catalog.Shop(c.Context(), id)
	if err != nil {
		return err
	}
	return page(shop)
}

// own returns a shop by id to those who may work in it.
func (a area) own(c *web.Ctx, id int64) (catalog.Shop, error) {
	if !c.Actor.Manages(id) {
		return catalog.Shop{}, fault.NotFound("another's shop")
	}
	return a.Catalog.Shop(c.Context(), id)
}

// frame is the page around everything of a shop: navigation with what waits,
// help, and for whom somebody acts.
func (a area) frame(c *web.Ctx, shop catalog.Shop, section, title string) (view.Private, error) {
	page := c.Private(title)
	page.Area = text.T("maker.word.area")
	counts, err := a.Orders.Counts(c.Context(), shop.ID)
	if err != nil {
		return page, err
	}
	unread, err := a.Notify.Unread(c.Context(), c.Actor.UserID)
	if err != nil {
		return page, err
	}
	page.Nav = pages.Nav(section, int(counts[order.ToDo]), unread)
	page.Acting = acting(c.Actor, shop)
	page.Help, err = a.help(c.Context(), c.Actor, shop)
	return page, err
}

// acting is the banner of somebody who works in another's shop.
func acting(actor account.Actor, shop catalog.Shop) *view.Acting {
	if actor.Runs(shop.ID) {
		return nil
	}
	for _, g := range actor.Assisting {
		if g.ShopID == shop.ID {
			return &view.Acting{
				Shop: shop.Name, Until: calendar.Date(g.ExpiresAt.In(calendar.Zone(shop.RegencyCode))),
				Leave: view.Link{Label: text.T("maker.word.leave"), URL: "/dampingan"},
			}
		}
	}
	return nil
}

// help is the shop's companion, or the general line.
func (a area) help(ctx context.Context, actor account.Actor, shop catalog.Shop) (view.Help, error) {
	grants, err := a.Accounts.Grants(ctx, actor, shop.ID)
	if err != nil {
		return view.Help{}, err
	}
	for _, g := range grants {
		if g.CompanionID == actor.UserID {
			continue
		}
		who, err := a.Accounts.User(ctx, g.CompanionID)
		if err != nil {
			return view.Help{}, err
		}
		if who.Phone != "" {
			return view.Help{
				Name: who.Name, Role: text.T("maker.word.companion"), Phone: readable(who.Phone),
				WhatsApp: whatsApp(who.Phone), Call: "tel:" + who.Phone,
			}, nil
		}
	}
	return a.Help, nil
}

// again shows a form once more with what was typed and what is wrong with it.
func again(c *web.Ctx, err error, show func(errors view.Errors) error) error {
	if !web.Faulty(err) {
		return err
	}
	return show(web.Errors(err))
}
