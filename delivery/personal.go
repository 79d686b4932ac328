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
		personal.Query{Name: "pengiriman_toko", SQL: `SELECT shop_id, method, enabled, fee FROM shop_delivery WHERE shop_id IN ? ORDER BY shop_id, method`, Args: []any{shops}},
		personal.Query{Name: "jam_ambil", SQL: `SELECT shop_id, weekday, opens, closes FROM pickup_hours WHERE shop_id IN ? ORDER BY shop_id, weekday`, Args: []any{shops}},
		personal.Query{Name: "daerah_antar", SQL: `SELECT shop_id, code, fee FROM own_areas WHERE shop_id IN ? ORDER BY shop_id, code`, Args: []any{shops}},
		personal.Query{Name: "kurir_toko", SQL: `SELECT shop_id, carrier FROM shop_carriers WHERE shop_id IN ? ORDER BY shop_id, carrier`, Args: []any{shops}},
		personal.Query{Name: "hari_terakhir_kirim", SQL: `SELECT shop_id, name, method, carrier, last_day, resumes FROM dispatch_cutoffs WHERE shop_id IN ? AND shop_id > 0 ORDER BY shop_id, last_day, id`, Args: []any{shops}})
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
