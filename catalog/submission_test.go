package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
)

func ptr[T any](v T) *T { return &v }

// fields returns the names of the faulty fields, and checks that every sentence exists.
func fields(t *testing.T, err error) []string {
	t.Helper()
	require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
	f := fault.As(err)
	require.True(t, text.Has(f.Key), f.Key)
	var names []string
	for _, field := range f.Fields {
		require.True(t, text.Has(field.Key), field.Key)
		require.NotContains(t, text.T(field.Key, field.Args...), "{")
		names = append(names, field.Name)
	}
	return names
}

func conflict(t *testing.T, err error) {
	t.Helper()
	require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
	require.True(t, text.Has(fault.As(err).Key), fault.As(err).Key)
}

func notFound(t *testing.T, err error) {
	t.Helper()
	require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
}

func TestDraftsAreKeptAndChecked(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")

		first, err := w.cat.StartDraft(ctx, maker, shop.ID, "satu")
		require.NoError(t, err)
		again, err := w.cat.StartDraft(ctx, maker, shop.ID, "satu")
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID, "the same form makes one draft")
		require.Equal(t, catalog.SubmissionDraft, first.State)
		require.Equal(t, "lainnya", first.Revision.CategorySlug)

		_, err = w.cat.SaveDraft(ctx, maker, first.ID, catalog.DraftChange{Title: ptr("  Nastar\u202e  500\u0000 g ")})
		require.NoError(t, err)
		sub, err := w.cat.SaveDraft(ctx, maker, first.ID, catalog.DraftChange{Price: ptr(money.Rupiah(55_000)), Description: ptr("Renyah.\r\n\r\n\r\nDibuat\tpagi.")})
		require.NoError(t, err)
		require.Equal(t, "Nastar 500 g", sub.Revision.Title, "one screen does not touch another's answer; hidden letters go")
		require.Equal(t, "Renyah.\n\nDibuat pagi.", sub.Revision.Description)
		require.EqualValues(t, 1, sub.Revision.Number, "an unsent draft is edited in place")

		for name, c := range map[string]struct {
			change catalog.DraftChange
			field  string
		}{
			"price 0":            {catalog.DraftChange{Price: ptr(money.Rupiah(0))}, "price"},
			"negative price":     {catalog.DraftChange{Price: ptr(money.Rupiah(-1))}, "price"},
			"absurd price":       {catalog.DraftChange{Price: ptr(catalog.MaxPrice + 1)}, "price"},
			"quantity 0":         {catalog.DraftChange{Quantity: ptr(int64(0))}, "quantity"},
			"negative quantity":  {catalog.DraftChange{Quantity: ptr(int64(-1))}, "quantity"},
			"billion":            {catalog.DraftChange{Quantity: ptr(int64(1_000_000_000))}, "quantity"},
			"no title":           {catalog.DraftChange{Title: ptr("  ")}, "title"},
			"emoji title":        {catalog.DraftChange{Title: ptr("🍪🍪🍪")}, "title"},
			"endless title":      {catalog.DraftChange{Title: ptr(strings.Repeat("kue ", 100))}, "title"},
			"endless text":       {catalog.DraftChange{Description: ptr(strings.Repeat("kue ", 5000))}, "description"},
			"endless unit":       {catalog.DraftChange{Unit: ptr(strings.Repeat("u", 41))}, "unit"},
			"unknown category":   {catalog.DraftChange{Category: ptr("roket")}, "category"},
			"unknown mode":       {catalog.DraftChange{Mode: ptr(catalog.Mode("lelang"))}, "mode"},
			"negative lead time": {catalog.DraftChange{LeadDays: ptr(int64(-1))}, "lead_days"},
			"endless lead time":  {catalog.DraftChange{LeadDays: ptr(int64(91))}, "lead_days"},
			"a ton":              {catalog.DraftChange{WeightGrams: ptr(int64(1_000_000))}, "weight"},
		} {
			_, err := w.cat.SaveDraft(ctx, maker, first.ID, c.change)
			require.Equal(t, []string{c.field}, fields(t, err), name)
		}
		sub, err = w.cat.Submission(ctx, maker, first.ID)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(55_000), sub.Revision.Price, "a refused change changes nothing")

		w.must(func(tx *gorm.DB) error {
			_, err := w.cat.SubmitTx(ctx, tx, maker, first.ID)
			require.ElementsMatch(t, []string{"pictures", "quantity"}, fields(t, err))
			return nil
		})
		// That transaction must not have moved it: the caller returns the error. Here it
		// was swallowed on purpose, so look at what a real caller leaves behind.
		require.NoError(t, w.exec(`UPDATE submissions SET state = 'draft' WHERE id = ?`, first.ID))
		require.Error(t, w.tx(func(tx *gorm.DB) error {
			_, err := w.cat.SubmitTx(ctx, tx, maker, first.ID)
			return err
		}))
		sub, err = w.cat.Submission(ctx, maker, first.ID)
		require.NoError(t, err)
		require.Equal(t, catalog.SubmissionDraft, sub.State)
		require.Nil(t, sub.Revision.SealedAt)
		w.sound()
	})
}

