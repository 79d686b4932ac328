package maker

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const groupAt = "/toko-saya/anggota"

// groupRoutes are those about who belongs to a group or institution, what they paid
// in and what they made, and about one's own part.
func (a area) groupRoutes() []web.Route {
	get := func(path string, h web.Handler) web.Route {
		return web.Route{Method: http.MethodGet, Path: path, Handler: h}
	}
	post := func(path string, h web.Handler) web.Route {
		return web.Route{Method: http.MethodPost, Path: path, Handler: h}
	}
	return []web.Route{
		get(groupAt, a.group),
		get(groupAt+"/tambah", a.showMember),
		post(groupAt+"/tambah", a.addMember),
		post(groupAt+"/tugas", a.setDuty),
		post(groupAt+"/keluar", a.takeOut),
		get(groupAt+"/setoran", a.showContribute),
		post(groupAt+"/setoran", a.contribute),
		post(groupAt+"/setoran/batal", a.takeBack),
		get(groupAt+"/kerja", a.showWork),
		post(groupAt+"/kerja", a.saveWork),
		get(groupAt+"/atur", a.showHouse),
		post(groupAt+"/atur", a.saveHouse),
		get("/akun/bagian", a.ownParts),
		post("/akun/bagian/keluar", a.leave),
		post("/akun/ajakan", a.answerInvite),
	}
}

// shared opens a page to everybody of a group or institution.
func (a area) shared(c *web.Ctx, page func(shop catalog.Shop) error) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		switch {
		case !sharing(shop):
			return c.SeeOther(sharesAt)
		case !c.Actor.Runs(shop.ID):
			return fault.Forbidden("finance.money.own_only")
		}
		return page(shop)
	})
}

func dutyWords(role account.MemberRole, duty account.Duty) string {
	if role == account.MemberOwner {
		return text.T("grouppage.duty.chair")
	}
	if duty == account.NoDuty {
		return text.T("grouppage.duty.member")
	}
	return text.T("grouppage.duty." + string(duty))
}

// group is who belongs to the shop, and what is to be done: members of a group with
// their duties, or an institution's codes with what they made this month.
func (a area) group(c *web.Ctx) error {
	return a.shared(c, func(shop catalog.Shop) error {
		kind := string(shop.Kind)
		page, err := a.frame(c, shop, "uang", text.T("grouppage.title."+kind))
		if err != nil {
			return err
		}
		v := pages.Group{Page: page, Title: text.T("grouppage.title." + kind), Lead: text.T("grouppage.lead." + kind)}
		link := func(key, at, icon string) view.Link { return view.Link{Label: text.T(key), URL: at, Icon: icon} }
		if c.Actor.KeepsBooks(shop.ID) {
			v.Actions = append(v.Actions, link("grouppage.do.work", groupAt+"/kerja", "edit"))
		}
		if runsShop(c, shop.ID) {
			if shop.Kind == catalog.Group {
				v.Actions = append(v.Actions, link("grouppage.do.contribute", groupAt+"/setoran", "plus"))
			}
			v.Actions = append(v.Actions, link("grouppage.do.divide", sharesAt, "money"))
			if v.Waiting, err = a.waitingChecks(c, shop); err != nil {
				return err
			}
		}
		if shop.Kind == catalog.Institution {
			err = a.fillCodes(c, shop, &v)
		} else {
			err = a.fillMembers(c, shop, &v)
		}
		if err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.GroupPage(v))
	})
}

// waitingChecks is what waits for the second of two people.
func (a area) waitingChecks(c *web.Ctx, shop catalog.Shop) ([]pages.GroupCheck, error) {
	if shop.Kind != catalog.Institution {
		return nil, nil
	}
	var out []pages.GroupCheck
	whose := func(by int64) string {
		if by == c.Actor.UserID {
			return text.T("grouppage.check.other")
		}
		return text.T("grouppage.check.you")
	}
	divisions, err := a.Shares.Divisions(c.Context(), c.Actor, shop.ID, 0, 20)
	if err != nil {
		return nil, err
	}
	for _, d := range divisions {
		by := d.ProposedBy
		if d.State == share.Done && d.UndoBy > 0 {
			by = d.UndoBy
		} else if d.State != share.Proposed {
			continue
		}
		out = append(out, pages.GroupCheck{Label: text.T("grouppage.check.division", "month", monthWords(d.Month)), Note: whose(by), Amount: d.Shared(), URL: fmt.Sprintf("%s/pembagian?nomor=%d", sharesAt, d.ID)})
	}
	list, err := a.Finance.Withdrawals(c.Context(), c.Actor, shop.ID, 0, 50)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		if w.State != finance.Requested {
			continue
		}
		check := pages.GroupCheck{Label: text.T("grouppage.check.withdrawal"), Note: whose(w.RequestedBy), Amount: w.Amount, URL: "/toko-saya/uang"}
		if w.PartyID > 0 {
			p, err := a.Shares.Party(c.Context(), c.Actor, w.PartyID)
			if err != nil {
				return nil, err
			}
			check.Label, check.URL = text.T("grouppage.check.share", "name", p.Label), partyAt(p.ID)
		}
		out = append(out, check)
	}
	return out, nil
}

