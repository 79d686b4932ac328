package media

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// RemoveTx removes pictures with everything made of them: the rows now, the files
// once the transaction is committed. Files that cannot be removed then are swept
// later, as files without a row. The caller decides whose pictures go and that
// nothing points at them any more; missing ones are left out.
func (s *Service) RemoveTx(ctx context.Context, tx *gorm.DB, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	var blobs, keys []string
	if err := tx.Raw("SELECT DISTINCT blob FROM renditions WHERE picture_id IN ?", ids).Scan(&blobs).Error; err != nil {
		return fmt.Errorf("media: forget: %w", err)
	}
	if err := tx.Raw("SELECT key FROM pictures WHERE id IN ?", ids).Scan(&keys).Error; err != nil {
		return fmt.Errorf("media: forget: %w", err)
	}
	if err := tx.Exec("DELETE FROM renditions WHERE picture_id IN ?", ids).Error; err != nil {
		return fmt.Errorf("media: forget: %w", err)
	}
	if err := tx.Exec("DELETE FROM pictures WHERE id IN ?", ids).Error; err != nil {
		return fmt.Errorf("media: forget: %w", err)
	}
	for _, key := range keys {
		blobs = append(blobs, masterBlob(key))
	}
	database.AfterCommit(tx, func() {
		for _, name := range blobs {
			if err := s.bucket.Delete(context.WithoutCancel(ctx), name); err != nil {
				s.warn(ctx, "file of a forgotten picture not removed yet", 0, err)
			}
		}
	})
	return nil
}

// Remove is RemoveTx in a transaction of its own.
func (s *Service) Remove(ctx context.Context, ids ...int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error { return s.RemoveTx(ctx, tx, ids) })
}
