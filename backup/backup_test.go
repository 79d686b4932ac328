package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/backup"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

var engines = []string{database.SQLite, database.Postgres}

// Every way between the engines: the restored installation holds the same rows,
// jobs and pictures, and its guards are awake.
func TestABackupRestoresOnBothEngines(t *testing.T) {
	for _, from := range engines {
		t.Run(from, func(t *testing.T) {
			source := world(t, migrated(t, from))
			file := write(t, source, backup.Options{})
			want, pictures := sums(t, source), blobs(t, source.Bucket)
			require.Len(t, pictures, 6, "two masters and one set of renditions")
			for _, to := range engines {
				t.Run(to, func(t *testing.T) {
					ctx := t.Context()
					into := emptyStore(t, to)
					found, err := backup.Restore(ctx, opened(file), into, backup.RestoreOptions{})
					require.NoError(t, err)
					require.Equal(t, pictures, blobs(t, into.Bucket))
					require.EqualValues(t, len(pictures), found.Pictures)

					got := sums(t, into)
					for i := range got {
						if got[i].Name == "trail" {
							require.Equal(t, want[i].Rows+1, got[i].Rows, "the restore itself is on the trail")
							got[i] = want[i]
						}
					}
					require.Equal(t, want, got)
					require.EqualValues(t, 1, number(t, into.DB, "SELECT count(*) FROM trail WHERE verb = 'restore'"))

					require.Equal(t, pending(t, source.DB), pending(t, into.DB))
					require.NotEmpty(t, pending(t, into.DB))
					for _, gone := range []string{"sessions", "sign_in_codes"} {
						require.Positive(t, number(t, source.DB, "SELECT count(*) FROM "+gone))
						require.Zero(t, number(t, into.DB, "SELECT count(*) FROM "+gone), "%s end with the old installation", gone)
					}
					var sealed string
					require.NoError(t, into.DB.Read(ctx).Raw("SELECT body FROM messages WHERE kind = 'x'").Scan(&sealed).Error)
					plain, err := into.Keys.Open("nik", sealed)
					require.NoError(t, err)
					require.Equal(t, "3519030101900001", plain)
					guarded(t, into.DB)
					jumped(t, source.DB, into.DB)
				})
			}
		})
	}
}

func pending(t *testing.T, db *database.DB) (out []jobs.Portable) {
	t.Helper()
	require.NoError(t, database.Snapshot(t.Context(), db, func(tx *gorm.DB) error {
		return jobs.Pending(t.Context(), tx, func(j jobs.Portable) error {
			j.Args = bytes.ReplaceAll(j.Args, []byte(" "), nil) // PostgreSQL writes JSON its own way
			j.ScheduledAt = 0                                   // what was due is due at once
			out = append(out, j)
			return nil
		})
	}))
	return out
}

// guarded proves that every trigger and constraint of the restored database works.
func guarded(t *testing.T, db *database.DB) {
	t.Helper()
	for _, forbidden := range []string{
		"UPDATE journal_lines SET amount = 1", "DELETE FROM trail", "UPDATE revisions SET title = 'x'",
		"INSERT INTO revision_pictures (revision_id, position, picture_id) SELECT revision_id, 9, 2 FROM revision_pictures WHERE picture_id = 1",
		"INSERT INTO products (shop_id, state, live_revision_id, category_id, mode, price, created_by, created_at, updated_at) SELECT shop_id, 'unpublished', live_revision_id, category_id, mode, price, 0, created_at, updated_at FROM products WHERE id = 1",
		"UPDATE products SET live_revision_id = 999", "UPDATE allotments SET taken = capacity + 1", "UPDATE products SET category_id = 999",
	} {
		require.Error(t, database.InTx(t.Context(), db, func(tx *gorm.DB) error { return tx.Exec(forbidden).Error }), forbidden)
	}
}

// jumped proves that no id of the source, also of a deleted row, comes again.
func jumped(t *testing.T, source, into *database.DB) {
	t.Helper()
	last := number(t, source, "SELECT max(id) FROM users")
	var next int64
	require.NoError(t, database.InTx(t.Context(), into, func(tx *gorm.DB) error {
		return tx.Raw("INSERT INTO users (name, state, created_by, created_at) SELECT 'Baru', 'active', 0, created_at FROM users WHERE id = 1 RETURNING id").Scan(&next).Error
	}))
	require.Greater(t, next, last+999_999)
}

