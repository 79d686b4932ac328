package share

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// mostMembers bounds a group: a KUBE has 5 to 20 households (domain.md B15).
const mostMembers = 100

// Standing says how a member of a group stands.
type Standing string

const (
	Joined  Standing = "joined"  // has an account in the group
	Asked   Standing = "asked"   // was asked, has not answered
	Refuses Standing = "refuses" // does not want to join
	NoPhone Standing = "nophone" // a name; others write for them
	Gone    Standing = "gone"    // left the group
)

// Fellow is one member of a group as its page shows them.
type Fellow struct {
	Party    Party // the zero Party for somebody who is in the group and has no part yet
	Name     string
	Role     account.MemberRole // "" without an account
	Duty     account.Duty
	Watches  bool
	Standing Standing
}

// maySee is who sees the roster of a group: everybody in it, and the agency's
// officers of its territory.
func (s *Service) maySee(actor account.Actor, shop catalog.Shop) error {
	if actor.SignedIn() && (actor.Runs(shop.ID) || actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) && actor.Covers(shop.RegencyCode)) {
		return nil
	}
	return mustRun(actor, shop.ID)
}

// mustLead is who changes it: who leads the group, and officers of its territory.
func mustLead(actor account.Actor, shop catalog.Shop) error {
	switch {
	case actor.Leads(shop.ID), actor.SignedIn() && actor.Has(account.RoleOfficer) && actor.Covers(shop.RegencyCode):
		return nil
	case actor.Runs(shop.ID):
		return fault.Forbidden("account.member.lead_only")
	case actor.Assists(shop.ID):
		return fault.Forbidden("finance.money.own_only")
	}
	return fault.NotFound(fmt.Sprintf("members of shop %d", shop.ID))
}

// Roster lists the members of a group, those who left last, without amounts
// (Party.Due is 0). Everybody of the group, and officers and heads of its territory.
func (s *Service) Roster(ctx context.Context, actor account.Actor, shopID int64) ([]Fellow, error) {
	db := s.db.Read(ctx)
	shop, err := s.shops.ShopTx(ctx, db, shopID)
	if err != nil {
		return nil, err
	}
	if err := s.maySee(actor, shop); err != nil {
		return nil, err
	}
	people, err := s.people.FellowsTx(ctx, db, shopID)
	if err != nil {
		return nil, err
	}
	var rows []partyRow
	err = db.Where("shop_id = ? AND kind = ?", shopID, string(Member)).Order("CASE WHEN closed_at IS NULL AND left_at IS NULL THEN 0 ELSE 1 END, id").Limit(500).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("share: members of shop %d: %w", shopID, err)
	}
	var asked []inviteRow
	if err := db.Where("shop_id = ?", shopID).Order("id").Find(&asked).Error; err != nil {
		return nil, fmt.Errorf("share: invitations of shop %d: %w", shopID, err)
	}
	var list []Fellow
	known := map[int64]bool{}
	for _, r := range rows {
		p := r.party()
		f := Fellow{Party: p, Name: p.Label, Standing: NoPhone}
		for _, i := range asked {
			if i.PartyID != p.ID {
				continue
			}
			f.Duty, f.Watches = account.Duty(i.Duty), i.Watches
			if f.Standing = Asked; i.DecidedAt != nil && !i.Accepted {
				f.Standing = Refuses
			}
		}
		for _, one := range people {
			if p.UserID > 0 && one.User.ID == p.UserID {
				f.Role, f.Duty, f.Watches, f.Standing = one.Role, one.Duty, one.Watches, Joined
				known[one.User.ID] = true
			}
		}
		if !p.Open() {
			f.Standing, f.Duty = Gone, account.NoDuty
		}
		list = append(list, f)
	}
	for i := len(people) - 1; i >= 0; i-- { // in the group, and without a part: first, so that somebody mends it
		if one := people[i]; !known[one.User.ID] {
			list = append([]Fellow{{Party: Party{UserID: one.User.ID}, Name: one.User.Name, Role: one.Role, Duty: one.Duty, Watches: one.Watches, Standing: Joined}}, list...)
		}
	}
	return list, nil
}

type inviteRow struct {
	ID        int64
	ShopID    int64
	PartyID   int64
	UserID    int64
	Duty      string
	Watches   bool
	InvitedBy int64
	CreatedAt time.Time
	DecidedAt *time.Time
	Accepted  bool
}

func (inviteRow) TableName() string { return "share_invites" }

// NewMember is somebody a group takes in.
type NewMember struct {
	Name    string
	Phone   string // as typed; "" for a member without one
	Duty    account.Duty
	Watches bool // sees the own part only
}

