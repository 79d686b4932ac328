package main_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
)

const module = "github.com/lapak-berdaya/lapak"

// floors are the house of docs/architecture.md from the top down. A package
// imports only packages of lower floors, or of its own room.
var floors = [][]string{
	{"."},
	{"server"},
	{"demo", "audit", "backup"},
	{"templates", "static"},
	{"checkout", "quote", "curation", "program", "finance", "review"},
	{"order", "share"},
	{"catalog", "payment", "ledger", "delivery", "book"},
	{"notify"},
	{"media"},
	{"account"},
	{"internal"},
}

// only lists, for an import, the rooms that may use it.
var only = map[string][]string{
	"github.com/labstack/echo":    {"server/web"},
	"github.com/xendit/xendit-go": {"payment/xendit"},
	"github.com/disintegration":   {"media", "demo"},
	"github.com/riverqueue/river": {"internal/jobs"},
	"github.com/pressly/goose":    {"internal/database"},
	"github.com/alexedwards/scs":  {"server/web", "account"},
	"github.com/a-h/templ":        {"templates", "server"},
	"modernc.org/sqlite":          {"internal/database", "payment/xenditsim"},
	"github.com/jackc/pgx":        {"internal/database"},
	"github.com/prometheus":       {"internal/metrics"},
	"github.com/stretchr/testify": nil, // tests only, checked below
	"github.com/lib/pq":           {},
	"github.com/mattn/go-sqlite3": {},
	"html/template":               {"payment/xenditsim"},
	"gorm.io/gorm":                {".", "demo", "internal", "account", "media", "notify", "catalog", "payment", "ledger", "book", "delivery", "order", "share", "checkout", "quote", "curation", "program", "finance", "review", "audit", "backup"},
	module + "/payment/xenditsim": {".", "payment"},
}

type pkg struct {
	ImportPath   string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,GoFiles,Imports,TestImports,XTestImports", "./...").Output()
	require.NoError(t, err)
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}

func room(path string) string {
	rel := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	if rel == "" {
		return "."
	}
	return rel
}

func floorOf(rel string) int {
	top, _, _ := strings.Cut(rel, "/")
	return slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, top) })
}

func inside(rel string, rooms []string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool { return rel == r || strings.HasPrefix(rel, r+"/") })
}

func TestImportsOnlyGoDown(t *testing.T) {
	for _, p := range packages(t) {
		from := room(p.ImportPath)
		require.NotEqual(t, -1, floorOf(from), "%s stands on no floor of the house", from)
		top, _, _ := strings.Cut(from, "/")
		tests := slices.Concat(p.TestImports, p.XTestImports)
		for _, imported := range slices.Concat(p.Imports, tests) {
			if !strings.HasPrefix(imported, module) {
				continue
			}
			to := room(imported)
			toTop, _, _ := strings.Cut(to, "/")
			if top == toTop {
				continue
			}
			require.Less(t, floorOf(from), floorOf(to), "%s imports %s: imports only go down", from, to)
		}
		for _, imported := range p.Imports {
			require.False(t, strings.HasPrefix(imported, "github.com/stretchr/testify") && !strings.HasSuffix(from, "test"),
				"%s uses testify outside tests", from)
			for what, rooms := range only {
				if rooms == nil || (imported != what && !strings.HasPrefix(imported, what+"/")) {
					continue
				}
				require.True(t, inside(from, rooms) || strings.HasSuffix(from, "dbtest"), "%s may not import %s", from, imported)
			}
			if top == "templates" && strings.HasPrefix(imported, module) {
				to := room(imported)
				require.True(t, inside(to, []string{"templates", "static", "internal/money", "internal/text", "internal/id"}), "%s imports %s", from, to)
			}
			if from == "curation/advice" { // pure functions
				require.NotContains(t, []string{"gorm.io/gorm", module + "/internal/database", module + "/internal/clock"}, imported, "%s asks no database", from)
			}
			if from == "payment/xenditsim" && strings.HasPrefix(imported, module) {
				require.True(t, inside(room(imported), []string{"internal"}), "the simulator must share nothing with the client: %s", imported)
			}
		}
	}
}

// keyShape finds text keys in source: quoted, dotted, lower case.
var keyShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

func TestEverySentenceHasAKeyAndEveryKeyIsUsed(t *testing.T) {
	areas := map[string]bool{}
	for _, k := range text.Keys() {
		area, _, _ := strings.Cut(k, ".")
		areas[area] = true
	}
	used, prefixes := map[string]bool{}, map[string]bool{}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "tools/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "Kind" {
				return false // names of jobs look like keys
			}
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				return true
			}
			if keyShape.MatchString(s) {
				used[s] = true
			}
			if (strings.HasSuffix(s, ".") || strings.HasSuffix(s, "_")) && keyShape.MatchString(s+"x") {
				prefixes[s] = true // "order.state." + state
				delete(used, s)
			}
			return true
		})
		return nil
	}))
	for k := range used {
		area, _, _ := strings.Cut(k, ".")
		if areas[area] && !text.Has(k) && !strings.HasSuffix(k, ".css") && !strings.HasSuffix(k, ".js") && !strings.HasSuffix(k, ".jpg") {
			t.Errorf("no sentence for key %q", k)
		}
	}
	for _, k := range text.Keys() {
		if !used[k] && !builtFrom(k, prefixes) {
			t.Errorf("nobody uses the sentence %q", k)
		}
	}
}

func builtFrom(key string, prefixes map[string]bool) bool {
	for i, c := range key {
		if (c == '.' || c == '_') && prefixes[key[:i+1]] {
			return true
		}
	}
	return false
}

func TestNoFileOutgrowsItsPackage(t *testing.T) {
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if lines := strings.Count(string(raw), "\n"); lines > 700 {
			t.Errorf("%s has %d lines: does it hold more than one thing?", path, lines)
		}
		return nil
	}))
}
