package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/demo"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
)

// What nobody but the people concerned may ever read.
const (
	makerPhone  = "81200000103"
	makerStreet = "Jl. Melati 4"
	makerBank   = "7788990011223"
	buyerPhone  = "81200000099"
	buyerStreet = "Jalan Melati 7"
)

// fortress is the whole program as `serve` composes it, with one of everything
// that an address can name and one person of every kind who may ask for it.
type fortress struct {
	*world
	site   *web.Site
	url    string
	people map[string]*visitor
	ids    map[string]int64 // their users
	things map[string]int64 // kinds of things in addresses → the one there is
	bought checkout.Purchase
	draft  media.Picture
	helper account.Actor
}

func fortified(t *testing.T) *fortress {
	w := start(t, "sqlite:"+t.TempDir()+"/lapak.db")
	f := &fortress{world: w, things: map[string]int64{}}
	product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
	f.things["product"] = product
	other := w.another(t)
	other.product(t, "Masker uji", 7_500, catalog.ModeStock, 20)

	f.helper = w.person(t, "Pendamping Uji", "081200000111", account.RoleCompanion, w.officer.AgencyID)
	former := w.person(t, "Bekas Pendamping", "081200000112", account.RoleCompanion, w.officer.AgencyID)
	f.things["grant"] = f.grant(t, f.helper)
	require.NoError(t, w.accounts.RevokeGrant(t.Context(), w.maker, f.grant(t, former)))

	// A paid order, and a payment whose money nobody asked for.
	f.bought = w.buy(t, w.visitor(t), map[int64]int{product: 2}, w.shop)
	w.simulator(t, "invoices/"+f.bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})
	soon(t, "paid and settled", func() bool {
		w.db.Clock().Advance(time.Second)
		return w.see(t, f.bought.Token).Payment.State == payment.Settled
	})
	f.things["order"] = f.bought.Orders[0].ID
	w.bank(t, makerBank)

	var err error
	draft, err := w.catalog.StartDraft(t.Context(), w.maker, w.shop, id.Token())
	require.NoError(t, err)
	f.things["draft"] = draft.ID
	f.draft = f.photo(t, draft)
	f.things["submitted"] = f.submitted(t)

	proposed, err := w.app.finance.SetBankAccount(t.Context(), other.maker, other.shop, payment.Bank{ChannelCode: "ID_BRI", AccountNumber: "5544332211009", HolderName: "Pembuat Kedua"}, id.Token())
	require.NoError(t, err)
	f.things["bank"], f.things["shop"] = proposed.ID, w.shop
	f.rows(t, f.helper.UserID)
	soon(t, "every picture is ready", func() bool { return f.count(t, "SELECT count(*) FROM pictures WHERE state = 'stored'") == 0 })
	f.open(t, map[string]int64{
		"owner": w.maker.UserID, "other owner": other.maker.UserID, "companion": f.helper.UserID, "former companion": former.UserID,
		"curator": w.curator.UserID, "officer": w.officer.UserID,
		"far officer": f.elsewhere(t, account.RoleOfficer, "081200000116"),
		"far head":    f.elsewhere(t, account.RoleHead, "081200000117"),
		"finance":     w.person(t, "Keuangan Uji", "081200000113", account.RoleFinance, w.officer.AgencyID).UserID,
		"head":        w.person(t, "Kepala Uji", "081200000114", account.RoleHead, w.officer.AgencyID).UserID,
		"admin":       w.person(t, "Admin Uji", "081200000115", account.RoleAdmin, w.officer.AgencyID).UserID,
	})
	return f
}

// grant lets a companion help in the shop.
func (f *fortress) grant(t *testing.T, companion account.Actor) (grantID int64) {
	t.Helper()
	require.NoError(t, database.InTx(t.Context(), f.db, func(tx *gorm.DB) error {
		g, err := f.accounts.GrantTx(t.Context(), tx, f.officer, account.NewGrant{ShopID: f.shop, MakerID: f.maker.UserID, CompanionID: companion.UserID, Evidence: "formulir"})
		grantID = g.ID
		return err
	}))
	return grantID
}

