package order

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Refusal is what a "tidak sanggup" would do, to be said before it is confirmed.
type Refusal struct {
	Back  money.Rupiah    // to the buyer; with the delivery money when Whole
	Left  money.Rupiah    // what the order is worth afterwards
	Whole bool            // nothing is left: the order is cancelled
	Lines map[int64]int64 // line id to how many are cancelled
}

// WeighRefusal works out what Move with RefusePart and the same input would give
// back, and changes nothing. It refuses what Move would refuse, with the same
// errors. Sending the order's version along as MoveInput.Seen both times makes
// sure that the sum said is the sum given back.
func (s *Service) WeighRefusal(ctx context.Context, actor account.Actor, orderID int64, in MoveInput) (Refusal, error) {
	tx := s.db.Read(ctx)
	row, err := rowTx(ctx, tx, orderID)
	if err != nil {
		return Refusal{}, err
	}
	parties := partiesOf(actor, row)
	if len(parties) == 0 {
		return Refusal{}, fault.NotFound(fmt.Sprintf("order %d for user %d", orderID, actor.UserID))
	}
	by, err := chooseParty(parties, row, RefusePart)
	if err != nil {
		return Refusal{}, err
	}
	rule, ok := Find(RefusePart, row.State, by.who, row.kind())
	if !ok {
		return Refusal{}, notNow(row.State)
	}
	if in.Seen != 0 && in.Seen != row.Version {
		return Refusal{}, fault.Conflict("order.move.changed")
	}
	lines, err := linesTx(ctx, tx, row.ID)
	if err != nil {
		return Refusal{}, err
	}
	st := step{rule: rule}
	if err := st.takeRefusal(row, lines, in); err != nil {
		return Refusal{}, err
	}
	return Refusal{Back: st.back, Left: row.remaining() - st.back, Whole: st.rule.Name == Refuse, Lines: st.cancel}, nil
}
