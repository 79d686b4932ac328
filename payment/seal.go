package payment

import (
	"context"

	"github.com/lapak-berdaya/lapak/internal/sealed"
)

// What this package seals (id.Keys.Seal), and for what.
const (
	sealBank = "bank_account" // payouts.account_number
	sealBody = "callback"     // callbacks.body_sealed
)

// Reseal seals the account numbers and raw callbacks that are in plain text or
// under an older key, and returns how many there were. For the start of the
// program and `rotate`.
func (s *Service) Reseal(ctx context.Context) (int, error) {
	banks, err := sealed.Renew(ctx, s.db, s.keys, sealed.Column{Table: "payouts", Sealed: "account_number", Purpose: sealBank})
	if err != nil {
		return banks, err
	}
	bodies, err := sealed.Renew(ctx, s.db, s.keys, sealed.Column{Table: "callbacks", Sealed: "body_sealed", Plain: "body", Purpose: sealBody})
	return banks + bodies, err
}
