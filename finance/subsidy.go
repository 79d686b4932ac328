package finance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// SubsidyLow is the default of Parts.SubsidyLow: below it finance is told to put
// money into the account that bears the gateway's fees.
const SubsidyLow money.Rupiah = 500_000

// TopUp is money the operator put into the subsidy account at the gateway.
type TopUp struct {
	ID         int64
	Amount     money.Rupiah
	Reason     string
	State      string // proposed, done, refused
	ProposedBy int64
	ProposedAt time.Time
	DecidedBy  int64
	DecidedAt  *time.Time
	TwoPeople  bool   // too much for one person
	Note       string // why it was refused
}

type topUpRow struct {
	ID         int64
	Amount     int64
	Reason     string
	State      string
	FormKey    string
	ProposedBy int64
	ProposedAt time.Time
	DecidedBy  int64
	DecidedAt  *time.Time
	TwoPeople  bool
	Note       string
}

func (topUpRow) TableName() string { return "subsidy_top_ups" }

func (r topUpRow) topUp() TopUp {
	return TopUp{ID: r.ID, Amount: money.Rupiah(r.Amount), Reason: r.Reason, State: r.State, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt.UTC(),
		DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, TwoPeople: r.TwoPeople, Note: r.Note}
}

// Subsidy is what is left of the operator's money for fees.
type Subsidy struct {
	Left   money.Rupiah // put in, less what fees took; below zero the operator owes it
	Low    bool         // below Parts.SubsidyLow
	TopUps []TopUp      // newest first, at most 50
}

func mustKeepSubsidy(actor account.Actor) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound("subsidy")
	}
	return nil
}

// Subsidy reads the account and what was put into it. Finance and admin.
func (s *Service) Subsidy(ctx context.Context, actor account.Actor) (Subsidy, error) {
	if !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return Subsidy{}, fault.NotFound("subsidy")
	}
	spent, err := s.parts.Books.Balance(ctx, ledger.Account{Kind: ledger.Subsidy})
	if err != nil {
		return Subsidy{}, err
	}
	low, err := s.subsidyLow(ctx, s.db.Read(ctx))
	if err != nil {
		return Subsidy{}, err
	}
	v := Subsidy{Left: -spent, Low: -spent < low}
	var rows []topUpRow
	if err := s.db.Read(ctx).Order("id DESC").Limit(50).Find(&rows).Error; err != nil {
		return v, fmt.Errorf("finance: top-ups: %w", err)
	}
	for _, r := range rows {
		v.TopUps = append(v.TopUps, r.topUp())
	}
	return v, nil
}

// subsidyLow is the setting below which the account for fees is low.
func (s *Service) subsidyLow(ctx context.Context, tx *gorm.DB) (money.Rupiah, error) {
	return set(ctx, tx, settings.SubsidyLow, cmp.Or(s.parts.SubsidyLow, SubsidyLow))
}

