package web_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/server/web"
)

const (
	columns = "route, about, again, program, visitor, person, maker, member, companion, curator, officer, head, finance, admin, told\n"
	health  = "GET /healthz, , , all, , , , , , , , , , ,\nGET /readyz, , , all, , , , , , , , , , ,\n"
)

func TestAFaultyAuthorizationFileIsRefused(t *testing.T) {
	for fault, file := range map[string]string{
		"the columns are":                  "route, who\n",
		"wrong number of fields":           columns + "GET /a, , , -, all\n",
		`maker cannot be "alle"`:           columns + "GET /a, , , -, -, -, alle, -, -, -, -, -, -, -,\n",
		`curator cannot be "area"`:         columns + "GET /a, , , -, -, -, -, -, -, area, -, -, -, -,\n",
		`visitor cannot be ""`:             columns + "GET /a, , , -, , , , , , , , , , ,\n",
		"maker was decided further left":   columns + "GET /a, , , -, -, all, own, , , , , , , ,\n",
		"visitor was decided further left": columns + "GET /a, , , all, -, , , , , , , , , ,\n",
		"its 1 ids":                        columns + "GET /a/:id, , , -, -, all, , , , , , , , ,\n",
		"its 2 ids":                        columns + "GET /a/:id/:grant, shop, , -, -, all, , , , , , , , ,\n",
		"its 0 ids":                        columns + "GET /a/:slug, shop, , -, -, all, , , , , , , , ,\n",
		"no word for a thing":              columns + "GET /a/:id, Toko!, , -, -, all, , , , , , , , ,\n",
		"no sentence":                      columns + "GET /a, , , -, -, -, told, -, -, -, -, -, -, -,\n",
		"nobody is told":                   columns + "GET /a, , , -, -, -, own, -, -, -, -, -, -, -, fault.forbidden\n",
		`again cannot be "maybe"`:          columns + "GET /a, , maybe, -, -, all, , , , , , , , ,\n",
		"two lines":                        columns + "GET /a, , , -, all, , , , , , , , , ,\nGET  /a, , , -, -, all, , , , , , , , ,\n",
	} {
		_, err := web.ReadRules(file)
		require.ErrorContains(t, err, fault)
	}
}

func TestRoutesAndAuthorizationFileMustAgree(t *testing.T) {
	rules, err := web.ReadRules(columns + health + "GET /a, , yes, -, -, all, , , , , , , , ,\ndemo GET /a, , , -, own, , , , , , , , , ,\n")
	require.NoError(t, err)
	a := web.Route{Method: "GET", Path: "/a", Handler: ok("")}
	start := func(routes ...web.Route) error {
		_, err := web.New(web.Config{Rules: rules, Log: slog.New(slog.DiscardHandler), Store: memory{}}, http.NotFoundHandler(), routes)
		return err
	}
	require.NoError(t, start(a))
	require.ErrorContains(t, start(), "names GET /a, which is no address")
	require.ErrorContains(t, start(a, web.Route{Method: "GET", Path: "/bocor", Handler: ok("")}), "who may come to GET /bocor")
	require.ErrorContains(t, start(web.Route{Method: "GET", Path: "/a"}), "no handler")
	require.ErrorContains(t, start(a, web.Route{Method: "PUT", Path: "/a", Handler: ok("")}), "only GET and POST")
	rules = rules.With("GET /b/:x", web.KindPerson, web.All, "shop")
	require.ErrorContains(t, start(a, web.Route{Method: "GET", Path: "/b/:x", Handler: ok("")}), "nobody knows whose a shop is")
	rules = rules.With("GET /b/:y", web.KindPerson, web.All, "shop").With("GET /b/:x", web.KindVisitor, web.All, "shop")
	require.ErrorContains(t, start(a, web.Route{Method: "GET", Path: "/b/:x", Handler: ok("")}, web.Route{Method: "GET", Path: "/b/:y", Handler: ok("")}), "is also")
	require.NoError(t, func() error {
		_, err := web.New(web.Config{Rules: rules.For([]web.Route{a}), Log: slog.New(slog.DiscardHandler), Store: memory{}}, http.NotFoundHandler(), []web.Route{a})
		return err
	}(), "a part of the site has a part of the rules")

	probes := []web.Route{{Method: "GET", Path: "/healthz", Handler: ok("")}, {Method: "GET", Path: "/readyz", Handler: ok("")}}
	composed, err := web.Check(append(probes, a), rules.For([]web.Route{a}), web.Owners{})
	require.NoError(t, err)
	require.True(t, composed[2].StepUp, "again")
	require.False(t, composed[2].Rule.Open())
	require.Equal(t, fault.KindUnauthenticated, fault.As(composed[2].Rule.Allow(account.Actor{})).Kind)
	composed, err = web.Check(append(probes, a), rules.For([]web.Route{a}).Demo(), web.Owners{})
	require.NoError(t, err)
	require.True(t, composed[2].Rule.Open(), "in the demo")
	require.True(t, composed[0].Rule.Machine())
}

