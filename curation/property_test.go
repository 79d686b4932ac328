package curation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
)

// Whatever makers, curators and time do, in whatever order, the public sees
// exactly what was approved last and has come to its day, and no picture beside
// it; and no approval passes a hard rule that blocks.
func TestNoSequenceShowsWhatWasNotApproved(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		w := newWorld(t, db)
		w.leads(dimas)
		shop, maker := w.shop("Rajut Lestari", "35.73.04")
		seen := map[string]int{}
		for n := range 10 {
			l := &life{world: w, r: rand.New(rand.NewPCG(seed, uint64(n))), shop: shop, maker: maker, did: seen}
			l.begin()
			if n%2 == 0 { // so that every run gets somewhere, also by the longer way
				l.toReview()
				l.approve(dimas, []string{"", l.in(1)}[n/2%2], l.latest().Revision.ID)
				l.forward(36 * time.Hour)
				l.check()
			}
			for range 25 {
				l.step()
				l.check()
			}
		}
		for _, what := range []string{"approved", "approved for a day", "gone live on its day"} {
			require.Positive(t, seen[what], what)
		}
		w.sound()
	})
}

// life is one product's, with what the public should see of it.
type life struct {
	*world
	r        *rand.Rand
	shop     catalog.Shop
	maker    account.Actor
	product  int64
	current  int64 // the submission that the maker works on
	pictures map[int64]bool
	shown    catalog.Revision // approved, and its day has come; the last of them
	waits    *planned
	holds    time.Time      // until when its confirmed certificate holds
	did      map[string]int // of all lives
}

// planned is what was approved for a day to come.
type planned struct {
	id       int64
	revision catalog.Revision
	at       time.Time
}

func (l *life) begin() {
	sub := l.draft(l.shop, l.maker, l.words())
	l.current, l.product = sub.ID, sub.ProductID
	l.pictures = map[int64]bool{sub.Revision.Pictures[0]: true}
}

// words are new ones; some say that the goods are for children, whose hard rule
// is switched on and off.
func (l *life) words() string {
	return fmt.Sprintf("boneka %d%s", l.r.Uint64(), []string{"", " mainan anak"}[l.r.IntN(2)])
}

func (l *life) now() time.Time {
	now, err := clock.Now(ctx, l.db.Read(ctx))
	require.NoError(l.t, err)
	return now
}

// in is the day so many days from now in the shop's zone.
func (l *life) in(days int) string {
	return l.now().In(time.FixedZone("WIB", 7*3600)).AddDate(0, 0, days).Format(time.DateOnly)
}

func (l *life) latest() catalog.Submission {
	sub, err := l.cat.Submission(ctx, l.maker, l.current)
	require.NoError(l.t, err)
	return sub
}

func (l *life) toReview() {
	l.allowed(l.paper(dimas, 5))
	l.claimed(l.maker, l.latest(), dimas)
}

// paper enters and confirms a certificate for the rest of today and so many days.
func (l *life) paper(by account.Actor, days int) error {
	c, err := l.cat.EnterCertificate(ctx, l.maker, l.shop.ID, catalog.NewCertificate{
		FormKey: l.form(), ProductID: l.product, Kind: catalog.SNI, Number: "CONTOH-1", Ends: l.now().AddDate(0, 0, days),
	})
	if err != nil {
		return err
	}
	if _, err = l.desk.DecideCertificate(ctx, by, c.ID, "confirm", ""); err == nil && c.EndsAt.After(l.holds) {
		l.holds = *c.EndsAt
	}
	return err
}

// mode is how the rule about toys stands.
func (l *life) mode() catalog.RuleMode {
	settings, _, err := l.desk.Rules(ctx, dimas)
	require.NoError(l.t, err)
	at := slices.IndexFunc(settings, func(s catalog.RuleSetting) bool { return s.Now.Rule == catalog.RuleToys })
	return settings[at].Now.Mode
}

// allowed takes the refusals that a move may meet.
func (l *life) allowed(err error) bool {
	if err != nil {
		require.Contains(l.t, []fault.Kind{fault.KindConflict, fault.KindInvalid}, fault.As(err).Kind, "%v", err)
	}
	return err == nil
}

