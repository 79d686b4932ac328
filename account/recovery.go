package account

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// A recovery code is ten characters of an alphabet without look-alikes (49 bits),
// works once, and is kept as a keyed hash.
const (
	recoveryCodes   = 10
	recoveryLength  = 10
	recoveryLetters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
	recoverySeal    = "recovery code"
)

// recoveryCode draws one, each letter alike.
func recoveryCode() string {
	out := make([]byte, 0, recoveryLength)
	one := make([]byte, 1)
	const fair = 256 / len(recoveryLetters) * len(recoveryLetters)
	for len(out) < recoveryLength {
		_, _ = rand.Read(one) // never fails
		if int(one[0]) < fair {
			out = append(out, recoveryLetters[int(one[0])%len(recoveryLetters)])
		}
	}
	return string(out)
}

func recoveryPurpose(factorID int64) string { return fmt.Sprintf("recovery|%d", factorID) }

// newRecoveryTx replaces the factor's recovery codes; they stay readable, sealed,
// until the person has seen them.
func (s *Service) newRecoveryTx(tx *gorm.DB, factorID int64, now time.Time) error {
	if err := tx.Exec("DELETE FROM recovery_codes WHERE factor_id = ?", factorID).Error; err != nil {
		return fmt.Errorf("account: end recovery codes: %w", err)
	}
	for range recoveryCodes {
		code := recoveryCode()
		err := tx.Exec("INSERT INTO recovery_codes (factor_id, code_hash, sealed, created_at) VALUES (?, ?, ?, ?)",
			factorID, s.keys.Index(recoveryPurpose(factorID), code), s.keys.Seal(recoverySeal, code), now).Error
		if err != nil {
			return fmt.Errorf("account: new recovery code: %w", err)
		}
	}
	return nil
}

// useRecoveryTx spends a recovery code with one conditional UPDATE.
func (s *Service) useRecoveryTx(tx *gorm.DB, f factorRow, code string, now time.Time) (string, error) {
	done := tx.Exec("UPDATE recovery_codes SET used_at = ?, sealed = '' WHERE factor_id = ? AND code_hash IN ? AND used_at IS NULL",
		now, f.ID, s.keys.Indexes(recoveryPurpose(f.ID), code))
	if done.Error != nil {
		return "", fmt.Errorf("account: use recovery code: %w", done.Error)
	}
	if done.RowsAffected == 0 || code == "" {
		return "", nil
	}
	return ByRecovery, nil
}

// RecoveryCodes returns the actor's own new codes in groups of five, until
// SawRecoveryCodes; then and without new ones the list is empty.
func (s *Service) RecoveryCodes(ctx context.Context, actor Actor) ([]string, error) {
	if !actor.SignedIn() {
		return nil, fault.Unauthenticated()
	}
	var sealed []string
	err := s.db.Read(ctx).Raw(`SELECT r.sealed FROM recovery_codes r JOIN factors f ON f.id = r.factor_id
		WHERE f.user_id = ? AND f.ended_at IS NULL AND r.used_at IS NULL AND r.sealed <> '' ORDER BY r.id`, actor.UserID).Scan(&sealed).Error
	if err != nil {
		return nil, fmt.Errorf("account: recovery codes: %w", err)
	}
	codes := make([]string, len(sealed))
	for i, box := range sealed {
		code, err := s.keys.Open(recoverySeal, box)
		if err != nil {
			return nil, fmt.Errorf("account: open recovery code: %w", err)
		}
		codes[i] = code[:recoveryLength/2] + "-" + code[recoveryLength/2:]
	}
	return codes, nil
}

// SawRecoveryCodes forgets how the actor's codes read: from now on only their
// holder knows them.
func (s *Service) SawRecoveryCodes(ctx context.Context, actor Actor) error {
	if !actor.SignedIn() {
		return fault.Unauthenticated()
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		err := tx.Exec("UPDATE recovery_codes SET sealed = '' WHERE factor_id IN (SELECT id FROM factors WHERE user_id = ?)", actor.UserID).Error
		if err != nil {
			return fmt.Errorf("account: saw recovery codes: %w", err)
		}
		return nil
	})
}

// NewRecoveryCodes replaces the actor's recovery codes; the old ones end. server
// lets only a session do it that has just passed the factor.
func (s *Service) NewRecoveryCodes(ctx context.Context, actor Actor) error {
	if !actor.SignedIn() {
		return fault.Unauthenticated()
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if _, err := lockUserTx(tx, actor.UserID); err != nil {
			return err
		}
		f, err := liveFactor(tx, actor.UserID)
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
		if err := s.newRecoveryTx(tx, f.ID, now); err != nil {
			return err
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "new_recovery_codes", Object: "user", ObjectID: actor.UserID})
	})
}
