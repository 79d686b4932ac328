package maker

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const sharesAt = "/toko-saya/uang/bagian"

// runsShop reports whether the actor keeps the shop's money.
func runsShop(c *web.Ctx, shopID int64) bool { return c.Actor.KeepsMoney(shopID) }

// sharing says whether a shop's money has parts at all: a person's own shop has none.
func sharing(shop catalog.Shop) bool {
	return shop.Kind == catalog.Group || shop.Kind == catalog.Institution
}

// monthName writes "November 2026".
func monthName(t time.Time) string {
	return strings.TrimPrefix(calendar.Date(time.Date(t.Year(), t.Month(), 1, 12, 0, 0, 0, time.UTC)), "1 ")
}

func monthWords(month string) string {
	at, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return monthName(at)
}

func bookOf(lines []ledger.StatementLine, regency string) []pages.MoneyLine {
	var out []pages.MoneyLine
	for i := len(lines) - 1; i >= 0; i-- { // newest first
		l := lines[i]
		out = append(out, pages.MoneyLine{When: calendar.DateTime(l.At, regency), Words: l.Words(), Amount: l.Amount, Balance: l.Balance})
	}
	return out
}

// shares is who has a part in the shop's money; a member sees their own.
func (a area) sharesPage(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "uang", text.T("sharepage.title"))
		if err != nil {
			return err
		}
		v := pages.Shares{Page: page, Runs: runsShop(c, shop.ID) && sharing(shop)}
		if !sharing(shop) {
			v.None = text.T("sharepage.alone")
			return c.Page(http.StatusOK, pages.SharesPage(v))
		}
		mine, found, err := a.Shares.Mine(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		if found {
			v.Mine = &mine.Due
			book, err := a.Shares.Statement(c.Context(), c.Actor, mine.ID, time.Time{}, time.Time{})
			if err != nil {
				return err
			}
			v.Lines = bookOf(book.Lines, shop.RegencyCode)
		}
		if !v.Runs {
			if !found {
				v.None = text.T("sharepage.not_in")
			}
			return c.Page(http.StatusOK, pages.SharesPage(v))
		}
		if err := a.fillShares(c, shop, &v); err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.SharesPage(v))
	})
}

