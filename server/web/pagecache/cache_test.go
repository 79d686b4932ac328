package pagecache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// source is a Source in memory.
type source struct {
	mu     sync.Mutex
	rows   []row
	down   bool
	local  func([]string)
	offset time.Duration
}

type row struct {
	database.Invalidation
	at time.Time
}

func (s *source) Invalidations(_ context.Context, after int64, back time.Duration) (time.Time, []database.Invalidation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return time.Time{}, nil, errors.New("down")
	}
	now := time.Now().Add(s.offset)
	var out []database.Invalidation
	for _, r := range s.rows {
		if after >= 0 && r.ID > after || r.at.After(now.Add(-back)) {
			out = append(out, r.Invalidation)
		}
	}
	return now, out, nil
}

func (s *source) OnInvalidate(fn func([]string)) func() {
	s.local = fn
	return func() {}
}

// write is a commit of another instance, begun ago.
func (s *source) write(id int64, ago time.Duration, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = append(s.rows, row{database.Invalidation{ID: id, Key: key}, time.Now().Add(s.offset - ago)})
}

// bubble runs a test on a cache with a running watch, on synctest's clock.
func bubble(t *testing.T, set Settings, test func(t *testing.T, c *Cache, s *source)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, s := New(set), &source{}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); c.Watch(ctx, s, slog.New(slog.DiscardHandler)) }()
		synctest.Wait()
		test(t, c, s)
		stop()
		<-done
	})
}

func page(body string) *Page { return NewPage(200, "text/html", []byte(body)) }

// drawn asks for key and reports whether it had to be drawn.
func drawn(t *testing.T, c *Cache, key string, depends ...string) bool {
	t.Helper()
	drew := false
	_, err := c.Get(t.Context(), key, false, func(context.Context) (*Page, []string, error) {
		drew = true
		return page(key), depends, nil
	})
	require.NoError(t, err)
	return drew
}

func TestAChangeForgetsWhatShowsItAndNothingElse(t *testing.T) {
	bubble(t, Settings{}, func(t *testing.T, c *Cache, s *source) {
		require.True(t, drawn(t, c, "/produk/nastar", "product:nastar", "shop:dapur"))
		require.True(t, drawn(t, c, "/", "list", "product:nastar"))
		require.True(t, drawn(t, c, "/bantuan"))
		require.False(t, drawn(t, c, "/produk/nastar"))

		s.write(1, 0, "shop:dapur")
		time.Sleep(pollEvery)
		synctest.Wait()
		require.True(t, drawn(t, c, "/produk/nastar", "product:nastar", "shop:dapur"))
		require.False(t, drawn(t, c, "/"))

		s.local([]string{"product:nastar"}) // this process's own commit: no poll needed
		require.True(t, drawn(t, c, "/produk/nastar"))
		require.True(t, drawn(t, c, "/"))
		require.False(t, drawn(t, c, "/bantuan"))
		require.Len(t, c.by, 0, "nothing is left of forgotten entries")
	})
}

// A transaction gets its id early and commits late: its row appears below ids
// that were seen before.
func TestALateCommitIsSeen(t *testing.T) {
	bubble(t, Settings{}, func(t *testing.T, c *Cache, s *source) {
		s.write(8, 0, "list")
		time.Sleep(pollEvery)
		synctest.Wait()
		require.True(t, drawn(t, c, "/produk/nastar", "product:nastar"))
		time.Sleep(3 * time.Second)
		require.False(t, drawn(t, c, "/produk/nastar"))
		s.write(7, 3*time.Second, "product:nastar")
		time.Sleep(pollEvery)
		synctest.Wait()
		require.True(t, drawn(t, c, "/produk/nastar"))
	})
}

func TestManyVisitorsDrawOnce(t *testing.T) {
	bubble(t, Settings{}, func(t *testing.T, c *Cache, _ *source) {
		var draws atomic.Int64
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				p, err := c.Get(t.Context(), "/", false, func(context.Context) (*Page, []string, error) {
					draws.Add(1)
					time.Sleep(time.Second)
					return page("home"), nil, nil
				})
				require.NoError(t, err)
				require.Equal(t, "home", string(p.Body))
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, draws.Load())
	})
}

// What was read before a change is not kept after it, and not given to those
// who ask after the change was seen.
func TestADrawingOvertakenByAChange(t *testing.T) {
	bubble(t, Settings{}, func(t *testing.T, c *Cache, s *source) {
		price := atomic.Int64{}
		price.Store(1)
		slow := func(wait time.Duration) string {
			p, err := c.Get(t.Context(), "/produk/nastar", false, func(context.Context) (*Page, []string, error) {
				read := price.Load()
				time.Sleep(wait)
				return page(fmt.Sprint(read)), []string{"product:nastar"}, nil
			})
			require.NoError(t, err)
			return string(p.Body)
		}
		first := make(chan string, 1)
		go func() { first <- slow(2 * time.Second) }()
		synctest.Wait() // it has read the old price
		price.Store(2)
		s.local([]string{"product:nastar"})
		require.Equal(t, "2", slow(time.Millisecond), "who asks after the change does not join the old drawing")
		require.Equal(t, "1", <-first)
		require.Equal(t, "2", slow(0), "and the old drawing does not take the place of the new")

		c.Clear()
		go func() { first <- slow(time.Second) }()
		synctest.Wait()
		s.local([]string{"product:other"})
		require.Equal(t, "2", <-first)
		require.False(t, drawn(t, c, "/produk/nastar"), "the control: somebody else's change discards nothing")
	})
}

