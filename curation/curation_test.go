package curation_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Packaging returned twice, then approved: the heart of story 6.
func TestReturnedTwiceThenApproved(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.draft(shop, maker, "Lidah kucing")

		d := w.claimed(maker, sub, dimas)
		require.NoError(t, w.desk.Return(ctx, dimas, d, []curation.Answer{
			{ItemKey: "label-use", Verdict: curation.Improve, Comment: "Tulis berat bersih."}, {ItemKey: "photo-clear"},
			{ItemKey: "packaging-travel", Verdict: curation.Improve, Comment: "Jangan pakai staples."}, {ItemKey: "name-clear", Verdict: curation.Fine},
		}))
		told := w.post.take()
		require.Len(t, told, 2, "the maker and the companion")
		require.Equal(t, "curation_returned", told[0].Kind)
		require.EqualValues(t, 100+shop.ID, told[0].To.UserID)
		require.EqualValues(t, 77, told[1].To.UserID)
		require.Equal(t, "- Jangan pakai staples.\n- Tulis berat bersih.", told[0].Data["catatan"])
		require.Equal(t, curation.Path(sub.ID), told[0].Link)

		companion := account.Actor{UserID: 77, Assisting: []account.Assistance{{ShopID: shop.ID, MakerID: maker.UserID}}}
		for _, reader := range []account.Actor{maker, companion, yuni, head} {
			rounds, err := w.desk.History(ctx, reader, sub.ID)
			require.NoError(t, err)
			require.Len(t, rounds, 1)
			require.Equal(t, curation.Returned, rounds[0].Outcome)
			require.Equal(t, "Dimas", rounds[0].CuratorName)
			asked := rounds[0].Improve()
			require.Len(t, rounds[0].Answers, 3)
			require.Len(t, asked, 2)
			require.Equal(t, curation.Packaging, asked[0].Aspect, "in the order of the checklist")
			require.Equal(t, "Tulis berat bersih.", asked[1].Comment)
			require.NotEmpty(t, asked[1].Question)
			require.Positive(t, rounds[0].ChecklistVersionID)
		}
		for _, stranger := range []account.Actor{{}, {UserID: 5, Memberships: []account.Membership{{ShopID: shop.ID + 1}}}, {UserID: 6, Roles: []account.Role{account.RoleFinance}}} {
			_, err := w.desk.History(ctx, stranger, sub.ID)
			key(t, err, fault.KindNotFound)
		}

		_, err := w.cat.SetPictures(ctx, maker, sub.ID, []int64{w.picture(sub.ProductID)})
		require.NoError(t, err)
		d = w.claimed(maker, sub, yuni)
		require.NoError(t, w.desk.Return(ctx, yuni, d, note("Tulis tanggal kedaluwarsa.")))
		w.retitle(maker, sub.ID, "Lidah kucing 250 g")
		price := money.Rupiah(35_000)
		_, err = w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Price: &price})
		require.NoError(t, err)
		d = w.claimed(maker, sub, dimas)
		w.post.take()
		_, err = w.cat.ProductBySlug(ctx, "lidah-kucing-250-g")
		key(t, err, fault.KindNotFound)
		require.NoError(t, w.approve(dimas, d))
		require.Equal(t, "curation_approved", w.post.take()[0].Kind)
		view, err := w.cat.ProductBySlug(ctx, "lidah-kucing-250-g")
		require.NoError(t, err)
		require.Equal(t, price, view.Price)

		rounds, err := w.desk.History(ctx, maker, sub.ID)
		require.NoError(t, err)
		require.Len(t, rounds, 3)
		require.Equal(t, curation.Approved, rounds[2].Outcome)
		require.NotNil(t, rounds[2].DecidedAt)
		require.NotEqual(t, rounds[0].RevisionID, rounds[1].RevisionID)
		require.Error(t, w.exec(`UPDATE review_rounds SET reason = 'lain'`), "a decided round never changes")
		require.Error(t, w.exec(`DELETE FROM review_rounds`))
		require.Error(t, w.exec(`UPDATE review_answers SET comment = 'lain'`))
		require.Error(t, w.exec(`DELETE FROM review_answers`))
		w.sound()
	})
}

