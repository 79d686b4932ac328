package finance

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// ProposalKind says what one person began and a second one has to end.
type ProposalKind string

// The kinds. A ProposedWithdrawal is an institution's: its own second person or a head
// of its territory agrees, not finance; every other one is finance's own.
const (
	ProposedWithdrawal   ProposalKind = "withdrawal"    // RefID is the withdrawal
	ProposedBatch        ProposalKind = "batch"         // RefID is the batch
	ProposedTopUp        ProposalKind = "topup"         // RefID is the top-up
	ProposedAdvance      ProposalKind = "advance"       // RefID is the advance
	ProposedStray        ProposalKind = "stray"         // RefID is the payment
	ProposedStrayAccount ProposalKind = "stray_account" // RefID is the payment
)

// Proposal is one decision that waits for its second person (design §3.9).
type Proposal struct {
	Kind   ProposalKind
	RefID  int64
	ShopID int64 // 0 when it concerns none
	Amount money.Rupiah
	By     int64 // who began it
	Since  time.Time
}

// Proposals lists everything of finance that waits for a second person, by kind and
// the oldest first, at most 200 of a kind. Finance and admin. What a person may end is
// never what they began: the deciding calls hold that, the list only says who began.
func (s *Service) Proposals(ctx context.Context, actor account.Actor) ([]Proposal, error) {
	if !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return nil, fault.NotFound("proposals")
	}
	var list []Proposal
	for _, one := range []struct {
		kind ProposalKind
		sql  string
	}{
		{ProposedWithdrawal, `SELECT id AS ref_id, shop_id, amount, requested_by AS "by", requested_at AS since FROM withdrawals WHERE state = 'requested' AND needs_check ORDER BY id LIMIT 200`},
		{ProposedBatch, `SELECT id AS ref_id, 0 AS shop_id, total AS amount, proposed_by AS "by", proposed_at AS since FROM payout_batches WHERE state = 'proposed' ORDER BY id LIMIT 200`},
		{ProposedTopUp, `SELECT id AS ref_id, 0 AS shop_id, amount, proposed_by AS "by", proposed_at AS since FROM subsidy_top_ups WHERE state = 'proposed' ORDER BY id LIMIT 200`},
		{ProposedAdvance, `SELECT id AS ref_id, shop_id, amount, agreed_by AS "by", requested_at AS since FROM advances WHERE state = 'agreed' ORDER BY id LIMIT 200`},
		{ProposedStray, `SELECT payment_id AS ref_id, 0 AS shop_id, amount, proposed_by AS "by", proposed_at AS since FROM unmatched_payments WHERE state = 'proposed' ORDER BY payment_id LIMIT 200`},
		{ProposedStrayAccount, `SELECT payment_id AS ref_id, 0 AS shop_id, amount, account_by AS "by", account_at AS since FROM unmatched_payments WHERE state = 'returning' AND account_by <> 0 ORDER BY payment_id LIMIT 200`},
	} {
		var rows []Proposal
		if err := s.db.Read(ctx).Raw(one.sql).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("finance: proposals (%s): %w", one.kind, err)
		}
		for _, p := range rows {
			p.Kind, p.Since = one.kind, p.Since.UTC()
			list = append(list, p)
		}
	}
	return list, nil
}
