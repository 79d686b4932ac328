package curation_test

import (
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
	"github.com/lapak-berdaya/lapak/internal/text"
)

// food is a draft of cookies with a full label, made at home.
func (w *world) food(shop catalog.Shop, maker account.Actor, title string) catalog.Submission {
	w.t.Helper()
	sub := w.draft(shop, maker, title)
	category, composition, net, unit, none, days, kitchen := "kue-kering", "terigu, telur", int64(250), "g", []catalog.Allergen{}, int64(60), catalog.KitchenHome
	_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Category: &category, Label: catalog.LabelChange{
		Composition: &composition, NetAmount: &net, NetUnit: &unit, Allergens: &none, ShelfDays: &days, Kitchen: &kitchen,
	}})
	require.NoError(w.t, err)
	return sub
}

// certify enters and confirms a certificate that holds for so many days.
func (w *world) certify(shop catalog.Shop, maker account.Actor, productID int64, kind catalog.CertificateKind, days int) {
	w.t.Helper()
	c, err := w.cat.EnterCertificate(ctx, maker, shop.ID, catalog.NewCertificate{FormKey: w.form(), ProductID: productID, Kind: kind, Number: "CONTOH-1", Ends: noon.AddDate(0, 0, days)})
	require.NoError(w.t, err)
	require.NoError(w.t, w.cat.DecideCertificate(ctx, yuni, c.ID, "confirm", ""))
}

// blocked are the sentences of an approval that hard rules stopped.
func blocked(t *testing.T, err error) (rules []string) {
	t.Helper()
	require.Equal(t, "curation.blocked", key(t, err, fault.KindInvalid))
	for _, f := range fault.As(err).Fields {
		require.Equal(t, "curation.blocked_by", f.Key)
		require.NotContains(t, text.T(f.Key, f.Args...), "{", "rule, source and remedy are named")
		rules = append(rules, text.T(f.Key, f.Args...))
	}
	return rules
}

func (w *world) leads(actor account.Actor) {
	w.t.Helper()
	require.NoError(w.t, w.desk.SetSeat(ctx, head, curation.Seat{CuratorID: actor.UserID, Lead: true}))
}

// What a hard rule stops is not approved, whatever happens while the curator
// reads; everything else stays as it was, and the sentence says what would help.
func TestAHardRuleStopsAnApproval(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.leads(dimas)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		sub := w.food(shop, maker, "Lidah kucing")
		d := w.claimed(maker, sub, dimas)
		stopped := blocked(t, w.approve(dimas, d))
		require.Len(t, stopped, 2)
		require.Contains(t, stopped[0], "PerBPOM 4/2024")
		require.Contains(t, stopped[0], "Urus nomor P-IRT")
		require.Contains(t, stopped[1], "18 Oktober 2026")
		words, err := w.desk.Remedies(ctx, dimas, sub.ID)
		require.NoError(t, err)
		require.Contains(t, words, "Urus nomor P-IRT")
		require.Equal(t, catalog.SubmissionInReview, w.state(sub.ID))
		require.Empty(t, w.post.take(), "nobody is told of what did not happen")
		w.sound()

		w.certify(shop, maker, sub.ProductID, catalog.PIRT, 1)
		require.Len(t, blocked(t, w.approve(dimas, d)), 1)
		// Only the lead makes an exception for halal, with a reason and an end.
		until := noon.AddDate(0, 0, 57)
		except := func(actor account.Actor, reason string) error {
			_, err := w.desk.ExceptHalal(ctx, actor, sub.ProductID, until, reason, "pengecualian")
			return err
		}
		require.Equal(t, "curation.lead_only", key(t, except(yuni, "sedang diurus"), fault.KindForbidden))
		key(t, except(dimas, "…"), fault.KindInvalid)
		require.True(t, fault.Is(except(head, "sedang diurus"), fault.KindNotFound))
		kin := dimas
		kin.KinShops = []int64{shop.ID}
		key(t, except(kin, "sedang diurus"), fault.KindForbidden)
		require.NoError(t, except(dimas, "sedang diurus"))
		require.NoError(t, except(dimas, "sedang diurus"), "a second send")

		// The certificate lapses while the curator reads.
		w.at(noon.AddDate(0, 0, 2))
		_, err = w.desk.Claim(ctx, dimas, sub.ID)
		require.NoError(t, err)
		require.Len(t, blocked(t, w.approve(dimas, d)), 1)
		w.certify(shop, maker, sub.ProductID, catalog.PIRT, 90)
		require.NoError(t, w.approve(dimas, d))
		require.NoError(t, w.approve(dimas, d), "sent twice")
		require.Equal(t, catalog.SubmissionLive, w.state(sub.ID))
		w.sound()

		// The exception ends: the next change of it is stopped, the live one stays.
		w.at(noon.AddDate(0, 0, 58))
		next, err := w.cat.StartEdit(ctx, maker, sub.ProductID, w.form())
		require.NoError(t, err)
		w.retitle(maker, next.ID, "Lidah kucing renyah")
		require.Len(t, blocked(t, w.approve(dimas, w.claimed(maker, next, dimas))), 1)
		list, _, err := w.desk.Standing(ctx, yuni, catalog.StandingFilter{})
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, "Lidah kucing", list[0].Title)
		_, _, err = w.desk.Standing(ctx, maker, catalog.StandingFilter{})
		require.True(t, fault.Is(err, fault.KindNotFound))
		abroad := head
		abroad.Territory = []string{"33"}
		list, _, err = w.desk.Standing(ctx, abroad, catalog.StandingFilter{})
		require.NoError(t, err)
		require.Empty(t, list, "a head sees the own territory")
		w.sound()
	})
}

