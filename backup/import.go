package backup

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/media"
)

// ImportOptions change what Import refuses.
type ImportOptions struct {
	ReusePictures bool // both installations share one picture store, and the old one no longer runs
	SamePictures  bool // source and target are the same store: nothing to copy
	Progress      Progress
}

// Import copies an installation, row for row, into an empty one: from SQLite to
// PostgreSQL when an agency grows. Ids stay as they are, and the source stays as it
// is; nobody should use it meanwhile, because what is written after the start is
// not copied. The copy is compared with the source before it is committed: as many
// rows in every table, with the same values. The caller audits.
func Import(ctx context.Context, from, into Store, o ImportOptions) (Summary, error) {
	found := Summary{}
	err := database.Snapshot(ctx, from.DB, func(source *gorm.DB) error {
		i := &importing{ctx: ctx, from: from, into: into, o: o, source: source, found: &found}
		return i.all()
	})
	if err != nil {
		return found, err
	}
	return found, complete(ctx, into.DB)
}

type importing struct {
	ctx        context.Context
	from, into Store
	o          ImportOptions
	source     *gorm.DB
	found      *Summary
}

func (i *importing) all() error {
	m := &i.found.Manifest
	var err error
	if m.Schema, err = database.VersionTx(i.ctx, i.source); err != nil {
		return err
	}
	if m.Schema == 0 {
		return fmt.Errorf("%w: the source was never migrated", ErrSchema)
	}
	if m.Tables, err = describe(i.ctx, i.source); err != nil {
		return err
	}
	for at, t := range m.Tables {
		if m.Tables[at].Rows, err = count(i.ctx, i.source, t.Name); err != nil {
			return err
		}
	}
	if err := untouched(i.ctx, i.into.DB, m.Schema); err != nil {
		return err
	}
	if err := i.pictures(); err != nil {
		return err
	}
	if _, err := database.MigrateTo(i.ctx, i.into.DB, m.Schema); err != nil {
		return err
	}
	if err := jobs.Migrate(i.ctx, i.into.DB); err != nil {
		return err
	}
	return i.rows()
}

func (i *importing) pictures() error {
	if i.o.SamePictures {
		return nil
	}
	blobs, err := newSpool()
	if err != nil {
		return err
	}
	defer blobs.close()
	keys := map[string]bool{}
	var total int64
	err = media.Blobs(i.ctx, i.source, func(b media.Blob) error {
		keys[pictureKey(b.Name)] = true
		total += b.Bytes
		return blobs.add(b)
	})
	if err != nil {
		return err
	}
	if err := ownPictures(i.ctx, i.into.Bucket, keys, i.o.ReusePictures); err != nil {
		return err
	}
	return blobs.each(func(b media.Blob) error {
		data, problem, err := readBlob(i.ctx, i.from, b)
		if err != nil {
			return err
		}
		if problem != "" {
			i.found.Problems = append(i.found.Problems, problem)
		}
		if data == nil {
			return nil
		}
		i.found.Pictures++
		i.found.Bytes += int64(len(data))
		i.o.Progress.tell(PhasePictures, i.found.Bytes, total)
		return putBlob(i.ctx, i.into.Bucket, b.Name, data)
	})
}

func (i *importing) rows() error {
	queue, err := jobs.NewQueue(i.into.DB)
	if err != nil {
		return err
	}
	m := i.found.Manifest
	total := 2 * m.Rows()
	return loadTx(i.ctx, i.into.DB, m.Schema, m.Tables, 0, func(tx *gorm.DB, l *loader) ([]TableSum, error) {
		i.found.Tables, i.found.Jobs = nil, 0 // a transaction may run again
		var done int64
		var line []byte
		for _, t := range m.Tables {
			in, s := l.into(t), newTally(t)
			err := scan(i.ctx, i.source, t, func(row []any) error {
				line = appendRow(line[:0], row)
				s.add(row, line)
				done++
				i.o.Progress.tell(PhaseRows, done, total)
				return in.add(row)
			})
			if err == nil {
				err = in.close()
			}
			if err != nil {
				return nil, err
			}
			i.found.Tables = append(i.found.Tables, s.sum())
		}
		err := jobs.Pending(i.ctx, i.source, func(j jobs.Portable) error {
			i.found.Jobs++
			return queue.RestoreTx(i.ctx, tx, j)
		})
		return i.found.Tables, err
	}, func(rows int64) { i.o.Progress.tell(PhaseRows, m.Rows()+rows, total) },
		trail.Entry{Verb: "import", Object: "database", Note: "dari " + i.from.DB.Dialect()})
}
