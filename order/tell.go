package order

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/payment"
)

// tellTx sends what people should know of a move, in the move's transaction. It
// names no private data: a message says the number and gives the link.
func (s *Service) tellTx(ctx context.Context, tx *gorm.DB, row orderRow, st step, refund *payment.Refund) error {
	if row.kind().Outside {
		return nil // who wrote it down knows, and the buyer is no contact of ours
	}
	said := map[string]string{"reason": st.reason, "money": ""}
	if st.back > 0 {
		said["amount"], said["money"] = st.back.String(), text.T("order.back_words."+string(backOf(row, st.now)), "amount", st.back)
		if err := s.tellBackTx(ctx, tx, row, refund, st, said); err != nil {
			return err
		}
	}
	switch st.rule.Name {
	case Pay, PayLate:
		return s.tellOrCallTx(ctx, tx, row, "order_new")
	case Begin:
		return s.tellOrCallTx(ctx, tx, row, "order_begun")
	case PayDirect:
		return s.tellBuyerTx(ctx, tx, row, "order_paid_direct", nil)
	case DenyDirect:
		return s.tellBuyerTx(ctx, tx, row, "order_denied_direct", said)
	case ProposeDate:
		said["date"] = calendar.Date(row.NewDate.In(calendar.Zone(row.RegencyCode)))
		return s.tellBuyerTx(ctx, tx, row, "order_new_date", said)
	case AcceptDate:
		return s.tellShopTx(ctx, tx, row, "order_date_accepted")
	case DeclineDate:
		return s.tellShopTx(ctx, tx, row, "order_date_declined")
	case CallOff:
		return s.tellShopTx(ctx, tx, row, "order_called_off")
	case NotCollect:
		return s.tellBuyerTx(ctx, tx, row, "order_not_collected", nil)
	case TurnBack:
		return s.tellBuyerTx(ctx, tx, row, "order_turned_back", said)
	case Complain:
		return s.tellUnseenTx(ctx, tx, row, "order_complaint")
	case AnswerComplaint:
		return s.tellBuyerTx(ctx, tx, row, "order_answered", said)
	case Replace:
		if err := s.tellBuyerTx(ctx, tx, row, "order_replaced", said); err != nil {
			return err
		}
		return s.tellShopTx(ctx, tx, row, "order_replaced", "reason", st.reason)
	case Resolve, RefundAfter:
		if st.back == 0 { // else told with the money
			if err := s.tellBuyerTx(ctx, tx, row, "order_decided", said); err != nil {
				return err
			}
		}
		return s.tellShopTx(ctx, tx, row, "order_decided", "reason", st.reason, "money", said["money"])
	case Finish:
		if row.pickup() {
			return s.tellBuyerTx(ctx, tx, row, "order_ready", nil)
		}
	case Dispatch:
		return s.tellBuyerTx(ctx, tx, row, "order_dispatched",
			map[string]string{"how": how(row)})
	case Deliver:
		if st.by.who != Buyer {
			return s.tellBuyerTx(ctx, tx, row, "order_delivered", nil)
		}
	case Complete:
		if !row.PayBy.Held() {
			return s.tellShopTx(ctx, tx, row, "order_completed_own")
		}
		return s.tellShopTx(ctx, tx, row, "order_completed")
	}
	return nil
}

// how names the courier and number of a parcel; nothing when the maker brings it.
func how(row orderRow) string {
	if row.Courier == "" || row.TrackingNumber == "" {
		return text.T("order.tracking.own")
	}
	return text.T("order.tracking.courier", "courier", row.Courier, "number", row.TrackingNumber)
}

// tellBackTx tells the buyer what the shop could not make, or what staff decided,
// and how the money comes back.
func (s *Service) tellBackTx(ctx context.Context, tx *gorm.DB, row orderRow, r *payment.Refund, st step, said map[string]string) error {
	kind := "order_decided"
	switch st.rule.Name {
	case Refuse:
		kind = "order_refused"
	case RefusePart:
		kind = "order_refused_part"
	case CallOff, Close:
		kind = "" // the buyer's own doing, or nothing was paid
	}
	if kind != "" {
		if err := s.tellBuyerTx(ctx, tx, row, kind, said); err != nil {
			return err
		}
	}
	if r == nil {
		return nil
	}
	return s.tellRefundLinkTx(ctx, tx, row, *r)
}

