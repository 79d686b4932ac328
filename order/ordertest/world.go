// Package ordertest builds what tests of order and of the use cases above it
// stand on: the real neighbours on a fresh database, shops with products that
// went through review, and a gateway in memory. Only tests import it.
package ordertest

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
	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// World is everything below and including order, wired as main does.
type World struct {
	t        testing.TB
	DB       *database.DB
	Keys     id.Keys
	Accounts *account.Service
	Media    *media.Service
	Catalog  *catalog.Service
	Delivery *delivery.Service
	Books    *ledger.Service
	Notify   *notify.Service
	Payments *payment.Service
	Orders   *order.Service
	Till     *Till
	Bucket   *blob.Bucket
	Queue    *jobs.Queue
}

// New wires a world on db.
func New(t testing.TB, db *database.DB) *World { return NewWith(t, db, order.DefaultSettings()) }

// NewWith is New with other settings of orders.
func NewWith(t testing.TB, db *database.DB, settings order.Settings) *World {
	t.Helper()
	queue, err := jobs.NewQueue(db)
	require.NoError(t, err)
	bucket := memblob.OpenBucket(nil)
	t.Cleanup(func() { _ = bucket.Close() })
	w := &World{t: t, DB: db, Keys: id.NewKeys("secret for tests"), Till: &Till{}, Bucket: bucket, Queue: queue}
	w.Accounts = account.NewService(db, w.Keys)
	w.Media = media.NewService(db, queue, bucket)
	w.Catalog = catalog.NewService(db, w.Keys, w.Media)
	w.Delivery = delivery.NewService(db)
	w.Books = ledger.NewService(db)
	w.Notify = notify.NewService(db, queue, notify.Options{BaseURL: "https://lapak.example", WhatsApp: notify.OutboxOnly{}})
	w.Payments = payment.NewService(db, queue, w.Keys, w.Till, nil)
	w.Orders = order.NewService(db, w.Keys, order.Parts{
		Promises: w.Catalog, Counters: w.Delivery, Books: w.Books, Refunds: w.Payments, Messages: w.Notify, People: w.Accounts, Pictures: w.Media,
	}, settings)
	w.Payments.RegisterRefunds(order.PurposeKind, w.Orders)
	return w
}

// Tx runs fn in a transaction that must succeed.
func (w *World) Tx(fn func(tx *gorm.DB) error) {
	w.t.Helper()
	require.NoError(w.t, database.InTx(context.Background(), w.DB, fn))
}

var phones atomic.Int64

// Person invites somebody of a district.
func (w *World) Person(name, district string) account.User {
	w.t.Helper()
	var u account.User
	w.Tx(func(tx *gorm.DB) (err error) {
		u, err = w.Accounts.InviteTx(context.Background(), tx, account.System,
			account.NewUser{Name: name, Phone: fmt.Sprintf("0812%08d", phones.Add(1)), DistrictCode: district})
		return err
	})
	return u
}

// Actor loads what a person may do now.
func (w *World) Actor(userID int64) account.Actor {
	w.t.Helper()
	a, err := w.Accounts.Actor(context.Background(), userID)
	require.NoError(w.t, err)
	return a
}

// Shop is an open shop with one member.
type Shop struct {
	catalog.Shop
	OwnerID int64
}

// District is where tests have their shops: Geger, Kabupaten Madiun.
const District = "35.19.03"

// Shop founds, verifies and opens a shop that delivers in every way; its own
// delivery costs 5.000.
func (w *World) Shop(name string) Shop { return w.ShopOf(name, catalog.Individual) }

