package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/amount"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/near"
	"github.com/lapak-berdaya/lapak/internal/sheet"
)

// Many products at once, from a table. Each line becomes a draft as if somebody had
// answered the screens; its photos are added on the draft.

// The bounds of a list of products.
const (
	MaxImportBytes = 1 << 20
	MaxImportLines = 200
	maxImportText  = 512 << 10 // bytes of all cells: they travel through the form that confirms them
	cheapImport    = 1000      // below it a bare figure is asked back: who writes 35 mostly means 35.000
)

// The columns of a list of products.
const (
	colTitle    = "nama"
	colCategory = "jenis"
	colPrice    = "harga"
	colQuantity = "jumlah"
	colUnit     = "satuan"
	colMode     = "cara jual"
	colLead     = "hari siap"
	colWeight   = "berat gram"
	colWords    = "keterangan"
)

// ImportColumns is the first line of a list of products, the needed columns first.
var ImportColumns = []string{colTitle, colCategory, colPrice, colQuantity, colUnit, colMode, colLead, colWeight, colWords}

// importNeeds must be there; the others may be missing.
var importNeeds = ImportColumns[:4]

// importAlso are other names of the columns.
var importAlso = map[string]string{
	"nama produk": colTitle, "produk": colTitle, "nama barang": colTitle, "kategori": colCategory, "jenis produk": colCategory,
	"harga satuan": colPrice, "harga (rp)": colPrice, "harga jual": colPrice, "stok": colQuantity, "qty": colQuantity, "jumlah stok": colQuantity,
	"unit": colUnit, "kemasan": colUnit, "cara": colMode, "lama menyiapkan": colLead, "hari": colLead,
	"berat": colWeight, "berat (gram)": colWeight, "berat (g)": colWeight, "deskripsi": colWords, "catatan": colWords,
}

// The ways of selling that a line may name; an empty cell is stock.
var importModes = map[string]Mode{
	"": ModeStock, "ada stok": ModeStock, "stok": ModeStock, "per bulan": ModeCapacity, "dibuat dulu": ModeCapacity, "dibuat setelah dipesan": ModeCapacity,
}

// importUnits are the kinds of units behind the words people write.
var importUnits = map[string]UnitKind{
	"toples": UnitJar, "stoples": UnitJar, "botol": UnitBottle, "bungkus": UnitPack, "pak": UnitPack, "dus": UnitBox, "kotak": UnitBox,
	"set": UnitSet, "stel": UnitSet, "pasang": UnitPair, "kg": UnitKilo, "kilo": UnitKilo, "meter": UnitMetre,
}

// ImportLine is one product of a list as it will be, with what is wrong with it.
type ImportLine struct {
	Number       int // as the spreadsheet counts
	Title        string
	CategoryName string
	Change       DraftChange
	Faults       []sheet.Fault
	key          string // the same words again have the same one
}

// ImportExample is the list with two lines that show how to fill it, and the kinds to
// choose from: an XLSX file.
func ImportExample(categories []Category) ([]byte, error) {
	kinds := make([]string, len(categories))
	for i, c := range categories {
		kinds[i] = c.Name
	}
	data, err := sheet.File(ImportExampleLines(categories),
		sheet.Choice{Column: 1, Title: colCategory, Values: kinds}, sheet.Choice{Column: 5, Title: colMode, Values: []string{"ada stok", "per bulan"}})
	if err != nil {
		return nil, fault.Internal(err)
	}
	return data, nil
}

// ImportExampleLines is the heading with two lines that show how to fill it.
func ImportExampleLines(categories []Category) [][]string {
	kind := ""
	if len(categories) > 0 {
		kind = categories[0].Name
	}
	return [][]string{
		ImportColumns,
		{"Contoh: Nastar Nanas", kind, "65.000", "24", "toples 500 g", "ada stok", "2", "700", "Hapus baris contoh ini."},
		{"Contoh: Nastar Keju", kind, "70rb", "40", "toples 500 g", "per bulan", "5", "700", "Hapus baris contoh ini."},
	}
}

// ReadImportFile reads a CSV or XLSX file with products. It is pure. faults are what
// is wrong with the whole file; what is wrong with a line stands in it.
func ReadImportFile(data []byte, categories []Category) (all []sheet.Line, lines []ImportLine, faults []sheet.Fault) {
	all, err := sheet.Read(data, sheet.Limits{Bytes: MaxImportBytes, Lines: MaxImportLines + 10, Unzipped: 16 << 20, Formulas: true})
	one := func(key string, args ...any) ([]sheet.Line, []ImportLine, []sheet.Fault) {
		return nil, nil, []sheet.Fault{{Key: key, Args: args}}
	}
	switch {
	case errors.Is(err, sheet.ErrBig):
		return one("catalog.import.big", "max", MaxImportBytes>>20)
	case errors.Is(err, sheet.ErrMany):
		return one("catalog.import.many", "max", MaxImportLines)
	case err != nil:
		return one("catalog.import.unreadable")
	}
	lines, faults = ReadImport(all, categories)
	return all, lines, faults
}

