package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const (
	bookAt      = "/toko-saya/buku"
	bookEntries = 60 // on one page of a month
	bookYear    = 12 // months in a report
	bookHabits  = 4
)

// bookIcons stand beside the names of what is typed.
var bookIcons = map[book.Kind]string{book.Material: "bag", book.Packaging: "box", book.Transport: "truck", book.Wage: "user", book.Tool: "key", book.Other: "list",
	book.Capital: "plus", book.Drawing: "home"}

func (a area) bookRoutes() []web.Route {
	write := web.Route{Method: http.MethodPost, Path: bookAt + "/catat", Handler: a.writeBook, BodyLimit: photoBody}
	return []web.Route{
		{Method: http.MethodGet, Path: bookAt, Handler: a.bookMonth},
		{Method: http.MethodGet, Path: bookAt + "/catat", Handler: a.showWriteBook}, write,
		{Method: http.MethodGet, Path: bookAt + "/betulkan", Handler: a.showCorrectBook},
		{Method: http.MethodPost, Path: bookAt + "/betulkan", Handler: a.correctBook},
		{Method: http.MethodGet, Path: bookAt + "/bulan.xlsx", Handler: a.bookSheet},
		{Method: http.MethodGet, Path: bookAt + "/laporan.pdf", Handler: a.bookReport},
		{Method: http.MethodGet, Path: costAt, Handler: a.showCosts},
		{Method: http.MethodPost, Path: costAt, Handler: a.setCost},
	}
}

// bookOf is the month that the address names, else the one of today.
func (a area) bookOf(c *web.Ctx, shop catalog.Shop) (month, today string, err error) {
	if today, err = a.Book.Today(c.Context(), shop.ID); err != nil {
		return "", "", err
	}
	if month = c.Query("bulan"); month == "" {
		return today[:7], today, nil
	}
	if _, err := book.FirstDay(month); err != nil || month > today[:7] {
		month = today[:7]
	}
	return month, today, nil
}

// bookMonth is a month of the cash book: what came in, went out and is left, the net
// income, the entries by day and the twelve months until then.
func (a area) bookMonth(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		month, today, err := a.bookOf(c, shop)
		if err != nil {
			return err
		}
		title := text.T("bookpage.title", "month", monthWords(month))
		page, err := a.frame(c, shop, "uang", title)
		if err != nil {
			return err
		}
		v := pages.Book{Page: page, Title: title, Shop: shop.Name,
			Sheet: bookAt + "/bulan.xlsx?bulan=" + month, Report: bookAt + "/laporan.pdf?bulan=" + month}
		if month == today[:7] {
			habits, err := a.Book.Habits(c.Context(), c.Actor, shop.ID, bookHabits)
			if err != nil {
				return err
			}
			for _, h := range habits {
				v.Habits = append(v.Habits, pages.BookHabit{Label: text.T("bookpage.habit", "words", h.Words, "amount", h.Amount), Icon: bookIcons[h.Kind], Fields: []view.Hidden{
					{Name: "shop", Value: fmt.Sprint(shop.ID)}, {Name: "kind", Value: string(h.Kind)}, {Name: "amount", Value: fmt.Sprint(int64(h.Amount))},
					{Name: "words", Value: h.Words}, {Name: "form_key", Value: id.Token()}}})
			}
		}
		m, err := a.Book.Month(c.Context(), c.Actor, shop.ID, month)
		if err != nil {
			return err
		}
		v.In, v.Out, v.Left, v.Net = m.In(), m.Out(), m.Left(), m.Net()
		v.Kinds = kindSums(m)
		if v.Days, v.Next, err = a.bookDays(c, shop, month); err != nil {
			return err
		}
		year, err := a.Book.Months(c.Context(), c.Actor, shop.ID, month, bookYear)
		if err != nil {
			return err
		}
		for _, m := range year {
			name := monthWords(m.Month)
			v.Year = append(v.Year, pages.BookMonth{Label: name, URL: bookAt + "?bulan=" + m.Month, In: m.In(), Out: m.Out(), Net: m.Net()})
		}
		return c.Page(http.StatusOK, pages.BookPage(v))
	})
}

