package payment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

// between does something before the next page of the statement is read.
type between struct {
	payment.Gateway
	pages int
	next  func(page int)
}

func (b *between) Statement(ctx context.Context, q payment.StatementQuery) (payment.StatementPage, error) {
	b.pages++
	if b.next != nil {
		b.next(b.pages)
	}
	return b.Gateway.Statement(ctx, q)
}

func (w *world) match() payment.MatchRun {
	w.t.Helper()
	run, err := w.svc.MatchStatement(w.ctx, 0)
	require.NoError(w.t, err)
	w.proven()
	return run
}

func (w *world) openDifferences() []payment.Match {
	w.t.Helper()
	list, err := w.svc.Differences(w.ctx, 0, 100)
	require.NoError(w.t, err)
	return list
}

// differences are the open ones as "kind difference apart".
func (w *world) differences() []string {
	w.t.Helper()
	out := []string{}
	for _, m := range w.openDifferences() {
		out = append(out, fmt.Sprintf("%s %s %d", m.Kind, m.Difference, int64(m.Open())))
	}
	return out
}

func (w *world) resolve(n payment.Resolution) (delta money.Rupiah, err error) {
	w.t.Helper()
	if n.By == 0 {
		n.By = 7
	}
	err = database.InTx(w.ctx, w.db, func(tx *gorm.DB) error {
		r, err := w.svc.ResolveTx(w.ctx, tx, n)
		delta = r.Delta
		return err
	})
	return delta, err
}

// Everything that moved is in the statement once, exact to the rupiah, and its fees
// are booked once, also far above what a float32 holds.
func TestMatch_agrees(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.StartingBalance = 300_000_000 })
		books := money.Rupiah(0)
		w.svc.RegisterBooks(func(context.Context) (money.Rupiah, error) { return books, nil })
		big := w.paid(123_456_789, "MANDIRI") // settles at once
		small := w.paid(40_000, "DANA")
		out := withdrawal("besar", "1234567890")
		out.Amount = 123_456_789
		sent := w.sent(out)
		w.callbacks(1)
		w.advance(2 * time.Hour)
		w.reconcile()
		w.refunded(small, 15_000)
		waits := w.paid(70_000, "QRIS") // not settled
		w.told.mu.Lock()
		w.told.events = nil
		w.told.mu.Unlock()

		gateway, err := w.gateway.Balance(w.ctx)
		require.NoError(t, err)
		books = gateway - 300_000_000 + waits.PaidAmount
		run := w.match()
		require.Empty(t, w.differences())
		require.EqualValues(t, 5, run.Lines)
		require.EqualValues(t, 4_440, *w.payment(big.ID).Fee)
		require.EqualValues(t, 2_775, *w.payout(sent.ID).Fee)
		require.EqualValues(t, 70_000, run.Unsettled)
		apart, known := run.Apart()
		require.True(t, known)
		require.EqualValues(t, 300_000_000, apart, "only the money it started with is not in our books")
		heard := w.told.heard()
		require.ElementsMatch(t, []string{"fee 4440 of payment", "fee 666 of payment", "fee 2775 of payout"}, heard)

		var stored []payment.Match
		require.NoError(t, db.Read(w.ctx).Order("id").Find(&stored).Error)
		require.Len(t, stored, 5)
		for _, m := range stored {
			require.NotEmpty(t, m.Object, "%+v", m)
			require.Zero(t, m.Apart)
		}
		w.match()
		require.Equal(t, heard, w.told.heard(), "fees are told once")

		// The bank sends the payout of another day back: the fee stays.
		back := w.sent(withdrawal("kembali", "654321"))
		w.callbacks(1)
		w.advance(2 * time.Hour)
		w.reconcile()
		require.Equal(t, payment.PayoutStateReversed, w.payout(back.ID).State)
		w.match()
		require.Empty(t, w.differences())
	})
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	require.NoError(w.t, database.InTx(w.ctx, w.db, func(tx *gorm.DB) error { return tx.Exec(query, args...).Error }))
}

func (w *world) now() time.Time {
	w.t.Helper()
	now, err := clock.Now(w.ctx, w.db.Read(w.ctx))
	require.NoError(w.t, err)
	return now
}

// refunded sends part of a payment back through its channel.
func (w *world) refunded(p payment.Payment, amount money.Rupiah) {
	w.t.Helper()
	var r payment.Refund
	require.NoError(w.t, database.InTx(w.ctx, w.db, func(tx *gorm.DB) (err error) {
		r, err = w.svc.RefundTx(w.ctx, tx, payment.NewRefund{PaymentID: p.ID, Amount: amount, Key: fmt.Sprint("refund ", p.ID), Purpose: p.Purpose(), Reason: "x"})
		return err
	}))
	require.NoError(w.t, w.svc.SendRefund(w.ctx, r.ID))
	w.callbacks(1)
}

