package account

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Keys of session values. server puts the signed-in person's id (int64) under
// SessionUser, a short device name ("Chrome, Android") under SessionDevice, and
// moments (int64, microseconds since 1970, by the database's clock) under the
// others: see Proof. The store copies them into columns.
const (
	SessionUser   = "user"
	SessionDevice = "device"
	SessionSince  = "since"
	SessionLogin  = "login"
	SessionByCode = "by_code"
	SessionFactor = "factor"
)

// How long a sign-in lasts: makers keep theirs on their own phone for a month;
// staff, whose session passed the second factor, sign in again every working day
// and after an hour away (ASVS 7.3.1, 7.3.2).
const (
	SessionLife = 30 * 24 * time.Hour
	staffLife   = 12 * time.Hour
	staffIdle   = 60 * time.Minute
	seenEvery   = time.Minute // how often a session writes that it is still used
)

// SessionKey is the form in which a session token is stored and carried in
// Actor.Session; the token itself is only in the cookie.
func SessionKey(token string) string { return id.Hash(token) }

// SessionStore returns the store for scs.SessionManager: server-side, tokens
// hashed, tied to a person so that all their sessions can be ended. Leave
// HashTokenInStore off; the store hashes.
func (s *Service) SessionStore() scs.CtxStore { return sessionStore{s.db} }

// sessionStore implements scs.CtxStore. An ended session keeps its row until it
// would have expired: a request that loaded it before the end must not bring it
// back by saving it after.
type sessionStore struct{ db *database.DB }

var _ scs.CtxStore = sessionStore{}

func (st sessionStore) Delete(token string) error { return st.DeleteCtx(context.Background(), token) }

func (st sessionStore) Find(token string) ([]byte, bool, error) {
	return st.FindCtx(context.Background(), token)
}

func (st sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return st.CommitCtx(context.Background(), token, data, expiry)
}

func (st sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	db := st.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, false, err
	}
	var rows []struct {
		ID     int64
		UserID *int64
		Data   []byte
		SeenAt time.Time
	}
	err = db.Raw("SELECT id, user_id, data, seen_at FROM sessions WHERE token_hash = ? AND "+liveSession,
		SessionKey(token), now, now.Add(-staffIdle)).Scan(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("account: find session: %w", err)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	if found := rows[0]; found.UserID != nil && now.Sub(found.SeenAt) >= seenEvery {
		if err := st.seen(ctx, found.ID); err != nil {
			return nil, false, err
		}
	}
	return rows[0].Data, true, nil
}

// liveSession is the condition of a session that still counts; its arguments are
// now and the moment since which staff must have been seen.
const liveSession = "ended_at IS NULL AND expires_at > ? AND (factor_at IS NULL OR seen_at > ?)"

// seen notes that a session is used; of requests at once, the first writes.
func (st sessionStore) seen(ctx context.Context, sessionID int64) error {
	return database.InTx(ctx, st.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec("UPDATE sessions SET seen_at = ? WHERE id = ? AND ended_at IS NULL AND seen_at <= ?", now, sessionID, now.Add(-seenEvery)).Error
		if err != nil {
			return fmt.Errorf("account: session seen: %w", err)
		}
		return nil
	})
}

func (st sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return fmt.Errorf("account: read session: %w", err)
	}
	var userID *int64
	if u, ok := values[SessionUser].(int64); ok && u > 0 {
		userID = &u
	}
	since, factor := moment(values[SessionSince]), moment(values[SessionFactor])
	switch {
	case since == nil:
	case factor != nil:
		expiry = since.Add(staffLife)
	default:
		expiry = since.Add(SessionLife)
	}
	device, _ := values[SessionDevice].(string)
	if r := []rune(device); len(r) > 60 {
		device = string(r[:60])
	}
	return database.InTx(ctx, st.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if userID != nil {
			// A closed person gets no session, whatever the request had loaded.
			if _, err := lockUserTx(tx, *userID); fault.Is(err, fault.KindNotFound) {
				return nil
			} else if err != nil {
				return err
			}
		}
		err = tx.Exec(`INSERT INTO sessions (token_hash, user_id, device, data, created_at, seen_at, expires_at, since, factor_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (token_hash) DO UPDATE SET user_id = excluded.user_id, device = excluded.device,
				data = excluded.data, seen_at = excluded.seen_at, expires_at = excluded.expires_at,
				since = excluded.since, factor_at = excluded.factor_at
			WHERE sessions.ended_at IS NULL`,
			SessionKey(token), userID, device, data, now, now, expiry.UTC().Truncate(time.Microsecond), since, factor).Error
		if err != nil {
			return fmt.Errorf("account: save session: %w", err)
		}
		return nil
	})
}

