package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
)

func TestPhone(t *testing.T) {
	for typed, want := range map[string]string{
		"081200000001":      "+6281200000001",
		"0812-0000-0001":    "+6281200000001",
		"62812 0000 0001":   "+6281200000001",
		"+62 812-0000-0001": "+6281200000001",
		"0812345678901":     "+62812345678901",
		"+65 6123 4567":     "+6561234567",
	} {
		got, ok := account.Phone(typed)
		require.True(t, ok, typed)
		require.Equal(t, want, got)
	}
	for _, typed := range []string{"", "0812", "abc", "08123456789012345", "021-5550123"} {
		_, ok := account.Phone(typed)
		require.False(t, ok, typed)
	}
	// Whatever follows the number never gets through.
	if got, ok := account.Phone("+6281200000001\r\nBcc: x"); ok {
		require.Equal(t, "+6281200000001", got)
	}
}

func TestService_InviteTx(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		officer := w.actor(w.person("Petugas", geger, account.RoleOfficer).ID)
		invite := func(a account.Actor, in account.NewUser) (u account.User, err error) {
			err = w.try(func(tx *gorm.DB) error {
				u, err = w.InviteTx(w.ctx, tx, a, in)
				return err
			})
			return u, err
		}
		good := account.NewUser{Name: "  Siti   Aminah ", Phone: "0812-9000-0001", DistrictCode: dagangan}
		u, err := invite(officer, good)
		require.NoError(t, err)
		require.Equal(t, "Siti Aminah", u.Name)
		require.Equal(t, "+6281290000001", u.Phone)
		require.Equal(t, account.UserInvited, u.State)
		require.Equal(t, []string{"invite"}, w.verbs("user", u.ID))
		found, err := w.UserByPhone(w.ctx, "62 812 9000 0001")
		require.NoError(t, err)
		require.Equal(t, u, found)

		_, err = invite(officer, good)
		requireKind(t, err, fault.KindConflict, "account.invite.phone_taken")
		for key, in := range map[string]account.NewUser{
			"account.invite.name":      {Phone: "081290000002", DistrictCode: geger},
			"account.phone.invalid":    {Name: "A", Phone: "12", DistrictCode: geger},
			"account.invite.district":  {Name: "A", Phone: "081290000002", DistrictCode: "99.99.99"},
			"account.invite.territory": {Name: "A", Phone: "081290000002", DistrictCode: tuban},
			"account.invite.email":     {Name: "A", Phone: "081290000002", DistrictCode: geger, Email: "a@b\r\nBcc: c@d"},
		} {
			_, err := invite(officer, in)
			requireKind(t, err, fault.KindInvalid, key)
		}
		_, err = invite(account.Actor{UserID: u.ID}, account.NewUser{Name: "A", Phone: "081290000002", DistrictCode: geger})
		requireKind(t, err, fault.KindForbidden, "account.invite.forbidden")

		// People without a phone do not collide.
		for range 2 {
			_, err := invite(officer, account.NewUser{Name: "Tanpa HP", NoPhone: true, DistrictCode: geger})
			require.NoError(t, err)
		}
	})
}

// helped makes the maker a member of the shop, with consent, and the helper
// their companion.
func (w *world) helped(makerID, shopID, helperID int64) account.Grant {
	w.t.Helper()
	var g account.Grant
	w.tx(func(tx *gorm.DB) (err error) {
		if err := w.AddMembershipTx(w.ctx, tx, account.System, makerID, shopID, account.MemberOwner); err != nil {
			return err
		}
		if _, err := w.GiveConsentTx(w.ctx, tx, account.System, account.NewConsent{UserID: makerID, Kind: account.ConsentHelped, Evidence: "formulir 1"}); err != nil {
			return err
		}
		g, err = w.GrantTx(w.ctx, tx, account.System, account.NewGrant{ShopID: shopID, MakerID: makerID, CompanionID: helperID, Evidence: "formulir 1"})
		return err
	})
	return g
}

