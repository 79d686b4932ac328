package index

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func small() *Index {
	ix := New()
	ix.SetSynonyms(NewSynonyms([]Group{
		{Words: []string{"kastengel", "kaasstengels", "kastangel"}},
		{Words: []string{"pelampung", "life jacket", "baju pelampung"}},
		{Words: []string{"Rompi"}, Finds: []string{"pelampung"}},
		{Words: []string{"oleh-oleh"}, Finds: []string{"keripik"}},
	}))
	for i, d := range []Doc{
		{Title: "Nastar 500 g", Text: "Kue kering isi selai nanas"},
		{Title: "Kaasstengels keju"},
		{Title: "Jaket pelampung anak", CategorySlug: "jahit", CategoryName: "Jahitan & seragam", District: 360307, ShopKind: "group"},
		{Title: "Keripik tempe", CategorySlug: "camilan", CategoryName: "Camilan", Price: 17_000, Text: "Renyah, cocok dengan nastar"},
		{Title: "Seragam olahraga set", CategorySlug: "jahit", CategoryName: "Jahitan & seragam", Soon: OnRequest, Certificates: []string{"sni"}},
		{Title: "Tas rajut", CategorySlug: "rajut", CategoryName: "Rajut", Price: 85_000, Text: "Dirajut dengan tangan", ShopSlug: "lampung", ShopName: "Karya Lampung"},
	} {
		d.ID, d.Slug, d.Published = int64(i+1), fmt.Sprint("p", i+1), int64(i+1)
		if d.ShopSlug == "" {
			d.ShopSlug, d.ShopName = "gayeng", "Dapur Gayeng"
		}
		if d.District == 0 {
			d.District = 351903
		}
		if d.Soon == SoldOut {
			d.Soon = Now
		}
		if d.CategorySlug == "" {
			d.CategorySlug, d.CategoryName, d.Price = "kue-kering", "Kue kering", 55_000
		}
		ix.Put(d)
	}
	ix.Settle()
	return ix
}

func ids(r Result) (out []int64) {
	for _, h := range r.Hits {
		out = append(out, h.ID)
	}
	return out
}

func TestWhatAWordFinds(t *testing.T) {
	ix := small()
	for _, c := range []struct {
		query string
		want  []int64
		said  string
	}{
		{"nastar", []int64{1, 4}, ""},           // the title before a description
		{" NÁSTAR! nastar", []int64{1, 4}, ""},  // folded, and said twice
		{"nas", []int64{1, 4}, ""},              // begun
		{"nestar", []int64{1, 4}, "nastar"},     // mistyped
		{"nsatar", []int64{1, 4}, "nastar"},     // two letters swapped
		{"kastangel", []int64{2}, ""},           // a spelling variant
		{"kastangle", []int64{2}, "kastangel"},  // a mistyped variant
		{"life-jacket", []int64{3}, ""},         // a phrase of another language
		{"baju pelampung anak", []int64{3}, ""}, // a phrase among words
		{"rompi", []int64{3}, ""},               // one way …
		{"jaket rompi", []int64{3}, ""},
		{"oleh2", nil, ""},
		{"oleh oleh", []int64{4}, ""},
		{"lampung", []int64{6}, ""},              // no life jacket …
		{"pelampung", []int64{3}, ""},            // … and no Lampung
		{"olah raga", []int64{5}, ""},            // written as one word
		{"seragamolahraga", []int64{5}, ""},      // and as two
		{"merajut", []int64{6}, ""},              // another form
		{"tempe nastar keripik", []int64{4}, ""}, // all words
		{"jual tas rajut murah", []int64{6}, ""}, // words that say nothing
		{"', DROP TABLE; --", nil, ""},
		{"x", nil, ""},
		{"zzzz", nil, ""},
	} {
		r := ix.Find(Query{Text: c.query, Sort: Relevant, Limit: 10})
		require.Equal(t, c.want, ids(r), c.query)
		require.Equal(t, c.said, r.Corrected, c.query)
		require.EqualValues(t, len(c.want), r.Counts.Total, c.query)
	}
	r := ix.Find(Query{Text: "nastar tempe pedas", Sort: Relevant, Limit: 10})
	require.True(t, r.Relaxed)
	require.Equal(t, []int64{4}, ids(r), "it has the most of the words")
	require.Len(t, ix.Find(Query{Text: "🎁 %_", Sort: Relevant, Limit: 10}).Hits, 6, "no word at all is no search")
	require.NotPanics(t, func() { ix.Find(Query{Text: strings.Repeat("kue ñ 🎁 \x00\xff ", 2000), Limit: 10}) })
}

func TestSoldOutComesAfterWhatFitsAsWell(t *testing.T) {
	ix := small()
	ix.Put(Doc{ID: 7, Slug: "p7", Title: "Nastar lebaran", CategorySlug: "kue-kering", CategoryName: "Kue kering", ShopSlug: "gayeng", ShopName: "Dapur Gayeng", Published: 7})
	require.Equal(t, []int64{1, 7, 4}, ids(ix.Find(Query{Text: "nastar", Sort: Relevant, Limit: 10})))
}

