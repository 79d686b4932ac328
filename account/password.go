package account

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// argon are the parameters OWASP names for small machines: about 43 ms and
// 19 MiB for each hash.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// argonAtOnce bounds the memory that a flood of sign-ins can take (76 MiB).
const argonAtOnce = 4

// Lengths of a password, in characters (ASVS 6.2.1, 6.2.9).
const (
	passwordShortest = 8
	passwordLongest  = 128
)

func makeDecoy() string {
	h, err := argon2id.CreateHash(id.Token(), argon)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return h
}

// hash makes the stored form of a password, waiting for its turn.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	if err := s.argon.Acquire(ctx, 1); err != nil {
		return "", fault.Unavailable("fault.busy", err)
	}
	defer s.argon.Release(1)
	h, err := argon2id.CreateHash(password, argon)
	if err != nil {
		return "", fmt.Errorf("account: hash password: %w", err)
	}
	return h, nil
}

// matches compares in constant time, waiting for its turn. An empty hash (no
// password, nobody there) takes as long and never matches.
func (s *Service) matches(ctx context.Context, password, hash string) (bool, error) {
	if err := s.argon.Acquire(ctx, 1); err != nil {
		return false, fault.Unavailable("fault.busy", err)
	}
	defer s.argon.Release(1)
	against := hash
	if against == "" {
		against = s.decoy()
	}
	ok, err := argon2id.ComparePasswordAndHash(password, against)
	if err != nil {
		return false, fmt.Errorf("account: compare password: %w", err)
	}
	return ok && hash != "", nil
}

//go:embed data/common-passwords.txt
var commonFile string

var common = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for line := range strings.Lines(commonFile) {
		if w := strings.TrimSpace(line); w != "" && !strings.HasPrefix(w, "#") {
			words[w] = true
		}
	}
	return words
})

// checkPassword says what is wrong with a new password, "" when nothing is:
// long enough, not one that everybody tries first, not the person's own name or
// number. No rule on kinds of characters (ASVS 6.2.5).
func checkPassword(password string, u userRow) string {
	n := utf8.RuneCountInString(password)
	switch {
	case n < passwordShortest:
		return "account.password.short"
	case n > passwordLongest:
		return "account.password.long"
	}
	plain := strings.ToLower(strings.TrimSpace(password))
	letters := strings.Join(strings.Fields(plain), "")
	if common()[letters] || common()[strings.TrimRight(letters, "0123456789!.?")] || repeated(letters) {
		return "account.password.common"
	}
	for _, own := range []string{u.Name, strings.ReplaceAll(u.Name, " ", ""), u.Phone, strings.TrimPrefix(u.Phone, "+"), "0" + strings.TrimPrefix(u.Phone, "+62")} {
		if len(own) > 3 && plain == strings.ToLower(own) {
			return "account.password.own"
		}
	}
	return ""
}

// repeated reports a single character, or one short group, over and over, and
// runs such as 12345678 and abcdefgh in either direction.
func repeated(s string) bool {
	for size := 1; size <= 3 && size < len(s); size++ {
		if strings.Repeat(s[:size], len(s)/size+1)[:len(s)] == s {
			return true
		}
	}
	up, down := true, true
	for i := 1; i < len(s); i++ {
		up = up && s[i] == s[i-1]+1
		down = down && s[i] == s[i-1]-1
	}
	return up || down
}

// freshCode is how long after signing in by code a forgotten password may be
// replaced without typing the old one.
const freshCode = 15 * time.Minute

// SetPassword sets the actor's own password; nobody can set another person's.
// current must match when there is a password, unless the actor signed in by a
// one-time code in this session within the last 15 minutes. It ends the actor's other sessions
// and tells them. Faults are on the fields current and password.
func (s *Service) SetPassword(ctx context.Context, actor Actor, current, password string) error {
	if !actor.SignedIn() {
		return fault.Unauthenticated()
	}
	row, err := userByID(s.db.Read(ctx), actor.UserID)
	if err != nil {
		return err
	}
	if key := checkPassword(password, row); key != "" {
		return fault.Invalid("fault.form").With("password", key, "shortest", passwordShortest, "longest", passwordLongest)
	}
	if row.PasswordHash != "" {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		// Of this session: a code used on another device frees nobody here.
		fresh := !actor.Proof.ByCode.IsZero() && now.Sub(actor.Proof.ByCode) <= freshCode
		if !fresh {
			// Counted, so that a session left open cannot be used to guess.
			if err := s.Allow(ctx, Limit{Name: "password", Who: row.Phone, Most: 10, Window: 15 * time.Minute}); err != nil {
				return err
			}
			ok, err := s.matches(ctx, current, row.PasswordHash)
			if err != nil {
				return err
			}
			if !ok {
				return fault.Invalid("fault.form").With("current", "account.password.wrong")
			}
		}
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		// Only over the password that was checked: two changes at once, one wins.
		done := tx.Exec("UPDATE users SET password_hash = ? WHERE id = ? AND state <> 'closed' AND password_hash = ?",
			hash, actor.UserID, row.PasswordHash)
		if done.Error != nil {
			return fmt.Errorf("account: set password: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.Conflict("account.password.changed_meanwhile")
		}
		if _, err := s.endSessionsTx(ctx, tx, actor.UserID, actor.Session); err != nil {
			return err
		}
		if err := trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "set_password", Object: "user", ObjectID: actor.UserID}); err != nil {
			return err
		}
		return s.tellTx(ctx, tx, row.user(), EventPasswordChanged)
	})
}

func (s *Service) tellTx(ctx context.Context, tx *gorm.DB, to User, event Event) error {
	if s.hooks.Tell == nil {
		return nil
	}
	return s.hooks.Tell(ctx, tx, to, event)
}
