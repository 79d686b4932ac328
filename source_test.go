package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/build"
)

// source is one parsed file of the program; tests, generated templates and tools
// are not part of it.
type source struct {
	path string
	file *ast.File
	pkg  *ownPackage
}

// ownPackage is what the files of a folder say together.
type ownPackage struct {
	consts map[string]bool // names of constants
	calls  map[string][]ownCall
	fields map[string][]ownValue // by the name of the field
	types  map[string][]string   // a struct's fields in order
	made   map[string][]ownValue // what a function returns
}

type (
	ownCall struct {
		in   *ast.FuncDecl
		call *ast.CallExpr
	}
	ownValue struct {
		in    *ast.FuncDecl
		value ast.Expr
	}
)

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	pkgs := map[string]*ownPackage{}
	positions := token.NewFileSet()
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "node_modules" || path == "tools" || path == "bin"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(positions, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p := pkgs[filepath.Dir(path)]
		if p == nil {
			p = &ownPackage{consts: map[string]bool{}, calls: map[string][]ownCall{}, fields: map[string][]ownValue{}, types: map[string][]string{}, made: map[string][]ownValue{}}
			pkgs[filepath.Dir(path)] = p
		}
		all = append(all, source{path, file, p})
		return nil
	}))
	for range 2 { // a table may stand before its type
		for _, s := range all {
			for _, d := range s.file.Decls {
				fn, _ := d.(*ast.FuncDecl)
				s.pkg.read(fn, d)
			}
		}
	}
	require.Greater(t, len(all), 150)
	return all
}

// read notes what one declaration says.
func (p *ownPackage) read(in *ast.FuncDecl, d ast.Node) {
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			if n.Tok == token.CONST {
				for _, spec := range n.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						p.consts[name.Name] = true
					}
				}
			}
		case *ast.CallExpr:
			p.calls[called(n)] = append(p.calls[called(n)], ownCall{in, n})
		case *ast.ReturnStmt:
			if in != nil && len(n.Results) > 0 {
				p.made[in.Name.Name] = append(p.made[in.Name.Name], ownValue{in, n.Results[0]})
			}
		case *ast.TypeSpec:
			if row, ok := n.Type.(*ast.StructType); ok {
				p.types[n.Name.Name] = names(row)
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				f, ok := left.(*ast.SelectorExpr)
				if !ok || len(n.Rhs) != len(n.Lhs) {
					continue
				}
				if call, ok := n.Rhs[i].(*ast.CallExpr); ok && called(call) == "append" {
					for _, a := range call.Args[1:] {
						p.fields[f.Sel.Name] = append(p.fields[f.Sel.Name], ownValue{in, a})
					}
					continue
				}
				p.fields[f.Sel.Name] = append(p.fields[f.Sel.Name], ownValue{in, n.Rhs[i]})
			}
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if key, ok := kv.Key.(*ast.Ident); ok {
						p.fields[key.Name] = append(p.fields[key.Name], ownValue{in, kv.Value})
					}
				}
			}
			p.table(in, n)
		}
		return true
	})
}

// table reads the positional values of a slice of anonymous structs.
func (p *ownPackage) table(in *ast.FuncDecl, n *ast.CompositeLit) {
	array, ok := n.Type.(*ast.ArrayType)
	if !ok {
		return
	}
	var fields []string
	switch row := array.Elt.(type) {
	case *ast.StructType:
		fields = names(row)
	case *ast.Ident:
		fields = p.types[row.Name]
	}
	for _, e := range n.Elts {
		lit, ok := e.(*ast.CompositeLit)
		if !ok {
			continue
		}
		for i, v := range lit.Elts {
			if _, keyed := v.(*ast.KeyValueExpr); !keyed && i < len(fields) {
				p.fields[fields[i]] = append(p.fields[fields[i]], ownValue{in, v})
			}
		}
	}
}

// written reports that an expression is text that stands in the program, and
// never what somebody typed: literals and constants, and what is put together
// from them through local variables, parameters that only ever get such text,
// and the tables of statements.
func (s source) written(in *ast.FuncDecl, e ast.Expr) bool {
	return s.pkg.written(in, e, map[string]bool{})
}

func (p *ownPackage) written(in *ast.FuncDecl, e ast.Expr, asked map[string]bool) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.ParenExpr:
		return p.written(in, e.X, asked)
	case *ast.BinaryExpr:
		return e.Op == token.ADD && p.written(in, e.X, asked) && p.written(in, e.Y, asked)
	case *ast.CallExpr:
		switch called(e) {
		case "Join", "TrimSuffix":
			return p.written(in, e.Args[0], asked) && p.written(in, e.Args[1], asked)
		case "Sprintf":
			return !slices.ContainsFunc(e.Args, func(x ast.Expr) bool { return !p.written(in, x, asked) })
		case "Repeat":
			return p.written(in, e.Args[0], asked)
		}
		made := p.made[called(e)]
		return len(made) > 0 && !slices.ContainsFunc(made, func(v ownValue) bool { return !p.written(v.in, v.value, asked) })
	case *ast.CompositeLit: // a slice of statements
		return !slices.ContainsFunc(e.Elts, func(x ast.Expr) bool { return !p.written(in, x, asked) })
	case *ast.SelectorExpr:
		return p.field(e.Sel.Name, asked)
	case *ast.Ident:
		return p.consts[e.Name] || p.name(in, e.Name, asked)
	}
	return false
}

