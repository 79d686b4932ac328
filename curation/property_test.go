package curation_test

import (
	"fmt"
	"math/rand/v2"
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
	"github.com/lapak-berdaya/lapak/media"
)

// Whatever makers and curators do, in whatever order, the public sees exactly
// what was approved last, and no picture beside it.
func TestNoSequenceShowsWhatWasNotApproved(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		approvals := 0
		for range 12 {
			approvals += w.randomLife(r, shop, maker)
		}
		require.Positive(t, approvals, "the sequences must get somewhere")
		w.sound()
	})
}

// randomLife plays one product's life and returns how often it was approved.
func (w *world) randomLife(r *rand.Rand, shop catalog.Shop, maker account.Actor) (approvals int) {
	sub := w.draft(shop, maker, fmt.Sprint("kue ", r.Uint64()))
	pictures := map[int64]bool{sub.Revision.Pictures[0]: true}
	current, product := sub.ID, sub.ProductID
	var shown catalog.Revision // approved last
	visible := false           // published or paused
	for range 25 {
		now, err := w.cat.Submission(ctx, maker, current)
		require.NoError(w.t, err)
		d := curation.Decision{SubmissionID: current, RevisionID: now.Revision.ID}
		if r.IntN(10) == 0 {
			d.RevisionID -= int64(r.IntN(3)) // an old page in another tab
		}
		who := []account.Actor{dimas, yuni}[r.IntN(2)]
		title := fmt.Sprint("kue ", r.Uint64())
		switch r.IntN(13) {
		case 0, 1:
			_, err = w.cat.SaveDraft(ctx, maker, current, catalog.DraftChange{Title: &title, Description: &title})
		case 2:
			p := w.picture(product)
			pictures[p] = true
			_, err = w.cat.SetPictures(ctx, maker, current, []int64{p})
		case 3, 4:
			_, err = w.desk.Submit(ctx, maker, current, w.form())
		case 5, 6:
			_, err = w.desk.Claim(ctx, who, current)
		case 7, 8:
			if err = w.desk.Approve(ctx, who, d); err == nil && now.State == catalog.SubmissionInReview {
				approvals++
				shown = now.Revision
				require.Equal(w.t, d.RevisionID, now.Revision.ID)
			}
		case 9:
			err = w.desk.Return(ctx, who, d, note("Perbaiki lagi."))
		case 10:
			if r.IntN(2) == 0 {
				_, err = w.desk.Withdraw(ctx, maker, current)
			} else {
				err = w.desk.Refuse(ctx, who, d, "Belum bisa.")
			}
		case 11:
			var edit catalog.Submission
			if edit, err = w.cat.StartEdit(ctx, maker, product, w.form()); err == nil {
				current = edit.ID
			}
		case 12:
			switch r.IntN(4) {
			case 0:
				err = w.desk.Suspend(ctx, who, product, "Keluhan pembeli.")
			case 1:
				err = w.desk.Lift(ctx, who, product)
			case 2:
				err = w.cat.Pause(ctx, maker, product)
			case 3:
				err = w.cat.SetPrice(ctx, maker, product, money.Rupiah(23_000+r.IntN(10_000)))
			}
		}
		if err != nil {
			kind := fault.As(err).Kind
			require.Contains(w.t, []fault.Kind{fault.KindConflict, fault.KindInvalid}, kind, "%v", err)
		}

		found, err := w.cat.Sellables(ctx, []int64{product})
		require.NoError(w.t, err)
		live := found[product]
		visible = live.Public()
		require.Equal(w.t, shown.ID, live.RevisionID)
		require.Equal(w.t, shown.Title, live.Title)
		view, err := w.cat.ProductBySlug(ctx, live.Slug)
		if visible {
			require.NoError(w.t, err)
			require.Equal(w.t, shown.Description, view.Description)
			require.Equal(w.t, shown.Pictures, view.Pictures)
		} else {
			require.Error(w.t, err)
		}
		if latest, err := w.cat.Submission(ctx, maker, current); err == nil && latest.Revision.Title != shown.Title {
			page, err := w.cat.Products(ctx, catalog.Filter{Query: latest.Revision.Title})
			require.NoError(w.t, err)
			require.Empty(w.t, page.Products, "found by words that were not approved")
		}
		var ids []int64
		for p := range pictures {
			ids = append(ids, p)
		}
		stored, err := w.media.Pictures(ctx, ids)
		require.NoError(w.t, err)
		for p := range pictures {
			public := visible && len(shown.Pictures) > 0 && shown.Pictures[0] == p
			require.Equal(w.t, public, stored[p].Visibility == media.Public, "picture %d", p)
		}
	}
	return approvals
}
