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

// Difference says how a line of the gateway's statement and our row differ.
type Difference string

// The differences that become tasks for finance; the empty one is agreement.
const (
	Agrees        Difference = ""
	MissingOurs   Difference = "missing_ours"   // money moved there, and no row of ours explains it
	MissingTheirs Difference = "missing_theirs" // we booked it, the statement does not have it
	AmountDiffers Difference = "amount"
	FeeDiffers    Difference = "fee" // it cost something else than what was booked, or was corrected later
)

// The patience of the match: a line newer than matchGrace may still become ours by
// itself; a row of ours older than matchOverdue must be in the statement. Each run
// asks again for what changed in the matchOverlap before the last one.
const (
	matchGrace   = 15 * time.Minute
	matchOverdue = 24 * time.Hour
	matchOverlap = 24 * time.Hour
	matchEvery   = 24 * time.Hour
)

// matchPages bounds one run, so that a statement that never ends is noticed.
const matchPages = 5_000

// MatchRun is one reading of the gateway's statement and balance.
type MatchRun struct {
	ID        int64
	BeganAt   time.Time
	FromAt    *time.Time // lines changed since then were asked for
	EndedAt   *time.Time // nil: under way, or broken off (Trouble)
	Pages     int
	Lines     int
	Balance   *money.Rupiah // settled money, as the gateway says
	Books     *money.Rupiah // the journal's account at that moment
	Unsettled money.Rupiah  // of Books: paid and not yet settled
	Trouble   string        // "", "gateway" (it did not answer) or "pages" (its pages never ended)
	AskedBy   int64         // 0: the daily job
}

// TableName is the table of MatchRun.
func (MatchRun) TableName() string { return "gateway_runs" }

// Apart is what the gateway's balance is above what our books expect of it; known
// only when both were read.
func (r MatchRun) Apart() (money.Rupiah, bool) {
	if r.Balance == nil || r.Books == nil {
		return 0, false
	}
	return *r.Balance - (*r.Books - r.Unsettled), true
}

// Match is one line of the statement and the row of ours that it is, or a row of
// ours that the statement lacks (TransactionID is empty then).
type Match struct {
	ID            int64
	TransactionID string
	Kind          string
	Status        string
	MoneyIn       bool
	ProductID     string
	Reference     string
	Channel       string
	Amount        money.Rupiah
	Cost          *money.Rupiah
	VAT           money.Rupiah `gorm:"column:vat"`
	Settled       bool
	Object        string // "", "payment", "payout", "refund", "move" (the operator's own)
	ObjectID      int64
	Difference    Difference
	Apart         money.Rupiah // what moved at the gateway less what we booked
	Accounted     money.Rupiah // of it, explained or booked by a person
	Booked        money.Rupiah // of it, booked
	Steps         int
	Resolution    string
	Reason        string
	ResolvedBy    int64
	ResolvedAt    *time.Time
	HappenedAt    time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// TableName is the table of Match.
func (Match) TableName() string { return "gateway_matches" }

// Open is what of the difference nobody has accounted for.
func (m Match) Open() money.Rupiah { return m.Apart - m.Accounted }

// counts reports whether money moved by the line; one that may still end either
// way does not count yet.
func (m Match) counts() bool { return m.Status == "SUCCESS" || m.Status == "REVERSED" }

// RegisterBooks names who knows what the journal says of our money at the gateway.
func (s *Service) RegisterBooks(books func(ctx context.Context) (money.Rupiah, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.books = books
}

// AskMatchTx lets the statement be read now; the daily job does so by itself.
func (s *Service) AskMatchTx(ctx context.Context, tx *gorm.DB, by int64) error {
	return s.queue.InsertTx(ctx, tx, matchArgs{By: by}, uniqueJob)
}

// matchJob runs the match when somebody asked, or once a day.
func (s *Service) matchJob(ctx context.Context, by int64) error {
	if by == 0 {
		due, err := s.matchDue(ctx)
		if err != nil || !due {
			return err
		}
	}
	_, err := s.MatchStatement(ctx, by)
	return err
}

func (s *Service) matchDue(ctx context.Context) (bool, error) {
	read := s.db.Read(ctx)
	now, err := clock.Now(ctx, read)
	if err != nil {
		return false, err
	}
	var any, recent int64
	if err := read.Raw("SELECT COUNT(*) FROM (SELECT 1 AS one FROM payments WHERE gateway_id <> '' LIMIT 1) AS p").Scan(&any).Error; err != nil {
		return false, err
	}
	err = read.Raw("SELECT COUNT(*) FROM gateway_runs WHERE ended_at IS NOT NULL AND trouble = '' AND began_at > ?", now.Add(-matchEvery)).Scan(&recent).Error
	return any > 0 && recent == 0, err
}

// MatchStatement reads the gateway's statement from where the last complete reading
// ended, page by page, and compares every line with our rows; then the balance.
// Fees that were not known are booked to their bearer, once. Running it again, or
// twice at once, changes nothing more. by is who asked, 0 the daily job.
func (s *Service) MatchStatement(ctx context.Context, by int64) (MatchRun, error) {
	run, err := s.beginRun(ctx, by)
	if err != nil {
		return run, err
	}
	trouble := s.readStatement(ctx, &run)
	if trouble != nil {
		run.Trouble = "gateway"
		if errors.Is(trouble, errPages) {
			run.Trouble = "pages"
		}
		s.log.WarnContext(ctx, "statement not read to its end", "run", run.ID, "pages", run.Pages, "error", trouble)
	}
	err = s.compareAll(ctx, run.BeganAt, trouble == nil)
	if trouble == nil && err == nil {
		trouble = s.readBalance(ctx, &run)
		if trouble != nil {
			run.Trouble = "gateway"
		}
	}
	return run, errors.Join(trouble, err, s.endRun(ctx, &run, err == nil))
}

func (s *Service) beginRun(ctx context.Context, by int64) (run MatchRun, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		run = MatchRun{BeganAt: now, AskedBy: by}
		var last []MatchRun
		if err := tx.Where("ended_at IS NOT NULL AND trouble = ''").Order("id DESC").Limit(1).Find(&last).Error; err != nil {
			return err
		}
		if len(last) > 0 {
			run.FromAt = in(last[0].BeganAt, -matchOverlap)
		}
		return tx.Create(&run).Error
	})
	if err != nil {
		return run, fmt.Errorf("payment: begin match: %w", err)
	}
	return run, nil
}