// elsewhere is somebody of another agency in another province.
func (f *fortress) elsewhere(t *testing.T, role account.Role, phone string) int64 {
	t.Helper()
	ctx := t.Context()
	agency, err := f.program.FoundAgency(ctx, account.System, "Dinas Lain "+phone, "33")
	require.NoError(t, err)
	var user account.User
	require.NoError(t, database.InTx(ctx, f.db, func(tx *gorm.DB) (err error) {
		user, err = f.accounts.InviteTx(ctx, tx, account.System, account.NewUser{Name: "Orang Dinas Lain", Phone: phone, DistrictCode: "33.72.05"})
		return err
	}))
	_, err = f.accounts.AssignRole(ctx, account.System, user.ID, role, agency.ID, []string{"33"})
	require.NoError(t, err)
	return user.ID
}

func (f *fortress) photo(t *testing.T, sub catalog.Submission) media.Picture {
	t.Helper()
	raw, err := demo.Art.ReadFile("art/p01-nastar.jpg")
	require.NoError(t, err)
	picture, err := f.pictures.Store(t.Context(), f.maker, media.Upload{Reader: bytes.NewReader(raw), OwnerKind: catalog.PictureOwner, OwnerID: sub.ProductID, Name: "foto.jpg"})
	require.NoError(t, err)
	_, err = f.catalog.AddPicture(t.Context(), f.maker, sub.ID, picture.ID)
	require.NoError(t, err)
	return picture
}

// submitted is a second product that waits for a curator.
func (f *fortress) submitted(t *testing.T) int64 {
	t.Helper()
	sub, err := f.catalog.StartDraft(t.Context(), f.maker, f.shop, id.Token())
	require.NoError(t, err)
	f.photo(t, sub)
	title, price, mode, quantity, days, grams := "Putri salju uji", money.Rupiah(60_000), catalog.ModeStock, int64(3), int64(2), int64(500)
	_, err = f.catalog.SaveDraft(t.Context(), f.maker, sub.ID, catalog.DraftChange{Title: &title, Price: &price, Mode: &mode, Quantity: &quantity, LeadDays: &days, WeightGrams: &grams})
	require.NoError(t, err)
	_, err = f.app.curation.Submit(t.Context(), f.maker, sub.ID, id.Token())
	require.NoError(t, err)
	return sub.ID
}

// rows writes what would take long stories to come about: only who may ask for
// it is tested here.
func (f *fortress) rows(t *testing.T, companion int64) {
	t.Helper()
	now := time.Now().UTC()
	require.NoError(t, database.InTx(t.Context(), f.db, func(tx *gorm.DB) error {
		for _, q := range []struct {
			thing, sql string
			args       []any
		}{
			{"withdrawal", `INSERT INTO withdrawals (shop_id, bank_account_id, amount, state, form_key, needs_check, requested_by, requested_at)
				SELECT shop_id, id, 50000, 'requested', 'uji', false, ?, ? FROM bank_accounts WHERE shop_id = ? RETURNING id`, []any{f.maker.UserID, now, f.shop}},
			{"call", `INSERT INTO call_list (companion_id, shop_id, order_id, reason, created_at) VALUES (?, ?, ?, 'unseen', ?) RETURNING id`,
				[]any{companion, f.shop, f.things["order"], now}},
			{"suspense", `INSERT INTO suspense_items (payment_id, purchase_id, amount, reason, opened_at) VALUES (?, ?, 55000, 'late', ?) RETURNING id`,
				[]any{f.bought.Payment.ID, f.bought.ID, now}},
			{"stray", `INSERT INTO unmatched_payments (payment_id, amount, created_at) VALUES (?, 55000, ?) RETURNING payment_id`,
				[]any{f.bought.Payment.ID, now}},
		} {
			var n int64
			if err := tx.Raw(q.sql, q.args...).Scan(&n).Error; err != nil {
				return err
			}
			f.things[q.thing] = n
		}
		return nil
	}))
}