func TestSubmitOnceAndWithdraw(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.draft(shop, maker, "Lidah kucing")
		var wg sync.WaitGroup
		for range 5 { // an impatient thumb
			wg.Add(1)
			go func() {
				defer wg.Done()
				got, err := w.desk.Submit(ctx, maker, sub.ID, "tekan")
				if err != nil || got.State != catalog.SubmissionSubmitted {
					t.Error(got.State, err)
				}
			}()
		}
		wg.Wait()
		rounds, err := w.desk.History(ctx, maker, sub.ID)
		require.NoError(t, err)
		require.Len(t, rounds, 1)
		_, err = w.desk.Submit(ctx, maker, sub.ID, "lain")
		key(t, err, fault.KindConflict)
		_, err = w.desk.Submit(ctx, maker, sub.ID, "")
		key(t, err, fault.KindInvalid)
		_, err = w.desk.Submit(ctx, account.Actor{UserID: 5}, sub.ID, "tekan")
		key(t, err, fault.KindNotFound)

		for range 2 {
			got, err := w.desk.Withdraw(ctx, maker, sub.ID)
			require.NoError(t, err)
			require.Equal(t, catalog.SubmissionWithdrawn, got.State)
		}
		_, err = w.desk.Withdraw(ctx, account.Actor{UserID: 5}, sub.ID)
		key(t, err, fault.KindNotFound)
		_, err = w.desk.Claim(ctx, dimas, sub.ID)
		key(t, err, fault.KindConflict)
		page, err := w.desk.Queue(ctx, dimas, curation.Filter{})
		require.NoError(t, err)
		require.Empty(t, page.Items)
		rounds, err = w.desk.History(ctx, maker, sub.ID)
		require.NoError(t, err)
		require.Equal(t, curation.Withdrawn, rounds[0].Outcome)
		w.sound()
	})
}

func TestAClaimIsALease(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.submit(maker, w.draft(shop, maker, "Lidah kucing"))
		claim, err := w.desk.Claim(ctx, dimas, sub.ID)
		require.NoError(t, err)
		require.Equal(t, claim.ClaimedAt.Add(curation.Lease), claim.ExpiresAt)
		_, err = w.desk.Claim(ctx, yuni, sub.ID)
		require.Equal(t, "curation.claimed", key(t, err, fault.KindConflict))
		require.Contains(t, fault.As(err).Args, "Dimas")
		d := curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID}
		require.Equal(t, "curation.claimed", key(t, w.approve(yuni, d), fault.KindConflict))

		db.Clock().Advance(29 * time.Minute)
		_, err = w.desk.Claim(ctx, dimas, sub.ID) // renewed
		require.NoError(t, err)
		db.Clock().Advance(29 * time.Minute)
		_, err = w.desk.Claim(ctx, yuni, sub.ID)
		key(t, err, fault.KindConflict)
		db.Clock().Advance(time.Minute + time.Second)
		free, err := w.desk.Counts(ctx, yuni)
		require.NoError(t, err)
		require.EqualValues(t, 1, free.Holds[curation.Free], "it came back by itself")
		_, err = w.desk.Claim(ctx, yuni, sub.ID)
		require.NoError(t, err)
		require.Equal(t, "curation.claimed", key(t, w.approve(dimas, d), fault.KindConflict))
		require.NoError(t, w.desk.Release(ctx, dimas, sub.ID), "not his: nothing happens")
		require.NoError(t, w.desk.Release(ctx, yuni, sub.ID))
		_, err = w.desk.Claim(ctx, dimas, sub.ID)
		require.NoError(t, err)

		// A lease that ends while he writes, and nobody took it: his work counts.
		db.Clock().Advance(time.Hour)
		require.NoError(t, w.desk.Return(ctx, dimas, d, note("Tulis berat bersih.")))
		require.Equal(t, catalog.SubmissionReturned, w.state(sub.ID))
		w.sound()
	})
}