// AddMember takes somebody into a group. Their part begins at once. With a phone
// number they are asked and see the group once they said yes (Answer); without one
// the group's people and its companion write for them. Who leads the group, and
// officers of its territory. Errors: NotFound or Forbidden by who asks; Invalid with
// the fields label, phone and tugas.
func (s *Service) AddMember(ctx context.Context, actor account.Actor, shopID int64, n NewMember) (Party, error) {
	var result Party
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		shop, err := s.shops.ShopTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		if err := mustLead(actor, shop); err != nil {
			return err
		}
		if shop.Kind != catalog.Group {
			return fault.Invalid("shares.party.faulty").With("label", "shares.party.wrong_kind")
		}
		var open int64
		if err := tx.WithContext(ctx).Raw("SELECT COUNT(*) FROM share_parties WHERE shop_id = ? AND closed_at IS NULL AND left_at IS NULL", shopID).Scan(&open).Error; err != nil {
			return fmt.Errorf("share: members of shop %d: %w", shopID, err)
		}
		if open >= mostMembers {
			return fault.Invalid("shares.party.faulty").With("label", "shares.party.too_many", "max", mostMembers)
		}
		if n.Phone == "" && n.Duty != account.NoDuty {
			return fault.Invalid("shares.party.faulty").With("phone", "shares.member.duty_needs_phone")
		}
		if result, err = s.addTx(ctx, tx, actor, shopID, NewParty{Kind: Member, Label: n.Name}); err != nil || n.Phone == "" {
			return err
		}
		return s.askTx(ctx, tx, actor, shop, result, n)
	})
	return result, err
}

// askTx asks a member whose number is known to join; whoever is in the group already
// just gets their part.
func (s *Service) askTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shop catalog.Shop, p Party, n NewMember) error {
	user, err := s.people.AskToJoinTx(ctx, tx, actor, shop.ID, account.NewUser{Name: n.Name, Phone: n.Phone, DistrictCode: shop.DistrictCode})
	if err != nil {
		return err
	}
	var theirs int64
	if err := tx.WithContext(ctx).Raw(`SELECT (SELECT COUNT(*) FROM share_parties WHERE shop_id = ? AND user_id = ?) +
		(SELECT COUNT(*) FROM share_invites WHERE shop_id = ? AND user_id = ? AND decided_at IS NULL)`, shop.ID, user, shop.ID, user).Scan(&theirs).Error; err != nil {
		return fmt.Errorf("share: invite: %w", err)
	}
	if theirs > 0 {
		return fault.Invalid("shares.party.faulty").With("phone", "shares.member.known")
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	r := inviteRow{ShopID: shop.ID, PartyID: p.ID, UserID: user, Duty: string(n.Duty), Watches: n.Watches, InvitedBy: actor.UserID, CreatedAt: now}
	if err := tx.WithContext(ctx).Create(&r).Error; err != nil {
		return fmt.Errorf("share: invite: %w", err)
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: user, Verb: "invite", Object: "share_party", ObjectID: p.ID})
}

// Invite asks somebody to join a group.
type Invite struct {
	ID     int64
	ShopID int64
	Duty   account.Duty
	At     time.Time
}

// Invites are the groups that asked the actor and wait for an answer, oldest first.
func (s *Service) Invites(ctx context.Context, actor account.Actor) ([]Invite, error) {
	if !actor.SignedIn() {
		return nil, nil
	}
	var rows []inviteRow
	if err := s.db.Read(ctx).Where("user_id = ? AND decided_at IS NULL", actor.UserID).Order("id").Limit(20).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("share: invitations: %w", err)
	}
	list := make([]Invite, len(rows))
	for i, r := range rows {
		list[i] = Invite{ID: r.ID, ShopID: r.ShopID, Duty: account.Duty(r.Duty), At: r.CreatedAt.UTC()}
	}
	return list, nil
}

// Answer is the person's yes or no to a group that asked. Another's invitation is not
// found; one answered already is a conflict.
func (s *Service) Answer(ctx context.Context, actor account.Actor, inviteID int64, yes bool) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var rows []inviteRow
		if err := tx.WithContext(ctx).Where("id = ? AND user_id = ?", inviteID, actor.UserID).Find(&rows).Error; err != nil {
			return fmt.Errorf("share: invitation %d: %w", inviteID, err)
		}
		if !actor.SignedIn() || len(rows) == 0 {
			return fault.NotFound("invitation")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec("UPDATE share_invites SET decided_at = ?, accepted = ? WHERE id = ? AND decided_at IS NULL", now, yes, inviteID)
		if done.Error != nil {
			return fmt.Errorf("share: invitation %d: %w", inviteID, done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.Conflict("shares.member.answered")
		}
		r := rows[0]
		if !yes {
			return record(ctx, tx, actor, "refuse", "share_invite", r.ID, "")
		}
		p, err := s.PartyTx(ctx, tx, r.PartyID)
		if err != nil {
			return err
		}
		if !p.Open() { // taken out while they thought about it
			return fault.Conflict("shares.member.answered")
		}
		if !actor.Runs(r.ShopID) {
			if err := s.people.JoinTx(ctx, tx, actor, r.ShopID, account.Duty(r.Duty), r.Watches); err != nil {
				return err
			}
		}
		if err := tx.Exec("UPDATE share_parties SET user_id = ? WHERE id = ? AND user_id = 0", actor.UserID, p.ID).Error; err != nil {
			return fmt.Errorf("share: party %d: %w", p.ID, err)
		}
		return record(ctx, tx, actor, "accept", "share_invite", r.ID, "")
	})
}

