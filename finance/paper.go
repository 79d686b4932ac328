package finance

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Printed is a shop's money of a while as it is printed for a maker who does not sign
// in. Opening + In - Out is Closing.
type Printed struct {
	Opening, In, Out, Closing money.Rupiah // what she could take, what came, what went, what was left
	Held                      money.Rupiah // now, until orders are finished
}

// Printed reads it over [from, to). Who sees the shop's money may, and officers, heads
// and admins of its territory, who hand it over on paper; a companion is refused as
// everywhere with money (design §3.7). Errors: not found, forbidden.
func (s *Service) Printed(ctx context.Context, actor account.Actor, shopID int64, from, to time.Time) (Printed, error) {
	var p Printed
	shop, err := s.parts.Shops.Shop(ctx, shopID)
	if err != nil {
		return p, err
	}
	oversees := actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) && actor.Covers(shop.RegencyCode)
	if !seesMoney(actor, shopID) && !oversees {
		return p, mustOwnMoney(actor, shopID)
	}
	month, err := s.parts.Books.Period(ctx, payable(shopID), from, to)
	if err != nil {
		return p, fmt.Errorf("finance: printed: %w", err)
	}
	p.Opening, p.Closing = month.Opening, month.Closing
	for _, l := range month.Lines {
		if l.Amount > 0 {
			p.In += l.Amount
		} else {
			p.Out -= l.Amount
		}
	}
	if p.Opening+p.In-p.Out != p.Closing {
		return p, fault.Internal(fmt.Errorf("finance: the month of shop %d does not add up", shopID))
	}
	_, p.Held, err = s.held(ctx, shopID)
	return p, err
}
