package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
)

// What the file cannot say, because it depends on what a page shows.
func TestWhatPagesShowEndsWhereItMust(t *testing.T) {
	t.Parallel()
	f := newTown(t, dbtest.SQLiteAddress(t))
	site := f.site(rules(t))
	t.Run("a draft's picture", func(t *testing.T) { draftPictureIsNowhere(t, f, site) })
	t.Run("the desk of another territory", func(t *testing.T) { deskEndsAtTheTerritory(t, f, site) })
	t.Run("the outbox", func(t *testing.T) { onlyTheDemoOpensItsOutbox(t, f, site) })
}

// A draft that was never sent is nowhere for anybody but its shop, reviewers
// included: not its words, not its picture, in no size, format or manner of
// asking; what the maker gets carries none of the camera's words.
func draftPictureIsNowhere(t *testing.T, f *town, site *web.Site) {
	may := []string{"owner of near", "companion"}
	for _, who := range f.order {
		p := f.ask(site, who, http.MethodGet, fmt.Sprintf("/kurasi/%d", f.things["draft"]["near"].id), nil)
		require.NotEqual(t, "in", p.class(), "%s reads words that were never sent to review", who)
		for _, size := range media.Sizes {
			for _, format := range media.Formats {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					for _, conditional := range []string{"", "If-None-Match", "If-Modified-Since", "Range"} {
						var headers []string
						switch conditional {
						case "If-None-Match":
							headers = []string{conditional, fmt.Sprintf(`"%s-%d-%s"`, f.secret.Key, size, format)}
						case "If-Modified-Since":
							headers = []string{conditional, "Fri, 01 Jan 2038 00:00:00 GMT"}
						case "Range":
							headers = []string{conditional, "bytes=0-9"}
						}
						path := f.secret.Path(size, format)
						res := f.ask(site, who, method, path, nil, headers...)
						if !slices.Contains(may, who) {
							require.Equal(t, http.StatusNotFound, res.status, "%s %s %s as %s", method, path, conditional, who)
							continue
						}
						require.NotEqual(t, http.StatusNotFound, res.status, "%s %s %s as %s", method, path, conditional, who)
						require.Equal(t, "no-store", res.header.Get("Cache-Control"))
					}
				}
			}
		}
	}
}

// A head answers for one agency: the desk of another shows them nothing.
func deskEndsAtTheTerritory(t *testing.T, f *town, site *web.Site) {
	for who, sees := range map[string][]string{
		"curator": {"Toko near", "Toko far"}, "admin": {"Toko near", "Toko far"}, "head": {"Toko near"}, "far head": {"Toko far"},
	} {
		for query, there := range map[string][]string{
			"": {"Toko near", "Toko far"}, "?wilayah=35": {"Toko near"}, "?wilayah=35.19": {"Toko near"}, "?wilayah=33": {"Toko far"}, "?q=putri": {"Toko near", "Toko far"},
		} {
			p := f.ask(site, who, http.MethodGet, "/kurasi"+query, nil)
			require.Equal(t, http.StatusOK, p.status)
			for _, shop := range []string{"Toko near", "Toko far"} {
				require.Equal(t, slices.Contains(sees, shop) && slices.Contains(there, shop), strings.Contains(p.body, strings.ReplaceAll(shop, "Toko near", "Dapur Uji")), "%s%s as %s", shop, query, who)
			}
		}
	}
}

// What serve opens to everybody, the outbox is not part of.
func onlyTheDemoOpensItsOutbox(t *testing.T, f *town, site *web.Site) {
	for _, who := range f.order {
		p := f.ask(site, who, http.MethodGet, "/admin/kotak-keluar", nil)
		require.Equal(t, who == "admin", p.class() == "in", who)
	}
	parts := f.parts(rules(t))
	parts.Demo = true
	require.Equal(t, "in", f.ask(f.compose(parts), "visitor", http.MethodGet, "/admin/kotak-keluar", nil).class())
}

// The demo opens its outbox and knows everybody's password: it must not start on
// a database that somebody else filled, with a new folder or with one whose demo
// is elsewhere.
func TestTheDemoLeavesAFilledDatabaseAlone(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	before := w.count(t, "SELECT count(*) FROM users")
	for name, file := range map[string]string{"new folder": "", "used folder": `{"key":"k","gateway_key":"xnd_development_k","callback_token":"t","loaded":true}`} {
		data := t.TempDir()
		if file != "" {
			require.NoError(t, os.WriteFile(filepath.Join(data, "demo.json"), []byte(file), 0o600))
		}
		t.Setenv("LAPAK_DATABASE_URL", w.settings.DatabaseURL)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := demoCommand{place: place{Data: data}, Listen: "127.0.0.1:0", GatewayListen: "127.0.0.1:0"}.Run(ctx)
		cancel()
		require.ErrorContains(t, err, "sudah berisi", name)
		require.Equal(t, before, w.count(t, "SELECT count(*) FROM users"), name)
	}
}
