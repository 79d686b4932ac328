package share_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/share"
)

// fresh is the actor as the next request loads them.
func (w *world) fresh(a account.Actor) account.Actor {
	w.t.Helper()
	got, err := w.people.Actor(ctx, a.UserID)
	require.NoError(w.t, err)
	return got
}

func (w *world) standing(by account.Actor, name string) share.Fellow {
	w.t.Helper()
	list, err := w.shares.Roster(ctx, by, w.kube)
	require.NoError(w.t, err)
	for _, f := range list {
		if f.Name == name {
			return f
		}
	}
	w.t.Fatalf("%s is not in the group", name)
	return share.Fellow{}
}

// The chair asks a woman with a phone and writes down one without; the first says
// yes, keeps the money, and loses that when she leaves.
func TestMembersComeAndGo(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		_, err := w.shares.AddMember(ctx, w.member, w.kube, share.NewMember{Name: "Ibu Wati"})
		require.True(t, fault.Is(err, fault.KindForbidden), "a member takes nobody in: %v", err)
		_, err = w.shares.AddMember(ctx, w.companion, w.kube, share.NewMember{Name: "Ibu Wati"})
		require.True(t, fault.Is(err, fault.KindForbidden), "%v", err)
		_, err = w.shares.AddMember(ctx, w.stranger, w.kube, share.NewMember{Name: "Ibu Wati"})
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		_, err = w.shares.AddMember(ctx, w.lastri, w.kube, share.NewMember{Name: "Ibu Wati", Phone: "12"})
		require.True(t, fault.Is(err, fault.KindInvalid))
		_, err = w.shares.AddMember(ctx, w.lastri, w.kube, share.NewMember{Name: "Ibu Wati", Duty: account.Treasurer})
		require.True(t, fault.Is(err, fault.KindInvalid), "who keeps money signs in: %v", err)
		wati, err := w.shares.AddMember(ctx, w.lastri, w.kube, share.NewMember{Name: "Ibu Wati", Phone: "0812-0000-0777", Duty: account.Treasurer})
		require.NoError(t, err)
		_, err = w.shares.AddMember(ctx, w.lastri, w.kube, share.NewMember{Name: "Ibu Wati lagi", Phone: "+62 812 0000 0777"})
		require.True(t, fault.Is(err, fault.KindInvalid), "asked once: %v", err)
		sulis, err := w.shares.AddMember(ctx, w.lastri, w.kube, share.NewMember{Name: "Ibu Sulis"})
		require.NoError(t, err)
		require.Equal(t, share.Asked, w.standing(w.lastri, "Ibu Wati").Standing)
		require.Equal(t, share.NoPhone, w.standing(w.lastri, "Ibu Sulis").Standing)
		require.Equal(t, share.Joined, w.standing(w.lastri, "Lastri").Standing, "who leads it is seen before she has a part")

		user, err := w.people.UserByPhone(ctx, "081200000777")
		require.NoError(t, err)
		her := w.fresh(account.Actor{UserID: user.ID})
		require.Empty(t, her.Memberships, "nobody is in a group before they said yes")
		asked, err := w.shares.Invites(ctx, her)
		require.NoError(t, err)
		require.Len(t, asked, 1)
		require.True(t, fault.Is(w.shares.Answer(ctx, w.stranger, asked[0].ID, true), fault.KindNotFound))
		require.NoError(t, w.shares.Answer(ctx, her, asked[0].ID, true))
		require.True(t, fault.Is(w.shares.Answer(ctx, her, asked[0].ID, true), fault.KindConflict))
		her = w.fresh(her)
		require.True(t, her.KeepsMoney(w.kube))
		require.False(t, her.Leads(w.kube))
		require.Equal(t, account.Treasurer, w.standing(w.member, "Ibu Wati").Duty)

		// She keeps the money; a secretary keeps the work book; a watching member sees her own.
		require.NoError(t, w.shares.Contribute(ctx, her, w.kube, w.today(), "", map[int64]money.Rupiah{sulis.ID: 900_000}, "1"))
		require.True(t, fault.Is(w.shares.Contribute(ctx, w.member, w.kube, w.today(), "", map[int64]money.Rupiah{sulis.ID: 1}, "2"), fault.KindForbidden))
		mine, err := w.shares.AddParty(ctx, w.lastri, w.kube, share.NewParty{Kind: share.Member, Label: "Anggota", UserID: w.member.UserID})
		require.NoError(t, err)
		require.True(t, fault.Is(w.shares.SetDuty(ctx, her, mine.ID, account.Secretary, false), fault.KindForbidden), "only who leads says so")
		require.NoError(t, w.shares.SetDuty(ctx, w.lastri, mine.ID, account.NoDuty, true))
		watching := w.fresh(w.member)
		require.False(t, watching.Manages(w.kube))
		require.True(t, watching.Runs(w.kube))
		require.NoError(t, w.shares.SetDuty(ctx, w.lastri, mine.ID, account.Secretary, true))
		secretary := w.fresh(w.member)
		require.True(t, secretary.Manages(w.kube), "who keeps its books does its work")
		require.NoError(t, w.shares.Worked(ctx, secretary, w.kube, w.today(), 0, map[int64]int64{sulis.ID: 12}))
		require.True(t, fault.Is(w.shares.Contribute(ctx, secretary, w.kube, w.today(), "", map[int64]money.Rupiah{sulis.ID: 1}, "2"), fault.KindForbidden))
		_, err = w.shares.Account(ctx, secretary, sulis.ID)
		require.Error(t, err, "another member's")
		dues, err := w.shares.Dues(ctx, secretary, w.kube)
		require.NoError(t, err)
		require.Nil(t, dues)
		require.True(t, fault.Is(w.shares.SetHouse(ctx, her, w.kube, share.House{Unit: share.Pieces, Shown: true}), fault.KindForbidden))
		require.NoError(t, w.shares.SetHouse(ctx, w.lastri, w.kube, share.House{Unit: share.Pieces, Shown: true}))
		dues, err = w.shares.Dues(ctx, secretary, w.kube)
		require.NoError(t, err)
		require.Len(t, dues, 3)

		// She earns, and leaves: her share stays hers, her role ends at once.
		w.earn(w.kube, 1_000_000)
		_, err = w.shares.SetWeights(ctx, her, w.kube, "Anggota", map[int64]int64{wati.ID: 0, sulis.ID: 0, mine.ID: 0})
		require.True(t, fault.Is(err, fault.KindInvalid), "somebody counts")
		_, err = w.shares.SetWeights(ctx, her, w.kube, "Anggota", map[int64]int64{wati.ID: 2, sulis.ID: 1, mine.ID: 1})
		require.NoError(t, err)
		_, err = w.shares.Divide(ctx, her, w.kube, share.New{Month: w.today()[:7], Amount: 400_000, FormKey: "a"})
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(200_000), w.balance(share.Due(wati.ID)))
		_, err = w.shares.Leave(ctx, secretary, wati.ID)
		require.True(t, fault.Is(err, fault.KindForbidden), "not another member: %v", err)
		gone, err := w.shares.Leave(ctx, her, wati.ID)
		require.NoError(t, err)
		require.False(t, gone.Open())
		require.Equal(t, money.Rupiah(200_000), gone.Due)
		_, err = w.shares.Leave(ctx, w.lastri, wati.ID)
		require.NoError(t, err, "pressed twice")
		her = w.fresh(her)
		require.Empty(t, her.Memberships)
		_, err = w.shares.Divide(ctx, her, w.kube, share.New{Month: w.today()[:7], Amount: 1, FormKey: "b"})
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		account1, err := w.shares.Account(ctx, her, wati.ID)
		require.NoError(t, err, "and still sees her own")
		require.Equal(t, money.Rupiah(200_000), account1.Party.Due)
		require.Len(t, account1.Got, 1)
		_, err = w.shares.Divide(ctx, w.lastri, w.kube, share.New{Month: w.today()[:7], Amount: 300_000, FormKey: "c"})
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(200_000), w.balance(share.Due(wati.ID)), "nothing new reaches who left")
		require.Equal(t, share.Gone, w.standing(w.lastri, "Ibu Wati").Standing)
		lead, err := w.shares.AddParty(ctx, w.lastri, w.kube, share.NewParty{Kind: share.Member, Label: "Lastri", UserID: w.lastri.UserID})
		require.NoError(t, err)
		_, err = w.shares.Leave(ctx, w.lastri, lead.ID)
		require.True(t, fault.Is(err, fault.KindConflict), "who leads stays: %v", err)
		w.clean()
	})
}

