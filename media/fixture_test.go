package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"github.com/deepteams/webp"
	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

var maker = account.Actor{UserID: 42, Name: "Perajin"}

// run gives the test a service over a fresh store and an empty bucket, on both
// databases.
func run(t *testing.T, test func(t *testing.T, s *Service)) {
	t.Helper()
	dbtest.Run(t, func(t *testing.T, db *database.DB) { test(t, service(t, db, memblob.OpenBucket(nil))) })
}

func service(t *testing.T, db *database.DB, bucket *blob.Bucket) *Service {
	t.Helper()
	t.Cleanup(func() { _ = bucket.Close() })
	queue, err := jobs.NewQueue(db)
	require.NoError(t, err)
	return NewService(db, queue, bucket)
}

func (s *Service) store(t *testing.T, data []byte) Picture {
	t.Helper()
	p, err := s.Store(t.Context(), maker, Upload{Reader: bytes.NewReader(data), OwnerKind: "product", OwnerID: 7, Name: "foto.jpg"})
	require.NoError(t, err)
	return p
}

func (s *Service) ready(t *testing.T, data []byte) Picture {
	t.Helper()
	p := s.store(t, data)
	require.NoError(t, s.MakeRenditions(t.Context(), p.ID))
	return p
}

func (s *Service) again(t *testing.T, p Picture) Picture {
	t.Helper()
	found, err := s.Pictures(t.Context(), []int64{p.ID})
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[p.ID]
}

// blobs returns every stored file by name.
func (s *Service) blobs(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	list := s.bucket.List(nil)
	for {
		o, err := list.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		data, err := s.bucket.ReadAll(t.Context(), o.Key)
		require.NoError(t, err)
		all[o.Key] = data
	}
}

func (s *Service) count(t *testing.T, query string, args ...any) int64 {
	t.Helper()
	var n int64
	require.NoError(t, s.db.Read(t.Context()).Raw(query, args...).Scan(&n).Error)
	return n
}

func requireKind(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, kind, fault.As(err).Kind, "%v", err)
	require.Equal(t, key, fault.As(err).Key)
}

var (
	red  = color.NRGBA{200, 30, 20, 255}
	blue = color.NRGBA{20, 40, 200, 255}
)

// halves is red on the left and blue on the right.
func halves(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if x < w/2 {
				img.SetNRGBA(x, y, red)
			} else {
				img.SetNRGBA(x, y, blue)
			}
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}))
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func webpOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, webp.Encode(&b, img, webp.DefaultOptions()))
	return b.Bytes()
}

// whereabouts is what a phone writes into a photo and nobody may ever get.
const whereabouts = "RUMAH IBU SITI RT 004"

// withEXIF puts an EXIF segment with an orientation, a GPS position and a text
// behind the start of a JPEG, as phones do.
func withEXIF(t testing.TB, file []byte, orientation uint16) []byte {
	t.Helper()
	require.Equal(t, []byte{0xff, 0xd8}, file[:2])
	le := binary.LittleEndian
	tiff := []byte("II*\x00\x08\x00\x00\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		tiff = le.AppendUint16(tiff, tag)
		tiff = le.AppendUint16(tiff, kind)
		tiff = le.AppendUint32(tiff, count)
		tiff = le.AppendUint32(tiff, value)
	}
	const textAt, gpsAt = 8 + 2 + 3*12 + 4, 8 + 2 + 3*12 + 4 + 32
	tiff = le.AppendUint16(tiff, 3)
	entry(0x010e, 2, uint32(len(whereabouts)+1), textAt) // ImageDescription
	entry(0x0112, 3, 1, uint32(orientation))             // Orientation
	entry(0x8825, 4, 1, gpsAt)                           // GPS IFD
	tiff = le.AppendUint32(tiff, 0)
	tiff = append(tiff, (whereabouts + string(make([]byte, 32-len(whereabouts))))...)
	require.Len(t, tiff, gpsAt)
	tiff = le.AppendUint16(tiff, 2)
	entry(1, 2, 2, uint32('S'))
	entry(2, 5, 3, gpsAt+2+2*12+4)
	tiff = le.AppendUint32(tiff, 0)
	for _, n := range []uint32{7, 1, 37, 1, 4242, 100} { // 7° 37' 42.42" S
		tiff = le.AppendUint32(tiff, n)
	}
	body := append([]byte("Exif\x00\x00"), tiff...)
	out := []byte{0xff, 0xd8, 0xff, 0xe1}
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	out = append(out, body...)
	return append(out, file[2:]...)
}

// claimingJPEG is a small JPEG whose frame header claims other dimensions.
func claimingJPEG(t testing.TB, w, h uint16) []byte {
	t.Helper()
	data := jpegOf(t, halves(16, 16))
	at := bytes.Index(data, []byte{0xff, 0xc0})
	require.Positive(t, at)
	binary.BigEndian.PutUint16(data[at+5:], h)
	binary.BigEndian.PutUint16(data[at+7:], w)
	return data
}

// claimingPNG is the header of a PNG of that size, with a right checksum.
func claimingPNG(w, h uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, w)
	chunk = binary.BigEndian.AppendUint32(chunk, h)
	chunk = append(chunk, 8, 6, 0, 0, 0)
	out := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, "\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"...)
}

// nestedWebP is an extended WebP of 16×16 around a lossless one that claims
// 16384×16384.
func nestedWebP() []byte {
	le := binary.LittleEndian
	body := []byte("WEBPVP8X")
	body = le.AppendUint32(body, 10)
	body = append(body, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0)
	body = append(body, "VP8L"...)
	body = le.AppendUint32(body, 6)
	body = append(body, 0x2f, 0xff, 0xff, 0xff, 0x0f, 0)
	return append(le.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}
