package quote

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/order"
)

// DataOf implements personal.Keeper: what the person asked for, and what their
// shops were asked for and offered, without the buyers.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	shops := personal.Ids(p.Shops)
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "permintaan_harga", SQL: `SELECT id, wish, details, quantity, needed_by, state, buyer_name, buyer_phone, buyer_email, organisation, reason, created_at
			FROM quote_requests WHERE buyer_user_id = ? AND state <> 'draft' ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "permintaan_ke_toko", SQL: `SELECT id, shop_id, wish, quantity, needed_by, state, reason, created_at FROM quote_requests WHERE shop_id IN ? ORDER BY id`, Args: []any{shops}},
		personal.Query{Name: "penawaran", SQL: `SELECT id, request_id, shop_id, state, title, goods, delivery_fee, total, ready_on, valid_until, note, sent_at, accepted_at
			FROM quote_offers WHERE shop_id IN ? OR made_by = ? ORDER BY id`, Args: []any{shops, p.UserID}},
	)
}

// OpenTx implements personal.Keeper: requests end first.
func (s *Service) OpenTx(_ context.Context, tx *gorm.DB, p personal.Person) ([]personal.Open, error) {
	return personal.Count(tx, "program.erasure.open_requests", `SELECT count(*) FROM quote_requests
		WHERE (shop_id IN ? OR buyer_user_id = ?) AND state IN ('unplaced', 'asked', 'answered')`, personal.Ids(p.Alone), p.UserID)
}

// ForgetTx implements personal.Keeper: who asked, their words and pictures, and
// the name of an individual's shop. Quantities and amounts stay.
func (s *Service) ForgetTx(ctx context.Context, tx *gorm.DB, p personal.Person) error {
	if err := s.forgetTx(ctx, tx, "buyer_user_id = ?", p.UserID); err != nil {
		return err
	}
	return personal.Run(tx,
		personal.Step{SQL: `UPDATE quote_offers SET shop_name = ?, note = '' WHERE shop_id IN ?`, Args: []any{catalog.ErasedShop, personal.Ids(p.Individual)}},
		personal.Step{SQL: `UPDATE quote_requests SET reason = '' WHERE shop_id IN ?`, Args: []any{personal.Ids(p.Individual)}})
}

// ForgetBuyers empties who asked, in requests that ended longer than
// order.KeepBuyers ago, and returns how many there were. A daily job calls it.
func (s *Service) ForgetBuyers(ctx context.Context) (n int64, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		before := now.Add(-order.KeepBuyers)
		if err := tx.Raw("SELECT count(*) FROM quote_requests WHERE "+forgettable, personal.Gone, before).Scan(&n).Error; err != nil {
			return err
		}
		return s.forgetTx(ctx, tx, forgettable, personal.Gone, before)
	})
	return n, err
}

// forgettable are the requests that nobody needs any more; one that the shop never
// answered ends by itself.
const forgettable = `buyer_name <> ? AND state <> 'draft' AND COALESCE(ended_at, asked_at, created_at) < ?`

func (s *Service) forgetTx(ctx context.Context, tx *gorm.DB, which string, args ...any) error {
	var ids []int64
	if err := tx.WithContext(ctx).Raw("SELECT id FROM quote_requests WHERE "+which+" ORDER BY id", args...).Scan(&ids).Error; err != nil {
		return fmt.Errorf("quote: to forget: %w", err)
	}
	for _, requestID := range ids {
		if err := s.dropPicturesTx(ctx, tx, requestID); err != nil {
			return err
		}
	}
	return personal.Run(tx,
		personal.Step{SQL: `UPDATE quote_sizes SET label = CAST(position AS TEXT) WHERE request_id IN ?`, Args: []any{personal.Ids(ids)}},
		personal.Step{SQL: `UPDATE quote_offers SET note = '' WHERE request_id IN ?`, Args: []any{personal.Ids(ids)}},
		personal.Step{SQL: `UPDATE quote_requests SET wish = ?, details = '', needed_by = '', buyer_name = ?, buyer_phone = '', buyer_email = '', organisation = '', reason = '',
			remind_at = NULL WHERE id IN ?`, Args: []any{personal.Gone, personal.Gone, personal.Ids(ids)}})
}
