package quote_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/quote"
)

var update = flag.Bool("update", false, "write docs/quote-states.md")

// TestDiagram holds docs/quote-states.md to the tables.
func TestDiagram(t *testing.T) {
	path := filepath.Join("..", "docs", "quote-states.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(quote.Mermaid()), 0o644))
	}
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, quote.Mermaid(), string(file), "run go test ./quote -run TestDiagram -update")
}

func TestTables_are_sound(t *testing.T) {
	sound(t, quote.Moves, quote.States, quote.Draft)
	sound(t, quote.OfferMoves, quote.OfferStates, quote.Sent)
	for _, s := range quote.States {
		require.True(t, text.Has("quote.state."+string(s)), s)
	}
}

// sound: names once, known states, and every state can be reached.
func sound[S ~string](t *testing.T, table []quote.Rule[S], states []S, first S) {
	t.Helper()
	names := map[string]bool{}
	reached := map[S]bool{first: true}
	for _, r := range table {
		require.False(t, names[r.Name], r.Name)
		names[r.Name], reached[r.To] = true, true
		require.NotEmpty(t, r.Who)
		for _, from := range r.From {
			require.Contains(t, states, from)
		}
		require.Contains(t, states, r.To)
	}
	for _, s := range states {
		require.True(t, reached[s], "nothing leads to %s", s)
	}
}

// A request that came through the agency goes back there; the others are declined.
func TestPossible_refuses_one_way(t *testing.T) {
	for _, s := range quote.States {
		for _, who := range quote.Everyone {
			require.NotContains(t, quote.Possible(s, who, true), "decline")
			require.NotContains(t, quote.Possible(s, who, false), "hand_back")
		}
	}
	require.True(t, slices.Contains(quote.Possible(quote.Asked, quote.Seller, true), "hand_back"))
	require.True(t, slices.Contains(quote.Possible(quote.Asked, quote.Seller, false), "decline"))
}
