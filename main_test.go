package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/demo"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
)

const (
	gatewayEnv = "LAPAK_TEST_GATEWAY_DATA"
	demoEnv    = "LAPAK_TEST_DEMO_DATA"
)

// TestMain is also the simulator and the demo: the tests start themselves again
// as a second process, so that client and gateway share no memory.
func TestMain(m *testing.M) {
	if data := os.Getenv(gatewayEnv); data != "" {
		err := gatewayCommand{
			Data: data, Listen: os.Getenv("LAPAK_TEST_GATEWAY_LISTEN"), Key: testKey, CallbackToken: testToken, Site: os.Getenv("LAPAK_TEST_SITE"),
		}.Run(context.Background())
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
	if data := os.Getenv(demoEnv); data != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := (demoCommand{place: place{Data: data}, Listen: "127.0.0.1:0", GatewayListen: "127.0.0.1:0"}).Run(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "demo:", err)
			os.Exit(1)
		}
		return
	}
	if raw := os.Getenv(programEnv); raw != "" {
		if err := runProgram(raw); err != nil {
			fmt.Fprintln(os.Stderr, "program:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	testKey   = "xnd_development_test"
	testToken = "callback-token-of-the-tests"
	// staffSecret is the second factor of all staff of the tests.
	staffSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

// world is the whole program under test: site, jobs, database, and a simulator
// in its own process.
type world struct {
	*app
	url, gateway string
	maker        account.Actor
	curator      account.Actor
	officer      account.Actor
	shop         int64
	stop         func() // ends the program before the test does
}

// eachEngine runs the test against the whole program on both databases.
func eachEngine(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run(database.SQLite, func(t *testing.T) {
		test(t, start(t, dbtest.SQLiteAddress(t)))
	})
	t.Run(database.Postgres, func(t *testing.T) { test(t, start(t, dbtest.PostgresAddress(t))) })
}

func start(t *testing.T, address string, change ...func(*config.Settings)) *world {
	t.Helper()
	w := serving(t, address, "file://"+filepath.Join(t.TempDir(), "pictures"), "", change...)
	w.people(t)
	return w
}

// patience is how long a busy computer may take for what is done in a moment: to
// wait longer costs nothing where it comes.
const patience = 3 * time.Minute

const testSecret = "0123456789abcdef0123456789abcdef"

// serving runs the program over a database and a picture store, with a gateway
// that runs already or, without one, of its own.
func serving(t *testing.T, address, pictures, gateway string, change ...func(*config.Settings)) *world {
	t.Helper()
	return servingLogged(t, address, pictures, gateway, slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})), change...)
}

// servingLogged is serving with a log that the test reads.
func servingLogged(t *testing.T, address, pictures, gateway string, log *slog.Logger, change ...func(*config.Settings)) *world {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &world{url: "http://" + listener.Addr().String(), gateway: gateway}
	if gateway == "" {
		w.gateway = startGatewayProcess(t, w.url)
	}
	base, err := url.Parse(w.url)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	settings := config.Settings{
		DatabaseURL: address, BaseURL: base, MediaURL: pictures, SecretKeys: []string{testSecret},
		XenditKey: testKey, XenditTokens: []string{testToken}, XenditBaseURL: w.gateway,
	}
	for _, c := range change {
		c(&settings)
	}
	w.app, err = open(ctx, settings, log, choices{demo: true})
	require.NoError(t, err)
	_, err = migrate(ctx, w.db)
	require.NoError(t, err)
	done := make(chan error, 1)
	started := make(chan struct{})
	go func() { done <- w.run(ctx, listener, 0, func(*web.Site) { close(started) }) }()
	select {
	case <-started:
	case err := <-done:
		t.Fatal(err)
	}
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("stop: %v", err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

func startGatewayProcess(t *testing.T, site string) string {
	t.Helper()
	address := spare(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), gatewayEnv+"="+t.TempDir(), "LAPAK_TEST_GATEWAY_LISTEN="+address, "LAPAK_TEST_SITE="+site)
	child.Stderr = os.Stderr
	require.NoError(t, child.Start())
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, patience, 10*time.Millisecond)
	return "http://" + address
}

