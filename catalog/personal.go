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
		personal.Query{Name: "produk", SQL: `SELECT p.id, p.shop_id, p.slug, p.state, p.mode, p.price, p.opens_on, p.created_at FROM products p WHERE p.shop_id IN ? ORDER BY p.id`, Args: []any{shops}},
		personal.Query{Name: "pengajuan", SQL: `SELECT s.id, s.product_id, s.kind, s.state, s.submitted_at, s.decided_at, s.created_at FROM submissions s WHERE s.shop_id IN ? ORDER BY s.id`, Args: []any{shops}},
		personal.Query{Name: "isi_pengajuan", SQL: `SELECT r.submission_id, r.number, r.title, r.description, r.unit, r.price, r.quantity, r.created_at
			FROM revisions r JOIN submissions s ON s.id = r.submission_id WHERE s.shop_id IN ? ORDER BY r.id`, Args: []any{shops}},
		personal.Query{Name: "label", SQL: `SELECT l.revision_id, l.composition, l.net_amount, l.net_unit, l.allergens, l.shelf_days, l.storage, l.packaging, l.production, l.facts, l.kitchen
			FROM revision_labels l JOIN revisions r ON r.id = l.revision_id JOIN submissions s ON s.id = r.submission_id WHERE s.shop_id IN ? ORDER BY l.revision_id`, Args: []any{shops}},
		personal.Query{Name: "izin", SQL: `SELECT id, product_id, kind, number, issuer, starts_at, ends_at, state, note, entered_at FROM certificates WHERE shop_id IN ? ORDER BY id`, Args: []any{shops}},
		personal.Query{Name: "penghentian", SQL: `SELECT x.product_id, x.cause, x.reason, x.begun_at, x.ended_at, x.end_reason FROM product_suspensions x
			JOIN products p ON p.id = x.product_id WHERE p.shop_id IN ? ORDER BY x.id`, Args: []any{shops}},
		personal.Query{Name: "varian", SQL: `SELECT r.submission_id, r.number, rv.name, rv.price, rv.quantity, v.price AS harga_sekarang
			FROM revision_variants rv JOIN variants v ON v.id = rv.variant_id JOIN revisions r ON r.id = rv.revision_id
			JOIN submissions s ON s.id = r.submission_id WHERE s.shop_id IN ? ORDER BY r.id, rv.position`, Args: []any{shops}},
		personal.Query{Name: "harga_grosir", SQL: `SELECT t.product_id, t.min_quantity, t.price FROM price_tiers t JOIN products p ON p.id = t.product_id
			WHERE p.shop_id IN ? ORDER BY t.product_id, t.min_quantity`, Args: []any{shops}},
		personal.Query{Name: "stok", SQL: `SELECT a.period, a.capacity, a.taken, l.per_period, l.cadence FROM allotments a JOIN pools l ON l.id = a.pool_id WHERE l.shop_id IN ? ORDER BY a.id`, Args: []any{shops}},
		personal.Query{Name: "libur", SQL: `SELECT l.shop_id, l.kind, l.first_day, l.last_day, l.created_at FROM shop_closures l WHERE l.shop_id IN ? ORDER BY l.id`, Args: []any{shops}},
		personal.Query{Name: "daftar_tunggu", SQL: `SELECT e.product_id, e.quantity, e.state, e.name, e.phone, e.email, e.until, e.created_at
			FROM waiting_entries e WHERE (e.user_id = ? AND e.user_id > 0) OR (e.phone = ? AND e.phone <> '') OR (e.email = ? AND e.email <> '') ORDER BY e.id`,
			Args: []any{p.UserID, p.Phone, p.Email}},
		personal.Query{Name: "perubahan_langsung", SQL: `SELECT d.shop_id, d.product_id, d.kind, d.amount_before, d.amount_after, d.words, d.created_at, d.question, d.answer
			FROM direct_changes d WHERE d.shop_id IN ? OR d.actor_id = ? ORDER BY d.id`, Args: []any{shops, p.UserID}},
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
	var waits []int64
	err = tx.Raw(`SELECT e.id FROM waiting_entries e WHERE (e.user_id = ? AND e.user_id > 0) OR (e.phone = ? AND e.phone <> '') OR (e.email = ? AND e.email <> '') ORDER BY e.id`,
		p.UserID, p.Phone, p.Email).Scan(&waits).Error
	if err != nil {
		return fmt.Errorf("catalog: what a person waits for: %w", err)
	}
	if _, err := s.endEntriesTx(ctx, tx, "leave", waits); err != nil {
		return err
	}
	err = personal.Run(tx, personal.Step{SQL: `UPDATE waiting_entries SET name = '', phone = '', email = '', user_id = 0 WHERE id IN ?`, Args: []any{personal.Ids(waits)}})
	if err != nil {
		return err
	}
	err = personal.Run(tx, personal.Step{SQL: `UPDATE shops SET contact_user_id = 0 WHERE contact_user_id = ?`, Args: []any{p.UserID}},
		personal.Step{SQL: `UPDATE shops SET shown_user_id = 0, portrait_id = 0, story = '' WHERE shown_user_id = ?`, Args: []any{p.UserID}})
	if err != nil {
		return err
	}
	for _, id := range p.Alone {
		shop, err := shopByID(ctx, tx, id)
		if err != nil {
			return err
		}
		err = personal.Run(tx, personal.Step{SQL: `UPDATE direct_changes SET question = '', asked_by = 0, asked_at = NULL, answer = '', answered_by = 0,
			answered_at = NULL WHERE shop_id = ?`, Args: []any{id}})
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
			err := personal.Run(tx, personal.Step{SQL: `UPDATE certificates SET number = '', issuer = '', note = '', picture_id = 0 WHERE shop_id = ?`, Args: []any{id}})
			if err != nil {
				return err
			}
		}
		err = personal.Run(tx, personal.Step{SQL: `UPDATE shops SET name = ?, name_key = ?, slug = ?, about = '', village = '', state = 'closed', updated_at = ? WHERE id = ?`,
			Args: []any{name, "", fmt.Sprintf("toko-tutup-%d", id), now, id}})
		if err != nil {
			return err
		}
	}
	return nil
}

// ErasedShop is what a shop of one person is called after the person was
// forgotten.
const ErasedShop = "Toko yang sudah tutup"
