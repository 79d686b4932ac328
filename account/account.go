package account

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/sync/semaphore"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Hooks are the back-calls that main gives: account stands below the packages
// that can send a message or hide a page. Each runs inside the transaction that
// caused it and must only write rows and jobs; an error rolls everything back.
type Hooks struct {
	// SendCode hands a one-time code to the person's own phone. Without it
	// RequestCode answers that codes cannot be sent.
	SendCode func(ctx context.Context, tx *gorm.DB, to User, code string, expires time.Time) error
	// Enqueue puts a job of account into the queue. Without it a code is made at
	// once, inside the request.
	Enqueue func(ctx context.Context, tx *gorm.DB, args jobs.Args) error
	// Tell warns the person, on every channel there is, of a change that guards
	// their money.
	Tell func(ctx context.Context, tx *gorm.DB, to User, event Event) error
	// ConsentGiven shows what waited for a consent.
	ConsentGiven func(ctx context.Context, tx *gorm.DB, userID int64, kind ConsentKind) error
	// ConsentEnded hides what was shown under a consent that was withdrawn or
	// has run out.
	ConsentEnded func(ctx context.Context, tx *gorm.DB, userID int64, kind ConsentKind) error
	// Helped tells maker and helper that somebody may help now, or, again, for
	// longer.
	Helped func(ctx context.Context, tx *gorm.DB, maker, helper User, g Grant, again bool) error
	// Revealed tells a person, on every channel there is, who was shown what of
	// theirs and why.
	Revealed func(ctx context.Context, tx *gorm.DB, to User, by User, what RevealKind, reason string) error
}

// Event is something a person must hear about.
type Event string

// The events given to Hooks.Tell.
const (
	EventReset           Event = "reset"            // an officer issued a new code; withdrawals rest
	EventPasswordChanged Event = "password_changed" // set or changed while signed in
	EventFactorSet       Event = "factor_set"       // a second factor was enrolled or replaced
	EventFactorReset     Event = "factor_reset"     // two admins, or the command line, ended it
	EventRecoveryUsed    Event = "recovery_used"    // somebody came in by a recovery code
)

// RestAfterReset is how long withdrawals rest after an officer's reset or a
// change of bank account (design §3.7).
const RestAfterReset = 72 * time.Hour

// Service is the way into account. Its methods are safe for concurrent use.
type Service struct {
	db    *database.DB
	keys  id.Keys
	hooks Hooks
	argon *semaphore.Weighted
	decoy func() string // hash compared with when nobody has the number
}

// NewService returns the service; keys sign one-time codes.
func NewService(db *database.DB, keys id.Keys) *Service {
	return &Service{db: db, keys: keys, argon: semaphore.NewWeighted(argonAtOnce), decoy: sync.OnceValue(makeDecoy)}
}

// Connect sets the back-calls. Call it once, before serving.
func (s *Service) Connect(h Hooks) { s.hooks = h }

// UserState is how far a person has come.
type UserState string

// The user states: invited until the first sign-in; a closed person cannot sign
// in and loses every role, membership, grant and session.
const (
	UserInvited UserState = "invited"
	UserActive  UserState = "active"
	UserClosed  UserState = "closed"
)

// User is a person we know. Phone, email and district are private (design
// §3.8): never put them on a public page, in a log or in the trail.
type User struct {
	ID                   int64
	Name                 string
	Phone                string // E.164, "" when there is none
	Email                string
	DistrictCode         string
	State                UserState
	HasPassword          bool
	WithdrawalsRestUntil time.Time // zero when money may leave at any time
	CreatedAt            time.Time
	FirstSignInAt        time.Time // zero when never
}

// userRow is users as stored.
type userRow struct {
	ID                   int64
	Name                 string
	Phone                string
	Email                string
	DistrictCode         string
	State                UserState
	PasswordHash         string
	WithdrawalsRestUntil *time.Time
	CreatedAt            time.Time
	FirstSignInAt        *time.Time
}

const userColumns = `u.id, u.name, u.phone, u.email, u.district_code, u.state, u.password_hash,
	u.withdrawals_rest_until, u.created_at, u.first_sign_in_at`