func TestPicturesOfADraft(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		sub, err := w.cat.StartDraft(ctx, maker, shop.ID, w.form())
		require.NoError(t, err)
		other, err := w.cat.StartDraft(ctx, maker, shop.ID, w.form())
		require.NoError(t, err)
		a, b := w.picture(sub.ProductID), w.picture(sub.ProductID)

		sub, err = w.cat.SetPictures(ctx, maker, sub.ID, []int64{b, a})
		require.NoError(t, err)
		require.Equal(t, []int64{b, a}, sub.Revision.Pictures)
		sub, err = w.cat.AddPicture(ctx, maker, sub.ID, a)
		require.NoError(t, err)
		require.Equal(t, []int64{b, a}, sub.Revision.Pictures, "adding what is there changes nothing")
		sub, err = w.cat.SetPictures(ctx, maker, sub.ID, []int64{a})
		require.NoError(t, err)
		require.Equal(t, []int64{a}, sub.Revision.Pictures)

		for name, ids := range map[string][]int64{
			"another product's": {w.picture(other.ProductID)}, "unknown": {999_999}, "twice": {a, a},
		} {
			_, err = w.cat.SetPictures(ctx, maker, sub.ID, ids)
			require.Equal(t, []string{"pictures"}, fields(t, err), name)
		}
		var many []int64
		for range catalog.MaxPictures + 1 {
			many = append(many, w.picture(sub.ProductID))
		}
		_, err = w.cat.SetPictures(ctx, maker, sub.ID, many)
		require.Equal(t, []string{"pictures"}, fields(t, err))
		sub, err = w.cat.Submission(ctx, maker, sub.ID)
		require.NoError(t, err)
		require.Equal(t, []int64{a}, sub.Revision.Pictures)

		for name, c := range map[string]struct {
			who account.Actor
			may bool
		}{
			"maker": {maker, true}, "curator, before it is sent": {curator, false}, "visitor": {account.Actor{}, false},
			"another maker": {account.Actor{UserID: 5, Memberships: []account.Membership{{ShopID: shop.ID + 1}}}, false},
			"companion":     {account.Actor{UserID: 6, Assisting: []account.Assistance{{ShopID: shop.ID}}}, true},
		} {
			may, err := w.cat.MaySeePictures(ctx, c.who, sub.ProductID)
			require.NoError(t, err)
			require.Equal(t, c.may, may, name)
		}
		may, err := w.cat.MaySeePictures(ctx, curator, 999_999)
		require.NoError(t, err)
		require.False(t, may)
		w.sound()
	})
}

