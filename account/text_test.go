package account_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var keyInCode = regexp.MustCompile(`"((?:account|fault)\.[a-z_]+(?:\.[a-z_]+)?)"`)

// usedKeys reads the text keys out of the package's own source.
func usedKeys(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var keys []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		source, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range keyInCode.FindAllStringSubmatch(string(source), -1) {
			keys = append(keys, m[1])
		}
	}
	require.Greater(t, len(keys), 30)
	return keys
}
