package catalog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/media"
)

// NewShop is what an officer gives to found a shop. Its members are added by the
// caller with account.AddMembershipTx; catalog knows shops, not people.
type NewShop struct {
	Name         string
	Kind         ShopKind
	DistrictCode string // regency and province follow from it
	Village      string // public
	About        string // public; nothing personal without consent
}

const shopColumns = `id, slug, name, kind, state, about, province_code, regency_code, district_code, village, members, since_year, contact_user_id, created_at`

// CreateShopTx founds a shop in state invited. Only an officer of the shop's
// territory (or an admin) may. Its address is made from the name and never
// changes. Errors: invalid fields; forbidden.
func (s *Service) CreateShopTx(ctx context.Context, tx *gorm.DB, actor account.Actor, in NewShop) (Shop, error) {
	in.Name, in.Village = cleanLine(in.Name), cleanLine(in.Village)
	in.About = cleanText(in.About)
	district, known := region.DistrictByCode(in.DistrictCode)
	bad := fault.Invalid("catalog.shop.invalid")
	if n := letters(in.Name); n < 3 || n > 80 {
		bad.With("name", "catalog.shop.name", "max", 80)
	}
	if in.Kind != Individual && in.Kind != Group && in.Kind != Institution {
		bad.With("kind", "catalog.shop.kind")
	}
	if !known {
		bad.With("district", "catalog.shop.district")
	}
	if letters(in.Village) > 80 {
		bad.With("village", "catalog.too_long", "max", 80)
	}
	if letters(in.About) > 2000 {
		bad.With("about", "catalog.too_long", "max", 2000)
	}
	if err := bad.OrNil(); err != nil {
		return Shop{}, err
	}
	if !governs(actor, district.RegencyCode) {
		return Shop{}, fault.Forbidden("catalog.shop.officer_only")
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Shop{}, err
	}
	base := id.Slug(in.Name)
	if base == "" {
		base = "toko"
	}
	shop := Shop{
		Slug: base, Name: in.Name, Kind: in.Kind, State: ShopInvited, About: in.About,
		ProvinceCode: district.RegencyCode[:2], RegencyCode: district.RegencyCode, DistrictCode: district.Code,
		Village: in.Village, CreatedAt: now,
	}
	for n := 1; ; n++ {
		if n > 1 {
			shop.Slug = fmt.Sprintf("%s-%d", base, n)
		}
		res := tx.WithContext(ctx).Raw(`INSERT INTO shops
			(slug, name, name_key, kind, state, about, province_code, regency_code, district_code, village, created_by, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slug) DO NOTHING RETURNING id`,
			shop.Slug, shop.Name, id.Fold(shop.Name), shop.Kind, shop.State, shop.About, shop.ProvinceCode, shop.RegencyCode,
			shop.DistrictCode, shop.Village, actor.UserID, now, now).Scan(&shop.ID)
		if res.Error != nil {
			return Shop{}, fmt.Errorf("catalog: create shop: %w", res.Error)
		}
		if shop.ID > 0 {
			break
		}
	}
	return shop, record(ctx, tx, actor, shop.ID, "create", "shop", shop.ID, "")
}

// governs reports whether the actor is agency staff for that regency.
func governs(actor account.Actor, regencyCode string) bool {
	return actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) && actor.Covers(regencyCode)
}

// VerifyShopTx says that the maker's identity and consent were seen. Officers of
// the territory only; conflict unless the shop is invited.
func (s *Service) VerifyShopTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64) (Shop, error) {
	return s.moveShopTx(ctx, tx, actor, shopID, "verify", "")
}

// OpenShopTx lets the shop's approved products be seen and ordered. Officers of
// the territory only; conflict unless the shop is verified.
func (s *Service) OpenShopTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64) (Shop, error) {
	return s.moveShopTx(ctx, tx, actor, shopID, "open", "")
}

// SuspendShopTx takes an open shop and its pictures from the public pages.
func (s *Service) SuspendShopTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, reason string) (Shop, error) {
	return s.moveShopTx(ctx, tx, actor, shopID, "suspend", reason)
}

// LiftShopTx ends a suspension.
func (s *Service) LiftShopTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64) (Shop, error) {
	return s.moveShopTx(ctx, tx, actor, shopID, "lift", "")
}

// CloseShopTx closes a shop for good. Its orders go on; the caller tells people.
func (s *Service) CloseShopTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, reason string) (Shop, error) {
	return s.moveShopTx(ctx, tx, actor, shopID, "close", reason)
}

