package media

import (
	"fmt"
	"image"
	"image/color"
	"testing"

	"github.com/disintegration/imaging"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

// checks is a picture of fine squares between two greys, sharp everywhere.
func checks(w, h int, dark, bright uint8) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := dark
			if (x/12+y/12)%2 == 0 {
				v = bright
			}
			img.SetGray(x, y, color.Gray{Y: v})
		}
	}
	return img
}

func TestMeasureTellsSharpFromBlurredAndDarkFromBright(t *testing.T) {
	sharp := checks(1200, 900, 60, 200)
	l := measure(sharp)
	require.Greater(t, l.Sharpness, int64(500))
	require.InDelta(t, 60, l.Shadow, 12)
	require.InDelta(t, 200, l.Highlight, 12)
	require.Less(t, measure(imaging.Blur(sharp, 8)).Sharpness, int64(60), "blurred")
	require.Less(t, measure(checks(1200, 900, 10, 50)).Highlight, int64(70), "dark")
	require.Greater(t, measure(checks(1200, 900, 240, 255)).Shadow, int64(230), "washed out")

	// Sharp goods before a soft background.
	soft := imaging.Blur(sharp, 12)
	soft = imaging.Paste(soft, imaging.Crop(sharp, image.Rect(0, 0, 320, 240)), image.Pt(420, 300))
	require.Greater(t, measure(soft).Sharpness, int64(200))

	// The same thing in another size says about the same.
	small := measure(imaging.Resize(sharp, 600, 450, imaging.Lanczos)).Sharpness
	require.InEpsilon(t, l.Sharpness, small, 0.5)
	require.Equal(t, Look{0, 0, 0}, measure(image.NewGray(image.Rect(0, 0, 1, 1))), "one black pixel")
	require.Equal(t, Look{0, 255, 255}, measure(imaging.New(3, 900, color.White)))
}

func TestOldPicturesAreMeasuredLater(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		fresh, lost := s.ready(t, jpegOf(t, checks(640, 480, 60, 200))), s.ready(t, jpegOf(t, checks(320, 240, 60, 200)))
		want, known := s.again(t, fresh).Look()
		require.True(t, known, "measured at the upload")
		require.NoError(t, s.bucket.Delete(t.Context(), masterBlob(lost.Key)))

		require.NoError(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE pictures SET sharpness = NULL, shadow = NULL, highlight = NULL").Error
		}))
		_, known = s.again(t, fresh).Look()
		require.False(t, known)
		n, err := s.MeasureOld(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n, "the one that can be read")
		got, known := s.again(t, fresh).Look()
		require.True(t, known)
		require.InEpsilon(t, want.Sharpness, got.Sharpness, 0.1, "the master has its JPEG losses")
		_, known = s.again(t, lost).Look()
		require.False(t, known)
		n, err = s.MeasureOld(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)

		require.NoError(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE pictures SET shadow = NULL WHERE id = ?", fresh.ID).Error
		}))
		found, err := s.Prove(t.Context())
		require.NoError(t, err)
		require.Contains(t, found, proof.Finding{Invariant: "I10 files and rows", Row: fmt.Sprintf("pictures %d", fresh.ID), Text: "measured in part"})
	})
}
