package agency_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// ordered is an order for each product at its quantity, through the checkout.
func (h *house) ordered(shop ordertest.Shop, method delivery.Method, quantities map[int64]int64) order.Order {
	h.t.Helper()
	token := id.Token()
	for productID, n := range quantities {
		require.NoError(h.t, h.checkout.SetQuantity(ctx, token, productID, n))
	}
	choices := map[int64]delivery.Method{shop.ID: method}
	in := checkout.PlaceInput{
		CartToken: token, FormKey: id.Token(), Choices: choices,
		Buyer: checkout.Contact{Name: "Rina Astuti", Phone: "081234567890"},
	}
	to := delivery.Destination{}
	if method != delivery.Pickup {
		to = delivery.Destination{RegencyCode: "35.19", DistrictCode: "35.19.08"}
		in.Recipient = &checkout.Contact{Name: "Pak Bagas", Phone: "081298765432"}
		in.Address = checkout.Address{RegencyCode: "35.19", DistrictCode: "35.19.08", Village: "Mejayan", Street: "Jalan Anggrek 12"}
	}
	q, err := h.checkout.Quote(ctx, token, to, choices)
	require.NoError(h.t, err)
	in.CartVersion, in.SeenTotal = q.Cart.Version, q.Total
	p, err := h.checkout.Place(ctx, in)
	require.NoError(h.t, err)
	return p.Orders[0]
}

// bought is an order that is paid.
func (h *house) bought(shop ordertest.Shop, method delivery.Method, quantities map[int64]int64) order.Order {
	h.t.Helper()
	o := h.ordered(shop, method, quantities)
	h.PayFor(o.Purpose, o.Total)
	return h.now(o)
}

func (h *house) now(o order.Order) order.Order {
	h.t.Helper()
	orders, err := h.Orders.Of(ctx, o.Purpose)
	require.NoError(h.t, err)
	one, err := h.Orders.ByToken(ctx, orders[0].Token)
	require.NoError(h.t, err)
	return one
}

func atOrder(o order.Order, what ...string) string {
	return strings.Join(append([]string{fmt.Sprintf("/dinas/pesanan/%d", o.ID)}, what...), "/")
}

// form is what the form with that action carries unseen on the order's page.
func (b *browser) form(o order.Order, what string, more ...string) []string {
	b.t.Helper()
	body := b.see(atOrder(o))
	at := strings.Index(body, `action="`+atOrder(o, what)+`"`)
	require.Positive(b.t, at, "no form for %s", what)
	return append([]string{"form_key", hidden(b.t, body[at:], "form_key"), "seen", hidden(b.t, body[at:], "seen")}, more...)
}

// offers are the forms of an order's page.
func offers(body string) []string {
	var paths []string
	for _, m := range regexp.MustCompile(`action="/dinas/pesanan/\d+/([a-z-]+)"`).FindAllStringSubmatch(body, -1) {
		paths = append(paths, m[1])
	}
	return paths
}

func (h *house) fingerprint() string {
	h.t.Helper()
	var out strings.Builder
	for _, table := range []string{"orders", "order_lines", "order_events", "order_forms", "promises", "balances", "refunds", "messages", "inbox", "trail"} {
		var rows []map[string]any
		require.NoError(h.t, h.DB.Read(ctx).Raw("SELECT * FROM "+table+" ORDER BY 1, 2").Scan(&rows).Error)
		fmt.Fprintln(&out, table, rows)
	}
	return out.String()
}

