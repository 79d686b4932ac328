package finance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
)

// Money is a shop's money at one glance.
type Money struct {
	Free       money.Rupiah // "Bisa diambil"
	Held       money.Rupiah // "Ditahan sampai pesanan selesai"
	HeldOrders []HeldOrder  // what Held is made of; for those who see the shop's orders
	OnTheWay   money.Rupiah // approved, the bank has not confirmed
	RestUntil  time.Time    // zero unless withdrawals rest now
	Bank       *BankAccount // where money goes; nil without a confirmed account
	Proposed   *BankAccount // waits for the agency
	Open       *Withdrawal  // the request that waits for a decision
}

// HeldOrder is an order with what is held of it for the shop, and why.
type HeldOrder struct {
	order.Held
	Amount money.Rupiah // above zero
}

// held reads what is held for a shop, order by order, and its sum.
func (s *Service) held(ctx context.Context, shopID int64) (list []HeldOrder, sum money.Rupiah, err error) {
	orders, err := s.parts.Orders.HeldOrders(ctx, shopID)
	if err != nil {
		return nil, 0, err
	}
	ids := make([]int64, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	balances, err := s.parts.Books.Balances(ctx, ledger.Held, ids)
	for _, o := range orders {
		if amount := balances[o.ID]; amount > 0 {
			list, sum = append(list, HeldOrder{Held: o, Amount: amount}), sum+amount
		}
	}
	return list, sum, err
}

// ShopOfWithdrawal says which shop a withdrawal in any state belongs to. It
// checks no permission: the edge asks it whose the withdrawal in an address is.
// Errors: not found.
func (s *Service) ShopOfWithdrawal(ctx context.Context, withdrawalID int64) (int64, error) {
	return shopOf(s.db.Read(ctx).Raw("SELECT shop_id FROM withdrawals WHERE id = ?", withdrawalID))
}

// ShopOfCash says the same of a withdrawal in cash.
func (s *Service) ShopOfCash(ctx context.Context, withdrawalID int64) (int64, error) {
	return shopOf(s.db.Read(ctx).Raw("SELECT shop_id FROM withdrawals WHERE id = ? AND way = 'cash'", withdrawalID))
}

// ShopOfBankAccount says the same of a bank account in any state.
func (s *Service) ShopOfBankAccount(ctx context.Context, bankAccountID int64) (int64, error) {
	return shopOf(s.db.Read(ctx).Raw("SELECT shop_id FROM bank_accounts WHERE id = ?", bankAccountID))
}

func shopOf(query *gorm.DB) (int64, error) {
	var ids []int64
	if err := query.Scan(&ids).Error; err != nil {
		return 0, fmt.Errorf("finance: whose: %w", err)
	}
	if len(ids) == 0 {
		return 0, fault.NotFound("no such row")
	}
	return ids[0], nil
}

// Money returns a shop's money. Every member of the shop, finance and admin may
// ask; only those who own the shop's money see accounts and requests. A companion
// is not told (their grant is not about money): Forbidden.
func (s *Service) Money(ctx context.Context, actor account.Actor, shopID int64) (Money, error) {
	var m Money
	if !seesMoney(actor, shopID) && !(actor.SignedIn() && actor.Runs(shopID)) {
		return m, mustOwnMoney(actor, shopID)
	}
	var err error
	if m.Free, err = s.parts.Books.Balance(ctx, payable(shopID)); err != nil {
		return m, err
	}
	if m.HeldOrders, m.Held, err = s.held(ctx, shopID); err != nil {
		return m, err
	}
	if !seesMoney(actor, shopID) && !actor.Manages(shopID) {
		m.HeldOrders = nil // a member of a group who does not see its orders
	}
	db := s.db.Read(ctx)
	if m.RestUntil, err = s.parts.People.WithdrawalsRestTx(ctx, db, shopID); err != nil {
		return m, err
	}
	var rows []row
	err = db.Where("shop_id = ? AND party_id IS NULL AND state IN ?", shopID, []string{string(Requested), string(Checked), string(Paying)}).Order("id").Find(&rows).Error
	if err != nil {
		return m, fmt.Errorf("finance: money of shop %d: %w", shopID, err)
	}
	list, err := s.withBanks(db, rows)
	if err != nil {
		return m, err
	}
	for i, w := range list {
		switch {
		case w.State == Paying:
			m.OnTheWay += w.Amount
		case seesMoney(actor, shopID):
			m.Open = &list[i]
		}
	}
	if !seesMoney(actor, shopID) {
		return m, nil
	}
	banks, err := s.BankAccounts(ctx, actor, shopID)
	if err != nil {
		return m, err
	}
	for i, b := range banks {
		switch b.State {
		case BankActive:
			m.Bank = &banks[i]
		case BankProposed:
			m.Proposed = &banks[i]
		}
	}
	return m, nil
}

// Statement returns a shop's movements, newest first with the running balance, at
// most limit older than the line before (0 = the newest). Who owns the shop's
// money, finance and admin.
func (s *Service) Statement(ctx context.Context, actor account.Actor, shopID, before int64, limit int) ([]ledger.StatementLine, error) {
	if !seesMoney(actor, shopID) {
		return nil, mustOwnMoney(actor, shopID)
	}
	return s.parts.Books.Statement(ctx, shopID, before, min(max(limit, 1), 200))
}

// Period is a shop's statement over [from, to): what it could take, what came and
// went, what was left. Who may: as Statement.
func (s *Service) Period(ctx context.Context, actor account.Actor, shopID int64, from, to time.Time) (ledger.Period, error) {
	if !seesMoney(actor, shopID) {
		return ledger.Period{}, mustOwnMoney(actor, shopID)
	}
	return s.parts.Books.Period(ctx, payable(shopID), from, to)
}

// Withdrawals returns a shop's withdrawals, newest first, at most limit older than
// before (0 = the newest). Who owns the shop's money, finance and admin.
func (s *Service) Withdrawals(ctx context.Context, actor account.Actor, shopID, before int64, limit int) ([]Withdrawal, error) {
	if !seesMoney(actor, shopID) {
		return nil, mustOwnMoney(actor, shopID)
	}
	return s.list(s.db.Read(ctx), "shop_id = ?", before, limit, shopID)
}

// Withdrawal returns one withdrawal. Who owns the shop's money, finance and admin,
// and a head of the shop's territory while it needs their check.
func (s *Service) Withdrawal(ctx context.Context, actor account.Actor, id int64) (Withdrawal, error) {
	r, bank, err := s.byID(s.db.Read(ctx), id)
	if err != nil {
		return Withdrawal{}, err
	}
	if seesMoney(actor, r.ShopID) {
		one := []Withdrawal{r.withdrawal(bank)}
		err := s.progress(ctx, one)
		return one[0], err
	}
	if r.NeedsCheck && actor.SignedIn() && actor.Has(account.RoleHead) {
		shop, err := s.parts.Shops.Shop(ctx, r.ShopID)
		if err != nil {
			return Withdrawal{}, err
		}
		if actor.Covers(shop.RegencyCode) {
			return r.withdrawal(bank), nil
		}
	}
	return Withdrawal{}, fault.NotFound(fmt.Sprintf("withdrawal %d", id))
}

// Queue returns withdrawals of all shops in the given states (none = those that
// wait for a decision), at most limit after the one with the id last (0 = from the
// beginning). Where every state still waits for somebody the oldest come first, so
// that nobody is passed over; elsewhere the newest. Finance and admin. Whether the
// actor may decide is said by MayApprove.
func (s *Service) Queue(ctx context.Context, actor account.Actor, states []State, last int64, limit int) ([]Withdrawal, error) {
	if !actor.Has(account.RoleFinance) && !actor.Has(account.RoleAdmin) {
		return nil, fault.NotFound("withdrawals")
	}
	if len(states) == 0 {
		states = []State{Requested, Checked}
	}
	names, waiting := make([]string, len(states)), true
	for i, state := range states {
		names[i] = string(state)
		waiting = waiting && (state == Requested || state == Checked || state == Paying)
	}
	read := s.list
	if waiting {
		read = s.oldest
	}
	queue, err := read(s.db.Read(ctx), "state IN ?", last, limit, names)
	if err != nil {
		return nil, err
	}
	return queue, s.progress(ctx, queue)
}

// progress adds how far the payouts under way are.
func (s *Service) progress(ctx context.Context, withdrawals []Withdrawal) error {
	for i, w := range withdrawals {
		if w.State != Paying || w.Way == ByCash {
			continue
		}
		p, err := s.parts.Payouts.Payout(ctx, w.PayoutID)
		if err != nil {
			return fmt.Errorf("finance: payout of withdrawal %d: %w", w.ID, err)
		}
		withdrawals[i].Progress = p.State
	}
	return nil
}

// MayApprove reports whether the actor may decide about w: for the buttons only,
// Approve decides itself.
func MayApprove(actor account.Actor, w Withdrawal) bool {
	ready := w.State == Checked || w.State == Requested && !w.NeedsCheck
	return ready && mustApprove(actor, row{ID: w.ID, ShopID: w.ShopID, RequestedBy: w.RequestedBy, CheckedBy: w.CheckedBy}) == nil
}

// ToCheck returns the requests of institutions in a head's territory that wait for
// a second person, oldest first.
func (s *Service) ToCheck(ctx context.Context, actor account.Actor) ([]Withdrawal, error) {
	if !actor.SignedIn() || !actor.Has(account.RoleHead) {
		return nil, fault.NotFound("withdrawals to check")
	}
	var rows []row
	db := s.db.Read(ctx)
	err := db.Where("state = ? AND needs_check = ?", string(Requested), true).Order("id").Limit(500).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finance: withdrawals to check: %w", err)
	}
	var mine []row
	for _, r := range rows {
		shop, err := s.parts.Shops.Shop(ctx, r.ShopID)
		if err != nil {
			return nil, err
		}
		if actor.Covers(shop.RegencyCode) && r.RequestedBy != actor.UserID {
			mine = append(mine, r)
		}
	}
	return s.withBanks(db, mine)
}

