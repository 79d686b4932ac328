package quote

import (
	"context"
	"fmt"
	"maps"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/notify"
)

// StateName is a request's state in the shop's and staff's words.
func StateName(state State) string { return text.T("quote.state." + string(state)) }

// dataOf are a message's words: what is asked for, never who asks.
func dataOf(row requestRow, more map[string]string) map[string]string {
	data := map[string]string{"wish": row.Wish, "quantity": money.Group(uint64(row.Quantity))}
	maps.Copy(data, more)
	return data
}

// tellBuyerTx tells the buyer, with the secret link.
func (s *Service) tellBuyerTx(ctx context.Context, tx *gorm.DB, row requestRow, kind string, more map[string]string) error {
	return s.sendTx(ctx, tx, notify.Message{Kind: kind, Link: s.link(row), Data: dataOf(row, more),
		To: notify.Recipient{UserID: row.BuyerUserID, Name: row.BuyerName, Phone: row.BuyerPhone, Email: row.BuyerEmail}})
}

// tellShopTx tells every member of the shop that is asked.
func (s *Service) tellShopTx(ctx context.Context, tx *gorm.DB, row requestRow, kind string, more map[string]string) error {
	members, err := s.parts.People.MembersTx(ctx, tx, row.shop())
	if err != nil {
		return err
	}
	for _, u := range members {
		err := s.sendTx(ctx, tx, notify.Message{Kind: kind, Link: fmt.Sprintf("/toko-saya/permintaan/%d", row.ID), Data: dataOf(row, more),
			To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email}})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error {
	if err := s.parts.Messages.SendTx(ctx, tx, m); err != nil {
		return fmt.Errorf("quote: message %s: %w", m.Kind, err)
	}
	return nil
}
