package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
)

// formats are the plain values of testdata/structured_data.csv; every other word
// there is a type of thing.
var formats = map[string]*regexp.Regexp{
	"string":       regexp.MustCompile(`(?s)^.+$`),
	"url":          regexp.MustCompile(`^https?://[!-~]+$`),
	"template":     regexp.MustCompile(`^https?://[!-~]+\{search_term_string\}$`),
	"number":       regexp.MustCompile(`^\d+(\.\d+)?$`),
	"price":        regexp.MustCompile(`^[1-9]\d*(\.\d\d)?$`),
	"currency":     regexp.MustCompile(`^IDR$`),
	"date":         regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
	"availability": regexp.MustCompile(`^https://schema\.org/(InStock|OutOfStock|PreOrder|BackOrder)$`),
	"condition":    regexp.MustCompile(`^https://schema\.org/NewCondition$`),
}

type graphRule struct{ need, format string }

func graphRules(t *testing.T) map[string]map[string]graphRule {
	t.Helper()
	raw, err := os.ReadFile("testdata/structured_data.csv")
	require.NoError(t, err)
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comment = '#'
	lines, err := r.ReadAll()
	require.NoError(t, err)
	out := map[string]map[string]graphRule{}
	for _, l := range lines[1:] {
		for i := range l {
			l[i] = strings.TrimSpace(l[i])
		}
		if out[l[0]] == nil {
			out[l[0]] = map[string]graphRule{}
		}
		out[l[0]][l[1]] = graphRule{l[2], l[3]}
	}
	return out
}

// breaks says what in a thing breaks the rules, inside it too.
func breaks(rules map[string]map[string]graphRule, thing map[string]any) (out []string) {
	kind, _ := thing["@type"].(string)
	known := rules[kind]
	if known == nil {
		return []string{fmt.Sprintf("%q is no type", kind)}
	}
	for name, value := range thing {
		r, ok := known[name]
		if name == "@type" {
			continue
		}
		if !ok {
			out = append(out, kind+" has no "+name)
			continue
		}
		values, many := value.([]any)
		if !many {
			values = []any{value}
		}
		for _, v := range values {
			if format := formats[r.format]; format != nil {
				if !format.MatchString(fmt.Sprint(v)) {
					out = append(out, fmt.Sprintf("%s: %s cannot be %v", kind, name, v))
				}
				continue
			}
			inner, ok := v.(map[string]any)
			if !ok || inner["@type"] != r.format {
				out = append(out, fmt.Sprintf("%s: %s is no %s", kind, name, r.format))
				continue
			}
			out = append(out, breaks(rules, inner)...)
		}
	}
	for name, r := range known {
		if _, there := thing[name]; !there && r.need != "allowed" {
			out = append(out, fmt.Sprintf("%s: %s is %s", kind, name, r.need))
		}
	}
	slices.Sort(out)
	return out
}

// graphOf reads what a page tells search engines.
func graphOf(t *testing.T, p page) map[string]map[string]any {
	t.Helper()
	found := p.Find(`script[type="application/ld+json"]`)
	require.Equal(t, 1, found.Length())
	var g struct {
		Context string           `json:"@context"`
		Things  []map[string]any `json:"@graph"`
	}
	require.NoError(t, json.Unmarshal([]byte(found.Text()), &g))
	require.Equal(t, "https://schema.org", g.Context)
	out := map[string]map[string]any{}
	for _, thing := range g.Things {
		out[thing["@type"].(string)] = thing
	}
	return out
}

