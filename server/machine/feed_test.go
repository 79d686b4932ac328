package machine_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// rule is a line of testdata/feed_rules.csv.
type rule struct {
	field, need string
	most, max   int
	format      *regexp.Regexp
}

func feedRules(t *testing.T, reader string) map[string]rule {
	t.Helper()
	raw, err := os.ReadFile("testdata/feed_rules.csv")
	require.NoError(t, err)
	// Formats hold commas, so the last column is the rest of the line.
	out := map[string]rule{}
	for line := range strings.Lines(string(raw)) {
		c := strings.SplitN(strings.TrimSpace(line), ",", 6)
		if strings.HasPrefix(line, "#") || len(c) < 6 {
			continue
		}
		for i := range c {
			c[i] = strings.TrimSpace(c[i])
		}
		if c[0] != reader {
			continue
		}
		r := rule{field: c[1], need: c[2], format: regexp.MustCompile(`^(` + c[5] + `)$`)}
		r.most, _ = strconv.Atoi(c[3])
		r.max, _ = strconv.Atoi(c[4])
		out[r.field] = r
	}
	require.NotEmpty(t, out)
	return out
}

// good is one item of the feed: its fields in Google's namespace.
type good map[string][]string

func (g good) one(field string) string { return strings.Join(g[field], "|") }

func readFeed(t *testing.T, body string) []good {
	t.Helper()
	var rss struct {
		Version string `xml:"version,attr"`
		Title   string `xml:"channel>title"`
		Items   []struct {
			Fields []struct {
				XMLName xml.Name
				Value   string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"channel>item"`
	}
	require.NoError(t, xml.Unmarshal([]byte(body), &rss), "a whole document")
	require.Equal(t, "2.0", rss.Version)
	require.NotEmpty(t, rss.Title)
	var out []good
	for _, i := range rss.Items {
		g := good{}
		for _, f := range i.Fields {
			require.Equal(t, "http://base.google.com/ns/1.0", f.XMLName.Space)
			g[f.XMLName.Local] = append(g[f.XMLName.Local], f.Value)
		}
		out = append(out, g)
	}
	return out
}

// broken says which rules an item breaks.
func broken(rules map[string]rule, g good) (out []string) {
	for field, values := range g {
		r, known := rules[field]
		switch {
		case !known:
			out = append(out, field+" is not known")
		case r.need == "ignored":
		default:
			if len(values) > r.most {
				out = append(out, field+" stands too often")
			}
			for _, v := range values {
				if r.max > 0 && utf8.RuneCountInString(v) > r.max {
					out = append(out, field+" is too long")
				}
				if !r.format.MatchString(v) {
					out = append(out, fmt.Sprintf("%s cannot be %q", field, v))
				}
			}
		}
	}
	for _, r := range rules {
		other, values, conditional := strings.Cut(r.need, "=")
		needed := r.need == "always" || conditional && slices.Contains(strings.Split(values, "|"), g.one(other))
		if needed && g.one(r.field) == "" {
			out = append(out, r.field+" is missing")
		}
	}
	return out
}

func TestTheFeedKeepsItsReadersRules(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening & anak-anak <3")
		publish := func(p ordertest.Product) int64 {
			id := d.Publish(shop, p)
			listed, err := d.Catalog.Listing(t.Context(), id-1, id, 1)
			require.NoError(t, err)
			for _, picture := range listed[0].Pictures {
				require.NoError(t, d.Media.MakeRenditions(t.Context(), picture))
			}
			return id
		}
		jars := publish(ordertest.Product{Title: "Kue & semprit", Price: 35_000, Quantity: 5, Grams: 450})
		long := publish(ordertest.Product{Title: strings.Repeat("Keripik ", 9), Price: 12_000, Quantity: 1})
		sewn := publish(ordertest.Product{Title: "Seragam", Price: 90_000, Mode: catalog.ModeCapacity, Quantity: 4})
		publish(ordertest.Product{Title: "Hanya diambil", Price: 9_000, Quantity: 5, Pickup: true})
		d.Publish(shop, ordertest.Product{Title: "Belum ada foto jadi", Price: 9_000, Quantity: 5})
		d.Submitted(shop, "Masih diperiksa")

		got := d.Visitor().Get("/feed/produk.xml")
		require.Equal(t, 200, got.Status)
		require.Equal(t, "application/xml; charset=utf-8", got.Header.Get("Content-Type"))
		goods := readFeed(t, got.Body)
		require.Len(t, goods, 3, "what can be put into a cart and sent, with its picture, and nothing else")
		google := feedRules(t, "google")
		for _, g := range goods {
			require.Empty(t, broken(google, g), g.one("title"))
		}
		meta := feedRules(t, "meta")
		for _, g := range readFeed(t, d.Visitor().Get("/feed/produk.xml?untuk=meta").Body) {
			require.Empty(t, broken(meta, g), g.one("title"))
			require.NotEmpty(t, broken(google, g), "the two spell availability differently")
		}

		first := goods[0]
		require.Equal(t, fmt.Sprint("p", jars), first.one("id"))
		require.Equal(t, "Kue & semprit", first.one("title"))
		require.Equal(t, "35000.00 IDR", first.one("price"))
		require.Equal(t, "450 g", first.one("shipping_weight"))
		require.Equal(t, "Toples Bu Wening & anak-anak <3", first.one("brand"))
		require.Equal(t, "http://lapak.test/produk/kue-semprit", first.one("link"))
		require.Equal(t, "in_stock", first.one("availability"))
		require.Equal(t, fmt.Sprint("p", long), goods[1].one("id"))
		require.Equal(t, fmt.Sprint("p", sewn), goods[2].one("id"))

		// Nothing about the person behind the shop.
		owner := d.Owner(shop)
		require.NotContains(t, got.Body, owner.Name)

		// The rules can be broken: the control.
		for field, value := range map[string]string{
			"id": strings.Repeat("x", 51), "title": "", "price": "Rp35.000", "availability": "soon", "link": "/produk/x", "gtin": "1", "condition": "antique",
		} {
			bad := good{}
			for k, v := range first {
				bad[k] = v
			}
			bad[field] = []string{value}
			require.NotEmpty(t, broken(google, bad), field)
		}
		bad := good{}
		for k, v := range first {
			bad[k] = v
		}
		bad["availability"] = []string{"preorder"}
		require.Equal(t, []string{"availability_date is missing"}, broken(google, bad))

		// What is paused or taken away is gone with the next request.
		require.NoError(t, d.Catalog.Pause(t.Context(), owner, jars))
		require.Len(t, readFeed(t, d.Visitor().Get("/feed/produk.xml").Body), 2)
		require.NotContains(t, d.Visitor().Get("/sitemap/produk-1.xml").Body, "kue-semprit")
	})
}
