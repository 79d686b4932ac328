package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
)

// A short link leads to its page and nowhere else, and leaves a letter and the shop's
// name in the browser for a week; a letter nobody gave out leaves nothing.
func TestAShortLinkLeadsToItsPageOnly(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		jars := w.product(t, "Nastar uji", 50_000, catalog.ModeStock, 9)
		site := w.overHTTPS(t)
		lewat := func(res *http.Response) *http.Cookie {
			for _, k := range res.Cookies() {
				if strings.HasSuffix(k.Name, "lewat") {
					return k
				}
			}
			return nil
		}
		for path, to := range map[string]string{"/s/w/nastar-uji": "/produk/nastar-uji", "/s/p/toko/dapur-uji": "/toko/dapur-uji", "/en/s/d/nastar-uji": "/en/produk/nastar-uji"} {
			res := answer(site, http.MethodGet, path)
			require.Equal(t, http.StatusSeeOther, res.StatusCode, path)
			require.Equal(t, to, res.Header.Get("Location"))
			require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
			k := lewat(res)
			require.NotNil(t, k, path)
			require.Equal(t, strings.TrimPrefix(path, "/en")[3:4]+".dapur-uji", k.Value, "a letter and a public name, nothing of the person")
			require.Equal(t, []any{true, true, http.SameSiteLaxMode, "/", 7 * 24 * 60 * 60, ""}, []any{k.HttpOnly, k.Secure, k.SameSite, k.Path, k.MaxAge, k.Domain})
		}

		// The last way counts, and a cookie that somebody made up is cleaned.
		kept := lewat(answer(site, http.MethodGet, "/s/w/nastar-uji"))
		again := lewat(answer(site, http.MethodGet, "/s/f/nastar-uji", "Cookie", kept.Name+"=w.dapur-uji~x.lain~"+strings.Repeat("g.a~", 50)))
		require.True(t, strings.HasPrefix(again.Value, "f.dapur-uji~"), again.Value)
		require.NotContains(t, again.Value, "x.lain")
		require.LessOrEqual(t, strings.Count(again.Value, "~"), 4)

		unknown := answer(site, http.MethodGet, "/s/z/nastar-uji")
		require.Equal(t, http.StatusSeeOther, unknown.StatusCode, "still the page that was meant")
		require.Nil(t, lewat(unknown))

		nowhere := func(status int, paths ...string) {
			t.Helper()
			for _, path := range paths {
				res := answer(site, http.MethodGet, path)
				require.Equal(t, status, res.StatusCode, path)
				require.Empty(t, res.Header.Get("Location"), path)
				require.Nil(t, lewat(res), path)
			}
		}
		nowhere(http.StatusNotFound, "/s/w/tidak-ada", "/s/w/toko/tidak-ada", "/s/w/%2F%2Fjahat.example", "/s/w/https:%2F%2Fjahat.example", "/s/w/..%2F..%2Fmasuk", "/s/w/toko/%2Fjahat.example")
		require.NoError(t, w.catalog.Archive(t.Context(), w.maker, jars))
		nowhere(http.StatusGone, "/s/w/nastar-uji")
	})
}
