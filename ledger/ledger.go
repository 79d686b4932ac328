// Package ledger is the journal of the money people trust us with: what came in
// at the gateway, what is held for an order, what a shop may take, what a buyer
// gets back, what is on its way to a bank.
//
// It owns journal_entries, journal_lines and balances. Entries are written once
// and never changed (triggers refuse it on both databases); a mistake is
// corrected by a new entry. Every account that owes money has one balance row,
// changed by a conditional UPDATE in the entry's own transaction, so two
// withdrawals can never read the same money. It decides nothing: order, payment
// and finance say what to post. It imports only internal packages.
package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// AccountKind says what an account stands for.
type AccountKind string

const (
	Gateway       AccountKind = "gateway"        // asset: our balance at the payment gateway; owner 0
	Held          AccountKind = "held"           // we owe: paid for an order, not yet released; owner order
	ShopPayable   AccountKind = "shop_payable"   // we owe: free for the shop to withdraw; owner shop
	RefundDue     AccountKind = "refund_due"     // we owe: to be given back to a buyer; owner order
	PayoutTransit AccountKind = "payout_transit" // we owe: left the shop, not yet confirmed by the bank; owner 0
	Suspense      AccountKind = "suspense"       // we owe: money that fits no order yet; owner 0
	Subsidy       AccountKind = "subsidy"        // expense: gateway and refund fees the operator bears; a top-up is its credit; owner 0
	ShopOwes      AccountKind = "shop_owes"      // asset: what a shop owes us, an advance or a refund after its payout; owner shop
	ShareDue      AccountKind = "share_due"      // we owe: a member's, worker's or fund's part of a shop's money; owner share party
	Commission    AccountKind = "commission"     // income: the operator's part of a sale, frozen at sale; owner 0
	CashBox       AccountKind = "cash_box"       // asset: notes and coins the agency pays out of; owner 0
	Difference    AccountKind = "difference"     // what the gateway's books and ours differ by until somebody explains it; owner 0
	ShopCash      AccountKind = "shop_cash"      // outside our hands: what a shop took itself, in cash or on its own account; owner shop
	ShopSales     AccountKind = "shop_sales"     // the other side of ShopCash; owner shop
)

// AccountKinds lists every kind in the order of a trial balance: what we have, what
// others owe us, what we owe, what was earned and spent, and what never was in our
// hands.
var AccountKinds = []AccountKind{
	Gateway, CashBox, ShopOwes, Difference,
	Held, ShopPayable, ShareDue, RefundDue, PayoutTransit, Suspense,
	Commission, Subsidy, ShopCash, ShopSales,
}

// Bounded reports whether accounts of the kind have a balance row that never goes
// below zero: debts of ours, and what a shop owes us. The others have none: nobody
// withdraws from them, and one row touched by every payment would make payments
// wait in line.
func (k AccountKind) Bounded() bool {
	switch k {
	case Held, ShopPayable, ShareDue, RefundDue, PayoutTransit, Suspense, ShopOwes:
		return true
	}
	return false
}

// turn is when the rows of a kind are locked: by name, but a shop's debt last,
// because who releases money to a shop learns only then whether it owes something.
func (k AccountKind) turn() string {
	if k == ShopOwes {
		return "~"
	}
	return string(k)
}

// balanced is how much a line changes the balance row of its account: a debt of
// ours grows by credits, what is owed to us by debits.
func (k AccountKind) balanced(amount money.Rupiah) money.Rupiah {
	if k == ShopOwes {
		return amount
	}
	return -amount
}

// owned reports whether accounts of this kind belong to an order, a shop or a
// share party.
func (k AccountKind) owned() bool {
	switch k {
	case Held, ShopPayable, RefundDue, ShopOwes, ShareDue, ShopCash, ShopSales:
		return true
	}
	return false
}

func (k AccountKind) known() bool { return slices.Contains(AccountKinds, k) }

// Account is one account: its kind and whose it is (an order or shop id, else 0).
type Account struct {
	Kind  AccountKind
	Owner int64
}

func (a Account) String() string { return fmt.Sprintf("%s %d", a.Kind, a.Owner) }

