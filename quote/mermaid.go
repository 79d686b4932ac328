package quote

import (
	"fmt"
	"strings"
)

// Mermaid draws both tables as docs/quote-states.md. A test keeps the file equal
// to this text; run `go test ./quote -run TestDiagram -update` after changing one.
func Mermaid() string {
	var b strings.Builder
	b.WriteString(`# The states of a request and its offers

<!-- Written by quote.Mermaid from quote.Moves and quote.OfferMoves; do not edit. -->

A buyer's request for a price and the offers it gets move along these tables and
in no other way. A test tries every combination of state, move and party that is
not in them.

## Requests

`)
	draw(&b, Draft, Moves, []State{Accepted, Declined, Cancelled})
	b.WriteString("\n## Offers\n\n")
	draw(&b, Sent, OfferMoves, []OfferState{OfferReplaced, OfferWithdrawn, OfferTurnedDown, OfferExpired, OfferAccepted, OfferUnpaid})
	b.WriteString(`
- A request has at most one open offer. What was sent never changes: another answer is another offer.
- ` + "`hand_back`" + ` takes the place of ` + "`decline`" + ` for a request without a product, which the agency had passed on.
- ` + "`accept`" + ` after the end of the offer's validity is refused, whether or not the timer was there first.
- ` + "`pay_late`" + ` needs that the shop made no other offer since, and that every line can be held again; else the money
  goes to suspense.
`)
	return b.String()
}

func draw[S ~string](b *strings.Builder, first S, table []Rule[S], ends []S) {
	fmt.Fprintf(b, "```mermaid\nstateDiagram-v2\n    [*] --> %s\n", first)
	for _, r := range table {
		for _, from := range r.From {
			fmt.Fprintf(b, "    %s --> %s: %s\n", from, r.To, r.Name)
		}
	}
	for _, end := range ends {
		fmt.Fprintf(b, "    %s --> [*]\n", end)
	}
	b.WriteString("```\n\n| move | from | to | who | effects | timer |\n|---|---|---|---|---|---|\n")
	for _, r := range table {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", r.Name, list(r.From), r.To, list(r.Who), r.Effects, r.Timer)
	}
}

func list[T ~string](items []T) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = string(item)
	}
	return strings.Join(words, ", ")
}
