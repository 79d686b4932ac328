package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	securityRow = regexp.MustCompile(`(?m)^\| (\d+) \| ([0-9., –]+\(\d\)[^|]*) \|([^|]+)\|([^|]+)\|$`)
	namedTest   = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	namedFile   = regexp.MustCompile("`([a-z0-9_./-]+\\.(?:go|mjs|csv|yml|templ|sh|md))`")
	dated       = regexp.MustCompile(`Decided 20\d\d-\d\d-\d\d`)
)

// docs/security.md claims something for each item of the list that we hold
// ourselves to; each claim names a test that exists, or a dated decision.
func TestEverySecurityClaimHasItsTest(t *testing.T) {
	raw, err := os.ReadFile("docs/security.md")
	require.NoError(t, err)
	tests := map[string]bool{}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				tests[fn.Name.Name] = true
			}
		}
		return nil
	}))
	rows := securityRow.FindAllStringSubmatch(string(raw), -1)
	require.Len(t, rows, 68, "the list has 68 items")
	decided := 0
	for i, row := range rows {
		require.Equal(t, strconv.Itoa(i+1), row[1])
		claim := row[4]
		names := namedTest.FindAllStringSubmatch(claim, -1)
		files := namedFile.FindAllStringSubmatch(claim, -1)
		for _, n := range names {
			require.True(t, tests[n[1]], "item %s names %s, which is no test", row[1], n[1])
		}
		for _, f := range files {
			require.FileExists(t, f[1], "item %s", row[1])
		}
		if dated.MatchString(claim) {
			decided++
			continue
		}
		require.NotEmpty(t, names, "item %s has neither a test nor a dated decision", row[1])
	}
	require.Less(t, decided, 12, "decisions are the exception")
}
