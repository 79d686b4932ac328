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
	"slices"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/quote"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Deps are the services behind the pages.
type Deps struct {
	Accounts *account.Service
	Catalog  *catalog.Service
	Curation *curation.Service
	Library  *curation.Library
	Orders   *order.Service
	Finance  *finance.Service
	Checkout *checkout.Service
	Delivery *delivery.Service
	Notify   *notify.Service
	Media    *media.Service
	Reviews  *review.Service
	Quotes   *quote.Service
	Shares   *share.Service
	Book     *book.Service
	Now      func(ctx context.Context) (time.Time, error) // the database's clock
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
	sampleMove := post("/sampel/:id", a.moveSample)
	sampleMove.BodyLimit = photoBody
	scan := post("/izin", a.enterCertificate)
	scan.BodyLimit = photoBody
	code := post("/bayar/qris", a.sendCode)
	code.BodyLimit = photoBody
	renewal := post("/izin/:id/perpanjang", a.renew)
	renewal.BodyLimit = photoBody
	step := post("/pesanan/:id/langkah", a.exit)
	step.BodyLimit = photoBody
	sent := post("/pesanan/:id/kirim", a.dispatch)
	sent.BodyLimit = photoBody
	handed := post("/pesanan/:id/serahkan", a.handOver)
	handed.BodyLimit = photoBody
	return append(slices.Concat(a.sendRoutes(), a.bookRoutes(), a.groupRoutes(), a.importRoutes()), []web.Route{
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
		get("/produk/:id/po", a.showWindows),
		post("/produk/:id/po", a.openWindow),
		post("/produk/:id/po/ubah", a.changeWindow),
		post("/produk/:id/po/tutup", a.closeWindow),
		get("/produk/:id/wilayah", a.showArea),
		post("/produk/:id/wilayah", a.saveArea),
		get("/produk/:id"+togetherPath, a.showTogether),
		post("/produk/:id"+togetherPath, a.together),
		post("/produk/:id"+togetherPath+"/lepas", a.apart),
		get("/libur", a.showRest),
		post("/libur", a.addRest),
		post("/libur/akhiri", a.endRest),
		post("/produk/:id/jeda", a.pause),
		post("/produk/:id/lanjut", a.resume),
		get("/produk/:id/tutup", a.showClose),
		post("/produk/:id/tutup", a.closeProduct),
		post("/produk/:id/buka", a.openProduct),
		post("/produk/:id/hapus", a.archive),
		post("/produk/:id/ubah", a.startEdit),
		post("/produk/:id/mirip", a.copyProduct),
		get("/produk/:id/label", a.sticker),
		get("/produk/:id/label.pdf", a.stickerPDF),
		get("/produk/:id/label.png", a.stickerPNG),

		get("/cara", a.howTos),
		get("/cara/:slug", a.howTo),
		get("/belajar", a.lessons),
		get("/belajar/:slug", a.lesson),

		get("/ulasan", a.reviews),
		get("/ulasan/:id", a.showAnswer),
		post("/ulasan/:id", a.answer),

		get("/pengajuan/:id", a.review),
		get("/pengajuan/:id/riwayat", a.history),
		post("/pengajuan/:id/poin", a.reply),
		get("/pengajuan/:id/foto", a.showPhotos),
		photo,
		get("/pengajuan/:id/foto/ubah", a.showShape),
		post("/pengajuan/:id/foto/atur", a.arrangePhotos),
		get("/pengajuan/:id/jenis", a.showCategory),
		post("/pengajuan/:id/jenis", a.saveCategory),
		get("/pengajuan/:id/nama", a.showName),
		post("/pengajuan/:id/nama", a.saveName),
		get("/pengajuan/:id/harga", a.showDraftPrice),
		post("/pengajuan/:id/harga", a.saveDraftPrice),
		get("/pengajuan/:id/jumlah", a.showQuantity),
		post("/pengajuan/:id/jumlah", a.saveQuantity),
		get("/pengajuan/:id/keterangan", a.showDetails),
		post("/pengajuan/:id/keterangan", a.saveDetails),
		get("/pengajuan/:id/varian", a.showVariants),
		post("/pengajuan/:id/varian", a.saveVariants),
		get("/pengajuan/:id/grosir", a.showTiers),
		post("/pengajuan/:id/grosir", a.saveTiers),
		get("/pengajuan/:id/komposisi", a.showComposition),
		post("/pengajuan/:id/komposisi", a.saveComposition),
		get("/pengajuan/:id/alergen", a.showAllergens),
		post("/pengajuan/:id/alergen", a.saveAllergens),
		get("/pengajuan/:id/dapur", a.showKitchen),
		post("/pengajuan/:id/dapur", a.saveKitchen),
		get("/pengajuan/:id/simpan", a.showKeeping),
		post("/pengajuan/:id/simpan", a.saveKeeping),
		post("/pengajuan/:id/kirim", a.submit),
		post("/pengajuan/:id/tarik", a.withdrawSubmission),
		post("/pengajuan/:id/jadwal", a.reschedule),
		get("/pertanyaan/:id", a.showQuestion),
		post("/pertanyaan/:id", a.answerQuestion),
		post("/pengajuan/:id/banding", a.appeal),

		get("/sampel/:id", a.sample),
		sampleMove,

		get("/produksi", a.production),
		get("/bagikan", a.shareKit),
		get("/bagikan/status.jpg", a.statusPicture),
		get("/kalender", a.calendarPage),
		get("/jual", a.showSale),
		post("/jual", a.sell),
		get("/pesanan", a.orders),
		get("/pesanan/baru.pdf", a.newSlips),
		get("/pesanan/:id/slip.pdf", a.slip),
		get("/pesanan/:id", a.order),
		post("/pesanan/:id/buka", a.openOrder),
		post("/pesanan/:id/mulai", a.move(order.Start, "maker.order.started")),
		post("/pesanan/:id/siap", a.move(order.Finish, "maker.order.finished")),
		post("/pesanan/:id/uang", a.move(order.TakeCash, "maker.order.cash_taken")),
		post("/pesanan/:id/beri", a.move(order.Give, "maker.order.given")),
		post("/pesanan/:id/batal-catat", a.move(order.UndoSale, "maker.order.undone")),
		post("/pesanan/:id/tautan/tutup", a.dropLink),
		get("/pesanan/:id/kirim", a.showDispatch),
		sent,
		get("/pesanan/:id/serahkan", a.showHandOver),
		handed,
		get("/pesanan/:id/langkah", a.showExit),
		step,
		get("/pesanan/:id/tidak-sanggup", a.showRefuse),
		post("/pesanan/:id/tidak-sanggup", a.askRefuse),
		post("/pesanan/:id/tidak-sanggup/ya", a.refuse),

		get("/permintaan", a.requests),
		get("/permintaan/:id", a.request),
		post("/permintaan/:id/jawab", a.answerRequest),
		post("/permintaan/:id/tolak", a.declineRequest),

		get("/uang", a.money),
		get("/uang/bulan", a.statement),
		get("/uang/bulan.csv", a.statementCSV),
		get("/uang/bulan.xlsx", a.statementCSV),
		get("/uang/bahan", a.showAdvance),
		post("/uang/bahan", a.askAdvance),
		post("/uang/bahan/ya", a.requestAdvance),
		post("/uang/bahan/batal", a.cancelAdvance),
		get("/uang/bagian", a.sharesPage),
		get("/uang/bagian/orang", a.showParty),
		post("/uang/bagian/orang", a.addParty),
		post("/uang/bagian/orang/tutup", a.closeParty),
		get("/uang/bagian/rincian", a.party),
		get("/uang/bagian/ambil", a.showPayShare),
		post("/uang/bagian/ambil", a.askPayShare),
		post("/uang/bagian/ambil/ya", a.payShare),
		get("/uang/bagian/aturan", a.showRule),
		post("/uang/bagian/aturan", a.saveRule),
		get("/uang/bagian/bagi", a.showDivide),
		post("/uang/bagian/bagi", a.divide),
		post("/uang/bagian/bagi/ya", a.confirmDivide),
		get("/uang/bagian/pembagian", a.division),
		post("/uang/bagian/pembagian", a.decideDivision),
		get("/uang/tarikan", a.taken),
		get("/uang/tarik/:id/bukti.pdf", a.takenReceipt),
		get("/uang/tarik", a.showTake),
		post("/uang/tarik", a.askTake),
		post("/uang/tarik/ya", a.take),
		post("/uang/tarik/:id/batal", a.cancelTake),
		post("/uang/tarik/:id/setuju", a.checkTake),
		get("/uang/rekening", a.showBank),
		post("/uang/rekening", a.saveBank),

		get("/izin", a.certificates),
		scan,
		post("/izin/:id/tarik", a.withdrawCertificate),
		get("/izin/:id/perpanjang", a.showRenewal),
		renewal,
		get("/toko/tentang", a.showAbout),
		post("/toko/tentang", a.saveAbout),
		post("/toko/nomor", a.saveContact),
		get("/toko", a.settings),
		post("/toko/bantuan/:id/akhiri", a.endHelp),
		get("/bayar", a.showPay),
		post("/bayar/tunai", a.saveCash),
		post("/bayar/langsung", a.saveDirect),
		code,
		get("/pengiriman", a.showDelivery),
		post("/pengiriman", a.saveDelivery),
		get("/kotak-masuk", a.inbox),
		post("/kotak-masuk", a.markRead),
	}...)
}

