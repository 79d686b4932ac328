package finance

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/share"
)

// Parties knows who has a part in a shop's money (share.Service).
type Parties interface {
	PartyTx(ctx context.Context, tx *gorm.DB, partyID int64) (share.Party, error)
	ReopenTx(ctx context.Context, tx *gorm.DB, actor account.Actor, partyID int64) error
}

// RequestShare asks that a party of the shop be handed its share in cash: a member, a
// coded worker, a fund. Who owns the shop's money asks; in an institution another one
// agrees first (Check); finance approves, and an officer hands over against a signed
// receipt, as with RequestCash. Any amount up to what the party may take, so that a
// code can be closed at zero. The money stays the party's until finance approves; one request can be open for each
// party. The same formKey returns the first result.
//
// Errors: NotFound or Forbidden by who asks, NotFound for another shop's party;
// Invalid (field amount) outside 1 … its due, or above CashMost; Conflict while money
// rests or another request is open.
func (s *Service) RequestShare(ctx context.Context, actor account.Actor, partyID int64, amount money.Rupiah, formKey string) (Withdrawal, error) {
	if formKey == "" {
		return Withdrawal{}, fault.Invalid("finance.form.stale")
	}
	var result Withdrawal
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		party, err := s.parts.Parties.PartyTx(ctx, tx, partyID)
		if err != nil {
			return err
		}
		if err := mustOwnMoney(actor, party.ShopID); err != nil {
			return err
		}
		first, found, err := s.byFormKey(tx, party.ShopID, formKey)
		if err != nil || found {
			result = first
			return err
		}
		shop, err := s.parts.Shops.ShopTx(ctx, tx, party.ShopID)
		if err != nil {
			return err
		}
		if err := s.restedTx(ctx, tx, shop); err != nil {
			return err
		}
		bad := fault.Invalid("finance.withdrawal.faulty")
		switch {
		case amount <= 0:
			bad.With("amount", "finance.withdrawal.too_small", "min", money.Rupiah(1))
		case amount > party.Due:
			bad.With("amount", "finance.share.too_much", "due", party.Due)
		case amount > CashMost:
			bad.With("amount", "finance.cash.too_much", "max", CashMost)
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Raw(`INSERT INTO withdrawals (shop_id, party_id, way, amount, state, form_key, needs_check, requested_by, requested_at)
			VALUES (?, ?, 'cash', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			party.ShopID, partyID, int64(amount), string(Requested), formKey, shop.Kind == catalog.Institution, actor.UserID, now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("finance: share of party %d: %w", partyID, err)
		}
		if len(ids) == 0 { // the same form sent twice at once, or another open request
			if result, found, err = s.byFormKey(tx, party.ShopID, formKey); err != nil || found {
				return err
			}
			return fault.Conflict("finance.share.open")
		}
		r, b, err := s.byID(tx, ids[0])
		if err != nil {
			return err
		}
		result = r.withdrawal(b)
		story.Tell(ctx, tx, "withdrawal requested", story.Withdrawal(r.ID), story.Shop(r.ShopID), slog.Int64("amount", r.Amount))
		return s.record(ctx, tx, actor.UserID, 0, "request_share", "withdrawal", r.ID, amount.String())
	})
	return result, err
}

// ShareWithdrawals are the last withdrawals of a party of a shop, newest first. Who
// owns the shop's money, finance and admin.
func (s *Service) ShareWithdrawals(ctx context.Context, actor account.Actor, shopID, partyID int64) ([]Withdrawal, error) {
	if !seesMoney(actor, shopID) {
		return nil, mustOwnMoney(actor, shopID)
	}
	list, err := s.list(s.db.Read(ctx), "party_id = ?", 0, 5, partyID)
	return slices.DeleteFunc(list, func(w Withdrawal) bool { return w.ShopID != shopID }), err
}

// source is the account a withdrawal takes from and goes back to: the shop's, or of a
// share its party's.
func (r row) source() ledger.Account {
	if r.PartyID > 0 {
		return share.Due(r.PartyID)
	}
	return payable(r.ShopID)
}

// holderTx stands in the place of the account of a cash withdrawal: nobody, or the
// party by its label (of an institution's worker the code, never a name).
func (s *Service) holderTx(tx *gorm.DB, r row) (bankRow, error) {
	if r.PartyID == 0 {
		return bankRow{}, nil
	}
	party, err := s.parts.Parties.PartyTx(tx.Statement.Context, tx, r.PartyID)
	return bankRow{HolderName: party.Label}, err
}

// tellAbout tells what became of a withdrawal: of the shop's money everybody who runs
// the shop; of a share only who asked and the member whose it is.
func (s *Service) tellAbout(ctx context.Context, tx *gorm.DB, r row, bank bankRow, what string) error {
	if r.PartyID == 0 {
		return s.tell(ctx, tx, r.ShopID, "withdrawal_"+what, r.data(bank))
	}
	party, err := s.parts.Parties.PartyTx(ctx, tx, r.PartyID)
	if err != nil {
		return err
	}
	members, err := s.parts.People.MembersTx(ctx, tx, r.ShopID)
	if err != nil {
		return err
	}
	data := r.data(bank)
	data["nama"] = party.Label
	for _, u := range members {
		if u.ID != r.RequestedBy && u.ID != party.UserID {
			continue
		}
		err := s.parts.Messages.SendTx(ctx, tx, notify.Message{
			Kind: "share_" + what, Data: data, Link: "/toko-saya/uang/bagian",
			To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
