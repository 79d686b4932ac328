package curation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// answers are those of the newest round, as the maker's history has them.
func (w *world) answers(maker account.Actor, submissionID int64) []curation.Answer {
	w.t.Helper()
	rounds, err := w.desk.History(ctx, maker, submissionID)
	require.NoError(w.t, err)
	return rounds[len(rounds)-1].Answers
}

func TestAnswersAreKeptWhileTheClaimRuns(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.draft(shop, maker, "Lidah kucing")
		d := w.claimed(maker, sub, dimas)
		spot := curation.Pin{PictureID: w.firstPicture(d), X: 250, Y: 1000}
		require.NoError(t, w.desk.SaveAnswers(ctx, dimas, d, []curation.Answer{
			{ItemKey: "label-use", Pins: []curation.Pin{spot, {PictureID: spot.PictureID}}},
			{ItemKey: "photo-clear", Verdict: curation.Improve, Pins: []curation.Pin{spot}}, {ItemKey: "name-clear", Verdict: curation.Fine, Pins: []curation.Pin{spot}},
		}))
		got := w.answers(maker, sub.ID)
		require.Len(t, got, 3)
		require.Equal(t, "photo-clear", got[0].ItemKey, "in the order of the checklist")
		spot.Number = 1
		require.Equal(t, []curation.Pin{spot}, got[0].Pins)
		require.Equal(t, curation.Improve, got[1].Verdict, "a spot is something to improve")
		require.EqualValues(t, 3, got[1].Pins[1].Number)
		require.Empty(t, got[2].Pins, "what is fine has no spots")

		// Another answer leaves these; an empty verdict takes one away.
		require.NoError(t, w.desk.SaveAnswers(ctx, dimas, d, []curation.Answer{{ItemKey: "photo-clear"}, {ItemKey: "price-fair", Verdict: curation.Waived, Comment: "Harga perkenalan."}}))
		got = w.answers(maker, sub.ID)
		require.Len(t, got, 3)
		require.EqualValues(t, 1, got[0].Pins[0].Number, "counted anew")

		// Who lost the lease keeps nothing, and changes nothing.
		db.Clock().Advance(curation.Lease + 1)
		_, err := w.desk.Claim(ctx, yuni, sub.ID)
		require.NoError(t, err)
		require.Equal(t, "curation.claimed", key(t, w.desk.SaveAnswers(ctx, dimas, d, note("Ganti plastik.")), fault.KindConflict))
		require.Equal(t, "curation.claimed", key(t, w.desk.Return(ctx, dimas, d, note("Ganti plastik.")), fault.KindConflict))
		require.Len(t, w.answers(maker, sub.ID), 3)

		// No decision while something is to improve or unanswered.
		key(t, w.desk.Approve(ctx, yuni, d, nil), fault.KindInvalid)
		rest := d
		rest.RestFine = true
		key(t, w.desk.Approve(ctx, yuni, rest, nil), fault.KindInvalid)
		require.NoError(t, w.desk.Return(ctx, yuni, d, []curation.Answer{{ItemKey: "label-use", Verdict: curation.Improve, Comment: "Tulis ukurannya."}}))
		require.Equal(t, "catalog.submission.moved", key(t, w.desk.SaveAnswers(ctx, yuni, d, note("Ganti plastik.")), fault.KindConflict))
		require.Error(t, w.exec(`INSERT INTO review_pins (answer_id, picture_id, x, y, number) SELECT id, ?, 1, 1, 9 FROM review_answers`, spot.PictureID), "sealed")
		require.Error(t, w.exec(`DELETE FROM review_answers`), "sealed")

		// The maker sends another revision while the old one is still on a screen.
		w.retitle(maker, sub.ID, "Lidah kucing 250 g")
		w.claimed(maker, sub, yuni)
		require.Equal(t, "catalog.review.other_revision", key(t, w.desk.SaveAnswers(ctx, yuni, d, note("Ganti plastik.")), fault.KindConflict))
		require.Empty(t, w.answers(maker, sub.ID))
		w.sound()
	})
}

func TestARoundKeepsItsChecklist(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.draft(shop, maker, "Lidah kucing")
		d := w.claimed(maker, sub, dimas)
		before, err := w.desk.Review(ctx, dimas, sub.ID)
		require.NoError(t, err)
		require.NotNil(t, before.Rounds[0].FirstClaimedAt)
		list := before.Checklist

		require.NoError(t, w.exec(`INSERT INTO checklist_versions (checklist_id, number, state, created_at) VALUES (?, 2, 'draft', '2026-11-22 00:00:00+00:00')`, list.ChecklistID))
		require.NoError(t, w.exec(`INSERT INTO checklist_items (version_id, position, key, aspect, question)
			SELECT id, 1, 'smell', 'packaging', 'Baunya baik' FROM checklist_versions WHERE checklist_id = ? AND number = 2`, list.ChecklistID))
		require.NoError(t, w.exec(`UPDATE checklist_versions SET state = 'published', published_at = created_at WHERE checklist_id = ? AND number = 2`, list.ChecklistID))
		require.Error(t, w.exec(`UPDATE checklist_items SET question = 'Lain' WHERE key = 'smell'`), "published is for ever")
		require.Error(t, w.exec(`INSERT INTO checklist_items (version_id, position, key, aspect, question) SELECT version_id, 2, 'x', 'photo', 'Baru' FROM checklist_items WHERE key = 'smell'`))

		key(t, w.desk.SaveAnswers(ctx, dimas, d, []curation.Answer{{ItemKey: "smell", Verdict: curation.Fine}}), fault.KindInvalid)
		require.NoError(t, w.desk.Return(ctx, dimas, d, note("Ganti plastik.")))
		w.retitle(maker, sub.ID, "Lidah kucing 250 g")
		d = w.claimed(maker, sub, yuni)
		after, err := w.desk.Review(ctx, yuni, sub.ID)
		require.NoError(t, err)
		require.Equal(t, list.ID, after.Rounds[0].ChecklistVersionID)
		require.Len(t, after.Checklist.Items, 1)
		require.NoError(t, w.desk.Approve(ctx, yuni, d, []curation.Answer{{ItemKey: "smell", Verdict: curation.NotApplicable}}))
		w.sound()
	})
}
