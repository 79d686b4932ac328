package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
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
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server"
	"github.com/lapak-berdaya/lapak/server/web"
)

// town is the whole program as `serve` composes it, with one person of every
// kind who may ask, and one thing of every kind near and far that an address can
// name.
type town struct {
	*world
	t      *testing.T
	shops  map[string]*shopFacts
	people map[string]*personFacts
	order  []string // people in a fixed order
	things map[string]map[string]*thingFacts
	bought checkout.Purchase
	secret media.Picture // of a draft that was never sent to review

	log     bytes.Buffer
	changes *sql.DB              // counts commits of everybody else
	readers map[string]*sql.Stmt // read a whole table as one text
	version int64
	state   map[string]string
	kept    map[string][]map[string]any
}

// shopFacts are what the tests know about a shop by having founded it.
type shopFacts struct {
	id     int64
	agency string
	area   string
	maker  account.Actor
}

// personFacts are what the tests know about a person by having made them: the
// expectation is computed from these, never from the Actor that the site loads.
type personFacts struct {
	user   int64
	token  string
	kinds  []web.Kind
	runs   map[string]web.Kind // shop → maker or member
	helps  []string
	agency string
	areas  []string
	nik    string // canaries: nobody else has them
	email  string
}

// thingFacts are one thing behind an address.
type thingFacts struct {
	id     int64
	shop   string
	people []string // of a personal thing
	// nobodys: no shop's and no person's. What has no area hides from those who
	// are told of things in theirs.
	nobodys bool
}

const (
	near = "35"
	far  = "33"
)

// states of the things, seen from the shop "near": its own, its group's, one
// whose help has ended, one of another agency nearby, one far away, one of its
// own that is over, and one that never was.
var variants = []string{"near", "group", "ended", "other agency", "far", "over", "missing"}

func newTown(t *testing.T, address string) *town {
	w := start(t, address)
	f := &town{world: w, t: t, shops: map[string]*shopFacts{}, people: map[string]*personFacts{}, things: map[string]map[string]*thingFacts{}}
	ctx := t.Context()
	f.shops["near"] = &shopFacts{w.shop, "dinas", near, w.maker}
	f.staff("officer", account.RoleOfficer, w.officer.UserID, "dinas", near)
	f.staff("curator", account.RoleCurator, w.curator.UserID, "dinas", near)
	f.agency("lain", near, "neighbour officer", "neighbour head")
	f.agency("jauh", far, "far officer", "far head")
	f.found("group", "officer", "dinas", near, catalog.Group)
	f.found("ended", "officer", "dinas", near, catalog.Individual)
	f.found("other agency", "neighbour officer", "lain", near, catalog.Institution)
	f.found("far", "far officer", "jauh", far, catalog.Individual)
	f.found("over", "officer", "dinas", near, catalog.Individual)
	for i, name := range []string{"head", "finance", "admin", "companion", "far companion", "former companion", "lapsed companion", "unwanted companion", "former curator"} {
		role := map[string]account.Role{"head": account.RoleHead, "finance": account.RoleFinance, "admin": account.RoleAdmin, "former curator": account.RoleCurator}[name]
		if role == "" {
			role = account.RoleCompanion
		}
		f.staff(name, role, w.person(t, "Orang "+name, fmt.Sprintf("0812000002%02d", i), role, w.officer.AgencyID).UserID, "dinas", near)
	}
	for i, name := range []string{"member", "nobody", "closed"} {
		f.people[name] = &personFacts{user: f.invite(name, fmt.Sprintf("0812000003%02d", i), "35.19.03")}
	}
	f.join("member", "group", account.MemberMember)
	for name, s := range f.shops {
		owner := "owner of " + name
		f.people[owner] = &personFacts{user: s.maker.UserID, kinds: []web.Kind{web.KindMaker}, runs: map[string]web.Kind{name: web.KindMaker}}
	}
	for name := range f.people {
		f.order = append(f.order, name)
	}
	slices.Sort(f.order)
	f.order = append([]string{"visitor"}, f.order...)
	f.people["visitor"] = &personFacts{}
	f.canaries()
	f.fill()
	f.still()
	f.help()
	f.end()
	for name, p := range f.people {
		if name != "visitor" {
			p.token = f.session(p.user)
		}
	}
	recruit := f.person(t, "Rekrut Uji", "081200000399", account.RoleCompanion, w.officer.AgencyID).UserID
	grants, err := f.accounts.RoleGrants(ctx, account.System, recruit)
	require.NoError(t, err)
	f.put("staff", "near", recruit)
	f.put("role", "near", grants[0].ID)
	f.put("reset", "near", f.insert(`INSERT INTO factor_resets (user_id, state, reason, proposed_by, created_at) VALUES (?, 'proposed', 'uji', ?, ?) RETURNING id`, recruit, w.officer.UserID, time.Now().UTC()))
	f.session(w.maker.UserID) // on another device
	var device int64
	require.NoError(t, f.db.Read(ctx).Raw("SELECT max(id) FROM sessions WHERE user_id = ?", w.maker.UserID).Scan(&device).Error)
	f.put("session", "near", device, "owner of near")
	for variant, who := range map[string]string{
		"near": "owner of near", "group": "member", "ended": "officer", "other agency": "neighbour officer", "far": "far companion", "over": "nobody",
	} {
		f.session(f.people[who].user)
		f.put("session", variant, f.count(t, "SELECT max(id) FROM sessions"), who)
	}
	require.NoError(t, f.accounts.CloseUser(ctx, account.System, f.people["closed"].user))
	f.watch(address)
	return f
}