// name follows a variable or parameter to everything that it is given.
func (p *ownPackage) name(in *ast.FuncDecl, name string, asked map[string]bool) bool {
	key := in.Name.Name + " " + name
	if asked[key] {
		return true // a cycle adds nothing new
	}
	asked[key] = true
	given, fine := 0, true
	check := func(where *ast.FuncDecl, e ast.Expr) {
		given++
		fine = fine && p.written(where, e, asked)
	}
	ast.Inspect(in.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && id.Name == name {
					if len(n.Rhs) == 1 && len(n.Lhs) > 1 {
						given, fine = given+1, false
					} else if call, ok := n.Rhs[i].(*ast.CallExpr); ok && called(call) == "append" {
						for _, a := range call.Args[1:] {
							check(in, a)
						}
					} else {
						check(in, n.Rhs[i])
					}
				}
			}
		case *ast.RangeStmt:
			if id, ok := n.Value.(*ast.Ident); ok && id.Name == name {
				check(in, n.X)
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if id.Name == name && len(n.Values) > i {
					check(in, n.Values[i])
				}
			}
		}
		return true
	})
	index := 0
	for _, f := range in.Type.Params.List {
		for _, id := range f.Names {
			if id.Name == name {
				for _, c := range p.calls[in.Name.Name] {
					if len(c.call.Args) > index {
						check(c.in, c.call.Args[index])
					}
				}
			}
			index++
		}
	}
	return given > 0 && fine
}

// called is the name of what is called.
func called(call *ast.CallExpr) string {
	f := call.Fun
	if generic, ok := f.(*ast.IndexExpr); ok {
		f = generic.X
	}
	switch f := f.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return "?"
}

func names(row *ast.StructType) (all []string) {
	for _, f := range row.Fields.List {
		for _, id := range f.Names {
			all = append(all, id.Name)
		}
	}
	return all
}

// field follows a field of a table of statements to all its values.
func (p *ownPackage) field(name string, asked map[string]bool) bool {
	if asked["."+name] {
		return true
	}
	asked["."+name] = true
	values := p.fields[name]
	for _, v := range values {
		if !p.written(v.in, v.value, asked) {
			return false
		}
	}
	return len(values) > 0
}

// composedSQL are the statements that this test cannot follow, each read by a
// person and found to hold nothing that somebody typed.
var composedSQL = map[string]string{
	"internal/jobs/rescue.go rescuer.startSQLite": "the two forms of one statement, filled with functions of each database",
	"internal/jobs/rescue.go rescuer.look":        "the two forms of one statement, filled with functions of each database",
	"internal/jobs/rescue.go rescuer.gone":        "its callers write the statement",
	"internal/database/dbtest/dbtest.go Harm":     "names of constraints come from the schema, tables from the test",
	"backup/":                                                "names of tables and columns come from the schema and are quoted; no value is part of a statement",
	"catalog/direct.go directChanges":                        conditions,
	"catalog/golive.go Service.Scheduled":                    conditions,
	"finance/read.go Service.oldest":                         "its callers write the condition",
	"account/reveal.go listReveals":                          "its callers write the condition",
	"internal/personal/personal.go Collect":                  "the packages that own the tables write the statements",
	"internal/personal/personal.go Run":                      "the packages that own the tables write the statements",
	"internal/personal/personal.go Count":                    "the packages that own the tables write the statements",
	"internal/sealed/sealed.go renewTx":                      "the packages that own the tables name the columns",
	"internal/database/sqlite.go sqliteDialector.SavePoint":  "GORM makes the name",
	"internal/database/sqlite.go sqliteDialector.RollbackTo": "GORM makes the name",
}

const conditions = "where joins conditions that stand in catalog; what was typed is in its args"

// Words of people reach the database as arguments, never as part of a statement
// (ASVS 1.2.4).
func TestEveryStatementIsWrittenHere(t *testing.T) {
	takesSQL := []string{"Raw", "Exec", "Where", "Or", "Not", "Order", "Joins", "Having", "Group", "Select", "Distinct", "Table", "Pluck", "QueryContext", "QueryRowContext", "ExecContext", "Query", "QueryRow"}
	found := 0
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if !imports(s.file, "gorm.io/gorm") && !imports(s.file, "database/sql") {
			continue
		}
		for name, fn := range functions(s.file) {
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				method, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || !slices.Contains(takesSQL, method.Sel.Name) || slices.Contains([]string{"cmp", "story", "conn", "money"}, fmt.Sprint(method.X)) && !strings.HasSuffix(method.Sel.Name, "Context") {
					return true
				}
				arg := call.Args[0]
				if strings.HasSuffix(method.Sel.Name, "Context") && len(call.Args) > 1 {
					arg = call.Args[1]
				}
				found++
				at := s.path + " " + name
				if !s.written(fn, arg) {
					seen[at], seen[filepath.Dir(s.path)+"/"] = true, true
					if composedSQL[at] == "" && composedSQL[filepath.Dir(s.path)+"/"] == "" {
						t.Errorf("%s: %s takes a statement that is put together", at, method.Sel.Name)
					}
				}
				return true
			})
		}
	}
	require.Greater(t, found, 200, "this test looks at nothing")
	for at := range composedSQL {
		require.True(t, seen[at], "%s puts no statement together any more", at)
	}
}

