package media

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Nobody fills the storage alone, whether in an hour or in a year.
func TestService_Store_quota(t *testing.T) {
	run(t, func(t *testing.T, s *Service) {
		var asked []account.Limit
		s.Connect(Hooks{Limit: func(_ context.Context, limits ...account.Limit) error {
			asked = append(asked, limits...)
			return nil
		}})
		data := jpegOf(t, halves(40, 30))
		s.store(t, data)
		require.Len(t, asked, 2)
		for _, l := range asked {
			require.Equal(t, "42", l.Who)
			require.Positive(t, l.Most)
		}
		s.Connect(Hooks{Limit: func(context.Context, ...account.Limit) error {
			return fault.RateLimited("account.limit.wait", "minutes", 3)
		}})
		_, err := s.Store(t.Context(), maker, Upload{Reader: bytes.NewReader(data), OwnerKind: "product", OwnerID: 7, Name: "foto.jpg"})
		require.True(t, fault.Is(err, fault.KindRateLimited), "%v", err)

		s.Connect(Hooks{})
		require.NoError(t, database.InTx(t.Context(), s.db, func(tx *gorm.DB) error {
			return tx.Exec(`INSERT INTO pictures (key, owner_kind, owner_id, visibility, state, colour, width, height, bytes, sha256, alt, created_by, created_at)
				WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
				SELECT 'copy-' || n.i, owner_kind, owner_id, visibility, state, colour, width, height, bytes, sha256, alt, created_by, created_at
				FROM pictures, n`, uploadsKept).Error
		}))
		_, err = s.Store(t.Context(), maker, Upload{Reader: bytes.NewReader(data), OwnerKind: "product", OwnerID: 7, Name: "foto.jpg"})
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
		_, err = s.Store(t.Context(), account.Actor{UserID: 43}, Upload{Reader: bytes.NewReader(data), OwnerKind: "product", OwnerID: 7, Name: "foto.jpg"})
		require.NoError(t, err, "one person's quota is not another's")
	})
}
