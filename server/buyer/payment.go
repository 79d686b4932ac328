package buyer

import (
	"net/http"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const (
	hour             = time.Hour
	checkoutsPerHour = 1200 // per address: whole villages share one behind a mobile network
	findsPerHour     = 10
	refreshSeconds   = 5
)

// showPayment tells the truth of our own records, whatever the browser came back
// with. While a payment is open, a visit is a reason to ask the gateway (at most
// every few seconds, decided by package payment).
func (a area) showPayment(c *web.Ctx) error {
	p, err := a.Checkout.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	if p.State == checkout.Awaiting && p.Payment.ID > 0 {
		if _, err := a.Payments.Refresh(c.Context(), p.Payment.ID); err != nil {
			c.Log().Warn("gateway not asked", "payment", p.Payment.ID, "error", err)
		} else if p, err = a.Checkout.ByToken(c.Context(), c.Param("token")); err != nil {
			return err
		}
	}
	page := pages.Payment{Page: c.Own(c.T("buyer.payment.title")), State: paymentState(p), Amount: p.Online, Deadline: c.DateTime(p.PayUntil, "")}
	if page.State == pages.Waiting {
		page.PayURL = p.Payment.InvoiceURL
	}
	if page.State == pages.Waiting || page.State == pages.Preparing || page.State == pages.Checking {
		page.Page.ReloadAfter = refreshSeconds
		page.Page.Scripts = []string{"js/status.js"}
	}
	if page.State == pages.Expired || page.State == pages.Cancelled {
		page.AgainURL = "/pembayaran/" + p.Token + "/ulang"
	}
	if page.State == pages.Waiting && !p.Payment.CancelRequested {
		page.ChangeURL = "/pembayaran/" + p.Token + "/ulang"
	}
	page.Papers = []view.Link{{Label: c.T("document.open.invoice"), URL: "/pembayaran/" + p.Token + "/faktur.pdf"}}
	for _, o := range p.Orders {
		page.Orders = append(page.Orders, orderLink(c, o))
		page.Bill = append(page.Bill,
			view.Amount{Label: c.T("buyerpage.bill.shop", "shop", o.ShopName), Value: o.Goods},
			view.Amount{Label: c.T("buyerpage.bill.delivery", "shop", o.ShopName), Value: o.Delivery.Fee})
	}
	page.Bill = append(page.Bill, view.Amount{Label: c.T("buyerpage.bill.total"), Value: p.Total, Strong: true})
	if p.Online > 0 && p.Online < p.Total {
		page.Bill = append(page.Bill, view.Amount{Label: c.T("buyerpage.bill.online"), Value: p.Online},
			view.Amount{Label: c.T("buyerpage.bill.to_shops"), Value: p.Total - p.Online})
	}
	return c.Page(http.StatusOK, pages.PaymentPage(page))
}

func orderLink(c *web.Ctx, o order.Order) pages.OrderLink {
	link := pages.OrderLink{Number: o.Number, Shop: o.ShopName, URL: "/pesanan/" + o.Token, State: orderChip(c, o)}
	if !o.PayBy.Held() {
		link.PayBy = c.T(o.PayBy.LabelKey())
	}
	return link
}

func paymentState(p checkout.Purchase) pages.PaymentState {
	switch p.State {
	case checkout.Paid:
		return pages.Paid
	case checkout.NotOurs:
		return pages.Outside
	case checkout.Checking:
		return pages.Suspense
	case checkout.Lapsed:
		if p.Payment.State == payment.Cancelled {
			return pages.Cancelled
		}
		return pages.Expired
	}
	if p.Payment.InvoiceURL != "" {
		return pages.Waiting
	}
	return pages.Preparing
}

func (a area) giveUp(c *web.Ctx) error {
	if err := a.Checkout.GiveUp(c.Context(), c.Param("token")); err != nil && !fault.Is(err, fault.KindConflict) {
		return err
	}
	return c.SeeOther("/pembayaran/" + c.Param("token"))
}

// showRefund asks by a one-time link where a refund shall go.
func (a area) showRefund(c *web.Ctx) error {
	return a.drawRefund(c, http.StatusOK, payment.Bank{}, nil)
}

func (a area) drawRefund(c *web.Ctx, status int, typed payment.Bank, problem error) error {
	r, err := a.Payments.RefundByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	page := pages.RefundAccount{
		Page: c.Own(c.T("buyer.refund.title")), Action: "/pengembalian/" + c.Param("token"), Amount: r.Amount,
		Account: typed.AccountNumber, Holder: typed.HolderName,
	}
	for _, ch := range payment.PayoutChannels() {
		page.Banks = append(page.Banks, view.Option{Value: ch.Code, Label: ch.Name, Selected: ch.Code == typed.ChannelCode})
	}
	if r.State != payment.RefundAwaitingAccount {
		page.Done = true
	}
	if problem != nil {
		page.Errors = c.Errors(problem)
		for i, e := range page.Errors {
			if name, ok := map[string]string{"channel_code": "bank", "account_number": "rekening", "holder_name": "pemilik"}[e.Field]; ok {
				page.Errors[i].Field = name
			}
		}
	}
	return c.Page(status, pages.RefundAccountPage(page))
}

func (a area) submitRefund(c *web.Ctx) error {
	var in struct {
		Bank    string `form:"bank"`
		Account string `form:"rekening"`
		Holder  string `form:"pemilik"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.Limits.Allow(c.Context(), account.Limit{Name: "refund-account", Who: c.Param("token"), Most: findsPerHour, Window: hour}); err != nil {
		return err
	}
	bank := payment.Bank{ChannelCode: in.Bank, AccountNumber: in.Account, HolderName: in.Holder}
	_, err := a.Payments.GiveAccount(c.Context(), c.Param("token"), bank)
	if fault.Is(err, fault.KindInvalid) {
		return a.drawRefund(c, http.StatusUnprocessableEntity, bank, err)
	}
	if err != nil && !fault.Is(err, fault.KindConflict) { // given already: the page says so
		return err
	}
	return c.SeeOther("/pengembalian/" + c.Param("token"))
}
