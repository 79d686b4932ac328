package web

import (
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/order"
)

// ways are the letters of short links, /s/{letter}/{product} and
// /s/{letter}/toko/{shop}, with what they say of an order: how the link was passed
// on. Nothing about them is stored; anybody may make one up, and learns nothing.
var ways = map[string]order.Source{
	"w": order.FromWhatsApp, "f": order.FromFacebook, "g": order.FromStatus, "p": order.FromPoster, "d": order.FromCompanion, "l": order.FromOther,
}

// WayLink is the path of a short link to a page of the shop window ("/produk/nastar",
// "/toko/dapur-gayeng"); the page itself for a source that no link carries.
func WayLink(s order.Source, page string) string {
	for letter, source := range ways {
		if source == s {
			return "/s/" + letter + "/" + strings.TrimPrefix(strings.TrimPrefix(page, "/"), "produk/")
		}
	}
	return page
}

const (
	wayCookie = "lewat"
	wayDays   = 7
	mostWays  = 5 // shops that one browser remembers
)

// Follow leads to the page and lets the browser remember for a week how it came to
// that shop: a letter and the shop's public name in the address, the last way counts.
func Follow(c *Ctx, shop, page string) error {
	if way := c.Param("way"); ways[way] != "" {
		kept := slices.DeleteFunc(strings.Split(c.Cookie(wayCookie), "~"), func(one string) bool {
			letter, of, _ := strings.Cut(one, ".")
			return of == shop || of == "" || ways[letter] == ""
		})
		kept = append([]string{way + "." + shop}, kept[:min(len(kept), mostWays-1)]...)
		c.SetCookie(wayCookie, strings.Join(kept, "~"), wayDays*24*60*60)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.SeeOther(page)
}

// WaysIn are the sources that this browser's links name, by the shop's slug.
func WaysIn(c *Ctx) map[string]order.Source {
	in := map[string]order.Source{}
	for one := range strings.SplitSeq(c.Cookie(wayCookie), "~") {
		letter, shop, _ := strings.Cut(one, ".")
		if source := ways[letter]; source != "" && shop != "" && len(in) < mostWays {
			in[shop] = source
		}
	}
	return in
}
