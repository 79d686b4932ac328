package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
)

// walk is a town of two shops whose people gain and lose rights at random, and a
// model of who may do what, written from the meaning of the words in
// server/authorization.csv and from nothing that the program loads.
type walk struct {
	*town
	site   *web.Site
	random *rand.Rand
	names  []string // of the people
	model  map[string]*rights
	now    time.Time
	asked  int
	past   []string
}

// rights are what one person has at the moment.
type rights struct {
	roles  []job // in the order in which they were given
	runs   map[string]account.MemberRole
	helps  []help
	agreed bool // to be helped
}

type job struct {
	id        int64
	role      account.Role
	agency    string
	territory string
}

type help struct {
	id          int64
	shop, giver string
	until       time.Time
}

// door is one address and who may open it, as the model knows it.
type door struct {
	path string
	may  func(w *walk, r *rights) string
}

func openIf(in bool) string {
	if in {
		return "in"
	}
	return "not found"
}

func (r *rights) has(roles ...account.Role) bool {
	return slices.ContainsFunc(r.roles, func(j job) bool { return slices.Contains(roles, j.role) })
}

// covers: what any role is for, the whole person works in.
func (r *rights) covers(regency string) bool {
	return slices.ContainsFunc(r.roles, func(j job) bool { return j.territory == regency || strings.HasPrefix(regency, j.territory+".") })
}

// agency is that of the first role.
func (r *rights) agency() string {
	if len(r.roles) == 0 {
		return ""
	}
	return r.roles[0].agency
}

// assists: the permission lasts, the maker still agrees, and the helper still has
// the job. Of no shop in particular: of any.
func (w *walk) assists(r *rights, shop string) bool {
	return r.has(account.RoleCompanion, account.RoleOfficer) && slices.ContainsFunc(r.helps, func(h help) bool {
		return (shop == "" || h.shop == shop) && h.until.After(w.now) && w.model[h.giver].agreed
	})
}

func (w *walk) places() []door {
	all := []door{
		{"/toko-saya", func(w *walk, r *rights) string { return openIf(len(r.runs) > 0 || w.assists(r, "")) }},
		{"/kurasi", func(_ *walk, r *rights) string {
			return openIf(r.has(account.RoleCurator, account.RoleHead, account.RoleAdmin))
		}},
		{"/dampingan", func(_ *walk, r *rights) string { return openIf(r.has(account.RoleCompanion, account.RoleOfficer)) }},
		{"/admin", func(_ *walk, r *rights) string { return openIf(r.has(account.RoleAdmin)) }},
		{"/dinas/undang", func(_ *walk, r *rights) string {
			if !r.has(account.RoleOfficer) && r.has(account.RoleHead, account.RoleAdmin) {
				return "forbidden"
			}
			return openIf(r.has(account.RoleOfficer))
		}},
	}
	for _, name := range []string{"near", "far"} {
		regency := map[string]string{"near": "35.19", "far": "33.72"}[name]
		agency := w.shops[name].agency
		all = append(all,
			door{fmt.Sprintf("/toko-saya/produk/%d", w.things["product"][name].id), func(w *walk, r *rights) string {
				return openIf(r.runs[name] != "" || w.assists(r, name))
			}},
			door{fmt.Sprintf("/dinas/perajin/%d", w.shops[name].id), func(_ *walk, r *rights) string {
				return openIf(r.has(account.RoleAdmin) || r.has(account.RoleOfficer, account.RoleHead) && r.covers(regency) && r.agency() == agency)
			}},
			door{fmt.Sprintf("/keuangan/%d", w.things["withdrawal"][name].id), func(_ *walk, r *rights) string {
				return openIf(r.has(account.RoleAdmin, account.RoleFinance) || r.has(account.RoleHead) && r.covers(regency))
			}},
		)
	}
	return all
}