func imports(f *ast.File, path string) bool {
	return slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == strconv.Quote(path) })
}

func functions(f *ast.File) map[string]*ast.FuncDecl {
	out := map[string]*ast.FuncDecl{}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			name := fn.Name.Name
			if fn.Recv != nil {
				name = receiver(fn.Recv.List[0].Type) + "." + name
			}
			out[name] = fn
		}
	}
	return out
}

func receiver(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if name, ok := e.(*ast.Ident); ok {
		return name.Name
	}
	return "?"
}

// What the program must not use, and why. A name with a dot is a function of a
// package; the rest are imports.
var banned = map[string]string{
	"os/exec":                "the program starts no other program (ASVS 1.2.5)",
	"unsafe":                 "nothing here needs it",
	"math/rand":              "tokens are random for good (ASVS 7.2.3)",
	"html/template":          "templ draws the pages",
	"text/template":          "it escapes nothing",
	"templ.Raw":              "words of people stay words (ASVS 1.2.1)",
	"templ.SafeURL":          "addresses go through templ's check (ASVS 1.2.2)",
	"templ.JSUnsafeFuncCall": "no scripts inside pages (ASVS 3.4.3)",
	"http.Get":               "no deadline, no list of hosts (ASVS 1.3.6)",
	"http.Post":              "no deadline, no list of hosts",
	"http.PostForm":          "no deadline, no list of hosts",
	"http.DefaultClient":     "no deadline, no list of hosts",
	"gorm.DeletedAt":         "states archive, erasure forgets",
}

// may are the exceptions, with the folder or file that has one.
var may = map[string][]string{
	"math/rand":     {"demo/", "payment/xenditsim/", "order/ordertest/"},
	"html/template": {"payment/xenditsim/"}, // the simulator's own pages
}

// Things that let what somebody typed become code, or a request without an end.
func TestTheSourceUsesNothingDangerous(t *testing.T) {
	found := 0
	for _, s := range sources(t) {
		use := func(what string) {
			reason, is := banned[what]
			if is && !slices.ContainsFunc(may[what], func(place string) bool { return strings.HasPrefix(s.path, place) }) {
				t.Errorf("%s uses %s: %s", s.path, what, reason)
			}
		}
		for _, i := range s.file.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			use(strings.TrimSuffix(path, "/v2"))
			found++
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				n = call.Fun
			} else if f, ok := n.(*ast.SelectorExpr); !ok || f.Sel.Name == "SafeURL" {
				return true // the type may be named, only turning text into it not
			}
			if f, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := f.X.(*ast.Ident); ok {
					use(pkg.Name + "." + f.Sel.Name)
				}
			}
			return true
		})
	}
	require.Greater(t, found, 500, "this test looks at nothing")
}

// secretShapes are shapes that only a real secret has (ASVS 13.3.1).
var secretShapes = regexp.MustCompile(`xnd_(production|development)_[A-Za-z0-9]{24,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[bp]-[0-9A-Za-z-]{20,}`)

func TestNoSecretIsKeptInTheRepository(t *testing.T) {
	require.Regexp(t, secretShapes, "xnd_production_"+strings.Repeat("a1B2", 10), "the pattern must be able to find something")
	require.Regexp(t, secretShapes, "-----BEGIN "+"RSA PRIVATE KEY-----")
	files := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "node_modules", "bin", "test-results", ".build", "lapak-data"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil || info.Size() > 2<<20 {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		if hit := secretShapes.Find(raw); hit != nil {
			t.Errorf("%s holds something like a secret: %.20s…", path, hit)
		}
		return nil
	}))
	require.Greater(t, files, 300)
}

// The running program names the libraries it was built from, with the sums of
// what was compiled (ASVS 15.1.2): no list beside it can be out of date.
func TestTheProgramKnowsItsLibraries(t *testing.T) {
	raw, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	versions := map[string]string{}
	for _, m := range build.Modules() {
		part := strings.Fields(m)
		require.Len(t, part, 3, m)
		require.True(t, strings.HasPrefix(part[2], "h1:"), m)
		versions[part[0]] = part[1]
	}
	for _, path := range []string{"github.com/labstack/echo/v4", "gorm.io/gorm", "github.com/xendit/xendit-go/v7", "github.com/disintegration/imaging", "modernc.org/sqlite"} {
		require.Contains(t, string(raw), path+" "+versions[path], path)
	}
}