// ShopOf is Shop for another kind; an institution is run by its officer.
func (w *World) ShopOf(name string, kind catalog.ShopKind) Shop {
	w.t.Helper()
	role := account.MemberOwner
	if kind == catalog.Institution {
		role = account.MemberOfficer
	}
	ctx := context.Background()
	owner := w.Person("Pemilik "+name, District)
	var s catalog.Shop
	w.Tx(func(tx *gorm.DB) (err error) {
		s, err = w.Catalog.CreateShopTx(ctx, tx, account.System, catalog.NewShop{
			Name: name, Kind: kind, DistrictCode: District, Village: "Uteran"})
		if err != nil {
			return err
		}
		if err := w.Accounts.AddMembershipTx(ctx, tx, account.System, owner.ID, s.ID, role); err != nil {
			return err
		}
		err = w.Delivery.SetUpTx(ctx, tx, account.System, s.ID, delivery.Settings{
			Address: delivery.Address{DistrictCode: District, Village: "Uteran", Street: "Jalan Rahasia 7"},
			Pickup:  true, Own: true, OwnFee: 5_000, Courier: true})
		if err != nil {
			return err
		}
		if _, err = w.Catalog.VerifyShopTx(ctx, tx, account.System, s.ID); err != nil {
			return err
		}
		s, err = w.Catalog.OpenShopTx(ctx, tx, account.System, s.ID)
		return err
	})
	return Shop{Shop: s, OwnerID: owner.ID}
}

// Owner is the shop's member as an actor.
func (w *World) Owner(s Shop) account.Actor { return w.Actor(s.OwnerID) }

// Companion gives a new companion an active grant for the shop.
func (w *World) Companion(s Shop) account.Actor {
	w.t.Helper()
	ctx := context.Background()
	u := w.Person("Pendamping", District)
	w.role(u.ID, account.RoleCompanion)
	w.Tx(func(tx *gorm.DB) error {
		_, err := w.Accounts.GiveConsentTx(ctx, tx, account.System,
			account.NewConsent{UserID: s.OwnerID, Kind: account.ConsentHelped, Evidence: "formulir bertanda tangan"})
		if err != nil {
			return err
		}
		_, err = w.Accounts.GrantTx(ctx, tx, account.System,
			account.NewGrant{ShopID: s.ID, MakerID: s.OwnerID, CompanionID: u.ID, Evidence: "formulir bertanda tangan"})
		return err
	})
	return w.Actor(u.ID)
}

// Officer is a new officer for a territory.
func (w *World) Officer(territory ...string) account.Actor {
	w.t.Helper()
	u := w.Person("Petugas", District)
	w.role(u.ID, account.RoleOfficer, territory...)
	return w.Actor(u.ID)
}

// Curator is a new curator.
func (w *World) Curator() account.Actor {
	w.t.Helper()
	u := w.Person("Kurator", District)
	w.role(u.ID, account.RoleCurator)
	return w.Actor(u.ID)
}

func (w *World) role(userID int64, role account.Role, territory ...string) {
	w.t.Helper()
	ctx := context.Background()
	_, err := w.Accounts.AssignRole(ctx, account.System, userID, role, 0, territory)
	require.NoError(w.t, err)
}

// Product is a product to be published.
type Product struct {
	Title    string
	Price    money.Rupiah
	Mode     catalog.Mode // stock when empty
	Quantity int64
	Grams    int64
	Pickup   bool
	Least    int64 // of one order; 0 is one
	Package  [3]int64
	Variants []catalog.DraftVariant
	Tiers    []catalog.PriceTier
}

// Publish lists a product and brings it through review.
func (w *World) Publish(s Shop, p Product) int64 {
	w.t.Helper()
	ctx := context.Background()
	owner, curator := w.Owner(s), w.Curator()
	sub, err := w.Catalog.StartDraft(ctx, owner, s.ID, id.Token())
	require.NoError(w.t, err)
	if p.Mode == "" {
		p.Mode = catalog.ModeStock
	}
	unit, least := "buah", max(p.Least, 1)
	sub, err = w.Catalog.SaveDraft(ctx, owner, sub.ID, catalog.DraftChange{
		Title: &p.Title, Unit: &unit, Price: &p.Price, Mode: &p.Mode, Quantity: &p.Quantity, WeightGrams: &p.Grams, PickupOnly: &p.Pickup, MinQuantity: &least, Package: &p.Package})
	require.NoError(w.t, err)
	_, err = w.Catalog.SetVariants(ctx, owner, sub.ID, p.Variants)
	require.NoError(w.t, err)
	_, err = w.Catalog.SetTiers(ctx, owner, sub.ID, p.Tiers)
	require.NoError(w.t, err)
	picture, err := w.Media.Store(ctx, owner, media.Upload{
		Reader: bytes.NewReader(photo()), OwnerKind: catalog.PictureOwner, OwnerID: sub.ProductID, Name: "foto.png"})
	require.NoError(w.t, err)
	_, err = w.Catalog.AddPicture(ctx, owner, sub.ID, picture.ID)
	require.NoError(w.t, err)
	w.Tx(func(tx *gorm.DB) error {
		if _, err := w.Catalog.SubmitTx(ctx, tx, owner, sub.ID); err != nil {
			return err
		}
		begun, err := w.Catalog.BeginReviewTx(ctx, tx, curator, sub.ID)
		if err != nil {
			return err
		}
		_, err = w.Catalog.ApproveTx(ctx, tx, curator, sub.ID, begun.Revision.ID)
		return err
	})
	return sub.ProductID
}

