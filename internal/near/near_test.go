package near_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/near"
)

func TestOf(t *testing.T) {
	known := []string{"jahitan", "kue kering", "minuman"}
	require.Equal(t, "jahitan", near.Of("jahitaan", known))
	require.Equal(t, "kue kering", near.Of("kuih kering", known))
	require.Equal(t, "jahitan", near.Of("", known[:1]))
	require.Empty(t, near.Of("jahit", nil))
	require.Equal(t, 1, near.Distance("é", "e"), "letters, not bytes")
	require.Equal(t, 3, near.Distance("", "abc"))
}
