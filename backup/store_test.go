package backup_test

import (
	"net/http/httptest"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/backup"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/media"
)

// Pictures move between kinds of stores: from memory into an object store and from
// there into files.
func TestPicturesMoveBetweenStores(t *testing.T) {
	ctx := t.Context()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("lapak"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	source := world(t, dbtest.SQLiteDB(t))
	want := blobs(t, source.Bucket)

	objects := emptyStore(t, database.SQLite)
	var err error
	objects.Bucket, err = media.OpenBucket(ctx, "s3://lapak?region=ap-southeast-3&use_path_style=true&endpoint="+server.URL, media.Credentials{Key: "lapak", Secret: "kunci"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = objects.Bucket.Close() })
	_, err = backup.Restore(ctx, opened(write(t, source, backup.Options{})), objects, backup.RestoreOptions{})
	require.NoError(t, err)
	require.Equal(t, want, blobs(t, objects.Bucket))
	a, err := objects.Bucket.Attributes(ctx, "pictures/"+key(t, objects.DB)+"/320.webp")
	require.NoError(t, err)
	require.Equal(t, "image/webp", a.ContentType)

	files := emptyStore(t, database.SQLite)
	files.Bucket, err = media.OpenBucket(ctx, "file://"+t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = files.Bucket.Close() })
	_, err = backup.Restore(ctx, opened(write(t, objects, backup.Options{})), files, backup.RestoreOptions{})
	require.NoError(t, err)
	require.Equal(t, want, blobs(t, files.Bucket))

	// A store that does not answer is no backup with missing pictures: it is none.
	server.Close()
	_, err = backup.WriteFile(ctx, objects, t.TempDir()+"/cadangan", backup.FileOptions{})
	require.Error(t, err)
}

func key(t *testing.T, db *database.DB) (k string) {
	t.Helper()
	require.NoError(t, db.Read(t.Context()).Raw("SELECT key FROM pictures WHERE state = 'ready'").Scan(&k).Error)
	return k
}

// A new table that refers to one that is not kept would not restore: the backup
// already says so.
func TestATableThatRefersToWhatIsLeftOutIsNoticed(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		from := backup.Store{DB: db, Bucket: emptyStore(t, database.SQLite).Bucket}
		require.NotEmpty(t, sums(t, from), "the control")
		run(t, db, "CREATE TABLE lekat (session_id BIGINT REFERENCES sessions (id))")
		_, err := backup.WriteFile(t.Context(), from, t.TempDir()+"/cadangan", backup.FileOptions{})
		require.ErrorIs(t, err, backup.ErrSchema)
	})
}