func (s *Service) moveShopTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, name, note string) (Shop, error) {
	shop, err := shopByID(ctx, tx, shopID)
	if err != nil {
		return Shop{}, err
	}
	if !governs(actor, shop.RegencyCode) {
		return Shop{}, fault.NotFound("shop outside the territory")
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Shop{}, err
	}
	move := ShopMoves.Move(name)
	res := tx.WithContext(ctx).Exec(`UPDATE shops SET state = ?, updated_at = ? WHERE id = ? AND state IN ?`, move.To, now, shopID, move.From)
	if res.Error != nil {
		return Shop{}, fmt.Errorf("catalog: %s shop: %w", name, res.Error)
	}
	if res.RowsAffected == 0 {
		return Shop{}, fault.Conflict("catalog.shop.moved")
	}
	wasOpen := shop.State == ShopOpen
	shop.State = move.To
	if wasOpen != (shop.State == ShopOpen) {
		if err := s.showShopPicturesTx(ctx, tx, shopID, shop.State == ShopOpen); err != nil {
			return Shop{}, err
		}
		if err := s.invalidateShopTx(ctx, tx, shop); err != nil {
			return Shop{}, err
		}
	}
	return shop, record(ctx, tx, actor, shopID, name, "shop", shopID, note)
}

// showShopPicturesTx makes the pictures of every live product of the shop
// public or private.
func (s *Service) showShopPicturesTx(ctx context.Context, tx *gorm.DB, shopID int64, public bool) error {
	var ids []int64
	err := tx.WithContext(ctx).Raw(`SELECT rp.picture_id FROM products p JOIN revision_pictures rp ON rp.revision_id = p.live_revision_id
		WHERE p.shop_id = ? AND p.state IN ? ORDER BY rp.picture_id`,
		shopID, []ProductState{ProductPublished, ProductPaused}).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("catalog: pictures of shop: %w", err)
	}
	return s.showTx(ctx, tx, ids, public)
}

func (s *Service) showTx(ctx context.Context, tx *gorm.DB, pictureIDs []int64, public bool) error {
	if len(pictureIDs) == 0 {
		return nil
	}
	v := media.Private
	if public {
		v = media.Public
	}
	return s.pictures.SetVisibilityTx(ctx, tx, pictureIDs, v)
}

// invalidateShopTx forgets every cached page that shows the shop.
func (s *Service) invalidateShopTx(ctx context.Context, tx *gorm.DB, shop Shop) error {
	var slugs []string
	err := tx.WithContext(ctx).Raw(`SELECT slug FROM products WHERE shop_id = ? AND slug IS NOT NULL ORDER BY id`, shop.ID).Scan(&slugs).Error
	if err != nil {
		return fmt.Errorf("catalog: products of shop: %w", err)
	}
	keys := []string{"list", "shop:" + shop.Slug}
	for _, slug := range slugs {
		keys = append(keys, "product:"+slug)
	}
	return database.InvalidateTx(ctx, tx, keys...)
}

// Shop returns a shop in any state, for those who know its id: services and
// staff pages. Errors: not found.
func (s *Service) Shop(ctx context.Context, shopID int64) (Shop, error) {
	return shopByID(ctx, s.db.Read(ctx), shopID)
}

// ShopTx is Shop inside the caller's transaction.
func (s *Service) ShopTx(ctx context.Context, tx *gorm.DB, shopID int64) (Shop, error) {
	return shopByID(ctx, tx, shopID)
}

// ShopBySlug returns an open shop for its public page. Errors: gone for one that
// was open; not found, also for one that was not yet.
func (s *Service) ShopBySlug(ctx context.Context, slug string) (Shop, error) {
	database.Depend(ctx, "shop:"+slug)
	shop, err := oneShop(s.db.Read(ctx).Raw(`SELECT `+shopColumns+` FROM shops WHERE slug = ? AND state IN ?`, slug, []ShopState{ShopOpen, ShopSuspended, ShopClosed}))
	if err == nil && shop.State != ShopOpen {
		return Shop{}, fault.Gone("shop " + strconv.Quote(slug))
	}
	return shop, err
}

func shopByID(ctx context.Context, tx *gorm.DB, shopID int64) (Shop, error) {
	return oneShop(tx.WithContext(ctx).Raw(`SELECT `+shopColumns+` FROM shops WHERE id = ?`, shopID))
}

