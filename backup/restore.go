package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
	"gocloud.dev/blob"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/media"
)

// RestoreOptions change what Restore refuses.
type RestoreOptions struct {
	Identities    []age.Identity
	ReusePictures bool // the picture store is this installation's own and the old one no longer runs
	LostKeys      bool // restore although some sealed values can never be read again
	Progress      Progress
}

// Restore puts a backup into an empty installation. It reads the file three times:
// first whole, so that a damaged one changes nothing; then the pictures, which
// without rows are rubbish that the sweeper removes; then the rows, in one
// transaction that also compares the copy with the sums of the source. So it can be
// interrupted and repeated at any point. The database is migrated to the backup's
// schema before the load and to the program's after it. The caller audits.
func Restore(ctx context.Context, open func() (io.ReadCloser, error), into Store, o RestoreOptions) (Summary, error) {
	r := &restoring{ctx: ctx, open: open, into: into, o: o, keys: map[string]bool{}}
	found, end, err := r.walk(visitor{
		manifest: restorable,
		picture:  func(name string, _ []byte) error { r.keys[pictureKey(name)] = true; return nil },
		progress: func(n int64) { o.Progress.tell(PhaseVerify, n, 0) },
	})
	if err != nil {
		return found, err
	}
	m := found.Manifest
	if err := fits(into, m, end, o.LostKeys); err != nil {
		return found, err
	}
	if err := untouched(ctx, into.DB, m.Schema); err != nil {
		return found, err
	}
	if err := r.pictures(found); err != nil {
		return found, err
	}
	if _, err := database.MigrateTo(ctx, into.DB, m.Schema); err != nil {
		return found, err
	}
	if err := jobs.Migrate(ctx, into.DB); err != nil {
		return found, err
	}
	if err := r.rows(m, end); err != nil {
		return found, err
	}
	return found, complete(ctx, into.DB)
}

// complete brings a loaded database to the program's schema, and lets PostgreSQL
// look at what it holds now: its plans for an empty one would be slow.
func complete(ctx context.Context, db *database.DB) error {
	if _, err := database.Migrate(ctx, db); err != nil || db.Dialect() != database.Postgres {
		return err
	}
	return database.InTx(ctx, db, func(tx *gorm.DB) error {
		tables, err := describe(ctx, tx)
		if err != nil {
			return err
		}
		queries := slices.Clone(database.Unhurried)
		for _, t := range tables {
			queries = append(queries, "ANALYZE "+quote(t.Name))
		}
		for _, query := range queries {
			if err := tx.Exec(query).Error; err != nil {
				return fmt.Errorf("backup: %w", err)
			}
		}
		return nil
	})
}

type restoring struct {
	ctx  context.Context
	open func() (io.ReadCloser, error)
	into Store
	o    RestoreOptions
	keys map[string]bool // of the pictures in the file
}

func (r *restoring) walk(v visitor) (Summary, trailer, error) {
	in, err := r.open()
	if err != nil {
		return Summary{}, trailer{}, fmt.Errorf("backup: %w", err)
	}
	defer func() { _ = in.Close() }()
	return walk(r.ctx, in, r.o.Identities, v)
}