// Line is one side of an entry: + is a debit, − a credit. Never zero.
type Line struct {
	Account
	Amount money.Rupiah
}

// Pair is the usual entry: amount on the debit account, the same on the credit
// account. "Dr gateway / Cr held" is Pair(gateway, held, amount).
func Pair(debit, credit Account, amount money.Rupiah) []Line {
	return []Line{{debit, amount}, {credit, -amount}}
}

// EntryKind says what happened; a shop's statement has a sentence for each.
type EntryKind string

const (
	Paid               EntryKind = "paid"                // Dr gateway / Cr held
	Unmatched          EntryKind = "unmatched"           // Dr gateway / Cr suspense: late, double or wrong money
	Matched            EntryKind = "matched"             // Dr suspense / Cr held or refund_due
	ReleasedGoods      EntryKind = "released_goods"      // Dr held / Cr shop_payable, on completion
	ReleasedDelivery   EntryKind = "released_delivery"   // Dr held / Cr shop_payable, at dispatch
	RefundOwed         EntryKind = "refund_owed"         // Dr held or shop_payable / Cr refund_due
	RefundPaid         EntryKind = "refund_paid"         // Dr refund_due / Cr gateway
	RefundReturned     EntryKind = "refund_returned"     // Dr gateway / Cr refund_due: the bank sent it back
	Withdrawal         EntryKind = "withdrawal"          // Dr shop_payable / Cr payout_transit
	WithdrawalPaid     EntryKind = "withdrawal_paid"     // Dr payout_transit / Cr gateway
	WithdrawalFailed   EntryKind = "withdrawal_failed"   // Dr payout_transit / Cr shop_payable
	WithdrawalReversed EntryKind = "withdrawal_reversed" // Dr gateway / Cr shop_payable: the bank sent it back
	Fee                EntryKind = "fee"                 // Dr subsidy / Cr gateway
	CommissionTaken    EntryKind = "commission"          // Dr shop_payable / Cr commission, right after ReleasedGoods
	CommissionReturned EntryKind = "commission_returned" // Dr commission / Cr shop_payable: its part of what a shop gives back later
	Clawback           EntryKind = "clawback"            // Dr shop_payable, then shop_owes / Cr refund_due: a refund after completion
	Advance            EntryKind = "advance"             // Dr shop_owes / Cr shop_payable: money for materials
	DebtRepaid         EntryKind = "debt_repaid"         // Dr shop_payable / Cr shop_owes, from what is released
	CashSale           EntryKind = "cash_sale"           // Dr shop_cash / Cr shop_sales: cash on delivery or at pick-up
	DirectSale         EntryKind = "direct_sale"         // Dr shop_cash / Cr shop_sales: on the shop's own account
	SaleReturned       EntryKind = "sale_returned"       // Dr shop_sales / Cr shop_cash: the shop gave it back itself
	Shared             EntryKind = "shared"              // Dr shop_payable / Cr share_due, by the shop's table
	ShareWithdrawal    EntryKind = "share_withdrawal"    // Dr share_due / Cr payout_transit
	ShareReturned      EntryKind = "share_returned"      // Dr payout_transit / Cr share_due: nobody fetched it
	CashPaid           EntryKind = "cash_paid"           // Dr payout_transit / Cr cash_box: handed over against a receipt
	CashDrawn          EntryKind = "cash_drawn"          // Dr cash_box / Cr gateway
	SubsidyTopUp       EntryKind = "subsidy_top_up"      // Dr gateway / Cr subsidy
	Differs            EntryKind = "differs"             // Dr or Cr difference / gateway, from the daily match
	Correction         EntryKind = "correction"          // by hand, with a reason in Memo
)

// Kinds lists every EntryKind.
var Kinds = []EntryKind{
	Paid, Unmatched, Matched, ReleasedGoods, ReleasedDelivery, RefundOwed, RefundPaid, RefundReturned,
	Withdrawal, WithdrawalPaid, WithdrawalFailed, WithdrawalReversed, Fee,
	CommissionTaken, CommissionReturned, Clawback, Advance, DebtRepaid, CashSale, DirectSale, SaleReturned, Shared, ShareWithdrawal, ShareReturned,
	CashPaid, CashDrawn, SubsidyTopUp, Differs, Correction,
}

