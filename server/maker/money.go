package maker

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// bookPage is how many movements one page of the book shows.
const bookPage = 30

func (a area) money(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "uang", text.T("ui.maker.money"))
		if err != nil {
			return err
		}
		m, err := a.Finance.Money(c.Context(), c.Actor, shop.ID)
		if fault.Is(err, fault.KindForbidden) { // the money is not theirs to see, the book they help to keep is
			return c.Page(http.StatusOK, pages.MoneyPage(pages.Money{Page: page, Rooms: moneyRooms(c, shop),
				Closed: &view.Notice{Tone: view.Info, Title: text.T("maker.money.closed"), Text: text.T(fault.As(err).Key)}}))
		}
		if err != nil {
			return err
		}
		v := pages.Money{Page: page, Purse: &pages.Purse{Free: m.Free, Held: m.Held, OnTheWay: m.OnTheWay}}
		v.Rooms, v.Held = moneyRooms(c, shop), heldGroups(m, shop)
		before, _ := strconv.ParseInt(c.Query("sebelum"), 10, 64)
		lines, err := a.Finance.Statement(c.Context(), c.Actor, shop.ID, max(before, 0), bookPage+1)
		if fault.Is(err, fault.KindForbidden) { // a member of a group sees the sums, not the movements
			v.Closed = &view.Notice{Tone: view.Info, Text: text.T(fault.As(err).Key)}
			return c.Page(http.StatusOK, pages.MoneyPage(v))
		}
		if err != nil {
			return err
		}
		if len(lines) > bookPage {
			lines = lines[:bookPage]
			v.Pager.Next = fmt.Sprintf("/toko-saya/uang?sebelum=%d", lines[bookPage-1].ID)
		}
		if before > 0 {
			v.Pager.First = "/toko-saya/uang"
		}
		for _, l := range lines {
			v.Lines = append(v.Lines, pages.MoneyLine{
				When: calendar.DateTime(l.At, shop.RegencyCode), Words: l.Words(), Amount: l.Amount, Balance: l.Balance,
			})
		}
		if v.Bank, err = a.bankCard(c, shop, m); err != nil {
			return err
		}
		v.WhyNot = whyNot(m, shop)
		v.CanTake = v.WhyNot == nil
		v.CanFetch = mayFetch(m, shop)
		if v.Withdrawals, v.AllTaken, err = a.withdrawals(c, shop); err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.MoneyPage(v))
	})
}

// moneyRooms are the further pages about a shop's money the viewer may open.
func moneyRooms(c *web.Ctx, shop catalog.Shop) []view.Link {
	var rooms []view.Link
	if c.Actor.Manages(shop.ID) {
		rooms = append(rooms, view.Link{Label: text.T("bookpage.room"), URL: bookAt, Icon: "book"})
	}
	if sharing(shop) && c.Actor.Runs(shop.ID) {
		rooms = append(rooms, view.Link{Label: text.T("grouppage.title." + string(shop.Kind)), URL: groupAt, Icon: "user"})
		rooms = append(rooms, view.Link{Label: text.T("sharepage.title"), URL: sharesAt, Icon: "money"})
	}
	if runsShop(c, shop.ID) {
		rooms = append(rooms, view.Link{Label: text.T("advancepage.room"), URL: advanceAt, Icon: "money"})
		rooms = append(rooms, view.Link{Label: text.T("maker.money.months"), URL: "/toko-saya/uang/bulan", Icon: "list"})
	}
	return rooms
}

// closed tells a helper why the shop's money is not theirs to see.
func (a area) closed(c *web.Ctx, status int, page view.Private, err error) error {
	return c.Page(status, pages.MoneyPage(pages.Money{
		Page: page, Closed: &view.Notice{Tone: view.Info, Title: text.T("maker.money.closed"), Text: text.T(fault.As(err).Key)},
	}))
}

