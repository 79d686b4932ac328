package payment_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

func (w *world) move(key string, in bool, amount money.Rupiah) {
	w.t.Helper()
	require.NoError(w.t, database.InTx(w.ctx, w.db, func(tx *gorm.DB) error {
		return w.svc.OwnMoveTx(w.ctx, tx, payment.OwnMove{Key: key, In: in, Amount: amount})
	}))
}

// Money the operator takes to its cash box or puts in for fees is known by its line,
// each line once; what fits nothing, and a move that no line tells of, stay tasks.
func TestMatch_knows_the_operators_own_moves(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		w.settled()
		w.move("kas 1", false, 250_000)
		w.move("kas 1", false, 250_000) // pressed twice
		w.move("dana 1", true, 1_000_000)
		w.move("kas hilang", false, 99_000)
		w.sim.Move("WITHDRAWAL", "tarik", -250_000)
		w.sim.Move("WITHDRAWAL", "tarik lagi", -250_000) // nobody booked it
		w.sim.Move("TOPUP", "isi", 1_000_000)
		w.advance(time.Hour)
		w.match()
		require.Equal(t, []string{"WITHDRAWAL missing_ours -250000"}, w.differences())
		w.move("kas 2", false, 250_000) // written down late
		w.match()
		require.Empty(t, w.differences())
		w.advance(6 * 24 * time.Hour)
		w.match()
		require.Equal(t, []string{"WITHDRAWAL missing_theirs 99000"}, w.differences())

		// A line that somebody has explained takes no later move.
		w.sim.Move("TOPUP", "modal", 500_000)
		w.advance(time.Hour)
		w.match()
		for _, m := range w.openDifferences() {
			_, err := w.resolve(payment.Resolution{MatchID: m.ID, How: payment.ResolvedExplained, Reason: "sudah diperiksa"})
			require.NoError(t, err)
		}
		w.move("dana 2", true, 500_000)
		w.match()
		require.Empty(t, w.differences())
		w.exec("DELETE FROM gateway_moves WHERE move_key = 'dana 1'")
		findings, err := payment.Prove(w.ctx, db)
		require.NoError(t, err)
		require.Len(t, findings, 1, "the proof misses the row of a line")
		require.Equal(t, "I8 a line's row is there", findings[0].Invariant)
	})
}

// lagging is a gateway whose payouts read as they were before they came back.
type lagging struct {
	payment.Gateway
	lags bool
}

func (l *lagging) Payout(ctx context.Context, id string) (payment.GatewayPayout, error) {
	p, err := l.Gateway.Payout(ctx, id)
	if l.lags && p.Status == payment.PayoutReversed {
		p.Status, p.RawStatus = payment.PayoutSucceeded, "SUCCEEDED"
	}
	return p, err
}

// A bank sends money back when nobody asks any more: the callback tells, and where it
// was lost the daily match does. A reading that lags behind the callback does not
// hide it either.
func TestPayout_reversed_after_the_last_look(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"callback", "callback before its object", "statement"} {
		each(t, c, func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, func(s *xenditsim.Settings) { s.ReverseAfterMS = 10 * 24 * 3_600_000 })
			g := &lagging{Gateway: w.gateway}
			w.svc = w.service(g)
			p := w.sent(withdrawal("w", "654321"))
			w.callbacks(1)
			for range 4 {
				w.advance(49 * time.Hour)
				w.reconcile()
			}
			require.Equal(t, payment.PayoutStateSucceeded, w.payout(p.ID).State)
			require.Nil(t, w.payout(p.ID).NextCheckAt, "nobody looks any more")
			w.match()
			require.Empty(t, w.differences())
			if c == "statement" {
				w.settings(func(s *xenditsim.Settings) { s.CallbackDrop = 1 })
			}
			g.lags = c == "callback before its object"
			w.advance(3 * 24 * time.Hour)
			if c == "statement" {
				w.reconcile()
				require.Equal(t, payment.PayoutStateSucceeded, w.payout(p.ID).State)
				w.match()
			} else {
				w.callbacks(1)
			}
			if g.lags {
				require.Len(t, w.stored("held"), 1)
				g.lags = false
				w.advance(time.Minute)
				w.reconcile()
				require.Equal(t, payment.PayoutStateReversed, w.payout(p.ID).State)
				w.reconcile()
				w.handle()
				require.Empty(t, w.stored("held", "new"), "the callback is done with it")
			}
			require.Equal(t, payment.PayoutStateReversed, w.payout(p.ID).State)
			require.Equal(t, []string{"payout succeeded", "payout reversed"}, w.toldOf("payout"))
			w.match()
			require.Empty(t, w.differences())
			w.proven()
		})
	}
}

