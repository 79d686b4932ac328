// Package account owns people: who they are, how they sign in, which roles and
// memberships they have, what they allowed (consents) and whom they let help
// them (grants). It decides nothing about shops or products; it answers "who is
// this and what may they do", and every other package decides from the Actor it
// loads.
//
// Tables: users, sign_in_codes, sessions, role_grants, memberships, consents,
// grants, kin. It may import internal packages only.
package account

import (
	"slices"
	"strings"
	"time"
)

// Role is a job somebody has in the programme. A maker has no role but a
// membership of a shop; a buyer needs no account at all.
type Role string

// The roles, each with its own part of the site.
const (
	RoleCurator   Role = "curator"   // reviews submissions
	RoleOfficer   Role = "officer"   // agency staff: invites, verifies, opens shops, issues codes
	RoleCompanion Role = "companion" // acts for makers under a grant
	RoleFinance   Role = "finance"   // approves payouts and refunds
	RoleAdmin     Role = "admin"     // settings, people
	RoleHead      Role = "head"      // head of an agency or UPT: second pair of eyes
)

// Roles lists every role there is.
func Roles() []Role {
	return []Role{RoleCurator, RoleOfficer, RoleCompanion, RoleFinance, RoleAdmin, RoleHead}
}

// MemberRole is what somebody is in one shop.
type MemberRole string

// The member roles. An officer runs the shop of an institution whose workers do
// not sign in (a prison workshop, a training centre).
const (
	MemberOwner   MemberRole = "owner"
	MemberMember  MemberRole = "member"
	MemberOfficer MemberRole = "officer"
)

// Duty is what a member of a group keeps for it; the chair is its owner.
type Duty string

// The duties. A treasurer keeps the group's money as its chair does, but for the
// bank account; a secretary keeps its books of work.
const (
	NoDuty    Duty = ""
	Secretary Duty = "secretary"
	Treasurer Duty = "treasurer"
)

// Membership says that a person runs a shop.
type Membership struct {
	ShopID  int64
	Role    MemberRole
	Duty    Duty // of a member
	Watches bool // a member who sees the own part only, not the daily work
}

// Assistance is an active grant seen from the helper: until ExpiresAt they may
// do the daily work of the shop for MakerID, never money, bank account or
// consent.
type Assistance struct {
	GrantID   int64
	ShopID    int64
	MakerID   int64
	MakerName string
	Purpose   string // "" for the shop's daily work
	ExpiresAt time.Time
}

// Actor is who asks, loaded fresh from the database for every request, so that
// an ended role, membership or grant ends with the next request. The zero Actor
// is a visitor. Services decide from it; handlers only pass it on.
type Actor struct {
	UserID      int64
	Name        string
	Roles       []Role
	Memberships []Membership
	Assisting   []Assistance
	KinShops    []int64 // shops run by declared relatives
	AgencyID    int64
	Territory   []string // province, regency or district codes ("35", "35.19")
	Session     string   // hash of the session the request came with; set by server
	Proof       Proof    // how that session was opened; set by server
	FactorDue   bool     // has roles that do not count yet: this session has not passed the second factor

	system bool
}

// Proof is how and when the session behind a request was opened, and the time of
// the request, all by the database's clock.
type Proof struct {
	Now    time.Time // when the actor was loaded
	Since  time.Time // the sign-in
	Login  time.Time // the last password or one-time code
	ByCode time.Time // the last one-time code; zero when there was none
	Factor time.Time // the last second factor; zero when this session never passed one
}

// How long a proof counts for what needs a fresh one (Actor.Fresh).
const (
	freshFactor = 10 * time.Minute
	freshLogin  = 30 * time.Minute
)

// WithProof is a in a session. Roles, what comes with them, and help under grants
// count only in a session that passed the second factor (design §3.9): whoever
// gets a first role while signed in stays what they were until then.
func (a Actor) WithProof(p Proof) Actor {
	p.Now = a.Proof.Now
	a.Proof = p
	if len(a.Roles) > 0 && p.Factor.IsZero() {
		a.Roles, a.Assisting, a.AgencyID, a.Territory, a.FactorDue = nil, nil, 0, nil, true
	}
	return a
}

