package account

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/personal"
)

// PersonTx is how neighbours find what they store of somebody. Not found when
// there is no such person.
func (s *Service) PersonTx(_ context.Context, tx *gorm.DB, userID int64) (personal.Person, error) {
	u, err := userByID(tx, userID)
	if err != nil {
		return personal.Person{}, err
	}
	p := personal.Person{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email}
	if err := tx.Raw("SELECT DISTINCT shop_id FROM memberships WHERE user_id = ? ORDER BY shop_id", userID).Scan(&p.Shops).Error; err != nil {
		return p, fmt.Errorf("account: shops of user %d: %w", userID, err)
	}
	err = tx.Raw(`SELECT DISTINCT m.shop_id FROM memberships m WHERE m.user_id = ? AND NOT EXISTS (
		SELECT 1 FROM memberships o WHERE o.shop_id = m.shop_id AND o.user_id <> m.user_id AND o.ended_at IS NULL) ORDER BY m.shop_id`, userID).Scan(&p.Alone).Error
	if err != nil {
		return p, fmt.Errorf("account: shops of user %d: %w", userID, err)
	}
	return p, nil
}

// Person is PersonTx outside a transaction.
func (s *Service) Person(ctx context.Context, userID int64) (personal.Person, error) {
	return s.PersonTx(ctx, s.db.Read(ctx), userID)
}

// DataOf implements personal.Keeper.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	db := s.db.Read(ctx)
	out, err := personal.Collect(db,
		personal.Query{Name: "profil", SQL: `SELECT name, phone, email, district_code, state, withdrawals_rest_until, created_at, first_sign_in_at FROM users WHERE id = ?`, Args: []any{p.UserID}},
		personal.Query{Name: "izin", SQL: `SELECT kind, evidence, picture_id, given_at, expires_at, ended_at, end_note FROM consents WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "bantuan", SQL: `SELECT shop_id, purpose, evidence, starts_at, expires_at, ended_at, CASE WHEN maker_id = ? THEN 'dibantu' ELSE 'membantu' END AS sebagai
			FROM grants WHERE maker_id = ? OR companion_id = ? ORDER BY id`, Args: []any{p.UserID, p.UserID, p.UserID}},
		personal.Query{Name: "sesi", SQL: `SELECT device, created_at, seen_at, expires_at, ended_at FROM sessions WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "kode_masuk", SQL: `SELECT created_at, expires_at, used_at FROM sign_in_codes WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "langkah_kedua", SQL: `SELECT created_at, ended_at FROM factors WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "peran", SQL: `SELECT role, territory, state, created_at, decided_at, ended_at FROM role_grants WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "keanggotaan_toko", SQL: `SELECT shop_id, role, created_at, ended_at FROM memberships WHERE user_id = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "keluarga", SQL: `SELECT created_at FROM kin WHERE user_id = ? OR relative_id = ? ORDER BY id`, Args: []any{p.UserID, p.UserID}},
		personal.Query{Name: "data_yang_dibuka", SQL: `SELECT u.name AS petugas, r.what, r.reason, r.created_at FROM reveals r JOIN users u ON u.id = r.actor_id WHERE r.subject_id = ? ORDER BY r.id`, Args: []any{p.UserID}},
	)
	if err != nil {
		return nil, err
	}
	nik, err := s.nikOf(db, p.UserID)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Name == "profil" && len(out[i].Rows) > 0 {
			out[i].Rows[0]["nik"] = nik
		}
	}
	return out, nil
}

// OpenTx implements personal.Keeper: somebody with a job gives it back first.
func (s *Service) OpenTx(_ context.Context, tx *gorm.DB, p personal.Person) ([]personal.Open, error) {
	return personal.Count(tx, "program.erasure.open_roles", "SELECT count(*) FROM role_grants WHERE user_id = ? AND state IN ('proposed', 'active')", p.UserID)
}

// ForgetTx implements personal.Keeper: the person becomes a name for "somebody
// who was here", signs in nowhere and holds nothing. Run it last: neighbours find
// their rows by the phone number it empties.
func (s *Service) ForgetTx(ctx context.Context, tx *gorm.DB, p personal.Person) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	return personal.Run(tx,
		personal.Step{SQL: `UPDATE users SET name = ?, phone = '', email = '', district_code = '', state = 'closed', password_hash = '', nik_sealed = '', nik_index = '',
			withdrawals_rest_until = NULL, closed_at = COALESCE(closed_at, ?) WHERE id = ?`, Args: []any{personal.Erased, now, p.UserID}},
		personal.Step{SQL: `DELETE FROM sessions WHERE user_id = ?`, Args: []any{p.UserID}},
		personal.Step{SQL: `DELETE FROM sign_in_codes WHERE user_id = ?`, Args: []any{p.UserID}},
		personal.Step{SQL: `UPDATE factors SET secret = '', ended_at = COALESCE(ended_at, ?) WHERE user_id = ?`, Args: []any{now, p.UserID}},
		personal.Step{SQL: `UPDATE recovery_codes SET sealed = '' WHERE factor_id IN (SELECT id FROM factors WHERE user_id = ?)`, Args: []any{p.UserID}},
		personal.Step{SQL: `UPDATE factor_resets SET reason = ? WHERE user_id = ?`, Args: []any{personal.Gone, p.UserID}},
		personal.Step{SQL: `DELETE FROM kin WHERE user_id = ? OR relative_id = ?`, Args: []any{p.UserID, p.UserID}},
		personal.Step{SQL: `UPDATE memberships SET ended_at = COALESCE(ended_at, ?) WHERE user_id = ?`, Args: []any{now, p.UserID}},
		personal.Step{SQL: `UPDATE grants SET purpose = '', evidence = ?, ended_at = COALESCE(ended_at, ?) WHERE maker_id = ? OR companion_id = ?`, Args: []any{personal.Gone, now, p.UserID, p.UserID}},
		personal.Step{SQL: `UPDATE consents SET evidence = ?, end_note = '', picture_id = 0, ended_at = COALESCE(ended_at, ?) WHERE user_id = ?`, Args: []any{personal.Gone, now, p.UserID}},
		personal.Step{SQL: `UPDATE reveals SET reason = '' WHERE subject_id = ?`, Args: []any{p.UserID}},
	)
}
