package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Total is one line of the trial balance: everything that was ever written on the
// accounts of one kind.
type Total struct {
	Kind   AccountKind
	Debit  money.Rupiah
	Credit money.Rupiah // above zero
}

// Balance is debits less credits: above zero the kind is worth something to us,
// below zero we owe it.
func (t Total) Balance() money.Rupiah { return t.Debit - t.Credit }

// far is the moment after every entry, for those who name none.
var far = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func until(before time.Time) time.Time {
	if before.IsZero() {
		return far
	}
	return before.UTC()
}

// Totals is the trial balance of what was written before a moment (zero: of
// everything), one line for each kind of account in the order of AccountKinds, also
// for those nobody used yet. All lines are read at once, so that debits and credits
// agree whatever is being posted meanwhile. Callers decide who may see it.
func (s *Service) Totals(ctx context.Context, before time.Time) ([]Total, error) {
	var rows []struct {
		Kind          string
		Debit, Credit int64
	}
	err := s.db.Read(ctx).Raw(`SELECT l.kind, CAST(SUM(CASE WHEN l.amount > 0 THEN l.amount ELSE 0 END) AS BIGINT) AS debit,
			CAST(SUM(CASE WHEN l.amount < 0 THEN -l.amount ELSE 0 END) AS BIGINT) AS credit
		FROM journal_lines l JOIN journal_entries e ON e.id = l.entry_id WHERE e.created_at < ? GROUP BY l.kind`, until(before)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("ledger: trial balance: %w", err)
	}
	totals := make([]Total, len(AccountKinds))
	for i, kind := range AccountKinds {
		totals[i].Kind = kind
		for _, r := range rows {
			if AccountKind(r.Kind) == kind {
				totals[i].Debit, totals[i].Credit = money.Rupiah(r.Debit), money.Rupiah(r.Credit)
			}
		}
	}
	return totals, nil
}

// AccountSum is what was written on one account.
type AccountSum struct {
	Account
	Lines  int64
	Debit  money.Rupiah
	Credit money.Rupiah // above zero
}

// Balance is debits less credits.
func (a AccountSum) Balance() money.Rupiah { return a.Debit - a.Credit }

// Accounts lists the accounts of one kind that somebody wrote on before a moment
// (zero: ever), by owner, at most limit with an owner above after (−1 = from the
// first). open leaves out those that stand at zero. Callers decide who may see them.
func (s *Service) Accounts(ctx context.Context, kind AccountKind, before time.Time, open bool, after int64, limit int) ([]AccountSum, error) {
	least := -1
	if open {
		least = 0
	}
	var rows []struct {
		Owner, Lines, Debit, Credit int64
	}
	err := s.db.Read(ctx).Raw(`SELECT l.owner, COUNT(*) AS lines, CAST(SUM(CASE WHEN l.amount > 0 THEN l.amount ELSE 0 END) AS BIGINT) AS debit,
			CAST(SUM(CASE WHEN l.amount < 0 THEN -l.amount ELSE 0 END) AS BIGINT) AS credit
		FROM journal_lines l JOIN journal_entries e ON e.id = l.entry_id
		WHERE l.kind = ? AND l.owner > ? AND e.created_at < ?
		GROUP BY l.owner HAVING ABS(SUM(l.amount)) > ? ORDER BY l.owner LIMIT ?`,
		string(kind), after, until(before), least, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("ledger: %s accounts: %w", kind, err)
	}
	sums := make([]AccountSum, len(rows))
	for i, r := range rows {
		sums[i] = AccountSum{Account{kind, r.Owner}, r.Lines, money.Rupiah(r.Debit), money.Rupiah(r.Credit)}
	}
	return sums, nil
}

// AccountLine is one line of an account with the entry it belongs to.
type AccountLine struct {
	ID      int64 // also the cursor of the next page
	EntryID int64
	At      time.Time
	Kind    EntryKind
	RefKind string
	RefID   int64
	Memo    string
	Amount  money.Rupiah // + is a debit
	Balance money.Rupiah // debits less credits, after this line
}