// Fresh reports whether the person proved themself lately enough to move money,
// reveal private facts or give power: the second factor in the last 10 minutes
// for staff, password or code in the last 30 for others. Whoever still has to
// pass the factor is never fresh.
func (a Actor) Fresh() bool {
	switch {
	case a.system:
		return true
	case a.FactorDue:
		return false
	case len(a.Roles) > 0:
		return a.Proof.Now.Sub(a.Proof.Factor) <= freshFactor
	}
	return a.Proof.Now.Sub(a.Proof.Login) <= freshLogin
}

// System is the actor of jobs, timers and the command line. It may do what no
// person needs to decide; the trail shows it as user 0.
var System = Actor{Name: "Sistem", system: true}

// IsSystem reports whether a is System and not a person or visitor.
func (a Actor) IsSystem() bool { return a.system }

// SignedIn reports whether a is a person known to us.
func (a Actor) SignedIn() bool { return a.UserID > 0 }

// Has reports whether a has the role. System has every role.
func (a Actor) Has(r Role) bool { return a.system || slices.Contains(a.Roles, r) }

// HasAny reports whether a has at least one of the roles.
func (a Actor) HasAny(roles ...Role) bool { return slices.ContainsFunc(roles, a.Has) }

// Runs reports whether a is a member of the shop.
func (a Actor) Runs(shopID int64) bool {
	return slices.ContainsFunc(a.Memberships, func(m Membership) bool { return m.ShopID == shopID })
}

// MemberAs returns a's role in the shop, or "".
func (a Actor) MemberAs(shopID int64) MemberRole {
	for _, m := range a.Memberships {
		if m.ShopID == shopID {
			return m.Role
		}
	}
	return ""
}

// KeepsMoney reports whether a may divide a shop's money and ask for it: its owner,
// the officer who runs an institution's, a group's treasurer. Never a companion.
func (a Actor) KeepsMoney(shopID int64) bool {
	return a.SignedIn() && slices.ContainsFunc(a.Memberships, func(m Membership) bool {
		return m.ShopID == shopID && (m.Role != MemberMember || m.Duty == Treasurer)
	})
}

// Leads reports whether a decides who belongs to a shop and which bank account is
// its: the owner (a group's chair) or the officer who runs an institution's.
func (a Actor) Leads(shopID int64) bool {
	role := a.MemberAs(shopID)
	return a.SignedIn() && (role == MemberOwner || role == MemberOfficer)
}

// KeepsBooks reports whether a writes down who worked how much: whoever keeps the
// money, and a group's secretary.
func (a Actor) KeepsBooks(shopID int64) bool {
	return a.KeepsMoney(shopID) || slices.ContainsFunc(a.Memberships, func(m Membership) bool { return m.ShopID == shopID && m.Duty == Secretary })
}

// Assists reports whether a holds an active grant for the shop.
func (a Actor) Assists(shopID int64) bool {
	return slices.ContainsFunc(a.Assisting, func(g Assistance) bool { return g.ShopID == shopID })
}

// Manages reports whether a may do the daily work of the shop: list products,
// set prices and stock, move orders. Money, bank account and consent need Runs. A
// member whom the group did not let do so only watches.
func (a Actor) Manages(shopID int64) bool {
	return a.system || a.Assists(shopID) || slices.ContainsFunc(a.Memberships, func(m Membership) bool { return m.ShopID == shopID && !m.Watches })
}

// Covers reports whether the regency (or district) lies in a's territory. An
// admin and System cover everything; an empty territory covers nothing.
func (a Actor) Covers(regencyCode string) bool {
	if a.system || a.Has(RoleAdmin) {
		return true
	}
	if regencyCode == "" {
		return false
	}
	return slices.ContainsFunc(a.Territory, func(t string) bool {
		return t == regencyCode || strings.HasPrefix(regencyCode, t+".")
	})
}

// Conflicted reports whether a must not decide about the shop: it is their own,
// a relative's, or one they help (design §3.9).
func (a Actor) Conflicted(shopID int64) bool {
	return a.Runs(shopID) || a.Assists(shopID) || slices.Contains(a.KinShops, shopID)
}

// SubjectFor returns the maker a acts for when working in the shop: 0 when a
// runs the shop, for the trail's subject.
func (a Actor) SubjectFor(shopID int64) int64 {
	if a.Runs(shopID) {
		return 0
	}
	for _, g := range a.Assisting {
		if g.ShopID == shopID {
			return g.MakerID
		}
	}
	return 0
}
