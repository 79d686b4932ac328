package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Limits of a collection.
const (
	MaxCollectionTitle    = 60  // letters
	MaxCollectionWords    = 600 // letters
	MaxCollectionProducts = 60
)

// collectionsKey is what every page that shows collections depends on: they
// change seldom, and which of them a page shows is a matter of the day.
const collectionsKey = "collections"

// Collection is a choice of products for an occasion. It is visible from the
// beginning of one day in Jakarta to the end of another; days begin on a full
// hour of UTC, across which no page is kept, so that no cache hides a beginning.
type Collection struct {
	ID       int64
	Slug     string
	Title    string
	Words    string
	TitleEn  string // "" says it in Indonesian
	WordsEn  string
	CoverID  int64 // the product whose picture leads; 0 for the first one's
	Position int64
	Home     bool       // shown on the first page while visible
	From     *time.Time // nil: prepared, not announced
	Until    *time.Time // nil: without an end

	// Products in the order chosen: for the public those with a public page, for
	// staff every one that was chosen.
	Products []Sellable `gorm:"-"`
}

// Visible reports whether the collection has a public page at that moment.
func (c Collection) Visible(now time.Time) bool {
	return c.From != nil && !c.From.After(now) && (c.Until == nil || c.Until.After(now))
}

// Cover is the product whose picture leads; false without products.
func (c Collection) Cover() (Sellable, bool) {
	if i := slices.IndexFunc(c.Products, func(p Sellable) bool { return p.ProductID == c.CoverID }); i >= 0 {
		return c.Products[i], true
	}
	if len(c.Products) == 0 {
		return Sellable{}, false
	}
	return c.Products[0], true
}

const collectionColumns = `id, slug, title, words, title_en, words_en, cover_id, position, home, visible_from AS "from", visible_until AS "until"`

// Collections returns what is visible now, by position, with the products that
// have a public page; those without any are left out. onlyHome leaves out what is
// not meant for the first page. Everybody may.
func (s *Service) Collections(ctx context.Context, onlyHome bool) ([]Collection, error) {
	database.Depend(ctx, collectionsKey)
	db := s.db.Read(ctx)
	all, err := collections(db, "visible_from IS NOT NULL AND (home OR ?) ORDER BY position, id", !onlyHome)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c Collection) bool { return !c.Visible(now) })
	if err := s.fill(ctx, db, all, true); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(c Collection) bool { return len(c.Products) == 0 }), nil
}

// CollectionBySlug returns a collection that is visible now, with its public
// products. Errors: not found for everything else.
func (s *Service) CollectionBySlug(ctx context.Context, slug string) (Collection, error) {
	database.Depend(ctx, collectionsKey)
	db := s.db.Read(ctx)
	all, err := collections(db, "slug = ?", slug)
	if err != nil {
		return Collection{}, err
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return Collection{}, err
	}
	if len(all) == 0 || !all[0].Visible(now) {
		return Collection{}, fault.NotFound("collection " + strconv.Quote(slug))
	}
	err = s.fill(ctx, db, all, true)
	return all[0], err
}

// collects reports who chooses: curators and heads. Admins look on.
func collects(actor account.Actor) bool { return actor.HasAny(account.RoleCurator, account.RoleHead) }

func seesCollections(actor account.Actor) bool {
	return collects(actor) || actor.HasAny(account.RoleAdmin)
}

// AllCollections returns every collection by position, with the products as the
// public would see them now. Curators, heads and admins may; others: not found.
func (s *Service) AllCollections(ctx context.Context, actor account.Actor) ([]Collection, error) {
	if !seesCollections(actor) {
		return nil, fault.NotFound("collections")
	}
	db := s.db.Read(ctx)
	all, err := collections(db, "1 = 1 ORDER BY position, id")
	if err != nil {
		return nil, err
	}
	return all, s.fill(ctx, db, all, true)
}

