// Package proof is the shape of what an audit finds: the name of the broken
// invariant, the row, and a sentence for the engineer who has to mend it.
package proof

import "fmt"

// Finding is one violation of an invariant. An audit without findings is clean.
type Finding struct {
	Invariant string // short stable name, for example "I1 allotment"
	Row       string // table and id, for example "allotments 17"
	Text      string // what was expected and what is there
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s", f.Invariant, f.Row, f.Text)
}
