package main_test

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
)

// makerRooms are the packages whose pages makers read: what stands in their
// literals is said to them, and what their functions reach may refuse them.
var makerRooms = []string{"server/maker", "templates/maker", "server/signin", "templates/signin"}

// heardByMakers is every key a maker may come to read: those in the literals of
// the makers' pages, of the shared components these call, and of the refusals
// (fault.…, With) in every function that can be called from there.
func heardByMakers(t *testing.T) map[string]string {
	t.Helper()
	s := survey(t)
	for _, dir := range makerRooms {
		require.NotEmpty(t, s.funcs[dir], dir)
		for _, all := range s.funcs[dir] {
			for _, f := range all {
				s.reach(dir, f)
			}
		}
	}
	heard := map[string]string{}
	said := func(dir string, n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				key, err := strconv.Unquote(lit.Value)
				switch {
				case err != nil:
				case text.Has(key):
					heard[key] = dir
				case (strings.HasSuffix(key, ".") || strings.HasSuffix(key, "_")) && keyShape.MatchString(key+"x"):
					for _, k := range text.Keys() {
						if strings.HasPrefix(k, key) {
							heard[k] = dir
						}
					}
				}
			}
			return true
		})
	}
	for dir, funcs := range s.funcs {
		for _, all := range funcs {
			for _, f := range all {
				switch {
				case slices.Contains(makerRooms, dir):
					said(dir, f)
				case !s.reached[f]:
				case dir == "templates/ui":
					said(dir, f)
				default:
					ast.Inspect(f, func(n ast.Node) bool {
						if call, ok := n.(*ast.CallExpr); ok && refuses(call) {
							said(dir, call)
						}
						return true
					})
				}
			}
		}
	}
	for _, dir := range makerRooms {
		for _, all := range s.values[dir] {
			for _, v := range all {
				said(dir, v)
			}
		}
	}
	return heard
}

// refuses reports whether a call makes a fault or adds a field to one.
func refuses(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return ok && x.Name == "fault" || f.Sel.Name == "With"
}

// glossaryRow is one line of docs/glossary.md.
type glossaryRow struct {
	say   string
	never map[string]*regexp.Regexp
}

func readGlossary(t *testing.T) []glossaryRow {
	t.Helper()
	raw, err := os.ReadFile("docs/glossary.md")
	require.NoError(t, err)
	var rows []glossaryRow
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], "--") || strings.TrimSpace(cells[2]) == "never" {
			continue
		}
		row := glossaryRow{strings.TrimSpace(cells[1]), map[string]*regexp.Regexp{}}
		for word := range strings.SplitSeq(cells[2], ",") {
			row.never[strings.TrimSpace(word)] = forms(strings.TrimSpace(word))
		}
		rows = append(rows, row)
	}
	return rows
}

// forms matches a word of the glossary with what Indonesian adds to it.
func forms(word string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[^\pL-])(di)?` + regexp.QuoteMeta(word) + `(nya|kan|an)?($|[^\pL-])`)
}

// sentenceEnd is where a reader takes breath: see docs/glossary.md.
var (
	sentenceEnd = regexp.MustCompile(`[.!?…:][”")]*(\s+|$)|\n`)
	aWord       = regexp.MustCompile(`[\pL\pN{]`)
)

// mostWords is how long a sentence on a maker's screen may be.
const mostWords = 12

// longSentences are the sentences of a text with more than mostWords words.
func longSentences(words string) (long []string) {
	for _, sentence := range sentenceEnd.Split(words, -1) {
		n := 0
		for _, w := range strings.Fields(sentence) {
			if aWord.MatchString(w) {
				n++
			}
		}
		if n > mostWords {
			long = append(long, sentence)
		}
	}
	return long
}

// forStaff are areas that the reach above finds by the name of a method only, and
// the second step of signing in: makers have no way to them.
var forStaff = []string{"signin.enrol.", "signin.second.", "signin.demo.", "delivery.rate.",
	"checklist.", "catalog.review.", "curation.", "rule.", "answer.", "lesson.", "desk.",
}

func TestMakersReadPlainWords(t *testing.T) {
	glossary := readGlossary(t)
	require.Greater(t, len(glossary), 25, "docs/glossary.md: is its table still one?")
	heard := heardByMakers(t)
	require.Greater(t, len(heard), 1000)
	for _, key := range []string{"maker.home.tasks", "catalog.form_key", "ui.help.word"} { // a page, a refusal, a shell
		require.Contains(t, heard, key)
	}
	for _, key := range slices.Sorted(maps.Keys(heard)) {
		if slices.ContainsFunc(forStaff, func(area string) bool { return strings.HasPrefix(key, area) }) {
			continue
		}
		words := text.T(key)
		bare := placeholder.ReplaceAllString(words, "")
		for _, sentence := range longSentences(words) {
			t.Errorf("%s (%s): more than %d words. Make two sentences of %q", key, heard[key], mostWords, sentence)
		}
		for _, row := range glossary {
			for word, found := range row.never {
				if found.MatchString(bare) {
					t.Errorf("%s (%s): makers read %q, not %q (docs/glossary.md): %q", key, heard[key], row.say, word, words)
				}
			}
		}
	}
}

// placeholder is filled when it is said.
var placeholder = regexp.MustCompile(`\{\w+\}`)

func TestGlossaryFindsWhatItMust(t *testing.T) {
	require.Empty(t, longSentences("Satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas dua-belas. Satu: dua {n} – tiga"))
	require.Len(t, longSentences("Satu dua tiga empat lima, enam tujuh delapan sembilan sepuluh {n} Rp10.000 tiga"), 1)
	for words, found := range map[string]bool{
		"Uangnya kembali ke saldo Anda": true, "Saldonya": true, "Diupload tadi": true, "log in lagi": true, "Log-in": false,
		"pembatalan": false, "Tapi belum": false, "statusnya baru": true, "Formasi": false, "offline": true,
	} {
		hit := false
		for _, row := range readGlossary(t) {
			for _, found := range row.never {
				hit = hit || found.MatchString(words)
			}
		}
		require.Equal(t, found, hit, words)
	}
}
