package program

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/notify"
)

const (
	// MaxMakes is how long the line about what somebody makes may be, in letters.
	MaxMakes = 150
	// JoinKept are the days after which a request to join that nobody invited is
	// forgotten, where administrators set nothing else.
	JoinKept = 90
	// joinsShown is how many requests one list shows.
	joinsShown = 200
)

// Messages tells people, in the caller's transaction.
type Messages interface {
	SendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error
}

// Tell names who tells people that they were invited or not. Call it once, before
// serving; without it nobody is told.
func (s *Service) Tell(messages Messages) { s.messages = messages }

// JoinState is where a request to join stands.
type JoinState string

// A request is open until an officer invites or somebody of the agency refuses;
// there is no way back, a new one is written instead.
const (
	JoinOpen    JoinState = "open"
	JoinInvited JoinState = "invited"
	JoinRefused JoinState = "refused"
)

// Join is one person who asked to join.
type Join struct {
	ID           int64
	Name         string
	Phone        string // E.164
	RegencyCode  string
	DistrictCode string
	Makes        string
	State        JoinState
	Reason       string
	CreatedAt    time.Time
	HasAccount   bool `gorm:"-"` // somebody signs in with this number already
}

// NewJoin is the form of /daftar as typed.
type NewJoin struct {
	Name     string
	Phone    string
	District string // kecamatan code; the regency is its own
	Makes    string
	Source   string // the network address it comes from, for the limit
}

// citizenNumber finds a NIK that somebody typed where none is asked.
var citizenNumber = regexp.MustCompile(`(?:[0-9][ .-]?){16}`)

// AskToJoin takes a request to join from anybody; who has an account already is
// answered the same. Of one phone number one request is open at most: a second
// send changes nothing, so that nobody rewrites another's. Faults are on name,
// phone, district and makes; too many from one address or of one number are
// rate-limited, and a faulty form counts nothing.
func (s *Service) AskToJoin(ctx context.Context, in NewJoin) error {
	in.Name, in.Makes = line(in.Name), line(in.Makes)
	bad := fault.Invalid("fault.form")
	if n := utf8.RuneCountInString(in.Name); n < 2 || n > 100 || citizenNumber.MatchString(in.Name) {
		bad.With("name", "program.join.name")
	}
	phone, ok := account.Phone(in.Phone)
	if !ok {
		bad.With("phone", "account.phone.invalid")
	}
	place, ok := region.DistrictByCode(in.District)
	if !ok {
		bad.With("district", "program.join.district")
	}
	switch n := utf8.RuneCountInString(in.Makes); {
	case citizenNumber.MatchString(in.Makes):
		bad.With("makes", "program.join.nik")
	case n < 3 || n > MaxMakes:
		bad.With("makes", "program.join.makes", "max", MaxMakes)
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	err := s.accounts.Allow(ctx, account.Limit{Name: "join", Who: in.Source, Most: 10, Window: time.Hour},
		account.Limit{Name: "join-phone", Who: phone, Most: 5, Window: 24 * time.Hour})
	if err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw(`INSERT INTO join_requests (name, phone, regency_code, district_code, makes, state, created_at)
			VALUES (?, ?, ?, ?, ?, 'open', ?) ON CONFLICT (phone) WHERE state = 'open' DO NOTHING RETURNING id`,
			in.Name, phone, place.RegencyCode, place.Code, in.Makes, now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("program: ask to join: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Verb: "ask", Object: "join", ObjectID: ids[0]})
	})
}

const joinColumns = `id, name, phone, regency_code, district_code, makes, state, reason, created_at`

// Joins lists the open requests of the actor's territory, oldest first, at most
// 200. Officers, heads and admins; an admin sees those of every place, also where
// no officer works.
func (s *Service) Joins(ctx context.Context, actor account.Actor) ([]Join, error) {
	if !answers(actor) {
		return nil, fault.NotFound("join requests")
	}
	var all, mine []Join
	if err := s.db.Read(ctx).Raw("SELECT " + joinColumns + " FROM join_requests WHERE state = 'open' ORDER BY id").Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("program: joins: %w", err)
	}
	for _, j := range all {
		if !actor.Covers(j.DistrictCode) {
			continue
		}
		if len(mine) == joinsShown {
			break
		}
		j.CreatedAt = j.CreatedAt.UTC()
		_, err := s.accounts.UserByPhone(ctx, j.Phone)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return nil, err
		}
		j.HasAccount = err == nil
		mine = append(mine, j)
	}
	return mine, nil
}

// JoinsWaiting counts the open requests of the actor's territory. Who may: Joins.
func (s *Service) JoinsWaiting(ctx context.Context, actor account.Actor) (n int, err error) {
	if !answers(actor) {
		return 0, nil
	}
	var places []string
	if err := s.db.Read(ctx).Raw("SELECT district_code FROM join_requests WHERE state = 'open'").Scan(&places).Error; err != nil {
		return 0, fmt.Errorf("program: joins: %w", err)
	}
	for _, code := range places {
		if actor.Covers(code) {
			n++
		}
	}
	return n, nil
}

// JoinOf is one open request of the actor's territory, to invite. Errors: not
// found; conflict when it was decided.
func (s *Service) JoinOf(ctx context.Context, actor account.Actor, joinID int64) (Join, error) {
	return s.joinTx(s.db.Read(ctx), actor, joinID)
}

