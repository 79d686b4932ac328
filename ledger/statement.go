package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// StatementLine is one movement of a shop's own money.
type StatementLine struct {
	ID      int64 // also the cursor of the next page
	At      time.Time
	Kind    EntryKind
	RefKind string
	RefID   int64
	Memo    string       // the reference people know, such as an order number
	Amount  money.Rupiah // + came in, − went out
	Balance money.Rupiah // what the shop could take after this line
}

// Words says in the maker's words what happened.
func (l StatementLine) Words() string {
	key := "ledger.statement." + string(l.Kind)
	if !text.Has(key) {
		key = "ledger.statement.in"
		if l.Amount < 0 {
			key = "ledger.statement.out"
		}
	}
	return text.T(key, "memo", l.Memo)
}

// Statement returns the movements of what a shop may withdraw, newest first with
// the running balance, at most limit lines with an id below before (0 = from the
// newest). The caller decides who may see the shop's money.
func (s *Service) Statement(ctx context.Context, shopID, before int64, limit int) ([]StatementLine, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	var rows []struct {
		ID        int64
		CreatedAt time.Time
		Kind      string
		RefKind   string
		RefID     int64
		Memo      string
		Amount    int64
		Balance   int64
	}
	err := s.db.Read(ctx).Raw(`SELECT id, created_at, kind, ref_kind, ref_id, memo, amount, balance FROM (
			SELECT l.id, e.created_at, e.kind, e.ref_kind, e.ref_id, e.memo, -l.amount AS amount,
				CAST(SUM(-l.amount) OVER (ORDER BY l.id) AS BIGINT) AS balance
			FROM journal_lines l JOIN journal_entries e ON e.id = l.entry_id
			WHERE l.kind = ? AND l.owner = ?) AS running
		WHERE id < ? ORDER BY id DESC LIMIT ?`, string(ShopPayable), shopID, before, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("ledger: statement of shop %d: %w", shopID, err)
	}
	lines := make([]StatementLine, len(rows))
	for i, r := range rows {
		lines[i] = StatementLine{
			ID: r.ID, At: r.CreatedAt.UTC(), Kind: EntryKind(r.Kind), RefKind: r.RefKind, RefID: r.RefID, Memo: r.Memo,
			Amount: money.Rupiah(r.Amount), Balance: money.Rupiah(r.Balance),
		}
	}
	return lines, nil
}