// Reviewers read a submission once it was sent to them, and a head only those of
// the own territory (design §4).
func TestReviewersSeeWhatWasSentToThem(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		sub := w.draft(shop, maker, goods{title: "Nastar"})
		head := func(territory ...string) account.Actor {
			return account.Actor{UserID: 910, Roles: []account.Role{account.RoleHead}, Territory: territory}
		}
		readers := map[string]struct {
			who  account.Actor
			sent bool
		}{
			"curator": {curator, true}, "head": {head("35.19"), true}, "head of the province": {head("35"), true},
			"head elsewhere": {head("33", "35.20"), false}, "head of nothing": {head(), false},
			"officer": {account.Actor{UserID: 911, Roles: []account.Role{account.RoleOfficer}, Territory: []string{"35"}}, false},
		}
		check := func(sent bool) {
			t.Helper()
			for name, r := range readers {
				_, err := w.cat.Submission(ctx, r.who, sub.ID)
				require.Equal(t, sent && r.sent, err == nil, "%s: %v", name, err)
				if err != nil {
					require.True(t, fault.Is(err, fault.KindNotFound), "%s: %v", name, err)
				}
				may, err := w.cat.MaySeePictures(ctx, r.who, sub.ProductID)
				require.NoError(t, err)
				require.Equal(t, sent && r.sent, may, name)
			}
		}
		check(false)
		w.submit(maker, sub)
		check(true)
	})
}

func TestNothingIsPublicBeforeApproval(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		sub := w.draft(shop, maker, goods{title: "Nastar", description: "Isi nanas"})
		photo := sub.Revision.Pictures[0]

		hidden := func(step string) {
			t.Helper()
			page, err := w.cat.Products(ctx, catalog.Filter{})
			require.NoError(t, err)
			require.Empty(t, page.Products, step)
			require.Zero(t, page.Total, step)
			_, err = w.cat.ProductBySlug(ctx, "nastar")
			notFound(t, err)
			require.Equal(t, media.Private, w.visibility(photo), step)
			found, err := w.cat.Sellables(ctx, []int64{sub.ProductID})
			require.NoError(t, err)
			require.Empty(t, found, step)
			_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: sub.ProductID, Quantity: 1})
			var short *catalog.ShortError
			require.ErrorAs(t, err, &short)
		}
		hidden("draft")
		sub = w.review(maker, sub)
		hidden("in review")
		w.must(func(tx *gorm.DB) (err error) {
			_, err = w.cat.ReturnTx(ctx, tx, curator, sub.ID, sub.Revision.ID)
			return err
		})
		hidden("returned")

		_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Title: ptr("Nastar wisman")})
		require.NoError(t, err)
		newPhoto := w.picture(sub.ProductID)
		improved, err := w.cat.SetPictures(ctx, maker, sub.ID, []int64{newPhoto})
		require.NoError(t, err)
		require.EqualValues(t, 2, improved.Revision.Number, "what was read stays; the change is a new revision")
		hidden("improved")

		w.approve(maker, improved)
		page, err := w.cat.Products(ctx, catalog.Filter{Query: "nastar"})
		require.NoError(t, err)
		require.Len(t, page.Products, 1)
		require.Equal(t, "nastar-wisman", page.Products[0].Slug)
		require.Equal(t, media.Private, w.visibility(photo), "the photo that was sent back stays private")
		require.Equal(t, media.Public, w.visibility(newPhoto))
		view, err := w.cat.ProductBySlug(ctx, "nastar-wisman")
		require.NoError(t, err)
		require.Equal(t, "Isi nanas", view.Description)
		require.Equal(t, []int64{newPhoto}, view.Pictures)
		require.Equal(t, "Kaibon, Geger, Kabupaten Madiun, Jawa Timur", view.Shop.Place())

		all, err := w.cat.Revisions(ctx, maker, sub.ID)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, "Nastar", all[0].Title)
		require.Equal(t, []int64{photo}, all[0].Pictures)

		var keys []string
		require.NoError(t, db.Read(ctx).Raw(`SELECT DISTINCT page_key FROM invalidations`).Scan(&keys).Error)
		require.Subset(t, keys, []string{"list", "shop:" + shop.Slug, "product:nastar-wisman"})
		w.sound()
	})
}

