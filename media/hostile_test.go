package media

import (
	"bytes"
	"errors"
	"image"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
)

func hostileFiles(t testing.TB) map[string]struct {
	data []byte
	key  string
} {
	good := jpegOf(t, halves(300, 200))
	type file = struct {
		data []byte
		key  string
	}
	return map[string]file{
		"empty":                     {nil, "media.empty"},
		"GIF of 34 bytes, 4 GB":     {[]byte("GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02\x44\x01\x00"), "media.not_a_picture"},
		"renamed PDF":               {[]byte("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"), "media.pdf"},
		"HEIC of an iPhone":         {[]byte("\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic"), "media.heic"},
		"video":                     {[]byte("\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2"), "media.video"},
		"AVIF":                      {[]byte("\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1"), "media.not_a_picture"},
		"SVG with a script":         {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "media.not_a_picture"},
		"HTML behind a JPEG's name": {[]byte("<!doctype html><script>alert(1)</script>"), "media.not_a_picture"},
		"BMP":                       {append([]byte("BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x18\x00"), make([]byte, 40)...), "media.not_a_picture"},
		"TIFF":                      {[]byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "media.not_a_picture"},
		"truncated JPEG":            {good[:len(good)/2], "media.damaged"},
		"JPEG header alone":         {good[:4], "media.damaged"},
		"truncated PNG":             {pngOf(t, halves(300, 200))[:90], "media.damaged"},
		"truncated WebP":            {webpOf(t, halves(300, 200))[:60], "media.damaged"},
		"PNG bomb":                  {claimingPNG(65535, 65535), "media.too_many_pixels"},
		"PNG of no width":           {claimingPNG(0, 10), "media.damaged"},
		"JPEG of 41 megapixels":     {claimingJPEG(t, 8200, 5000), "media.too_many_pixels"},
		"JPEG that claims 40":       {claimingJPEG(t, 8000, 5000), "media.damaged"},
		"WebP in a WebP":            {nestedWebP(), "media.damaged"},
		"more than 10 MiB":          {append(bytes.Clone(good), make([]byte, MaxBytes)...), "media.too_many_bytes"},
	}
}

// A hostile or broken file is refused with its own sentence and leaves nothing
// behind, and the memory that it claims is never taken.
func TestService_Store_hostile(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		for name, f := range hostileFiles(t) {
			t.Run(name, func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := s.Store(t.Context(), maker, Upload{Reader: bytes.NewReader(f.data), OwnerKind: "product", OwnerID: 7, Name: "liburan.jpg"})
				runtime.ReadMemStats(&after)
				requireKind(t, err, fault.KindInvalid, f.key)
				require.Equal(t, "photo", fault.As(err).Fields[0].Name)
				sentence := text.T(fault.As(err).Key, fault.As(err).Args...)
				require.True(t, strings.HasPrefix(sentence, "liburan.jpg "), sentence)
				require.NotContains(t, sentence, "{")
				if f.key != "media.too_many_bytes" { // which was read, not decoded
					require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(128<<20))
				}
			})
		}
		require.Empty(t, s.blobs(t))
		require.Zero(t, s.count(t, "SELECT count(*) FROM pictures"))
		require.Zero(t, s.count(t, "SELECT count(*) FROM river_job"))
		require.Zero(t, s.count(t, "SELECT count(*) FROM trail"))
		s.store(t, jpegOf(t, halves(30, 20))) // alive
	})
}

func TestService_Store_interrupted(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		cut := io.MultiReader(bytes.NewReader(jpegOf(t, halves(300, 200))[:100]), iotest.ErrReader(io.ErrUnexpectedEOF))
		_, err := s.Store(t.Context(), maker, Upload{Reader: cut, OwnerKind: "product", OwnerID: 7})
		requireKind(t, err, fault.KindInvalid, "media.interrupted")
		require.Contains(t, text.T(fault.As(err).Key, fault.As(err).Args...), "Foto ini")
		require.Empty(t, s.blobs(t))
	})
}

// A photo of an ordinary phone is taken; that the limit lies at 40 megapixels
// exactly is shown by the two claiming JPEGs above.
func TestPrepare_phonePhoto(t *testing.T) {
	m, err := prepare("", jpegOf(t, image.NewGray(image.Rect(0, 0, 4000, 3000))))
	require.NoError(t, err)
	require.Equal(t, []int{2560, 1920}, []int{m.width, m.height})
	require.Equal(t, "#000000", m.colour)
}

func TestPrepare_decoderPanics(t *testing.T) {
	_, err := guarded(func() (image.Image, error) { panic("index out of range") })
	require.ErrorIs(t, err, errPanic)
}

// A file that keeps the decoder busy is given up.
func TestHurried(t *testing.T) {
	data := jpegOf(t, halves(300, 200))
	_, err := decodeJPEG(&hurried{bytes.NewReader(data), time.Now().Add(time.Minute)})
	require.NoError(t, err)
	slow := &hurried{until: time.Now().Add(time.Minute)}
	slow.r = io.MultiReader(bytes.NewReader(data[:500]), lastly(func() { slow.until = time.Now().Add(-time.Second) }), iotest.OneByteReader(bytes.NewReader(data[500:])))
	_, err = decodeJPEG(slow)
	require.ErrorIs(t, err, errSlow)
}

// lastly is a reader without bytes that does something when it is reached.
type lastly func()

func (f lastly) Read([]byte) (int, error) { f(); return 0, io.EOF }

func FuzzPrepare(f *testing.F) {
	for _, h := range hostileFiles(f) {
		if len(h.data) < 1<<20 {
			f.Add(h.data)
		}
	}
	f.Add(withEXIF(f, jpegOf(f, halves(20, 10)), 6))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := prepare("x", data)
		if err != nil {
			require.Equal(t, fault.KindInvalid, fault.As(err).Kind)
			return
		}
		require.NotEmpty(t, m.jpeg)
		require.LessOrEqual(t, max(m.width, m.height), maxSide)
	})
}

// crowd sends n uploads at once and returns how many were decoded at the same
// time. Each decode waits until wanted are inside, or nobody else can come.
func crowd(t *testing.T, s *Service, n int, wanted int64) int64 {
	t.Helper()
	file := jpegOf(t, halves(60, 40))
	var inside, most, sent atomic.Int64
	full := make(chan struct{})
	var once sync.Once
	s.prepare = func(name string, data []byte) (master, error) {
		now := inside.Add(1)
		defer inside.Add(-1)
		for {
			m := most.Load()
			if now <= m || most.CompareAndSwap(m, now) {
				break
			}
		}
		if now >= wanted {
			once.Do(func() { close(full) })
		}
		select {
		case <-full:
		case <-t.Context().Done():
			return master{}, errors.New("the crowd never came")
		}
		return prepare(name, data)
	}
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			_, err := s.Store(t.Context(), maker, Upload{Reader: bytes.NewReader(file), OwnerKind: "product", OwnerID: 7})
			if err == nil {
				sent.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, n, sent.Load())
	return most.Load()
}

// Twenty uploads at once: never more than two are decoded together. With a wider
// semaphore the same crowd is seen, so the test can fail.
func TestService_Store_race(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		require.EqualValues(t, atOnce, crowd(t, s, 20, atOnce))
		require.EqualValues(t, 20, s.count(t, "SELECT count(*) FROM pictures"))
		require.Len(t, s.blobs(t), 20)
		s.decode = semaphore.NewWeighted(20)
		require.Greater(t, crowd(t, s, 20, 5), int64(atOnce))
	})
}
