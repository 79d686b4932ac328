package finance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
)

// BatchAlone is the default of Parts.BatchAlone.
const BatchAlone money.Rupiah = 10_000_000

// batchMost bounds one batch.
const batchMost = 200

// BatchState is how far a batch is.
type BatchState string

// The states of a batch. Sent means that every payout was handed over or held back;
// how each went is its withdrawal's state.
const (
	BatchProposed BatchState = "proposed" // a second person is to agree
	BatchSending  BatchState = "sending"
	BatchSent     BatchState = "sent"
	BatchDropped  BatchState = "dropped"
)

// Batch is a choice of withdrawals that leave together.
type Batch struct {
	ID         int64
	State      BatchState
	TwoPeople  bool
	Count      int
	Total      money.Rupiah
	ProposedBy int64
	ProposedAt time.Time
	DecidedBy  int64
	DecidedAt  *time.Time
	EndedAt    *time.Time
}

// TableName is the table of Batch.
func (Batch) TableName() string { return "payout_batches" }

// BatchItem is one withdrawal of a batch or of its preview.
type BatchItem struct {
	Withdrawal
	ItemState string // "waiting", "sent", "held"; empty in a preview
	Held      string // why it is held back, in words; "" when it goes
	Channel   string
	Fee       money.Rupiah // guessed from the last payouts, where FeeKnown
	FeeKnown  bool
}

// BankSum is what of a batch goes to one bank.
type BankSum struct {
	Name   string
	Count  int
	Amount money.Rupiah
	Fees   money.Rupiah
}

// BatchPreview is what would leave, and what would not.
type BatchPreview struct {
	Items     []BatchItem
	Banks     []BankSum
	Count     int
	Total     money.Rupiah
	Fees      money.Rupiah // as far as they can be guessed
	FeesKnown bool
	TwoPeople bool
}

type batchArgs struct{ BatchID int64 }

func (batchArgs) Kind() string { return "finance.batch" }

// Work registers the handlers of this package's jobs.
func (s *Service) Work(w *jobs.Workers) {
	jobs.Handle(w, 2*time.Minute, func(ctx context.Context, a batchArgs) error { return s.RunBatch(ctx, a.BatchID) })
	jobs.Handle(w, 2*time.Minute, func(ctx context.Context, _ watchArgs) error { return s.WatchSubsidy(ctx) })
	w.Every(watchEvery, watchArgs{})
}

func (s *Service) batchAlone(ctx context.Context, tx *gorm.DB) (money.Rupiah, error) {
	return set(ctx, tx, settings.BatchAlone, cmp.Or(s.parts.BatchAlone, BatchAlone))
}

func mustBatch(actor account.Actor) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound("payout batch")
	}
	return nil
}

// PreviewBatch says what would leave if these withdrawals were sent now, and what is
// held back and why. Nothing changes. Finance only.
func (s *Service) PreviewBatch(ctx context.Context, actor account.Actor, ids []int64) (BatchPreview, error) {
	if err := mustBatch(actor); err != nil {
		return BatchPreview{}, err
	}
	return s.previewTx(ctx, s.db.Read(ctx), actor, ids)
}

func (s *Service) previewTx(ctx context.Context, tx *gorm.DB, actor account.Actor, ids []int64) (BatchPreview, error) {
	var p BatchPreview
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 || len(ids) > batchMost {
		return p, fault.Invalid("finance.batch.none", "most", batchMost).With("id", "finance.batch.none", "most", batchMost)
	}
	p.FeesKnown = true
	asked, banks := map[int64]money.Rupiah{}, map[string]int{}
	for _, id := range ids {
		r, bank, err := s.byID(tx, id)
		if err != nil {
			return p, err
		}
		item := BatchItem{Withdrawal: r.withdrawal(bank), Channel: bank.ChannelCode}
		held := s.heldTx(ctx, tx, actor, r, bank, asked)
		if held != nil {
			f := fault.As(held)
			if f == nil {
				return p, held
			}
			item.Held = said(f)
			p.Items = append(p.Items, item)
			continue
		}
		asked[r.ShopID] += item.Amount
		if item.Fee, item.FeeKnown, err = s.parts.Payouts.PayoutFee(ctx, bank.ChannelCode); err != nil {
			return p, err
		}
		p.FeesKnown = p.FeesKnown && item.FeeKnown
		p.Count, p.Total, p.Fees = p.Count+1, p.Total+item.Amount, p.Fees+item.Fee
		name := bank.ChannelCode
		if c, found := payment.PayoutChannelByCode(name); found {
			name = c.Name
		}
		at, found := banks[name]
		if !found {
			at = len(p.Banks)
			banks[name] = at
			p.Banks = append(p.Banks, BankSum{Name: name})
		}
		sum := &p.Banks[at]
		sum.Count, sum.Amount, sum.Fees = sum.Count+1, sum.Amount+item.Amount, sum.Fees+item.Fee
		p.Items = append(p.Items, item)
	}
	alone, err := s.batchAlone(ctx, tx)
	p.TwoPeople = p.Total > alone
	return p, err
}