// fillCodes lists an institution's codes with this month's pieces and what is owed.
func (a area) fillCodes(c *web.Ctx, shop catalog.Shop, v *pages.Group) error {
	parties, err := a.Shares.Parties(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	month, err := a.month(c, shop)
	if err != nil {
		return err
	}
	pieces, err := a.Shares.Uncounted(c.Context(), c.Actor, shop.ID, month)
	if err != nil {
		return err
	}
	for _, p := range parties {
		if p.Kind == share.Fund {
			continue
		}
		one := pages.GroupPerson{Name: p.Label, URL: partyAt(p.ID), Amount: &p.Due, Note: text.T("grouppage.uncounted", "count", pieces[p.ID])}
		if !p.Open() {
			one.Note, one.Chip = "", view.Chip{Tone: view.Neutral, Label: text.T("grouppage.released")}
		}
		v.People = append(v.People, one)
	}
	v.Add = &view.Link{Label: text.T("grouppage.add.institution"), URL: sharesAt + "/orang", Icon: "plus"}
	if c.Actor.Leads(shop.ID) {
		v.House = &view.Link{Label: text.T("grouppage.do.house"), URL: groupAt + "/atur", Icon: "edit"}
	}
	return nil
}

// fillMembers lists a group's members; amounts only to whom the group shows them.
func (a area) fillMembers(c *web.Ctx, shop catalog.Shop, v *pages.Group) error {
	list, err := a.Shares.Roster(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	dues, err := a.Shares.Dues(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	v.Own = &view.Link{Label: text.T("grouppage.own"), URL: "/akun/bagian", Icon: "user"}
	for _, f := range list {
		one := pages.GroupPerson{Name: f.Name, Note: dutyWords(f.Role, f.Duty)}
		if f.Standing != share.Joined {
			tone := view.Neutral
			if f.Standing == share.Asked {
				tone = view.Wait
			}
			one.Chip = view.Chip{Tone: tone, Label: text.T("grouppage.standing." + string(f.Standing))}
		}
		if due, shown := dues[f.Party.ID]; shown && f.Party.ID > 0 {
			one.Amount = &due
		}
		switch {
		case f.Party.ID == 0 && runsShop(c, shop.ID):
			one.URL, one.Chip = fmt.Sprintf("%s/orang?akun=%d", sharesAt, f.Party.UserID), view.Chip{Tone: view.Warn, Label: text.T("grouppage.no_part")}
		case f.Party.ID > 0 && runsShop(c, shop.ID):
			one.URL = partyAt(f.Party.ID)
		}
		v.People = append(v.People, one)
	}
	if c.Actor.Leads(shop.ID) {
		v.Add = &view.Link{Label: text.T("grouppage.add.group"), URL: groupAt + "/tambah", Icon: "plus"}
		v.House = &view.Link{Label: text.T("grouppage.do.house"), URL: groupAt + "/atur", Icon: "edit"}
	}
	return nil
}

// month is the month it is in the shop's zone.
func (a area) month(c *web.Ctx, shop catalog.Shop) (string, error) {
	now, err := a.Now(c.Context())
	return now.In(calendar.Zone(shop.RegencyCode)).Format("2006-01"), err
}

func (a area) today(c *web.Ctx, shop catalog.Shop) (string, error) {
	now, err := a.Now(c.Context())
	return now.In(calendar.Zone(shop.RegencyCode)).Format("2006-01-02"), err
}

// workDay writes "21 November 2026" of "2026-11-21".
func workDay(day string) string {
	at, err := time.Parse("2006-01-02", day)
	if err != nil {
		return day
	}
	return calendar.Date(at.Add(12 * time.Hour))
}

type memberForm struct {
	Shop  int64  `form:"shop"`
	Name  string `form:"label"`
	Phone string `form:"phone"`
	Duty  string `form:"tugas"`
	Works string `form:"kerja"`
}

// daily are the two answers to whether a member does the daily work.
func daily(works bool) *view.Choices {
	return &view.Choices{Name: "kerja", Legend: text.T("grouppage.works"), Options: []view.Option{
		{Value: "ya", Label: text.T("grouppage.works_yes"), Note: text.T("grouppage.works_yes_note"), Selected: works},
		{Value: "tidak", Label: text.T("grouppage.works_no"), Note: text.T("grouppage.works_no_note"), Selected: !works},
	}}
}

func duties(chosen, wrong string) view.Select {
	s := view.Select{Name: "tugas", Label: text.T("grouppage.duty"), Error: wrong}
	for _, d := range account.Duties() {
		s.Options = append(s.Options, view.Option{Value: string(d), Label: dutyWords("", d), Selected: string(d) == chosen})
	}
	return s
}

// led opens a page to who leads the group.
func (a area) led(c *web.Ctx, page func(shop catalog.Shop) error) error {
	return a.shared(c, func(shop catalog.Shop) error {
		if !c.Actor.Leads(shop.ID) {
			return fault.Forbidden("account.member.lead_only")
		}
		return page(shop)
	})
}

func (a area) showMember(c *web.Ctx) error {
	return a.led(c, func(shop catalog.Shop) error {
		if shop.Kind != catalog.Group {
			return c.SeeOther(sharesAt + "/orang")
		}
		return a.memberPage(c, http.StatusOK, shop, memberForm{Works: "ya"}, nil)
	})
}

func (a area) memberPage(c *web.Ctx, status int, shop catalog.Shop, in memberForm, e view.Errors) error {
	page, err := a.frame(c, shop, "uang", text.T("grouppage.add.question"))
	if err != nil {
		return err
	}
	return c.Page(status, pages.ShareFormPage(pages.ShareForm{
		Page: page,
		Step: ui.Step{Question: text.T("grouppage.add.question"), Hint: text.T("grouppage.add.hint"), Action: groupAt + "/tambah",
			Hidden: []view.Hidden{hiddenShop(shop)}, Errors: e, Submit: text.T("sharepage.add_submit"), SubmitIcon: "check", Back: groupAt},
		Fields: []view.Field{
			{Name: "label", Label: text.T("sharepage.label.member"), Value: in.Name, Error: e.Of("label") + e.Of("name"), MaxLength: 60, Autocomplete: "off", Large: true},
			{Name: "phone", Label: text.T("grouppage.add.phone"), Hint: text.T("grouppage.add.phone_hint"), Value: in.Phone, Error: e.Of("phone"), InputMode: "tel", MaxLength: 20, Autocomplete: "off", Optional: true},
		},
		Selects: []view.Select{duties(in.Duty, e.Of("tugas"))},
		Choices: daily(in.Works != "tidak"),
	}))
}

func (a area) addMember(c *web.Ctx) error {
	var in memberForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	_, err = a.Shares.AddMember(c.Context(), c.Actor, shop.ID, share.NewMember{Name: in.Name, Phone: strings.TrimSpace(in.Phone), Duty: account.Duty(in.Duty), Watches: in.Works == "tidak"})
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.memberPage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	done := "grouppage.added"
	if strings.TrimSpace(in.Phone) != "" {
		done = "grouppage.asked"
	}
	c.Flash(view.Good, done)
	return c.SeeOther(groupAt)
}

type oneForm struct {
	Shop  int64  `form:"shop"`
	Party int64  `form:"orang"`
	Entry int64  `form:"setoran"`
	Duty  string `form:"tugas"`
	Works string `form:"kerja"`
	Yes   string `form:"jawab"`
	Asked int64  `form:"ajakan"`
}

// act does one thing to a member's part and comes back to it.
func (a area) act(c *web.Ctx, done string, do func(in oneForm) error) error {
	var in oneForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	if in.Party == 0 {
		return fault.Invalid("finance.form.stale")
	}
	p, err := a.Shares.Party(c.Context(), c.Actor, in.Party)
	if err == nil && p.ShopID != shop.ID {
		err = fault.NotFound("a part of another shop")
	}
	if err == nil {
		err = do(in)
	}
	switch {
	case fault.Is(err, fault.KindConflict), fault.Is(err, fault.KindForbidden) && c.Actor.Runs(shop.ID):
		c.Flash(view.Warn, fault.As(err).Key, fault.As(err).Args...)
	case err != nil:
		return err
	default:
		c.Flash(view.Good, done)
	}
	return c.SeeOther(partyAt(in.Party))
}

func (a area) setDuty(c *web.Ctx) error {
	return a.act(c, "grouppage.duty_saved", func(in oneForm) error {
		return a.Shares.SetDuty(c.Context(), c.Actor, in.Party, account.Duty(in.Duty), in.Works == "tidak")
	})
}

func (a area) takeOut(c *web.Ctx) error {
	return a.act(c, "grouppage.left", func(in oneForm) error {
		_, err := a.Shares.Leave(c.Context(), c.Actor, in.Party)
		return err
	})
}

func (a area) takeBack(c *web.Ctx) error {
	return a.act(c, "grouppage.taken_back", func(in oneForm) error {
		if in.Entry == 0 {
			return fault.Invalid("finance.form.stale")
		}
		return a.Shares.TakeBack(c.Context(), c.Actor, in.Entry)
	})
}

// open are those who take part now.
func (a area) open(c *web.Ctx, shop catalog.Shop) ([]pages.GroupPerson, []int64, error) {
	var people []pages.GroupPerson
	var ids []int64
	if shop.Kind == catalog.Group { // a secretary sees names, no amounts
		list, err := a.Shares.Roster(c.Context(), c.Actor, shop.ID)
		for _, f := range list {
			if f.Party.ID > 0 && f.Party.Open() {
				people, ids = append(people, pages.GroupPerson{Name: f.Name}), append(ids, f.Party.ID)
			}
		}
		return people, ids, err
	}
	list, err := a.Shares.Parties(c.Context(), c.Actor, shop.ID)
	for _, p := range list {
		if p.Open() && p.Kind != share.Fund {
			people, ids = append(people, pages.GroupPerson{Name: p.Label}), append(ids, p.ID)
		}
	}
	return people, ids, err
}

// nobody leaves of a form what there is while nobody takes part: the way to say who does.
func nobody(c *web.Ctx, shop catalog.Shop, v *pages.ShareForm) {
	v.Notice = &view.Notice{Tone: view.Info, Text: text.T("grouppage.nobody." + string(shop.Kind))}
	v.Step.Hint, v.Step.NoSubmit, v.Dates, v.Selects = "", true, nil, nil
	at := groupAt + "/tambah"
	if shop.Kind == catalog.Institution {
		at = sharesAt + "/orang"
	}
	if c.Actor.Leads(shop.ID) {
		v.Notice.Action = &view.Link{Label: text.T("grouppage.add." + string(shop.Kind)), URL: at}
	}
}

func (a area) showContribute(c *web.Ctx) error {
	return a.owners(c, func(shop catalog.Shop) error {
		day, err := a.today(c, shop)
		if err != nil {
			return err
		}
		return a.contributePage(c, http.StatusOK, shop, url.Values{"hari": {day}, "form_key": {id.Token()}}, nil)
	})
}

func (a area) contributePage(c *web.Ctx, status int, shop catalog.Shop, form url.Values, e view.Errors) error {
	question := text.T("grouppage.contribute.question")
	page, err := a.frame(c, shop, "uang", question)
	if err != nil {
		return err
	}
	people, ids, err := a.open(c, shop)
	if err != nil {
		return err
	}
	v := pages.ShareForm{Page: page, Notice: notice(e.Of("setoran")), Step: ui.Step{Question: question, Hint: text.T("grouppage.contribute.hint"), Action: groupAt + "/setoran", FormKey: form.Get("form_key"),
		Hidden: []view.Hidden{hiddenShop(shop)}, Errors: e, Submit: text.T("grouppage.contribute.submit"), SubmitIcon: "check", Back: groupAt}}
	for i, p := range people {
		name := fmt.Sprintf("setoran_%d", ids[i])
		v.Fields = append(v.Fields, view.Field{Name: name, Label: p.Name, Prefix: "Rp", InputMode: "numeric", Value: form.Get(name), Error: e.Of(name), MaxLength: 16, Optional: true})
	}
	v.Fields = append(v.Fields,
		view.Field{Name: "hari", Label: text.T("grouppage.day"), Type: "date", Value: form.Get("hari"), Error: e.Of("hari")},
		view.Field{Name: "note", Label: text.T("grouppage.contribute.note"), Hint: text.T("grouppage.contribute.note_hint"), Value: form.Get("note"), Error: e.Of("note"), MaxLength: 60, Optional: true})
	if len(people) == 0 {
		v.Fields = nil
		nobody(c, shop, &v)
	}
	return c.Page(status, pages.ShareFormPage(v))
}

// formShop reads a form and the shop it names.
func (a area) formShop(c *web.Ctx) (url.Values, catalog.Shop, error) {
	form, err := c.Form()
	if err != nil {
		return nil, catalog.Shop{}, err
	}
	number, _ := strconv.ParseInt(form.Get("shop"), 10, 64)
	shop, err := a.own(c, number)
	return form, shop, err
}

func (a area) contribute(c *web.Ctx) error {
	form, shop, err := a.formShop(c)
	if err != nil {
		return err
	}
	if !runsShop(c, shop.ID) {
		return fault.Forbidden("finance.money.own_only")
	}
	_, ids, err := a.open(c, shop)
	if err != nil {
		return err
	}
	amounts, bad := map[int64]money.Rupiah{}, fault.Invalid("shares.contribution.faulty")
	for _, party := range ids {
		name := fmt.Sprintf("setoran_%d", party)
		typed := strings.TrimSpace(form.Get(name))
		if typed == "" {
			continue
		}
		amount, err := money.Parse(typed)
		if err != nil {
			bad.With(name, "maker.take.unreadable")
		}
		amounts[party] = amount
	}
	if err = bad.OrNil(); err == nil {
		err = a.Shares.Contribute(c.Context(), c.Actor, shop.ID, form.Get("hari"), form.Get("note"), amounts, form.Get("form_key"))
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.contributePage(c, http.StatusUnprocessableEntity, shop, form, e) })
	}
	c.Flash(view.Good, "grouppage.contributed")
	return c.SeeOther(groupAt)
}

// showWork asks who made how much on a day, filled with what stands there already.
func (a area) showWork(c *web.Ctx) error {
	return a.shared(c, func(shop catalog.Shop) error {
		if !c.Actor.KeepsBooks(shop.ID) {
			return fault.Forbidden("grouppage.books_only")
		}
		day, err := a.today(c, shop)
		if err != nil {
			return err
		}
		if asked := c.Query("hari"); asked != "" && len(asked) == len(day) {
			day = asked
		}
		form := url.Values{"hari": {day}, "produk": {strconv.FormatInt(number(c.Query("produk")), 10)}}
		list, err := a.Shares.WorkOn(c.Context(), c.Actor, shop.ID, day)
		if err != nil {
			return err
		}
		for _, w := range list {
			if strconv.FormatInt(w.ProductID, 10) == form.Get("produk") {
				form.Set(fmt.Sprintf("hasil_%d", w.PartyID), strconv.FormatInt(w.Quantity, 10))
			}
		}
		return a.workPage(c, http.StatusOK, shop, form, nil)
	})
}

func (a area) workPage(c *web.Ctx, status int, shop catalog.Shop, form url.Values, e view.Errors) error {
	house, err := a.Shares.House(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	question := text.T("grouppage.work.question." + string(house.Unit))
	page, err := a.frame(c, shop, "uang", question)
	if err != nil {
		return err
	}
	people, ids, err := a.open(c, shop)
	if err != nil {
		return err
	}
	v := pages.ShareForm{Page: page, Notice: notice(e.Of("hasil")), Step: ui.Step{Question: question, Hint: text.T("grouppage.work.hint." + string(house.Unit)), Action: groupAt + "/kerja",
		Hidden: []view.Hidden{hiddenShop(shop)}, Errors: e, Submit: text.T("grouppage.work.submit"), SubmitIcon: "check", Back: groupAt}}
	v.Dates = []view.Field{{Name: "hari", Label: text.T("grouppage.day"), Type: "date", Value: form.Get("hari"), Error: e.Of("hari")}}
	if house.Unit == share.Pieces {
		products, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		s := view.Select{Name: "produk", Label: text.T("grouppage.work.product"), Error: e.Of("produk"), Options: []view.Option{{Value: "0", Label: text.T("grouppage.work.any")}}}
		for _, p := range products {
			at := strconv.FormatInt(p.ProductID, 10)
			s.Options = append(s.Options, view.Option{Value: at, Label: titleOf(p), Selected: at == form.Get("produk")})
		}
		v.Selects = append(v.Selects, s)
	}
	for i, p := range people {
		name := fmt.Sprintf("hasil_%d", ids[i])
		v.Fields = append(v.Fields, view.Field{Name: name, Label: p.Name, InputMode: "numeric", Value: form.Get(name), Error: e.Of(name), MaxLength: 7, Optional: true})
	}
	if len(people) == 0 {
		nobody(c, shop, &v)
	}
	return c.Page(status, pages.ShareFormPage(v))
}

func (a area) saveWork(c *web.Ctx) error {
	form, shop, err := a.formShop(c)
	if err != nil {
		return err
	}
	if !c.Actor.KeepsBooks(shop.ID) {
		return fault.Forbidden("grouppage.books_only")
	}
	_, ids, err := a.open(c, shop)
	if err != nil {
		return err
	}
	made, bad := map[int64]int64{}, fault.Invalid("shares.work.faulty")
	for _, party := range ids {
		name := fmt.Sprintf("hasil_%d", party)
		typed := strings.TrimSpace(form.Get(name))
		pieces, err := int64(0), error(nil)
		if typed != "" {
			pieces, err = strconv.ParseInt(typed, 10, 64)
		}
		if err != nil {
			bad.With(name, "shares.division.pieces")
		}
		made[party] = pieces
	}
	product := number(form.Get("produk"))
	if product > 0 {
		products, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(products, func(p catalog.OwnProduct) bool { return p.ProductID == product }) {
			bad.With("produk", "shares.table.choose")
		}
	}
	if err = bad.OrNil(); err == nil {
		err = a.Shares.Worked(c.Context(), c.Actor, shop.ID, form.Get("hari"), product, made)
	}
	if fault.Is(err, fault.KindConflict) {
		f := fault.As(err)
		e := web.Errors(fault.Invalid("shares.work.faulty").With("hasil", f.Key, f.Args...))
		return a.workPage(c, http.StatusUnprocessableEntity, shop, form, e)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.workPage(c, http.StatusUnprocessableEntity, shop, form, e) })
	}
	c.Flash(view.Good, "grouppage.worked", "day", workDay(form.Get("hari")))
	return c.SeeOther(groupAt)
}