// toldOf is what the settlers heard of one thing, without the fees.
func (w *world) toldOf(what string) []string {
	return slices.DeleteFunc(w.told.heard(), func(e string) bool { return len(e) < len(what) || e[:len(what)] != what })
}

// returning is a gateway whose refunds fail after they succeeded.
type returning struct {
	payment.Gateway
	on bool
}

func (r *returning) Refund(ctx context.Context, id string) (payment.GatewayRefund, error) {
	got, err := r.Gateway.Refund(ctx, id)
	if r.on {
		got.Status, got.FailureCode = payment.RefundFailed, "ACCOUNT_NOT_FOUND"
	}
	return got, err
}

func (r *returning) Statement(ctx context.Context, q payment.StatementQuery) (payment.StatementPage, error) {
	if r.on {
		q.Since = time.Time{} // the line changed just now
	}
	page, err := r.Gateway.Statement(ctx, q)
	for i, l := range page.Lines {
		if r.on && l.Kind == payment.LineRefund {
			page.Lines[i].Status = "REVERSED"
		}
	}
	return page, err
}

// A refund that the channel took and then sent back is owed again, whoever tells.
func TestRefund_comes_back_after_it_succeeded(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"callback", "statement"} {
		each(t, c, func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, nil)
			g := &returning{Gateway: w.gateway}
			w.svc = w.service(g)
			p := w.paid(40_000, "DANA")
			w.refunded(p, 15_000)
			list, err := w.svc.RefundsOf(w.ctx, p.ID)
			require.NoError(t, err)
			require.Equal(t, payment.RefundDone, list[0].State)
			w.advance(30 * 24 * time.Hour)
			w.match()
			g.on = true
			if c == "statement" {
				w.advance(time.Minute)
				w.match()
			} else {
				body := `{"event":"refund.failed","business_id":"b","created":"2026-01-01T00:00:00Z","data":{"id":"` + list[0].GatewayID + `","status":"FAILED","amount":15000,"currency":"IDR","reference_id":"` +
					list[0].Reference + `","failure_code":"ACCOUNT_NOT_FOUND"}}`
				require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackRefund, token, []byte(body)))
				w.handle()
			}
			list, err = w.svc.RefundsOf(w.ctx, p.ID)
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Equal(t, payment.RefundAwaitingAccount, list[0].State)
			require.Equal(t, []string{"refunded", "refund reversed"}, w.toldOf("refund"))
			w.proven()
		})
	}
}

// Callbacks about a payout and a refund that were not known are done as soon as they
// are; before, nobody tries in vain.
func TestCallbacks_about_what_comes_later(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.sent(withdrawal("w", "1234567890"))
		paid := w.paid(40_000, "DANA") // and the payout's callback, in any order
		w.callbacks(1)
		w.refunded(paid, 15_000)
		r, err := w.svc.RefundsOf(w.ctx, paid.ID)
		require.NoError(t, err)
		// As after a restore of an older copy: the rows are not there yet.
		w.exec("UPDATE payouts SET reference = 'x' || reference")
		w.exec("UPDATE refunds SET reference = 'x' || reference")
		w.exec("UPDATE callbacks SET state = 'new', handled_at = NULL WHERE source IN ('xendit.payout', 'xendit.refund')")
		w.handle()
		require.Len(t, w.stored("unmatched"), 2)
		w.reconcile()
		require.Len(t, w.stored("unmatched"), 2, "still nothing of ours")
		w.exec("UPDATE payouts SET reference = ?", p.Reference)
		w.exec("UPDATE refunds SET reference = ?", r[0].Reference)
		w.reconcile()
		require.Empty(t, w.stored("unmatched"))
		w.handle()
		require.Empty(t, w.stored("unmatched", "held", "new"))
	})
}