// What was paid in is given back once, a wrong entry is taken back once, and the rows
// say so when they do not agree.
func TestContributions(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.kube, 3_000_000)
		a := w.party(w.lastri, w.kube, share.Member, "Ibu Parmi")
		_, err := w.shares.SetGroup(ctx, w.lastri, w.kube, share.Equal, "Anggota")
		require.NoError(t, err)
		today, err := time.Parse(time.DateOnly, w.today())
		require.NoError(t, err)
		oldest := today.AddDate(-2, 0, 0)
		for _, day := range []string{"", "kemarin", "2031-01-01", "1999-01-01", oldest.AddDate(0, 0, -1).Format(time.DateOnly)} {
			require.True(t, fault.Is(w.shares.Contribute(ctx, w.lastri, w.kube, day, "", map[int64]money.Rupiah{a.ID: 1}, "x"), fault.KindInvalid), day)
		}
		require.True(t, fault.Is(w.shares.Contribute(ctx, w.lastri, w.kube, w.today(), "", map[int64]money.Rupiah{a.ID: 0}, "x"), fault.KindInvalid))
		require.True(t, fault.Is(w.shares.Contribute(ctx, w.lastri, w.kube, w.today(), "", map[int64]money.Rupiah{a.ID: -1}, "x"), fault.KindInvalid))
		require.NoError(t, w.shares.Contribute(ctx, w.lastri, w.kube, oldest.Format(time.DateOnly), "Gula", map[int64]money.Rupiah{a.ID: 900_000}, "1"))
		require.NoError(t, w.shares.Contribute(ctx, w.lastri, w.kube, w.today(), "Salah", map[int64]money.Rupiah{a.ID: 500_000}, "2"))
		got, err := w.shares.Account(ctx, w.lastri, a.ID)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(1_400_000), got.PaidIn)
		wrong := got.Contributions[0]
		require.Equal(t, "Salah", wrong.Note)
		require.True(t, fault.Is(w.shares.TakeBack(ctx, w.stranger, wrong.ID), fault.KindNotFound))
		for range 2 {
			require.NoError(t, w.shares.TakeBack(ctx, w.lastri, wrong.ID))
		}
		d, err := w.shares.Divide(ctx, w.lastri, w.kube, share.New{Month: "2026-11", Amount: 1_000_000, Back: map[int64]money.Rupiah{a.ID: 900_000}, FormKey: "d"})
		require.NoError(t, err)
		first := got.Contributions[1]
		require.True(t, fault.Is(w.shares.TakeBack(ctx, w.lastri, first.ID), fault.KindConflict), "it was given back already")
		_, err = w.shares.Plan(ctx, w.lastri, w.kube, share.New{Month: "2026-11", Amount: 1_000_000, Back: map[int64]money.Rupiah{a.ID: 1}})
		require.True(t, fault.Is(err, fault.KindInvalid), "given back once: %v", err)
		w.harmed(fmt.Sprintf("UPDATE share_parties SET left_by = 1, left_at = '2001-01-01 00:00:00' WHERE id = %d", a.ID), "share left")
		_, err = w.shares.Undo(ctx, w.lastri, d.ID, "Salah")
		require.NoError(t, err)
		paid, err := w.shares.PaidIn(ctx, w.lastri, w.kube)
		require.NoError(t, err)
		require.Equal(t, map[int64]money.Rupiah{a.ID: 900_000}, paid)
		w.clean()
		for sql, invariant := range map[string]string{
			"UPDATE share_contributions SET amount = 1 WHERE corrects_id IS NULL": "share correction",
			"UPDATE share_contributions SET amount = -2000000 WHERE amount < 0":   "share paid in",
			fmt.Sprintf("UPDATE share_contributions SET shop_id = %d", w.lapas):   "share shop",
		} {
			w.harmed(sql, invariant)
		}
	})
}

