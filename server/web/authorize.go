package web

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Whose says whom a thing behind an address belongs to. A personal thing (a
// session, a call to make, a permission to help) has People; then it is theirs
// alone, whatever shop it is about.
type Whose struct {
	Shop    int64
	People  []int64
	Regency string // of the shop, when the lookup knew it
}

// Lookup answers whose a thing is; a thing that does not exist is not found. It
// is asked by id, before the handler, and decides nothing.
type Lookup func(ctx context.Context, id int64) (Whose, error)

// OfShop is the lookup of a kind of thing that belongs to a shop.
func OfShop(of func(ctx context.Context, id int64) (shopID int64, err error)) Lookup {
	return func(ctx context.Context, id int64) (Whose, error) {
		shop, err := of(ctx, id)
		return Whose{Shop: shop}, err
	}
}

// OfPerson is the lookup of a kind of thing that belongs to one person.
func OfPerson(of func(ctx context.Context, id int64) (userID int64, err error)) Lookup {
	return func(ctx context.Context, id int64) (Whose, error) {
		user, err := of(ctx, id)
		return Whose{People: []int64{user}}, err
	}
}

// OfNobody is the lookup of things that are no shop's and no person's: only who
// may come in for all of them may.
func OfNobody(context.Context, int64) (Whose, error) { return Whose{}, nil }

// Owners answers whose things are. The services that own the things answer;
// main's composition gives the methods.
type Owners struct {
	Things  map[string]Lookup // by the words of the authorization file
	Regency func(ctx context.Context, shopID int64) (string, error)
	Agency  func(ctx context.Context, shopID int64) (int64, error) // 0: no agency's
}

// is reports whether a is of the kind; nobody is a program.
func is(a account.Actor, k Kind) bool {
	switch k {
	case KindVisitor:
		return !a.SignedIn()
	case KindPerson:
		return a.SignedIn()
	case KindMaker:
		return slices.ContainsFunc(a.Memberships, func(m account.Membership) bool { return a.KeepsMoney(m.ShopID) })
	case KindMember:
		return slices.ContainsFunc(a.Memberships, func(m account.Membership) bool { return m.Role == account.MemberMember })
	case KindCompanion:
		return a.Has(account.RoleCompanion) || len(a.Assisting) > 0
	case KindCurator:
		return a.Has(account.RoleCurator)
	case KindOfficer:
		return a.Has(account.RoleOfficer)
	case KindHead:
		return a.Has(account.RoleHead)
	case KindFinance:
		return a.Has(account.RoleFinance)
	case KindAdmin:
		return a.Has(account.RoleAdmin)
	}
	return false
}

// any reports whether there can be a thing of the scope for a person of the
// kind: whoever helps nobody has no shop assigned.
func (s Scope) any(a account.Actor, k Kind) bool {
	switch s {
	case Never, Decided:
		return false
	case Assigned:
		return len(a.Assisting) > 0
	case Told:
		return k != KindCompanion || len(a.Assisting) > 0
	}
	return true
}

// Allow answers whether a may come to the address at all, whatever thing it
// names.
func (r Rule) Allow(a account.Actor) error {
	if r.Open() {
		return nil
	}
	if !a.SignedIn() {
		return fault.Unauthenticated()
	}
	return r.judge(a, func(k Kind, s Scope) (bool, error) { return s.any(a, k), nil })
}

// judge asks each of a's kinds, in the file's order: the first that lets a in
// counts, else the first that tells why not.
func (r Rule) judge(a account.Actor, within func(Kind, Scope) (bool, error)) error {
	told := false
	for _, k := range Kinds() {
		s := r.Scopes[k]
		if s == Never || s == Decided || !is(a, k) {
			continue
		}
		in, err := within(k, s)
		switch {
		case err != nil:
			return err
		case in && s != Told:
			return nil
		case in:
			told = true
		}
	}
	if told {
		return fault.Forbidden(r.Why)
	}
	return fault.NotFound("not for this person")
}

// admit decides whether the request may go to its handler: whether this kind of
// person may come here, and for the things that the address names. The services
// behind decide once more by themselves.
func (s *Site) admit(c *Ctx) error {
	rule := c.Route.Rule
	err := rule.Allow(c.Actor)
	if rule.Open() || len(rule.About) == 0 || err != nil && !fault.Is(err, fault.KindForbidden) {
		return err
	}
	// Whoever is told is told about things that they have to do with.
	things := make([]*thing, len(rule.About))
	for i, name := range ids(c.Route.Path) {
		id, err := c.ID(name)
		if err != nil {
			return err
		}
		things[i] = &thing{owners: s.owners, kind: rule.About[i], id: id}
	}
	if err := together(c.Context(), things); err != nil {
		return err
	}
	return rule.judge(c.Actor, func(k Kind, scope Scope) (bool, error) {
		for _, t := range things {
			in, err := t.within(c.Context(), c.Actor, k, scope)
			if err != nil || !in {
				return false, err
			}
		}
		return true, nil
	})
}

// together refuses an address that names things of two shops.
func together(ctx context.Context, things []*thing) error {
	if len(things) == 1 {
		return nil
	}
	var shop int64
	for _, t := range things {
		w, err := t.whose(ctx)
		if err != nil {
			return err
		}
		if shop != 0 && w.Shop != 0 && w.Shop != shop {
			return fault.NotFound("things of two shops")
		}
		if w.Shop != 0 {
			shop = w.Shop
		}
	}
	return nil
}

// thing is what one id of an address names. What is asked about it is asked
// once.
type thing struct {
	owners  Owners
	kind    string
	id      int64
	known   *Whose
	regency *string
	agency  *int64
}

func (t *thing) whose(ctx context.Context) (Whose, error) {
	return once(&t.known, func() (Whose, error) { return t.owners.Things[t.kind](ctx, t.id) })
}

func once[T any](known **T, ask func() (T, error)) (T, error) {
	if *known == nil {
		answer, err := ask()
		if err != nil {
			return answer, err
		}
		*known = &answer
	}
	return **known, nil
}

// within reports whether the thing lies within the scope for a, as a person of
// kind k. To be told, it must be one that a has to do with.
func (t *thing) within(ctx context.Context, a account.Actor, k Kind, s Scope) (bool, error) {
	if s == Told {
		s = map[Kind]Scope{KindMaker: Own, KindMember: Own, KindCompanion: Assigned, KindOfficer: Area, KindHead: Area}[k]
		if s == Decided {
			s = All
		}
	}
	if s == All {
		return true, nil
	}
	w, err := t.whose(ctx)
	if err != nil {
		return false, err
	}
	switch s {
	case Own:
		if w.People != nil {
			return slices.Contains(w.People, a.UserID), nil
		}
		role := a.MemberAs(w.Shop)
		return k == KindMaker && a.KeepsMoney(w.Shop) || k == KindMember && role == account.MemberMember, nil
	case Assigned:
		return a.Assists(w.Shop), nil
	case Area, Agency:
		if w.Shop == 0 {
			return false, nil
		}
		regency, err := once(&t.regency, func() (string, error) {
			if w.Regency != "" {
				return w.Regency, nil
			}
			return t.owners.Regency(ctx, w.Shop)
		})
		if err != nil || !a.Covers(regency) || s == Area {
			return err == nil && s == Area && a.Covers(regency), err
		}
		agency, err := once(&t.agency, func() (int64, error) { return t.owners.Agency(ctx, w.Shop) })
		return agency != 0 && agency == a.AgencyID, err
	}
	return false, errors.New("web: the scope " + strconv.Quote(string(s)) + " has no meaning")
}