func TestService_Actor(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker := w.person("Perajin", geger)
		sister := w.person("Kurator", geger, account.RoleCurator)
		companion := w.person("Pendamping", geger, account.RoleCompanion)
		grant := w.helped(maker.ID, 7, companion.ID)
		w.tx(func(tx *gorm.DB) error {
			return w.DeclareKinTx(w.ctx, tx, w.actor(sister.ID), sister.ID, maker.ID)
		})

		m := w.actor(maker.ID)
		require.True(t, m.SignedIn() && m.Runs(7) && m.Manages(7) && m.Conflicted(7))
		require.False(t, m.Runs(8) || m.Manages(8) || m.Has(account.RoleCurator) || m.Assists(7))
		require.Equal(t, account.MemberOwner, m.MemberAs(7))
		require.Zero(t, m.SubjectFor(7))

		c := w.actor(companion.ID)
		require.True(t, c.Assists(7) && c.Manages(7) && c.Conflicted(7) && c.Has(account.RoleCompanion))
		require.False(t, c.Runs(7) || c.Manages(8))
		require.Equal(t, maker.ID, c.SubjectFor(7))
		require.Equal(t, []string{"35.19"}, c.Territory)
		require.EqualValues(t, 1, c.AgencyID)
		require.True(t, c.Covers("35.19") && c.Covers(geger))
		require.False(t, c.Covers("35.1") || c.Covers(tuban) || c.Covers("35") || c.Covers(""))

		k := w.actor(sister.ID)
		require.Equal(t, []int64{7}, k.KinShops)
		require.True(t, k.Conflicted(7))
		require.False(t, k.Conflicted(8) || k.Manages(7))

		// What ends, ends with the next request.
		require.NoError(t, w.RevokeGrant(w.ctx, m, grant.ID))
		require.False(t, w.actor(companion.ID).Assists(7))
		requireKind(t, w.RevokeGrant(w.ctx, m, grant.ID), fault.KindConflict, "account.grant.ended")
		w.tx(func(tx *gorm.DB) error { return w.EndMembershipTx(w.ctx, tx, m, maker.ID, 7) })
		require.False(t, w.actor(maker.ID).Runs(7))
		require.Empty(t, w.actor(sister.ID).KinShops)

		require.False(t, account.Actor{}.SignedIn())
		require.False(t, account.Actor{}.Manages(0))
		require.True(t, account.System.Manages(7) && account.System.Has(account.RoleFinance) && account.System.Covers(""))
		require.False(t, account.System.Conflicted(7) || account.System.SignedIn())
	})
}

func TestService_AssignRole_fourEyes(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		one := w.person("Admin Satu", geger, account.RoleAdmin)
		two := w.person("Admin Dua", geger, account.RoleAdmin)
		head := w.person("Kepala", geger, account.RoleHead)
		u := w.person("Calon", geger)

		g, err := w.AssignRole(w.ctx, w.actor(one.ID), u.ID, account.RoleFinance, 1, nil)
		require.NoError(t, err)
		require.Equal(t, account.GrantProposed, g.State)
		require.False(t, w.actor(u.ID).Has(account.RoleFinance))
		requireKind(t, w.ApproveRole(w.ctx, w.actor(one.ID), g.ID), fault.KindForbidden, "account.role.four_eyes")
		requireKind(t, w.ApproveRole(w.ctx, w.actor(head.ID), g.ID), fault.KindForbidden, "account.role.admin_only")
		requireKind(t, w.ApproveRole(w.ctx, w.actor(u.ID), g.ID), fault.KindNotFound, "")
		waiting, err := w.ProposedRoles(w.ctx, w.actor(two.ID))
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		require.Equal(t, "Calon", waiting[0].UserName)
		require.NoError(t, w.ApproveRole(w.ctx, w.actor(two.ID), g.ID))
		require.True(t, w.actor(u.ID).Has(account.RoleFinance))
		requireKind(t, w.ApproveRole(w.ctx, w.actor(two.ID), g.ID), fault.KindConflict, "account.role.decided")
		_, err = w.AssignRole(w.ctx, w.actor(two.ID), u.ID, account.RoleFinance, 1, nil)
		requireKind(t, err, fault.KindConflict, "account.role.already")

		// Nobody raises themself, and a head only within the house.
		_, err = w.AssignRole(w.ctx, w.actor(one.ID), one.ID, account.RoleFinance, 1, nil)
		requireKind(t, err, fault.KindForbidden, "account.role.own")
		for role, want := range map[account.Role]string{account.RoleAdmin: "account.role.admin_only", account.RoleHead: "account.role.admin_only"} {
			_, err = w.AssignRole(w.ctx, w.actor(head.ID), u.ID, role, 1, nil)
			requireKind(t, err, fault.KindForbidden, want)
		}
		_, err = w.AssignRole(w.ctx, w.actor(head.ID), u.ID, account.RoleCurator, 2, nil)
		requireKind(t, err, fault.KindForbidden, "account.role.agency")
		_, err = w.AssignRole(w.ctx, w.actor(head.ID), u.ID, account.RoleCurator, 1, []string{"35.23"})
		requireKind(t, err, fault.KindForbidden, "account.role.agency")
		_, err = w.AssignRole(w.ctx, w.actor(head.ID), u.ID, account.RoleCurator, 1, []string{"99"})
		requireKind(t, err, fault.KindInvalid, "account.role.territory")
		_, err = w.AssignRole(w.ctx, w.actor(head.ID), u.ID, "raja", 1, nil)
		requireKind(t, err, fault.KindInvalid, "account.role.unknown")
		g2, err := w.AssignRole(w.ctx, w.actor(head.ID), u.ID, account.RoleCurator, 1, []string{geger})
		require.NoError(t, err)
		require.NoError(t, w.RefuseRole(w.ctx, w.actor(one.ID), g2.ID))
		require.False(t, w.actor(u.ID).Has(account.RoleCurator))

		require.NoError(t, w.EndRole(w.ctx, w.actor(one.ID), g.ID))
		require.Empty(t, w.actor(u.ID).Roles)
		require.Equal(t, []string{"propose_role", "approve_role", "end_role"}, w.verbs("role", g.ID))
		_, err = w.RoleGrants(w.ctx, w.actor(u.ID), one.ID)
		requireKind(t, err, fault.KindNotFound, "")

		// The schema holds four eyes too.
		err = w.try(func(tx *gorm.DB) error {
			return tx.Exec("UPDATE role_grants SET decided_by = proposed_by WHERE proposed_by <> 0").Error
		})
		require.Error(t, err)
	})
}