// moment reads a session value in microseconds, nil when there is none.
func moment(value any) *time.Time {
	micros, ok := value.(int64)
	if !ok || micros <= 0 {
		return nil
	}
	t := time.UnixMicro(micros).UTC()
	return &t
}

func (st sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return database.InTx(ctx, st.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec("UPDATE sessions SET ended_at = ?, data = '' WHERE token_hash = ? AND ended_at IS NULL",
			now, SessionKey(token)).Error
		if err != nil {
			return fmt.Errorf("account: end session: %w", err)
		}
		return nil
	})
}

// Session is one place where a person is signed in.
type Session struct {
	ID      int64
	Device  string
	Since   time.Time // the sign-in
	SeenAt  time.Time // last used, to the minute
	Staff   bool      // passed the second factor
	Current bool      // the one that asks
}

// Sessions returns the actor's own live sessions, newest first.
func (s *Service) Sessions(ctx context.Context, actor Actor) ([]Session, error) {
	if !actor.SignedIn() {
		return nil, fault.Unauthenticated()
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID        int64
		TokenHash string
		Device    string
		CreatedAt time.Time
		Since     *time.Time
		SeenAt    time.Time
		FactorAt  *time.Time
	}
	err = db.Raw(`SELECT id, token_hash, device, created_at, since, seen_at, factor_at FROM sessions
		WHERE user_id = ? AND `+liveSession+` ORDER BY seen_at DESC, id DESC`, actor.UserID, now, now.Add(-staffIdle)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("account: sessions: %w", err)
	}
	list := make([]Session, len(rows))
	for i, r := range rows {
		if r.Since == nil {
			r.Since = &r.CreatedAt
		}
		list[i] = Session{ID: r.ID, Device: r.Device, Since: r.Since.UTC(), SeenAt: r.SeenAt.UTC(), Staff: r.FactorAt != nil, Current: r.TokenHash == actor.Session}
	}
	return list, nil
}

// PersonOfSession tells whose live session it is; for the policy of addresses.
func (s *Service) PersonOfSession(ctx context.Context, sessionID int64) (int64, error) {
	var users []int64
	err := s.db.Read(ctx).Raw("SELECT user_id FROM sessions WHERE id = ? AND user_id IS NOT NULL AND ended_at IS NULL", sessionID).Scan(&users).Error
	if err != nil {
		return 0, fmt.Errorf("account: session: %w", err)
	}
	if len(users) == 0 {
		return 0, fault.NotFound("session")
	}
	return users[0], nil
}

// EndSession ends one of the actor's own sessions; another person's is not found.
func (s *Service) EndSession(ctx context.Context, actor Actor, sessionID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec("UPDATE sessions SET ended_at = ?, data = '' WHERE id = ? AND user_id = ? AND ended_at IS NULL",
			now, sessionID, actor.UserID)
		if done.Error != nil {
			return fmt.Errorf("account: end session: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.NotFound("session")
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "end_session", Object: "session", ObjectID: sessionID})
	})
}

// SignOut ends the session the request came with. server also clears the cookie.
func (s *Service) SignOut(ctx context.Context, actor Actor) error {
	if !actor.SignedIn() {
		return nil
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec("UPDATE sessions SET ended_at = ?, data = '' WHERE token_hash = ? AND user_id = ? AND ended_at IS NULL",
			now, actor.Session, actor.UserID).Error
		if err != nil {
			return fmt.Errorf("account: sign out: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "sign_out", Object: "user", ObjectID: actor.UserID})
	})
}

// EndOtherSessions ends all of the actor's sessions but the one that asks, and
// returns how many.
func (s *Service) EndOtherSessions(ctx context.Context, actor Actor) (int64, error) {
	if !actor.SignedIn() {
		return 0, fault.Unauthenticated()
	}
	var ended int64
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) (err error) {
		if ended, err = s.endSessionsTx(ctx, tx, actor.UserID, actor.Session); err != nil {
			return err
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "end_other_sessions", Object: "user", ObjectID: actor.UserID})
	})
	return ended, err
}

// endSessionsTx ends every session of the person except the one named by keep.
func (s *Service) endSessionsTx(ctx context.Context, tx *gorm.DB, userID int64, keep string) (int64, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return 0, err
	}
	done := tx.Exec("UPDATE sessions SET ended_at = ?, data = '' WHERE user_id = ? AND token_hash <> ? AND ended_at IS NULL",
		now, userID, keep)
	if done.Error != nil {
		return 0, fmt.Errorf("account: end sessions: %w", done.Error)
	}
	return done.RowsAffected, nil
}
