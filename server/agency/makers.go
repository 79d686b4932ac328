package agency

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// makersURL is the list of the agency's makers.
const makersURL = "/dinas/perajin"

// perPage is how many makers one page lists.
const perPage = 50

// narrowing is what the address asks of the list.
type narrowing struct {
	state     catalog.ShopState
	region    string
	companion int64
	query     string
	before    int64 // shops older than this one
}

func narrowed(c *web.Ctx) narrowing {
	n := func(name string) int64 {
		v, _ := strconv.ParseInt(c.Query(name), 10, 64)
		return v
	}
	return narrowing{
		state: catalog.ShopState(c.Query("keadaan")), region: c.Query("wilayah"), companion: n("pendamping"),
		query: strings.TrimSpace(c.Query("q")), before: n("sebelum"),
	}
}

// address is the list with these filters.
func (n narrowing) address() string {
	v := makersURL + "?"
	for _, p := range [][2]string{{"keadaan", string(n.state)}, {"wilayah", n.region}, {"q", n.query}} {
		if p[1] != "" {
			v += p[0] + "=" + urlEscape(p[1]) + "&"
		}
	}
	if n.companion > 0 {
		v += fmt.Sprintf("pendamping=%d&", n.companion)
	}
	if n.before > 0 {
		v += fmt.Sprintf("sebelum=%d&", n.before)
	}
	return strings.TrimRight(v, "?&")
}

// fits leaves the state out, which the tabs count.
func (n narrowing) fits(l program.Line) bool {
	if n.region != "" && l.Shop.RegencyCode != n.region || n.companion > 0 && l.CompanionID != n.companion {
		return false
	}
	in := id.Fold(l.Shop.Name + " " + l.Maker.Name)
	for _, word := range strings.Fields(id.Fold(n.query)) {
		if !strings.Contains(in, word) {
			return false
		}
	}
	return true
}

func (n narrowing) active() int {
	count := 0
	for _, on := range []bool{n.region != "", n.companion > 0, n.query != ""} {
		if on {
			count++
		}
	}
	return count
}

var shopStates = []catalog.ShopState{catalog.ShopInvited, catalog.ShopVerified, catalog.ShopOpen, catalog.ShopSuspended, catalog.ShopClosed}

func (a area) makers(c *web.Ctx) error {
	all, err := a.Program.Makers(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	n := narrowed(c)
	counts := map[catalog.ShopState]int{}
	var lines []program.Line
	for _, l := range all {
		if !n.fits(l) {
			continue
		}
		counts[l.Shop.State]++
		if n.state == "" || l.Shop.State == n.state {
			lines = append(lines, l)
		}
	}
	v := pages.Makers{
		Page: a.frame(c, "makers", text.T("agency.makers.title")), Action: makersURL, State: string(n.state), Query: n.query, Active: n.active(),
		Regions: regencies(c.Actor, n.region), Tabs: tabs(n, counts), Shown: text.T("agency.makers.shown", "count", len(lines)),
	}
	if v.Companions, err = a.companions(c.Context(), n.companion); err != nil {
		return err
	}
	lines, v.Pager = page(n, lines)
	if v.Table, err = a.makerTable(c, lines); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.MakersPage(v))
}

func tabs(n narrowing, counts map[catalog.ShopState]int) []view.Link {
	total := 0
	for _, k := range counts {
		total += k
	}
	tab := func(label string, s catalog.ShopState, count int) view.Link {
		m := n
		m.state, m.before = s, 0
		return view.Link{Label: label, URL: m.address(), Count: count, Current: n.state == s}
	}
	out := []view.Link{tab(text.T("agency.makers.all"), "", total)}
	for _, s := range shopStates {
		out = append(out, tab(text.T("maker.shop_state."+string(s)), s, counts[s]))
	}
	return out
}

// page cuts the list, which is newest first.
func page(n narrowing, lines []program.Line) ([]program.Line, view.Pager) {
	var p view.Pager
	if n.before > 0 {
		first := n
		first.before = 0
		p.First = first.address()
		for len(lines) > 0 && lines[0].Shop.ID >= n.before {
			lines = lines[1:]
		}
	}
	if len(lines) > perPage {
		lines = lines[:perPage]
		n.before = lines[perPage-1].Shop.ID
		p.Next = n.address()
	}
	return lines, p
}

func (a area) makerTable(c *web.Ctx, lines []program.Line) (view.Table, error) {
	t := view.Table{Caption: text.T("agency.makers.title"), Empty: text.T("agency.makers.empty")}
	for _, key := range []string{"shop", "maker", "region", "companion", "state", "invited"} {
		t.Columns = append(t.Columns, view.Column{Label: text.T("agency.column." + key)})
	}
	var ids []int64
	for _, l := range lines {
		ids = append(ids, l.CompanionID)
	}
	names, err := a.Accounts.Users(c.Context(), ids)
	if err != nil {
		return t, err
	}
	for _, l := range lines {
		chip := shopChip(l.Shop.State)
		companion := names[l.CompanionID].Name
		if companion == "" {
			companion = text.T("agency.makers.none")
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: l.Shop.Name, URL: makerURL(l.Shop.ID), Note: text.T("agency.kind." + string(l.Shop.Kind))},
			{Text: l.Maker.Name, Note: web.Phone(l.Maker.Phone)},
			{Text: district(l.Shop)},
			{Text: companion},
			{Chip: &chip},
			{Text: calendar.Date(l.InvitedAt.In(calendar.Zone(l.Shop.RegencyCode)))},
		}})
	}
	return t, nil
}

