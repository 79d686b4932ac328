package agency_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/quote"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server"
	"github.com/lapak-berdaya/lapak/server/agency"
	"github.com/lapak-berdaya/lapak/server/buyer"
	"github.com/lapak-berdaya/lapak/server/maker"
	"github.com/lapak-berdaya/lapak/server/signin"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	"github.com/lapak-berdaya/lapak/templates/view"
)

var ctx = context.Background()

// house is the real services behind the officer's, the companion's and the
// maker's routes.
type house struct {
	*ordertest.World
	t        *testing.T
	program  *program.Service
	finance  *finance.Service
	checkout *checkout.Service
	shares   *share.Service
	agency   int64
	url      string
	routes   []web.Route
}

func newHouse(t *testing.T, db *database.DB) *house {
	t.Helper()
	w := ordertest.New(t, db)
	h := &house{World: w, t: t, program: program.NewService(db, w.Accounts, w.Catalog, w.Delivery)}
	h.shares = share.NewService(db, w.Books, w.Catalog, w.Accounts)
	h.finance = finance.NewService(db, finance.Parts{
		Keys: w.Keys, Books: w.Books, Payouts: w.Payments, Shops: w.Catalog, People: w.Accounts, Orders: w.Orders, Messages: w.Notify,
		Parties: h.shares, Gateway: w.Payments,
	})
	a, err := h.program.FoundAgency(ctx, account.System, "Dinas Sosial Contoh", "35")
	require.NoError(t, err)
	h.agency = a.ID
	desk := curation.NewService(db, w.Keys, w.Catalog, w.Accounts, w.Notify)
	h.checkout = checkout.NewService(db, w.Keys, checkout.Parts{
		Catalog: w.Catalog, Parcels: w.Delivery, Orders: w.Orders, Payments: w.Payments, Books: w.Books, Messages: w.Notify, People: w.Accounts, Pictures: w.Media,
	}, checkout.DefaultSettings("http://lapak.test"))
	w.Payments.Register(checkout.PurposeKind, h.checkout)
	h.program.Tell(w.Notify)
	h.program.Watch(w.Orders, h.finance, desk.SamplesAsked)
	h.routes = agency.Routes(agency.Deps{
		Checkout: h.checkout,
		Accounts: w.Accounts, Catalog: w.Catalog, Program: h.program, Finance: h.finance, Orders: w.Orders, Notify: w.Notify, Pictures: w.Media, Shares: h.shares,
		Grant: func(ctx context.Context, actor account.Actor, in account.NewGrant) error {
			return database.InTx(ctx, db, func(tx *gorm.DB) error { _, err := w.Accounts.GrantTx(ctx, tx, actor, in); return err })
		},
		Now: func(ctx context.Context) (time.Time, error) { return clock.Now(ctx, db.Read(ctx)) },
	})
	routes := append(slices.Concat(h.routes, maker.Routes(maker.Deps{
		Now:      func(ctx context.Context) (time.Time, error) { return clock.Now(ctx, db.Read(ctx)) },
		Accounts: w.Accounts, Catalog: w.Catalog, Curation: desk,
		Orders: w.Orders, Finance: h.finance, Delivery: w.Delivery, Notify: w.Notify, Media: w.Media,
		Reviews: review.NewService(db, w.Keys, w.Catalog, w.Orders, w.Accounts), Quotes: quote.NewService(db, w.Keys, quote.Parts{Catalog: w.Catalog, Orders: w.Orders, People: w.Accounts, Pictures: w.Media, Messages: w.Notify}, quote.DefaultSettings("")),
	}), web.Bilingual(buyer.Routes(buyer.Deps{Joins: h.program}))), web.Route{Method: http.MethodGet, Path: "/sebagai/:id", Handler: func(c *web.Ctx) error {
		userID, err := c.ID("id")
		if err != nil {
			return err
		}
		if err := c.SignIn(userID, web.Passed{Factor: true}); err != nil {
			return err
		}
		return c.Text(http.StatusOK, "halo")
	}})
	rules, err := server.Rules()
	require.NoError(t, err)
	site, err := web.New(web.Config{
		Rules: rules.For(routes).With("GET /sebagai/:id", web.KindVisitor, web.Own, "person"),
		Owners: server.Parts{
			Accounts: w.Accounts, Catalog: w.Catalog, Orders: w.Orders, Finance: h.finance, Messages: w.Notify, Program: h.program,
		}.Owners(),
		BaseURL: "http://lapak.test", Log: slog.New(slog.DiscardHandler), Accounts: w.Accounts, Store: w.Accounts.SessionStore(),
		Ready:     func(context.Context) error { return nil },
		EndedPage: signin.EndedPage,
		ErrorPage: func(_ view.Public, status int, sentence, _ string) templ.Component {
			return templ.Raw(fmt.Sprintf("<h1>%d %s</h1>", status, sentence))
		},
	}, http.NotFoundHandler(), routes)
	require.NoError(t, err)
	server := httptest.NewServer(site.Handler())
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// paid is a paid order of the shop that nobody has opened; its number.
func (h *house) paid(shop ordertest.Shop, productID int64) string {
	h.t.Helper()
	token := id.Token()
	require.NoError(h.t, h.checkout.SetQuantity(ctx, token, productID, 1))
	choices := map[int64]delivery.Method{shop.ID: delivery.Pickup}
	q, err := h.checkout.Quote(ctx, token, delivery.Destination{}, choices)
	require.NoError(h.t, err)
	p, err := h.checkout.Place(ctx, checkout.PlaceInput{
		CartToken: token, CartVersion: q.Cart.Version, SeenTotal: q.Total, FormKey: id.Token(),
		Buyer: checkout.Contact{Name: "Rina Astuti", Phone: "081234567890"}, Choices: choices,
	})
	require.NoError(h.t, err)
	h.PayFor(payment.Purpose{Kind: checkout.PurposeKind, ID: p.ID}, p.Total)
	return p.Orders[0].Number
}

// staff is a new person with a role in the agency.
func (h *house) staff(role account.Role, agencyID int64, territory ...string) int64 {
	h.t.Helper()
	u := h.Person("Petugas "+string(role), ordertest.District)
	_, err := h.Accounts.AssignRole(ctx, account.System, u.ID, role, agencyID, territory)
	require.NoError(h.t, err)
	return u.ID
}

type browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

type page struct {
	status int
	to     string
	body   string
}

func (h *house) as(userID int64) *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(h.t, err)
	b := &browser{t: h.t, url: h.url, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	require.Equal(h.t, http.StatusOK, b.get(fmt.Sprintf("/sebagai/%d", userID)).status)
	return b
}

func (b *browser) send(method, path string, form url.Values) page {
	b.t.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(req)
	require.NoError(b.t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	require.NoError(b.t, res.Body.Close())
	require.NotContains(b.t, string(body), "[agency.", "a sentence is missing")
	return page{res.StatusCode, res.Header.Get("Location"), string(body)}
}

func (b *browser) get(path string) page { b.t.Helper(); return b.send(http.MethodGet, path, nil) }

func (b *browser) see(path string) string {
	b.t.Helper()
	p := b.get(path)
	require.Equal(b.t, http.StatusOK, p.status, "%s leads to %q: %s", path, p.to, p.body)
	return p.body
}

func (b *browser) post(path string, pairs ...string) page {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

func (b *browser) done(path string, pairs ...string) string {
	b.t.Helper()
	p := b.post(path, pairs...)
	require.Equal(b.t, http.StatusSeeOther, p.status, "%s: %s", path, p.body)
	return p.to
}

func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	require.NotNil(t, m, "no field %s", name)
	return m[1]
}

// invited sends a whole invitation and returns the maker's address.
func (h *house) invited(b *browser, companionID int64, phone string) string {
	h.t.Helper()
	return b.done("/dinas/undang", "form_key", "k"+phone, "name", "Wening", "phone", phone, "shop_name", "Toples Bu Wening", "kind", "individual",
		"regency", "35.20", "district", "35.20.08", "village", "Milangasri", "street", "Jl. Rahasia 7", "evidence", "Surat 12/2026", "courier", "ya",
		"companion", fmt.Sprint(companionID))
}

func TestInviteVerifyOpen(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		companionID := h.staff(account.RoleCompanion, h.agency, "35")
		b := h.as(h.staff(account.RoleOfficer, h.agency, "35"))
		require.Contains(t, b.see("/dinas/perajin"), text.T("agency.makers.empty"))

		// Without scripts, the button beside the regency brings its districts and
		// keeps what was typed.
		key := hidden(t, b.see("/dinas/undang"), "form_key")
		p := b.post("/dinas/undang", "step", "regency", "form_key", key, "name", "Bu Wening", "regency", "35.20", "evidence", "Surat 12/2026")
		require.Equal(t, http.StatusOK, p.status)
		require.Contains(t, p.body, `value="35.20.08"`)
		require.Contains(t, p.body, `value="Bu Wening"`)
		require.Equal(t, key, hidden(t, p.body, "form_key"))
		require.NotContains(t, p.body, `value="36.01"`, "no regency outside the territory")

		p = b.post("/dinas/undang", "form_key", key, "name", "Bu Wening", "phone", "12", "regency", "35.20", "street", "Jl. Rahasia 7", "own", "ya", "own_fee", "x")
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		require.Contains(t, p.body, `value="Jl. Rahasia 7"`)
		p = b.post("/dinas/undang", "form_key", key, "name", "Bu Wening", "phone", "12", "regency", "35.20")
		for _, field := range []string{"phone", "district", "shop_name", "evidence"} {
			require.Contains(t, p.body, `href="#f-`+field+`"`)
		}
		p = b.post("/dinas/undang", "form_key", key, "name", "Orang Jauh", "phone", "0812-9999-1234", "shop_name", "Toko Jauh", "kind", "individual",
			"district", "36.01.17", "evidence", "surat", "courier", "ya")
		require.Contains(t, p.body, text.T("account.invite.territory"))

		at := h.invited(b, companionID, "0812-9999-0001")
		require.Equal(t, at, h.invited(b, companionID, "0812-9999-0001"), "pressed twice is one maker")
		lines, err := h.program.Makers(ctx, h.Actor(h.staff(account.RoleHead, h.agency, "35")))
		require.NoError(t, err)
		require.Len(t, lines, 1)
		shopID := lines[0].Shop.ID

		body := b.see(at)
		require.Contains(t, body, text.T("agency.invite.done", "name", "Wening"))
		require.Contains(t, body, "Surat 12/2026")
		require.NotContains(t, body, "Jl. Rahasia 7")
		require.NotContains(t, body, at+"/buka", "first things first")
		b.done(at + "/buka")
		require.Contains(t, b.see(at), text.T("catalog.shop.moved"), "what cannot be is told")
		b.done(at + "/cocok")
		b.done(at + "/buka")
		shop, err := h.Catalog.Shop(ctx, shopID)
		require.NoError(t, err)
		require.Equal(t, catalog.ShopOpen, shop.State)
		require.Contains(t, b.see("/dinas/perajin?keadaan=open&q=wening&wilayah=35.20"), "Toples Bu Wening")
		require.NotContains(t, b.see("/dinas/perajin?keadaan=invited"), "Toples Bu Wening")
		require.NotContains(t, b.see("/dinas/perajin?wilayah=35.19"), "Toples Bu Wening")
		require.True(t, h.Actor(companionID).Assists(shopID))
	})
}

func TestACodeIsShownOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		officerID := h.staff(account.RoleOfficer, h.agency, "35")
		b := h.as(officerID)
		at := h.invited(b, 0, "0812-9999-0002")
		lines, err := h.program.Makers(ctx, h.Actor(officerID))
		require.NoError(t, err)
		makerID, shopID := lines[0].Maker.ID, lines[0].Shop.ID

		require.Equal(t, at, b.done(at+"/kode"))
		body := b.see(at)
		code := regexp.MustCompile(`class="code">(\d{6})<`).FindStringSubmatch(body)
		require.NotNil(t, code)
		require.Contains(t, body, text.T("agency.code.for", "name", "Wening"))
		require.NotContains(t, b.see(at), code[1], "shown once")
		userID, err := h.Accounts.SignInWithCode(ctx, "0812-9999-0002", code[1], account.Source{IP: "192.0.2.1"})
		require.NoError(t, err)
		require.Equal(t, makerID, userID)

		// An officer who helps this maker must not.
		h.Tx(func(tx *gorm.DB) error {
			_, err := h.Accounts.GrantTx(ctx, tx, account.System, account.NewGrant{ShopID: shopID, MakerID: makerID, CompanionID: officerID, Evidence: "surat"})
			return err
		})
		require.NotContains(t, b.see(at), at+"/kode")
		require.Equal(t, at, b.done(at+"/kode"))
		body = b.see(at)
		require.Contains(t, body, text.T("account.code.companion"))
		require.NotContains(t, body, `class="code"`)
	})
}

