package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// compareChunk is how many lines are compared in one transaction.
const compareChunk = 50

// compareAll compares every line that may differ: those read since begun, open ones,
// those that belong to nothing, and those whose row changed meanwhile. whole says that the statement was
// read to its end, so that what it lacks can be named.
func (s *Service) compareAll(ctx context.Context, begun time.Time, whole bool) error {
	if err := s.fetchUnknown(ctx); err != nil {
		s.log.WarnContext(ctx, "payments of the statement not looked up", "error", err)
	}
	if err := s.fetchReturned(ctx); err != nil {
		s.log.WarnContext(ctx, "what came back not looked up", "error", err)
	}
	var failed []error
	for last := int64(0); ; {
		var ids []int64
		err := s.db.Read(ctx).Raw(`SELECT m.id FROM gateway_matches m
			LEFT JOIN payments p ON m.object = 'payment' AND p.id = m.object_id
			LEFT JOIN payouts o ON m.object = 'payout' AND o.id = m.object_id
			LEFT JOIN refunds r ON m.object = 'refund' AND r.id = m.object_id
			WHERE m.id > ? AND m.transaction_id <> '' AND (m.updated_at >= ? OR m.apart <> m.accounted OR m.difference <> ''
				OR (m.object = '' AND m.status IN ('SUCCESS', 'REVERSED'))
				OR COALESCE(p.updated_at, o.updated_at, r.updated_at) > m.updated_at)
			ORDER BY m.id LIMIT ?`, last, begun, compareChunk).Scan(&ids).Error
		if err != nil {
			return errors.Join(append(failed, fmt.Errorf("payment: lines to compare: %w", err))...)
		}
		if len(ids) == 0 {
			break
		}
		last = ids[len(ids)-1]
		if s.compare(ctx, ids...) == nil {
			continue
		}
		for _, id := range ids { // one line in trouble must not hide the others
			failed = append(failed, s.compare(ctx, id))
		}
	}
	if whole {
		failed = append(failed, s.missingTheirs(ctx))
	}
	return errors.Join(failed...)
}

func (s *Service) compare(ctx context.Context, ids ...int64) error {
	wctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			m, err := one[Match](tx, "match", "id = ?", id)
			if err != nil {
				return err
			}
			if err := s.compareTx(wctx, tx, m, now); err != nil {
				return fmt.Errorf("payment: compare statement line %s: %w", m.TransactionID, err)
			}
		}
		return nil
	})
}

// compareTx finds the row of ours that a line is, books its fee where we have none
// yet, and writes down by how much the two differ.
func (s *Service) compareTx(ctx context.Context, tx *gorm.DB, m Match, now time.Time) error {
	if m.Object == "" && m.counts() {
		object, id, err := ownerOfLine(tx, m, now)
		if err != nil {
			return err
		}
		m.Object, m.ObjectID = object, id
	}
	ours, err := s.oursTx(ctx, tx, m)
	if err != nil {
		return err
	}
	moved, apart := m.moved(), money.Rupiah(0)
	if m.counts() || m.Object != "" {
		apart = moved - ours.moved
		if m.Cost != nil && ours.fee != nil {
			apart -= *m.Cost - *ours.fee
		}
	}
	difference := Agrees
	switch {
	case apart == m.Accounted:
	case now.Sub(m.HappenedAt) < matchGrace && m.Difference == Agrees && m.Resolution == "":
		// It may become ours by itself; the next run says so again.
	case m.Object == "":
		difference = MissingOurs
	case moved != ours.moved:
		difference = AmountDiffers
	default:
		difference = FeeDiffers
	}
	set := map[string]any{"object": m.Object, "object_id": m.ObjectID, "apart": int64(apart), "difference": difference, "updated_at": now}
	if difference != Agrees && m.Resolution != "" { // it was right once, and is not any more
		set["resolution"], set["resolved_at"], set["resolved_by"], set["reason"] = "", nil, 0, ""
	}
	return tx.Model(&Match{}).Where("id = ?", m.ID).Updates(set).Error
}

