package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// DeskFact is what an overview of the curation desk needs to know about one
// submission: where it belongs, where it stands and what it cost.
type DeskFact struct {
	SubmissionID int64
	CategorySlug string
	CategoryName string
	RegencyCode  string
	State        SubmissionState
	SubmittedAt  time.Time    // the last time it was sent
	FirstPrice   money.Rupiah // as it was first sent
	LastPrice    money.Rupiah // of the newest revision: the approved one, once it is approved
}

// Waits reports whether a decision is awaited.
func (f DeskFact) Waits() bool {
	return f.State == SubmissionSubmitted || f.State == SubmissionInReview
}

// DeskFacts returns every submission that waits for a decision or had one since a
// moment, in one query. Of the filter it heeds Regions and Category. It checks no
// permission: curation does.
func (s *Service) DeskFacts(ctx context.Context, f WaitingFilter, since time.Time) ([]DeskFact, error) {
	w := newWhere("s.first_submitted_at IS NOT NULL AND (s.state IN ? OR s.decided_at >= ?)",
		[]SubmissionState{SubmissionSubmitted, SubmissionInReview}, since.UTC())
	w.waiting(WaitingFilter{Regions: f.Regions, Category: f.Category})
	var out []DeskFact
	err := s.db.Read(ctx).Raw(`SELECT s.id AS submission_id, c.slug AS category_slug, c.name AS category_name, h.regency_code, s.state, s.submitted_at,
			COALESCE((SELECT f.price FROM revisions f WHERE f.submission_id = s.id AND f.number = 1), 0) AS first_price, r.price AS last_price
		FROM submissions s JOIN revisions r ON r.id = s.revision_id JOIN shops h ON h.id = s.shop_id JOIN categories c ON c.id = r.category_id
		WHERE `+w.sql()+` ORDER BY s.id`, w.args...).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: facts for the desk: %w", err)
	}
	return out, nil
}
