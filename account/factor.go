package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// The second factor of staff is a time-based code (RFC 6238): six digits, a new
// one every 30 seconds, and the one before and after are taken too, for phones
// whose clock is off. Every person with a working role needs it (design §3.9);
// makers have none (docs/decisions.md).
const (
	factorStep  = 30 * time.Second
	factorSkew  = 1
	factorBytes = 20 // 160 bits, as RFC 4226 recommends
	factorSeal  = "totp"
)

// Factor is how a person's second factor stands.
type Factor struct {
	Active      bool
	Since       time.Time
	CodesLeft   int64 // recovery codes that still work
	CodesUnseen bool  // recovery codes were made that the person has not said to have kept
}

// Factor tells how a person's second factor stands. It checks no permission and
// gives nothing secret away.
func (s *Service) Factor(ctx context.Context, userID int64) (Factor, error) {
	db := s.db.Read(ctx)
	row, err := liveFactor(db, userID)
	if err != nil || row.ID == 0 {
		return Factor{}, err
	}
	f := Factor{Active: true, Since: row.CreatedAt.UTC()}
	var codes struct{ Working, Unseen int64 }
	err = db.Raw(`SELECT COALESCE(sum(CASE WHEN used_at IS NULL THEN 1 ELSE 0 END), 0) AS working,
		COALESCE(sum(CASE WHEN sealed <> '' THEN 1 ELSE 0 END), 0) AS unseen FROM recovery_codes WHERE factor_id = ?`, row.ID).Scan(&codes).Error
	if err != nil {
		return Factor{}, fmt.Errorf("account: recovery codes: %w", err)
	}
	f.CodesLeft, f.CodesUnseen = codes.Working, codes.Unseen > 0
	return f, nil
}

type factorRow struct {
	ID        int64
	Secret    string
	LastStep  int64
	CreatedAt time.Time
}

// liveFactor is the person's factor; its ID is 0 when there is none.
func liveFactor(db *gorm.DB, userID int64) (factorRow, error) {
	var rows []factorRow
	err := db.Raw("SELECT id, secret, last_step, created_at FROM factors WHERE user_id = ? AND ended_at IS NULL", userID).Scan(&rows).Error
	if err != nil {
		return factorRow{}, fmt.Errorf("account: factor: %w", err)
	}
	if len(rows) == 0 {
		return factorRow{}, nil
	}
	return rows[0], nil
}

// NewEnrolment makes a secret for a person to put into their authenticator app.
// It comes sealed: the session that asked for it keeps it until ConfirmFactor, so
// that nobody else who knows the password can enrol with it.
func (s *Service) NewEnrolment() string {
	raw := make([]byte, factorBytes)
	_, _ = rand.Read(raw) // never fails
	return s.keys.Seal(factorSeal, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}

// Enrolment is what an authenticator app needs to know.
type Enrolment struct {
	Secret string // base32, for typing
	URI    string // otpauth://…, for the QR code
}

// Enrolment opens what NewEnrolment sealed, for the person's own page; a fault
// not found when it is none.
func (s *Service) Enrolment(ctx context.Context, userID int64, sealed string) (Enrolment, error) {
	secret, err := s.keys.Open(factorSeal, sealed)
	if err != nil || secret == "" {
		return Enrolment{}, fault.NotFound("enrolment")
	}
	u, err := s.User(ctx, userID)
	if err != nil {
		return Enrolment{}, err
	}
	const issuer = "Lapak Berdaya"
	uri := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + u.Name, RawQuery: "secret=" + secret + "&issuer=" + url.PathEscape(issuer)}
	return Enrolment{Secret: secret, URI: uri.String()}, nil
}

// ConfirmFactor makes the sealed secret the person's factor once they typed a
// code of it, and makes ten recovery codes (see RecoveryCodes). A person who has a
// factor already gets a conflict, unless replace is set: server sets it only for
// a session that has just passed the old factor. The person is told. Wrong codes
// count against the limits of ProveFactor.
func (s *Service) ConfirmFactor(ctx context.Context, userID int64, sealed, code string, from Source, replace bool) error {
	secret, err := s.keys.Open(factorSeal, sealed)
	if err != nil || secret == "" {
		return fault.Invalid("account.factor.stale")
	}
	if err := s.Allow(ctx, s.tries("factor", userKey(userID), userID, from)...); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		step := matchStep(secret, cleanCode(code), now, 0)
		if step == 0 {
			return fault.Invalid("account.factor.wrong")
		}
		row, err := lockUserTx(tx, userID)
		if err != nil {
			return err
		}
		old, err := liveFactor(tx, userID)
		if err != nil {
			return err
		}
		if old.ID != 0 {
			if !replace {
				return fault.Conflict("account.factor.already")
			}
			if err := endFactorTx(tx, userID, userID, now); err != nil {
				return err
			}
		}
		if err := s.addFactorTx(tx, userID, sealed, step, now); err != nil {
			return err
		}
		if err := trail.RecordTx(ctx, tx, trail.Entry{Actor: userID, Verb: "enrol_factor", Object: "user", ObjectID: userID}); err != nil {
			return err
		}
		return s.tellTx(ctx, tx, row.user(), EventFactorSet)
	})
}

