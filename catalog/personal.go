package catalog

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/personal"
)

// KnowTx implements personal.Knower.
func (s *Service) KnowTx(_ context.Context, tx *gorm.DB, p *personal.Person) error {
	err := tx.Raw("SELECT id FROM shops WHERE id IN ? AND kind = ? ORDER BY id", personal.Ids(p.Alone), string(Individual)).Scan(&p.Individual).Error
	if err == nil {
		err = tx.Raw("SELECT id FROM submissions WHERE shop_id IN ? ORDER BY id", personal.Ids(p.Shops)).Scan(&p.Submissions).Error
	}
	if err != nil {
		return fmt.Errorf("catalog: what is of a person: %w", err)
	}
	return nil
}

// DataOf implements personal.Keeper.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	shops := personal.Ids(p.Shops)
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "toko", SQL: `SELECT id, slug, name, kind, state, about, regency_code, district_code, village, created_at,
			CASE WHEN shown_user_id = ? THEN story ELSE '' END AS cerita FROM shops WHERE id IN ? ORDER BY id`, Args: []any{p.UserID, shops}},
		personal.Query{Name: "produk", SQL: `SELECT p.id, p.shop_id, p.slug, p.state, p.mode, p.price, p.created_at FROM products p WHERE p.shop_id IN ? ORDER BY p.id`, Args: []any{shops}},
		personal.Query{Name: "pengajuan", SQL: `SELECT s.id, s.product_id, s.kind, s.state, s.submitted_at, s.decided_at, s.created_at FROM submissions s WHERE s.shop_id IN ? ORDER BY s.id`, Args: []any{shops}},
		personal.Query{Name: "isi_pengajuan", SQL: `SELECT r.submission_id, r.number, r.title, r.description, r.unit, r.price, r.quantity, r.created_at
			FROM revisions r JOIN submissions s ON s.id = r.submission_id WHERE s.shop_id IN ? ORDER BY r.id`, Args: []any{shops}},
		personal.Query{Name: "stok", SQL: `SELECT a.period, a.capacity, a.taken, l.monthly FROM allotments a JOIN pools l ON l.id = a.pool_id WHERE l.shop_id IN ? ORDER BY a.id`, Args: []any{shops}},
		personal.Query{Name: "perubahan_stok", SQL: `SELECT amount, reason, created_at FROM stock_movements WHERE actor_id = ? ORDER BY id`, Args: []any{p.UserID}},
	)
}

// OpenTx implements personal.Keeper: words and photos a curator holds are decided
// first.
func (s *Service) OpenTx(_ context.Context, tx *gorm.DB, p personal.Person) ([]personal.Open, error) {
	return personal.Count(tx, "program.erasure.open_reviews",
		"SELECT count(*) FROM submissions WHERE shop_id IN ? AND state IN ('submitted', 'in_review', 'approved', 'scheduled')", personal.Ids(p.Alone))
}

// ForgetTx implements personal.Keeper: no page shows the person any more, and a
// shop that nobody else runs closes under a name that says nothing.
func (s *Service) ForgetTx(ctx context.Context, tx *gorm.DB, p personal.Person) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if err := s.InvalidatePersonTx(ctx, tx, p.UserID); err != nil {
		return err
	}
	err = personal.Run(tx, personal.Step{SQL: `UPDATE shops SET shown_user_id = 0, portrait_id = 0, story = '' WHERE shown_user_id = ?`, Args: []any{p.UserID}})
	if err != nil {
		return err
	}
	for _, id := range p.Alone {
		shop, err := shopByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if shop.State == ShopOpen {
			if err := s.showShopPicturesTx(ctx, tx, id, false); err != nil {
				return err
			}
		}
		if err := s.invalidateShopTx(ctx, tx, shop); err != nil {
			return err
		}
		name := shop.Name
		if shop.Kind == Individual {
			name = ErasedShop
		}
		err = personal.Run(tx, personal.Step{SQL: `UPDATE shops SET name = ?, name_key = ?, slug = ?, about = '', village = '', state = 'closed', updated_at = ? WHERE id = ?`,
			Args: []any{name, "", fmt.Sprintf("toko-tutup-%d", id), now, id}})
		if err != nil {
			return err
		}
		var products []int64
		if err := tx.Raw("SELECT id FROM products WHERE shop_id = ? AND live_revision_id IS NOT NULL ORDER BY id", id).Scan(&products).Error; err != nil {
			return fmt.Errorf("catalog: products of shop %d: %w", id, err)
		}
		for _, product := range products { // the search knows the shop's name
			if err := indexTx(ctx, tx, product); err != nil {
				return err
			}
		}
	}
	return nil
}

// ErasedShop is what a shop of one person is called after the person was
// forgotten.
const ErasedShop = "Toko yang sudah tutup"
