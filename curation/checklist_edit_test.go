package curation_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// checklist finds one by its name, with everything in it.
func (w *world) checklist(name string) curation.Checklist {
	w.t.Helper()
	all, err := w.desk.Checklists(ctx, head)
	require.NoError(w.t, err)
	at := slices.IndexFunc(all, func(c curation.Checklist) bool { return c.Name == name })
	require.GreaterOrEqual(w.t, at, 0, name)
	one, err := w.desk.Checklist(ctx, head, all[at].ID)
	require.NoError(w.t, err)
	return one
}

// drafted is the draft of a checklist as an editor reads it.
func (w *world) drafted(name string) curation.Draft {
	w.t.Helper()
	c := w.checklist(name)
	if c.Draft() == nil {
		require.NoError(w.t, w.desk.StartDraft(ctx, dimas, c.ID))
		c = w.checklist(name)
	}
	d := c.Draft()
	return curation.Draft{DraftRef: curation.DraftRef{ChecklistID: c.ID, VersionID: d.ID, Edition: d.Edition}, Name: c.Name, Categories: d.Categories, Items: d.Items}
}

const rest = "Semua yang lain"

// A round that was claimed keeps the questions it began with; the next round is
// asked those that were published since. A question keeps its key.
func TestAPublishedChecklistIsForNewRounds(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		before, waiting := w.draft(shop, maker, "Lidah kucing"), w.draft(shop, maker, "Rengginang")
		claimed := w.claimed(maker, before, dimas)
		waiting = w.submit(maker, waiting)

		d := w.drafted(rest)
		require.Equal(t, w.checklist(rest).Current().Items, d.Items, "a draft begins as a copy")
		require.NoError(t, w.desk.StartDraft(ctx, yuni, d.ChecklistID), "one draft only")
		require.Len(t, w.checklist(rest).Versions, 2)
		gone := d.Items[0].Key
		d.Items[1].Question = "  Apakah ada foto   dari belakang? "
		d.Items = append(slices.Clone(d.Items[1:]), curation.ChecklistItem{Aspect: curation.Photo, Question: "Apakah fotonya tegak?", Lesson: "foto-dekat-jendela", Key: "karangan"},
			curation.ChecklistItem{Aspect: curation.Photo, Question: "Apakah fotonya tegak?", Key: d.Items[2].Key})
		require.NoError(t, w.desk.SaveDraft(ctx, dimas, d))
		d = w.drafted(rest)
		require.Equal(t, []string{"photo-detail", "photo-people", "photo-apakah-fotonya-tegak", "photo-apakah-fotonya-tegak-2", "packaging-travel"},
			[]string{d.Items[0].Key, d.Items[1].Key, d.Items[2].Key, d.Items[3].Key, d.Items[4].Key})
		require.Equal(t, "Apakah ada foto dari belakang?", d.Items[0].Question)
		again := d.Items[2]
		require.NoError(t, w.desk.PublishDraft(ctx, yuni, d.DraftRef))

		old, err := w.desk.Review(ctx, dimas, before.ID)
		require.NoError(t, err)
		require.EqualValues(t, 1, old.Checklist.Number)
		require.Equal(t, gone, old.Checklist.Items[0].Key)
		require.NoError(t, w.desk.Return(ctx, dimas, claimed, []curation.Answer{{ItemKey: gone, Verdict: curation.Improve, Comment: "Foto ulang di dekat jendela."}}))
		_, err = w.desk.Claim(ctx, dimas, waiting.ID)
		require.NoError(t, err)
		fresh, err := w.desk.Review(ctx, dimas, waiting.ID)
		require.NoError(t, err)
		require.EqualValues(t, 2, fresh.Checklist.Number)
		require.Equal(t, again, fresh.Checklist.Items[2])

		c := w.checklist(rest)
		require.Nil(t, c.Draft())
		require.Equal(t, yuni.UserID, c.Current().PublishedBy)
		require.Equal(t, dimas.UserID, c.Current().CreatedBy)
		require.Equal(t, gone, c.Versions[1].Items[0].Key, "the version before can still be read")

		// A question that was taken out long ago comes back under its key.
		d = w.drafted(rest)
		d.Items = append(d.Items, c.Versions[1].Items[0])
		require.NoError(t, w.desk.SaveDraft(ctx, dimas, d))
		require.True(t, slices.ContainsFunc(w.drafted(rest).Items, func(it curation.ChecklistItem) bool { return it.Key == gone }))
		var verbs []string
		rows, err := trail.Of(ctx, db.Read(ctx), "checklist", c.ID)
		require.NoError(t, err)
		for _, r := range rows {
			verbs = append(verbs, r.Verb)
		}
		require.Equal(t, []string{"start_draft", "save_draft", "publish", "start_draft", "save_draft"}, verbs)
		w.sound()
	})
}

