package checkout

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/order"
)

// DataOf implements personal.Keeper.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx), personal.Query{Name: "pembayaran", SQL: `SELECT id, total, buyer_name, buyer_phone, buyer_email, created_at, pay_until FROM purchases WHERE buyer_user_id = ? ORDER BY id`, Args: []any{p.UserID}})
}

// OpenTx implements personal.Keeper; open orders are package order's.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper.
func (s *Service) ForgetTx(_ context.Context, tx *gorm.DB, p personal.Person) error {
	return personal.Run(tx, personal.Step{SQL: forgetBuyers + ` WHERE buyer_user_id = ?`, Args: []any{personal.Gone, p.UserID}})
}

const forgetBuyers = `UPDATE purchases SET buyer_name = ?, buyer_phone = '', buyer_email = ''`

// ForgetBuyers empties who paid, in purchases older than order.KeepBuyers, and
// returns how many there were. A daily job calls it.
func (s *Service) ForgetBuyers(ctx context.Context) (n int64, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec(forgetBuyers+` WHERE buyer_name <> ? AND created_at < ?`, personal.Gone, personal.Gone, now.Add(-order.KeepBuyers))
		n = done.RowsAffected
		return done.Error
	})
	return n, err
}