func TestLiveStaysLiveWhileAnEditIsReviewed(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", price: 50_000})

		edit, err := w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		same, err := w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		require.Equal(t, edit.ID, same.ID, "one open change per product")
		require.Equal(t, catalog.SubmissionEdit, edit.Kind)
		require.Equal(t, "Nastar", edit.Revision.Title)
		photo := w.picture(p.ProductID)
		_, err = w.cat.SetPictures(ctx, maker, edit.ID, []int64{photo})
		require.NoError(t, err)
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Title: ptr("Nastar keju"), Description: ptr("Lebih gurih")})
		require.NoError(t, err)
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Mode: ptr(catalog.ModeCapacity)})
		require.Equal(t, []string{"mode"}, fields(t, err))
		edit = w.review(maker, edit)

		// Meanwhile the price moves inside its band.
		require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, 45_000))
		view, err := w.cat.ProductBySlug(ctx, "nastar")
		require.NoError(t, err)
		require.Equal(t, "Nastar", view.Title)
		require.Equal(t, media.Private, w.visibility(photo))
		require.Equal(t, media.Public, w.visibility(p.PictureID))

		w.must(func(tx *gorm.DB) (err error) {
			_, err = w.cat.ApproveTx(ctx, tx, curator, edit.ID, edit.Revision.ID)
			return err
		})
		view, err = w.cat.ProductBySlug(ctx, "nastar")
		require.NoError(t, err, "the address never changes")
		require.Equal(t, "Nastar keju", view.Title)
		require.Equal(t, money.Rupiah(45_000), view.Price, "a price the edit did not touch stays as it is now")
		require.Equal(t, media.Public, w.visibility(photo))
		require.Equal(t, media.Private, w.visibility(p.PictureID), "what nobody sees any more is private")
		page, err := w.cat.Products(ctx, catalog.Filter{Query: "gurih"})
		require.NoError(t, err)
		require.Len(t, page.Products, 1)

		// A price changed in the edit becomes the price and the middle of the band.
		edit, err = w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(45_000), edit.Revision.Price)
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Price: ptr(money.Rupiah(90_000))})
		require.NoError(t, err)
		w.approve(maker, edit)
		require.Equal(t, money.Rupiah(90_000), w.sellable(p.ProductID).Price)
		require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, 108_000))
		w.sound()
	})
}

func TestPriceBand(t *testing.T) {
	low, high := catalog.Band(55_555)
	require.Equal(t, money.Rupiah(44_444), low)
	require.Equal(t, money.Rupiah(66_666), high)
	low, high = catalog.Band(1)
	require.Equal(t, money.Rupiah(1), low)
	require.Equal(t, money.Rupiah(1), high)
	_, high = catalog.Band(catalog.MaxPrice)
	require.Equal(t, catalog.MaxPrice, high)

	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", price: 50_000})
		require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, 60_000))
		require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, 40_000))
		for _, price := range []money.Rupiah{39_999, 60_001, 72_000, 0, -5, catalog.MaxPrice + 1} {
			require.Equal(t, []string{"price"}, fields(t, w.cat.SetPrice(ctx, maker, p.ProductID, price)), "%d", price)
		}
		require.Equal(t, money.Rupiah(40_000), w.sellable(p.ProductID).Price, "steps do not walk out of the band")

		draft := w.draft(shop, maker, goods{title: "Kastengel"})
		conflict(t, w.cat.SetPrice(ctx, maker, draft.ProductID, 50_000))
		w.sound()
	})
}

