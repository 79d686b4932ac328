package agency

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// inviteForm is the form of the first visit as typed. Step is the button: with
// "regency" the page is only drawn again with that regency's districts.
type inviteForm struct {
	FormKey   string `form:"form_key"`
	Join      int64  `form:"pendaftar"` // the request to join that is answered
	About     string `form:"about"`
	Step      string `form:"step"`
	Name      string `form:"name"`
	Phone     string `form:"phone"`
	NoPhone   string `form:"no_phone"`
	NIK       string `form:"nik"`
	ShopName  string `form:"shop_name"`
	Kind      string `form:"kind"`
	Regency   string `form:"regency"`
	District  string `form:"district"`
	Village   string `form:"village"`
	Street    string `form:"street"`
	Evidence  string `form:"evidence"`
	Companion int64  `form:"companion"`
	Pickup    string `form:"pickup"`
	Own       string `form:"own"`
	OwnFee    string `form:"own_fee"`
	Courier   string `form:"courier"`
}

func (a area) showInvite(c *web.Ctx) error {
	in := inviteForm{FormKey: id.Token(), Kind: string(catalog.Individual), Courier: "ya"}
	if all := regencies(c.Actor, ""); len(all) == 1 {
		in.Regency = all[0].Value
	}
	if c.Query("pendaftar") != "" {
		if err := a.fromJoin(c, &in); err != nil {
			return told(c, err, joinsURL, "")
		}
	}
	return a.invitePage(c, http.StatusOK, in, nil)
}

func (a area) invitePage(c *web.Ctx, status int, in inviteForm, e view.Errors) error {
	if !c.Actor.Has(account.RoleOfficer) {
		return fault.Forbidden("account.invite.forbidden")
	}
	v := pages.Invite{
		Page: a.frame(c, "invite", text.T("agency.invite.title")), FormKey: in.FormKey, Errors: e,
		Name: in.Name, Phone: in.Phone, NoPhone: in.NoPhone != "", NIK: in.NIK, ShopName: in.ShopName,
		Regencies: regencies(c.Actor, in.Regency), Districts: districts(c.Actor, in.Regency, in.District),
		About: in.About, Village: in.Village, Street: in.Street, Evidence: in.Evidence,
		Pickup: in.Pickup != "", Own: in.Own != "", Courier: in.Courier != "", OwnFee: in.OwnFee,
	}
	if in.Join > 0 {
		v.Join = fmt.Sprint(in.Join)
	}
	for _, k := range []catalog.ShopKind{catalog.Individual, catalog.Group, catalog.Institution} {
		v.Kinds = append(v.Kinds, view.Option{Value: string(k), Label: text.T("agency.kind." + string(k)), Selected: string(k) == in.Kind})
	}
	var err error
	if v.Companions, err = a.companions(c.Context(), in.Companion); err != nil {
		return err
	}
	return c.Page(status, pages.InvitePage(v))
}

func (a area) invite(c *web.Ctx) error {
	var in inviteForm
	if err := c.Decode(&in); err != nil {
		if web.Faulty(err) {
			return a.invitePage(c, http.StatusUnprocessableEntity, in, web.Errors(err))
		}
		return err
	}
	if in.Step == "regency" {
		return a.invitePage(c, http.StatusOK, in, nil)
	}
	made, err := a.send(c, in)
	if in.Join > 0 && fault.Is(err, fault.KindConflict) && len(fault.As(err).Fields) == 0 { // somebody else answered meanwhile
		return told(c, err, joinsURL, "")
	}
	if web.Faulty(err) {
		addMissing(err, in)
		return a.invitePage(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "agency.invite.done", "name", in.Name)
	return c.SeeOther(makerURL(made.ShopID))
}

// addMissing names the empty fields that the services did not come to, so that
// one look shows everything there is to do.
func addMissing(err error, in inviteForm) {
	f := fault.As(err)
	named := web.Errors(err)
	if in.ShopName == "" && named.Of("shop_name") == "" {
		f.With("shop_name", "catalog.shop.name", "max", 80)
	}
	if in.Evidence == "" && named.Of("evidence") == "" {
		f.With("evidence", "account.consent.evidence")
	}
}

func (a area) send(c *web.Ctx, in inviteForm) (program.Invited, error) {
	var fee money.Rupiah
	if in.OwnFee != "" {
		var err error
		if fee, err = money.Parse(in.OwnFee); err != nil {
			return program.Invited{}, fault.Invalid("fault.form").With("own_fee", "maker.price.unreadable")
		}
	}
	return a.Program.Invite(c.Context(), c.Actor, program.Invitation{
		FormKey: in.FormKey, Name: in.Name, Phone: in.Phone, NoPhone: in.NoPhone != "", NIK: in.NIK, ShopName: in.ShopName,
		Kind: catalog.ShopKind(in.Kind), District: in.District, Village: in.Village, About: in.About, Street: in.Street, JoinID: in.Join,
		Consent: in.Evidence, CompanionID: in.Companion,
		Pickup: in.Pickup != "", Own: in.Own != "", OwnFee: fee, Courier: in.Courier != "",
	})
}
