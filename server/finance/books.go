package finance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// booksPage is how many accounts or lines one page of the books shows.
const booksPage = 100

// fileLines is the most lines of an account that go into one file.
const fileLines = 20_000

// ownersShown is how many of the largest debts the trial balance names.
const ownersShown = 20

const booksAt, accountAt, thingAt = "/keuangan/neraca", "/keuangan/neraca/akun", "/keuangan/neraca/perihal"

// asOf is the day the books are read up to, as typed and as the moment it ends.
type asOf struct {
	day    string
	before time.Time // zero: now
}

func mayReadBooks(c *web.Ctx) error {
	if !c.Actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return fault.NotFound("role")
	}
	return nil
}

// readAsOf reads the day of an address. A day nobody can read is a fault of the
// field.
func readAsOf(c *web.Ctx) (asOf, view.Errors) {
	day := c.Query("per")
	if day == "" {
		return asOf{}, nil
	}
	at, err := time.ParseInLocation("2006-01-02", day, calendar.Zone("31"))
	if err != nil || at.Year() < 2000 || at.Year() > 9000 {
		return asOf{day: day}, view.Errors{{Field: "per", Message: text.T("financepage.books.faulty_day")}}
	}
	return asOf{day: day, before: at.AddDate(0, 0, 1)}, nil
}

// with adds what is chosen to an address of the books.
func (d asOf) with(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if !d.before.IsZero() {
		q.Set("per", d.day)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// form asks for another day on the same page.
func (d asOf) form(path string, faults view.Errors, pairs ...string) *pages.AsOf {
	f := &pages.AsOf{Action: path, Value: d.day, Error: faults.Of("per")}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			f.Hidden = append(f.Hidden, view.Hidden{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	if d.day != "" {
		f.Clear = asOf{}.with(path, pairs...)
	}
	return f
}

// said is the sentence under the title: up to when the books were read.
func (d asOf) said(now time.Time) string {
	if d.before.IsZero() {
		return text.T("financepage.accounts.at", "time", stamp(now))
	}
	return text.T("financepage.books.until", "day", calendar.Date(d.before.AddDate(0, 0, -1)))
}

func kindName(kind ledger.AccountKind) string { return text.T("financepage.account." + string(kind)) }

// signed writes a sum as debit (plain) or credit (with a minus).
func signed(m money.Rupiah) view.Cell { return view.Cell{Text: m.String()} }

// side writes an amount above zero and leaves zero empty, as account books do.
func side(m money.Rupiah) view.Cell {
	if m == 0 {
		return view.Cell{}
	}
	return view.Cell{Text: m.String()}
}

func sums(keys ...string) []view.Column {
	out := make([]view.Column, len(keys))
	for i, k := range keys {
		out[i] = view.Column{Label: text.T("financepage.col." + k), Numeric: k == "debit" || k == "credit" || k == "balance" || k == "lines"}
	}
	return out
}

// accounts is the trial balance: every kind of account, both sides, zero below.
func (a area) accounts(c *web.Ctx) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	day, faults := readAsOf(c)
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	totals, err := a.Books.Totals(c.Context(), day.before)
	if err != nil {
		return err
	}
	v := pages.Book{
		Page: a.frame(c, text.T("financepage.accounts.title")), Title: text.T("financepage.accounts.title"), Lead: day.said(now),
		AsOf: day.form(booksAt, faults), CSV: day.with(booksAt + ".csv"),
	}
	t := view.Table{Caption: text.T("financepage.accounts.title"), Columns: sums("account", "debit", "credit", "balance")}
	debit, credit := money.Rupiah(0), money.Rupiah(0)
	for _, total := range totals {
		debit, credit = debit+total.Debit, credit+total.Credit
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: kindName(total.Kind), URL: day.with(accountAt, "jenis", string(total.Kind)), Note: text.T("financepage.account_is." + string(total.Kind))},
			side(total.Debit), side(total.Credit), signed(total.Balance()),
		}})
	}
	t.Rows = append(t.Rows, view.Row{Tone: view.Info, Cells: []view.Cell{
		{Text: text.T("financepage.books.sum")}, {Text: debit.String()}, {Text: credit.String()}, {Text: (debit - credit).String()},
	}})
	v.Parts = append(v.Parts, pages.BookPart{ID: "neraca", Rows: t, Soft: text.T("financepage.books.signs")})
	v.Balance = &view.Notice{Tone: view.Good, Text: text.T("financepage.books.agree", "sum", debit)}
	if debit != credit {
		v.Balance = &view.Notice{Tone: view.Bad, Title: text.T("financepage.accounts.differ"), Text: text.T("financepage.books.differ", "debit", debit, "credit", credit)}
	}
	if day.before.IsZero() {
		if err := a.spent(c, totals, now, &v); err != nil {
			return err
		}
		if err := a.largest(c, &v); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if faults.Any() {
		status = http.StatusUnprocessableEntity
	}
	return c.Page(status, pages.BookPage(v))
}

