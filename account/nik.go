package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/sealed"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// sealNIK is what identity numbers are sealed and indexed for (id.Keys).
const sealNIK = "nik"

// NIK reads a typed identity number: sixteen digits, of which the first six are
// a district, the next six a birthday (a woman's day plus forty) and the last
// four a number that does not begin at zero. Spaces, dots and dashes are
// dropped. It says whether the number can be one, never whether it is somebody's.
func NIK(typed string) (string, bool) {
	nik := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(typed)
	if len(nik) != 16 || strings.Trim(nik, "0123456789") != "" || nik[12:] == "0000" {
		return "", false
	}
	if _, known := region.DistrictByCode(nik[:2] + "." + nik[2:4] + "." + nik[4:6]); !known {
		return "", false
	}
	return nik, birthday(nik[6:12])
}

// birthday reports whether DDMMYY is a day of some year that ends so.
func birthday(s string) bool {
	digit := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	day, month, year := digit(0), digit(2), digit(4)
	if day > 40 {
		day -= 40
	}
	for _, century := range []int{1900, 2000} {
		d := time.Date(century+year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if d.Day() == day && d.Month() == time.Month(month) {
			return true
		}
	}
	return false
}

// maskNIK shows the regency and the last four digits.
func maskNIK(nik string) string {
	if len(nik) != 16 {
		return ""
	}
	return nik[:4] + "••••••••" + nik[12:]
}

// SetNIKTx writes a person's identity number, sealed. The person may; officers
// and admins of their territory; and a companion while the grant holds, who
// writes it and never reads it (reliability §4); once there is one, only staff
// change it (account.nik.set). A number that another person has
// already is a conflict: account.nik.taken_here names the person to staff whose
// territory they are in, account.nik.taken says no more than that. Faults are on
// the field nik. The number itself reaches neither trail nor log.
func (s *Service) SetNIKTx(ctx context.Context, tx *gorm.DB, actor Actor, userID int64, typed string) error {
	u, err := lockUserTx(tx, userID)
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if err := mayWriteNIK(tx, actor, u, now); err != nil {
		return err
	}
	nik, ok := NIK(typed)
	if !ok {
		return fault.Invalid("fault.form").With("nik", "account.nik.invalid")
	}
	if had, err := s.nikOf(tx, userID); err != nil {
		return err
	} else if had != "" && had != nik && mayKeepPerson(actor, u) != nil {
		return fault.Conflict("account.nik.set").With("nik", "account.nik.set")
	}
	if err := s.nikFreeTx(tx, actor, userID, nik); err != nil {
		return err
	}
	err = tx.Exec("UPDATE users SET nik_sealed = ?, nik_index = ? WHERE id = ?", s.keys.Seal(sealNIK, nik), s.keys.Index(sealNIK, nik), userID).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) { // somebody was faster
		return fault.Conflict("account.nik.taken").With("nik", "account.nik.taken")
	}
	if err != nil {
		return fmt.Errorf("account: identity number of user %d: %w", userID, err)
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject(actor, userID), Verb: "set_nik", Object: "user", ObjectID: userID})
}

// SetNIK is SetNIKTx in a transaction of its own.
func (s *Service) SetNIK(ctx context.Context, actor Actor, userID int64, typed string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error { return s.SetNIKTx(ctx, tx, actor, userID, typed) })
}

func mayWriteNIK(tx *gorm.DB, actor Actor, u userRow, now time.Time) error {
	if actor.SignedIn() && actor.UserID == u.ID {
		return nil
	}
	if helps, err := helpsTx(tx, actor.UserID, u.ID, now); err != nil {
		return err
	} else if helps && actor.SignedIn() {
		for _, g := range actor.Assisting {
			if g.MakerID == u.ID {
				return nil
			}
		}
	}
	if mayKeepPerson(actor, u) != nil {
		return fault.NotFound("user")
	}
	return nil
}

// nikFreeTx refuses a number that somebody else has, under any key.
func (s *Service) nikFreeTx(tx *gorm.DB, actor Actor, userID int64, nik string) error {
	var rows []userRow
	err := tx.Raw("SELECT "+userColumns+" FROM users u WHERE u.nik_index IN ? AND u.id <> ?", s.keys.Indexes(sealNIK, nik), userID).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("account: identity number: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	if mayKeepPerson(actor, rows[0]) == nil {
		return fault.Conflict("account.nik.taken_here", "name", rows[0].Name).With("nik", "account.nik.taken_here", "name", rows[0].Name)
	}
	return fault.Conflict("account.nik.taken").With("nik", "account.nik.taken")
}

// MaskedNIK is a person's identity number as it may stand on a page of the person
// and of officers ("3519••••••••0001"), "" when none is stored. The caller
// decides who sees even that; a companion does not.
func (s *Service) MaskedNIK(ctx context.Context, userID int64) (string, error) {
	nik, err := s.nikOf(s.db.Read(ctx), userID)
	return maskNIK(nik), err
}

func (s *Service) nikOf(db *gorm.DB, userID int64) (string, error) {
	var stored string
	if err := db.Raw("SELECT nik_sealed FROM users WHERE id = ?", userID).Scan(&stored).Error; err != nil {
		return "", fmt.Errorf("account: identity number of user %d: %w", userID, err)
	}
	nik, err := s.keys.Open(sealNIK, stored)
	if err != nil {
		return "", fmt.Errorf("account: identity number of user %d: %w", userID, err)
	}
	return nik, nil
}

// Reseal seals what an older key sealed (identity numbers with their indexes,
// secrets of second factors, recovery codes not yet seen) and returns how many
// there were. For the start of the program and `rotate`.
func (s *Service) Reseal(ctx context.Context) (int, error) {
	all := 0
	for _, c := range []sealed.Column{
		{Table: "users", Sealed: "nik_sealed", Index: "nik_index", Purpose: sealNIK},
		{Table: "factors", Sealed: "secret", Purpose: factorSeal},
		{Table: "recovery_codes", Sealed: "sealed", Purpose: recoverySeal},
	} {
		n, err := sealed.Renew(ctx, s.db, s.keys, c)
		all += n
		if err != nil {
			return all, err
		}
	}
	return all, nil
}