// Everything that an index answers follows from what is in it, however it came
// there: changed again and again it answers like one that was filled at once.
func TestAChangedIndexAnswersLikeAFreshOne(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	ix, have := New(), map[int64]Doc{}
	ix.Settle()
	check := func(step int) {
		fresh := New()
		for _, d := range have {
			fresh.Put(d)
		}
		require.Equal(t, len(have), ix.Len())
		for range 30 {
			q := Query{Sort: Sort(dice.IntN(4)), Limit: 1 + dice.IntN(30), Min: int64(dice.IntN(2) * 30_000), Only: dice.IntN(4) == 0}
			if dice.IntN(2) == 0 {
				q.Text = word(dice.IntN(60))
			}
			if dice.IntN(3) == 0 {
				q.Text += " " + word(dice.IntN(60))[1:]
			}
			if dice.IntN(3) == 0 {
				q.Category = fmt.Sprint("c", dice.IntN(5))
			}
			if dice.IntN(3) == 0 {
				q.Region = []uint32{35, 3519, 351901, 36}[dice.IntN(4)]
			}
			if dice.IntN(4) == 0 {
				q.Shop = fmt.Sprint("s", dice.IntN(8))
			}
			if dice.IntN(4) == 0 {
				q.Soon = Soon(dice.IntN(int(soons)))
			}
			if dice.IntN(4) == 0 {
				q.Certificate = "halal"
			}
			for range 3 {
				got, want := ix.Find(q), fresh.Find(q)
				for _, r := range []*Result{&got, &want} { // numbers are given in order of appearance
					for _, list := range [][]Count{r.Counts.Categories, r.Counts.Kinds, r.Counts.Certificates} {
						slices.SortFunc(list, func(a, b Count) int { return strings.Compare(a.Value, b.Value) })
					}
				}
				require.Equal(t, want, got, "step %d: %+v", step, q)
				if !q.Only { // what is counted is what is found
					require.EqualValues(t, naive(have, q), got.Counts.Total, "%+v", q)
				}
				if !got.More {
					break
				}
				q.After = got.Hits[len(got.Hits)-1].Place
			}
		}
	}
	for step := range 6000 {
		id := int64(1 + dice.IntN(300))
		switch d, there := have[id]; {
		case there && dice.IntN(3) == 0:
			require.True(t, ix.Remove(id))
			delete(have, id)
		case there && dice.IntN(2) == 0: // words stay
			d.Price, d.Soon = int64(dice.IntN(9)*10_000), Soon(dice.IntN(int(soons)))
			require.Equal(t, d.Price != have[id].Price || d.Soon != have[id].Soon, ix.Put(d))
			have[id] = d
			require.True(t, ix.Holds(d))
		default:
			d = invented(id, dice)
			ix.Put(d)
			have[id] = d
			require.True(t, ix.Holds(d))
			d.Price++
			require.False(t, ix.Holds(d))
		}
		if step%1500 == 1499 {
			check(step)
		}
	}
	ix.sweep()
	check(-1)
}

// naive counts without an index, for queries without words; with words the
// index's own count stands for it.
func naive(have map[int64]Doc, q Query) (n int64) {
	if q.Text != "" {
		ix := New()
		for _, d := range have {
			ix.Put(d)
		}
		q.After, q.Limit = Place{}, len(have)+1
		return int64(len(ix.Find(q).Hits))
	}
	for _, d := range have {
		in := q.Category == "" || d.CategorySlug == q.Category
		in = in && (q.Region == 0 || strings.HasPrefix(fmt.Sprint(d.District), fmt.Sprint(q.Region)))
		in = in && (q.Shop == "" || d.ShopSlug == q.Shop) && (q.Min == 0 || d.Price >= q.Min) && (q.Soon == SoldOut || d.Soon == q.Soon)
		if in && (q.Certificate == "" || slices.Contains(d.Certificates, q.Certificate)) {
			n++
		}
	}
	return n
}

func TestWhatChangesByItselfIsDue(t *testing.T) {
	ix, at := New(), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	ix.Put(Doc{ID: 1, Title: "Nastar", Changes: at})
	ix.Put(Doc{ID: 2, Title: "Tas"})
	require.Empty(t, ix.Due(at.Add(-time.Second)))
	require.Equal(t, []int64{1}, ix.Due(at))
	require.False(t, ix.Put(Doc{ID: 1, Title: "Nastar", Changes: at.Add(time.Hour)}), "nobody sees when something will change")
	require.Empty(t, ix.Due(at))
	ix.Remove(1)
	require.Empty(t, ix.Due(at.Add(2*time.Hour)))
}

