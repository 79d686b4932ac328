package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
)

var (
	ctx      = context.Background()
	gateway  = ledger.Account{Kind: ledger.Gateway}
	transit  = ledger.Account{Kind: ledger.PayoutTransit}
	suspense = ledger.Account{Kind: ledger.Suspense}
	subsidy  = ledger.Account{Kind: ledger.Subsidy}
)

func held(order int64) ledger.Account    { return ledger.Account{Kind: ledger.Held, Owner: order} }
func payable(shop int64) ledger.Account  { return ledger.Account{Kind: ledger.ShopPayable, Owner: shop} }
func refundDue(ord int64) ledger.Account { return ledger.Account{Kind: ledger.RefundDue, Owner: ord} }

func post(db *database.DB, s *ledger.Service, entries ...ledger.Entry) error {
	return database.InTx(ctx, db, func(tx *gorm.DB) error {
		for _, e := range entries {
			if err := s.PostTx(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func entry(key string, kind ledger.EntryKind, debit, credit ledger.Account, amount money.Rupiah) ledger.Entry {
	return ledger.Entry{Key: key, Kind: kind, RefKind: "order", RefID: 17, Memo: "LB-7K3M9Q", Lines: ledger.Pair(debit, credit, amount)}
}

func balance(t require.TestingT, s *ledger.Service, a ledger.Account) money.Rupiah {
	got, err := s.Balance(ctx, a)
	require.NoError(t, err)
	return got
}

func clean(t require.TestingT, s *ledger.Service) {
	findings, err := s.Prove(ctx)
	require.NoError(t, err)
	require.Empty(t, findings)
}

func TestPostTx_walks_an_order_from_payment_to_bank(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		require.NoError(t, post(db, s,
			entry("payment 1 paid", ledger.Paid, gateway, held(17), 217_000),
			entry("payment 1 fee", ledger.Fee, subsidy, gateway, 1_519),
			entry("order 17 delivery", ledger.ReleasedDelivery, held(17), payable(5), 27_000),
			entry("order 17 part refused", ledger.RefundOwed, held(17), refundDue(17), 25_000),
			entry("order 17 goods", ledger.ReleasedGoods, held(17), payable(5), 165_000),
		))
		require.NoError(t, post(db, s, entry("refund 3 paid", ledger.RefundPaid, refundDue(17), gateway, 25_000)))
		require.NoError(t, post(db, s, entry("withdrawal 2", ledger.Withdrawal, payable(5), transit, 100_000)))
		require.NoError(t, post(db, s, entry("withdrawal 2 paid", ledger.WithdrawalPaid, transit, gateway, 100_000)))

		require.Equal(t, money.Rupiah(0), balance(t, s, held(17)))
		require.Equal(t, money.Rupiah(92_000), balance(t, s, payable(5)))
		require.Equal(t, money.Rupiah(0), balance(t, s, refundDue(17)))
		require.Equal(t, money.Rupiah(0), balance(t, s, transit))
		require.Equal(t, money.Rupiah(217_000-1_519-25_000-100_000), balance(t, s, gateway))
		require.Equal(t, money.Rupiah(1_519), balance(t, s, subsidy))
		require.Equal(t, money.Rupiah(0), balance(t, s, payable(999)))
		clean(t, s)

		lines, err := s.Statement(ctx, 5, 0, 10)
		require.NoError(t, err)
		require.Len(t, lines, 3)
		require.Equal(t, money.Rupiah(-100_000), lines[0].Amount)
		require.Equal(t, money.Rupiah(92_000), lines[0].Balance)
		require.Equal(t, money.Rupiah(192_000), lines[1].Balance)
		require.Equal(t, "Uang barang pesanan LB-7K3M9Q", lines[1].Words())
		require.Equal(t, "UTC", lines[0].At.Location().String())
		older, err := s.Statement(ctx, 5, lines[0].ID, 1)
		require.NoError(t, err)
		require.Equal(t, lines[1:2], older)
		last, err := s.Statement(ctx, 5, lines[1].ID, 10)
		require.NoError(t, err)
		require.Equal(t, lines[2:], last)

		posted, err := s.Entries(ctx, "order", 17)
		require.NoError(t, err)
		require.Len(t, posted, 8)
		require.Equal(t, ledger.Pair(gateway, held(17), 217_000), posted[0].Lines)
	})
}

func TestPostTx_refuses_faulty_entries(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		good := entry("k", ledger.Paid, gateway, held(1), 10)
		for name, change := range map[string]func(*ledger.Entry){
			"no key":            func(e *ledger.Entry) { e.Key = "" },
			"no kind":           func(e *ledger.Entry) { e.Kind = "" },
			"no lines":          func(e *ledger.Entry) { e.Lines = nil },
			"one line":          func(e *ledger.Entry) { e.Lines = e.Lines[:1] },
			"unbalanced":        func(e *ledger.Entry) { e.Lines[0].Amount++ },
			"zero amounts":      func(e *ledger.Entry) { e.Lines[0].Amount, e.Lines[1].Amount = 0, 0 },
			"unknown account":   func(e *ledger.Entry) { e.Lines[0].Kind = "pocket" },
			"held by nobody":    func(e *ledger.Entry) { e.Lines[1].Owner = 0 },
			"gateway of a shop": func(e *ledger.Entry) { e.Lines[0].Owner = 3 },
			"overflow": func(e *ledger.Entry) {
				e.Lines = []ledger.Line{{gateway, math.MaxInt64}, {gateway, 2}, {held(1), math.MinInt64 + 1}, {held(1), -2}}
			},
		} {
			t.Run(name, func(t *testing.T) {
				e := good
				e.Lines = append([]ledger.Line(nil), good.Lines...)
				change(&e)
				require.Error(t, post(db, s, e))
			})
		}
		posted, err := s.Entries(ctx, "order", 17)
		require.NoError(t, err)
		require.Empty(t, posted, "a refused entry leaves nothing")
		require.NoError(t, post(db, s, good))
	})
}

func TestPostTx_same_key_is_the_same_fact(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		e := entry("payment 1 paid", ledger.Paid, gateway, held(17), 50_000)
		require.NoError(t, post(db, s, e))
		require.NoError(t, post(db, s, e, e), "a repeat is a no-op, also within one transaction")
		require.Equal(t, money.Rupiah(50_000), balance(t, s, held(17)))

		for _, changed := range []ledger.Entry{
			entry("payment 1 paid", ledger.Paid, gateway, held(17), 50_001),
			entry("payment 1 paid", ledger.Paid, gateway, held(18), 50_000),
			entry("payment 1 paid", ledger.Matched, gateway, held(17), 50_000),
		} {
			require.ErrorIs(t, post(db, s, changed), ledger.ErrChanged)
		}
		clean(t, s)
	})
}

