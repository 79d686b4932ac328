package account

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// A one-time code has six digits, works for ten minutes, once, and for five
// tries (ASVS 6.5.5, 6.6.3).
const (
	codeLife  = 10 * time.Minute
	codeTries = 5
)

// firstCodeLife is how long a code from the command line works for somebody who
// never signed in: the technician hands it over in person.
const firstCodeLife = 24 * time.Hour

// formerCompanion is how long after a grant has ended its holder still may not
// issue a code to that maker: else ending one's own grant would be the way in.
const formerCompanion = 30 * 24 * time.Hour

// SignIn checks a phone number and password typed somewhere and returns whose
// they are; server then renews the session, and asks staff for the second factor.
// Wrong number, wrong password, no password and closed all give the same fault
// after the same work. Above the limits it is rate-limited.
func (s *Service) SignIn(ctx context.Context, phone, password string, from Source) (int64, error) {
	number, row, err := s.typedNumber(ctx, phone)
	if err != nil {
		return 0, err
	}
	if err := s.Allow(ctx, s.tries("sign-in", number, row.ID, from)...); err != nil {
		return 0, err
	}
	ok, err := s.fits(ctx, row, password)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, s.refused(ctx, row.ID, "account.sign_in.wrong")
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error { return s.signedInTx(ctx, tx, row.ID, "password") })
	return row.ID, err
}

// counterNumber is what somebody without a phone types instead of one: their id
// behind four zeros, which begin no phone number, all on the keys of a telephone.
var counterNumber = regexp.MustCompile(`^0000([1-9][0-9]{0,17})$`)

// CounterNumber is the number with which a person without a phone signs in at the
// agency's counter, by a code that an officer reads out there (IssueCode). It
// opens nothing by itself and is nobody's who has a phone.
func CounterNumber(userID int64) string { return fmt.Sprintf("0000-%d", userID) }

// typedCounter is whom a typed counter number names; false when it is none.
func typedCounter(typed string) (int64, bool) {
	found := counterNumber.FindStringSubmatch(strings.NewReplacer(" ", "", "-", "").Replace(typed))
	if found == nil {
		return 0, false
	}
	userID, err := strconv.ParseInt(found[1], 10, 64)
	return userID, err == nil
}

// SignInNumber reports whether what was typed can be somebody's way in, and
// whether that is a counter number, which has codes only.
func SignInNumber(typed string) (ok, counter bool) {
	if _, counter = typedCounter(typed); counter {
		return true, true
	}
	_, ok = Phone(typed)
	return ok, false
}

// typedNumber looks up who has a typed number; the zero row when nobody does.
func (s *Service) typedNumber(ctx context.Context, phone string) (string, userRow, error) {
	number, _ := Phone(phone)
	var row userRow
	var err error
	if userID, counter := typedCounter(phone); counter {
		number = CounterNumber(userID)
		row, err = oneUser(s.db.Read(ctx), "WHERE u.id = ? AND u.phone = '' AND u.state <> 'closed'", userID)
	} else {
		row, err = userByPhone(s.db.Read(ctx), number)
	}
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return "", userRow{}, err
	}
	return number, row, nil
}

func (s *Service) fits(ctx context.Context, row userRow, password string) (bool, error) {
	if row.State == UserClosed || len(password) > 4*passwordLongest {
		row.PasswordHash = ""
	}
	return s.matches(ctx, password[:min(len(password), 4*passwordLongest)], row.PasswordHash)
}

// ProvePassword checks the signed-in actor's password once more, before something
// that needs a fresh proof. It counts like a sign-in.
func (s *Service) ProvePassword(ctx context.Context, actor Actor, password string, from Source) error {
	row, err := userByID(s.db.Read(ctx), actor.UserID)
	if err != nil {
		return err
	}
	if err := s.Allow(ctx, s.tries("sign-in", row.Phone, row.ID, from)...); err != nil {
		return err
	}
	ok, err := s.fits(ctx, row, password)
	if err != nil || ok {
		return err
	}
	return s.refused(ctx, row.ID, "account.again.wrong")
}

