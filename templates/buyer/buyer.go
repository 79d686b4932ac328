package buyer

import (
	"context"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func shopError(s CheckoutShop, errors view.Errors) string {
	if s.Error != "" {
		return s.Error
	}
	return errors.Of("kirim_" + s.ID)
}

// submitWords stand on the button that places the order.
func submitWords(ctx context.Context, v Checkout) string {
	if v.Submit != "" {
		return v.Submit
	}
	return text.L(ctx, "buyer.checkout.pay")
}

// said is how a payment's state is put in words, with its tone and sign.
type said struct {
	tone              view.Tone
	icon, title, text string
}

func sayState(ctx context.Context, v Payment) said {
	switch v.State {
	case Waiting:
		return said{view.Wait, "clock", text.L(ctx, "buyer.payment.waiting"), text.L(ctx, "buyer.payment.waiting_text", "deadline", v.Deadline)}
	case Paid:
		return said{view.Good, "check", text.L(ctx, "buyer.payment.paid"), text.L(ctx, "buyer.payment.paid_text")}
	case Expired:
		return said{view.Bad, "cross", text.L(ctx, "buyer.payment.expired"), text.L(ctx, "buyer.payment.expired_text")}
	case Cancelled:
		return said{view.Bad, "cross", text.L(ctx, "buyer.payment.cancelled"), text.L(ctx, "buyer.payment.cancelled_text")}
	case Checking:
		return said{view.Info, "clock", text.L(ctx, "buyer.payment.checking"), text.L(ctx, "buyer.payment.checking_text")}
	case Outside:
		return said{view.Good, "check", text.L(ctx, "buyer.payment.outside"), text.L(ctx, "buyer.payment.outside_text")}
	case Suspense:
		return said{view.Warn, "warning", text.L(ctx, "buyer.payment.suspense"), text.L(ctx, "buyer.payment.suspense_text")}
	}
	return said{view.Info, "clock", text.L(ctx, "buyer.payment.preparing"), text.L(ctx, "buyer.payment.preparing_text")}
}

func pickupFacts(ctx context.Context, v OrderTracking) []view.Fact {
	facts := []view.Fact{{Label: text.L(ctx, "buyer.order.pickup_place"), Value: v.PickupPlace}}
	if v.PickupHours != "" {
		facts = append(facts, view.Fact{Label: text.L(ctx, "buyer.order.pickup_hours"), Value: v.PickupHours})
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
