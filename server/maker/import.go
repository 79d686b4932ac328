package maker

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/sheet"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Many products at once, for shops where somebody sits at a computer. The file is
// read and shown; its lines then travel in the form that confirms them, so that
// nothing is stored before, and are read once more.

const importPath = "/toko-saya/impor"

// listed is one line of a list as it travels through the form.
type listed struct {
	Number int      `json:"n"`
	Cells  []string `json:"c"`
}

// importRoutes are those of the list of products.
func (a area) importRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: importPath, Handler: a.showImport},
		{Method: http.MethodGet, Path: importPath + "/contoh.xlsx", Handler: a.importExample},
		{Method: http.MethodGet, Path: importPath + "/contoh.csv", Handler: a.importLines},
		{Method: http.MethodPost, Path: importPath, Handler: a.readImport, BodyLimit: catalog.MaxImportBytes + 64<<10},
		{Method: http.MethodPost, Path: importPath + "/ya", Handler: a.storeImport, BodyLimit: 4 << 20},
	}
}

func (a area) showImport(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error { return a.importPage(c, http.StatusOK, shop, pages.Import{}) })
}

// importPage shows how a list is made and where it is sent, or what was read of it.
func (a area) importPage(c *web.Ctx, status int, shop catalog.Shop, v pages.Import) error {
	page, err := a.frame(c, shop, "produk", text.T("importpage.title"))
	if err != nil {
		return err
	}
	v.Page, v.Shop, v.Max = page, fmt.Sprint(shop.ID), strconv.Itoa(catalog.MaxImportLines)
	return c.Page(status, pages.ImportPage(v))
}

func (a area) importExample(c *web.Ctx) error {
	kinds, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return err
	}
	data, err := catalog.ImportExample(kinds)
	if err != nil {
		return err
	}
	return c.Workbook("daftar-produk", data)
}

func (a area) importLines(c *web.Ctx) error {
	kinds, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return err
	}
	return c.CSV("daftar-produk", catalog.ImportExampleLines(kinds))
}

func (a area) readImport(c *web.Ctx) error {
	var in struct {
		Shop int64 `form:"shop"`
	}
	file, _, err := c.File("berkas")
	if err != nil {
		return err
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	kinds, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return err
	}
	if file == nil {
		return a.importPage(c, http.StatusUnprocessableEntity, shop, pages.Import{Whole: text.T("importpage.missing")})
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, catalog.MaxImportBytes+1))
	if err != nil {
		return fault.Invalid("fault.form").Because(fmt.Errorf("read a list of products: %w", err))
	}
	all, lines, faults := catalog.ReadImportFile(data, kinds)
	return a.previewImport(c, shop, all, lines, faults)
}

// previewImport shows every line as it will be, and all that is wrong.
func (a area) previewImport(c *web.Ctx, shop catalog.Shop, all []sheet.Line, lines []catalog.ImportLine, faults []sheet.Fault) error {
	v := pages.Import{}
	for _, f := range faults {
		v.Whole = text.T(f.Key, f.Args...)
		if f.Line > 0 {
			v.Whole = text.T("importpage.line", "line", f.Line) + ": " + v.Whole
		}
	}
	for _, l := range lines {
		row := pages.ImportRow{Line: strconv.Itoa(l.Number), Title: l.Title, Kind: l.CategoryName, Faulty: len(l.Faults) > 0}
		if p := l.Change.Price; p != nil {
			row.Price = priceOf(*p, *l.Change.Unit)
		}
		if n := l.Change.Quantity; n != nil {
			row.Quantity = text.T("importpage.stock", "quantity", money.Group(uint64(*n)))
			if *l.Change.Mode == catalog.ModeCapacity {
				row.Quantity = text.T("importpage.month", "quantity", money.Group(uint64(*n)))
			}
		}
		if words := l.Change.Description; words != nil {
			row.Words = sheet.Clip(*words)
		}
		v.Rows = append(v.Rows, row)
		if !row.Faulty {
			continue
		}
		wrong := pages.ImportFaults{Line: text.T("importpage.line", "line", l.Number)}
		if l.Title != "" {
			wrong.Line += ", " + sheet.Clip(l.Title)
		}
		for _, f := range l.Faults {
			wrong.Words = append(wrong.Words, text.T(f.Key, f.Args...))
		}
		v.Faults = append(v.Faults, wrong)
	}
	v.Count = strconv.Itoa(len(v.Rows))
	if v.Whole != "" || len(v.Faults) > 0 {
		return a.importPage(c, http.StatusUnprocessableEntity, shop, v)
	}
	carried := make([]listed, len(all))
	for i, l := range all {
		carried[i] = listed{l.Number, l.Cells}
	}
	data, err := json.Marshal(carried)
	if err != nil {
		return fault.Internal(err)
	}
	v.Data = string(data)
	return a.importPage(c, http.StatusOK, shop, v)
}

func (a area) storeImport(c *web.Ctx) error {
	var in struct {
		Shop int64  `form:"shop"`
		Data string `form:"daftar"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	kinds, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return err
	}
	var carried []listed
	if json.Unmarshal([]byte(in.Data), &carried) != nil || len(carried) == 0 {
		return a.importPage(c, http.StatusUnprocessableEntity, shop, pages.Import{Whole: text.T("importpage.missing")})
	}
	all := make([]sheet.Line, len(carried))
	for i, l := range carried {
		all[i] = sheet.Line{Number: l.Number, Cells: l.Cells}
	}
	lines, faults := catalog.ReadImport(all, kinds)
	if len(faults) > 0 || slices.ContainsFunc(lines, func(l catalog.ImportLine) bool { return len(l.Faults) > 0 }) {
		return a.previewImport(c, shop, all, lines, faults)
	}
	made, err := a.Catalog.Import(c.Context(), c.Actor, shop.ID, lines)
	if err != nil {
		return err
	}
	switch {
	case len(made.Made) == 0:
		c.Flash(view.Info, "importpage.known", "count", made.Known)
	case made.Known > 0:
		c.Flash(view.Good, "importpage.some", "count", len(made.Made), "known", made.Known)
	default:
		c.Flash(view.Good, "importpage.made", "count", len(made.Made))
	}
	return c.SeeOther("/toko-saya/produk")
}
