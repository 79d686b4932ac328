package delivery

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/personal"
)

// DataOf implements personal.Keeper.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	shops := personal.Ids(p.Shops)
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "alamat_toko", SQL: `SELECT shop_id, regency_code, district_code, village, street, hint FROM shop_origins WHERE shop_id IN ?`, Args: []any{shops}},
		personal.Query{Name: "pengiriman_toko", SQL: `SELECT shop_id, method, enabled, fee FROM shop_delivery WHERE shop_id IN ? ORDER BY shop_id, method`, Args: []any{shops}})
}

// OpenTx implements personal.Keeper.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper: the address of a shop that nobody else
// runs goes.
func (s *Service) ForgetTx(_ context.Context, tx *gorm.DB, p personal.Person) error {
	return personal.Run(tx, personal.Step{SQL: `UPDATE shop_origins SET village = '', street = '', hint = '' WHERE shop_id IN ?`, Args: []any{personal.Ids(p.Alone)}})
}