// Entry is one balanced posting. Key is unique for ever and names the fact, for
// example "order 17 goods"; posting the same fact again changes nothing. Memo is
// the short reference people know (an order number), never personal data.
type Entry struct {
	Key     string
	Kind    EntryKind
	RefKind string // "order", "payment", "refund", "withdrawal" …
	RefID   int64
	Memo    string
	Lines   []Line
}

// ErrInsufficient says that an account does not hold what the entry takes. The
// error is an InsufficientError.
var ErrInsufficient = errors.New("ledger: not enough money on the account")

// InsufficientError names the account that was asked for too much.
type InsufficientError struct {
	Account Account
	Asked   money.Rupiah
}

func (e *InsufficientError) Error() string {
	return fmt.Sprintf("ledger: %s does not hold %s", e.Account, e.Asked)
}

// Is makes errors.Is(err, ErrInsufficient) true.
func (e *InsufficientError) Is(target error) bool { return target == ErrInsufficient }

// ErrChanged says that an entry with this key exists with other lines: the
// caller uses one key for two facts. It is a fault of ours, never of a person.
var ErrChanged = errors.New("ledger: the key was used for another posting")

// Service is the journal of one database.
type Service struct{ db *database.DB }

// NewService returns the journal of db.
func NewService(db *database.DB) *Service { return &Service{db: db} }

// PostTx writes e in the caller's transaction. Lines must sum to zero. An entry
// whose Key is already posted with the same lines is left alone (nil), with
// other lines refused (ErrChanged). Accounts that owe money never go below zero:
// the entry is refused with ErrInsufficient.
//
// After any error the caller must give up its transaction.
func (s *Service) PostTx(ctx context.Context, tx *gorm.DB, e Entry) error {
	changes, err := e.check()
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	tx = tx.WithContext(ctx)
	var ids []int64
	err = tx.Raw(`INSERT INTO journal_entries (key, kind, ref_kind, ref_id, memo, created_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING RETURNING id`,
		e.Key, string(e.Kind), e.RefKind, e.RefID, e.Memo, now).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("ledger: post %q: %w", e.Key, err)
	}
	if len(ids) == 0 {
		return s.sameTx(tx, e)
	}
	// Balances before lines: whoever holds the balance row writes the next line,
	// so the lines of one account are numbered in the order of its balance.
	for _, c := range changes {
		if err := applyTx(tx, c); err != nil {
			return err
		}
	}
	for _, l := range e.Lines {
		err := tx.Exec("INSERT INTO journal_lines (entry_id, kind, owner, amount) VALUES (?, ?, ?, ?)",
			ids[0], string(l.Kind), l.Owner, int64(l.Amount)).Error
		if err != nil {
			return fmt.Errorf("ledger: post %q: %w", e.Key, err)
		}
	}
	return nil
}

// change is what an entry does to one balance row; + means it grows.
type change struct {
	account Account
	delta   money.Rupiah
}

// check validates the entry and returns its changes to balance rows, in one
// fixed order so that two entries never lock the same rows crosswise.
func (e Entry) check() ([]change, error) {
	if e.Key == "" || e.Kind == "" {
		return nil, errors.New("ledger: an entry needs a key and a kind")
	}
	if len(e.Lines) < 2 {
		return nil, fmt.Errorf("ledger: entry %q has fewer than two lines", e.Key)
	}
	amounts := make([]money.Rupiah, len(e.Lines))
	deltas := map[Account]money.Rupiah{}
	for i, l := range e.Lines {
		if !l.Kind.known() || l.Amount == 0 || l.Kind.owned() != (l.Owner > 0) || l.Owner < 0 {
			return nil, fmt.Errorf("ledger: entry %q has a faulty line: %s %d", e.Key, l.Account, l.Amount)
		}
		amounts[i] = l.Amount
		if !l.Kind.Bounded() {
			continue
		}
		sum, err := money.Sum(deltas[l.Account], l.Kind.balanced(l.Amount))
		if err != nil {
			return nil, fmt.Errorf("ledger: entry %q: %w", e.Key, err)
		}
		deltas[l.Account] = sum
	}
	if sum, err := money.Sum(amounts...); err != nil || sum != 0 {
		return nil, fmt.Errorf("ledger: entry %q does not balance (%d, %v)", e.Key, sum, err)
	}
	changes := make([]change, 0, len(deltas))
	for account, delta := range deltas {
		if delta != 0 {
			changes = append(changes, change{account, delta})
		}
	}
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.account.Kind.turn(), b.account.Kind.turn()), cmp.Compare(a.account.Owner, b.account.Owner))
	})
	return changes, nil
}