func TestPostTx_never_takes_what_is_not_there(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		require.NoError(t, post(db, s, entry("in", ledger.Paid, gateway, held(1), 50_000)))
		for _, from := range []ledger.Account{held(1), held(2), payable(1), refundDue(1), transit, suspense} {
			err := post(db, s, entry("out of "+from.String(), ledger.Correction, from, gateway, 50_001))
			require.ErrorIs(t, err, ledger.ErrInsufficient, from.String())
			var short *ledger.InsufficientError
			require.True(t, errors.As(err, &short))
			require.Equal(t, from, short.Account)
		}
		require.NoError(t, post(db, s, entry("all", ledger.RefundOwed, held(1), refundDue(1), 50_000)), "exactly what is there may go")
		clean(t, s)
	})
}

func TestJournal_is_append_only(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		require.NoError(t, post(db, s, entry("in", ledger.Paid, gateway, held(1), 50_000)))
		for _, statement := range []string{
			"UPDATE journal_lines SET amount = amount + 1",
			"UPDATE journal_entries SET memo = 'lain'",
			"DELETE FROM journal_lines",
			"DELETE FROM journal_entries",
		} {
			err := database.InTx(ctx, db, func(tx *gorm.DB) error { return tx.Exec(statement).Error })
			require.ErrorContains(t, err, "append-only", statement)
		}
		err := database.InTx(ctx, db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE balances SET amount = -1").Error
		})
		require.Error(t, err, "a balance below zero is refused by the table itself")
		clean(t, s)
	})
}

