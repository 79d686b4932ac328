package curator

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Collections is what the desk asks of package catalog about products chosen by
// hand.
type Collections interface {
	AllCollections(ctx context.Context, actor account.Actor) ([]catalog.Collection, error)
	CollectionForStaff(ctx context.Context, actor account.Actor, collectionID int64, preview bool) (catalog.Collection, error)
	StartCollection(ctx context.Context, actor account.Actor, title string) (int64, error)
	SaveCollection(ctx context.Context, actor account.Actor, collectionID int64, w catalog.CollectionWords) error
	AddToCollection(ctx context.Context, actor account.Actor, collectionID, productID int64) error
	MoveInCollection(ctx context.Context, actor account.Actor, collectionID, productID int64, by int) error
	HomeCollections(ctx context.Context, actor account.Actor) ([]catalog.Collection, error)
	MoveOnHome(ctx context.Context, actor account.Actor, collectionID int64, by int, seen []int64) error
	ShowOnHome(ctx context.Context, actor account.Actor, collectionID int64, home bool) error
	RemoveFromCollection(ctx context.Context, actor account.Actor, collectionID, productID int64) error
	Products(ctx context.Context, f catalog.Filter) (catalog.Page, error)
}

func collectionAddress(id int64) string { return "/kurasi/koleksi/" + strconv.FormatInt(id, 10) }

func (a area) collections(c *web.Ctx) error { return a.listCollections(c, http.StatusOK, "", nil) }

