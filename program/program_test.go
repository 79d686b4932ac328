package program_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/program"
)

type world struct {
	t         *testing.T
	db        *database.DB
	accounts  *account.Service
	catalog   *catalog.Service
	delivery  *delivery.Service
	program   *program.Service
	agency    program.Agency
	officer   account.Actor
	companion account.Actor
}

func newWorld(t *testing.T, db *database.DB) *world {
	keys := id.NewKeys("uji")
	w := &world{t: t, db: db, accounts: account.NewService(db, keys), catalog: catalog.NewService(db, keys, nil), delivery: delivery.NewService(db)}
	w.program = program.NewService(db, w.accounts, w.catalog, w.delivery)
	var err error
	w.agency, err = w.program.FoundAgency(t.Context(), account.System, "Dinas Uji", "35")
	require.NoError(t, err)
	w.officer = w.person("Petugas", "081200000101", account.RoleOfficer, w.agency.ID, "35.20")
	w.companion = w.person("Pendamping", "081200000102", account.RoleCompanion, w.agency.ID, "35.20")
	return w
}

// early moves the clock to the beginning of a day, of UTC as limits count it: it
// does not turn while they are tried.
func (w *world) early() {
	w.t.Helper()
	now, err := w.accounts.Now(w.t.Context())
	require.NoError(w.t, err)
	w.db.Clock().Advance(now.Truncate(24 * time.Hour).Add(24*time.Hour + time.Second).Sub(now))
}

func (w *world) person(name, phone string, role account.Role, agency int64, territory string) account.Actor {
	w.t.Helper()
	ctx := w.t.Context()
	var u account.User
	require.NoError(w.t, database.InTx(ctx, w.db, func(tx *gorm.DB) (err error) {
		u, err = w.accounts.InviteTx(ctx, tx, account.System, account.NewUser{Name: name, Phone: phone, DistrictCode: "35.20.08"})
		return err
	}))
	_, err := w.accounts.AssignRole(ctx, account.System, u.ID, role, agency, []string{territory})
	require.NoError(w.t, err)
	actor, err := w.accounts.Actor(ctx, u.ID)
	require.NoError(w.t, err)
	return actor
}

func (w *world) invitation() program.Invitation {
	return program.Invitation{
		FormKey: id.Token(), Name: "Wening", Phone: "081200000103", ShopName: "Toples Bu Wening", Kind: catalog.Individual,
		District: "35.20.08", Village: "Milangasri", Street: "Gang Kenanga 2", Consent: "formulir bertanda tangan",
		CompanionID: w.companion.UserID, Pickup: true, Courier: true,
	}
}

func (w *world) count(table string) (n int64) {
	require.NoError(w.t, w.db.Read(w.t.Context()).Raw("SELECT count(*) FROM "+table).Scan(&n).Error)
	return n
}

func TestInviteVerifyOpen(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		out, err := w.program.Invite(ctx, w.officer, w.invitation())
		require.NoError(t, err)
		shop, err := w.catalog.Shop(ctx, out.ShopID)
		require.NoError(t, err)
		require.Equal(t, catalog.ShopInvited, shop.State)

		maker, err := w.accounts.Actor(ctx, out.MakerID)
		require.NoError(t, err)
		require.True(t, maker.Runs(out.ShopID))
		companion, err := w.accounts.Actor(ctx, w.companion.UserID)
		require.NoError(t, err)
		require.True(t, companion.Assists(out.ShopID), "the grant works from the next request on")
		address, err := w.delivery.PickupAddress(ctx, out.ShopID)
		require.NoError(t, err)
		require.Equal(t, "Gang Kenanga 2", address.Street)

		require.True(t, fault.Is(w.program.Open(ctx, w.officer, out.ShopID), fault.KindConflict), "first verified, then open")
		require.NoError(t, w.program.Verify(ctx, w.officer, out.ShopID))
		require.NoError(t, w.program.Open(ctx, w.officer, out.ShopID))
		lines, err := w.program.Makers(ctx, w.officer)
		require.NoError(t, err)
		require.Len(t, lines, 1)
		require.Equal(t, w.companion.UserID, lines[0].CompanionID)
		require.Equal(t, catalog.ShopOpen, lines[0].Shop.State)
	})
}

func TestAFormSentTwiceInvitesOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.invitation()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				// One that loses the race is told that the number is taken or finds the first.
				if _, err := w.program.Invite(t.Context(), w.officer, in); err != nil && !fault.Is(err, fault.KindConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		_, err := w.program.Invite(t.Context(), w.officer, in)
		require.NoError(t, err, "a later send finds the first")
		require.EqualValues(t, 1, w.count("shops"))
		require.EqualValues(t, 1, w.count("invitations"))
	})
}

func TestAFaultyInvitationLeavesNothing(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		users := w.count("users")
		for field, spoil := range map[string]func(*program.Invitation){
			"phone": func(i *program.Invitation) { i.Phone = "12" }, "shop_name": func(i *program.Invitation) { i.ShopName = "🍪" },
			"district": func(i *program.Invitation) { i.District = "35.78.08" }, "evidence": func(i *program.Invitation) { i.Consent = " " },
			"companion": func(i *program.Invitation) { i.CompanionID = w.officer.UserID + 1000 },
		} {
			in := w.invitation()
			spoil(&in)
			_, err := w.program.Invite(t.Context(), w.officer, in)
			require.Error(t, err, field)
			require.Zero(t, w.count("shops"), field)
			require.Equal(t, users, w.count("users"), field)
			require.Zero(t, w.count("consents"), field)
		}
	})
}

func TestOtherAgenciesAndOtherRolesFindNothing(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		out, err := w.program.Invite(ctx, w.officer, w.invitation())
		require.NoError(t, err)
		other, err := w.program.FoundAgency(ctx, account.System, "Dinas Lain", "35")
		require.NoError(t, err)
		stranger := w.person("Orang lain", "081200000109", account.RoleOfficer, other.ID, "35.20")
		for name, actor := range map[string]account.Actor{"other agency": stranger, "companion": w.companion, "visitor": {}} {
			require.True(t, fault.Is(w.program.Verify(ctx, actor, out.ShopID), fault.KindNotFound), name)
			_, err := w.program.Maker(ctx, actor, out.ShopID)
			require.True(t, fault.Is(err, fault.KindNotFound), name)
			if name != "other agency" {
				_, err = w.program.Invite(ctx, actor, w.invitation())
				require.True(t, fault.Is(err, fault.KindNotFound), name)
			}
		}
		shop, err := w.catalog.Shop(ctx, out.ShopID)
		require.NoError(t, err)
		require.Equal(t, catalog.ShopInvited, shop.State)
		_, err = w.program.FoundAgency(ctx, w.officer, "Dinas Ketiga", "35")
		require.True(t, fault.Is(err, fault.KindNotFound))
		_, err = w.program.FoundAgency(ctx, account.System, "Dinas  Uji", "35")
		require.True(t, fault.Is(err, fault.KindConflict))
	})
}
