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
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// Way is how a withdrawal reaches the maker.
type Way string

// The ways of a withdrawal. Cash is fetched at the agency, against a receipt that is
// signed and photographed.
const (
	ByBank Way = "bank"
	ByCash Way = "cash"
)

// CashMost is the most that one withdrawal hands over in cash.
const CashMost money.Rupiah = 5_000_000

// ReceiptPicture is the owner kind of the photos of signed receipts; the owner is the
// withdrawal.
const ReceiptPicture = "cash_receipt"

var cashBox = ledger.Account{Kind: ledger.CashBox}

// RequestCash asks for part of what the shop may take, in cash at the agency: for
// makers without an account. Only who owns the shop's money may, as RequestWithdrawal;
// an institution's money goes to its account. The same formKey returns the first result.
func (s *Service) RequestCash(ctx context.Context, actor account.Actor, shopID int64, amount money.Rupiah, formKey string) (Withdrawal, error) {
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
		if shop.Kind == catalog.Institution {
			return fault.Conflict("finance.cash.institution")
		}
		if err := s.restedTx(ctx, tx, shop); err != nil {
			return err
		}
		if amount > CashMost {
			return fault.Invalid("finance.withdrawal.faulty").With("amount", "finance.cash.too_much", "max", CashMost)
		}
		if err := s.checkAmountTx(ctx, tx, shopID, amount, bankRow{}); err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw(`INSERT INTO withdrawals (shop_id, way, amount, state, form_key, needs_check, requested_by, requested_at)
			VALUES (?, 'cash', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			shopID, int64(amount), string(Requested), formKey, false, actor.UserID, now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("finance: cash for shop %d: %w", shopID, err)
		}
		if len(ids) == 0 {
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
		return s.record(ctx, tx, actor.UserID, 0, "request_cash", "withdrawal", r.ID, amount.String())
	})
	return result, err
}

// mustHandOver lets an officer of the shop's territory hand cash over, who neither
// asked, checked nor approved, and has nothing to do with the shop.
func (s *Service) mustHandOver(ctx context.Context, tx *gorm.DB, actor account.Actor, r row) error {
	shop, err := s.parts.Shops.ShopTx(ctx, tx, r.ShopID)
	if err != nil {
		return err
	}
	if Way(r.Way) != ByCash || !actor.SignedIn() || !actor.Has(account.RoleOfficer) || !actor.Covers(shop.RegencyCode) {
		return fault.NotFound(fmt.Sprintf("cash withdrawal %d", r.ID))
	}
	if actor.UserID == r.RequestedBy || actor.UserID == r.CheckedBy || actor.UserID == r.DecidedBy || actor.Conflicted(r.ShopID) {
		return fault.Forbidden("finance.decide.conflict")
	}
	return nil
}

// CashToHand returns the approved cash of an officer's territory, oldest first.
func (s *Service) CashToHand(ctx context.Context, actor account.Actor) ([]Withdrawal, error) {
	if !actor.SignedIn() || !actor.Has(account.RoleOfficer) {
		return nil, fault.NotFound("cash to hand over")
	}
	db := s.db.Read(ctx)
	var rows []row
	if err := db.Where("way = 'cash' AND state = ?", string(Paying)).Order("id").Limit(500).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("finance: cash to hand over: %w", err)
	}
	var mine []row
	for _, r := range rows {
		shop, err := s.parts.Shops.Shop(ctx, r.ShopID)
		if err != nil {
			return nil, err
		}
		if actor.Covers(shop.RegencyCode) {
			mine = append(mine, r)
		}
	}
	return s.withBanks(db, mine)
}

// MayHandOver returns a cash withdrawal to the officer who is about to hand it over:
// before the receipt is photographed. Errors as HandOver.
func (s *Service) MayHandOver(ctx context.Context, actor account.Actor, id int64) (Withdrawal, error) {
	db := s.db.Read(ctx)
	r, bank, err := s.byID(db, id)
	if err == nil {
		err = s.mustHandOver(ctx, db, actor, r)
	}
	if err == nil && State(r.State) != Paying {
		err = fault.Conflict("finance.withdrawal.moved")
	}
	return r.withdrawal(bank), err
}

// HandOver ends a cash withdrawal: the maker has the money and signed for it, and
// pictureID is the photo of the receipt. There is no undo. Officer of the territory;
// never who asked or approved. Conflict when it was handed over or taken back
// meanwhile, or the cash box does not hold that much.
func (s *Service) HandOver(ctx context.Context, actor account.Actor, id, pictureID int64) (Withdrawal, error) {
	if pictureID <= 0 {
		return Withdrawal{}, fault.Invalid("finance.cash.photo").With("photo", "finance.cash.photo")
	}
	return s.move(ctx, id, func(tx *gorm.DB, r row, bank bankRow, now time.Time) error {
		if err := s.mustHandOver(ctx, tx, actor, r); err != nil {
			return err
		}
		// One at a time empties the box.
		if err := tx.Exec("UPDATE withdrawals SET way = way WHERE way = 'cash' AND state = ?", string(Paying)).Error; err != nil {
			return err
		}
		err := moveTx(tx, "UPDATE withdrawals SET state = ?, finished_at = ? WHERE id = ? AND state = ?", string(Paid), now, id, string(Paying))
		if err != nil {
			return err
		}
		there, err := s.parts.Books.BalanceTx(ctx, tx, cashBox)
		if err != nil {
			return err
		}
		if there < money.Rupiah(r.Amount) {
			return fault.Conflict("finance.cash.box_short", "there", there)
		}
		err = tx.Exec("INSERT INTO cash_receipts (withdrawal_id, picture_id, handed_by, handed_at) VALUES (?, ?, ?, ?)", id, pictureID, actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("finance: receipt of withdrawal %d: %w", id, err)
		}
		err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
			Key: fmt.Sprintf("withdrawal %d cash", id), Kind: ledger.CashPaid, RefKind: KindWithdrawal, RefID: id, Memo: r.memo(),
			Lines: ledger.Pair(transit, cashBox, money.Rupiah(r.Amount)),
		})
		if err != nil {
			return err
		}
		tellMoved(ctx, tx, r, Paid)
		if err := s.record(ctx, tx, actor.UserID, r.RequestedBy, "hand_over", "withdrawal", id, money.Rupiah(r.Amount).String()); err != nil {
			return err
		}
		return s.tellAbout(ctx, tx, r, bank, "cash_paid")
	})
}

// TakeBackCash gives approved cash that nobody fetched back to the shop, or a share to
// its party. Finance
// only, while there is no receipt.
func (s *Service) TakeBackCash(ctx context.Context, actor account.Actor, id int64, reason string) (Withdrawal, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Withdrawal{}, fault.Invalid("finance.reason.missing").With("reason", "finance.reason.missing")
	}
	return s.move(ctx, id, func(tx *gorm.DB, r row, bank bankRow, now time.Time) error {
		if err := mustApprove(actor, r); err != nil {
			return err
		}
		if Way(r.Way) != ByCash {
			return fault.Conflict("finance.withdrawal.moved")
		}
		err := moveTx(tx, `UPDATE withdrawals SET state = ?, finished_at = ?, failure_code = 'CASH_NOT_FETCHED', handled_by = ?, handled_at = ?, handled_note = ?
			WHERE id = ? AND way = 'cash' AND state = ?`, string(Failed), now, actor.UserID, now, reason, id, string(Paying))
		if err != nil {
			return err
		}
		kind := ledger.WithdrawalFailed
		if r.PartyID > 0 {
			kind = ledger.ShareReturned
		}
		err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
			Key: fmt.Sprintf("withdrawal %d %s", id, Failed), Kind: kind, RefKind: KindWithdrawal, RefID: id, Memo: r.memo(),
			Lines: ledger.Pair(transit, r.source(), money.Rupiah(r.Amount)),
		})
		if err != nil {
			return err
		}
		if r.PartyID > 0 { // closed while its cash waited: it is owed again
			if err := s.parts.Parties.ReopenTx(ctx, tx, actor, r.PartyID); err != nil {
				return err
			}
		}
		tellMoved(ctx, tx, r, Failed)
		if err := s.record(ctx, tx, actor.UserID, r.RequestedBy, "take_back", "withdrawal", id, reason); err != nil {
			return err
		}
		return s.tellAbout(ctx, tx, r, bank, "failed")
	})
}

// DrawCash books money taken from the gateway's balance into the cash box. Finance
// only, with a reason. The same formKey books once.
func (s *Service) DrawCash(ctx context.Context, actor account.Actor, amount money.Rupiah, reason, formKey string) error {
	if err := mustKeepBox(actor, formKey); err != nil {
		return err
	}
	bad := fault.Invalid("finance.withdrawal.faulty")
	if amount <= 0 || amount > Largest {
		bad.With("amount", "finance.cash.amount", "max", Largest)
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		bad.With("reason", "finance.reason.missing")
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		key := "cash drawn " + formKey
		err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{Key: key, Kind: ledger.CashDrawn, RefKind: "cash_box", Lines: ledger.Pair(cashBox, gateway, amount)})
		if errors.Is(err, ledger.ErrChanged) {
			return fault.Conflict("finance.form.stale").Because(err)
		}
		if err != nil {
			return err
		}
		if err := s.parts.Gateway.OwnMoveTx(ctx, tx, payment.OwnMove{Key: key, Amount: amount}); err != nil {
			return err
		}
		return s.record(ctx, tx, actor.UserID, 0, "draw", "cash_box", 0, amount.String()+": "+reason)
	})
}

// CountCash writes down what somebody found in the cash box; what it differs from the
// books by is booked to the account of differences and needs a reason. Finance only.
// The same formKey counts once.
func (s *Service) CountCash(ctx context.Context, actor account.Actor, counted money.Rupiah, reason, formKey string) error {
	if err := mustKeepBox(actor, formKey); err != nil {
		return err
	}
	if counted < 0 {
		return fault.Invalid("finance.withdrawal.faulty").With("counted", "finance.cash.amount", "max", Largest)
	}
	reason = strings.TrimSpace(reason)
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		expected, err := s.parts.Books.BalanceTx(ctx, tx, cashBox)
		if err != nil {
			return err
		}
		var ids []int64
		if counted != expected && reason == "" {
			return fault.Invalid("finance.cash.differs", "expected", expected).With("note", "finance.cash.differs", "expected", expected)
		}
		err = tx.Raw(`INSERT INTO cash_counts (form_key, counted, expected, reason, counted_by, counted_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			formKey, int64(counted), int64(expected), reason, actor.UserID, now).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		if delta := counted - expected; delta != 0 {
			err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{Key: fmt.Sprintf("cash count %d", ids[0]), Kind: ledger.Differs, RefKind: "cash_count", RefID: ids[0],
				Lines: []ledger.Line{{Account: cashBox, Amount: delta}, {Account: ledger.Account{Kind: ledger.Difference}, Amount: -delta}}})
			if err != nil {
				return err
			}
		}
		return s.record(ctx, tx, actor.UserID, 0, "count", "cash_box", 0, counted.String())
	})
}

