package curation_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/memblob"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
)

// noon on Wednesday, 4 November 2026, WIB.
var noon = time.Date(2026, 11, 4, 5, 0, 0, 0, time.UTC)

var (
	ctx     = context.Background()
	officer = account.Actor{UserID: 900, Roles: []account.Role{account.RoleOfficer}, Territory: []string{"35", "36"}}
	dimas   = account.Actor{UserID: 901, Name: "Dimas", Roles: []account.Role{account.RoleCurator}}
	yuni    = account.Actor{UserID: 902, Name: "Yuni", Roles: []account.Role{account.RoleCurator}}
	laras   = account.Actor{UserID: 904, Name: "Laras", Roles: []account.Role{account.RoleCurator}}
	head    = account.Actor{UserID: 903, Name: "Ratna", Roles: []account.Role{account.RoleHead}, Territory: []string{"35", "36"}}
)

// people is a shop register: one maker per shop (id 100 + shop), the companion
// Hendro (77) in every shop, and the curators.
type people struct{}

func (people) Users(_ context.Context, ids []int64) (map[int64]account.User, error) {
	out := map[int64]account.User{}
	for _, a := range []account.Actor{dimas, yuni, laras} {
		for _, id := range ids {
			if id == a.UserID {
				out[id] = account.User{ID: id, Name: a.Name}
			}
		}
	}
	return out, nil
}

func (people) WithRole(_ context.Context, role account.Role) ([]account.User, error) {
	if role != account.RoleCurator {
		return nil, nil
	}
	return []account.User{{ID: dimas.UserID, Name: dimas.Name}, {ID: laras.UserID, Name: laras.Name}, {ID: yuni.UserID, Name: yuni.Name}}, nil
}

func (people) MembersTx(_ context.Context, _ *gorm.DB, shopID int64) ([]account.User, error) {
	return []account.User{{ID: 100 + shopID, Name: "Bu Wening", Phone: "+6281200000001"}}, nil
}

func (people) CompanionsTx(context.Context, *gorm.DB, int64) ([]account.User, error) {
	return []account.User{{ID: 77, Name: "Hendro", Phone: "+6281200000077"}}, nil
}

// post keeps what was told, as committed: SendTx is undone with its transaction.
type post struct {
	mu   sync.Mutex
	sent []notify.Message
}

func (p *post) SendTx(_ context.Context, tx *gorm.DB, m notify.Message) error {
	for _, key := range []string{"notify." + m.Kind + ".title", "notify." + m.Kind + ".body"} {
		if !text.Has(key) {
			return fmt.Errorf("no sentence %s", key)
		}
	}
	database.AfterCommit(tx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.sent = append(p.sent, m)
	})
	return nil
}

// take returns what was told since the last call.
func (p *post) take() []notify.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.sent
	p.sent = nil
	return out
}

type world struct {
	t     *testing.T
	db    *database.DB
	cat   *catalog.Service
	desk  *curation.Service
	media *media.Service
	post  *post
	forms int
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	queue, err := jobs.NewQueue(db)
	require.NoError(t, err)
	bucket := memblob.OpenBucket(nil)
	t.Cleanup(func() { _ = bucket.Close() })
	keys := id.NewKeys("rahasia uji")
	w := &world{t: t, db: db, media: media.NewService(db, queue, bucket), post: &post{}}
	w.cat = catalog.NewService(db, keys, w.media)
	w.desk = curation.NewService(db, keys, w.cat, people{}, w.post)
	now, err := clock.Now(ctx, db.Read(ctx))
	require.NoError(t, err)
	db.Clock().Advance(noon.Sub(now))
	return w
}

func (w *world) form() string {
	w.forms++
	return fmt.Sprintf("form-%d", w.forms)
}

func (w *world) exec(sql string, args ...any) error {
	return database.InTx(ctx, w.db, func(tx *gorm.DB) error { return tx.Exec(sql, args...).Error })
}

