package account_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// secret is the one of RFC 6238's own vectors ("12345678901234567890").
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func TestFactorCode_RFC6238Vectors(t *testing.T) {
	// The RFC prints eight digits; ours are the last six.
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		got, err := account.FactorCode(secret, at/30)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// code is what the person's app shows now; steps away from now with offset.
func (w *world) code(secret string, offset int64) string {
	w.t.Helper()
	now, err := w.Now(w.ctx)
	require.NoError(w.t, err)
	code, err := account.FactorCode(secret, now.Unix()/30+offset)
	require.NoError(w.t, err)
	return code
}

// midStep moves the clock to the middle of a step, so that a test's few
// milliseconds stay inside it.
func (w *world) midStep() {
	now, err := w.Now(w.ctx)
	require.NoError(w.t, err)
	w.db.Clock().Advance(now.Truncate(30 * time.Second).Add(45 * time.Second).Sub(now))
}

// exec writes past the service.
func (w *world) exec(sql string, args ...any) error {
	return w.try(func(tx *gorm.DB) error { return tx.Exec(sql, args...).Error })
}

func here(n int) account.Source { return account.Source{IP: fmt.Sprintf("192.0.2.%d", n)} }

func TestFactor_EnrolProveAndRecover(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		w.midStep()
		u := w.person("Kurator", geger, account.RoleCurator)
		_, err := w.ProveFactor(w.ctx, u.ID, "123456", here(1))
		requireKind(t, err, fault.KindInvalid, "account.factor.wrong") // none yet

		sealed := w.NewEnrolment()
		e, err := w.Enrolment(w.ctx, u.ID, sealed)
		require.NoError(t, err)
		require.NotContains(t, sealed, e.Secret)
		uri, err := url.Parse(e.URI)
		require.NoError(t, err)
		require.Equal(t, "/Lapak Berdaya:Kurator", uri.Path)
		require.Equal(t, e.Secret, uri.Query().Get("secret"))
		requireKind(t, w.ConfirmFactor(w.ctx, u.ID, sealed, other(w.code(e.Secret, 0)), here(1), false), fault.KindInvalid, "account.factor.wrong")
		requireKind(t, w.ConfirmFactor(w.ctx, u.ID, "s1.rusak", w.code(e.Secret, 0), here(1), false), fault.KindInvalid, "account.factor.stale")
		require.NoError(t, w.ConfirmFactor(w.ctx, u.ID, sealed, w.code(e.Secret, 0), here(1), false))
		require.Equal(t, []account.Event{account.EventFactorSet}, w.told)
		// Half in with the password alone, nobody replaces it.
		again := w.NewEnrolment()
		e2, err := w.Enrolment(w.ctx, u.ID, again)
		require.NoError(t, err)
		requireKind(t, w.ConfirmFactor(w.ctx, u.ID, again, w.code(e2.Secret, 0), here(1), false), fault.KindConflict, "account.factor.already")

		var stored string
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT secret FROM factors").Scan(&stored).Error)
		require.NotContains(t, stored, e.Secret)

		// The code that confirmed is used up; the next one works, once.
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(e.Secret, 0), here(1))
		requireKind(t, err, fault.KindInvalid, "account.factor.wrong")
		how, err := w.ProveFactor(w.ctx, u.ID, w.code(e.Secret, 1)[:3]+" "+w.code(e.Secret, 1)[3:], here(1))
		require.NoError(t, err)
		require.Equal(t, account.ByApp, how)
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(e.Secret, 1), here(2))
		requireKind(t, err, fault.KindInvalid, "account.factor.wrong")
		w.db.Clock().Advance(16*time.Minute + 90*time.Second)
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(e.Secret, -2), here(2))
		requireKind(t, err, fault.KindInvalid, "account.factor.wrong") // too old
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(e.Secret, 2), here(2))
		requireKind(t, err, fault.KindInvalid, "account.factor.wrong") // not yet

		// Ten recovery codes, readable until seen, each once.
		a := w.actor(u.ID)
		codes, err := w.RecoveryCodes(w.ctx, a)
		require.NoError(t, err)
		require.Len(t, codes, 10)
		f, err := w.Factor(w.ctx, u.ID)
		require.NoError(t, err)
		require.True(t, f.Active && f.CodesUnseen)
		require.NoError(t, w.SawRecoveryCodes(w.ctx, a))
		gone, err := w.RecoveryCodes(w.ctx, a)
		require.NoError(t, err)
		require.Empty(t, gone)
		var rows []string
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT code_hash || sealed FROM recovery_codes").Scan(&rows).Error)
		require.Len(t, rows, 10)
		require.NotContains(t, strings.Join(rows, " "), strings.ReplaceAll(codes[0], "-", ""))
		w.told = nil
		how, err = w.ProveFactor(w.ctx, u.ID, strings.ToLower(codes[0]), here(3))
		require.NoError(t, err)
		require.Equal(t, account.ByRecovery, how)
		require.Equal(t, []account.Event{account.EventRecoveryUsed}, w.told)
		_, err = w.ProveFactor(w.ctx, u.ID, codes[0], here(3))
		requireKind(t, err, fault.KindInvalid, "account.factor.wrong")
		f, err = w.Factor(w.ctx, u.ID)
		require.NoError(t, err)
		require.EqualValues(t, 9, f.CodesLeft)

		// New codes end the old ones.
		require.NoError(t, w.NewRecoveryCodes(w.ctx, a))
		_, err = w.ProveFactor(w.ctx, u.ID, codes[1], here(3))
		requireKind(t, err, fault.KindInvalid, "account.factor.wrong")
		require.Subset(t, w.verbs("user", u.ID), []string{"enrol_factor", "prove_factor", "use_recovery_code", "factor_refused", "new_recovery_codes"})

		w.db.Clock().Advance(15 * time.Minute)
		// A new phone, in a session that has just passed the old factor.
		require.NoError(t, w.ConfirmFactor(w.ctx, u.ID, again, w.code(e2.Secret, 0), here(4), true))
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(e.Secret, 0), here(4))
		requireKind(t, err, fault.KindInvalid, "account.factor.wrong")
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(e2.Secret, 1), here(4))
		require.NoError(t, err)
	})
}