// Pages that overlap, lines that come while it reads, and a page that fails twice
// lose nothing and count nothing twice.
func TestMatch_survives_its_pages(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.StatementOverlap = 3 })
		for n := range 60 {
			w.sim.Move("TOPUP", fmt.Sprint("modal ", n), 1_000)
		}
		g := &between{Gateway: w.gateway}
		g.next = func(page int) {
			if page == 2 { // one more than was there when it began
				w.sim.Move("TOPUP", "di tengah", 500)
				w.fault("find_transactions", "500", false, 2)
			}
		}
		w.svc = w.service(g)
		run := w.match()
		require.Equal(t, 60, run.Lines)
		require.Equal(t, 2, run.Pages)
		w.advance(time.Hour)
		g.next = nil
		w.match()
		require.Len(t, w.differences(), 61, "the late one too, each once")

		// A statement that repeats itself for ever ends as trouble, and not as a day
		// without differences.
		loop := &repeating{Gateway: w.gateway}
		_, err := w.service(loop).MatchStatement(w.ctx, 0)
		require.Error(t, err)
		runs, err := w.svc.MatchRuns(w.ctx, 1)
		require.NoError(t, err)
		require.Equal(t, "pages", runs[0].Trouble)
		require.Less(t, loop.calls, 5)
	})
}

type repeating struct {
	payment.Gateway
	calls int
}

func (r *repeating) Statement(ctx context.Context, _ payment.StatementQuery) (payment.StatementPage, error) {
	r.calls++
	page, err := r.Gateway.Statement(ctx, payment.StatementQuery{})
	page.More = true
	return page, err
}

// Each kind of difference becomes a task, is resolved by one step with a reason, and
// comes back when the gateway changes its mind once more.
func TestMatch_differences(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.settled() // QRIS 39.999, fee 279
		w.match()
		require.Empty(t, w.differences())

		w.sim.Move("TOPUP", "modal", 1_000_000)
		w.advance(time.Minute)
		w.match()
		require.Empty(t, w.differences(), "a fresh line may still become ours")
		w.advance(time.Hour)
		w.sim.CorrectFee(p.Reference, 300, 0)
		w.match()
		require.Equal(t, []string{"PAYMENT fee -21", "TOPUP missing_ours 1000000"}, w.differences())
		open := w.openDifferences()

		_, err := w.resolve(payment.Resolution{MatchID: open[0].ID, How: payment.ResolvedBooked})
		require.ErrorContains(t, err, "payment.match.reason")
		delta, err := w.resolve(payment.Resolution{MatchID: open[0].ID, How: payment.ResolvedBooked, Reason: "koreksi tagihan"})
		require.NoError(t, err)
		require.EqualValues(t, -21, delta)
		_, err = w.resolve(payment.Resolution{MatchID: open[0].ID, How: payment.ResolvedBooked, Reason: "lagi"})
		require.ErrorContains(t, err, "payment.match.moved")
		delta, err = w.resolve(payment.Resolution{MatchID: open[1].ID, How: payment.ResolvedExplained, Reason: "modal awal"})
		require.NoError(t, err)
		require.Zero(t, delta)
		w.match()
		require.Empty(t, w.differences())
		require.EqualValues(t, 279, *w.payment(p.ID).Fee, "what was booked stays")

		// Corrected back: what was booked must be taken back.
		w.advance(time.Hour)
		w.sim.CorrectFee(p.Reference, 279, 0)
		w.match()
		require.Equal(t, []string{"PAYMENT fee 21"}, w.differences())
		delta, err = w.resolve(payment.Resolution{MatchID: open[0].ID, How: payment.ResolvedBooked, Reason: "dibatalkan"})
		require.NoError(t, err)
		require.EqualValues(t, 21, delta)
		m, err := w.svc.MatchOf(w.ctx, open[0].ID)
		require.NoError(t, err)
		require.Zero(t, m.Booked)

		// Money we say we got, and the statement does not have.
		w.exec("UPDATE payments SET paid_amount = paid_amount + 1, updated_at = ? WHERE id = ?", w.now().Add(time.Second), p.ID)
		w.match()
		require.Equal(t, []string{"PAYMENT amount -1"}, w.differences())
	})
}

// silentAbout is a gateway whose statement lacks lines.
type silentAbout struct {
	payment.Gateway
	reference string
}

func (g *silentAbout) Statement(ctx context.Context, q payment.StatementQuery) (payment.StatementPage, error) {
	page, err := g.Gateway.Statement(ctx, q)
	kept := page.Lines[:0]
	for _, l := range page.Lines {
		if l.Reference != g.reference {
			kept = append(kept, l)
		}
	}
	page.Lines = kept
	return page, err
}

