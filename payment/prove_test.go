package payment_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
)

// Every invariant has a negative control: break the row, and Prove names it.
func TestProve_Negative(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		paid := w.paid(50_000, "BNI") // settled at once
		link, err := w.refund(paid, 20_000, "by link")
		require.NoError(t, err)
		token, _ := w.svc.RefundToken(link)
		link, err = w.svc.GiveAccount(w.ctx, token, bankAccount("1234567890"))
		require.NoError(t, err)
		require.NoError(t, w.svc.SendPayout(w.ctx, *link.PayoutID))
		w.callbacks(1)
		payout := w.sent(withdrawal("w", "1234567890"))
		w.callbacks(1)
		lapsed := w.open(60_000)
		w.cancel(lapsed)
		require.NoError(t, w.svc.Close(w.ctx, lapsed.ID))
		_, err = w.svc.MatchStatement(w.ctx, 0)
		require.NoError(t, err)
		w.advance(time.Hour)
		_, err = w.svc.MatchStatement(w.ctx, 0)
		require.NoError(t, err)
		w.proven()

		for _, c := range []struct {
			invariant string
			sql       string
			args      []any
		}{
			{"I5 one row per gateway payment", "DROP INDEX payments_gateway_id; UPDATE payments SET gateway_id = ?", []any{paid.GatewayID}},
			{"I5 unasked money is booked", "DELETE FROM payment_effects WHERE object = 'payment' AND object_id = ? AND effect = 'paid'", []any{paid.ID}},
			{"I6 refunds within what was paid", "UPDATE payments SET refunded = 19999 WHERE id = ?", []any{paid.ID}},
			{"I6 refund payouts carry the refund", "UPDATE payouts SET amount = 20001 WHERE id = ?", []any{*link.PayoutID}},
			{"I6 a refund is paid once", "UPDATE payouts SET purpose_kind = 'refund', purpose_id = ? WHERE id = ?", []any{link.ID, payout.ID}},
			{"I7 paid and told agree", "UPDATE payments SET state = 'open' WHERE id = ?", []any{paid.ID}},
			{"I7 settled money was told", "DELETE FROM payment_effects WHERE object = 'payment' AND object_id = ? AND effect = 'settled'", []any{paid.ID}},
			{"I7 lapsed payments were told", "DELETE FROM payment_effects WHERE object = 'payment' AND object_id = ? AND effect = 'lapsed'", []any{lapsed.ID}},
			{"I9 ended payouts were told", "UPDATE payouts SET state = 'reversed' WHERE id = ?", []any{payout.ID}},
			{"I9 no payout contradicts what was told", "UPDATE payouts SET problem = 'told as failed' WHERE id = ?", []any{payout.ID}},
			{"I8 a line's row is there", "UPDATE gateway_matches SET object_id = 99999 WHERE object = 'payout' AND object_id = ?", []any{payout.ID}},
			{"I8 no difference is forgotten", "UPDATE gateway_matches SET apart = 5 WHERE object = 'payment' AND object_id = ?", []any{paid.ID}},
			{"I8 accounted by somebody", "UPDATE gateway_matches SET accounted = 5, apart = 5 WHERE object = 'payment' AND object_id = ?", []any{paid.ID}},
			{"I9 sent refunds say how", "UPDATE refunds SET payout_id = NULL WHERE id = ?", []any{link.ID}},
		} {
			broken := errBooks // rolls the damage back
			err := database.InTx(w.ctx, db, func(tx *gorm.DB) error {
				for _, statement := range strings.Split(c.sql, "; ") {
					args := c.args
					if !strings.Contains(statement, "?") {
						args = nil
					}
					require.NoError(t, tx.Exec(statement, args...).Error, c.invariant)
				}
				findings, err := payment.ProveTx(tx)
				require.NoError(t, err)
				names := map[string]bool{}
				for _, f := range findings {
					names[f.Invariant] = true
					require.NotEmpty(t, f.Row)
					require.NotEmpty(t, f.Text)
				}
				require.True(t, names[c.invariant], "%s was not found: %v", c.invariant, findings)
				return broken
			})
			require.ErrorIs(t, err, broken)
		}
		w.proven()
	})
}

// What the database itself refuses, whoever writes.
func TestChecks(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "DANA")
		for _, statement := range []string{
			"UPDATE payments SET refunded = paid_amount + 1",
			"UPDATE payments SET refunded = -1",
			"UPDATE payments SET state = 'nonsense'",
			"UPDATE payments SET gateway_id = ''",
			"UPDATE payments SET amount = 0",
			"INSERT INTO payment_effects (object, object_id, effect, created_at) SELECT object, object_id, effect, created_at FROM payment_effects",
		} {
			err := database.InTx(w.ctx, db, func(tx *gorm.DB) error { return tx.Exec(statement).Error })
			require.Error(t, err, statement)
		}
		require.Equal(t, payment.Paid, w.payment(p.ID).State)
	})
}

func TestChannels(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("channels.json")
	require.NoError(t, err)
	var all struct {
		Payment []payment.Channel
		Payout  []payment.PayoutChannel
	}
	require.NoError(t, json.Unmarshal(raw, &all))
	seen := map[string]bool{}
	for _, c := range all.Payment {
		require.False(t, seen[c.Code], "%s twice", c.Code)
		seen[c.Code] = true
		require.NotEmpty(t, c.Name)
		require.Contains(t, []string{"qris", "virtual_account", "ewallet", "retail", "card", "direct_debit", "paylater"}, c.Kind)
		require.Less(t, c.Min, c.Max, c.Code)
		require.GreaterOrEqual(t, c.SettlesInDays, 0)
		require.Equal(t, c.Refund, c.RefundDays > 0, "%s: refundable for some days, or not at all", c.Code)
		if c.PartialRefund {
			require.True(t, c.Refund, c.Code)
		}
	}
	for _, c := range all.Payout {
		require.False(t, seen[c.Code], "%s twice", c.Code)
		seen[c.Code] = true
		require.Greater(t, c.Max, c.Min)
		require.True(t, strings.HasPrefix(c.Code, "ID_"))
	}
	require.NotEmpty(t, payment.PayoutChannels())
}

func TestSentences(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../internal/text/id/payment.json")
	require.NoError(t, err)
	own := map[string]string{}
	require.NoError(t, json.Unmarshal(raw, &own))
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	var code strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".go") && !strings.HasSuffix(f.Name(), "_test.go") {
			b, err := os.ReadFile(f.Name())
			require.NoError(t, err)
			code.Write(b)
		}
	}
	for key := range own {
		require.Contains(t, code.String(), `"`+key+`"`, "a sentence nobody says")
	}
	for _, part := range strings.Split(code.String(), `"payment.`)[1:] {
		key := "payment." + part[:strings.Index(part, `"`)]
		if strings.Count(key, ".") == 2 {
			require.True(t, text.Has(key), key)
		}
	}
}

// The gateway forgot an invoice it gave us: nothing lapses, a person is asked.
func TestGatewayForgot(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.open(50_000)
		other := newWorld(t, db, quiet) // another, empty gateway account
		other.db.Clock().Advance(25 * time.Hour)
		other.reconcile()
		got := w.payment(p.ID)
		require.Equal(t, payment.Open, got.State)
		require.Equal(t, "identity", got.Problem)
		require.Empty(t, other.told.heard())
	})
}
