package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// ASVS 6.3.1: a thousand wrong tries from a thousand addresses guess forty times
// an hour at most, and never keep the owner out on her own phone.
func TestSignIn_AThousandWrongTriesNeverKeepTheOwnerOut(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		w.freshWindow()
		u := w.person("Siti Aminah", geger)
		w.password(u, goodPassword)
		phone := account.Source{IP: "10.1.1.1", Device: w.NewDevice("", u.ID)}
		require.NoError(t, w.RequestCode(w.ctx, u.Phone, phone))
		sent := w.sent[len(w.sent)-1]

		guessed := 0
		for i := range 1000 {
			from := account.Source{IP: fmt.Sprintf("100.%d.%d.7", 64+i/250, i%250)}
			var err error
			if i%20 == 19 {
				_, err = w.SignInWithCode(w.ctx, u.Phone, other(sent), from)
			} else {
				_, err = w.SignIn(w.ctx, u.Phone, "salah sekali", from)
			}
			if !fault.Is(err, fault.KindRateLimited) {
				requireKind(t, err, fault.KindInvalid, "")
				guessed++
			}
			if i%250 == 249 { // now and again she signs in, by password and at last by the code
				_, err := w.SignIn(w.ctx, u.Phone, goodPassword, phone)
				require.NoError(t, err, "on her own phone after %d tries", i+1)
			}
		}
		require.LessOrEqual(t, guessed, 20, "ten of the password and ten of codes in a quarter of an hour")
		require.GreaterOrEqual(t, guessed, 10, "the control: they were really tried")
		_, err := w.SignInWithCode(w.ctx, u.Phone, sent, phone)
		require.NoError(t, err, "nor were the code's five tries used up for her")
		_, err = w.SignIn(w.ctx, u.Phone, goodPassword, account.Source{IP: "10.1.1.1"})
		requireKind(t, err, fault.KindRateLimited, "") // the control: without the cookie she is a stranger

		// The cookie is hers alone, cannot be made up, and has a budget too.
		v := w.person("Orang Lain", geger)
		letter := "x"
		if phone.Device[10:11] == letter {
			letter = "y"
		}
		for _, forged := range []string{w.NewDevice("", v.ID), "abc.def", phone.Device[:10] + letter + phone.Device[11:]} {
			_, err = w.SignIn(w.ctx, u.Phone, goodPassword, account.Source{IP: "10.1.1.2", Device: forged})
			requireKind(t, err, fault.KindRateLimited, "")
		}
		limited := false
		for range 10 {
			_, err = w.SignIn(w.ctx, u.Phone, "salah sekali", phone)
			limited = limited || fault.Is(err, fault.KindRateLimited)
		}
		require.True(t, limited, "a stolen phone does not guess for ever")
		shared := phone.Device
		for range 6 {
			shared = w.NewDevice(shared, w.person("Teman", geger).ID)
		}
		require.Less(t, len(shared), 400, "four people at most")
		require.Equal(t, phone.Device, w.NewDevice(phone.Device, u.ID), "once is enough")
	})
}

// A strange device cannot end the code that an officer has just read out.
func TestRequestCode_LeavesAnOfficersCode(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker, officer := w.person("Perajin", geger), w.person("Petugas", geger, account.RoleOfficer)
		code, _, err := w.IssueCode(w.ctx, w.actor(officer.ID), maker.ID)
		require.NoError(t, err)
		require.NoError(t, w.RequestCode(w.ctx, maker.Phone, here(1)))
		require.Empty(t, w.sent, "the answer is the same, nothing is sent")
		_, err = w.SignInWithCode(w.ctx, maker.Phone, code, here(2))
		require.NoError(t, err)
	})
}

// Staff's sessions end after an hour unused and after twelve hours whatever they
// do; makers' live a month (ASVS 7.3.1, 7.3.2).
func TestSession_StaffTimeouts(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		store := w.SessionStore()
		u, m := w.person("Kurator", geger, account.RoleCurator), w.person("Perajin", geger)
		now, err := w.Now(w.ctx)
		require.NoError(t, err)
		staff := map[string]any{account.SessionUser: u.ID, account.SessionSince: now.UnixMicro(), account.SessionLogin: now.UnixMicro(), account.SessionFactor: now.UnixMicro()}
		require.NoError(t, store.CommitCtx(w.ctx, "petugas", encoded(t, staff), time.Now().Add(time.Hour)))
		maker := map[string]any{account.SessionUser: m.ID, account.SessionSince: now.UnixMicro(), account.SessionLogin: now.UnixMicro()}
		require.NoError(t, store.CommitCtx(w.ctx, "perajin", encoded(t, maker), time.Now().Add(time.Hour)))
		alive := func(token string) bool {
			_, found, err := store.FindCtx(w.ctx, token)
			require.NoError(t, err)
			return found
		}
		for range 14 { // used every 50 minutes: eleven hours and 40 minutes
			require.True(t, alive("petugas"))
			w.db.Clock().Advance(50 * time.Minute)
		}
		require.True(t, alive("petugas"))
		w.db.Clock().Advance(25 * time.Minute)
		require.False(t, alive("petugas"), "twelve hours are over")
		require.True(t, alive("perajin"))

		now, err = w.Now(w.ctx)
		require.NoError(t, err)
		staff[account.SessionSince], staff[account.SessionFactor] = now.UnixMicro(), now.UnixMicro()
		require.NoError(t, store.CommitCtx(w.ctx, "lagi", encoded(t, staff), time.Now().Add(time.Hour)))
		w.db.Clock().Advance(30 * time.Second)
		require.True(t, alive("lagi"))
		var seen time.Time
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT seen_at FROM sessions WHERE token_hash = ?", account.SessionKey("lagi")).Scan(&seen).Error)
		require.WithinDuration(t, now, seen, 29*time.Second, "not written at every request")
		w.db.Clock().Advance(61 * time.Minute)
		require.False(t, alive("lagi"), "an hour unused")
		list, err := w.Sessions(w.ctx, w.actor(u.ID))
		require.NoError(t, err)
		require.Empty(t, list)

		w.db.Clock().Advance(29 * 24 * time.Hour)
		require.True(t, alive("perajin"))
		w.db.Clock().Advance(24 * time.Hour)
		require.False(t, alive("perajin"))
	})
}