// TaskKind says what finance has to look after.
type TaskKind string

const (
	TaskFailed    TaskKind = "failed"    // a payout failed: RefID is the withdrawal
	TaskReversed  TaskKind = "reversed"  // a payout came back: RefID is the withdrawal
	TaskStuck     TaskKind = "stuck"     // the bank has not answered for an hour: RefID is the withdrawal
	TaskUnmatched TaskKind = "unmatched" // money that fits nothing: RefID is the payment
	TaskRefund    TaskKind = "refund"    // owed to a buyer and not yet sent: RefID is the order
	TaskSubsidy   TaskKind = "subsidy"   // the account for fees is low: Amount was left
)

// Task is one thing for finance. Since is zero where nobody knows.
type Task struct {
	Kind   TaskKind
	RefID  int64
	ShopID int64 // 0 when it concerns none
	Amount money.Rupiah
	Since  time.Time
	Note   string // the gateway's failure code
}

// LabelKey is the text key of the task's sentence.
func (t Task) LabelKey() string { return "finance.task." + string(t.Kind) }

// StuckAfter is how long a payout may wait for the bank before it is a task. It is
// still asked about; nothing is assumed.
const StuckAfter = time.Hour

// Tasks lists what finance has to look after, the oldest of each kind first.
// Money that came late for an order of ours is checkout's list. Finance and admin.
func (s *Service) Tasks(ctx context.Context, actor account.Actor) ([]Task, error) {
	if !actor.Has(account.RoleFinance) && !actor.Has(account.RoleAdmin) {
		return nil, fault.NotFound("finance tasks")
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var rows []row
	err = db.Where("(state IN ? AND handled_at IS NULL) OR (state = ? AND way = 'bank' AND decided_at < ?)",
		[]string{string(Failed), string(Reversed)}, string(Paying), now.Add(-StuckAfter)).Order("id").Limit(500).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finance: tasks: %w", err)
	}
	var tasks []Task
	for _, r := range rows {
		task := Task{Kind: TaskKind(r.State), RefID: r.ID, ShopID: r.ShopID, Amount: money.Rupiah(r.Amount), Note: r.FailureCode}
		since := r.FinishedAt
		if State(r.State) == Paying {
			task.Kind, since = TaskStuck, r.DecidedAt
		}
		if since != nil {
			task.Since = since.UTC()
		}
		tasks = append(tasks, task)
	}
	strays, err := s.Strays(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, u := range strays {
		tasks = append(tasks, Task{Kind: TaskUnmatched, RefID: u.PaymentID, Amount: u.Amount, Since: u.Since})
	}
	alert, low, err := alertTx(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("finance: tasks: %w", err)
	}
	if low {
		tasks = append(tasks, Task{Kind: TaskSubsidy, Amount: alert.Left, Since: alert.CrossedAt})
	}
	due, err := s.parts.Books.Open(ctx, ledger.RefundDue, 500)
	if err != nil {
		return nil, err
	}
	for _, d := range due {
		tasks = append(tasks, Task{Kind: TaskRefund, RefID: d.Owner, Amount: d.Amount})
	}
	return tasks, nil
}

// Handle closes the task of a failed or reversed withdrawal, with a note of what
// was done. Finance only. A second press changes nothing.
func (s *Service) Handle(ctx context.Context, actor account.Actor, id int64, note string) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound(fmt.Sprintf("withdrawal %d", id))
	}
	if note = strings.TrimSpace(note); note == "" {
		return fault.Invalid("finance.reason.missing").With("note", "finance.reason.missing")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		r, _, err := s.byID(tx, id)
		if err != nil {
			return err
		}
		result := tx.Exec(`UPDATE withdrawals SET handled_by = ?, handled_at = ?, handled_note = ?
			WHERE id = ? AND state IN (?, ?) AND handled_at IS NULL`, actor.UserID, now, note, id, string(Failed), string(Reversed))
		if result.Error != nil {
			return fmt.Errorf("finance: handle withdrawal %d: %w", id, result.Error)
		}
		if result.RowsAffected == 0 {
			if r.HandledAt != nil {
				return nil
			}
			return fault.Conflict("finance.withdrawal.moved")
		}
		return s.record(ctx, tx, actor.UserID, r.RequestedBy, "handle", "withdrawal", id, note)
	})
}

