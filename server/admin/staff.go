package admin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/admin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Staff is what the roles desk asks of package account. Four eyes are held there.
type Staff interface {
	Staff(ctx context.Context, actor account.Actor) ([]account.StaffMember, error)
	FactorResets(ctx context.Context, actor account.Actor) ([]account.FactorReset, error)
	Invite(ctx context.Context, actor account.Actor, in account.NewUser) (account.User, error)
	AssignRole(ctx context.Context, actor account.Actor, userID int64, role account.Role, agencyID int64, territory []string) (account.RoleGrant, error)
	ApproveRole(ctx context.Context, actor account.Actor, grantID int64) error
	RefuseRole(ctx context.Context, actor account.Actor, grantID int64) error
	EndRole(ctx context.Context, actor account.Actor, grantID int64) error
	ProposeFactorReset(ctx context.Context, actor account.Actor, userID int64, reason string) error
	ApproveFactorReset(ctx context.Context, actor account.Actor, resetID int64) error
	RefuseFactorReset(ctx context.Context, actor account.Actor, resetID int64) error
	CloseUser(ctx context.Context, actor account.Actor, userID int64) error
}

const staffPath = "/admin/petugas"

func (a area) staffRoutes() []web.Route {
	one := func(path, done string, act func(context.Context, account.Actor, int64) error) web.Route {
		return web.Route{Method: http.MethodPost, Path: staffPath + path, Handler: a.decide(done, act)}
	}
	return []web.Route{
		{Method: http.MethodGet, Path: staffPath, Handler: a.staff},
		{Method: http.MethodPost, Path: staffPath, Handler: a.invite},
		{Method: http.MethodPost, Path: staffPath + "/peran", Handler: a.propose},
		{Method: http.MethodPost, Path: staffPath + "/:id/langkah-kedua", Handler: a.proposeReset},
		one("/peran/:id/setujui", "admin.staff.approved", a.Staff.ApproveRole),
		one("/peran/:id/tolak", "admin.staff.refused", a.Staff.RefuseRole),
		one("/peran/:id/akhiri", "admin.staff.ended", a.Staff.EndRole),
		one("/langkah-kedua/:id/setujui", "admin.staff.reset_done", a.Staff.ApproveFactorReset),
		one("/langkah-kedua/:id/tolak", "admin.staff.refused", a.Staff.RefuseFactorReset),
		one("/:id/tutup", "admin.staff.closed", a.Staff.CloseUser),
	}
}

// decide runs one decision about the thing in the address and says how it went.
func (a area) decide(done string, act func(context.Context, account.Actor, int64) error) web.Handler {
	return func(c *web.Ctx) error {
		id, err := c.ID("id")
		if err == nil {
			err = act(c.Context(), c.Actor, id)
		}
		return a.said(c, err, done)
	}
}

func (a area) said(c *web.Ctx, err error, done string) error {
	switch {
	case web.Faulty(err) || fault.Is(err, fault.KindForbidden):
		errs := web.Errors(err)
		if len(errs) == 0 {
			errs = view.Errors{{Message: text.T(fault.As(err).Key)}}
		}
		return a.staffPage(c, web.Status(fault.As(err).Kind), pages.StaffForm{}, errs)
	case err != nil:
		return err
	}
	c.Flash(view.Good, done)
	return c.SeeOther(staffPath)
}

func (a area) staff(c *web.Ctx) error {
	return a.staffPage(c, http.StatusOK, pages.StaffForm{}, nil)
}

type staffForm struct {
	Person   int64  `form:"person"`
	Name     string `form:"name"`
	Phone    string `form:"phone"`
	Role     string `form:"role"`
	Agency   int64  `form:"agency"`
	Province string `form:"province"`
	Reason   string `form:"reason"`
}

// invite adds a person and proposes their role; another admin approves it.
func (a area) invite(c *web.Ctx) error {
	var in staffForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	user, err := a.Staff.Invite(c.Context(), c.Actor, account.NewUser{Name: in.Name, Phone: in.Phone, DistrictCode: in.Province, Staff: true})
	if err == nil {
		_, err = a.Staff.AssignRole(c.Context(), c.Actor, user.ID, account.Role(in.Role), in.Agency, []string{in.Province})
	}
	if web.Faulty(err) || fault.Is(err, fault.KindForbidden) {
		return a.staffPage(c, web.Status(fault.As(err).Kind), pages.StaffForm{Name: in.Name, Phone: in.Phone}, web.Errors(err))
	}
	return a.said(c, err, "admin.staff.proposed")
}

func (a area) propose(c *web.Ctx) error {
	var in staffForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	_, err := a.Staff.AssignRole(c.Context(), c.Actor, in.Person, account.Role(in.Role), in.Agency, []string{in.Province})
	return a.said(c, err, "admin.staff.proposed")
}