func (s *Service) endRun(ctx context.Context, run *MatchRun, whole bool) error {
	wctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		if whole {
			run.EndedAt = &now
		}
		return tx.Model(&MatchRun{}).Where("id = ?", run.ID).Updates(map[string]any{"ended_at": run.EndedAt, "pages": run.Pages, "lines": run.Lines,
			"balance": run.Balance, "books": run.Books, "unsettled": int64(run.Unsettled), "trouble": run.Trouble}).Error
	})
}

var errPages = errors.New("payment: the statement's pages do not end")

// readStatement stores every line. Pages may overlap and lines may come while it
// reads: a line is known by its id, and what is new belongs to the next run, which
// asks for everything that changed since before this one began.
func (s *Service) readStatement(ctx context.Context, run *MatchRun) error {
	q := StatementQuery{}
	if run.FromAt != nil {
		q.Since = *run.FromAt
	}
	seen := map[string]bool{}
	for range matchPages {
		page, err := s.statementPage(ctx, q)
		if err != nil {
			return err
		}
		var fresh []StatementLine
		for _, l := range page.Lines {
			if !seen[l.ID] {
				seen[l.ID] = true
				fresh = append(fresh, l)
			}
		}
		run.Pages++
		run.Lines += len(fresh)
		if err := s.storeLines(ctx, fresh); err != nil {
			return err
		}
		if !page.More {
			return nil
		}
		if len(fresh) == 0 {
			return fmt.Errorf("%w: page %d tells nothing new", errPages, run.Pages)
		}
		q.After = page.Lines[len(page.Lines)-1].ID
	}
	return fmt.Errorf("%w after %d", errPages, matchPages)
}

// statementPage asks a few times: one hiccup must not cost the day's run.
func (s *Service) statementPage(ctx context.Context, q StatementQuery) (page StatementPage, err error) {
	for range 3 {
		cctx, cancel := calling(ctx)
		page, err = s.gateway.Statement(cctx, q)
		cancel()
		if err == nil || !errors.Is(err, ErrRetry) || ctx.Err() != nil {
			break
		}
	}
	return page, err
}

func (s *Service) storeLines(ctx context.Context, lines []StatementLine) error {
	if len(lines) == 0 {
		return nil
	}
	wctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		for _, l := range lines {
			var cost any
			if l.Known {
				cost = int64(l.Cost)
			}
			happened := l.Created
			if happened.IsZero() {
				happened = now
			}
			err := tx.Exec(`INSERT INTO gateway_matches (transaction_id, kind, status, money_in, product_id, reference, channel, amount, cost, vat, settled,
					object, object_id, difference, apart, happened_at, created_at, updated_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, '', 0, ?, ?, ?)
				ON CONFLICT (transaction_id) WHERE transaction_id <> '' DO UPDATE SET kind = excluded.kind, status = excluded.status,
					money_in = excluded.money_in, amount = excluded.amount, cost = excluded.cost, vat = excluded.vat, settled = excluded.settled,
					product_id = excluded.product_id, reference = excluded.reference, updated_at = excluded.updated_at`,
				l.ID, clip(l.Kind, 60), clip(l.Status, 60), l.In, clip(l.ProductID, 255), clip(l.Reference, 255), clip(l.Channel, 60), int64(l.Amount), cost,
				int64(l.VAT), l.Settled, happened, now, now).Error
			if err != nil {
				return fmt.Errorf("payment: statement line %s: %w", l.ID, err)
			}
		}
		return nil
	})
}

// readBalance compares the settled money with the journal. Money may move between
// the two readings: the journal is read before and after, a few times at most.
func (s *Service) readBalance(ctx context.Context, run *MatchRun) error {
	s.mu.RLock()
	books := s.books
	s.mu.RUnlock()
	for range 3 {
		before, err := s.booksNow(ctx, books)
		if err != nil {
			return err
		}
		cctx, cancel := calling(ctx)
		balance, err := s.gateway.Balance(cctx)
		cancel()
		if err != nil {
			return err
		}
		after, err := s.booksNow(ctx, books)
		if err != nil {
			return err
		}
		run.Balance, run.Unsettled = &balance, after.unsettled
		if books != nil {
			run.Books = &after.sum
		}
		if before == after {
			return nil
		}
	}
	return nil
}

type booksReading struct{ sum, unsettled money.Rupiah }

func (s *Service) booksNow(ctx context.Context, books func(context.Context) (money.Rupiah, error)) (r booksReading, err error) {
	if books != nil {
		if r.sum, err = books(ctx); err != nil {
			return r, err
		}
	}
	var unsettled int64
	err = s.db.Read(ctx).Raw("SELECT CAST(COALESCE(SUM(paid_amount), 0) AS BIGINT) FROM payments WHERE state = 'paid'").Scan(&unsettled).Error
	r.unsettled = money.Rupiah(unsettled)
	return r, err
}
