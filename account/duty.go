package account

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Duties lists what a member may be, the plain member first.
func Duties() []Duty { return []Duty{NoDuty, Secretary, Treasurer} }

// Fellow is one person of a shop with what they are in it.
type Fellow struct {
	User    User
	Role    MemberRole
	Duty    Duty
	Watches bool
}

// FellowsTx lists the people of a shop with what they are, owners first. It checks
// no permission; package share decides who sees whom.
func (s *Service) FellowsTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]Fellow, error) {
	users, err := s.MembersTx(ctx, tx, shopID)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		UserID  int64
		Role    MemberRole
		Duty    Duty
		Watches bool
	}
	if err := tx.WithContext(ctx).Raw("SELECT user_id, role, duty, watches FROM memberships WHERE shop_id = ? AND ended_at IS NULL", shopID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("account: people of shop %d: %w", shopID, err)
	}
	fellows := make([]Fellow, len(users))
	for i, u := range users {
		fellows[i].User = u
		for _, r := range rows {
			if r.UserID == u.ID {
				fellows[i].Role, fellows[i].Duty, fellows[i].Watches = r.Role, r.Duty, r.Watches
			}
		}
	}
	return fellows, nil
}

// mayLead refuses everybody but who leads the shop; the agency's officers may too,
// for people of their territory.
func mayLead(actor Actor, shopID int64) error {
	if actor.Leads(shopID) || actor.HasAny(RoleOfficer, RoleAdmin) {
		return nil
	}
	return fault.Forbidden("account.member.lead_only")
}

// AskToJoinTx finds the person with a phone number, or adds them in state invited, so
// that package share can ask whether they want to join a group. Who leads the group
// may, and officers of the territory. The answer does not say whether the number was
// known, and the name of somebody known does not change. Invalid with the fields
// name and phone.
func (s *Service) AskToJoinTx(ctx context.Context, tx *gorm.DB, actor Actor, shopID int64, in NewUser) (int64, error) {
	if err := mayLead(actor, shopID); err != nil {
		return 0, err
	}
	if phone, ok := Phone(in.Phone); ok {
		known, err := userByPhone(tx.WithContext(ctx), phone)
		switch {
		case err == nil && known.State != UserClosed:
			return known.ID, nil
		case err != nil && !fault.Is(err, fault.KindNotFound):
			return 0, err
		}
	}
	u, err := s.addUserTx(ctx, tx.WithContext(ctx), actor, NewUser{Name: in.Name, Phone: in.Phone, DistrictCode: in.DistrictCode}, actor.Leads(shopID))
	return u.ID, err
}

// JoinTx makes the actor a member of a group that asked them to (package share, which
// holds the invitation). A member already is a conflict.
func (s *Service) JoinTx(ctx context.Context, tx *gorm.DB, actor Actor, shopID int64, duty Duty, watches bool) error {
	if !actor.SignedIn() || !slices.Contains(Duties(), duty) {
		return fault.NotFound("invitation")
	}
	if _, err := lockUserTx(tx, actor.UserID); err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	done := tx.Exec(`INSERT INTO memberships (user_id, shop_id, role, duty, watches, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, actor.UserID, shopID, string(MemberMember), string(duty), watches && duty == NoDuty, actor.UserID, now)
	if done.Error != nil {
		return fmt.Errorf("account: join: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Conflict("account.membership.already")
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "join", Object: "shop", ObjectID: shopID, Note: string(duty)})
}

// SetDutyTx says what a member keeps for the group and whether they do its daily
// work. Who leads the group, never about themself; officers of the territory. It
// counts from the person's next request on. Not found when they are no member.
func (s *Service) SetDutyTx(ctx context.Context, tx *gorm.DB, actor Actor, userID, shopID int64, duty Duty, watches bool) error {
	if !slices.Contains(Duties(), duty) {
		return fault.Invalid("account.member.faulty").With("tugas", "account.member.duty")
	}
	if err := mayLead(actor, shopID); err != nil {
		return err
	}
	if actor.UserID == userID {
		return fault.Forbidden("account.role.own")
	}
	u, err := lockUserTx(tx, userID)
	if err != nil {
		return err
	}
	if !actor.Leads(shopID) {
		if err := mayKeepPerson(actor, u); err != nil {
			return err
		}
	}
	done := tx.Exec("UPDATE memberships SET duty = ?, watches = ? WHERE user_id = ? AND shop_id = ? AND role = ? AND ended_at IS NULL",
		string(duty), watches && duty == NoDuty, userID, shopID, string(MemberMember))
	if done.Error != nil {
		return fmt.Errorf("account: duty: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.NotFound("member")
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: userID, Verb: "set_duty", Object: "shop", ObjectID: shopID, Note: string(duty)})
}
