package account

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Now is the database's time, for server's sessions.
func (s *Service) Now(ctx context.Context) (time.Time, error) { return clock.Now(ctx, s.db.Read(ctx)) }

// Actor loads who the person is now: roles, memberships, active grants, kin and
// territory. server calls it for every signed-in request, so that what ended
// has ended with the next request. A missing or closed person is
// unauthenticated. server narrows it to what the session proved
// (Actor.WithProof).
func (s *Service) Actor(ctx context.Context, userID int64) (Actor, error) {
	db := s.db.Read(ctx)
	row, err := userByID(db, userID)
	if fault.Is(err, fault.KindNotFound) || err == nil && row.State == UserClosed {
		return Actor{}, fault.Unauthenticated()
	}
	if err != nil {
		return Actor{}, err
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return Actor{}, err
	}
	a := Actor{UserID: row.ID, Name: row.Name, Proof: Proof{Now: now}}

	var roles []struct {
		Role      Role
		AgencyID  int64
		Territory string
	}
	err = db.Raw(`SELECT role, agency_id, territory FROM role_grants
		WHERE user_id = ? AND state = 'active' ORDER BY id`, userID).Scan(&roles).Error
	if err != nil {
		return Actor{}, fmt.Errorf("account: roles: %w", err)
	}
	for _, r := range roles {
		if !slices.Contains(a.Roles, r.Role) {
			a.Roles = append(a.Roles, r.Role)
		}
		if a.AgencyID == 0 {
			a.AgencyID = r.AgencyID
		}
		var codes []string
		if err := json.Unmarshal([]byte(r.Territory), &codes); err != nil {
			return Actor{}, fmt.Errorf("account: territory of user %d: %w", userID, err)
		}
		for _, c := range codes {
			if !slices.Contains(a.Territory, c) {
				a.Territory = append(a.Territory, c)
			}
		}
	}

	err = db.Raw(`SELECT shop_id, role, duty, watches FROM memberships WHERE user_id = ? AND ended_at IS NULL
		ORDER BY shop_id`, userID).Scan(&a.Memberships).Error
	if err != nil {
		return Actor{}, fmt.Errorf("account: memberships: %w", err)
	}

	// A grant works only while the maker still agrees to be helped and the
	// helper still has the job.
	if a.HasAny(RoleCompanion, RoleOfficer) {
		err = db.Raw(`SELECT g.id AS grant_id, g.shop_id, g.maker_id, u.name AS maker_name, g.purpose, g.expires_at FROM grants g
			JOIN users u ON u.id = g.maker_id JOIN consents c ON c.user_id = g.maker_id AND c.kind = 'be_helped'
				AND c.ended_at IS NULL AND c.expires_at > ?
			WHERE g.companion_id = ? AND g.ended_at IS NULL AND g.starts_at <= ? AND g.expires_at > ?
			ORDER BY g.shop_id`, now, userID, now, now).Scan(&a.Assisting).Error
		if err != nil {
			return Actor{}, fmt.Errorf("account: grants: %w", err)
		}
		for i := range a.Assisting {
			a.Assisting[i].ExpiresAt = a.Assisting[i].ExpiresAt.In(time.UTC)
		}
	}

	// Kin matters to those who decide about shops; two lookups by index.
	err = db.Raw(`SELECT DISTINCT m.shop_id FROM memberships m WHERE m.ended_at IS NULL AND m.user_id IN (
			SELECT relative_id FROM kin WHERE user_id = ? UNION SELECT user_id FROM kin WHERE relative_id = ?)
		ORDER BY m.shop_id`, userID, userID).Scan(&a.KinShops).Error
	if err != nil {
		return Actor{}, fmt.Errorf("account: kin: %w", err)
	}
	return a, nil
}
