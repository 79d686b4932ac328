// Package build says which program this is.
package build

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// Version is the version that the Go tool recorded, with the revision it was
// built from where there is one; "(tanpa versi)" otherwise. It goes into logs,
// run records, metrics and the admin page.
var Version = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(tanpa versi)"
	}
	version := info.Main.Version
	if version == "" {
		version = "(tanpa versi)"
	}
	for _, s := range info.Settings {
		// A version made from a commit names it already.
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && !strings.Contains(version, s.Value[:12]) {
			version += " " + s.Value
		}
	}
	return version
})

// Details are the version and what it was built with, one line each, for
// `lapak version`.
func Details() []string {
	lines := []string{"lapak " + Version(), "go      " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return lines
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.time":
			lines = append(lines, "source  "+s.Value)
		case s.Key == "vcs.modified" && s.Value == "true":
			lines = append(lines, "source  changed since that revision")
		}
	}
	return lines
}

// Modules are the libraries in this program, one line each: path, version and
// the sum of what was compiled (ASVS 15.1.2). For `lapak version --modules`: when
// a library turns out to be faulty, the running program itself says whether it
// has it.
func Modules() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	lines := make([]string, 0, len(info.Deps))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		lines = append(lines, m.Path+" "+m.Version+" "+m.Sum)
	}
	return lines
}