func (f *town) staff(name string, role account.Role, user int64, agency, area string) {
	p := &personFacts{user: user, kinds: []web.Kind{web.Kind(role)}, agency: agency, areas: []string{area}}
	f.people[name] = p
}

// agency founds another agency with an officer and a head.
func (f *town) agency(name, area, officer, head string) {
	f.t.Helper()
	ctx := f.t.Context()
	founded, err := f.program.FoundAgency(ctx, account.System, "Dinas "+name, area)
	require.NoError(f.t, err)
	for i, who := range []string{officer, head} {
		role := []account.Role{account.RoleOfficer, account.RoleHead}[i]
		user := f.invite(who, fmt.Sprintf("08120000%s4%d", area, len(f.people)), map[string]string{near: "35.19.03", far: "33.72.05"}[area])
		_, err = f.accounts.AssignRole(ctx, account.System, user, role, founded.ID, []string{area})
		require.NoError(f.t, err)
		f.staff(who, role, user, name, area)
	}
}

func (f *town) invite(name, phone, district string) int64 {
	f.t.Helper()
	var user account.User
	require.NoError(f.t, database.InTx(f.t.Context(), f.db, func(tx *gorm.DB) (err error) {
		user, err = f.accounts.InviteTx(f.t.Context(), tx, account.System, account.NewUser{Name: "Orang " + name, Phone: phone, DistrictCode: district})
		return err
	}))
	return user.ID
}

// found brings a maker in and opens the shop, as an officer would. Phone, street
// and bank number are the maker's alone, so that each can be searched for.
func (f *town) found(name, officer, agency, area string, kind catalog.ShopKind) {
	f.t.Helper()
	ctx := f.t.Context()
	const ago = 30 * 24 * time.Hour
	f.db.Clock().Advance(-ago)
	defer f.db.Clock().Advance(ago)
	by, err := f.accounts.Actor(ctx, f.people[officer].user)
	require.NoError(f.t, err)
	n := len(f.shops)
	in, err := f.program.Invite(ctx, by, program.Invitation{
		FormKey: id.Token(), Name: "Pembuat " + name, Phone: fmt.Sprintf("0812000005%02d", n), ShopName: "Toko " + name, Kind: kind,
		District: map[string]string{near: "35.19.03", far: "33.72.05"}[area], Village: "Sareng", Street: fmt.Sprintf("Gang Kenanga %02d", n),
		Consent: "formulir", Pickup: true, Courier: true,
	})
	require.NoError(f.t, err)
	require.NoError(f.t, f.program.Verify(ctx, by, in.ShopID))
	require.NoError(f.t, f.program.Open(ctx, by, in.ShopID))
	maker, err := f.accounts.Actor(ctx, in.MakerID)
	require.NoError(f.t, err)
	f.shops[name] = &shopFacts{in.ShopID, agency, area, maker}
}

func (f *town) join(name, shop string, role account.MemberRole) {
	f.t.Helper()
	require.NoError(f.t, database.InTx(f.t.Context(), f.db, func(tx *gorm.DB) error {
		return f.accounts.AddMembershipTx(f.t.Context(), tx, account.System, f.people[name].user, f.shops[shop].id, role)
	}))
	f.people[name].kinds = []web.Kind{web.KindMember}
	f.people[name].runs = map[string]web.Kind{shop: web.KindMember}
}

