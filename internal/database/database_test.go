package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

func TestInTx(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		hits := func() (n int64) {
			require.NoError(t, db.Read(ctx).Raw("SELECT count(*) FROM invalidations").Scan(&n).Error)
			return n
		}
		after := 0
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			database.AfterCommit(tx, func() { after++ })
			return database.InvalidateTx(ctx, tx, "list", "product:nastar")
		}))
		require.EqualValues(t, 2, hits())
		require.Equal(t, 1, after)

		undo := errors.New("undo")
		require.ErrorIs(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			database.AfterCommit(tx, func() { after++ })
			if err := database.InvalidateTx(ctx, tx, "list"); err != nil {
				return err
			}
			return undo
		}), undo)
		require.EqualValues(t, 2, hits())
		require.Equal(t, 1, after, "a rolled-back transaction has no effect outside")

		require.ErrorContains(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return database.InTx(tx.Statement.Context, db, func(*gorm.DB) error { return nil })
		}), "inside a transaction")
	})
}

func TestConstraintErrorsHaveOneName(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		insert := func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO rate_counters (name, window_start, hits) VALUES ('x', ?, 1)", time.Unix(0, 0).UTC()).Error
		}
		require.NoError(t, database.InTx(ctx, db, insert))
		require.ErrorIs(t, database.InTx(ctx, db, insert), gorm.ErrDuplicatedKey)
		returning := func(tx *gorm.DB) error {
			var hits int64
			return tx.Raw("INSERT INTO rate_counters (name, window_start, hits) VALUES ('x', ?, 1) RETURNING hits", time.Unix(0, 0).UTC()).Scan(&hits).Error
		}
		require.ErrorIs(t, database.InTx(ctx, db, returning), gorm.ErrDuplicatedKey, "a statement that answers with a row too")
	})
}

func TestReadRefusesToWriteOnSQLite(t *testing.T) {
	db := dbtest.SQLiteDB(t)
	require.Error(t, db.Read(t.Context()).Exec("INSERT INTO rate_counters (name, window_start, hits) VALUES ('x', '2026-01-01', 1)").Error)
}

func TestTrailIsAppendOnly(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return trail.RecordTx(ctx, tx, trail.Entry{Actor: 3, Subject: 4, Verb: "submit", Object: "submission", ObjectID: 9})
		}))
		for _, change := range []string{"UPDATE trail SET verb = 'x'", "DELETE FROM trail"} {
			require.ErrorContains(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return tx.Exec(change).Error }), "append-only")
		}
		rows, err := trail.Of(ctx, db.Read(ctx), "submission", 9)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.EqualValues(t, 4, rows[0].SubjectID)
		require.WithinDuration(t, time.Now(), rows[0].CreatedAt, time.Minute)
	})
}

func TestClockIsOncePerTransactionAndShifts(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		var inside time.Time
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			a, err := clock.Now(ctx, tx)
			require.NoError(t, err)
			require.NoError(t, tx.Exec("DELETE FROM rate_counters").Error)
			b, err := clock.Now(ctx, tx)
			require.NoError(t, err)
			require.Equal(t, a, b)
			inside = a
			return nil
		}))
		require.Equal(t, time.UTC, inside.Location())
		require.WithinDuration(t, time.Now(), inside, time.Minute)
		db.Clock().Advance(48 * time.Hour)
		later, err := clock.Now(ctx, db.Read(ctx))
		require.NoError(t, err)
		require.WithinDuration(t, inside.Add(48*time.Hour), later, time.Minute)

		// What is drawn under Hold has one time; a transaction inside has its own.
		held := clock.Hold(ctx)
		first, err := clock.Now(held, db.Read(held))
		require.NoError(t, err)
		db.Clock().Advance(time.Hour)
		second, err := clock.Now(held, db.Read(held))
		require.NoError(t, err)
		require.Equal(t, first, second)
		require.NoError(t, database.InTx(held, db, func(tx *gorm.DB) error {
			own, err := clock.Now(held, tx)
			require.NoError(t, err)
			require.WithinDuration(t, first.Add(time.Hour), own, time.Minute)
			return nil
		}))
	})
}

