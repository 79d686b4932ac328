package sheet_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/server/public/sheet"
)

func TestSheetsAreDrawnFromAnyWords(t *testing.T) {
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil))
	for name, s := range map[string]sheet.Sheet{
		"plain": {Title: "Nastar nanas", Price: "Rp55.000", Unit: "stoples 500 g", Tiers: []string{"mulai 10: Rp50.000"}, Shop: "KUBE Dapur Gayeng",
			Place: "Geger, Kabupaten Madiun", Address: "https://lapak.example/produk/nastar", Scan: "Pindai untuk memesan", Brand: "Lapak Berdaya", Photo: photo.Bytes()},
		"only an address": {Address: "https://lapak.example/"},
		"emoji":           {Title: "🎉 👩‍🍳 漢字", Price: "Rp1", Address: "https://lapak.example/x", Shop: "\x00\u202e", Brand: "Lapak"},
		"too long":        {Title: strings.Repeat("Panjang ", 200), Shop: strings.Repeat("x", 5000), Price: strings.Repeat("Rp9", 300), Tiers: make([]string, 100), Address: "https://lapak.example/x"},
	} {
		for kind, draw := range map[string]func(sheet.Sheet) ([]byte, error){"poster": sheet.Poster, "card": sheet.Card} {
			pdf, err := draw(s)
			require.NoError(t, err, "%s %s", name, kind)
			require.True(t, bytes.HasPrefix(pdf, []byte("%PDF-")) && bytes.Contains(pdf, []byte("%%EOF")), name)
			require.Equal(t, 1, bytes.Count(pdf, []byte("/Type /Page\n")), "%s %s: one page", name, kind)
			require.Less(t, len(pdf), 400<<10)
		}
	}
	_, err := sheet.Poster(sheet.Sheet{Address: "https://lapak.example/", Photo: []byte("no picture")})
	require.Error(t, err)
}

func TestQRIsOnePathWithAQuietZone(t *testing.T) {
	svg, err := sheet.QR("https://lapak.example/produk/nastar")
	require.NoError(t, err)
	require.Contains(t, string(svg), `d="M4 4h7v1h-7z`, "the upper left finder, four cells in")
	require.NotContains(t, string(svg), "lapak.example")
	require.Less(t, len(svg), 16<<10)
	_, err = sheet.QR(strings.Repeat("x", 5000))
	require.Error(t, err)
}
