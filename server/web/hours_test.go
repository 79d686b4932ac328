package web

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPercent(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int64{"0": 0, "2,5": 25, "2.5": 25, " 10 ": 100, "2,": 20} {
		got, ok := Permille(typed)
		require.True(t, ok, typed)
		require.Equal(t, want, got, typed)
	}
	for _, typed := range []string{"", "-1", "2,55", "a", "2,x", "1e3", "99999"} {
		_, ok := Permille(typed)
		require.False(t, ok, typed)
	}
	require.Equal(t, "2,5", Percent(25))
	require.Equal(t, "10", Percent(100))
	require.Equal(t, "0", Percent(0))
}
