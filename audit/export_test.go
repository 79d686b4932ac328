package audit

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/ledger"
)

// RunTx is Run as seen by a running transaction, without the packages' own
// provers: the tests corrupt a row, look, and roll back.
func RunTx(ctx context.Context, tx *gorm.DB) ([]proof.Finding, error) {
	findings, err := across(ctx, tx)
	if err != nil {
		return nil, err
	}
	journal, err := ledger.ProveTx(ctx, tx)
	return append(findings, journal...), err
}