// Whatever is posted, in whatever order, refused or not: entries balance, balance
// rows equal their lines, nothing is owed twice or below zero.
func TestPostTx_random_postings_always_balance(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		accounts := []ledger.Account{gateway, held(1), held(2), payable(1), payable(2), refundDue(1), transit, suspense, subsidy}
		model := map[ledger.Account]money.Rupiah{} // + debit, as the lines are
		number := 0
		rapid.Check(t, func(rt *rapid.T) {
			n := rapid.IntRange(2, 5).Draw(rt, "lines")
			var lines []ledger.Line
			var sum money.Rupiah
			for range n - 1 {
				l := ledger.Line{
					Account: rapid.SampledFrom(accounts).Draw(rt, "account"),
					Amount:  money.Rupiah(rapid.Int64Range(-1_000_000, 1_000_000).Filter(func(a int64) bool { return a != 0 }).Draw(rt, "amount")),
				}
				lines, sum = append(lines, l), sum+l.Amount
			}
			if sum == 0 {
				return
			}
			lines = append(lines, ledger.Line{Account: rapid.SampledFrom(accounts).Draw(rt, "last"), Amount: -sum})
			next := map[ledger.Account]money.Rupiah{}
			for a, v := range model {
				next[a] = v
			}
			for _, l := range lines {
				next[l.Account] += l.Amount
			}
			possible := true
			for a, v := range next {
				if a.Kind != ledger.Gateway && a.Kind != ledger.Subsidy && v > 0 {
					possible = false
				}
			}
			number++
			err := post(db, s, ledger.Entry{Key: fmt.Sprint("random ", number), Kind: ledger.Correction, Lines: lines})
			if possible {
				require.NoError(rt, err)
				model = next
			} else {
				require.ErrorIs(rt, err, ledger.ErrInsufficient)
			}
		})
		for a, v := range model {
			if a.Kind != ledger.Gateway && a.Kind != ledger.Subsidy {
				v = -v
			}
			require.Equal(t, v, balance(t, s, a), a.String())
		}
		require.Greater(t, number, 50)
		clean(t, s)
	})
}

// Two withdrawals start at the same moment; together they ask for more than there
// is. Beside it a control that reads first and writes then, which must lose money
// on PostgreSQL: it shows that the race is real.
func TestPostTx_concurrent_withdrawals_on_postgres(t *testing.T) {
	db := dbtest.PostgresDB(t)
	s := ledger.NewService(db)
	const rounds = 20
	for round := range int64(rounds) {
		shop := round + 1
		require.NoError(t, post(db, s, entry(fmt.Sprint("in ", shop), ledger.Paid, gateway, payable(shop), 100_000)))
		var wg sync.WaitGroup
		errs := make([]error, 2)
		both := meet(2)
		for i := range errs {
			wg.Go(func() {
				errs[i] = database.InTx(ctx, db, func(tx *gorm.DB) error {
					if _, err := s.BalanceTx(ctx, tx, payable(shop)); err != nil {
						return err
					}
					both()
					return s.PostTx(ctx, tx, entry(fmt.Sprint("out ", shop, i), ledger.Withdrawal, payable(shop), transit, 60_000))
				})
			})
		}
		wg.Wait()
		failed := 0
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, ledger.ErrInsufficient)
				failed++
			}
		}
		require.Equal(t, 1, failed, "exactly one of two gets the money")
		require.Equal(t, money.Rupiah(40_000), balance(t, s, payable(shop)))
	}
	clean(t, s)

	require.NoError(t, post(db, s, entry("in 99", ledger.Paid, gateway, payable(99), 100_000)))
	var wg sync.WaitGroup
	both := meet(2)
	taken := make([]bool, 2)
	for i := range taken {
		wg.Go(func() {
			err := database.InTx(ctx, db, func(tx *gorm.DB) error {
				amount, err := s.BalanceTx(ctx, tx, payable(99))
				if err != nil {
					return err
				}
				both()
				if amount < 60_000 {
					return ledger.ErrInsufficient
				}
				return tx.Exec("UPDATE balances SET amount = ? WHERE kind = 'shop_payable' AND owner = 99", int64(amount)-60_000).Error
			})
			taken[i] = err == nil
		})
	}
	wg.Wait()
	require.Equal(t, []bool{true, true}, taken, "the naive control pays 120.000 out of 100.000")
	findings, err := s.Prove(ctx)
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.Equal(t, "balances shop_payable 99", findings[0].Row)
}

