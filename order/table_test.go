package order_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
)

var update = flag.Bool("update", false, "write docs/order-states.md anew")

// allowed is design §4 written out by hand: every state, move and party that may
// come together. The table must say exactly this.
var allowed = map[string][]string{
	"awaiting_payment pay": {"payment"}, "awaiting_payment lapse": {"payment"}, "awaiting_payment give_up": {"buyer"},
	"lapsed pay_late": {"payment"}, "cancelled pay_late": {"payment"},
	"to_do start":     {"seller", "companion", "staff"},
	"making finish":   {"seller", "companion", "staff"},
	"ready dispatch":  {"seller", "companion", "staff"},
	"ready hand_over": {"seller", "companion", "staff"},
	"to_do refuse":    {"seller", "companion", "staff"}, "to_do refuse_part": {"seller", "companion", "staff"},
	"making refuse": {"seller", "companion", "staff"}, "making refuse_part": {"seller", "companion", "staff"},
	"ready refuse": {"seller", "companion", "staff"}, "ready refuse_part": {"seller", "companion", "staff"},
	"dispatched deliver": {"buyer", "staff", "timer"},
	"delivered complete": {"buyer", "timer"},
}

// reach says where each move leads.
var reach = map[order.Transition]order.State{
	order.Pay: order.ToDo, order.PayLate: order.ToDo, order.Lapse: order.Lapsed, order.GiveUp: order.Cancelled,
	order.Start: order.Making, order.Finish: order.Ready, order.Dispatch: order.Dispatched, order.HandOver: order.Delivered,
	order.Deliver: order.Delivered, order.Complete: order.Completed, order.RefusePart: "", order.Refuse: order.Cancelled,
}

func mayBe(state order.State, name order.Transition, who order.Who) bool {
	for _, w := range allowed[string(state)+" "+string(name)] {
		if w == string(who) {
			return true
		}
	}
	return false
}

func TestTable(t *testing.T) {
	require.Len(t, order.Transitions, len(reach))
	for _, r := range order.Transitions {
		to, known := reach[r.Name]
		require.True(t, known, r.Name)
		require.Equal(t, to, r.To, r.Name)
		for _, state := range order.States {
			for _, who := range order.Everyone {
				require.Equal(t, mayBe(state, r.Name, who), r.Allows(state, who), "%s %s %s", state, r.Name, who)
			}
		}
	}
	_, known := order.RuleOf("invented")
	require.False(t, known)
}

// Every state can be reached from the first, and the wording exists for each.
func TestTableReachesEveryState(t *testing.T) {
	seen := map[order.State]bool{order.AwaitingPayment: true}
	for range order.States {
		for _, r := range order.Transitions {
			for _, from := range r.From {
				if seen[from] && r.To != "" {
					seen[r.To] = true
				}
			}
		}
	}
	for _, s := range order.States {
		require.True(t, seen[s], s)
		require.True(t, text.Has("order.state."+string(s)), s)
	}
	for _, r := range order.Transitions {
		require.True(t, text.Has("order.event."+string(r.Name)), r.Name)
	}
}

func TestPossibleKeepsPickupAndParcelsApart(t *testing.T) {
	require.NotContains(t, order.Possible(order.Ready, order.Seller, true), order.Dispatch)
	require.Contains(t, order.Possible(order.Ready, order.Seller, true), order.HandOver)
	require.Contains(t, order.Possible(order.Ready, order.Seller, false), order.Dispatch)
	require.NotContains(t, order.Possible(order.Ready, order.Seller, false), order.HandOver)
	require.Empty(t, order.Possible(order.Completed, order.Seller, false))
}

// TestDiagram holds docs/order-states.md to the table.
func TestDiagram(t *testing.T) {
	path := filepath.Join("..", "docs", "order-states.md")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(order.Mermaid()), 0o644))
	}
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, order.Mermaid(), string(file), "run go test ./order -run TestDiagram -update")
}