func TestOneDecisionWins(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		d := w.claimed(maker, w.draft(shop, maker, "Lidah kucing"), dimas)
		w.post.take()
		var wg sync.WaitGroup
		var won atomic.Int64
		for _, decide := range []func() error{
			func() error { return w.approve(dimas, d) },
			func() error { return w.desk.Return(ctx, dimas, d, note("Tulis berat bersih.")) },
			func() error { return w.desk.Refuse(ctx, dimas, d, "Perlu izin edar.", nil) },
		} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				err := decide()
				switch {
				case err == nil:
					won.Add(1)
				case !fault.Is(err, fault.KindConflict):
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		require.EqualValues(t, 1, won.Load())
		require.Len(t, w.post.take(), 2, "told once, each of the two")
		w.sound()

		// The same decision again is the same decision; another is not.
		d = w.claimed(maker, w.draft(shop, maker, "Kue semprit"), dimas)
		require.NoError(t, w.approve(dimas, d))
		require.NoError(t, w.approve(dimas, d))
		key(t, w.approve(yuni, d), fault.KindConflict)
		key(t, w.desk.Refuse(ctx, dimas, d, "Perlu izin edar.", nil), fault.KindConflict)
		require.Equal(t, catalog.SubmissionLive, w.state(d.SubmissionID))

		// Nothing is decided that nobody took up, nor in a revision nobody read.
		sub := w.submit(maker, w.draft(shop, maker, "Rengginang"))
		d = curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID}
		key(t, w.approve(dimas, d), fault.KindConflict)
		_, err := w.desk.Claim(ctx, dimas, sub.ID)
		require.NoError(t, err)
		require.NoError(t, w.desk.Return(ctx, dimas, d, note("Tulis berat bersih.")))
		w.retitle(maker, sub.ID, "Rengginang manis")
		w.claimed(maker, sub, dimas)
		require.Equal(t, "catalog.review.other_revision", key(t, w.approve(dimas, d), fault.KindConflict))
		require.Equal(t, catalog.SubmissionInReview, w.state(sub.ID))
		w.sound()
	})
}

func TestWhoMayDecide(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		d := w.claimed(maker, w.draft(shop, maker, "Lidah kucing"), dimas)
		require.NoError(t, w.desk.Release(ctx, dimas, d.SubmissionID))
		before := w.state(d.SubmissionID)
		curators := yuni.Roles
		for name, c := range map[string]struct {
			who  account.Actor
			kind fault.Kind
		}{
			"visitor":  {account.Actor{}, fault.KindNotFound},
			"maker":    {maker, fault.KindNotFound},
			"head":     {head, fault.KindNotFound},
			"officer":  {officer, fault.KindNotFound},
			"own":      {account.Actor{UserID: 9, Roles: curators, Memberships: maker.Memberships}, fault.KindForbidden},
			"kin":      {account.Actor{UserID: 9, Roles: curators, KinShops: []int64{shop.ID}}, fault.KindForbidden},
			"assisted": {account.Actor{UserID: 9, Roles: curators, Assisting: []account.Assistance{{ShopID: shop.ID}}}, fault.KindForbidden},
		} {
			_, err := w.desk.Claim(ctx, c.who, d.SubmissionID)
			key(t, err, c.kind)
			key(t, w.approve(c.who, d), c.kind)
			key(t, w.desk.Return(ctx, c.who, d, note("Tulis berat bersih.")), c.kind)
			key(t, w.desk.Refuse(ctx, c.who, d, "Perlu izin edar.", nil), c.kind)
			if c.kind == fault.KindForbidden {
				page, err := w.desk.Queue(ctx, c.who, curation.Filter{})
				require.NoError(t, err)
				require.Empty(t, page.Items, "%s: not even in the queue", name)
				review, err := w.desk.Review(ctx, c.who, d.SubmissionID)
				require.NoError(t, err)
				require.True(t, review.Conflicted)
			}
		}
		require.Equal(t, before, w.state(d.SubmissionID))
		for _, who := range []account.Actor{{}, maker, officer} {
			_, err := w.desk.Queue(ctx, who, curation.Filter{})
			key(t, err, fault.KindNotFound)
			_, err = w.desk.Counts(ctx, who)
			key(t, err, fault.KindNotFound)
			_, err = w.desk.Review(ctx, who, d.SubmissionID)
			key(t, err, fault.KindNotFound)
		}
		w.sound()
	})
}