// lockedBuffer collects what a process prints while the test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// people founds an agency with one officer, a curator, and one open shop, a month
// before the test begins.
func (w *world) people(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	const ago = 30 * 24 * time.Hour
	w.db.Clock().Advance(-ago)
	defer w.db.Clock().Advance(ago)
	agency, err := w.program.FoundAgency(ctx, account.System, "Dinas Uji", "35")
	require.NoError(t, err)
	w.officer = w.person(t, "Petugas Uji", "081200000101", account.RoleOfficer, agency.ID)
	w.curator = w.person(t, "Kurator Uji", "081200000102", account.RoleCurator, agency.ID)
	require.NoError(t, w.app.curation.SetSeat(ctx, account.System, curation.Seat{CuratorID: w.curator.UserID, Lead: true}))
	invited, err := w.program.Invite(ctx, w.officer, program.Invitation{
		FormKey: id.Token(), Name: "Pembuat Uji", Phone: "081200000103", ShopName: "Dapur Uji", Kind: catalog.Individual,
		District: "35.19.03", Village: "Sareng", Street: "Jl. Melati 4", Consent: "formulir", Pickup: true, Courier: true,
	})
	require.NoError(t, err)
	require.NoError(t, w.program.Verify(ctx, w.officer, invited.ShopID))
	require.NoError(t, w.program.Open(ctx, w.officer, invited.ShopID))
	w.maker, err = w.accounts.Actor(ctx, invited.MakerID)
	require.NoError(t, err)
	w.shop = invited.ShopID
}

func (w *world) person(t *testing.T, name, phone string, role account.Role, agency int64) account.Actor {
	t.Helper()
	ctx := t.Context()
	var user account.User
	require.NoError(t, database.InTx(ctx, w.db, func(tx *gorm.DB) (err error) {
		user, err = w.accounts.InviteTx(ctx, tx, account.System, account.NewUser{Name: name, Phone: phone, DistrictCode: "35.19.03"})
		return err
	}))
	_, err := w.accounts.AssignRole(ctx, account.System, user.ID, role, agency, []string{"35"})
	require.NoError(t, err)
	require.NoError(t, w.accounts.SetFactor(ctx, account.System, user.ID, staffSecret))
	actor, err := w.accounts.Actor(ctx, user.ID)
	require.NoError(t, err)
	return actor
}

// product lists and publishes one product of the shop and returns its id.
func (w *world) product(t *testing.T, title string, price money.Rupiah, mode catalog.Mode, quantity int64, tiers ...catalog.PriceTier) int64 {
	t.Helper()
	ctx := t.Context()
	sub, err := w.catalog.StartDraft(ctx, w.maker, w.shop, id.Token())
	require.NoError(t, err)
	raw, err := demo.Art.ReadFile("art/p01-nastar.jpg")
	require.NoError(t, err)
	picture, err := w.pictures.Store(ctx, w.maker, media.Upload{Reader: bytes.NewReader(marked(raw)), OwnerKind: catalog.PictureOwner, OwnerID: sub.ProductID, Name: "foto.jpg"})
	require.NoError(t, err)
	_, err = w.catalog.AddPicture(ctx, w.maker, sub.ID, picture.ID)
	require.NoError(t, err)
	lead, grams := int64(2), int64(500)
	_, err = w.catalog.SaveDraft(ctx, w.maker, sub.ID, catalog.DraftChange{Title: &title, Price: &price, Mode: &mode, Quantity: &quantity, LeadDays: &lead, WeightGrams: &grams})
	require.NoError(t, err)
	_, err = w.catalog.SetTiers(ctx, w.maker, sub.ID, tiers)
	require.NoError(t, err)
	sub, err = w.app.curation.Submit(ctx, w.maker, sub.ID, id.Token())
	require.NoError(t, err)
	_, err = w.app.curation.Claim(ctx, w.curator, sub.ID)
	require.NoError(t, err)
	require.NoError(t, w.app.curation.Approve(ctx, w.curator, curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID, RestFine: true}, nil))
	return sub.ProductID
}

