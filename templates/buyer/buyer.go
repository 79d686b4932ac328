package buyer

import (
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// readyBy is when the slowest of a shop's lines is ready; lines agree in
// wording, so the last one that says anything stands for the shop.
func readyBy(s CheckoutShop) string {
	for i := len(s.Lines) - 1; i >= 0; i-- {
		if s.Lines[i].ReadyBy != "" {
			return s.Lines[i].ReadyBy
		}
	}
	return ""
}

func shopError(s CheckoutShop, errors view.Errors) string {
	if s.Error != "" {
		return s.Error
	}
	return errors.Of("kirim_" + s.ID)
}

// said is how a payment's state is put in words, with its tone and sign.
type said struct {
	tone              view.Tone
	icon, title, text string
}

func sayState(v Payment) said {
	switch v.State {
	case Waiting:
		return said{view.Wait, "clock", text.T("buyer.payment.waiting"), text.T("buyer.payment.waiting_text", "deadline", v.Deadline)}
	case Paid:
		return said{view.Good, "check", text.T("buyer.payment.paid"), text.T("buyer.payment.paid_text")}
	case Expired:
		return said{view.Bad, "cross", text.T("buyer.payment.expired"), text.T("buyer.payment.expired_text")}
	case Cancelled:
		return said{view.Bad, "cross", text.T("buyer.payment.cancelled"), text.T("buyer.payment.cancelled_text")}
	case Checking:
		return said{view.Info, "clock", text.T("buyer.payment.checking"), text.T("buyer.payment.checking_text")}
	case Suspense:
		return said{view.Warn, "warning", text.T("buyer.payment.suspense"), text.T("buyer.payment.suspense_text")}
	}
	return said{view.Info, "clock", text.T("buyer.payment.preparing"), text.T("buyer.payment.preparing_text")}
}

func pickupFacts(v OrderTracking) []view.Fact {
	facts := []view.Fact{{Label: text.T("buyer.order.pickup_place"), Value: v.PickupPlace}}
	if v.PickupHours != "" {
		facts = append(facts, view.Fact{Label: text.T("buyer.order.pickup_hours"), Value: v.PickupHours})
	}
	return facts
}

// unsettled reports whether the state may still change by itself.
func unsettled(s PaymentState) bool {
	return s == Preparing || s == Waiting || s == Checking
}

// paymentPage keeps a secret address secret, and asks again while it matters.
func paymentPage(v Payment) view.Public {
	p := secret(v.Page)
	if unsettled(v.State) {
		p.ReloadAfter = 10
	}
	return p
}

// secret marks a page whose address is known to its buyer only.
func secret(p view.Public) view.Public {
	p.NoIndex, p.NoReferrer = true, true
	return p
}