func (l *life) note(what string) { l.did[what]++ }

// approve approves a revision, for a day or at once.
func (l *life) approve(who account.Actor, day string, revisionID int64) {
	before := l.latest()
	d := curation.Decision{SubmissionID: l.current, RevisionID: revisionID, LiveOn: day}
	if !l.allowed(l.world.approve(who, d)) || before.State != catalog.SubmissionInReview {
		return
	}
	require.Equal(l.t, before.Revision.ID, d.RevisionID, "approved what was not read")
	if strings.Contains(before.Revision.Title, "mainan anak") && l.mode() == catalog.RuleBlocks {
		require.True(l.t, l.holds.After(l.now()), "approved without the certificate that the rule asks for")
		l.note("approved under a rule")
	}
	if after := l.latest(); after.State == catalog.SubmissionScheduled {
		l.waits = &planned{l.current, before.Revision, *after.LiveAt}
		l.note("approved for a day")
		return
	}
	l.shown = before.Revision
	l.note("approved")
}

// forward lets time pass, and the jobs run that go by it.
func (l *life) forward(by time.Duration) {
	l.db.Clock().Advance(by)
	_, err := l.desk.RunCertificates(ctx)
	require.NoError(l.t, err)
	_, err = l.desk.GoLiveDue(ctx)
	require.NoError(l.t, err)
	if l.waits == nil {
		return
	}
	sub, err := l.cat.Submission(ctx, l.maker, l.waits.id)
	require.NoError(l.t, err)
	require.Equal(l.t, l.waits.at.After(l.now()), sub.State == catalog.SubmissionScheduled, "its day")
	switch sub.State {
	case catalog.SubmissionScheduled:
		return
	case catalog.SubmissionLive:
		l.shown = l.waits.revision
		l.note("gone live on its day")
	default:
		require.Equal(l.t, catalog.SubmissionSubmitted, sub.State)
		l.note("held on its day")
	}
	l.waits = nil
}

// step is one move of somebody: every other time the one that leads on.
func (l *life) step() {
	now := l.latest()
	who := []account.Actor{dimas, yuni}[l.r.IntN(2)]
	if l.r.IntN(2) == 0 {
		switch now.State {
		case catalog.SubmissionDraft, catalog.SubmissionReturned:
			l.move(2, who, now)
		case catalog.SubmissionSubmitted:
			l.move(3, who, now)
		case catalog.SubmissionInReview:
			l.move(4+l.r.IntN(2), who, now)
		case catalog.SubmissionScheduled:
			l.move(11, who, now)
		default:
			l.move(8, who, now)
		}
		return
	}
	l.move(l.r.IntN(17), who, now)
}

