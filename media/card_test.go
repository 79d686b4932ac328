package media

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACardIsDrawnFromAnyWords(t *testing.T) {
	photo := image.NewNRGBA(image.Rect(0, 0, 30, 50))
	plain, err := Card{}.draw(photo)
	require.NoError(t, err)
	for name, c := range map[string]Card{
		"plain":    {Title: "Nastar nanas", Price: "Rp55.000", Shop: "KUBE Dapur Gayeng", Brand: "Lapak Berdaya"},
		"emoji":    {Title: "🎉 Kue 👩‍🍳 漢字", Price: "Rp1", Shop: "\x00\u202e"},
		"too long": {Title: strings.Repeat("Panjang sekali ", 100), Shop: strings.Repeat("x", 5000), Price: strings.Repeat("Rp9", 99), Brand: strings.Repeat("y", 99)},
	} {
		data, err := c.draw(photo)
		require.NoError(t, err, name)
		img, err := jpeg.Decode(bytes.NewReader(data))
		require.NoError(t, err, name)
		require.Equal(t, image.Rect(0, 0, CardWidth, CardHeight), img.Bounds(), name)
		require.NotEqual(t, plain, data, name)
		r, _, _, _ := img.At(CardWidth-10, CardHeight-10).RGBA()
		require.Greater(t, r>>8, uint32(230), "%s: words end within the margin", name)
		require.Less(t, len(data), 200<<10)
	}
}
