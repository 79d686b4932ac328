package web

import (
	"slices"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// is reports whether a is of the kind; nobody is a program.
func is(a account.Actor, k Kind) bool {
	switch k {
	case KindVisitor:
		return !a.SignedIn()
	case KindPerson:
		return a.SignedIn()
	case KindMaker:
		return slices.ContainsFunc(a.Memberships, func(m account.Membership) bool { return m.Role != account.MemberMember })
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

// Allow answers whether a may come to the address at all.
func (r Rule) Allow(a account.Actor) error {
	if r.Open() {
		return nil
	}
	if !a.SignedIn() {
		return fault.Unauthenticated()
	}
	told := false
	for _, k := range Kinds() {
		s := r.Scopes[k]
		if !is(a, k) || !s.any(a, k) {
			continue
		}
		if s != Told {
			return nil
		}
		told = true
	}
	if told {
		return fault.Forbidden(r.Why)
	}
	return fault.NotFound("not for this person")
}