// Two tabs send the same code: one wins, on both databases.
func TestFactor_ReplayedCodeWorksOnce(t *testing.T) {
	run(t, func(w *world) {
		w.midStep()
		u := w.person("Kurator", geger, account.RoleCurator)
		require.NoError(w.t, w.SetFactor(w.ctx, account.System, u.ID, secret))
		code := w.code(secret, 0)
		var in atomic.Int64
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				if _, err := w.ProveFactor(w.ctx, u.ID, code, here(i)); err == nil {
					in.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(w.t, 1, in.Load())
		step, left, err := w.UnusedStep(w.ctx, u.ID, secret)
		require.NoError(w.t, err)
		require.True(w.t, left)
		next, err := account.FactorCode(secret, step)
		require.NoError(w.t, err)
		_, err = w.ProveFactor(w.ctx, u.ID, next, here(9))
		require.NoError(w.t, err)
		_, left, err = w.UnusedStep(w.ctx, u.ID, secret)
		require.NoError(w.t, err)
		require.False(w.t, left, "now and the next are used")
		_, left, err = w.UnusedStep(w.ctx, u.ID, "JBSWY3DPEHPK3PXP")
		require.NoError(w.t, err)
		require.False(w.t, left, "nothing about another secret")
		requireKind(w.t, w.SetFactor(w.ctx, w.actor(u.ID), u.ID, secret), fault.KindForbidden, "")
	})
}

func TestFactor_WrongTriesAreLimitedPerAccountAndAddress(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		w.freshWindow()
		u := w.person("Kurator", geger, account.RoleCurator)
		require.NoError(t, w.SetFactor(w.ctx, account.System, u.ID, secret))
		wrong := other(w.code(secret, 0))
		for i := range 10 {
			_, err := w.ProveFactor(w.ctx, u.ID, wrong, here(i))
			requireKind(t, err, fault.KindInvalid, "account.factor.wrong")
		}
		_, err := w.ProveFactor(w.ctx, u.ID, w.code(secret, 0), here(99))
		requireKind(t, err, fault.KindRateLimited, "account.limit.wait")
		// On the person's own browser it still works.
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(secret, 0), account.Source{IP: "192.0.2.99", Device: w.NewDevice("", u.ID)})
		require.NoError(t, err)
		// One address alone is stopped sooner.
		v := w.person("Kurator Dua", geger, account.RoleCurator)
		for range 8 {
			_, err := w.ProveFactor(w.ctx, v.ID, wrong, here(200))
			requireKind(t, err, fault.KindInvalid, "")
		}
		_, err = w.ProveFactor(w.ctx, v.ID, wrong, here(200))
		requireKind(t, err, fault.KindRateLimited, "")
		_, err = w.ProveFactor(w.ctx, v.ID, wrong, here(201))
		requireKind(t, err, fault.KindInvalid, "")
	})
}