func (r userRow) user() User {
	return User{
		ID: r.ID, Name: r.Name, Phone: r.Phone, Email: r.Email, DistrictCode: r.DistrictCode, State: r.State,
		HasPassword: r.PasswordHash != "", WithdrawalsRestUntil: orZero(r.WithdrawalsRestUntil),
		CreatedAt: r.CreatedAt.UTC(), FirstSignInAt: orZero(r.FirstSignInAt),
	}
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

var indonesianMobile = regexp.MustCompile(`^\+628[0-9]{8,12}$`)

// Phone brings a typed number (0812…, 62812…, +62 812-…) into E.164; false when
// it is no phone number. Libraries disagree on the length of Indonesian
// numbers, so every 8 with 8 to 12 more digits is taken.
func Phone(typed string) (string, bool) {
	n, err := phonenumbers.Parse(typed, "ID")
	if err != nil {
		return "", false
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	if n.GetCountryCode() == 62 {
		return e164, indonesianMobile.MatchString(e164)
	}
	return e164, phonenumbers.IsValidNumber(n)
}

// NewUser is a person to invite.
type NewUser struct {
	Name         string
	Phone        string // as typed; may be empty only with NoPhone
	NoPhone      bool   // the person has no phone: a companion acts, nobody signs in
	Email        string
	DistrictCode string // "35.19.03"; of staff also a regency or province
	Staff        bool   // invited to work, by an admin
}

// InviteTx adds a person in state invited. An officer or admin may, within
// their territory; so may System. A number that somebody has already is a
// conflict (account.invite.phone_taken), a bad field a fault with fields name,
// phone, email, district.
func (s *Service) InviteTx(ctx context.Context, tx *gorm.DB, actor Actor, in NewUser) (User, error) {
	if !actor.HasAny(RoleOfficer, RoleAdmin) {
		return User{}, fault.Forbidden("account.invite.forbidden")
	}
	return s.addUserTx(ctx, tx, actor, in, false)
}

// addUserTx adds a person after the caller decided that actor may; anywhere says
// that their territory does not matter.
func (s *Service) addUserTx(ctx context.Context, tx *gorm.DB, actor Actor, in NewUser, anywhere bool) (User, error) {
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	bad := fault.Invalid("fault.form")
	if in.Name == "" || len([]rune(in.Name)) > 100 {
		bad.With("name", "account.invite.name")
	}
	phone := ""
	if !in.NoPhone || in.Phone != "" {
		var ok bool
		if phone, ok = Phone(in.Phone); !ok {
			bad.With("phone", "account.phone.invalid")
		}
	}
	in.Email = strings.TrimSpace(in.Email)
	if in.Email != "" && !plausibleEmail(in.Email) {
		bad.With("email", "account.invite.email")
	}
	_, ok := region.DistrictByCode(in.DistrictCode)
	if staff := actor.IsSystem() || in.Staff && actor.Has(RoleAdmin); staff && knownTerritory(in.DistrictCode) {
		ok = true // who works in a whole province lives somewhere in it
	}
	if !ok {
		bad.With("district", "account.invite.district")
	} else if !anywhere && !actor.Covers(in.DistrictCode) {
		bad.With("district", "account.invite.territory")
	}
	if err := bad.OrNil(); err != nil {
		return User{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return User{}, err
	}
	var ids []int64
	err = tx.Raw(`INSERT INTO users (name, phone, email, district_code, state, created_by, created_at)
		VALUES (?, ?, ?, ?, 'invited', ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
		in.Name, phone, in.Email, in.DistrictCode, actor.UserID, now).Scan(&ids).Error
	if err != nil {
		return User{}, fmt.Errorf("account: invite: %w", err)
	}
	if len(ids) == 0 {
		return User{}, fault.Conflict("account.invite.phone_taken").With("phone", "account.invite.phone_taken")
	}
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: ids[0], Verb: "invite", Object: "user", ObjectID: ids[0]})
	return User{
		ID: ids[0], Name: in.Name, Phone: phone, Email: in.Email, DistrictCode: in.DistrictCode,
		State: UserInvited, CreatedAt: now,
	}, err
}

// Invite is InviteTx in a transaction of its own.
func (s *Service) Invite(ctx context.Context, actor Actor, in NewUser) (User, error) {
	var u User
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) (err error) {
		u, err = s.InviteTx(ctx, tx, actor, in)
		return err
	})
	return u, err
}

// plausibleEmail refuses only what can never be an address, and line breaks
// that could forge a mail header.
func plausibleEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && len(s) <= 254 && !strings.ContainsAny(s, " \t\r\n<>,;\"")
}

// User returns one person. It checks no permission: callers decide who may see
// what of it.
func (s *Service) User(ctx context.Context, userID int64) (User, error) {
	row, err := userByID(s.db.Read(ctx), userID)
	return row.user(), err
}

// UserTx is User inside the caller's transaction.
func (s *Service) UserTx(_ context.Context, tx *gorm.DB, userID int64) (User, error) {
	row, err := userByID(tx, userID)
	return row.user(), err
}

// Users returns the people with these ids, by id; missing ones are left out.
func (s *Service) Users(ctx context.Context, ids []int64) (map[int64]User, error) {
	found := map[int64]User{}
	if len(ids) == 0 {
		return found, nil
	}
	users, err := listUsers(s.db.Read(ctx), "WHERE u.id IN ?", ids)
	for _, u := range users {
		found[u.ID] = u
	}
	return found, err
}

// UserByPhone finds a person by a number as typed; not found when nobody has it.
// For officers' forms and the command line, never for a public answer.
func (s *Service) UserByPhone(ctx context.Context, typed string) (User, error) {
	phone, ok := Phone(typed)
	if !ok {
		return User{}, fault.NotFound("user by an unreadable number")
	}
	row, err := userByPhone(s.db.Read(ctx), phone)
	return row.user(), err
}

// WithRole returns the people who hold the role now, by name.
func (s *Service) WithRole(ctx context.Context, role Role) ([]User, error) {
	return listUsers(s.db.Read(ctx), `WHERE u.state <> 'closed' AND EXISTS (
		SELECT 1 FROM role_grants r WHERE r.user_id = u.id AND r.role = ? AND r.state = 'active')
		ORDER BY u.name, u.id`, string(role))
}

func userByID(db *gorm.DB, userID int64) (userRow, error) {
	return oneUser(db, "WHERE u.id = ?", userID)
}

func userByPhone(db *gorm.DB, e164 string) (userRow, error) {
	return oneUser(db, "WHERE u.phone = ? AND u.phone <> ''", e164)
}

func oneUser(db *gorm.DB, where string, arg any) (userRow, error) {
	var rows []userRow
	if err := db.Raw("SELECT "+userColumns+" FROM users u "+where, arg).Scan(&rows).Error; err != nil {
		return userRow{}, fmt.Errorf("account: user: %w", err)
	}
	if len(rows) == 0 {
		return userRow{}, fault.NotFound("user")
	}
	return rows[0], nil
}

func listUsers(db *gorm.DB, where string, args ...any) ([]User, error) {
	var rows []userRow
	if err := db.Raw("SELECT "+userColumns+" FROM users u "+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("account: users: %w", err)
	}
	users := make([]User, len(rows))
	for i, r := range rows {
		users[i] = r.user()
	}
	return users, nil
}

// lockUserTx holds the person's row until the transaction ends and returns it,
// so that "end the old one, add the new one" happens one at a time. A closed
// person is not found.
func lockUserTx(tx *gorm.DB, userID int64) (userRow, error) {
	done := tx.Exec("UPDATE users SET state = state WHERE id = ? AND state <> 'closed'", userID)
	if done.Error != nil {
		return userRow{}, fmt.Errorf("account: lock user: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return userRow{}, fault.NotFound("user")
	}
	return userByID(tx, userID)
}

// CloseUser ends a person's access: sessions, codes, roles, memberships and
// grants, at once. Only an admin may, and not on themself. Their rows stay: what
// they did keeps its name.
func (s *Service) CloseUser(ctx context.Context, actor Actor, userID int64) error {
	if !actor.Has(RoleAdmin) || actor.UserID == userID {
		return fault.Forbidden("fault.forbidden")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if _, err := lockUserTx(tx, userID); err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{"UPDATE users SET state = 'closed', closed_at = ?, password_hash = '' WHERE id = ?", []any{now, userID}},
			{"UPDATE sessions SET ended_at = ?, data = '' WHERE user_id = ? AND ended_at IS NULL", []any{now, userID}},
			{"UPDATE sign_in_codes SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL", []any{now, userID}},
			{"UPDATE role_grants SET state = 'ended', ended_at = ?, ended_by = ? WHERE user_id = ? AND state IN ('proposed', 'active')", []any{now, actor.UserID, userID}},
			{"UPDATE memberships SET ended_at = ?, ended_by = ? WHERE user_id = ? AND ended_at IS NULL", []any{now, actor.UserID, userID}},
			{"UPDATE grants SET ended_at = ?, ended_by = ? WHERE (maker_id = ? OR companion_id = ?) AND ended_at IS NULL", []any{now, actor.UserID, userID, userID}},
		} {
			if err := tx.Exec(step.sql, step.args...).Error; err != nil {
				return fmt.Errorf("account: close user: %w", err)
			}
		}
		if err := endFactorTx(tx, userID, actor.UserID, now); err != nil {
			return err
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: userID, Verb: "close", Object: "user", ObjectID: userID})
	})
}

// RestWithdrawalsTx keeps the person's money from leaving for RestAfterReset
// from now (never shortening a longer rest). finance calls it when a bank
// account changes.
func (s *Service) RestWithdrawalsTx(ctx context.Context, tx *gorm.DB, userID int64) (time.Time, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	until := now.Add(RestAfterReset)
	err = tx.Exec(`UPDATE users SET withdrawals_rest_until = ? WHERE id = ?
		AND (withdrawals_rest_until IS NULL OR withdrawals_rest_until < ?)`, until, userID, until).Error
	if err != nil {
		return time.Time{}, fmt.Errorf("account: rest withdrawals: %w", err)
	}
	return until, nil
}

// WithdrawalsRestTx returns until when no withdrawal of the shop may leave: the
// latest rest of any of its members, or zero when none rests now.
func (s *Service) WithdrawalsRestTx(ctx context.Context, tx *gorm.DB, shopID int64) (time.Time, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	users, err := listUsers(tx, `JOIN memberships m ON m.user_id = u.id AND m.ended_at IS NULL
		WHERE m.shop_id = ? AND u.withdrawals_rest_until > ? ORDER BY u.withdrawals_rest_until DESC`, shopID, now)
	if err != nil || len(users) == 0 {
		return time.Time{}, err
	}
	return users[0].WithdrawalsRestUntil, nil
}