// A new migration that fills a table, or refers to one that is not kept, must be
// thought about here.
func TestWhatMigrationsFillIsKnown(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		from := backup.Store{DB: db, Bucket: emptyStore(t, database.SQLite).Bucket}
		var filled []string
		for _, s := range sums(t, from) {
			if s.Rows > 0 {
				filled = append(filled, s.Name)
			}
		}
		require.ElementsMatch(t, backup.Seeded, filled, "a migration that inserts rows names its table in seeded")
		file := write(t, from, backup.Options{})
		into := emptyStore(t, db.Dialect())
		for name := range backup.LeftOut {
			require.Zero(t, number(t, db, "SELECT count(*) FROM "+name), "a table that is left out exists")
		}
		_, err := backup.Restore(t.Context(), opened(file), into, backup.RestoreOptions{})
		require.NoError(t, err, "an empty installation restores too")
		again := emptyStore(t, db.Dialect())
		_, err = database.Migrate(t.Context(), again.DB)
		require.NoError(t, err)
		_, err = backup.Restore(t.Context(), opened(file), again, backup.RestoreOptions{})
		require.NoError(t, err, "a migrated database that nobody used is empty")
	})
}

func TestADamagedFileChangesNothing(t *testing.T) {
	source := world(t, dbtest.SQLiteDB(t))
	plain := write(t, source, backup.Options{})
	key, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	sealed := write(t, source, backup.Options{Recipients: []age.Recipient{key.Recipient()}})
	into := emptyStore(t, database.SQLite)
	for name, file := range map[string][]byte{"plain": plain, "encrypted": sealed} {
		refuse := func(broken []byte, what string) {
			t.Helper()
			_, err := backup.Restore(t.Context(), opened(broken), into, backup.RestoreOptions{Identities: []age.Identity{key}})
			require.Error(t, err, "%s, %s", name, what)
			nothing(t, into)
		}
		for i := range 40 {
			at := len(file) * i / 40
			refuse(file[:at], fmt.Sprint("cut off at ", at))
			broken := bytes.Clone(file)
			broken[at] ^= 0x10
			if !bytes.Equal(unpacked(broken), unpacked(file)) || name == "encrypted" { // some bits of zstd say nothing
				refuse(broken, fmt.Sprint("a flipped bit at ", at))
			}
		}
		refuse(file[:len(file)-1], "the last byte is gone")
		refuse(append(bytes.Clone(file), 'x'), "something after the end")
	}
	_, err = backup.Restore(t.Context(), opened([]byte("PK\x03\x04 a zip file, certainly")), into, backup.RestoreOptions{})
	require.ErrorIs(t, err, backup.ErrNoBackup)
	_, err = backup.Restore(t.Context(), opened(plain[:len(plain)/2]), into, backup.RestoreOptions{})
	require.ErrorIs(t, err, backup.ErrDamaged)
	_, err = backup.Restore(t.Context(), opened(sealed), into, backup.RestoreOptions{})
	require.ErrorIs(t, err, backup.ErrIdentity)
	other, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	_, err = backup.Restore(t.Context(), opened(sealed), into, backup.RestoreOptions{Identities: []age.Identity{other}})
	require.ErrorIs(t, err, backup.ErrIdentity)
	require.NotContains(t, string(sealed), "manifest")
	_, err = backup.Restore(t.Context(), opened(sealed), into, backup.RestoreOptions{Identities: []age.Identity{key}})
	require.NoError(t, err, "the unbroken file restores")
}

func TestAFileOfANewerProgramIsRefused(t *testing.T) {
	source := world(t, dbtest.SQLiteDB(t))
	into := emptyStore(t, database.SQLite)
	for _, change := range []func(*backup.Manifest){
		func(m *backup.Manifest) { m.Format++ },
		func(m *backup.Manifest) { m.Schema += 1000 },
	} {
		file := rewritten(t, write(t, source, backup.Options{}), change)
		_, err := backup.Restore(t.Context(), opened(file), into, backup.RestoreOptions{})
		require.ErrorIs(t, err, backup.ErrFormat)
		nothing(t, into)
	}
	same := rewritten(t, write(t, source, backup.Options{}), func(*backup.Manifest) {})
	_, err := backup.Restore(t.Context(), opened(same), into, backup.RestoreOptions{})
	require.NoError(t, err, "the control: rewriting alone does no harm")
}

func TestKeysThatDoNotFitAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	source := world(t, dbtest.SQLiteDB(t))
	file := write(t, source, backup.Options{})
	into := emptyStore(t, database.SQLite)
	into.Keys = id.NewKeys("another key, of a stranger")
	_, err := backup.Restore(t.Context(), opened(file), into, backup.RestoreOptions{})
	require.ErrorIs(t, err, backup.ErrKeys)
	nothing(t, into)

	// A value sealed by an older key needs that key, also when another signs.
	source.Keys = id.NewKeys("the newer key", secret)
	rotated := write(t, source, backup.Options{})
	into.Keys = id.NewKeys("the newer key")
	_, err = backup.Restore(t.Context(), opened(rotated), into, backup.RestoreOptions{})
	require.ErrorIs(t, err, backup.ErrKeys)
	nothing(t, into)
	_, err = backup.Restore(t.Context(), opened(rotated), into, backup.RestoreOptions{LostKeys: true})
	require.NoError(t, err)

	// Nobody can keep a restore from working by typing what looks sealed.
	run(t, source.DB, "UPDATE shops SET about = 's1.deadbeef.AAAA'")
	typed := write(t, source, backup.Options{})
	into = emptyStore(t, database.SQLite)
	into.Keys = source.Keys
	_, err = backup.Restore(t.Context(), opened(typed), into, backup.RestoreOptions{})
	require.NoError(t, err)
}

func TestOnlyAnEmptyInstallationIsFilled(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		source := world(t, db)
		file := write(t, source, backup.Options{})
		before := sums(t, source)
		_, err := backup.Restore(ctx, opened(file), source, backup.RestoreOptions{})
		require.ErrorIs(t, err, backup.ErrNotEmpty)
		require.Equal(t, before, sums(t, source))

		into := emptyStore(t, db.Dialect())
		run(t, into.DB, "CREATE TABLE penting (id BIGINT)")
		_, err = backup.Restore(ctx, opened(file), into, backup.RestoreOptions{})
		require.ErrorIs(t, err, backup.ErrNotEmpty)
		run(t, into.DB, "DROP TABLE penting")

		require.NoError(t, into.Bucket.WriteAll(ctx, "pictures/punyaoranglain/master.jpg", []byte("x"), nil))
		_, err = backup.Restore(ctx, opened(file), into, backup.RestoreOptions{})
		require.ErrorIs(t, err, backup.ErrPictures)
		require.Len(t, blobs(t, into.Bucket), 1)
		_, err = backup.Restore(ctx, opened(file), into, backup.RestoreOptions{ReusePictures: true})
		require.NoError(t, err)
	})
}

// Wherever a restore is interrupted, the database stays empty, and the next try
// succeeds.
func TestAnInterruptedRestoreIsRepeated(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		file := write(t, world(t, db), backup.Options{})
		into := emptyStore(t, db.Dialect())
		for _, at := range []struct {
			phase string
			done  int64
		}{{backup.PhaseVerify, 1}, {backup.PhasePictures, 1}, {backup.PhaseRows, 40}, {backup.PhaseRows, 200}} {
			ctx, cancel := context.WithCancel(t.Context())
			reached := false
			_, err := backup.Restore(ctx, opened(file), into, backup.RestoreOptions{Progress: func(phase string, done, _ int64) {
				if phase == at.phase && done >= at.done {
					reached = true
					cancel()
				}
			}})
			cancel()
			require.True(t, reached, "%v", at)
			require.Error(t, err, "%v", at)
			if at.phase == backup.PhaseRows {
				require.Zero(t, number(t, into.DB, "SELECT count(*) FROM users"))
				require.EqualValues(t, 11, number(t, into.DB, "SELECT count(*) FROM categories"), "as migrated")
			}
		}
		require.NotEmpty(t, blobs(t, into.Bucket), "pictures of the interrupted tries")
		_, err := backup.Restore(t.Context(), opened(file), into, backup.RestoreOptions{})
		require.NoError(t, err)
		guarded(t, into.DB)
	})
}