// heldTx says why a withdrawal cannot leave in this batch; nil when it can.
func (s *Service) heldTx(ctx context.Context, tx *gorm.DB, actor account.Actor, r row, bank bankRow, asked map[int64]money.Rupiah) error {
	if err := mustApprove(actor, r); err != nil {
		return err
	}
	if Way(r.Way) == ByCash {
		return fault.Conflict("finance.batch.cash")
	}
	var other int64
	if err := tx.Raw("SELECT COUNT(*) FROM payout_batch_items WHERE withdrawal_id = ? AND state <> 'held'", r.ID).Scan(&other).Error; err != nil {
		return err
	}
	if other > 0 {
		return fault.Conflict("finance.batch.elsewhere")
	}
	if _, err := s.readyToSendTx(ctx, tx, r); err != nil {
		return err
	}
	free, err := s.parts.Books.BalanceTx(ctx, tx, payable(r.ShopID))
	if err != nil {
		return err
	}
	if free-asked[r.ShopID] < money.Rupiah(r.Amount) {
		return fault.Conflict("finance.approve.short")
	}
	if c, found := payment.PayoutChannelByCode(bank.ChannelCode); found && (money.Rupiah(r.Amount) < c.Min || money.Rupiah(r.Amount) > c.Max) {
		return fault.Conflict("payment.payout.amount", "name", c.Name, "min", c.Min, "max", c.Max)
	}
	return nil
}