func (s *Service) list(db *gorm.DB, where string, before int64, limit int, arg any) ([]Withdrawal, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	var rows []row
	err := db.Where(where, arg).Where("id < ?", before).Order("id DESC").Limit(min(max(limit, 1), 200)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finance: withdrawals: %w", err)
	}
	return s.withBanks(db, rows)
}

// oldest is list in the order in which people asked.
func (s *Service) oldest(db *gorm.DB, where string, after int64, limit int, arg any) ([]Withdrawal, error) {
	var rows []row
	err := db.Where(where, arg).Where("id > ?", after).Order("id").Limit(min(max(limit, 1), 200)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finance: withdrawals: %w", err)
	}
	return s.withBanks(db, rows)
}

// withBanks adds the accounts to the rows.
func (s *Service) withBanks(db *gorm.DB, rows []row) ([]Withdrawal, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.BankAccountID
	}
	var banks []bankRow
	if err := db.Where("id IN ?", ids).Find(&banks).Error; err != nil {
		return nil, fmt.Errorf("finance: bank accounts: %w", err)
	}
	byID := map[int64]bankRow{}
	for _, b := range banks {
		opened, err := s.opened(b)
		if err != nil {
			return nil, err
		}
		byID[b.ID] = opened
	}
	withdrawals := make([]Withdrawal, len(rows))
	for i, r := range rows {
		to := byID[r.BankAccountID]
		if r.PartyID > 0 {
			var err error
			if to, err = s.holderTx(db, r); err != nil {
				return nil, err
			}
		}
		withdrawals[i] = r.withdrawal(to)
	}
	return withdrawals, nil
}
