package order

import (
	"context"
	"fmt"
	"maps"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/payment"
)

// tellTx sends what people should know of a move, in the move's transaction. It
// names no private data: a message says the number and gives the link.
func (s *Service) tellTx(ctx context.Context, tx *gorm.DB, row orderRow, st step) error {
	switch st.rule.Name {
	case Pay, PayLate:
		return s.tellShopTx(ctx, tx, row, "order_new")
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
		return s.tellShopTx(ctx, tx, row, "order_completed")
	}
	// Refusals are told together with the way the money goes: tellRefundTx.
	return nil
}

// how names the courier and number of a parcel; nothing when the maker brings it.
func how(row orderRow) string {
	if row.Courier == "" || row.TrackingNumber == "" {
		return text.T("order.tracking.own")
	}
	return text.T("order.tracking.courier", "courier", row.Courier, "number", row.TrackingNumber)
}

// tellRefundTx tells the buyer what the shop could not make and how the money
// comes back.
func (s *Service) tellRefundTx(ctx context.Context, tx *gorm.DB, row orderRow, r payment.Refund, st step) error {
	kind := "order_refused_part"
	if st.rule.Name == Refuse {
		kind = "order_refused"
	}
	err := s.tellBuyerTx(ctx, tx, row, kind, map[string]string{"amount": st.back.String(), "reason": st.reason})
	if err != nil {
		return err
	}
	return s.tellRefundLinkTx(ctx, tx, row, r)
}

// refundLink is where a buyer names the account for a refund.
const refundLink = "/pengembalian/"

// tellRefundLinkTx, for a refund that awaits an account, sends the one-time link on which the buyer names an account.
func (s *Service) tellRefundLinkTx(ctx context.Context, tx *gorm.DB, row orderRow, r payment.Refund) error {
	token, awaits := s.parts.Refunds.RefundToken(r)
	if !awaits {
		return nil
	}
	return s.sendTx(ctx, tx, notify.Message{
		Kind: "refund_link", To: buyerOf(row), Link: refundLink + token,
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

// tellShopTx tells every member of the shop.
func (s *Service) tellShopTx(ctx context.Context, tx *gorm.DB, row orderRow, kind string) error {
	members, err := s.parts.People.MembersTx(ctx, tx, row.ShopID)
	if err != nil {
		return err
	}
	return s.tellUsersTx(ctx, tx, row, kind, members)
}

func (s *Service) tellUsersTx(ctx context.Context, tx *gorm.DB, row orderRow, kind string, users []account.User) error {
	for _, u := range users {
		err := s.sendTx(ctx, tx, notify.Message{
			Kind: kind, To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
			Link: fmt.Sprintf("/toko-saya/pesanan/%d", row.ID), Data: dataOf(row, nil),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellUnseenTx reminds the shop's members and asks its companions to call them.
func (s *Service) tellUnseenTx(ctx context.Context, tx *gorm.DB, row orderRow) error {
	if err := s.tellShopTx(ctx, tx, row, "order_unseen"); err != nil {
		return err
	}
	companions, err := s.parts.People.CompanionsTx(ctx, tx, row.ShopID)
	if err != nil {
		return err
	}
	for _, c := range companions {
		if err := s.parts.Messages.CallTx(ctx, tx, c.ID, row.ShopID, row.ID, "order_unseen"); err != nil {
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
