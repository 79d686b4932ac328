package curation

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/personal"
)

// DataOf implements personal.Keeper: what curators wrote about the goods of the
// person's shops, and the person's own seat at the desk.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "pemeriksaan", SQL: `SELECT r.submission_id, r.number, r.outcome, r.reason, r.plea, r.cause, r.cause_words, r.opened_at, r.decided_at
			FROM review_rounds r WHERE r.submission_id IN ? ORDER BY r.id`, Args: []any{personal.Ids(p.Submissions)}},
		personal.Query{Name: "catatan_pemeriksaan", SQL: `SELECT r.submission_id, a.aspect, a.question, a.verdict, a.comment, a.updated_at FROM review_answers a JOIN review_rounds r ON r.id = a.round_id
			WHERE r.submission_id IN ? ORDER BY a.id`, Args: []any{personal.Ids(p.Submissions)}},
		personal.Query{Name: "contoh_produk", SQL: `SELECT id, submission_id, what, pieces, place, due_day, state, grams, stated, asked_at, ended_at
			FROM samples WHERE submission_id IN ? ORDER BY id`, Args: []any{personal.Ids(p.Submissions)}},
		personal.Query{Name: "langkah_contoh", SQL: `SELECT e.sample_id, e.move, e.note, e.grams, e.at FROM sample_events e JOIN samples s ON s.id = e.sample_id
			WHERE s.submission_id IN ? ORDER BY e.id`, Args: []any{personal.Ids(p.Submissions)}},
		personal.Query{Name: "tanya_jawab_pemeriksaan", SQL: `SELECT r.submission_id, p.side, p.body, p.mended, p.wants_call, p.created_at FROM review_replies p JOIN review_answers a ON a.id = p.answer_id
			JOIN review_rounds r ON r.id = a.round_id WHERE r.submission_id IN ? OR p.author_id = ? ORDER BY p.id`, Args: []any{personal.Ids(p.Submissions), p.UserID}},
		personal.Query{Name: "pemeriksaan_resep", SQL: `SELECT c.revision_id, c.outcome, c.reason, c.checked_at FROM recipe_checks c
			JOIN review_rounds r ON r.revision_id = c.revision_id WHERE r.submission_id IN ? ORDER BY c.revision_id`, Args: []any{personal.Ids(p.Submissions)}},
		personal.Query{Name: "kursi_kurasi", SQL: `SELECT lead, regions, categories, away_from, away_until, updated_at FROM desk_seats WHERE curator_id = ?`, Args: []any{p.UserID}})
}

// OpenTx implements personal.Keeper; open reviews are package catalog's.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper: the seat, the person's own words beside
// samples and those of their replies go; decided rounds never change and are about
// goods.
func (s *Service) ForgetTx(_ context.Context, tx *gorm.DB, p personal.Person) error {
	return personal.Run(tx,
		personal.Step{SQL: `UPDATE sample_events SET note = '' WHERE actor_id = ? AND note <> ''`, Args: []any{p.UserID}},
		personal.Step{SQL: `DELETE FROM desk_seats WHERE curator_id = ?`, Args: []any{p.UserID}},
		personal.Step{SQL: `UPDATE desk_seats SET cover_id = 0 WHERE cover_id = ?`, Args: []any{p.UserID}},
		personal.Step{SQL: `UPDATE review_replies SET body = '' WHERE author_id = ? AND body <> ''`, Args: []any{p.UserID}},
		personal.Step{SQL: `DELETE FROM desk_presence WHERE curator_id = ?`, Args: []any{p.UserID}})
}