// open serves the site the way `serve` does, and signs everybody in.
func (f *fortress) open(t *testing.T, people map[string]int64) {
	t.Helper()
	closed := *f.app
	closed.demo = false
	var err error
	f.site, err = closed.site()
	require.NoError(t, err)
	server := httptest.NewServer(f.site.Handler())
	t.Cleanup(server.Close)
	f.url = server.URL
	f.people = map[string]*visitor{"visitor": f.guest(t)}
	f.ids = people
	for name := range people {
		f.signIn(t, name)
	}
}

// signIn opens a new session by one-time code.
func (f *fortress) signIn(t *testing.T, name string) {
	t.Helper()
	user, err := f.accounts.User(t.Context(), f.ids[name])
	require.NoError(t, err)
	code, _, err := f.accounts.IssueCode(t.Context(), account.System, user.ID)
	require.NoError(t, err)
	f.people[name] = f.guest(t)
	p, err := f.people[name].post("/masuk/kode", url.Values{"hp": {user.Phone}, "kode": {code}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.status, "%s: %s", name, p.body)
}

func (f *fortress) guest(t *testing.T) *visitor {
	v := f.visitor(t)
	v.base = f.url
	return v
}

// things that the parameter of an address names, by the beginning of the path.
var named = []struct{ prefix, id, grant string }{
	{"/toko-saya/produk/", "product", ""}, {"/toko-saya/pengajuan/", "draft", ""}, {"/toko-saya/pesanan/", "order", ""},
	{"/toko-saya/uang/tarik/", "withdrawal", ""}, {"/toko-saya/toko/bantuan/", "grant", ""},
	{"/kurasi/", "submitted", ""}, {"/keuangan/titipan/", "suspense", ""}, {"/keuangan/tak-dikenal/", "stray", ""}, {"/keuangan/", "withdrawal", ""},
	{"/dinas/rekening/", "bank", ""}, {"/dinas/pencairan/", "withdrawal", ""}, {"/dinas/pesanan/", "order", ""}, {"/dinas/perajin/", "shop", "grant"},
	{"/dampingan/telepon/", "call", ""},
}

// address fills in the parameters of a route with the things there are.
func (f *fortress) address(t *testing.T, path string) string {
	t.Helper()
	path = strings.NewReplacer(":token", f.bought.Token, ":key", f.draft.Key, ":file", "320.jpg").Replace(path)
	for _, n := range named {
		if strings.HasPrefix(path, n.prefix) {
			path = strings.NewReplacer(":id", fmt.Sprint(f.things[n.id]), ":grant", fmt.Sprint(f.things[n.grant])).Replace(path)
		}
	}
	require.NotContains(t, path, ":", "say what this parameter names")
	return path
}

// rules is testdata/authorization.csv: for each private route, who comes in.
func rules(t *testing.T) (roles []string, of map[string][]string) {
	t.Helper()
	file, err := os.Open("testdata/authorization.csv")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	reader.Comment, reader.TrimLeadingSpace = '#', true
	lines, err := reader.ReadAll()
	require.NoError(t, err)
	roles, of = lines[0][1:], map[string][]string{}
	for i, r := range roles {
		roles[i] = strings.TrimSpace(r)
	}
	for _, line := range lines[1:] {
		route := strings.Join(strings.Fields(line[0]), " ")
		require.NotContains(t, of, route, "twice in the file")
		for _, cell := range line[1:] {
			of[route] = append(of[route], strings.TrimSpace(cell))
		}
	}
	return roles, of
}

// shut are pages for everybody, or for whoever holds the secret in the address;
// they are tested as such elsewhere.
func shut(r web.Route) bool {
	return !r.Rule.Open()
}

// Every private address of the composed site, asked for by everybody: who comes
// in stands in testdata/authorization.csv. Everybody else learns nothing, not
// even that there is something, and changes nothing.
func TestEveryRouteForEveryRole(t *testing.T) {
	f := fortified(t)
	roles, of := rules(t)
	require.Len(t, roles, len(f.people))
	seen := map[string]bool{}
	before := f.snapshot(t)
	type entry struct {
		web.Route
		role string
	}
	var welcome []entry
	for _, r := range f.site.Routes() {
		if !shut(r) {
			continue
		}
		route := r.Method + " " + r.Path
		cells, known := of[route]
		if !known {
			t.Errorf("testdata/authorization.csv does not say who may come to %s", route)
			continue
		}
		seen[route] = true
		for i, role := range roles {
			if cells[i] == "yes" {
				welcome = append(welcome, entry{r, role})
				continue
			}
			p := f.ask(t, role, r)
			got := class(p)
			if got != cells[i] {
				t.Errorf("%s as %s: %s (%d %s), the file says %s", route, role, got, p.status, p.location, cells[i])
			}
			if after := f.snapshot(t); !maps.Equal(before, after) {
				t.Errorf("%s as %s was refused and changed %s", route, role, differing(before, after))
				before = after
			}
		}
	}
	for route := range of {
		if !seen[route] {
			t.Errorf("testdata/authorization.csv names %s, which is no private address", route)
		}
	}
	// Reading first: what comes in by POST may change what is there to read. What
	// takes sessions and permissions away comes last.
	takes := []string{"/keluar", "/toko-saya/toko/bantuan/:id/akhiri", "/dinas/perajin/:id/bantuan/:grant/akhiri", "/dinas/perajin/:id/kode"}
	slices.SortStableFunc(welcome, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.Method, b.Method), cmp.Compare(slices.Index(takes, a.Path), slices.Index(takes, b.Path)))
	})
	for _, e := range welcome {
		if slices.Contains(takes, e.Path) {
			f.db.Clock().Advance(16 * time.Minute) // no limit on signing in so often
			f.things["grant"] = f.grant(t, f.helper)
			f.signIn(t, e.role)
		}
		p := f.ask(t, e.role, e.Route)
		if got := class(p); got != "yes" {
			t.Errorf("%s %s as %s: %s (%d %s), the file says yes", e.Method, e.Path, e.role, got, p.status, p.location)
		}
		if e.Method == http.MethodGet {
			after := f.snapshot(t)
			require.Equal(t, before, after, "GET %s as %s changed %s", e.Path, e.role, differing(before, after))
			require.Equal(t, "no-store", f.header(t, e.role, e.Route, "Cache-Control"), e.Path)
		}
	}
}

