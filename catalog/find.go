package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog/index"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// HowSoon says what kind of waiting an order means, in the words of addresses.
type HowSoon string

// How soon a product can be had.
const (
	Now         HowSoon = "sekarang" // finished pieces on the shelf
	MadeToOrder HowSoon = "pesan"
	Preorder    HowSoon = "po"
	OnRequest   HowSoon = "minta" // "Minta harga"
)

// soons are the words of how soon, by the index's numbers.
var soons = [...]HowSoon{index.SoldOut: "", index.Now: Now, index.MadeToOrder: MadeToOrder, index.Preorder: Preorder, index.OnRequest: OnRequest}

// Sort is an order of the product list, as it stands in addresses.
type Sort string

// The orders.
const (
	Relevant Sort = "relevan" // what fits a search best; the default of one
	Newest   Sort = "terbaru" // by first publication; the default without a search
	Cheapest Sort = "termurah"
	Dearest  Sort = "termahal"
)

var sorts = map[Sort]index.Sort{Relevant: index.Relevant, Newest: index.Newest, Cheapest: index.Cheapest, Dearest: index.Dearest}

// Filter narrows the public product list. The zero Filter lists everything.
type Filter struct {
	Query       string // what was typed
	Category    string // slug
	Region      string // province, regency or district code of the shop
	Shop        string // slug
	MinPrice    money.Rupiah
	MaxPrice    money.Rupiah // 0: no limit. Prices on request are in no range.
	HowSoon     HowSoon
	ShopKind    ShopKind
	Certificate CertificateKind // that holds now
	Sort        Sort            // default Relevant for a search, else Newest; an unknown one counts as the default
	Cursor      string          // Page.Next of the page before
	Limit       int             // default 24, at most 60
	Only        bool            // only the products and Next: Total and the counts stay empty
}

// Count says how many products a choice would leave.
type Count struct {
	Value string // what goes into the filter
	Name  string // "" where the value says it
	N     int64
}

// PriceRange is a range of prices; To is 0 for the last.
type PriceRange struct {
	From, To money.Rupiah
	N        int64
}

// Page is one page of the product list. The counts of each filter are those with
// every other filter applied, so that each choice shows what it would find;
// choices that would find nothing are left out.
type Page struct {
	Products     []Sellable
	Sort         Sort   // in which they are
	Next         string // cursor of the next page, "" at the end
	Total        int64
	Categories   []Count // in the order of the shop window
	Provinces    []Count // by name
	Regencies    []Count // by name, with their type
	Soon         []Count // HowSoon
	ShopKinds    []Count
	Certificates []Count
	Prices       []PriceRange
	Corrected    string // the search without its typing mistakes; "" if it found something as it was typed
	Relaxed      bool   // no product has all words of the search: these have the most
}

// Products lists what is for sale to anybody, from the index of the shop window;
// the products themselves are then read from the database. Paused products and
// products of shops that are not open are not in it. Errors: invalid for a cursor
// that is not ours.
func (s *Service) Products(ctx context.Context, f Filter) (Page, error) {
	if f.Limit <= 0 || f.Limit > 60 {
		f.Limit = 24
	}
	searching := len(words(f.Query)) > 0
	if _, known := sorts[f.Sort]; !known || f.Sort == Relevant && !searching {
		f.Sort = Newest
		if searching {
			f.Sort = Relevant
		}
	}
	list := "products|" + string(f.Sort)
	after, err := ParseCursor(s.keys, list, f.Cursor)
	if err != nil {
		return Page{}, err
	}
	if f.Shop != "" && f.Only && !searching && f.HowSoon == "" {
		database.Depend(ctx, "shop:"+f.Shop) // what a shop sells follows from the shop
	} else {
		database.Depend(ctx, "list")
	}
	ix, err := s.window.fresh(ctx)
	if err != nil {
		return Page{}, err
	}
	found := ix.Find(f.query(after))
	ids := make([]int64, len(found.Hits))
	for i, h := range found.Hits {
		ids[i] = h.ID
	}
	page := Page{Sort: f.Sort, Corrected: found.Corrected, Relaxed: found.Relaxed}
	if found.More {
		last := found.Hits[len(found.Hits)-1].Place
		page.Next = Keyset{Rank: last[0], Value: last[1], ID: last[2]}.Cursor(s.keys, list)
	}
	sellables, err := s.Sellables(ctx, ids)
	if err != nil {
		return Page{}, err
	}
	for _, id := range ids {
		if v := sellables[id]; v.State == ProductPublished && v.ShopState == ShopOpen { // else it left between the two
			page.Products = append(page.Products, v)
		}
	}
	if !f.Only {
		s.window.count(&page, found.Counts)
	}
	return page, nil
}

