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

	"github.com/lapak-berdaya/lapak/internal/letters"
)

// StatusWidth and StatusHeight are the size of a picture for a phone's status.
const StatusWidth, StatusHeight = 1080, 1920

// Status is a card as tall as a phone, with a code to scan.
type Status struct {
	Card
	Scan string      // "Pindai untuk memesan"
	Code image.Image // a point for each cell; nil for none
}

// DrawStatus draws a status picture as JPEG. It checks no permission; what the fonts
// cannot write is left out. Not inside a transaction.
func (s *Service) DrawStatus(ctx context.Context, st Status) ([]byte, error) {
	return s.drawWith(ctx, st.Card, st.draw)
}

// draw puts the photo above and the words with the code below.
func (st Status) draw(photo image.Image) ([]byte, error) {
	const margin, code = 64, 340
	img := image.NewNRGBA(image.Rect(0, 0, StatusWidth, StatusHeight))
	draw.Draw(img, img.Bounds(), image.NewUniform(cardPaper), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, 0, StatusWidth, 110), image.NewUniform(cardBrand), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, 110, StatusWidth, 1190), imaging.Fill(photo, StatusWidth, 1080, imaging.Center, imaging.Lanczos), image.Point{}, draw.Src)
	width := StatusWidth - 2*margin
	if st.Code != nil {
		at := image.Pt(StatusWidth-margin-code, StatusHeight-margin-code)
		white := image.Rectangle{at.Sub(image.Pt(28, 28)), at.Add(image.Pt(code+28, code+28))}
		draw.Draw(img, white, image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(img, image.Rectangle{at, at.Add(image.Pt(code, code))}, imaging.Resize(st.Code, code, code, imaging.NearestNeighbor), image.Point{}, draw.Src)
	}
	for _, part := range []struct {
		words   string
		bold    bool
		size, y int
		most    int
		width   int
		ink     color.NRGBA
	}{
		{st.Brand, true, 44, 72, 1, width, cardInk},
		{st.Title, true, 76, 1310, 2, width, cardInk},
		{st.Price, true, 84, 1540, 1, width - code, cardPrice},
		{st.Shop, false, 44, 1640, 2, width - code - 40, cardSoft},
		{st.Scan, false, 38, 1790, 2, width - code - 40, cardInk},
	} {
		face, err := letters.Face(part.bold, float64(part.size))
		if err != nil {
			return nil, fmt.Errorf("media: status: %w", err)
		}
		y := part.y
		for _, line := range letters.Wrap(letters.Printable(part.words), part.most, func(line string) bool {
			return font.MeasureString(face, line).Ceil() <= part.width
		}) {
			d := font.Drawer{Dst: img, Src: image.NewUniform(part.ink), Face: face, Dot: fixed.P(margin, y)}
			d.DrawString(line)
			y += part.size * 6 / 5
		}
		if err := face.Close(); err != nil {
			return nil, fmt.Errorf("media: status: %w", err)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 82}); err != nil {
		return nil, fmt.Errorf("media: status: %w", err)
	}
	return b.Bytes(), nil
}