// ProveCode is ProvePassword with a one-time code.
func (s *Service) ProveCode(ctx context.Context, actor Actor, code string, from Source) error {
	row, err := userByID(s.db.Read(ctx), actor.UserID)
	if err != nil {
		return err
	}
	got, err := s.SignInWithCode(ctx, row.Phone, code, from)
	if err == nil && got != actor.UserID {
		return fault.Invalid("account.sign_in.wrong_code")
	}
	return err
}

// SignInWithCode is SignIn with a one-time code instead of a password. Spaces
// and dashes in the code do not matter.
func (s *Service) SignInWithCode(ctx context.Context, phone, code string, from Source) (int64, error) {
	number, row, err := s.typedNumber(ctx, phone)
	if err != nil {
		return 0, err
	}
	if err := s.Allow(ctx, s.tries("sign-in-code", number, row.ID, from)...); err != nil {
		return 0, err
	}
	_, known := s.device(from.Device, row.ID)
	ok := false
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var err error
		ok, err = s.useCodeTx(ctx, tx, row.ID, cleanCode(code), known)
		if err != nil || !ok {
			return err // a wrong try commits: it was counted
		}
		return s.signedInTx(ctx, tx, row.ID, "code")
	})
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, s.refused(ctx, row.ID, "account.sign_in.wrong_code")
	}
	return row.ID, nil
}

// useCodeTx counts a try of the person's live code and spends it when it fits.
// Tries on the person's own device are limited by that device's budget alone, so
// that others cannot use up the code's five.
func (s *Service) useCodeTx(ctx context.Context, tx *gorm.DB, userID int64, code string, known bool) (bool, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return false, err
	}
	var live []struct {
		ID       int64
		CodeHash string
	}
	// One statement counts and claims, so parallel guesses cannot share a try.
	most, count := codeTries, 1
	if known {
		most, count = codeTries+1, 0
	}
	err = tx.Raw(`UPDATE sign_in_codes SET tries = tries + ?
		WHERE user_id = ? AND ended_at IS NULL AND expires_at > ? AND tries < ?
		RETURNING id, code_hash`, count, userID, now, most).Scan(&live).Error
	if err != nil {
		return false, fmt.Errorf("account: try code: %w", err)
	}
	if len(live) == 0 || !s.keys.Verify(codePurpose(userID), code, live[0].CodeHash) {
		return false, nil
	}
	done := tx.Exec("UPDATE sign_in_codes SET used_at = ?, ended_at = ? WHERE id = ? AND ended_at IS NULL", now, now, live[0].ID)
	if done.Error != nil {
		return false, fmt.Errorf("account: use code: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// codePurpose binds a code's hash to its person; the key keeps a stolen table
// from being guessed through (a million codes are nothing for a plain hash).
func codePurpose(userID int64) string { return fmt.Sprintf("sign-in code|%d", userID) }

// refused records a failed sign-in and returns the one fault. A number nobody has
// leaves a row too (of nobody): the same work, so that time does not tell.
func (s *Service) refused(ctx context.Context, userID int64, key string) error {
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		return trail.RecordTx(ctx, tx, trail.Entry{Subject: userID, Verb: "sign_in_refused", Object: "user", ObjectID: userID})
	})
	if err != nil {
		return err
	}
	return fault.Invalid(key)
}

func (s *Service) signedInTx(ctx context.Context, tx *gorm.DB, userID int64, how string) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	done := tx.Exec(`UPDATE users SET state = 'active', first_sign_in_at = COALESCE(first_sign_in_at, ?)
		WHERE id = ? AND state <> 'closed'`, now, userID)
	if done.Error != nil {
		return fmt.Errorf("account: sign in: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Invalid("account.sign_in.wrong") // closed since it was read
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: userID, Verb: "sign_in", Object: "user", ObjectID: userID, Note: how})
}