func TestTimesSurviveTheRoundTrip(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		wib := time.FixedZone("WIB", 7*3600)
		for _, at := range []time.Time{
			time.Date(2026, 11, 21, 23, 59, 59, 999999000, wib),
			time.Date(2026, 11, 22, 0, 0, 0, 0, wib),
			time.Date(2026, 11, 22, 0, 0, 0, 500000000, time.UTC),
		} {
			require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
				require.NoError(t, tx.Exec("DELETE FROM rate_counters").Error)
				return tx.Exec("INSERT INTO rate_counters (name, window_start, hits) VALUES ('x', ?, 1)", at.UTC()).Error
			}))
			var got struct{ WindowStart time.Time }
			require.NoError(t, db.Read(ctx).Raw("SELECT window_start FROM rate_counters WHERE window_start >= ? AND window_start < ?",
				at.UTC(), at.UTC().Add(time.Microsecond)).Scan(&got).Error)
			require.True(t, at.Equal(got.WindowStart), "%s became %s", at, got.WindowStart)
		}
	})
}

func TestManyWritersLoseNothing(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		start := time.Unix(0, 0).UTC()
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO rate_counters (name, window_start, hits) VALUES ('x', ?, 50)", start).Error
		}))
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 120 {
			wg.Go(func() {
				err := database.InTx(ctx, db, func(tx *gorm.DB) error {
					r := tx.Exec("UPDATE rate_counters SET hits = hits - 1 WHERE name = 'x' AND hits >= 1")
					if r.Error == nil && r.RowsAffected == 1 {
						database.AfterCommit(tx, func() { mu.Lock(); won++; mu.Unlock() })
					}
					return r.Error
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 50, won)
	})
}

func TestAFolderMayHaveAnyName(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "toko #1? 100%")
	db, err := database.Open(t.Context(), "sqlite:"+filepath.Join(folder, "lapak.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = database.Migrate(t.Context(), db)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(folder, "lapak.db"))
}

func TestSnapshotSeesOneMomentAndBlocksNobody(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		count := func(tx *gorm.DB) (n int64) {
			require.NoError(t, tx.Raw("SELECT count(*) FROM rate_counters").Scan(&n).Error)
			return n
		}
		n := 0
		insert := func(tx *gorm.DB) error {
			n++
			return tx.Exec("INSERT INTO rate_counters (name, window_start, hits) VALUES (?, ?, 1)", fmt.Sprint(n), time.Unix(0, 0).UTC()).Error
		}
		write := func() { require.NoError(t, database.InTx(ctx, db, insert)) }
		write()
		require.NoError(t, database.Snapshot(ctx, db, func(tx *gorm.DB) error {
			write() // after the snapshot began, and before its first look at this table
			require.EqualValues(t, 1, count(tx))
			write()
			require.EqualValues(t, 1, count(tx))
			require.EqualValues(t, 3, count(db.Read(ctx)), "the control: others see them")
			return nil
		}))
		require.Error(t, database.Snapshot(ctx, db, insert), "a snapshot only reads")
	})
}

func TestMigrateToOneVersionAndOn(t *testing.T) {
	for _, address := range []string{"sqlite:" + filepath.Join(t.TempDir(), "lapak.db"), dbtest.PostgresURL(t)} {
		ctx := t.Context()
		db, err := database.Open(ctx, address)
		require.NoError(t, err)
		version := func() int64 {
			v, err := database.Version(ctx, db)
			require.NoError(t, err)
			return v
		}
		require.Zero(t, version())
		steps, err := database.MigrateTo(ctx, db, 3)
		require.NoError(t, err)
		require.Equal(t, 3, steps)
		require.EqualValues(t, 3, version())
		latest, err := database.Latest(db.Dialect())
		require.NoError(t, err)
		_, err = database.MigrateTo(ctx, db, latest+1)
		require.ErrorIs(t, err, database.ErrNewerSchema)
		require.EqualValues(t, 3, version())
		_, err = database.Migrate(ctx, db)
		require.NoError(t, err)
		require.Equal(t, latest, version())
		steps, err = database.MigrateTo(ctx, db, 3)
		require.NoError(t, err)
		require.Zero(t, steps, "never down")

		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, TRUE)", latest+1).Error
		}))
		_, err = database.Migrate(ctx, db)
		require.ErrorIs(t, err, database.ErrNewerSchema)
		require.NoError(t, db.Close())
		_, err = database.Open(ctx, address)
		require.ErrorIs(t, err, database.ErrNewerSchema, "a newer program's database is not opened")
	}
}

// The file holds everything the shop knows: nobody else on the machine reads it,
// even in a folder that is open to all.
func TestTheFileIsItsOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	db, err := database.Open(t.Context(), "sqlite:"+filepath.Join(dir, "lapak.db"))
	require.NoError(t, err)
	_, err = database.Migrate(t.Context(), db)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Greater(t, len(files), 1, "the log stands beside it")
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, f.Name())
	}
}