// whyNot says why no money can be taken out now; nil when it can.
func whyNot(m finance.Money, shop catalog.Shop) *view.Notice {
	n := &view.Notice{Tone: view.Info}
	switch {
	case m.Open != nil:
		n.Text = text.T("finance.withdrawal.open")
		if !m.RestUntil.IsZero() { // and it will not be paid before then
			n.Text += " " + text.T("finance.withdrawal.rests", "until", calendar.DateTime(m.RestUntil, shop.RegencyCode))
		}
	case !m.RestUntil.IsZero():
		n.Text = text.T("finance.withdrawal.rests", "until", calendar.DateTime(m.RestUntil, shop.RegencyCode))
	case m.Bank == nil && m.Proposed == nil:
		n.Text = text.T("finance.withdrawal.no_bank")
		n.Action = &view.Link{Label: text.T("maker.money.bank_add"), URL: "/toko-saya/uang/rekening"}
	case m.Bank == nil:
		n.Text = text.T("maker.money.bank_waits_text", "bank", m.Proposed.Masked)
	case m.Free < finance.Smallest:
		n.Text = text.T("maker.money.too_little", "min", finance.Smallest)
	default:
		return nil
	}
	return n
}

// mayFetch reports whether cash may be asked for now: also without an account.
func mayFetch(m finance.Money, shop catalog.Shop) bool {
	return m.Open == nil && m.RestUntil.IsZero() && m.Free >= finance.Smallest && shop.Kind != catalog.Institution
}

func (a area) bankCard(c *web.Ctx, shop catalog.Shop, m finance.Money) (*pages.BankCard, error) {
	card := &pages.BankCard{URL: "/toko-saya/uang/rekening"}
	if m.Bank != nil {
		card.Now, card.Holder = m.Bank.Masked, m.Bank.HolderName
	}
	if m.Proposed != nil {
		card.Proposed = m.Proposed.Masked
	}
	accounts, err := a.Finance.BankAccounts(c.Context(), c.Actor, shop.ID)
	if err == nil && len(accounts) > 0 && accounts[0].State == finance.BankRefused {
		card.Refused = accounts[0].Note
	}
	return card, err
}

// withdrawals are the last few, and whether there are more.
func (a area) withdrawals(c *web.Ctx, shop catalog.Shop) (list []pages.Withdrawal, more string, err error) {
	all, err := a.Finance.Withdrawals(c.Context(), c.Actor, shop.ID, 0, takenFirst+1)
	if err != nil {
		return nil, "", err
	}
	if len(all) > takenFirst {
		all, more = all[:takenFirst], takenAt
	}
	list, err = a.takenItems(c, shop, all)
	return list, more, err
}

// takenItem is one withdrawal with what the viewer may do about it.
func takenItem(c *web.Ctx, shop catalog.Shop, w finance.Withdrawal) pages.Withdrawal {
	item := pages.Withdrawal{
		Amount: w.Amount, To: w.Bank, When: calendar.DateTime(w.RequestedAt, shop.RegencyCode), Note: w.Reason,
		Chip: view.Chip{Tone: withdrawalTone(w.State), Label: text.T(w.State.LabelKey())}, Receipt: receiptOf(w),
	}
	switch {
	case w.PartyID > 0 && w.State == finance.Failed:
		item.Chip.Label = text.T("sharepage.pay_failed")
	case w.Way == finance.ByCash && w.State == finance.Paying:
		item.Chip.Label, item.Note = text.T("maker.cash.ready"), text.T("maker.cash.how")
	case w.Way == finance.ByCash && w.State == finance.Paid:
		item.Chip.Label = text.T("maker.cash.fetched")
	case w.State == finance.Failed || w.State == finance.Reversed:
		item.Note = text.T("maker.money.came_back")
	}
	at := fmt.Sprintf("/toko-saya/uang/tarik/%d", w.ID)
	if w.State.Open() {
		item.CancelURL = at + "/batal"
	}
	if w.State == finance.Requested && w.NeedsCheck {
		item.Note = text.T("maker.money.needs_check")
		if w.RequestedBy != c.Actor.UserID {
			item.CheckURL = at + "/setuju"
		}
	}
	return item
}

func withdrawalTone(s finance.State) view.Tone {
	switch s {
	case finance.Requested, finance.Checked, finance.Paying:
		return view.Wait
	case finance.Paid:
		return view.Good
	case finance.Refused, finance.Failed, finance.Reversed:
		return view.Bad
	}
	return view.Neutral
}

