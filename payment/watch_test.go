package payment_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// answering is a gateway that only knows its balance.
type answering struct {
	payment.Gateway
	err error
}

func (a answering) Balance(context.Context) (money.Rupiah, error) { return 5, a.err }

func (a answering) Fee(context.Context, payment.Charge) (money.Rupiah, bool, error) {
	return 1, true, a.err
}

type noted map[string]int

func (n noted) GatewayCall(operation, outcome string, took time.Duration) {
	if took >= 0 {
		n[operation+" "+outcome]++
	}
}

func (n noted) Callback(string, string) {}

func TestWatched_CountsEveryOutcome(t *testing.T) {
	t.Parallel()
	seen, calls := noted{}, &payment.Calls{}
	require.Nil(t, payment.Watched(nil, seen, calls), "no gateway stays none")
	require.True(t, calls.LastAnswer().IsZero())
	for outcome, err := range map[string]error{
		"retry":   fmt.Errorf("%w: down", payment.ErrRetry),
		"unknown": fmt.Errorf("%w: cut", payment.ErrUnknown),
	} {
		g := payment.Watched(answering{err: err}, seen, calls)
		_, got := g.Balance(t.Context())
		require.ErrorIs(t, got, err)
		require.Equal(t, 1, seen["balance "+outcome])
	}
	require.True(t, calls.LastAnswer().IsZero(), "silence is no answer")
	_, err := payment.Watched(answering{err: payment.Rejected{Status: 400, Code: "X"}}, seen, calls).Balance(t.Context())
	require.Error(t, err)
	require.False(t, calls.LastAnswer().IsZero(), "no is an answer")
	amount, err := payment.Watched(answering{}, seen, calls).Balance(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 5, amount)
	_, known, err := payment.Watched(answering{}, nil, calls).Fee(t.Context(), payment.Charge{})
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, map[string]int64{"ok": 2, "rejected": 1, "retry": 1, "unknown": 1}, calls.Hour())
	require.Equal(t, noted{"balance ok": 1, "balance rejected": 1, "balance retry": 1, "balance unknown": 1}, seen)
	require.Equal(t, "retry", payment.Outcome(errors.New("anything else did nothing that we know of")))
}
