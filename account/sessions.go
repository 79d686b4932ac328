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

// Keys of session values that the store copies into columns. server puts the
// signed-in person's id (int64) under SessionUser and a short device name
// ("Chrome, Android") under SessionDevice.
const (
	SessionUser   = "user"
	SessionDevice = "device"
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
	var rows []struct{ Data []byte }
	err = db.Raw("SELECT data FROM sessions WHERE token_hash = ? AND ended_at IS NULL AND expires_at > ?",
		SessionKey(token), now).Scan(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("account: find session: %w", err)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	return rows[0].Data, true, nil
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
		err = tx.Exec(`INSERT INTO sessions (token_hash, user_id, device, data, created_at, seen_at, expires_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (token_hash) DO UPDATE SET user_id = excluded.user_id, device = excluded.device,
				data = excluded.data, seen_at = excluded.seen_at, expires_at = excluded.expires_at
			WHERE sessions.ended_at IS NULL`,
			SessionKey(token), userID, device, data, now, now, expiry.UTC().Truncate(time.Microsecond)).Error
		if err != nil {
			return fmt.Errorf("account: save session: %w", err)
		}
		return nil
	})
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
	ID        int64
	Device    string
	CreatedAt time.Time
	SeenAt    time.Time // when it was last written
	Current   bool      // the one that asks
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
		SeenAt    time.Time
	}
	err = db.Raw(`SELECT id, token_hash, device, created_at, seen_at FROM sessions
		WHERE user_id = ? AND ended_at IS NULL AND expires_at > ? ORDER BY id DESC`, actor.UserID, now).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("account: sessions: %w", err)
	}
	list := make([]Session, len(rows))
	for i, r := range rows {
		list[i] = Session{ID: r.ID, Device: r.Device, CreatedAt: r.CreatedAt.UTC(), SeenAt: r.SeenAt.UTC(), Current: r.TokenHash == actor.Session}
	}
	return list, nil
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
