// Package desktest serves the staff desks, pictures and machine addresses over a
// real world for tests: real services, real sessions, HTTP. Only tests import it.
package desktest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xendit"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server"
	adminarea "github.com/lapak-berdaya/lapak/server/admin"
	curatorarea "github.com/lapak-berdaya/lapak/server/curator"
	financearea "github.com/lapak-berdaya/lapak/server/finance"
	"github.com/lapak-berdaya/lapak/server/machine"
	mediaarea "github.com/lapak-berdaya/lapak/server/media"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	"github.com/lapak-berdaya/lapak/static"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Tokens are the callback tokens the site takes: a new one and the one it
// replaces.
var Tokens = []string{"token-baru", "token-lama"}

// Desk is the site and the world behind it.
type Desk struct {
	*ordertest.World
	t        testing.TB
	Curation *curation.Service
	Program  *program.Service
	Finance  *finance.Service
	Checkout *checkout.Service
	Site     *web.Site
	URL      string
	gateway  *gateway
}

// RefusePayouts lets every payout from now on fail with this code.
func (d *Desk) RefusePayouts(code string) { d.gateway.refusal = code }

// gateway moves money in memory and reads callbacks as the real one does.
type gateway struct {
	*ordertest.Till
	reader  *xendit.Client
	refusal string // the failure code of every payout, "" while they succeed
}

func (g *gateway) ParseCallback(kind payment.CallbackKind, body []byte) (payment.Callback, error) {
	return g.reader.ParseCallback(kind, body)
}

func (g *gateway) CreatePayout(ctx context.Context, r payment.PayoutRequest) (payment.GatewayPayout, error) {
	return g.refused(g.Till.CreatePayout(ctx, r))
}

func (g *gateway) Payout(ctx context.Context, id string) (payment.GatewayPayout, error) {
	return g.refused(g.Till.Payout(ctx, id))
}

func (g *gateway) refused(p payment.GatewayPayout, err error) (payment.GatewayPayout, error) {
	if g.refusal != "" {
		p.Status, p.RawStatus, p.FailureCode = payment.PayoutFailed, "FAILED", g.refusal
	}
	return p, err
}

