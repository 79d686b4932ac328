package web_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/server/web"
)

// A thing behind an address opens to whom its line names, and to nobody else:
// each scope for things near and far, and a thing that does not exist looks the
// same as another's.
func TestScopesEndAtTheThing(t *testing.T) {
	asked := 0
	shop := func(_ context.Context, id int64) (int64, error) {
		if asked++; id > 3 {
			return 0, fault.NotFound("shop")
		}
		return id, nil
	}
	owners := web.Owners{
		Things: map[string]web.Lookup{
			"shop":  web.OfShop(shop),
			"note":  web.OfPerson(func(_ context.Context, id int64) (int64, error) { return id, nil }),
			"order": web.OfShop(func(_ context.Context, id int64) (int64, error) { return id % 10, nil }),
			"stray": web.OfNobody,
		},
		Regency: func(_ context.Context, shop int64) (string, error) { return fmt.Sprintf("35.0%d", shop), nil },
		Agency:  func(_ context.Context, shop int64) (int64, error) { return shop / 2, nil }, // 0, 1, 1
	}
	rules, err := web.ReadRules(columns + health +
		"GET /toko/:id   , shop      , , -, -, -  , own, told, assigned, -, -     , -   , told, -  , fault.forbidden\n" +
		"GET /wilayah/:id, shop      , , -, -, -  , -  , -   , told    , -, area  , told, -   , all, fault.forbidden\n" +
		"GET /dinas/:id  , shop      , , -, -, -  , -  , -   , -       , -, agency, -   , -   , -  ,\n" +
		"GET /catatan/:id, note      , , -, -, own, -  , -   , -       , -, -     , -   , -   , -  ,\n" +
		"GET /uang/:id   , stray     , , -, -, -  , own, -   , assigned, -, area  , -   , all , -  ,\n" +
		"GET /dua/:id/:o , shop order, , -, -, -  , -  , -   , -       , -, -     , -   , -   , all,\n")
	require.NoError(t, err)
	var routes []web.Route
	for _, path := range []string{"/toko/:id", "/wilayah/:id", "/dinas/:id", "/catatan/:id", "/uang/:id", "/dua/:id/:o"} {
		routes = append(routes, web.Route{Method: "GET", Path: path, Handler: ok("di dalam")})
	}
	s := newSiteOf(t, rules, owners, routes)
	member := func(shop int64, role account.MemberRole) account.Actor {
		return account.Actor{Memberships: []account.Membership{{ShopID: shop, Role: role}}}
	}
	staff := func(role account.Role, agency int64, territory ...string) account.Actor {
		return account.Actor{Roles: []account.Role{role}, AgencyID: agency, Territory: territory}
	}
	helper := staff(account.RoleCompanion, 0)
	helper.Assisting = []account.Assistance{{ShopID: 2, ExpiresAt: time.Now()}}
	both := member(1, account.MemberOwner)
	both.Memberships = append(both.Memberships, account.Membership{ShopID: 2, Role: account.MemberMember})
	for name, c := range map[string]struct {
		who     account.Actor
		answers map[string]int
	}{
		"owner":                             {member(1, account.MemberOwner), map[string]int{"/toko/1": 200, "/toko/2": 404, "/toko/9": 404, "/wilayah/1": 404, "/uang/1": 404}},
		"their officer":                     {member(1, account.MemberOfficer), map[string]int{"/toko/1": 200, "/toko/2": 404}},
		"member":                            {member(1, account.MemberMember), map[string]int{"/toko/1": 403, "/toko/2": 404, "/toko/9": 404}},
		"owner of one, member of the other": {both, map[string]int{"/toko/1": 200, "/toko/2": 403, "/toko/3": 404}},
		"companion":                         {helper, map[string]int{"/toko/2": 200, "/toko/1": 404, "/toko/9": 404, "/wilayah/2": 403, "/wilayah/1": 404, "/uang/2": 404}},
		"officer":                           {staff(account.RoleOfficer, 1, "35.02"), map[string]int{"/wilayah/2": 200, "/wilayah/1": 404, "/dinas/2": 200, "/dinas/3": 404, "/uang/2": 404}},
		"province":                          {staff(account.RoleOfficer, 1, "35"), map[string]int{"/wilayah/1": 200, "/dinas/1": 404, "/dinas/2": 200, "/dinas/3": 200, "/dinas/9": 404}},
		"other agency":                      {staff(account.RoleOfficer, 2, "35"), map[string]int{"/wilayah/2": 200, "/dinas/2": 404}},
		"no agency":                         {staff(account.RoleOfficer, 0, "35"), map[string]int{"/dinas/1": 404}},
		"head":                              {staff(account.RoleHead, 1, "35.02"), map[string]int{"/wilayah/2": 403, "/wilayah/3": 404, "/wilayah/9": 404}},
		"finance":                           {staff(account.RoleFinance, 0), map[string]int{"/toko/1": 403, "/uang/7": 200, "/wilayah/1": 404}},
		"admin":                             {staff(account.RoleAdmin, 0), map[string]int{"/wilayah/1": 200, "/wilayah/9": 200, "/dua/1/11": 200, "/dua/1/12": 404, "/toko/1": 404}},
		"somebody":                          {account.Actor{}, map[string]int{"/catatan/1": 200, "/catatan/2": 404, "/toko/1": 404}},
	} {
		c.who.UserID = 1
		s.who[1] = c.who
		_, _ = s.do(t, "GET", "/sebagai/1", nil)
		for path, status := range c.answers {
			res, _ := s.do(t, "GET", path, nil)
			require.Equal(t, status, res.StatusCode, "%s at %s", name, path)
		}
		for _, garbage := range []string{"0", "-1", "x", "1e9", "99999999999999999999", "%D9%A1", "1%00", "1%20", "1.0"} {
			res, _ := s.do(t, "GET", "/toko/"+garbage, nil)
			require.Equal(t, http.StatusNotFound, res.StatusCode, "%s at %q", name, garbage)
		}
	}
	require.Contains(t, s.log.String(), `"by":"authorization"`, "a refusal is on record")

	// One question a request, and none where the person may open them all.
	s.who[1] = account.Actor{UserID: 1, Roles: []account.Role{account.RoleAdmin, account.RoleOfficer}, Memberships: both.Memberships, Territory: []string{"35"}}
	asked = 0
	_, _ = s.do(t, "GET", "/toko/3", nil)
	require.Equal(t, 1, asked)
	s.who[1] = staff(account.RoleAdmin, 0)
	_, _ = s.do(t, "GET", "/wilayah/3", nil)
	require.Equal(t, 1, asked)
}