// moved is how the line changed our money at the gateway, without its cost.
func (m Match) moved() money.Rupiah {
	switch {
	case !m.counts() || m.Status == "REVERSED":
		return 0
	case m.MoneyIn:
		return m.Amount
	}
	return -m.Amount
}

// ourSide is what we booked of a line.
type ourSide struct {
	moved money.Rupiah
	fee   *money.Rupiah // nil: not known to us
}

// oursTx is our side of a line; a fee that only the line knows is booked first.
func (s *Service) oursTx(ctx context.Context, tx *gorm.DB, m Match) (ourSide, error) {
	of := ChargeOf{ChargeKind(m.Object), m.ObjectID}
	var purpose Purpose
	var final bool
	var side ourSide
	switch m.Object {
	case "payment":
		p, err := one[Payment](tx, "payment", "id = ?", m.ObjectID)
		if err != nil {
			return side, err
		}
		if p.State.Received() {
			side.moved = p.PaidAmount
		}
		side.fee, purpose, final = p.Fee, p.Purpose(), p.State == Settled
	case "payout":
		p, err := one[Payout](tx, "payout", "id = ?", m.ObjectID)
		if err != nil {
			return side, err
		}
		if p.State == PayoutStateSucceeded {
			side.moved = -p.Amount
		}
		side.fee, purpose, final = p.Fee, p.Purpose(), p.State == PayoutStateSucceeded || p.State == PayoutStateReversed
	case "refund":
		r, err := one[Refund](tx, "refund", "id = ?", m.ObjectID)
		if err != nil {
			return side, err
		}
		if r.State == RefundDone && r.PayoutID == nil {
			side.moved = -r.Amount
		}
		free := money.Rupiah(0)
		side.fee = &free // we book none: what a refund costs shows as a difference
		return side, nil
	case "move":
		own, err := one[gatewayMove](tx, "move", "id = ?", m.ObjectID)
		if err != nil {
			return side, err
		}
		if side.moved = own.Amount; !own.MoneyIn {
			side.moved = -own.Amount
		}
		free := money.Rupiah(0)
		side.fee = &free // what the bank takes for it shows as a difference
		return side, nil
	default:
		free := money.Rupiah(0)
		side.fee = &free
		return side, nil
	}
	if side.fee != nil || m.Cost == nil || !final || !m.counts() {
		return side, nil
	}
	s.mu.RLock()
	settler := s.fees
	s.mu.RUnlock()
	if settler == nil {
		return side, nil
	}
	if err := feeTx(ctx, tx, settler, of, purpose, *m.Cost); err != nil {
		return side, err
	}
	side.fee = m.Cost
	return side, nil
}

// ownerOfLine finds the row of ours that a line is: one that no other line is
// already. A payment of ours that does not know of its money yet is looked at soon.
func ownerOfLine(tx *gorm.DB, m Match, now time.Time) (object string, objectID int64, err error) {
	const free = "NOT EXISTS (SELECT 1 FROM gateway_matches g WHERE g.object = ? AND g.object_id = mine.id AND g.transaction_id <> '')"
	var ids []int64
	switch m.Kind {
	case LinePayment:
		if m.Reference == "" {
			return "", 0, nil
		}
		err = tx.Raw(`SELECT id FROM payments AS mine WHERE reference = ? AND state IN ('paid', 'settled') AND `+free+`
			ORDER BY CASE WHEN gateway_payment_id <> '' AND gateway_payment_id = ? THEN 0 ELSE 1 END,
				CASE WHEN paid_amount = ? THEN 0 ELSE 1 END, CASE WHEN channel = ? THEN 0 ELSE 1 END, id LIMIT 1`,
			m.Reference, "payment", m.ProductID, int64(m.Amount), m.Channel).Scan(&ids).Error
		if err == nil && len(ids) == 0 {
			err = tx.Model(&Payment{}).Where("reference = ? AND state NOT IN ?", m.Reference, []string{string(Paid), string(Settled)}).
				Updates(map[string]any{"next_check_at": now, "updated_at": now}).Error
		}
		object = "payment"
	case LinePayout:
		err = tx.Raw("SELECT id FROM payouts AS mine WHERE ((gateway_id <> '' AND gateway_id = ?) OR reference = ?) AND "+free+" ORDER BY id LIMIT 1",
			m.ProductID, m.Reference, "payout").Scan(&ids).Error
		object = "payout"
	case LineRefund:
		err = tx.Raw("SELECT id FROM refunds AS mine WHERE ((gateway_id <> '' AND gateway_id = ?) OR reference = ?) AND "+free+" ORDER BY id LIMIT 1",
			m.ProductID, m.Reference, "refund").Scan(&ids).Error
		object = "refund"
	default:
		if m.Resolution != "" { // somebody accounted for it
			return "", 0, nil
		}
		id, err := moveOfLine(tx, m)
		if err != nil || id == 0 {
			return "", 0, err
		}
		return "move", id, nil
	}
	if err != nil || len(ids) == 0 {
		return "", 0, err
	}
	return object, ids[0], nil
}