// Two who write at once, and two who publish at once: one of them did.
func TestADraftHasOneHandAtATime(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		d := w.drafted("Jasa")
		require.NoError(t, w.desk.SaveDraft(ctx, dimas, d))
		d.Items = d.Items[:1]
		require.Equal(t, "checklist.changed", key(t, w.desk.SaveDraft(ctx, yuni, d), fault.KindConflict))
		require.Equal(t, "checklist.changed", key(t, w.desk.PublishDraft(ctx, yuni, d.DraftRef), fault.KindConflict))
		_, err := w.desk.DiscardDraft(ctx, yuni, d.DraftRef)
		require.Equal(t, "checklist.changed", key(t, err, fault.KindConflict))
		require.Len(t, w.drafted("Jasa").Items, 7)

		d = w.drafted("Jasa")
		var done sync.WaitGroup
		errs := make([]error, 4)
		for n := range errs {
			done.Add(1)
			go func() {
				defer done.Done()
				errs[n] = w.desk.PublishDraft(ctx, []account.Actor{dimas, yuni}[n%2], d.DraftRef)
			}()
		}
		done.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			require.Equal(t, "checklist.draft_gone", key(t, err, fault.KindConflict))
		}
		require.Equal(t, 1, won, errors.Join(errs...))
		require.Len(t, w.checklist("Jasa").Versions, 2)
		require.Equal(t, "checklist.draft_gone", key(t, w.desk.SaveDraft(ctx, dimas, d), fault.KindConflict))

		// What was discarded is not written into the draft that came after it.
		lost := w.drafted("Jasa")
		gone, err := w.desk.DiscardDraft(ctx, dimas, lost.DraftRef)
		require.NoError(t, err)
		require.False(t, gone)
		require.Equal(t, lost.Edition, w.drafted("Jasa").Edition)
		require.Equal(t, "checklist.changed", key(t, w.desk.SaveDraft(ctx, dimas, lost), fault.KindConflict))
		w.sound()
	})
}

// Every category has one checklist at any time: a new one, one put away, one
// taken back into use.
func TestACategoryHasOneChecklist(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		id, err := w.desk.StartChecklist(ctx, dimas, " Rajutan  bayi ")
		require.NoError(t, err)
		_, err = w.desk.StartChecklist(ctx, dimas, "Rajutan bayi")
		require.Equal(t, "checklist.name_taken", fault.As(err).Fields[0].Key)
		_, err = w.desk.StartChecklist(ctx, dimas, "🙂")
		key(t, err, fault.KindInvalid)
		d := w.drafted("Rajutan bayi")
		require.Equal(t, w.checklist(rest).Current().Items, d.Items, "it begins with the questions for everything")
		require.Equal(t, "checklist.no_category", key(t, w.desk.PublishDraft(ctx, dimas, d.DraftRef), fault.KindConflict))
		require.Equal(t, "checklist.unpublished", key(t, w.desk.ArchiveChecklist(ctx, dimas, id), fault.KindConflict))
		d.Categories = []string{"rajut", "tidak-ada", "rajut"}
		require.NoError(t, w.desk.SaveDraft(ctx, dimas, d))
		d = w.drafted("Rajutan bayi")
		require.Equal(t, []string{"rajut"}, d.Categories)
		taken := w.desk.PublishDraft(ctx, dimas, d.DraftRef)
		require.Equal(t, "checklist.served", key(t, taken, fault.KindConflict))
		require.Contains(t, fault.As(taken).Args, "Jahitan, rajutan, dan kerajinan")
		require.Equal(t, d.Edition, w.drafted("Rajutan bayi").Edition, "a refusal changes nothing")

		crafts := w.checklist("Jahitan, rajutan, dan kerajinan")
		w.drafted(crafts.Name)
		require.NoError(t, w.desk.ArchiveChecklist(ctx, dimas, crafts.ID))
		require.NoError(t, w.desk.ArchiveChecklist(ctx, yuni, crafts.ID), "once is enough")
		require.True(t, w.checklist(crafts.Name).Archived)
		require.Nil(t, w.checklist(crafts.Name).Draft())
		w.sound()
		require.NoError(t, w.desk.PublishDraft(ctx, dimas, d.DraftRef))
		back := w.drafted(crafts.Name)
		key(t, w.desk.PublishDraft(ctx, dimas, back.DraftRef), fault.KindConflict)
		back.Categories = slices.DeleteFunc(back.Categories, func(slug string) bool { return slug == "rajut" })
		require.NoError(t, w.desk.SaveDraft(ctx, dimas, back))
		require.NoError(t, w.desk.PublishDraft(ctx, dimas, w.drafted(crafts.Name).DraftRef))
		require.False(t, w.checklist(crafts.Name).Archived)
		w.sound()

		all := w.drafted(rest)
		require.Equal(t, "checklist.rest_stays", key(t, w.desk.ArchiveChecklist(ctx, dimas, all.ChecklistID), fault.KindConflict))
		all.Categories = []string{"minuman"}
		require.NoError(t, w.desk.SaveDraft(ctx, dimas, all))
		require.Equal(t, "checklist.rest_stays", key(t, w.desk.PublishDraft(ctx, dimas, w.drafted(rest).DraftRef), fault.KindConflict))

		// A checklist that was never published goes with its draft.
		_, err = w.desk.StartChecklist(ctx, dimas, "Salah buat")
		require.NoError(t, err)
		wrong := w.drafted("Salah buat")
		wrong.Items = nil
		require.NoError(t, w.desk.SaveDraft(ctx, dimas, wrong))
		wrong = w.drafted("Salah buat")
		require.Equal(t, "checklist.empty", key(t, w.desk.PublishDraft(ctx, dimas, wrong.DraftRef), fault.KindConflict))
		gone, err := w.desk.DiscardDraft(ctx, dimas, wrong.DraftRef)
		require.NoError(t, err)
		require.True(t, gone)
		_, err = w.desk.Checklist(ctx, dimas, wrong.ChecklistID)
		key(t, err, fault.KindNotFound)
		w.sound()
	})
}

