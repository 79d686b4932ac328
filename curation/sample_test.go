package curation_test

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/media"
)

var update = flag.Bool("update", false, "write docs/sample-states.md anew")

func TestDiagramOfSamples(t *testing.T) {
	const path = "../docs/sample-states.md"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(curation.Mermaid()), 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, curation.Mermaid(), string(written), "go test ./curation -run TestDiagram -update writes it anew")
}

func TestTolerances(t *testing.T) {
	for stated, want := range map[int64]int64{0: 0, 4: 0, 5: 1, 50: 5, 51: 5, 100: 5, 150: 7, 200: 9, 250: 9, 300: 9, 500: 15, 750: 15, 1000: 15, 2000: 30, 12_000: 150, 20_000: 200, 60_000: 0} {
		require.Equal(t, want, curation.Tolerance(stated), "%d g", stated)
	}
	w := curation.Compare(240, 250)
	require.EqualValues(t, -40, w.Off)
	require.True(t, w.Short())
	require.False(t, curation.Compare(241, 250).Short())
	require.False(t, curation.Compare(300, 250).Short(), "more than it says is no wrong")
	require.False(t, curation.Compare(300, 0).Short(), "nothing to compare with")
}

// asked is a submission with a sample asked for.
func (w *world) asked(sub catalog.Submission) curation.Sample {
	w.t.Helper()
	s, err := w.desk.AskSample(ctx, dimas, w.sampleForm(sub))
	require.NoError(w.t, err)
	return s
}

func (w *world) sampleForm(sub catalog.Submission) curation.NewSample {
	return curation.NewSample{SubmissionID: sub.ID, FormKey: w.form(), What: "Satu stoples yang siap dijual", Pieces: 1, Place: "Loket Dinas Sosial", DueDay: "2026-11-10"}
}

func (w *world) step(actor account.Actor, id int64, move string) error {
	step := curation.SampleStep{SampleID: id, Move: move, Note: "Renyah dan tidak pecah."}
	if move == "weigh" {
		step.Grams = 245
	}
	_, err := w.desk.MoveSample(ctx, actor, step)
	return err
}

func TestASampleFromTheWishToTheEmptyJar(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		companion := account.Actor{UserID: 77, Assisting: []account.Assistance{{ShopID: shop.ID, MakerID: maker.UserID}}}
		sub := w.draft(shop, maker, "Lidah kucing")
		net, unit := int64(250), "g"
		_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Label: catalog.LabelChange{NetAmount: &net, NetUnit: &unit}})
		require.NoError(t, err)
		sub = w.submit(maker, sub)
		s := w.asked(sub)
		told := w.post.take()
		require.Len(t, told, 2, "the maker and the companion")
		require.Equal(t, "curation_sample_ask", told[0].Kind)
		require.Equal(t, "10 November 2026", told[0].Data["tanggal"])
		require.Equal(t, curation.SamplePath(s.ID), told[0].Link)
		count, err := w.desk.SamplesAsked(ctx, []int64{shop.ID})
		require.NoError(t, err)
		require.EqualValues(t, 1, count[shop.ID])

		db.Clock().Advance(48 * time.Hour)
		require.NoError(t, w.step(companion, s.ID, "send"))
		told = w.post.take()
		require.Len(t, told, 1, "the curator who asked")
		require.Equal(t, dimas.UserID, told[0].To.UserID)
		require.NoError(t, w.step(companion, s.ID, "send"), "pressed twice")
		require.Empty(t, w.post.take())
		db.Clock().Advance(24 * time.Hour)
		require.NoError(t, w.step(yuni, s.ID, "receive"), "any curator at the counter")

		d := curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID}
		_, err = w.desk.Claim(ctx, dimas, sub.ID)
		require.NoError(t, err)
		require.NoError(t, w.desk.Return(ctx, dimas, d, note("Tulis tanggal kedaluwarsa.")), "a decision does not wait for a sample")
		require.NoError(t, w.step(dimas, s.ID, "weigh"))
		_, err = w.desk.MoveSample(ctx, dimas, curation.SampleStep{SampleID: s.ID, Move: "weigh", Grams: 238})
		require.NoError(t, err, "a slip is weighed again")
		_, err = w.desk.MoveSample(ctx, dimas, curation.SampleStep{SampleID: s.ID, Move: "try"})
		require.Equal(t, "curation.invalid", key(t, err, fault.KindInvalid), "what was tasted needs words")
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))))
		photo, err := w.media.Store(ctx, dimas, media.Upload{Reader: &b, OwnerKind: curation.SamplePicture, OwnerID: s.ID, Name: "contoh.png"})
		require.NoError(t, err)
		_, err = w.desk.MoveSample(ctx, dimas, curation.SampleStep{SampleID: s.ID, Move: "try", Note: "Renyah, sedikit asin.", PictureID: photo.ID})
		require.NoError(t, err)
		require.NoError(t, w.step(dimas, s.ID, "use_up"))

		for _, reader := range []account.Actor{maker, companion, yuni, head} {
			list, err := w.desk.Samples(ctx, reader, sub.ID)
			require.NoError(t, err)
			require.Len(t, list, 1)
			got := list[0]
			require.Equal(t, curation.SampleUsedUp, got.State)
			require.EqualValues(t, 238, got.Grams)
			require.EqualValues(t, 250, got.Stated)
			require.True(t, curation.Compare(got.Grams, got.Stated).Short())
			var moves []string
			for _, e := range got.Events {
				moves = append(moves, e.Move)
			}
			require.Equal(t, []string{"ask", "send", "receive", "weigh", "weigh", "try", "use_up"}, moves)
			require.InDelta(t, 48, got.Events[1].Took.Hours(), 0.1)
			require.InDelta(t, 24, got.Events[2].Took.Hours(), 0.1)
			require.Equal(t, "Dimas", got.Events[5].ActorName)
			require.Equal(t, photo.ID, got.Events[5].PictureID)
		}
		for _, stranger := range []account.Actor{{}, {UserID: 5, Memberships: []account.Membership{{ShopID: shop.ID + 1}}}, {UserID: 6, Roles: []account.Role{account.RoleFinance}}} {
			_, err := w.desk.Sample(ctx, stranger, s.ID)
			key(t, err, fault.KindNotFound)
			may, err := w.desk.MaySeeSample(ctx, stranger, s.ID)
			require.NoError(t, err)
			require.False(t, may)
		}
		for _, one := range []account.Actor{maker, companion, yuni} {
			may, err := w.desk.MaySeeSample(ctx, one, s.ID)
			require.NoError(t, err)
			require.True(t, may)
		}
		times, err := w.desk.SampleTimes(ctx, head)
		require.NoError(t, err)
		require.Equal(t, "send", times[0].Move)
		require.InDelta(t, 48, times[0].Median.Hours(), 0.1)
		w.sound()
	})
}