// visitor is a browser without scripts: cookies, forms, no redirects followed.
type visitor struct {
	t     testing.TB
	base  string
	turns []string // bases that take turns, if any
	from  string   // an address that a trusted proxy names, "" is none
	http  *http.Client
}

func (w *world) visitor(t testing.TB) *visitor {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &visitor{t: t, base: w.url, http: &http.Client{
		Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type page struct {
	status   int
	location string
	body     string
	*goquery.Document
}

func (v *visitor) do(req *http.Request) (page, error) {
	if len(v.turns) > 0 {
		next, err := url.Parse(v.turns[0])
		if err != nil {
			return page{}, err
		}
		v.turns = append(v.turns[1:], v.turns[0])
		req.URL.Host, req.Host = next.Host, next.Host
	}
	if v.from != "" {
		req.Header.Set("X-Forwarded-For", v.from)
	}
	res, err := v.http.Do(req)
	if err != nil {
		return page{}, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return page{}, err
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(raw))
	return page{res.StatusCode, res.Header.Get("Location"), string(raw), doc}, err
}

func (v *visitor) get(path string) (page, error) {
	req, err := http.NewRequest(http.MethodGet, v.base+path, nil)
	if err != nil {
		return page{}, err
	}
	return v.do(req)
}

func (v *visitor) post(path string, form url.Values) (page, error) {
	req, err := http.NewRequest(http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return page{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(req)
}

// fields collects the hidden fields of the page's checkout form.
func (p page) fields(selector string) url.Values {
	form := url.Values{}
	p.Find(selector + " input[type=hidden]").Each(func(_ int, s *goquery.Selection) {
		form.Set(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	return form
}

// fill is a filled-in checkout form of the page, for pick-up at one shop.
func (w *world) fill(p page) url.Values {
	form := p.fields("form[data-checkout]")
	form.Set("nama", "Pembeli Uji")
	form.Set("hp", "0812 0000 0099")
	form.Set(fmt.Sprintf("kirim_%d", w.shop), "pickup")
	form.Set("langkah", "bayar")
	return form
}

// enter signs somebody in by a one-time code, and staff by their second factor.
func (w *world) enter(t *testing.T, v *visitor, userID int64) {
	t.Helper()
	user, err := w.accounts.User(t.Context(), userID)
	require.NoError(t, err)
	code, _, err := w.accounts.IssueCode(t.Context(), account.System, userID)
	require.NoError(t, err)
	p, err := v.post("/masuk/kode", url.Values{"hp": {user.Phone}, "kode": {code}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.status, "%s: %s", user.Name, p.body)
	if p.location == "/masuk/dua" {
		p, err = v.post("/masuk/dua", url.Values{"kode": {w.factorCode(t, userID)}})
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, "%s: %s", user.Name, p.body)
	}
}

// factorCode is what the person's authenticator app shows; where its codes near
// now are used up, time goes on.
func (w *world) factorCode(t *testing.T, userID int64) string {
	t.Helper()
	for {
		step, left, err := w.accounts.UnusedStep(t.Context(), userID, staffSecret)
		require.NoError(t, err)
		if left {
			code, err := account.FactorCode(staffSecret, step)
			require.NoError(t, err)
			return code
		}
		w.db.Clock().Advance(30 * time.Second)
	}
}

// clean ends a test: every row agrees with every other. Jobs may still be at work:
// as at night, a finding is believed that two audits in a row make.
func (w *world) clean(t *testing.T) {
	t.Helper()
	findings, err := w.auditTwice(context.Background())
	require.NoError(t, err)
	require.NoError(t, printAudit(io.Discard, findings), "%v", findings)
}

// early moves the clock to the beginning of an hour: whoever counts what may be
// done in one does not see it turn.
func (w *world) early(t *testing.T) {
	t.Helper()
	now, err := w.now(t.Context())
	require.NoError(t, err)
	w.db.Clock().Advance(now.Truncate(time.Hour).Add(time.Hour + time.Second).Sub(now))
}
