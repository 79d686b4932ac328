package curation_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// lead reports what the desk says of the actor.
func (w *world) lead(actor account.Actor) (lead bool) {
	w.t.Helper()
	require.NoError(w.t, database.InTx(ctx, w.db, func(tx *gorm.DB) (err error) {
		lead, err = w.desk.IsLead(ctx, tx, actor)
		return err
	}))
	return lead
}

func (w *world) seat(actor account.Actor) curation.Seat {
	w.t.Helper()
	seats, err := w.desk.Seats(ctx, head)
	require.NoError(w.t, err)
	for _, s := range seats {
		if s.CuratorID == actor.UserID {
			return s
		}
	}
	w.t.Fatalf("%s has no seat", actor.Name)
	return curation.Seat{}
}

func TestWhoSitsWhere(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		officer := account.Actor{UserID: 905, Roles: []account.Role{account.RoleOfficer}}

		// Nobody leads until a head says so; a curator sets nobody's seat.
		require.False(t, w.lead(dimas))
		require.Equal(t, "curation.lead_only", key(t, w.desk.SetSeat(ctx, yuni, curation.Seat{CuratorID: yuni.UserID, Regions: []string{"35"}}), fault.KindForbidden))
		key2 := func(err error) { t.Helper(); require.True(t, fault.Is(err, fault.KindNotFound), "%v", err) }
		key2(w.desk.SetSeat(ctx, officer, curation.Seat{CuratorID: yuni.UserID}))
		key2(w.desk.SetAbsence(ctx, head, curation.Absence{}))
		_, err := w.desk.Seats(ctx, officer)
		key2(err)
		require.NoError(t, w.desk.SetSeat(ctx, head, curation.Seat{CuratorID: dimas.UserID, Lead: true, Categories: []string{"kue-kering", "camilan"}}))
		require.True(t, w.lead(dimas))
		former := dimas
		former.Roles = nil
		require.False(t, w.lead(former), "who is no curator any more leads nothing")
		require.True(t, w.lead(account.System))

		// The lead sets the others' seats, but makes nobody lead, also not by keeping quiet.
		require.NoError(t, w.desk.SetSeat(ctx, dimas, curation.Seat{CuratorID: yuni.UserID, Regions: []string{"36", "35.20", "36"}, Absence: curation.Absence{CoverID: laras.UserID}}))
		require.Equal(t, curation.Seat{CuratorID: yuni.UserID, Name: "Yuni", Regions: []string{"35.20", "36"}, Categories: []string{}, Absence: curation.Absence{CoverID: laras.UserID}, CoverName: "Laras"}, w.seat(yuni))
		require.Equal(t, "desk.lead_by_head", key(t, w.desk.SetSeat(ctx, dimas, curation.Seat{CuratorID: yuni.UserID, Lead: true}), fault.KindForbidden))
		require.Equal(t, "desk.lead_by_head", key(t, w.desk.SetSeat(ctx, dimas, curation.Seat{CuratorID: dimas.UserID}), fault.KindForbidden))

		// Each says when they are away.
		require.NoError(t, w.desk.SetAbsence(ctx, yuni, curation.Absence{From: "2026-11-04", Until: "2026-11-06", CoverID: dimas.UserID}))
		seat := w.seat(yuni)
		require.Equal(t, []string{"35.20", "36"}, seat.Regions, "an absence moves nothing else")
		require.Equal(t, "Dimas", seat.CoverName)
		require.True(t, seat.Away("2026-11-06"))
		require.False(t, seat.Away("2026-11-07"))

		for field, in := range map[string]curation.Absence{
			"cover": {CoverID: yuni.UserID}, "from": {Until: "2026-11-06"}, "until": {From: "2026-11-06", Until: "2026-11-05"},
		} {
			err := w.desk.SetAbsence(ctx, yuni, in)
			key(t, err, fault.KindInvalid)
			require.Equal(t, field, fault.As(err).Fields[0].Name)
		}
		for _, in := range []curation.Absence{{CoverID: head.UserID}, {From: "2026-11-01", Until: "2026-11-03"}, {From: "besok", Until: "lusa"}, {From: "2026-02-30", Until: "2026-03-01"}} {
			key(t, w.desk.SetAbsence(ctx, yuni, in), fault.KindInvalid)
		}
		for _, in := range []curation.Seat{{CuratorID: head.UserID}, {CuratorID: yuni.UserID, Regions: []string{"99"}}, {CuratorID: yuni.UserID, Categories: []string{"emas"}}} {
			key(t, w.desk.SetSeat(ctx, head, in), fault.KindInvalid)
		}
		require.Equal(t, seat, w.seat(yuni), "what is faulty changes nothing")

		rows, err := trail.Of(ctx, db.Read(ctx), "desk_seat", yuni.UserID)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, []int64{dimas.UserID, yuni.UserID}, []int64{rows[0].ActorID, rows[1].ActorID})
		require.Equal(t, []int64{yuni.UserID, 0}, []int64{rows[0].SubjectID, rows[1].SubjectID})

		w.sound()
		require.NoError(t, w.exec(`UPDATE desk_seats SET categories = '["emas"]' WHERE curator_id = ?`, yuni.UserID))
		found, err := w.desk.Prove(ctx)
		require.NoError(t, err)
		require.Len(t, found, 1, "the proof sees a seat that names nothing")
		require.Equal(t, "K7 seats", found[0].Invariant)
	})
}

// Whoever is away, every kind of thing comes to somebody who is there.
func TestDutiesLeaveNothingToNobody(t *testing.T) {
	food, crafts := []string{"kue-kering"}, []string{"rajut"}
	a := curation.Seat{CuratorID: 1, Name: "A", Lead: true, Categories: food, Absence: curation.Absence{CoverID: 3}}
	b := curation.Seat{CuratorID: 2, Name: "B", Categories: crafts, Regions: []string{"35"}, Absence: curation.Absence{CoverID: 3}}
	c := curation.Seat{CuratorID: 3, Name: "C"}
	away := func(s curation.Seat) curation.Seat { s.From, s.Until = "2026-11-02", "2026-11-04"; return s }
	whose := func(category, district string, seats ...curation.Seat) string {
		duties, who := curation.Duties(seats, "2026-11-03"), ""
		for _, d := range duties {
			if d.Answers(duties, category, district) {
				who += d.Name
			}
		}
		return who
	}
	require.Equal(t, "A", whose("kue-kering", "35.19.03", a, b, c))
	require.Equal(t, "B", whose("rajut", "35.19.03", a, b, c))
	require.Equal(t, "A", whose("rajut", "36.01.01", a, b, c), "no seat names it: the lead's")
	require.Equal(t, "A", whose("rajut", "350.1", a, b, c), "a code is no prefix of another region's")
	require.Equal(t, "C", whose("rajut", "35.19.03", a, away(b), c), "covered")
	require.Equal(t, "A", whose("rajut", "35.19.03", a, away(b), away(c)), "the cover is away as well: the lead's")
	require.Equal(t, "C", whose("besi", "35.19.03", away(a), b, c), "who covers for the lead answers for the rest")
	b.CoverID, c.CoverID = 3, 2
	require.Equal(t, "A", whose("rajut", "35.19.03", a, away(b), away(c)), "two who cover each other are both away")
	a.CoverID = 0
	require.Equal(t, "BC", whose("besi", "35.19.03", away(a), b, c), "without a lead, everybody's")
	require.Equal(t, "BC", whose("kue-kering", "35.19.03", away(a), b, c))
	require.Empty(t, whose("besi", "35.19.03", away(a), away(b), away(c)), "nobody is there")
}
