package catalog_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/memblob"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
)

// noon on a Wednesday, the 4th of November 2026, WIB: a month with room on both
// sides, so that "this month" and "next month" are certain.
var noon = time.Date(2026, 11, 4, 5, 0, 0, 0, time.UTC)

var (
	ctx     = context.Background()
	secrets = id.NewKeys("rahasia uji")
	officer = account.Actor{UserID: 900, Name: "Petugas", Roles: []account.Role{account.RoleOfficer}, Territory: []string{"35", "36"}}
	curator = account.Actor{UserID: 901, Name: "Dimas", Roles: []account.Role{account.RoleCurator}}
)

type world struct {
	t     *testing.T
	db    *database.DB
	cat   *catalog.Service
	media *media.Service
	forms atomic.Int64
	lines atomic.Int64
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	queue, err := jobs.NewQueue(db)
	require.NoError(t, err)
	bucket := memblob.OpenBucket(nil)
	t.Cleanup(func() { _ = bucket.Close() })
	w := &world{t: t, db: db, media: media.NewService(db, queue, bucket)}
	w.cat = catalog.NewService(db, secrets, w.media)
	w.at(noon)
	return w
}

// at sets the database's clock.
func (w *world) at(when time.Time) {
	now, err := clock.Now(ctx, w.db.Read(ctx))
	require.NoError(w.t, err)
	w.db.Clock().Advance(when.Sub(now))
}

func (w *world) tx(fn func(tx *gorm.DB) error) error { return database.InTx(ctx, w.db, fn) }

func (w *world) must(fn func(tx *gorm.DB) error) {
	w.t.Helper()
	require.NoError(w.t, w.tx(fn))
}

func (w *world) exec(sql string, args ...any) error {
	return w.tx(func(tx *gorm.DB) error { return tx.Exec(sql, args...).Error })
}

func (w *world) form() string { return fmt.Sprintf("form-%d", w.forms.Add(1)) }

func (w *world) line() int64 { return w.lines.Add(1) }

// shop returns an open shop in a district and the maker who runs it.
func (w *world) shop(name, district string) (catalog.Shop, account.Actor) {
	w.t.Helper()
	var shop catalog.Shop
	w.must(func(tx *gorm.DB) (err error) {
		if shop, err = w.cat.CreateShopTx(ctx, tx, officer, catalog.NewShop{
			Name: name, Kind: catalog.Individual, DistrictCode: district, Village: "Kaibon",
		}); err != nil {
			return err
		}
		if _, err = w.cat.VerifyShopTx(ctx, tx, officer, shop.ID); err != nil {
			return err
		}
		shop, err = w.cat.OpenShopTx(ctx, tx, officer, shop.ID)
		return err
	})
	maker := account.Actor{UserID: 100 + shop.ID, Name: "Pembuat", Memberships: []account.Membership{{ShopID: shop.ID, Role: account.MemberOwner}}}
	return shop, maker
}

var dots atomic.Int64

// dot is a small picture that no other is like.
func dot(t *testing.T) *bytes.Buffer {
	n := dots.Add(1)
	img := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for x := range 8 {
		img.Set(x, 0, color.RGBA{uint8(n), uint8(n >> 8), 7, 255})
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return &b
}

// picture stores a fresh picture of the product, as an upload would.
func (w *world) picture(productID int64) int64 {
	w.t.Helper()
	p, err := w.media.Store(ctx, account.System, media.Upload{Reader: dot(w.t), OwnerKind: catalog.PictureOwner, OwnerID: productID, Name: "foto.png"})
	require.NoError(w.t, err)
	return p.ID
}

func (w *world) visibility(pictureID int64) media.Visibility {
	w.t.Helper()
	found, err := w.media.Pictures(ctx, []int64{pictureID})
	require.NoError(w.t, err)
	return found[pictureID].Visibility
}

// goods is what a test says about a product; the rest is plausible.
type goods struct {
	title       string
	description string
	category    string
	price       money.Rupiah
	mode        catalog.Mode
	quantity    int64
	lead        int64
}

func (g goods) change() catalog.DraftChange {
	if g.category == "" {
		g.category = "kue-kering"
	}
	if g.price == 0 {
		g.price = 55_000
	}
	if g.mode == "" {
		g.mode = catalog.ModeStock
	}
	if g.quantity == 0 {
		g.quantity = 20
	}
	if g.lead == 0 {
		g.lead = 5
	}
	return catalog.DraftChange{
		Title: &g.title, Description: &g.description, Category: &g.category, Price: &g.price, Mode: &g.mode,
		Quantity: &g.quantity, LeadDays: &g.lead,
	}
}

// draft returns a complete draft of a new product.
func (w *world) draft(shop catalog.Shop, maker account.Actor, g goods) catalog.Submission {
	w.t.Helper()
	sub, err := w.cat.StartDraft(ctx, maker, shop.ID, w.form())
	require.NoError(w.t, err)
	_, err = w.cat.SaveDraft(ctx, maker, sub.ID, g.change())
	require.NoError(w.t, err)
	sub, err = w.cat.AddPicture(ctx, maker, sub.ID, w.picture(sub.ProductID))
	require.NoError(w.t, err)
	return sub
}

func (w *world) submit(maker account.Actor, sub catalog.Submission) catalog.Submission {
	w.t.Helper()
	w.must(func(tx *gorm.DB) (err error) {
		sub, err = w.cat.SubmitTx(ctx, tx, maker, sub.ID)
		return err
	})
	return sub
}

// review submits and takes the submission into review.
func (w *world) review(maker account.Actor, sub catalog.Submission) catalog.Submission {
	w.t.Helper()
	w.submit(maker, sub)
	w.must(func(tx *gorm.DB) (err error) {
		sub, err = w.cat.BeginReviewTx(ctx, tx, curator, sub.ID)
		return err
	})
	return sub
}

// approve carries a draft or returned submission all the way.
func (w *world) approve(maker account.Actor, sub catalog.Submission) catalog.Submission {
	w.t.Helper()
	sub = w.review(maker, sub)
	w.must(func(tx *gorm.DB) (err error) {
		sub, err = w.cat.ApproveTx(ctx, tx, curator, sub.ID, sub.Revision.ID)
		return err
	})
	return sub
}

// live returns a published product.
func (w *world) live(shop catalog.Shop, maker account.Actor, g goods) catalog.Sellable {
	w.t.Helper()
	return w.sellable(w.approve(maker, w.draft(shop, maker, g)).ProductID)
}

func (w *world) sellable(productID int64) catalog.Sellable {
	w.t.Helper()
	found, err := w.cat.Sellables(ctx, []int64{productID})
	require.NoError(w.t, err)
	require.Contains(w.t, found, productID)
	return found[productID]
}

func (w *world) promise(demands ...catalog.Demand) ([]catalog.Promised, error) {
	var out []catalog.Promised
	err := w.tx(func(tx *gorm.DB) (err error) {
		out, err = w.cat.PromiseTx(ctx, tx, demands)
		return err
	})
	return out, err
}

// withdraw takes a certificate back.
func (w *world) withdraw(actor account.Actor, certificateID int64) error {
	return w.tx(func(tx *gorm.DB) error {
		_, err := w.cat.WithdrawCertificateTx(ctx, tx, actor, certificateID)
		return err
	})
}

// sound fails the test when an invariant is broken; every test ends with it.
func (w *world) sound() {
	w.t.Helper()
	found, err := w.cat.Prove(ctx)
	require.NoError(w.t, err)
	require.Empty(w.t, found)
}