// ReadImport understands the lines of a table, the heading among them: every line is
// looked at, so that all that is wrong is told at once. It is pure.
func ReadImport(all []sheet.Line, categories []Category) (lines []ImportLine, faults []sheet.Fault) {
	one := func(line int, key string, args ...any) ([]ImportLine, []sheet.Fault) {
		return nil, []sheet.Fault{{Line: line, Key: key, Args: args}}
	}
	if len(all) == 0 {
		return one(0, "catalog.import.empty")
	}
	at, below, heading, missing := sheet.Heading(all, importNeeds, importAlso)
	if missing != "" {
		return one(heading, "catalog.import.column", "name", missing)
	}
	size := 0
	for _, l := range all {
		for _, cell := range l.Cells {
			size += len(cell)
		}
	}
	switch {
	case len(below) == 0:
		return one(0, "catalog.import.empty")
	case len(below) > MaxImportLines:
		return one(0, "catalog.import.many", "max", MaxImportLines)
	case size > maxImportText:
		return one(0, "catalog.import.long")
	}
	known := map[string]Category{}
	var names []string
	for _, c := range categories {
		known[id.Fold(c.Name)], known[c.Slug] = c, c
		names = append(names, id.Fold(c.Name))
	}
	first := map[string]int{}
	for _, l := range below {
		r := importReader{line: l, at: at, known: known, names: names}
		out := r.importLine()
		if name := id.Fold(out.Title); name != "" {
			if before, twice := first[name]; twice {
				r.importFault("catalog.import.twice", "line", before)
			} else {
				first[name] = l.Number
			}
		}
		out.Faults = r.faults
		lines = append(lines, out)
	}
	return lines, nil
}

// importReader reads one line and notes what is wrong with it.
type importReader struct {
	line   sheet.Line
	at     map[string]int
	known  map[string]Category // by folded name and by slug
	names  []string            // folded
	faults []sheet.Fault
}

func (r *importReader) importFault(key string, args ...any) {
	r.faults = append(r.faults, sheet.Fault{Line: r.line.Number, Key: key, Args: args})
}

func (r *importReader) cell(name string) string {
	if at, there := r.at[name]; there {
		return r.line.Cell(at)
	}
	return ""
}

func (r *importReader) importLine() ImportLine {
	out := ImportLine{Number: r.line.Number}
	title, unit := cleanLine(r.cell(colTitle)), cleanLine(r.cell(colUnit))
	out.Title = title
	out.Change.Title, out.Change.Unit = &title, &unit
	if word, _, _ := strings.Cut(sheet.Fold(unit), " "); importUnits[word] != "" {
		kind := importUnits[word]
		out.Change.UnitKind = &kind
	}
	if i, there := r.at[colWords]; there && i < len(r.line.Cells) {
		words := cleanText(r.line.Cells[i])
		out.Change.Description = &words
	}
	r.importKind(&out)
	mode, found := importModes[sheet.Fold(r.cell(colMode))]
	if !found {
		r.importFault("catalog.import.mode", "typed", sheet.Clip(r.cell(colMode)))
		mode = ModeStock
	}
	out.Change.Mode = &mode
	price, readable := r.importPrice()
	if readable {
		out.Change.Price = &price
	}
	if n, ok := r.importCount(colQuantity, "catalog.import.quantity"); ok {
		out.Change.Quantity = &n
	}
	if r.cell(colLead) != "" {
		if n, ok := r.importCount(colLead, "catalog.import.days"); ok {
			out.Change.LeadDays = &n
		}
	}
	if r.cell(colWeight) != "" {
		if n, ok := r.importCount(colWeight, "catalog.import.weight"); ok {
			out.Change.WeightGrams = &n
		}
	}
	if _, _, err := out.Change.columns(); err != nil {
		for _, f := range fault.As(err).Fields {
			r.importFault(f.Key, f.Args...)
		}
	}
	out.key = r.importKey(title)
	return out
}

func (r *importReader) importKind(out *ImportLine) {
	typed := r.cell(colCategory)
	c, found := r.known[id.Fold(typed)]
	switch {
	case typed == "":
		r.importFault("catalog.import.missing", "name", colCategory)
	case !found && len(r.names) == 0:
		r.importFault("catalog.draft.category")
	case !found:
		r.importFault("catalog.import.category", "typed", sheet.Clip(typed), "near", r.known[r.like(typed)].Name)
	default:
		out.CategoryName, out.Change.Category = c.Name, &c.Slug
	}
}

// like is the folded name of the kind that somebody most likely means: one that shares
// a word, else the one with the fewest letters to change.
func (r *importReader) like(typed string) string {
	folded := id.Fold(typed)
	for _, word := range strings.Fields(folded) {
		for _, name := range r.names {
			for _, other := range strings.Fields(name) {
				if len(word) > 3 && len(other) > 3 && (strings.HasPrefix(other, word) || strings.HasPrefix(word, other)) {
					return name
				}
			}
		}
	}
	return near.Of(folded, r.names)
}

