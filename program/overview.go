package program

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
)

var errNotWatching = errors.New("program: nobody said who knows the orders (Watch)")

// Span is the month or year that an overview is about, and the one before it. Its
// times begin days in the zone of the agency.
type Span struct{ Before, From, To time.Time }

// MonthSpan is the month in which a time lies, in the time's zone.
func MonthSpan(at time.Time) Span {
	from := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, at.Location())
	return Span{Before: from.AddDate(0, -1, 0), From: from, To: from.AddDate(0, 1, 0)}
}

// YearSpan is the year in which a time lies, in the time's zone.
func YearSpan(at time.Time) Span {
	from := time.Date(at.Year(), 1, 1, 0, 0, 0, 0, at.Location())
	return Span{Before: from.AddDate(-1, 0, 0), From: from, To: from.AddDate(1, 0, 0)}
}

// OverviewLine is one maker of the agency with what came to the shop.
type OverviewLine struct {
	Case
	Maker     account.User
	Companion string // of the invitation; "" without
	InvitedAt time.Time
	Now, Past order.Sold // in the span, and in the one before
}

// Visit reports whether somebody should go there this week: an urgent matter, or
// anything that waits at a maker without a phone.
func (l OverviewLine) Visit() bool {
	for _, r := range l.Reasons {
		if r.Matter.Urgent() || l.Maker.Phone == "" && r.Matter != Quiet && r.Matter != HelpEnds {
			return true
		}
	}
	return false
}

// Overview lists the agency's makers within the actor's territory with what came to
// their shops in the span and the one before, the most urgent first; sums are the
// reader's, so that totals are those of the rows. Officers, heads and admins only. The
// number of statements does not grow with the makers.
func (s *Service) Overview(ctx context.Context, actor account.Actor, span Span) ([]OverviewLine, error) {
	all, err := s.Makers(ctx, actor)
	if err != nil {
		return nil, err
	}
	if s.sales == nil {
		return nil, fault.Internal(errNotWatching)
	}
	ids, since, shops := make([]int64, len(all)), map[int64]time.Time{}, map[int64]catalog.Shop{}
	lines, helpers := map[int64]Line{}, []int64{}
	for i, l := range all {
		ids[i], since[l.Shop.ID], shops[l.Shop.ID], lines[l.Shop.ID] = l.Shop.ID, l.InvitedAt, l.Shop, l
		if l.CompanionID > 0 {
			helpers = append(helpers, l.CompanionID)
		}
	}
	cases, err := s.cases(ctx, shops, since, nil)
	if err != nil {
		return nil, err
	}
	names, err := s.accounts.Users(ctx, helpers)
	if err != nil {
		return nil, err
	}
	now, err := s.sales.SoldByShop(ctx, ids, span.From, span.To)
	if err != nil {
		return nil, err
	}
	past, err := s.sales.SoldByShop(ctx, ids, span.Before, span.From)
	if err != nil {
		return nil, err
	}
	out := make([]OverviewLine, len(cases))
	for i, c := range cases {
		l := lines[c.Shop.ID]
		c.MakerID = l.Maker.ID
		out[i] = OverviewLine{Case: c, Maker: l.Maker, Companion: names[l.CompanionID].Name, InvitedAt: l.InvitedAt, Now: now[c.Shop.ID], Past: past[c.Shop.ID]}
	}
	return out, nil
}

// shopsOf reads the shops of invitations in one statement and keeps those that the
// actor oversees.
func (s *Service) shopsOf(ctx context.Context, actor account.Actor, ids []int64) (map[int64]catalog.Shop, error) {
	shops, err := s.catalog.ShopsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("program: shops: %w", err)
	}
	for shopID, shop := range shops {
		if !actor.Covers(shop.RegencyCode) {
			delete(shops, shopID)
		}
	}
	return shops, nil
}