func TestWordsAreNeverLost(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		sub := w.submit(maker, w.draft(shop, maker, goods{title: "Rengginang", description: "Dari ketan"}))
		_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Title: ptr("Lain")})
		conflict(t, err)
		w.must(func(tx *gorm.DB) (err error) {
			_, err = w.cat.WithdrawTx(ctx, tx, maker, sub.ID)
			return err
		})
		next, err := w.cat.StartEdit(ctx, maker, sub.ProductID, w.form())
		require.NoError(t, err)
		require.NotEqual(t, sub.ID, next.ID)
		require.Equal(t, catalog.SubmissionNew, next.Kind)
		require.Equal(t, "Dari ketan", next.Revision.Description)
		require.Equal(t, sub.Revision.Pictures, next.Revision.Pictures)
		require.Equal(t, sub.Revision.Price, next.Revision.Price)

		// Returned and sent again without a change: the curator has seen that already.
		next = w.review(maker, next)
		w.must(func(tx *gorm.DB) (err error) {
			_, err = w.cat.ReturnTx(ctx, tx, curator, next.ID, next.Revision.ID)
			return err
		})
		err = w.tx(func(tx *gorm.DB) error { _, err := w.cat.SubmitTx(ctx, tx, maker, next.ID); return err })
		require.Empty(t, fields(t, err))

		// And the queue keeps its place by age.
		before := *next.FirstSubmittedAt
		w.db.Clock().Advance(3 * 24 * 3600 * 1e9)
		_, err = w.cat.SaveDraft(ctx, maker, next.ID, catalog.DraftChange{Title: ptr("Rengginang manis")})
		require.NoError(t, err)
		next = w.submit(maker, next)
		require.Equal(t, before, *next.FirstSubmittedAt)
		require.True(t, next.SubmittedAt.After(before))
		waiting, err := w.cat.Waiting(ctx, catalog.WaitingFilter{Query: "RENGGIN"})
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		require.Equal(t, before, waiting[0].FirstSubmittedAt)
		w.sound()
	})
}

func TestOthersFindNothing(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		_, stranger := w.shop("Toko Sebelah", "35.20.08")
		stranger.Roles = []account.Role{account.RoleFinance}
		draft := w.draft(shop, maker, goods{title: "Nastar"})
		p := w.live(shop, maker, goods{title: "Kastengel", mode: catalog.ModeStock})
		companion := account.Actor{UserID: 77, Assisting: []account.Assistance{{ShopID: shop.ID, MakerID: maker.UserID}}}

		try := map[string]func(a account.Actor) error{
			"start": func(a account.Actor) error { _, err := w.cat.StartDraft(ctx, a, shop.ID, w.form()); return err },
			"edit":  func(a account.Actor) error { _, err := w.cat.StartEdit(ctx, a, p.ProductID, w.form()); return err },
			"save": func(a account.Actor) error {
				_, err := w.cat.SaveDraft(ctx, a, draft.ID, catalog.DraftChange{Title: ptr("Ubah")})
				return err
			},
			"pictures": func(a account.Actor) error {
				_, err := w.cat.SetPictures(ctx, a, draft.ID, draft.Revision.Pictures)
				return err
			},
			"read":    func(a account.Actor) error { _, err := w.cat.Submission(ctx, a, draft.ID); return err },
			"history": func(a account.Actor) error { _, err := w.cat.Revisions(ctx, a, draft.ID); return err },
			"live":    func(a account.Actor) error { _, err := w.cat.LiveRevision(ctx, a, p.ProductID); return err },
			"price":   func(a account.Actor) error { return w.cat.SetPrice(ctx, a, p.ProductID, 54_000) },
			"stock": func(a account.Actor) error {
				_, err := w.cat.AdjustStock(ctx, a, p.ProductID, catalog.StockEdit{Seen: 20, Want: 21, FormKey: w.form()})
				return err
			},
			"pause":  func(a account.Actor) error { return w.cat.Pause(ctx, a, p.ProductID) },
			"resume": func(a account.Actor) error { return w.cat.Resume(ctx, a, p.ProductID) },
			"mine":   func(a account.Actor) error { _, err := w.cat.MyProducts(ctx, a, shop.ID); return err },
			"one":    func(a account.Actor) error { _, err := w.cat.MyProduct(ctx, a, p.ProductID); return err },
			"submit": func(a account.Actor) error {
				return w.tx(func(tx *gorm.DB) error { _, err := w.cat.SubmitTx(ctx, tx, a, draft.ID); return err })
			},
			"withdraw": func(a account.Actor) error {
				return w.tx(func(tx *gorm.DB) error { _, err := w.cat.WithdrawTx(ctx, tx, a, draft.ID); return err })
			},
		}
		before := w.sellable(p.ProductID)
		for name, call := range try {
			for _, a := range []account.Actor{stranger, {}} {
				require.True(t, fault.Is(call(a), fault.KindNotFound), "%s by %v", name, a.UserID)
			}
		}
		require.Equal(t, before.Price, w.sellable(p.ProductID).Price)
		require.Equal(t, before.Available, w.sellable(p.ProductID).Available)
		for _, name := range []string{"start", "edit", "save", "pictures", "read", "history", "live", "price", "stock", "pause", "resume", "mine", "one", "submit", "withdraw"} {
			require.NoError(t, try[name](companion), name)
		}
		var subject int64
		require.NoError(t, db.Read(ctx).Raw(`SELECT subject_id FROM trail WHERE actor_id = 77 AND verb = 'set_price'`).Scan(&subject).Error)
		require.Equal(t, maker.UserID, subject, "the trail says for whom")

		// Deciding is for curators without an interest.
		sub := w.submit(maker, w.draft(shop, maker, goods{title: "Putri salju"}))
		for name, a := range map[string]account.Actor{
			"own":      {UserID: 9, Roles: curator.Roles, Memberships: maker.Memberships},
			"kin":      {UserID: 9, Roles: curator.Roles, KinShops: []int64{shop.ID}},
			"assisted": {UserID: 9, Roles: curator.Roles, Assisting: companion.Assisting},
		} {
			err := w.tx(func(tx *gorm.DB) error { _, err := w.cat.BeginReviewTx(ctx, tx, a, sub.ID); return err })
			require.True(t, fault.Is(err, fault.KindForbidden), name)
		}
		notFound(t, w.tx(func(tx *gorm.DB) error { _, err := w.cat.BeginReviewTx(ctx, tx, maker, sub.ID); return err }))
		w.sound()
	})
}

