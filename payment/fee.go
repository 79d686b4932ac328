package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Pauses between two questions for one fee: as long as the fee has been waited
// for, within these bounds. After feePatience nobody asks any more; the row keeps
// no fee and FeesUnknown counts it.
const (
	feeSoonest  = 5 * time.Second
	feeLatest   = 12 * time.Hour
	feePatience = 45 * 24 * time.Hour
)

// errFee says that a fee stayed unknown for longer than feePatience.
var errFee = errors.New("payment: the gateway never said this fee")

// feeRow is what a payment and a payout have in common here.
type feeRow struct {
	charge  Charge
	purpose Purpose
	since   time.Time // when the fee was taken, as far as we know
	known   bool
}

func (s *Service) feeRow(ctx context.Context, of ChargeOf) (feeRow, error) {
	effect := "settled"
	var row feeRow
	switch of.Kind {
	case ChargePayment:
		p, err := s.Payment(ctx, of.ID)
		if err != nil {
			return feeRow{}, err
		}
		row = feeRow{purpose: p.Purpose(), known: p.Fee != nil || p.State != Settled, since: p.UpdatedAt, charge: Charge{
			Kind: of.Kind, GatewayID: p.GatewayID, PaymentID: p.GatewayPaymentID, Reference: p.Reference, Amount: p.PaidAmount, Channel: p.Channel}}
	case ChargePayout:
		effect = "succeeded"
		p, err := s.Payout(ctx, of.ID)
		if err != nil {
			return feeRow{}, err
		}
		gone := p.State == PayoutStateSucceeded || p.State == PayoutStateReversed
		row = feeRow{purpose: p.Purpose(), known: p.Fee != nil || !gone, since: p.UpdatedAt, charge: Charge{
			Kind: of.Kind, GatewayID: p.GatewayID, Reference: p.Reference, Amount: p.Amount}}
	default:
		return feeRow{}, fault.NotFound("fee of " + string(of.Kind))
	}
	var told []time.Time
	err := s.db.Read(ctx).Raw("SELECT created_at FROM payment_effects WHERE object = ? AND object_id = ? AND effect = ?", string(of.Kind), of.ID, effect).Scan(&told).Error
	if err == nil && len(told) == 1 {
		row.since = told[0]
	}
	return row, err
}

// BookFee asks the gateway what a settled payment or a payout that left cost,
// stores it and tells the FeeSettler, both at once and once. It reports whether
// the fee is known now; false without an error means that the gateway does not
// say yet. On a row that has its fee, or can have none, it does nothing and
// reports true.
func (s *Service) BookFee(ctx context.Context, of ChargeOf) (bool, error) {
	row, err := s.feeRow(ctx, of)
	if err != nil || row.known {
		return row.known, err
	}
	return s.bookFee(ctx, of, row)
}

func (s *Service) bookFee(ctx context.Context, of ChargeOf, row feeRow) (bool, error) {
	s.mu.RLock()
	settler := s.fees
	s.mu.RUnlock()
	if settler == nil {
		return false, errors.New("payment: nobody is registered for fees")
	}
	cctx, cancel := calling(ctx)
	defer cancel()
	fee, known, err := s.gateway.Fee(cctx, row.charge)
	if err != nil || !known {
		return false, err
	}
	crash.Point("payment/fee/read")
	wctx, done := writing(ctx)
	defer done()
	err = database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		err := feeTx(wctx, tx, settler, of, row.purpose, fee)
		crash.Point("payment/fee/written")
		return err
	})
	crash.Point("payment/fee/committed")
	return true, err
}

func feeTx(ctx context.Context, tx *gorm.DB, settler FeeSettler, of ChargeOf, purpose Purpose, fee money.Rupiah) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var model any = &Payment{}
	if of.Kind == ChargePayout {
		model = &Payout{}
	}
	r := tx.Model(model).Where("id = ? AND fee IS NULL", of.ID).Updates(map[string]any{"fee": int64(fee), "updated_at": now})
	if r.Error != nil || r.RowsAffected == 0 || fee == 0 {
		return r.Error
	}
	if err := settler.FeeTx(ctx, tx, purpose, of, fee); err != nil {
		return fmt.Errorf("payment: fee of %s %d: %w", of.Kind, of.ID, err)
	}
	return nil
}

// feeJob asks until the fee is known, ever more rarely. Silence and refusals of
// the gateway are waited out like a fee that is not said yet; only trouble of our
// own counts as a failure of the job.
func (s *Service) feeJob(ctx context.Context, of ChargeOf) error {
	row, err := s.feeRow(ctx, of)
	if err != nil || row.known {
		return err
	}
	known, err := s.bookFee(ctx, of, row)
	if known {
		return err // nil, or our own database's: try again
	}
	_, refused := AsRejected(err)
	if err != nil && !refused && !errors.Is(err, ErrRetry) && !errors.Is(err, ErrUnknown) {
		return err
	}
	now, clockErr := clock.Now(ctx, s.db.Read(ctx))
	if clockErr != nil {
		return clockErr
	}
	waited := now.Sub(row.since)
	if waited > feePatience {
		s.log.ErrorContext(ctx, "fee given up", "object", string(of.Kind), "id", of.ID, "error", err)
		return jobs.Cancel(errors.Join(errFee, err))
	}
	if err != nil {
		s.log.WarnContext(ctx, "fee not read", "object", string(of.Kind), "id", of.ID, "error", err)
	}
	return jobs.Snooze(min(max(waited, feeSoonest), feeLatest))
}

// FeesUnknown counts the settled payments and the payouts that left whose fee the
// gateway has not said; until it does, our books show that much more money than
// there is.
func (s *Service) FeesUnknown(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT (SELECT COUNT(*) FROM payments WHERE state = 'settled' AND fee IS NULL)
		+ (SELECT COUNT(*) FROM payouts WHERE state IN ('succeeded', 'reversed') AND fee IS NULL)`).Scan(&n).Error
	return n, err
}

// PayoutFee guesses what a payout to a channel will cost: what the last one there
// cost, else the last one anywhere. Not known before the first.
func (s *Service) PayoutFee(ctx context.Context, channelCode string) (fee money.Rupiah, known bool, err error) {
	var fees []int64
	err = s.db.Read(ctx).Raw(`SELECT fee FROM payouts WHERE fee IS NOT NULL AND id > (SELECT COALESCE(MAX(id), 0) - 1000 FROM payouts)
		ORDER BY CASE WHEN channel_code = ? THEN 0 ELSE 1 END, id DESC LIMIT 1`, channelCode).Scan(&fees).Error
	if err != nil || len(fees) == 0 {
		return 0, false, err
	}
	return money.Rupiah(fees[0]), true, nil
}
