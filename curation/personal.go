package curation

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/personal"
)

// DataOf implements personal.Keeper: what curators wrote about the goods of the
// person's shops.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "pemeriksaan", SQL: `SELECT r.submission_id, r.number, r.outcome, r.reason, r.plea, r.opened_at, r.decided_at
			FROM review_rounds r WHERE r.submission_id IN ? ORDER BY r.id`, Args: []any{personal.Ids(p.Submissions)}},
		personal.Query{Name: "catatan_pemeriksaan", SQL: `SELECT r.submission_id, n.aspect, n.body, n.created_at FROM review_notes n JOIN review_rounds r ON r.id = n.round_id
			WHERE r.submission_id IN ? ORDER BY n.id`, Args: []any{personal.Ids(p.Submissions)}})
}

// OpenTx implements personal.Keeper; open reviews are package catalog's.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper: decided rounds never change and are about
// goods.
func (s *Service) ForgetTx(context.Context, *gorm.DB, personal.Person) error { return nil }