// fill puts one thing of every kind into every shop.
func (f *town) fill() {
	t, ctx := f.t, f.t.Context()
	product := f.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
	f.bought = f.buy(t, f.visitor(t), map[int64]int{product: 2}, f.shop)
	f.simulator(t, "invoices/"+f.bought.Payment.GatewayID+"/pay", map[string]any{"channel": "QRIS"})
	soon(t, "paid and settled", func() bool {
		f.db.Clock().Advance(time.Second)
		return f.see(t, f.bought.Token).Payment.State == payment.Settled
	})
	for _, table := range []string{"purchases", "orders"} {
		require.NoError(t, database.InTx(ctx, f.db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE "+table+" SET buyer_email = ?", buyerEmail).Error
		}))
	}
	for _, name := range variants {
		if name == "missing" {
			continue
		}
		s := f.shops[name]
		f.put("shop", name, s.id)
		draft, err := f.catalog.StartDraft(ctx, s.maker, s.id, id.Token())
		require.NoError(t, err)
		f.put("product", name, draft.ProductID)
		f.put("draft", name, draft.ID)
		if name == "near" {
			f.put("product", name, product)
			f.secret = f.photo(s.maker, draft)
		}
		f.put("submission", name, f.submitted(s))
		f.put("order", name, f.bought.Orders[0].ID)
		if name != "near" {
			f.put("order", name, f.copyOfOrder(f.bought.Orders[0].ID, name))
		}
		f.put("review", name, f.insert(`INSERT INTO reviews (order_id, product_id, shop_id, stars, words, state, written_at, created_at)
			VALUES (?, ?, ?, 4, 'Lihat toko.example.com', 'waiting', ?, ?) RETURNING id`, f.things["order"][name].id, f.things["product"][name].id, s.id, time.Now().UTC(), time.Now().UTC()))
		now := time.Now().UTC()
		f.put("sample", name, f.insert(`INSERT INTO samples (submission_id, round_id, product_id, shop_id, form_key, what, pieces, place, due_day, state, asked_by, asked_at)
			SELECT r.submission_id, r.id, s.product_id, s.shop_id, 'uji', 'Satu stoples', 1, 'Loket', '2030-01-01', 'asked', ?, ? FROM review_rounds r JOIN submissions s ON s.id = r.submission_id
			WHERE r.submission_id = ? RETURNING id`, f.people["curator"].user, now, f.things["submission"][name].id))
		f.insert(`INSERT INTO sample_events (sample_id, move, from_state, to_state, actor_id, at) VALUES (?, 'ask', '', 'asked', ?, ?) RETURNING id`, f.things["sample"][name].id, f.people["curator"].user, now)
		f.put("certificate", name, f.insert(`INSERT INTO certificates (shop_id, kind, number, state, form_key, entered_by, entered_at)
			VALUES (?, 'nib', 'CONTOH-1', 'entered', 'uji', ?, ?) RETURNING id`, s.id, s.maker.UserID, time.Now().UTC()))
		f.put("change", name, f.insert(`INSERT INTO direct_changes (shop_id, product_id, kind, amount_before, amount_after, actor_id, subject_id, created_at)
			VALUES (?, ?, 'price', 5000, 5500, ?, 0, ?) RETURNING id`, s.id, f.things["product"][name].id, s.maker.UserID, time.Now().UTC()))
		var pool int64 // the product's own, or a new one for a draft
		require.NoError(t, f.db.Read(ctx).Raw(`SELECT pool_id FROM product_pools WHERE product_id = ? AND main`, f.things["product"][name].id).Scan(&pool).Error)
		if pool == 0 {
			pool = f.insert(`INSERT INTO pools (shop_id, mode, cadence, created_at) VALUES (?, 'preorder', 'window', ?) RETURNING id`, s.id, time.Now().UTC())
			f.insert(`INSERT INTO product_pools (product_id, pool_id, weight, main) VALUES (?, ?, 1, TRUE) RETURNING pool_id`, f.things["product"][name].id, pool)
		}
		f.put("window", name, f.insert(`INSERT INTO preorder_windows (pool_id, opens_at, closes_at, form_key, created_by, created_at)
			VALUES (?, ?, ?, 'uji', ?, ?) RETURNING id`, pool, time.Now().UTC(), time.Now().UTC().AddDate(0, 1, 0), s.maker.UserID, time.Now().UTC()))
		f.insert(`INSERT INTO allotments (pool_id, period, window_id, capacity) VALUES (?, '2030-01-05', ?, 0) RETURNING id`, pool, f.things["window"][name].id)
		f.put("closure", name, f.insert(`INSERT INTO shop_closures (shop_id, kind, first_day, last_day, form_key, created_by, created_at)
			VALUES (?, 'off', '2030-01-01', '2030-01-02', 'uji', ?, ?) RETURNING id`, s.id, s.maker.UserID, time.Now().UTC()))
		f.put("request", name, f.insert(`INSERT INTO quote_requests (token_hash, form_key, state, product_id, shop_id, wish, quantity, regency_code, district_code,
				buyer_name, buyer_phone, buyer_email, created_at, asked_at)
			VALUES (?, ?, 'asked', ?, ?, 'Rompi uji', 10, '35.78', '35.78.16', 'Pembeli Uji', '+6281200000099', ?, ?, ?) RETURNING id`,
			"permintaan "+name, "permintaan "+name, f.things["product"][name].id, s.id, buyerEmail, time.Now().UTC(), time.Now().UTC()))
		bank, err := f.app.finance.SetBankAccount(ctx, s.maker, s.id,
			payment.Bank{ChannelCode: "ID_BRI", AccountNumber: fmt.Sprintf("77889900112%d", s.id), HolderName: "Pemilik " + name}, id.Token())
		require.NoError(t, err)
		f.put("bank", name, bank.ID)
		f.put("code", name, f.insert(`INSERT INTO shop_codes (shop_id, picture_id, state, proposed_by, created_at) VALUES (?, ?, 'proposed', ?, ?) RETURNING id`,
			s.id, f.pictureOf(), s.maker.UserID, time.Now().UTC()))
		f.put("withdrawal", name, f.insert(`INSERT INTO withdrawals (shop_id, bank_account_id, amount, state, form_key, needs_check, requested_by, requested_at)
			VALUES (?, ?, 50000, 'requested', 'uji', true, ?, ?) RETURNING id`, s.id, bank.ID, f.asker(name), time.Now().UTC()))
		f.put("cash", name, f.insert(`INSERT INTO withdrawals (shop_id, way, amount, state, form_key, needs_check, requested_by, requested_at, decided_by, decided_at)
			VALUES (?, 'cash', 50000, 'paying', 'uji tunai', false, ?, ?, ?, ?) RETURNING id`, s.id, f.asker(name), time.Now().UTC(), f.curator.UserID, time.Now().UTC()))
	}
	now := time.Now().UTC()
	f.put("complaint", "near", f.insert(`INSERT INTO complaints (number, digest, name, phone, body, state, created_at, due_at)
		VALUES ('UJI-1', 'uji', 'Pengadu Uji', '+6281200000098', 'Belum ada jawaban.', 'open', ?, ?) RETURNING id`, now, now))
	for _, name := range []string{"near", "over"} { // money of nobody's
		payments := map[string]int64{"near": f.bought.Payment.ID, "over": f.copyOf("payments", "id", f.bought.Payment.ID, map[string]any{
			"reference": "salinan-" + name, "gateway_id": "salinan-" + name, "purpose_id": int64(0), "form_key": "salinan-" + name})}
		f.put("suspense", name, f.insert(`INSERT INTO suspense_items (payment_id, purchase_id, amount, reason, opened_at) VALUES (?, ?, 55000, 'late', ?) RETURNING id`,
			payments[name], f.bought.ID, now))
		f.put("unplaced", name, f.insert(`INSERT INTO quote_requests (token_hash, form_key, state, wish, quantity, district_code, buyer_name, buyer_phone, buyer_email, created_at, asked_at)
			VALUES (?, ?, 'unplaced', 'Rompi uji', 10, '35.78.16', 'Pembeli Uji', '+6281200000099', ?, ?, ?) RETURNING id`, "tanpa toko "+name, "tanpa toko "+name, buyerEmail, now, now))
		f.put("collection", name, f.insert(`INSERT INTO collections (slug, title, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
			"koleksi-"+name, "Koleksi "+name, f.curator.UserID, now, now))
		f.put("lesson", name, f.insert(`INSERT INTO lessons (slug, title, published, created_by, created_at, updated_at) VALUES (?, ?, TRUE, ?, ?, ?) RETURNING id`,
			"pelajaran-"+name, "Pelajaran "+name, f.curator.UserID, now, now))
		checklist := f.insert(`INSERT INTO checklists (name, created_at) VALUES (?, ?) RETURNING id`, "Daftar "+name, now)
		f.put("checklist", name, checklist)
		version := f.insert(`INSERT INTO checklist_versions (checklist_id, number, categories, state, created_by, created_at) VALUES (?, 1, ?, 'draft', ?, ?) RETURNING id`,
			checklist, "uji-"+name, f.curator.UserID, now)
		f.insert(`INSERT INTO checklist_items (version_id, position, key, aspect, question) VALUES (?, 1, 'uji', 'photo', 'Terang?') RETURNING version_id`, version)
		f.put("match", name, f.insert(`INSERT INTO gateway_matches (transaction_id, kind, status, money_in, product_id, reference, channel, amount, vat, settled, object, object_id,
			difference, apart, happened_at, created_at, updated_at) VALUES (?, 'TOPUP', 'SUCCESS', TRUE, '', '', '', 55000, 0, TRUE, '', 0, 'missing_ours', 55000, ?, ?, ?) RETURNING id`,
			"txn-"+name, now, now, now))
		f.put("batch", name, f.insert(`INSERT INTO payout_batches (form_key, state, two_people, count, total, proposed_by, proposed_at)
			VALUES (?, 'proposed', TRUE, 1, 50000, ?, ?) RETURNING id`, "bersama "+name, f.curator.UserID, now))
		f.put("stray", name, f.insert(`INSERT INTO unmatched_payments (payment_id, amount, created_at) VALUES (?, 55000, ?) RETURNING payment_id`, payments[name], now))
	}
}

// still ends the program and opens it again without a server or jobs, so that
// nothing changes but by the requests of the test.
func (f *town) still() {
	t := f.t
	soon(t, "every picture is ready", func() bool { return f.count(t, "SELECT count(*) FROM pictures WHERE state = 'stored'") == 0 })
	settings, offset := f.settings, f.db.Clock().Offset()
	f.stop()
	quiet, err := open(context.WithoutCancel(t.Context()), settings, slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})), choices{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, quiet.close(context.Background())) })
	quiet.db.Clock().Advance(offset)
	f.app = quiet
}

// asker is who asked for a shop's money: its owner, in the group another member,
// so that there the owner is the second person.
func (f *town) asker(shop string) int64 {
	if shop == "group" {
		return f.people["member"].user
	}
	return f.shops[shop].maker.UserID
}

func (f *town) put(kind, variant string, id int64, people ...string) {
	if f.things[kind] == nil {
		f.things[kind] = map[string]*thingFacts{"missing": {id: 1_000_000_000}}
	}
	f.things[kind][variant] = &thingFacts{id: id, shop: variant, people: people, nobodys: kind == "lesson" || kind == "checklist"}
}

// pictureOf is some picture, to stand as a shop's code.
func (f *town) pictureOf() (n int64) {
	f.t.Helper()
	require.NoError(f.t, f.db.Read(f.t.Context()).Raw("SELECT id FROM pictures ORDER BY id LIMIT 1").Scan(&n).Error)
	return n
}

func (f *town) insert(query string, args ...any) (n int64) {
	f.t.Helper()
	require.NoError(f.t, database.InTx(f.t.Context(), f.db, func(tx *gorm.DB) error { return tx.Raw(query, args...).Scan(&n).Error }))
	require.NotZero(f.t, n)
	return n
}

// copyOf writes a row once more with some columns changed; columns that the
// table has not are left out.
func (f *town) copyOf(table, key string, of int64, change map[string]any) int64 {
	f.t.Helper()
	row := map[string]any{}
	require.NoError(f.t, f.db.Read(f.t.Context()).Raw("SELECT * FROM "+table+" WHERE "+key+" = ?", of).Scan(&row).Error)
	if _, set := change[key]; !set {
		delete(row, key)
	}
	var columns, marks []string
	var args []any
	for column, value := range row {
		if changed, given := change[column]; given {
			value = changed
		}
		columns, marks, args = append(columns, column), append(marks, "?"), append(args, value)
	}
	return f.insert("INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(marks, ", ")+") RETURNING "+key, args...)
}

// copyOfOrder is the same order at another shop, by a buyer of its own.
func (f *town) copyOfOrder(of int64, shop string) int64 {
	s := f.shops[shop]
	n := f.copyOf("orders", "id", of, map[string]any{
		"number": fmt.Sprintf("LB-%06d", s.id), "token_hash": id.Hash(shop), "pickup_hash": id.Hash("ambil " + shop), "shop_id": s.id, "shop_name": "Toko " + shop,
		"regency_code": map[string]string{near: "35.19", far: "33.72"}[s.area], "buyer_name": "Pembeli " + shop, "buyer_phone": fmt.Sprintf("+62812000009%02d", s.id), "buyer_email": "",
	})
	line := f.count(f.t, "SELECT id FROM order_lines WHERE order_id = ?", of)
	f.copyOf("order_lines", "id", line, map[string]any{"order_id": n})
	f.copyOf("order_addresses", "order_id", of, map[string]any{
		"order_id": n, "name": "Pembeli " + shop, "phone": fmt.Sprintf("+62812000009%02d", s.id), "street": fmt.Sprintf("Jalan Kemuning %02d", s.id)})
	return n
}

func (f *town) photo(owner account.Actor, sub catalog.Submission) media.Picture {
	f.t.Helper()
	raw, err := demo.Art.ReadFile("art/p01-nastar.jpg")
	require.NoError(f.t, err)
	picture, err := f.pictures.Store(f.t.Context(), owner, media.Upload{Reader: bytes.NewReader(marked(raw)), OwnerKind: catalog.PictureOwner, OwnerID: sub.ProductID, Name: "foto.jpg"})
	require.NoError(f.t, err)
	_, err = f.catalog.AddPicture(f.t.Context(), owner, sub.ID, picture.ID)
	require.NoError(f.t, err)
	return picture
}

// submitted is a second product of the shop that waits for a curator.
func (f *town) submitted(s *shopFacts) int64 {
	t, ctx := f.t, f.t.Context()
	sub, err := f.catalog.StartDraft(ctx, s.maker, s.id, id.Token())
	require.NoError(t, err)
	f.photo(s.maker, sub)
	title, price, mode, quantity, days, grams := "Putri salju uji", money.Rupiah(60_000), catalog.ModeStock, int64(3), int64(2), int64(500)
	_, err = f.catalog.SaveDraft(ctx, s.maker, sub.ID, catalog.DraftChange{Title: &title, Price: &price, Mode: &mode, Quantity: &quantity, LeadDays: &days, WeightGrams: &grams})
	require.NoError(t, err)
	_, err = f.app.curation.Submit(ctx, s.maker, sub.ID, id.Token())
	require.NoError(t, err)
	return sub.ID
}

// help lets companions into shops, and out again.
func (f *town) help() {
	ctx := f.t.Context()
	require.NoError(f.t, database.InTx(ctx, f.db, func(tx *gorm.DB) error {
		_, err := f.accounts.GiveConsentTx(ctx, tx, account.System, account.NewConsent{UserID: f.people["member"].user, Kind: account.ConsentHelped, Evidence: "formulir"})
		return err
	}))
	active := func(name, shop string) {
		g := f.grant(name, shop, time.Time{})
		f.put("grant", shop, g, name, f.giver(shop))
		p := f.people[name]
		p.helps = append(p.helps, shop)
	}
	active("companion", "near")
	active("companion", "group")
	active("far companion", "far")
	active("far companion", "other agency")
	var hour time.Time
	require.NoError(f.t, database.InTx(ctx, f.db, func(*gorm.DB) error { hour = time.Now().Add(f.db.Clock().Offset() + time.Hour); return nil }))
	f.put("grant", "ended", f.grant("lapsed companion", "ended", hour), "lapsed companion", "owner of ended")
	f.db.Clock().Advance(2 * time.Hour)
	ended := f.grant("former companion", "near", time.Time{})
	require.NoError(f.t, f.accounts.RevokeGrant(ctx, f.shops["near"].maker, ended))
	f.put("grant", "over", ended, "former companion", "owner of near")
	f.things["grant"]["over"].shop = "near"
	// One whose maker does not want to be helped any more.
	f.grant("unwanted companion", "over", time.Time{})
	require.NoError(f.t, database.InTx(ctx, f.db, func(tx *gorm.DB) error {
		return f.accounts.WithdrawConsentTx(ctx, tx, f.shops["over"].maker, f.shops["over"].maker.UserID, account.ConsentHelped, "")
	}))
	now := time.Now().UTC()
	for _, c := range []struct{ variant, who, shop string }{
		{"near", "companion", "near"}, {"group", "officer", "group"}, {"ended", "lapsed companion", "ended"}, {"far", "far companion", "far"},
		{"other agency", "neighbour officer", "other agency"}, {"over", "companion", "over"},
	} {
		f.put("call", c.variant, f.insert(`INSERT INTO call_list (companion_id, shop_id, order_id, reason, created_at) VALUES (?, ?, ?, 'unseen', ?) RETURNING id`,
			f.people[c.who].user, f.shops[c.shop].id, f.things["order"][c.variant].id, now), c.who)
	}
}

// giver is who lets a companion help in the shop: in the group a member.
func (f *town) giver(shop string) string {
	if shop == "group" {
		return "member"
	}
	return "owner of " + shop
}

func (f *town) grant(companion, shop string, expires time.Time) (grantID int64) {
	f.t.Helper()
	s := f.shops[shop]
	require.NoError(f.t, database.InTx(f.t.Context(), f.db, func(tx *gorm.DB) error {
		g, err := f.accounts.GrantTx(f.t.Context(), tx, account.System, account.NewGrant{
			ShopID: s.id, MakerID: f.people[f.giver(shop)].user, CompanionID: f.people[companion].user, Evidence: "formulir", ExpiresAt: expires,
		})
		grantID = g.ID
		return err
	}))
	return grantID
}

// end brings the variants that are over to their end, and a role.
func (f *town) end() {
	ctx := f.t.Context()
	grants, err := f.accounts.RoleGrants(ctx, account.System, f.people["former curator"].user)
	require.NoError(f.t, err)
	require.NoError(f.t, f.accounts.EndRole(ctx, account.System, grants[0].ID))
	f.people["former curator"].kinds = nil
	require.NoError(f.t, database.InTx(ctx, f.db, func(tx *gorm.DB) error {
		for _, q := range []struct {
			query string
			id    int64
		}{
			{"UPDATE shops SET state = 'closed' WHERE id = ?", f.shops["over"].id},
			{"UPDATE orders SET state = 'cancelled' WHERE id = ?", f.things["order"]["over"].id},
			{"UPDATE quote_requests SET state = 'cancelled' WHERE id = ?", f.things["request"]["over"].id},
			{"UPDATE quote_requests SET state = 'declined' WHERE id = ?", f.things["unplaced"]["over"].id},
			{"UPDATE certificates SET state = 'withdrawn', decided_at = CURRENT_TIMESTAMP WHERE id = ?", f.things["certificate"]["over"].id},
			{"UPDATE withdrawals SET state = 'cancelled' WHERE id = ?", f.things["withdrawal"]["over"].id},
			{"UPDATE bank_accounts SET state = 'replaced' WHERE id = ?", f.things["bank"]["over"].id},
			{"UPDATE shop_codes SET state = 'replaced' WHERE id = ?", f.things["code"]["over"].id},
			{"UPDATE products SET state = 'archived' WHERE id = ?", f.things["product"]["over"].id},
			{"UPDATE submissions SET state = 'withdrawn' WHERE id = ?", f.things["draft"]["over"].id},
			{"UPDATE submissions SET state = 'withdrawn' WHERE id = ?", f.things["submission"]["over"].id},
			{"UPDATE call_list SET done_at = created_at WHERE id = ?", f.things["call"]["over"].id},
			{"UPDATE suspense_items SET state = 'returned', decided_by = 1 WHERE id = ?", f.things["suspense"]["over"].id},
			{"UPDATE gateway_matches SET difference = '', accounted = apart, resolution = 'explained', reason = 'uji', resolved_by = 1, resolved_at = created_at, steps = 1 WHERE id = ?", f.things["match"]["over"].id},
			{"UPDATE payout_batches SET state = 'dropped', decided_by = 1, decided_at = proposed_at, ended_at = proposed_at WHERE id = ?", f.things["batch"]["over"].id},
			{"UPDATE unmatched_payments SET state = 'returned', decided_by = 1 WHERE payment_id = ?", f.things["stray"]["over"].id},
		} {
			if err := tx.Exec(q.query, q.id).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

// session is a signed-in session of the person, with nothing left to prove: the
// tests here do not depend on how people sign in.
func (f *town) session(user int64) string { return sessionOf(f.t, f.app, user) }

func sessionOf(t *testing.T, a *app, user int64) string {
	t.Helper()
	token, expiry := id.Token(), time.Now().Add(a.db.Clock().Offset()+24*time.Hour)
	now, err := a.accounts.Now(t.Context())
	require.NoError(t, err)
	proved := now.UnixMicro()
	data, err := scs.GobCodec{}.Encode(expiry, map[string]any{
		account.SessionUser: user, account.SessionDevice: "Uji",
		account.SessionSince: proved, account.SessionLogin: proved, account.SessionFactor: proved,
	})
	require.NoError(t, err)
	require.NoError(t, a.accounts.SessionStore().CommitCtx(t.Context(), token, data, expiry))
	return token
}

// site composes the site as `serve` does, with other rules where given.
func (f *town) site(rules web.Rules) *web.Site {
	f.t.Helper()
	return f.compose(f.parts(rules))
}

func (f *town) compose(parts server.Parts) *web.Site {
	f.t.Helper()
	site, err := server.New(parts)
	require.NoError(f.t, err)
	return site
}

func (f *town) parts(rules web.Rules) server.Parts {
	p := f.world.parts()
	p.Rules, p.Demo, p.Log = rules, false, slog.New(slog.NewTextHandler(&f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return p
}

// reply is what the site said to one request.
type reply struct {
	status   int
	location string
	header   http.Header
	body     string
	log      string
}

// byDoor says that the authorization file refused, not a service.
func (r reply) byDoor() bool { return strings.Contains(r.log, "by=authorization") }

// ask sends one request as somebody, without a network between.
func (f *town) ask(site *web.Site, who, method, path string, form url.Values, headers ...string) reply {
	f.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, f.url+path, strings.NewReader(form.Encode()))
	require.NoError(f.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if p := f.people[who]; p.token != "" {
		req.AddCookie(&http.Cookie{Name: "sesi", Value: p.token})
	}
	req.RemoteAddr, req.RequestURI = "192.0.2.1:1234", path
	rec := httptest.NewRecorder()
	f.log.Reset()
	site.Handler().ServeHTTP(rec, req)
	return reply{rec.Code, rec.Header().Get("Location"), rec.Header(), rec.Body.String(), f.log.String()}
}

// watch begins to notice changes. On SQLite a connection of its own counts what others
// commit, and triggers write down which tables they touched, so that a look costs next
// to nothing while nothing changes and little when something did.
func (f *town) watch(address string) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		tables := snapshot(f.t, f.db)
		db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(30000)")
		require.NoError(f.t, err)
		db.SetMaxOpenConns(1)
		f.t.Cleanup(func() { _ = db.Close() })
		f.changes, f.readers, f.state = db, map[string]*sql.Stmt{}, map[string]string{}
		run := func(statement string) {
			_, err := db.Exec(statement)
			require.NoError(f.t, err, statement)
		}
		run("CREATE TABLE touched (name TEXT NOT NULL)")
		for table := range tables {
			var columns []string
			require.NoError(f.t, f.db.Read(f.t.Context()).Raw("SELECT name FROM pragma_table_info(?)", table).Scan(&columns).Error)
			require.NotEmpty(f.t, columns, table)
			f.readers[table], err = db.Prepare("SELECT count(*) || coalesce(group_concat('(' || quote(" + strings.Join(columns, ") || ',' || quote(") + ") || ')'), '') FROM " + table)
			require.NoError(f.t, err, table)
			for _, how := range []string{"INSERT", "UPDATE", "DELETE"} {
				run("CREATE TRIGGER touched_" + table + "_" + how + " AFTER " + how + " ON " + table + " BEGIN INSERT INTO touched VALUES ('" + table + "'); END")
			}
			run("INSERT INTO touched VALUES ('" + table + "')") // read for the first time
		}
	}
	f.keep()
	f.state = f.snapshot()
}

// changed tells which tables differ from the last look.
func (f *town) changed() []string {
	f.t.Helper()
	if f.changes != nil {
		var version int64
		require.NoError(f.t, f.changes.QueryRow("PRAGMA data_version").Scan(&version))
		if version == f.version {
			return nil
		}
		f.version = version
	}
	before := f.state
	f.state = f.snapshot()
	return differing(before, f.state)
}

// snapshot is every row of ours by table. Sessions, rate limits, the job queue and
// who has what open live on their own.
func (f *town) snapshot() map[string]string {
	if f.changes == nil {
		return snapshot(f.t, f.db)
	}
	var touched string
	require.NoError(f.t, f.changes.QueryRow("SELECT coalesce(group_concat(DISTINCT name), '') FROM touched").Scan(&touched))
	if touched == "" {
		return f.state
	}
	_, err := f.changes.Exec("DELETE FROM touched")
	require.NoError(f.t, err)
	out := maps.Clone(f.state)
	for table := range strings.SplitSeq(touched, ",") {
		var content string
		require.NoError(f.t, f.readers[table].QueryRow().Scan(&content), table)
		out[table] = content
	}
	return out
}

func snapshot(t *testing.T, db *database.DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	var tables []string
	query := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if db.Dialect() == database.Postgres {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	require.NoError(t, db.Read(t.Context()).Raw(query).Scan(&tables).Error)
	for _, table := range tables {
		if strings.HasPrefix(table, "river") || strings.HasPrefix(table, "sqlite_") || slices.Contains([]string{"sessions", "rate_counters", "goose_db_version", "runs", "instances", "desk_presence"}, table) {
			continue
		}
		var rows []map[string]any
		require.NoError(t, db.Read(t.Context()).Raw("SELECT * FROM "+table).Scan(&rows).Error)
		lines := make([]string, len(rows))
		for i, row := range rows {
			lines[i] = fmt.Sprintln(row) // fmt prints maps in key order
		}
		slices.Sort(lines)
		out[table] = fmt.Sprintf("%d rows %x", len(rows), sha256.Sum256([]byte(strings.Join(lines, ""))))
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

// keep remembers the rows of all things, to bring them back.
func (f *town) keep() {
	f.kept = map[string][]map[string]any{}
	for kind, table := range tables {
		for _, thing := range f.things[kind] {
			var rows []map[string]any
			require.NoError(f.t, f.db.Read(f.t.Context()).Raw("SELECT * FROM "+table+" WHERE "+keyOf(table)+" = ?", thing.id).Scan(&rows).Error)
			f.kept[table] = append(f.kept[table], rows...)
		}
	}
}

var tables = map[string]string{
	"shop": "shops", "product": "products", "draft": "submissions", "submission": "submissions", "order": "orders", "request": "quote_requests", "unplaced": "quote_requests", "withdrawal": "withdrawals", "bank": "bank_accounts", "code": "shop_codes",
	"session": "sessions", "suspense": "suspense_items", "stray": "unmatched_payments", "match": "gateway_matches", "cash": "withdrawals", "batch": "payout_batches", "collection": "collections", "lesson": "lessons", "checklist": "checklists", "review": "reviews", "certificate": "certificates", "change": "direct_changes", "window": "preorder_windows", "closure": "shop_closures", "complaint": "complaints", "grant": "grants", "call": "call_list",
}

func keyOf(table string) string {
	if table == "unmatched_payments" {
		return "payment_id"
	}
	return "id"
}

// mend undoes what an admitted request did to the things, so that the next one
// finds the same world, and signs in again who was signed out.
func (f *town) mend(q question, changed []string) {
	f.t.Helper()
	if strings.HasPrefix(q.route.Path, "/akun/sesi/") {
		changed = append(changed, "sessions")
	}
	if strings.HasPrefix(q.route.Path, "/akun/") && len(changed) > 0 || strings.HasSuffix(q.route.Path, "/keluar") || slices.Contains(changed, "sign_in_codes") {
		for _, p := range f.people {
			if p.user > 0 {
				p.token = f.session(p.user)
			}
		}
	}
	mended := false
	for _, table := range changed {
		for _, row := range f.kept[table] {
			var columns []string
			var args []any
			for column, value := range row {
				columns, args = append(columns, column+" = ?"), append(args, value)
			}
			args = append(args, row[keyOf(table)])
			require.NoError(f.t, database.InTx(f.t.Context(), f.db, func(tx *gorm.DB) error {
				return tx.Exec("UPDATE "+table+" SET "+strings.Join(columns, ", ")+" WHERE "+keyOf(table)+" = ?", args...).Error
			}), "after %s", q)
			mended = true
		}
	}
	if mended {
		f.changed()
	}
}