// RequestCode sends a one-time code to the phone, when it is somebody's. Neither
// the answer nor its time says whether it is: a job looks the number up and makes
// the code. Without a sender it is unavailable; above the limits rate-limited; an
// unreadable number is a fault on phone.
func (s *Service) RequestCode(ctx context.Context, phone string, from Source) error {
	if s.hooks.SendCode == nil {
		return fault.Unavailable("account.code.no_sender", nil)
	}
	if _, ok := Phone(phone); !ok {
		return fault.Invalid("fault.form").With("phone", "account.phone.invalid")
	}
	number, row, err := s.typedNumber(ctx, phone)
	if err != nil {
		return err
	}
	if err := s.Allow(ctx, s.codeLimits(number, row.ID, from)...); err != nil {
		return err
	}
	_, known := s.device(from.Device, row.ID)
	args := sendCodeArgs{Phone: s.keys.Seal(sendCodeSeal, number), Known: known}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if s.hooks.Enqueue == nil {
			return s.sendCodeTx(ctx, tx, args)
		}
		return s.hooks.Enqueue(ctx, tx, args)
	})
}

// sendCodeArgs is the job that sends a code; the number rests sealed.
type sendCodeArgs struct {
	Phone string `json:"phone"`
	Known bool   `json:"known"` // asked for on a device of the person's own
}

const sendCodeSeal = "phone of a code"

func (sendCodeArgs) Kind() string { return "account_send_code" }

// sendCodeTx makes and sends a code. One that an officer has just read out stays
// when a strange device asks: nobody shall end it from afar.
func (s *Service) sendCodeTx(ctx context.Context, tx *gorm.DB, args sendCodeArgs) error {
	number, err := s.keys.Open(sendCodeSeal, args.Phone)
	if err != nil {
		return err
	}
	row, err := userByPhone(tx, number)
	if err == nil {
		row, err = lockUserTx(tx, row.ID)
	}
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if !args.Known {
		var issued int64
		err := tx.Raw("SELECT count(*) FROM sign_in_codes WHERE user_id = ? AND ended_at IS NULL AND expires_at > ? AND issued_by > 0", row.ID, now).Scan(&issued).Error
		if err != nil {
			return fmt.Errorf("account: live code: %w", err)
		}
		if issued > 0 {
			return nil
		}
	}
	code, expires, err := s.newCodeTx(ctx, tx, row.ID, 0, codeLife)
	if err != nil {
		return err
	}
	if err := s.hooks.SendCode(ctx, tx, row.user(), code, expires); err != nil {
		return err
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: row.ID, Verb: "request_code", Object: "user", ObjectID: row.ID})
}

// IssueCode makes a one-time code that an officer reads out to a person whose
// identity they have checked. Officers may within their territory, for people
// without a staff role; admins for everybody; System for the command line.
// Nobody for themself, and never a companion of that maker, present or of the
// last 30 days (design §3.7).
//
// For a person who has signed in before it is a reset: the password and every
// session end, withdrawals rest for 72 hours and the person is told. Who has
// neither a phone nor a password comes in by such a code each time, at the counter
// (CounterNumber): there is nothing that it resets, and only older sessions end.
func (s *Service) IssueCode(ctx context.Context, officer Actor, userID int64) (code string, expires time.Time, err error) {
	if !officer.HasAny(RoleOfficer, RoleAdmin) {
		return "", time.Time{}, fault.Forbidden("account.code.forbidden")
	}
	if officer.UserID == userID {
		return "", time.Time{}, fault.Forbidden("account.code.own")
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, err := lockUserTx(tx, userID)
		if err != nil {
			return err
		}
		if !officer.Covers(row.DistrictCode) {
			return fault.NotFound("user outside the officer's territory")
		}
		if err := s.mayIssueTx(ctx, tx, officer, userID); err != nil {
			return err
		}
		life := codeLife
		if officer.IsSystem() && row.FirstSignInAt == nil {
			life = firstCodeLife
		}
		if code, expires, err = s.newCodeTx(ctx, tx, userID, officer.UserID, life); err != nil {
			return err
		}
		err = trail.RecordTx(ctx, tx, trail.Entry{Actor: officer.UserID, Subject: userID, Verb: "issue_code", Object: "user", ObjectID: userID})
		if err != nil || row.FirstSignInAt == nil || officer.IsSystem() {
			return err
		}
		if row.Phone == "" && row.PasswordHash == "" {
			_, err = s.endSessionsTx(ctx, tx, row.ID, "")
			return err
		}
		return s.resetTx(ctx, tx, officer, row)
	})
	return code, expires, err
}

