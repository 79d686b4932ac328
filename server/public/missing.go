package public

import (
	"errors"
	"net/http"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
)

// missing answers an address behind which nothing (any more) is to be seen: it
// leads to the new address of what moved, else it says what was not found or is
// gone, and offers what comes nearest to the words of the address.
func (a area) missing(c *web.Ctx, err error, slug string) error {
	var moved *catalog.MovedError
	if errors.As(err, &moved) {
		return c.Moved("/produk/" + moved.Slug)
	}
	status := http.StatusNotFound
	switch {
	case fault.Is(err, fault.KindGone):
		status = http.StatusGone
	case !fault.Is(err, fault.KindNotFound):
		return err
	}
	words := shortened(strings.TrimSpace(strings.ReplaceAll(slug, "-", " ")), 80)
	near, err := a.Catalog.Products(c.Context(), catalog.Filter{Query: words, Limit: 4, Only: true})
	if err == nil && len(near.Products) == 0 {
		near, err = a.Catalog.Products(c.Context(), catalog.Filter{Limit: 4, Only: true})
	}
	if err != nil {
		return err
	}
	pictures, err := a.pictures(c.Context(), near.Products)
	if err != nil {
		return err
	}
	v := pages.Problem{Page: c.PublicView(c.T("web.error.title"), "", "/produk"), Status: status, Words: words, Nearest: cards(c, near.Products, pictures)}
	v.Page.Canonical, v.Page.Alternates, v.Page.NoIndex = "", nil, true
	return c.Page(status, pages.ProblemPage(v))
}

// suggestion is one line below the search box.
type suggestion struct {
	Kind string `json:"kind"` // what it is, in the language of the page; "" for a product
	Text string `json:"text"`
	URL  string `json:"url"`
}

// suggest completes a search while it is typed.
func (a area) suggest(c *web.Ctx) error {
	found, err := a.Catalog.Suggest(c.Context(), shortened(c.Query("q"), 80))
	if err != nil {
		return err
	}
	out := []suggestion{}
	add := func(kind, path string, list []catalog.Suggestion, name func(s catalog.Suggestion) string) {
		for _, s := range list {
			out = append(out, suggestion{Kind: kind, Text: name(s), URL: text.URL(c.Context(), path+s.Slug)})
		}
	}
	title := func(s catalog.Suggestion) string { return s.Title }
	add(c.T("publicpage.suggest.category"), "/kategori/", found.Categories, func(s catalog.Suggestion) string { return categoryName(c, s.Slug, s.Title) })
	add("", "/produk/", found.Products, title)
	add(c.T("publicpage.suggest.shop"), "/toko/", found.Shops, title)
	return c.JSON(http.StatusOK, out)
}