// fits refuses keys that do not open what the backup holds: sealed identity and
// bank numbers, and the links in everybody's mails.
func fits(into Store, m Manifest, end trailer, lost bool) error {
	have := into.Keys.Names()
	var missing []string
	needed := slices.Clone(end.SealedBy)
	if len(m.Keys) > 0 {
		needed = append(needed, m.Keys[0])
	}
	for _, name := range needed {
		if !slices.Contains(have, name) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 || lost {
		return nil
	}
	return fmt.Errorf("%w: the backup needs the keys named %s", ErrKeys, strings.Join(missing, ", "))
}

// untouched refuses a database that somebody has used, or that is already past
// the schema of what is to be loaded.
func untouched(ctx context.Context, db *database.DB, schema int64) error {
	return database.Snapshot(ctx, db, func(tx *gorm.DB) error {
		version, err := database.VersionTx(ctx, tx)
		if err != nil {
			return err
		}
		if version == 0 {
			query := "SELECT name FROM sqlite_master WHERE type = 'table'"
			if db.Dialect() == database.Postgres {
				query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
			}
			var names []string
			if err := tx.Raw(query).Scan(&names).Error; err != nil {
				return fmt.Errorf("backup: %w", err)
			}
			for _, name := range names {
				if !foreign(name) {
					return fmt.Errorf("%w: it holds the table %s, which is not ours", ErrNotEmpty, name)
				}
			}
			return nil
		}
		tables, err := describe(ctx, tx)
		if err != nil {
			return err
		}
		if err := refuseUsed(ctx, tx, tables); err != nil {
			return err
		}
		if version > schema {
			return fmt.Errorf("%w: nobody used it, but it has the schema %d and the source %d; give a database that was never migrated", ErrNotEmpty, version, schema)
		}
		return nil
	})
}

// pictures uploads every picture and reads it back.
func (r *restoring) pictures(found Summary) error {
	if err := ownPictures(r.ctx, r.into.Bucket, r.keys, r.o.ReusePictures); err != nil {
		return err
	}
	var done int64
	_, _, err := r.walk(visitor{picture: func(name string, data []byte) error {
		if err := putBlob(r.ctx, r.into.Bucket, name, data); err != nil {
			return err
		}
		done += int64(len(data))
		r.o.Progress.tell(PhasePictures, done, found.Bytes)
		return nil
	}})
	return err
}

// putBlob writes a picture and reads back what the store keeps of it.
func putBlob(ctx context.Context, bucket *blob.Bucket, name string, data []byte) error {
	if err := media.PutBlob(ctx, bucket, name, media.BlobType(name), data); err != nil {
		return err
	}
	back, err := bucket.ReadAll(ctx, name)
	if err != nil {
		return fmt.Errorf("backup: read back %s: %w", name, err)
	}
	if sha256.Sum256(back) != sha256.Sum256(data) {
		return fmt.Errorf("%w: %s reads back with other bytes", ErrMismatch, name)
	}
	return nil
}

func pictureKey(name string) string {
	key, _, _ := strings.Cut(strings.TrimPrefix(name, media.BlobRoot), "/")
	return key
}

// ownPictures refuses a store with pictures that the copy does not know. They
// belong to an installation that may still run, whose new pictures the copy's
// sweeper would delete as rubbish, and the other way round.
func ownPictures(ctx context.Context, bucket *blob.Bucket, keys map[string]bool, reuse bool) error {
	if reuse {
		return nil
	}
	list := bucket.List(&blob.ListOptions{Prefix: media.BlobRoot})
	for {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("backup: list the pictures: %w", err)
		}
		if !strings.HasSuffix(o.Key, ".tmp") && !keys[pictureKey(o.Key)] {
			return fmt.Errorf("%w: %s", ErrPictures, o.Key)
		}
	}
}

// rows loads every row and job and compares the copy with the source, in one
// transaction.
func (r *restoring) rows(m Manifest, end trailer) error {
	queue, err := jobs.NewQueue(r.into.DB)
	if err != nil {
		return err
	}
	return loadTx(r.ctx, r.into.DB, m.Schema, m.Tables, idGap, func(tx *gorm.DB, l *loader) ([]TableSum, error) {
		var in *inserter
		next := func() error {
			if in == nil {
				return nil
			}
			return in.close()
		}
		var done int64
		total := 2 * m.Rows()
		_, _, err := r.walk(visitor{
			table: func(t Table) error {
				if err := next(); err != nil {
					return err
				}
				in = l.into(t)
				return nil
			},
			row: func(_ Table, row []any) error {
				done++
				r.o.Progress.tell(PhaseRows, done, total)
				return in.add(row)
			},
			job: func(j jobs.Portable) error { return queue.RestoreTx(r.ctx, tx, j) },
		})
		if err == nil {
			err = next()
		}
		return end.Tables, err
	}, func(done int64) { r.o.Progress.tell(PhaseRows, m.Rows()+done, 2*m.Rows()) },
		trail.Entry{Verb: "restore", Object: "database", Note: "cadangan " + m.TakenAt.UTC().Format("2006-01-02 15:04:05 UTC")})
}

// loadTx runs fill, which loads every row of the tables, in one transaction of an
// empty database of that schema, and commits when what the database then holds is
// what fill says it loaded.
func loadTx(ctx context.Context, db *database.DB, schema int64, tables []Table, gap int64,
	fill func(*gorm.DB, *loader) ([]TableSum, error), verified func(rows int64), entry trail.Entry,
) error {
	return database.InTx(ctx, db, func(tx *gorm.DB) error {
		if db.Dialect() == database.Postgres {
			for _, query := range database.Unhurried {
				if err := tx.Exec(query).Error; err != nil {
					return fmt.Errorf("backup: load: %w", err)
				}
			}
		}
		version, err := database.VersionTx(ctx, tx)
		if err != nil {
			return err
		}
		if version != schema {
			return fmt.Errorf("%w: another program migrated the database to %d meanwhile; stop it, and begin with an empty database", ErrNotEmpty, version)
		}
		l, err := prepare(ctx, tx, tables)
		if err != nil {
			return err
		}
		want, err := fill(tx, l)
		if err != nil {
			return err
		}
		if err := l.finish(tables, gap); err != nil {
			return err
		}
		var got []TableSum
		var n int64
		for _, t := range tables {
			s, err := tallyTable(ctx, tx, t, func() { n++; verified(n) })
			if err != nil {
				return err
			}
			got = append(got, s)
		}
		if err := compare(want, got); err != nil {
			return err
		}
		return trail.RecordTx(ctx, tx, entry)
	})
}