// "At most two years" is typed as a day: through that day, a 29 February between or not.
func TestConsentOfTwoYears(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker, officer := w.person("Perajin", geger), w.person("Petugas", geger, account.RoleOfficer)
		for _, day := range []string{"2026-12-01", "2028-03-05"} {
			today, err := time.ParseInLocation(time.DateOnly, day, calendar.WIB)
			require.NoError(t, err)
			w.db.Clock().Advance(time.Until(today.Add(10*time.Hour)) - w.db.Clock().Offset())
			until := func(days int) error {
				return w.try(func(tx *gorm.DB) error {
					_, err := w.GiveConsentTx(w.ctx, tx, w.actor(officer.ID), account.NewConsent{
						UserID: maker.ID, Kind: account.ConsentPhoto, Evidence: "formulir", ExpiresAt: today.AddDate(2, 0, days),
					})
					return err
				})
			}
			require.NoError(t, until(1), day)
			requireKind(t, until(2), fault.KindInvalid, "account.consent.expires")
		}
	})
}

func TestService_consent(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker := w.person("Perajin", geger)
		officer := w.person("Petugas", geger, account.RoleOfficer)
		far := w.person("Petugas Tuban", tuban)
		_, err := w.AssignRole(w.ctx, account.System, far.ID, account.RoleOfficer, 2, []string{"35.23"})
		require.NoError(t, err)
		companion := w.person("Pendamping", geger, account.RoleCompanion)
		both := w.person("Petugas Pendamping", geger, account.RoleOfficer)
		w.helped(maker.ID, 7, both.ID)

		give := func(a account.Actor, in account.NewConsent) error {
			return w.try(func(tx *gorm.DB) error {
				_, err := w.GiveConsentTx(w.ctx, tx, a, in)
				return err
			})
		}
		photo := account.NewConsent{UserID: maker.ID, Kind: account.ConsentPhoto, Evidence: "formulir 2"}
		requireKind(t, give(w.actor(companion.ID), photo), fault.KindForbidden, "")
		requireKind(t, give(w.actor(both.ID), photo), fault.KindForbidden, "account.consent.companion")
		requireKind(t, give(w.actor(far.ID), photo), fault.KindNotFound, "")
		requireKind(t, give(account.Actor{}, photo), fault.KindForbidden, "")
		missing := photo
		missing.Evidence = "  "
		requireKind(t, give(w.actor(officer.ID), missing), fault.KindInvalid, "account.consent.evidence")
		past := photo
		past.ExpiresAt = time.Now().Add(-time.Hour)
		requireKind(t, give(w.actor(officer.ID), past), fault.KindInvalid, "account.consent.expires")
		holds := func(kind account.ConsentKind) bool {
			ok, err := w.Consented(w.ctx, maker.ID, kind)
			require.NoError(t, err)
			return ok
		}
		require.False(t, holds(account.ConsentPhoto))

		require.NoError(t, give(w.actor(officer.ID), photo))
		require.NoError(t, give(w.actor(maker.ID), photo)) // renewed by herself
		require.True(t, holds(account.ConsentPhoto))
		require.False(t, holds(account.ConsentStory))
		require.Empty(t, w.ended, "renewing is no withdrawal")

		withdraw := func(a account.Actor, kind account.ConsentKind) error {
			return w.try(func(tx *gorm.DB) error {
				return w.WithdrawConsentTx(w.ctx, tx, a, maker.ID, kind, "tidak mau lagi")
			})
		}
		requireKind(t, withdraw(w.actor(both.ID), account.ConsentPhoto), fault.KindForbidden, "account.consent.companion")
		require.NoError(t, withdraw(w.actor(maker.ID), account.ConsentPhoto))
		require.False(t, holds(account.ConsentPhoto))
		require.Equal(t, []account.ConsentKind{account.ConsentPhoto}, w.ended)
		requireKind(t, withdraw(w.actor(maker.ID), account.ConsentPhoto), fault.KindNotFound, "")

		// No consent to be helped, no helper.
		require.True(t, w.actor(both.ID).Assists(7))
		require.NoError(t, withdraw(w.actor(maker.ID), account.ConsentHelped))
		require.False(t, w.actor(both.ID).Assists(7))

		history, err := w.Consents(w.ctx, w.actor(officer.ID), maker.ID)
		require.NoError(t, err)
		require.Len(t, history, 3)
		_, err = w.Consents(w.ctx, w.actor(companion.ID), maker.ID)
		requireKind(t, err, fault.KindNotFound, "")
		require.Equal(t, []string{"give_consent", "withdraw_consent"}, w.verbs("consent", history[0].ID))
	})
}