func TestWhatSearchEnginesReadKeepsTheirRules(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	ctx, rules := t.Context(), graphRules(t)
	photo := image.NewGray(image.Rect(0, 0, 80, 60))
	list := func(title, words string, unit catalog.UnitKind, variants []catalog.DraftVariant, tiers []catalog.PriceTier) string {
		t.Helper()
		sub, err := w.catalog.StartDraft(ctx, w.maker, w.shop, id.Token())
		require.NoError(t, err)
		photo.Pix[0]++ // another one
		var raw bytes.Buffer
		require.NoError(t, png.Encode(&raw, photo))
		picture, err := w.pictures.Store(ctx, w.maker, media.Upload{Reader: &raw, OwnerKind: catalog.PictureOwner, OwnerID: sub.ProductID, Name: "foto.png"})
		require.NoError(t, err)
		_, err = w.catalog.AddPicture(ctx, w.maker, sub.ID, picture.ID)
		require.NoError(t, err)
		price, mode, quantity, grams := money.Rupiah(50_000), catalog.ModeStock, int64(9), int64(500)
		_, err = w.catalog.SaveDraft(ctx, w.maker, sub.ID, catalog.DraftChange{
			Title: &title, Description: &words, Price: &price, Mode: &mode, Quantity: &quantity, WeightGrams: &grams, UnitKind: &unit,
		})
		require.NoError(t, err)
		if variants != nil {
			_, err = w.catalog.SetVariants(ctx, w.maker, sub.ID, variants)
			require.NoError(t, err)
		}
		if tiers != nil {
			_, err = w.catalog.SetTiers(ctx, w.maker, sub.ID, tiers)
			require.NoError(t, err)
		}
		sub, err = w.app.curation.Submit(ctx, w.maker, sub.ID, id.Token())
		require.NoError(t, err)
		_, err = w.app.curation.Claim(ctx, w.curator, sub.ID)
		require.NoError(t, err)
		require.NoError(t, w.app.curation.Approve(ctx, w.curator, curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID, RestFine: true}, nil))
		require.NoError(t, w.pictures.MakeRenditions(ctx, picture.ID))
		found, err := w.catalog.Sellables(ctx, []int64{sub.ProductID})
		require.NoError(t, err)
		return "/produk/" + found[sub.ProductID].Slug
	}
	hostile := list(`Kue </script><script>alert(1)</script> & "teman"`, "Renyah.\n<!-- <script> ]]> \u2028", catalog.UnitJar, nil, nil)
	sizes := list("Seragam uji", "Tiga ukuran.", catalog.UnitPiece,
		[]catalog.DraftVariant{{Name: "Ukuran S", Price: 50_000, Quantity: 3}, {Name: "Ukuran L", Price: 55_000, Quantity: 0}}, []catalog.PriceTier{{MinQuantity: 10, Price: 45_000}})
	yards := list("Kain uji", "Per meter.", catalog.UnitMetre, nil, []catalog.PriceTier{{MinQuantity: 5, Price: 40_000}})

	v := w.visitor(t)
	read := func(at string) map[string]map[string]any {
		t.Helper()
		p, err := v.get(at)
		require.NoError(t, err)
		require.Equal(t, 200, p.status, at)
		graph := graphOf(t, p)
		for _, thing := range graph {
			require.Empty(t, breaks(rules, thing), at)
		}
		require.NotContains(t, p.Find(`script[type="application/ld+json"]`).Text(), w.maker.Name, "of the maker only the shop")
		require.Equal(t, 0, p.Find(`script:not([src]):not([type="application/ld+json"])`).Length(), "nothing breaks out of its place")
		return graph
	}
	home := read("/en/")
	require.Equal(t, w.url+"/en/produk?q={search_term_string}", home["WebSite"]["potentialAction"].(map[string]any)["target"].(map[string]any)["urlTemplate"])
	require.Contains(t, home, "Organization")
	require.Contains(t, read("/toko/dapur-uji"), "Organization")
	require.Contains(t, read("/kategori/lainnya"), "BreadcrumbList")

	plain := read(hostile)
	require.Equal(t, `Kue </script><script>alert(1)</script> & "teman"`, plain["Product"]["name"])
	offer := plain["Product"]["offers"].(map[string]any)
	require.Equal(t, "50000", offer["price"])
	require.Equal(t, "https://schema.org/InStock", offer["availability"])
	require.NotContains(t, offer, "priceValidUntil", "no price here ends on a day")
	require.NotContains(t, plain["Product"], "aggregateRating", "nobody has said anything about it")
	trail := plain["BreadcrumbList"]["itemListElement"].([]any)
	require.Len(t, trail, 4)

	group := read(sizes)["ProductGroup"]
	variants := group["hasVariant"].([]any)
	require.Len(t, variants, 2)
	second := variants[1].(map[string]any)["offers"].(map[string]any)
	require.Equal(t, "55000", second["price"])
	require.Equal(t, "https://schema.org/OutOfStock", second["availability"])
	require.NoError(t, database.InTx(ctx, w.db, func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO product_ratings (product_id, stars, rated) SELECT id, 14, 3 FROM products WHERE slug = ?`, strings.TrimPrefix(yards, "/produk/")).Error
	}))
	rated := read(yards)["Product"]["aggregateRating"].(map[string]any)
	require.Equal(t, "4.7", rated["ratingValue"])
	require.EqualValues(t, 3, rated["reviewCount"])
	metre := read(yards)["Product"]["offers"].(map[string]any)["priceSpecification"].([]any)
	require.Len(t, metre, 2)
	require.Equal(t, "MTR", metre[0].(map[string]any)["referenceQuantity"].(map[string]any)["unitCode"])
	require.Equal(t, "40000", metre[1].(map[string]any)["price"])

	// The rules can be broken: the control.
	delete(offer, "price")
	offer["availability"] = "soon"
	plain["Product"]["colour"] = "brown"
	require.Equal(t, []string{"Offer: availability cannot be soon", "Offer: price is required", "Product has no colour"}, breaks(rules, plain["Product"]))

	// And what links tell where they are shared.
	p, err := v.get("/en" + hostile)
	require.NoError(t, err)
	meta := func(name string) string { return p.Find(fmt.Sprintf("meta[property=%q]", name)).AttrOr("content", "") }
	require.Equal(t, "product", meta("og:type"))
	require.Equal(t, "en_US", meta("og:locale"))
	require.Equal(t, "50000", meta("product:price:amount"))
	require.Equal(t, "IDR", meta("product:price:currency"))
	require.Equal(t, "instock", meta("product:availability"))
	require.Equal(t, w.url+"/en"+hostile, meta("og:url"))
	require.NotEmpty(t, meta("og:image"))
}
