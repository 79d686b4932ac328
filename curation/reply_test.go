package curation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/personal"
)

// Maker, companion and curator talk about one point: each under their own name,
// everyone else is told, until the submission has come to its end.
func TestAPointIsTalkedAbout(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		helper := account.Actor{UserID: 77, Assisting: []account.Assistance{{ShopID: shop.ID, MakerID: maker.UserID}}}
		sub := w.draft(shop, maker, "Lidah kucing")
		d := w.claimed(maker, sub, dimas)
		require.NoError(t, w.desk.SaveAnswers(ctx, dimas, d, note("Ganti staples.")))
		open, err := w.desk.History(ctx, dimas, sub.ID)
		require.NoError(t, err)
		point := open[0].Answers[0].ID
		say := func(who account.Actor, in curation.NewReply) error {
			if in.FormKey == "" {
				in.FormKey = w.form()
			}
			return w.desk.Reply(ctx, who, sub.ID, point, in)
		}
		require.Equal(t, "reply.gone", key(t, say(maker, curation.NewReply{Body: "Siap."}), fault.KindConflict), "what is not decided is not said")
		require.NoError(t, w.desk.Return(ctx, dimas, d, nil))
		require.Equal(t, "1", w.post.take()[0].Data["jumlah"])

		once := curation.NewReply{Body: "Staples\r\nyang mana?", FormKey: w.form()}
		for range 2 {
			require.NoError(t, say(maker, once))
		}
		told := w.post.take()
		require.Len(t, told, 1, "a second send says nothing twice")
		require.Equal(t, "curation_point_answered", told[0].Kind)
		require.Equal(t, dimas.UserID, told[0].To.UserID)
		require.Empty(t, told[0].To.Phone, "staff read it at the desk")

		require.NoError(t, say(maker, curation.NewReply{WantsCall: true}))
		told = w.post.take()
		require.Equal(t, []string{"curation_unclear", "curation_call"}, []string{told[0].Kind, told[1].Kind})
		require.EqualValues(t, 77, told[1].To.UserID)
		require.Equal(t, "Toples Bu Wening", told[1].Data["toko"])

		require.NoError(t, say(yuni, curation.NewReply{Body: "Yang di tutup plastiknya.", Mended: true}))
		told = w.post.take()
		require.Len(t, told, 2, "the maker and the companion")
		require.Equal(t, "curation_reply", told[0].Kind)
		require.NoError(t, say(helper, curation.NewReply{Mended: true}))
		require.Empty(t, w.post.take(), "a tick is seen with the next round")

		for _, reader := range []account.Actor{maker, helper, dimas, head} {
			rounds, err := w.desk.History(ctx, reader, sub.ID)
			require.NoError(t, err)
			said := rounds[0].Answers[0].Replies
			require.Len(t, said, 4)
			require.Equal(t, []curation.Side{curation.SideMaker, curation.SideMaker, curation.SideCurator, curation.SideCompanion},
				[]curation.Side{said[0].Side, said[1].Side, said[2].Side, said[3].Side})
			require.Equal(t, "Staples\nyang mana?", said[0].Body)
			require.Equal(t, "Yuni", said[2].AuthorName)
			require.False(t, said[2].Mended, "only the maker's side mends")
			require.True(t, said[3].Mended)
		}
		var subject int64
		require.NoError(t, db.Read(ctx).Raw(`SELECT subject_id FROM trail WHERE verb = 'reply' AND actor_id = 77`).Scan(&subject).Error)
		require.Equal(t, maker.UserID, subject, "for whom")

		for _, who := range []account.Actor{{}, {UserID: 5, Memberships: []account.Membership{{ShopID: shop.ID + 1}}}, nobody} {
			key(t, say(who, curation.NewReply{Body: "Halo semua"}), fault.KindNotFound)
		}
		key(t, say(head, curation.NewReply{Body: "Halo semua"}), fault.KindForbidden)
		kin := yuni
		kin.KinShops = []int64{shop.ID}
		key(t, say(kin, curation.NewReply{Body: "Halo semua"}), fault.KindForbidden)
		for _, bad := range []curation.NewReply{{}, {Body: " \u200b "}, {Body: strings.Repeat("😀", 20_000)}} {
			key(t, say(maker, bad), fault.KindInvalid)
		}
		key(t, say(dimas, curation.NewReply{Body: "😀😀😀"}), fault.KindInvalid)
		key(t, w.desk.Reply(ctx, maker, sub.ID, 999_999, curation.NewReply{Body: "Halo", FormKey: w.form()}), fault.KindConflict)
		other := w.draft(shop, maker, "Nastar")
		key(t, w.desk.Reply(ctx, maker, other.ID, point, curation.NewReply{Body: "Halo", FormKey: w.form()}), fault.KindConflict)

		require.Error(t, w.exec(`UPDATE review_replies SET body = 'lain' WHERE side = 'maker'`))
		require.Error(t, w.exec(`UPDATE review_replies SET mended = TRUE, body = ''`))
		require.Error(t, w.exec(`DELETE FROM review_replies`))
		w.sound()

		data, err := w.desk.DataOf(ctx, personal.Person{UserID: maker.UserID, Submissions: []int64{sub.ID}})
		require.NoError(t, err)
		require.NotEmpty(t, data)
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return w.desk.ForgetTx(ctx, tx, personal.Person{UserID: maker.UserID}) }))
		rounds, err := w.desk.History(ctx, dimas, sub.ID)
		require.NoError(t, err)
		require.Empty(t, rounds[0].Answers[0].Replies[0].Body)
		require.NotEmpty(t, rounds[0].Answers[0].Replies[2].Body, "only the words of the one who goes")

		_, err = w.desk.Withdraw(ctx, maker, sub.ID)
		require.NoError(t, err)
		require.Equal(t, "reply.closed", key(t, say(maker, curation.NewReply{Body: "Masih ada?"}), fault.KindConflict))
	})
}

// The audit finds a reply to something that nobody asked for.
func TestAReplyToNothingIsFound(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		d := w.claimed(maker, w.draft(shop, maker, "Lidah kucing"), dimas)
		require.NoError(t, w.desk.SaveAnswers(ctx, dimas, d, note("Ganti staples.")))
		w.sound()
		require.NoError(t, w.exec(`INSERT INTO review_replies (answer_id, side, author_id, body, form_key, created_at)
			SELECT id, 'maker', 1, 'Halo', 'uji', updated_at FROM review_answers`))
		found, err := w.desk.Prove(ctx)
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, "K13 replies", found[0].Invariant)
	})
}
