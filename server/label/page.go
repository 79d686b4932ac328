package label

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/public/sheet"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/sticker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// maxCode is how long the code of a batch may be, in letters.
const maxCode = 20

// choice is what an address of a label says: ukuran, tanggal, kode, harga, garis.
type choice struct {
	size        sheet.Size
	date, code  string
	price, line bool
	options     Options
	errors      view.Errors
}

// chosen reads the address. A day of production lies in the last year or the next
// month, and the goods must still be good.
func chosen(q url.Values, g Goods) choice {
	ch := choice{date: strings.TrimSpace(q.Get("tanggal")), code: strings.TrimSpace(q.Get("kode")), price: q.Get("harga") != "", line: q.Get("garis") != ""}
	var known bool
	if ch.size, known = sheet.SizeOf(q.Get("ukuran")); !known {
		ch.size = sheet.Sizes()[0]
	}
	ch.options = Options{Code: ch.code, Price: ch.price}
	if utf8.RuneCountInString(ch.code) > maxCode {
		ch.errors = append(ch.errors, view.FieldError{Field: "kode", Message: text.T("label.code_long", "max", maxCode)})
	}
	if ch.date != "" {
		made, err := time.ParseInLocation(time.DateOnly, ch.date, g.Now.Location())
		keeps := int(g.Revision.Label.ShelfDays)
		switch {
		case err != nil || made.Before(g.Now.AddDate(-1, 0, -1)) || made.After(g.Now.AddDate(0, 1, 0)):
			ch.errors = append(ch.errors, view.FieldError{Field: "tanggal", Message: text.T("label.date_wrong")})
		case keeps > 0 && made.AddDate(0, 0, keeps+1).Before(g.Now):
			ch.errors = append(ch.errors, view.FieldError{Field: "tanggal", Message: text.T("label.date_over")})
		default:
			ch.options.Made = made
		}
	}
	return ch
}

// query is the choice as an address has it, for another size when one is named.
func (ch choice) query(size string) string {
	q := url.Values{"ukuran": {ch.size.Name}}
	if size != "" {
		q.Set("ukuran", size)
	}
	for name, v := range map[string]string{"tanggal": ch.date, "kode": ch.code, "harga": yes(ch.price), "garis": yes(ch.line)} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "?" + q.Encode()
}

func yes(on bool) string {
	if on {
		return "ya"
	}
	return ""
}

// Show fills the page on which size and day are chosen and the label is seen.
// base is the page's address; render draws it in its own frame.
func Show(c *web.Ctx, g Goods, base string, render func(status int, v pages.Label) error) error {
	ch := chosen(c.QueryValues(), g)
	made := Of(g, ch.options)
	v := pages.Label{
		Action: base, Errors: ch.errors, Food: food(g.Revision), Date: ch.date, Code: ch.code, Price: ch.price, Lines: ch.line, HasPrice: g.Revision.Price > 0,
		MaxCode: maxCode, Left: made.Left,
	}
	for _, m := range made.Missing {
		v.Missing = append(v.Missing, pages.Lack{Text: text.T("curator.asks." + m.Key()), Source: m.Source})
	}
	for _, size := range sheet.Sizes() {
		placed, err := sheet.Place(made.Sticker, size)
		if err != nil && !errors.Is(err, sheet.ErrTooSmall) {
			return fault.Internal(err)
		}
		option := view.Option{Value: size.Name, Label: text.T("label.size." + size.Name), Note: text.T("label.fits"), Selected: size.Name == ch.size.Name}
		if err != nil {
			option.Note = text.T("label.fits_not")
		}
		if option.Selected {
			v.NoRoom = err != nil
			if placed.NoCode {
				v.Left = append(v.Left, text.T("label.left.code_room"))
			}
			v.Size = option.Label
		}
		v.Sizes = append(v.Sizes, option)
	}
	status := http.StatusOK
	if ch.errors.Any() {
		status = http.StatusUnprocessableEntity
	} else if !v.NoRoom {
		v.PDF, v.Preview = base+".pdf"+ch.query(""), base+".png"+ch.query("")
		v.Alt = text.T("label.alt", "name", g.Revision.Title, "size", v.Size)
		v.Width, v.Height = int(ch.size.Width*10), int(ch.size.Height*10)
	}
	return render(status, v)
}

// PDF answers with the sheet to print. What cannot be printed as it was asked for
// leads back to the page, which says why.
func PDF(c *web.Ctx, g Goods, base string) error {
	return file(c, g, base, "application/pdf", ".pdf", func(p sheet.Placed, ch choice) ([]byte, error) {
		return sheet.Print(p, g.Revision.Title, text.T("ui.brand.name"), ch.line)
	})
}

// PNG answers with one sticker as a picture for the screen.
func PNG(c *web.Ctx, g Goods, base string) error {
	return file(c, g, base, "image/png", ".png", func(p sheet.Placed, _ choice) ([]byte, error) { return sheet.Picture(p, 10) })
}

func file(c *web.Ctx, g Goods, base, kind, ending string, draw func(p sheet.Placed, ch choice) ([]byte, error)) error {
	ch := chosen(c.QueryValues(), g)
	if ch.errors.Any() {
		return c.SeeOther(base + ch.query(""))
	}
	placed, err := sheet.Place(Of(g, ch.options).Sticker, ch.size)
	if errors.Is(err, sheet.ErrTooSmall) {
		return c.SeeOther(base + ch.query(""))
	}
	if err != nil {
		return fault.Internal(err)
	}
	data, err := draw(placed, ch)
	if err != nil {
		return fault.Internal(err)
	}
	h := c.Response().Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `inline; filename="label-`+ch.size.Name+ending+`"`)
	h.Set("Cache-Control", "no-store")
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(data))
	return nil
}