// mayIssueTx refuses companions of the maker, and officers over staff.
func (s *Service) mayIssueTx(ctx context.Context, tx *gorm.DB, officer Actor, userID int64) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var n int64
	// Any shop the maker is in counts, whoever of its members signed the grant.
	err = tx.Raw(`SELECT count(*) FROM grants g WHERE g.companion_id = ?
		AND (g.maker_id = ? OR g.shop_id IN (SELECT shop_id FROM memberships WHERE user_id = ? AND ended_at IS NULL))
		AND (g.ended_at IS NULL OR g.ended_at > ?) AND g.expires_at > ?`,
		officer.UserID, userID, userID, now.Add(-formerCompanion), now.Add(-formerCompanion)).Scan(&n).Error
	if err != nil {
		return fmt.Errorf("account: issue code: %w", err)
	}
	if n > 0 {
		return fault.Forbidden("account.code.companion")
	}
	if officer.Has(RoleAdmin) {
		return nil
	}
	err = tx.Raw("SELECT count(*) FROM role_grants WHERE user_id = ? AND state = 'active'", userID).Scan(&n).Error
	if err != nil {
		return fmt.Errorf("account: issue code: %w", err)
	}
	if n > 0 {
		return fault.Forbidden("account.code.staff")
	}
	return nil
}

// resetTx is what an officer's code does to somebody who could sign in before:
// whoever holds the old phone or password is out, and no money leaves until the
// person had time to object.
func (s *Service) resetTx(ctx context.Context, tx *gorm.DB, officer Actor, row userRow) error {
	if err := tx.Exec("UPDATE users SET password_hash = '' WHERE id = ?", row.ID).Error; err != nil {
		return fmt.Errorf("account: reset: %w", err)
	}
	if _, err := s.endSessionsTx(ctx, tx, row.ID, ""); err != nil {
		return err
	}
	until, err := s.RestWithdrawalsTx(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: officer.UserID, Subject: row.ID, Verb: "reset_sign_in", Object: "user", ObjectID: row.ID})
	if err != nil {
		return err
	}
	to := row.user()
	to.HasPassword, to.WithdrawalsRestUntil = false, until
	return s.tellTx(ctx, tx, to, EventReset)
}

// newCodeTx replaces the person's live code; the caller holds their row.
func (s *Service) newCodeTx(ctx context.Context, tx *gorm.DB, userID, issuedBy int64, life time.Duration) (string, time.Time, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return "", time.Time{}, err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("account: code: %w", err)
	}
	code, expires := fmt.Sprintf("%06d", n), now.Add(life)
	err = tx.Exec("UPDATE sign_in_codes SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL", now, userID).Error
	if err != nil {
		return "", time.Time{}, fmt.Errorf("account: end code: %w", err)
	}
	err = tx.Exec(`INSERT INTO sign_in_codes (user_id, code_hash, issued_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?)`,
		userID, s.keys.Sign(codePurpose(userID), code), issuedBy, now, expires).Error
	if err != nil {
		return "", time.Time{}, fmt.Errorf("account: new code: %w", err)
	}
	return code, expires, nil
}