func (w *world) shop(name, district string) (catalog.Shop, account.Actor) {
	w.t.Helper()
	var shop catalog.Shop
	require.NoError(w.t, database.InTx(ctx, w.db, func(tx *gorm.DB) (err error) {
		if shop, err = w.cat.CreateShopTx(ctx, tx, officer, catalog.NewShop{Name: name, Kind: catalog.Individual, DistrictCode: district}); err != nil {
			return err
		}
		if _, err = w.cat.VerifyShopTx(ctx, tx, officer, shop.ID); err != nil {
			return err
		}
		shop, err = w.cat.OpenShopTx(ctx, tx, officer, shop.ID)
		return err
	}))
	return shop, account.Actor{UserID: 100 + shop.ID, Name: "Bu Wening", Memberships: []account.Membership{{ShopID: shop.ID, Role: account.MemberOwner}}}
}

// dot is a small picture.
func dot(t *testing.T) *bytes.Buffer {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))))
	return &b
}

func (w *world) picture(productID int64) int64 {
	w.t.Helper()
	p, err := w.media.Store(ctx, account.System, media.Upload{Reader: dot(w.t), OwnerKind: catalog.PictureOwner, OwnerID: productID, Name: "foto.png"})
	require.NoError(w.t, err)
	return p.ID
}

func (w *world) draft(shop catalog.Shop, maker account.Actor, title string) catalog.Submission {
	w.t.Helper()
	sub, err := w.cat.StartDraft(ctx, maker, shop.ID, w.form())
	require.NoError(w.t, err)
	price, quantity := money.Rupiah(28_000), int64(80)
	_, err = w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Title: &title, Price: &price, Quantity: &quantity})
	require.NoError(w.t, err)
	sub, err = w.cat.AddPicture(ctx, maker, sub.ID, w.picture(sub.ProductID))
	require.NoError(w.t, err)
	return sub
}

func (w *world) submit(maker account.Actor, sub catalog.Submission) catalog.Submission {
	w.t.Helper()
	sub, err := w.desk.Submit(ctx, maker, sub.ID, w.form())
	require.NoError(w.t, err)
	return sub
}

// claimed returns a submission that the curator holds.
func (w *world) claimed(maker account.Actor, sub catalog.Submission, by account.Actor) curation.Decision {
	w.t.Helper()
	sub = w.submit(maker, sub)
	_, err := w.desk.Claim(ctx, by, sub.ID)
	require.NoError(w.t, err)
	return curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID}
}

func (w *world) state(submissionID int64) catalog.SubmissionState {
	w.t.Helper()
	sub, err := w.cat.Submission(ctx, head, submissionID)
	require.NoError(w.t, err)
	return sub.State
}

func (w *world) retitle(maker account.Actor, submissionID int64, title string) {
	w.t.Helper()
	_, err := w.cat.SaveDraft(ctx, maker, submissionID, catalog.DraftChange{Title: &title})
	require.NoError(w.t, err)
}

func (w *world) sound() {
	w.t.Helper()
	found, err := w.desk.Prove(ctx)
	require.NoError(w.t, err)
	require.Empty(w.t, found)
	found, err = w.cat.Prove(ctx)
	require.NoError(w.t, err)
	require.Empty(w.t, found)
}

// key checks the kind of a fault and returns its sentence's key, which must exist.
func key(t *testing.T, err error, kind fault.Kind) string {
	t.Helper()
	require.True(t, fault.Is(err, kind), "%v", err)
	f := fault.As(err)
	require.True(t, text.Has(f.Key), f.Key)
	for _, field := range f.Fields {
		require.True(t, text.Has(field.Key), field.Key)
	}
	return f.Key
}

// note is one answer that asks for something.
func note(words string) []curation.Answer {
	return []curation.Answer{{ItemKey: "packaging-travel", Verdict: curation.Improve, Comment: words}}
}

// approve approves with everything fine that has no answer yet.
func (w *world) approve(by account.Actor, d curation.Decision) error {
	d.RestFine = true
	return w.desk.Approve(ctx, by, d, nil)
}

// firstPicture is the first picture of what a decision is about.
func (w *world) firstPicture(d curation.Decision) int64 {
	w.t.Helper()
	sub, err := w.cat.Submission(ctx, head, d.SubmissionID)
	require.NoError(w.t, err)
	return sub.Revision.Pictures[0]
}
