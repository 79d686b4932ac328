package finance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// State is where a withdrawal stands.
type State string

const (
	Requested State = "requested" // asked for; the money is still the shop's
	Checked   State = "checked"   // an institution's second person agreed
	Refused   State = "refused"
	Cancelled State = "cancelled" // by the shop, or because its account changed
	Paying    State = "paying"    // the money left the shop; the bank has not confirmed
	Paid      State = "paid"      // the bank confirmed
	Failed    State = "failed"    // no money moved; it is the shop's again
	Reversed  State = "reversed"  // it came back after Paid; it is the shop's again
)

// Open reports that nobody has decided yet.
func (s State) Open() bool { return s == Requested || s == Checked }

// LabelKey is the text key of the state's name.
func (s State) LabelKey() string { return "finance.state." + string(s) }

// Withdrawal is one request of a shop for its money.
type Withdrawal struct {
	ID            int64
	ShopID        int64
	PartyID       int64 // whose share it is (share.Party); 0: the shop's own money
	Way           Way
	BankAccountID int64  // 0 for cash
	Bank          string // masked; for cash, where it is fetched
	HolderName    string // of a share, its party
	Amount        money.Rupiah
	State         State
	NeedsCheck    bool // an institution: a second person of its own agrees first
	RequestedBy   int64
	RequestedAt   time.Time
	CheckedBy     int64
	CheckedAt     *time.Time
	DecidedBy     int64
	DecidedAt     *time.Time
	Reason        string              // of a refusal
	PayoutID      int64               // payment.Payout, from Paying on
	Progress      payment.PayoutState // while Paying, in single reads and the queue: "unknown" means nobody knows yet
	FailureCode   string              // the gateway's, when Failed or Reversed
	FinishedAt    *time.Time
	HandledAt     *time.Time // finance looked after a failure or reversal
}

type row struct {
	ID            int64
	ShopID        int64
	PartyID       int64
	Way           string
	BankAccountID int64
	Amount        int64
	State         string
	FormKey       string
	NeedsCheck    bool
	RequestedBy   int64
	RequestedAt   time.Time
	CheckedBy     int64
	CheckedAt     *time.Time
	DecidedBy     int64
	DecidedAt     *time.Time
	Reason        string
	PayoutID      int64
	FailureCode   string
	FinishedAt    *time.Time
	HandledBy     int64
	HandledAt     *time.Time
	HandledNote   string
}

func (row) TableName() string { return "withdrawals" }

func (r row) withdrawal(bank bankRow) Withdrawal {
	to := masked(bank.bank())
	if Way(r.Way) == ByCash {
		to = text.T("finance.cash.place")
	}
	if r.PartyID > 0 {
		to = text.T("finance.share.to", "name", bank.HolderName)
	}
	return Withdrawal{
		ID: r.ID, ShopID: r.ShopID, PartyID: r.PartyID, Way: Way(r.Way), BankAccountID: r.BankAccountID, Bank: to, HolderName: bank.HolderName,
		Amount: money.Rupiah(r.Amount), State: State(r.State), NeedsCheck: r.NeedsCheck,
		RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt.UTC(), CheckedBy: r.CheckedBy, CheckedAt: r.CheckedAt,
		DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, Reason: r.Reason, PayoutID: r.PayoutID,
		FailureCode: r.FailureCode, FinishedAt: r.FinishedAt, HandledAt: r.HandledAt,
	}
}

func (r row) memo() string { return fmt.Sprintf("#%d", r.ID) }

var transit = ledger.Account{Kind: ledger.PayoutTransit}
var gateway = ledger.Account{Kind: ledger.Gateway}

func payable(shopID int64) ledger.Account {
	return ledger.Account{Kind: ledger.ShopPayable, Owner: shopID}
}