// kindSums are the kinds that stand in a month, as its bill shows them.
func kindSums(m book.Month) (sums []view.Amount) {
	for _, kind := range book.Kinds {
		if amount, there := m.Sums[kind]; there {
			if !kind.In() {
				amount = -amount
			}
			sums = append(sums, view.Amount{Label: text.T(kind.LabelKey()), Value: amount})
		}
	}
	return sums
}

// bookDays are the entries of a month by day, and the address where they go on.
func (a area) bookDays(c *web.Ctx, shop catalog.Shop, month string) (days []pages.BookDay, next string, err error) {
	after := book.Cursor{Day: c.Query("hari"), ID: number(c.Query("sesudah"))}
	list, err := a.Book.Entries(c.Context(), c.Actor, shop.ID, month, after, bookEntries+1)
	if err != nil {
		return nil, "", err
	}
	if len(list) > bookEntries {
		list = list[:bookEntries]
		last := list[bookEntries-1]
		next = fmt.Sprintf("%s?bulan=%s&hari=%s&sesudah=%d", bookAt, month, last.Day, last.ID)
	}
	names := map[int64]string{}
	var photos = map[int64]string{}
	for _, e := range list {
		for _, who := range []int64{e.RecordedBy, e.SubjectID} {
			if who > 0 && names[who] == "" {
				user, err := a.Accounts.User(c.Context(), who)
				if err != nil {
					return nil, "", err
				}
				names[who] = user.Name
			}
		}
		if e.PictureID > 0 {
			photos[e.PictureID] = text.T("bookpage.receipt")
		}
	}
	shown, err := a.pictures(c.Context(), photos)
	if err != nil {
		return nil, "", err
	}
	for _, e := range list {
		if len(days) == 0 || days[len(days)-1].Day != e.Day {
			days = append(days, pages.BookDay{Day: e.Day, Label: dayWords(e.Day)})
		}
		line := pages.BookEntry{Kind: text.T(e.Kind.LabelKey()), Words: e.Words, Amount: e.Signed(), Gone: e.TakenBack, Picture: shown[e.PictureID]}
		switch {
		case e.Corrects > 0:
			line.Who = text.T("bookpage.takes_back")
		case e.RecordedBy == 0:
			line.Who = text.T("bookpage.itself")
		case e.SubjectID > 0:
			line.Who = text.T("bookpage.by_for", "who", names[e.RecordedBy], "for", names[e.SubjectID])
		default:
			line.Who = text.T("bookpage.by", "who", names[e.RecordedBy])
		}
		if e.OrderID > 0 {
			line.URL = orderURL(e.OrderID)
		}
		if e.Open() {
			line.Fix = fmt.Sprintf("%s/betulkan?catatan=%d", bookAt, e.ID)
		}
		day := &days[len(days)-1]
		if e.Kind.Itself() && e.Kind != book.Refund && e.Corrects == 0 {
			if e.Kind == book.Sale {
				day.Sales++
			}
			day.Sold, day.SoldSum = append(day.Sold, line), day.SoldSum+line.Amount
			continue
		}
		day.Entries = append(day.Entries, line)
	}
	return days, next, nil
}

func dayWords(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return calendar.Date(at)
}

// bookForm is an entry as typed.
type bookForm struct {
	Shop    int64  `form:"shop"`
	Entry   int64  `form:"catatan"`
	Kind    string `form:"kind"`
	Amount  string `form:"amount"`
	Words   string `form:"words"`
	Day     string `form:"day"`
	Photo   int64  `form:"foto"` // one that was sent with this form before
	Do      string `form:"do"`
	FormKey string `form:"form_key"`
}

func (a area) showWriteBook(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		return a.writePage(c, http.StatusOK, shop, bookForm{FormKey: id.Token(), Kind: c.Query("jenis")}, nil)
	})
}