// SetDuty says what a member keeps for the group. Who leads it, never about
// themself, and officers of its territory. It counts at once.
func (s *Service) SetDuty(ctx context.Context, actor account.Actor, partyID int64, duty account.Duty, watches bool) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, _, err := s.memberTx(ctx, tx, actor, partyID)
		if err != nil {
			return err
		}
		if p.UserID == 0 {
			return fault.Conflict("shares.member.no_account")
		}
		return s.people.SetDutyTx(ctx, tx, actor, p.UserID, p.ShopID, duty, watches)
	})
}

// memberTx is a member's part, for who may change the roster.
func (s *Service) memberTx(ctx context.Context, tx *gorm.DB, actor account.Actor, partyID int64) (Party, catalog.Shop, error) {
	p, err := s.PartyTx(ctx, tx, partyID)
	if err != nil {
		return p, catalog.Shop{}, err
	}
	shop, err := s.shops.ShopTx(ctx, tx, p.ShopID)
	if err != nil {
		return p, shop, err
	}
	if err := mustLead(actor, shop); err != nil {
		return p, shop, err
	}
	if p.Kind != Member {
		return p, shop, fault.NotFound("member")
	}
	return p, shop, nil
}

// Leave ends a member's part in a group at once: no new division reaches them, and
// their account sees nothing of the group's daily work any more. What was divided so
// far stays theirs until it is paid out; everything the group noted stays with the
// group. The member themself, who leads the group, or an officer of its territory.
// The chair stays until somebody else leads (Conflict), and nobody leaves while a
// division waits that they are part of. A second press changes nothing.
func (s *Service) Leave(ctx context.Context, actor account.Actor, partyID int64) (Party, error) {
	var result Party
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := s.PartyTx(ctx, tx, partyID)
		if err != nil {
			return err
		}
		if own := p.UserID > 0 && p.UserID == actor.UserID; !own || p.Kind != Member {
			if _, _, err := s.memberTx(ctx, tx, actor, partyID); err != nil {
				return err
			}
		}
		if !p.Open() {
			result = p
			return nil
		}
		fellows, err := s.people.FellowsTx(ctx, tx, p.ShopID)
		if err != nil {
			return err
		}
		joined := false
		for _, f := range fellows {
			if p.UserID > 0 && f.User.ID == p.UserID {
				if joined = true; f.Role != account.MemberMember {
					return fault.Conflict("shares.member.chair_stays")
				}
			}
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.Exec("UPDATE share_parties SET left_by = ?, left_at = ? WHERE id = ? AND left_at IS NULL", actor.UserID, now, partyID).Error; err != nil {
			return fmt.Errorf("share: party %d: %w", partyID, err)
		}
		if err := tx.Exec("UPDATE share_invites SET decided_at = ? WHERE party_id = ? AND decided_at IS NULL", now, partyID).Error; err != nil {
			return fmt.Errorf("share: party %d: %w", partyID, err)
		}
		waiting, err := s.waitingForTx(ctx, tx, partyID)
		if err != nil {
			return err
		}
		if waiting {
			return fault.Conflict("shares.division.open")
		}
		if joined {
			if err := s.people.EndMembershipTx(ctx, tx, actor, p.UserID, p.ShopID); err != nil {
				return err
			}
		}
		if err := record(ctx, tx, actor, "leave", "share_party", partyID, ""); err != nil {
			return err
		}
		result, err = s.PartyTx(ctx, tx, partyID)
		return err
	})
	return result, err
}

// waitingForTx reports whether a proposed division would give something to the party.
func (s *Service) waitingForTx(ctx context.Context, tx *gorm.DB, partyID int64) (bool, error) {
	var waiting int64
	err := tx.WithContext(ctx).Raw(`SELECT COUNT(*) FROM share_division_parts p JOIN share_divisions d ON d.id = p.division_id
		WHERE p.party_id = ? AND d.state = ?`, partyID, string(Proposed)).Scan(&waiting).Error
	if err != nil {
		return false, fmt.Errorf("share: party %d: %w", partyID, err)
	}
	return waiting > 0, nil
}
