package account_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

func session(t *testing.T, userID int64) []byte {
	t.Helper()
	return encoded(t, map[string]any{account.SessionUser: userID, account.SessionDevice: "Chrome, Android"})
}

func encoded(t *testing.T, values map[string]any) []byte {
	t.Helper()
	data, err := scs.GobCodec{}.Encode(time.Now().Add(time.Hour), values)
	require.NoError(t, err)
	return data
}

func TestSessionStore(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		store := w.SessionStore()
		u := w.person("Siti Aminah", geger)
		data := session(t, u.ID)
		_, found, err := store.FindCtx(w.ctx, "belum ada")
		require.NoError(t, err)
		require.False(t, found)
		require.NoError(t, store.DeleteCtx(w.ctx, "belum ada"))

		require.NoError(t, store.CommitCtx(w.ctx, "token", data, time.Now().Add(time.Hour)))
		got, found, err := store.FindCtx(w.ctx, "token")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, data, got)
		var plain int64
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT count(*) FROM sessions WHERE token_hash = 'token'").Scan(&plain).Error)
		require.Zero(t, plain)

		// A request that loaded the session before it ended must not revive it.
		require.NoError(t, store.DeleteCtx(w.ctx, "token"))
		require.NoError(t, store.CommitCtx(w.ctx, "token", data, time.Now().Add(time.Hour)))
		_, found, err = store.FindCtx(w.ctx, "token")
		require.NoError(t, err)
		require.False(t, found)
		var kept int64
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT sum(length(data)) FROM sessions").Scan(&kept).Error)
		require.Zero(t, kept, "what an ended session held is gone")

		require.NoError(t, store.CommitCtx(w.ctx, "lama", data, time.Now().Add(time.Hour)))
		w.db.Clock().Advance(61 * time.Minute)
		_, found, err = store.FindCtx(w.ctx, "lama")
		require.NoError(t, err)
		require.False(t, found)

		w.db.Clock().Advance(48 * time.Hour)
		require.NoError(t, w.Sweep(w.ctx))
		var left int64
		require.NoError(t, w.db.Read(w.ctx).Raw("SELECT count(*) FROM sessions").Scan(&left).Error)
		require.Zero(t, left)
	})
}

func TestService_Sessions(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		store := w.SessionStore()
		u, v := w.person("Siti", geger), w.person("Wati", geger)
		for token, who := range map[string]int64{"satu": u.ID, "dua": u.ID, "tiga": v.ID} {
			require.NoError(t, store.CommitCtx(w.ctx, token, session(t, who), time.Now().Add(time.Hour)))
		}
		a := w.actor(u.ID)
		a.Session = account.SessionKey("satu")
		list, err := w.Sessions(w.ctx, a)
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, "Chrome, Android", list[0].Device)
		current := 0
		for _, s := range list {
			if s.Current {
				current++
			}
		}
		require.Equal(t, 1, current)

		others, err := w.Sessions(w.ctx, w.actor(v.ID))
		require.NoError(t, err)
		requireKind(t, w.EndSession(w.ctx, a, others[0].ID), fault.KindNotFound, "")
		n, err := w.EndOtherSessions(w.ctx, a)
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		for token, want := range map[string]bool{"satu": true, "dua": false, "tiga": true} {
			_, found, err := store.FindCtx(w.ctx, token)
			require.NoError(t, err)
			require.Equal(t, want, found, token)
		}
		require.NoError(t, w.SignOut(w.ctx, a))
		_, found, err := store.FindCtx(w.ctx, "satu")
		require.NoError(t, err)
		require.False(t, found)
		_, err = w.Sessions(w.ctx, account.Actor{})
		requireKind(t, err, fault.KindUnauthenticated, "")

		// A closed person gets no session, whatever their request had loaded.
		admin := w.person("Admin", geger, account.RoleAdmin)
		require.NoError(t, w.CloseUser(w.ctx, w.actor(admin.ID), v.ID))
		require.NoError(t, store.CommitCtx(w.ctx, "baru", session(t, v.ID), time.Now().Add(time.Hour)))
		for _, token := range []string{"tiga", "baru"} {
			_, found, err := store.FindCtx(w.ctx, token)
			require.NoError(t, err)
			require.False(t, found, token)
		}
	})
}

// The store under the real session manager, over HTTP: renewed at sign-in,
// revocable from outside.
func TestSessionStore_manager(t *testing.T) {
	run(t, func(w *world) {
		t := w.t
		u := w.person("Siti", geger)
		sm := scs.New()
		sm.Store = w.SessionStore()
		mux := http.NewServeMux()
		mux.HandleFunc("/masuk", func(_ http.ResponseWriter, r *http.Request) {
			require.NoError(t, sm.RenewToken(r.Context()))
			sm.Put(r.Context(), account.SessionUser, u.ID)
		})
		mux.HandleFunc("/siapa", func(rw http.ResponseWriter, r *http.Request) {
			if sm.GetInt64(r.Context(), account.SessionUser) != u.ID {
				rw.WriteHeader(http.StatusUnauthorized)
			}
		})
		server := httptest.NewServer(sm.LoadAndSave(mux))
		t.Cleanup(server.Close)
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		client := &http.Client{Jar: jar}
		status := func(path string) int {
			res, err := client.Get(server.URL + path)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			return res.StatusCode
		}
		require.Equal(t, http.StatusUnauthorized, status("/siapa"))
		require.Equal(t, http.StatusOK, status("/masuk"))
		require.Equal(t, http.StatusOK, status("/siapa"))
		n, err := w.EndOtherSessions(w.ctx, w.actor(u.ID)) // from another device
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		require.Equal(t, http.StatusUnauthorized, status("/siapa"))
	})
}