// RequestWithdrawal asks for part of what the shop may take. Only who owns the
// shop's money may: never a companion, never an officer. The money stays where it
// is until finance approves; one request can be open at a time. The same formKey
// returns the first result.
//
// Errors: NotFound or Forbidden by who asks; Invalid (field amount) outside
// Smallest … free money; Conflict without a confirmed account, while money rests
// after an account change or reset, or while another request is open.
func (s *Service) RequestWithdrawal(ctx context.Context, actor account.Actor, shopID int64, amount money.Rupiah, formKey string) (Withdrawal, error) {
	if err := mustOwnMoney(actor, shopID); err != nil {
		return Withdrawal{}, err
	}
	if formKey == "" {
		return Withdrawal{}, fault.Invalid("finance.form.stale")
	}
	var result Withdrawal
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		first, found, err := s.byFormKey(tx, shopID, formKey)
		if err != nil || found {
			result = first
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		shop, err := s.parts.Shops.ShopTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		bank, err := s.readyTx(ctx, tx, shop)
		if err != nil {
			return err
		}
		if err := s.checkAmountTx(ctx, tx, shopID, amount, bank); err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw(`INSERT INTO withdrawals (shop_id, bank_account_id, amount, state, form_key, needs_check, requested_by, requested_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			shopID, bank.ID, int64(amount), string(Requested), formKey, shop.Kind == catalog.Institution, actor.UserID, now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("finance: request of shop %d: %w", shopID, err)
		}
		if len(ids) == 0 { // the same form sent twice at once, or another open request
			if result, found, err = s.byFormKey(tx, shopID, formKey); err != nil || found {
				return err
			}
			return fault.Conflict("finance.withdrawal.open")
		}
		r, b, err := s.byID(tx, ids[0])
		if err != nil {
			return err
		}
		result = r.withdrawal(b)
		story.Tell(ctx, tx, "withdrawal requested", story.Withdrawal(r.ID), story.Shop(r.ShopID), slog.Int64("amount", r.Amount))
		err = s.record(ctx, tx, actor.UserID, 0, "request", "withdrawal", r.ID, amount.String())
		crash.Point("finance/request/written")
		return err
	})
	crash.Point("finance/request/committed")
	return result, err
}

// readyTx returns the account money may go to now.
func (s *Service) readyTx(ctx context.Context, tx *gorm.DB, shop catalog.Shop) (bankRow, error) {
	bank, found, err := s.activeBankTx(tx, shop.ID)
	if err != nil {
		return bank, err
	}
	if !found {
		return bank, fault.Conflict("finance.withdrawal.no_bank")
	}
	return bank, s.restedTx(ctx, tx, shop)
}

// restedTx refuses while the shop's money rests.
func (s *Service) restedTx(ctx context.Context, tx *gorm.DB, shop catalog.Shop) error {
	until, err := s.parts.People.WithdrawalsRestTx(ctx, tx, shop.ID)
	if err == nil && !until.IsZero() {
		err = fault.Conflict("finance.withdrawal.rests", "until", calendar.DateTime(until, shop.RegencyCode))
	}
	return err
}

func (s *Service) checkAmountTx(ctx context.Context, tx *gorm.DB, shopID int64, amount money.Rupiah, bank bankRow) error {
	smallest, largest := Smallest, Largest
	if c, found := payment.PayoutChannelByCode(bank.ChannelCode); found {
		smallest, largest = max(smallest, c.Min), min(largest, c.Max)
	}
	free, err := s.parts.Books.BalanceTx(ctx, tx, payable(shopID))
	if err != nil {
		return err
	}
	bad := fault.Invalid("finance.withdrawal.faulty")
	switch {
	case amount < smallest:
		bad.With("amount", "finance.withdrawal.too_small", "min", smallest)
	case amount > free:
		bad.With("amount", "finance.withdrawal.too_much", "free", free)
	case amount > largest:
		bad.With("amount", "finance.withdrawal.too_large", "max", largest)
	}
	return bad.OrNil()
}

// Check is the second person of an institution agreeing to a request: another
// owner or officer of its shop, or a head of its territory; never who asked
// (domain.md 3.3). Conflict when it was decided meanwhile or needs no check.
func (s *Service) Check(ctx context.Context, actor account.Actor, id int64) (Withdrawal, error) {
	return s.move(ctx, id, func(tx *gorm.DB, r row, bank bankRow, now time.Time) error {
		shop, err := s.parts.Shops.ShopTx(ctx, tx, r.ShopID)
		if err != nil {
			return err
		}
		head := actor.SignedIn() && actor.Has(account.RoleHead) && actor.Covers(shop.RegencyCode)
		if !head {
			if err := mustOwnMoney(actor, r.ShopID); err != nil {
				return err
			}
		}
		if r.RequestedBy == actor.UserID || head && !ownsMoney(actor, r.ShopID) && actor.Conflicted(r.ShopID) {
			return fault.Forbidden("finance.decide.conflict")
		}
		if !r.NeedsCheck {
			return fault.Conflict("finance.withdrawal.moved")
		}
		err = moveTx(tx, "UPDATE withdrawals SET state = ?, checked_by = ?, checked_at = ? WHERE id = ? AND state = ?",
			string(Checked), actor.UserID, now, id, string(Requested))
		if err != nil {
			return err
		}
		tellMoved(ctx, tx, r, Checked)
		return s.record(ctx, tx, actor.UserID, r.RequestedBy, "check", "withdrawal", id, "")
	})
}

// mustApprove lets finance people decide, never about a request or check of their
// own, nor about their own, a relative's or an assisted shop.
func mustApprove(actor account.Actor, r row) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound(fmt.Sprintf("withdrawal %d", r.ID))
	}
	if actor.UserID == r.RequestedBy || actor.UserID == r.CheckedBy || actor.Conflicted(r.ShopID) {
		return fault.Forbidden("finance.decide.conflict")
	}
	return nil
}

// Approve lets the money leave: the shop's balance goes to payout_transit and a
// payout is written, in one transaction; the gateway is called afterwards by a
// job. Finance only (see mustApprove). Pressing twice does it once.
//
// Errors: NotFound, Forbidden; Conflict when it was decided meanwhile, waits for
// an institution's second person, the account changed, money rests, or the shop
// no longer has that much.
func (s *Service) Approve(ctx context.Context, actor account.Actor, id int64) (Withdrawal, error) {
	return s.move(ctx, id, func(tx *gorm.DB, r row, bank bankRow, now time.Time) error {
		if err := mustApprove(actor, r); err != nil {
			return err
		}
		if r.approvedBy(actor.UserID) {
			return nil // the second of two presses
		}
		alone, err := s.batchAlone(ctx, tx)
		if err != nil {
			return err
		}
		if money.Rupiah(r.Amount) > alone {
			return fault.Conflict("finance.approve.two_people", "max", alone)
		}
		var batched int64
		if err := tx.Raw("SELECT COUNT(*) FROM payout_batch_items WHERE withdrawal_id = ? AND state = 'waiting'", id).Scan(&batched).Error; err != nil {
			return err
		}
		if batched > 0 {
			return fault.Conflict("finance.approve.batched")
		}
		return s.sendTx(ctx, tx, actor.UserID, r, bank, now)
	})
}

// readyToSendTx reports whether a request may be approved now, and out of which
// state: checked where an institution needs it, to the shop's confirmed account,
// while its money does not rest.
func (s *Service) readyToSendTx(ctx context.Context, tx *gorm.DB, r row) (State, error) {
	from := Requested
	if r.NeedsCheck {
		from = Checked
		if State(r.State) == Requested {
			return from, fault.Conflict("finance.approve.unchecked")
		}
	}
	if State(r.State) != from {
		return from, fault.Conflict("finance.withdrawal.moved")
	}
	shop, err := s.parts.Shops.ShopTx(ctx, tx, r.ShopID)
	if err != nil {
		return from, err
	}
	if Way(r.Way) == ByCash {
		return from, s.restedTx(ctx, tx, shop)
	}
	active, err := s.readyTx(ctx, tx, shop)
	if err != nil {
		return from, err
	}
	if active.ID != r.BankAccountID {
		return from, fault.Conflict("finance.approve.other_bank")
	}
	return from, nil
}

// sendTx takes the money from the shop and writes the payout, in the name of the
// person of finance who decided.
func (s *Service) sendTx(ctx context.Context, tx *gorm.DB, by int64, r row, bank bankRow, now time.Time) error {
	id := r.ID
	from, err := s.readyToSendTx(ctx, tx, r)
	if err != nil {
		return err
	}
	err = moveTx(tx, "UPDATE withdrawals SET state = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = ?",
		string(Paying), by, now, id, string(from))
	if fault.Is(err, fault.KindConflict) {
		// Somebody was faster: perhaps the same person's first press.
		if r, _, again := s.byID(tx, id); again == nil && r.approvedBy(by) {
			return nil
		}
	}
	if err != nil {
		return err
	}
	kind := ledger.Withdrawal
	if r.PartyID > 0 {
		kind = ledger.ShareWithdrawal
	}
	err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("withdrawal %d", id), Kind: kind, RefKind: KindWithdrawal, RefID: id, Memo: r.memo(),
		Lines: ledger.Pair(r.source(), transit, money.Rupiah(r.Amount)),
	})
	if errors.Is(err, ledger.ErrInsufficient) {
		return fault.Conflict("finance.approve.short").Because(err)
	}
	if err != nil {
		return err
	}
	if Way(r.Way) == ByCash {
		tellMoved(ctx, tx, r, Paying)
		if err := s.record(ctx, tx, by, r.RequestedBy, "approve", "withdrawal", id, money.Rupiah(r.Amount).String()); err != nil {
			return err
		}
		return s.tellAbout(ctx, tx, r, bank, "cash")
	}
	payout, err := s.parts.Payouts.PayOutTx(ctx, tx, payment.NewPayout{
		Purpose: payment.Purpose{Kind: KindWithdrawal, ID: id}, Amount: money.Rupiah(r.Amount), Bank: bank.bank(),
		Key: fmt.Sprintf("withdrawal-%d-1", id), Description: fmt.Sprintf("Lapak %d", id),
	})
	if err != nil {
		return err
	}
	if err := tx.Exec("UPDATE withdrawals SET payout_id = ? WHERE id = ?", payout.ID, id).Error; err != nil {
		return fmt.Errorf("finance: withdrawal %d: %w", id, err)
	}
	tellMoved(ctx, tx, r, Paying)
	if err := s.record(ctx, tx, by, r.RequestedBy, "approve", "withdrawal", id, money.Rupiah(r.Amount).String()); err != nil {
		return err
	}
	return s.tell(ctx, tx, r.ShopID, "withdrawal_approved", r.data(bank))
}

func (r row) approvedBy(userID int64) bool { return State(r.State) == Paying && r.DecidedBy == userID }

func (r row) data(bank bankRow) map[string]string {
	return map[string]string{"jumlah": money.Rupiah(r.Amount).String(), "rekening": r.withdrawal(bank).Bank, "alasan": r.Reason}
}

// Refuse turns a request down, with a reason the maker reads. Finance only, as
// Approve.
func (s *Service) Refuse(ctx context.Context, actor account.Actor, id int64, reason string) (Withdrawal, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Withdrawal{}, fault.Invalid("finance.reason.missing").With("reason", "finance.reason.missing")
	}
	return s.move(ctx, id, func(tx *gorm.DB, r row, bank bankRow, now time.Time) error {
		if err := mustApprove(actor, r); err != nil {
			return err
		}
		err := moveTx(tx, `UPDATE withdrawals SET state = ?, decided_by = ?, decided_at = ?, finished_at = ?, reason = ?
			WHERE id = ? AND state IN (?, ?)`, string(Refused), actor.UserID, now, now, reason, id, string(Requested), string(Checked))
		if err != nil {
			return err
		}
		r.Reason = reason
		tellMoved(ctx, tx, r, Refused)
		if err := s.record(ctx, tx, actor.UserID, r.RequestedBy, "refuse", "withdrawal", id, reason); err != nil {
			return err
		}
		return s.tellAbout(ctx, tx, r, bank, "refused")
	})
}

// Cancel takes a request back before anybody decided. Who owns the shop's money.
func (s *Service) Cancel(ctx context.Context, actor account.Actor, id int64) (Withdrawal, error) {
	return s.move(ctx, id, func(tx *gorm.DB, r row, _ bankRow, now time.Time) error {
		if err := mustOwnMoney(actor, r.ShopID); err != nil {
			return err
		}
		err := moveTx(tx, "UPDATE withdrawals SET state = ?, finished_at = ? WHERE id = ? AND state IN (?, ?)",
			string(Cancelled), now, id, string(Requested), string(Checked))
		if err != nil {
			return err
		}
		tellMoved(ctx, tx, r, Cancelled)
		return s.record(ctx, tx, actor.UserID, r.RequestedBy, "cancel", "withdrawal", id, "")
	})
}

// dropOpenTx cancels what was asked for towards an account that is no longer the
// shop's.
func (s *Service) dropOpenTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, now time.Time) error {
	var ids []int64
	err := tx.Raw(`UPDATE withdrawals SET state = ?, finished_at = ? WHERE shop_id = ? AND party_id IS NULL AND state IN (?, ?) RETURNING id`,
		string(Cancelled), now, shopID, string(Requested), string(Checked)).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("finance: open requests of shop %d: %w", shopID, err)
	}
	for _, id := range ids {
		story.Tell(ctx, tx, "withdrawal moved", story.Withdrawal(id), story.Shop(shopID), slog.String("to", string(Cancelled)))
		if err := s.record(ctx, tx, actor.UserID, 0, "cancel", "withdrawal", id, "the bank account changed"); err != nil {
			return err
		}
	}
	return nil
}

// move runs one decision about a withdrawal in one transaction and returns the
// withdrawal as it is afterwards.
func (s *Service) move(ctx context.Context, id int64, fn func(tx *gorm.DB, r row, bank bankRow, now time.Time) error) (Withdrawal, error) {
	var result Withdrawal
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		r, bank, err := s.byID(tx, id)
		if err != nil {
			return err
		}
		if err := fn(tx, r, bank, now); err != nil {
			return err
		}
		r, bank, err = s.byID(tx, id)
		result = r.withdrawal(bank)
		crash.Point("finance/decision/written")
		return err
	})
	crash.Point("finance/decision/committed")
	if err != nil {
		return Withdrawal{}, err
	}
	return result, nil
}

// tellMoved writes a withdrawal's step into the log.
func tellMoved(ctx context.Context, tx *gorm.DB, before row, to State) {
	story.Tell(ctx, tx, "withdrawal moved", story.Withdrawal(before.ID), story.Shop(before.ShopID),
		slog.String("from", before.State), slog.String("to", string(to)), slog.Int64("amount", before.Amount))
}

// moveTx is one conditional step; when the row is not where it is expected,
// somebody else was faster.
func moveTx(tx *gorm.DB, query string, args ...any) error {
	result := tx.Exec(query, args...)
	if result.Error != nil {
		return fmt.Errorf("finance: move withdrawal: %w", result.Error)
	}
	if result.RowsAffected == 0 {
		return fault.Conflict("finance.withdrawal.moved")
	}
	return nil
}

func (s *Service) byID(tx *gorm.DB, id int64) (row, bankRow, error) {
	var r row
	err := tx.Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, bankRow{}, fault.NotFound(fmt.Sprintf("withdrawal %d", id))
	}
	if err != nil {
		return r, bankRow{}, fmt.Errorf("finance: withdrawal %d: %w", id, err)
	}
	if Way(r.Way) == ByCash {
		holder, err := s.holderTx(tx, r)
		return r, holder, err
	}
	bank, err := s.bankByID(tx, r.BankAccountID)
	return r, bank, err
}

func (s *Service) byFormKey(tx *gorm.DB, shopID int64, formKey string) (Withdrawal, bool, error) {
	var r row
	err := tx.Where("shop_id = ? AND form_key = ?", shopID, formKey).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Withdrawal{}, false, nil
	}
	if err != nil {
		return Withdrawal{}, false, fmt.Errorf("finance: request of shop %d: %w", shopID, err)
	}
	if Way(r.Way) == ByCash {
		holder, err := s.holderTx(tx, r)
		return r.withdrawal(holder), err == nil, err
	}
	bank, err := s.bankByID(tx, r.BankAccountID)
	return r.withdrawal(bank), err == nil, err
}
