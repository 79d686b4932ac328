package catalog

import (
	"fmt"
	"strings"
)

// Mermaid draws the machines as docs/catalog-states.md; a test holds the
// file to the tables.
func Mermaid() string {
	return `# The states of the catalog: submissions, products, shops, certificates and the waiting list

<!-- Written by catalog.Mermaid from its tables; do not edit. -->

What is not an arrow here is refused, and a test tries every refused move.
` + Diagram("Submission", "A change on its way through review: `catalog.SubmissionMoves`.", SubmissionMoves, SubmissionDraft) +
		Diagram("Product", "What the public sees of a product: `catalog.ProductMoves`.", ProductMoves, ProductUnpublished) +
		Diagram("Shop", "A seller: `catalog.ShopMoves`.", ShopMoves, ShopInvited) +
		Diagram("Certificate", "What was certified of a shop's goods: `catalog.CertificateMoves`.", CertificateMoves, CertificateEntered) +
		Diagram("Waiting list", "Somebody who waits for more of a product: `catalog.EntryMoves`.", EntryMoves, EntryWaiting)
}

// Diagram draws one machine as a state diagram with its table, for a page in docs.
func Diagram[S ~string](title, about string, m Machine[S], first S) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n\n%s\n\n```mermaid\nstateDiagram-v2\n    [*] --> %s\n", title, about, first)
	for _, t := range m {
		for _, from := range t.From {
			fmt.Fprintf(&b, "    %s --> %s: %s\n", from, t.To, t.Name)
		}
	}
	b.WriteString("```\n\n| move | from | to | who | effect |\n|---|---|---|---|---|\n")
	for _, t := range m {
		var from []string
		for _, f := range t.From {
			from = append(from, string(f))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", t.Name, strings.Join(from, ", "), t.To, t.By, t.Effect)
	}
	return b.String()
}