func (s *Service) joinTx(tx *gorm.DB, actor account.Actor, joinID int64) (Join, error) {
	var found []Join
	if err := tx.Raw("SELECT "+joinColumns+" FROM join_requests WHERE id = ?", joinID).Scan(&found).Error; err != nil {
		return Join{}, fmt.Errorf("program: join: %w", err)
	}
	if len(found) == 0 || !answers(actor) || !actor.Covers(found[0].DistrictCode) {
		return Join{}, fault.NotFound("join request")
	}
	if found[0].State != JoinOpen {
		return Join{}, fault.Conflict("program.join.decided")
	}
	return found[0], nil
}

// RefuseJoin says no to a request, kindly and with a reason that the person reads.
// Officers, heads and admins of its territory; faults are on id and reason. Errors:
// not found; conflict when it was decided.
func (s *Service) RefuseJoin(ctx context.Context, actor account.Actor, joinID int64, reason string) error {
	reason = line(reason)
	if joinID == 0 {
		return fault.Invalid("fault.form").With("id", "program.join.which")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		j, err := s.joinTx(tx, actor, joinID)
		if err != nil {
			return err
		}
		if n := utf8.RuneCountInString(reason); n < 3 || n > 300 {
			return fault.Invalid("fault.form").With("reason", "program.join.reason")
		}
		if err := s.decideJoinTx(ctx, tx, actor, j, JoinRefused, reason, nil); err != nil {
			return err
		}
		return s.tellJoinTx(ctx, tx, notify.Message{Kind: "join_refused", Data: map[string]string{"reason": reason},
			To: notify.Recipient{Name: j.Name, Phone: j.Phone}})
	})
}

// inviteJoinTx closes the request that an invitation answers and tells the person.
func (s *Service) inviteJoinTx(ctx context.Context, tx *gorm.DB, actor account.Actor, joinID int64, out Invited) error {
	j, err := s.joinTx(tx, actor, joinID)
	if err != nil {
		return err
	}
	if err := s.decideJoinTx(ctx, tx, actor, j, JoinInvited, "", &out.ShopID); err != nil {
		return err
	}
	return s.tellJoinTx(ctx, tx, notify.Message{Kind: "join_invited", Link: "/masuk", To: notify.Recipient{UserID: out.MakerID, Name: j.Name, Phone: j.Phone}})
}

func (s *Service) decideJoinTx(ctx context.Context, tx *gorm.DB, actor account.Actor, j Join, to JoinState, reason string, shopID *int64) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	done := tx.Exec(`UPDATE join_requests SET state = ?, reason = ?, shop_id = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = 'open'`,
		to, reason, shopID, actor.UserID, now, j.ID)
	if done.Error != nil {
		return fmt.Errorf("program: decide join: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Conflict("program.join.decided")
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: strings.TrimSuffix(string(to), "d"), Object: "join", ObjectID: j.ID})
}

func (s *Service) tellJoinTx(ctx context.Context, tx *gorm.DB, m notify.Message) error {
	if s.messages == nil {
		return nil
	}
	if err := s.messages.SendTx(ctx, tx, m); err != nil {
		return fmt.Errorf("program: message %s: %w", m.Kind, err)
	}
	return nil
}

// ForgetJoins deletes requests to join that are older than the setting join_kept:
// open ones by the day they were asked, decided ones by the day of the decision.
// It returns how many.
func (s *Service) ForgetJoins(ctx context.Context) (int64, error) {
	var n int64
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		set, err := settings.NowTx(ctx, tx)
		if err != nil {
			return err
		}
		before := now.Add(-time.Duration(set.Of(settings.JoinKept, JoinKept)) * 24 * time.Hour)
		done := tx.Exec(`DELETE FROM join_requests WHERE COALESCE(decided_at, created_at) < ?`, before)
		n = done.RowsAffected
		return done.Error
	})
	if err != nil {
		return 0, fmt.Errorf("program: forget joins: %w", err)
	}
	return n, nil
}

// joinProofs are the invariants of requests to join: each query returns the rows
// that break one, as id and a sentence.
var joinProofs = []struct{ name, query string }{
	{"join invited shop", `SELECT j.id, 'was invited, but no invitation is of its shop' AS text FROM join_requests j
		WHERE j.state = 'invited' AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.shop_id = j.shop_id)`},
	{"join decided", `SELECT j.id, 'is ' || j.state || ' by nobody or without a reason' AS text FROM join_requests j
		WHERE (j.state = 'open') <> (j.decided_by = 0) OR (j.state = 'refused') <> (j.reason <> '')`},
	{"join place", `SELECT j.id, 'district ' || j.district_code || ' is not in ' || j.regency_code AS text FROM join_requests j
		WHERE substr(j.district_code, 1, 5) <> j.regency_code`},
}

// Prove checks this package's rows: a request to join is decided by somebody, an
// invited one has its invitation, and its district lies in its regency.
func Prove(ctx context.Context, db *database.DB) ([]proof.Finding, error) {
	var findings []proof.Finding
	for _, p := range joinProofs {
		var rows []struct {
			ID   int64
			Text string
		}
		if err := db.Read(ctx).Raw(p.query + " ORDER BY 1").Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("program: prove %s: %w", p.name, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: p.name, Row: fmt.Sprintf("join_requests %d", r.ID), Text: r.Text})
		}
	}
	return findings, nil
}