func TestService_ExpireConsents(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker, companion := w.person("Perajin", geger), w.person("Pendamping", geger, account.RoleCompanion)
		w.helped(maker.ID, 7, companion.ID)
		w.tx(func(tx *gorm.DB) error { // agreed for a month only; the grant would last a year
			_, err := w.GiveConsentTx(w.ctx, tx, w.actor(maker.ID), account.NewConsent{
				UserID: maker.ID, Kind: account.ConsentHelped, Evidence: "formulir 2", ExpiresAt: time.Now().Add(30 * 24 * time.Hour)})
			return err
		})
		require.NoError(t, w.ExpireConsents(w.ctx))
		require.Empty(t, w.ended)
		require.True(t, w.actor(companion.ID).Assists(7))
		w.db.Clock().Advance(31 * 24 * time.Hour)
		require.False(t, w.actor(companion.ID).Assists(7), "even before the job has run")
		require.NoError(t, w.ExpireConsents(w.ctx))
		require.NoError(t, w.ExpireConsents(w.ctx))
		require.Equal(t, []account.ConsentKind{account.ConsentHelped}, w.ended)
		findings, err := w.Prove(w.ctx)
		require.NoError(t, err)
		require.Empty(t, findings)
	})
}

func TestService_GrantTx(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		maker, stranger := w.person("Perajin", geger), w.person("Orang Lain", geger)
		companion := w.person("Pendamping", geger, account.RoleCompanion)
		officer := w.person("Petugas", geger, account.RoleOfficer)
		grant := func(a account.Actor, in account.NewGrant) error {
			return w.try(func(tx *gorm.DB) error {
				_, err := w.GrantTx(w.ctx, tx, a, in)
				return err
			})
		}
		w.tx(func(tx *gorm.DB) error {
			return w.AddMembershipTx(w.ctx, tx, w.actor(officer.ID), maker.ID, 7, account.MemberOwner)
		})
		good := account.NewGrant{ShopID: 7, MakerID: maker.ID, CompanionID: companion.ID, Evidence: "formulir 1"}
		requireKind(t, grant(w.actor(officer.ID), good), fault.KindInvalid, "account.grant.no_consent")
		w.tx(func(tx *gorm.DB) error {
			_, err := w.GiveConsentTx(w.ctx, tx, w.actor(officer.ID), account.NewConsent{UserID: maker.ID, Kind: account.ConsentHelped, Evidence: "formulir 1"})
			return err
		})
		with := func(change func(*account.NewGrant)) account.NewGrant {
			in := good
			change(&in)
			return in
		}
		requireKind(t, grant(w.actor(officer.ID), with(func(g *account.NewGrant) { g.ShopID = 8 })), fault.KindInvalid, "account.grant.not_member")
		requireKind(t, grant(w.actor(officer.ID), with(func(g *account.NewGrant) { g.CompanionID = stranger.ID })), fault.KindInvalid, "account.grant.not_companion")
		requireKind(t, grant(w.actor(officer.ID), with(func(g *account.NewGrant) { g.Evidence = "" })), fault.KindInvalid, "account.consent.evidence")
		requireKind(t, grant(w.actor(officer.ID), with(func(g *account.NewGrant) { g.ExpiresAt = time.Now().Add(400 * 24 * time.Hour) })), fault.KindInvalid, "account.grant.expires")
		requireKind(t, grant(w.actor(companion.ID), good), fault.KindForbidden, "account.grant.self")
		requireKind(t, grant(w.actor(stranger.ID), good), fault.KindForbidden, "")
		requireKind(t, grant(w.actor(officer.ID), with(func(g *account.NewGrant) { g.CompanionID = officer.ID })), fault.KindForbidden, "account.grant.self")

		require.NoError(t, grant(w.actor(maker.ID), good))
		require.NoError(t, grant(w.actor(officer.ID), with(func(g *account.NewGrant) { g.ExpiresAt = time.Now().Add(24 * time.Hour) })))
		list, err := w.Grants(w.ctx, w.actor(maker.ID), 7)
		require.NoError(t, err)
		require.Len(t, list, 1, "the newer grant replaces the older")
		require.Equal(t, "Pendamping", list[0].CompanionName)
		_, err = w.Grants(w.ctx, w.actor(stranger.ID), 7)
		requireKind(t, err, fault.KindNotFound, "")
		requireKind(t, w.RevokeGrant(w.ctx, w.actor(stranger.ID), list[0].ID), fault.KindNotFound, "")
		w.tx(func(tx *gorm.DB) error {
			helpers, err := w.CompanionsTx(w.ctx, tx, 7)
			require.NoError(t, err)
			require.Len(t, helpers, 1)
			return nil
		})
		w.db.Clock().Advance(25 * time.Hour)
		require.False(t, w.actor(companion.ID).Assists(7))

		members, err := w.ShopMembers(w.ctx, 7)
		require.NoError(t, err)
		require.Len(t, members, 1)
		companions, err := w.WithRole(w.ctx, account.RoleCompanion)
		require.NoError(t, err)
		require.Len(t, companions, 1)
		people, err := w.Users(w.ctx, []int64{maker.ID, companion.ID, 99999})
		require.NoError(t, err)
		require.Len(t, people, 2)
	})
}

