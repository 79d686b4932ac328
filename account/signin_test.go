package account_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

const goodPassword = "jahe merah wangi"

func TestService_SignIn(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		u := w.person("Siti Aminah", geger)
		w.password(u, goodPassword)

		got, err := w.SignIn(w.ctx, "0"+u.Phone[3:], goodPassword, account.Source{IP: "192.0.2.1"})
		require.NoError(t, err)
		require.Equal(t, u.ID, got)
		known, err := w.User(w.ctx, u.ID)
		require.NoError(t, err)
		require.Equal(t, account.UserActive, known.State)
		require.True(t, known.HasPassword)

		// One answer for every reason.
		_, wrong := w.SignIn(w.ctx, u.Phone, "jahe merah", account.Source{IP: "192.0.2.1"})
		_, nobody := w.SignIn(w.ctx, "081299999999", goodPassword, account.Source{IP: "192.0.2.1"})
		_, nonsense := w.SignIn(w.ctx, "bukan nomor", goodPassword, account.Source{IP: "192.0.2.1"})
		never := w.person("Tanpa Sandi", geger)
		_, none := w.SignIn(w.ctx, never.Phone, "", account.Source{IP: "192.0.2.1"})
		for _, err := range []error{wrong, nobody, nonsense, none} {
			requireKind(t, err, fault.KindInvalid, "account.sign_in.wrong")
			require.Equal(t, fault.As(wrong).Fields, fault.As(err).Fields)
		}
		require.Contains(t, w.verbs("user", u.ID), "sign_in_refused")

		boss := w.person("Admin", geger, account.RoleAdmin)
		require.NoError(t, w.CloseUser(w.ctx, w.actor(boss.ID), u.ID))
		_, err = w.SignIn(w.ctx, u.Phone, goodPassword, account.Source{IP: "192.0.2.1"})
		requireKind(t, err, fault.KindInvalid, "account.sign_in.wrong")
		_, err = w.Actor(w.ctx, u.ID)
		requireKind(t, err, fault.KindUnauthenticated, "")
	})
}

// An unknown number must cost as much as a known one, or the answer's time says
// who is here.
func TestService_SignIn_unknownNumberTakesAsLong(t *testing.T) {
	run(t, func(w *world) {
		u := w.person("Siti Aminah", geger)
		w.password(u, goodPassword)
		known, unknown := time.Hour, time.Hour
		measure := func(phone string, best time.Duration) time.Duration {
			start := time.Now()
			_, err := w.SignIn(w.ctx, phone, "salah sekali", account.Source{IP: "192.0.2.1"})
			require.Error(w.t, err)
			return min(best, time.Since(start))
		}
		// The best of many: a busy machine makes single ones slow, but none quick.
		for range 40 {
			w.db.Clock().Advance(16 * time.Minute) // past the limits
			known, unknown = measure(u.Phone, known), measure("081288887777", unknown)
			if unknown > known/3 {
				return
			}
		}
		require.Failf(w.t, "an unknown number is told apart", "known %v, unknown %v", known, unknown)
	})
}

func TestService_SignIn_limits(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		w.freshWindow()
		u := w.person("Siti Aminah", geger)
		w.password(u, goodPassword)
		for i := range 10 {
			_, err := w.SignIn(w.ctx, u.Phone, "salah sekali", account.Source{IP: fmt.Sprintf("198.51.100.%d", i)})
			requireKind(t, err, fault.KindInvalid, "")
		}
		// The right password is refused too: the guesser must not learn it.
		_, err := w.SignIn(w.ctx, u.Phone, goodPassword, account.Source{IP: "198.51.100.99"})
		requireKind(t, err, fault.KindRateLimited, "account.limit.wait")
		w.db.Clock().Advance(15 * time.Minute)
		_, err = w.SignIn(w.ctx, u.Phone, goodPassword, account.Source{IP: "198.51.100.99"})
		require.NoError(t, err)

		// An unknown number is limited alike, so the limit does not tell either.
		for i := range 10 {
			_, err := w.SignInWithCode(w.ctx, "081277776666", "123456", account.Source{IP: fmt.Sprintf("203.0.113.%d", i)})
			requireKind(t, err, fault.KindInvalid, "")
		}
		_, err = w.SignInWithCode(w.ctx, "081277776666", "123456", account.Source{IP: "203.0.113.99"})
		requireKind(t, err, fault.KindRateLimited, "")
	})
}

