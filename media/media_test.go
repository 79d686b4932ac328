package media

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/memblob"
	xwebp "golang.org/x/image/webp"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/text"
)

func TestService_Store(t *testing.T) {
	for name, file := range map[string][]byte{
		"JPEG": jpegOf(t, halves(2600, 520)),
		"PNG":  pngOf(t, halves(2600, 520)),
		"WebP": webpOf(t, halves(2600, 520)),
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, s *Service) {
				p := s.store(t, file)
				require.Equal(t, Private, p.Visibility)
				require.Equal(t, StateStored, p.State)
				require.Equal(t, []int{2560, 512}, []int{p.Width, p.Height})
				require.Regexp(t, `^[a-z2-7]{26}$`, p.Key)
				require.Equal(t, p, s.again(t, p))
				require.EqualValues(t, 1, s.count(t, "SELECT count(*) FROM river_job WHERE kind = 'media_renditions'"))
				require.EqualValues(t, 1, s.count(t, "SELECT count(*) FROM trail WHERE verb = 'upload' AND actor_id = 42 AND object_id = ?", p.ID))
				all := s.blobs(t)
				require.Len(t, all, 1)
				cfg, err := jpeg.DecodeConfig(bytes.NewReader(all[masterBlob(p.Key)]))
				require.NoError(t, err)
				require.Equal(t, []int{2560, 512}, []int{cfg.Width, cfg.Height})
				of, err := s.PicturesOf(t.Context(), "product", 7)
				require.NoError(t, err)
				require.Equal(t, []Picture{p}, of)
			})
		})
	}
}

// What the phone wrote is in no stored byte, and the picture stands upright.
func TestService_Store_metadata(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		file := withEXIF(t, jpegOf(t, halves(600, 400)), 6)
		require.True(t, bytes.Contains(file, []byte(whereabouts)))
		p := s.ready(t, file)
		require.Equal(t, []int{400, 600}, []int{p.Width, p.Height}, "turned upright")

		all := s.blobs(t)
		require.Len(t, all, 1+2*3, "master, and three widths up to its own in two formats")
		for name, data := range all {
			for _, trace := range []string{"Exif", "EXIF", whereabouts, "RUMAH", "http://ns.adobe", "ICC_PROFILE", "II*\x00"} {
				require.False(t, bytes.Contains(data, []byte(trace)), "%s in %s", trace, name)
			}
			img := decoded(t, name, data)
			b := img.Bounds()
			requireNear(t, red, img.At(b.Dx()/2, b.Dy()/8), name)
			requireNear(t, blue, img.At(b.Dx()/2, b.Dy()*7/8), name)
		}
	})
}

func decoded(t *testing.T, name string, data []byte) (img image.Image) {
	t.Helper()
	var err error
	if strings.HasSuffix(name, ".webp") {
		img, err = xwebp.Decode(bytes.NewReader(data))
	} else {
		img, err = jpeg.Decode(bytes.NewReader(data))
	}
	require.NoError(t, err, name)
	return img
}

func requireNear(t *testing.T, want color.NRGBA, got color.Color, where string) {
	t.Helper()
	c := color.NRGBAModel.Convert(got).(color.NRGBA)
	for _, d := range []int{int(c.R) - int(want.R), int(c.G) - int(want.G), int(c.B) - int(want.B)} {
		require.InDelta(t, 0, d, 25, "%s: %v instead of %v", where, c, want)
	}
}

// Transparency becomes white, not black, and the colour is what is seen most.
func TestPrepare_transparency(t *testing.T) {
	cut := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	for y := 40; y < 60; y++ {
		for x := 40; x < 60; x++ {
			cut.SetNRGBA(x, y, red)
		}
	}
	m, err := prepare("", pngOf(t, cut))
	require.NoError(t, err)
	require.Equal(t, "#ffffff", m.colour)
	img := decoded(t, "master.jpg", m.jpeg)
	requireNear(t, color.NRGBA{255, 255, 255, 255}, img.At(5, 5), "corner")
	requireNear(t, red, img.At(50, 50), "middle")

	m, err = prepare("", jpegOf(t, halves(90, 10).SubImage(image.Rect(0, 0, 60, 10))))
	require.NoError(t, err)
	require.Regexp(t, `^#c[0-9a-f]1[0-9a-f]1[0-9a-f]$`, m.colour)
}

