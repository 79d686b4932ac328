package maker_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/quote"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server"
	"github.com/lapak-berdaya/lapak/server/maker"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	"github.com/lapak-berdaya/lapak/templates/view"
)

var ctx = context.Background()

// house is the real services behind the real routes.
type house struct {
	*ordertest.World
	t        *testing.T
	curation *curation.Service
	finance  *finance.Service
	checkout *checkout.Service
	shares   *share.Service
	url      string
	routes   []web.Route
}

func newHouse(t *testing.T, db *database.DB) *house {
	t.Helper()
	w := ordertest.New(t, db)
	h := &house{World: w, t: t}
	h.curation = curation.NewService(db, w.Keys, w.Catalog, w.Accounts, w.Notify)
	h.finance = finance.NewService(db, finance.Parts{
		Keys: w.Keys, Books: w.Books, Payouts: w.Payments, Shops: w.Catalog, People: w.Accounts, Orders: w.Orders, Messages: w.Notify,
		Parties: share.NewService(db, w.Books, w.Catalog, w.Accounts), Gateway: w.Payments,
	})
	h.shares = share.NewService(db, w.Books, w.Catalog, w.Accounts)
	h.checkout = checkout.NewService(db, w.Keys, checkout.Parts{
		Catalog: w.Catalog, Parcels: w.Delivery, Orders: w.Orders, Payments: w.Payments, Books: w.Books, Messages: w.Notify, People: w.Accounts, Pictures: w.Media,
	}, checkout.DefaultSettings("http://lapak.test"))
	w.Payments.Register(checkout.PurposeKind, h.checkout)
	reviews := review.NewService(db, w.Keys, w.Catalog, w.Orders, w.Accounts)
	quotes := quote.NewService(db, w.Keys, quote.Parts{Catalog: w.Catalog, Orders: w.Orders, People: w.Accounts, Pictures: w.Media, Messages: w.Notify}, quote.DefaultSettings(""))
	h.routes = maker.Routes(maker.Deps{
		Accounts: w.Accounts, Catalog: w.Catalog, Curation: h.curation, Library: curation.NewLibrary(db, w.Media), Orders: w.Orders, Finance: h.finance,
		Delivery: w.Delivery, Notify: w.Notify, Media: w.Media, Checkout: h.checkout,
		Reviews: reviews, Quotes: quotes, Shares: h.shares, Book: book.NewService(db, h.regencyTx, w.Media), Now: func(ctx context.Context) (time.Time, error) { return clock.Now(ctx, db.Read(ctx)) },
	})
	signIn := web.Route{Method: http.MethodGet, Path: "/sebagai/:id", Handler: func(c *web.Ctx) error {
		userID, err := c.ID("id")
		if err != nil {
			return err
		}
		actor, err := w.Accounts.Actor(c.Context(), userID)
		if err != nil {
			return err
		}
		if err := c.SignIn(userID, web.Passed{Factor: len(actor.Roles) > 0}); err != nil {
			return err
		}
		return c.Text(http.StatusOK, "halo")
	}}
	routes := append(h.routes, signIn)
	rules, err := server.Rules()
	require.NoError(t, err)
	site, err := web.New(web.Config{
		Rules: rules.For(routes).With("GET /sebagai/:id", web.KindVisitor, web.Own, "person"),
		Owners: server.Parts{
			Accounts: w.Accounts, Catalog: w.Catalog, Orders: w.Orders, Finance: h.finance, Messages: w.Notify, Reviews: reviews, Quotes: quotes, Curation: h.curation,
		}.Owners(),
		BaseURL: "http://lapak.test", Log: slog.New(slog.DiscardHandler), Accounts: w.Accounts, Store: w.Accounts.SessionStore(),
		Ready: func(context.Context) error { return nil },
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

// regencyTx says where a shop stands.
func (h *house) regencyTx(ctx context.Context, tx *gorm.DB, shopID int64) (string, error) {
	s, err := h.Catalog.ShopTx(ctx, tx, shopID)
	return s.RegencyCode, err
}

// browser is one person's.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

func (h *house) as(userID int64) *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(h.t, err)
	b := &browser{t: h.t, url: h.url, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	b.get(fmt.Sprintf("/sebagai/%d", userID))
	return b
}

// page is an answer.
type page struct {
	status int
	to     string // where it leads
	body   string
	header http.Header
}

func (b *browser) do(req *http.Request) page {
	b.t.Helper()
	res, err := b.client.Do(req)
	require.NoError(b.t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	require.NoError(b.t, res.Body.Close())
	return page{res.StatusCode, res.Header.Get("Location"), string(body), res.Header}
}

func (b *browser) get(path string) page {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	require.NoError(b.t, err)
	return b.do(req)
}

// see gets a page that must be there.
func (b *browser) see(path string) string {
	b.t.Helper()
	p := b.get(path)
	require.Equal(b.t, http.StatusOK, p.status, "%s leads to %q", path, p.to)
	require.NotContains(b.t, p.body, "[maker.", "a sentence is missing")
	return p.body
}

// post sends name, value pairs.
func (b *browser) post(path string, pairs ...string) page {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req)
}

// done sends a form that must be taken and returns where it leads.
func (b *browser) done(path string, pairs ...string) string {
	b.t.Helper()
	p := b.post(path, pairs...)
	require.Equal(b.t, http.StatusSeeOther, p.status, "%s: %s", path, p.body)
	return p.to
}

// refused sends a form that must come back with everything typed.
func (b *browser) refused(path string, pairs ...string) string {
	b.t.Helper()
	p := b.post(path, pairs...)
	require.Equal(b.t, http.StatusUnprocessableEntity, p.status, "%s leads to %q", path, p.to)
	require.Contains(b.t, p.body, `id="kesalahan"`)
	return p.body
}

// upload sends a photo.
func (b *browser) upload(path string, file []byte, pairs ...string) page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		require.NoError(b.t, w.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := w.CreateFormFile("photo", "foto.png")
	require.NoError(b.t, err)
	_, err = part.Write(file)
	require.NoError(b.t, err)
	require.NoError(b.t, w.Close())
	req, err := http.NewRequest(http.MethodPost, b.url+path, &body)
	require.NoError(b.t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(req)
}

// hidden is the value of a hidden field.
func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	require.NotNil(t, m, "no field %s", name)
	return m[1]
}

// photo is a small picture whose colour depends on shade.
func photo(t *testing.T, shade byte) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for x := range 320 {
		for y := range 240 {
			img.Set(x, y, color.RGBA{shade, byte(x), byte(y), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// trailed counts everything anybody ever did: looking must not add to it.
func (h *house) trailed() int64 {
	h.t.Helper()
	var n int64
	require.NoError(h.t, h.DB.Read(ctx).Raw("SELECT count(*) FROM trail").Scan(&n).Error)
	return n
}

// name is what a person is called.
func (h *house) name(userID int64) string {
	u, err := h.Accounts.User(ctx, userID)
	require.NoError(h.t, err)
	return u.Name
}