func TestService_SignIn_limitPerNetwork(t *testing.T) {
	run(t, func(w *world) {
		w.freshWindow()
		// A house with IPv6 has billions of addresses; they count as one.
		for i := range 25 {
			_, err := w.SignInWithCode(w.ctx, fmt.Sprintf("0812555500%02d", i), "123456", account.Source{IP: fmt.Sprintf("2001:db8:1:2::%x", i+1)})
			requireKind(w.t, err, fault.KindInvalid, "")
		}
		_, err := w.SignInWithCode(w.ctx, "081255550099", "123456", account.Source{IP: "2001:db8:1:2:ffff::1"})
		requireKind(w.t, err, fault.KindRateLimited, "")
		_, err = w.SignInWithCode(w.ctx, "081255550098", "123456", account.Source{IP: "2001:db8:1:3::1"})
		requireKind(w.t, err, fault.KindInvalid, "")
		var plain int64
		require.NoError(w.t, w.db.Read(w.ctx).Raw("SELECT count(*) FROM rate_counters WHERE name LIKE '%2001%' OR name LIKE '%812%555%'").Scan(&plain).Error)
		require.Zero(w.t, plain, "addresses and numbers at rest")
	})
}

// 40 tries at once may not slip past a limit of ten.
func TestService_Allow_race(t *testing.T) {
	run(t, func(w *world) {
		w.freshWindow()
		var passed atomic.Int64
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				if w.Allow(w.ctx, account.Limit{Name: "race", Who: "x", Most: 10, Window: 15 * time.Minute}) == nil {
					passed.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(w.t, 10, passed.Load())
	})
}

func TestService_SignInWithCode(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		u := w.person("Siti Aminah", geger)
		require.NoError(t, w.RequestCode(w.ctx, u.Phone, account.Source{IP: "192.0.2.1"}))
		require.Len(t, w.sent, 1)
		code := w.sent[0]
		require.Regexp(t, `^[0-9]{6}$`, code)

		var stored string
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT code_hash FROM sign_in_codes").Scan(&stored).Error)
		require.NotContains(t, stored, code)

		got, err := w.SignInWithCode(w.ctx, u.Phone, code[:3]+" "+code[3:], account.Source{IP: "192.0.2.1"})
		require.NoError(t, err)
		require.Equal(t, u.ID, got)
		_, err = w.SignInWithCode(w.ctx, u.Phone, code, account.Source{IP: "192.0.2.1"})
		requireKind(t, err, fault.KindInvalid, "account.sign_in.wrong_code")

		// A newer code replaces the older; ten minutes end it.
		require.NoError(t, w.RequestCode(w.ctx, u.Phone, account.Source{IP: "192.0.2.1"}))
		require.NoError(t, w.RequestCode(w.ctx, u.Phone, account.Source{IP: "192.0.2.1"}))
		if w.sent[1] != w.sent[2] {
			_, err = w.SignInWithCode(w.ctx, u.Phone, w.sent[1], account.Source{IP: "192.0.2.2"})
			requireKind(t, err, fault.KindInvalid, "")
		}
		w.db.Clock().Advance(10*time.Minute + time.Second)
		_, err = w.SignInWithCode(w.ctx, u.Phone, w.sent[2], account.Source{IP: "192.0.2.2"})
		requireKind(t, err, fault.KindInvalid, "account.sign_in.wrong_code")

		// Another person's code is not mine.
		other := w.person("Orang Lain", geger)
		require.NoError(t, w.RequestCode(w.ctx, other.Phone, account.Source{IP: "192.0.2.1"}))
		_, err = w.SignInWithCode(w.ctx, u.Phone, w.sent[3], account.Source{IP: "192.0.2.2"})
		requireKind(t, err, fault.KindInvalid, "")
	})
}

