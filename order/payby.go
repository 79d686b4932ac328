package order

// PayBy says who takes the buyer's money for an order. It is fixed when the order
// is placed.
type PayBy string

// The ways to pay for an order.
const (
	ByGateway PayBy = "gateway" // through the gateway, held until the goods are there
	ByCOD     PayBy = "cod"     // in cash to the one who brings the parcel
	ByCash    PayBy = "cash"    // in cash to the shop, at pick-up
	ByDirect  PayBy = "direct"  // "bayar langsung ke toko": on the shop's own account, with proof by the buyer
)

// PaysBy lists them in the order people see them.
var PaysBy = []PayBy{ByGateway, ByDirect, ByCOD, ByCash}

// LabelKey is the text key of its name.
func (p PayBy) LabelKey() string { return "order.pay_by." + string(p) }

// Held reports whether the money comes to us and waits for the goods; all other
// money goes to the shop itself and never is in our hands.
func (p PayBy) Held() bool { return p == ByGateway }

// Later reports whether the money comes with the goods, so that the shop begins
// unpaid.
func (p PayBy) Later() bool { return p == ByCOD || p == ByCash }