// takeForm is a withdrawal as typed.
type takeForm struct {
	Shop    int64  `form:"shop"`
	Amount  string `form:"amount"`
	FormKey string `form:"form_key"`
	Way     string `form:"cara"` // "tunai": fetched at the agency
}

func (in takeForm) cash() bool { return in.Way == "tunai" }

func (a area) showTake(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		return a.takePage(c, http.StatusOK, shop, takeForm{FormKey: id.Token(), Way: c.Query("cara")}, nil)
	})
}

// takePage asks for the amount; where no money can be taken it leads back to the
// page that says why.
func (a area) takePage(c *web.Ctx, status int, shop catalog.Shop, in takeForm, e view.Errors) error {
	m, err := a.Finance.Money(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	if status == http.StatusOK && whyNot(m, shop) != nil && !(in.cash() && mayFetch(m, shop)) {
		return c.SeeOther("/toko-saya/uang")
	}
	page, err := a.frame(c, shop, "uang", text.T("maker.take.question"))
	if err != nil {
		return err
	}
	v := pages.Take{
		Page: page, Free: m.Free,
		Step: ui.Step{
			Question: text.T("maker.take.question"), Action: "/toko-saya/uang/tarik", FormKey: in.FormKey,
			Hidden: []view.Hidden{{Name: "shop", Value: fmt.Sprint(shop.ID)}}, Errors: e, Back: "/toko-saya/uang",
		},
		Field: view.Field{Name: "amount", Label: text.T("maker.take.amount"), Hint: text.T("maker.take.hint", "min", finance.Smallest),
			Prefix: "Rp", InputMode: "numeric", Value: in.Amount, Error: e.Of("amount"), MaxLength: 16, Large: true},
	}
	way := ""
	switch {
	case in.cash():
		v.Bank, way = text.T("finance.cash.place"), "&cara=tunai"
		v.Step.Hidden = append(v.Step.Hidden, view.Hidden{Name: "cara", Value: "tunai"})
	case m.Bank != nil:
		v.Bank = m.Bank.Masked
	}
	all := c.Query("semua") == "1" && status == http.StatusOK
	if all {
		v.Field.Value = money.Group(uint64(max(m.Free, 0)))
	} else if m.Free >= finance.Smallest && m.Free <= finance.Largest {
		v.AllURL = "/toko-saya/uang/tarik?semua=1" + way
	}
	return c.Page(status, pages.TakePage(v))
}

func (in takeForm) amount() (money.Rupiah, error) {
	amount, err := money.Parse(in.Amount)
	if err != nil {
		return 0, invalid("amount", "maker.take.unreadable")
	}
	return amount, nil
}

// readTake reads the form and the shop it names.
func (a area) readTake(c *web.Ctx) (takeForm, catalog.Shop, error) {
	var in takeForm
	if err := c.Decode(&in); err != nil {
		return in, catalog.Shop{}, err
	}
	shop, err := a.own(c, in.Shop)
	return in, shop, err
}

// askTake repeats the amount in figures and words. Nothing has happened yet.
func (a area) askTake(c *web.Ctx) error {
	in, shop, err := a.readTake(c)
	if err != nil {
		return err
	}
	m, err := a.Finance.Money(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	amount, err := in.amount()
	switch {
	case err != nil:
	case amount < finance.Smallest:
		err = invalid("amount", "finance.withdrawal.too_small", "min", finance.Smallest)
	case amount > m.Free:
		err = invalid("amount", "finance.withdrawal.too_much", "free", m.Free)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.takePage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	page, err := a.frame(c, shop, "uang", text.T("maker.take_confirm.question"))
	if err != nil {
		return err
	}
	v := pages.TakeConfirm{
		Page: page, Amount: amount,
		Step: ui.Step{
			Question: text.T("maker.take_confirm.question"), Hint: text.T("maker.take_confirm.lead"), Action: "/toko-saya/uang/tarik/ya", FormKey: in.FormKey,
			Hidden: []view.Hidden{{Name: "shop", Value: fmt.Sprint(shop.ID)}, {Name: "amount", Value: fmt.Sprint(int64(amount))}},
			Submit: text.T("maker.take_confirm.submit"), SubmitIcon: "check", Back: "/toko-saya/uang/tarik",
		},
	}
	switch {
	case in.cash():
		v.Step.Hidden = append(v.Step.Hidden, view.Hidden{Name: "cara", Value: "tunai"})
		v.Facts = []view.Fact{{Label: text.T("maker.take_confirm.to"), Value: text.T("finance.cash.place"), Note: text.T("maker.cash.how")}}
	case m.Bank != nil:
		v.Facts = []view.Fact{{Label: text.T("maker.take_confirm.to"), Value: m.Bank.Masked, Note: m.Bank.HolderName}}
	}
	v.Facts = append(v.Facts, view.Fact{Label: text.T("maker.take_confirm.left"), Value: (m.Free - amount).String()})
	return c.Page(http.StatusOK, pages.TakeConfirmPage(v))
}

func (a area) take(c *web.Ctx) error {
	in, shop, err := a.readTake(c)
	if err != nil {
		return err
	}
	amount, err := in.amount()
	if err == nil {
		if in.cash() {
			_, err = a.Finance.RequestCash(c.Context(), c.Actor, shop.ID, amount, in.FormKey)
		} else {
			_, err = a.Finance.RequestWithdrawal(c.Context(), c.Actor, shop.ID, amount, in.FormKey)
		}
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.takePage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	c.Flash(view.Good, "maker.take.done", "amount", amount)
	return c.SeeOther("/toko-saya/uang")
}

func (a area) cancelTake(c *web.Ctx) error {
	return a.decideTake(c, a.Finance.Cancel, "maker.money.cancelled")
}

func (a area) checkTake(c *web.Ctx) error {
	return a.decideTake(c, a.Finance.Check, "maker.money.checked")
}

func (a area) showBank(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		return a.bankPage(c, http.StatusOK, shop, bankForm{FormKey: id.Token()}, nil)
	})
}

type bankForm struct {
	Shop    int64  `form:"shop"`
	Channel string `form:"channel_code"`
	Number  string `form:"account_number"`
	Holder  string `form:"holder_name"`
	FormKey string `form:"form_key"`
}

// bankPage asks for the account. Finance refuses everybody but the owners, with
// a sentence that says so.
func (a area) bankPage(c *web.Ctx, status int, shop catalog.Shop, in bankForm, e view.Errors) error {
	page, err := a.frame(c, shop, "uang", text.T("maker.bank.question"))
	if err != nil {
		return err
	}
	accounts, err := a.Finance.BankAccounts(c.Context(), c.Actor, shop.ID)
	if fault.Is(err, fault.KindForbidden) {
		return a.closed(c, http.StatusForbidden, page, err)
	}
	if err != nil {
		return err
	}
	v := pages.Bank{
		Page: page, Number: in.Number, Holder: in.Holder, Errors: e,
		Step: ui.Step{
			Question: text.T("maker.bank.question"), Hint: text.T("maker.bank.lead"), Action: "/toko-saya/uang/rekening", FormKey: in.FormKey,
			Hidden: []view.Hidden{{Name: "shop", Value: fmt.Sprint(shop.ID)}}, Errors: e,
			Submit: text.T("maker.bank.submit"), SubmitIcon: "check", Back: "/toko-saya/uang",
		},
	}
	if fromSteps(c) {
		v.Step.Hidden, v.Step.Back = append(v.Step.Hidden, view.Hidden{Name: stepField, Value: "1"}), "/toko-saya"
	}
	for _, b := range accounts {
		if b.State == finance.BankActive {
			v.Now = b.Masked
		}
	}
	for _, ch := range payment.PayoutChannels() {
		v.Channels = append(v.Channels, view.Option{Value: ch.Code, Label: ch.Name, Group: text.T("maker.bank.kind_" + ch.Kind), Selected: ch.Code == in.Channel})
	}
	return c.Page(status, pages.BankPage(v))
}

func (a area) saveBank(c *web.Ctx) error {
	var in bankForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	bank := payment.Bank{ChannelCode: in.Channel, AccountNumber: in.Number, HolderName: in.Holder}
	if _, err := a.Finance.SetBankAccount(c.Context(), c.Actor, shop.ID, bank, in.FormKey); err != nil {
		return again(c, err, func(e view.Errors) error { return a.bankPage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	c.Flash(view.Good, "maker.bank.sent")
	return saved(c, "/toko-saya/uang")
}