func (a area) proposeReset(c *web.Ctx) error {
	var in staffForm
	id, err := c.ID("id")
	if err == nil {
		err = c.Decode(&in)
	}
	if err != nil {
		return err
	}
	return a.said(c, a.Staff.ProposeFactorReset(c.Context(), c.Actor, id, in.Reason), "admin.staff.proposed")
}

func (a area) staffPage(c *web.Ctx, status int, form pages.StaffForm, errs view.Errors) error {
	ctx := c.Context()
	members, err := a.Staff.Staff(ctx, c.Actor)
	if err != nil {
		return err
	}
	resets, err := a.Staff.FactorResets(ctx, c.Actor)
	if err != nil {
		return err
	}
	agencies, err := a.Agencies(ctx)
	if err != nil {
		return err
	}
	v := pages.Staff{Page: a.frame(c, text.T("admin.staff.title")), Form: form, Errors: errs}
	for _, r := range account.Roles() {
		v.Roles = append(v.Roles, view.Option{Value: string(r), Label: text.T("web.role." + string(r))})
	}
	v.Agencies = []view.Option{{Value: "0", Label: text.T("admin.staff.no_agency")}}
	for _, g := range agencies {
		v.Agencies = append(v.Agencies, view.Option{Value: strconv.FormatInt(g.ID, 10), Label: g.Name})
	}
	for _, p := range region.Provinces() {
		v.Provinces = append(v.Provinces, view.Option{Value: p.Code, Label: p.Name})
	}
	names := map[int64]string{}
	for _, m := range members {
		names[m.User.ID] = m.User.Name
	}
	waits := func(who, what string, by int64, when string, subject int64, at string, id int64) {
		w := pages.Proposal{Who: who, What: what, By: names[by], When: when}
		if by != c.Actor.UserID && subject != c.Actor.UserID {
			w.Approve, w.Refuse = fmt.Sprintf("%s/%s/%d/setujui", staffPath, at, id), fmt.Sprintf("%s/%s/%d/tolak", staffPath, at, id)
		}
		v.Waiting = append(v.Waiting, w)
	}
	for _, m := range members {
		v.People = append(v.People, staffRow(c, m, agencies))
		if m.User.ID != c.Actor.UserID {
			v.Persons = append(v.Persons, view.Option{Value: strconv.FormatInt(m.User.ID, 10), Label: m.User.Name})
		}
		for _, r := range m.Roles {
			if r.State == account.GrantProposed {
				waits(m.User.Name, text.T("web.role."+string(r.Role)), r.ProposedBy, calendar.DateTime(r.CreatedAt, "31"), m.User.ID, "peran", r.ID)
			}
		}
	}
	for _, r := range resets {
		waits(r.UserName, text.T("admin.staff.reset_because", "reason", r.Reason), r.ProposedBy, calendar.DateTime(r.CreatedAt, "31"), r.UserID, "langkah-kedua", r.ID)
	}
	return c.Page(status, pages.StaffPage(v))
}

func staffRow(c *web.Ctx, m account.StaffMember, agencies []program.Agency) pages.StaffRow {
	row := pages.StaffRow{
		Name: m.User.Name, Phone: web.Phone(m.User.Phone), Own: m.User.ID == c.Actor.UserID, Seen: text.T("admin.staff.never"),
		Factor:   view.Chip{Tone: view.Warn, Label: text.T("admin.staff.factor_no")},
		CloseURL: fmt.Sprintf("%s/%d/tutup", staffPath, m.User.ID),
	}
	if !m.SeenAt.IsZero() {
		row.Seen = calendar.DateTime(m.SeenAt, "31")
	}
	if m.Factor {
		row.Factor = view.Chip{Tone: view.Good, Label: text.T("admin.staff.factor_yes")}
		row.ResetURL = fmt.Sprintf("%s/%d/langkah-kedua", staffPath, m.User.ID)
	}
	for _, r := range m.Roles {
		if r.State != account.GrantActive {
			continue
		}
		note := text.T("admin.staff.since", "date", calendar.Date(r.CreatedAt.In(calendar.WIB)))
		if i := slices.IndexFunc(agencies, func(g program.Agency) bool { return g.ID == r.AgencyID }); i >= 0 {
			note = agencies[i].Name + ", " + note
		}
		role := pages.StaffRole{Label: text.T("web.role." + string(r.Role)), Note: note}
		if !row.Own {
			role.EndURL = fmt.Sprintf("%s/peran/%d/akhiri", staffPath, r.ID)
		}
		row.Roles = append(row.Roles, role)
	}
	return row
}