func mustKeepBox(actor account.Actor, formKey string) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound("cash box")
	}
	if formKey == "" {
		return fault.Invalid("finance.form.stale")
	}
	return nil
}

// CashBox is what the cash box should hold. Finance, admin and officers.
func (s *Service) CashBox(ctx context.Context, actor account.Actor) (money.Rupiah, error) {
	if !actor.HasAny(account.RoleFinance, account.RoleAdmin, account.RoleOfficer) {
		return 0, fault.NotFound("cash box")
	}
	return s.parts.Books.Balance(ctx, cashBox)
}

// MaySeeReceipt reports whether somebody may see the photo of a withdrawal's signed
// receipt: who owns the shop's money, finance, admins and the territory's officers.
func (s *Service) MaySeeReceipt(ctx context.Context, viewer account.Actor, withdrawalID int64) (bool, error) {
	r, _, err := s.byID(s.db.Read(ctx), withdrawalID)
	if fault.Is(err, fault.KindNotFound) {
		return false, nil
	}
	if err != nil || seesMoney(viewer, r.ShopID) {
		return err == nil, err
	}
	shop, err := s.parts.Shops.Shop(ctx, r.ShopID)
	return err == nil && viewer.SignedIn() && viewer.Has(account.RoleOfficer) && viewer.Covers(shop.RegencyCode), err
}

// CashByShop is the money of each shop that waits to be handed over in cash. It checks
// no permission: whoever shows it does.
func (s *Service) CashByShop(ctx context.Context, shopIDs []int64) (map[int64]money.Rupiah, error) {
	var rows []struct {
		ShopID int64
		Amount money.Rupiah
	}
	err := s.db.Read(ctx).Raw("SELECT shop_id, CAST(SUM(amount) AS BIGINT) AS amount FROM withdrawals WHERE way = 'cash' AND state = ? AND shop_id IN ? GROUP BY shop_id",
		string(Paying), append([]int64{0}, shopIDs...)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finance: cash by shop: %w", err)
	}
	out := make(map[int64]money.Rupiah, len(rows))
	for _, r := range rows {
		out[r.ShopID] = r.Amount
	}
	return out, nil
}
