package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
)

// bilingual are the packages of pages that are served in English too.
var bilingual = []string{"server/public", "server/buyer", "templates/public", "templates/buyer"}

// spoken is what visitors may come to read, found in the code: the keys in the
// bilingual packages and in every function that can be called from there.
type spoken struct {
	dirs      map[string][]string // package → its own and the packages it imports
	files     map[string][]*ast.File
	funcs     map[string]map[string][]*ast.FuncDecl
	values    map[string]map[string][]ast.Node // constants and variables of a package
	reached   map[ast.Node]bool
	keys      map[string]bool
	onlyThere []string // sentences that a bilingual package says in Indonesian always
}

// survey reads every package's functions and values; nothing is reached yet.
func survey(t *testing.T) *spoken {
	t.Helper()
	s := &spoken{map[string][]string{}, map[string][]*ast.File{}, map[string]map[string][]*ast.FuncDecl{}, map[string]map[string][]ast.Node{}, map[ast.Node]bool{}, map[string]bool{}, nil}
	for _, p := range packages(t) {
		dir := room(p.ImportPath)
		s.dirs[dir] = []string{dir}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, module) {
				s.dirs[dir] = append(s.dirs[dir], room(imported))
			}
		}
		s.funcs[dir], s.values[dir] = map[string][]*ast.FuncDecl{}, map[string][]ast.Node{}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, 0)
			require.NoError(t, err)
			s.files[dir] = append(s.files[dir], file)
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					s.funcs[dir][d.Name.Name] = append(s.funcs[dir][d.Name.Name], d)
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						if v, ok := spec.(*ast.ValueSpec); ok {
							for _, name := range v.Names {
								s.values[dir][name.Name] = append(s.values[dir][name.Name], v)
							}
						}
					}
				}
			}
		}
	}
	return s
}

// listen is the survey with everything reached that visitors may come to read.
func listen(t *testing.T) *spoken {
	t.Helper()
	s := survey(t)
	for dir, files := range s.files {
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool { // said in two languages, wherever it is
				if call, ok := n.(*ast.CallExpr); ok && calls(call, "text", "L") {
					s.hear(dir, call)
				}
				return true
			})
		}
	}
	for _, dir := range bilingual {
		require.NotEmpty(t, s.funcs[dir], dir)
		for _, all := range s.funcs[dir] {
			for _, f := range all {
				s.reach(dir, f)
			}
		}
	}
	for _, name := range []string{"fail", "unavailable", "asFault", "New", "outermost"} { // the edge's own pages
		for _, f := range s.funcs["server/web"][name] {
			s.hear("server/web", f)
		}
	}
	return s
}

// reach hears a declaration, and what its words can call.
func (s *spoken) reach(dir string, n ast.Node) {
	if s.reached[n] {
		return
	}
	s.reached[n] = true
	s.hear(dir, n)
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr: // x.Name: a method of anything near, or a name of another package
			for _, at := range s.dirs[dir] {
				for _, f := range s.funcs[at][n.Sel.Name] {
					if f.Recv != nil || at != dir {
						s.reach(at, f)
					}
				}
				for _, v := range s.values[at][n.Sel.Name] {
					s.reach(at, v)
				}
			}
		}
		return s.name(dir, n)
	})
}

// name follows a bare name to the function or value of its own package.
func (s *spoken) name(dir string, n ast.Node) bool {
	if id, ok := n.(*ast.Ident); ok {
		for _, f := range s.funcs[dir][id.Name] {
			if f.Recv == nil {
				s.reach(dir, f)
			}
		}
		for _, v := range s.values[dir][id.Name] {
			s.reach(dir, v)
		}
	}
	return true
}

// hear takes down the keys in a declaration. What is handed to text.T is said in
// Indonesian whoever asks: messages, and what stands on staff's pages.
func (s *spoken) hear(dir string, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if calls(n, "text", "T") {
				if slices.Contains(bilingual, dir) && isPublicArea(n) {
					s.onlyThere = append(s.onlyThere, fmt.Sprint(dir, ": ", types.ExprString(n)))
				}
				return false
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
			key, err := strconv.Unquote(n.Value)
			if err != nil {
				return true
			}
			if text.Has(key) {
				s.keys[key] = true
			} else if (strings.HasSuffix(key, ".") || strings.HasSuffix(key, "_")) && keyShape.MatchString(key+"x") {
				for _, k := range text.Keys() {
					if strings.HasPrefix(k, key) {
						s.keys[k] = true
					}
				}
			}
		}
		return true
	})
}

// isPublicArea reports whether the sentence of a call belongs to pages that
// visitors see; a staff member's view of such a page has sentences of its own.
func isPublicArea(call *ast.CallExpr) bool {
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return true
	}
	area, _, _ := strings.Cut(strings.Trim(lit.Value, `"`), ".")
	return slices.ContainsFunc(text.KeysIn(text.English), func(k string) bool { return strings.HasPrefix(k, area+".") })
}

func calls(call *ast.CallExpr, pkg, name string) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != name {
		return false
	}
	x, ok := f.X.(*ast.Ident)
	return ok && x.Name == pkg
}

func TestEverySentenceForVisitorsHasEnglish(t *testing.T) {
	s := listen(t)
	require.Empty(t, s.onlyThere, "pages in two languages say c.T or text.L, never text.T")
	for _, k := range slices.Sorted(maps.Keys(s.keys)) {
		if !text.InEnglish(k) {
			t.Errorf("no English for %q", k)
		}
	}
	for _, k := range text.KeysIn(text.English) {
		if !text.Has(k) {
			t.Errorf("%q is English only", k)
		} else if !s.keys[k] {
			t.Errorf("no visitor reads the English of %q", k)
		}
	}
}