func TestNothingIsServedWhileNobodyHears(t *testing.T) {
	bubble(t, Settings{}, func(t *testing.T, c *Cache, s *source) {
		require.True(t, drawn(t, c, "/"))
		require.False(t, drawn(t, c, "/"))
		s.mu.Lock()
		s.down = true
		s.mu.Unlock()
		time.Sleep(4 * time.Second)
		require.True(t, drawn(t, c, "/"), "after three silent seconds each page is drawn")
		require.True(t, drawn(t, c, "/"))
		time.Sleep(10 * time.Second)
		s.mu.Lock()
		s.down = false
		s.mu.Unlock()
		time.Sleep(2 * pollEvery)
		synctest.Wait()
		require.True(t, drawn(t, c, "/"), "what was kept before a long silence is not trusted")
		require.False(t, drawn(t, c, "/"))
	})
	c := New(Settings{}) // never watched
	require.True(t, drawn(t, c, "/"))
	require.True(t, drawn(t, c, "/"))
}

func TestPagesAgeAndEndAtMidnight(t *testing.T) {
	bubble(t, Settings{}, func(t *testing.T, c *Cache, s *source) {
		require.True(t, drawn(t, c, "/"))
		time.Sleep(29 * time.Second)
		require.False(t, drawn(t, c, "/"))
		time.Sleep(2 * time.Second)
		require.True(t, drawn(t, c, "/"))

		// Ten seconds before midnight in Jakarta, by the database's clock.
		midnight := time.Now().Truncate(24 * time.Hour).Add(24*time.Hour + 17*time.Hour)
		s.mu.Lock()
		s.offset = time.Until(midnight) - 10*time.Second
		s.mu.Unlock()
		time.Sleep(pollEvery)
		synctest.Wait()
		require.True(t, drawn(t, c, "/"), "the clock jumped")
		time.Sleep(9 * time.Second)
		require.False(t, drawn(t, c, "/"))
		time.Sleep(time.Second)
		require.True(t, drawn(t, c, "/"), "the day changed")
	})
}

func TestTheCacheIsBounded(t *testing.T) {
	bubble(t, Settings{Plain: Limits{Pages: 10, Bytes: 1 << 20}, Asked: Limits{Pages: 1000, Bytes: 20_000}}, func(t *testing.T, c *Cache, _ *source) {
		for i := range 5 {
			require.True(t, drawn(t, c, fmt.Sprint("/produk/", i), "list"))
		}
		for i := range 500 { // invented searches
			_, err := c.Get(t.Context(), fmt.Sprint("/produk?q=", i), true, func(context.Context) (*Page, []string, error) {
				return page(string(make([]byte, 1000))), []string{"list"}, nil
			})
			require.NoError(t, err)
		}
		require.LessOrEqual(t, c.asked.bytes, 20_000)
		require.NotZero(t, c.asked.lru.Len())
		require.False(t, drawn(t, c, "/produk/0"), "a flood of searches does not push out the products")
		for i := range 50 {
			require.True(t, drawn(t, c, fmt.Sprint("/toko/", i), "list"))
		}
		require.Equal(t, 10, c.plain.lru.Len())
		require.Len(t, c.by["list"], c.plain.lru.Len()+c.asked.lru.Len())
		c.Invalidate("list")
		require.Zero(t, c.plain.bytes+c.asked.bytes+len(c.by))
	})
}

func TestOnlyGoodPagesAreKept(t *testing.T) {
	bubble(t, Settings{}, func(t *testing.T, c *Cache, _ *source) {
		lost := errors.New("lost")
		_, err := c.Get(t.Context(), "/", false, func(context.Context) (*Page, []string, error) { return nil, nil, lost })
		require.ErrorIs(t, err, lost)
		p, err := c.Get(t.Context(), "/", false, func(context.Context) (*Page, []string, error) { return NewPage(422, "text/html", nil), nil, nil })
		require.NoError(t, err)
		require.Equal(t, 422, p.Status)
		require.Panics(t, func() {
			_, _ = c.Get(t.Context(), "/", false, func(context.Context) (*Page, []string, error) { panic("oh") })
		})
		require.True(t, drawn(t, c, "/"), "a panic leaves nobody waiting")
		require.Empty(t, c.drawing)

		gone, cancel := context.WithCancel(t.Context())
		go func() {
			_, err := c.Get(gone, "/lama", false, func(ctx context.Context) (*Page, []string, error) {
				time.Sleep(time.Second)
				return page("x"), nil, ctx.Err()
			})
			require.NoError(t, err)
		}()
		synctest.Wait()
		cancel() // the visitor leaves; the page is drawn for the next one
		time.Sleep(2 * time.Second)
		require.False(t, drawn(t, c, "/lama"))
	})
}