// An officer walks a parcel along in the shop's place, and the history and the
// trail name both.
func TestStaffMoveAParcel(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		product := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		o := h.bought(shop, delivery.Courier, map[int64]int64{product: 2})
		officer := h.staff(account.RoleOfficer, h.agency, "35.19")
		b := h.as(officer)

		body := b.see("/dinas/pesanan")
		for _, want := range []string{o.Number, "Toples Bu Wening", "2 Nastar", o.Total.String(), `href="/dinas/pesanan"`} {
			require.Contains(t, body, want)
		}
		body = b.see(atOrder(o))
		for _, want := range []string{"Jalan Anggrek 12", "Pak Bagas", "tel:+6281234567890", "tel:+6281298765432", "Rp110.000", text.T("agencyorder.one.unopened")} {
			require.Contains(t, body, want)
		}
		require.NotContains(t, body, "/dinas/perajin/", "this shop came without an invitation of the agency")
		require.Equal(t, []string{"mulai", "langkah", "tidak-sanggup"}, offers(body))
		require.True(t, h.now(o).SeenAt.IsZero(), "staff looking is not the shop's looking")

		require.Equal(t, atOrder(o), b.done(atOrder(o, "mulai"), b.form(o, "mulai")...))
		require.Contains(t, b.see(atOrder(o)), text.T("agencyorder.done.start"))
		finish := b.form(o, "siap")
		b.done(atOrder(o, "siap"), finish...)
		before := h.fingerprint()
		b.done(atOrder(o, "siap"), finish...)
		require.Equal(t, before, h.fingerprint(), "pressed twice, done once")
		require.Equal(t, []string{"kirim", "tidak-sanggup"}, offers(b.see(atOrder(o))))

		faulty := b.post(atOrder(o, "kirim"), b.form(o, "kirim", "courier", "JNE", "tracking_number", "")...)
		require.Equal(t, http.StatusUnprocessableEntity, faulty.status)
		require.Contains(t, faulty.body, `value="JNE"`, "what was typed stays")
		require.Contains(t, faulty.body, `href="#f-tracking_number"`)
		require.Contains(t, faulty.body, text.T("order.dispatch.number_missing"))
		b.done(atOrder(o, "kirim"), b.form(o, "kirim", "courier", "JNE", "tracking_number", "JNE0012345")...)
		body = b.see(atOrder(o))
		require.Contains(t, body, "JNE0012345")
		require.Equal(t, []string{"sampai", "langkah"}, offers(body))
		b.done(atOrder(o, "sampai"), b.form(o, "sampai")...)
		body = b.see(atOrder(o))
		require.Empty(t, offers(body), "completing is the buyer's and the timer's")
		require.Equal(t, order.Delivered, h.now(o).State)

		maker, err := h.Accounts.User(ctx, shop.OwnerID)
		require.NoError(t, err)
		require.Contains(t, body, text.T("agencyorder.by.staff_for", "name", "Petugas officer", "maker", maker.Name))
		rows, err := trail.Of(ctx, db.Read(ctx), "order", o.ID)
		require.NoError(t, err)
		made := map[string]bool{}
		for _, r := range rows {
			if r.ActorID == officer {
				made[r.Verb] = true
				if r.Verb != string(order.Deliver) { // no move of the seller's
					require.Equal(t, shop.OwnerID, r.SubjectID, r.Verb)
				}
			}
		}
		require.Equal(t, map[string]bool{"start": true, "finish": true, "dispatch": true, "deliver": true}, made)
		h.Prove()
	})
}

// A pick-up needs the buyer's code, which staff cannot read anywhere.
func TestStaffHandOver(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		product := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		o := h.bought(shop, delivery.Pickup, map[int64]int64{product: 1})
		b := h.as(h.staff(account.RoleHead, h.agency, "35"))
		b.done(atOrder(o, "mulai"), b.form(o, "mulai")...)
		b.done(atOrder(o, "siap"), b.form(o, "siap")...)
		code := h.now(o).PickupCode
		require.Len(t, code, 6)
		body := b.see(atOrder(o))
		require.NotContains(t, body, code)
		require.Equal(t, []string{"serahkan", "langkah", "tidak-sanggup"}, offers(body))

		wrong := "000000"
		if code == wrong {
			wrong = "111111"
		}
		p := b.post(atOrder(o, "serahkan"), b.form(o, "serahkan", "code", wrong)...)
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		require.Contains(t, p.body, text.T("order.hand_over.code_wrong", "left", 4))
		for range 4 {
			p = b.post(atOrder(o, "serahkan"), b.form(o, "serahkan", "code", wrong)...)
		}
		require.Equal(t, http.StatusTooManyRequests, p.status)
		require.Contains(t, p.body, text.T("order.hand_over.blocked", "minutes", 15))
		require.Equal(t, order.Ready, h.now(o).State)
		h.Pass(16 * time.Minute)
		b.done(atOrder(o, "serahkan"), b.form(o, "serahkan", "code", " "+code[:3]+" "+code[3:])...)
		require.Equal(t, order.Delivered, h.now(o).State)
	})
}

