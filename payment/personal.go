package payment

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/personal"
)

// withdrawalsOf finds the payouts of a person by the withdrawals they belong to:
// the purpose is finance's, the row is its withdrawal.
const withdrawalsOf = `purpose_kind = 'withdrawal' AND purpose_id IN ?`

// DataOf implements personal.Keeper.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx), personal.Query{Name: "pencairan", SQL: `SELECT id, amount, channel_code, holder_name, state, failure_code, created_at, completed_at
		FROM payouts WHERE ` + withdrawalsOf + ` ORDER BY id`, Args: []any{personal.Ids(p.Withdrawals)}})
}

// OpenTx implements personal.Keeper; withdrawals under way are package finance's.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper: where money went, not that it went.
func (s *Service) ForgetTx(_ context.Context, tx *gorm.DB, p personal.Person) error {
	return personal.Run(tx,
		personal.Step{SQL: `UPDATE callbacks SET body_sealed = '' WHERE reference IN (SELECT reference FROM payouts WHERE ` + withdrawalsOf + `)`, Args: []any{personal.Ids(p.Withdrawals)}},
		personal.Step{SQL: `UPDATE payouts SET account_number = '', holder_name = ? WHERE ` + withdrawalsOf, Args: []any{personal.Gone, personal.Ids(p.Withdrawals)}})
}

// KeepCallbacks is how long the raw body of a handled callback stays; keepPayers
// how long a payer's name and address, and a buyer's account, do.
const (
	KeepCallbacks = 90 * 24 * time.Hour
	keepPayers    = 365 * 24 * time.Hour
)

// ForgetPayers empties the raw callbacks and, later, who paid and where refunds
// went, of what is settled; it returns how many rows there were. A daily job
// calls it. What a person still has to look at stays.
func (s *Service) ForgetPayers(ctx context.Context) (n int64, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		n = 0
		for _, step := range []personal.Step{
			{SQL: `UPDATE callbacks SET body_sealed = '' WHERE body_sealed <> '' AND state = 'done' AND last_at < ?`, Args: []any{now.Add(-KeepCallbacks)}},
			{SQL: `UPDATE payments SET payer_name = ?, email = '' WHERE payer_name <> ? AND state NOT IN ('created', 'unknown', 'open') AND updated_at < ?`,
				Args: []any{personal.Gone, personal.Gone, now.Add(-keepPayers)}},
			{SQL: `UPDATE refunds SET holder_hint = '' WHERE holder_hint <> '' AND completed_at < ?`, Args: []any{now.Add(-keepPayers)}},
			{SQL: `UPDATE payouts SET account_number = '', holder_name = ? WHERE purpose_kind = 'refund' AND account_number <> '' AND completed_at < ?`,
				Args: []any{personal.Gone, now.Add(-keepPayers)}},
		} {
			done := tx.Exec(step.SQL, step.Args...)
			if done.Error != nil {
				return done.Error
			}
			n += done.RowsAffected
		}
		return nil
	})
	return n, err
}
