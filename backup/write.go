package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"filippo.io/age"
	"gocloud.dev/gcerrors"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/build"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/media"
)

// Options of Write.
type Options struct {
	Recipients []age.Recipient // whoever may open the file; none: it is not encrypted
	Progress   Progress
}

// Write writes a backup of an installation, which may be open for business: the
// rows are those of one moment, and the pictures are read after it, so that every
// picture a row points at is there. A picture that is missing or not as its row
// says is a problem in the summary, not an error: a backup with one picture less
// is better than none. Memory stays the same however much there is.
func Write(ctx context.Context, from Store, out io.Writer, o Options) (Summary, error) {
	p, err := newPacker(out, o.Recipients)
	if err != nil {
		return Summary{}, err
	}
	w := &writing{ctx: ctx, from: from, p: p, o: o, sealed: map[string]bool{}}
	found, err := w.all()
	if err != nil {
		p.abandon()
		return found, err
	}
	return found, nil
}

type writing struct {
	ctx    context.Context
	from   Store
	p      *packer
	o      Options
	found  Summary
	sealed map[string]bool
}

func (w *writing) all() (Summary, error) {
	blobs, err := newSpool()
	if err != nil {
		return w.found, err
	}
	defer blobs.close()
	if err := database.Snapshot(w.ctx, w.from.DB, func(tx *gorm.DB) error { return w.rows(tx, blobs) }); err != nil {
		return w.found, err
	}
	if err := w.pictures(blobs); err != nil {
		return w.found, err
	}
	end := trailer{Tables: w.found.Tables, Jobs: w.found.Jobs, Pictures: w.found.Pictures, Bytes: w.found.Bytes,
		Problems: w.found.Problems}
	// Somebody may have typed what looks like a sealed value: only keys that we
	// have can have sealed something of ours.
	for _, name := range w.found.Manifest.Keys {
		if w.sealed[name] {
			end.SealedBy = append(end.SealedBy, name)
		}
	}
	return w.found, w.p.close(end)
}

func (w *writing) rows(tx *gorm.DB, blobs *spool) error {
	m := Manifest{Format: Format, Program: build.Version(), Dialect: w.from.DB.Dialect(), Keys: w.from.Keys.Names(), LeftOut: leftOut}
	var err error
	if m.Schema, err = database.VersionTx(w.ctx, tx); err != nil {
		return err
	}
	if m.Schema == 0 {
		return fmt.Errorf("%w: the database was never migrated", ErrSchema)
	}
	if m.TakenAt, err = clock.Now(w.ctx, tx); err != nil {
		return err
	}
	if m.Tables, err = describe(w.ctx, tx); err != nil {
		return err
	}
	for i, t := range m.Tables {
		if m.Tables[i].Rows, err = count(w.ctx, tx, t.Name); err != nil {
			return err
		}
	}
	if err := jobs.Pending(w.ctx, tx, func(jobs.Portable) error { m.Jobs++; return nil }); err != nil {
		return err
	}
	err = media.Blobs(w.ctx, tx, func(b media.Blob) error {
		m.PictureFiles++
		m.PictureBytes += b.Bytes
		return blobs.add(b)
	})
	if err != nil {
		return err
	}
	w.found.Manifest = m
	if err := w.p.json(manifestName, m); err != nil {
		return err
	}
	var done int64
	total := m.Rows()
	var line []byte
	for i, t := range m.Tables {
		folder := fmt.Sprintf("%s%s", rowsFolder, t.Name)
		s := newTally(t)
		err := scan(w.ctx, tx, t, func(row []any) error {
			line = appendRow(line[:0], row)
			s.add(row, line)
			done++
			w.o.Progress.tell(PhaseRows, done, total)
			return w.p.line(folder, line)
		})
		if err != nil {
			return err
		}
		if err := w.p.flush(folder); err != nil {
			return err
		}
		sum := s.sum()
		if sum.Rows != m.Tables[i].Rows {
			return fmt.Errorf("%w: %s changed while it was read", ErrMismatch, t.Name)
		}
		for name := range s.sealed {
			w.sealed[name] = true
		}
		w.found.Tables = append(w.found.Tables, sum)
	}
	err = jobs.Pending(w.ctx, tx, func(j jobs.Portable) error {
		raw, err := json.Marshal(j)
		if err != nil {
			return err
		}
		w.found.Jobs++
		return w.p.line("jobs", append(raw, '\n'))
	})
	if err != nil {
		return err
	}
	return w.p.flush("jobs")
}