// What cannot be a question is said beside its field; only curators write.
func TestADraftIsCheckedAndGuarded(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		d := w.drafted("Jasa")
		bad := d
		bad.Items = []curation.ChecklistItem{
			{Aspect: curation.Photo, Question: "Terang?"}, {Aspect: "rasa", Question: "…", Help: strings.Repeat("a", curation.MaxChecklistHelp+1), Lesson: "tidak-ada"},
		}
		var fields []string
		for _, f := range fault.As(w.desk.SaveDraft(ctx, dimas, bad)).Fields {
			fields = append(fields, f.Name)
		}
		require.Equal(t, []string{"aspek_1", "tanya_1", "bantu_1", "pelajaran_1"}, fields)
		bad.Items = make([]curation.ChecklistItem, curation.MaxChecklistItems+1)
		key(t, w.desk.SaveDraft(ctx, dimas, bad), fault.KindInvalid)
		bad = d
		bad.Name = "Makanan dan minuman"
		require.Equal(t, "nama", fault.As(w.desk.SaveDraft(ctx, dimas, bad)).Fields[0].Name)
		bad.Name = strings.Repeat("a", curation.MaxChecklistName+1)
		key(t, w.desk.SaveDraft(ctx, dimas, bad), fault.KindInvalid)
		require.Equal(t, d, w.drafted("Jasa"), "nothing of it was kept")

		for who, kind := range map[*account.Actor]fault.Kind{&head: fault.KindForbidden, &maker: fault.KindNotFound, &nobody: fault.KindNotFound} {
			_, started := w.desk.StartChecklist(ctx, *who, "Baru")
			_, discarded := w.desk.DiscardDraft(ctx, *who, d.DraftRef)
			for _, err := range []error{
				started, discarded, w.desk.StartDraft(ctx, *who, d.ChecklistID), w.desk.SaveDraft(ctx, *who, d), w.desk.PublishDraft(ctx, *who, d.DraftRef), w.desk.ArchiveChecklist(ctx, *who, d.ChecklistID),
			} {
				key(t, err, kind)
			}
			_, err := w.desk.Checklists(ctx, *who)
			require.Equal(t, kind == fault.KindNotFound, fault.Is(err, fault.KindNotFound))
		}
		missing := curation.DraftRef{ChecklistID: 999_999, VersionID: d.VersionID, Edition: d.Edition}
		key(t, w.desk.StartDraft(ctx, dimas, 999_999), fault.KindNotFound)
		key(t, w.desk.ArchiveChecklist(ctx, dimas, 999_999), fault.KindNotFound)
		key(t, w.desk.PublishDraft(ctx, dimas, missing), fault.KindNotFound)
	})
}