func TestService_SignInWithCode_fiveTries(t *testing.T) {
	run(t, func(w *world) {
		u := w.person("Siti Aminah", geger)
		code, _, err := w.IssueCode(w.ctx, account.System, u.ID)
		require.NoError(w.t, err)
		for range 5 {
			_, err := w.SignInWithCode(w.ctx, u.Phone, other(code), account.Source{IP: "192.0.2.1"})
			requireKind(w.t, err, fault.KindInvalid, "")
		}
		_, err = w.SignInWithCode(w.ctx, u.Phone, code, account.Source{IP: "192.0.2.1"})
		requireKind(w.t, err, fault.KindInvalid, "account.sign_in.wrong_code")
	})
}

// A code used by two requests at once lets one in.
func TestService_SignInWithCode_once(t *testing.T) {
	run(t, func(w *world) {
		u := w.person("Siti Aminah", geger)
		code, _, err := w.IssueCode(w.ctx, account.System, u.ID)
		require.NoError(w.t, err)
		var in atomic.Int64
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := w.SignInWithCode(w.ctx, u.Phone, code, account.Source{IP: "192.0.2.1"}); err == nil {
					in.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(w.t, 1, in.Load())
	})
}

func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestService_RequestCode(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		w.freshWindow()
		// Unknown and closed numbers get the same answer and no message.
		require.NoError(t, w.RequestCode(w.ctx, "081266665555", account.Source{IP: "192.0.2.1"}))
		require.Empty(t, w.sent)
		requireKind(t, w.RequestCode(w.ctx, "0812", account.Source{IP: "192.0.2.1"}), fault.KindInvalid, "account.phone.invalid")

		u := w.person("Siti Aminah", geger)
		for range 3 {
			require.NoError(t, w.RequestCode(w.ctx, u.Phone, account.Source{IP: "192.0.2.1"}))
		}
		requireKind(t, w.RequestCode(w.ctx, u.Phone, account.Source{IP: "192.0.2.9"}), fault.KindRateLimited, "")
		require.Len(t, w.sent, 3)

		w.Connect(account.Hooks{})
		requireKind(t, w.RequestCode(w.ctx, u.Phone, account.Source{IP: "192.0.2.1"}), fault.KindUnavailable, "account.code.no_sender")
	})
}

func TestService_IssueCode_whoMay(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker := w.person("Perajin", geger)
		far := w.person("Perajin Tuban", tuban)
		officer := w.person("Petugas", geger, account.RoleOfficer)
		companion := w.person("Pendamping", geger, account.RoleCompanion)
		both := w.person("Petugas Pendamping", geger, account.RoleOfficer, account.RoleCompanion)
		admin := w.person("Admin", geger, account.RoleAdmin)
		w.helped(maker.ID, 7, both.ID)

		code, expires, err := w.IssueCode(w.ctx, w.actor(officer.ID), maker.ID)
		require.NoError(t, err)
		require.Regexp(t, `^[0-9]{6}$`, code)
		require.False(t, expires.IsZero())
		require.Contains(t, w.verbs("user", maker.ID), "issue_code")

		deny := func(kind fault.Kind, key string, by account.Actor, whom int64) {
			t.Helper()
			code, _, err := w.IssueCode(w.ctx, by, whom)
			requireKind(t, err, kind, key)
			require.Empty(t, code)
		}
		deny(fault.KindForbidden, "account.code.forbidden", account.Actor{}, maker.ID)
		deny(fault.KindForbidden, "account.code.forbidden", w.actor(maker.ID), maker.ID)
		deny(fault.KindForbidden, "account.code.forbidden", w.actor(companion.ID), maker.ID)
		deny(fault.KindForbidden, "account.code.companion", w.actor(both.ID), maker.ID)
		deny(fault.KindForbidden, "account.code.own", w.actor(officer.ID), officer.ID)
		deny(fault.KindNotFound, "", w.actor(officer.ID), far.ID)
		deny(fault.KindForbidden, "account.code.staff", w.actor(officer.ID), companion.ID)
		deny(fault.KindNotFound, "", w.actor(officer.ID), 987654)
		_, _, err = w.IssueCode(w.ctx, w.actor(admin.ID), companion.ID)
		require.NoError(t, err)

		// Giving the grant up does not open the way at once.
		grants, err := w.Grants(w.ctx, w.actor(both.ID), 7)
		require.NoError(t, err)
		require.NoError(t, w.RevokeGrant(w.ctx, w.actor(both.ID), grants[0].ID))
		deny(fault.KindForbidden, "account.code.companion", w.actor(both.ID), maker.ID)
		w.db.Clock().Advance(31 * 24 * time.Hour)
		_, _, err = w.IssueCode(w.ctx, w.actor(both.ID), maker.ID)
		require.NoError(t, err)
	})
}

