package order

import (
	"fmt"
	"strings"
)

// Mermaid draws the table as docs/order-states.md: a diagram for people and the
// rows behind it. A test keeps the file equal to this text; run
// `go test ./order -run TestDiagram -update` after changing the table.
func Mermaid() string {
	var b strings.Builder
	b.WriteString(`# The states of an order

<!-- Written by order.Mermaid from order.Transitions; do not edit. -->

One shop's part of a purchase moves along this table and in no other way.
The table is ` + "`order.Transitions`" + `; a test tries every combination of state, move
and party that is not in it.

` + "```mermaid\nstateDiagram-v2\n    [*] --> " + string(AwaitingPayment) + "\n")
	for _, r := range Transitions {
		for _, from := range r.From {
			to := r.To
			if to == "" {
				to = from
			}
			fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, r.Name)
		}
	}
	for _, end := range []State{Completed, Lapsed, Cancelled} {
		fmt.Fprintf(&b, "    %s --> [*]\n", end)
	}
	b.WriteString("```\n\n| move | from | to | who | effects | timer |\n|---|---|---|---|---|---|\n")
	for _, r := range Transitions {
		to := string(r.To)
		if to == "" {
			to = "(same)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.Name, list(r.From), to, list(r.Who), list(r.Effects), r.Timer)
	}
	b.WriteString(`
- ` + "`" + string(HandOver) + "`" + ` needs the buyer's pick-up code and is the only way out of the shop for
  pick-up orders; ` + "`" + string(Dispatch) + "`" + ` is the only way for the others.
- ` + "`" + string(PayLate) + "`" + ` is for orders that were never paid, and only when every line of the
  purchase can be held again; otherwise the money stays in suspense.
- Refunds after completion are journal facts, not states.
- Not collected, returning, returned, disputed and resolved have no rows yet: nothing
  in the program leads into them.
`)
	return b.String()
}

func list[T ~string](items []T) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = string(item)
	}
	return strings.Join(words, ", ")
}
