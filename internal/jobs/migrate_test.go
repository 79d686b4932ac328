package jobs_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

// Instances that start at the same moment on an empty database all come up.
func TestManyInstancesMigrateAtOnce(t *testing.T) {
	address := dbtest.PostgresURL(t)
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for range 6 {
		db, err := database.Open(t.Context(), address)
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		wg.Go(func() {
			<-begin
			if _, err := database.Migrate(context.Background(), db); err != nil {
				t.Errorf("%v", err)
			}
			if err := jobs.Migrate(context.Background(), db); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	close(begin)
	wg.Wait()
}
