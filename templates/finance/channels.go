package finance

import "github.com/lapak-berdaya/lapak/templates/view"

// Channels are the ways to pay with their limits, the most in cash at the door, and the operator's part.
type Channels struct {
	Page         view.Private
	Table        view.Table
	One          *Channel // the one that is open
	COD, CODBy   string
	Part, PartBy string // the operator's part in percent, and who changed it
	MaySetPart   bool
	Refused      []string // what the gateway's account refused, a sentence each
	Errors       view.Errors
}

// Channel is the form of one channel.
type Channel struct {
	Code, Name, Min, Max, Days string
	Published, Note            string // what the gateway publishes, and what to know about it
	Offered, Refund, Partial   bool
}