// refundLink is where a buyer names the account for a refund.
const refundLink = "/pengembalian/"

// tellRefundLinkTx, for a refund that awaits an account, sends the one-time link on which the buyer names an account.
func (s *Service) tellRefundLinkTx(ctx context.Context, tx *gorm.DB, row orderRow, r payment.Refund) error {
	return s.sendRefundLinkTx(ctx, tx, row, r, "refund_link")
}

func (s *Service) sendRefundLinkTx(ctx context.Context, tx *gorm.DB, row orderRow, r payment.Refund, kind string) error {
	token, awaits := s.parts.Refunds.RefundToken(r)
	if !awaits {
		return nil
	}
	return s.sendTx(ctx, tx, notify.Message{
		Kind: kind, To: buyerOf(row), Link: refundLink + token,
		Data: dataOf(row, map[string]string{"amount": r.Amount.String()}),
	})
}

func (s *Service) tellBuyerTx(ctx context.Context, tx *gorm.DB, row orderRow, kind string, more map[string]string) error {
	return s.sendTx(ctx, tx, notify.Message{Kind: kind, To: buyerOf(row), Link: "/pesanan/" + s.token(row), Data: dataOf(row, more)})
}

func buyerOf(row orderRow) notify.Recipient {
	return notify.Recipient{UserID: row.BuyerUserID, Name: row.BuyerName, Phone: row.BuyerPhone, Email: row.BuyerEmail}
}

func dataOf(row orderRow, more map[string]string) map[string]string {
	data := map[string]string{"number": row.Number, "shop": row.ShopName, "buyer": row.BuyerName, "total": row.remaining().String()}
	maps.Copy(data, more)
	return data
}

// tellShopTx tells every member of the shop; more is names and values of the
// message's words.
func (s *Service) tellShopTx(ctx context.Context, tx *gorm.DB, row orderRow, kind string, more ...string) error {
	members, err := s.parts.People.MembersTx(ctx, tx, row.ShopID)
	if err != nil {
		return err
	}
	data := map[string]string{}
	for i := 0; i+1 < len(more); i += 2 {
		data[more[i]] = more[i+1]
	}
	return s.tellUsersTx(ctx, tx, row, kind, members, data)
}

func (s *Service) tellUsersTx(ctx context.Context, tx *gorm.DB, row orderRow, kind string, users []account.User, more map[string]string) error {
	for _, u := range users {
		err := s.sendTx(ctx, tx, notify.Message{
			Kind: kind, To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
			Link: fmt.Sprintf("/toko-saya/pesanan/%d", row.ID), Data: dataOf(row, more),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellOrCallTx tells the shop's members, and where none of them has a phone or a mail
// address, asks its companions to go and say it: an inbox is read by nobody there.
func (s *Service) tellOrCallTx(ctx context.Context, tx *gorm.DB, row orderRow, kind string) error {
	members, err := s.parts.People.MembersTx(ctx, tx, row.ShopID)
	if err != nil {
		return err
	}
	if err := s.tellUsersTx(ctx, tx, row, kind, members, nil); err != nil {
		return err
	}
	if slices.ContainsFunc(members, func(u account.User) bool { return u.Phone != "" || u.Email != "" }) {
		return nil
	}
	return s.callTx(ctx, tx, row, kind)
}

// tellUnseenTx reminds the shop's members and asks its companions to call them.
func (s *Service) tellUnseenTx(ctx context.Context, tx *gorm.DB, row orderRow, kind string, more ...string) error {
	if err := s.tellShopTx(ctx, tx, row, kind, more...); err != nil {
		return err
	}
	return s.callTx(ctx, tx, row, kind)
}

// callTx puts the order on the call list of the shop's companions, once for a reason.
func (s *Service) callTx(ctx context.Context, tx *gorm.DB, row orderRow, kind string) error {
	companions, err := s.parts.People.CompanionsTx(ctx, tx, row.ShopID)
	if err != nil {
		return err
	}
	for _, c := range companions {
		if err := s.parts.Messages.CallTx(ctx, tx, c.ID, row.ShopID, row.ID, kind); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error {
	if err := s.parts.Messages.SendTx(ctx, tx, m); err != nil {
		return fmt.Errorf("order: message %s: %w", m.Kind, err)
	}
	return nil
}