// ProposeBatch sends these withdrawals, or where they are more than one person may
// let go, asks a second person of finance to. What would be held back is left out.
// The same formKey returns the first result. Finance only.
//
// Errors: Invalid without anything that can leave; NotFound.
func (s *Service) ProposeBatch(ctx context.Context, actor account.Actor, ids []int64, formKey string) (Batch, error) {
	if err := mustBatch(actor); err != nil {
		return Batch{}, err
	}
	if formKey == "" {
		return Batch{}, fault.Invalid("finance.form.stale")
	}
	var b Batch
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		b = Batch{}
		err := tx.Where("form_key = ? AND proposed_by = ?", formKey, actor.UserID).Take(&b).Error
		if err == nil || !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		p, err := s.previewTx(ctx, tx, actor, ids)
		if err != nil {
			return err
		}
		if p.Count == 0 {
			return fault.Invalid("finance.batch.all_held").With("id", "finance.batch.all_held")
		}
		state, decidedBy, decidedAt := BatchProposed, int64(0), (*time.Time)(nil)
		if !p.TwoPeople {
			state, decidedBy, decidedAt = BatchSending, actor.UserID, &now
		}
		var batchIDs []int64
		err = tx.Raw(`INSERT INTO payout_batches (form_key, state, two_people, count, total, proposed_by, proposed_at, decided_by, decided_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			formKey, string(state), p.TwoPeople, p.Count, int64(p.Total), actor.UserID, now, decidedBy, decidedAt).Scan(&batchIDs).Error
		if err != nil {
			return fmt.Errorf("finance: batch: %w", err)
		}
		if len(batchIDs) == 0 {
			return fault.Conflict("finance.form.stale")
		}
		for _, item := range p.Items {
			if item.Held != "" {
				continue
			}
			done := tx.Exec(`INSERT INTO payout_batch_items (batch_id, withdrawal_id, amount, state) VALUES (?, ?, ?, 'waiting') ON CONFLICT DO NOTHING`,
				batchIDs[0], item.ID, int64(item.Amount))
			if done.Error != nil {
				return fmt.Errorf("finance: batch %d: %w", batchIDs[0], done.Error)
			}
			if done.RowsAffected == 0 { // another batch took it in the same moment
				return fault.Conflict("finance.batch.elsewhere")
			}
		}
		if err := tx.Where("id = ?", batchIDs[0]).Take(&b).Error; err != nil {
			return err
		}
		verb := "propose"
		if state == BatchSending {
			verb = "send"
			if err := s.parts.Queue.InsertTx(ctx, tx, batchArgs{b.ID}); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, actor.UserID, 0, verb, batchObject, b.ID, p.Total.String())
	})
	return b, err
}

const batchObject = "payout_batch"

// ConfirmBatch is the second person agreeing to a batch; what they may not decide
// about is held back. Forbidden to the proposer; Conflict when it is not proposed any
// more. Finance only.
func (s *Service) ConfirmBatch(ctx context.Context, actor account.Actor, id int64) error {
	return s.decideBatch(ctx, actor, id, func(tx *gorm.DB, b Batch, now time.Time) error {
		if b.ProposedBy == actor.UserID {
			return fault.Forbidden("finance.batch.own")
		}
		done := tx.Exec("UPDATE payout_batches SET state = 'sending', decided_by = ?, decided_at = ? WHERE id = ? AND state = 'proposed'", actor.UserID, now, id)
		if done.Error != nil || done.RowsAffected == 0 {
			return errors.Join(done.Error, fault.Conflict("finance.batch.moved"))
		}
		items, err := s.itemsTx(tx, id)
		if err != nil {
			return err
		}
		for _, item := range items {
			r, _, err := s.byID(tx, item.WithdrawalID)
			if err != nil {
				return err
			}
			if refused := mustApprove(actor, r); refused != nil {
				if err := holdTx(tx, id, item.WithdrawalID, said(fault.As(refused)), now); err != nil {
					return err
				}
			}
		}
		if err := s.parts.Queue.InsertTx(ctx, tx, batchArgs{id}); err != nil {
			return err
		}
		return s.record(ctx, tx, actor.UserID, b.ProposedBy, "confirm", batchObject, id, b.Total.String())
	})
}

// DropBatch gives a proposed batch up; its withdrawals wait as before. Anybody of
// finance; Conflict when it is not proposed any more.
func (s *Service) DropBatch(ctx context.Context, actor account.Actor, id int64) error {
	return s.decideBatch(ctx, actor, id, func(tx *gorm.DB, b Batch, now time.Time) error {
		done := tx.Exec("UPDATE payout_batches SET state = 'dropped', decided_by = ?, decided_at = ?, ended_at = ? WHERE id = ? AND state = 'proposed'", actor.UserID, now, now, id)
		if done.Error != nil || done.RowsAffected == 0 {
			return errors.Join(done.Error, fault.Conflict("finance.batch.moved"))
		}
		err := tx.Exec("UPDATE payout_batch_items SET state = 'held', why = ?, done_at = ? WHERE batch_id = ? AND state = 'waiting'", text.T("finance.batch.dropped"), now, id).Error
		if err != nil {
			return err
		}
		return s.record(ctx, tx, actor.UserID, b.ProposedBy, "drop", batchObject, id, "")
	})
}

func (s *Service) decideBatch(ctx context.Context, actor account.Actor, id int64, do func(tx *gorm.DB, b Batch, now time.Time) error) error {
	if err := mustBatch(actor); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		b, err := batchTx(tx.WithContext(ctx), id)
		if err != nil {
			return err
		}
		return do(tx.WithContext(ctx), b, now)
	})
}

func batchTx(tx *gorm.DB, id int64) (b Batch, err error) {
	err = tx.Where("id = ?", id).Take(&b).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return b, fault.NotFound(fmt.Sprintf("payout batch %d", id))
	}
	return b, err
}

type itemRow struct {
	BatchID      int64
	WithdrawalID int64
	Amount       int64
	State        string
	Why          string
	DoneAt       *time.Time
}

func (itemRow) TableName() string { return "payout_batch_items" }

func (s *Service) itemsTx(tx *gorm.DB, batchID int64) ([]itemRow, error) {
	var items []itemRow
	err := tx.Where("batch_id = ?", batchID).Order("withdrawal_id").Find(&items).Error
	return items, err
}

// said is a fault's sentence, kept for finance; of a form, that of its first field.
func said(f *fault.Error) string {
	if len(f.Fields) > 0 {
		return text.T(f.Fields[0].Key, f.Fields[0].Args...)
	}
	return text.T(f.Key, f.Args...)
}

func holdTx(tx *gorm.DB, batchID, withdrawalID int64, why string, now time.Time) error {
	return tx.Exec("UPDATE payout_batch_items SET state = 'held', why = ?, done_at = ? WHERE batch_id = ? AND withdrawal_id = ? AND state = 'waiting'",
		why, now, batchID, withdrawalID).Error
}

// RunBatch hands over every payout of a batch that is being sent, each in its own
// transaction with its own key: one that cannot leave any more is held back with the
// reason and does not stop the others. Its job calls it; a process that dies in
// between loses and repeats nothing.
func (s *Service) RunBatch(ctx context.Context, id int64) error {
	b, err := batchTx(s.db.Read(ctx), id)
	if err != nil || b.State != BatchSending {
		return err
	}
	items, err := s.itemsTx(s.db.Read(ctx), id)
	if err != nil {
		return err
	}
	var failed []error
	for _, item := range items {
		if item.State != "waiting" {
			continue
		}
		err := s.sendItem(ctx, b, item.WithdrawalID)
		if f := fault.As(err); f != nil && (f.Kind == fault.KindConflict || f.Kind == fault.KindInvalid) {
			err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
				now, err := clock.Now(ctx, tx)
				if err != nil {
					return err
				}
				return holdTx(tx, id, item.WithdrawalID, said(f), now)
			})
		}
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return err // the job tries again what is still waiting
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Exec(`UPDATE payout_batches SET state = 'sent', ended_at = ? WHERE id = ? AND state = 'sending'
			AND NOT EXISTS (SELECT 1 FROM payout_batch_items i WHERE i.batch_id = payout_batches.id AND i.state = 'waiting')`, now, id).Error
	})
}

func (s *Service) sendItem(ctx context.Context, b Batch, withdrawalID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec("UPDATE payout_batch_items SET state = 'sent', done_at = ? WHERE batch_id = ? AND withdrawal_id = ? AND state = 'waiting'", now, b.ID, withdrawalID)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error // another run of this job was faster
		}
		r, bank, err := s.byID(tx, withdrawalID)
		if err != nil {
			return err
		}
		return s.sendTx(ctx, tx, b.DecidedBy, r, bank, now)
	})
}

// BatchOf returns a batch and how far each of its withdrawals is. Finance and admin.
func (s *Service) BatchOf(ctx context.Context, actor account.Actor, id int64) (Batch, []BatchItem, error) {
	if !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return Batch{}, nil, fault.NotFound(fmt.Sprintf("payout batch %d", id))
	}
	db := s.db.Read(ctx)
	b, err := batchTx(db, id)
	if err != nil {
		return b, nil, err
	}
	rows, err := s.itemsTx(db, id)
	if err != nil {
		return b, nil, err
	}
	items, withdrawals := make([]BatchItem, len(rows)), make([]Withdrawal, len(rows))
	for i, row := range rows {
		r, bank, err := s.byID(db, row.WithdrawalID)
		if err != nil {
			return b, nil, err
		}
		withdrawals[i] = r.withdrawal(bank)
		items[i] = BatchItem{ItemState: row.State, Held: row.Why, Channel: bank.ChannelCode}
	}
	if err := s.progress(ctx, withdrawals); err != nil {
		return b, nil, err
	}
	for i := range items {
		items[i].Withdrawal = withdrawals[i]
	}
	return b, items, nil
}

// Batches lists the batches, newest first, at most limit older than before (0: the
// newest). Finance and admin.
func (s *Service) Batches(ctx context.Context, actor account.Actor, before int64, limit int) ([]Batch, error) {
	if !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return nil, fault.NotFound("payout batches")
	}
	if before <= 0 {
		before = 1<<63 - 1
	}
	var list []Batch
	err := s.db.Read(ctx).Where("id < ?", before).Order("id DESC").Limit(min(max(limit, 1), 200)).Find(&list).Error
	return list, err
}