func (l *life) move(n int, who account.Actor, now catalog.Submission) {
	d := curation.Decision{SubmissionID: l.current, RevisionID: now.Revision.ID}
	if l.r.IntN(10) == 0 {
		d.RevisionID -= int64(l.r.IntN(3)) // an old page in another tab
	}
	title := l.words()
	var err error
	switch n {
	case 0: // the maker writes
		_, err = l.cat.SaveDraft(ctx, l.maker, l.current, catalog.DraftChange{Title: &title, Description: &title, Label: catalog.LabelChange{Facts: &title}})
	case 1:
		p := l.picture(l.product)
		l.pictures[p] = true
		_, err = l.cat.SetPictures(ctx, l.maker, l.current, []int64{p})
	case 2:
		_, err = l.desk.SubmitFor(ctx, l.maker, l.current, []string{"", l.in(1)}[l.r.IntN(2)], l.form())
	case 3: // the curator reads and decides
		_, err = l.desk.Claim(ctx, who, l.current)
	case 4:
		l.approve(who, "", d.RevisionID)
	case 5:
		l.approve(who, l.in(l.r.IntN(3)), d.RevisionID)
	case 6:
		err = l.desk.Return(ctx, who, d, note("Perbaiki lagi."))
	case 7:
		if l.r.IntN(2) == 0 {
			if _, err = l.desk.Withdraw(ctx, l.maker, l.current); err == nil && l.waits != nil && l.waits.id == l.current {
				l.waits = nil
				l.note("withdrawn before its day")
			}
		} else {
			err = l.desk.Refuse(ctx, who, d, "Belum bisa.", nil)
		}
	case 8:
		var edit catalog.Submission
		if edit, err = l.cat.StartEdit(ctx, l.maker, l.product, l.form()); err == nil {
			l.current = edit.ID
		}
	case 9: // what is live
		switch l.r.IntN(4) {
		case 0:
			err = l.desk.Suspend(ctx, who, l.product, catalog.NewSuspension{Reason: "Keluhan pembeli."})
		case 1:
			err = l.desk.Lift(ctx, who, l.product, "Sudah diganti.")
		case 2:
			err = l.cat.Pause(ctx, l.maker, l.product)
		case 3:
			err = l.cat.SetPrice(ctx, l.maker, l.product, money.Rupiah(23_000+l.r.IntN(10_000)))
		}
	case 10, 11:
		l.forward([]time.Duration{time.Minute, curation.Lease + time.Minute, 30 * time.Hour}[l.r.IntN(3)])
	case 12: // what waits for its day
		if err = l.desk.Recall(ctx, who, l.current, "Foto labelnya lain."); err == nil {
			require.NotNil(l.t, l.waits)
			l.waits = nil
			l.note("recalled")
		}
	case 13:
		if err = l.desk.Reschedule(ctx, who, l.current, []string{"", l.in(2)}[l.r.IntN(2)]); err == nil {
			if sub := l.latest(); sub.State == catalog.SubmissionLive {
				l.shown, l.waits = l.waits.revision, nil
			} else {
				l.waits.at = *sub.LiveAt
			}
			l.note("rescheduled")
		}
	case 14: // the law
		mode := []catalog.RuleMode{catalog.RuleBlocks, catalog.RuleWarns, catalog.RuleOff}[l.r.IntN(3)]
		err = l.desk.SwitchRule(ctx, head, catalog.NewSwitch{FormKey: l.form(), Rule: catalog.RuleToys, Mode: mode, Reason: "arahan dinas"})
	case 15:
		err = l.paper(who, l.r.IntN(3))
	case 16: // what is said about a point
		rounds, err := l.desk.History(ctx, l.maker, l.current)
		require.NoError(l.t, err)
		for _, r := range rounds {
			for _, a := range r.Improve() {
				l.allowed(l.desk.Reply(ctx, l.maker, l.current, a.ID, curation.NewReply{Body: title, Mended: true, FormKey: l.form()}))
			}
		}
	}
	l.allowed(err)
}

// check compares what the public can see with what it should.
func (l *life) check() {
	found, err := l.cat.Sellables(ctx, []int64{l.product})
	require.NoError(l.t, err)
	live := found[l.product]
	require.Equal(l.t, l.shown.ID, live.RevisionID)
	require.Equal(l.t, l.shown.Title, live.Title)
	view, err := l.cat.ProductBySlug(ctx, live.Slug)
	if live.Public() {
		require.NoError(l.t, err)
		require.Equal(l.t, l.shown.Description, view.Description)
		require.Equal(l.t, l.shown.Label.Facts, view.Label.Facts)
		require.Equal(l.t, l.shown.Pictures, view.Pictures)
	} else {
		require.Error(l.t, err)
	}
	if next := l.latest().Revision.Title; next != l.shown.Title {
		page, err := l.cat.Products(ctx, catalog.Filter{Query: next})
		require.NoError(l.t, err)
		if page.Corrected == "" && !page.Relaxed { // else it found what is nearest, by approved words
			require.Empty(l.t, page.Products, "found by words that were not approved")
		}
	}
	var ids []int64
	for p := range l.pictures {
		ids = append(ids, p)
	}
	stored, err := l.media.Pictures(ctx, ids)
	require.NoError(l.t, err)
	for p := range l.pictures {
		public := live.Public() && slices.Contains(l.shown.Pictures, p)
		require.Equal(l.t, public, stored[p].Visibility == media.Public, "picture %d", p)
	}
}