// accountsCSV is the trial balance as a file.
func (a area) accountsCSV(c *web.Ctx) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	day, _ := readAsOf(c)
	totals, err := a.Books.Totals(c.Context(), day.before)
	if err != nil {
		return err
	}
	rows := [][]string{{text.T("financepage.col.account"), text.T("financepage.col.what"), text.T("financepage.col.debit"), text.T("financepage.col.credit"), text.T("financepage.col.balance")}}
	debit, credit := money.Rupiah(0), money.Rupiah(0)
	for _, t := range totals {
		debit, credit = debit+t.Debit, credit+t.Credit
		rows = append(rows, []string{kindName(t.Kind), text.T("financepage.account_is." + string(t.Kind)), digits(t.Debit), digits(t.Credit), digits(t.Balance())})
	}
	rows = append(rows, []string{text.T("financepage.books.sum"), "", digits(debit), digits(credit), digits(debit - credit)})
	name := "neraca"
	if !day.before.IsZero() {
		name += "-" + day.day
	}
	return c.Sheet(name, rows)
}

// digits writes an amount as spreadsheets count: no dots, no Rp.
func digits(m money.Rupiah) string { return strconv.FormatInt(int64(m), 10) }

// spent says what the gateway's fees cost us: this month, in all, and how many of
// them the gateway has not told.
func (a area) spent(c *web.Ctx, totals []ledger.Total, now time.Time, v *pages.Book) error {
	all := money.Rupiah(0)
	for _, t := range totals {
		if t.Kind == ledger.Subsidy {
			all = t.Debit
		}
	}
	earlier, err := a.Books.Totals(c.Context(), calendar.MonthStart(now.In(calendar.Zone("31"))))
	if err != nil {
		return err
	}
	month := all
	for _, t := range earlier {
		if t.Kind == ledger.Subsidy {
			month -= t.Debit
		}
	}
	unknown, err := a.Payments.FeesUnknown(c.Context())
	if err != nil {
		return err
	}
	part := pages.BookPart{ID: "biaya", Title: kindName(ledger.Subsidy), Lead: text.T("financepage.accounts.spent", "month", month, "all", all)}
	if unknown > 0 {
		part.Soft = text.T("financepage.accounts.fees_unknown", "count", unknown)
	}
	v.Parts = append(v.Parts, part)
	return nil
}

// largest names the shops with the most money to take.
func (a area) largest(c *web.Ctx, v *pages.Book) error {
	open, err := a.Books.Open(c.Context(), ledger.ShopPayable, ownersShown)
	if err != nil {
		return err
	}
	var ids []int64
	for _, o := range open {
		ids = append(ids, o.Owner)
	}
	shops, err := a.shopsOf(c.Context(), ids)
	if err != nil {
		return err
	}
	t := view.Table{
		Caption: text.T("financepage.accounts.shops"), Empty: text.T("financepage.accounts.shops_none"),
		Columns: sums("shop", "balance"),
	}
	for _, o := range open {
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{{Text: shops[o.Owner].Name, URL: linesAddress(o.Account), Note: shops[o.Owner].Place()}, {Text: o.Amount.String()}}})
	}
	v.Parts = append(v.Parts, pages.BookPart{ID: "toko", Title: text.T("financepage.accounts.shops"), Rows: t})
	return nil
}

// linesAddress opens one account.
func linesAddress(account ledger.Account) string {
	return asOf{}.with(accountAt, "jenis", string(account.Kind), "milik", strconv.FormatInt(account.Owner, 10))
}

