package public

import (
	"context"
	"net/http"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Collections is what the shop window asks of package catalog about products
// chosen by hand.
type Collections interface {
	Collections(ctx context.Context, onlyHome bool) ([]catalog.Collection, error)
	CollectionBySlug(ctx context.Context, slug string) (catalog.Collection, error)
	HomeOn(ctx context.Context, actor account.Actor, day time.Time) ([]catalog.Collection, error)
	CollectionForStaff(ctx context.Context, actor account.Actor, collectionID int64, preview bool) (catalog.Collection, error)
}

// homeChosen is how many products of a collection the first page shows.
const homeChosen = 4

// collected are a collection's title and words in the language of the page.
func collected(ctx context.Context, c catalog.Collection) (title, words string) {
	title, words = c.Title, c.Words
	if text.In(ctx) == text.English {
		if c.TitleEn != "" {
			title = c.TitleEn
		}
		if c.WordsEn != "" {
			words = c.WordsEn
		}
	}
	return title, words
}

// homeParts are the first of these collections as the first page shows them.
func (a area) homeParts(c *web.Ctx, all []catalog.Collection) ([]pages.CollectionPart, error) {
	all = all[:min(len(all), catalog.MaxHomeCollections)]
	var shown []catalog.Sellable
	for _, k := range all {
		shown = append(shown, k.Products[:min(len(k.Products), homeChosen)]...)
	}
	pictures, err := a.pictures(c.Context(), shown)
	if err != nil {
		return nil, err
	}
	var parts []pages.CollectionPart
	for _, k := range all {
		title, words := collected(c.Context(), k)
		parts = append(parts, pages.CollectionPart{
			ID: "koleksi-" + k.Slug, Title: title, Words: firstLine(words), URL: "/koleksi/" + k.Slug,
			Cards: cards(c, k.Products[:min(len(k.Products), homeChosen)], pictures), Count: len(k.Products),
		})
	}
	return parts, nil
}

func (a area) listCollections(c *web.Ctx) error {
	all, err := a.Collections.Collections(c.Context(), false)
	if err != nil {
		return err
	}
	var covers []catalog.Sellable
	for _, k := range all {
		cover, _ := k.Cover()
		covers = append(covers, cover)
	}
	pictures, err := a.pictures(c.Context(), covers)
	if err != nil {
		return err
	}
	v := pages.CollectionList{
		Page: c.PublicView(c.T("collection.list.title"), c.T("collection.list.lead"), "/koleksi"),
	}
	for i, k := range all {
		title, words := collected(c.Context(), k)
		v.Collections = append(v.Collections, pages.CollectionCard{
			Title: title, Words: firstLine(words), URL: "/koleksi/" + k.Slug,
			Count:   c.T("collection.products", "n", len(k.Products)),
			Picture: web.Picture(pictures[covers[i].PictureID], ""),
		})
	}
	return c.Page(http.StatusOK, pages.CollectionListPage(v))
}

func (a area) showCollection(c *web.Ctx) error {
	k, err := a.Collections.CollectionBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	return a.collection(c, k, nil)
}

// StaffRoutes are pages of the shop window for those who prepare it.
func StaffRoutes(d Deps) []web.Route {
	a := area{Deps: d}
	return []web.Route{
		{Method: http.MethodGet, Path: "/kurasi/koleksi/:id/pratinjau", Handler: a.previewCollection},
		{Method: http.MethodGet, Path: "/kurasi/beranda/pratinjau", Handler: a.previewHome},
	}
}

// previewHome shows staff the first page as it will be on a day of Jakarta (hari,
// YYYY-MM-DD), today without one: with the collections of that day and the
// products that are public now.
func (a area) previewHome(c *web.Ctx) error {
	var day time.Time
	if typed := c.Query("hari"); typed != "" {
		var err error
		if day, err = time.ParseInLocation(time.DateOnly, typed, calendar.WIB); err != nil || day.Year() < 2000 || day.Year() > 2100 {
			return fault.Invalid("collectiondesk.date")
		}
	}
	chosen, err := a.Collections.HomeOn(c.Context(), c.Actor, day)
	if err != nil {
		return err
	}
	said := text.T("homedesk.preview_today")
	if !day.IsZero() {
		said = text.T("homedesk.preview", "date", calendar.Date(day))
	}
	return a.home(c, chosen, &view.Notice{Tone: view.Info, Text: said, Action: &view.Link{Label: text.T("homedesk.preview_back"), URL: "/kurasi/beranda"}})
}

// previewCollection shows staff the page as the public will see it, before it is
// visible to anybody.
func (a area) previewCollection(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	k, err := a.Collections.CollectionForStaff(c.Context(), c.Actor, id, true)
	if err != nil {
		return err
	}
	return a.collection(c, k, &view.Notice{Tone: view.Info, Text: c.T("collectiondesk.preview"),
		Action: &view.Link{Label: c.T("collectiondesk.preview_back"), URL: "/kurasi/koleksi/" + c.Param("id")}})
}

func (a area) collection(c *web.Ctx, k catalog.Collection, notice *view.Notice) error {
	pictures, err := a.pictures(c.Context(), k.Products)
	if err != nil {
		return err
	}
	title, words := collected(c.Context(), k)
	v := pages.CollectionShow{
		Page: c.PublicView(title, firstLine(words), "/koleksi/"+k.Slug), Title: title, Words: lines(words), Notice: notice,
		Trail: []view.Link{{Label: c.T("collection.list.title"), URL: "/koleksi"}, {Label: title, Current: true}},
		Count: c.T("collection.products", "n", len(k.Products)), Cards: cards(c, k.Products, pictures),
	}
	v.Page.NoIndex = notice != nil
	if cover, ok := k.Cover(); ok {
		v.Page.Image = a.pictureAddress(c, pictures[cover.PictureID])
	}
	return c.Page(http.StatusOK, pages.CollectionShowPage(v))
}

// pictureAddress is the full address of a picture for shared links, "" for none.
func (a area) pictureAddress(c *web.Ctx, p media.Picture) string {
	if p.Key == "" {
		return ""
	}
	return c.Absolute(p.Path(1280, "jpg"))
}