func (r *importReader) importPrice() (money.Rupiah, bool) {
	typed := sheet.Whole(r.cell(colPrice))
	price, err := money.Parse(typed)
	switch {
	case typed == "":
		r.importFault("catalog.import.missing", "name", colPrice)
	case err != nil:
		r.importFault("catalog.import.price", "typed", sheet.Clip(typed))
	case price > 0 && price < cheapImport && strings.Trim(typed, "0123456789") == "": // "Rp500" says what it means
		r.importFault("catalog.import.cheap", "typed", typed, "thousand", money.Group(uint64(price*1000)))
	default:
		return price, true
	}
	return 0, false
}

// importCount reads how many. What was reckoned from a word is asked back: the figure is to
// be written.
func (r *importReader) importCount(column, unreadable string) (int64, bool) {
	typed := sheet.Whole(r.cell(column))
	n, err := amount.Parse(typed)
	switch {
	case typed == "":
		r.importFault("catalog.import.missing", "name", column)
	case err != nil:
		r.importFault(unreadable, "typed", sheet.Clip(typed))
	case n.Reckoned:
		r.importFault("catalog.import.reckoned", "typed", sheet.Clip(typed), "count", money.Group(uint64(n.N)))
	default:
		return n.N, true
	}
	return 0, false
}

// importKey stands for what the line says: the same line sent again is the same draft.
func (r *importReader) importKey(title string) string {
	h := sha256.New()
	for _, name := range ImportColumns {
		fmt.Fprintf(h, "%q ", sheet.Fold(r.cell(name)))
	}
	fmt.Fprintf(h, "%q", title)
	return "sheet-" + hex.EncodeToString(h.Sum(nil)[:20])
}

// Imported are the drafts of a list.
type Imported struct {
	Made  []int64 // submissions, in the order of the lines
	Known int     // lines that had made their draft before
}

// Import makes a draft of every line of a list, all in one transaction or none. A line
// that was imported before, word for word, finds its draft and changes nothing; one whose
// product was removed since is made again. The shop's members and their companion may,
// while the shop is not closed or suspended. Errors: invalid when a line is faulty; those
// of StartDraft.
func (s *Service) Import(ctx context.Context, actor account.Actor, shopID int64, lines []ImportLine) (Imported, error) {
	if !actor.Manages(shopID) {
		return Imported{}, fault.NotFound("another's shop")
	}
	if len(lines) == 0 || len(lines) > MaxImportLines {
		return Imported{}, fault.Invalid("catalog.import.empty")
	}
	type row struct {
		set map[string]any
		ImportLine
	}
	rows := make([]row, len(lines))
	for i, l := range lines {
		set, _, err := l.Change.columns()
		if err != nil || len(l.Faults) > 0 || l.key == "" {
			return Imported{}, fault.Invalid("catalog.draft.invalid").Because(err)
		}
		rows[i] = row{set, l}
	}
	var out Imported
	store := func(tx *gorm.DB) error {
		out = Imported{}
		if err := working(ctx, tx, shopID); err != nil {
			return err
		}
		var kinds []Category
		if err := tx.Raw(`SELECT id, slug FROM categories`).Scan(&kinds).Error; err != nil {
			return fmt.Errorf("catalog: categories: %w", err)
		}
		ids := map[string]int64{}
		for _, k := range kinds {
			ids[k.Slug] = k.ID
		}
		for _, r := range rows {
			key, known, err := importKeyTx(ctx, tx, shopID, r.key)
			if err != nil {
				return err
			}
			if known {
				out.Known++
				continue
			}
			made, err := insertDraft(ctx, tx, actor, shopID, key)
			if err != nil {
				return err
			}
			set := maps.Clone(r.set)
			if set["category_id"] = ids[*r.Change.Category]; set["category_id"] == int64(0) {
				return fault.Invalid("catalog.draft.invalid").With("category", "catalog.draft.category")
			}
			if err := tx.Table("revisions").Where("submission_id = ?", made).Updates(set).Error; err != nil {
				return fmt.Errorf("catalog: import: %w", err)
			}
			if err := record(ctx, tx, actor, shopID, "start", "submission", made, fmt.Sprintf("line %d of a list", r.Number)); err != nil {
				return err
			}
			out.Made = append(out.Made, made)
		}
		return nil
	}
	err := database.InTx(ctx, s.db, store)
	if duplicate(err) { // the same list was sent twice at once, and the other one won
		err = database.InTx(ctx, s.db, store)
	}
	return out, err
}

// importKeyTx is the form key under which a line is made, and whether its product is
// there already: each time the product was removed, the line has a key of its own.
func importKeyTx(ctx context.Context, tx *gorm.DB, shopID int64, key string) (string, bool, error) {
	for n := 1; ; n++ {
		at := key
		if n > 1 {
			at = fmt.Sprintf("%s-%d", key, n)
		}
		var states []ProductState
		err := tx.WithContext(ctx).Raw(`SELECT p.state FROM submissions s JOIN products p ON p.id = s.product_id WHERE s.shop_id = ? AND s.form_key = ?`, shopID, at).Scan(&states).Error
		if err != nil {
			return "", false, fmt.Errorf("catalog: line of a list: %w", err)
		}
		if len(states) == 0 || states[0] != ProductArchived {
			return at, len(states) > 0, nil
		}
	}
}