func TestService_MakeRenditions(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		p := s.ready(t, jpegOf(t, halves(700, 350)))
		require.NoError(t, s.MakeRenditions(t.Context(), p.ID), "again")
		require.Equal(t, StateReady, s.again(t, p).State)
		require.EqualValues(t, 8, s.count(t, "SELECT count(*) FROM renditions"))
		require.NoError(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error {
			return s.SetVisibilityTx(t.Context(), tx, []int64{p.ID, p.ID}, Public)
		}))
		for _, size := range Sizes {
			for _, format := range Formats {
				path := p.Path(size, format)
				require.Regexp(t, `^/gambar/[a-z2-7]{26}/[0-9]+\.(webp|jpg)$`, path)
				c, err := s.Open(t.Context(), account.Actor{}, p.Key, sizeName(size), format)
				require.NoError(t, err)
				require.True(t, c.Ready && c.Immutable)
				require.Equal(t, contentTypes[format], c.ContentType)
				require.NotEmpty(t, c.ETag)
				b := decoded(t, path, c.Data).Bounds()
				require.Equal(t, []int{p.WidthAt(size), p.HeightAt(size)}, []int{b.Dx(), b.Dy()}, path)
				require.Equal(t, min(size, 700), b.Dx(), "never blown up")
			}
		}
		require.Len(t, s.blobs(t), 1+4*2)
		requireKind(t, s.MakeRenditions(t.Context(), 999), fault.KindNotFound, "fault.not_found")
	})
}

func sizeName(size int) string { return strconv.Itoa(size) }

func TestService_MakeRenditions_lostMaster(t *testing.T) {
	quiet(t)
	run(t, func(t *testing.T, s *Service) {
		gone := s.store(t, jpegOf(t, halves(60, 40)))
		require.NoError(t, s.bucket.Delete(t.Context(), masterBlob(gone.Key)))
		torn := s.store(t, jpegOf(t, halves(60, 40)))
		require.NoError(t, s.bucket.WriteAll(t.Context(), masterBlob(torn.Key), []byte("\xff\xd8\xff bukan foto"), nil))
		for _, p := range []Picture{gone, torn} {
			require.ErrorIs(t, s.MakeRenditions(t.Context(), p.ID), errLost)
			require.Equal(t, StateFailed, s.again(t, p).State)
		}
	})
}

// The job that Store enqueues does the work.
func TestService_Register(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		w := jobs.NewWorkers()
		s.Register(w)
		runner, err := jobs.NewRunner(s.db, w, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		p := s.store(t, jpegOf(t, halves(60, 40)))
		require.NoError(t, runner.Start(t.Context()))
		defer func() { require.NoError(t, runner.Stop(context.WithoutCancel(t.Context()))) }()
		require.Eventually(t, func() bool { return s.again(t, p).State == StateReady }, 3*time.Minute, 20*time.Millisecond)
	})
}

