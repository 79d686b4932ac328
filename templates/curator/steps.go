package curator

// Steps lead from one submission to its neighbours in the queue and back to it.
type Steps struct {
	Queue   string // address of the queue it was opened from
	Before  string // addresses; empty at the ends
	After   string
	Here    string // who else has it open; empty for nobody
	HereURL string // where an open page asks again
}