func newWalk(t *testing.T, seed uint64) *walk {
	f := &town{world: start(t, dbtest.SQLiteAddress(t)), t: t, shops: map[string]*shopFacts{}, people: map[string]*personFacts{}, things: map[string]map[string]*thingFacts{}}
	w := &walk{town: f, random: rand.New(rand.NewPCG(seed, 1)), model: map[string]*rights{}}
	f.shops["near"] = &shopFacts{f.shop, "dinas", near, f.maker}
	f.agency("jauh", far, "far officer", "far head")
	f.found("far", "far officer", "jauh", far, catalog.Individual)
	for _, name := range []string{"near", "far"} {
		s := f.shops[name]
		draft, err := f.catalog.StartDraft(t.Context(), s.maker, s.id, id.Token())
		require.NoError(t, err)
		f.put("product", name, draft.ProductID)
		bank, err := f.app.finance.SetBankAccount(t.Context(), s.maker, s.id, payment.Bank{ChannelCode: "ID_BRI", AccountNumber: "7788990011", HolderName: "Pemilik"}, id.Token())
		require.NoError(t, err)
		f.put("withdrawal", name, f.insert(`INSERT INTO withdrawals (shop_id, bank_account_id, amount, state, form_key, needs_check, requested_by, requested_at)
			VALUES (?, ?, 50000, 'requested', 'uji', true, ?, ?) RETURNING id`, s.id, bank.ID, s.maker.UserID, time.Now().UTC()))
	}
	f.still()
	for i, name := range []string{"ani", "budi", "citra", "dewi", "eko", "fitri"} {
		w.names = append(w.names, name)
		f.people[name] = &personFacts{user: f.invite(name, fmt.Sprintf("0812000007%02d", i), "35.19.03")}
		w.model[name] = &rights{runs: map[string]account.MemberRole{}}
	}
	w.site = f.site(rules(t))
	w.later(0)
	return w
}

// later lets time pass and signs everybody in again: how long a session lasts is
// not what is walked here.
func (w *walk) later(d time.Duration) {
	w.db.Clock().Advance(d)
	for _, name := range w.names {
		w.people[name].token = w.session(w.people[name].user)
	}
	var err error
	w.now, err = w.accounts.Now(w.t.Context())
	require.NoError(w.t, err)
}

func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// step changes something by a service, and the model; it returns what it did and
// whose rights are concerned, or nothing when what was drawn cannot be.
func (w *walk) step() (did string, concerned []string) {
	t, ctx := w.t, w.t.Context()
	who := pick(w.random, w.names)
	r, user := w.model[who], w.people[who].user
	shop := pick(w.random, []string{"near", "far"})
	in := func(do func(tx *gorm.DB) error) { require.NoError(t, database.InTx(ctx, w.db, do), w.past) }
	switch w.random.IntN(10) {
	case 0, 1:
		j := job{role: pick(w.random, account.Roles()), agency: pick(w.random, []string{"dinas", "jauh"}), territory: pick(w.random, []string{"35", "33", "35.19", "33.72", "35.78"})}
		if r.has(j.role) {
			return "", nil
		}
		agency := w.officer.AgencyID
		if j.agency == "jauh" {
			agency = w.count(t, "SELECT max(id) FROM agencies")
		}
		g, err := w.accounts.AssignRole(ctx, account.System, user, j.role, agency, []string{j.territory})
		require.NoError(t, err, w.past)
		j.id = g.ID
		r.roles = append(r.roles, j)
		return fmt.Sprintf("%s becomes %s of %s in %s", who, j.role, j.agency, j.territory), []string{who}
	case 2:
		if len(r.roles) == 0 {
			return "", nil
		}
		i := w.random.IntN(len(r.roles))
		j := r.roles[i]
		require.NoError(t, w.accounts.EndRole(ctx, account.System, j.id), w.past)
		r.roles = slices.Delete(r.roles, i, i+1)
		return fmt.Sprintf("%s is no longer %s", who, j.role), []string{who}
	case 3:
		if r.runs[shop] != "" {
			return "", nil
		}
		as := pick(w.random, []account.MemberRole{account.MemberOwner, account.MemberMember})
		in(func(tx *gorm.DB) error {
			return w.accounts.AddMembershipTx(ctx, tx, account.System, user, w.shops[shop].id, as)
		})
		r.runs[shop] = as
		return fmt.Sprintf("%s joins %s as %s", who, shop, as), []string{who}
	case 4:
		if r.runs[shop] == "" || w.random.IntN(2) == 0 {
			return "", nil
		}
		in(func(tx *gorm.DB) error {
			return w.accounts.EndMembershipTx(ctx, tx, account.System, user, w.shops[shop].id)
		})
		delete(r.runs, shop)
		w.unsign(who, shop)
		return fmt.Sprintf("%s leaves %s", who, shop), w.names
	case 5, 6:
		giver := pick(w.random, w.names)
		if giver == who || w.model[giver].runs[shop] == "" || !w.model[giver].agreed || !r.has(account.RoleCompanion, account.RoleOfficer) {
			return "", nil
		}
		h := help{shop: shop, giver: giver, until: w.now.Add(time.Duration(5+w.random.IntN(60)) * time.Minute)}
		in(func(tx *gorm.DB) error {
			g, err := w.accounts.GrantTx(ctx, tx, account.System, account.NewGrant{ShopID: w.shops[shop].id, MakerID: w.people[giver].user, CompanionID: user, Evidence: "formulir", ExpiresAt: h.until})
			h.id = g.ID
			return err
		})
		r.helps = append(slices.DeleteFunc(r.helps, func(old help) bool { return old.shop == shop }), h)
		return fmt.Sprintf("%s may help %s in %s until %s", who, giver, shop, h.until.Format(time.TimeOnly)), []string{who}
	case 7:
		if len(r.helps) == 0 {
			return "", nil
		}
		h := r.helps[0]
		require.NoError(t, w.accounts.RevokeGrant(ctx, account.System, h.id), w.past)
		r.helps = r.helps[1:]
		return fmt.Sprintf("%s helps no more in %s", who, h.shop), []string{who}
	case 8:
		w.later(time.Duration(1+w.random.IntN(20)) * time.Minute)
		return "it is " + w.now.Format(time.TimeOnly), w.names
	}
	if r.agreed = !r.agreed; !r.agreed {
		if w.random.IntN(3) > 0 { // mostly people agree
			r.agreed = true
			return "", nil
		}
		in(func(tx *gorm.DB) error {
			return w.accounts.WithdrawConsentTx(ctx, tx, account.System, user, account.ConsentHelped, "")
		})
		w.unsign(who, "near", "far")
		return who + " wants no help", w.names
	}
	in(func(tx *gorm.DB) error {
		_, err := w.accounts.GiveConsentTx(ctx, tx, account.System, account.NewConsent{UserID: user, Kind: account.ConsentHelped, Evidence: "formulir"})
		return err
	})
	return who + " agrees to be helped", w.names
}