// book is one kind of account (jenis), or one account (jenis and milik).
func (a area) book(c *web.Ctx) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	kind, known := ledger.KnownKind(cmp.Or(c.Query("jenis"), string(ledger.Gateway)))
	if !known {
		return fault.NotFound("account kind")
	}
	owner, err := strconv.ParseInt(c.Query("milik"), 10, 64)
	switch {
	case !kind.Owned():
		return a.lines(c, ledger.Account{Kind: kind})
	case err == nil && owner > 0:
		return a.lines(c, ledger.Account{Kind: kind, Owner: owner})
	}
	return a.owners(c, kind)
}

// owners lists the accounts of a kind.
func (a area) owners(c *web.Ctx, kind ledger.AccountKind) error {
	day, faults := readAsOf(c)
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	every := ""
	if c.Query("semua") == "1" {
		every = "1"
	}
	after := int64(-1)
	if n, err := strconv.ParseInt(c.Query("lanjut"), 10, 64); err == nil {
		after = n
	}
	list, err := a.Books.Accounts(c.Context(), kind, day.before, every == "", after, booksPage+1)
	if err != nil {
		return err
	}
	v := pages.Book{
		Page: a.frame(c, kindName(kind)), Title: kindName(kind), Lead: text.T("financepage.account_is."+string(kind)) + ". " + day.said(now),
		Back: view.Link{Label: text.T("financepage.accounts.title"), URL: day.with(booksAt)},
		AsOf: day.form(accountAt, faults, "jenis", string(kind), "semua", every),
		Tabs: []view.Link{
			{Label: text.T("financepage.books.open"), URL: day.with(accountAt, "jenis", string(kind)), Current: every == ""},
			{Label: text.T("financepage.books.all"), URL: day.with(accountAt, "jenis", string(kind), "semua", "1"), Current: every != ""},
		},
	}
	if len(list) > booksPage {
		list = list[:booksPage]
		v.Pager.Next = day.with(accountAt, "jenis", string(kind), "semua", every, "lanjut", strconv.FormatInt(list[booksPage-1].Owner, 10))
	}
	if after >= 0 {
		v.Pager.First = day.with(accountAt, "jenis", string(kind), "semua", every)
	}
	accounts := make([]ledger.Account, len(list))
	for i, l := range list {
		accounts[i] = l.Account
	}
	names, err := a.names(c.Context(), accounts)
	if err != nil {
		return err
	}
	t := view.Table{Caption: kindName(kind), Columns: sums("owner", "lines", "debit", "credit", "balance"), Empty: text.T("financepage.books.none")}
	for _, l := range list {
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: names[l.Account], URL: day.with(accountAt, "jenis", string(kind), "milik", strconv.FormatInt(l.Owner, 10))},
			{Text: strconv.FormatInt(l.Lines, 10)}, side(l.Debit), side(l.Credit), signed(l.Balance()),
		}})
	}
	v.Parts = []pages.BookPart{{ID: "akun", Rows: t}}
	return c.Page(http.StatusOK, pages.BookPage(v))
}

// names says whose accounts are: an order's number, a shop's name.
func (a area) names(ctx context.Context, accounts []ledger.Account) (map[ledger.Account]string, error) {
	var orders, shops, parties []int64
	for _, one := range accounts {
		switch one.Kind {
		case ledger.Held, ledger.RefundDue:
			orders = append(orders, one.Owner)
		case ledger.ShopPayable, ledger.ShopOwes, ledger.ShopCash, ledger.ShopSales:
			shops = append(shops, one.Owner)
		case ledger.ShareDue:
			parties = append(parties, one.Owner)
		}
	}
	numbers, err := a.Orders.Numbers(ctx, orders)
	if err != nil {
		return nil, err
	}
	found, err := a.shopsOf(ctx, shops)
	if err != nil {
		return nil, err
	}
	labels, err := a.Shares.Labels(ctx, parties)
	if err != nil {
		return nil, err
	}
	names := map[ledger.Account]string{}
	for _, one := range accounts {
		name := ""
		switch one.Kind {
		case ledger.Held, ledger.RefundDue:
			name = numbers[one.Owner]
		case ledger.ShopPayable, ledger.ShopOwes, ledger.ShopCash, ledger.ShopSales:
			name = found[one.Owner].Name
		case ledger.ShareDue:
			name = labels[one.Owner].Label
		}
		if name == "" {
			name = kindName(one.Kind)
			if one.Owner > 0 {
				name += " " + strconv.FormatInt(one.Owner, 10)
			}
		}
		names[one] = name
	}
	return names, nil
}

