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

// FactorReset is a proposal to end somebody's second factor, because phone and
// recovery codes are lost.
type FactorReset struct {
	ID         int64
	UserID     int64
	UserName   string
	Reason     string
	ProposedBy int64
	CreatedAt  time.Time
}

// ProposeFactorReset asks a second admin to end a person's factor (design §3.9).
// Admins may, never for themself. A person without a factor is not found; a
// second proposal is a conflict.
func (s *Service) ProposeFactorReset(ctx context.Context, actor Actor, userID int64, reason string) error {
	if err := mayResetFactor(actor, userID); err != nil {
		return err
	}
	reason = clean(reason, 200)
	if reason == "" {
		return fault.Invalid("fault.form").With("reason", "account.factor.reason")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if _, err := lockUserTx(tx, userID); err != nil {
			return err
		}
		f, err := liveFactor(tx, userID)
		if err != nil {
			return err
		}
		if f.ID == 0 {
			return fault.NotFound("factor")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec(`INSERT INTO factor_resets (user_id, state, reason, proposed_by, created_at) VALUES (?, 'proposed', ?, ?, ?)
			ON CONFLICT DO NOTHING`, userID, reason, actor.UserID, now)
		if done.Error != nil {
			return fmt.Errorf("account: propose factor reset: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.Conflict("account.factor.reset_waits")
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: userID, Verb: "propose_factor_reset", Object: "user", ObjectID: userID})
	})
}

func mayResetFactor(actor Actor, userID int64) error {
	switch {
	case actor.IsSystem():
		return nil
	case !actor.Has(RoleAdmin):
		return fault.Forbidden("fault.forbidden")
	case actor.UserID == userID:
		return fault.Forbidden("account.factor.own")
	}
	return nil
}

// ApproveFactorReset is the second admin's yes: the factor, the password and every
// session end and the person is told on every channel. The way back in is a
// one-time code on their own phone, or one that an admin issues.
func (s *Service) ApproveFactorReset(ctx context.Context, actor Actor, resetID int64) error {
	return s.decideFactorReset(ctx, actor, resetID, "approved")
}

// RefuseFactorReset is the second admin's no; the proposer may take it back so too.
func (s *Service) RefuseFactorReset(ctx context.Context, actor Actor, resetID int64) error {
	return s.decideFactorReset(ctx, actor, resetID, "refused")
}

func (s *Service) decideFactorReset(ctx context.Context, actor Actor, resetID int64, state string) error {
	if !actor.Has(RoleAdmin) {
		return fault.NotFound("factor reset")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		found, err := factorResets(tx, "WHERE r.id = ?", resetID)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.NotFound("factor reset")
		}
		r := found[0]
		if err := mayResetFactor(actor, r.UserID); err != nil {
			return err
		}
		if r.ProposedBy == actor.UserID {
			return fault.Forbidden("account.role.four_eyes")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec("UPDATE factor_resets SET state = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = 'proposed'",
			state, actor.UserID, now, resetID)
		if done.Error != nil {
			return fmt.Errorf("account: decide factor reset: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.Conflict("account.role.decided")
		}
		verb := "refuse_factor_reset"
		if state == "approved" {
			verb = "approve_factor_reset"
			if err := s.dropFactorTx(ctx, tx, actor, r.UserID, now); err != nil {
				return err
			}
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: r.UserID, Verb: verb, Object: "user", ObjectID: r.UserID})
	})
}

// ResetFactor ends a person's factor at once, with what ApproveFactorReset ends.
// Only System may: the command line, for the lone first admin who lost theirs. A
// person without a factor is not found.
func (s *Service) ResetFactor(ctx context.Context, actor Actor, userID int64) error {
	if !actor.IsSystem() {
		return fault.Forbidden("fault.forbidden")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		f, err := liveFactor(tx, userID)
		if err != nil {
			return err
		}
		if f.ID == 0 {
			return fault.NotFound("factor")
		}
		if err := tx.Exec("UPDATE factor_resets SET state = 'approved', proposed_by = 0, decided_at = ? WHERE user_id = ? AND state = 'proposed'", now, userID).Error; err != nil {
			return fmt.Errorf("account: reset factor: %w", err)
		}
		if err := s.dropFactorTx(ctx, tx, actor, userID, now); err != nil {
			return err
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Subject: userID, Verb: "approve_factor_reset", Object: "user", ObjectID: userID})
	})
}

// dropFactorTx takes away every way in that the lost phone could have opened.
func (s *Service) dropFactorTx(ctx context.Context, tx *gorm.DB, actor Actor, userID int64, now time.Time) error {
	row, err := lockUserTx(tx, userID)
	if err != nil {
		return err
	}
	if err := endFactorTx(tx, userID, actor.UserID, now); err != nil {
		return err
	}
	if err := tx.Exec("UPDATE users SET password_hash = '' WHERE id = ?", userID).Error; err != nil {
		return fmt.Errorf("account: reset factor: %w", err)
	}
	if _, err := s.endSessionsTx(ctx, tx, userID, ""); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, row.user(), EventFactorReset)
}

// FactorResets returns the proposals that wait, oldest first. Admins may see them.
func (s *Service) FactorResets(ctx context.Context, actor Actor) ([]FactorReset, error) {
	if !actor.Has(RoleAdmin) {
		return nil, fault.Forbidden("fault.forbidden")
	}
	return factorResets(s.db.Read(ctx), "WHERE r.state = 'proposed' ORDER BY r.id")
}

func factorResets(db *gorm.DB, where string, args ...any) ([]FactorReset, error) {
	var out []FactorReset
	err := db.Raw(`SELECT r.id, r.user_id, u.name AS user_name, r.reason, r.proposed_by, r.created_at
		FROM factor_resets r JOIN users u ON u.id = r.user_id `+where, args...).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("account: factor resets: %w", err)
	}
	for i := range out {
		out[i].CreatedAt = out[i].CreatedAt.UTC()
	}
	return out, nil
}