// A reset needs two admins, neither of them the person.
func TestFactorReset_FourEyes(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		w.midStep()
		u := w.person("Keuangan", geger, account.RoleFinance)
		one, two := w.person("Admin Satu", geger, account.RoleAdmin), w.person("Admin Dua", geger, account.RoleAdmin)
		officer := w.person("Petugas", geger, account.RoleOfficer)
		propose := func(by, whom int64) error { return w.ProposeFactorReset(w.ctx, w.actor(by), whom, "HP hilang") }
		requireKind(t, propose(one.ID, u.ID), fault.KindNotFound, "") // no factor to reset
		require.NoError(t, w.SetFactor(w.ctx, account.System, u.ID, secret))
		require.NoError(t, w.SetFactor(w.ctx, account.System, one.ID, secret))
		requireKind(t, propose(officer.ID, u.ID), fault.KindForbidden, "")
		requireKind(t, propose(one.ID, one.ID), fault.KindForbidden, "account.factor.own")
		requireKind(t, w.ProposeFactorReset(w.ctx, w.actor(one.ID), u.ID, "  "), fault.KindInvalid, "account.factor.reason")
		require.NoError(t, propose(one.ID, u.ID))
		requireKind(t, propose(two.ID, u.ID), fault.KindConflict, "account.factor.reset_waits")
		list, err := w.FactorResets(w.ctx, w.actor(two.ID))
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, "Keuangan", list[0].UserName)
		requireKind(t, w.ApproveFactorReset(w.ctx, w.actor(one.ID), list[0].ID), fault.KindForbidden, "account.role.four_eyes")
		requireKind(t, w.ApproveFactorReset(w.ctx, w.actor(officer.ID), list[0].ID), fault.KindNotFound, "")

		// The person, an admin themself by now, does not approve their own.
		_, err = w.AssignRole(w.ctx, account.System, u.ID, account.RoleAdmin, 1, nil)
		require.NoError(t, err)
		requireKind(t, w.ApproveFactorReset(w.ctx, w.actor(u.ID), list[0].ID), fault.KindForbidden, "account.factor.own")

		// The database holds it too, whoever writes.
		for _, bad := range []string{
			fmt.Sprintf("UPDATE factor_resets SET state = 'approved', decided_by = %d", one.ID),
			fmt.Sprintf("UPDATE factor_resets SET state = 'approved', decided_by = %d", u.ID),
			"UPDATE factor_resets SET state = 'approved'",
			fmt.Sprintf("UPDATE factor_resets SET proposed_by = %d", u.ID),
		} {
			require.Error(t, w.exec(bad), bad)
		}

		store := w.SessionStore()
		require.NoError(t, store.CommitCtx(w.ctx, "token", session(t, u.ID), time.Now().Add(time.Hour)))
		w.told = nil
		require.NoError(t, w.ApproveFactorReset(w.ctx, w.actor(two.ID), list[0].ID))
		require.Equal(t, []account.Event{account.EventFactorReset}, w.told)
		_, found, err := store.FindCtx(w.ctx, "token")
		require.NoError(t, err)
		require.False(t, found, "signed out everywhere")
		f, err := w.Factor(w.ctx, u.ID)
		require.NoError(t, err)
		require.False(t, f.Active)
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(secret, 0), here(1))
		requireKind(t, err, fault.KindInvalid, "")
		requireKind(t, w.ApproveFactorReset(w.ctx, w.actor(two.ID), list[0].ID), fault.KindConflict, "account.role.decided")
		findings, err := w.Prove(w.ctx)
		require.NoError(t, err)
		require.Empty(t, findings)

		// The command line ends the lone admin's.
		requireKind(t, w.ResetFactor(w.ctx, w.actor(two.ID), one.ID), fault.KindForbidden, "")
		require.NoError(t, w.ResetFactor(w.ctx, account.System, one.ID))
		requireKind(t, w.ResetFactor(w.ctx, account.System, one.ID), fault.KindNotFound, "")
	})
}

