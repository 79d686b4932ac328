package notify

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/personal"
)

// addresses are where the person is written to; never empty.
func addresses(p personal.Person) []string {
	out := []string{"-"}
	for _, a := range []string{p.Phone, p.Email} {
		if a != "" {
			out = append(out, a)
		}
	}
	return out
}

// DataOf implements personal.Keeper; codes are left out.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "kotak_masuk", SQL: `SELECT title, body, created_at, read_at FROM inbox WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "pesan_keluar", SQL: `SELECT channel, address, subject, CASE WHEN secret THEN '' ELSE body END AS body, state, created_at, sent_at FROM messages WHERE address IN ? ORDER BY id`, Args: []any{addresses(p)}},
		personal.Query{Name: "daftar_telepon", SQL: `SELECT order_id, reason, created_at, done_at FROM call_list WHERE companion_id = ? ORDER BY id`, Args: []any{p.UserID}})
}

// OpenTx implements personal.Keeper.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper: everything that was written to the person.
func (s *Service) ForgetTx(_ context.Context, tx *gorm.DB, p personal.Person) error {
	return personal.Run(tx,
		personal.Step{SQL: `DELETE FROM inbox WHERE user_id = ?`, Args: []any{p.UserID}},
		personal.Step{SQL: `DELETE FROM messages WHERE address IN ?`, Args: []any{addresses(p)}})
}

// KeepMessages is how long a sent message keeps its words and its address;
// keepInbox how long a read one stays in the inbox.
const (
	KeepMessages = 90 * 24 * time.Hour
	keepInbox    = 365 * 24 * time.Hour
)

// ForgetMessages empties old messages and deletes old read ones from inboxes, and
// returns how many there were. A daily job calls it.
func (s *Service) ForgetMessages(ctx context.Context) (n int64, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec(`UPDATE messages SET address = '', subject = '', body = '', state = CASE WHEN state = 'queued' THEN 'failed' ELSE state END
			WHERE address <> '' AND created_at < ?`, now.Add(-KeepMessages))
		if done.Error != nil {
			return done.Error
		}
		n = done.RowsAffected
		done = tx.Exec(`DELETE FROM inbox WHERE read_at < ?`, now.Add(-keepInbox))
		n += done.RowsAffected
		return done.Error
	})
	return n, err
}