func TestAnswersAreWords(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		d := w.claimed(maker, w.draft(shop, maker, "Lidah kucing"), dimas)
		many := note("Perbaiki sudut ini.")
		for range curation.MaxPins + 1 {
			many[0].Pins = append(many[0].Pins, curation.Pin{PictureID: w.firstPicture(d), X: 500, Y: 500})
		}
		off := note("Perbaiki sudut ini.")
		off[0].Pins = []curation.Pin{{PictureID: w.firstPicture(d), X: 1001}}
		strange := note("Perbaiki sudut ini.")
		strange[0].Pins = []curation.Pin{{PictureID: w.firstPicture(d) + 1}}
		for name, answers := range map[string][]curation.Answer{
			"none": nil, "nothing to improve": {{ItemKey: "photo-clear", Verdict: curation.Fine}}, "no words": note("  \n"), "emoji": note("👍👍👍👍"),
			"endless": note(strings.Repeat("ulangi ", 20_000/7)), "unknown item": {{ItemKey: "warna", Verdict: curation.Improve, Comment: "Lebih cerah."}},
			"unknown verdict": {{ItemKey: "photo-clear", Verdict: "bagus"}}, "words without a verdict": {{ItemKey: "photo-clear", Comment: "Lebih cerah."}},
			"waived without a reason": append(note("Lebih kuat."), curation.Answer{ItemKey: "photo-clear", Verdict: curation.Waived}),
			"too many pins":           many, "a pin beside the picture": off, "a pin on another picture": strange,
		} {
			require.Equal(t, "curation.invalid", key(t, w.desk.Return(ctx, dimas, d, answers), fault.KindInvalid), name)
		}
		for _, reason := range []string{"", "!!!", strings.Repeat("tidak ", 500)} {
			key(t, w.desk.Refuse(ctx, dimas, d, reason, nil), fault.KindInvalid)
		}
		require.Equal(t, catalog.SubmissionInReview, w.state(d.SubmissionID))
		require.NoError(t, w.desk.Return(ctx, dimas, d, note("Tulis\u202e berat\u0000 bersih.\r\nYa.")))
		rounds, err := w.desk.History(ctx, maker, d.SubmissionID)
		require.NoError(t, err)
		require.Equal(t, "Tulis berat bersih.\nYa.", rounds[0].Answers[0].Comment)
		w.sound()
	})
}