func (a area) writePage(c *web.Ctx, status int, shop catalog.Shop, in bookForm, e view.Errors) error {
	page, err := a.frame(c, shop, "uang", text.T("bookpage.write"))
	if err != nil {
		return err
	}
	today, err := a.Book.Today(c.Context(), shop.ID)
	if err != nil {
		return err
	}
	if in.Day == "" {
		in.Day = today
	}
	v := pages.BookWrite{Page: page, Step: ui.Step{Question: text.T("bookpage.write"), Action: bookAt + "/catat", FormKey: in.FormKey, Errors: e, Multipart: true, Back: bookAt, Keep: ui.KeepAndSend,
		Hidden: []view.Hidden{{Name: "shop", Value: fmt.Sprint(shop.ID)}}, Submit: text.T("bookpage.keep"), SubmitIcon: "check"},
		Kinds: &view.Choices{Name: "kind", Legend: text.T("bookpage.kind"), Error: e.Of("kind")},
		Photo: &view.PhotoField{Name: "photo", Label: text.T("bookpage.photo"), Hint: text.T("bookpage.photo_hint"), Optional: true, Error: e.Of("photo")}}
	if in.Photo > 0 {
		v.Step.Hidden = append(v.Step.Hidden, view.Hidden{Name: "foto", Value: fmt.Sprint(in.Photo)})
		v.Photo.Hint = text.T("bookpage.photo_kept")
	}
	for _, kind := range book.Typed {
		v.Kinds.Options = append(v.Kinds.Options, view.Option{Value: string(kind), Label: text.T(kind.LabelKey()), Note: text.T("bookpage.what." + string(kind)), Icon: bookIcons[kind], Selected: in.Kind == string(kind)})
	}
	v.Fields = append(bookFields(in, e), view.Field{Name: "day", Label: text.T("bookpage.day"), Type: "date", Value: in.Day, Max: today, Error: e.Of("day")})
	return c.Page(status, pages.BookWritePage(v))
}

func bookFields(in bookForm, e view.Errors) []view.Field {
	return []view.Field{
		{Name: "amount", Label: text.T("bookpage.amount"), Hint: text.T("bookpage.amount_hint"), Prefix: "Rp", Value: in.Amount, MaxLength: 20, Large: true, Error: e.Of("amount")},
		{Name: "words", Label: text.T("bookpage.words"), Hint: text.T("bookpage.words_hint"), Value: in.Words, MaxLength: book.MaxWords, Optional: true, Error: e.Of("words")},
	}
}

// rupiah reads the amount as typed; nothing is zero, which the book refuses plainly.
func (in bookForm) rupiah() (money.Rupiah, error) {
	if strings.TrimSpace(in.Amount) == "" {
		return 0, nil
	}
	amount, err := money.Parse(in.Amount)
	if err != nil {
		return 0, invalid("amount", "maker.take.unreadable")
	}
	return amount, nil
}

func (a area) writeBook(c *web.Ctx) error {
	var in bookForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Shop <= 0 {
		return fault.Invalid("book.check")
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	amount, err := in.rupiah()
	if err == nil {
		err = a.keepReceipt(c, shop, &in)
	}
	var e book.Entry
	if err == nil {
		e, _, err = a.Book.Record(c.Context(), c.Actor, shop.ID, book.New{Kind: book.Kind(in.Kind), Amount: amount, Words: in.Words, Day: in.Day, PictureID: in.Photo, FormKey: in.FormKey})
	}
	if err != nil {
		return again(c, err, func(faults view.Errors) error {
			return a.writePage(c, http.StatusUnprocessableEntity, shop, in, faults)
		})
	}
	c.Flash(view.Good, "bookpage.kept", "amount", e.Amount)
	return c.SeeOther(bookAt + "?bulan=" + e.Day[:7])
}

// keepReceipt stores the photo of a receipt, when one was sent with the form.
func (a area) keepReceipt(c *web.Ctx, shop catalog.Shop, in *bookForm) error {
	form := c.Request().MultipartForm
	if form == nil || len(form.File["photo"]) == 0 || form.File["photo"][0].Size == 0 {
		return nil
	}
	h := form.File["photo"][0]
	file, err := h.Open()
	if err != nil {
		return fault.Invalid("fault.form").Because(err)
	}
	defer func() { _ = file.Close() }()
	p, err := a.Media.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: book.PictureOwner, OwnerID: shop.ID, Name: strings.ToValidUTF8(h.Filename, "?")})
	in.Photo = p.ID
	return err
}

