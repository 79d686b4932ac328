package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
)

// schedule approves a draft or returned submission for a day.
func (w *world) schedule(maker account.Actor, sub catalog.Submission, day string) catalog.Submission {
	w.t.Helper()
	sub = w.review(maker, sub)
	w.must(func(tx *gorm.DB) (err error) {
		sub, err = w.cat.ApproveOnTx(ctx, tx, curator, sub.ID, sub.Revision.ID, day)
		return err
	})
	return sub
}

// goLive brings live what is due, without the rules of the desk.
func (w *world) goLive() (went int) {
	w.t.Helper()
	due, err := w.cat.Due(ctx, 100)
	require.NoError(w.t, err)
	for _, id := range due {
		w.must(func(tx *gorm.DB) error {
			_, err := w.cat.GoLiveTx(ctx, tx, account.System, id)
			return err
		})
	}
	return len(due)
}

func TestAChangeGoesLiveAtTheBeginningOfItsDayInTheShopsZone(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for regency, midnight := range map[string]time.Time{ // of 6 November
			"35.19": time.Date(2026, 11, 5, 17, 0, 0, 0, time.UTC), // WIB
			"51.71": time.Date(2026, 11, 5, 16, 0, 0, 0, time.UTC), // WITA
			"91.71": time.Date(2026, 11, 5, 15, 0, 0, 0, time.UTC), // WIT
		} {
			w.at(noon)
			shop, maker := w.shop("Dapur "+regency, "35.19.03")
			require.NoError(t, w.exec(`UPDATE shops SET regency_code = ? WHERE id = ?`, regency, shop.ID))
			p := w.live(shop, maker, goods{title: "Nastar " + regency, price: 50_000})
			edit, err := w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
			require.NoError(t, err)
			photo := w.picture(p.ProductID)
			_, err = w.cat.SetPictures(ctx, maker, edit.ID, []int64{photo})
			require.NoError(t, err)
			_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Title: ptr("Nastar keju"), Price: ptr(money.Rupiah(90_000)), Category: ptr("camilan")})
			require.NoError(t, err)
			edit = w.schedule(maker, edit, "2026-11-06")
			require.Equal(t, catalog.SubmissionScheduled, edit.State)
			require.Equal(t, midnight, *edit.LiveAt)

			shows := func(title string, price money.Rupiah, category string, pictures ...int64) {
				t.Helper()
				view, err := w.cat.ProductBySlug(ctx, p.Slug)
				require.NoError(t, err)
				require.Equal(t, title, view.Title)
				require.Equal(t, price, view.Price)
				require.Equal(t, category, view.CategorySlug)
				require.Equal(t, pictures, view.Pictures)
				for _, id := range []int64{photo, p.PictureID} {
					require.Equal(t, id == pictures[0], w.visibility(id) == media.Public)
				}
				w.sound()
			}
			// Meanwhile stock and price move as they like: the price comes from the edit, the stock does not.
			require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, 45_000))
			_, err = w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{Seen: 20, Want: 7, FormKey: w.form()})
			require.NoError(t, err)
			w.at(midnight.Add(-time.Second))
			require.Zero(t, w.goLive())
			conflict(t, w.tx(func(tx *gorm.DB) error { _, err := w.cat.GoLiveTx(ctx, tx, account.System, edit.ID); return err }))
			shows("Nastar "+regency, 45_000, "kue-kering", p.PictureID)
			w.at(midnight.Add(time.Second))
			require.Equal(t, 1, w.goLive())
			require.Zero(t, w.goLive(), "once")
			shows("Nastar keju", 90_000, "camilan", photo)
			require.EqualValues(t, 7, w.sellable(p.ProductID).Available)
		}
	})
}

