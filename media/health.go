package media

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Health is how the pictures stand.
type Health struct {
	Pictures int64
	Bytes    int64 // masters and renditions
	Waiting  int64 // pictures whose renditions are still to be made
	Failed   int64 // pictures whose master cannot be read
}

// Health counts pictures, for the metrics and the administrator's page.
func (s *Service) Health(ctx context.Context) (Health, error) {
	var h Health
	read := s.db.Read(ctx)
	var rows []struct {
		State string
		Count int64
		Bytes int64
	}
	err := read.Raw("SELECT state, COUNT(*) AS count, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM pictures GROUP BY state").Scan(&rows).Error
	if err != nil {
		return h, fmt.Errorf("media: health: %w", err)
	}
	for _, r := range rows {
		h.Pictures += r.Count
		h.Bytes += r.Bytes
		switch r.State {
		case "stored":
			h.Waiting = r.Count
		case "failed":
			h.Failed = r.Count
		}
	}
	var made int64
	if err := read.Raw("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM renditions").Scan(&made).Error; err != nil {
		return h, fmt.Errorf("media: health: %w", err)
	}
	h.Bytes += made
	return h, nil
}

// checkTime bounds the question whether the storage answers.
const checkTime = 2 * time.Second

// errEmpty says that the storage answers and the pictures are not there: another
// bucket, or a disk that is not mounted.
var errEmpty = errors.New("media: the storage answers, but the last picture is not in it")

// Reachable asks the storage for the last picture, within two seconds: a folder
// or bucket that is merely there proves nothing. A page without its pictures is
// better than no page, so nothing but the administrator's page and the metrics
// asks.
func (s *Service) Reachable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var last []string
	if err := s.db.Read(ctx).Table("pictures").Where("state <> 'failed'").Order("id DESC").Limit(1).Pluck("key", &last).Error; err != nil {
		return fmt.Errorf("media: %w", err)
	}
	done := make(chan error, 1)
	go func() { // a driver may not heed its context
		if len(last) == 0 {
			ok, err := s.bucket.IsAccessible(ctx)
			if err == nil && !ok {
				err = errEmpty
			}
			done <- err
			return
		}
		there, err := s.bucket.Exists(ctx, masterBlob(last[0]))
		if err == nil && !there {
			err = errEmpty
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SweepKind is the kind of the job that deletes files without a picture.
func SweepKind() string { return sweepArgs{}.Kind() }