func applyTx(tx *gorm.DB, c change) error {
	if c.delta > 0 {
		err := tx.Exec(`INSERT INTO balances (kind, owner, amount) VALUES (?, ?, ?)
			ON CONFLICT (kind, owner) DO UPDATE SET amount = balances.amount + excluded.amount`,
			string(c.account.Kind), c.account.Owner, int64(c.delta)).Error
		if err != nil {
			return fmt.Errorf("ledger: %s: %w", c.account, err)
		}
		return nil
	}
	result := tx.Exec("UPDATE balances SET amount = amount - ? WHERE kind = ? AND owner = ? AND amount >= ?",
		int64(-c.delta), string(c.account.Kind), c.account.Owner, int64(-c.delta))
	if result.Error != nil {
		return fmt.Errorf("ledger: %s: %w", c.account, result.Error)
	}
	if result.RowsAffected == 0 {
		return &InsufficientError{Account: c.account, Asked: -c.delta}
	}
	return nil
}

type lineRow struct {
	Kind   string
	Owner  int64
	Amount int64
}

// sameTx compares e with the entry that already has its key.
func (s *Service) sameTx(tx *gorm.DB, e Entry) error {
	var rows []lineRow
	err := tx.Raw(`SELECT l.kind, l.owner, l.amount FROM journal_lines l
		JOIN journal_entries e ON e.id = l.entry_id WHERE e.key = ? AND e.kind = ?`, e.Key, string(e.Kind)).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("ledger: post %q: %w", e.Key, err)
	}
	left := map[Line]int{}
	for _, r := range rows {
		left[Line{Account{AccountKind(r.Kind), r.Owner}, money.Rupiah(r.Amount)}]++
	}
	for _, l := range e.Lines {
		left[l]--
	}
	for _, n := range left {
		if n != 0 {
			return fmt.Errorf("%w: %q", ErrChanged, e.Key)
		}
	}
	return nil
}

// Balance returns what an account holds: for a bounded one its balance row, what we
// owe or are owed; for the others the sum of their lines, debits above zero. Zero for an account never used.
// Callers decide who may see it.
func (s *Service) Balance(ctx context.Context, a Account) (money.Rupiah, error) {
	return s.BalanceTx(ctx, s.db.Read(ctx), a)
}

// BalanceTx is Balance inside the caller's transaction. What it returns may be
// gone a moment later: never decide from it, post and see.
func (s *Service) BalanceTx(ctx context.Context, tx *gorm.DB, a Account) (money.Rupiah, error) {
	query := "SELECT amount FROM balances WHERE kind = ? AND owner = ?"
	if !a.Kind.Bounded() {
		query = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM journal_lines WHERE kind = ? AND owner = ?"
	}
	var amounts []int64
	if err := tx.WithContext(ctx).Raw(query, string(a.Kind), a.Owner).Scan(&amounts).Error; err != nil {
		return 0, fmt.Errorf("ledger: balance of %s: %w", a, err)
	}
	if len(amounts) == 0 {
		return 0, nil
	}
	return money.Rupiah(amounts[0]), nil
}