func (a area) showCorrectBook(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		if c.Query("catatan") == "" {
			return c.SeeOther(bookAt)
		}
		e, err := a.Book.Entry(c.Context(), c.Actor, number(c.Query("catatan")))
		if err != nil {
			return err
		}
		if e.ShopID != shop.ID || !e.Open() {
			return c.SeeOther(bookAt)
		}
		return a.correctPage(c, http.StatusOK, shop, e, bookForm{Amount: money.Group(uint64(e.Amount)), Words: e.Words, FormKey: id.Token()}, nil)
	})
}

func (a area) correctPage(c *web.Ctx, status int, shop catalog.Shop, e book.Entry, in bookForm, faults view.Errors) error {
	page, err := a.frame(c, shop, "uang", text.T("bookpage.correct"))
	if err != nil {
		return err
	}
	hidden := []view.Hidden{{Name: "catatan", Value: fmt.Sprint(e.ID)}}
	v := pages.BookWrite{Page: page, Fields: bookFields(in, faults), Drop: append(slices.Clone(hidden), view.Hidden{Name: "do", Value: "hapus"}),
		Step: ui.Step{Question: text.T("bookpage.correct"), Hint: text.T("bookpage.correct_lead", "kind", text.T(e.Kind.LabelKey()), "amount", e.Amount, "day", dayWords(e.Day)), Action: bookAt + "/betulkan",
			FormKey: in.FormKey, Errors: faults, Hidden: hidden, Back: bookAt + "?bulan=" + e.Day[:7], Submit: text.T("bookpage.correct_keep"), SubmitIcon: "check"}}
	return c.Page(status, pages.BookWritePage(v))
}

func (a area) correctBook(c *web.Ctx) error {
	var in bookForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Entry <= 0 {
		return fault.Invalid("book.check")
	}
	wrong, err := a.Book.Entry(c.Context(), c.Actor, in.Entry)
	if err != nil {
		return err
	}
	shop, err := a.own(c, wrong.ShopID)
	if err != nil {
		return err
	}
	if in.Do == "hapus" {
		if _, err = a.Book.TakeBack(c.Context(), c.Actor, wrong.ID); err != nil {
			return err
		}
		c.Flash(view.Good, "bookpage.dropped", "amount", wrong.Amount)
		return c.SeeOther(bookAt + "?bulan=" + wrong.Day[:7])
	}
	amount, err := in.rupiah()
	if err == nil {
		_, err = a.Book.Correct(c.Context(), c.Actor, wrong.ID, book.Fix{Amount: amount, Words: in.Words, FormKey: in.FormKey})
	}
	if err != nil {
		return again(c, err, func(faults view.Errors) error {
			return a.correctPage(c, http.StatusUnprocessableEntity, shop, wrong, in, faults)
		})
	}
	c.Flash(view.Good, "bookpage.corrected")
	return c.SeeOther(bookAt + "?bulan=" + wrong.Day[:7])
}