// Prove must find each kind of power that outlived its reason.
func TestService_Prove_negativeControls(t *testing.T) {
	for name, spoil := range map[string]string{
		"sessions":     "UPDATE sessions SET ended_at = NULL",
		"role_grants":  "UPDATE role_grants SET state = 'active' WHERE role = 'curator'",
		"memberships":  "UPDATE memberships SET ended_at = NULL WHERE shop_id = 8",
		"grants":       "UPDATE consents SET ended_at = given_at",
		"role_grants ": "UPDATE role_grants SET proposed_by = 1, decided_by = 0 WHERE role = 'companion'",
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(w *world) {
				t := w.t
				maker, companion := w.person("Perajin", geger), w.person("Pendamping", geger, account.RoleCompanion)
				w.helped(maker.ID, 7, companion.ID)
				gone := w.person("Pergi", geger, account.RoleCurator)
				w.tx(func(tx *gorm.DB) error {
					return w.AddMembershipTx(w.ctx, tx, account.System, gone.ID, 8, account.MemberOwner)
				})
				require.NoError(t, w.SessionStore().CommitCtx(w.ctx, "token", session(t, gone.ID), time.Now().Add(time.Hour)))
				admin := w.person("Admin", geger, account.RoleAdmin)
				require.NoError(t, w.CloseUser(w.ctx, w.actor(admin.ID), gone.ID))
				findings, err := w.Prove(w.ctx)
				require.NoError(t, err)
				require.Empty(t, findings)
				w.tx(func(tx *gorm.DB) error { return tx.Exec(spoil).Error })
				findings, err = w.Prove(w.ctx)
				require.NoError(t, err)
				require.Len(t, findings, 1)
				require.Equal(t, "account power", findings[0].Invariant)
				require.Contains(t, findings[0].Row, name)
			})
		})
	}
}

// Every key that account uses has its sentence.
func TestTextKeys(t *testing.T) {
	for _, key := range usedKeys(t) {
		require.True(t, text.Has(key), key)
	}
}