func TestService_IssueCode_companionOfAnotherMember(t *testing.T) {
	run(t, func(w *world) {
		chair, member := w.person("Ketua", geger), w.person("Anggota", geger)
		both := w.person("Petugas Pendamping", geger, account.RoleOfficer)
		w.helped(chair.ID, 7, both.ID)
		w.tx(func(tx *gorm.DB) error {
			return w.AddMembershipTx(w.ctx, tx, account.System, member.ID, 7, account.MemberMember)
		})
		_, _, err := w.IssueCode(w.ctx, w.actor(both.ID), member.ID)
		requireKind(w.t, err, fault.KindForbidden, "account.code.companion")
	})
}

// Who has no phone signs in at the counter: with a number that an officer says, and
// with a code that the companion never gets. Nothing rests afterwards.
func TestService_IssueCode_withoutAPhone(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		officer, companion := w.person("Petugas", geger, account.RoleOfficer), w.person("Pendamping", geger, account.RoleOfficer, account.RoleCompanion)
		var maker account.User
		w.tx(func(tx *gorm.DB) (err error) {
			maker, err = w.InviteTx(w.ctx, tx, account.System, account.NewUser{Name: "Tanpa HP", NoPhone: true, DistrictCode: geger})
			return err
		})
		w.helped(maker.ID, 7, companion.ID)
		number := account.CounterNumber(maker.ID)
		for typed, want := range map[string][2]bool{
			number: {true, true}, " 0000 " + number[5:]: {true, true}, "0000": {}, "0000-0": {}, "0000-x": {}, "0000-99999999999999999999": {}, "0812-9000-0001": {true, false},
		} {
			ok, counter := account.SignInNumber(typed)
			require.Equal(t, want, [2]bool{ok, counter}, typed)
		}

		_, _, err := w.IssueCode(w.ctx, w.actor(companion.ID), maker.ID)
		requireKind(t, err, fault.KindForbidden, "account.code.companion")
		from := account.Source{IP: "192.0.2.1"}
		for range 2 { // each visit to the counter
			code, _, err := w.IssueCode(w.ctx, w.actor(officer.ID), maker.ID)
			require.NoError(t, err)
			got, err := w.SignInWithCode(w.ctx, number, code, from)
			require.NoError(t, err)
			require.Equal(t, maker.ID, got)
			_, err = w.SignInWithCode(w.ctx, number, code, from)
			requireKind(t, err, fault.KindInvalid, "account.sign_in.wrong_code")
		}
		w.tx(func(tx *gorm.DB) error {
			until, err := w.WithdrawalsRestTx(w.ctx, tx, 7)
			require.True(t, until.IsZero())
			return err
		})
		_, err = w.SignIn(w.ctx, number, "", from)
		requireKind(t, err, fault.KindInvalid, "account.sign_in.wrong")

		// The number of somebody with a phone is nobody's.
		code, _, err := w.IssueCode(w.ctx, account.System, officer.ID)
		require.NoError(t, err)
		_, err = w.SignInWithCode(w.ctx, account.CounterNumber(officer.ID), code, from)
		requireKind(t, err, fault.KindInvalid, "account.sign_in.wrong_code")
	})
}

