package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/disintegration/imaging"
	"gocloud.dev/gcerrors"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

type renditionArgs struct {
	PictureID int64 `json:"picture_id"`
}

func (renditionArgs) Kind() string { return "media_renditions" }

type sweepArgs struct{}

func (sweepArgs) Kind() string { return "media_sweep" }

// orphanAge is how old a blob without a row must be before it is rubbish
// (reliability §3 rule 10).
const orphanAge = time.Hour

// Register adds media's jobs: renditions after an upload, the sweep of orphaned
// blobs every hour, and at the start and each day the measuring of old pictures.
func (s *Service) Register(w *jobs.Workers) {
	jobs.Handle(w, 2*time.Minute, func(ctx context.Context, a renditionArgs) error {
		err := s.MakeRenditions(ctx, a.PictureID)
		if errors.Is(err, errLost) {
			return jobs.Cancel(err)
		}
		return err
	})
	jobs.Handle(w, 10*time.Minute, func(ctx context.Context, _ sweepArgs) error {
		_, err := s.Sweep(ctx, orphanAge)
		return err
	})
	w.Every(time.Hour, sweepArgs{})
	jobs.Handle(w, 30*time.Minute, func(ctx context.Context, _ lookArgs) error {
		_, err := s.MeasureOld(ctx)
		return err
	})
	w.Every(24*time.Hour, lookArgs{})
}

// errLost says that the master is gone or unreadable: trying again is useless.
var errLost = errors.New("media: the master cannot be read")

type rendition struct {
	size, width, height int
	format, blob        string
	bytes               int
}

// MakeRenditions makes every size and format of a picture and marks it ready.
// It is the work of a job and may run again: a ready picture stays as it is. A
// lost or unreadable master marks the picture failed.
func (s *Service) MakeRenditions(ctx context.Context, pictureID int64) error {
	found, err := s.Pictures(ctx, []int64{pictureID})
	if err != nil {
		return err
	}
	p, ok := found[pictureID]
	if !ok {
		return fault.NotFound("picture")
	}
	if p.State == StateReady {
		return nil
	}
	data, err := s.bucket.ReadAll(ctx, masterBlob(p.Key))
	if gcerrors.Code(err) == gcerrors.NotFound {
		return s.fail(ctx, p, err)
	}
	if err != nil {
		return fmt.Errorf("media: read master of picture %d: %w", p.ID, err)
	}
	if err := s.render.Acquire(ctx, 1); err != nil {
		return fault.Unavailable("fault.busy", err)
	}
	defer s.render.Release(1)
	img, err := readMaster(data)
	if err != nil {
		return s.fail(ctx, p, err)
	}
	made, err := s.makeAll(ctx, p, img)
	if err != nil {
		return err
	}
	crash.Point("media/renditions/stored")
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range made {
			err := tx.Exec(`INSERT INTO renditions (picture_id, size, format, width, height, bytes, blob, created_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (picture_id, size, format) DO UPDATE SET
				width = excluded.width, height = excluded.height, bytes = excluded.bytes, blob = excluded.blob`,
				p.ID, r.size, r.format, r.width, r.height, r.bytes, r.blob, now).Error
			if err != nil {
				return fmt.Errorf("media: rendition: %w", err)
			}
		}
		if err := tx.Exec("UPDATE pictures SET state = 'ready' WHERE id = ?", p.ID).Error; err != nil {
			return fmt.Errorf("media: ready: %w", err)
		}
		if err := database.InvalidateTx(ctx, tx, pageKeys([]int64{p.ID})...); err != nil {
			return err
		}
		crash.Point("media/renditions/written")
		return nil
	})
}

// makeAll encodes and stores the renditions, largest first: each size is made
// from the one above, which is quicker and no worse. Sizes that the master
// cannot fill share one blob.
func (s *Service) makeAll(ctx context.Context, p Picture, img image.Image) ([]rendition, error) {
	var made []rendition
	have := map[string]rendition{} // by blob
	for i := len(Sizes) - 1; i >= 0; i-- {
		size := Sizes[i]
		width, height := p.WidthAt(size), p.HeightAt(size)
		for _, format := range Formats {
			name := renditionBlob(p.Key, width, format)
			r, done := have[name]
			if !done {
				if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
					img = imaging.Resize(img, width, height, imaging.Lanczos)
				}
				data, err := encode(img, format)
				if err != nil {
					return nil, err
				}
				if err := s.write(ctx, name, contentTypes[format], data); err != nil {
					return nil, err
				}
				r = rendition{width: width, height: height, format: format, blob: name, bytes: len(data)}
				have[name] = r
			}
			r.size = size
			made = append(made, r)
		}
	}
	return made, nil
}