func (a area) listCollections(c *web.Ctx, status int, typed string, errs view.Errors) error {
	all, err := a.Collections.AllCollections(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	v := pages.Collections{Page: a.frame(c, text.T("collectiondesk.title")), Title: typed, Errors: errs}
	for _, k := range all {
		chip := collectionState(k, now)
		v.Rows = append(v.Rows, view.Row{Cells: []view.Cell{
			{Text: k.Title, URL: collectionAddress(k.ID)}, {Chip: &chip}, {Text: strconv.Itoa(len(k.Products))}, {Text: strconv.FormatInt(k.Position, 10)},
		}})
	}
	return c.Page(status, pages.CollectionsPage(v))
}

// collectionState says where a collection stands in its days.
func collectionState(k catalog.Collection, now time.Time) view.Chip {
	switch {
	case k.From == nil:
		return view.Chip{Tone: view.Neutral, Label: text.T("collectiondesk.state.prepared")}
	case k.From.After(now):
		return view.Chip{Tone: view.Wait, Label: text.T("collectiondesk.state.soon", "date", calendar.Date(k.From.In(calendar.WIB)))}
	case k.Until == nil:
		return view.Chip{Tone: view.Good, Label: text.T("collectiondesk.state.visible")}
	case k.Until.After(now):
		return view.Chip{Tone: view.Good, Label: text.T("collectiondesk.state.visible_until", "date", calendar.Date(lastDay(k)))}
	}
	return view.Chip{Tone: view.Neutral, Label: text.T("collectiondesk.state.ended", "date", calendar.Date(lastDay(k)))}
}

// lastDay is the last day on which the collection is visible.
func lastDay(k catalog.Collection) time.Time { return k.Until.In(calendar.WIB).AddDate(0, 0, -1) }

func (a area) startCollection(c *web.Ctx) error {
	var in struct {
		Title string `form:"judul"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	id, err := a.Collections.StartCollection(c.Context(), c.Actor, in.Title)
	if web.Faulty(err) {
		return a.listCollections(c, http.StatusUnprocessableEntity, in.Title, web.Errors(err))
	}
	if err != nil {
		return err
	}
	return c.SeeOther(collectionAddress(id))
}

// collectionForm is what staff type; days as the browser's date field gives them.
type collectionForm struct {
	Title   string `form:"judul"`
	Words   string `form:"kata"`
	TitleEn string `form:"judul_en"`
	WordsEn string `form:"kata_en"`
	Cover   int64  `form:"sampul"`
	Home    string `form:"depan"`
	From    string `form:"mulai"`
	Until   string `form:"sampai"`
	Seen    string `form:"dilihat"`
}

func written(k catalog.Collection) collectionForm {
	f := collectionForm{Title: k.Title, Words: k.Words, TitleEn: k.TitleEn, WordsEn: k.WordsEn, Cover: k.CoverID}
	if k.Home {
		f.Home = "ya"
	}
	if k.From != nil {
		f.From = k.From.In(calendar.WIB).Format(time.DateOnly)
	}
	if k.Until != nil {
		f.Until = lastDay(k).Format(time.DateOnly)
	}
	return f
}

// words reads what was typed; a day or number that is none is a field fault.
func (f collectionForm) words() (catalog.CollectionWords, view.Errors) {
	w := catalog.CollectionWords{Title: f.Title, Words: f.Words, TitleEn: f.TitleEn, WordsEn: f.WordsEn, CoverID: f.Cover, Home: f.Home != "", Seen: f.Seen}
	var errs view.Errors
	for _, day := range []struct {
		field, typed string
		into         *time.Time
	}{{"mulai", f.From, &w.From}, {"sampai", f.Until, &w.LastDay}} {
		if day.typed == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, day.typed, calendar.WIB)
		if err != nil || t.Year() < 2000 || t.Year() > 2100 {
			errs = append(errs, view.FieldError{Field: day.field, Message: text.T("collectiondesk.date")})
			continue
		}
		*day.into = t
	}
	return w, errs
}

func (a area) editCollection(c *web.Ctx) error {
	return a.showCollection(c, http.StatusOK, nil, nil)
}

func (a area) saveCollection(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in collectionForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	w, errs := in.words()
	if len(errs) > 0 {
		return a.showCollection(c, http.StatusUnprocessableEntity, &in, errs)
	}
	err = a.Collections.SaveCollection(c.Context(), c.Actor, id, w)
	if fault.Is(err, fault.KindConflict) {
		in.Seen = "" // what stands now is shown: the next press is meant
	}
	if web.Faulty(err) {
		return a.showCollection(c, http.StatusUnprocessableEntity, &in, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "collectiondesk.saved")
	return c.SeeOther(collectionAddress(id))
}

// arrangeCollection adds, moves or takes out one product.
func (a area) arrangeCollection(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Product int64  `form:"produk"`
		Do      string `form:"aksi"`
		Query   string `form:"q"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	back := collectionAddress(id) + "#produk"
	switch in.Do {
	case "naik":
		err = a.Collections.MoveInCollection(c.Context(), c.Actor, id, in.Product, -1)
	case "turun":
		err = a.Collections.MoveInCollection(c.Context(), c.Actor, id, in.Product, 1)
	case "keluar":
		err = a.Collections.RemoveFromCollection(c.Context(), c.Actor, id, in.Product)
	default:
		err = a.Collections.AddToCollection(c.Context(), c.Actor, id, in.Product)
		if err == nil {
			c.Flash(view.Good, "collectiondesk.added")
		}
	}
	if web.Faulty(err) {
		return a.showCollection(c, http.StatusUnprocessableEntity, nil, web.Errors(err))
	}
	if err != nil {
		return err
	}
	return c.SeeOther(back)
}

// showCollection is the page of one collection: its words and days, its products
// in their order, and a search for more. typed keeps a faulty form as it was sent.
func (a area) showCollection(c *web.Ctx, status int, typed *collectionForm, errs view.Errors) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	k, err := a.Collections.CollectionForStaff(c.Context(), c.Actor, id, false)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	f := written(k)
	if typed != nil {
		f = *typed
	}
	f.Seen = cmp.Or(f.Seen, k.Mark())
	v := pages.CollectionDesk{
		Page: a.frame(c, k.Title), Heading: k.Title, State: collectionState(k, now), Action: collectionAddress(id), Errors: errs,
		Title: f.Title, Words: f.Words, TitleEn: f.TitleEn, WordsEn: f.WordsEn, From: f.From, Until: f.Until, Home: f.Home != "",
		Seen: f.Seen, TitleMax: catalog.MaxCollectionTitle, WordsMax: catalog.MaxCollectionWords, Query: c.Query("q"),
	}
	if k.Visible(now) {
		v.PublicURL = "/koleksi/" + k.Slug
	}
	var found []catalog.Sellable
	if v.Query != "" {
		page, err := a.Collections.Products(c.Context(), catalog.Filter{Query: v.Query, Limit: 12, Only: true})
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(page.Products, func(p catalog.Sellable) bool {
			return slices.ContainsFunc(k.Products, func(in catalog.Sellable) bool { return in.ProductID == p.ProductID })
		})
	}
	var ids []int64
	for _, p := range slices.Concat(k.Products, found) {
		ids = append(ids, p.PictureID)
	}
	pictures, err := a.Pictures.Pictures(c.Context(), ids)
	if err != nil {
		return err
	}
	for i, p := range k.Products {
		row := pages.Chosen{ID: strconv.FormatInt(p.ProductID, 10), Title: p.Title, Shop: p.ShopName, Price: p.Price,
			Picture: web.Picture(pictures[p.PictureID], ""), First: i == 0, Last: i == len(k.Products)-1}
		if !p.Public() {
			row.Hidden = text.T("collectiondesk.not_public")
		}
		v.Products = append(v.Products, row)
		v.Covers = append(v.Covers, view.Option{Value: row.ID, Label: p.Title, Selected: p.ProductID == f.Cover})
	}
	for _, p := range found {
		v.Found = append(v.Found, pages.Chosen{ID: strconv.FormatInt(p.ProductID, 10), Title: p.Title, Shop: p.ShopName, Price: p.Price, Picture: web.Picture(pictures[p.PictureID], "")})
	}
	return c.Page(status, pages.CollectionDeskPage(v))
}
