package finance

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// Bearer says who bears the gateway's fees. It is decided per installation; a
// buyer never is one of them (a surcharge on QRIS is forbidden).
type Bearer string

// BearerSubsidy is the operator's subsidy account, and the only bearer there is.
const BearerSubsidy Bearer = "subsidy"

// Fees books what the gateway takes for payments and payouts.
type Fees struct{ books *ledger.Service }

var _ payment.FeeSettler = Fees{}

// NewFees returns the settler of fees. bearer is an installation's setting; it
// panics on any other than BearerSubsidy, until another one exists.
func NewFees(books *ledger.Service, bearer Bearer) Fees {
	if bearer != BearerSubsidy {
		panic("finance: nobody bears fees as " + string(bearer))
	}
	return Fees{books}
}

// FeeTx books one fee, once: Dr subsidy / Cr gateway.
func (f Fees) FeeTx(ctx context.Context, tx *gorm.DB, _ payment.Purpose, of payment.ChargeOf, fee money.Rupiah) error {
	return f.books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("fee:%s:%d", of.Kind, of.ID), Kind: ledger.Fee, RefKind: string(of.Kind), RefID: of.ID,
		Lines: ledger.Pair(ledger.Account{Kind: ledger.Subsidy}, gateway, fee),
	})
}
