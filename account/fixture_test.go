package account_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Districts of Kabupaten Madiun (35.19) and of Kabupaten Tuban (35.23).
const (
	geger    = "35.19.03"
	dagangan = "35.19.04"
	tuban    = "35.23.13"
)

// world is a fresh store with the service and what its hooks were told.
type world struct {
	t   *testing.T
	ctx context.Context
	db  *database.DB
	*account.Service
	sent  []string // codes handed to SendCode
	told  []account.Event
	ended []account.ConsentKind
}

func run(t *testing.T, test func(w *world)) {
	t.Helper()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := &world{t: t, ctx: t.Context(), db: db, Service: account.NewService(db, id.NewKeys("kunci uji"))}
		w.Connect(account.Hooks{
			SendCode: func(_ context.Context, _ *gorm.DB, _ account.User, code string, _ time.Time) error {
				w.sent = append(w.sent, code)
				return nil
			},
			Tell: func(_ context.Context, _ *gorm.DB, _ account.User, e account.Event) error {
				w.told = append(w.told, e)
				return nil
			},
			ConsentEnded: func(_ context.Context, _ *gorm.DB, _ int64, k account.ConsentKind) error {
				w.ended = append(w.ended, k)
				return nil
			},
		})
		test(w)
	})
}

var phones atomic.Int64

// person adds somebody in the district with the given roles, assigned by the
// system and covering Kabupaten Madiun.
func (w *world) person(name, district string, roles ...account.Role) account.User {
	w.t.Helper()
	var u account.User
	w.tx(func(tx *gorm.DB) (err error) {
		u, err = w.InviteTx(w.ctx, tx, account.System, account.NewUser{
			Name: name, Phone: fmt.Sprintf("0812%08d", phones.Add(1)), DistrictCode: district,
		})
		return err
	})
	for _, r := range roles {
		_, err := w.AssignRole(w.ctx, account.System, u.ID, r, 1, []string{"35.19"})
		require.NoError(w.t, err)
	}
	return u
}

func (w *world) tx(fn func(tx *gorm.DB) error) {
	w.t.Helper()
	require.NoError(w.t, w.try(fn))
}

func (w *world) try(fn func(tx *gorm.DB) error) error { return database.InTx(w.ctx, w.db, fn) }

func (w *world) actor(userID int64) account.Actor {
	w.t.Helper()
	a, err := w.Actor(w.ctx, userID)
	require.NoError(w.t, err)
	return a
}

// password gives somebody a password as they would: by a code first.
func (w *world) password(u account.User, password string) {
	w.t.Helper()
	code, _, err := w.IssueCode(w.ctx, account.System, u.ID)
	require.NoError(w.t, err)
	_, err = w.SignInWithCode(w.ctx, u.Phone, code, account.Source{IP: "192.0.2.200"})
	require.NoError(w.t, err)
	require.NoError(w.t, w.SetPassword(w.ctx, w.actor(u.ID), "", password))
	w.told = nil
}

// freshWindow moves the clock just past the start of a window of 15 minutes, so
// that counted tries do not fall into two.
func (w *world) freshWindow() {
	w.t.Helper()
	now, err := clock.Now(w.ctx, w.db.Read(w.ctx))
	require.NoError(w.t, err)
	w.db.Clock().Advance(now.Truncate(15 * time.Minute).Add(15*time.Minute + time.Second).Sub(now))
}

func (w *world) verbs(object string, objectID int64) []string {
	w.t.Helper()
	rows, err := trail.Of(w.ctx, w.db.Read(w.ctx), object, objectID)
	require.NoError(w.t, err)
	var verbs []string
	for _, r := range rows {
		verbs = append(verbs, r.Verb)
	}
	return verbs
}

func requireKind(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	require.Error(t, err)
	f := fault.As(err)
	require.Equal(t, kind, f.Kind, "%v", err)
	if key == "" || f.Key == key {
		return
	}
	for _, field := range f.Fields {
		if field.Key == key {
			return
		}
	}
	require.Failf(t, "another fault", "%v instead of %s", err, key)
}