func (f Filter) query(after Keyset) index.Query {
	q := index.Query{
		Text: f.Query, Category: f.Category, Region: areaNumber(f.Region), Shop: f.Shop, Min: int64(f.MinPrice), Max: int64(f.MaxPrice),
		Kind: string(f.ShopKind), Certificate: string(f.Certificate), Sort: sorts[f.Sort], Limit: f.Limit, Only: f.Only,
		After: index.Place{after.Rank, after.Value, after.ID},
	}
	if f.HowSoon != "" {
		q.Soon = index.Soon(max(slices.Index(soons[:], f.HowSoon), 0))
	}
	return q
}

// areaNumber is a region's code as the index knows it: 35.19.03 is 351903. A code
// that is none is a place where nothing is.
func areaNumber(code string) uint32 {
	if code == "" {
		return 0
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(code, ".", ""), 10, 32)
	if err != nil || n == 0 {
		return 99
	}
	return uint32(n)
}

// count puts names to what the index counted.
func (w *window) count(page *Page, c index.Counts) {
	page.Total = c.Total
	n := map[string]int64{}
	for _, k := range c.Categories {
		n[k.Value] = k.N
	}
	for _, k := range w.categories {
		if n[k.Slug] > 0 {
			page.Categories = append(page.Categories, Count{Value: k.Slug, Name: k.Name, N: n[k.Slug]})
		}
	}
	provinces := map[string]int64{}
	for number, n := range c.Regencies {
		code := fmt.Sprintf("%02d.%02d", number/100, number%100)
		r, _ := region.RegencyByCode(code)
		page.Regencies = append(page.Regencies, Count{Value: code, Name: r.Name, N: n})
		provinces[code[:2]] += n
	}
	for code, n := range provinces {
		p, _ := region.ProvinceByCode(code)
		page.Provinces = append(page.Provinces, Count{Value: code, Name: p.Name, N: n})
	}
	page.Regencies, page.Provinces = byName(page.Regencies), byName(page.Provinces)
	for i, n := range c.Soon {
		if n > 0 && soons[i] != "" {
			page.Soon = append(page.Soon, Count{Value: string(soons[i]), N: n})
		}
	}
	for _, kind := range []ShopKind{Individual, Group, Institution} {
		for _, k := range c.Kinds {
			if k.Value == string(kind) {
				page.ShopKinds = append(page.ShopKinds, Count{Value: k.Value, N: k.N})
			}
		}
	}
	for _, kind := range CertificateKinds() {
		for _, k := range c.Certificates {
			if k.Value == string(kind) {
				page.Certificates = append(page.Certificates, Count{Value: k.Value, N: k.N})
			}
		}
	}
	for i, from := range index.Bands {
		band := PriceRange{From: money.Rupiah(from), N: c.Prices[i]}
		if i+1 < len(index.Bands) {
			band.To = money.Rupiah(index.Bands[i+1]) - 1
		}
		if band.N > 0 {
			page.Prices = append(page.Prices, band)
		}
	}
}

func byName(list []Count) []Count {
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	return list
}

// Suggestion is one thing that a search which has only begun may mean.
type Suggestion struct {
	Slug, Title string
}

// Suggestions are products, categories and shops that begin like what was typed.
type Suggestions struct {
	Products, Categories, Shops []Suggestion
}

// Suggest completes a search while it is typed, for anybody, from the index alone.
func (s *Service) Suggest(ctx context.Context, typed string) (Suggestions, error) {
	database.Depend(ctx, "list")
	ix, err := s.window.fresh(ctx)
	if err != nil {
		return Suggestions{}, err
	}
	found := ix.Suggest(typed, 6, 3)
	plain := func(list []index.Suggestion) (out []Suggestion) {
		for _, x := range list {
			out = append(out, Suggestion(x))
		}
		return out
	}
	return Suggestions{Products: plain(found.Products), Categories: plain(found.Categories), Shops: plain(found.Shops)}, nil
}