// A payment whose callbacks were all lost is found by the statement; money that fits
// nothing reaches suspense; what the statement lacks is named, and forgotten when it
// comes after all.
func TestMatch_finds_what_was_lost(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.CallbackDrop = -1 })
		lost := w.open(40_000)
		require.NoError(t, w.sim.Pay(lost.Reference, "BNI", 0))
		stray, err := w.gateway.CreateInvoice(w.ctx, payment.InvoiceRequest{Reference: "toko-lain-1", Amount: 55_000, Duration: time.Hour, SuccessURL: "http://x.test", FailureURL: "http://x.test"})
		require.NoError(t, err)
		require.NoError(t, w.sim.Pay(stray.ID, "BNI", 0))
		w.match()
		require.Empty(t, w.differences())
		require.Equal(t, payment.Settled, w.payment(lost.ID).State)
		require.Equal(t, []string{"paid", "settled", "fee 4440 of payment", "paid", "settled", "fee 4440 of payment"}, sortedLike(w.told.heard()))

		quiet := w.open(60_000)
		require.NoError(t, w.sim.Pay(quiet.Reference, "BNI", 0))
		w.advance(time.Hour)
		w.reconcile()
		require.Equal(t, payment.Settled, w.payment(quiet.ID).State)
		silent := w.service(&silentAbout{w.gateway, quiet.Reference})
		_, err = silent.MatchStatement(w.ctx, 0)
		require.NoError(t, err)
		require.Empty(t, w.differences(), "it may still come")
		w.advance(25 * time.Hour)
		_, err = silent.MatchStatement(w.ctx, 0)
		require.NoError(t, err)
		require.Equal(t, []string{"PAYMENT missing_theirs -60000"}, w.differences())
		missing := w.openDifferences()[0]
		delta, err := w.resolve(payment.Resolution{MatchID: missing.ID, How: payment.ResolvedBooked, Reason: "tidak ada di gateway"})
		require.NoError(t, err)
		require.EqualValues(t, -60_000, delta)

		// It comes after all: what was booked has to be taken back.
		w.exec("DELETE FROM gateway_runs")
		w.match()
		require.Equal(t, []string{"PAYMENT missing_theirs 60000"}, w.differences())
		delta, err = w.resolve(payment.Resolution{MatchID: missing.ID, How: payment.ResolvedBooked, Reason: "datang juga"})
		require.NoError(t, err)
		require.EqualValues(t, 60_000, delta)
		w.match()
		require.Empty(t, w.differences())
	})
}

// sortedLike gives the told events of two payments in one order.
func sortedLike(events []string) []string {
	var out []string
	for range 2 {
		for _, want := range []string{"paid", "settled", "fee 4440 of payment"} {
			for i, e := range events {
				if e == want {
					out, events = append(out, e), append(events[:i:i], events[i+1:]...)
					break
				}
			}
		}
	}
	return append(out, events...)
}

// A line that carries another reference is linked to the payment it is by a person,
// once.
func TestMatch_links(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(40_000, "BNI")
		w.exec("UPDATE payments SET reference = 'lapak-lain' WHERE id = ?", p.ID)
		w.advance(26 * time.Hour)
		w.svc = w.service(&deaf{w.gateway})
		w.match()
		require.Equal(t, []string{"PAYMENT missing_ours 35560", "PAYMENT missing_theirs -40000"}, w.differences())
		open := w.openDifferences()
		_, err := w.resolve(payment.Resolution{MatchID: open[0].ID, How: payment.ResolvedLinked, PaymentID: 999, Reason: "x"})
		require.ErrorContains(t, err, "payment.match.no_payment")
		_, err = w.resolve(payment.Resolution{MatchID: open[1].ID, How: payment.ResolvedLinked, PaymentID: p.ID, Reason: "x"})
		require.ErrorContains(t, err, "payment.match.only_payments")
		delta, err := w.resolve(payment.Resolution{MatchID: open[0].ID, How: payment.ResolvedLinked, PaymentID: p.ID, Reason: "nomornya tertukar"})
		require.NoError(t, err)
		require.Zero(t, delta)
		w.match()
		require.Empty(t, w.differences())
		require.EqualValues(t, 4_440, *w.payment(p.ID).Fee)

		other := w.paid(41_000, "BNI")
		w.exec("UPDATE payments SET reference = 'lapak-lain-2' WHERE id = ?", other.ID)
		w.advance(time.Hour)
		w.match()
		_, err = w.resolve(payment.Resolution{MatchID: w.openDifferences()[0].ID, How: payment.ResolvedLinked, PaymentID: p.ID, Reason: "x"})
		require.ErrorContains(t, err, "payment.match.taken")
	})
}

// deaf is a gateway that finds no invoice by its reference.
type deaf struct{ payment.Gateway }

func (deaf) FindInvoices(context.Context, string) ([]payment.Invoice, error) { return nil, nil }