// Lines returns the lines of an account written before a moment (zero: all), newest
// first, at most limit with an id below before (0 = from the newest). Callers decide
// who may see them.
func (s *Service) Lines(ctx context.Context, a Account, asOf time.Time, before int64, limit int) ([]AccountLine, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	var lines []AccountLine
	db := s.db.Read(ctx)
	err := db.Raw(`SELECT l.id, l.entry_id, e.created_at AS at, e.kind, e.ref_kind, e.ref_id, e.memo, l.amount
		FROM journal_lines l JOIN journal_entries e ON e.id = l.entry_id
		WHERE l.kind = ? AND l.owner = ? AND l.id < ? AND e.created_at < ? ORDER BY l.id DESC LIMIT ?`,
		string(a.Kind), a.Owner, before, until(asOf), limit).Scan(&lines).Error
	if err != nil || len(lines) == 0 {
		return nil, wrap(err, "ledger: lines of %s", a)
	}
	var balance int64
	err = db.Raw(`SELECT CAST(SUM(l.amount) AS BIGINT) FROM journal_lines l JOIN journal_entries e ON e.id = l.entry_id
		WHERE l.kind = ? AND l.owner = ? AND l.id <= ? AND e.created_at < ?`,
		string(a.Kind), a.Owner, lines[0].ID, until(asOf)).Scan(&balance).Error
	if err != nil {
		return nil, fmt.Errorf("ledger: lines of %s: %w", a, err)
	}
	for i := range lines {
		lines[i].At, lines[i].Balance = lines[i].At.UTC(), money.Rupiah(balance)
		balance -= int64(lines[i].Amount)
	}
	return lines, nil
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// Posting returns one entry with its lines. Errors: not found. Callers decide who
// may see it.
func (s *Service) Posting(ctx context.Context, entryID int64) (Posted, error) {
	var head []struct {
		Key, Kind, RefKind, Memo string
		RefID                    int64
		CreatedAt                time.Time
	}
	db := s.db.Read(ctx)
	err := db.Raw("SELECT key, kind, ref_kind, ref_id, memo, created_at FROM journal_entries WHERE id = ?", entryID).Scan(&head).Error
	if err != nil {
		return Posted{}, fmt.Errorf("ledger: entry %d: %w", entryID, err)
	}
	if len(head) == 0 {
		return Posted{}, fault.NotFound(fmt.Sprintf("entry %d", entryID))
	}
	h := head[0]
	p := Posted{ID: entryID, At: h.CreatedAt.UTC(), Entry: Entry{Key: h.Key, Kind: EntryKind(h.Kind), RefKind: h.RefKind, RefID: h.RefID, Memo: h.Memo}}
	var rows []lineRow
	if err := db.Raw("SELECT kind, owner, amount FROM journal_lines WHERE entry_id = ? ORDER BY id", entryID).Scan(&rows).Error; err != nil {
		return Posted{}, fmt.Errorf("ledger: entry %d: %w", entryID, err)
	}
	for _, r := range rows {
		p.Lines = append(p.Lines, Line{Account{AccountKind(r.Kind), r.Owner}, money.Rupiah(r.Amount)})
	}
	return p, nil
}

// Period is a statement: what an account held at the beginning, every movement in
// between, and what it held at the end. Amounts are as the owner reads them: + came
// in. Opening and the amounts sum to Closing.
type Period struct {
	Opening money.Rupiah
	Lines   []StatementLine // oldest first
	Closing money.Rupiah
}

// ErrTooLong says that a statement has more lines than one page of paper can be
// asked for; ask for a shorter period.
var ErrTooLong = errors.New("ledger: too many lines for one statement")

// PeriodLimit is the most lines of one Period.
const PeriodLimit = 5000

// Period is the statement of a bounded account of ours (shop_payable, share_due) over [from, to):
// opening balance, lines, closing balance. ErrTooLong above PeriodLimit lines.
// Callers decide who may see it.
func (s *Service) Period(ctx context.Context, a Account, from, to time.Time) (Period, error) {
	var p Period
	db := s.db.Read(ctx)
	var opening int64
	err := db.Raw(`SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM journal_lines l JOIN journal_entries e ON e.id = l.entry_id
		WHERE l.kind = ? AND l.owner = ? AND e.created_at < ?`, string(a.Kind), a.Owner, from.UTC()).Scan(&opening).Error
	if err != nil {
		return p, fmt.Errorf("ledger: statement of %s: %w", a, err)
	}
	var lines []AccountLine
	err = db.Raw(`SELECT l.id, l.entry_id, e.created_at AS at, e.kind, e.ref_kind, e.ref_id, e.memo, l.amount
		FROM journal_lines l JOIN journal_entries e ON e.id = l.entry_id
		WHERE l.kind = ? AND l.owner = ? AND e.created_at >= ? AND e.created_at < ? ORDER BY l.id LIMIT ?`,
		string(a.Kind), a.Owner, from.UTC(), until(to), PeriodLimit+1).Scan(&lines).Error
	if err != nil {
		return p, fmt.Errorf("ledger: statement of %s: %w", a, err)
	}
	if len(lines) > PeriodLimit {
		return p, fmt.Errorf("%w: %s", ErrTooLong, a)
	}
	p.Opening = a.Kind.balanced(money.Rupiah(opening))
	balance := p.Opening
	for _, l := range lines {
		amount := a.Kind.balanced(l.Amount)
		balance += amount
		p.Lines = append(p.Lines, StatementLine{ID: l.ID, At: l.At.UTC(), Kind: l.Kind, RefKind: l.RefKind, RefID: l.RefID,
			Memo: l.Memo, Amount: amount, Balance: balance})
	}
	p.Closing = balance
	return p, nil
}

// KnownKind reads an account kind from an address.
func KnownKind(name string) (AccountKind, bool) {
	kind := AccountKind(name)
	return kind, slices.Contains(AccountKinds, kind)
}

// Owned reports whether accounts of the kind belong to somebody: an order, a shop
// or a share party; the others have one account each.
func (k AccountKind) Owned() bool { return k.owned() }

// OldestDue is when the oldest account of a bounded kind that is not at zero was
// first written on: since when a refund waits to be taken. Zero when none is open.
func (s *Service) OldestDue(ctx context.Context, kind AccountKind) (time.Time, error) {
	var at []time.Time
	err := s.db.Read(ctx).Raw(`SELECT e.created_at FROM balances b JOIN journal_lines l ON l.kind = b.kind AND l.owner = b.owner
		JOIN journal_entries e ON e.id = l.entry_id WHERE b.kind = ? AND b.amount > 0 ORDER BY e.created_at LIMIT 1`, string(kind)).Scan(&at).Error
	if err != nil || len(at) == 0 {
		return time.Time{}, wrap(err, "ledger: oldest %s", kind)
	}
	return at[0].UTC(), nil
}
