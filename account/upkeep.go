package account

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

// expireArgs and sweepArgs are the periodic jobs of account.
type (
	expireArgs struct{}
	sweepArgs  struct{}
)

func (expireArgs) Kind() string { return "account_expire_consents" }
func (sweepArgs) Kind() string  { return "account_sweep" }

// Register adds account's jobs: expired consents every minute, old rows every
// hour.
func (s *Service) Register(w *jobs.Workers) {
	jobs.Handle(w, 30*time.Second, func(ctx context.Context, _ expireArgs) error { return s.ExpireConsents(ctx) })
	jobs.Handle(w, 30*time.Second, func(ctx context.Context, _ sweepArgs) error { return s.Sweep(ctx) })
	jobs.Handle(w, 30*time.Second, func(ctx context.Context, args sendCodeArgs) error {
		return database.InTx(ctx, s.db, func(tx *gorm.DB) error { return s.sendCodeTx(ctx, tx, args) })
	})
	w.Every(time.Minute, expireArgs{})
	w.Every(time.Hour, sweepArgs{})
}

// Sweep deletes what nobody needs any more: sessions a day after they ended or
// expired, codes after 90 days, rate counters after a day, how recovery codes read
// after a day. It deletes nothing that says who did what.
func (s *Service) Sweep(ctx context.Context) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		day := 24 * time.Hour
		for _, step := range []struct {
			sql    string
			before time.Time
		}{
			{"DELETE FROM sessions WHERE expires_at < ?", now.Add(-day)},
			{"DELETE FROM sessions WHERE ended_at < ?", now.Add(-day)}, // no request under way is that old
			{"DELETE FROM sign_in_codes WHERE created_at < ?", now.Add(-90 * day)},
			{"DELETE FROM rate_counters WHERE window_start < ?", now.Add(-day)},
		} {
			if err := tx.Exec(step.sql, step.before).Error; err != nil {
				return fmt.Errorf("account: sweep: %w", err)
			}
		}
		if err := tx.Exec("UPDATE recovery_codes SET sealed = '' WHERE sealed <> '' AND created_at < ?", now.Add(-day)).Error; err != nil {
			return fmt.Errorf("account: sweep: %w", err)
		}
		return nil
	})
}

// Prove checks what the schema cannot: that power ends with its reason. It
// reads only.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	db := s.db.Read(ctx)
	var findings []proof.Finding
	for _, check := range []struct{ table, sql, text string }{
		{"sessions", `SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
			WHERE s.ended_at IS NULL AND u.state = 'closed' ORDER BY s.id`, "a closed person is signed in"},
		{"role_grants", `SELECT r.id FROM role_grants r JOIN users u ON u.id = r.user_id
			WHERE r.state IN ('proposed', 'active') AND u.state = 'closed' ORDER BY r.id`, "a closed person has a role"},
		{"role_grants", `SELECT r.id FROM role_grants r WHERE r.state = 'active' AND r.proposed_by <> 0
			AND r.decided_by = 0 ORDER BY r.id`, "a role works that no second person approved"},
		{"factors", `SELECT f.id FROM factors f JOIN users u ON u.id = f.user_id
			WHERE f.ended_at IS NULL AND u.state = 'closed' ORDER BY f.id`, "a closed person has a second factor"},
		{"factor_resets", `SELECT r.id FROM factor_resets r WHERE r.state = 'approved' AND EXISTS (SELECT 1 FROM factors f
			WHERE f.user_id = r.user_id AND f.ended_at IS NULL AND f.created_at < r.decided_at) ORDER BY r.id`,
			"a factor works that two people ended"},
		{"memberships", `SELECT m.id FROM memberships m JOIN users u ON u.id = m.user_id
			WHERE m.ended_at IS NULL AND u.state = 'closed' ORDER BY m.id`, "a closed person runs a shop"},
		{"grants", `SELECT g.id FROM grants g WHERE g.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM memberships m
			WHERE m.user_id = g.maker_id AND m.shop_id = g.shop_id AND m.ended_at IS NULL) ORDER BY g.id`,
			"the maker who signed the grant does not run the shop"},
		{"grants", `SELECT g.id FROM grants g WHERE g.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM consents c
			WHERE c.user_id = g.maker_id AND c.kind = 'be_helped' AND c.ended_at IS NULL) ORDER BY g.id`,
			"the grant stands without a consent to be helped"},
	} {
		var ids []int64
		if err := db.Raw(check.sql).Scan(&ids).Error; err != nil {
			return nil, fmt.Errorf("account: prove %s: %w", check.table, err)
		}
		for _, row := range ids {
			findings = append(findings, proof.Finding{Invariant: "account power", Row: fmt.Sprintf("%s %d", check.table, row), Text: check.text})
		}
	}
	return findings, nil
}
