package program

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Keep names every package that stores something of people, in the order in which
// they forget: account, by whose phone number others find their rows, comes last.
// Call it once, before serving.
func (s *Service) Keep(keepers ...personal.Keeper) { s.keepers = keepers }

// DataOf returns everything that is stored of the signed-in person.
func (s *Service) DataOf(ctx context.Context, actor account.Actor) ([]personal.Section, error) {
	if !actor.SignedIn() {
		return nil, fault.Unauthenticated()
	}
	db := s.db.Read(ctx)
	p, err := s.personTx(ctx, db, actor.UserID)
	if err != nil {
		return nil, err
	}
	var all []personal.Section
	for _, k := range s.keepers {
		more, err := k.DataOf(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	own, err := personal.Collect(db,
		personal.Query{Name: "undangan", SQL: `SELECT a.name AS dinas, i.shop_id, i.created_at FROM invitations i JOIN agencies a ON a.id = i.agency_id WHERE i.maker_id = ?`, Args: []any{p.UserID}},
		personal.Query{Name: "pengaduan", SQL: `SELECT number, order_number, name, phone, email, body, state, answer, created_at, answered_at FROM complaints
			WHERE (phone <> '' AND phone = ?) OR (email <> '' AND email = ?) ORDER BY id`, Args: []any{p.Phone, p.Email}},
		personal.Query{Name: "permintaan_bergabung", SQL: `SELECT name, phone, district_code, makes, state, reason, created_at, decided_at FROM join_requests WHERE phone <> '' AND phone = ? ORDER BY id`, Args: []any{p.Phone}},
		personal.Query{Name: "permintaan_hapus", SQL: `SELECT state, asked_at, checked_at, done_at FROM erasures WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}})
	if err != nil {
		return nil, err
	}
	rows, err := trail.About(ctx, db, p.UserID)
	if err != nil {
		return nil, err
	}
	steps := personal.Section{Name: "jejak"}
	for _, r := range rows {
		steps.Rows = append(steps.Rows, map[string]any{"waktu": r.CreatedAt.UTC().Format(time.RFC3339), "verb": r.Verb, "object": r.Object, "object_id": r.ObjectID, "oleh_saya": r.ActorID == p.UserID})
	}
	return append(append(all, own...), steps), nil
}

func (s *Service) personTx(ctx context.Context, tx *gorm.DB, userID int64) (personal.Person, error) {
	p, err := s.accounts.PersonTx(ctx, tx, userID)
	if err != nil {
		return p, err
	}
	for _, k := range s.keepers {
		if knower, ok := k.(personal.Knower); ok {
			if err := knower.KnowTx(ctx, tx, &p); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// ErasureState is how far a request to be forgotten is.
type ErasureState string

// The states: asked by the person; checked by one of the agency; done by an
// admin, another person; taken back by the person before that.
const (
	ErasureAsked     ErasureState = "asked"
	ErasureChecked   ErasureState = "checked"
	ErasureDone      ErasureState = "done"
	ErasureWithdrawn ErasureState = "withdrawn"
)

// Erasure is one request to be forgotten.
type Erasure struct {
	ID           int64
	UserID       int64
	Name         string
	DistrictCode string
	State        ErasureState
	AskedAt      time.Time
	CheckedBy    int64
	Open         []personal.Open `gorm:"-"` // what must be settled first
}

// AskErasure asks, for the person themself, to be forgotten. Asking twice is
// asking once.
func (s *Service) AskErasure(ctx context.Context, actor account.Actor) error {
	if !actor.SignedIn() {
		return fault.Unauthenticated()
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw(`INSERT INTO erasures (user_id, state, asked_by, asked_at) VALUES (?, 'asked', ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			actor.UserID, actor.UserID, now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("program: ask erasure: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "ask", Object: "erasure", ObjectID: ids[0]})
	})
}

// WithdrawErasure takes the person's own request back, until it is done.
func (s *Service) WithdrawErasure(ctx context.Context, actor account.Actor) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		done := tx.Exec(`UPDATE erasures SET state = 'withdrawn' WHERE user_id = ? AND state IN ('asked', 'checked')`, actor.UserID)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "withdraw", Object: "erasure"})
	})
}

// Erasure returns the person's own open request with what must be settled first;
// false when there is none.
func (s *Service) Erasure(ctx context.Context, actor account.Actor) (Erasure, bool, error) {
	list, err := s.erasures(ctx, func(tx *gorm.DB) *gorm.DB {
		return tx.Raw(`SELECT id, user_id, state, asked_at, checked_by FROM erasures WHERE user_id = ? AND state IN ('asked', 'checked')`, actor.UserID)
	})
	if err != nil || len(list) == 0 {
		return Erasure{}, false, err
	}
	return list[0], true, nil
}

