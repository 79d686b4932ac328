package maker

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/static"
)

// Every screen leads to the page that explains it, and every such page is reached
// from a screen, has its drawing and three sentences.
func TestEveryScreenHasItsHowTo(t *testing.T) {
	known, met := map[string]bool{}, map[string]bool{"akun": true} // server/me has those screens
	for _, h := range howTos {
		known[h.slug] = true
		require.True(t, static.Known("img/cara/"+h.slug+".svg"), h.slug)
		require.True(t, static.Known("img/icons.svg"))
		require.Contains(t, string(static.Body("img/icons.svg")), `id="i-`+h.icon+`"`)
		for _, part := range []string{"title", "1", "2", "3"} {
			require.True(t, text.Has("cara."+h.slug+"."+part), "%s %s", h.slug, part)
		}
	}
	require.Equal(t, "/toko-saya/cara/akun", HowTo("/akun/sesi").URL)
	for _, r := range Routes(Deps{}) {
		if r.Method != http.MethodGet {
			continue
		}
		slug := strings.TrimPrefix(HowTo(r.Path).URL, "/toko-saya/cara/")
		require.True(t, known[slug], "%s: %s", r.Path, slug)
		met[slug] = true
	}
	for _, h := range howTos {
		if h.slug != "buku-kas" && h.slug != "jual" {
			require.True(t, met[h.slug], "no screen leads to %s", h.slug)
		}
	}
	for path, slug := range map[string]string{
		"/toko-saya": "mulai", "/toko-saya/produk/:id/po": "po", "/toko-saya/pengajuan/:id/foto": "foto", "/toko-saya/pengajuan/:id": "catatan",
		"/toko-saya/pesanan/:id/kirim": "kirim", "/toko-saya/pesanan/:id": "pesanan", "/toko-saya/uang/tarik": "tarik", "/toko-saya/uang/bagian/bagi": "bagi",
	} {
		require.Equal(t, "/toko-saya/cara/"+slug, HowTo(path).URL, path)
	}
}