// ask comes to a route as somebody, with a form that says nothing.
func (f *fortress) ask(t *testing.T, role string, r web.Route) (p page) {
	t.Helper()
	address, err := f.address(t, r.Path), error(nil)
	if r.Method == http.MethodPost {
		p, err = f.people[role].post(address, url.Values{"form_key": {"uji-" + role + r.Path}, "shop": {fmt.Sprint(f.shop)}, "reason": {"coba"}})
	} else {
		p, err = f.people[role].get(address)
	}
	require.NoError(t, err)
	return p
}

func (f *fortress) header(t *testing.T, role string, r web.Route, name string) string {
	t.Helper()
	res, err := f.people[role].http.Head(f.url + f.address(t, r.Path))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	if res.StatusCode >= 300 {
		return "no-store" // leads on
	}
	return res.Header.Get(name)
}

// class puts an answer in the words of the file.
func class(p page) string {
	switch {
	case p.status == http.StatusSeeOther && strings.HasPrefix(p.location, "/masuk?lanjut="):
		return "sign in"
	case p.status == http.StatusNotFound:
		return "not found"
	case p.status == http.StatusForbidden:
		return "forbidden"
	case p.status >= 500 || p.status == http.StatusUnauthorized:
		return "broken"
	}
	return "yes"
}