func TestAppealGoesToAnotherCurator(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Pesisir", "35.12.06")
		sub := w.draft(shop, maker, "Sambal basah")
		d := w.claimed(maker, sub, dimas)
		require.NoError(t, w.desk.Refuse(ctx, dimas, d, "Perlu izin BPOM.", nil))
		told := w.post.take()
		require.Equal(t, "Perlu izin BPOM.", told[0].Data["alasan"])
		_, err := w.desk.Appeal(ctx, account.Actor{UserID: 5}, sub.ID, "", w.form())
		key(t, err, fault.KindNotFound)
		for range 2 {
			_, err = w.desk.Appeal(ctx, maker, sub.ID, "Ini sambal kering.", "banding")
			require.NoError(t, err)
		}
		_, err = w.desk.Claim(ctx, dimas, sub.ID)
		require.Equal(t, "curation.appeal_same", key(t, err, fault.KindForbidden))
		key(t, w.approve(dimas, d), fault.KindForbidden)
		_, err = w.desk.Claim(ctx, yuni, sub.ID)
		require.NoError(t, err)
		require.NoError(t, w.approve(yuni, d))
		rounds, err := w.desk.History(ctx, maker, sub.ID)
		require.NoError(t, err)
		require.Len(t, rounds, 2)
		require.Equal(t, "Ini sambal kering.", rounds[1].Plea)
		require.True(t, rounds[1].Appeal)
		require.Equal(t, "Perlu izin BPOM.", rounds[0].Reason)
		w.sound()

		// A new try and an appeal cannot run beside each other.
		sub = w.draft(shop, maker, "Abon ikan")
		d = w.claimed(maker, sub, dimas)
		require.NoError(t, w.desk.Refuse(ctx, dimas, d, "Perlu izin BPOM.", nil))
		again, err := w.cat.StartEdit(ctx, maker, sub.ProductID, w.form())
		require.NoError(t, err)
		require.Equal(t, "Abon ikan", again.Revision.Title)
		_, err = w.desk.Appeal(ctx, maker, sub.ID, "", w.form())
		require.Equal(t, "catalog.submission.other_open", key(t, err, fault.KindConflict))
		w.sound()
	})
}

func TestQueue(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		madiun, a := w.shop("Dapur Gayeng", "35.19.03")
		pandeglang, b := w.shop("Jahe Sumringah", "36.01.17")
		one := w.submit(a, w.draft(madiun, a, "Nastar"))
		db.Clock().Advance(time.Hour)
		two := w.submit(b, w.draft(pandeglang, b, "Jahe instan"))
		db.Clock().Advance(5 * 24 * time.Hour) // Wednesday to Monday
		three := w.submit(a, w.draft(madiun, a, "Kastengel"))
		_, err := w.desk.Claim(ctx, dimas, two.ID)
		require.NoError(t, err)

		ids := func(f curation.Filter) []int64 {
			t.Helper()
			page, err := w.desk.Queue(ctx, dimas, f)
			require.NoError(t, err)
			var out []int64
			for _, it := range page.Items {
				out = append(out, it.SubmissionID)
			}
			require.EqualValues(t, len(out), page.Total)
			require.Equal(t, page.Total, page.Counts.Holds[f.Hold])
			require.Equal(t, page.Total, page.Counts.Dues[f.Due])
			return out
		}
		require.Equal(t, []int64{one.ID, two.ID, three.ID}, ids(curation.Filter{}))
		require.Equal(t, []int64{one.ID, three.ID}, ids(curation.Filter{Hold: curation.Free}))
		require.Equal(t, []int64{two.ID}, ids(curation.Filter{Hold: curation.Mine}))
		require.Equal(t, []int64{two.ID}, ids(curation.Filter{Regions: []string{"36"}}))
		require.Equal(t, []int64{three.ID}, ids(curation.Filter{Query: "kasten"}))
		require.Empty(t, ids(curation.Filter{Kind: catalog.SubmissionEdit}))

		page, err := w.desk.Queue(ctx, yuni, curation.Filter{Limit: 2})
		require.NoError(t, err)
		require.Len(t, page.Items, 2)
		require.EqualValues(t, 3, page.Total)
		require.Equal(t, 3, page.Items[0].WaitingDays, "Thursday, Friday, Monday")
		require.Nil(t, page.Items[0].Claim)
		require.Equal(t, "Dimas", page.Items[1].Claim.CuratorName)
		next, err := w.desk.Queue(ctx, yuni, curation.Filter{Limit: 2, Cursor: page.Next})
		require.NoError(t, err)
		require.Len(t, next.Items, 1)
		require.Equal(t, three.ID, next.Items[0].SubmissionID)
		require.Empty(t, next.Next)
		_, err = w.desk.Queue(ctx, yuni, curation.Filter{Cursor: "palsu"})
		key(t, err, fault.KindInvalid)

		for _, it := range page.Items {
			require.Equal(t, curation.Today, it.Due, "three working days after Wednesday are Monday, until it is over")
			require.Equal(t, "2026-11-09", it.DueDay.Format(time.DateOnly))
		}
		require.Equal(t, curation.Whenever, next.Items[0].Due)
		db.Clock().Advance(24 * time.Hour)
		require.Equal(t, []int64{one.ID, two.ID}, ids(curation.Filter{Due: curation.Late}))
		require.Equal(t, []int64{two.ID}, ids(curation.Filter{Due: curation.Late, Regions: []string{"36"}}))
		health, err := w.desk.Health(ctx)
		require.NoError(t, err)
		require.Equal(t, []int64{3, 3, 2}, []int64{int64(health.Promise), health.Waiting, health.Overdue})
		require.NoError(t, w.desk.SetPromise(ctx, head, 5))
		require.Empty(t, ids(curation.Filter{Due: curation.Late}), "a longer promise is kept")
		key(t, w.desk.SetPromise(ctx, head, 0), fault.KindInvalid)
		key(t, w.desk.SetPromise(ctx, yuni, 4), fault.KindForbidden)

		_, err = w.desk.Claim(ctx, dimas, two.ID) // the first lease is over
		require.NoError(t, err)
		review, err := w.desk.Review(ctx, dimas, two.ID)
		require.NoError(t, err)
		require.True(t, review.Mine)
		require.Nil(t, review.Live)
		require.Equal(t, "Jahe Sumringah", review.Shop.Name)
		require.Len(t, review.Rounds, 1)
		require.NoError(t, w.approve(dimas, curation.Decision{SubmissionID: two.ID, RevisionID: two.Revision.ID}))
		edit, err := w.cat.StartEdit(ctx, b, two.ProductID, w.form())
		require.NoError(t, err)
		w.retitle(b, edit.ID, "Jahe merah")
		w.submit(b, edit)
		review, err = w.desk.Review(ctx, dimas, edit.ID)
		require.NoError(t, err)
		require.Equal(t, "Jahe instan", review.Live.Title)
		require.Equal(t, "Jahe merah", review.Submission.Revision.Title)
		w.sound()
	})
}

