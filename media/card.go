package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	"github.com/disintegration/imaging"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/letters"
)

// CardWidth and CardHeight are the size of the pictures of shared links, in
// pixels, as the networks ask for.
const CardWidth, CardHeight = 1200, 630

// Card is a picture of a shared link: a photo of ours with words beside it.
type Card struct {
	PictureID          int64
	Title, Price, Shop string
	Brand              string
}

var (
	cardPaper = color.NRGBA{253, 248, 239, 255}
	cardInk   = color.NRGBA{38, 29, 22, 255}
	cardSoft  = color.NRGBA{99, 87, 74, 255}
	cardPrice = color.NRGBA{169, 63, 33, 255}
	cardBrand = color.NRGBA{244, 181, 44, 255}
)

// DrawCard draws a card as JPEG. It checks no permission; what the fonts cannot
// write is left out, and long titles end in an ellipsis. Not inside a transaction.
func (s *Service) DrawCard(ctx context.Context, c Card) ([]byte, error) {
	return s.drawWith(ctx, c, c.draw)
}

// drawWith hands the photo of a card to how, few at once.
func (s *Service) drawWith(ctx context.Context, c Card, how func(photo image.Image) ([]byte, error)) ([]byte, error) {
	found, err := s.Pictures(ctx, []int64{c.PictureID})
	if err != nil {
		return nil, err
	}
	p, ok := found[c.PictureID]
	if !ok {
		return nil, fault.NotFound("picture for a card")
	}
	data, err := s.bucket.ReadAll(ctx, masterBlob(p.Key))
	if err != nil {
		return nil, fault.Unavailable("media.storage", err)
	}
	if err := s.render.Acquire(ctx, 1); err != nil {
		return nil, fault.Unavailable("fault.busy", err)
	}
	defer s.render.Release(1)
	photo, err := readMaster(data)
	if err != nil {
		return nil, err
	}
	return how(photo)
}

// draw puts the photo at the left and the words at the right.
func (c Card) draw(photo image.Image) ([]byte, error) {
	const side, margin = CardHeight, 44
	img := image.NewNRGBA(image.Rect(0, 0, CardWidth, CardHeight))
	draw.Draw(img, img.Bounds(), image.NewUniform(cardPaper), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, 0, side, side), imaging.Fill(photo, side, side, imaging.Center, imaging.Lanczos), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(side, 0, CardWidth, 76), image.NewUniform(cardBrand), image.Point{}, draw.Src)
	x, width := side+margin, CardWidth-side-2*margin
	y := 50
	for _, part := range []struct {
		words string
		bold  bool
		size  int
		most  int
		ink   color.NRGBA
		above int
	}{
		{c.Brand, true, 30, 1, cardInk, 0},
		{c.Title, true, 54, 4, cardInk, 96},
		{c.Price, true, 58, 2, cardPrice, 28},
		{c.Shop, false, 32, 2, cardSoft, 16},
	} {
		face, err := letters.Face(part.bold, float64(part.size))
		if err != nil {
			return nil, fmt.Errorf("media: card: %w", err)
		}
		y += part.above
		lines := letters.Wrap(letters.Printable(part.words), part.most, func(line string) bool {
			return font.MeasureString(face, line).Ceil() <= width
		})
		for _, line := range lines {
			d := font.Drawer{Dst: img, Src: image.NewUniform(part.ink), Face: face, Dot: fixed.P(x, y)}
			d.DrawString(line)
			y += part.size * 6 / 5
		}
		if err := face.Close(); err != nil {
			return nil, fmt.Errorf("media: card: %w", err)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, fmt.Errorf("media: card: %w", err)
	}
	return out.Bytes(), nil
}