// "Toko tidak sanggup" says the sum before it is confirmed, for a part and for
// the whole, and gives back exactly that.
func TestStaffRefuse(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		nastar := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		kastengel := h.Publish(shop, ordertest.Product{Title: "Kastengel", Price: 60_000, Quantity: 20, Grams: 700})
		o := h.bought(shop, delivery.Courier, map[int64]int64{nastar: 3, kastengel: 1})
		line := map[string]string{}
		for _, l := range o.Lines {
			line[l.Title] = fmt.Sprintf("line_%d", l.ID)
		}
		b := h.as(h.staff(account.RoleOfficer, h.agency, "35.19"))
		before := h.fingerprint()
		for name, c := range map[string]struct {
			typed []string
			says  string
		}{
			"no reason": {[]string{line["Nastar"], "2", "reason", " "}, text.T("order.refuse.reason_missing")},
			"too many":  {[]string{line["Nastar"], "4", "reason", "Oven rusak"}, text.T("order.refuse.quantity", "left", 3)},
			"no number": {[]string{line["Nastar"], "dua", "reason", "Oven rusak"}, text.T("order.refuse.quantity", "left", 3)},
			"negative":  {[]string{line["Nastar"], "-1", "reason", "Oven rusak"}, text.T("order.refuse.quantity", "left", 3)},
			"nothing":   {[]string{line["Nastar"], "0", "reason", "Oven rusak"}, text.T("order.refuse.nothing")},
		} {
			for _, step := range []string{"tidak-sanggup", "tidak-sanggup/ya"} {
				p := b.post(atOrder(o, step), b.form(o, "tidak-sanggup", c.typed...)...)
				require.Equal(t, http.StatusUnprocessableEntity, p.status, name)
				require.Contains(t, p.body, c.says, name)
				require.Contains(t, p.body, `<details class="desk-form" open>`, name)
				require.Contains(t, p.body, `value="`+c.typed[1]+`"`, name)
				require.Equal(t, before, h.fingerprint(), name)
			}
		}

		asked := b.post(atOrder(o, "tidak-sanggup"), b.form(o, "tidak-sanggup", line["Nastar"], "2", "reason", "Oven rusak")...)
		require.Equal(t, http.StatusOK, asked.status)
		for _, want := range []string{"Rp110.000", "Seratus sepuluh ribu rupiah", "2 Nastar", "Oven rusak", (o.Total - 110_000).String()} {
			require.Contains(t, asked.body, want)
		}
		require.Equal(t, before, h.fingerprint(), "asking changes nothing")
		yes := func(p page) []string {
			pairs := []string{}
			for _, name := range []string{"form_key", "seen", "reason"} {
				pairs = append(pairs, name, hidden(t, p.body, name))
			}
			for _, field := range line {
				if strings.Contains(p.body, `name="`+field+`"`) {
					pairs = append(pairs, field, hidden(t, p.body, field))
				}
			}
			return pairs
		}
		part := yes(asked)
		b.done(atOrder(o, "tidak-sanggup/ya"), part...)
		require.EqualValues(t, 110_000, h.now(o).Refunded)
		before = h.fingerprint()
		b.done(atOrder(o, "tidak-sanggup/ya"), part...)
		require.Equal(t, before, h.fingerprint(), "confirmed twice, given back once")
		body := b.see(atOrder(o))
		require.Contains(t, body, text.T("agencyorder.one.cancelled", "quantity", "2"))
		require.Contains(t, body, "Oven rusak")

		stale := b.form(o, "mulai")
		asked = b.post(atOrder(o, "tidak-sanggup"), b.form(o, "tidak-sanggup", "semua", "1", "reason", "Sakit")...)
		require.Contains(t, asked.body, text.T("agencyorder.confirm.yes", "amount", h.now(o).Remaining()), "the delivery money too")
		require.Contains(t, asked.body, text.T("agencyorder.confirm.whole"))
		b.done(atOrder(o, "tidak-sanggup/ya"), yes(asked)...)
		require.Equal(t, order.Cancelled, h.now(o).State)
		require.Equal(t, o.Total, h.now(o).Refunded)
		before = h.fingerprint()
		b.done(atOrder(o, "mulai"), stale...)
		require.Contains(t, b.see(atOrder(o)), text.T("order.move.not_now", "state", order.StateName(order.Cancelled)), "too late is told")
		require.Equal(t, before, h.fingerprint())
		h.Prove()
	})
}