// TopUpSubsidy says that the operator put money into the gateway's account for fees,
// with the reason or the transfer's reference. At most Parts.TwoPeopleAbove is booked
// at once; more waits for another person. Finance only; the same form key returns the
// first result. Errors: NotFound, Invalid (amount, reason).
func (s *Service) TopUpSubsidy(ctx context.Context, actor account.Actor, amount money.Rupiah, reason, formKey string) (TopUp, error) {
	if err := mustKeepSubsidy(actor); err != nil {
		return TopUp{}, err
	}
	if formKey == "" {
		return TopUp{}, fault.Invalid("finance.form.stale")
	}
	bad := fault.Invalid("finance.withdrawal.faulty")
	if amount <= 0 || amount > 10*Largest {
		bad.With("amount", "finance.subsidy.amount")
	}
	reason, told := cleanReason(reason)
	if !told {
		bad.With("reason", "finance.reason.missing")
	}
	if err := bad.OrNil(); err != nil {
		return TopUp{}, err
	}
	var result TopUp
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		alone, err := s.twoPeopleAbove(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.WithContext(ctx).Raw(`INSERT INTO subsidy_top_ups (amount, reason, state, form_key, proposed_by, proposed_at, two_people)
			VALUES (?, ?, 'proposed', ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			int64(amount), reason, formKey, actor.UserID, now, amount > alone).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("finance: top-up: %w", err)
		}
		if len(ids) == 0 {
			result, err = topUpBy(tx.WithContext(ctx).Where("form_key = ? AND proposed_by = ?", formKey, actor.UserID))
			return err
		}
		if err := s.record(ctx, tx, actor.UserID, 0, "propose", "subsidy_top_up", ids[0], amount.String()); err != nil {
			return err
		}
		if amount <= alone {
			if err := s.bookTopUpTx(ctx, tx, actor, ids[0], amount, now); err != nil {
				return err
			}
		}
		result, err = topUpBy(tx.WithContext(ctx).Where("id = ?", ids[0]))
		return err
	})
	return result, err
}

// ConfirmTopUp books what somebody else of finance proposed. Forbidden to the
// proposer; Conflict when it was decided.
func (s *Service) ConfirmTopUp(ctx context.Context, actor account.Actor, id int64) (TopUp, error) {
	if err := mustKeepSubsidy(actor); err != nil {
		return TopUp{}, err
	}
	var result TopUp
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		t, err := topUpBy(tx.WithContext(ctx).Where("id = ?", id))
		if err != nil {
			return err
		}
		if t.ProposedBy == actor.UserID {
			return fault.Forbidden("finance.stray.own_proposal")
		}
		if t.State == "done" && t.DecidedBy == actor.UserID {
			result = t
			return nil // the second of two presses
		}
		if err := s.bookTopUpTx(ctx, tx, actor, id, t.Amount, now); err != nil {
			return err
		}
		result, err = topUpBy(tx.WithContext(ctx).Where("id = ?", id))
		return err
	})
	return result, err
}

// RefuseTopUp turns down what somebody else of finance proposed, with a reason the
// proposer reads; nothing was booked. Errors: NotFound; Invalid (note) without a
// reason; Forbidden to the proposer; Conflict when it was decided.
func (s *Service) RefuseTopUp(ctx context.Context, actor account.Actor, id int64, note string) (TopUp, error) {
	if err := mustKeepSubsidy(actor); err != nil {
		return TopUp{}, err
	}
	note, told := cleanReason(note)
	if !told {
		return TopUp{}, fault.Invalid("finance.reason.missing").With("note", "finance.reason.missing")
	}
	var result TopUp
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		t, err := topUpBy(tx.WithContext(ctx).Where("id = ?", id))
		if err != nil {
			return err
		}
		if t.ProposedBy == actor.UserID {
			return fault.Forbidden("finance.stray.own_proposal")
		}
		if t.State == "refused" && t.DecidedBy == actor.UserID {
			result = t
			return nil // the second of two presses
		}
		err = moveTx(tx.WithContext(ctx), "UPDATE subsidy_top_ups SET state = 'refused', decided_by = ?, decided_at = ?, note = ? WHERE id = ? AND state = 'proposed'", actor.UserID, now, note, id)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, actor.UserID, t.ProposedBy, "refuse", "subsidy_top_up", id, note); err != nil {
			return err
		}
		result, err = topUpBy(tx.WithContext(ctx).Where("id = ?", id))
		return err
	})
	return result, err
}

func (s *Service) bookTopUpTx(ctx context.Context, tx *gorm.DB, actor account.Actor, id int64, amount money.Rupiah, now time.Time) error {
	err := moveTx(tx.WithContext(ctx), "UPDATE subsidy_top_ups SET state = 'done', decided_by = ?, decided_at = ? WHERE id = ? AND state = 'proposed'", actor.UserID, now, id)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("subsidy top-up %d", id)
	if err := s.parts.Gateway.OwnMoveTx(ctx, tx, payment.OwnMove{Key: key, In: true, Amount: amount}); err != nil {
		return err
	}
	err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{Key: key, Kind: ledger.SubsidyTopUp, RefKind: "topup", RefID: id,
		Memo: fmt.Sprintf("#%d", id), Lines: ledger.Pair(gateway, ledger.Account{Kind: ledger.Subsidy}, amount)})
	if err != nil {
		return err
	}
	return s.record(ctx, tx, actor.UserID, 0, "confirm", "subsidy_top_up", id, amount.String())
}

func topUpBy(query *gorm.DB) (TopUp, error) {
	var r topUpRow
	err := query.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return TopUp{}, fault.NotFound("top-up")
	}
	if err != nil {
		return TopUp{}, fmt.Errorf("finance: top-up: %w", err)
	}
	return r.topUp(), nil
}
