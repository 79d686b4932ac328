package buyer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const (
	proofBody     = 12 << 20 // one photo and its fields
	proofsPerHour = 10       // per order's address
)

// direct is the panel of an order that is paid to the shop itself; nil for others.
func (a area) direct(c *web.Ctx, o order.Order) (*pages.Direct, error) {
	if o.PayBy != order.ByDirect {
		return nil, nil
	}
	d, err := a.Checkout.DirectOf(c.Context(), o)
	if err != nil {
		return nil, err
	}
	v := &pages.Direct{Shop: o.ShopName, Amount: o.Total, Number: o.Number, Waiting: o.State == order.AwaitingPayment, Rests: d.Rests}
	if d.CanSend {
		v.Action = "/pesanan/" + o.Token + "/bukti"
	}
	if d.Account.AccountNumber != "" {
		v.Bank, v.Account, v.Holder = d.Account.ChannelCode, grouped(d.Account.AccountNumber), d.Account.HolderName
		if ch, found := payment.PayoutChannelByCode(d.Account.ChannelCode); found {
			v.Bank = ch.Name
		}
	}
	if d.Code.ID > 0 {
		found, err := a.Pictures.Pictures(c.Context(), []int64{d.Code.PictureID})
		if err != nil {
			return nil, err
		}
		picture := web.Picture(found[d.Code.PictureID], c.T("buyer.direct.qris_alt", "shop", o.ShopName))
		v.QRIS = &picture
	}
	for _, p := range d.Proofs {
		v.Sent = append(v.Sent, c.DateTime(p.SentAt, o.RegencyCode))
	}
	return v, nil
}

// grouped writes an account number in groups of four, as people read it out.
func grouped(number string) string {
	var parts []string
	for ; len(number) > 4; number = number[4:] {
		parts = append(parts, number[:4])
	}
	return strings.Join(append(parts, number), " ")
}

// sendProof takes the photo of a transfer. A photo that cannot be read is said on the
// order's page, which has everything else still on it.
func (a area) sendProof(c *web.Ctx) error {
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	page := "/pesanan/" + c.Param("token")
	err = a.Limits.Allow(c.Context(), account.Limit{Name: "payment-proof", Who: o.Number, Most: proofsPerHour, Window: hour})
	if err == nil {
		err = a.Checkout.MaySendProof(c.Context(), o)
	}
	if err == nil {
		err = a.keepProof(c, o)
	}
	var f *fault.Error
	if errors.As(err, &f) && (web.Faulty(err) || fault.Is(err, fault.KindConflict)) {
		return a.drawOrder(c, web.Status(f.Kind), o, &view.Notice{Tone: view.Bad, Text: firstSentence(c, err)})
	}
	if err != nil {
		return err
	}
	return c.SeeOther(page)
}

func (a area) keepProof(c *web.Ctx, o order.Order) error {
	file, name, err := c.File("foto")
	if err != nil {
		return err
	}
	if file == nil {
		return fault.Invalid("buyer.direct.no_photo")
	}
	defer func() { _ = file.Close() }()
	p, err := a.Uploads.Store(c.Context(), account.System, media.Upload{Reader: file, OwnerKind: checkout.ProofPicture, OwnerID: o.ID, Name: name})
	if err != nil {
		return err
	}
	return a.Checkout.SendProof(c.Context(), o, p.ID)
}

// payAgain fills the cart again with what can no longer be paid, or shall be paid
// otherwise: then the open payment is closed first, and what it finds paid stays so.
func (a area) payAgain(c *web.Ctx) error {
	token := c.Param("token")
	p, err := a.Checkout.ByToken(c.Context(), token)
	if err != nil {
		return err
	}
	if p.State == checkout.Awaiting {
		if err := a.Checkout.GiveUp(c.Context(), token); err != nil && !fault.Is(err, fault.KindConflict) {
			return err
		}
		// At once, so that the goods are there to be chosen again; its job does it
		// anyway.
		if err := a.Payments.Close(c.Context(), p.Payment.ID); err != nil {
			c.Log().Warn("payment not closed yet", "payment", p.Payment.ID, "error", err)
		}
		if p, err = a.Checkout.ByToken(c.Context(), token); err != nil {
			return err
		}
	}
	if p.State != checkout.Lapsed {
		return c.SeeOther("/pembayaran/" + token) // paid meanwhile, or not closed yet: it says so
	}
	cart, err := a.newCartToken(c)
	if err != nil {
		return err
	}
	left, err := a.Checkout.Again(c.Context(), token, cart)
	if err != nil && !fault.Is(err, fault.KindConflict) {
		return err
	}
	a.keepCart(c, cart)
	if left > 0 {
		c.Flash(view.Warn, "buyerpage.again.left", "n", fmt.Sprint(left))
	}
	return c.SeeOther("/keranjang")
}