// Each kind of person comes in by their own column only; of several kinds the
// widest counts, and who is told is told only where there could be something.
func TestEachColumnIsAKindOfPerson(t *testing.T) {
	owner := account.Membership{ShopID: 1, Role: account.MemberOwner}
	people := map[web.Kind]account.Actor{
		web.KindPerson:    {UserID: 1},
		web.KindMaker:     {UserID: 2, Memberships: []account.Membership{owner}},
		web.KindMember:    {UserID: 3, Memberships: []account.Membership{{ShopID: 1, Role: account.MemberMember}}},
		web.KindCompanion: {UserID: 4, Roles: []account.Role{account.RoleCompanion}, Assisting: []account.Assistance{{ShopID: 1, ExpiresAt: time.Now()}}},
		web.KindCurator:   {UserID: 5, Roles: []account.Role{account.RoleCurator}},
		web.KindOfficer:   {UserID: 6, Roles: []account.Role{account.RoleOfficer}},
		web.KindHead:      {UserID: 7, Roles: []account.Role{account.RoleHead}},
		web.KindFinance:   {UserID: 8, Roles: []account.Role{account.RoleFinance}},
		web.KindAdmin:     {UserID: 9, Roles: []account.Role{account.RoleAdmin}},
	}
	for column := range people {
		for _, scope := range []web.Scope{web.All, web.Told} {
			cells := []string{"GET /a", "", ""}
			for _, k := range web.Kinds() {
				switch {
				case k == column:
					cells = append(cells, string(scope))
				case column == web.KindPerson && scope == web.All && len(cells) > 5:
					cells = append(cells, "")
				default:
					cells = append(cells, "-")
				}
			}
			why := ""
			if scope == web.Told {
				why = "fault.forbidden"
			}
			rules, err := web.ReadRules(columns + strings.Join(append(cells, why), ",") + "\n")
			require.NoError(t, err)
			for kind, actor := range people {
				err := rules.Lines()[0].Allow(actor)
				want := fault.KindNotFound
				if kind == column || column == web.KindPerson {
					want = fault.KindForbidden
					if scope == web.All {
						require.NoError(t, err, "%s at a column of %s", kind, column)
						continue
					}
				}
				require.True(t, fault.Is(err, want), "%s at a column of %s: %v", kind, column, err)
			}
			require.True(t, fault.Is(rules.Lines()[0].Allow(account.Actor{}), fault.KindUnauthenticated))
		}
	}
	rules, err := web.ReadRules(columns + "GET /a, , , -, -, -, own, told, told, -, -, -, -, -, fault.forbidden\n")
	require.NoError(t, err)
	line := rules.Lines()[0]
	both := people[web.KindCompanion]
	require.True(t, fault.Is(line.Allow(both), fault.KindForbidden))
	both.Memberships = append(both.Memberships, owner)
	require.NoError(t, line.Allow(both), "a companion with a shop of their own")
	both.Memberships, both.Assisting = nil, nil
	require.True(t, fault.Is(line.Allow(both), fault.KindNotFound), "one who helps nobody any more")
}
