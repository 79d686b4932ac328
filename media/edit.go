package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strconv"
	"time"

	"github.com/disintegration/imaging"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Crop is a square of a picture: as large as fits, at the start (top or left), in
// the middle or at the end of its longer side.
type Crop string

// The crops; CropNone is the whole picture.
const (
	CropNone   Crop = ""
	CropStart  Crop = "start"
	CropMiddle Crop = "middle"
	CropEnd    Crop = "end"
)

// Crops are all crops.
var Crops = []Crop{CropNone, CropStart, CropMiddle, CropEnd}

// Shape is how a picture is shown: turned clockwise, then cropped.
type Shape struct {
	Turned int // 0, 90, 180 or 270 degrees
	Crop   Crop
}

// editsInAWhile bounds the image work one person can ask for with buttons.
const editsInAWhile = 200

// Source is the picture as it was sent: p itself, or what p was made from.
func (p Picture) Source() int64 {
	if p.SourceID != nil {
		return *p.SourceID
	}
	return p.ID
}

// Reshape returns the picture that shows the source of this one in another shape: the
// source itself, one that was made before, or a new private one of the same owner. It
// is always made from what was sent, so that turning often costs no quality. The
// caller has checked that the actor may change pictures of the owner, and must not be
// in a transaction. An unknown picture is not found; an unknown shape is invalid.
func (s *Service) Reshape(ctx context.Context, actor account.Actor, pictureID int64, to Shape) (Picture, error) {
	if !slices.Contains(Crops, to.Crop) || !slices.Contains([]int{0, 90, 180, 270}, to.Turned) {
		return Picture{}, fault.Invalid("fault.form")
	}
	known, err := s.Pictures(ctx, []int64{pictureID})
	if err != nil {
		return Picture{}, err
	}
	p, found := known[pictureID]
	if !found {
		return Picture{}, fault.NotFound("picture to turn")
	}
	source := p
	if p.SourceID != nil {
		if known, err = s.Pictures(ctx, []int64{*p.SourceID}); err != nil {
			return Picture{}, err
		}
		if source, found = known[*p.SourceID]; !found {
			return Picture{}, fault.NotFound("source of a picture")
		}
	}
	if (to == Shape{}) {
		return source, nil
	}
	if before, found, err := s.shaped(ctx, source.ID, to); err != nil || found {
		return before, err
	}
	if s.hooks.Limit != nil && !actor.IsSystem() {
		err := s.hooks.Limit(ctx, account.Limit{Name: "reshape", Who: strconv.FormatInt(actor.UserID, 10), Most: editsInAWhile, Window: 30 * time.Minute})
		if err != nil {
			return Picture{}, err
		}
	}
	m, err := s.reshaped(ctx, source, to)
	if err != nil {
		return Picture{}, err
	}
	made := Picture{OwnerKind: source.OwnerKind, OwnerID: source.OwnerID, Alt: source.Alt, SourceID: &source.ID, Turned: to.Turned, Crop: to.Crop}
	out, err := s.keep(ctx, actor, made, m, Upload{})
	if errors.Is(err, gorm.ErrDuplicatedKey) { // the button was pressed twice at once
		if before, found, again := s.shaped(ctx, source.ID, to); again != nil || found {
			return before, again
		}
	}
	if err == nil {
		err = s.hurry(ctx, &out)
	}
	return out, err
}

// hurry makes the sizes of a picture whose maker waits to see what a button did,
// before its job does; should that take too long, the job does it.
func (s *Service) hurry(ctx context.Context, p *Picture) error {
	soon, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	if err := s.MakeRenditions(soon, p.ID); err != nil {
		s.warn(ctx, "sizes of a turned picture are left to the job", p.ID, err)
		return nil
	}
	p.State = StateReady
	return nil
}

func (s *Service) shaped(ctx context.Context, sourceID int64, to Shape) (Picture, bool, error) {
	list, err := listPictures(s.db.Read(ctx), "source_id = ? AND turned = ? AND crop = ?", sourceID, to.Turned, string(to.Crop))
	if err != nil || len(list) == 0 {
		return Picture{}, false, err
	}
	return list[0], true, nil
}

func (s *Service) reshaped(ctx context.Context, source Picture, to Shape) (master, error) {
	data, err := s.bucket.ReadAll(ctx, masterBlob(source.Key))
	if err != nil {
		return master{}, fault.Unavailable("media.storage", err)
	}
	if err := s.decode.Acquire(ctx, 1); err != nil {
		return master{}, fault.Unavailable("fault.busy", err)
	}
	defer s.decode.Release(1)
	img, err := readMaster(data)
	if err != nil {
		return master{}, err
	}
	return clean(reshape(img, to))
}

// reshape turns and crops; imaging counts degrees the other way.
func reshape(img image.Image, to Shape) *image.NRGBA {
	var out *image.NRGBA
	switch to.Turned {
	case 90:
		out = imaging.Rotate270(img)
	case 180:
		out = imaging.Rotate180(img)
	case 270:
		out = imaging.Rotate90(img)
	default:
		out = imaging.Clone(img)
	}
	if to.Crop == CropNone {
		return out
	}
	size := out.Bounds().Size()
	side := min(size.X, size.Y)
	at := image.Point{}
	switch to.Crop {
	case CropMiddle:
		at = image.Pt((size.X-side)/2, (size.Y-side)/2)
	case CropEnd:
		at = image.Pt(size.X-side, size.Y-side)
	}
	return imaging.Crop(out, image.Rectangle{Min: at, Max: at.Add(image.Pt(side, side))})
}

// CopyTo returns a picture of another owner with the same content, made once per form
// key: a product that is copied takes its photos along. The caller has checked both
// owners, and must not be in a transaction.
func (s *Service) CopyTo(ctx context.Context, actor account.Actor, pictureID int64, up Upload) (Picture, error) {
	if before, found, err := s.Sent(ctx, up); err != nil || found {
		return before, err
	}
	known, err := s.Pictures(ctx, []int64{pictureID})
	if err != nil {
		return Picture{}, err
	}
	p, found := known[pictureID]
	if !found {
		return Picture{}, fault.NotFound("picture to copy")
	}
	data, err := s.bucket.ReadAll(ctx, masterBlob(p.Key))
	if err != nil {
		return Picture{}, fault.Unavailable("media.storage", err)
	}
	m := master{jpeg: data, width: p.Width, height: p.Height, colour: p.Colour, sha256: p.SHA256}
	if p.Sharpness == nil || p.Shadow == nil || p.Highlight == nil { // from before they were measured
		img, err := readMaster(data)
		if err != nil {
			return Picture{}, err
		}
		m.look = measure(imaging.Clone(img))
	} else {
		m.look = Look{Sharpness: *p.Sharpness, Shadow: *p.Shadow, Highlight: *p.Highlight}
	}
	out, err := s.keep(ctx, actor, Picture{OwnerKind: up.OwnerKind, OwnerID: up.OwnerID, Alt: p.Alt}, m, up)
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		if before, found, again := s.Sent(ctx, up); again != nil || found {
			return before, again
		}
	}
	if err != nil {
		return Picture{}, fmt.Errorf("media: copy: %w", err)
	}
	return out, nil
}