// CollectionForStaff returns one collection, visible or not, with every product
// chosen; preview leaves only what the public would see. Curators, heads and
// admins may; others: not found.
func (s *Service) CollectionForStaff(ctx context.Context, actor account.Actor, collectionID int64, preview bool) (Collection, error) {
	if !seesCollections(actor) {
		return Collection{}, fault.NotFound("collection")
	}
	db := s.db.Read(ctx)
	all, err := collections(db, "id = ?", collectionID)
	if err != nil {
		return Collection{}, err
	}
	if len(all) == 0 {
		return Collection{}, fault.NotFound("collection")
	}
	err = s.fill(ctx, db, all, preview)
	return all[0], err
}

func collections(db *gorm.DB, where string, args ...any) ([]Collection, error) {
	var all []Collection
	if err := db.Raw("SELECT "+collectionColumns+" FROM collections WHERE "+where, args...).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("catalog: collections: %w", err)
	}
	for i := range all {
		all[i].From, all[i].Until = utc(all[i].From), utc(all[i].Until)
	}
	return all, nil
}

// fill adds the products in their order.
func (s *Service) fill(ctx context.Context, db *gorm.DB, all []Collection, public bool) error {
	if len(all) == 0 {
		return nil
	}
	ids := make([]int64, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	var rows []struct{ CollectionID, ProductID int64 }
	err := db.Raw(`SELECT collection_id, product_id FROM collection_products WHERE collection_id IN ? ORDER BY position, product_id`, ids).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("catalog: products of collections: %w", err)
	}
	var products []int64
	for _, r := range rows {
		products = append(products, r.ProductID)
	}
	slices.Sort(products)
	found, err := s.sellables(ctx, db, slices.Compact(products))
	if err != nil {
		return err
	}
	for i := range all {
		for _, r := range rows {
			if p, ok := found[r.ProductID]; ok && r.CollectionID == all[i].ID && (p.Public() || !public) {
				all[i].Products = append(all[i].Products, p)
			}
		}
	}
	return nil
}

// CollectionWords is what staff write about a collection. Days are those of
// Jakarta; the zero time leaves a day out.
type CollectionWords struct {
	Title, Words     string
	TitleEn, WordsEn string
	CoverID          int64
	Home             bool
	From, LastDay    time.Time // any moment of the first and the last visible day
	Seen             string    // Collection.Mark of what the person changed; "" asks nothing
}

// Mark stands for the collection's words and days: equal marks are equal words. It is
// no secret and no proof of anything.
func (c Collection) Mark() string {
	day := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format(time.DateTime)
	}
	return mark("%q %q %q %q %d %t %s %s", c.Title, c.Words, c.TitleEn, c.WordsEn, c.CoverID, c.Home, day(c.From), day(c.Until))
}

// StartCollection prepares a collection that nobody sees yet; its address is made
// from the title and stays. Curators and heads may; others: forbidden.
func (s *Service) StartCollection(ctx context.Context, actor account.Actor, title string) (int64, error) {
	if !collects(actor) {
		return 0, fault.Forbidden("fault.forbidden")
	}
	if title = cleanLine(title); !hasWord(title) || letters(title) > MaxCollectionTitle {
		return 0, fault.Invalid("fault.form").With("judul", "catalog.collection.title", "max", MaxCollectionTitle)
	}
	base := id.Slug(title)
	if base == "" {
		base = "koleksi"
	}
	var made int64
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		slug := base
		for n := 2; made == 0; n++ {
			err := tx.Raw(`INSERT INTO collections (slug, title, position, created_by, created_at, updated_at)
				VALUES (?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM collections), ?, ?, ?) ON CONFLICT (slug) DO NOTHING RETURNING id`,
				slug, title, actor.UserID, now, now).Scan(&made).Error
			if err != nil {
				return fmt.Errorf("catalog: start collection: %w", err)
			}
			slug = fmt.Sprintf("%s-%d", base, n)
		}
		return recordCollectionTx(ctx, tx, actor, made, "create", title)
	})
	return made, err
}