func (a area) fillShares(c *web.Ctx, shop catalog.Shop, v *pages.Shares) error {
	m, err := a.Finance.Money(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	v.Free = m.Free
	parties, err := a.Shares.Parties(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	people := 0
	for _, p := range parties {
		item := pages.ShareParty{Name: p.Label, Kind: text.T("sharepage.kind." + string(p.Kind)), Due: p.Due, Closed: !p.Open(), URL: fmt.Sprintf("%s/rincian?orang=%d", sharesAt, p.ID)}
		if item.Closed {
			item.Kind = text.T("sharepage.closed")
		} else {
			people++
		}
		v.Parties = append(v.Parties, item)
	}
	t, found, err := a.Shares.Current(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	if found {
		v.Rule = ruleWords(t)
	}
	v.Divide = found && people > 0 && m.Free > 0
	list, err := a.Shares.Divisions(c.Context(), c.Actor, shop.ID, 0, 12)
	if err != nil {
		return err
	}
	for _, d := range list {
		v.Divisions = append(v.Divisions, pages.ShareDivision{
			Month: monthWords(d.Month), When: calendar.DateTime(d.ProposedAt, shop.RegencyCode), Amount: d.Shared(),
			URL: fmt.Sprintf("%s/pembagian?nomor=%d", sharesAt, d.ID), Chip: divisionChip(d.State),
		})
	}
	return nil
}

func divisionChip(s share.State) view.Chip {
	tone := view.Neutral
	switch s {
	case share.Proposed:
		tone = view.Wait
	case share.Done:
		tone = view.Good
	case share.Refused, share.Reversed:
		tone = view.Bad
	}
	return view.Chip{Tone: tone, Label: text.T(s.LabelKey())}
}

// ruleWords says a table in one sentence: "Premi 50% menurut hasil kerja, PNBP 15%".
func ruleWords(t share.Table) string {
	sum := int64(0)
	for _, p := range t.Parts {
		sum += p.Weight
	}
	var parts []string
	for _, p := range t.Parts {
		words := text.T("sharepage.basis."+string(p.Basis), "part", p.Label)
		if len(t.Parts) > 1 && sum == 100 {
			words = fmt.Sprintf("%s %d%%", words, p.Weight)
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, ", ") + "."
}

// owners opens a page about shares to who runs a group's or institution's shop.
func (a area) owners(c *web.Ctx, page func(shop catalog.Shop) error) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		if !runsShop(c, shop.ID) {
			return fault.Forbidden("finance.money.own_only")
		}
		if !sharing(shop) {
			return c.SeeOther(sharesAt)
		}
		return page(shop)
	})
}

func hiddenShop(shop catalog.Shop) view.Hidden {
	return view.Hidden{Name: "shop", Value: strconv.FormatInt(shop.ID, 10)}
}

func (a area) showParty(c *web.Ctx) error {
	return a.owners(c, func(shop catalog.Shop) error {
		return a.partyPage(c, http.StatusOK, shop, partyForm{User: number(c.Query("akun"))}, nil)
	})
}

type partyForm struct {
	Shop  int64  `form:"shop"`
	Label string `form:"label"`
	User  int64  `form:"akun"`
	Fund  string `form:"jenis"`
}

func (a area) partyPage(c *web.Ctx, status int, shop catalog.Shop, in partyForm, e view.Errors) error {
	kind := "member"
	if shop.Kind == catalog.Institution {
		kind = "worker"
	}
	page, err := a.frame(c, shop, "uang", text.T("sharepage.add_question."+kind))
	if err != nil {
		return err
	}
	v := pages.ShareForm{
		Page: page,
		Step: ui.Step{Question: text.T("sharepage.add_question." + kind), Hint: text.T("sharepage.add_hint." + kind), Action: sharesAt + "/orang",
			Hidden: []view.Hidden{hiddenShop(shop)}, Errors: e, Submit: text.T("sharepage.add_submit"), SubmitIcon: "check", Back: sharesAt},
		Fields: []view.Field{{Name: "label", Label: text.T("sharepage.label." + kind), Value: in.Label, Error: e.Of("label"), MaxLength: 60, Autocomplete: "off", Large: true}},
	}
	if kind == "member" {
		members, err := a.Shares.Members(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		s := view.Select{Name: "akun", Label: text.T("sharepage.account"), Hint: text.T("sharepage.account_hint"), Empty: text.T("sharepage.no_account"), Optional: true}
		for _, m := range members {
			s.Options = append(s.Options, view.Option{Value: strconv.FormatInt(m.ID, 10), Label: m.Name, Selected: m.ID == in.User})
		}
		v.Selects = append(v.Selects, s)
	}
	return c.Page(status, pages.ShareFormPage(v))
}

func (a area) addParty(c *web.Ctx) error {
	var in partyForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	n := share.NewParty{Kind: share.Member, Label: in.Label, UserID: in.User}
	if shop.Kind == catalog.Institution {
		n.Kind, n.UserID = share.Worker, 0
	}
	if _, err := a.Shares.AddParty(c.Context(), c.Actor, shop.ID, n); err != nil {
		return again(c, err, func(e view.Errors) error { return a.partyPage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	c.Flash(view.Good, "sharepage.added")
	return c.SeeOther(sharesAt)
}

// party is one party's statement, for who runs the shop.
func (a area) party(c *web.Ctx) error {
	return a.owners(c, func(shop catalog.Shop) error {
		number, err := strconv.ParseInt(c.Query("orang"), 10, 64)
		if err != nil {
			return c.SeeOther(sharesAt)
		}
		p, err := a.Shares.Party(c.Context(), c.Actor, number)
		if err != nil {
			return err
		}
		got, part, err := a.accountOf(c, shop, p.ID)
		if err != nil {
			return err
		}
		page, err := a.frame(c, shop, "uang", p.Label)
		if err != nil {
			return err
		}
		v := pages.ShareStatement{Page: page, Back: view.Link{Label: text.T("sharepage.title"), URL: sharesAt}, Name: p.Label,
			Kind: text.T("sharepage.kind." + string(p.Kind)), Due: p.Due, Account: part}
		at := []view.Hidden{{Name: "orang", Value: strconv.FormatInt(p.ID, 10)}, hiddenShop(shop)}
		if p.Kind == share.Member && p.Open() {
			v.Account.TakeBack = at
			if c.Actor.Leads(shop.ID) && p.UserID != c.Actor.UserID {
				v.Leave = at
			}
			if err := a.fillDuty(c, shop, got.Party, &v, at); err != nil {
				return err
			}
		}
		switch {
		case p.LeftAt != nil:
			v.Closed = text.T("grouppage.left_on", "day", calendar.Date(p.LeftAt.In(calendar.Zone(shop.RegencyCode))))
		case !p.Open():
			v.Closed = text.T("sharepage.closed_on", "day", calendar.Date(p.ClosedAt.In(calendar.Zone(shop.RegencyCode))))
		case p.Kind == share.Worker && p.Due == 0:
			v.Close = []view.Hidden{{Name: "orang", Value: strconv.FormatInt(p.ID, 10)}, hiddenShop(shop)}
		}
		if err := a.fillPay(c, shop, p, &v); err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.ShareStatementPage(v))
	})
}

// fillDuty adds the form about a member's duty for who leads the group.
func (a area) fillDuty(c *web.Ctx, shop catalog.Shop, p share.Party, v *pages.ShareStatement, at []view.Hidden) error {
	list, err := a.Shares.Roster(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.Party.ID != p.ID {
			continue
		}
		v.Kind = dutyWords(f.Role, f.Duty)
		if f.Standing != share.Joined {
			v.Kind += ", " + text.T("grouppage.standing."+string(f.Standing))
		}
		if f.Standing == share.Joined && f.Role == account.MemberMember && c.Actor.Leads(shop.ID) {
			v.Duty = &pages.PartDuty{Hidden: at, Duties: duties(string(f.Duty), ""), Works: daily(!f.Watches)}
		}
	}
	return nil
}

func (a area) closeParty(c *web.Ctx) error {
	var in struct {
		Shop  int64 `form:"shop"`
		Party int64 `form:"orang"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	if !runsShop(c, shop.ID) {
		return fault.Forbidden("finance.money.own_only")
	}
	if in.Party == 0 {
		return fault.Invalid("finance.form.stale")
	}
	if err := a.Shares.CloseParty(c.Context(), c.Actor, in.Party); err != nil {
		if fault.Is(err, fault.KindConflict) {
			c.Flash(view.Warn, fault.As(err).Key, fault.As(err).Args...)
			return c.SeeOther(fmt.Sprintf("%s/rincian?orang=%d", sharesAt, in.Party))
		}
		return err
	}
	c.Flash(view.Good, "sharepage.closed_done")
	return c.SeeOther(sharesAt)
}

func (a area) showRule(c *web.Ctx) error {
	return a.owners(c, func(shop catalog.Shop) error { return a.rulePage(c, http.StatusOK, shop, url.Values{}, nil) })
}

// percents are the fields of an institution's rule, in the order of its parts.
var percents = []string{"premi", "pnbp", "modal"}

func (a area) rulePage(c *web.Ctx, status int, shop catalog.Shop, typed url.Values, e view.Errors) error {
	page, err := a.frame(c, shop, "uang", text.T("sharepage.rule_question"))
	if err != nil {
		return err
	}
	t, found, err := a.Shares.Current(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	v := pages.ShareForm{Page: page, Step: ui.Step{Question: text.T("sharepage.rule_question"), Hint: text.T("sharepage.rule_hint." + string(shop.Kind)), Action: sharesAt + "/aturan",
		Hidden: []view.Hidden{hiddenShop(shop)}, Errors: e, Submit: text.T("sharepage.rule_submit"), SubmitIcon: "check", Back: sharesAt}}
	if shop.Kind == catalog.Group {
		now := typed.Get("basis")
		if now == "" && found && len(t.Parts) > 0 {
			now = string(t.Parts[0].Basis)
		}
		v.Choices = &view.Choices{Name: "basis", Legend: text.T("sharepage.rule_question"), Error: e.Of("basis"), Options: []view.Option{
			{Value: string(share.Equal), Label: text.T("sharepage.equal"), Note: text.T("sharepage.equal_note"), Selected: now == string(share.Equal)},
			{Value: string(share.ByWork), Label: text.T("sharepage.work"), Note: text.T("sharepage.work_note"), Selected: now == string(share.ByWork)},
			{Value: string(share.ByWeight), Label: text.T("grouppage.weight"), Note: text.T("grouppage.weight_note"), Selected: now == string(share.ByWeight)},
		}}
		v.Notice = notice(e.Of("weights"))
		people, ids, err := a.open(c, shop)
		if err != nil {
			return err
		}
		for i, p := range people {
			f := view.Field{Name: fmt.Sprintf("bobot_%d", ids[i]), Label: p.Name, InputMode: "numeric", MaxLength: 4, Optional: true, Value: strconv.FormatInt(t.Weight(ids[i]), 10)}
			if typed.Has(f.Name) {
				f.Value = typed.Get(f.Name)
			}
			v.Fields = append(v.Fields, f)
		}
		return c.Page(status, pages.ShareFormPage(v))
	}
	standard := map[string]int64{"premi": share.Premi.Workers, "pnbp": share.Premi.PNBP, "modal": share.Premi.Capital}
	if found {
		for name := range standard {
			standard[name] = 0
		}
		for _, p := range t.Parts {
			for _, name := range percents {
				if p.Label == text.T("sharepage.part."+name) {
					standard[name] = p.Weight
				}
			}
		}
	}
	for i, name := range percents {
		f := view.Field{Name: name, Label: text.T("sharepage.percent." + name), InputMode: "numeric", Suffix: "%", MaxLength: 3, Value: strconv.FormatInt(standard[name], 10)}
		if typed.Has(name) {
			f.Value = typed.Get(name)
		}
		if i == len(percents)-1 {
			f.Error = e.Of("percent")
			f.ID = "f-percent"
		}
		v.Fields = append(v.Fields, f)
	}
	return c.Page(status, pages.ShareFormPage(v))
}

func (a area) saveRule(c *web.Ctx) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	number, _ := strconv.ParseInt(form.Get("shop"), 10, 64)
	shop, err := a.own(c, number)
	if err != nil {
		return err
	}
	if shop.Kind == catalog.Group && form.Get("basis") == string(share.ByWeight) {
		_, ids, failed := a.open(c, shop)
		if failed != nil {
			return failed
		}
		weights := map[int64]int64{}
		for _, party := range ids {
			weights[party] = 1
			if typed := strings.TrimSpace(form.Get(fmt.Sprintf("bobot_%d", party))); typed != "" {
				if weights[party], failed = strconv.ParseInt(typed, 10, 64); failed != nil {
					weights[party] = -1
				}
			}
		}
		_, err = a.Shares.SetWeights(c.Context(), c.Actor, shop.ID, text.T("sharepage.part.members"), weights)
	} else if shop.Kind == catalog.Group {
		_, err = a.Shares.SetGroup(c.Context(), c.Actor, shop.ID, share.Basis(form.Get("basis")), text.T("sharepage.part.members"))
	} else {
		var parts [3]int64
		var names [3]string
		for i, name := range percents {
			names[i] = text.T("sharepage.part." + name)
			if parts[i], err = strconv.ParseInt(strings.TrimSpace(form.Get(name)), 10, 64); err != nil {
				parts[i] = -1
			}
		}
		_, err = a.Shares.SetInstitution(c.Context(), c.Actor, shop.ID, parts[0], parts[1], parts[2], names)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.rulePage(c, http.StatusUnprocessableEntity, shop, form, e) })
	}
	c.Flash(view.Good, "sharepage.rule_saved")
	return c.SeeOther(sharesAt)
}

// division is one sharing-out, with what the viewer may do about it.
func (a area) division(c *web.Ctx) error {
	return a.owners(c, func(shop catalog.Shop) error {
		number, err := strconv.ParseInt(c.Query("nomor"), 10, 64)
		if err != nil {
			return c.SeeOther(sharesAt)
		}
		return a.divisionPage(c, http.StatusOK, shop, number, "")
	})
}

func (a area) divisionPage(c *web.Ctx, status int, shop catalog.Shop, number int64, wrong string) error {
	d, err := a.Shares.Division(c.Context(), c.Actor, number)
	if err != nil {
		return err
	}
	title := text.T("sharepage.of_month", "month", monthWords(d.Month))
	page, err := a.frame(c, shop, "uang", title)
	if err != nil {
		return err
	}
	people, err := a.Accounts.Users(c.Context(), []int64{d.ProposedBy, d.DecidedBy, d.UndoBy, d.ReversedBy})
	if err != nil {
		return err
	}
	v := pages.ShareOne{Page: page, Back: view.Link{Label: text.T("sharepage.title"), URL: sharesAt}, Title: title, Chip: divisionChip(d.State),
		Amount: d.Shared(), Facts: divisionFacts(d), Lines: shareLines(d), Hidden: []view.Hidden{{Name: "nomor", Value: strconv.FormatInt(d.ID, 10)}, hiddenShop(shop)}, Error: wrong}
	v.Facts = append(v.Facts, view.Fact{Label: text.T("sharepage.by"), Value: people[d.ProposedBy].Name, Note: calendar.DateTime(d.ProposedAt, shop.RegencyCode)})
	if d.DecidedAt != nil && d.NeedsCheck {
		v.Facts = append(v.Facts, view.Fact{Label: text.T("sharepage.second"), Value: people[d.DecidedBy].Name, Note: calendar.DateTime(*d.DecidedAt, shop.RegencyCode)})
	}
	own := d.ProposedBy == c.Actor.UserID
	switch d.State {
	case share.Proposed:
		v.Agree, v.Drop = !own, text.T("sharepage.refuse")
		if own {
			v.Drop = text.T("sharepage.take_back")
			v.Notice = &view.Notice{Tone: view.Wait, Text: text.T("sharepage.waits")}
		}
	case share.Done:
		v.Undo, v.Redo = d.UndoBy == 0, d.UndoBy > 0 && d.UndoBy != c.Actor.UserID
		if d.UndoBy > 0 {
			v.Notice = &view.Notice{Tone: view.Warn, Text: text.T("sharepage.undo_asked", "name", people[d.UndoBy].Name, "reason", d.UndoReason)}
		}
	case share.Reversed:
		v.Notice = &view.Notice{Tone: view.Info, Text: text.T("sharepage.undone", "reason", d.UndoReason)}
	}
	return c.Page(status, pages.ShareOnePage(v))
}

func divisionFacts(d share.Division) []view.Fact {
	facts := []view.Fact{{Label: text.T("sharepage.sold"), Value: d.Amount.String()}}
	if d.Cost > 0 {
		facts = append(facts, view.Fact{Label: text.T("sharepage.cost"), Value: d.Cost.String()})
	}
	if back := d.Shared() - d.Surplus(); back > 0 {
		facts = append(facts, view.Fact{Label: text.T("sharepage.back"), Value: back.String()})
	}
	return append(facts, view.Fact{Label: text.T("sharepage.surplus"), Value: d.Surplus().String()})
}

// shareLines is what each party gets, in one line with what it is made of.
func shareLines(d share.Division) []pages.ShareLine {
	var out []pages.ShareLine
	at := map[int64]int{}
	for _, l := range d.Lines {
		note := l.Label
		switch {
		case l.Back:
			note = text.T("sharepage.line_back", "amount", l.Amount)
		case l.Pieces > 0:
			note = text.T("sharepage.line_pieces", "part", l.Label, "pieces", l.Pieces)
		}
		i, known := at[l.PartyID]
		if !known {
			at[l.PartyID] = len(out)
			out = append(out, pages.ShareLine{Name: l.Party, Note: note, Amount: l.Amount})
			continue
		}
		out[i].Amount += l.Amount
		out[i].Note += " + " + note
	}
	return out
}

// decideDivision agrees to a division, drops it, or takes it back.
func (a area) decideDivision(c *web.Ctx) error {
	var in struct {
		Shop   int64  `form:"shop"`
		ID     int64  `form:"nomor"`
		Do     string `form:"do"`
		Reason string `form:"reason"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	if !runsShop(c, shop.ID) {
		return fault.Forbidden("finance.money.own_only")
	}
	done := "sharepage.done." + in.Do
	switch in.Do {
	case "setuju":
		_, err = a.Shares.Confirm(c.Context(), c.Actor, in.ID)
	case "tolak":
		_, err = a.Shares.Drop(c.Context(), c.Actor, in.ID)
	case "batal":
		var d share.Division
		if d, err = a.Shares.Undo(c.Context(), c.Actor, in.ID, in.Reason); err == nil && d.State == share.Done {
			done = "sharepage.done.asked"
		}
	default:
		return fault.Invalid("finance.form.stale")
	}
	switch {
	case fault.Is(err, fault.KindInvalid):
		return a.divisionPage(c, http.StatusUnprocessableEntity, shop, in.ID, text.T(fault.As(err).Key))
	case fault.Is(err, fault.KindConflict):
		c.Flash(view.Warn, fault.As(err).Key, fault.As(err).Args...)
	case err != nil:
		return err
	default:
		c.Flash(view.Good, done)
	}
	return c.SeeOther(fmt.Sprintf("%s/pembagian?nomor=%d", sharesAt, in.ID))
}