// harmed changes rows, wants the proof to name the invariant, and takes it back.
func (w *world) harmed(sql, invariant string) {
	w.t.Helper()
	undo := errors.New("undo")
	err := database.InTx(ctx, w.db, func(tx *gorm.DB) error {
		require.NoError(w.t, tx.Exec(sql).Error)
		findings, err := share.ProveTx(ctx, tx)
		require.NoError(w.t, err)
		var names []string
		for _, f := range findings {
			names = append(names, f.Invariant)
		}
		if invariant != "" {
			require.Contains(w.t, names, invariant, sql)
		}
		return undo
	})
	require.ErrorIs(w.t, err, undo)
}

// Pieces typed on the day they were made are counted in one division, and again when
// that is taken away.
func TestWorkIsCountedOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.lapas, 200_000)
		one, two := w.party(w.wahyu, w.lapas, share.Worker, "WB-01"), w.party(w.wahyu, w.lapas, share.Worker, "WB-02")
		_, err := w.shares.SetInstitution(ctx, w.wahyu, w.lapas, 100, 0, 0, [3]string{"Premi", "PNBP", "Modal"})
		require.NoError(t, err)
		today := w.today()
		require.True(t, fault.Is(w.shares.Worked(ctx, w.stranger, w.lapas, today, 0, map[int64]int64{one.ID: 1}), fault.KindNotFound))
		require.True(t, fault.Is(w.shares.Worked(ctx, w.wahyu, w.lapas, today, 0, map[int64]int64{one.ID: -1}), fault.KindInvalid))
		require.NoError(t, w.shares.Worked(ctx, w.wahyu, w.lapas, today, 0, map[int64]int64{one.ID: 5, two.ID: 3}))
		require.NoError(t, w.shares.Worked(ctx, w.kuncoro, w.lapas, today, 0, map[int64]int64{one.ID: 5, two.ID: 2}), "a correction of the same day")
		pieces, err := w.shares.Uncounted(ctx, w.wahyu, w.lapas, today[:7])
		require.NoError(t, err)
		require.Equal(t, map[int64]int64{one.ID: 5, two.ID: 2}, pieces)
		d, err := w.shares.Divide(ctx, w.wahyu, w.lapas, share.New{Month: today[:7], Amount: 70_000, Pieces: pieces, FormKey: "1"})
		require.NoError(t, err)
		none, err := w.shares.Uncounted(ctx, w.wahyu, w.lapas, today[:7])
		require.NoError(t, err)
		require.Empty(t, none)
		require.True(t, fault.Is(w.shares.Worked(ctx, w.wahyu, w.lapas, today, 0, map[int64]int64{one.ID: 6}), fault.KindConflict), "counted already")
		w.clean()
		w.harmed("UPDATE share_divisions SET state = 'refused'", "share work counted")
		_, err = w.shares.Drop(ctx, w.kuncoro, d.ID)
		require.NoError(t, err)
		again, err := w.shares.Uncounted(ctx, w.wahyu, w.lapas, today[:7])
		require.NoError(t, err)
		require.Equal(t, pieces, again)
		d, err = w.shares.Divide(ctx, w.wahyu, w.lapas, share.New{Month: today[:7], Amount: 70_000, Pieces: pieces, FormKey: "2"})
		require.NoError(t, err)

		// Released while the proposal waits: not before it is decided, and not with money owed.
		require.True(t, fault.Is(w.shares.CloseParty(ctx, w.wahyu, two.ID), fault.KindConflict))
		_, err = w.shares.Confirm(ctx, w.wahyu, d.ID)
		require.True(t, fault.Is(err, fault.KindForbidden), "the same officer on both sides: %v", err)
		_, err = w.shares.Confirm(ctx, w.kuncoro, d.ID)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(20_000), w.balance(share.Due(two.ID)))
		require.True(t, fault.Is(w.shares.CloseParty(ctx, w.wahyu, two.ID), fault.KindConflict))
		require.NoError(t, w.shares.Worked(ctx, w.wahyu, w.lapas, today, 7, map[int64]int64{one.ID: 1}), "another product on the same day")
		empty := w.party(w.wahyu, w.lapas, share.Worker, "WB-03")
		require.NoError(t, w.shares.CloseParty(ctx, w.wahyu, empty.ID), "nothing owed, nothing to pay")
		require.True(t, fault.Is(w.shares.Worked(ctx, w.wahyu, w.lapas, today, 0, map[int64]int64{empty.ID: 1}), fault.KindNotFound), "a closed code makes nothing")
		w.clean()
	})
}