// Photo stores a private picture of something, as an upload does.
func (w *World) Photo(kind string, owner int64) int64 {
	w.t.Helper()
	p, err := w.Media.Store(context.Background(), account.System, media.Upload{Reader: bytes.NewReader(photo()), OwnerKind: kind, OwnerID: owner, Name: "foto.png"})
	require.NoError(w.t, err)
	return p.ID
}

func photo() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7)
	}
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	_ = png.Encode(&b, img)
	return b.Bytes()
}

// Sellable is a product as the catalog sells it now.
func (w *World) Sellable(productID int64) catalog.Sellable {
	w.t.Helper()
	items, err := w.Catalog.Sellables(context.Background(), []int64{productID})
	require.NoError(w.t, err)
	require.Contains(w.t, items, productID)
	return items[productID]
}

// Balance reads one account of the journal.
func (w *World) Balance(kind ledger.AccountKind, owner int64) money.Rupiah {
	w.t.Helper()
	amount, err := w.Books.Balance(context.Background(), ledger.Account{Kind: kind, Owner: owner})
	require.NoError(w.t, err)
	return amount
}

// Pass moves the database's clock.
func (w *World) Pass(d time.Duration) { w.DB.Clock().Advance(d) }

// Noon passes to the next noon in Madiun, so that midnight is far from what follows.
func (w *World) Noon() {
	now := time.Now().Add(w.DB.Clock().Offset()).UTC()
	w.Pass(now.Truncate(24 * time.Hour).Add(29 * time.Hour).Sub(now))
}

// Poll lets payment look at the gateway as its minute job does, five minutes on.
func (w *World) Poll() {
	w.t.Helper()
	w.Pass(5 * time.Minute)
	require.NoError(w.t, w.Payments.Reconcile(context.Background()))
}

// PayFor pays the newest payment of a purpose and lets payment find out.
func (w *World) PayFor(p payment.Purpose, amount money.Rupiah) payment.Payment {
	w.t.Helper()
	return w.PayThrough(p, amount, Channel)
}

// PayThrough is PayFor through one channel.
func (w *World) PayThrough(p payment.Purpose, amount money.Rupiah, channel string) payment.Payment {
	w.t.Helper()
	ctx := context.Background()
	last := w.newest(p)
	_, err := w.Payments.Open(ctx, last.ID)
	require.NoError(w.t, err)
	w.Till.Pay(last.Reference, amount, channel)
	w.Poll()
	return w.newest(p)
}

// SettleFor credits the newest payment of a purpose.
func (w *World) SettleFor(p payment.Purpose) {
	w.t.Helper()
	w.Till.Settle(w.newest(p).Reference)
	w.Pass(24 * time.Hour)
	require.NoError(w.t, w.Payments.Reconcile(context.Background()))
	require.Equal(w.t, payment.Settled, w.newest(p).State)
}

func (w *World) newest(p payment.Purpose) payment.Payment {
	w.t.Helper()
	list, err := w.Payments.PaymentsFor(context.Background(), p)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, list)
	return list[len(list)-1]
}

// Prove runs the proofs of every package in this world.
func (w *World) Prove() {
	w.t.Helper()
	ctx := context.Background()
	findings, err := order.Prove(ctx, w.DB)
	require.NoError(w.t, err)
	require.Empty(w.t, findings)
}
