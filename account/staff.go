package account

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/fault"
)

// StaffMember is a person with a role, or with one that waits for approval.
type StaffMember struct {
	User   User
	Roles  []RoleGrant // proposed and working
	Factor bool
	SeenAt time.Time // last use of any session still kept; zero when none is
}

// Staff lists everybody with a role, by name. Admins and System may.
func (s *Service) Staff(ctx context.Context, actor Actor) ([]StaffMember, error) {
	if !actor.Has(RoleAdmin) {
		return nil, fault.Forbidden("fault.forbidden")
	}
	db := s.db.Read(ctx)
	grants, err := roleGrants(db, "WHERE r.state IN ('proposed', 'active') ORDER BY r.id")
	if err != nil {
		return nil, err
	}
	users, err := listUsers(db, `WHERE EXISTS (SELECT 1 FROM role_grants r WHERE r.user_id = u.id AND r.state IN ('proposed', 'active'))
		ORDER BY u.name, u.id`)
	if err != nil {
		return nil, err
	}
	list := make([]StaffMember, len(users))
	at := map[int64]*StaffMember{}
	for i, u := range users {
		list[i].User = u
		at[u.ID] = &list[i]
	}
	for _, g := range grants {
		if m := at[g.UserID]; m != nil {
			m.Roles = append(m.Roles, g)
		}
	}
	var enrolled []int64
	if err := db.Raw("SELECT user_id FROM factors WHERE ended_at IS NULL").Scan(&enrolled).Error; err != nil {
		return nil, fmt.Errorf("account: staff factors: %w", err)
	}
	for _, id := range enrolled {
		if m := at[id]; m != nil {
			m.Factor = true
		}
	}
	var seen []struct {
		UserID int64
		SeenAt time.Time
	}
	err = db.Raw(`SELECT s.user_id, s.seen_at FROM sessions s WHERE s.user_id IN (SELECT user_id FROM role_grants WHERE state = 'active')`).Scan(&seen).Error
	if err != nil {
		return nil, fmt.Errorf("account: staff sessions: %w", err)
	}
	for _, row := range seen {
		if m := at[row.UserID]; m != nil && row.SeenAt.After(m.SeenAt) {
			m.SeenAt = row.SeenAt.UTC()
		}
	}
	return list, nil
}