// fetchUnknown reads the invoices of payments in the statement that we do not know
// as paid: a callback may have been lost for good. What is ours is merged, what is
// not becomes unmatched money in suspense.
func (s *Service) fetchUnknown(ctx context.Context) error {
	var list []Match
	err := s.db.Read(ctx).Where("object = '' AND transaction_id <> '' AND kind = ? AND status = 'SUCCESS' AND resolution = '' AND reference <> ''", LinePayment).
		Where("NOT EXISTS (SELECT 1 FROM payments p WHERE p.reference = gateway_matches.reference AND p.state IN ('paid', 'settled'))").
		Order("id").Limit(200).Find(&list).Error
	if err != nil {
		return err
	}
	inARow := 0
	for _, m := range list {
		if err := s.fetchOne(ctx, m); err != nil {
			s.log.WarnContext(ctx, "payment of the statement not looked up", "match", m.ID, "error", err)
			if inARow++; inARow >= giveUpAfter {
				return err
			}
			continue
		}
		inARow = 0
	}
	return nil
}

func (s *Service) fetchOne(ctx context.Context, m Match) error {
	cctx, cancel := calling(ctx)
	found, err := s.gateway.FindInvoices(cctx, m.Reference)
	cancel()
	if err != nil {
		return err
	}
	moneyFirst(found)
	for _, inv := range found {
		if inv.Status != InvoicePaid && inv.Status != InvoiceSettled {
			continue
		}
		err := s.mergeByReference(ctx, inv)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			err = s.recordUnmatched(ctx, m.ID, inv)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fetchReturned reads payouts and refunds that the statement calls returned and our
// rows call done: banks send money back weeks after anybody looked last, and the
// callback may have been lost. What came back is merged like any reading.
func (s *Service) fetchReturned(ctx context.Context) error {
	var list []struct {
		Object    string
		ID        int64
		GatewayID string
	}
	err := s.db.Read(ctx).Raw(`SELECT 'payout' AS object, o.id, o.gateway_id FROM gateway_matches m JOIN payouts o ON o.gateway_id <> '' AND (o.gateway_id = m.product_id OR o.reference = m.reference)
			WHERE m.kind = 'DISBURSEMENT' AND m.status = 'REVERSED' AND m.resolution = '' AND o.state = 'succeeded'
		UNION SELECT 'refund' AS object, r.id, r.gateway_id FROM gateway_matches m JOIN refunds r ON r.gateway_id <> '' AND (r.gateway_id = m.product_id OR r.reference = m.reference)
			WHERE m.kind = 'REFUND' AND m.status IN ('REVERSED', 'FAILED', 'VOIDED') AND m.resolution = '' AND r.state = 'succeeded' AND r.payout_id IS NULL
		ORDER BY 1, 2 LIMIT 200`).Scan(&list).Error
	if err != nil {
		return err
	}
	inARow := 0
	for _, one := range list {
		if one.Object == "payout" {
			_, err = s.readPayout(ctx, one.ID, one.GatewayID)
		} else {
			_, err = s.readRefund(ctx, one.ID, one.GatewayID)
		}
		if err == nil {
			inARow = 0
			continue
		}
		s.log.WarnContext(ctx, "what came back not looked up", one.Object, one.ID, "error", err)
		if inARow++; inARow >= giveUpAfter {
			return err
		}
	}
	return nil
}

// missingTheirs names rows of ours that the statement should have and has not, and
// forgets those it has by now.
func (s *Service) missingTheirs(ctx context.Context) error {
	wctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		// Its line came late: what nobody accounted for is forgotten, the rest must be
		// taken back.
		const found = "transaction_id = '' AND EXISTS (SELECT 1 FROM gateway_matches g WHERE g.transaction_id <> '' AND g.object = gateway_matches.object AND g.object_id = gateway_matches.object_id)"
		if err := tx.Exec("DELETE FROM gateway_matches WHERE accounted = 0 AND steps = 0 AND " + found).Error; err != nil {
			return err
		}
		err = tx.Exec(`UPDATE gateway_matches SET apart = 0, difference = CASE WHEN accounted = 0 THEN '' ELSE 'missing_theirs' END,
			resolution = CASE WHEN accounted = 0 THEN resolution ELSE '' END, resolved_at = CASE WHEN accounted = 0 THEN resolved_at ELSE NULL END,
			resolved_by = CASE WHEN accounted = 0 THEN resolved_by ELSE 0 END, updated_at = ? WHERE apart <> 0 AND `+found, now).Error
		if err != nil {
			return err
		}
		const insert = `INSERT INTO gateway_matches (transaction_id, kind, status, money_in, product_id, reference, channel, amount, cost, vat, settled,
				object, object_id, difference, apart, happened_at, created_at, updated_at) `
		const none = `NOT EXISTS (SELECT 1 FROM gateway_matches m WHERE m.object = ? AND m.object_id = mine.id) ON CONFLICT DO NOTHING`
		overdue := now.Add(-matchOverdue)
		err = tx.Exec(insert+`SELECT '', 'PAYMENT', '', TRUE, gateway_payment_id, reference, channel, paid_amount, NULL, 0, FALSE, 'payment', id, 'missing_theirs', -paid_amount, paid_at, ?, ?
			FROM payments AS mine WHERE state IN ('paid', 'settled') AND paid_at < ? AND `+none, now, now, overdue, "payment").Error
		if err != nil {
			return fmt.Errorf("payment: payments missing in the statement: %w", err)
		}
		err = tx.Exec(insert+`SELECT '', 'DISBURSEMENT', '', FALSE, gateway_id, reference, channel_code, amount, NULL, 0, FALSE, 'payout', id, 'missing_theirs', amount, completed_at, ?, ?
			FROM payouts AS mine WHERE state = 'succeeded' AND completed_at < ? AND `+none, now, now, overdue, "payout").Error
		if err != nil {
			return fmt.Errorf("payment: payouts missing in the statement: %w", err)
		}
		err = tx.Exec(insert+`SELECT '', 'REFUND', '', FALSE, gateway_id, reference, '', amount, NULL, 0, FALSE, 'refund', id, 'missing_theirs', amount, completed_at, ?, ?
			FROM refunds AS mine WHERE state = 'succeeded' AND payout_id IS NULL AND completed_at < ? AND `+none, now, now, overdue, "refund").Error
		if err != nil {
			return fmt.Errorf("payment: refunds missing in the statement: %w", err)
		}
		err = tx.Exec(insert+`SELECT '', CASE WHEN money_in THEN 'TOPUP' ELSE 'WITHDRAWAL' END, '', money_in, '', '', '', amount, NULL, 0, FALSE, 'move', id, 'missing_theirs',
				CASE WHEN money_in THEN -amount ELSE amount END, happened_at, ?, ?
			FROM gateway_moves AS mine WHERE happened_at < ? AND `+none, now, now, now.Add(-moveOverdue), "move").Error
		if err != nil {
			return fmt.Errorf("payment: own moves missing in the statement: %w", err)
		}
		return nil
	})
}
