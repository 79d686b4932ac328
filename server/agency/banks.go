package agency

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// proposed are the accounts that wait for the actor; of one shop, or of all (0).
func (a area) proposed(c *web.Ctx, shopID int64) ([]pages.BankCard, error) {
	if !c.Actor.HasAny(account.RoleOfficer, account.RoleHead) {
		return nil, nil
	}
	all, err := a.Finance.ProposedBanks(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	var cards []pages.BankCard
	for _, b := range all {
		if shopID > 0 && b.ShopID != shopID {
			continue
		}
		shop, err := a.Catalog.Shop(c.Context(), b.ShopID)
		if err != nil {
			return nil, err
		}
		at := fmt.Sprintf("/dinas/rekening/%d", b.ID)
		card := pages.BankCard{
			ID: fmt.Sprint(b.ID), Shop: shop.Name, Account: b.Masked, Holder: b.HolderName,
			When: calendar.DateTime(b.CreatedAt, shop.RegencyCode), ConfirmURL: at + "/setuju", RefuseURL: at + "/tolak",
			RevealURL: at + "/lihat",
		}
		if shopID == 0 {
			card.ShopURL = makerURL(shop.ID)
		}
		cards = append(cards, card)
	}
	return cards, nil
}

func (a area) banks(c *web.Ctx) error { return a.banksPage(c, http.StatusOK, "", nil) }

func (a area) banksPage(c *web.Ctx, status int, faulty string, e view.Errors) error {
	v := pages.Banks{Page: a.frame(c, "banks", text.T("agency.banks.title")), Faulty: faulty, Errors: e}
	var err error
	if v.Banks, err = a.proposed(c, 0); err != nil {
		return err
	}
	if v.Codes, err = a.codes(c); err != nil {
		return err
	}
	if v.Withdrawals, err = a.toCheck(c); err != nil {
		return err
	}
	return c.Page(status, pages.BanksPage(v))
}

// toCheck are the withdrawals of institutions that wait for the head.
func (a area) toCheck(c *web.Ctx) ([]pages.WithdrawalCard, error) {
	if !c.Actor.Has(account.RoleHead) {
		return nil, nil
	}
	all, err := a.Finance.ToCheck(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	var cards []pages.WithdrawalCard
	for _, w := range all {
		shop, err := a.Catalog.Shop(c.Context(), w.ShopID)
		if err != nil {
			return nil, err
		}
		cards = append(cards, pages.WithdrawalCard{
			Shop: shop.Name, Amount: w.Amount.String(), Words: ui.Words(c.Context(), w.Amount), To: w.Bank,
			When: calendar.DateTime(w.RequestedAt, shop.RegencyCode), CheckURL: fmt.Sprintf("/dinas/pencairan/%d/setuju", w.ID),
		})
	}
	return cards, nil
}

func (a area) confirmBank(c *web.Ctx) error {
	bankID, err := c.ID("id")
	if err != nil {
		return err
	}
	return told(c, a.Finance.ConfirmBankAccount(c.Context(), c.Actor, bankID), "/dinas/rekening", "agency.banks.confirmed")
}

func (a area) refuseBank(c *web.Ctx) error {
	var in struct {
		Reason string `form:"reason"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	bankID, err := c.ID("id")
	if err != nil {
		return err
	}
	err = a.Finance.RefuseBankAccount(c.Context(), c.Actor, bankID, in.Reason)
	if e := web.Errors(err); err != nil && e.Of("reason") != "" {
		return a.banksPage(c, http.StatusUnprocessableEntity, fmt.Sprint(bankID), e)
	}
	return told(c, err, "/dinas/rekening", "agency.banks.refused")
}

func (a area) checkWithdrawal(c *web.Ctx) error {
	withdrawalID, err := c.ID("id")
	if err != nil {
		return err
	}
	var w finance.Withdrawal
	w, err = a.Finance.Check(c.Context(), c.Actor, withdrawalID)
	return told(c, err, "/dinas/rekening", "agency.banks.checked", "amount", w.Amount)
}
