package main

import (
	goflag "flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var update = goflag.Bool("update", false, "write the alerts in docs/operating.md anew")

type alert struct {
	Alert       string
	Labels      struct{ Severity string }
	Annotations struct{ Summary, Description string }
}

// The operating guide says of every alert what to do, in the words of the rules.
func TestOperatingGuideHoldsEveryAlert(t *testing.T) {
	raw, err := os.ReadFile("deploy/alerts.yml")
	require.NoError(t, err)
	var rules struct{ Groups []struct{ Rules []alert } }
	require.NoError(t, yaml.Unmarshal(raw, &rules))
	var b strings.Builder
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			require.Contains(t, []string{"page", "ticket"}, r.Labels.Severity, r.Alert)
			b.WriteString("\n### Alert: " + r.Alert + "\n\n*" + r.Labels.Severity + "*: " + r.Annotations.Summary + "\n" + r.Annotations.Description + "\n")
		}
	}
	require.Greater(t, strings.Count(b.String(), "###"), 10, "this test looks at nothing")
	const path, opening, closing = "docs/operating.md", "<!-- alerts: written by go test . -run Operating -update -->\n", "\n<!-- /alerts -->"
	guide, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(guide), opening)
	require.True(t, found)
	i := strings.Index(rest, strings.TrimPrefix(closing, "\n"))
	require.GreaterOrEqual(t, i, 0)
	want := before + opening + b.String() + closing + rest[i+len(closing)-1:]
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.True(t, want == string(guide), "docs/operating.md is out of date: go test . -run Operating -update")
}

// Every command of the guide exists, with its flags; every file it names too; and
// what it says the program says is what the program says.
func TestOperatingGuideNamesWhatThereIs(t *testing.T) {
	raw, err := os.ReadFile("docs/operating.md")
	require.NoError(t, err)
	guide := string(raw)
	commandLine := regexp.MustCompile(`(?m)(?:^|[^a-z-])(?:lapak-run|/lapak|\blapak|run --rm app|exec app /lapak) ([a-z][^\n#&|>]*)`)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(guide, -1)
	tried := map[string]bool{}
	for _, block := range blocks {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, " #")
			for _, m := range commandLine.FindAllStringSubmatch(line, -1) {
				args := fields(m[1])
				if !strings.Contains(line, "lapak-run "+args[0]) && !strings.HasPrefix(strings.TrimSpace(line), "lapak ") && !strings.Contains(line, "/lapak "+args[0]) && !strings.Contains(line, "app "+args[0]) {
					continue // a folder, a user or a unit of that name
				}
				for i, a := range args { // files that are nobody's
					if strings.HasSuffix(a, "FILE") {
						args[i] = "operating_test.go"
					}
				}
				k, err := kong.New(&commands{})
				require.NoError(t, err)
				_, err = k.Parse(args)
				require.NoError(t, err, "%s", line)
				tried[args[0]] = true
			}
		}
	}
	for _, command := range []string{"check", "health", "user", "migrate", "rotate", "backup", "restore", "import", "version"} {
		require.True(t, tried[command], "the guide never shows lapak %s", command)
	}
	for _, m := range regexp.MustCompile(`\b(deploy/[a-z.-]+[a-z])`).FindAllStringSubmatch(guide, -1) {
		require.FileExists(t, m[1])
	}
	for _, m := range regexp.MustCompile(`\]\(#([a-z0-9-]+)\)`).FindAllStringSubmatch(guide, -1) {
		found := false
		for _, h := range regexp.MustCompile(`(?m)^##+ (.*)$`).FindAllStringSubmatch(guide, -1) {
			anchor := strings.ReplaceAll(regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")
			found = found || anchor == m[1]
		}
		require.True(t, found, "no place #%s", m[1])
	}
}

// fields splits a command line at spaces, but not inside quotation marks.
func fields(line string) (all []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}