// SaveCollection changes words and days; the address and the place stay. Curators and heads
// may; others: forbidden. Faults are on judul, kata, judul_en, kata_en
// and sampai. Conflict when somebody else changed meanwhile what Seen stands for, unless
// to the same.
func (s *Service) SaveCollection(ctx context.Context, actor account.Actor, collectionID int64, w CollectionWords) error {
	w.Title, w.TitleEn, w.Words, w.WordsEn = cleanLine(w.Title), cleanLine(w.TitleEn), cleanText(w.Words), cleanText(w.WordsEn)
	from, until := dayStart(w.From, 0), dayStart(w.LastDay, 1)
	bad := fault.Invalid("fault.form")
	if !hasWord(w.Title) || letters(w.Title) > MaxCollectionTitle {
		bad.With("judul", "catalog.collection.title", "max", MaxCollectionTitle)
	}
	if letters(w.TitleEn) > MaxCollectionTitle {
		bad.With("judul_en", "catalog.too_long", "max", MaxCollectionTitle)
	}
	for name, words := range map[string]string{"kata": w.Words, "kata_en": w.WordsEn} {
		if letters(words) > MaxCollectionWords {
			bad.With(name, "catalog.too_long", "max", MaxCollectionWords)
		}
	}
	if until != nil && (from == nil || !until.After(*from)) {
		bad.With("sampai", "catalog.collection.days")
	}
	return s.changeCollection(ctx, actor, collectionID, "edit", w.Title, func(tx *gorm.DB, now time.Time) error {
		if err := bad.OrNil(); err != nil {
			return err
		}
		var stands Collection
		if err := tx.Raw(`SELECT `+collectionColumns+` FROM collections WHERE id = ?`, collectionID).Scan(&stands).Error; err != nil {
			return fmt.Errorf("catalog: collection to save: %w", err)
		}
		wanted := Collection{Title: w.Title, Words: w.Words, TitleEn: w.TitleEn, WordsEn: w.WordsEn, CoverID: max(w.CoverID, 0), Home: w.Home, From: from, Until: until}
		if w.Seen != "" && w.Seen != stands.Mark() && wanted.Mark() != stands.Mark() {
			return fault.Conflict("catalog.collection.meanwhile", "title", stands.Title, "words", stands.Words)
		}
		err := tx.Exec(`UPDATE collections SET title = ?, words = ?, title_en = ?, words_en = ?, cover_id = ?, home = ?,
			visible_from = ?, visible_until = ?, updated_at = ? WHERE id = ?`,
			w.Title, w.Words, w.TitleEn, w.WordsEn, max(w.CoverID, 0), w.Home, from, until, now, collectionID).Error
		if err != nil {
			return fmt.Errorf("catalog: save collection: %w", err)
		}
		return nil
	})
}

// dayStart is the beginning in Jakarta of the day of t, so many days later.
func dayStart(t time.Time, later int) *time.Time {
	if t.IsZero() {
		return nil
	}
	y, m, d := t.In(calendar.WIB).Date()
	day := time.Date(y, m, d+later, 0, 0, 0, 0, calendar.WIB).UTC()
	return &day
}

// AddToCollection puts a product at the end; one that is in it stays where it is.
// Only a product with a public page can be added, else the fault is on produk.
// Curators and heads may; others: forbidden. Conflict when the collection is full.
func (s *Service) AddToCollection(ctx context.Context, actor account.Actor, collectionID, productID int64) error {
	return s.changeCollection(ctx, actor, collectionID, "add_product", strconv.FormatInt(productID, 10), func(tx *gorm.DB, _ time.Time) error {
		found, err := s.sellables(ctx, tx, []int64{productID})
		if err != nil {
			return err
		}
		if !found[productID].Public() {
			return fault.Invalid("fault.form").With("produk", "catalog.collection.not_public")
		}
		order, err := orderOf(tx, collectionID)
		if err != nil || slices.Contains(order, productID) {
			return err
		}
		if len(order) >= MaxCollectionProducts {
			return fault.Conflict("catalog.collection.full", "max", MaxCollectionProducts)
		}
		return setOrder(tx, collectionID, append(order, productID))
	})
}

