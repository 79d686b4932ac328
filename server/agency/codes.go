package agency

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
)

// codes are the QRIS codes of shops that wait for the actor.
func (a area) codes(c *web.Ctx) ([]pages.CodeCard, error) {
	if !c.Actor.HasAny(account.RoleOfficer, account.RoleHead) {
		return nil, nil
	}
	all, err := a.Checkout.ProposedCodes(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	var cards []pages.CodeCard
	for _, code := range all {
		shop, err := a.Catalog.Shop(c.Context(), code.ShopID)
		if err != nil {
			return nil, err
		}
		found, err := a.Pictures.Pictures(c.Context(), []int64{code.PictureID})
		if err != nil {
			return nil, err
		}
		at := fmt.Sprintf("/dinas/rekening/qris/%d", code.ID)
		cards = append(cards, pages.CodeCard{ID: fmt.Sprintf("qris-%d", code.ID), Shop: shop.Name, ShopURL: makerURL(shop.ID),
			When: calendar.DateTime(code.CreatedAt, shop.RegencyCode), ConfirmURL: at + "/setuju", RefuseURL: at + "/tolak",
			Picture: web.Picture(found[code.PictureID], text.T("agency.codes.of", "shop", shop.Name))})
	}
	return cards, nil
}

func (a area) confirmCode(c *web.Ctx) error {
	codeID, err := c.ID("id")
	if err != nil {
		return err
	}
	return told(c, a.Checkout.ConfirmCode(c.Context(), c.Actor, codeID), "/dinas/rekening", "agency.codes.confirmed")
}

func (a area) refuseCode(c *web.Ctx) error {
	var in struct {
		Reason string `form:"reason"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	codeID, err := c.ID("id")
	if err != nil {
		return err
	}
	err = a.Checkout.RefuseCode(c.Context(), c.Actor, codeID, in.Reason)
	if e := web.Errors(err); err != nil && e.Of("reason") != "" {
		return a.banksPage(c, http.StatusUnprocessableEntity, fmt.Sprintf("qris-%d", codeID), e)
	}
	return told(c, err, "/dinas/rekening", "agency.codes.refused")
}
