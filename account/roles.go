package account

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// GrantState is where a role stands.
type GrantState string

// The states of a role: proposed by one, active or refused by another.
const (
	GrantProposed GrantState = "proposed"
	GrantActive   GrantState = "active"
	GrantRefused  GrantState = "refused"
	GrantEnded    GrantState = "ended"
)

// RoleGrant is one role of one person.
type RoleGrant struct {
	ID         int64
	UserID     int64
	UserName   string
	Role       Role
	AgencyID   int64
	Territory  []string
	State      GrantState
	ProposedBy int64
	CreatedAt  time.Time
}

// AssignRole proposes a role for a person; a second pair of eyes makes it work
// (design §3.9), so the grant comes back proposed. Only System (the command
// line, the demo) assigns at once. Admins propose any role, heads the working
// roles inside their own agency and territory; nobody proposes for themself.
// A territory is a list of province, regency or district codes. A role that the
// person has already, or that waits, is a conflict.
func (s *Service) AssignRole(ctx context.Context, actor Actor, userID int64, role Role, agencyID int64, territory []string) (RoleGrant, error) {
	if !slices.Contains(Roles(), role) {
		return RoleGrant{}, fault.Invalid("account.role.unknown")
	}
	for _, code := range territory {
		if !knownTerritory(code) {
			return RoleGrant{}, fault.Invalid("account.role.territory", "code", code)
		}
	}
	g := RoleGrant{UserID: userID, Role: role, AgencyID: agencyID, Territory: append([]string{}, territory...), State: GrantProposed, ProposedBy: actor.UserID}
	if err := mayDecideRole(actor, g); err != nil {
		return RoleGrant{}, err
	}
	if actor.IsSystem() {
		g.State = GrantActive
	}
	codes, err := json.Marshal(g.Territory)
	if err != nil {
		return RoleGrant{}, fmt.Errorf("account: territory: %w", err)
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		user, err := lockUserTx(tx, userID)
		if err != nil {
			return err
		}
		g.UserName = user.Name
		if g.CreatedAt, err = clock.Now(ctx, tx); err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw(`INSERT INTO role_grants (user_id, role, agency_id, territory, state, proposed_by, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			userID, string(role), agencyID, string(codes), string(g.State), actor.UserID, g.CreatedAt).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("account: assign role: %w", err)
		}
		if len(ids) == 0 {
			return fault.Conflict("account.role.already")
		}
		g.ID = ids[0]
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: userID, Verb: "propose_role", Object: "role", ObjectID: g.ID, Note: string(role)})
	})
	return g, err
}

func knownTerritory(code string) bool {
	if _, ok := region.ProvinceByCode(code); ok {
		return true
	}
	if _, ok := region.RegencyByCode(code); ok {
		return true
	}
	_, ok := region.DistrictByCode(code)
	return ok
}

// mayDecideRole holds who may propose, approve, refuse or end a role.
func mayDecideRole(actor Actor, g RoleGrant) error {
	switch {
	case actor.IsSystem():
		return nil
	case actor.UserID == g.UserID:
		return fault.Forbidden("account.role.own")
	case actor.Has(RoleAdmin):
		return nil
	case !actor.Has(RoleHead):
		return fault.Forbidden("fault.forbidden")
	case g.Role == RoleAdmin || g.Role == RoleHead || g.Role == RoleFinance:
		return fault.Forbidden("account.role.admin_only")
	case g.AgencyID != actor.AgencyID:
		return fault.Forbidden("account.role.agency")
	}
	for _, code := range g.Territory {
		if !actor.Covers(code) {
			return fault.Forbidden("account.role.agency")
		}
	}
	return nil
}

// ApproveRole makes a proposed role work. Neither the proposer nor the person
// may; otherwise whoever may propose it.
func (s *Service) ApproveRole(ctx context.Context, actor Actor, grantID int64) error {
	return s.decideRole(ctx, actor, grantID, GrantProposed, GrantActive, "approve_role")
}

// RefuseRole turns a proposed role down; the same people may.
func (s *Service) RefuseRole(ctx context.Context, actor Actor, grantID int64) error {
	return s.decideRole(ctx, actor, grantID, GrantProposed, GrantRefused, "refuse_role")
}

// EndRole takes a working role away, from the next request on. One pair of eyes
// is enough to take power away.
func (s *Service) EndRole(ctx context.Context, actor Actor, grantID int64) error {
	return s.decideRole(ctx, actor, grantID, GrantActive, GrantEnded, "end_role")
}

func (s *Service) decideRole(ctx context.Context, actor Actor, grantID int64, from, to GrantState, verb string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		grants, err := roleGrants(tx, "WHERE r.id = ?", grantID)
		if err != nil {
			return err
		}
		if len(grants) == 0 || !actor.HasAny(RoleAdmin, RoleHead) {
			return fault.NotFound("role grant")
		}
		g := grants[0]
		if err := mayDecideRole(actor, g); err != nil {
			return err
		}
		if from == GrantProposed && actor.UserID == g.ProposedBy {
			return fault.Forbidden("account.role.four_eyes")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		set := "decided_by = ?, decided_at = ?"
		if from == GrantActive {
			set = "ended_by = ?, ended_at = ?"
		}
		done := tx.Exec("UPDATE role_grants SET state = ?, "+set+" WHERE id = ? AND state = ?",
			string(to), actor.UserID, now, grantID, string(from))
		if done.Error != nil {
			return fmt.Errorf("account: %s: %w", verb, done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.Conflict("account.role.decided")
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: g.UserID, Verb: verb, Object: "role", ObjectID: grantID, Note: string(g.Role)})
	})
}

// RoleGrants returns a person's proposed and working roles. The person may see
// them, and admins and heads.
func (s *Service) RoleGrants(ctx context.Context, actor Actor, userID int64) ([]RoleGrant, error) {
	if actor.UserID != userID && !actor.HasAny(RoleAdmin, RoleHead) {
		return nil, fault.NotFound("role grants")
	}
	return roleGrants(s.db.Read(ctx), "WHERE r.user_id = ? AND r.state IN ('proposed', 'active') ORDER BY r.id", userID)
}

// ProposedRoles returns what waits for a second pair of eyes and that the actor
// may decide on, oldest first.
func (s *Service) ProposedRoles(ctx context.Context, actor Actor) ([]RoleGrant, error) {
	if !actor.HasAny(RoleAdmin, RoleHead) {
		return nil, fault.Forbidden("fault.forbidden")
	}
	all, err := roleGrants(s.db.Read(ctx), "WHERE r.state = 'proposed' ORDER BY r.id")
	if err != nil {
		return nil, err
	}
	mine := all[:0]
	for _, g := range all {
		if g.ProposedBy != actor.UserID && mayDecideRole(actor, g) == nil {
			mine = append(mine, g)
		}
	}
	return mine, nil
}

func roleGrants(db *gorm.DB, where string, args ...any) ([]RoleGrant, error) {
	var rows []struct {
		ID         int64
		UserID     int64
		UserName   string
		Role       Role
		AgencyID   int64
		Territory  string
		State      GrantState
		ProposedBy int64
		CreatedAt  time.Time
	}
	err := db.Raw(`SELECT r.id, r.user_id, u.name AS user_name, r.role, r.agency_id, r.territory, r.state,
		r.proposed_by, r.created_at FROM role_grants r JOIN users u ON u.id = r.user_id `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("account: roles: %w", err)
	}
	grants := make([]RoleGrant, len(rows))
	for i, r := range rows {
		grants[i] = RoleGrant{ID: r.ID, UserID: r.UserID, UserName: r.UserName, Role: r.Role, AgencyID: r.AgencyID,
			State: r.State, ProposedBy: r.ProposedBy, CreatedAt: r.CreatedAt.UTC()}
		if err := json.Unmarshal([]byte(r.Territory), &grants[i].Territory); err != nil {
			return nil, fmt.Errorf("account: territory of role %d: %w", r.ID, err)
		}
	}
	return grants, nil
}

// mayKeepPerson reports whether actor keeps the records of that person: an
// officer or admin of their territory. Another territory's person is not found.
func mayKeepPerson(actor Actor, u userRow) error {
	if !actor.HasAny(RoleOfficer, RoleAdmin) {
		return fault.Forbidden("fault.forbidden")
	}
	if !actor.Covers(u.DistrictCode) {
		return fault.NotFound("user outside the territory")
	}
	return nil
}

// AddMembershipTx makes a person run a shop. Officers and admins may, within
// their territory, and System. A person who runs it already is a conflict.
func (s *Service) AddMembershipTx(ctx context.Context, tx *gorm.DB, actor Actor, userID, shopID int64, role MemberRole) error {
	if !slices.Contains([]MemberRole{MemberOwner, MemberMember, MemberOfficer}, role) || shopID <= 0 {
		return fmt.Errorf("account: membership of shop %d as %q", shopID, role)
	}
	u, err := lockUserTx(tx, userID)
	if err != nil {
		return err
	}
	if err := mayKeepPerson(actor, u); err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	done := tx.Exec(`INSERT INTO memberships (user_id, shop_id, role, created_by, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, userID, shopID, string(role), actor.UserID, now)
	if done.Error != nil {
		return fmt.Errorf("account: add membership: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Conflict("account.membership.already")
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: userID, Verb: "join", Object: "shop", ObjectID: shopID, Note: string(role)})
}

// EndMembershipTx ends a membership, and the grants the person signed for that
// shop, from the next request on. The person may leave; officers and admins of
// their territory may end it, and of a member who leads the shop.
func (s *Service) EndMembershipTx(ctx context.Context, tx *gorm.DB, actor Actor, userID, shopID int64) error {
	u, err := lockUserTx(tx, userID)
	if err != nil {
		return err
	}
	if actor.UserID != userID && !actor.Leads(shopID) {
		if err := mayKeepPerson(actor, u); err != nil {
			return err
		}
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	done := tx.Exec("UPDATE memberships SET ended_at = ?, ended_by = ? WHERE user_id = ? AND shop_id = ? AND ended_at IS NULL",
		now, actor.UserID, userID, shopID)
	if done.Error != nil {
		return fmt.Errorf("account: end membership: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.NotFound("membership")
	}
	err = tx.Exec("UPDATE grants SET ended_at = ?, ended_by = ? WHERE maker_id = ? AND shop_id = ? AND ended_at IS NULL",
		now, actor.UserID, userID, shopID).Error
	if err != nil {
		return fmt.Errorf("account: end membership: %w", err)
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject(actor, userID), Verb: "leave", Object: "shop", ObjectID: shopID})
}

// ShopMembers returns the people who run the shop, owners first. It checks no
// permission: phone numbers in it are for messages to them, not for pages.
func (s *Service) ShopMembers(ctx context.Context, shopID int64) ([]User, error) {
	return shopMembers(s.db.Read(ctx), shopID)
}

// MembersTx is ShopMembers inside the caller's transaction.
func (s *Service) MembersTx(_ context.Context, tx *gorm.DB, shopID int64) ([]User, error) {
	return shopMembers(tx, shopID)
}

func shopMembers(db *gorm.DB, shopID int64) ([]User, error) {
	return listUsers(db, `JOIN memberships m ON m.user_id = u.id AND m.ended_at IS NULL WHERE m.shop_id = ?
		ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'officer' THEN 1 ELSE 2 END, u.id`, shopID)
}

// DeclareKinTx says that two people are relatives, so that neither decides
// about the other's shop. Anybody may declare their own; officers and admins
// anybody's. Declaring twice changes nothing.
func (s *Service) DeclareKinTx(ctx context.Context, tx *gorm.DB, actor Actor, userID, relativeID int64) error {
	if userID == relativeID {
		return fault.Invalid("account.kin.self")
	}
	if actor.UserID != userID && !actor.HasAny(RoleOfficer, RoleAdmin, RoleHead) {
		return fault.Forbidden("fault.forbidden")
	}
	for _, u := range []int64{userID, relativeID} {
		if _, err := userByID(tx, u); err != nil {
			return err
		}
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	done := tx.Exec("INSERT INTO kin (user_id, relative_id, declared_by, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		min(userID, relativeID), max(userID, relativeID), actor.UserID, now)
	if done.Error != nil {
		return fmt.Errorf("account: kin: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return nil
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject(actor, userID), Verb: "declare_kin", Object: "user", ObjectID: relativeID})
}

// subject is the trail's subject: 0 when somebody acts for themself.
func subject(actor Actor, userID int64) int64 {
	if actor.UserID == userID {
		return 0
	}
	return userID
}

// clean makes one line of typed text, at most limit characters.
func clean(s string, limit int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}
