package maker

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// accountOf is one party's whole account as its page shows it.
func (a area) accountOf(c *web.Ctx, shop catalog.Shop, partyID int64) (share.Account, pages.PartAccount, error) {
	var v pages.PartAccount
	got, err := a.Shares.Account(c.Context(), c.Actor, partyID)
	if err != nil {
		return got, v, err
	}
	v.Due, v.PaidIn, v.Group = got.Party.Due, got.PaidIn, shop.Kind == catalog.Group
	for _, g := range got.Got {
		line := pages.ShareLine{Name: monthWords(g.Month), Amount: g.Back + g.Part}
		var notes []string
		if g.Back > 0 {
			notes = append(notes, text.T("grouppage.got.back", "amount", g.Back), text.T("grouppage.got.part", "amount", g.Part))
		}
		if g.Pieces > 0 {
			notes = append(notes, text.T("grouppage.quantity.piece", "count", g.Pieces))
		}
		if g.State == share.Proposed {
			notes = append(notes, text.T("grouppage.got.waits"))
		}
		line.Note = strings.Join(notes, ", ")
		v.Got = append(v.Got, line)
	}
	for _, one := range got.Contributions {
		line := pages.PartEntry{ID: one.ID, Day: workDay(one.Day), Amount: one.Amount, Note: one.Note, Wrong: one.Corrected || one.Corrects > 0}
		if line.Wrong {
			line.Note = text.T("grouppage.corrected")
		}
		v.PaidIns = append(v.PaidIns, line)
	}
	names := map[int64]string{}
	if c.Actor.Manages(shop.ID) {
		products, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return got, v, err
		}
		for _, p := range products {
			names[p.ProductID] = titleOf(p)
		}
	}
	for _, w := range got.Work {
		if len(v.Work) == 60 {
			break
		}
		v.Work = append(v.Work, pages.PartWork{Day: workDay(w.Day), Product: names[w.ProductID], Quantity: text.T("grouppage.quantity."+string(w.Unit), "count", w.Quantity)})
	}
	v.Moves = bookOf(got.Book, shop.RegencyCode)
	return got, v, nil
}

// ownParts is what the actor has in every group: share, contributions, work and
// history; also where they left. Groups that ask them to join stand on top.
func (a area) ownParts(c *web.Ctx) error {
	page := c.Private(text.T("grouppage.own"))
	page.Area, page.Help = text.T("maker.word.area"), a.Help
	v := pages.OwnParts{Page: page, Back: view.Link{Label: text.T("grouppage.back_account"), URL: "/akun"}}
	invites, err := a.Shares.Invites(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	for _, i := range invites {
		shop, err := a.Catalog.Shop(c.Context(), i.ShopID)
		if err != nil {
			return err
		}
		v.Invites = append(v.Invites, pages.OwnInvite{Shop: shop.Name, Duty: dutyWords("", i.Duty), Hidden: []view.Hidden{{Name: "ajakan", Value: strconv.FormatInt(i.ID, 10)}}})
	}
	parts, err := a.Shares.Own(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	for _, p := range parts {
		shop, err := a.Catalog.Shop(c.Context(), p.ShopID)
		if err != nil {
			return err
		}
		_, part, err := a.accountOf(c, shop, p.ID)
		if err != nil {
			return err
		}
		part.Inner = true
		own := pages.OwnPart{Shop: shop.Name, Account: part}
		if p.Open() {
			own.Leave = []view.Hidden{{Name: "orang", Value: strconv.FormatInt(p.ID, 10)}}
			if c.Actor.Leads(shop.ID) {
				own.Leave = nil
			}
		} else {
			own.Chip = view.Chip{Tone: view.Neutral, Label: text.T("grouppage.standing.gone")}
		}
		v.Parts = append(v.Parts, own)
	}
	return c.Page(http.StatusOK, pages.OwnPartsPage(v))
}

func (a area) leave(c *web.Ctx) error {
	var in oneForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Party == 0 {
		return fault.Invalid("finance.form.stale")
	}
	parts, err := a.Shares.Own(c.Context(), c.Actor)
	if err == nil && !slices.ContainsFunc(parts, func(p share.Party) bool { return p.ID == in.Party }) {
		err = fault.NotFound("another's part")
	}
	if err == nil {
		_, err = a.Shares.Leave(c.Context(), c.Actor, in.Party)
	}
	switch {
	case fault.Is(err, fault.KindConflict):
		c.Flash(view.Warn, fault.As(err).Key, fault.As(err).Args...)
	case err != nil:
		return err
	default:
		c.Flash(view.Good, "grouppage.left_own")
	}
	return c.SeeOther("/akun/bagian")
}

func (a area) answerInvite(c *web.Ctx) error {
	var in oneForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Asked == 0 {
		return fault.Invalid("finance.form.stale")
	}
	err := a.Shares.Answer(c.Context(), c.Actor, in.Asked, in.Yes == "ya")
	switch {
	case fault.Is(err, fault.KindConflict):
		c.Flash(view.Warn, fault.As(err).Key, fault.As(err).Args...)
	case err != nil:
		return err
	case in.Yes == "ya":
		c.Flash(view.Good, "grouppage.joined")
	default:
		c.Flash(view.Good, "grouppage.refused")
	}
	return c.SeeOther("/akun/bagian")
}
