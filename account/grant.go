package account

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Grant lets one named helper do the daily work of one shop for a while.
type Grant struct {
	ID            int64
	ShopID        int64
	MakerID       int64 // who allowed it
	CompanionID   int64
	CompanionName string
	Purpose       string // what for, in the maker's words; "" for the shop's daily work
	Evidence      string
	StartsAt      time.Time
	ExpiresAt     time.Time
	EndedAt       time.Time // zero until revoked
}

// NewGrant is a grant to record.
type NewGrant struct {
	ShopID      int64
	MakerID     int64
	CompanionID int64
	Purpose     string    // what for, one line; "" for the shop's daily work
	Evidence    string    // where the maker agreed; one line, required
	ExpiresAt   time.Time // at most a year from now; zero: a year
}

// GrantTx lets a companion (or officer) help a maker in one shop. The maker
// must be a member of the shop and have an active consent to be helped; the
// helper must hold the role. The maker may grant it, or an officer or admin of
// the maker's territory, but never the helper. An earlier grant of the same
// pair ends, so that a longer time needs evidence anew; maker and helper hear of both
// (Hooks.Helped). Faults are on companion, evidence and expires.
func (s *Service) GrantTx(ctx context.Context, tx *gorm.DB, actor Actor, in NewGrant) (Grant, error) {
	maker, err := lockUserTx(tx, in.MakerID)
	if err != nil {
		return Grant{}, err
	}
	if actor.UserID == in.CompanionID && !actor.IsSystem() {
		return Grant{}, fault.Forbidden("account.grant.self")
	}
	if actor.UserID != in.MakerID {
		if err := mayKeepPerson(actor, maker); err != nil {
			return Grant{}, err
		}
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Grant{}, err
	}
	companion, err := userByID(tx, in.CompanionID)
	if err != nil {
		return Grant{}, err
	}
	if in.ExpiresAt.IsZero() {
		in.ExpiresAt = now.Add(grantLongest)
	}
	in.ExpiresAt = in.ExpiresAt.UTC().Truncate(time.Microsecond)
	in.Evidence, in.Purpose = clean(in.Evidence, 300), clean(in.Purpose, 120)
	if err := s.checkGrantTx(ctx, tx, in, now); err != nil {
		return Grant{}, err
	}
	earlier := tx.Exec("UPDATE grants SET ended_at = ?, ended_by = ? WHERE shop_id = ? AND companion_id = ? AND ended_at IS NULL",
		now, actor.UserID, in.ShopID, in.CompanionID)
	if earlier.Error != nil {
		return Grant{}, fmt.Errorf("account: replace grant: %w", earlier.Error)
	}
	g := Grant{ShopID: in.ShopID, MakerID: in.MakerID, CompanionID: in.CompanionID, CompanionName: companion.Name,
		Purpose: in.Purpose, Evidence: in.Evidence, StartsAt: now, ExpiresAt: in.ExpiresAt}
	err = tx.Raw(`INSERT INTO grants (shop_id, maker_id, companion_id, purpose, evidence, granted_by, starts_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		g.ShopID, g.MakerID, g.CompanionID, g.Purpose, g.Evidence, actor.UserID, g.StartsAt, g.ExpiresAt).Scan(&g.ID).Error
	if err != nil {
		return Grant{}, fmt.Errorf("account: grant: %w", err)
	}
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject(actor, g.MakerID), Verb: "grant_help", Object: "grant", ObjectID: g.ID})
	if err != nil || s.hooks.Helped == nil {
		return g, err
	}
	return g, s.hooks.Helped(ctx, tx, maker.user(), companion.user(), g, earlier.RowsAffected > 0)
}

func (s *Service) checkGrantTx(ctx context.Context, tx *gorm.DB, in NewGrant, now time.Time) error {
	var member, helper int64
	err := tx.Raw("SELECT count(*) FROM memberships WHERE user_id = ? AND shop_id = ? AND ended_at IS NULL", in.MakerID, in.ShopID).Scan(&member).Error
	if err != nil {
		return fmt.Errorf("account: grant: %w", err)
	}
	err = tx.Raw(`SELECT count(*) FROM role_grants WHERE user_id = ? AND state = 'active' AND role IN ('companion', 'officer')`,
		in.CompanionID).Scan(&helper).Error
	if err != nil {
		return fmt.Errorf("account: grant: %w", err)
	}
	agreed, err := s.ConsentedTx(ctx, tx, in.MakerID, ConsentHelped)
	if err != nil {
		return err
	}
	bad := fault.Invalid("fault.form")
	if member == 0 {
		bad.With("maker", "account.grant.not_member")
	}
	if helper == 0 || in.CompanionID == in.MakerID {
		bad.With("companion", "account.grant.not_companion")
	}
	if !agreed {
		bad.With("consent", "account.grant.no_consent")
	}
	if in.Evidence == "" {
		bad.With("evidence", "account.consent.evidence")
	}
	if !in.ExpiresAt.After(now) || in.ExpiresAt.After(now.Add(grantLongest)) {
		bad.With("expires", "account.grant.expires")
	}
	return bad.OrNil()
}

// RevokeGrant ends a grant from the next request on. The maker may, the helper
// may give it up, and officers and admins of the maker's territory.
func (s *Service) RevokeGrant(ctx context.Context, actor Actor, grantID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		grants, err := listGrants(tx, "WHERE g.id = ?", grantID)
		if err != nil {
			return err
		}
		if len(grants) == 0 {
			return fault.NotFound("grant")
		}
		g := grants[0]
		if actor.UserID != g.MakerID && actor.UserID != g.CompanionID {
			maker, err := userByID(tx, g.MakerID)
			if err != nil {
				return err
			}
			if mayKeepPerson(actor, maker) != nil {
				return fault.NotFound("grant")
			}
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec("UPDATE grants SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at IS NULL", now, actor.UserID, grantID)
		if done.Error != nil {
			return fmt.Errorf("account: revoke grant: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.Conflict("account.grant.ended")
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject(actor, g.MakerID), Verb: "revoke_help", Object: "grant", ObjectID: grantID})
	})
}

// Grants returns the shop's grants that are not ended or expired, for its
// members, its helpers, and officers and admins.
func (s *Service) Grants(ctx context.Context, actor Actor, shopID int64) ([]Grant, error) {
	if !actor.Manages(shopID) && !actor.HasAny(RoleOfficer, RoleAdmin) {
		return nil, fault.NotFound("grants")
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	return listGrants(db, "WHERE g.shop_id = ? AND g.ended_at IS NULL AND g.expires_at > ? ORDER BY g.id", shopID, now)
}

// GrantParties are the shop a permission to help is about, the maker who gave it
// and whom it lets help.
type GrantParties struct{ ShopID, MakerID, CompanionID int64 }

// PartiesOf says between whom a grant in any state is. It checks no permission:
// server asks it whose the grant in an address is.
func (s *Service) PartiesOf(ctx context.Context, grantID int64) (GrantParties, error) {
	var rows []GrantParties
	err := s.db.Read(ctx).Raw("SELECT shop_id, maker_id, companion_id FROM grants WHERE id = ?", grantID).Scan(&rows).Error
	if err != nil {
		return GrantParties{}, fmt.Errorf("account: whose grant: %w", err)
	}
	if len(rows) == 0 {
		return GrantParties{}, fault.NotFound("no such grant")
	}
	return rows[0], nil
}

// CompanionsTx returns the people who may help in the shop now, for the call
// list. It checks no permission.
func (s *Service) CompanionsTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]User, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	return listUsers(tx, `JOIN grants g ON g.companion_id = u.id AND g.ended_at IS NULL AND g.expires_at > ?
		JOIN consents c ON c.user_id = g.maker_id AND c.kind = 'be_helped' AND c.ended_at IS NULL AND c.expires_at > ?
		WHERE g.shop_id = ? AND u.state <> 'closed' ORDER BY g.id`, now, now, shopID)
}

func listGrants(db *gorm.DB, where string, args ...any) ([]Grant, error) {
	var rows []struct {
		ID            int64
		ShopID        int64
		MakerID       int64
		CompanionID   int64
		CompanionName string
		Purpose       string
		Evidence      string
		StartsAt      time.Time
		ExpiresAt     time.Time
		EndedAt       *time.Time
	}
	err := db.Raw(`SELECT g.id, g.shop_id, g.maker_id, g.companion_id, u.name AS companion_name, g.purpose, g.evidence,
		g.starts_at, g.expires_at, g.ended_at FROM grants g JOIN users u ON u.id = g.companion_id `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("account: grants: %w", err)
	}
	list := make([]Grant, len(rows))
	for i, r := range rows {
		list[i] = Grant{ID: r.ID, ShopID: r.ShopID, MakerID: r.MakerID, CompanionID: r.CompanionID, CompanionName: r.CompanionName, Purpose: r.Purpose,
			Evidence: r.Evidence, StartsAt: r.StartsAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), EndedAt: orZero(r.EndedAt)}
	}
	return list, nil
}

// EndedHelp is a permission to help that lately stopped working.
type EndedHelp struct {
	ShopID    int64
	MakerID   int64
	MakerName string
	EndedAt   time.Time
}

// endedLately is how long after its end a helper is still told that a permission
// ended, instead of finding nothing.
const endedLately = 24 * time.Hour

// EndedHelp is the actor's permission in the shop (0: in any) that ended, ran out or
// lost its consent within the last day; of several the latest. Only the helper's own
// are looked at. Errors: not found.
func (s *Service) EndedHelp(ctx context.Context, actor Actor, shopID int64) (EndedHelp, error) {
	if !actor.SignedIn() || actor.Assists(shopID) {
		return EndedHelp{}, fault.NotFound("no permission ended")
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return EndedHelp{}, err
	}
	var rows []struct {
		ShopID           int64
		MakerID          int64
		Name             string
		ExpiresAt        time.Time
		EndedAt          *time.Time
		ConsentEndedAt   *time.Time
		ConsentExpiresAt *time.Time
	}
	err = db.Raw(`SELECT g.shop_id, g.maker_id, u.name, g.expires_at, g.ended_at, c.ended_at AS consent_ended_at, c.expires_at AS consent_expires_at
		FROM grants g JOIN users u ON u.id = g.maker_id
		LEFT JOIN consents c ON c.id = (SELECT max(l.id) FROM consents l WHERE l.user_id = g.maker_id AND l.kind = 'be_helped')
		WHERE g.companion_id = ? AND (? = 0 OR g.shop_id = ?) ORDER BY g.id DESC LIMIT 20`, actor.UserID, shopID, shopID).Scan(&rows).Error
	if err != nil {
		return EndedHelp{}, fmt.Errorf("account: ended help: %w", err)
	}
	var last EndedHelp
	for _, r := range rows {
		at := r.ExpiresAt
		for _, other := range []*time.Time{r.EndedAt, r.ConsentEndedAt, r.ConsentExpiresAt} {
			if other != nil && other.Before(at) {
				at = *other
			}
		}
		if !at.After(now) && now.Sub(at) < endedLately && at.After(last.EndedAt) && !actor.Assists(r.ShopID) {
			last = EndedHelp{ShopID: r.ShopID, MakerID: r.MakerID, MakerName: r.Name, EndedAt: at.UTC()}
		}
	}
	if last.ShopID == 0 {
		return EndedHelp{}, fault.NotFound("no permission ended")
	}
	return last, nil
}
