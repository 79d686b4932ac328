// Package crash names the moments at which a dying process could lose or double
// something: around every commit and every call that money or a promise hangs
// on. In production a Point is one atomic load. The tests run the whole program
// as a child process that kills itself at a named point, start it again on the
// same database, and prove that everything is as if it had never died.
//
// Nothing outside a test binary may call Arm; a test over the source holds that,
// and that Points lists exactly the points there are.
package crash

import "sync/atomic"

var armed atomic.Pointer[func(name string)]

// Point does nothing unless a test armed it. It may be called anywhere, also
// inside a transaction: being killed there is what is tested.
func Point(name string) {
	if f := armed.Load(); f != nil {
		(*f)(name)
	}
}

// Arm has every Point call f with its name; nil disarms. Only the child process
// of a test calls it.
func Arm(f func(name string)) {
	if f == nil {
		armed.Store(nil)
		return
	}
	armed.Store(&f)
}

// Points are the names of all points, by what happens there. "written" is at the
// end of a transaction before its commit, "committed" after it; "leased" is before
// a call to the gateway, "sent" while the answer is awaited, "answered" before
// anything of it is written down.
var Points = []string{
	"checkout/place/written", "checkout/place/committed",
	"payment/invoice/leased", "xendit/invoice/sent", "payment/invoice/answered", "payment/invoice/written", "payment/invoice/committed",
	"payment/callback/written", "payment/callback/committed", "payment/callback/reading", "payment/callback/read",
	"payment/merge/written", "payment/merge/committed", "payment/callback/finished",
	"payment/check/read", "payment/check/written", "payment/check/committed",
	"order/move/written", "order/move/committed", "order/timer/written", "order/timer/committed",
	"payment/refund/leased", "xendit/refund/sent", "payment/refund/answered", "payment/refund/written", "payment/refund/committed",
	"finance/request/written", "finance/request/committed", "finance/decision/written", "finance/decision/committed",
	"payment/payout/leased", "xendit/payout/sent", "payment/payout/answered", "payment/payout/written", "payment/payout/committed",
	"payment/fee/read", "payment/fee/written", "payment/fee/committed",
	"notify/deliver/sending", "notify/deliver/sent", "notify/deliver/written",
	"media/blob/temporary", "media/master/stored", "media/master/written", "media/master/committed",
	"media/renditions/stored", "media/renditions/written",
	"jobs/worked",
}
