package static_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/static"
)

func get(t *testing.T, method, address string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, address, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return b
}

func TestHandler_hashedAddressIsKeptForAYear(t *testing.T) {
	address := static.URL("css/app.css")
	require.Regexp(t, `^/static/css/app\.[0-9a-f]{12}\.css$`, address)

	r := get(t, "GET", address)
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "text/css; charset=utf-8", r.Header.Get("Content-Type"))
	require.Contains(t, r.Header.Get("Cache-Control"), "immutable")

	plain := get(t, "GET", "/static/css/app.css")
	require.Equal(t, 200, plain.StatusCode)
	require.Equal(t, "no-cache", plain.Header.Get("Cache-Control"))
	require.Equal(t, 304, get(t, "GET", "/static/css/app.css", "If-None-Match", plain.Header.Get("ETag")).StatusCode)

	old := strings.Replace(address, "/app.", "/app.000000000000.", 1)
	require.Equal(t, 404, get(t, "GET", old).StatusCode, "a hash that is not ours must not be kept for a year")
}

func TestHandler_compressedBodiesSayTheSame(t *testing.T) {
	address := static.URL("css/app.css")
	plain := body(t, get(t, "GET", address))

	br := get(t, "GET", address, "Accept-Encoding", "gzip, br")
	require.Equal(t, "br", br.Header.Get("Content-Encoding"))
	unbr, err := io.ReadAll(brotli.NewReader(br.Body))
	require.NoError(t, err)
	require.True(t, bytes.Equal(plain, unbr))

	gz := get(t, "GET", address, "Accept-Encoding", "br;q=0, gzip")
	require.Equal(t, "gzip", gz.Header.Get("Content-Encoding"))
	reader, err := gzip.NewReader(gz.Body)
	require.NoError(t, err)
	ungz, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.True(t, bytes.Equal(plain, ungz))
}

func TestHandler_refuses(t *testing.T) {
	require.Equal(t, 405, get(t, "POST", static.URL("css/app.css")).StatusCode)
	require.Equal(t, 404, get(t, "GET", "/static/static.go").StatusCode)
	require.Equal(t, 404, get(t, "GET", "/static/css/tokens.css").StatusCode)
	require.False(t, static.Known("css/tokens.css"))
	require.Empty(t, body(t, get(t, "HEAD", static.URL("css/app.css"))))
}

// The budgets are those of the design: 20 kB of CSS and 10 kB of scripts, compressed.
func TestBudgets(t *testing.T) {
	size := func(name string) int {
		require.True(t, static.Known(name), name)
		return len(body(t, get(t, "GET", static.URL(name), "Accept-Encoding", "br")))
	}
	require.LessOrEqual(t, size("css/app.css"), 20_000)
	require.LessOrEqual(t, size("css/work.css"), 10_000)
	scripts := size("js/cart.js") + size("js/pictures.js") + size("js/status.js") + size("js/checkout.js") + size("js/gallery.js")
	require.LessOrEqual(t, scripts, 10_000)
	require.LessOrEqual(t, size("js/offline.js")+size("js/cart.js")+size("js/pictures.js")+size("js/share.js"), 20_000, "what a maker's page may load")
}

// Templates name files by their plain name and may not import this package, so
// a name that is nobody's would only be seen as a broken picture.
func TestTemplates_nameOnlyFilesThatExist(t *testing.T) {
	named := regexp.MustCompile(`"((?:img|js|css)/[a-z0-9./_-]+)"`)
	seen := 0
	for _, root := range []string{"../templates", "../server"} {
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(root + "/" + path)
			require.NoError(t, err)
			for _, m := range named.FindAllStringSubmatch(string(source), -1) {
				seen++
				require.True(t, static.Known(m[1]), "%s/%s names %s", root, path, m[1])
			}
			return nil
		})
		require.NoError(t, err)
	}
	require.Greater(t, seen, 5)
}
