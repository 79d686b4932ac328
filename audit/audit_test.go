package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/audit"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

func TestRun_finds_nothing_in_a_world_the_program_made(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := newStory(t, db)
		require.Empty(t, s.findings(s.provers()...), "an empty shop")
		s.play()
		require.Empty(t, s.findings(s.provers()...), "after everything happened once")
	})
}

// Every invariant has a negative control: one row is corrupted behind the
// program's back, and exactly that invariant is named with exactly that row. Where
// a row has two sides that must agree, the other side is named too. Each corruption
// is undone before the next.
func TestRun_names_what_was_corrupted(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := newStory(t, db)
		s.play()
		require.Empty(t, s.findings())
		done, making, wrong := s.orders["done/jars"], s.orders["making/jars"], s.paid["wrong"]
		id := func(query string, args ...any) int64 {
			t.Helper()
			var ids []int64
			require.NoError(t, db.Read(ctx).Raw(query, args...).Scan(&ids).Error)
			require.NotEmpty(t, ids, query)
			return ids[0]
		}
		allotment := id("SELECT MIN(id) FROM allotments")
		kept := id("SELECT id FROM promises WHERE state = 'kept'")
		line := id("SELECT id FROM order_lines WHERE order_id = ?", done)
		suspended := id("SELECT id FROM journal_entries WHERE kind = 'unmatched'")
		refund := id("SELECT id FROM refunds WHERE purpose_kind = 'order' AND state = 'succeeded'")
		refunded := id("SELECT purpose_id FROM refunds WHERE id = ?", refund)
		chargedFor := id("SELECT id FROM payments WHERE fee > 0")
		paidOut := id("SELECT id FROM payouts WHERE fee > 0")
		free := id("SELECT id FROM payments WHERE fee IS NULL AND state = 'paid'")
		feeEntry := id("SELECT MIN(id) FROM journal_entries WHERE kind = 'fee'")
		booked := id("SELECT id FROM journal_entries WHERE kind = 'paid' AND ref_id = ?", s.paid["done"])

		for _, c := range []struct {
			want string // invariant: row
			do   string // one statement that touches one row
			args []any
			also string // the other side, where there is one
		}{
			{fmt.Sprint("I1 allotment: allotments ", allotment), "UPDATE allotments SET taken = taken + 1 WHERE id = ?", []any{allotment}, ""},
			{"U2 review: reviews 77", `INSERT INTO reviews (id, order_id, product_id, shop_id, stars, state, written_at, created_at)
				SELECT 77, l.order_id, l.product_id, o.shop_id, 5, 'waiting', o.created_at, o.created_at FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.id = ?`, []any{making}, ""},
			{fmt.Sprint("I1 promise: promises ", kept), "UPDATE promises SET state = 'used' WHERE id = ?", []any{kept}, ""},
			{fmt.Sprint("I1 order line: order_lines ", line), "UPDATE promises SET state = 'released' WHERE line_id = ?", []any{line},
				fmt.Sprint("I1 allotment: allotments ", allotment)},
			{fmt.Sprint("I1 variant: order_lines ", line), "UPDATE order_lines SET variant_id = 999 WHERE id = ?", []any{line}, ""},
			{fmt.Sprint("I2 stock: allotments ", allotment), "UPDATE allotments SET capacity = capacity + 1 WHERE id = ?", []any{allotment}, ""},
			{fmt.Sprint("I3 order: orders ", done), "UPDATE order_lines SET unit_price = unit_price + 1 WHERE id = ?", []any{line}, ""},
			{"I3 purchase: purchases 1", "UPDATE purchases SET total = total + 1 WHERE id = 1", nil, ""},
			{fmt.Sprint("I3 charge: payments ", s.paid["open"]), "UPDATE payments SET amount = amount + 1 WHERE id = ?", []any{s.paid["open"]}, ""},
			{fmt.Sprint("I4 journal: journal_entries ", booked),
				"INSERT INTO journal_lines (entry_id, kind, owner, amount) VALUES (?, 'subsidy', 0, 5)", []any{booked}, ""},
			{"I4 balance: balances shop_payable 999", "INSERT INTO balances (kind, owner, amount) VALUES ('shop_payable', 999, 5)", nil, ""},
			{"I4 append-only: trigger journal_lines_no_update", dropTrigger(db, "journal_lines"), nil, ""},
			{fmt.Sprint("I5 payment: payments ", s.paid["done"]), "UPDATE payments SET paid_amount = paid_amount + 1 WHERE id = ?", []any{s.paid["done"]}, ""},
			{fmt.Sprint("I5 booking: journal_entries ", suspended), "UPDATE payments SET state = 'expired' WHERE id = ?", []any{wrong}, ""},
			{fmt.Sprint("I5 order: journal_entries ", booked), "INSERT INTO journal_lines (entry_id, kind, owner, amount) VALUES (?, 'held', ?, 5), (?, 'held', ?, -5)", []any{booked, done, booked, done}, ""},
			{fmt.Sprint("I5 suspense: journal_entries ", suspended), "DELETE FROM suspense_items WHERE payment_id = ?", []any{wrong},
				fmt.Sprint("I7 waiting: orders ", s.orders["wrong/masks"])},
			{"I5 suspense task: suspense_items 1", "UPDATE suspense_items SET amount = amount + 1 WHERE id = 1", nil, ""},
			{fmt.Sprint("I5 fee: payments ", chargedFor), "UPDATE payments SET fee = NULL WHERE id = ?", []any{chargedFor}, ""},
			{fmt.Sprint("I5 fee: payments ", chargedFor), "UPDATE payments SET fee = fee + 1 WHERE id = ?", []any{chargedFor}, ""},
			{fmt.Sprint("I5 fee: payments ", free), "UPDATE payments SET fee = 4440 WHERE id = ?", []any{free}, ""},
			{fmt.Sprint("I5 fee: payouts ", paidOut), "UPDATE payouts SET fee = NULL WHERE id = ?", []any{paidOut}, ""},
			{fmt.Sprint("I5 fee entry: journal_entries ", feeEntry+1000),
				"INSERT INTO journal_entries (id, key, kind, ref_kind, ref_id, memo, created_at) SELECT id + 1000, 'x', kind, ref_kind, 99999, memo, created_at FROM journal_entries WHERE id = ?",
				[]any{feeEntry}, fmt.Sprint("I4 journal: journal_entries ", feeEntry+1000)},
			{"I5 difference: gateway_matches 7", `INSERT INTO gateway_matches (id, transaction_id, kind, status, money_in, product_id, reference, channel, amount, vat, settled,
				object, object_id, difference, apart, accounted, booked, steps, resolution, reason, resolved_by, resolved_at, happened_at, created_at, updated_at)
				SELECT 7, 'txn', 'TOPUP', 'SUCCESS', TRUE, '', '', '', 5, 0, TRUE, '', 0, '', 5, 5, 5, 1, 'booked', 'x', 1, created_at, created_at, created_at, created_at FROM payments WHERE id = ?`,
				[]any{chargedFor}, ""},
			{"I5 own move: gateway_moves 77", "INSERT INTO gateway_moves (id, move_key, money_in, amount, happened_at) SELECT 77, 'x', TRUE, 5, created_at FROM payments WHERE id = ?", []any{chargedFor}, ""},
			{fmt.Sprint("I6 refund: payments ", s.paid["making"]), "UPDATE payments SET refunded = refunded + 1 WHERE id = ?", []any{s.paid["making"]}, ""},
			{fmt.Sprint("I6 order refund: orders ", making), "UPDATE orders SET refunded = refunded - 1 WHERE id = ?", []any{making},
				fmt.Sprint("I6 held: orders ", making)},
			{fmt.Sprint("I6 refund due: orders ", refunded), "UPDATE refunds SET state = 'accepted' WHERE id = ?", []any{refund}, ""},
			{fmt.Sprint("I6 held: orders ", done), "UPDATE orders SET goods_released_at = NULL WHERE id = ?", []any{done},
				fmt.Sprint("I6 released: orders ", done)},
			{fmt.Sprint("I7 waiting: orders ", s.orders["open/jars"]), "UPDATE payments SET state = 'expired' WHERE id = ?", []any{s.paid["open"]},
				fmt.Sprint("I7 waiting: orders ", s.orders["open/masks"])},
			{"I6 withdrawal: withdrawals 1", "UPDATE withdrawals SET amount = amount + 1 WHERE id = 1", nil, ""},
			{"I6 withdrawal: withdrawals 1", "UPDATE payouts SET state = 'failed' WHERE purpose_kind = 'withdrawal'", nil, fmt.Sprint("I5 fee: payouts ", paidOut)},
			{"I6 payout: payouts 1", "UPDATE withdrawals SET payout_id = 99 WHERE id = 1", nil, "I6 withdrawal: withdrawals 1"},
			{"I6 share paid: share_parties 1", "UPDATE withdrawals SET amount = amount + 1 WHERE party_id = 1", nil, "I6 withdrawal: withdrawals 3\nI6 cash: cash_receipts 3"},
			{"I6 cash: cash_receipts 1", "UPDATE cash_receipts SET withdrawal_id = 1", nil, ""},
			{"I6 cash box: journal_lines cash_box", "INSERT INTO journal_lines (entry_id, kind, owner, amount) VALUES (?, 'cash_box', 0, -20000), (?, 'suspense', 0, 20000)",
				[]any{booked, booked}, "I4 balance: balances suspense 0"},
			{"I6 advance: advances 1", "UPDATE advances SET amount = amount - 1", nil, ""},
			{"I6 advance: advances 1", "UPDATE advances SET state = 'refused'", nil, ""},
			{"I6 top-up: subsidy_top_ups 1", "UPDATE subsidy_top_ups SET amount = amount + 1", nil, ""},
			{"I6 top-up: subsidy_top_ups 1", "UPDATE subsidy_top_ups SET state = 'refused'", nil, ""},
			{"I6 division: share_divisions 1", "UPDATE share_divisions SET cost = cost + 1", nil, ""},
			{"I6 division: share_divisions 1", "UPDATE share_divisions SET state = 'cancelled'", nil, ""},
			{"I6 share due: share_parties 1", "UPDATE share_parties SET closed_by = 1, closed_at = created_at", nil, ""},
			{fmt.Sprint("I6 clawback: orders ", done), "UPDATE orders SET clawed = clawed + 1 WHERE id = ?", []any{done}, ""},
			{fmt.Sprint("I6 commission: orders ", done), "UPDATE orders SET commission_permille = 10 WHERE id = ?", []any{done}, ""},
			{fmt.Sprint("I6 own sale: orders ", done), "UPDATE orders SET pay_by = 'cod' WHERE id = ?", []any{done},
				fmt.Sprintf("I3 charge: payments %d\nI7 order: orders %d", s.paid["done"], done)},
			{fmt.Sprint("B1 book: orders ", making), `INSERT INTO book_entries (shop_id, day, kind, amount, source, order_id, recorded_at)
				SELECT shop_id, '2026-11-01', 'sale', 5, 'twice', id, created_at FROM orders WHERE id = ?`, []any{making}, ""},
			{fmt.Sprint("B1 book: orders ", done), `INSERT INTO book_entries (shop_id, day, kind, amount, source, order_id, recorded_at)
				SELECT shop_id, '2026-11-01', 'commission', 5, 'part', id, created_at FROM orders WHERE id = ?`, []any{done}, ""},
			{fmt.Sprint("I7 order: orders ", done), "UPDATE orders SET settled_at = NULL WHERE id = ?", []any{done}, ""},
			{fmt.Sprint("I7 order: orders ", making), "UPDATE orders SET payment_id = 0 WHERE id = ?", []any{making}, ""},
		} {
			t.Run(c.want, func(t *testing.T) {
				found := corrupted(t, db, c.do, c.args...)
				names := []string{}
				for _, f := range found {
					names = append(names, f.Invariant+": "+f.Row)
				}
				want := []string{c.want}
				if c.also != "" {
					want = append(want, strings.Split(c.also, "\n")...)
				}
				slices.Sort(names)
				require.ElementsMatch(t, want, slices.Compact(names), "%v", found)
			})
		}
		require.Empty(t, s.findings(), "every corruption was undone")
	})
}