// meet returns a function at which n callers wait for each other. Only the first
// call of each counts: a retried transaction passes.
func meet(n int) func() {
	var wg sync.WaitGroup
	wg.Add(n)
	var mu sync.Mutex
	left := n
	return func() {
		mu.Lock()
		if left > 0 {
			left--
			wg.Done()
		}
		mu.Unlock()
		wg.Wait()
	}
}

func TestSum_and_Open(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		require.NoError(t, post(db, s,
			entry("a", ledger.Paid, gateway, held(1), 10_000),
			entry("b", ledger.Paid, gateway, held(2), 30_000),
			entry("c", ledger.Paid, gateway, held(3), 500),
			entry("d", ledger.RefundOwed, held(3), refundDue(3), 500),
			entry("e", ledger.Paid, gateway, payable(1), 7),
		))
		sum, err := s.Sum(ctx, ledger.Held, []int64{1, 2, 3, 4})
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(40_000), sum)
		sum, err = s.Sum(ctx, ledger.Held, nil)
		require.NoError(t, err)
		require.Zero(t, sum)
		_, err = s.Sum(ctx, ledger.Gateway, []int64{0})
		require.Error(t, err)

		many := make([]int64, 1_201)
		for i := range many {
			many[i] = int64(i)
		}
		sum, err = s.Sum(ctx, ledger.Held, many)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(40_000), sum)

		open, err := s.Open(ctx, ledger.Held, 10)
		require.NoError(t, err)
		require.Equal(t, []ledger.Owing{{held(2), 30_000}, {held(1), 10_000}}, open)
		open, err = s.Open(ctx, ledger.RefundDue, 10)
		require.NoError(t, err)
		require.Equal(t, []ledger.Owing{{refundDue(3), 500}}, open)
	})
}

// Each way the journal can go wrong is seen, and named with its row.
func TestProve_sees_what_was_corrupted(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		require.NoError(t, post(db, s, entry("in", ledger.Paid, gateway, held(1), 50_000)))
		raw := func(statement string) {
			require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return tx.Exec(statement).Error }))
		}
		sees := func(invariant, row string) {
			findings, err := s.Prove(ctx)
			require.NoError(t, err)
			require.Len(t, findings, 1)
			require.Equal(t, invariant, findings[0].Invariant)
			require.Equal(t, row, findings[0].Row)
		}
		raw("UPDATE balances SET amount = 49999 WHERE kind = 'held' AND owner = 1")
		sees("I4 balance", "balances held 1")
		raw("DELETE FROM balances WHERE kind = 'held' AND owner = 1")
		sees("I4 balance", "balances held 1")
		raw("INSERT INTO balances (kind, owner, amount) VALUES ('held', 1, 50000)")
		clean(t, s)
		raw("INSERT INTO balances (kind, owner, amount) VALUES ('held', 2, 1)")
		sees("I4 balance", "balances held 2")
		raw("DELETE FROM balances WHERE owner = 2")
		raw("INSERT INTO journal_lines (entry_id, kind, owner, amount) VALUES (1, 'gateway', 0, 1)")
		sees("I4 journal", "journal_entries 1")
	})
}

func TestWords_exist_for_every_kind(t *testing.T) {
	for _, kind := range ledger.Kinds {
		require.True(t, text.Has("ledger.statement."+string(kind)), kind)
	}
	require.Equal(t, "Uang masuk", ledger.StatementLine{Kind: "lain", Amount: 1}.Words()[:10])
	require.Equal(t, "Uang keluar", ledger.StatementLine{Kind: "lain", Amount: -1}.Words()[:11])
}