func (w *writing) pictures(blobs *spool) error {
	return blobs.each(func(b media.Blob) error {
		data, problem, err := readBlob(w.ctx, w.from, b)
		if err != nil {
			return err
		}
		if problem != "" {
			w.found.Problems = append(w.found.Problems, problem)
		}
		if data == nil {
			return nil
		}
		w.found.Pictures++
		w.found.Bytes += int64(len(data))
		w.o.Progress.tell(PhasePictures, w.found.Bytes, w.found.Manifest.PictureBytes)
		return w.p.picture(b.Name, data)
	})
}

// readBlob reads one file of a picture. A missing file is a problem and nil; one
// with other bytes than its row says is a problem with what is there.
func readBlob(ctx context.Context, from Store, b media.Blob) (data []byte, problem string, err error) {
	a, err := from.Bucket.Attributes(ctx, b.Name)
	if err == nil && a.Size > maxBlob {
		return nil, fmt.Sprintf("%s: %d bytes, larger than any picture", b.Name, a.Size), nil
	}
	if err == nil {
		data, err = from.Bucket.ReadAll(ctx, b.Name)
	}
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, b.Name + ": missing", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("backup: read the picture %s: %w", b.Name, err)
	}
	if sum := sha256.Sum256(data); int64(len(data)) != b.Bytes || b.SHA256 != "" && b.SHA256 != hex.EncodeToString(sum[:]) {
		problem = b.Name + ": not the bytes that were stored"
	}
	return append([]byte{}, data...), problem, nil
}

// spool keeps the list of pictures of a snapshot on disk, so that the snapshot
// ends before the pictures are read and memory stays small.
type spool struct {
	f *os.File
	w *bufio.Writer
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "lapak-pictures-*")
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	_ = os.Remove(f.Name()) // the open file stays readable and leaves nothing behind
	return &spool{f, bufio.NewWriter(f)}, nil
}

func (s *spool) add(b media.Blob) error {
	raw, err := json.Marshal(b)
	if err == nil {
		_, err = s.w.Write(append(raw, '\n'))
	}
	return err
}

// each reads the list from its start.
func (s *spool) each(fn func(media.Blob) error) error {
	if err := s.w.Flush(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	for d := json.NewDecoder(s.f); ; {
		var b media.Blob
		if err := d.Decode(&b); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		if err := fn(b); err != nil {
			return err
		}
	}
}

func (s *spool) close() { _ = s.f.Close() }

// Check reads a whole file and checks every sum in it, and that this program can
// restore it.
func Check(ctx context.Context, in io.Reader, identities []age.Identity, progress Progress) (Summary, error) {
	found, _, err := check(ctx, in, identities, progress)
	return found, err
}

func check(ctx context.Context, in io.Reader, identities []age.Identity, progress Progress) (Summary, trailer, error) {
	return walk(ctx, in, identities, visitor{
		manifest: restorable,
		progress: func(n int64) { progress.tell(PhaseVerify, n, 0) },
	})
}

// restorable refuses a file of a newer program, before the rest is read.
func restorable(m Manifest) error {
	latest, err := database.Latest(database.SQLite)
	if err != nil {
		return err
	}
	if m.Schema > latest {
		return fmt.Errorf("%w (schema %d, program %d)", ErrFormat, m.Schema, latest)
	}
	if !slices.ContainsFunc(m.Tables, func(t Table) bool { return t.Name == "users" }) {
		return ErrNoBackup
	}
	return nil
}
