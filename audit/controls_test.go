package audit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every invariant that any package proves has a negative control: a test of the
// same package, or of this one, that breaks the rows by hand and names what it
// expects to be found. Names are read from the code, so that a new one without a
// control fails here.
func TestEveryInvariantHasANegativeControl(t *testing.T) {
	t.Parallel()
	proves, controls := map[string][]string{}, map[string][]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{"node_modules", "bin", "server", "templates", "static", "internal", "testdata", ".git"}, d.Name()) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		in := filepath.Dir(path)
		if strings.HasSuffix(path, "_test.go") {
			if filepath.Base(path) != "controls_test.go" {
				controls[in] = append(controls[in], literals(file)...)
			}
			return nil
		}
		if slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return strings.HasSuffix(i.Path.Value, `/internal/proof"`) }) {
			proves[in] = append(proves[in], invariants(t, path, file)...)
		}
		return nil
	})
	require.NoError(t, err)
	proves["../audit"] = append(proves["../audit"], tables(t, "checks.go")["invariant"]...)
	require.Greater(t, len(proves), 10, "packages that prove something")

	for _, want := range []struct{ in, name string }{ // that what is read from the code is all there is, in each way it is written
		{"../finance", "finance advance"}, {"../order", "order moves"}, {"../audit", "I6 cash box"}, {"../audit", "I4 append-only"}, {"../payment", "I8 accounted by somebody"},
		{"../curation", "K5 two opinions"}, {"../catalog", "C7 overlapping windows"}, {"../share", "share worker code"}, {"../media", "I10 files and rows"}, {"../account", "account power"},
	} {
		require.Contains(t, proves[want.in], want.name)
	}
	for in, names := range proves {
		for _, name := range names {
			broken := slices.ContainsFunc(slices.Concat(controls[in], controls["../audit"]), func(said string) bool {
				return said == name || strings.HasPrefix(said, name+": ")
			})
			if !broken {
				t.Errorf("%s proves %q, and no test breaks it and sees it named", in, name)
			}
		}
	}
}

// invariants are the names that a file's findings carry: written there, or in the
// field of a table of the same file.
func invariants(t *testing.T, path string, file *ast.File) (names []string) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok || !named(kv.Key, "Invariant") {
			return true
		}
		switch v := kv.Value.(type) {
		case *ast.BasicLit:
			names = append(names, unquoted(t, v))
		case *ast.SelectorExpr:
			if filepath.Base(path) == "audit.go" {
				break // its table is in a file of its own
			}
			of := tables(t, path)[v.Sel.Name]
			require.NotEmpty(t, of, "%s: no table has the field %s", path, v.Sel.Name)
			names = append(names, of...)
		default:
			t.Errorf("%s: an invariant's name is computed; write it, so that it can be found", path)
		}
		return true
	})
	return names
}

// tables are the texts in the first column of each table of structs in a file, by
// the column's name.
func tables(t *testing.T, path string) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	types := map[string]*ast.StructType{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok {
			if s, ok := spec.Type.(*ast.StructType); ok {
				types[spec.Name.Name] = s
			}
		}
		return true
	})
	of := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		list, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		array, ok := list.Type.(*ast.ArrayType)
		if !ok {
			return true
		}
		row, ok := array.Elt.(*ast.StructType)
		if name, isName := array.Elt.(*ast.Ident); isName {
			row, ok = types[name.Name]
		}
		if !ok || len(row.Fields.List) == 0 || len(row.Fields.List[0].Names) == 0 {
			return true
		}
		column := row.Fields.List[0].Names[0].Name
		for _, one := range list.Elts {
			if line, ok := one.(*ast.CompositeLit); ok && len(line.Elts) > 0 {
				if first, ok := line.Elts[0].(*ast.BasicLit); ok && first.Kind == token.STRING {
					of[column] = append(of[column], unquoted(t, first))
				}
			}
		}
		return true
	})
	return of
}

func literals(file *ast.File) (said []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				said = append(said, s)
			}
		}
		return true
	})
	return said
}

func named(e ast.Expr, name string) bool {
	n, ok := e.(*ast.Ident)
	return ok && n.Name == name
}

func unquoted(t *testing.T, lit *ast.BasicLit) string {
	t.Helper()
	s, err := strconv.Unquote(lit.Value)
	require.NoError(t, err)
	return s
}
