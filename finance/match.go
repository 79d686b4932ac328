package finance

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// matchObject is what the trail and the journal call a line of the gateway's
// statement; its id is the match's.
const matchObject = "gateway_match"

// ResolveDifference accounts for one difference between the gateway's statement and
// ours, with a reason: booked (the books follow the gateway; a fee goes to who bears
// fees, anything else to the account of differences), linked to a payment of ours, or
// explained. Finance only.
//
// Errors: NotFound; Invalid (reason, payment_id); Conflict when nothing is open any
// more, or the payment has its line already.
func (s *Service) ResolveDifference(ctx context.Context, actor account.Actor, n payment.Resolution) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound(fmt.Sprintf("gateway match %d", n.MatchID))
	}
	n.By = actor.UserID
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		r, err := s.parts.Gateway.ResolveTx(ctx, tx, n)
		if err != nil {
			return err
		}
		if r.Delta != 0 {
			other := ledger.Account{Kind: ledger.Difference}
			if r.Was == payment.FeeDiffers {
				other.Kind = ledger.Subsidy
			}
			lines := []ledger.Line{{Account: gateway, Amount: r.Delta}, {Account: other, Amount: -r.Delta}}
			err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{
				Key: fmt.Sprintf("gateway match %d step %d", n.MatchID, r.Match.Steps), Kind: ledger.Differs, RefKind: matchObject, RefID: n.MatchID, Lines: lines,
			})
			if err != nil {
				return err
			}
		}
		return s.record(ctx, tx, actor.UserID, 0, "resolve_"+n.How, matchObject, n.MatchID, n.Reason)
	})
}

// AskMatch reads the gateway's statement now instead of tonight. Finance only.
func (s *Service) AskMatch(ctx context.Context, actor account.Actor) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound("gateway match")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.parts.Gateway.AskMatchTx(ctx, tx, actor.UserID); err != nil {
			return err
		}
		return s.record(ctx, tx, actor.UserID, 0, "ask", "gateway_run", 0, "")
	})
}