// What the account lacks is a task, and nothing that does not fit is offered for it.
func TestChannels_refused_by_the_account(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		g := &lacking{Gateway: w.gateway, lacks: []string{"DANA"}}
		w.svc = w.service(g)
		finance := account.Actor{UserID: 7, Roles: []account.Role{account.RoleFinance}}
		all, err := w.svc.Channels(w.ctx)
		require.NoError(t, err)
		set := func(code string, enabled bool, most money.Rupiah) {
			i := slices.IndexFunc(all, func(c payment.ChannelSetting) bool { return c.Code == code })
			c := all[i]
			c.Enabled, c.Max = enabled, most
			require.NoError(t, w.svc.SetChannel(w.ctx, finance, c))
		}
		set("DANA", true, 1_000_000)
		set("OVO", false, 1_000_000)
		set("QRIS", true, 30_000)
		w.open(40_000)
		require.NotContains(t, g.asked[len(g.asked)-1], "DANA")
		for _, codes := range g.asked {
			require.NotEmpty(t, codes, "the account's whole list, with what does not fit")
			require.NotContains(t, codes, "OVO")
			require.NotContains(t, codes, "QRIS")
		}
		open, err := w.svc.Refusals(w.ctx)
		require.NoError(t, err)
		require.Len(t, open, 1)
		require.Contains(t, open[0].Codes, "DANA")
		require.Equal(t, g.asked[len(g.asked)-1], open[0].Offered)
		w.open(40_000)
		open, err = w.svc.Refusals(w.ctx)
		require.NoError(t, err)
		require.EqualValues(t, 2, open[0].Times, "one task however often")

		// Nothing that fits is taken: no payment, and the task says so.
		g.lacks = nil
		g.all = true
		p, err := w.svc.Open(w.ctx, w.start(41_000).ID)
		require.NoError(t, err)
		require.Equal(t, payment.Failed, p.State)
		open, err = w.svc.Refusals(w.ctx)
		require.NoError(t, err)
		require.Empty(t, open[0].Offered)

		g.all = false
		w.open(40_000) // the account takes it now
		open, err = w.svc.Refusals(w.ctx)
		require.NoError(t, err)
		require.Empty(t, open)
		g.all = true
		_, err = w.svc.Open(w.ctx, w.start(41_000).ID)
		require.NoError(t, err)
		set("QRIS", true, 10_000_000) // finance has looked
		open, err = w.svc.Refusals(w.ctx)
		require.NoError(t, err)
		require.Empty(t, open)
	})
}

// lacking is a gateway whose account lacks some channels, or all of them, and keeps
// what it was asked for.
type lacking struct {
	payment.Gateway
	lacks []string
	all   bool
	asked [][]string
}

func (l *lacking) CreateInvoice(ctx context.Context, r payment.InvoiceRequest) (payment.Invoice, error) {
	l.asked = append(l.asked, r.Channels)
	if l.all || slices.ContainsFunc(r.Channels, func(c string) bool { return slices.Contains(l.lacks, c) }) {
		return payment.Invoice{}, payment.Rejected{Status: 400, Code: "UNAVAILABLE_PAYMENT_METHOD_ERROR"}
	}
	r.Channels = nil // the simulator's own account lacks some more
	return l.Gateway.CreateInvoice(ctx, r)
}
