package share

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
)

// Got is what one division brought a party.
type Got struct {
	Month  string // "2026-11"
	State  State
	Back   money.Rupiah // contributions given back
	Part   money.Rupiah // of the surplus
	Pieces int64
}

// Account is everything about one party: what it may take, paid in, did and got.
type Account struct {
	Party         Party
	PaidIn        money.Rupiah // and not given back yet
	Contributions []Contribution
	Work          []Work // newest first
	Got           []Got  // newest first; booked divisions and those that wait
	Book          []ledger.StatementLine
}

// Account is one party's whole account. The member themself, also after leaving; who
// keeps the shop's money, finance and admin. To others it does not exist.
func (s *Service) Account(ctx context.Context, actor account.Actor, partyID int64) (Account, error) {
	p, err := s.Party(ctx, actor, partyID)
	if err != nil {
		return Account{}, err
	}
	a := Account{Party: p}
	db := s.db.Read(ctx)
	paid, err := s.paidInTx(ctx, db, p.ShopID)
	if err != nil {
		return a, err
	}
	a.PaidIn = paid[p.ID]
	if a.Contributions, err = s.contributionsTx(ctx, db, p.ID); err != nil {
		return a, err
	}
	if a.Work, err = worked(db.WithContext(ctx).Where("party_id = ? AND quantity > 0", p.ID)); err != nil {
		return a, err
	}
	var rows []struct {
		ID     int64
		Month  string
		State  string
		Kind   string
		Pieces int64
		Amount int64
	}
	err = db.WithContext(ctx).Raw(`SELECT d.id, d.month, d.state, l.kind, l.pieces, l.amount FROM share_division_parts l JOIN share_divisions d ON d.id = l.division_id
		WHERE l.party_id = ? AND d.state IN ('proposed', 'done') ORDER BY d.id DESC, l.id LIMIT 400`, p.ID).Scan(&rows).Error
	if err != nil {
		return a, fmt.Errorf("share: divisions of party %d: %w", p.ID, err)
	}
	last := int64(0)
	for _, r := range rows {
		if r.ID != last {
			last = r.ID
			a.Got = append(a.Got, Got{Month: r.Month, State: State(r.State)})
		}
		g := &a.Got[len(a.Got)-1]
		if r.Kind == "back" {
			g.Back += money.Rupiah(r.Amount)
			continue
		}
		g.Part += money.Rupiah(r.Amount)
		g.Pieces += r.Pieces
	}
	book, err := s.books.Period(ctx, Due(p.ID), time.Time{}, time.Time{})
	a.Book = book.Lines
	return a, err
}

// Own lists the parts the actor has, in every group, also those they left; open ones
// first.
func (s *Service) Own(ctx context.Context, actor account.Actor) ([]Party, error) {
	if !actor.SignedIn() {
		return nil, nil
	}
	db := s.db.Read(ctx)
	var rows []partyRow
	err := db.Where("user_id = ?", actor.UserID).Order("CASE WHEN closed_at IS NULL AND left_at IS NULL THEN 0 ELSE 1 END, id DESC").Limit(50).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("share: own parts: %w", err)
	}
	list := make([]Party, len(rows))
	for i, r := range rows {
		list[i] = r.party()
		if list[i].Due, err = s.books.BalanceTx(ctx, db, Due(r.ID)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Dues are what the members of a group may take, by party: for who keeps its money,
// and for every member where the group shows one another's shares; else nil.
func (s *Service) Dues(ctx context.Context, actor account.Actor, shopID int64) (map[int64]money.Rupiah, error) {
	db := s.db.Read(ctx)
	if !reads(actor, shopID) {
		house, err := s.houseTx(ctx, db, shopID)
		if err != nil || !house.Shown || !actor.SignedIn() || !actor.Runs(shopID) {
			return nil, err
		}
	}
	parties, err := s.partiesTx(ctx, db, shopID)
	if err != nil {
		return nil, err
	}
	dues := map[int64]money.Rupiah{}
	for _, p := range parties {
		dues[p.ID] = p.Due
	}
	return dues, nil
}
