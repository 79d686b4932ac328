package curation_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// scheduled is a live product with an edit, to another title, that goes live at
// the beginning of 10 November.
func (w *world) scheduled(shop catalog.Shop, maker account.Actor, title string) catalog.Submission {
	w.t.Helper()
	sub := w.draft(shop, maker, title)
	require.NoError(w.t, w.approve(dimas, w.claimed(maker, sub, dimas)))
	edit, err := w.cat.StartEdit(ctx, maker, sub.ProductID, w.form())
	require.NoError(w.t, err)
	w.retitle(maker, edit.ID, title+" baru")
	d := w.claimed(maker, edit, dimas)
	d.LiveOn = "2026-11-10"
	require.NoError(w.t, w.approve(dimas, d))
	w.post.take()
	require.Equal(w.t, catalog.SubmissionScheduled, w.state(edit.ID))
	edit, err = w.cat.Submission(ctx, maker, edit.ID)
	require.NoError(w.t, err)
	return edit
}

var tenth = time.Date(2026, 11, 9, 17, 0, 1, 0, time.UTC) // a second into 10 November, WIB

func (w *world) at(when time.Time) {
	now, err := clock.Now(ctx, w.db.Read(ctx))
	require.NoError(w.t, err)
	w.db.Clock().Advance(when.Sub(now))
}

func (w *world) due() int {
	w.t.Helper()
	n, err := w.desk.GoLiveDue(ctx)
	require.NoError(w.t, err)
	return n
}

func (w *world) title(productID int64) string {
	w.t.Helper()
	found, err := w.cat.Sellables(ctx, []int64{productID})
	require.NoError(w.t, err)
	return found[productID].Title
}