func TestSuspendAndLift(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Pesisir", "35.12.06")
		sub := w.draft(shop, maker, "Abon ikan")
		d := w.claimed(maker, sub, dimas)
		require.NoError(t, w.approve(dimas, d))
		w.post.take()
		key(t, w.desk.Suspend(ctx, maker, sub.ProductID, catalog.NewSuspension{Reason: "Keluhan pembeli."}), fault.KindNotFound)
		key(t, w.desk.Suspend(ctx, dimas, sub.ProductID, catalog.NewSuspension{Reason: " "}), fault.KindInvalid)
		require.NoError(t, w.desk.Suspend(ctx, dimas, sub.ProductID, catalog.NewSuspension{Reason: "Sertifikat halal belum ada."}))
		told := w.post.take()
		require.Len(t, told, 2)
		require.Equal(t, "Abon ikan", told[0].Data["produk"])
		_, err := w.cat.ProductBySlug(ctx, "abon-ikan")
		key(t, err, fault.KindGone)
		key(t, w.desk.Suspend(ctx, dimas, sub.ProductID, catalog.NewSuspension{Reason: "Sekali lagi."}), fault.KindConflict)
		w.sound()
		require.NoError(t, w.desk.Lift(ctx, dimas, sub.ProductID, "Sudah diganti."))
		_, err = w.cat.ProductBySlug(ctx, "abon-ikan")
		require.NoError(t, err)
		w.sound()
	})
}