// A rule is switched by the lead, heads and admins; what is being read meets it as
// it is at the moment of the approval, and again on the day of a planned one.
func TestARuleIsSwitchedWhileSomebodyReads(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.leads(dimas)
		shop, maker := w.shop("Rajut Lestari", "35.73.04")
		toy := func(title string) curation.Decision {
			return w.claimed(maker, w.draft(shop, maker, title+" mainan anak"), dimas)
		}
		set := func(actor account.Actor, mode catalog.RuleMode, from time.Time) error {
			return w.desk.SwitchRule(ctx, actor, catalog.NewSwitch{FormKey: w.form(), Rule: catalog.RuleToys, Mode: mode, From: from, Reason: "arahan dinas"})
		}
		require.Equal(t, "curation.lead_only", key(t, set(yuni, catalog.RuleBlocks, time.Time{}), fault.KindForbidden))
		require.True(t, fault.Is(set(maker, catalog.RuleBlocks, time.Time{}), fault.KindNotFound))
		for _, actor := range []account.Actor{yuni, dimas, head} {
			settings, may, err := w.desk.Rules(ctx, actor)
			require.NoError(t, err)
			require.Len(t, settings, len(catalog.HardRules()))
			require.Equal(t, actor.UserID != yuni.UserID, may)
		}

		require.NoError(t, w.approve(dimas, toy("Satu")), "it only warns")
		two := toy("Dua")
		require.NoError(t, set(head, catalog.RuleBlocks, time.Time{}))
		require.Len(t, blocked(t, w.approve(dimas, two)), 1)
		require.NoError(t, set(dimas, catalog.RuleWarns, time.Time{}))
		require.NoError(t, w.approve(dimas, two))

		// Approved for a day on which the rule blocks: it comes back with the remedy.
		three := toy("Tiga")
		three.LiveOn = "2026-11-10"
		require.NoError(t, set(dimas, catalog.RuleBlocks, noon.AddDate(0, 0, 3)))
		require.NoError(t, w.approve(dimas, three))
		w.post.take()
		w.at(noon.AddDate(0, 0, 7))
		live, err := w.desk.GoLiveDue(ctx)
		require.NoError(t, err)
		require.Zero(t, live)
		told := w.post.take()
		require.Len(t, told, 2)
		require.Contains(t, told[0].Data["alasan"], "SNI mainan")
		require.Equal(t, catalog.SubmissionSubmitted, w.state(three.SubmissionID))
		require.NoError(t, set(dimas, catalog.RuleOff, time.Time{}))
		three.LiveOn = ""
		_, err = w.desk.Claim(ctx, dimas, three.SubmissionID)
		require.NoError(t, err)
		require.NoError(t, w.approve(dimas, three), "the same revision is measured anew")
		w.sound()
	})
}

// A rule that begins to block in the very moment of an approval is before it or
// after it, never both: the audit would find an approval that did not know it.
func TestAnApprovalAndASwitchAtOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Rajut Lestari", "35.73.04")
		for i := range 4 {
			d := w.claimed(maker, w.draft(shop, maker, "Boneka mainan anak"), dimas)
			var wg sync.WaitGroup
			var approved, switched error
			wg.Go(func() { approved = w.approve(dimas, d) })
			wg.Go(func() {
				switched = w.desk.SwitchRule(ctx, head, catalog.NewSwitch{FormKey: "menahan-" + string(rune('a'+i)), Rule: catalog.RuleToys, Mode: catalog.RuleBlocks, Reason: "arahan dinas"})
			})
			wg.Wait()
			require.NoError(t, switched)
			state := catalog.SubmissionLive
			if approved != nil {
				blocked(t, approved)
				state = catalog.SubmissionInReview
			}
			require.Equal(t, state, w.state(d.SubmissionID))
			w.sound()
			require.NoError(t, w.desk.SwitchRule(ctx, head, catalog.NewSwitch{FormKey: w.form(), Rule: catalog.RuleToys, Mode: catalog.RuleWarns, Reason: "arahan dinas"}))
		}
	})
}
