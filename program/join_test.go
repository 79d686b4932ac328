package program_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/program"
)

// told keeps what people were told.
type told struct{ messages []notify.Message }

func (m *told) SendTx(_ context.Context, _ *gorm.DB, msg notify.Message) error {
	m.messages = append(m.messages, msg)
	return nil
}

// Somebody asks to join; the officer of the district invites with what was typed,
// which closes the request in the same transaction, or refuses with a reason.
func TestAskingToJoin(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w, ctx := newWorld(t, db), t.Context()
		w.early()
		sent := &told{}
		w.program.Tell(sent)
		elsewhere := w.person("Petugas lain", "081200000111", account.RoleOfficer, w.agency.ID, "35.17")
		admin := w.person("Admin", "081200000112", account.RoleAdmin, w.agency.ID, "35.17")

		ask := program.NewJoin{Name: "Sri Lestari 🌸", Phone: "0812-0000-0190", District: "35.20.08", Makes: "Kue kering dan sambal botol", Source: "10.0.0.1"}
		for want, change := range map[string]func(*program.NewJoin){
			"name":      func(in *program.NewJoin) { in.Name = strings.Repeat("a", 1000) },
			"phone":     func(in *program.NewJoin) { in.Phone = "+65 1234" },
			"district":  func(in *program.NewJoin) { in.District = "35.20" },
			"makes":     func(in *program.NewJoin) { in.Makes = strings.Repeat("🍪", 1000) },
			"makes nik": func(in *program.NewJoin) { in.Makes = "Kue, NIK 3520 0812 3456 7890" },
		} {
			bad := ask
			change(&bad)
			err := w.program.AskToJoin(ctx, bad)
			require.True(t, fault.Is(err, fault.KindInvalid), want)
			require.Len(t, fault.As(err).Fields, 1, want)
			require.Equal(t, strings.Fields(want)[0], fault.As(err).Fields[0].Name)
		}
		require.NoError(t, w.program.AskToJoin(ctx, ask))
		other := ask
		other.Name, other.Phone = "Orang lain", "+62 812 0000 0190"
		require.NoError(t, w.program.AskToJoin(ctx, other), "a second send is answered the same")
		known := program.NewJoin{Name: "Pendamping", Phone: "081200000102", District: "35.20.08", Makes: "Batik tulis", Source: "10.0.0.2"}
		require.NoError(t, w.program.AskToJoin(ctx, known), "who has an account is answered the same")
		abroad := program.NewJoin{Name: "Wati", Phone: "+65 9123 4567", District: "35.01.01", Makes: "Tas anyaman", Source: "10.0.0.3"}
		require.NoError(t, w.program.AskToJoin(ctx, abroad), "a place without an officer")

		list := func(actor account.Actor) []program.Join {
			all, err := w.program.Joins(ctx, actor)
			require.NoError(t, err)
			n, err := w.program.JoinsWaiting(ctx, actor)
			require.NoError(t, err)
			require.Len(t, all, n)
			return all
		}
		mine := list(w.officer)
		require.Len(t, mine, 2)
		require.Equal(t, "Sri Lestari 🌸", mine[0].Name, "the first stands")
		require.False(t, mine[0].HasAccount)
		require.True(t, mine[1].HasAccount)
		require.Empty(t, list(elsewhere))
		require.Len(t, list(admin), 3)
		_, err := w.program.Joins(ctx, w.companion)
		require.True(t, fault.Is(err, fault.KindNotFound))

		// Another territory's is not found, and a refused invitation leaves it open.
		_, err = w.program.JoinOf(ctx, elsewhere, mine[0].ID)
		require.True(t, fault.Is(err, fault.KindNotFound))
		in := w.invitation()
		in.Name, in.Phone, in.JoinID = mine[0].Name, mine[0].Phone, mine[0].ID
		in.Consent = ""
		_, err = w.program.Invite(ctx, w.officer, in)
		require.True(t, fault.Is(err, fault.KindInvalid))
		require.Len(t, list(w.officer), 2)
		require.Empty(t, sent.messages)
		in.Consent = "formulir"
		out, err := w.program.Invite(ctx, w.officer, in)
		require.NoError(t, err)
		again, err := w.program.Invite(ctx, w.officer, in)
		require.NoError(t, err)
		require.Equal(t, out, again, "a second send of the form")
		require.Len(t, sent.messages, 1)
		require.Equal(t, "join_invited", sent.messages[0].Kind)
		require.Equal(t, notify.Recipient{UserID: out.MakerID, Name: "Sri Lestari 🌸", Phone: "+6281200000190"}, sent.messages[0].To)

		// Decided once, for whoever comes later; then nobody is invited.
		users := w.count("users")
		late := in
		late.FormKey, late.Phone = "lain", "081200000191"
		_, err = w.program.Invite(ctx, w.officer, late)
		require.True(t, fault.Is(err, fault.KindConflict))
		require.Equal(t, users, w.count("users"))
		require.True(t, fault.Is(w.program.RefuseJoin(ctx, w.officer, in.JoinID, "sudah"), fault.KindConflict))

		require.True(t, fault.Is(w.program.RefuseJoin(ctx, w.officer, 0, "sudah"), fault.KindInvalid))
		require.True(t, fault.Is(w.program.RefuseJoin(ctx, w.officer, mine[1].ID, " "), fault.KindInvalid))
		require.True(t, fault.Is(w.program.RefuseJoin(ctx, elsewhere, mine[1].ID, "di luar program"), fault.KindNotFound))
		require.NoError(t, w.program.RefuseJoin(ctx, w.officer, mine[1].ID, "Sudah punya akun."))
		require.Equal(t, "join_refused", sent.messages[1].Kind)
		require.Equal(t, "Sudah punya akun.", sent.messages[1].Data["reason"])
		require.NoError(t, w.program.AskToJoin(ctx, known), "she may ask again")

		found, err := program.Prove(ctx, db)
		require.NoError(t, err)
		require.Empty(t, found)
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE join_requests SET regency_code = '35.17', decided_by = 1 WHERE name = 'Wati'").Error
		}))
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return tx.Exec("DELETE FROM invitations WHERE shop_id IN (SELECT shop_id FROM join_requests WHERE state = 'invited')").Error
		}))
		found, err = program.Prove(ctx, db)
		require.NoError(t, err)
		var named []string
		for _, f := range found {
			named = append(named, f.Invariant)
		}
		require.ElementsMatch(t, []string{"join invited shop", "join decided", "join place"}, named, "the control")

		// Five a day of one number, ten an hour from one address.
		for range 3 {
			require.NoError(t, w.program.AskToJoin(ctx, known))
		}
		require.True(t, fault.Is(w.program.AskToJoin(ctx, known), fault.KindRateLimited))

		n, err := w.program.ForgetJoins(ctx)
		require.NoError(t, err)
		require.Zero(t, n)
		db.Clock().Advance((program.JoinKept + 1) * 24 * time.Hour)
		n, err = w.program.ForgetJoins(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 4, n)
		require.Zero(t, w.count("join_requests"))
	})
}
