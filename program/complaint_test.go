package program_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/program"
)

type numbers map[string]int64

func (n numbers) ShopOfNumber(_ context.Context, number string) (int64, error) { return n[number], nil }

// A complaint reaches the staff of the order's territory, or everybody when no
// order is known; is answered once; and is forgotten a year later.
func TestComplaints(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w, ctx := newWorld(t, db), t.Context()
		w.early()
		out, err := w.program.Invite(ctx, w.officer, w.invitation())
		require.NoError(t, err)
		w.program.Follow(numbers{"LB-234567": out.ShopID})
		elsewhere := w.person("Petugas lain", "081200000111", account.RoleOfficer, w.agency.ID, "35.17")

		in := program.NewComplaint{OrderNumber: "lb-234567", Name: "Bu Rina", Contact: "0812-0000-0177", Body: "Stoplesnya retak dan isinya melempem.", Source: "10.0.0.1"}
		for field, bad := range map[string]program.NewComplaint{
			"name":    {Contact: in.Contact, Body: in.Body, Source: "10.0.0.9"},
			"contact": {Name: in.Name, Contact: "besok", Body: in.Body, Source: "10.0.0.9"},
			"words":   {Name: in.Name, Contact: in.Contact, Body: "rusak", Source: "10.0.0.9"},
		} {
			_, err := w.program.Complain(ctx, bad)
			require.True(t, fault.Is(err, fault.KindInvalid), field)
			require.Equal(t, field, fault.As(err).Fields[0].Name)
		}
		c, err := w.program.Complain(ctx, in)
		require.NoError(t, err)
		require.Equal(t, "+6281200000177", c.Phone)
		again, err := w.program.Complain(ctx, in)
		require.NoError(t, err)
		require.Equal(t, c.Number, again.Number, "the same words are one complaint")
		open, err := w.program.Complain(ctx, program.NewComplaint{Name: "Pak Joko", Contact: "joko@contoh.id", Body: "Tidak ada yang menjawab telepon.", Source: "10.0.0.1"})
		require.NoError(t, err)

		mine, err := w.program.Complaints(ctx, w.officer)
		require.NoError(t, err)
		require.Len(t, mine, 2)
		theirs, err := w.program.Complaints(ctx, elsewhere)
		require.NoError(t, err)
		require.Len(t, theirs, 1, "only the one of no known order")
		require.Equal(t, open.ID, theirs[0].ID)
		_, err = w.program.Complaints(ctx, w.companion)
		require.True(t, fault.Is(err, fault.KindNotFound))
		require.True(t, mine[0].Late(mine[0].DueAt.Add(time.Second)))

		require.True(t, fault.Is(w.program.AnswerComplaint(ctx, elsewhere, c.ID, "sudah diganti"), fault.KindNotFound))
		require.True(t, fault.Is(w.program.AnswerComplaint(ctx, w.officer, c.ID, " "), fault.KindInvalid))
		require.NoError(t, w.program.AnswerComplaint(ctx, w.officer, c.ID, "Toko mengirim stoples baru."))
		require.True(t, fault.Is(w.program.AnswerComplaint(ctx, w.officer, c.ID, "lagi"), fault.KindConflict))
		receipt, err := w.program.ComplaintReceipt(ctx, c.Number)
		require.NoError(t, err)
		require.Equal(t, program.ComplaintAnswered, receipt.State)
		require.Empty(t, receipt.Name+receipt.Phone+receipt.Body+receipt.Answer, "the number alone tells no words")
		_, err = w.program.ComplaintReceipt(ctx, "ADU-22222222")
		require.True(t, fault.Is(err, fault.KindNotFound))

		for range 2 {
			in.Body += " Tolong."
			_, err = w.program.Complain(ctx, in)
			require.NoError(t, err)
		}
		_, err = w.program.Complain(ctx, in)
		require.True(t, fault.Is(err, fault.KindRateLimited), "five an hour from one address")

		db.Clock().Advance(366 * 24 * time.Hour)
		n, err := w.program.ForgetComplaints(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 1, n, "answered ones only")
		n, err = w.program.ForgetComplaints(ctx)
		require.NoError(t, err)
		require.Zero(t, n)
	})
}
