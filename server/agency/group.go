package agency

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// groupRoutes are those about the members of a group, for its agency's officers: who
// is in it, who leaves it, and a shop of her own for who left.
func (a area) groupRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/dinas/perajin/:id/anggota", Handler: a.members},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/anggota", Handler: a.addMember},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/anggota/keluar", Handler: a.memberLeaves},
		{Method: http.MethodPost, Path: "/dinas/perajin/:id/anggota/toko", Handler: a.openOwn},
	}
}

type groupForm struct {
	Name     string `form:"label"`
	Phone    string `form:"phone"`
	Party    int64  `form:"orang"`
	ShopName string `form:"shop_name"`
	FormKey  string `form:"form_key"`
}

func membersURL(shopID int64) string { return makerURL(shopID) + "/anggota" }

func (a area) members(c *web.Ctx) error {
	return a.membersPage(c, http.StatusOK, groupForm{}, nil)
}

// membersPage lists who is in a group, without amounts.
func (a area) membersPage(c *web.Ctx, status int, in groupForm, e view.Errors) error {
	l, err := a.line(c)
	if err != nil {
		return err
	}
	if l.Shop.Kind != catalog.Group {
		return c.SeeOther(makerURL(l.Shop.ID))
	}
	list, err := a.Shares.Roster(c.Context(), c.Actor, l.Shop.ID)
	if err != nil {
		return err
	}
	v := pages.Members{Page: a.frame(c, "makers", text.T("agency.members.title", "shop", l.Shop.Name)), Back: view.Link{Label: l.Shop.Name, URL: makerURL(l.Shop.ID)},
		URL: membersURL(l.Shop.ID), Changes: keeps(c.Actor), Name: in.Name, Phone: in.Phone, Errors: e}
	for _, f := range list {
		m := pages.Member{Name: f.Name, Duty: duty(f), Party: f.Party.ID}
		if f.Standing != share.Joined {
			m.Standing = text.T("grouppage.standing." + string(f.Standing))
		}
		if m.Gone = f.Standing == share.Gone; m.Gone {
			m.FormKey, m.ShopName = id.Token(), text.T("agency.members.shop_name", "name", f.Name)
			if f.Party.ID == in.Party {
				m.FormKey, m.ShopName, m.Errors = in.FormKey, in.ShopName, e
			}
		}
		v.Members = append(v.Members, m)
	}
	if in.Party > 0 {
		v.Errors = nil
	}
	return c.Page(status, pages.MembersPage(v))
}

func duty(f share.Fellow) string {
	switch {
	case f.Role == "owner":
		return text.T("grouppage.duty.chair")
	case f.Duty == "":
		return text.T("grouppage.duty.member")
	}
	return text.T("grouppage.duty." + string(f.Duty))
}

func (a area) addMember(c *web.Ctx) error {
	var in groupForm
	l, err := a.line(c)
	if err == nil {
		err = c.Decode(&in)
	}
	if err == nil {
		_, err = a.Shares.AddMember(c.Context(), c.Actor, l.Shop.ID, share.NewMember{Name: in.Name, Phone: in.Phone})
	}
	if fault.Is(err, fault.KindInvalid) {
		return a.membersPage(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	return told(c, err, membersURL(l.Shop.ID), "grouppage.added")
}

// member is one of the group's, named by a form.
func (a area) member(c *web.Ctx, in *groupForm) (program.Line, share.Fellow, error) {
	l, err := a.line(c)
	if err == nil {
		err = c.Decode(in)
	}
	if err != nil {
		return l, share.Fellow{}, err
	}
	if !c.Actor.Has(account.RoleOfficer) { // said before anything is told of a form that names nobody
		return l, share.Fellow{}, fault.Forbidden("account.invite.forbidden")
	}
	if in.Party == 0 {
		return l, share.Fellow{}, fault.Invalid("fault.form")
	}
	list, err := a.Shares.Roster(c.Context(), c.Actor, l.Shop.ID)
	for _, f := range list {
		if f.Party.ID == in.Party {
			return l, f, err
		}
	}
	if err == nil {
		err = fault.NotFound(fmt.Sprintf("member %d of shop %d", in.Party, l.Shop.ID))
	}
	return l, share.Fellow{}, err
}

func (a area) memberLeaves(c *web.Ctx) error {
	var in groupForm
	l, f, err := a.member(c, &in)
	if err != nil {
		return err
	}
	_, err = a.Shares.Leave(c.Context(), c.Actor, f.Party.ID)
	return told(c, err, membersURL(l.Shop.ID), "grouppage.left")
}

// openOwn opens a shop of her own for somebody who left.
func (a area) openOwn(c *web.Ctx) error {
	var in groupForm
	l, f, err := a.member(c, &in)
	if err != nil {
		return err
	}
	if f.Standing != share.Gone {
		return told(c, fault.Conflict("program.own.still_in"), membersURL(l.Shop.ID), "")
	}
	made, err := a.Program.OpenOwn(c.Context(), c.Actor, program.OwnShop{FormKey: in.FormKey, Group: l.Shop.ID, UserID: f.Party.UserID, Name: f.Name, ShopName: in.ShopName})
	if fault.Is(err, fault.KindInvalid) {
		return a.membersPage(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	back := membersURL(l.Shop.ID)
	if err == nil {
		back = makerURL(made.ShopID)
	}
	return told(c, err, back, "agency.members.opened", "name", in.ShopName)
}