// The list shows what is asked of it: states, shops, what needs help, page by
// page; a number read out on the phone leads to its order.
func TestOrdersList(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		wening, sekar := h.Shop("Toples Bu Wening"), h.Shop("Jahit Sekar")
		nastar := h.Publish(wening, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 900, Grams: 700})
		seragam := h.Publish(sekar, ordertest.Product{Title: "Seragam", Price: 120_000, Quantity: 20, Grams: 300})
		old := h.bought(wening, delivery.Pickup, map[int64]int64{nastar: 1})
		h.Pass(7 * time.Hour)
		fresh := h.bought(sekar, delivery.Pickup, map[int64]int64{seragam: 1})
		unpaid := h.ordered(sekar, delivery.Pickup, map[int64]int64{seragam: 1})
		officer := h.staff(account.RoleOfficer, h.agency, "35.19")
		b := h.as(officer)
		shows := func(path string, want ...order.Order) string {
			t.Helper()
			body := b.see(path)
			last := -1
			for _, o := range []order.Order{fresh, old, unpaid} {
				at := strings.Index(body, ">"+o.Number+"<")
				found := false
				for _, w := range want {
					found = found || w.ID == o.ID
				}
				require.Equal(t, found, at >= 0, "%s %s", path, o.Number)
				if found {
					require.Greater(t, at, last, "newest first")
					last = at
				}
			}
			require.Contains(t, body, text.T("agencyorder.list.shown", "count", len(want)), path)
			return body
		}
		body := shows("/dinas/pesanan", fresh, old)
		require.Contains(t, body, `href="/dinas/pesanan?perlu=belum-dibuka"`)
		require.Regexp(t, `(?s)keadaan=to_do".*?<b class="count">2</b>`, body)
		shows("/dinas/pesanan?perlu=belum-dibuka", old)
		shows("/dinas/pesanan?perlu=lewat-janji")
		shows(fmt.Sprintf("/dinas/pesanan?toko=%d", sekar.ID), fresh)
		shows(fmt.Sprintf("/dinas/pesanan?toko=%d&perlu=belum-dibuka", sekar.ID))
		shows("/dinas/pesanan?keadaan=making")
		shows("/dinas/pesanan?keadaan=awaiting_payment", fresh, old)
		body = b.see(atOrder(old))
		require.Contains(t, body, text.T("agencyorder.need.unseen"))
		require.NotContains(t, b.see(atOrder(fresh)), text.T("agencyorder.need.unseen"))

		for typed, o := range map[string]order.Order{old.Number: old, strings.ToLower("lb+" + fresh.Number[3:]): fresh, unpaid.Number[3:]: unpaid} {
			p := b.get("/dinas/pesanan?nomor=" + typed)
			require.Equal(t, http.StatusSeeOther, p.status, typed)
			require.Equal(t, atOrder(o), p.to)
		}
		body = b.see(atOrder(unpaid))
		require.Contains(t, body, text.T("agencyorder.lead.awaiting_payment"))
		require.Empty(t, offers(body))
		h.Tx(func(tx *gorm.DB) error { return h.Orders.GiveUpTx(ctx, tx, unpaid.Purpose, 0) })
		require.Contains(t, b.see(atOrder(unpaid)), text.T("agencyorder.lead.given_up"))
		body = b.see("/dinas/pesanan?nomor=LB-AAAAAA")
		require.Contains(t, body, text.T("agencyorder.find.none"))
		require.Contains(t, body, `value="LB-AAAAAA"`)

		var all []string
		for range 50 {
			all = append(all, h.bought(wening, delivery.Pickup, map[int64]int64{nastar: 1}).Number)
		}
		b = h.as(officer) // the hours of all that buying have passed
		body = b.see(fmt.Sprintf("/dinas/pesanan?toko=%d", wening.ID))
		for _, number := range all {
			require.Contains(t, body, number)
		}
		require.NotContains(t, body, old.Number)
		next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(body)
		require.NotNil(t, next)
		body = b.see(strings.ReplaceAll(next[1], "&amp;", "&"))
		require.Contains(t, body, old.Number)
		require.NotContains(t, body, all[0])
		require.NotContains(t, body, fresh.Number, "the filter goes along")
		require.NotContains(t, body, `rel="next"`)
		require.Equal(t, http.StatusNotFound, b.get("/dinas/pesanan?lanjut=1.forged").status)
	})
}

