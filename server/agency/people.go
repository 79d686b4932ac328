package agency

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

type ctx = context.Context

func urlEscape(s string) string { return url.QueryEscape(s) }

// sessionCode is where an issued code waits for the one page that shows it.
const sessionCode = "kode-masuk"

type issued struct {
	ShopID  int64     `json:"shop"`
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

// codeOffer is where a code can be issued, and what that does or why it cannot
// be. Account decides again.
func codeOffer(actor account.Actor, l program.Line) (url, note string) {
	switch {
	case !actor.HasAny(account.RoleOfficer, account.RoleAdmin):
		return "", text.T("account.code.forbidden")
	case actor.Assists(l.Shop.ID):
		return "", text.T("account.code.companion")
	case l.Maker.Phone == "" && !l.Maker.HasPassword:
		return makerURL(l.Shop.ID) + "/kode", text.T("agency.code.no_phone")
	case l.Maker.FirstSignInAt.IsZero():
		return makerURL(l.Shop.ID) + "/kode", text.T("agency.code.first")
	}
	return makerURL(l.Shop.ID) + "/kode", text.T("agency.code.reset")
}

// issueCode makes a code for the maker and leaves it for the next page, which
// shows it once.
func (a area) issueCode(c *web.Ctx) error {
	l, err := a.line(c)
	if err != nil {
		return err
	}
	code, expires, err := a.Accounts.IssueCode(c.Context(), c.Actor, l.Maker.ID)
	if err == nil {
		raw, err := json.Marshal(issued{l.Shop.ID, code, expires})
		if err != nil {
			return fault.Internal(err)
		}
		c.Put(sessionCode, string(raw))
	}
	return told(c, err, makerURL(l.Shop.ID), "agency.code.issued")
}

// takeCode is the code just issued for this maker; it is gone afterwards.
func takeCode(c *web.Ctx, l program.Line) *pages.Code {
	raw := c.Pop(sessionCode)
	var got issued
	if raw == "" || json.Unmarshal([]byte(raw), &got) != nil || got.ShopID != l.Shop.ID {
		return nil
	}
	return &pages.Code{
		Digits: got.Code, For: l.Maker.Name, Phone: cmp.Or(web.Phone(l.Maker.Phone), account.CounterNumber(l.Maker.ID)), Until: calendar.DateTime(got.Expires, l.Shop.RegencyCode),
	}
}

func (a area) fillGrants(c *web.Ctx, v *pages.Maker, l program.Line, in grantForm) error {
	grants, err := a.Accounts.Grants(c.Context(), c.Actor, l.Shop.ID)
	if fault.Is(err, fault.KindNotFound) {
		return nil // a head looks on
	}
	if err != nil {
		return err
	}
	zone := calendar.Zone(l.Shop.RegencyCode)
	for _, g := range grants {
		v.Grants = append(v.Grants, pages.Grant{
			Name: g.CompanionName, Evidence: g.Evidence, Purpose: grantPurpose(g.Purpose), Until: text.T("agency.grant.until", "date", calendar.Date(g.ExpiresAt.In(zone))),
			EndURL: fmt.Sprintf("%s/bantuan/%d/akhiri", makerURL(l.Shop.ID), g.ID),
		})
	}
	v.GrantURL = makerURL(l.Shop.ID) + "/bantuan"
	v.Purpose = in.Purpose
	for _, months := range grantMonths {
		v.Lasts = append(v.Lasts, view.Option{Value: fmt.Sprint(months), Label: text.T("agency.grant.months", "count", months), Selected: months == in.Months || in.Months == 0 && months == 12})
	}
	v.Companions, err = a.companions(c.Context(), in.Companion)
	return err
}

// grantMonths are how long an officer may choose that a permission lasts.
var grantMonths = []int{3, 6, 12}

// grantPurpose is what a permission to help is for, in words.
func grantPurpose(words string) string {
	if words == "" {
		words = text.T("maker.help.daily")
	}
	return text.T("maker.settings.help_purpose", "purpose", words)
}

type grantForm struct {
	Companion int64  `form:"companion"`
	Purpose   string `form:"purpose"`
	Months    int    `form:"months"` // how long; 0: the longest there is
	Evidence  string `form:"evidence"`
	FormKey   string `form:"form_key"`
}

// grant lets a companion help; granting the same again replaces it, so a second
// send changes nothing.
func (a area) grant(c *web.Ctx) error {
	var in grantForm
	l, err := a.line(c)
	if err != nil {
		return err
	}
	err = c.Decode(&in)
	if err == nil && in.Companion == 0 {
		err = fault.Invalid("fault.form").With("companion", "account.grant.not_companion")
	}
	var until time.Time
	if err == nil && in.Months != 0 && in.Months != 12 { // 12: a whole year, which account counts
		if !slices.Contains(grantMonths, in.Months) {
			err = fault.Invalid("fault.form").With("expires", "account.grant.expires")
		} else {
			var now time.Time
			now, err = a.Now(c.Context())
			until = now.AddDate(0, in.Months, 0)
		}
	}
	if err == nil {
		err = a.Grant(c.Context(), c.Actor, account.NewGrant{ShopID: l.Shop.ID, MakerID: l.Maker.ID, CompanionID: in.Companion, Purpose: in.Purpose, Evidence: in.Evidence, ExpiresAt: until})
	}
	if web.Faulty(err) {
		return a.makerPage(c, http.StatusUnprocessableEntity, l, makerForms{grant: in, grantErrors: web.Errors(err)})
	}
	return told(c, err, makerURL(l.Shop.ID), "agency.grant.done")
}

func (a area) endGrant(c *web.Ctx) error {
	l, err := a.line(c)
	if err != nil {
		return err
	}
	grantID, err := c.ID("grant")
	if err != nil {
		return err
	}
	return told(c, a.Accounts.RevokeGrant(c.Context(), c.Actor, grantID), makerURL(l.Shop.ID), "agency.grant.ended")
}