func TestHelpIsGivenAndEnded(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		companionID := h.staff(account.RoleCompanion, h.agency, "35")
		b := h.as(h.staff(account.RoleOfficer, h.agency, "35"))
		at := h.invited(b, 0, "0812-9999-0003")
		p := b.post(at+"/bantuan", "companion", fmt.Sprint(companionID), "evidence", "")
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		require.Contains(t, p.body, text.T("account.consent.evidence"))
		require.Equal(t, http.StatusUnprocessableEntity, b.post(at+"/bantuan", "evidence", "Surat 3").status)
		b.done(at+"/bantuan", "companion", fmt.Sprint(companionID), "evidence", "Surat 3")
		require.Len(t, h.Actor(companionID).Assisting, 1)
		b.done(fmt.Sprintf("%s/bantuan/%d/akhiri", at, h.Actor(companionID).Assisting[0].GrantID))
		require.Empty(t, h.Actor(companionID).Assisting)
	})
}

// TestAnotherAgency tries every officer's address from outside.
func TestAnotherAgency(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		at := h.invited(h.as(h.staff(account.RoleOfficer, h.agency, "35")), 0, "0812-9999-0004")
		other, err := h.program.FoundAgency(ctx, account.System, "Dinas Lain", "35")
		require.NoError(t, err)
		far, err := h.program.FoundAgency(ctx, account.System, "Dinas Jauh", "36")
		require.NoError(t, err)
		shop := h.Shop("Toko Rekening")
		bank, err := h.finance.SetBankAccount(ctx, h.Owner(shop), shop.ID, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Orang"}, "b")
		require.NoError(t, err)
		for name, b := range map[string]*browser{
			"another agency":    h.as(h.staff(account.RoleOfficer, other.ID, "35")),
			"another territory": h.as(h.staff(account.RoleOfficer, far.ID, "36")),
			"another regency":   h.as(h.staff(account.RoleOfficer, h.agency, "35.19")),
			"a companion":       h.as(h.staff(account.RoleCompanion, h.agency, "35")),
			"a maker":           h.as(shop.OwnerID),
		} {
			require.Equal(t, http.StatusNotFound, b.get(at).status, name)
			for _, step := range []string{"/cocok", "/buka", "/kode", "/bantuan", "/bantuan/1/akhiri"} {
				require.Equal(t, http.StatusNotFound, b.post(at+step, "companion", "1", "evidence", "x").status, "%s %s", name, step)
			}
			if name != "another agency" && name != "another regency" { // accounts are decided by territory
				require.Equal(t, http.StatusNotFound, b.post(fmt.Sprintf("/dinas/rekening/%d/setuju", bank.ID)).status, name)
			}
		}
		for _, r := range h.routes {
			p := (&browser{t: t, url: h.url, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}).
				send(r.Method, strings.NewReplacer(":id", "1", ":grant", "1").Replace(r.Path), url.Values{})
			require.Equal(t, http.StatusSeeOther, p.status, r.Path)
			require.True(t, strings.HasPrefix(p.to, "/masuk"), "a visitor signs in first: %s", r.Path)
		}
	})
}