// TestAnotherTerritorysOrder tries every address of an order from outside, also
// as those who may see it on other pages.
func TestAnotherTerritorysOrder(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		product := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		o := h.bought(shop, delivery.Courier, map[int64]int64{product: 2})
		helper := h.Companion(shop).UserID
		_, err := h.Accounts.AssignRole(ctx, account.System, helper, account.RoleOfficer, h.agency, []string{"35.78"})
		require.NoError(t, err)
		people := map[string]int64{
			"another regency": h.staff(account.RoleOfficer, h.agency, "35.78"), "another province": h.staff(account.RoleHead, h.agency, "36"),
			"helps the shop, oversees another": helper, "companion": h.Companion(h.Shop("Toko Lain")).UserID, "maker": shop.OwnerID,
			"finance": h.staff(account.RoleFinance, 0), "curator": h.Curator().UserID,
		}
		before := h.fingerprint()
		for name, userID := range people {
			b := h.as(userID)
			require.Equal(t, http.StatusNotFound, b.get(atOrder(o)).status, name)
			for _, step := range []string{"mulai", "siap", "kirim", "serahkan", "sampai", "langkah", "tidak-sanggup", "tidak-sanggup/ya"} {
				p := b.post(atOrder(o, step), "form_key", "k", "courier", "JNE", "tracking_number", "1", "code", "123456", "apa", "propose_date",
					"reason", "Oven rusak", fmt.Sprintf("line_%d", o.Lines[0].ID), "1")
				require.Equal(t, http.StatusNotFound, p.status, "%s %s", name, step)
				require.NotContains(t, p.body, o.Number)
			}
			if p := b.get("/dinas/pesanan"); p.status == http.StatusOK {
				require.NotContains(t, p.body, o.Number, name)
				require.NotContains(t, p.body, "Toples Bu Wening", name)
				p = b.get("/dinas/pesanan?nomor=" + o.Number)
				require.Equal(t, http.StatusOK, p.status, name)
				require.Contains(t, p.body, text.T("agencyorder.find.none"), name)
			} else {
				require.Equal(t, http.StatusNotFound, p.status, name)
			}
			require.Equal(t, before, h.fingerprint(), name)
		}
		admin := h.as(h.staff(account.RoleAdmin, 0))
		require.Contains(t, admin.see("/dinas/pesanan"), o.Number)
		require.Equal(t, []string{"mulai", "langkah", "tidak-sanggup"}, offers(admin.see(atOrder(o))))
	})
}