// Prove finds a factor that a closed person kept, and one that a reset left.
func TestFactor_ProveFindsWhatShouldHaveEnded(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		u := w.person("Keuangan", geger, account.RoleFinance)
		require.NoError(t, w.SetFactor(w.ctx, account.System, u.ID, secret))
		now, err := w.Now(w.ctx)
		require.NoError(t, err)
		require.NoError(t, w.exec(`INSERT INTO factor_resets (user_id, state, reason, proposed_by, created_at, decided_by, decided_at)
			VALUES (?, 'approved', 'uji', 0, ?, 0, ?)`, u.ID, now, now.Add(time.Hour)))
		require.NoError(t, w.exec("UPDATE users SET state = 'closed' WHERE id = ?", u.ID))
		findings, err := w.Prove(w.ctx)
		require.NoError(t, err)
		var texts []string
		for _, f := range findings {
			texts = append(texts, f.Text)
		}
		require.Contains(t, texts, "a closed person has a second factor")
		require.Contains(t, texts, "a factor works that two people ended")
	})
}

// Roles count only in a session that passed the factor.
func TestActor_RolesCountOnlyAfterTheFactor(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker := w.person("Perajin", geger)
		helper := w.person("Pendamping", geger, account.RoleCompanion)
		w.helped(maker.ID, 7, helper.ID)
		full := w.actor(helper.ID)
		require.NotEmpty(t, full.Assisting)
		half := full.WithProof(account.Proof{Since: full.Proof.Now, Login: full.Proof.Now})
		require.True(t, half.FactorDue)
		require.True(t, half.SignedIn())
		require.Empty(t, half.Roles)
		require.Empty(t, half.Assisting)
		require.Empty(t, half.Territory)
		require.Zero(t, half.AgencyID)
		require.False(t, half.Manages(7))
		require.False(t, half.Fresh())
		whole := full.WithProof(account.Proof{Since: full.Proof.Now, Login: full.Proof.Now, Factor: full.Proof.Now})
		require.True(t, whole.Has(account.RoleCompanion) && whole.Assists(7) && !whole.FactorDue)
		require.True(t, whole.Fresh())
		require.False(t, full.WithProof(account.Proof{Login: full.Proof.Now, Factor: full.Proof.Now.Add(-11 * time.Minute)}).Fresh(), "the factor, not the password")

		plain := w.actor(maker.ID)
		require.True(t, plain.WithProof(account.Proof{Login: plain.Proof.Now.Add(-29 * time.Minute)}).Fresh())
		require.False(t, plain.WithProof(account.Proof{Login: plain.Proof.Now.Add(-31 * time.Minute)}).Fresh())
	})
}

// Old keys may leave once everything is sealed under the first.
func TestFactor_SecretsAreSealedAnewAfterRotation(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		w.midStep()
		u := w.person("Kurator", geger, account.RoleCurator)
		require.NoError(t, w.SetFactor(w.ctx, account.System, u.ID, secret))
		n, err := account.NewService(w.db, id.NewKeys("kunci baru", "kunci uji")).Reseal(w.ctx)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		rotated := account.NewService(w.db, id.NewKeys("kunci baru"))
		_, err = rotated.ProveFactor(w.ctx, u.ID, w.code(secret, 0), here(1))
		require.NoError(t, err)
		_, err = w.ProveFactor(w.ctx, u.ID, w.code(secret, 1), here(1))
		require.Error(t, err, "the old key alone opens nothing any more")
	})
}
