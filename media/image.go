package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"github.com/deepteams/webp"
	"github.com/disintegration/imaging"
	xwebp "golang.org/x/image/webp"

	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Limits of an upload, checked before anything is decoded.
const (
	MaxBytes  = 10 << 20   // of the file
	MaxPixels = 40_000_000 // width × height
	maxSide   = 2560       // of the master, longer side
)

// Encoder settings, measured on product photos: WebP at 75 and method 2 is a
// third smaller than JPEG at 82 for the same look, in a fifth of a second.
const (
	masterQuality = 90
	jpegQuality   = 82
	webpQuality   = 75
	webpMethod    = 2
)

// master is a clean picture ready to be stored.
type master struct {
	jpeg          []byte
	width, height int
	colour        string
	sha256        string
	look          Look
}

// bad is a fault of the uploaded file; name is how the uploader knows it.
func bad(name, key string, cause error) *fault.Error {
	if name == "" {
		name = "Foto ini"
	}
	if r := []rune(name); len(r) > 60 {
		name = string(r[:57]) + "…"
	}
	return fault.Invalid(key, "name", name).With("photo", key, "name", name).Because(cause)
}

// readUpload reads at most MaxBytes.
func readUpload(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, bad(name, "media.interrupted", err)
	}
	if len(data) > MaxBytes {
		return nil, bad(name, "media.too_many_bytes", nil)
	}
	if len(data) == 0 {
		return nil, bad(name, "media.empty", nil)
	}
	return data, nil
}

// format is a kind of file we take. The decoders are named one by one: the
// registry behind image.Decode also holds TIFF and BMP once imaging is linked,
// and what is registered there can change with any import.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// sniff tells the format from the first bytes alone; the name and the declared
// type of an upload mean nothing.
func sniff(data []byte) (format, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return format{jpeg.DecodeConfig, decodeJPEG}, true
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return format{png.DecodeConfig, png.Decode}, true
	case len(data) >= 16 && string(data[:4]) == "RIFF" && string(data[8:15]) == "WEBPVP8":
		return format{xwebp.DecodeConfig, xwebp.Decode}, true
	}
	return format{}, false
}

// otherKind is the sentence about a file that is no picture we take: what people send
// by mistake has one of its own, with what to do instead.
func otherKind(data []byte) string {
	switch {
	case len(data) >= 12 && string(data[4:8]) == "ftyp":
		switch string(data[8:12]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			return "media.heic"
		case "avif", "avis":
			return "media.not_a_picture"
		}
		return "media.video"
	case bytes.HasPrefix(data, []byte("%PDF")):
		return "media.pdf"
	}
	return "media.not_a_picture"
}

// decodeJPEG decodes and turns the picture upright, as its EXIF says. The first
// bytes were sniffed, so the registry can only choose the JPEG decoder.
func decodeJPEG(r io.Reader) (image.Image, error) {
	return imaging.Decode(r, imaging.AutoOrientation(true))
}

// prepare checks a file, decodes it once and makes the master. Everything wrong
// with the file is an invalid fault.
func prepare(name string, data []byte) (master, error) {
	f, ok := sniff(data)
	if !ok {
		return master{}, bad(name, otherKind(data), nil)
	}
	cfg, err := f.config(bytes.NewReader(data))
	if err != nil {
		return master{}, bad(name, "media.damaged", err)
	}
	if cfg.Width <= 0 || cfg.Height <= 0 {
		return master{}, bad(name, "media.damaged", nil)
	}
	if int64(cfg.Width)*int64(cfg.Height) > MaxPixels {
		return master{}, bad(name, "media.too_many_pixels", nil)
	}
	img, err := guarded(func() (image.Image, error) {
		return f.decode(&hurried{bytes.NewReader(data), time.Now().Add(decodeTime)})
	})
	if err != nil {
		return master{}, bad(name, "media.damaged", err)
	}
	return clean(imaging.Fit(img, maxSide, maxSide, imaging.Lanczos)) // never larger than img
}