func TestProveFindsEachBrokenInvariant(t *testing.T) {
	for name, breakIt := range map[string]func(w *world, sub catalog.Submission, maker account.Actor){
		"K1 round numbers": func(w *world, sub catalog.Submission, _ account.Actor) {
			w.unguarded(`UPDATE review_rounds SET number = 7`)
		},
		"K2 decided by somebody": func(w *world, sub catalog.Submission, _ account.Actor) {
			w.unguarded(`UPDATE review_rounds SET curator_id = 0 WHERE outcome = 'returned'`)
		},
		"K3 return without a note": func(w *world, sub catalog.Submission, _ account.Actor) {
			w.unguarded(`UPDATE review_answers SET verdict = 'fine'`)
		},
		"K4 refusal without a reason": func(w *world, sub catalog.Submission, _ account.Actor) {
			w.unguarded(`UPDATE review_rounds SET outcome = 'refused'`)
		},
		"K5 two opinions": func(w *world, sub catalog.Submission, maker account.Actor) {
			w.retitle(maker, sub.ID, "Lain")
			d := w.claimed(maker, sub, dimas)
			require.NoError(w.t, w.desk.Refuse(ctx, dimas, d, "Perlu izin.", nil))
			_, err := w.desk.Appeal(ctx, maker, sub.ID, "", w.form())
			require.NoError(w.t, err)
			w.unguarded(`UPDATE review_rounds SET curator_id = 901, outcome = 'approved', decided_at = opened_at WHERE appeal`)
		},
		"K7 answers fit the decision": func(w *world, sub catalog.Submission, _ account.Actor) {
			w.unguarded(`UPDATE review_answers SET comment = ''`)
		},
		"K8 answers of the checklist": func(w *world, sub catalog.Submission, _ account.Actor) {
			w.unguarded(`UPDATE review_answers SET item_key = 'lain'`)
		},
		"K9 approved unanswered": func(w *world, sub catalog.Submission, _ account.Actor) {
			w.unguarded(`UPDATE review_rounds SET outcome = 'approved'`)
		},
		"K10 first claim": func(w *world, sub catalog.Submission, _ account.Actor) {
			w.unguarded(`UPDATE review_rounds SET first_claimed_at = NULL`)
		},
		"K11 one checklist a category": func(w *world, sub catalog.Submission, _ account.Actor) {
			require.NoError(w.t, w.exec(`UPDATE checklists SET archived = TRUE`))
		},
		"K12 a checklist asks": func(w *world, sub catalog.Submission, _ account.Actor) {
			require.NoError(w.t, w.exec(`INSERT INTO checklist_versions (checklist_id, number, categories, state, created_at, published_at)
				SELECT id, 9, 'lain', 'published', '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00' FROM checklists WHERE name = 'Jasa'`))
		},
		"K6 waiting round": func(w *world, sub catalog.Submission, _ account.Actor) {
			require.NoError(w.t, w.exec(`UPDATE submissions SET state = 'submitted' WHERE id = ?`, sub.ID))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Run(t, func(t *testing.T, db *database.DB) {
				w := newWorld(t, db)
				shop, maker := w.shop("Toples Bu Wening", "35.20.08")
				sub := w.draft(shop, maker, "Lidah kucing")
				d := w.claimed(maker, sub, dimas)
				require.NoError(t, w.desk.Return(ctx, dimas, d, note("Tulis berat bersih.")))
				w.sound()
				breakIt(w, sub, maker)
				found, err := w.desk.Prove(context.Background())
				require.NoError(t, err)
				var names []string
				for _, f := range found {
					names = append(names, f.Invariant)
					require.NotContains(t, f.Text, "%!")
				}
				require.Contains(t, names, name)
			})
		})
	}
}

// unguarded runs one statement with the append-only triggers gone.
func (w *world) unguarded(sql string) {
	w.t.Helper()
	for _, trigger := range []string{"review_rounds_closed ON review_rounds", "review_answers_sealed_update ON review_answers", "review_answers_sealed_delete ON review_answers"} {
		if w.db.Dialect() == database.SQLite {
			trigger, _, _ = strings.Cut(trigger, " ON ")
		}
		require.NoError(w.t, w.exec("DROP TRIGGER "+trigger))
	}
	require.NoError(w.t, w.exec(sql))
}