func TestBankAccountsAreDecided(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		propose := func(key string) int64 {
			bank, err := h.finance.SetBankAccount(ctx, h.Owner(shop), shop.ID, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Wening"}, key)
			require.NoError(t, err)
			return bank.ID
		}
		b := h.as(h.staff(account.RoleOfficer, h.agency, "35"))
		require.Contains(t, b.see("/dinas/rekening"), text.T("agency.banks.none"))
		first := propose("one")
		body := b.see("/dinas/rekening")
		require.Contains(t, body, "Wening")
		require.NotContains(t, body, "1234567890", "the number stays the shop's")
		p := b.post(fmt.Sprintf("/dinas/rekening/%d/tolak", first), "reason", " ")
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		require.Contains(t, p.body, `href="#f-reason"`)
		b.done(fmt.Sprintf("/dinas/rekening/%d/tolak", first), "reason", "Nama tidak sama")
		b.done(fmt.Sprintf("/dinas/rekening/%d/setuju", propose("two")))
		m, err := h.finance.Money(ctx, h.Owner(shop), shop.ID)
		require.NoError(t, err)
		require.NotNil(t, m.Bank)
		require.False(t, m.RestUntil.IsZero())
	})
}

func TestTheCompanionsDay(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		productID := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		companion, stranger := h.Companion(shop), h.Companion(h.Shop("Toko Lain"))
		number := h.paid(shop, productID)
		h.Pass(7 * time.Hour)
		_, err := h.Orders.RunTimers(ctx)
		require.NoError(t, err)
		calls, err := h.Notify.Calls(ctx, companion.UserID)
		require.NoError(t, err)
		owner, err := h.Accounts.User(ctx, shop.OwnerID)
		require.NoError(t, err)

		b := h.as(companion.UserID)
		body := b.see("/dampingan")
		require.Contains(t, body, "tel:"+owner.Phone)
		require.Contains(t, body, number)
		require.Contains(t, body, text.T("agency.call.order_unseen"))
		require.Contains(t, body, region.Place(ordertest.District))
		done := fmt.Sprintf("/dampingan/telepon/%d/selesai", calls[0].ID)
		require.Equal(t, http.StatusNotFound, h.as(stranger.UserID).post(done).status)
		require.Equal(t, "/toko-saya", b.done("/toko-saya/pilih", "shop", fmt.Sprint(shop.ID)))
		require.Contains(t, b.see("/toko-saya"), text.T("ui.acting.for", "shop", shop.Name, "maker", owner.Name))

		// When the help ends, name and number are gone at once.
		require.NoError(t, h.Accounts.RevokeGrant(ctx, h.Owner(shop), companion.Assisting[0].GrantID))
		body = b.see("/dampingan")
		require.NotContains(t, body, owner.Phone)
		require.NotContains(t, body, owner.Name)
		require.Contains(t, body, text.T("agency.companion.former"))
		require.Equal(t, "/dampingan", b.done(done))
		require.Contains(t, b.see("/dampingan"), text.T("agency.companion.no_calls"))
	})
}

func TestAPermissionThatEndsSoonIsMarked(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		companion := h.Companion(shop)
		require.NotContains(t, h.as(companion.UserID).see("/dampingan"), `class="fault"`)
		h.Tx(func(tx *gorm.DB) error {
			_, err := h.Accounts.GrantTx(ctx, tx, account.System, account.NewGrant{
				ShopID: shop.ID, MakerID: shop.OwnerID, CompanionID: companion.UserID, Evidence: "surat", ExpiresAt: time.Now().AddDate(0, 0, 20),
			})
			return err
		})
		require.Contains(t, h.as(companion.UserID).see("/dampingan"), `class="fault"`)
	})
}
