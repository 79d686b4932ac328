package media

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/disintegration/imaging"
	"gocloud.dev/gcerrors"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Look is what a picture looks like in three numbers, measured on a grey copy of
// one size, so that pictures of all sizes compare.
type Look struct {
	Sharpness int64 // variance of the Laplacian of the sharpest part; a blurred photo stays below some hundred
	Shadow    int64 // 0 to 255: a tenth of the picture is this dark or darker
	Highlight int64 // 0 to 255: a tenth of the picture is this bright or brighter
}

// Look returns the picture's measures; false while it was not measured.
func (p Picture) Look() (Look, bool) {
	if p.Sharpness == nil || p.Shadow == nil || p.Highlight == nil {
		return Look{}, false
	}
	return Look{*p.Sharpness, *p.Shadow, *p.Highlight}, true
}

const (
	lookSide  = 512 // longer side of the copy that is measured
	lookParts = 4   // parts along each side
)

// measure looks at a picture. The sharpest of sixteen parts counts: goods in
// front of a soft background are a good photo.
func measure(img image.Image) Look {
	small := imaging.Fit(img, lookSide, lookSide, imaging.Box)
	w, h := small.Bounds().Dx(), small.Bounds().Dy()
	grey := make([]int64, w*h)
	var tones [256]int64
	for i := range grey {
		p := small.Pix[i/w*small.Stride+i%w*4:]
		grey[i] = (299*int64(p[0]) + 587*int64(p[1]) + 114*int64(p[2]) + 500) / 1000
		tones[grey[i]]++
	}
	tenth := int64(len(grey)+9) / 10
	l := Look{Highlight: 255}
	for n := tones[0]; n < tenth; n += tones[l.Shadow] {
		l.Shadow++
	}
	for n := tones[255]; n < tenth; n += tones[l.Highlight] {
		l.Highlight--
	}
	for part := range lookParts * lookParts {
		x, y := part%lookParts, part/lookParts
		l.Sharpness = max(l.Sharpness, edges(grey, w, image.Rectangle{ // not image.Rect, which would turn an empty one around
			Min: image.Pt(max(1, x*w/lookParts), max(1, y*h/lookParts)),
			Max: image.Pt(min(w-1, (x+1)*w/lookParts), min(h-1, (y+1)*h/lookParts)),
		}))
	}
	return l
}

// edges is the variance of the Laplacian within r of a grey picture of width w.
func edges(grey []int64, w int, r image.Rectangle) int64 {
	var n, sum, squares int64
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			at := y*w + x
			v := 4*grey[at] - grey[at-1] - grey[at+1] - grey[at-w] - grey[at+w]
			n, sum, squares = n+1, sum+v, squares+v*v
		}
	}
	if n == 0 {
		return 0
	}
	return (squares - sum*sum/n) / n
}

// lookArgs is the job that measures pictures from before they were measured at
// the upload.
type lookArgs struct{}

func (lookArgs) Kind() string { return "media_look" }

// MeasureOld measures every ready picture that was not measured yet and returns
// how many it did. It is the work of a job, one picture after the other; a
// picture that cannot be read stays unmeasured.
func (s *Service) MeasureOld(ctx context.Context) (int, error) {
	done := 0
	for after := int64(0); ; {
		batch, err := listPictures(s.db.Read(ctx), "sharpness IS NULL AND state = 'ready' AND id > ? ORDER BY id LIMIT 50", after)
		if err != nil || len(batch) == 0 {
			return done, err
		}
		for _, p := range batch {
			after = p.ID
			l, err := s.look(ctx, p)
			if errors.Is(err, errLost) {
				continue
			}
			if err != nil {
				return done, err
			}
			err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
				return tx.Exec("UPDATE pictures SET sharpness = ?, shadow = ?, highlight = ? WHERE id = ?", l.Sharpness, l.Shadow, l.Highlight, p.ID).Error
			})
			if err != nil {
				return done, fmt.Errorf("media: measure picture %d: %w", p.ID, err)
			}
			done++
		}
	}
}

// look reads a stored picture's master and measures it.
func (s *Service) look(ctx context.Context, p Picture) (Look, error) {
	data, err := s.bucket.ReadAll(ctx, masterBlob(p.Key))
	if gcerrors.Code(err) == gcerrors.NotFound {
		return Look{}, errLost
	}
	if err != nil {
		return Look{}, fmt.Errorf("media: read master of picture %d: %w", p.ID, err)
	}
	if err := s.render.Acquire(ctx, 1); err != nil {
		return Look{}, fault.Unavailable("fault.busy", err)
	}
	defer s.render.Release(1)
	img, err := readMaster(data)
	if err != nil {
		return Look{}, fmt.Errorf("%w: picture %d: %w", errLost, p.ID, err)
	}
	return measure(img), nil
}
