package curation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/media"
)

// What is read stands still: the maker neither writes in it nor takes it back, and
// is told so. (TestOneDecisionWins decides about a revision that was replaced.)
func TestTheMakerEditsWhileTheCuratorReads(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.draft(shop, maker, "Lidah kucing")
		require.NoError(t, w.approve(dimas, w.claimed(maker, sub, dimas)))
		edit, err := w.cat.StartEdit(ctx, maker, sub.ProductID, w.form())
		require.NoError(t, err)
		w.retitle(maker, edit.ID, "Lidah kucing keju")
		read := w.claimed(maker, edit, dimas)
		title := "Lidah kucing cokelat"
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Title: &title})
		key(t, err, fault.KindConflict) // what is read stands still

		_, err = w.desk.Withdraw(ctx, maker, edit.ID)
		key(t, err, fault.KindConflict)
		require.NoError(t, w.approve(dimas, read))
		require.Equal(t, "Lidah kucing keju", w.title(sub.ProductID), "what was read, and nothing else")
		w.sound()
	})
}

// Twelve photos of which one cannot be prepared: eleven can be marked and the whole
// is approved; the broken one shows nothing and stops nobody.
func TestTwelvePhotosWithOneBroken(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.draft(shop, maker, "Lidah kucing")
		var pictures []int64
		for range catalog.MaxPictures {
			pictures = append(pictures, w.picture(sub.ProductID))
		}
		_, err := w.cat.SetPictures(ctx, maker, sub.ID, pictures)
		require.NoError(t, err)
		require.NoError(t, w.exec(`UPDATE pictures SET state = ? WHERE id = ?`, media.StateFailed, pictures[4]))
		for i, p := range pictures {
			if i != 4 {
				require.NoError(t, w.media.MakeRenditions(ctx, p))
			}
		}
		d := w.claimed(maker, sub, dimas)
		require.NoError(t, w.desk.SaveAnswers(ctx, dimas, d, []curation.Answer{{ItemKey: "photo-clear", Verdict: curation.Improve, Comment: "Ganti foto ini.", Pins: []curation.Pin{{PictureID: pictures[11], X: 500, Y: 500}}}}))
		require.NoError(t, w.desk.Approve(ctx, dimas, withRest(d), []curation.Answer{{ItemKey: "photo-clear", Verdict: curation.Fine}}))
		stored, err := w.media.Pictures(ctx, pictures)
		require.NoError(t, err)
		for _, p := range pictures {
			require.Equal(t, media.Public, stored[p].Visibility)
		}
		live, err := w.cat.Sellables(ctx, []int64{sub.ProductID})
		require.NoError(t, err)
		view, err := w.cat.ProductBySlug(ctx, live[sub.ProductID].Slug)
		require.NoError(t, err)
		require.Len(t, view.Pictures, catalog.MaxPictures)
		for i, ready := range map[int]bool{4: false, 5: true} {
			c, err := w.media.Open(ctx, account.Actor{}, stored[pictures[i]].Key, "320", "jpg")
			require.NoError(t, err)
			require.Equal(t, ready, c.Ready)
		}
		w.sound()
	})
}

func withRest(d curation.Decision) curation.Decision {
	d.RestFine = true
	return d
}