func TestWhatAScheduledChangeAllowsAndForbids(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", price: 50_000})
		edit, err := w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Title: ptr("Nastar keju")})
		require.NoError(t, err)
		edit = w.review(maker, edit)
		for day, field := range map[string]string{"2026-11-03": "catalog.live.past", "2027-06-01": "catalog.live.far", "besok": "catalog.day", "2026-11-31": "catalog.day"} {
			err := w.tx(func(tx *gorm.DB) error {
				_, err := w.cat.ApproveOnTx(ctx, tx, curator, edit.ID, edit.Revision.ID, day)
				return err
			})
			require.Equal(t, []string{"hari"}, fields(t, err), day)
			require.Equal(t, field, fault.As(err).Fields[0].Key, day)
		}
		w.must(func(tx *gorm.DB) error {
			_, err := w.cat.ApproveOnTx(ctx, tx, curator, edit.ID, edit.Revision.ID, "2026-11-10")
			return err
		})

		// One change at a time: another edit finds this one, and it is not editable.
		same, err := w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		require.Equal(t, edit.ID, same.ID)
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Title: ptr("Lain")})
		conflict(t, err)
		conflict(t, w.cat.Archive(ctx, maker, p.ProductID))

		// Strangers find nothing, curators with an interest may not, the shop and a curator may.
		move := func(a account.Actor, day string) error {
			return w.tx(func(tx *gorm.DB) error { _, err := w.cat.RescheduleTx(ctx, tx, a, edit.ID, day); return err })
		}
		notFound(t, move(account.Actor{UserID: 5}, "2026-11-12"))
		kin := curator
		kin.KinShops = []int64{shop.ID}
		require.True(t, fault.Is(move(kin, "2026-11-12"), fault.KindForbidden))
		require.True(t, fault.Is(w.tx(func(tx *gorm.DB) error { _, err := w.cat.RecallTx(ctx, tx, kin, edit.ID); return err }), fault.KindForbidden))
		notFound(t, w.tx(func(tx *gorm.DB) error { _, err := w.cat.RecallTx(ctx, tx, maker, edit.ID); return err }))
		require.NoError(t, move(curator, "2026-11-12"))
		require.NoError(t, move(maker, "2026-11-08"))
		require.Equal(t, []string{"hari"}, fields(t, move(maker, "2026-11-01")))
		now, err := w.cat.Submission(ctx, maker, edit.ID)
		require.NoError(t, err)
		require.Equal(t, time.Date(2026, 11, 7, 17, 0, 0, 0, time.UTC), *now.LiveAt)

		// Taken back, it is gone from the schedule, and the words that are live stay.
		w.must(func(tx *gorm.DB) error { _, err := w.cat.WithdrawTx(ctx, tx, maker, edit.ID); return err })
		w.at(noon.AddDate(0, 0, 10))
		require.Zero(t, w.goLive())
		require.Equal(t, "Nastar", w.sellable(p.ProductID).Title)

		// Back at the desk it keeps its place by age.
		edit, err = w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Title: ptr("Nastar keju")})
		require.NoError(t, err)
		edit = w.schedule(maker, edit, "2026-11-20")
		w.at(noon.AddDate(0, 0, 11))
		w.must(func(tx *gorm.DB) error { _, err := w.cat.RecallTx(ctx, tx, curator, edit.ID); return err })
		back, err := w.cat.Submission(ctx, maker, edit.ID)
		require.NoError(t, err)
		require.Equal(t, catalog.SubmissionSubmitted, back.State)
		require.Equal(t, edit.FirstSubmittedAt, back.FirstSubmittedAt)
		require.True(t, back.SubmittedAt.After(*edit.SubmittedAt))
		require.Nil(t, back.LiveAt)
		require.Equal(t, edit.Revision.ID, back.Revision.ID)
		w.sound()
	})
}

// Many small steps do not walk a price out of its band: it lies around the price
// that was reviewed last, also after an edit that left the prices alone.
func TestManySmallStepsStayInTheBand(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", price: 50_000})
		for price := money.Rupiah(51_000); price <= 60_000; price += 1000 {
			require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, price))
		}
		require.Equal(t, []string{"price"}, fields(t, w.cat.SetPrice(ctx, maker, p.ProductID, 60_001)))
		edit, err := w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Title: ptr("Nastar keju")})
		require.NoError(t, err)
		w.approve(maker, edit)
		require.Equal(t, []string{"price"}, fields(t, w.cat.SetPrice(ctx, maker, p.ProductID, 60_001)), "a title moves no band")
		own, err := w.cat.MyProduct(ctx, maker, p.ProductID)
		require.NoError(t, err)
		require.Equal(t, []money.Rupiah{40_000, 60_000}, []money.Rupiah{own.LowestPrice, own.HighestPrice})
		w.sound()
	})
}
