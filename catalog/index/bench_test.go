package index

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

func filled(n int) *Index {
	dice := rand.New(rand.NewPCG(1, 2))
	ix := New()
	for i := range n {
		ix.Put(invented(int64(i+1), dice))
	}
	ix.Settle()
	return ix
}

// What finding costs at three sizes: go test -bench . ./catalog/index
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		ix := filled(n)
		for name, q := range map[string]Query{
			"listing":      {},
			"filtered":     {Category: "c3", Region: 35, Min: 20_000},
			"common word":  {Text: word(10), Sort: Relevant},
			"rare word":    {Text: word(2500), Sort: Relevant},
			"two words":    {Text: word(10) + " " + word(200), Sort: Relevant},
			"beginning":    {Text: word(300)[:3], Sort: Relevant},
			"mistyped":     {Text: word(3000)[1:] + "qu", Sort: Relevant},
			"found+filter": {Text: word(10), Sort: Cheapest, Category: "c3"},
		} {
			q.Limit = 24
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					ix.Find(q)
				}
			})
		}
		b.Run(fmt.Sprintf("suggest/%d", n), func(b *testing.B) {
			for b.Loop() {
				ix.Suggest(word(300)[:3], 6, 3)
			}
		})
		b.Run(fmt.Sprintf("sold/%d", n), func(b *testing.B) {
			dice := rand.New(rand.NewPCG(1, 2))
			d := invented(1, dice)
			for i := 0; b.Loop(); i++ {
				d.Soon = Soon(i % 2)
				ix.Put(d)
			}
		})
	}
}

// Filling, and how many bytes one product takes.
func BenchmarkFill(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dice := rand.New(rand.NewPCG(1, 2))
			docs := make([]Doc, n)
			for i := range docs {
				docs[i] = invented(int64(i+1), dice)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var ix *Index
			for b.Loop() {
				ix = New()
				for _, d := range docs {
					ix.Put(d)
				}
				ix.Settle()
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "B/product")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/product")
			runtime.KeepAlive(ix)
			runtime.KeepAlive(docs)
		})
	}
}
