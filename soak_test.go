//go:build soak

package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/crash"
)

// The long runs, which make soak builds and make test does not.
//
//	SOAK_KILLS  how many random kills on each database (200)
//	SOAK_FOR    how long they go on at least, such as 8h (as long as they take)
//	SOAK_LIVES  how many stories go on at once while they happen (4)
//	SOAK_REPORT where the report is written (a file of lines; none)

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	raw := os.Getenv(name)
	if raw == "" {
		return otherwise
	}
	n, err := strconv.Atoi(raw)
	require.NoError(t, err, name)
	return n
}

var reporting sync.Mutex

// report adds a line to the report of the run.
func report(t *testing.T, line map[string]any) {
	t.Helper()
	raw, err := json.Marshal(line)
	require.NoError(t, err)
	t.Log(string(raw))
	path := os.Getenv("SOAK_REPORT")
	if path == "" {
		return
	}
	reporting.Lock()
	defer reporting.Unlock()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	_, err = f.Write(append(raw, '\n'))
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// Every point, one after the other, on both databases, in a story of its own and
// without any help: the clock runs as it does, a dead sender's lease has to run
// out. Two minutes after the death everything must have come to its end.
func TestSoakKilledAtEveryPoint(t *testing.T) {
	eachStage(t, func(t *testing.T, th *theatre) {
		th.populate(t)
		th.simulator(t, "settings", quick)
		th.m.start()
		for i, point := range crash.Points {
			l := th.born(t, i+1)
			th.quiet(t)
			l.byTimer = strings.HasPrefix(point, "order/timer/")
			// A quiet program is armed by being started again.
			before := len(th.m.died())
			th.m.arm(point)
			th.m.kill()
			th.m.back(t, before+1)
			l.live()
			th.quiet(t)
			died := th.m.died()
			took := time.Duration(-1)
			if last := died[len(died)-1]; last.point == point {
				took = time.Since(last.at)
			} else {
				t.Errorf("%s: nobody died there", point)
			}
			report(t, map[string]any{"database": th.db.Dialect(), "point": point, "story_done_s": took.Round(10 * time.Millisecond).Seconds(), "back_s": died[len(died)-1].back.Seconds()})
			require.Less(t, took, 2*time.Minute, point)
			require.Empty(t, th.lies(t, l), point)
		}
		th.m.stop()
		th.swept(t)
		th.clean(t)
	})
}

// arm has the next start of the child die at the point.
func (m *machine) arm(point string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.child.Arm = map[string]int{point: 1}
}

// back waits until the n-th restart is over.
func (m *machine) back(t *testing.T, n int) {
	t.Helper()
	until(t, "the restart", func() error {
		if len(m.died()) < n {
			return errNotYet
		}
		return nil
	})
}

// Several stories at once, one after the other, while the program is killed again
// and again at moments that nobody chose.
func TestSoakRandomKills(t *testing.T) {
	kills, together := number(t, "SOAK_KILLS", 200), number(t, "SOAK_LIVES", 4)
	var long time.Duration
	if raw := os.Getenv("SOAK_FOR"); raw != "" {
		var err error
		long, err = time.ParseDuration(raw)
		require.NoError(t, err, "SOAK_FOR")
	}
	eachStage(t, func(t *testing.T, th *theatre) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		th.populate(t)
		th.simulator(t, "settings", quick)
		th.m.rest = 31 * time.Second
		th.m.start()
		killed := make(chan struct{})
		var lives []*life
		var mu sync.Mutex
		born := func() *life {
			mu.Lock()
			defer mu.Unlock()
			l := th.born(t, len(lives)+1)
			lives = append(lives, l)
			return l
		}
		began := time.Now()
		var stories sync.WaitGroup
		for range together {
			stories.Go(func() {
				for {
					select {
					case <-killed:
						return
					default:
						born().live()
					}
				}
			})
		}
		for n := 0; n < kills || time.Since(began) < long; n++ {
			pause := time.NewTimer(time.Duration(500+random.IntN(3000)) * time.Millisecond)
			<-pause.C
			th.m.kill()
			th.m.back(t, n+1)
		}
		last := time.Now()
		close(killed)
		stories.Wait()
		th.quiet(t)
		settled := time.Since(last)
		var slowest time.Duration
		for _, d := range th.m.died() {
			slowest = max(slowest, d.back)
		}
		report(t, map[string]any{"database": th.db.Dialect(), "random_kills": len(th.m.died()), "stories": len(lives), "minutes": time.Since(began).Minutes(),
			"slowest_restart_s": slowest.Seconds(), "quiet_after_last_kill_s": settled.Seconds(), "seed": seed})
		require.Empty(t, th.lies(t, lives...))
		th.m.stop()
		th.clean(t)
	})
}