func oneShop(query *gorm.DB) (Shop, error) {
	var rows []Shop
	if err := query.Scan(&rows).Error; err != nil {
		return Shop{}, fmt.Errorf("catalog: shop: %w", err)
	}
	if len(rows) == 0 {
		return Shop{}, fault.NotFound("shop")
	}
	rows[0].CreatedAt = rows[0].CreatedAt.UTC()
	return rows[0], nil
}

// ShopOfProduct says which shop a product in any state belongs to. It checks no
// permission: the edge asks it whose the product in an address is. Errors: not
// found.
func (s *Service) ShopOfProduct(ctx context.Context, productID int64) (int64, error) {
	return shopOf(s.db.Read(ctx).Raw("SELECT shop_id FROM products WHERE id = ?", productID))
}

// ShopOfSubmission says the same of a submission in any state.
func (s *Service) ShopOfSubmission(ctx context.Context, submissionID int64) (int64, error) {
	return shopOf(s.db.Read(ctx).Raw("SELECT p.shop_id FROM submissions s JOIN products p ON p.id = s.product_id WHERE s.id = ?", submissionID))
}

func shopOf(query *gorm.DB) (int64, error) {
	var ids []int64
	if err := query.Scan(&ids).Error; err != nil {
		return 0, fmt.Errorf("catalog: whose: %w", err)
	}
	if len(ids) == 0 {
		return 0, fault.NotFound("no such row")
	}
	return ids[0], nil
}

// ShopFilter narrows Shops. The zero filter means every open shop.
type ShopFilter struct {
	States  []ShopState // default: open only
	Regions []string    // province, regency or district codes; empty for all
	IDs     []int64     // only these, when not nil
	Query   string      // words of the name
	AfterID int64       // for the next page: the last id of this one
	Limit   int         // default 50, at most 200
}

// Shops returns shops in the order they were founded. It decides nothing: pages
// for the public leave States empty, staff pages pass the staff's territory.
func (s *Service) Shops(ctx context.Context, f ShopFilter) ([]Shop, error) {
	if len(f.States) == 0 {
		f.States = []ShopState{ShopOpen}
	}
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	where := []string{"state IN ?", "id > ?"}
	args := []any{f.States, f.AfterID}
	if len(f.Regions) > 0 {
		var any []string
		for _, code := range f.Regions {
			any = append(any, "province_code = ? OR regency_code = ? OR district_code = ?")
			args = append(args, code, code, code)
		}
		where = append(where, "("+strings.Join(any, " OR ")+")")
	}
	if f.IDs != nil {
		if len(f.IDs) == 0 {
			return nil, nil
		}
		where = append(where, "id IN ?")
		args = append(args, f.IDs)
	}
	for _, word := range strings.Fields(id.Fold(f.Query)) {
		where = append(where, "name_key LIKE ?") // folded: letters, digits and spaces only
		args = append(args, "%"+word+"%")
	}
	database.Depend(ctx, "list")
	var shops []Shop
	err := s.db.Read(ctx).Raw(`SELECT `+shopColumns+` FROM shops WHERE `+strings.Join(where, " AND ")+` ORDER BY id LIMIT ?`,
		append(args, f.Limit)...).Scan(&shops).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: shops: %w", err)
	}
	for i := range shops {
		shops[i].CreatedAt = shops[i].CreatedAt.UTC()
		database.Depend(ctx, "shop:"+shops[i].Slug)
	}
	return shops, nil
}

// MyShops returns the shops the actor runs or assists, in any state.
func (s *Service) MyShops(ctx context.Context, actor account.Actor) ([]Shop, error) {
	ids := []int64{}
	for _, m := range actor.Memberships {
		ids = append(ids, m.ShopID)
	}
	for _, g := range actor.Assisting {
		ids = append(ids, g.ShopID)
	}
	return s.Shops(ctx, ShopFilter{
		States: []ShopState{ShopInvited, ShopVerified, ShopOpen, ShopSuspended, ShopClosed}, IDs: ids, Limit: 200,
	})
}

// Categories returns every category in the order of the shop window.
func (s *Service) Categories(ctx context.Context) ([]Category, error) {
	var all []Category
	err := s.db.Read(ctx).Raw(`SELECT id, slug, name, position FROM categories ORDER BY position, id`).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: categories: %w", err)
	}
	return all, nil
}

// duplicate reports a lost race for something unique.
func duplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// utc gives a time read from the database the zone that everything here has.
func utc(t *time.Time) *time.Time {
	if t != nil {
		*t = t.UTC()
	}
	return t
}

// day is midnight of t's calendar day in zone.
func day(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}
