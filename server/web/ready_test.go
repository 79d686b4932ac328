package web_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whoever asks is told within two seconds, and never why; a process that stops is
// no longer ready whatever the rest says.
func TestReadinessIsAnsweredSoonAndSaysNoMore(t *testing.T) {
	s := newSite(t)
	var left time.Duration
	s.ready = func(ctx context.Context) error {
		deadline, bounded := ctx.Deadline()
		require.True(t, bounded, "a database that hangs must not hold the answer")
		left = time.Until(deadline)
		return errors.New("postgres://lapak:secret@db refused 081234567890")
	}
	res, body := s.do(t, "GET", "/readyz", nil)
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.Equal(t, "not ready\n", body)
	require.LessOrEqual(t, left, 2*time.Second)
	require.Contains(t, s.log.String(), "not ready", "the log says why")
	require.NotContains(t, s.log.String(), "secret")
	require.NotContains(t, s.log.String(), "081234567890")

	s.ready = func(context.Context) error { return nil }
	res, body = s.do(t, "GET", "/readyz", nil)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "ready\n", body)
	s.built.Drain()
	res, body = s.do(t, "GET", "/readyz", nil)
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.Equal(t, "draining\n", body)
	res, _ = s.do(t, "GET", "/healthz", nil)
	require.Equal(t, http.StatusOK, res.StatusCode, "alive all the same")
}
