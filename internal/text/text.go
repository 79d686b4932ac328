// Package text holds every sentence of the interface, by key.
//
// Keys read area.page.name and live in id/AREA.json (Indonesian). A sentence
// may hold {name} placeholders filled from name, value pairs. A test walks the
// code for keys that do not exist and for sentences that nobody uses.
package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

//go:embed id/*.json
var files embed.FS

var load = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	entries, err := files.ReadDir("id")
	if err != nil {
		panic(err) // embedded: cannot fail in a built program
	}
	for _, e := range entries {
		raw, err := files.ReadFile("id/" + e.Name())
		if err != nil {
			panic(err)
		}
		one := map[string]string{}
		if err := json.Unmarshal(raw, &one); err != nil {
			panic(fmt.Sprintf("text: %s: %v", e.Name(), err))
		}
		for k, v := range one {
			if _, twice := all[k]; twice {
				panic(fmt.Sprintf("text: %s: key %s is defined twice", e.Name(), k))
			}
			all[k] = v
		}
	}
	return all
})

// T returns the sentence of key in Indonesian, with {name} replaced from the
// name, value pairs. An unknown key is returned in brackets, so that it is seen.
func T(key string, args ...any) string {
	s, ok := load()[key]
	if !ok {
		return "[" + key + "]"
	}
	for i := 0; i+1 < len(args); i += 2 {
		s = strings.ReplaceAll(s, "{"+fmt.Sprint(args[i])+"}", fmt.Sprint(args[i+1]))
	}
	return s
}

// Has reports whether key exists.
func Has(key string) bool {
	_, ok := load()[key]
	return ok
}

// Keys returns every key, in no order.
func Keys() []string {
	keys := make([]string, 0, len(load()))
	for k := range load() {
		keys = append(keys, k)
	}
	return keys
}