// Every move from every state, by everybody: what is not in the table changes
// nothing, and each move is for the people it names alone.
func TestEveryForbiddenMoveOfASampleIsRefused(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		both := account.Actor{UserID: dimas.UserID, Roles: dimas.Roles, Memberships: maker.Memberships}
		sub := w.submit(maker, w.draft(shop, maker, "Lidah kucing"))
		s := w.asked(sub)
		states := append([]curation.SampleState{curation.SampleAsked, curation.SampleOnItsWay, curation.SampleReceived, curation.SampleWeighed, curation.SampleTried}, curation.SampleEnds()...)
		place := func(state curation.SampleState) {
			var end any
			if !state.Open() {
				end = noon
			}
			require.NoError(t, w.exec(`UPDATE samples SET state = ?, ended_at = ?, grams = 0, stated = 0 WHERE id = ?`, state, end, s.ID))
		}
		refused, allowed := 0, 0
		for _, state := range states {
			for _, m := range curation.SampleMoves {
				who, other := maker, dimas
				if m.By == catalog.ByCurator {
					who, other = dimas, maker
				}
				place(state)
				key(t, w.step(other, s.ID, m.Name), fault.KindNotFound)
				if m.By == catalog.ByCurator {
					require.Equal(t, "catalog.review.conflicted", key(t, w.step(both, s.ID, m.Name), fault.KindForbidden))
				}
				// Another step by somebody else lies between, so that nothing counts as pressed twice.
				require.NoError(t, w.exec(`INSERT INTO sample_events (sample_id, move, from_state, to_state, actor_id, at) VALUES (?, 'ask', '', ?, 1, ?)`, s.ID, state, noon))
				err := w.step(who, s.ID, m.Name)
				got, readErr := w.desk.Sample(ctx, maker, s.ID)
				require.NoError(t, readErr)
				if slices.Contains(m.From, state) {
					require.NoError(t, err, "%s from %s", m.Name, state)
					require.Equal(t, m.To, got.State)
					allowed++
					continue
				}
				require.Equal(t, "curation.sample.moved", key(t, err, fault.KindConflict), "%s from %s", m.Name, state)
				require.Equal(t, state, got.State)
				refused++
			}
		}
		require.Positive(t, allowed)
		require.Positive(t, refused)
		_, err := w.desk.MoveSample(ctx, dimas, curation.SampleStep{SampleID: s.ID, Move: "fly"})
		key(t, err, fault.KindInvalid)
		key(t, w.step(dimas, 1_000_000, "receive"), fault.KindNotFound)
	})
}