func (a area) showHouse(c *web.Ctx) error {
	return a.led(c, func(shop catalog.Shop) error { return a.housePage(c, http.StatusOK, shop, nil) })
}

func (a area) housePage(c *web.Ctx, status int, shop catalog.Shop, e view.Errors) error {
	house, err := a.Shares.House(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	question := text.T("grouppage.house.question")
	page, err := a.frame(c, shop, "uang", question)
	if err != nil {
		return err
	}
	v := pages.ShareForm{Page: page, Step: ui.Step{Question: question, Action: groupAt + "/atur", Hidden: []view.Hidden{hiddenShop(shop)}, Errors: e,
		Submit: text.T("sharepage.rule_submit"), SubmitIcon: "check", Back: groupAt},
		Choices: &view.Choices{Name: "satuan", Legend: text.T("grouppage.house.unit"), Error: e.Of("satuan"), Options: []view.Option{
			{Value: string(share.Pieces), Label: text.T("grouppage.house.piece"), Selected: house.Unit == share.Pieces},
			{Value: string(share.Days), Label: text.T("grouppage.house.day"), Selected: house.Unit == share.Days},
		}}}
	if shop.Kind == catalog.Group {
		v.Selects = []view.Select{{Name: "lihat", Label: text.T("grouppage.house.shown"), Options: []view.Option{
			{Value: "sendiri", Label: text.T("grouppage.house.own"), Selected: !house.Shown}, {Value: "semua", Label: text.T("grouppage.house.all"), Selected: house.Shown}}}}
	}
	return c.Page(status, pages.ShareFormPage(v))
}

func (a area) saveHouse(c *web.Ctx) error {
	form, shop, err := a.formShop(c)
	if err != nil {
		return err
	}
	if err := a.Shares.SetHouse(c.Context(), c.Actor, shop.ID, share.House{Unit: share.Unit(form.Get("satuan")), Shown: form.Get("lihat") == "semua"}); err != nil {
		return again(c, err, func(e view.Errors) error { return a.housePage(c, http.StatusUnprocessableEntity, shop, e) })
	}
	c.Flash(view.Good, "grouppage.house.saved")
	return c.SeeOther(groupAt)
}