// snapshot is every row of ours by table, hashed. Sessions, rate limits and the
// job queue live on their own.
func (f *fortress) snapshot(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	var tables []string
	require.NoError(t, f.db.Read(t.Context()).Raw("SELECT name FROM sqlite_master WHERE type = 'table'").Scan(&tables).Error)
	for _, table := range tables {
		if strings.HasPrefix(table, "river") || strings.HasPrefix(table, "sqlite_") || table == "sessions" || table == "rate_counters" {
			continue
		}
		var rows []map[string]any
		require.NoError(t, f.db.Read(t.Context()).Raw("SELECT * FROM "+table).Scan(&rows).Error)
		sum := sha256.New()
		for _, row := range rows {
			_, _ = fmt.Fprintln(sum, row) // fmt prints maps in key order
		}
		out[table] = fmt.Sprintf("%d rows %x", len(rows), sum.Sum(nil)[:6])
	}
	return out
}

func differing(a, b map[string]string) (tables []string) {
	for table := range b {
		if a[table] != b[table] {
			tables = append(tables, table)
		}
	}
	return tables
}

// Nobody reads what is not theirs to read: each private word is looked for in
// every page that each person can open, in the files for machines, and in mails.
func TestPrivateWordsStayPrivate(t *testing.T) {
	f := fortified(t)
	agency := []string{"officer", "head", "admin"}
	may := map[string][]string{ // who may read the word on some page
		makerPhone:  slices.Concat(agency, []string{"owner", "companion"}),
		makerStreet: {"owner"},
		makerBank:   {},                                                    // masked for everybody
		buyerPhone:  slices.Concat(agency, []string{"owner", "companion"}), // staff stand in for a seller, design §4
		buyerStreet: slices.Concat(agency, []string{"owner", "companion"}),
	}
	slugs := []string{"/produk/" + f.slug(t, "products"), "/toko/" + f.slug(t, "shops"), "/produk?q=nastar", "/tidak-ada"}
	read := map[string]map[string]string{} // word → role → first page it stood on
	for role, v := range f.people {
		paths := slices.Clone(slugs)
		for _, r := range f.site.Routes() {
			if r.Method == http.MethodGet && !strings.Contains(r.Path, ":slug") && !strings.Contains(r.Path, ":token") && !strings.Contains(r.Path, ":key") {
				paths = append(paths, f.address(t, r.Path))
			}
		}
		for _, path := range append(paths, "/admin/jejak?objek=user&id=1", "/keuangan/neraca?toko=1") {
			p, err := v.get(path)
			require.NoError(t, err)
			require.Less(t, p.status, 500, "%s as %s", path, role)
			for word := range may {
				if holds(p.body, word) {
					if read[word] == nil {
						read[word] = map[string]string{}
					}
					read[word][role] = path
				}
			}
		}
	}
	for word, readers := range read {
		for role, path := range readers {
			require.Contains(t, may[word], role, "%q on %s", word, path)
		}
	}
	for word, who := range may { // the search itself finds
		if len(who) > 0 && word != makerStreet {
			require.NotEmpty(t, read[word], "nobody at all reads %q: this test proves nothing", word)
		}
	}
	// No message carries a word of somebody else's: the maker's to a buyer, the buyer's in a subject.
	for _, word := range []string{makerPhone, makerStreet, makerBank} {
		require.Zero(t, f.count(t, "SELECT count(*) FROM messages WHERE kind LIKE 'purchase%' AND (subject LIKE ? OR body LIKE ?)", "%"+word+"%", "%"+word+"%"), word)
	}
	for _, word := range []string{makerPhone, makerStreet, makerBank, buyerPhone, buyerStreet} {
		require.Zero(t, f.count(t, "SELECT count(*) FROM trail WHERE note LIKE ?", "%"+word+"%"), word)
	}
}

var notDigits = regexp.MustCompile(`[\s\-.]`)

// holds looks for a word, for numbers however they are grouped.
func holds(body, word string) bool {
	if word[0] >= '0' && word[0] <= '9' {
		return strings.Contains(notDigits.ReplaceAllString(body, ""), word)
	}
	return strings.Contains(body, word)
}

func (f *fortress) slug(t *testing.T, table string) (slug string) {
	t.Helper()
	require.NoError(t, f.db.Read(t.Context()).Raw("SELECT slug FROM "+table+" ORDER BY id LIMIT 1").Scan(&slug).Error)
	require.NotEmpty(t, slug)
	return slug
}