func TestADecisionLandsOnlyOnWhatWasRead(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		sub := w.review(maker, w.draft(shop, maker, goods{title: "Nastar"}))
		read := sub.Revision.ID
		w.must(func(tx *gorm.DB) (err error) { _, err = w.cat.ReturnTx(ctx, tx, curator, sub.ID, read); return err })
		_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Title: ptr("Obat ajaib")})
		require.NoError(t, err)
		w.review(maker, sub)
		conflict(t, w.tx(func(tx *gorm.DB) error { _, err := w.cat.ApproveTx(ctx, tx, curator, sub.ID, read); return err }))
		now, err := w.cat.Submission(ctx, curator, sub.ID)
		require.NoError(t, err)
		require.Equal(t, catalog.SubmissionInReview, now.State)
		w.sound()
	})
}

func TestMyProducts(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		draft := w.draft(shop, maker, goods{title: "Nastar", quantity: 7, price: 10_000})
		p := w.live(shop, maker, goods{title: "Kastengel", mode: catalog.ModeCapacity, quantity: 30, price: 50_000})
		gone := w.live(shop, maker, goods{title: "Kue lama"})
		require.NoError(t, w.cat.Archive(ctx, maker, gone.ProductID))
		require.Equal(t, media.Private, w.visibility(gone.PictureID))
		_, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 4})
		require.NoError(t, err)

		mine, err := w.cat.MyProducts(ctx, maker, shop.ID)
		require.NoError(t, err)
		require.Len(t, mine, 2)
		require.Equal(t, "Kastengel", mine[0].Title)
		require.EqualValues(t, 26, mine[0].Available)
		require.EqualValues(t, 30, mine[0].PerPeriod)
		require.Equal(t, money.Rupiah(40_000), mine[0].LowestPrice)
		require.False(t, mine[0].Changing())
		require.Equal(t, draft.ID, mine[1].SubmissionID)
		require.True(t, mine[1].Changing())
		require.EqualValues(t, 7, mine[1].Available)
		require.Equal(t, draft.Revision.Pictures[0], mine[1].PictureID)

		one, err := w.cat.MyProduct(ctx, maker, gone.ProductID)
		require.NoError(t, err)
		require.Equal(t, catalog.ProductArchived, one.State)
		_, err = w.cat.StartEdit(ctx, maker, gone.ProductID, w.form())
		conflict(t, err)
		w.submit(maker, draft)
		conflict(t, w.cat.Archive(ctx, maker, draft.ProductID))
		w.sound()
	})
}
