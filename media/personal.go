package media

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/personal"
)

// owners are the owner kinds whose owner is a person (users.id).
var owners = []string{"portrait", "consent"}

// scans is the owner kind of scanned certificates, whose owner is a shop.
const scans = "certificate"

// DataOf implements personal.Keeper.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx), personal.Query{Name: "gambar", SQL: `SELECT '/gambar/' || key || '/1280.jpg' AS alamat, owner_kind, visibility, width, height, alt, created_at
		FROM pictures WHERE created_by = ? OR (owner_kind IN ? AND owner_id = ?) ORDER BY id`, Args: []any{p.UserID, owners, p.UserID}})
}

// OpenTx implements personal.Keeper.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper: pictures of the person go, rows and files,
// and the scans of certificates of a shop that was this one person's trade.
func (s *Service) ForgetTx(ctx context.Context, tx *gorm.DB, p personal.Person) error {
	var ids []int64
	err := tx.Raw("SELECT id FROM pictures WHERE (owner_kind IN ? AND owner_id = ?) OR (owner_kind = ? AND owner_id IN ?)",
		owners, p.UserID, scans, personal.Ids(p.Individual)).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("media: pictures of a person: %w", err)
	}
	return s.RemoveTx(ctx, tx, ids)
}