// Two treasurers divide at once, and a member leaves meanwhile: one division is
// booked, its parts sum, and whoever left before it got nothing of it.
func TestTwoTreasurersAtOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.kube, 100_000)
		stays, leaves := w.party(w.lastri, w.kube, share.Member, "Ibu Parmi"), w.party(w.lastri, w.kube, share.Member, "Ibu Wati")
		_, err := w.shares.SetGroup(ctx, w.lastri, w.kube, share.Equal, "Anggota")
		require.NoError(t, err)
		other := w.member
		other.Memberships = []account.Membership{{ShopID: w.kube, Role: account.MemberMember, Duty: account.Treasurer}}
		var wait sync.WaitGroup
		results := make([]error, 3)
		for i, do := range []func() error{
			func() error {
				_, err := w.shares.Divide(ctx, w.lastri, w.kube, share.New{Month: "2026-11", Amount: 100_000, FormKey: "a"})
				return err
			},
			func() error {
				_, err := w.shares.Divide(ctx, other, w.kube, share.New{Month: "2026-11", Amount: 100_000, FormKey: "b"})
				return err
			},
			func() error {
				_, err := w.shares.Leave(ctx, w.lastri, leaves.ID)
				return err
			},
		} {
			wait.Go(func() { results[i] = do() })
		}
		wait.Wait()
		for _, err := range results {
			require.True(t, err == nil || fault.Is(err, fault.KindConflict) || fault.Is(err, fault.KindInvalid), "%v", err)
		}
		given := w.balance(share.Due(stays.ID)) + w.balance(share.Due(leaves.ID))
		require.Equal(t, money.Rupiah(100_000)-w.free(w.kube), given)
		require.Contains(t, []money.Rupiah{0, 100_000}, given, "at most one of them")
		w.clean()
	})
}
