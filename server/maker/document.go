package maker

import (
	"fmt"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/web"
)

// slip is what goes into the parcel or hangs on the bag, of the size that label
// printers take. Its code opens the order for the shop; the buyer's code is never on
// it, because it proves that the buyer came. The recipient stands on it as long as
// the shop may read it; what is to be taken in cash, until it was.
func (a area) slip(c *web.Ctx) error {
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	p := document.Paper{Size: document.A6, Tick: true, Title: text.T("document.slip"), Number: o.Number, Brand: text.T("document.brand"), Page: text.T("document.page"),
		Code: c.Absolute(fmt.Sprintf("/toko-saya/pesanan/%d", o.ID)), CodeLabel: text.T("document.slip_code"),
		Head: document.Line{Title: text.T("document.goods"), Quantity: text.T("document.quantity")}}
	if o.ContactHidden {
		p.Facts = append(p.Facts, document.Fact{Label: text.T("document.to"), Value: text.T("document.hidden")})
	} else {
		p.To = []string{o.Recipient.Name}
		if !o.Pickup() {
			r := o.Recipient
			for _, line := range []string{web.Phone(r.Phone), r.Street, r.Village, region.Place(r.DistrictCode), r.Postcode} {
				if line != "" {
					p.To = append(p.To, line)
				}
			}
		}
	}
	p.Facts = append(p.Facts, document.Fact{Label: text.T("document.shop"), Value: o.ShopName},
		document.Fact{Label: text.T("document.way"), Value: strings.TrimSpace(text.T(o.Delivery.Method.LabelKey()) + " " + o.Delivery.Carrier + " " + o.Delivery.Service)})
	if !o.ContactHidden {
		p.Facts = append(p.Facts, document.Fact{Label: text.T("document.note"), Value: o.Note})
	}
	for _, l := range o.Lines {
		if l.Left() > 0 {
			p.Lines = append(p.Lines, document.Line{Title: l.Title, Note: l.Unit, Quantity: pieces(l.Left())})
		}
	}
	if o.PayBy.Later() && !o.Paid() && o.Remaining() > 0 {
		p.Sums = []document.Sum{{Label: text.T("document.sum.collect"), Value: o.Remaining().String(), Strong: true}}
		p.Notes = []string{text.T("document.collect")}
	}
	return document.Send(c.Response(), c.Request().Method, "slip-"+o.Number, p)
}