func TestPicturesThatAreMissingOrEmptyAreReported(t *testing.T) {
	source := world(t, dbtest.SQLiteDB(t))
	ctx := t.Context()
	var lost, hollow string
	for name := range blobs(t, source.Bucket) {
		switch {
		case lost == "":
			lost = name
		case hollow == "":
			hollow = name
		}
	}
	require.NoError(t, source.Bucket.Delete(ctx, lost))
	require.NoError(t, source.Bucket.WriteAll(ctx, hollow, nil, nil))
	var out bytes.Buffer
	found, err := backup.Write(ctx, source, &out, backup.Options{})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{lost + ": missing", hollow + ": not the bytes that were stored"}, found.Problems)
	into := emptyStore(t, database.SQLite)
	found, err = backup.Restore(ctx, opened(out.Bytes()), into, backup.RestoreOptions{})
	require.NoError(t, err)
	require.Len(t, found.Problems, 2, "whoever restores hears of it too")
	require.Equal(t, blobs(t, source.Bucket), blobs(t, into.Bucket), "also the picture of no bytes")
}

func TestWriteFile(t *testing.T) {
	ctx := t.Context()
	source := world(t, dbtest.SQLiteDB(t))
	folder := t.TempDir()
	name := filepath.Join(folder, "cadangan.tar.zst")
	found, err := backup.WriteFile(ctx, source, name, backup.FileOptions{})
	require.NoError(t, err)
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	require.Equal(t, info.Size(), found.Stored)
	before, err := os.ReadFile(name)
	require.NoError(t, err)

	_, err = backup.WriteFile(ctx, source, name, backup.FileOptions{})
	require.ErrorIs(t, err, backup.ErrExists)
	after, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, before, after)
	_, err = backup.WriteFile(ctx, source, name, backup.FileOptions{Force: true, NoVerify: true})
	require.NoError(t, err)

	stopped, cancel := context.WithCancel(ctx)
	cancel()
	_, err = backup.WriteFile(stopped, source, filepath.Join(folder, "lain"), backup.FileOptions{})
	require.Error(t, err)
	key, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	sealed := filepath.Join(folder, "cadangan.age")
	_, err = backup.WriteFile(ctx, source, sealed, backup.FileOptions{Options: backup.Options{Recipients: []age.Recipient{key.Recipient()}}})
	require.NoError(t, err, "an encrypted file is verified without its owner's key")
	raw, err := os.ReadFile(sealed)
	require.NoError(t, err)
	_, err = backup.Check(ctx, bytes.NewReader(raw), []age.Identity{key}, nil)
	require.NoError(t, err)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 2, "nothing half written stays")
}

func TestKeepDeletesOnlyWhatItWrote(t *testing.T) {
	folder := t.TempDir()
	at := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	put := func(name, content string) string {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
		return name
	}
	const zstd, sealed = "\x28\xb5\x2f\xfd and what follows it", "age-encryption.org/v1\n…"
	old := []string{put(backup.Name(at, false), zstd), put(backup.Name(at.Add(time.Hour), true), sealed)}
	kept := []string{
		put(backup.Name(at.Add(2*time.Hour), false), zstd), put(backup.Name(at.Add(3*time.Hour), false), zstd),
		put("lapak-20200101-000000Z.tar.zst", "somebody's own"), put("lapak-20200101-000000Z.tar.zst.bak", zstd), put("surat.txt", zstd),
	}
	deleted, err := backup.Keep(folder, 2)
	require.NoError(t, err)
	require.Equal(t, old, deleted)
	for _, name := range kept {
		require.FileExists(t, filepath.Join(folder, name))
	}
	_, err = backup.Keep(folder, 0)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(folder, kept[1]), "the newest always stays")
}

// unpacked is what zstd makes of a file, nil when it cannot.
func unpacked(file []byte) []byte {
	z, err := zstd.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	defer z.Close()
	out, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	return out
}

func rewritten(t *testing.T, file []byte, change func(*backup.Manifest)) []byte {
	t.Helper()
	out, err := backup.Rewrite(file, change)
	require.NoError(t, err)
	return out
}
