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
	drawn := map[string]bool{}
	for _, r := range Transitions {
		for _, from := range r.From {
			step := fmt.Sprint(from, r.Name, r.To)
			if drawn[step] {
				continue // another row of the move, for other orders
			}
			drawn[step] = true
			to := r.To
			if to == "" {
				to = from
			}
			fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, r.Name)
		}
	}
	for _, end := range []State{Completed, Resolved, Lapsed, Cancelled} {
		fmt.Fprintf(&b, "    %s --> [*]\n", end)
	}
	b.WriteString("```\n\n| move | from | to | who | orders | effects | timer |\n|---|---|---|---|---|---|---|\n")
	for _, r := range Transitions {
		to := string(r.To)
		if to == "" {
			to = "(same)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.Name, list(r.From), to, list(r.Who), r.Only, list(r.Effects), r.Timer)
	}
	b.WriteString(`
- ` + "`" + string(HandOver) + "`" + ` needs the buyer's pick-up code and is the only way out of the shop for
  pick-up orders; ` + "`" + string(Dispatch) + "`" + ` is the only way for the others.
- ` + "`" + string(PayLate) + "`" + ` is for orders that were never paid, and only when every line of the
  purchase can be held again; otherwise the money stays in suspense.
- "first" are orders whose goods never left the shop, "again" those whose goods did: a replacement, or sent
  once more. A replacement draws nothing from the pools: what was promised is used, and the shop makes it
  besides what it has for sale.
- The deliver move of an order paid at the door says that the money is there, so no timer and no buyer makes it.
- What a move gives back goes the way it came: through us out of what is held (and out of the shop's own
  money once that is released), by the shop itself for what it took, nothing for what was not paid yet.
- "outside" are sales that the maker made herself and takes cash for, "window" all others. Nobody has a code for
  them, and ` + "`" + string(UndoSale) + "`" + ` works for a quarter of an hour. One of them paid by a link is like any other order.
- ` + "`" + string(RefundAfter) + "`" + ` and a complaint about a completed order are facts in the journal and the history;
  the order stays where it is.
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

// String names the orders of a case.
func (c Case) String() string {
	var words []string
	if len(c.PayBy) > 0 {
		words = append(words, list(c.PayBy))
	}
	if c.Way != AnyWay {
		words = append(words, string(c.Way))
	}
	for _, w := range []struct {
		on   bool
		word string
	}{{c.First, "first"}, {c.Again, "again"}, {c.Unpaid, "unpaid"}, {c.Paid, "paid"}, {c.Outside, "outside"}, {c.Window, "window"}} {
		if w.on {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, "; ")
}
