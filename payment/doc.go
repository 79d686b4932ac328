// Package payment owns the money that moves through a payment gateway: what a
// buyer pays in, what goes back to a buyer, what is paid out. It owns the tables
// payments, payment_effects, callbacks, refunds and payouts and may import only
// internal packages; a gateway is an adapter behind the Gateway interface.
//
// The gateway is a witness, not the record (design §3.4). Every call follows
// the same three steps: a first transaction writes the intent, its key and a
// job; the call is made outside any transaction; a second transaction writes the
// outcome, which is yes, no or unknown. An unknown outcome is settled by asking
// the gateway again, never by assuming. Callbacks are hints: the raw body is
// stored, answered at once, and believed only as far as a reading of the
// gateway's own object confirms it. A poller finds what callbacks lost.
//
// The package knows what a payment is for only as a Purpose{Kind, ID}. Who
// cares registers a Settler, OutcomeSettler or RefundSettler for that kind; it
// is called inside this package's transaction, once per (object, effect).
package payment
