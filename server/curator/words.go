package curator

import (
	"context"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Words is what the desk asks of package catalog about what searches find and
// where products are found.
type Words interface {
	Synonyms(ctx context.Context) ([]catalog.Synonym, error)
	SaveSynonym(ctx context.Context, actor account.Actor, in catalog.Synonym) (int64, error)
	RemoveSynonym(ctx context.Context, actor account.Actor, id int64) error
	Rename(ctx context.Context, actor account.Actor, slug, to string) error
	Products(ctx context.Context, f catalog.Filter) (catalog.Page, error)
}

func (a area) words(c *web.Ctx) error {
	return a.wordsPage(c, http.StatusOK, pages.WordsForm{}, pages.AddressForm{})
}

// wordsPage shows what searches also look for, what one search finds now, and the
// form for addresses. The words that were typed and could not be taken stand in
// their row again.
func (a area) wordsPage(c *web.Ctx, status int, typed pages.WordsForm, address pages.AddressForm) error {
	all, err := a.Words.Synonyms(c.Context())
	if err != nil {
		return err
	}
	v := pages.Words{Page: a.frame(c, text.T("worddesk.title")), New: pages.WordsForm{}, Address: address, Query: c.Query("q")}
	for _, s := range all {
		row := pages.WordsForm{ID: strconv.FormatInt(s.ID, 10), Words: s.Words, Finds: s.Finds}
		if row.ID == typed.ID {
			row = typed
		}
		v.Rows = append(v.Rows, row)
	}
	if typed.ID == "" {
		v.New = typed
	}
	if v.Query != "" {
		page, err := a.Words.Products(c.Context(), catalog.Filter{Query: v.Query, Limit: 10})
		if err != nil {
			return err
		}
		v.Found = text.T("worddesk.found", "n", page.Total)
		if page.Corrected != "" {
			v.Found += " " + text.T("worddesk.corrected", "q", page.Corrected)
		}
		if page.Relaxed {
			v.Found += " " + text.T("worddesk.relaxed")
		}
		for _, p := range page.Products {
			v.Products = append(v.Products, view.Link{Label: p.Title, Note: p.ShopName, URL: "/produk/" + p.Slug})
		}
	}
	return c.Page(status, pages.WordsPage(v))
}

func (a area) saveWords(c *web.Ctx) error {
	var in struct {
		ID    int64  `form:"id"`
		Words string `form:"kata"`
		Finds string `form:"menemukan"`
		Do    string `form:"aksi"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Do == "hapus" {
		if err := a.Words.RemoveSynonym(c.Context(), c.Actor, in.ID); err != nil {
			return err
		}
		c.Flash(view.Good, "worddesk.removed")
		return c.SeeOther("/kurasi/kata")
	}
	_, err := a.Words.SaveSynonym(c.Context(), c.Actor, catalog.Synonym{ID: in.ID, Words: in.Words, Finds: in.Finds})
	if web.Faulty(err) {
		typed := pages.WordsForm{Words: in.Words, Finds: in.Finds, Errors: web.Errors(err)}
		if in.ID > 0 {
			typed.ID = strconv.FormatInt(in.ID, 10)
		}
		return a.wordsPage(c, http.StatusUnprocessableEntity, typed, pages.AddressForm{})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "worddesk.saved")
	return c.SeeOther("/kurasi/kata")
}

func (a area) rename(c *web.Ctx) error {
	var in struct {
		Slug string `form:"alamat"`
		To   string `form:"menjadi"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err := a.Words.Rename(c.Context(), c.Actor, in.Slug, in.To)
	if web.Faulty(err) {
		return a.wordsPage(c, http.StatusUnprocessableEntity, pages.WordsForm{}, pages.AddressForm{Slug: in.Slug, To: in.To, Errors: web.Errors(err)})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "worddesk.renamed")
	return c.SeeOther("/kurasi/kata")
}