func TestSuggestions(t *testing.T) {
	ix := small()
	s := ix.Suggest("ka", 5, 3)
	require.Equal(t, []Suggestion{{"p2", "Kaasstengels keju"}}, s.Products[:1])
	require.Equal(t, []Suggestion{{"lampung", "Karya Lampung"}}, s.Shops)
	require.Equal(t, []Suggestion{{"jahit", "Jahitan & seragam"}}, ix.Suggest("sera", 5, 3).Categories)
	require.Equal(t, Suggestions{}, ix.Suggest("  ", 5, 3))
	ix.Remove(6)
	require.Empty(t, ix.Suggest("karya", 5, 3).Shops, "a shop that sells nothing is not offered")
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"nastar", "nastar", 0},
		{"nastar", "nestar", 1},
		{"nastar", "nasta", 1},
		{"nastar", "nsatar", 1},
		{"nastar", "snatar", 2},
		{"kastengel", "castangel", 2},
		{"nastar", "jahe", 3},
		{"", "ab", 2},
	} {
		require.Equal(t, c.want, mistakes(c.a, c.b, 2), c.a+" "+c.b)
		require.Equal(t, c.want, mistakes(c.b, c.a, 2), c.b+" "+c.a)
	}
}

// What domain.md B23 measured of a general stemmer must not happen here.
func TestFormsLeadToNoOtherWord(t *testing.T) {
	for word, never := range map[string]string{"pelampung": "lampung", "lebaran": "lebar", "kerajinan": "rajin", "pesanan": "sanan", "mengolah": "mengo"} {
		require.NotContains(t, relatives(word), never)
	}
	for word, form := range map[string]string{
		"mengolah": "olah", "olahan": "mengolah", "jahitan": "jahit", "jahit": "menjahit", "menjahit": "jahitan", "pesanan": "memesan",
		"memesan": "pesanan", "cuci": "cucian", "anyaman": "anyam", "sulam": "menyulam", "dirajut": "rajut", "penjahit": "jahit",
	} {
		require.Contains(t, relatives(word), form, word)
	}
}

// word invents the nth word of a language; the first are the commonest.
func word(n int) string {
	const consonants, vowels = "bcdghjklmnprst", "aeiou"
	var b strings.Builder
	for n += 200; n > 0; n /= len(consonants) * len(vowels) {
		b.WriteByte(consonants[n%len(consonants)])
		b.WriteByte(vowels[n/len(consonants)%len(vowels)])
	}
	return b.String() + "n"
}

// invented is a product like real ones: a short title, some sentences, words as
// unevenly common as in a language.
func invented(id int64, dice *rand.Rand) Doc {
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(word(int(2000 * dice.ExpFloat64() * dice.ExpFloat64() * dice.Float64())))
			b.WriteByte(' ')
		}
		return b.String()
	}
	n := int(id)
	d := Doc{
		ID: id, Slug: fmt.Sprint("produk-", id, "-dengan-nama"), Title: strings.TrimSpace(text(4)), Unit: "toples 500 g", CategorySlug: fmt.Sprint("c", n%10),
		CategoryName: word(n % 10), ShopSlug: fmt.Sprint("s", n/30), ShopName: word(n/30) + " " + word(n/60), ShopKind: []string{"individual", "group", "institution"}[n%3],
		Place: "Kecamatan Geger, Kabupaten Madiun", District: 351901 + uint32(n%7)*100, Text: text(40), Price: int64(dice.IntN(400) * 500),
		Published: int64(n) * 1000, Soon: Soon(dice.IntN(int(soons))),
	}
	if n%4 == 0 {
		d.Certificates = []string{"halal", "pirt"}
	}
	return d
}

// Whoever walks a list page by page meets everything that was there all the time
// once, and nothing twice, while other products come and go.
func TestAWalkIsSteadyWhileProductsComeAndGo(t *testing.T) {
	for _, sort := range []Sort{Newest, Cheapest, Dearest, Relevant} {
		dice := rand.New(rand.NewPCG(uint64(sort), 7))
		ix, stays := New(), map[int64]bool{}
		put := func(id int64, published int64) {
			d := invented(id, dice)
			d.Title, d.Published, d.Soon = "Nastar "+d.Title, published, Now
			ix.Put(d)
		}
		for id := range int64(400) {
			put(id+1, int64(dice.IntN(5000)))
			stays[id+1] = id%2 == 0
		}
		ix.Settle()
		seen, fresh := map[int64]int{}, int64(1000)
		q := Query{Sort: sort, Text: "nastar", Limit: 7}
		for {
			r := ix.Find(q)
			for _, h := range r.Hits {
				seen[h.ID]++
			}
			if !r.More {
				break
			}
			q.After = r.Hits[len(r.Hits)-1].Place
			for range 5 { // published, paused and resumed meanwhile
				fresh++
				put(fresh, int64(dice.IntN(5000)))
				if id := int64(2 * (1 + dice.IntN(200))); !ix.Remove(id) && seen[id] == 0 {
					put(id, int64(dice.IntN(5000)))
				}
			}
		}
		for id, always := range stays {
			if always {
				require.Equal(t, 1, seen[id], "sort %d, product %d", sort, id)
			}
		}
		for id, n := range seen {
			require.Equal(t, 1, n, "sort %d, product %d", sort, id)
		}
	}
}
