package static_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
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
	scripts := size("js/cart.js") + size("js/pictures.js") + size("js/status.js") + size("js/checkout.js")
	require.LessOrEqual(t, scripts, 10_000)
}
