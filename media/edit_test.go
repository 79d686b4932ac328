package media

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// corners is a picture of 90 by 60 whose corners have four colours, clockwise from
// the top left: red, green, blue, white.
func corners() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 90, 60))
	for y := range 60 {
		for x := range 90 {
			c := color.NRGBA{255, 0, 0, 255}
			switch right, low := x >= 45, y >= 30; {
			case right && !low:
				c = color.NRGBA{0, 255, 0, 255}
			case right && low:
				c = color.NRGBA{0, 0, 255, 255}
			case low:
				c = color.NRGBA{255, 255, 255, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// seen names the colours of the corners, clockwise from the top left.
func seen(img image.Image) string {
	b := img.Bounds()
	out := ""
	for _, at := range []image.Point{{3, 3}, {b.Dx() - 4, 3}, {b.Dx() - 4, b.Dy() - 4}, {3, b.Dy() - 4}} {
		r, g, bl, _ := img.At(b.Min.X+at.X, b.Min.Y+at.Y).RGBA()
		switch {
		case r > 0xc000 && g > 0xc000:
			out += "W"
		case r > 0xc000:
			out += "R"
		case g > 0xc000:
			out += "G"
		case bl > 0xc000:
			out += "B"
		default:
			out += "?"
		}
	}
	return out
}

func TestService_Reshape(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		sent := s.store(t, pngOf(t, corners()))
		for to, want := range map[Shape]struct {
			w, h int
			seen string
		}{
			{90, CropNone}:    {60, 90, "WRGB"},
			{180, CropNone}:   {90, 60, "BWRG"},
			{270, CropNone}:   {60, 90, "GBWR"},
			{0, CropStart}:    {60, 60, "RGBW"},
			{0, CropMiddle}:   {60, 60, "RGBW"},
			{0, CropEnd}:      {60, 60, "RGBW"},
			{90, CropStart}:   {60, 60, "WRGB"},
			{270, CropMiddle}: {60, 60, "GBWR"},
		} {
			p, err := s.Reshape(t.Context(), maker, sent.ID, to)
			require.NoError(t, err)
			require.Equal(t, []int{want.w, want.h}, []int{p.Width, p.Height}, "%v", to)
			require.Equal(t, sent.ID, *p.SourceID)
			require.Equal(t, Private, p.Visibility)
			require.Equal(t, StateReady, p.State, "who pressed the button sees it at once")
			require.Equal(t, []any{sent.OwnerKind, sent.OwnerID}, []any{p.OwnerKind, p.OwnerID})
			img, err := readMaster(s.blobs(t)[masterBlob(p.Key)])
			require.NoError(t, err)
			require.Equal(t, want.seen, seen(img), "%v", to)

			twice, err := s.Reshape(t.Context(), maker, p.ID, to)
			require.NoError(t, err)
			require.Equal(t, p.ID, twice.ID, "the same shape is made once")
			back, err := s.Reshape(t.Context(), maker, p.ID, Shape{})
			require.NoError(t, err)
			require.Equal(t, sent.ID, back.ID, "what was sent is still there, untouched")
		}
		findings, err := s.Prove(t.Context())
		require.NoError(t, err)
		require.Empty(t, findings)

		_, err = s.Reshape(t.Context(), maker, sent.ID, Shape{Turned: 45})
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
		_, err = s.Reshape(t.Context(), maker, sent.ID, Shape{Crop: "wide"})
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
		_, err = s.Reshape(t.Context(), maker, 1<<40, Shape{Turned: 90})
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		s.Connect(Hooks{Limit: func(context.Context, ...account.Limit) error {
			return fault.RateLimited("account.limit.wait", "minutes", 3)
		}})
		_, err = s.Reshape(t.Context(), maker, sent.ID, Shape{Turned: 180, Crop: CropEnd})
		require.True(t, fault.Is(err, fault.KindRateLimited), "%v", err)
	})
}

// A crop keeps the part it is named after.
func TestReshape_crop(t *testing.T) {
	stripes := image.NewNRGBA(image.Rect(0, 0, 30, 90))
	for y := range 90 {
		for x := range 30 {
			c := [3]color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}}[y/30]
			stripes.SetNRGBA(x, y, c)
		}
	}
	for crop, want := range map[Crop]string{CropStart: "RRRR", CropMiddle: "GGGG", CropEnd: "BBBB"} {
		require.Equal(t, want, seen(reshape(stripes, Shape{Crop: crop})))
	}
}

// A file that is sent again because its answer was lost is there once, also when it
// comes twice at once; the same photo as another file is another picture.
func TestService_Store_formKey(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		data := jpegOf(t, halves(60, 40))
		send := func(owner int64, key string) (Picture, error) {
			return s.Store(t.Context(), maker, Upload{Reader: bytes.NewReader(data), OwnerKind: "product", OwnerID: owner, Key: key})
		}
		var all sync.WaitGroup
		ids, faults := make([]int64, 4), make([]error, 4)
		for n := range ids {
			all.Go(func() {
				p, err := send(7, "k1")
				ids[n], faults[n] = p.ID, err
			})
		}
		all.Wait()
		require.Equal(t, make([]error, 4), faults)
		require.NotZero(t, ids[0])
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		require.Len(t, s.blobs(t), 1, "the files of those that came second are gone")
		other, err := send(7, "k2")
		require.NoError(t, err)
		require.NotEqual(t, ids[0], other.ID)
		elsewhere, err := send(8, "k1")
		require.NoError(t, err)
		require.NotEqual(t, ids[0], elsewhere.ID, "a key counts for its owner only")

		again, err := s.CopyTo(t.Context(), maker, other.ID, Upload{OwnerKind: "product", OwnerID: 9, Key: "copy"})
		require.NoError(t, err)
		twice, err := s.CopyTo(t.Context(), maker, other.ID, Upload{OwnerKind: "product", OwnerID: 9, Key: "copy"})
		require.NoError(t, err)
		require.Equal(t, again.ID, twice.ID)
		require.Equal(t, other.SHA256, again.SHA256)
		findings, err := s.Prove(t.Context())
		require.NoError(t, err)
		require.Empty(t, findings)
	})
}