// An officer's code for somebody who could sign in before is a reset.
func TestService_IssueCode_reset(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker, officer := w.person("Perajin", geger), w.person("Petugas", geger, account.RoleOfficer)
		w.tx(func(tx *gorm.DB) error {
			return w.AddMembershipTx(w.ctx, tx, account.System, maker.ID, 7, account.MemberOwner)
		})
		rest := func() (until time.Time) {
			w.tx(func(tx *gorm.DB) (err error) {
				until, err = w.WithdrawalsRestTx(w.ctx, tx, 7)
				return err
			})
			return until
		}

		// The first code is no reset: nobody could sign in before.
		code, _, err := w.IssueCode(w.ctx, w.actor(officer.ID), maker.ID)
		require.NoError(t, err)
		require.True(t, rest().IsZero())
		_, err = w.SignInWithCode(w.ctx, maker.Phone, code, account.Source{IP: "192.0.2.1"})
		require.NoError(t, err)
		require.NoError(t, w.SetPassword(w.ctx, w.actor(maker.ID), "", goodPassword))
		store := w.SessionStore()
		require.NoError(t, store.CommitCtx(w.ctx, "token-lama", session(t, maker.ID), time.Now().Add(time.Hour)))
		w.told = nil

		_, _, err = w.IssueCode(w.ctx, w.actor(officer.ID), maker.ID)
		require.NoError(t, err)
		until := rest()
		require.WithinDuration(t, time.Now().Add(72*time.Hour), until, time.Minute)
		require.Equal(t, []account.Event{account.EventReset}, w.told)
		require.Contains(t, w.verbs("user", maker.ID), "reset_sign_in")
		_, found, err := store.FindCtx(w.ctx, "token-lama")
		require.NoError(t, err)
		require.False(t, found)
		_, err = w.SignIn(w.ctx, maker.Phone, goodPassword, account.Source{IP: "192.0.2.1"})
		requireKind(t, err, fault.KindInvalid, "")

		w.db.Clock().Advance(72*time.Hour + time.Second)
		require.True(t, rest().IsZero())
	})
}

func TestService_SetPassword(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		u := w.person("Siti Aminah", geger)
		a := w.actor(u.ID)
		for password, key := range map[string]string{
			"pendek":          "account.password.short",
			"12345678":        "account.password.common",
			"Bismillah123":    "account.password.common",
			"abababababab":    "account.password.common",
			"siti aminah":     "account.password.own",
			"0" + u.Phone[3:]: "account.password.own",
			longPassword(129): "account.password.long",
		} {
			requireKind(t, w.SetPassword(w.ctx, a, "", password), fault.KindInvalid, key)
		}
		requireKind(t, w.SetPassword(w.ctx, account.Actor{}, "", goodPassword), fault.KindUnauthenticated, "")
		require.NoError(t, w.SetPassword(w.ctx, a, "", longPassword(128)))
		requireKind(t, w.SetPassword(w.ctx, a, "bukan itu", goodPassword), fault.KindInvalid, "account.password.wrong")

		store := w.SessionStore()
		for _, token := range []string{"ini", "lain"} {
			require.NoError(t, store.CommitCtx(w.ctx, token, session(t, u.ID), time.Now().Add(time.Hour)))
		}
		a.Session = account.SessionKey("ini")
		w.told = nil
		require.NoError(t, w.SetPassword(w.ctx, a, longPassword(128), goodPassword))
		require.Equal(t, []account.Event{account.EventPasswordChanged}, w.told)
		_, here, err := store.FindCtx(w.ctx, "ini")
		require.NoError(t, err)
		_, there, err := store.FindCtx(w.ctx, "lain")
		require.NoError(t, err)
		require.True(t, here)
		require.False(t, there)

		// Forgotten: a fresh code stands for the old password, a quarter of an hour long.
		code, _, err := w.IssueCode(w.ctx, account.System, u.ID)
		require.NoError(t, err)
		_, err = w.SignInWithCode(w.ctx, u.Phone, code, account.Source{IP: "192.0.2.1"})
		require.NoError(t, err)
		requireKind(t, w.SetPassword(w.ctx, a, "", goodPassword), fault.KindInvalid, "account.password.wrong") // on another device
		a.Proof.ByCode, err = w.Now(w.ctx)
		require.NoError(t, err)
		require.NoError(t, w.SetPassword(w.ctx, a, "", "kacang tanah sangrai"))
		w.db.Clock().Advance(16 * time.Minute)
		requireKind(t, w.SetPassword(w.ctx, a, "", goodPassword), fault.KindInvalid, "account.password.wrong")

		var hash string
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT password_hash FROM users WHERE id = ?", u.ID).Scan(&hash).Error)
		require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$`, hash)
	})
}

func longPassword(n int) string {
	words := "kopi tubruk panas di teras rumah setiap pagi bersama pisang goreng dan cerita lama "
	return (words + words)[:n]
}