// A purchase that two payments paid for takes three corrupted rows: the journal's
// guard, the entry, and the payment it speaks of.
func TestRun_names_a_purchase_paid_twice(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := newStory(t, db)
		s.play()
		err := database.InTx(ctx, db, func(tx *gorm.DB) error {
			require.NoError(t, tx.Exec(dropTrigger(db, "journal_entries")).Error)
			require.NoError(t, tx.Exec("UPDATE journal_entries SET kind = 'paid' WHERE kind = 'unmatched'").Error)
			require.NoError(t, tx.Exec("UPDATE payments SET purpose_id = 1 WHERE id = ?", s.paid["wrong"]).Error)
			found, err := audit.RunTx(ctx, tx)
			require.NoError(t, err)
			require.Contains(t, found, proof.Finding{Invariant: "I7 purchase", Row: "purchases 1", Text: "is paid by 2 payments"})
			return errUndo
		})
		require.ErrorIs(t, err, errUndo)
	})
}

func dropTrigger(db *database.DB, table string) string {
	if db.Dialect() == database.Postgres {
		return "DROP TRIGGER " + table + "_no_update ON " + table
	}
	return "DROP TRIGGER " + table + "_no_update"
}

var errUndo = errors.New("undo")

// corrupted runs one statement, audits what it left, and takes it back.
func corrupted(t *testing.T, db *database.DB, statement string, args ...any) []proof.Finding {
	t.Helper()
	var found []proof.Finding
	err := database.InTx(ctx, db, func(tx *gorm.DB) error {
		require.NoError(t, tx.Exec(statement, args...).Error)
		var err error
		found, err = audit.RunTx(ctx, tx)
		require.NoError(t, err)
		return errUndo
	})
	require.ErrorIs(t, err, errUndo)
	return found
}

func TestRun_gives_every_finding_once_and_passes_errors_on(t *testing.T) {
	db := dbtest.SQLiteDB(t)
	twice := audit.Func(func(context.Context) ([]proof.Finding, error) {
		return []proof.Finding{{Invariant: "I9", Row: "x 1", Text: "a"}, {Invariant: "I9", Row: "x 1", Text: "b"}, {Invariant: "I9", Row: "x 2"}}, nil
	})
	findings, err := audit.Run(ctx, db, twice, twice)
	require.NoError(t, err)
	require.Len(t, findings, 2)

	broken := errors.New("no disk")
	_, err = audit.Run(ctx, db, audit.Func(func(context.Context) ([]proof.Finding, error) { return nil, broken }))
	require.ErrorIs(t, err, broken, "a proof that could not be made is no clean audit")

	var out bytes.Buffer
	require.NoError(t, audit.Print(&out, findings))
	require.Equal(t, "I9: x 1: a\nI9: x 2: \naudit: 2 findings\n", out.String())
	out.Reset()
	require.NoError(t, audit.Print(&out, nil))
	require.True(t, strings.HasPrefix(out.String(), "audit: every row agrees"))
}