// lines is one account, the newest line first.
func (a area) lines(c *web.Ctx, of ledger.Account) error {
	day, faults := readAsOf(c)
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(c.Query("lanjut"), 10, 64)
	list, err := a.Books.Lines(c.Context(), of, day.before, before, booksPage+1)
	if err != nil {
		return err
	}
	names, err := a.names(c.Context(), []ledger.Account{of})
	if err != nil {
		return err
	}
	owner := ""
	if of.Owner > 0 {
		owner = strconv.FormatInt(of.Owner, 10)
	}
	pairs := []string{"jenis", string(of.Kind), "milik", owner}
	v := pages.Book{
		Page: a.frame(c, names[of]), Title: names[of], Lead: day.said(now), AsOf: day.form(accountAt, faults, pairs...),
		Back: view.Link{Label: text.T("financepage.accounts.title"), URL: day.with(booksAt)},
		CSV:  day.with(accountAt+".csv", pairs...),
	}
	if of.Owner > 0 {
		v.Lead = kindName(of.Kind) + ". " + v.Lead
		v.Back = view.Link{Label: kindName(of.Kind), URL: day.with(accountAt, "jenis", string(of.Kind))}
	}
	if len(list) > booksPage {
		list = list[:booksPage]
		v.Pager.Next = day.with(accountAt, append(pairs, "lanjut", strconv.FormatInt(list[booksPage-1].ID, 10))...)
	}
	if before > 0 {
		v.Pager.First = day.with(accountAt, pairs...)
	}
	t := view.Table{Caption: names[of], Columns: sums("time", "what", "debit", "credit", "balance"), Empty: text.T("financepage.books.none")}
	for _, l := range list {
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: stamp(l.At)}, {Text: entryName(l.Kind), URL: entryAddress(l.EntryID), Note: l.Memo},
			side(max(l.Amount, 0)), side(max(-l.Amount, 0)), signed(l.Balance),
		}})
	}
	v.Parts = []pages.BookPart{{ID: "baris", Rows: t}}
	return c.Page(http.StatusOK, pages.BookPage(v))
}

func entryName(kind ledger.EntryKind) string { return text.T("financepage.entry." + string(kind)) }

func entryAddress(id int64) string {
	return asOf{}.with(booksAt+"/catatan", "nomor", strconv.FormatInt(id, 10))
}

// bookCSV is one account as a file, at most fileLines of its newest lines.
func (a area) bookCSV(c *web.Ctx) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	kind, known := ledger.KnownKind(cmp.Or(c.Query("jenis"), string(ledger.Gateway)))
	owner, err := strconv.ParseInt(c.Query("milik"), 10, 64)
	if !known || kind.Owned() != (err == nil && owner > 0) {
		return fault.NotFound("account")
	}
	day, _ := readAsOf(c)
	list, err := a.Books.Lines(c.Context(), ledger.Account{Kind: kind, Owner: max(owner, 0)}, day.before, 0, fileLines)
	if err != nil {
		return err
	}
	rows := [][]string{{text.T("financepage.col.time"), text.T("financepage.col.entry"), text.T("financepage.col.what"), text.T("financepage.col.reference"),
		text.T("financepage.col.debit"), text.T("financepage.col.credit"), text.T("financepage.col.balance")}}
	for _, l := range list {
		rows = append(rows, []string{l.At.In(calendar.Zone("31")).Format("2006-01-02 15:04:05"), strconv.FormatInt(l.EntryID, 10), entryName(l.Kind), l.Memo,
			digits(max(l.Amount, 0)), digits(max(-l.Amount, 0)), digits(l.Balance)})
	}
	name := "akun-" + string(kind)
	if owner > 0 {
		name += fmt.Sprintf("-%d", owner)
	}
	return c.Sheet(name, rows)
}