// Moved is the sum of an account's lines written since from: what the subsidy
// paid this month, for example. Debits count above zero.
func (s *Service) Moved(ctx context.Context, a Account, from time.Time) (money.Rupiah, error) {
	var sum int64
	err := s.db.Read(ctx).Raw(`SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM journal_lines l
		JOIN journal_entries e ON e.id = l.entry_id WHERE l.kind = ? AND l.owner = ? AND e.created_at >= ?`,
		string(a.Kind), a.Owner, from.UTC()).Scan(&sum).Error
	if err != nil {
		return 0, fmt.Errorf("ledger: moved on %s: %w", a, err)
	}
	return money.Rupiah(sum), nil
}

// Sum adds the balances of several accounts of one bounded kind, for example what
// is held for the open orders of a shop.
func (s *Service) Sum(ctx context.Context, kind AccountKind, owners []int64) (total money.Rupiah, err error) {
	balances, err := s.Balances(ctx, kind, owners)
	for _, amount := range balances {
		total += amount
	}
	return total, err
}

// Balances returns the balances of several accounts of one bounded kind by owner;
// those that were never used are left out.
func (s *Service) Balances(ctx context.Context, kind AccountKind, owners []int64) (map[int64]money.Rupiah, error) {
	if !kind.Bounded() {
		return nil, fmt.Errorf("ledger: %s accounts have no balance rows", kind)
	}
	balances := make(map[int64]money.Rupiah, len(owners))
	for start := 0; start < len(owners); start += 500 { // stay below the engines' bind limits
		var rows []struct {
			Owner  int64
			Amount money.Rupiah
		}
		err := s.db.Read(ctx).Raw("SELECT owner, amount FROM balances WHERE kind = ? AND owner IN ?",
			string(kind), owners[start:min(start+500, len(owners))]).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("ledger: balances of %s: %w", kind, err)
		}
		for _, r := range rows {
			balances[r.Owner] = r.Amount
		}
	}
	return balances, nil
}

// Owing is one account that is not at zero.
type Owing struct {
	Account
	Amount money.Rupiah
}

// Open lists the accounts of one bounded kind that are not at zero, largest first:
// finance's view of unclaimed refunds (RefundDue) or of Suspense. At most limit.
func (s *Service) Open(ctx context.Context, kind AccountKind, limit int) ([]Owing, error) {
	var rows []lineRow
	err := s.db.Read(ctx).Raw(`SELECT kind, owner, amount FROM balances WHERE kind = ? AND amount > 0
		ORDER BY amount DESC, owner LIMIT ?`, string(kind), limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("ledger: open %s: %w", kind, err)
	}
	open := make([]Owing, len(rows))
	for i, r := range rows {
		open[i] = Owing{Account{AccountKind(r.Kind), r.Owner}, money.Rupiah(r.Amount)}
	}
	return open, nil
}

// Posted is one entry as it was written.
type Posted struct {
	Entry
	ID int64
	At time.Time
}

// Entries returns what was posted about one thing, for example
// ("order", 17), oldest first.
func (s *Service) Entries(ctx context.Context, refKind string, refID int64) ([]Posted, error) {
	var rows []struct {
		ID        int64
		Key       string
		Kind      string
		Memo      string
		CreatedAt time.Time
		LineKind  string
		Owner     int64
		Amount    int64
	}
	err := s.db.Read(ctx).Raw(`SELECT e.id, e.key, e.kind, e.memo, e.created_at, l.kind AS line_kind, l.owner, l.amount
		FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.id
		WHERE e.ref_kind = ? AND e.ref_id = ? ORDER BY e.id, l.id`, refKind, refID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("ledger: entries of %s %d: %w", refKind, refID, err)
	}
	var posted []Posted
	for _, r := range rows {
		if n := len(posted); n == 0 || posted[n-1].ID != r.ID {
			posted = append(posted, Posted{ID: r.ID, At: r.CreatedAt.UTC(), Entry: Entry{
				Key: r.Key, Kind: EntryKind(r.Kind), RefKind: refKind, RefID: refID, Memo: r.Memo,
			}})
		}
		last := &posted[len(posted)-1]
		last.Lines = append(last.Lines, Line{Account{AccountKind(r.LineKind), r.Owner}, money.Rupiah(r.Amount)})
	}
	return posted, nil
}
