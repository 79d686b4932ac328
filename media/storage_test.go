package media

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// onDisk gives the test a service whose pictures are files in dir.
func onDisk(t *testing.T, test func(t *testing.T, s *Service, dir string)) {
	t.Helper()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		dir := filepath.Join(t.TempDir(), "gambar")
		bucket, err := OpenBucket(t.Context(), "file://"+dir)
		require.NoError(t, err)
		test(t, service(t, db, bucket), dir)
	})
}

func TestOpenBucket_files(t *testing.T) {
	onDisk(t, func(t *testing.T, s *Service, dir string) {
		p := s.ready(t, jpegOf(t, halves(700, 350)))
		folder := filepath.Join(dir, "pictures", p.Key)
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		require.ElementsMatch(t, []string{"master.jpg", "160.webp", "160.jpg", "320.webp", "320.jpg", "640.webp", "640.jpg", "700.webp", "700.jpg"}, names,
			"no temporary files, no sidecars")
		info, err := os.Stat(folder)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	})
}

func TestOpenBucket_refuses(t *testing.T) {
	for _, address := range []string{"", "/srv/gambar", "mem://", "http://example.test/", "s4://x", "\x00"} {
		_, err := OpenBucket(t.Context(), address)
		require.Error(t, err, address)
		require.NotContains(t, err.Error(), "rahasia")
	}
}

// The same service over an S3 bucket, for installations of several machines.
func TestOpenBucket_s3(t *testing.T) {
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("lapak"))
	fake := gofakes3.New(backend).Server()
	var signedBy string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signedBy = r.Header.Get("Authorization")
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	address := "s3://lapak?region=ap-southeast-3&use_path_style=true&endpoint=" + server.URL
	t.Setenv("AWS_ACCESS_KEY_ID", "uji")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "uji")
	byEnvironment, err := OpenBucket(t.Context(), address)
	require.NoError(t, err)
	require.NoError(t, CheckBucket(t.Context(), byEnvironment))
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	bucket, err := OpenBucket(t.Context(), address, Credentials{"lapak", "kunci"})
	require.NoError(t, err)
	require.NoError(t, CheckBucket(t.Context(), bucket))
	require.Contains(t, signedBy, "AWS4-HMAC-SHA256 Credential=lapak/")
	objects, err := backend.ListBucket("lapak", nil, gofakes3.ListBucketPage{})
	require.NoError(t, err)
	require.Empty(t, objects.Contents, "trying leaves nothing behind")
	s := service(t, dbtest.SQLiteDB(t), bucket)
	p := s.ready(t, jpegOf(t, halves(700, 350)))
	require.NoError(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error {
		return s.SetVisibilityTx(t.Context(), tx, []int64{p.ID}, Public)
	}))
	c, err := s.Open(t.Context(), account.Actor{}, p.Key, "320", "jpg")
	require.NoError(t, err)
	require.True(t, c.Ready)
	require.Equal(t, 320, decoded(t, "320.jpg", c.Data).Bounds().Dx())
	findings, err := s.Prove(t.Context())
	require.NoError(t, err)
	require.Empty(t, findings)

	elsewhere, err := OpenBucket(t.Context(), strings.Replace(address, "s3://lapak", "s3://salah", 1), Credentials{"lapak", "kunci"})
	require.NoError(t, err)
	require.Error(t, CheckBucket(t.Context(), elsewhere), "a bucket that is not there")
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.Error(t, CheckBucket(ctx, bucket), "a store that is away")
}

// age makes every file under dir whose name contains part a day older.
func age(t *testing.T, dir, part string) {
	t.Helper()
	old := time.Now().Add(-24 * time.Hour)
	require.NoError(t, filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil || !strings.Contains(path, part) {
			return err
		}
		return os.Chtimes(path, old, old)
	}))
}

func TestService_Sweep(t *testing.T) {
	onDisk(t, func(t *testing.T, s *Service, dir string) {
		p := s.ready(t, jpegOf(t, halves(60, 40)))
		for _, name := range []string{masterBlob("yatimpiatu"), renditionBlob("yatimpiatu", 160, "jpg"), masterBlob("barusaja"), masterBlob(p.Key) + ".18ab.tmp"} {
			require.NoError(t, s.bucket.WriteAll(t.Context(), name, []byte("x"), nil))
		}
		age(t, dir, "yatimpiatu")
		age(t, dir, p.Key)
		before := len(s.blobs(t))
		n, err := s.Sweep(t.Context(), orphanAge)
		require.NoError(t, err)
		require.Equal(t, 3, n)
		left := s.blobs(t)
		require.Len(t, left, before-3)
		require.Contains(t, left, masterBlob("barusaja"), "an upload under way is not rubbish")
		require.Contains(t, left, masterBlob(p.Key))
		n, err = s.Sweep(t.Context(), orphanAge)
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

// Prove is silent on a sound store, and names the row of each kind of damage.
func TestService_Prove(t *testing.T) {
	quiet(t)
	sql := func(query string, args ...any) func(*testing.T, *Service, Picture, string) {
		return func(t *testing.T, s *Service, p Picture, _ string) {
			require.NoError(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error { return tx.Exec(query, args...).Error }))
		}
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, s *Service, p Picture, dir string)
		want  string
	}{
		"sound": {func(*testing.T, *Service, Picture, string) {}, ""},
		"master gone": {func(t *testing.T, s *Service, p Picture, _ string) {
			require.NoError(t, s.bucket.Delete(t.Context(), masterBlob(p.Key)))
		}, "the master is missing"},
		"master changed": {func(t *testing.T, s *Service, p Picture, _ string) {
			require.NoError(t, s.bucket.WriteAll(t.Context(), masterBlob(p.Key), []byte("x"), nil))
		}, "other bytes"},
		"rendition gone": {func(t *testing.T, s *Service, p Picture, _ string) {
			require.NoError(t, s.bucket.Delete(t.Context(), renditionBlob(p.Key, 160, "webp")))
		}, "file is missing"},
		"rendition short": {func(t *testing.T, s *Service, p Picture, _ string) {
			require.NoError(t, s.bucket.WriteAll(t.Context(), renditionBlob(p.Key, 160, "webp"), []byte("x"), nil))
		}, "1 bytes instead of"},
		"rendition no row": {sql("DELETE FROM renditions WHERE size = 640 AND format = 'jpg'"), "ready with 7 renditions"},
		"another's source": {sql("UPDATE pictures SET source_id = 1 + (SELECT max(id) FROM pictures), turned = 90 WHERE id = (SELECT max(id) FROM pictures)"), "did not send"},
		"failed":           {sql("UPDATE pictures SET state = 'failed'"), "could not be made"},
		"no picture": {func(t *testing.T, s *Service, _ Picture, dir string) {
			require.NoError(t, s.bucket.WriteAll(t.Context(), masterBlob("yatimpiatu"), []byte("x"), nil))
			age(t, dir, "yatimpiatu")
		}, "a file without a picture"},
	} {
		t.Run(name, func(t *testing.T) {
			onDisk(t, func(t *testing.T, s *Service, dir string) {
				p := s.ready(t, jpegOf(t, halves(200, 100)))
				s.store(t, jpegOf(t, halves(60, 40))) // its job has not run: sound
				c.spoil(t, s, p, dir)
				findings, err := s.Prove(t.Context())
				require.NoError(t, err)
				if c.want == "" {
					require.Empty(t, findings)
					return
				}
				require.NotEmpty(t, findings)
				for _, f := range findings {
					require.Contains(t, f.Text, c.want)
				}
			})
		})
	}
}