// A draft that was never sent is nowhere for anybody but its shop, reviewers
// included: not its words, not its picture, in no size, format or manner of
// asking; what the maker gets carries none of the camera's words.
func TestADraftsPictureIsNowhereForStrangers(t *testing.T) {
	f := fortified(t)
	for role, v := range f.people {
		p, err := v.get(fmt.Sprintf("/kurasi/%d", f.things["draft"]))
		require.NoError(t, err)
		require.NotEqual(t, "yes", class(p), "%s reads words that were never sent to review", role)
		for _, size := range media.Sizes {
			for _, format := range media.Formats {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					for _, conditional := range []string{"", "If-None-Match", "If-Modified-Since", "Range"} {
						req, err := http.NewRequest(method, f.url+f.draft.Path(size, format), nil)
						require.NoError(t, err)
						switch conditional {
						case "If-None-Match":
							req.Header.Set(conditional, fmt.Sprintf(`"%s-%d-%s"`, f.draft.Key, size, format))
						case "If-Modified-Since":
							req.Header.Set(conditional, "Fri, 01 Jan 2038 00:00:00 GMT")
						case "Range":
							req.Header.Set(conditional, "bytes=0-9")
						}
						res, err := v.http.Do(req)
						require.NoError(t, err)
						_, err = io.Copy(io.Discard, res.Body)
						require.NoError(t, err)
						require.NoError(t, res.Body.Close())
						if res.StatusCode == http.StatusNotFound {
							require.NotContains(t, []string{"owner", "companion"}, role)
							continue
						}
						require.Contains(t, []string{"owner", "companion"}, role, "%s %s %s: %d", method, req.URL.Path, conditional, res.StatusCode)
						require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
					}
				}
			}
		}
	}
}

// A head answers for one agency: the desk of another shows them nothing.
func TestADeskEndsAtTheTerritory(t *testing.T) {
	f := fortified(t)
	for role, sees := range map[string]bool{"curator": true, "head": true, "admin": true, "far head": false} {
		for _, query := range []string{"", "?wilayah=35", "?wilayah=35.19", "?wilayah=33", "?q=putri"} {
			p, err := f.people[role].get("/kurasi" + query)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, p.status)
			require.Equal(t, sees && query != "?wilayah=33", strings.Contains(p.body, "Putri salju uji"), "%s %s", role, query)
		}
	}
}

// What serve opens to everybody, the outbox is not part of.
func TestOnlyTheDemoOpensItsOutbox(t *testing.T) {
	f := fortified(t)
	p, err := f.people["visitor"].get("/admin/kotak-keluar")
	require.NoError(t, err)
	require.Equal(t, "sign in", class(p))
	for role := range f.people {
		if role == "visitor" || role == "admin" {
			continue
		}
		p, err := f.people[role].get("/admin/kotak-keluar")
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, p.status, role)
	}
}

// The demo opens its outbox and knows everybody's password: it must not start on
// a database that somebody else filled, with a new folder or with one whose demo
// is elsewhere.
func TestTheDemoLeavesAFilledDatabaseAlone(t *testing.T) {
	w := start(t, "sqlite:"+t.TempDir()+"/lapak.db")
	before := w.count(t, "SELECT count(*) FROM users")
	for name, file := range map[string]string{"new folder": "", "used folder": `{"key":"k","gateway_key":"xnd_development_k","callback_token":"t","loaded":true}`} {
		data := t.TempDir()
		if file != "" {
			require.NoError(t, os.WriteFile(filepath.Join(data, "demo.json"), []byte(file), 0o600))
		}
		t.Setenv("LAPAK_DATABASE_URL", w.settings.DatabaseURL)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		err := demoCommand{place: place{Data: data}, Listen: "127.0.0.1:0", GatewayListen: "127.0.0.1:0"}.Run(ctx)
		cancel()
		require.ErrorContains(t, err, "sudah berisi", name)
		require.Equal(t, before, w.count(t, "SELECT count(*) FROM users"), name)
	}
}