func TestService_Open_whoSees(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		p := s.ready(t, jpegOf(t, halves(60, 40)))
		stranger := account.Actor{UserID: 43}
		shown := true
		open := func(viewer account.Actor) (Content, error) {
			return s.Open(t.Context(), viewer, p.Key, "160", "webp")
		}
		set := func(v Visibility) {
			t.Helper()
			require.NoError(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error {
				return s.SetVisibilityTx(t.Context(), tx, []int64{p.ID}, v)
			}))
		}
		_, missing := s.Open(t.Context(), maker, "tidakada", "160", "webp")
		hidden := func(viewer account.Actor) {
			t.Helper()
			_, err := open(viewer)
			requireKind(t, err, fault.KindNotFound, fault.As(missing).Key)
		}
		// Without hooks a private picture is nobody's.
		hidden(maker)
		s.Connect(Hooks{
			Access: func(_ context.Context, viewer account.Actor, kind string, owner int64) (bool, error) {
				require.Equal(t, "product", kind)
				require.EqualValues(t, 7, owner)
				return viewer.UserID == 42, nil
			},
			Shown: func(context.Context, string, int64) (bool, error) { return shown, nil },
		})
		c, err := open(maker)
		require.NoError(t, err)
		require.True(t, c.Ready)
		require.False(t, c.Immutable, "a private picture may not be kept")
		hidden(stranger)
		hidden(account.Actor{})

		set(Person)
		c, err = open(account.Actor{})
		require.NoError(t, err)
		require.False(t, c.Immutable, "consent may end")
		shown = false
		hidden(account.Actor{})
		_, err = open(maker)
		require.NoError(t, err)

		set(Public)
		c, err = open(account.Actor{})
		require.NoError(t, err)
		require.True(t, c.Immutable)
		set(Private)
		hidden(stranger)

		for _, bad := range [][2]string{{"161", "webp"}, {"0160", "webp"}, {"160", "gif"}, {"master", "jpg"}, {"../160", "jpg"}} {
			_, err := s.Open(t.Context(), maker, p.Key, bad[0], bad[1])
			requireKind(t, err, fault.KindNotFound, "fault.not_found")
		}
		s.Connect(Hooks{Access: func(context.Context, account.Actor, string, int64) (bool, error) {
			return true, errors.New("the database is away")
		}})
		_, err = open(maker)
		require.Error(t, err)
		require.False(t, fault.Is(err, fault.KindNotFound))
		require.Error(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error {
			return s.SetVisibilityTx(t.Context(), tx, []int64{p.ID, 999}, Public)
		}))
	})
}

// Until the job has run, and when storage is down, the page gets the picture's
// shape in its own colour, which nobody may keep.
func TestService_Open_placeholder(t *testing.T) {
	quiet(t)
	run(t, func(t *testing.T, s *Service) {
		s.Connect(Hooks{Access: func(context.Context, account.Actor, string, int64) (bool, error) { return true, nil }})
		p := s.store(t, jpegOf(t, halves(700, 350)))
		check := func() {
			t.Helper()
			c, err := s.Open(t.Context(), maker, p.Key, "320", "webp")
			require.NoError(t, err)
			require.Equal(t, "image/svg+xml", c.ContentType)
			require.False(t, c.Ready || c.Immutable)
			require.Empty(t, c.ETag)
			require.Equal(t, `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="160" viewBox="0 0 320 160"><path fill="`+p.Colour+`" d="M0 0h320v160H0z"/></svg>`, string(c.Data))
		}
		check()
		require.NoError(t, s.MakeRenditions(t.Context(), p.ID))
		require.NoError(t, s.bucket.Close())
		check()
	})
}

// A blob without its row is taken back; storage that is down stores no row.
func TestService_Store_allOrNothing(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		file := jpegOf(t, halves(60, 40))
		up := func() Upload { return Upload{Reader: bytes.NewReader(file), OwnerKind: "product", OwnerID: 7} }
		good := s.bucket
		s.bucket = memblob.OpenBucket(nil)
		require.NoError(t, s.bucket.Close())
		_, err := s.Store(t.Context(), maker, up())
		requireKind(t, err, fault.KindUnavailable, "media.storage")
		require.Zero(t, s.count(t, "SELECT count(*) FROM pictures"))

		s.bucket = good
		require.NoError(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error {
			return tx.Exec("DROP TABLE river_job").Error // the job cannot be enqueued
		}))
		_, err = s.Store(t.Context(), maker, up())
		require.Error(t, err)
		require.Zero(t, s.count(t, "SELECT count(*) FROM pictures"))
		require.Empty(t, s.blobs(t))
	})
}

var keyInCode = regexp.MustCompile(`"((?:media|fault)\.[a-z_]+)"`)

// Every key that media uses has its sentence.
func TestTextKeys(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	n := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		source, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range keyInCode.FindAllStringSubmatch(string(source), -1) {
			require.True(t, text.Has(m[1]), m[1])
			n++
		}
	}
	require.GreaterOrEqual(t, n, 7)
}

// quiet keeps expected warnings out of the test's output.
func quiet(t *testing.T) {
	t.Helper()
	old := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(old) })
}
