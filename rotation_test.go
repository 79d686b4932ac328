package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// restarted is the site as it is after a restart with other settings, over the
// same database; it runs no jobs. The address is another port of the same host,
// so that browsers keep their cookies.
func (w *world) restarted(t *testing.T, change func(*config.Settings)) (a *app, url string) {
	t.Helper()
	s := w.settings
	change(&s)
	a = over(w.db, s, slog.New(slog.DiscardHandler), choices{demo: true})
	require.NoError(t, a.compose(t.Context()))
	t.Cleanup(func() { _ = a.bucket.Close() })
	site, err := a.site()
	require.NoError(t, err)
	server := httptest.NewServer(site.Handler())
	t.Cleanup(server.Close)
	return a, server.URL
}

// signIn enters with a one-time code.
func (v *visitor) signIn(phone, code string) page {
	v.t.Helper()
	p, err := v.post("/masuk/kode", url.Values{"hp": {phone}, "kode": {code}})
	require.NoError(v.t, err)
	return p
}

// code issues a one-time code to somebody, as if on a slip of paper.
func (w *world) code(t *testing.T, who account.Actor) string {
	t.Helper()
	code, _, err := w.accounts.IssueCode(t.Context(), account.System, who.UserID)
	require.NoError(t, err)
	return code
}

func (v *visitor) status(path string) int {
	v.t.Helper()
	p, err := v.get(path)
	require.NoError(v.t, err)
	return p.status
}

// A new first key: whatever an older key made still holds, as long as that key
// stands behind the new one. What falls when it goes is what docs/operating.md
// names.
func TestANewKeyBreaksNothing(t *testing.T) {
	const fresh = "e4d909c290d0fb1ca068ffaddf22cbd0"
	eachEngine(t, func(t *testing.T, w *world) {
		old := w.settings.SecretKeys[0]
		jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 5)
		bought := w.buy(t, w.visitor(t), map[int64]int{jar: 1}, w.shop)
		code := func(who account.Actor) (phone, code string) {
			user, err := w.accounts.User(t.Context(), who.UserID)
			require.NoError(t, err)
			return user.Phone, w.code(t, who)
		}
		maker := w.visitor(t)
		require.Equal(t, http.StatusSeeOther, maker.signIn(code(w.maker)).status)
		require.Equal(t, http.StatusOK, maker.status("/toko-saya"))
		late := w.visitor(t) // whose session ended while a form was being filled in
		p, err := late.post("/toko-saya/pengajuan/1/nama", url.Values{"nama": {"Beli tepung di pasar"}, "form_key": {id.Token()}})
		require.NoError(t, err)
		require.Equal(t, "/masuk?lanjut=%2Fmasuk%2Flanjut", p.location)
		phone, unused := code(w.officer)
		cursor := catalog.Keyset{Value: 1, ID: 1}.Cursor(id.NewKeys(old), "products|"+string(catalog.Newest))
		known := func(a *app) bool {
			_, err := a.catalog.Products(t.Context(), catalog.Filter{Cursor: cursor})
			return err == nil
		}
		require.True(t, known(w.app))

		at := func(base string, v *visitor) *visitor {
			moved := *v
			moved.base = base
			return &moved
		}
		later, dropped := w.restarted(t, func(s *config.Settings) { s.SecretKeys = []string{fresh} })
		require.False(t, known(later), "the control: the old key is really needed")
		require.NotEqual(t, http.StatusSeeOther, at(dropped, w.visitor(t)).signIn(phone, unused).status, "the control: so it is for codes")

		now, rotated := w.restarted(t, func(s *config.Settings) { s.SecretKeys = []string{fresh, old} })
		anyone := at(rotated, w.visitor(t))
		pay, err := anyone.get("/pembayaran/" + bought.Token)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, pay.status)
		order, err := anyone.get("/pesanan/" + bought.Orders[0].Token)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, order.status)
		require.Contains(t, pay.body, bought.Orders[0].Token, "the page still knows the way to the order")
		require.True(t, known(now))
		require.Equal(t, http.StatusOK, at(rotated, maker).status("/toko-saya"), "nobody is signed out")
		offered := at(rotated, late)
		require.Equal(t, http.StatusSeeOther, offered.signIn(code(w.maker)).status)
		p, err = offered.get("/masuk/lanjut")
		require.NoError(t, err)
		require.Contains(t, p.body, "Beli tepung di pasar", "what was typed is offered again")
		require.Equal(t, http.StatusSeeOther, at(rotated, w.visitor(t)).signIn(phone, unused).status, "a code on a slip of paper still opens")

		// When the old key goes, links in people's hands still open; who is signed
		// in stays signed in.
		require.Equal(t, http.StatusOK, at(dropped, w.visitor(t)).status("/pesanan/"+bought.Orders[0].Token))
		require.Equal(t, http.StatusOK, at(dropped, maker).status("/toko-saya"))
		w.clean(t)
	})
}

// While a webhook token is replaced both are believed; a removed one is not.
func TestAWebhookTokenIsReplaced(t *testing.T) {
	const fresh = "token-of-the-new-webhook"
	eachEngine(t, func(t *testing.T, w *world) {
		tell := func(base, token string) int {
			at := *w
			at.url = base
			status, err := at.callback(token, map[string]any{"id": "inv-" + id.Token(), "external_id": "x", "status": "PAID"})
			require.NoError(t, err)
			return status
		}
		require.Equal(t, http.StatusOK, tell(w.url, testToken))
		require.Equal(t, http.StatusUnauthorized, tell(w.url, fresh), "the control: not yet believed")
		_, both := w.restarted(t, func(s *config.Settings) { s.XenditTokens = []string{fresh, testToken} })
		require.Equal(t, http.StatusOK, tell(both, testToken))
		require.Equal(t, http.StatusOK, tell(both, fresh))
		_, after := w.restarted(t, func(s *config.Settings) { s.XenditTokens = []string{fresh} })
		require.Equal(t, http.StatusOK, tell(after, fresh))
		require.Equal(t, http.StatusUnauthorized, tell(after, testToken))
		require.Equal(t, http.StatusUnauthorized, tell(after, ""))
		require.Equal(t, http.StatusUnauthorized, tell(after, testToken+","+fresh))
	})
}