// clean makes the master of a picture that is upright and fits.
func clean(fitted *image.NRGBA) (master, error) {
	flatten(fitted)
	var out bytes.Buffer
	if err := imaging.Encode(&out, fitted, imaging.JPEG, imaging.JPEGQuality(masterQuality)); err != nil {
		return master{}, fmt.Errorf("media: encode master: %w", err)
	}
	sum := sha256.Sum256(out.Bytes())
	size := fitted.Bounds()
	return master{jpeg: out.Bytes(), width: size.Dx(), height: size.Dy(), colour: dominant(fitted), look: measure(fitted), sha256: hex.EncodeToString(sum[:])}, nil
}

// decodeTime is far above what an honest 40-megapixel photo needs (a second or
// two). A few bytes can ask a progressive JPEG to be gone over again and again.
const decodeTime = 20 * time.Second

// hurried stops giving bytes once the time is up, which ends the decoder.
type hurried struct {
	r     io.Reader
	until time.Time
}

var errSlow = errors.New("media: the file takes too long to decode")

func (h *hurried) Read(p []byte) (int, error) {
	if time.Now().After(h.until) {
		return 0, errSlow
	}
	return h.r.Read(p)
}

var errPanic = errors.New("media: the decoder gave up")

// guarded turns a decoder's panic on a hostile file into an error.
func guarded(decode func() (image.Image, error)) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, fmt.Errorf("%w: %v", errPanic, p)
		}
	}()
	return decode()
}

// flatten puts the picture on white: a JPEG has no transparency, and black
// behind a cut-out product looks broken. In place, so no second copy is held.
func flatten(img *image.NRGBA) {
	if img.Opaque() {
		return
	}
	for i := 0; i+3 < len(img.Pix); i += 4 {
		a := uint32(img.Pix[i+3])
		for c := range 3 {
			img.Pix[i+c] = uint8((uint32(img.Pix[i+c])*a + 255*(255-a) + 127) / 255)
		}
		img.Pix[i+3] = 255
	}
}

// dominant returns the mean of the most frequent group of similar colours of a
// small copy, as "#rrggbb".
func dominant(img image.Image) string {
	small := imaging.Resize(img, 48, 48, imaging.Box)
	type group struct{ n, r, g, b int }
	groups := map[[3]uint8]*group{}
	var best *group
	for i := 0; i+3 < len(small.Pix); i += 4 {
		p := small.Pix[i : i+3]
		k := [3]uint8{p[0] >> 5, p[1] >> 5, p[2] >> 5}
		g := groups[k]
		if g == nil {
			g = &group{}
			groups[k] = g
		}
		g.n, g.r, g.g, g.b = g.n+1, g.r+int(p[0]), g.g+int(p[1]), g.b+int(p[2])
		if best == nil || g.n > best.n {
			best = g
		}
	}
	return fmt.Sprintf("#%02x%02x%02x", best.r/best.n, best.g/best.n, best.b/best.n)
}

// encode writes a rendition in one of Formats.
func encode(img image.Image, format string) ([]byte, error) {
	var out bytes.Buffer
	var err error
	switch format {
	case "webp":
		o := webp.DefaultOptions()
		o.Quality, o.Method = webpQuality, webpMethod
		err = webp.Encode(&out, img, o)
	case "jpg":
		err = imaging.Encode(&out, img, imaging.JPEG, imaging.JPEGQuality(jpegQuality))
	default:
		err = fmt.Errorf("format %q", format)
	}
	if err != nil {
		return nil, fmt.Errorf("media: encode: %w", err)
	}
	return out.Bytes(), nil
}

// readMaster decodes a master of ours.
func readMaster(data []byte) (image.Image, error) {
	img, err := guarded(func() (image.Image, error) { return jpeg.Decode(bytes.NewReader(data)) })
	if err != nil {
		return nil, fmt.Errorf("media: decode master: %w", err)
	}
	return img, nil
}