// Erasures lists the open requests of the actor's territory, oldest first, each
// with what must be settled. Officers, heads and admins.
func (s *Service) Erasures(ctx context.Context, actor account.Actor) ([]Erasure, error) {
	if !actor.SignedIn() || !actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) {
		return nil, fault.NotFound("erasures")
	}
	all, err := s.erasures(ctx, func(tx *gorm.DB) *gorm.DB {
		return tx.Raw(`SELECT id, user_id, state, asked_at, checked_by FROM erasures WHERE state IN ('asked', 'checked') ORDER BY id LIMIT 200`)
	})
	var mine []Erasure
	for _, e := range all {
		if actor.Covers(e.DistrictCode) && e.UserID != actor.UserID {
			mine = append(mine, e)
		}
	}
	return mine, err
}

func (s *Service) erasures(ctx context.Context, query func(*gorm.DB) *gorm.DB) ([]Erasure, error) {
	db := s.db.Read(ctx)
	var list []Erasure
	if err := query(db).Scan(&list).Error; err != nil {
		return nil, fmt.Errorf("program: erasures: %w", err)
	}
	for i, e := range list {
		u, err := s.accounts.User(ctx, e.UserID)
		if err != nil {
			return nil, err
		}
		p, err := s.personTx(ctx, db, e.UserID)
		if err != nil {
			return nil, err
		}
		list[i].Name, list[i].DistrictCode, list[i].AskedAt = u.Name, u.DistrictCode, e.AskedAt.UTC()
		if list[i].Open, err = s.openTx(ctx, db, p); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Service) openTx(ctx context.Context, tx *gorm.DB, p personal.Person) ([]personal.Open, error) {
	var all []personal.Open
	for _, k := range s.keepers {
		open, err := k.OpenTx(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, open...)
	}
	return all, nil
}

// CheckErasure says that the request is the person's own and nothing of theirs is
// open: one of the agency's staff in the person's territory. Conflict while
// something is open, or when it was decided meanwhile.
func (s *Service) CheckErasure(ctx context.Context, actor account.Actor, id int64) error {
	return s.decideErasure(ctx, actor, id, func(tx *gorm.DB, e Erasure, _ personal.Person, now time.Time) error {
		return changed(tx.Exec(`UPDATE erasures SET state = 'checked', checked_by = ?, checked_at = ? WHERE id = ? AND state = 'asked'`, actor.UserID, now, id))
	})
}

// DoErasure forgets the person for good: an admin, never who checked. Amounts,
// the journal, orders and the trail stay; name, numbers, addresses, pictures,
// messages and evidence go, sessions end. Conflict while something is open.
func (s *Service) DoErasure(ctx context.Context, actor account.Actor, id int64) error {
	if !actor.SignedIn() || !actor.Has(account.RoleAdmin) {
		return fault.NotFound("erasure")
	}
	return s.decideErasure(ctx, actor, id, func(tx *gorm.DB, e Erasure, p personal.Person, now time.Time) error {
		if e.CheckedBy == actor.UserID {
			return fault.Forbidden("program.erasure.four_eyes")
		}
		err := changed(tx.Exec(`UPDATE erasures SET state = 'done', done_by = ?, done_at = ? WHERE id = ? AND state = 'checked'`, actor.UserID, now, id))
		if err != nil {
			return err
		}
		err = tx.Exec(`UPDATE complaints SET name = '', phone = '', email = '', body = '', answer = ''
			WHERE (phone <> '' AND phone = ?) OR (email <> '' AND email = ?)`, p.Phone, p.Email).Error
		if err != nil {
			return fmt.Errorf("program: forget complaints: %w", err)
		}
		if err := tx.Exec(`DELETE FROM join_requests WHERE phone <> '' AND phone = ?`, p.Phone).Error; err != nil {
			return fmt.Errorf("program: forget joins: %w", err)
		}
		for _, k := range s.keepers {
			if err := k.ForgetTx(ctx, tx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func changed(done *gorm.DB) error {
	if done.Error != nil {
		return fmt.Errorf("program: erasure: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Conflict("program.erasure.decided")
	}
	return nil
}

func (s *Service) decideErasure(ctx context.Context, actor account.Actor, id int64, decide func(tx *gorm.DB, e Erasure, p personal.Person, now time.Time) error) error {
	if !actor.SignedIn() || !actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) {
		return fault.NotFound("erasure")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var e Erasure
		err := tx.Raw(`SELECT id, user_id, state, asked_at, checked_by FROM erasures WHERE id = ?`, id).Take(&e).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return fault.NotFound("erasure")
		}
		if err != nil {
			return fmt.Errorf("program: erasure: %w", err)
		}
		u, err := s.accounts.UserTx(ctx, tx, e.UserID)
		if err != nil {
			return err
		}
		if !actor.Covers(u.DistrictCode) || e.UserID == actor.UserID {
			return fault.NotFound("erasure outside the territory")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		p, err := s.personTx(ctx, tx, e.UserID)
		if err != nil {
			return err
		}
		open, err := s.openTx(ctx, tx, p)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return fault.Conflict("program.erasure.open")
		}
		if err := decide(tx, e, p, now); err != nil {
			return err
		}
		verb := "check"
		if e.State == ErasureChecked {
			verb = "forget"
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: e.UserID, Verb: verb, Object: "erasure", ObjectID: id})
	})
}
