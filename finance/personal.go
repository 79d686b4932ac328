package finance

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/personal"
)

// KnowTx implements personal.Knower.
func (s *Service) KnowTx(_ context.Context, tx *gorm.DB, p *personal.Person) error {
	err := tx.Raw("SELECT id FROM withdrawals WHERE requested_by = ? OR shop_id IN ? ORDER BY id", p.UserID, personal.Ids(p.Alone)).Scan(&p.Withdrawals).Error
	if err != nil {
		return fmt.Errorf("finance: withdrawals of a person: %w", err)
	}
	return nil
}

// DataOf implements personal.Keeper.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	out, err := personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "rekening", SQL: `SELECT id, shop_id, channel_code, account_number, holder_name, state, created_at, decided_at, note FROM bank_accounts WHERE proposed_by = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "uang_muka", SQL: `SELECT id, shop_id, amount, reason, state, requested_at, decided_at, note FROM advances WHERE requested_by = ? ORDER BY id`, Args: []any{p.UserID}},
		personal.Query{Name: "tarik_uang", SQL: `SELECT id, shop_id, bank_account_id, amount, state, requested_at, decided_at, finished_at, reason, failure_code FROM withdrawals WHERE requested_by = ? ORDER BY id`, Args: []any{p.UserID}})
	if err != nil {
		return nil, err
	}
	for _, row := range out[0].Rows {
		number, err := s.parts.Keys.Unseal(sealPurpose, fmt.Sprint(row["account_number"]))
		if err != nil {
			return nil, fmt.Errorf("finance: bank accounts of a person: %w", err)
		}
		row["account_number"] = number
	}
	return out, nil
}

// OpenTx implements personal.Keeper: money on its way arrives first, and what was asked
// for is decided first. What a shop owes already is the ledger's.
func (s *Service) OpenTx(_ context.Context, tx *gorm.DB, p personal.Person) ([]personal.Open, error) {
	asked, err := personal.Count(tx, "program.erasure.open_advances", `SELECT count(*) FROM advances WHERE (shop_id IN ? OR requested_by = ?) AND state IN ('requested', 'agreed')`,
		personal.Ids(p.Alone), p.UserID)
	if err != nil {
		return nil, err
	}
	leaving, err := personal.Count(tx, "program.erasure.open_withdrawals", `SELECT count(*) FROM withdrawals WHERE (shop_id IN ? OR requested_by = ? OR party_id IN ?)
		AND (state IN ('requested', 'checked', 'paying') OR (state IN ('failed', 'reversed') AND handled_at IS NULL))`, personal.Ids(p.Alone), p.UserID, personal.Ids(p.Parties))
	return append(asked, leaving...), err
}

// ForgetTx implements personal.Keeper: the accounts the person gave. What was
// paid when stays.
func (s *Service) ForgetTx(_ context.Context, tx *gorm.DB, p personal.Person) error {
	return personal.Run(tx,
		personal.Step{SQL: `UPDATE bank_accounts SET account_number = '-', holder_name = ?, note = '', state = CASE WHEN state IN ('active', 'proposed') THEN 'replaced' ELSE state END
			WHERE proposed_by = ? OR shop_id IN ?`, Args: []any{personal.Gone, p.UserID, personal.Ids(p.Alone)}},
		personal.Step{SQL: `UPDATE advances SET reason = '-', note = '' WHERE requested_by = ? OR shop_id IN ?`, Args: []any{p.UserID, personal.Ids(p.Alone)}},
		personal.Step{SQL: `UPDATE withdrawals SET reason = '', handled_note = '' WHERE requested_by = ? OR shop_id IN ?`, Args: []any{p.UserID, personal.Ids(p.Alone)}})
}
