package ledger

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/personal"
)

// DataOf implements personal.Keeper: every movement of the money of the person's
// shops.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx), personal.Query{Name: "buku_uang", SQL: `SELECT l.owner AS shop_id, e.kind, e.memo, -l.amount AS amount, e.created_at
		FROM journal_lines l JOIN journal_entries e ON e.id = l.entry_id WHERE l.kind = 'shop_payable' AND l.owner IN ? ORDER BY l.id`, Args: []any{personal.Ids(p.Shops)}})
}

// OpenTx implements personal.Keeper: nobody is forgotten whom we owe money, or who owes
// us: an advance for materials, or a refund above what the shop had.
func (s *Service) OpenTx(_ context.Context, tx *gorm.DB, p personal.Person) ([]personal.Open, error) {
	debts, err := personal.Count(tx, "program.erasure.open_debt", `SELECT count(*) FROM balances WHERE kind = 'shop_owes' AND owner IN ? AND amount > 0`, personal.Ids(p.Alone))
	if err != nil {
		return nil, err
	}
	owed, err := personal.Count(tx, "program.erasure.open_balance", `SELECT count(*) FROM balances WHERE kind = 'shop_payable' AND owner IN ? AND amount > 0`, personal.Ids(p.Alone))
	return append(debts, owed...), err
}

// ForgetTx implements personal.Keeper: the journal names nobody and never
// changes.
func (s *Service) ForgetTx(context.Context, *gorm.DB, personal.Person) error { return nil }