func TestOneSampleAtATime(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		draft := w.draft(shop, maker, "Lidah kucing")
		_, err := w.desk.AskSample(ctx, dimas, w.sampleForm(draft))
		require.Equal(t, "curation.sample.decided", key(t, err, fault.KindConflict), "nothing waits")
		sub := w.submit(maker, draft)
		form := w.sampleForm(sub)
		var wg sync.WaitGroup
		ids := make([]int64, 4)
		for i := range ids {
			wg.Add(1)
			go func() { // an impatient hand
				defer wg.Done()
				got, err := w.desk.AskSample(ctx, dimas, form)
				if err != nil && !fault.Is(err, fault.KindConflict) {
					t.Error(err)
				}
				ids[i] = got.ID
			}()
		}
		wg.Wait()
		s, err := w.desk.AskSample(ctx, dimas, form)
		require.NoError(t, err)
		require.Equal(t, slices.Max(ids), s.ID)
		list, err := w.desk.Samples(ctx, maker, sub.ID)
		require.NoError(t, err)
		require.Len(t, list, 1)
		_, err = w.desk.AskSample(ctx, yuni, w.sampleForm(sub))
		require.Equal(t, "curation.sample.open", key(t, err, fault.KindConflict))

		for field, change := range map[string]func(*curation.NewSample){
			"what": func(n *curation.NewSample) { n.What = "🎉" }, "place": func(n *curation.NewSample) { n.Place = strings.Repeat("kantor ", 100) },
			"pieces": func(n *curation.NewSample) { n.Pieces = 0 }, "due": func(n *curation.NewSample) { n.DueDay = "2026-11-03" },
		} {
			form := w.sampleForm(sub)
			change(&form)
			_, err := w.desk.AskSample(ctx, dimas, form)
			key(t, err, fault.KindInvalid)
			require.Equal(t, field, fault.As(err).Fields[0].Name)
		}
		_, err = w.desk.AskSample(ctx, maker, w.sampleForm(sub))
		key(t, err, fault.KindNotFound)
		own := account.Actor{UserID: 5, Roles: dimas.Roles, KinShops: []int64{shop.ID}}
		_, err = w.desk.AskSample(ctx, own, w.sampleForm(sub))
		key(t, err, fault.KindForbidden)

		lines, more, err := w.desk.SamplesUnderWay(ctx, yuni, curation.SampleFilter{})
		require.NoError(t, err)
		require.False(t, more)
		require.Len(t, lines, 1)
		require.Equal(t, "Lidah kucing", lines[0].Title)
		require.Equal(t, "Toples Bu Wening", lines[0].ShopName)
		for name, f := range map[string]curation.SampleFilter{"mine": {Mine: true}, "late": {Late: true}, "state": {State: curation.SampleTried}, "region": {Region: "36"}} {
			lines, _, err := w.desk.SamplesUnderWay(ctx, yuni, f)
			require.NoError(t, err)
			require.Empty(t, lines, name)
		}
		lines, _, err = w.desk.SamplesUnderWay(ctx, own, curation.SampleFilter{})
		require.NoError(t, err)
		require.Empty(t, lines, "not of kin")
		db.Clock().Advance(8 * 24 * time.Hour)
		lines, _, err = w.desk.SamplesUnderWay(ctx, head, curation.SampleFilter{Late: true, Region: "35.20"})
		require.NoError(t, err)
		require.Len(t, lines, 1)
		require.True(t, lines[0].Overdue)

		require.NoError(t, w.step(maker, s.ID, "decline"))
		place, err := w.desk.LastPlace(ctx, dimas)
		require.NoError(t, err)
		require.Equal(t, "Loket Dinas Sosial", place)
		w.sound()
	})
}

func TestProveFindsWhatDoesNotFitOfSamples(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		s := w.asked(w.submit(maker, w.draft(shop, maker, "Lidah kucing")))
		w.sound()
		require.Error(t, w.exec(`UPDATE sample_events SET note = 'lain'`), "steps never change")
		require.Error(t, w.exec(`DELETE FROM sample_events`))
		require.NoError(t, w.exec(`UPDATE sample_events SET note = ''`), "but words can be forgotten")
		require.NoError(t, w.exec(`UPDATE samples SET state = 'tried', grams = 7, round_id = round_id + 99 WHERE id = ?`, s.ID))
		require.NoError(t, w.exec(`INSERT INTO sample_events (sample_id, move, from_state, to_state, actor_id, at) VALUES (?, 'try', 'weighed', 'received', 1, ?)`, s.ID, noon))
		found, err := w.desk.Prove(ctx)
		require.NoError(t, err)
		var names []string
		for _, f := range found {
			names = append(names, f.Invariant)
		}
		require.ElementsMatch(t, []string{"K-S1 sample without its steps", "K-S2 broken chain of steps", "K-S3 sample of another's round", "K-S4 weighed without a weight"}, names)
	})
}