func (w *world) kinds() (kinds []string) {
	for _, m := range w.post.take() {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

func TestAWishIsApprovedForItsDayAndGoesLiveOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.draft(shop, maker, "Lidah kucing")
		_, err := w.desk.SubmitFor(ctx, maker, sub.ID, "2026-11-03", w.form())
		key(t, err, fault.KindInvalid)
		sub, err = w.desk.SubmitFor(ctx, maker, sub.ID, "2026-11-10", w.form())
		require.NoError(t, err)
		require.Equal(t, "2026-11-10", sub.WishDay)
		_, err = w.desk.Claim(ctx, dimas, sub.ID)
		require.NoError(t, err)
		d := curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID, LiveOn: sub.WishDay}
		require.NoError(t, w.approve(dimas, d))
		require.NoError(t, w.approve(dimas, d), "sent twice")
		told := w.post.take()
		require.Len(t, told, 2, "the maker and the companion")
		require.Equal(t, "curation_scheduled", told[0].Kind)
		require.Equal(t, "10 November 2026", told[0].Data["hari"])
		require.Zero(t, w.due())
		_, err = w.cat.ProductBySlug(ctx, "lidah-kucing")
		key(t, err, fault.KindNotFound)

		// The moment comes, and several instances look at once.
		w.at(tenth)
		var wg sync.WaitGroup
		counts := make([]int, 4)
		for i := range counts {
			wg.Go(func() {
				var err error
				if counts[i], err = w.desk.GoLiveDue(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, counts[0]+counts[1]+counts[2]+counts[3])
		view, err := w.cat.ProductBySlug(ctx, "lidah-kucing")
		require.NoError(t, err)
		require.True(t, view.Public())
		require.Equal(t, []string{"curation_approved", "curation_approved"}, w.kinds())
		require.Equal(t, catalog.SubmissionLive, w.state(sub.ID))
		w.sound()
	})
}

func TestWhatHappensBeforeTheDayHasOneOutcome(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		stays, goes := "stays", "goes"
		for name, c := range map[string]struct {
			do     func(sub catalog.Submission)
			title  string
			state  catalog.SubmissionState
			told   []string
			reason string
		}{
			"nothing":     {func(catalog.Submission) {}, goes, catalog.SubmissionLive, []string{"curation_approved", "curation_approved"}, ""},
			"a pause":     {func(s catalog.Submission) { require.NoError(t, w.cat.Pause(ctx, maker, s.ProductID)) }, goes, catalog.SubmissionLive, []string{"curation_approved", "curation_approved"}, ""},
			"a withdrawl": {func(s catalog.Submission) { _, err := w.desk.Withdraw(ctx, maker, s.ID); require.NoError(t, err) }, stays, catalog.SubmissionWithdrawn, nil, ""},
			"suspended": {func(s catalog.Submission) {
				require.NoError(t, w.desk.Suspend(ctx, dimas, s.ProductID, catalog.NewSuspension{Reason: "Keluhan pembeli."}))
			}, stays, catalog.SubmissionSubmitted, []string{"curation_held", "curation_held"}, "Produk ini sedang dihentikan sementara."},
			"suspended and lifted": {func(s catalog.Submission) {
				require.NoError(t, w.desk.Suspend(ctx, dimas, s.ProductID, catalog.NewSuspension{Reason: "Keluhan pembeli."}))
				require.NoError(t, w.desk.Lift(ctx, dimas, s.ProductID, "Sudah diganti."))
			}, goes, catalog.SubmissionLive, []string{"curation_approved", "curation_approved"}, ""},
			"recalled": {func(s catalog.Submission) {
				key(t, w.desk.Recall(ctx, dimas, s.ID, "…"), fault.KindInvalid)
				require.NoError(t, w.desk.Recall(ctx, dimas, s.ID, "Foto labelnya lain."))
				require.Equal(t, []string{"curation_recalled", "curation_recalled"}, w.kinds())
				key(t, w.desk.Recall(ctx, dimas, s.ID, "Foto labelnya lain."), fault.KindConflict)
			}, stays, catalog.SubmissionSubmitted, nil, "Foto labelnya lain."},
			"later": {func(s catalog.Submission) {
				require.NoError(t, w.desk.RescheduleOwn(ctx, maker, s.ID, "2026-11-12"))
				require.Empty(t, w.kinds(), "she knows")
				key(t, w.desk.RescheduleOwn(ctx, dimas, s.ID, "2026-11-11"), fault.KindNotFound)
				key(t, w.desk.Reschedule(ctx, maker, s.ID, "2026-11-11"), fault.KindNotFound)
				list, err := w.desk.Scheduled(ctx, head, "", 1)
				require.NoError(t, err)
				require.Equal(t, s.ID, list.Items[0].SubmissionID)
				require.Empty(t, list.Next)
				_, err = w.desk.Scheduled(ctx, maker, "", 1)
				key(t, err, fault.KindNotFound)
			}, stays, catalog.SubmissionScheduled, nil, ""},
			"sooner": {func(s catalog.Submission) {
				require.NoError(t, w.desk.Reschedule(ctx, dimas, s.ID, "2026-11-09"))
				require.Equal(t, []string{"curation_rescheduled", "curation_rescheduled"}, w.kinds())
			}, goes, catalog.SubmissionLive, []string{"curation_approved", "curation_approved"}, ""},
			"now": {func(s catalog.Submission) {
				require.NoError(t, w.desk.Reschedule(ctx, dimas, s.ID, ""))
				require.Equal(t, s.Revision.Title, w.title(s.ProductID))
				require.Equal(t, []string{"curation_approved", "curation_approved"}, w.kinds())
				key(t, w.desk.Reschedule(ctx, dimas, s.ID, ""), fault.KindConflict)
			}, goes, catalog.SubmissionLive, nil, ""},
			"now, while suspended": {func(s catalog.Submission) {
				require.NoError(t, w.desk.Suspend(ctx, dimas, s.ProductID, catalog.NewSuspension{Reason: "Keluhan pembeli."}))
				require.Equal(t, "curation.live.hindered", key(t, w.desk.RescheduleOwn(ctx, maker, s.ID, ""), fault.KindConflict))
				require.Equal(t, catalog.SubmissionScheduled, w.state(s.ID))
				require.NoError(t, w.desk.Lift(ctx, dimas, s.ProductID, "Sudah diganti."))
			}, goes, catalog.SubmissionLive, []string{"curation_approved", "curation_approved"}, ""},
		} {
			w.at(noon)
			sub := w.scheduled(shop, maker, name)
			c.do(sub)
			if c.told != nil {
				w.post.take()
			}
			w.at(tenth)
			w.due()
			require.Zero(t, w.due(), name)
			want := name
			if c.title == goes {
				want += " baru"
			}
			require.Equal(t, want, w.title(sub.ProductID), name)
			require.Equal(t, c.state, w.state(sub.ID), name)
			require.Equal(t, c.told, w.kinds(), name)
			rounds, err := w.desk.History(ctx, maker, sub.ID)
			require.NoError(t, err)
			last := rounds[len(rounds)-1]
			require.Equal(t, c.reason, last.CauseWords, name)
			w.sound()
			if c.state == catalog.SubmissionSubmitted { // a task for the desk, which decides again
				page, err := w.desk.Queue(ctx, yuni, curation.Filter{})
				require.NoError(t, err)
				require.Len(t, page.Items, 1, name)
				_, err = w.desk.Claim(ctx, yuni, sub.ID)
				require.NoError(t, err)
				require.NoError(t, w.approve(yuni, curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID}), name)
				require.Equal(t, sub.Revision.Title, w.title(sub.ProductID))
				w.post.take()
				w.sound()
			} else if c.state == catalog.SubmissionScheduled {
				_, err := w.desk.Withdraw(ctx, maker, sub.ID)
				require.NoError(t, err)
			}
		}
	})
}

// A certificate that the law asks for ends before the day: the change does not go
// live, and the desk has it again.
func TestALapsedCertificateHoldsAChangeOnItsDay(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		for name, ends := range map[string]time.Time{"berakhir": tenth.AddDate(0, 0, -1), "berlaku": tenth.AddDate(0, 1, 0)} {
			w.at(noon)
			sub := w.food(shop, maker, "Nastar "+name)
			w.certify(shop, maker, sub.ProductID, catalog.PIRT, 900)
			require.NoError(t, w.exec(`INSERT INTO certificates (shop_id, product_id, kind, number, ends_at, state, form_key, entered_by, entered_at, decided_by, decided_at)
				VALUES (?, ?, 'halal', 'CONTOH', ?, 'confirmed', ?, 1, ?, 2, ?)`, shop.ID, sub.ProductID, ends, name, noon, noon))
			d := w.claimed(maker, sub, dimas)
			d.LiveOn = "2026-11-10"
			require.NoError(t, w.approve(dimas, d))
			w.post.take()
			w.at(tenth)
			w.due()
			want, told := catalog.SubmissionLive, "curation_approved"
			if name == "berakhir" {
				want, told = catalog.SubmissionSubmitted, "curation_held"
				rounds, err := w.desk.History(ctx, maker, sub.ID)
				require.NoError(t, err)
				require.Equal(t, curation.RuleForbids, rounds[1].Cause)
				require.Contains(t, rounds[1].CauseWords, "sertifikat halal")
			}
			require.Equal(t, want, w.state(sub.ID), name)
			require.Equal(t, []string{told, told}, w.kinds(), name)
		}
	})
}