// sessionShop is where the session keeps the shop somebody works in.
const sessionShop = web.SessionShop

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
//
// A form begun for a shop that has since withdrawn its permission never lands in
// another one.
func (a area) inShop(c *web.Ctx, page func(shop catalog.Shop) error) error {
	id := shopID(c)
	if chosen := number(c.Peek(sessionShop)); chosen > 0 && chosen != id && c.Request().Method == http.MethodPost {
		return fault.NotFound("the shop of the form is no longer helped")
	}
	if id == 0 {
		return c.SeeOther("/toko-saya/pilih")
	}
	shop, err := a.Catalog.Shop(c.Context(), id)
	if err != nil {
		return err
	}
	if !c.Actor.Manages(shop.ID) { // a member who only watches sees their own part
		return c.SeeOther("/akun/bagian")
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
	page.Viewer.Key += "-" + strconv.FormatInt(shop.ID, 10)
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
	help, err := a.help(c.Context(), c.Actor, shop)
	page.Help = Ask(c, help, shop.Name, title)
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
				Maker: g.MakerName, Shop: shop.Name, Until: calendar.Date(g.ExpiresAt.In(calendar.Zone(shop.RegencyCode))), For: purpose(g.Purpose),
				Leave: view.Link{Label: text.T("maker.word.leave"), URL: "/dampingan"},
			}
		}
	}
	return nil
}

// purpose is what a permission to help is for, in words.
func purpose(words string) string {
	if words == "" {
		return text.T("maker.help.daily")
	}
	return words
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
				Name: who.Name, Role: text.T("maker.word.companion"), Phone: web.Phone(who.Phone),
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