func (s *Service) fail(ctx context.Context, p Picture, cause error) error {
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE pictures SET state = 'failed' WHERE id = ? AND state = 'stored'", p.ID).Error; err != nil {
			return err
		}
		return database.InvalidateTx(ctx, tx, pageKeys([]int64{p.ID})...)
	})
	if err != nil {
		return fmt.Errorf("media: mark failed: %w", err)
	}
	return fmt.Errorf("%w: picture %d: %w", errLost, p.ID, cause)
}

// Prove checks that files and rows agree (I10): every picture's master is there
// with the bytes that were stored, a turned one has its owner's source, a ready picture has every rendition, each
// rendition's blob has its size, and no old blob lacks its picture. It reads
// every blob once.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	var findings []proof.Finding
	report := func(table string, row any, text string, args ...any) {
		findings = append(findings, proof.Finding{Invariant: "I10 files and rows", Row: fmt.Sprintf("%s %v", table, row), Text: fmt.Sprintf(text, args...)})
	}
	for after := int64(0); ; {
		batch, err := listPictures(s.db.Read(ctx), "id > ? ORDER BY id LIMIT 200", after)
		if err != nil {
			return nil, err
		}
		if len(batch) == 0 {
			break
		}
		for _, p := range batch {
			after = p.ID
			if err := s.proveOne(ctx, p, report); err != nil {
				return nil, err
			}
		}
	}
	err := s.orphans(ctx, 2*orphanAge, func(name string) error {
		report("blob", name, "a file without a picture")
		return nil
	})
	return findings, err
}

func (s *Service) proveOne(ctx context.Context, p Picture, report func(string, any, string, ...any)) error {
	data, err := s.bucket.ReadAll(ctx, masterBlob(p.Key))
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		report("pictures", p.ID, "the master is missing")
	case err != nil:
		return fmt.Errorf("media: prove: %w", err)
	default:
		if sum := sha256.Sum256(data); int64(len(data)) != p.Bytes || hex.EncodeToString(sum[:]) != p.SHA256 {
			report("pictures", p.ID, "the master has other bytes than were stored")
		}
	}
	if measures := []*int64{p.Sharpness, p.Shadow, p.Highlight}; slices.Contains(measures, nil) && slices.ContainsFunc(measures, func(m *int64) bool { return m != nil }) {
		report("pictures", p.ID, "measured in part")
	}
	if p.SourceID != nil {
		var own int64
		err := s.db.Read(ctx).Raw("SELECT count(*) FROM pictures WHERE id = ? AND owner_kind = ? AND owner_id = ? AND source_id IS NULL", *p.SourceID, p.OwnerKind, p.OwnerID).Scan(&own).Error
		if err != nil {
			return fmt.Errorf("media: prove: %w", err)
		}
		if own == 0 {
			report("pictures", p.ID, "turned from a picture that its owner did not send")
		}
	}
	if p.State == StateFailed {
		report("pictures", p.ID, "its renditions could not be made")
	}
	var rows []struct {
		ID    int64
		Blob  string
		Bytes int64
	}
	err = s.db.Read(ctx).Raw("SELECT id, blob, bytes FROM renditions WHERE picture_id = ? ORDER BY id", p.ID).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("media: prove: %w", err)
	}
	if want := len(Sizes) * len(Formats); p.State == StateReady && len(rows) != want {
		report("pictures", p.ID, "ready with %d renditions instead of %d", len(rows), want)
	}
	for _, r := range rows {
		a, err := s.bucket.Attributes(ctx, r.Blob)
		switch {
		case gcerrors.Code(err) == gcerrors.NotFound:
			report("renditions", r.ID, "its file is missing")
		case err != nil:
			return fmt.Errorf("media: prove: %w", err)
		case a.Size != r.Bytes:
			report("renditions", r.ID, "its file has %d bytes instead of %d", a.Size, r.Bytes)
		}
	}
	return nil
}
