package account

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// RevealKind is something that pages show masked.
type RevealKind string

// What can be revealed.
const (
	RevealNIK  RevealKind = "nik"
	RevealBank RevealKind = "bank_account"
)

// shortestReason is how many letters a reason has at least; revealsInAnHour how
// many numbers one person is shown (reliability §4, object rule 4).
const (
	shortestReason  = 10
	revealsInAnHour = 20
)

// AllowReveal counts one try to see a hidden number. Call it before the
// transaction of RevealTx, outside any.
func (s *Service) AllowReveal(ctx context.Context, actor Actor) error {
	return s.Allow(ctx, Limit{Name: "reveal", Who: strconv.FormatInt(actor.UserID, 10), Most: revealsInAnHour, Window: time.Hour})
}

// RevealTx records that the actor is shown something hidden of a person: who, of
// whom, what, why and when; and tells the person. The caller owns what is shown,
// has decided that the actor may see it, and shows it only after this committed.
// A reason shorter than ten letters is a fault on the field reason; nobody is
// shown their own this way.
func (s *Service) RevealTx(ctx context.Context, tx *gorm.DB, actor Actor, userID int64, what RevealKind, reason string) error {
	reason = clean(reason, 300)
	if len([]rune(reason)) < shortestReason {
		return fault.Invalid("fault.form").With("reason", "account.reveal.reason", "shortest", shortestReason)
	}
	if !actor.SignedIn() || actor.UserID == userID {
		return fault.NotFound("reveal")
	}
	to, err := userByID(tx, userID)
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = tx.Exec("INSERT INTO reveals (actor_id, subject_id, what, reason, created_at) VALUES (?, ?, ?, ?, ?)",
		actor.UserID, userID, string(what), reason, now).Error
	if err != nil {
		return fmt.Errorf("account: reveal: %w", err)
	}
	// The reason stays out of the trail, which nobody can empty.
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: userID, Verb: "reveal", Object: "user", ObjectID: userID, Note: string(what)})
	if err != nil || s.hooks.Revealed == nil {
		return err
	}
	by, err := userByID(tx, actor.UserID)
	if err != nil {
		return err
	}
	return s.hooks.Revealed(ctx, tx, to.user(), by.user(), what, reason)
}

// RevealNIK returns a person's whole identity number, once, for a reason: to
// officers and admins of the person's territory who do not help them. Everybody
// else finds nothing; a number that is not stored is a conflict.
// Field faults are on reason; too many in an hour are rate-limited.
func (s *Service) RevealNIK(ctx context.Context, actor Actor, userID int64, reason string) (nik string, err error) {
	if err := s.AllowReveal(ctx, actor); err != nil {
		return "", err
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		u, err := lockUserTx(tx, userID)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if mayKeepPerson(actor, u) != nil {
			return fault.NotFound("user")
		}
		if helps, err := helpsTx(tx, actor.UserID, userID, now); err != nil {
			return err
		} else if helps {
			return fault.Forbidden("account.reveal.companion")
		}
		if nik, err = s.nikOf(tx, userID); err != nil {
			return err
		}
		if nik == "" {
			return fault.Conflict("account.reveal.none").With("reason", "account.reveal.none")
		}
		return s.RevealTx(ctx, tx, actor, userID, RevealNIK, reason)
	})
	if err != nil {
		return "", err
	}
	return nik, nil
}

// Reveal is one line of the list of what was revealed.
type Reveal struct {
	ID        int64
	ActorID   int64
	Actor     string // name
	SubjectID int64
	Subject   string
	What      RevealKind
	Reason    string
	CreatedAt time.Time
}

// Reveals lists what was revealed, newest first, older than before (0: the
// newest): to heads of the people of their territory, to admins of everybody.
func (s *Service) Reveals(ctx context.Context, actor Actor, before int64, limit int) ([]Reveal, error) {
	if !actor.SignedIn() || !actor.HasAny(RoleHead, RoleAdmin) {
		return nil, fault.NotFound("reveals")
	}
	where, args := "1 = 1", []any{}
	if before > 0 {
		where, args = "r.id < ?", []any{before}
	}
	area, more := inTerritory(actor, "u.district_code")
	return listReveals(s.db.Read(ctx), where+" AND "+area, append(args, more...), limit)
}

// RevealsOf lists what was revealed of one person. The caller passes the
// signed-in person's own id.
func (s *Service) RevealsOf(ctx context.Context, userID int64) ([]Reveal, error) {
	return listReveals(s.db.Read(ctx), "r.subject_id = ?", []any{userID}, 200)
}

func listReveals(db *gorm.DB, where string, args []any, limit int) ([]Reveal, error) {
	var list []Reveal
	err := db.Raw(`SELECT r.id, r.actor_id, a.name AS actor, r.subject_id, u.name AS subject, r.what, r.reason, r.created_at
		FROM reveals r JOIN users u ON u.id = r.subject_id JOIN users a ON a.id = r.actor_id
		WHERE `+where+` ORDER BY r.id DESC LIMIT ?`, append(args, min(max(limit, 1), 200))...).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("account: reveals: %w", err)
	}
	for i := range list {
		list[i].CreatedAt = list[i].CreatedAt.UTC()
	}
	return list, nil
}

// inTerritory is the condition that a column of district codes lies in the
// actor's territory.
func inTerritory(actor Actor, column string) (sql string, args []any) {
	if actor.Has(RoleAdmin) {
		return "1 = 1", nil
	}
	sql = "(1 = 0"
	for _, code := range actor.Territory {
		sql += " OR " + column + " = ? OR " + column + " LIKE ?"
		args = append(args, code, code+".%")
	}
	return sql + ")", args
}