// district is the shop's district and regency, without the province that every
// line has in common.
func district(s catalog.Shop) string {
	d, _ := region.DistrictByCode(s.DistrictCode)
	r, _ := region.RegencyByCode(s.RegencyCode)
	return d.Name + ", " + r.Name
}

func makerURL(shopID int64) string { return fmt.Sprintf("/dinas/perajin/%d", shopID) }

// line is the maker of the address, within the actor's agency and territory.
func (a area) line(c *web.Ctx) (program.Line, error) {
	shopID, err := c.ID("id")
	if err != nil {
		return program.Line{}, err
	}
	return a.Program.Maker(c.Context(), c.Actor, shopID)
}

func (a area) maker(c *web.Ctx) error {
	l, err := a.line(c)
	if err != nil {
		return err
	}
	return a.makerPage(c, http.StatusOK, l, makerForms{})
}

// makerForms are the forms of the maker's page as typed, with what was wrong.
type makerForms struct {
	grant         grantForm
	grantErrors   view.Errors
	nikErrors     view.Errors
	consent       consentForm
	consentErrors view.Errors
}

func (a area) makerPage(c *web.Ctx, status int, l program.Line, f makerForms) error {
	if f.grant.FormKey == "" {
		f.grant.FormKey = id.Token()
	}
	zone := calendar.Zone(l.Shop.RegencyCode)
	v := pages.Maker{
		Page: a.frame(c, "makers", l.Shop.Name), Shop: l.Shop.Name, Chip: shopChip(l.Shop.State),
		Facts: []view.Fact{
			{Label: text.T("agency.invite.kind"), Value: text.T("agency.kind." + string(l.Shop.Kind))},
			{Label: text.T("agency.invite.district"), Value: l.Shop.Place()},
			{Label: text.T("agency.column.invited"), Value: calendar.Date(l.InvitedAt.In(zone))},
		},
		Person: person(l), Steps: onboarding(l), Next: next(l), GrantErrors: f.grantErrors, GrantKey: f.grant.FormKey, Evidence: f.grant.Evidence,
	}
	if l.Shop.Kind == catalog.Group {
		v.MembersURL = membersURL(l.Shop.ID)
	}
	if l.Shop.State == catalog.ShopOpen {
		v.PublicURL = "/toko/" + l.Shop.Slug
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	for i := range 2 {
		at := calendar.MonthStart(now.In(zone)).AddDate(0, -i, 0)
		v.Months = append(v.Months, view.Link{Label: text.T("monthpaper.print", "month", monthWords(at)), URL: makerURL(l.Shop.ID) + "/bulan.pdf?bulan=" + at.Format("2006-01"), Icon: "print"})
	}
	v.Code = takeCode(c, l)
	v.CodeURL, v.CodeNote = codeOffer(c.Actor, l)
	if err := a.fillGrants(c, &v, l, f.grant); err != nil {
		return err
	}
	if err := a.fillPerson(c, &v, l, f); err != nil {
		return err
	}
	if v.Banks, err = a.proposed(c, l.Shop.ID); err != nil {
		return err
	}
	return c.Page(status, pages.MakerPage(v))
}

func person(l program.Line) []view.Fact {
	phone := web.Phone(l.Maker.Phone)
	if phone == "" {
		phone = text.T("agency.maker.no_phone")
	}
	signedIn := text.T("agency.maker.never")
	if !l.Maker.FirstSignInAt.IsZero() {
		signedIn = calendar.Date(l.Maker.FirstSignInAt.In(calendar.Zone(l.Shop.RegencyCode)))
	}
	return []view.Fact{
		{Label: text.T("agency.invite.name"), Value: l.Maker.Name},
		{Label: text.T("agency.invite.phone"), Value: phone},
		{Label: text.T("agency.maker.signed_in"), Value: signedIn},
	}
}

// onboarding is how far the maker has come.
func onboarding(l program.Line) []view.Step {
	at := map[catalog.ShopState]int{catalog.ShopInvited: 1, catalog.ShopVerified: 2}[l.Shop.State]
	if at == 0 {
		at = 3
	}
	var steps []view.Step
	for n, key := range []string{"invited", "verified", "open"} {
		s := view.Step{Label: text.T("agency.step." + key), State: view.Todo}
		switch {
		case n < at:
			s.State = view.Done
		case n == at:
			s.State = view.Now
		}
		steps = append(steps, s)
	}
	steps[0].When = calendar.DateTime(l.InvitedAt, l.Shop.RegencyCode)
	return steps
}

func next(l program.Line) *pages.Step {
	switch l.Shop.State {
	case catalog.ShopInvited:
		return &pages.Step{Text: text.T("agency.next.verify"), Button: text.T("agency.next.verify_button"), URL: makerURL(l.Shop.ID) + "/cocok"}
	case catalog.ShopVerified:
		return &pages.Step{Text: text.T("agency.next.open"), Button: text.T("agency.next.open_button"), URL: makerURL(l.Shop.ID) + "/buka"}
	}
	return nil
}

// step moves a shop along; one moved meanwhile is told on its page.
func (a area) step(move func(ctx ctx, actor account.Actor, shopID int64) error, done string) web.Handler {
	return func(c *web.Ctx) error {
		shopID, err := c.ID("id")
		if err != nil {
			return err
		}
		return told(c, move(c.Context(), c.Actor, shopID), makerURL(shopID), done)
	}
}
