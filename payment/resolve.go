package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// The ways a difference is resolved.
const (
	ResolvedBooked    = "booked"    // the books follow the gateway
	ResolvedLinked    = "linked"    // the line is a payment of ours that carries another reference
	ResolvedExplained = "explained" // nothing to book: the reason says why
)

// Resolution is one person's word on one difference. Only "booked" may move the
// books: the caller posts what ResolveTx returns, in the same transaction.
type Resolution struct {
	MatchID   int64
	How       string
	Reason    string
	By        int64
	PaymentID int64 // of ResolvedLinked
}

// Resolved is a difference after ResolveTx.
type Resolved struct {
	Match Match
	Was   Difference
	Delta money.Rupiah // to be booked now: above zero, the gateway has more than the books say
}

// ResolveTx writes down how a difference was resolved. For ResolvedBooked the books
// must follow by Delta. Who may do this is the caller's to decide.
//
// Errors: fault invalid (fields reason, payment_id), not found, conflict when
// nothing is open any more or the payment has a line already.
func (s *Service) ResolveTx(ctx context.Context, tx *gorm.DB, n Resolution) (Resolved, error) {
	if n.Reason = strings.TrimSpace(n.Reason); n.Reason == "" {
		return Resolved{}, fault.Invalid("payment.match.reason").With("reason", "payment.match.reason")
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Resolved{}, err
	}
	m, err := one[Match](tx.WithContext(ctx), "match", "id = ?", n.MatchID)
	if err != nil {
		return Resolved{}, err
	}
	set := map[string]any{"reason": clip(n.Reason, 300), "resolution": n.How, "resolved_by": n.By, "resolved_at": now, "updated_at": now,
		"difference": Agrees, "steps": gorm.Expr("steps + 1")}
	delta, was := m.Open(), m.Difference
	switch n.How {
	case ResolvedExplained:
		set["accounted"] = int64(m.Apart)
	case ResolvedBooked:
		set["accounted"] = int64(m.Apart)
		set["booked"] = gorm.Expr("booked + ?", int64(delta))
	case ResolvedLinked:
		if m.Kind != LinePayment || m.TransactionID == "" {
			return Resolved{}, fault.Conflict("payment.match.only_payments")
		}
		if _, err := one[Payment](tx, "payment", "id = ? AND state IN ('paid', 'settled')", n.PaymentID); err != nil {
			return Resolved{}, fault.Invalid("payment.match.no_payment").With("payment_id", "payment.match.no_payment")
		}
		set["object"], set["object_id"] = "payment", n.PaymentID
	default:
		return Resolved{}, fmt.Errorf("payment: resolve a difference by %q", n.How)
	}
	// Two people at once: the row must still be as it was read.
	u := tx.Model(&Match{}).Where("id = ? AND steps = ? AND difference <> '' AND apart = ?", m.ID, m.Steps, int64(m.Apart))
	if n.How == ResolvedLinked {
		var taken int64
		if err := tx.Raw("SELECT COUNT(*) FROM gateway_matches WHERE object = 'payment' AND object_id = ? AND transaction_id <> '' AND id <> ?", n.PaymentID, m.ID).Scan(&taken).Error; err != nil {
			return Resolved{}, err
		}
		if taken > 0 || m.Object != "" {
			return Resolved{}, fault.Conflict("payment.match.taken")
		}
	}
	u = u.Updates(set)
	switch {
	case errors.Is(u.Error, gorm.ErrDuplicatedKey):
		return Resolved{}, fault.Conflict("payment.match.taken")
	case u.Error != nil:
		return Resolved{}, fmt.Errorf("payment: resolve match %d: %w", m.ID, u.Error)
	case u.RowsAffected == 0:
		return Resolved{}, fault.Conflict("payment.match.moved")
	}
	if m, err = one[Match](tx, "match", "id = ?", m.ID); err != nil {
		return Resolved{}, err
	}
	switch n.How {
	case ResolvedBooked:
		return Resolved{m, was, delta}, nil
	case ResolvedLinked: // the same amount agrees now; another one is a difference of its own
		err = s.compareTx(ctx, tx, m, now)
	}
	return Resolved{Match: m, Was: was}, err
}

// Differences lists what the gateway and we do not agree on, oldest first, at most
// limit after the one with the id after.
func (s *Service) Differences(ctx context.Context, after int64, limit int) ([]Match, error) {
	var list []Match
	err := s.db.Read(ctx).Where("difference <> '' AND id > ?", after).Order("id").Limit(limit).Find(&list).Error
	return list, err
}

// Matches lists the lines of the statement, the latest first, at most limit older than
// the one with the id before (0: the newest).
func (s *Service) Matches(ctx context.Context, before int64, limit int) ([]Match, error) {
	db := s.db.Read(ctx)
	query := db.Order("happened_at DESC, id DESC").Limit(limit)
	if before > 0 {
		from, err := one[Match](db, "match", "id = ?", before)
		if err != nil {
			return nil, err
		}
		query = query.Where("happened_at < ? OR (happened_at = ? AND id < ?)", from.HappenedAt, from.HappenedAt, from.ID)
	}
	var list []Match
	err := query.Find(&list).Error
	return list, err
}

// MatchOf returns one line or difference.
func (s *Service) MatchOf(ctx context.Context, matchID int64) (Match, error) {
	return one[Match](s.db.Read(ctx), "match", "id = ?", matchID)
}

// MatchRuns lists the readings of the statement, newest first.
func (s *Service) MatchRuns(ctx context.Context, limit int) ([]MatchRun, error) {
	var list []MatchRun
	err := s.db.Read(ctx).Order("id DESC").Limit(limit).Find(&list).Error
	return list, err
}

// DifferenceCount is how many differences wait for finance.
func (s *Service) DifferenceCount(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx).Raw("SELECT COUNT(*) FROM gateway_matches WHERE difference <> ''").Scan(&n).Error
	return n, err
}