// entry is one posting with all its lines.
func (a area) entry(c *web.Ctx) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	if c.Query("nomor") == "" {
		return c.SeeOther(booksAt)
	}
	id, err := strconv.ParseInt(c.Query("nomor"), 10, 64)
	if err != nil {
		return fault.NotFound("entry")
	}
	p, err := a.Books.Posting(c.Context(), id)
	if err != nil {
		return err
	}
	v := pages.Book{
		Page: a.frame(c, entryName(p.Kind)), Title: entryName(p.Kind), Lead: stamp(p.At),
		Back: view.Link{Label: text.T("financepage.accounts.title"), URL: booksAt},
		Facts: []view.Fact{
			{Label: text.T("financepage.col.entry"), Value: strconv.FormatInt(p.ID, 10), Note: p.Key},
			{Label: text.T("financepage.books.about"), Value: thing(p.Entry), URL: thingAddress(p.RefKind, p.RefID)},
		},
	}
	rows, err := a.postings(c.Context(), []ledger.Posted{p})
	if err != nil {
		return err
	}
	v.Parts = []pages.BookPart{{ID: "baris", Rows: rows}}
	return c.Page(http.StatusOK, pages.BookPage(v))
}

// postings is a table of the lines of entries; each leads to its account.
func (a area) postings(ctx context.Context, list []ledger.Posted) (view.Table, error) {
	var accounts []ledger.Account
	for _, p := range list {
		for _, l := range p.Lines {
			accounts = append(accounts, l.Account)
		}
	}
	t := view.Table{Caption: text.T("financepage.books.lines"), Columns: sums("time", "entry", "account", "debit", "credit"), Empty: text.T("financepage.books.none")}
	names, err := a.names(ctx, accounts)
	if err != nil {
		return t, err
	}
	for _, p := range list {
		for i, l := range p.Lines {
			at, what := view.Cell{}, view.Cell{}
			if i == 0 {
				at, what = view.Cell{Text: stamp(p.At)}, view.Cell{Text: entryName(p.Kind), URL: entryAddress(p.ID), Note: p.Memo}
			}
			t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
				at, what, {Text: names[l.Account], URL: linesAddress(l.Account), Note: kindName(l.Kind)},
				side(max(l.Amount, 0)), side(max(-l.Amount, 0)),
			}})
		}
	}
	return t, nil
}

// thing names what an entry is about.
func thing(e ledger.Entry) string {
	name := e.RefKind
	if key := "financepage.thing." + e.RefKind; text.Has(key) {
		name = text.T(key)
	}
	if e.Memo != "" && e.RefKind == "order" {
		return name + " " + e.Memo
	}
	return name + " " + strconv.FormatInt(e.RefID, 10)
}

// thingAddress opens everything that was written about one thing; a withdrawal
// has a page of its own.
func thingAddress(kind string, id int64) string {
	return asOf{}.with(thingAt, "apa", kind, "nomor", strconv.FormatInt(id, 10))
}

// about is everything that was written about one order, payment, refund or
// withdrawal.
func (a area) about(c *web.Ctx) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	kind := c.Query("apa")
	if kind == "" {
		return c.SeeOther(booksAt)
	}
	id, err := strconv.ParseInt(c.Query("nomor"), 10, 64)
	if err != nil {
		return fault.NotFound("thing")
	}
	list, err := a.Books.Entries(c.Context(), kind, id)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fault.NotFound("thing")
	}
	title := thing(list[0].Entry)
	v := pages.Book{Page: a.frame(c, title), Title: title, Lead: text.T("financepage.books.thing_lead", "count", len(list)),
		Back: view.Link{Label: text.T("financepage.accounts.title"), URL: booksAt}}
	if kind == "withdrawal" {
		v.Facts = []view.Fact{{Label: text.T("financepage.books.about"), Value: title, URL: address(id)}}
	}
	sum := map[ledger.Account]money.Rupiah{}
	var order []ledger.Account
	for _, p := range list {
		for _, l := range p.Lines {
			if _, seen := sum[l.Account]; !seen {
				order = append(order, l.Account)
			}
			sum[l.Account] += l.Amount
		}
	}
	names, err := a.names(c.Context(), order)
	if err != nil {
		return err
	}
	left := view.Table{Caption: text.T("financepage.books.left"), Columns: sums("account", "owner", "balance")}
	for _, account := range order {
		left.Rows = append(left.Rows, view.Row{Cells: []view.Cell{{Text: kindName(account.Kind)}, {Text: names[account], URL: linesAddress(account)}, signed(sum[account])}})
	}
	rows, err := a.postings(c.Context(), list)
	if err != nil {
		return err
	}
	v.Parts = []pages.BookPart{{ID: "sisa", Title: text.T("financepage.books.left"), Rows: left}, {ID: "baris", Title: text.T("financepage.books.lines"), Rows: rows}}
	return c.Page(http.StatusOK, pages.BookPage(v))
}