// MoveInCollection moves a product one place up (by -1) or down (1); at the end of
// the list nothing changes. Curators and heads may; others: forbidden.
func (s *Service) MoveInCollection(ctx context.Context, actor account.Actor, collectionID, productID int64, by int) error {
	return s.changeCollection(ctx, actor, collectionID, "move_product", strconv.FormatInt(productID, 10), func(tx *gorm.DB, _ time.Time) error {
		order, err := orderOf(tx, collectionID)
		if err != nil {
			return err
		}
		at := slices.Index(order, productID)
		if at < 0 {
			return fault.NotFound("product of the collection")
		}
		to := at + by
		if to < 0 || to >= len(order) {
			return nil
		}
		order[at], order[to] = order[to], order[at]
		return setOrder(tx, collectionID, order)
	})
}

// RemoveFromCollection takes a product out; one that is not in it changes
// nothing. Curators and heads may; others: forbidden.
func (s *Service) RemoveFromCollection(ctx context.Context, actor account.Actor, collectionID, productID int64) error {
	return s.changeCollection(ctx, actor, collectionID, "remove_product", strconv.FormatInt(productID, 10), func(tx *gorm.DB, _ time.Time) error {
		order, err := orderOf(tx, collectionID)
		if err != nil {
			return err
		}
		return setOrder(tx, collectionID, slices.DeleteFunc(order, func(p int64) bool { return p == productID }))
	})
}

// changeCollection is the frame of every change: who may, the lock on the
// collection, the pages that show it, the trail.
func (s *Service) changeCollection(ctx context.Context, actor account.Actor, collectionID int64, verb, note string, change func(tx *gorm.DB, now time.Time) error) error {
	if !collects(actor) {
		return fault.Forbidden("fault.forbidden")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		res := tx.Exec(`UPDATE collections SET updated_at = ? WHERE id = ?`, now, collectionID) // one change at a time
		if res.Error != nil {
			return fmt.Errorf("catalog: collection: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.NotFound("collection")
		}
		if err := change(tx, now); err != nil {
			return err
		}
		if err := database.InvalidateTx(ctx, tx, collectionsKey); err != nil {
			return err
		}
		return recordCollectionTx(ctx, tx, actor, collectionID, verb, note)
	})
}

func recordCollectionTx(ctx context.Context, tx *gorm.DB, actor account.Actor, collectionID int64, verb, note string) error {
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: verb, Object: "collection", ObjectID: collectionID, Note: note})
}

// orderOf are the collection's products as they stand.
func orderOf(tx *gorm.DB, collectionID int64) ([]int64, error) {
	var order []int64
	err := tx.Raw(`SELECT product_id FROM collection_products WHERE collection_id = ? ORDER BY position, product_id`, collectionID).Scan(&order).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: order of a collection: %w", err)
	}
	return order, nil
}

// setOrder writes the products anew; there are few.
func setOrder(tx *gorm.DB, collectionID int64, order []int64) error {
	if err := tx.Exec(`DELETE FROM collection_products WHERE collection_id = ?`, collectionID).Error; err != nil {
		return fmt.Errorf("catalog: order of a collection: %w", err)
	}
	for i, productID := range order {
		err := tx.Exec(`INSERT INTO collection_products (collection_id, product_id, position) VALUES (?, ?, ?)`, collectionID, productID, i+1).Error
		if err != nil {
			return fmt.Errorf("catalog: order of a collection: %w", err)
		}
	}
	return nil
}
