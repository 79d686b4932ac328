package agency_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/share"
)

// Who left a group has a shop of her own by one button of an officer: once, however
// often it is pressed, without anything of the group's, and for nobody who still is in it.
func TestWhoLeftAGroupHasAShopOfHerOwn(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		officer := h.staff(account.RoleOfficer, h.agency, "35")
		group := h.ShopOf("KUBE Sari Rasa", catalog.Group)
		h.member(db, group, officer)
		product := h.Publish(group, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		number := h.paid(group, product)
		at := membersOf(group.ID)
		b := h.as(officer)
		party := map[string]int64{}
		stands := func(name string) share.Fellow {
			list, err := h.shares.Roster(ctx, h.Actor(officer), group.ID)
			require.NoError(t, err)
			for _, f := range list {
				if f.Name == name {
					return f
				}
			}
			require.Fail(t, "not in the group", name)
			return share.Fellow{}
		}
		for name, phone := range map[string]string{"Bu Wati": "0812-9999-0071", "Bu Sulis": "", "Bu Yem": ""} {
			b.done(at, "label", name, "phone", phone)
			party[name] = stands(name).Party.ID
		}
		invite := func(name string) (user int64) {
			require.NoError(t, db.Read(ctx).Raw("SELECT user_id FROM share_invites WHERE party_id = ?", party[name]).Scan(&user).Error)
			return user
		}
		wati := invite("Bu Wati")
		asked, err := h.shares.Invites(ctx, h.Actor(wati))
		require.NoError(t, err)
		require.NoError(t, h.shares.Answer(ctx, h.Actor(wati), asked[0].ID, true))
		shops := func() (n int) {
			require.NoError(t, db.Read(ctx).Raw("SELECT COUNT(*) FROM shops").Scan(&n).Error)
			return n
		}
		open := func(b *browser, name, key, shopName string) page {
			return b.post(at+"/toko", "orang", fmt.Sprint(party[name]), "form_key", key, "shop_name", shopName)
		}

		// Still in the group: said in words, and nothing is opened.
		before := shops()
		require.Equal(t, at, b.done(at+"/toko", "orang", fmt.Sprint(party["Bu Wati"]), "form_key", id.Token(), "shop_name", "Toko Bu Wati"))
		require.Contains(t, b.see(at), text.T("program.own.still_in"))
		require.Equal(t, share.Joined, stands("Bu Wati").Standing)

		for _, name := range []string{"Bu Wati", "Bu Sulis"} {
			b.done(at+"/keluar", "orang", fmt.Sprint(party[name]))
		}
		stranger := h.Shop("Toko Sebelah")
		far, err := h.program.FoundAgency(ctx, account.System, "Dinas Jauh", "36")
		require.NoError(t, err)
		for who, want := range map[string]struct {
			user   int64
			status int
		}{
			"another agency":  {h.staff(account.RoleOfficer, far.ID, "36"), http.StatusNotFound},
			"another regency": {h.staff(account.RoleOfficer, h.agency, "35.01"), http.StatusNotFound},
			"the head":        {h.staff(account.RoleHead, h.agency, "35"), http.StatusForbidden},
			"the companion":   {h.Companion(group).UserID, http.StatusNotFound},
			"the chair":       {group.OwnerID, http.StatusNotFound},
			"herself":         {wati, http.StatusNotFound},
			"another maker":   {stranger.OwnerID, http.StatusNotFound},
		} {
			require.Equal(t, want.status, open(h.as(want.user), "Bu Wati", id.Token(), "Toko Bu Wati").status, who)
		}
		require.Equal(t, http.StatusNotFound, b.post(membersOf(stranger.ID)+"/toko", "orang", fmt.Sprint(party["Bu Wati"]), "form_key", id.Token(), "shop_name", "Toko").status,
			"through another shop")
		p := open(b, "Bu Wati", id.Token(), "T")
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		p = open(b, "Bu Wati", "", "Toko Bu Wati")
		require.Equal(t, http.StatusUnprocessableEntity, p.status, "without a form key")
		require.Contains(t, p.body, text.T("fault.form"))
		require.Equal(t, before+1, shops(), "only the stranger's came")

		// Pressed five times at once, it is one shop; so it is for who has no account.
		made := map[string]int64{}
		for _, name := range []string{"Bu Wati", "Bu Sulis"} {
			before, key := shops(), id.Token()
			const times = 5
			var all sync.WaitGroup
			answers := make([]page, times)
			hands := make([]*browser, times)
			for i := range hands {
				hands[i] = h.as(officer)
			}
			for i, hand := range hands {
				all.Go(func() { answers[i] = open(hand, name, key, "Toko "+name) })
			}
			all.Wait()
			for _, p := range answers {
				require.Equal(t, http.StatusSeeOther, p.status, p.body)
				require.Equal(t, answers[0].to, p.to)
			}
			require.Equal(t, before+1, shops(), name)
			var shopID int64
			_, err := fmt.Sscanf(answers[0].to, "/dinas/perajin/%d", &shopID)
			require.NoError(t, err)
			made[name] = shopID
			require.Contains(t, b.see(answers[0].to), "Toko "+name)
		}

		// Nor does a page that was opened again give her a second one.
		require.Equal(t, at, b.done(at+"/toko", "orang", fmt.Sprint(party["Bu Wati"]), "form_key", id.Token(), "shop_name", "Toko lain"))
		require.Contains(t, b.see(at), text.T("program.own.has"))

		// It is open and hers, and has sold nothing; what was sold stays the group's.
		for name, shopID := range made {
			shop, err := h.Catalog.Shop(ctx, shopID)
			require.NoError(t, err)
			require.Equal(t, []any{catalog.ShopOpen, catalog.Individual, group.Village}, []any{shop.State, shop.Kind, shop.Village}, name)
		}
		require.True(t, h.Actor(wati).Leads(made["Bu Wati"]))
		require.False(t, h.Actor(wati).Manages(group.ID))
		actor := h.Actor(officer)
		lines, err := h.program.Overview(ctx, actor, program.Span{Before: actor.Proof.Now.AddDate(-1, 0, 0), From: actor.Proof.Now.AddDate(0, 0, -1), To: actor.Proof.Now.AddDate(0, 0, 1)})
		require.NoError(t, err)
		sold := map[int64]int64{}
		for _, l := range lines {
			sold[l.Shop.ID] = l.Now.Orders
		}
		require.Equal(t, map[int64]int64{group.ID: 1, made["Bu Wati"]: 0, made["Bu Sulis"]: 0}, sold)
		orderID, err := h.Orders.OverseenNumber(ctx, actor, number)
		require.NoError(t, err)
		o, err := h.Orders.One(ctx, h.Owner(group), orderID)
		require.NoError(t, err)
		require.Equal(t, group.ID, o.ShopID)
		hers := h.as(wati)
		require.Equal(t, http.StatusNotFound, hers.get("/toko-saya/pesanan/"+fmt.Sprint(o.ID)).status)
		require.NotContains(t, hers.see("/toko-saya/produk"), "Nastar")
		require.Equal(t, share.Gone, stands("Bu Wati").Standing)
		h.Pass(time.Hour)
		h.Prove()
	})
}

// membersOf are the members of a group, as the agency sees them.
func membersOf(shopID int64) string { return fmt.Sprintf("/dinas/perajin/%d/anggota", shopID) }