// bookSheet is a month of the book as a file for spreadsheets. What an institution's
// officers typed stays on the page: a worker's name could stand there, and no name of
// theirs leaves in a file (domain.md, story 5).
func (a area) bookSheet(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		month, _, err := a.bookOf(c, shop)
		if err != nil {
			return err
		}
		list, err := a.Book.Entries(c.Context(), c.Actor, shop.ID, month, book.Cursor{}, 10_000)
		if err != nil {
			return err
		}
		m, err := a.Book.Month(c.Context(), c.Actor, shop.ID, month)
		if err != nil {
			return err
		}
		digits := func(m money.Rupiah) string { return strconv.FormatInt(int64(m), 10) }
		rows := [][]string{{text.T("bookpage.day"), text.T("bookpage.col_kind"), text.T("bookpage.words"), text.T("bookpage.in"), text.T("bookpage.out"), text.T("bookpage.col_how")}}
		for _, e := range slices.Backward(list) {
			in, out, how := "", "", text.T("bookpage.typed")
			if e.Signed() > 0 {
				in = digits(e.Signed())
			} else {
				out = digits(-e.Signed())
			}
			switch {
			case e.Corrects > 0:
				how = text.T("bookpage.takes_back")
			case e.Kind.Itself():
				how = text.T("bookpage.itself")
			}
			words := e.Words
			if shop.Kind == catalog.Institution && !e.Kind.Itself() {
				words = ""
			}
			rows = append(rows, []string{e.Day, text.T(e.Kind.LabelKey()), words, in, out, how})
		}
		rows = append(rows, []string{"", "", "", "", "", ""}, []string{"", "", text.T("bookpage.in"), digits(m.In()), "", ""}, []string{"", "", text.T("bookpage.out"), "", digits(m.Out()), ""},
			[]string{"", "", text.T("bookpage.left"), digits(m.Left()), "", ""}, []string{"", "", text.T("bookpage.net"), digits(m.Net()), "", ""})
		return c.Sheet("buku-kas-"+month, rows)
	})
}

// bookReport is the twelve months until the one chosen on paper, for whoever lends to
// small trades: what came in and went out, the net income, by kind, and how it was written.
func (a area) bookReport(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		month, today, err := a.bookOf(c, shop)
		if err != nil {
			return err
		}
		year, err := a.Book.Months(c.Context(), c.Actor, shop.ID, month, bookYear)
		if err != nil {
			return err
		}
		how, err := a.Book.How(c.Context(), c.Actor, shop.ID, month, bookYear)
		if err != nil {
			return err
		}
		all := book.Total(year)
		p := document.Paper{Title: text.T("bookpage.report"), Number: monthWords(month), Brand: text.T("document.brand"), Page: text.T("document.page"),
			Facts: []document.Fact{{Label: text.T("document.shop"), Value: shop.Name}, {Label: text.T("bookpage.place"), Value: shop.Place()},
				{Label: text.T("bookpage.period"), Value: text.T("bookpage.period_words", "from", monthWords(year[0].Month), "to", monthWords(month))}, {Label: text.T("bookpage.printed"), Value: dayWords(today)}},
			Head: document.Line{Title: text.T("bookpage.month"), Quantity: text.T("bookpage.in"), Price: text.T("bookpage.out"), Amount: text.T("bookpage.net")}}
		for _, m := range year {
			p.Lines = append(p.Lines, document.Line{Title: monthWords(m.Month), Quantity: m.In().String(), Price: m.Out().String(), Amount: m.Net().String()})
		}
		p.Lines = append(p.Lines, document.Line{Title: text.T("bookpage.by_kind")})
		for _, s := range kindSums(all) {
			line := document.Line{Title: s.Label, Quantity: s.Value.String()}
			if s.Value < 0 {
				line.Quantity, line.Price = "", (-s.Value).String()
			}
			p.Lines = append(p.Lines, line)
		}
		p.Sums = []document.Sum{{Label: text.T("bookpage.in"), Value: all.In().String()}, {Label: text.T("bookpage.out"), Value: all.Out().String()},
			{Label: text.T("bookpage.left"), Value: all.Left().String()}, {Label: text.T("bookpage.net"), Value: all.Net().String(), Strong: true}}
		p.Words = all.Net().Words()
		p.Notes = []string{text.T("bookpage.net_how"), text.T("bookpage.how", "itself", how.Itself, "typed", how.Typed, "receipts", how.Receipts, "back", how.TakenBack)}
		return document.Send(c.Response(), c.Request().Method, "buku-kas-"+month, p)
	})
}