// SetFactor gives a person a factor with a known secret (base32). Only System
// may: the demo and tests.
func (s *Service) SetFactor(ctx context.Context, actor Actor, userID int64, secret string) error {
	if !actor.IsSystem() {
		return fault.Forbidden("fault.forbidden")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := lockUserTx(tx, userID); err != nil {
			return err
		}
		if err := endFactorTx(tx, userID, 0, now); err != nil {
			return err
		}
		if err := s.addFactorTx(tx, userID, s.keys.Seal(factorSeal, secret), 0, now); err != nil {
			return err
		}
		// Nobody waits for these recovery codes.
		err = tx.Exec("UPDATE recovery_codes SET sealed = '' WHERE factor_id IN (SELECT id FROM factors WHERE user_id = ?)", userID).Error
		if err != nil {
			return fmt.Errorf("account: set factor: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Subject: userID, Verb: "enrol_factor", Object: "user", ObjectID: userID})
	})
}

func (s *Service) addFactorTx(tx *gorm.DB, userID int64, sealed string, step int64, now time.Time) error {
	var ids []int64
	err := tx.Raw("INSERT INTO factors (user_id, secret, last_step, created_at) VALUES (?, ?, ?, ?) RETURNING id", userID, sealed, step, now).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("account: add factor: %w", err)
	}
	return s.newRecoveryTx(tx, ids[0], now)
}

// endFactorTx ends the person's factor and forgets its secret and recovery codes.
func endFactorTx(tx *gorm.DB, userID, by int64, now time.Time) error {
	err := tx.Exec("DELETE FROM recovery_codes WHERE factor_id IN (SELECT id FROM factors WHERE user_id = ? AND ended_at IS NULL)", userID).Error
	if err != nil {
		return fmt.Errorf("account: end recovery codes: %w", err)
	}
	err = tx.Exec("UPDATE factors SET ended_at = ?, ended_by = ?, secret = '' WHERE user_id = ? AND ended_at IS NULL", now, by, userID).Error
	if err != nil {
		return fmt.Errorf("account: end factor: %w", err)
	}
	return nil
}

// How a second factor was proved.
const (
	ByApp      = "app"
	ByRecovery = "recovery"
)

// ProveFactor checks a code of the person's authenticator app, or one of their
// recovery codes, and says which. Each works once: two requests with the same
// code, one wins. Wrong tries are counted for the device, the address and the
// account (see tries). A person without a factor cannot prove one.
func (s *Service) ProveFactor(ctx context.Context, userID int64, code string, from Source) (how string, err error) {
	if err := s.Allow(ctx, s.tries("factor", userKey(userID), userID, from)...); err != nil {
		return "", err
	}
	code = cleanCode(code)
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		how = ""
		row, err := lockUserTx(tx, userID) // a closed person proves nothing
		if fault.Is(err, fault.KindNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		f, err := liveFactor(tx, userID)
		if err != nil || f.ID == 0 {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if len(code) == 6 {
			how, err = s.useStepTx(tx, f, code, now)
		} else {
			how, err = s.useRecoveryTx(tx, f, code, now)
		}
		if err != nil {
			return err
		}
		verb := "prove_factor"
		switch how {
		case "":
			verb = "factor_refused"
		case ByRecovery:
			verb = "use_recovery_code"
			if err := s.tellTx(ctx, tx, row.user(), EventRecoveryUsed); err != nil {
				return err
			}
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: userID, Verb: verb, Object: "user", ObjectID: userID})
	})
	if err != nil {
		return "", err
	}
	if how == "" {
		return "", fault.Invalid("account.factor.wrong")
	}
	return how, nil
}

// useStepTx claims the step of a fitting code with one conditional UPDATE.
func (s *Service) useStepTx(tx *gorm.DB, f factorRow, code string, now time.Time) (string, error) {
	secret, err := s.keys.Open(factorSeal, f.Secret)
	if err != nil {
		return "", fmt.Errorf("account: open factor %d: %w", f.ID, err)
	}
	step := matchStep(secret, code, now, f.LastStep)
	if step == 0 {
		return "", nil
	}
	done := tx.Exec("UPDATE factors SET last_step = ? WHERE id = ? AND ended_at IS NULL AND last_step < ?", step, f.ID, step)
	if done.Error != nil {
		return "", fmt.Errorf("account: use factor: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return "", nil
	}
	return ByApp, nil
}

// matchStep is the step after used whose code this is, near now; 0 when none. All
// steps are compared, so that the time taken does not tell which.
func matchStep(secret, code string, now time.Time, used int64) (found int64) {
	at := now.Unix() / int64(factorStep/time.Second)
	for step := at - factorSkew; step <= at+factorSkew; step++ {
		want, err := FactorCode(secret, step)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > used && found == 0 {
			found = step
		}
	}
	return found
}

// FactorCode is the six digits of a secret (base32) in one 30-second step since
// 1970.
func FactorCode(secret string, step int64) (string, error) {
	code, err := hotp.GenerateCode(secret, uint64(step)) //nolint:gosec // steps count from 1970
	if err != nil {
		return "", fmt.Errorf("account: code: %w", err)
	}
	return code, nil
}

// UnusedStep is for the demo and tests, which know the secret: the first step
// whose code the person could use now. The step is 0 when the person's factor has
// another secret, and ok false when every code near now was used.
func (s *Service) UnusedStep(ctx context.Context, userID int64, secret string) (step int64, ok bool, err error) {
	db := s.db.Read(ctx)
	f, err := liveFactor(db, userID)
	if err != nil || f.ID == 0 {
		return 0, false, err
	}
	own, err := s.keys.Open(factorSeal, f.Secret)
	if err != nil || subtle.ConstantTimeCompare([]byte(own), []byte(secret)) != 1 {
		return 0, false, err
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return 0, false, err
	}
	at := now.Unix() / int64(factorStep/time.Second)
	step = max(at-factorSkew+1, f.LastStep+1) // the oldest is about to lapse
	return step, step <= at+factorSkew, nil
}

// cleanCode leaves what matters of a typed code.
func cleanCode(typed string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(typed))
}

func userKey(userID int64) string { return fmt.Sprintf("user|%d", userID) }
