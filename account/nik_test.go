package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
)

func TestNIK_takes_what_can_be_a_number(t *testing.T) {
	for typed, good := range map[string]bool{
		"3519030101900001":    true,
		"3519 0301-0190.0001": true,
		"3519034101900001":    true,  // a woman: day plus forty
		"3519032902000001":    true,  // 29 February 2000
		"3519032902010001":    false, // 29 February of 1901 or 2001
		"3519033201900001":    false,
		"3519037201900001":    false,
		"3519034001900001":    false, // day 0 of a woman
		"3519030113900001":    false,
		"3519030101900000":    false,
		"3519990101900001":    false, // no such district
		"351903010190000":     false,
		"35190301019000011":   false,
		"351903010190000a":    false,
		"":                    false,
		"３５１９０３０１０１９００００１": false,
	} {
		_, ok := account.NIK(typed)
		require.Equal(t, good, ok, typed)
	}
}

// An identity number is sealed where it is stored, belongs to one person, is
// written by those who may and read by nobody of them.
func TestService_SetNIK(t *testing.T) {
	const nik = "3519034101900001"
	run(t, func(w *world) {
		maker, other := w.person("Lastri", dagangan), w.person("Wening", dagangan)
		officer := w.actor(w.person("Ratna", dagangan, account.RoleOfficer).ID)
		companion := w.person("Hendro", dagangan, account.RoleCompanion)
		w.tx(func(tx *gorm.DB) error {
			return w.AddMembershipTx(w.ctx, tx, account.System, maker.ID, 7, account.MemberOwner)
		})
		requireKind(t, w.SetNIK(w.ctx, w.actor(companion.ID), maker.ID, nik), fault.KindNotFound, "")
		requireKind(t, w.SetNIK(w.ctx, w.actor(other.ID), maker.ID, nik), fault.KindNotFound, "")
		requireKind(t, w.SetNIK(w.ctx, account.Actor{}, maker.ID, nik), fault.KindNotFound, "")
		requireKind(t, w.SetNIK(w.ctx, officer, maker.ID, "3519034101900000"), fault.KindInvalid, "account.nik.invalid")

		w.tx(func(tx *gorm.DB) error {
			_, err := w.GiveConsentTx(w.ctx, tx, officer, account.NewConsent{UserID: maker.ID, Kind: account.ConsentHelped, Evidence: "formulir"})
			return err
		})
		var grant account.Grant
		w.tx(func(tx *gorm.DB) (err error) {
			grant, err = w.GrantTx(w.ctx, tx, officer, account.NewGrant{ShopID: 7, MakerID: maker.ID, CompanionID: companion.ID, Evidence: "formulir"})
			return err
		})
		helper := w.actor(companion.ID)
		require.NoError(t, w.SetNIK(w.ctx, helper, maker.ID, "3519 0341 0190 0001"))
		requireKind(t, w.SetNIK(w.ctx, helper, maker.ID, "3519034101900002"), fault.KindConflict, "account.nik.set")
		masked, err := w.MaskedNIK(w.ctx, maker.ID)
		require.NoError(t, err)
		require.Equal(t, "3519••••••••0001", masked)
		require.Contains(t, w.verbs("user", maker.ID), "set_nik")

		var stored struct{ Sealed, Hash string }
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT nik_sealed AS sealed, nik_index AS hash FROM users WHERE id = ?", maker.ID).Scan(&stored).Error)
		require.NotEmpty(t, stored.Sealed)
		require.NotContains(t, stored.Sealed+stored.Hash, nik)

		// One number, one person: an officer of the place reads whose, others only that.
		requireKind(t, w.SetNIK(w.ctx, officer, other.ID, nik), fault.KindConflict, "account.nik.taken_here")
		requireKind(t, w.SetNIK(w.ctx, w.actor(other.ID), other.ID, nik), fault.KindConflict, "account.nik.taken")

		// While keys rotate the number is found under the older one, too; after the
		// rotation the older key is needed for nothing.
		newer, both := id.NewKeys("kunci baru"), id.NewKeys("kunci baru", "kunci uji")
		rotating := account.NewService(w.db, both)
		requireKind(t, rotating.SetNIK(w.ctx, officer, other.ID, nik), fault.KindConflict, "account.nik.taken_here")
		_, err = account.NewService(w.db, newer).MaskedNIK(w.ctx, maker.ID)
		require.ErrorIs(t, err, id.ErrSealed, "a control: without rotation the new key opens nothing")
		n, err := rotating.Reseal(w.ctx)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		n, err = rotating.Reseal(w.ctx)
		require.NoError(t, err)
		require.Zero(t, n, "a second run finds nothing to do")
		after := account.NewService(w.db, newer)
		masked, err = after.MaskedNIK(w.ctx, maker.ID)
		require.NoError(t, err)
		require.Equal(t, "3519••••••••0001", masked)
		requireKind(t, after.SetNIK(w.ctx, officer, other.ID, nik), fault.KindConflict, "account.nik.taken_here")

		// A grant that ended takes the pen away.
		require.NoError(t, w.RevokeGrant(w.ctx, officer, grant.ID))
		requireKind(t, after.SetNIK(w.ctx, helper, maker.ID, nik), fault.KindNotFound, "")
	})
}