// unsign ends the permissions that somebody signed: they end with the membership
// and with the consent, and do not come back with them.
func (w *walk) unsign(giver string, shops ...string) {
	for _, r := range w.model {
		r.helps = slices.DeleteFunc(r.helps, func(h help) bool { return h.giver == giver && slices.Contains(shops, h.shop) })
	}
}

// look asks for the place as somebody; "" when the answer is the model's.
func (w *walk) look(who string, p door) string {
	w.asked++
	answer := w.ask(w.site, who, http.MethodGet, p.path, nil)
	if want := p.may(w, w.model[who]); answer.class() != want {
		return fmt.Sprintf("%s as %s: %s (%d), the model says %s", p.path, who, answer.class(), answer.status, want)
	}
	return ""
}

// Rights act on the very next request: after each of many random changes of
// roles, territories, memberships, permissions, consents and of the time, whom it
// concerns is asked for every address, everybody else for one, and now and then
// everybody for everything.
func TestRightsActOnTheNextRequest(t *testing.T) {
	t.Parallel()
	const seed, changes = 20261122, 320
	w := newWalk(t, seed)
	all := w.places()
	answers := map[string]int{}
	for n := 0; n < changes; {
		change, concerned := w.step()
		if change == "" {
			continue
		}
		n++
		w.past = append(w.past, change)
		for _, who := range w.names {
			places := all
			if !(len(concerned) == 1 && who == concerned[0]) && n%20 != 0 {
				places = []door{pick(w.random, all)}
				if len(concerned) > 1 { // whoever may help somebody
					places = []door{all[0], all[5], all[8]}
				}
			}
			for _, p := range places {
				if fault := w.look(who, p); fault != "" {
					t.Fatalf("seed %d, change %d: %s\nafter %s", seed, n, fault, strings.Join(w.past[max(0, len(w.past)-12):], "; "))
				}
				answers[p.may(w, w.model[who])]++
			}
		}
	}
	t.Logf("%d changes, %d requests: %v", changes, w.asked, answers)
	for _, class := range []string{"in", "not found", "forbidden"} {
		require.Greater(t, answers[class], 20, class)
	}

	// A change that the model does not hear of is found.
	unheard := slices.IndexFunc(w.names, func(name string) bool { return !w.model[name].has(account.RoleAdmin) })
	require.GreaterOrEqual(t, unheard, 0)
	_, err := w.accounts.AssignRole(t.Context(), account.System, w.people[w.names[unheard]].user, account.RoleAdmin, w.officer.AgencyID, []string{near})
	require.NoError(t, err)
	require.NotEmpty(t, w.look(w.names[unheard], all[3]))
}