// New serves a fresh world on db. demo opens the outbox as the demo does.
func New(t testing.TB, db *database.DB, demo bool) *Desk {
	t.Helper()
	w := ordertest.New(t, db)
	d := &Desk{World: w, t: t}
	queue, err := jobs.NewQueue(db)
	require.NoError(t, err)
	reader, err := xendit.New(xendit.Config{SecretKey: "xnd_development_uji", BaseURL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	d.gateway = &gateway{Till: w.Till, reader: reader}
	payments := payment.NewService(db, queue, w.Keys, d.gateway, Tokens)
	w.Payments = payments
	w.Media.Connect(media.Hooks{Access: func(ctx context.Context, a account.Actor, kind string, owner int64) (bool, error) {
		switch kind {
		case curation.LessonPicture:
			return curation.NewLibrary(db, w.Media).MaySeePictures(ctx, a, owner)
		case curation.SamplePicture:
			return d.Curation.MaySeeSample(ctx, a, owner)
		case catalog.PictureOwner:
			return w.Catalog.MaySeePictures(ctx, a, owner)
		}
		return false, nil
	}})
	d.Curation = curation.NewService(db, w.Keys, w.Catalog, w.Accounts, w.Notify)
	d.Program = program.NewService(db, w.Accounts, w.Catalog, w.Delivery)
	d.Finance = finance.NewService(db, finance.Parts{
		Keys: w.Keys, Books: w.Books, Payouts: payments, Shops: w.Catalog, People: w.Accounts, Orders: w.Orders, Messages: w.Notify,
		Parties: share.NewService(db, w.Books, w.Catalog, w.Accounts),
		Refunds: payments, Gateway: payments, Queue: queue,
	})
	payments.Register(payment.KindUnmatched, finance.NewUnmatched(w.Books))
	payments.RegisterRefunds(order.PurposeKind, w.Orders)
	payments.RegisterRefunds(payment.KindUnmatched, finance.NewStrayRefunds(w.Books))
	payments.RegisterPayouts(finance.KindWithdrawal, d.Finance)
	d.Checkout = checkout.NewService(db, w.Keys, checkout.Parts{
		Catalog: w.Catalog, Parcels: w.Delivery, Orders: w.Orders, Payments: payments, Books: w.Books, Messages: w.Notify, People: w.Accounts, Pictures: w.Media,
	}, checkout.DefaultSettings("http://lapak.test"))
	payments.Register(checkout.PurposeKind, d.Checkout)
	payments.RegisterRefunds(checkout.SuspensePurpose, checkout.Suspense(d.Checkout))
	rules, err := server.Rules()
	require.NoError(t, err)
	if demo {
		rules = rules.Demo()
	}
	routes := d.routes(demo)
	d.Site, err = web.New(web.Config{
		Rules: rules.For(routes).With("GET /sebagai/:id", web.KindVisitor, web.Own, "person"),
		Owners: server.Parts{
			Accounts: w.Accounts, Catalog: w.Catalog, Orders: w.Orders, Finance: d.Finance, Messages: w.Notify, Curation: d.Curation,
		}.Owners(),
		BaseURL: "http://lapak.test", Log: slog.New(slog.DiscardHandler), Accounts: w.Accounts, Store: w.Accounts.SessionStore(),
		Ready: func(context.Context) error { return nil }, Viewer: func(*web.Ctx, *view.Private) {},
		ErrorPage: func(_ view.Public, status int, sentence, _ string) templ.Component {
			return templ.ComponentFunc(func(_ context.Context, out io.Writer) error {
				_, err := fmt.Fprintf(out, "<h1>%d</h1><p>%s</p>", status, sentence)
				return err
			})
		},
	}, static.Handler(), routes)
	require.NoError(t, err)
	server := httptest.NewServer(d.Site.Handler())
	t.Cleanup(server.Close)
	d.URL = server.URL
	return d
}

func (d *Desk) routes(demo bool) []web.Route {
	now := func(ctx context.Context) (time.Time, error) { return clock.Now(ctx, d.DB.Read(ctx)) }
	routes := []web.Route{{Method: "GET", Path: "/sebagai/:id", Handler: func(c *web.Ctx) error {
		user, err := c.ID("id")
		if err != nil {
			return err
		}
		if err := c.SignIn(user, web.Passed{Factor: true}); err != nil {
			return err
		}
		return c.Text(http.StatusOK, "halo")
	}}}
	routes = append(routes, curatorarea.Routes(curatorarea.Deps{Curation: d.Curation, Agencies: d.Program, Complaints: d.Program, Catalog: d.Catalog, Collections: d.Catalog, Words: d.Catalog, Rules: d.Curation, Library: curation.NewLibrary(d.DB, d.Media), Uploads: d.Media, People: d.Accounts, Pictures: d.Media, Now: d.Accounts.Now})...)
	routes = append(routes, financearea.Routes(financearea.Deps{
		Withdrawals: d.Finance, Payments: d.Payments, Suspense: d.Checkout, Limits: d.Checkout, Commission: d.Orders, Books: d.Books, Orders: d.Orders, Shares: share.NewService(d.DB, d.Books, d.Catalog, d.Accounts), Funds: d.Finance, Shops: d.Catalog, People: d.Accounts, Now: now,
	})...)
	routes = append(routes, adminarea.Routes(adminarea.Deps{Settings: adminarea.SettingsOf(d.DB),
		Messages: d.Notify, Curation: d.Curation, Finance: d.Finance, People: d.Accounts, Demo: demo,
		Trail: func(ctx context.Context, object string, id int64) ([]trail.Row, error) {
			return trail.Of(ctx, d.DB.Read(ctx), object, id)
		},
	})...)
	routes = append(routes, machine.Routes(machine.Deps{Callbacks: d.Payments, Catalog: d.Catalog, Pictures: d.Media})...)
	return append(routes, mediaarea.Routes(mediaarea.Deps{Pictures: d.Media})...)
}

// Staff is a new person with a role.
func (d *Desk) Staff(name string, role account.Role, territory ...string) account.Actor {
	d.t.Helper()
	u := d.Person(name, ordertest.District)
	_, err := d.Accounts.AssignRole(context.Background(), account.System, u.ID, role, 0, territory)
	require.NoError(d.t, err)
	return d.Actor(u.ID)
}

// Submitted lists a product with one photo and sends it to the desk.
func (d *Desk) Submitted(s ordertest.Shop, title string) catalog.Submission {
	d.t.Helper()
	ctx := context.Background()
	owner := d.Owner(s)
	sub, err := d.Catalog.StartDraft(ctx, owner, s.ID, id.Token())
	require.NoError(d.t, err)
	return d.Finished(owner, sub, title)
}

// Finished fills in what a draft needs and sends it to the desk.
func (d *Desk) Finished(owner account.Actor, sub catalog.Submission, title string) catalog.Submission {
	d.t.Helper()
	ctx := context.Background()
	price, quantity, words := money.Rupiah(28_000), int64(12), "Renyah, dibuat dari mentega."
	_, err := d.Catalog.SaveDraft(ctx, owner, sub.ID, catalog.DraftChange{Title: &title, Price: &price, Quantity: &quantity, Description: &words})
	require.NoError(d.t, err)
	d.Photo(owner, sub)
	sub, err = d.Curation.Submit(ctx, owner, sub.ID, id.Token())
	require.NoError(d.t, err)
	return sub
}

var dots atomic.Uint32

// Photo adds a new photo to a submission.
func (d *Desk) Photo(owner account.Actor, sub catalog.Submission) media.Picture {
	d.t.Helper()
	ctx := context.Background()
	n := dots.Add(1)
	img := image.NewRGBA(image.Rect(0, 0, 80, 60))
	for x := range 80 {
		for y := range 60 {
			img.Set(x, y, color.RGBA{uint8(200 - n%100), uint8(2 * x), uint8(3 * y), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(d.t, jpeg.Encode(&b, img, nil))
	p, err := d.Media.Store(ctx, owner, media.Upload{Reader: &b, OwnerKind: catalog.PictureOwner, OwnerID: sub.ProductID, Name: "foto.jpg"})
	require.NoError(d.t, err)
	require.NoError(d.t, d.Media.MakeRenditions(ctx, p.ID))
	_, err = d.Catalog.AddPicture(ctx, owner, sub.ID, p.ID)
	require.NoError(d.t, err)
	return p
}

// Answer is what the site said.
type Answer struct {
	Status   int
	Location string
	Header   http.Header
	Body     string
}

// Client is one browser.
type Client struct {
	t    testing.TB
	url  string
	http *http.Client
}

// Visitor is a browser that nobody signed in with.
func (d *Desk) Visitor() *Client {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(d.t, err)
	return &Client{d.t, d.URL, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// As is a browser somebody signed in with.
func (d *Desk) As(a account.Actor) *Client {
	d.t.Helper()
	c := d.Visitor()
	require.Equal(d.t, http.StatusOK, c.Get(fmt.Sprintf("/sebagai/%d", a.UserID)).Status)
	return c
}

// Get asks for a page.
func (c *Client) Get(path string) Answer { c.t.Helper(); return c.Do("GET", path, nil) }

// Post sends a form of name, value pairs.
func (c *Client) Post(path string, pairs ...string) Answer {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return c.Do("POST", path, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

// Do sends anything.
func (c *Client) Do(method, path string, body io.Reader, headers ...string) Answer {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, body)
	require.NoError(c.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	require.NoError(c.t, err)
	raw, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, res.Body.Close())
	return Answer{res.StatusCode, res.Header.Get("Location"), res.Header, string(raw)}
}

// tables are everything a desk could change.
var tables = []string{
	"products", "submissions", "revisions", "review_rounds", "review_answers", "review_pins", "samples", "sample_events", "review_claims", "certificates", "product_suspensions", "recipe_checks", "pictures", "withdrawals", "bank_accounts",
	"journal_entries", "journal_lines", "balances", "payments", "payouts", "refunds", "callbacks", "suspense_items", "unmatched_payments", "inbox", "messages", "trail",
}

// Fingerprint is the same as long as no row of those tables changed.
func (d *Desk) Fingerprint() string {
	d.t.Helper()
	sum := sha256.New()
	for _, table := range tables {
		var rows []map[string]any
		require.NoError(d.t, d.DB.Read(context.Background()).Raw("SELECT * FROM "+table).Scan(&rows).Error)
		lines := make([]string, len(rows))
		for i, r := range rows {
			raw, err := json.Marshal(r)
			require.NoError(d.t, err)
			lines[i] = string(raw)
		}
		slices.Sort(lines)
		fmt.Fprintln(sum, table, len(rows), lines)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}
