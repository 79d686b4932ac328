// Package text holds every sentence of the interface, by key.
//
// Keys read area.page.name and live in id/AREA.json (Indonesian) and, for what
// visitors see, in en/AREA.json as well. A sentence may hold {name} placeholders
// filled from name, value pairs; a time.Time is written as its day. A test walks the code for keys that do not exist
// and for sentences that nobody uses.
package text

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lapak-berdaya/lapak/internal/calendar"
)

//go:embed id/*.json en/*.json
var files embed.FS

// Lang is a language of the interface.
type Lang string

// The languages. Indonesian has every sentence; English those of the public pages.
const (
	Indonesian Lang = "id"
	English    Lang = "en"
)

// prefix is where the English pages live: /en/produk beside /produk.
const prefix = "/en"

// LangOf is the language of the page at a path of this site.
func LangOf(path string) Lang {
	if path == prefix || strings.HasPrefix(path, prefix+"/") {
		return English
	}
	return Indonesian
}

// Path is where the page at path, an address of this site, is found in l. It
// takes addresses with and without a language; what is no address of this site
// ("#isi", "https://…", "") stays as it is.
func (l Lang) Path(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return path
	}
	plain := path
	if tail, ok := strings.CutPrefix(path, prefix); ok && (tail == "" || strings.ContainsAny(tail[:1], "/?#")) {
		if plain = tail; !strings.HasPrefix(tail, "/") {
			plain = "/" + tail
		}
	}
	if l == English {
		return prefix + plain
	}
	return plain
}

// Other is the other of the two languages.
func (l Lang) Other() Lang {
	if l == English {
		return Indonesian
	}
	return English
}

// URL is the address of another public page in the language of this one.
// Templates write it around each address that is served in both languages.
func URL(ctx context.Context, path string) string { return In(ctx).Path(path) }

type langKey struct{}

// WithLang is ctx for a page in that language.
func WithLang(ctx context.Context, l Lang) context.Context {
	return context.WithValue(ctx, langKey{}, l)
}

// In is the language of the page that ctx belongs to; Indonesian unless said.
func In(ctx context.Context) Lang {
	if l, ok := ctx.Value(langKey{}).(Lang); ok {
		return l
	}
	return Indonesian
}

var load = sync.OnceValue(func() map[Lang]map[string]string {
	all := map[Lang]map[string]string{}
	for _, l := range []Lang{Indonesian, English} {
		all[l] = sentences(string(l))
	}
	return all
})

func sentences(folder string) map[string]string {
	all := map[string]string{}
	entries, err := files.ReadDir(folder)
	if err != nil {
		panic(err) // embedded: cannot fail in a built program
	}
	for _, e := range entries {
		raw, err := files.ReadFile(folder + "/" + e.Name())
		if err != nil {
			panic(err)
		}
		one := map[string]string{}
		if err := json.Unmarshal(raw, &one); err != nil {
			panic(fmt.Sprintf("text: %s/%s: %v", folder, e.Name(), err))
		}
		for k, v := range one {
			if _, twice := all[k]; twice {
				panic(fmt.Sprintf("text: %s/%s: key %s is defined twice", folder, e.Name(), k))
			}
			all[k] = v
		}
	}
	return all
}

// T returns the sentence of key in Indonesian, with {name} replaced from the
// name, value pairs. An unknown key is returned in brackets, so that it is seen.
func T(key string, args ...any) string { return say(Indonesian, key, args) }

// L is T in the language of ctx. A sentence that has no English is said in
// Indonesian: a test keeps public pages from needing that.
func L(ctx context.Context, key string, args ...any) string { return say(In(ctx), key, args) }

func say(l Lang, key string, args []any) string {
	s, ok := load()[l][key]
	if !ok {
		s, ok = load()[Indonesian][key]
	}
	if !ok {
		return "[" + key + "]"
	}
	for i := 0; i+1 < len(args); i += 2 {
		name, value := fmt.Sprint(args[i]), said(l, args[i+1])
		s = strings.ReplaceAll(counted(s, name, value), "{"+name+"}", value)
	}
	return s
}

// said is a value in words: a time is the day it is in its own zone.
func said(l Lang, value any) string {
	day, is := value.(time.Time)
	switch {
	case !is:
		return fmt.Sprint(value)
	case l == English:
		return calendar.EnglishDate(day)
	}
	return calendar.Date(day)
}

// counted chooses between the words of each {name|one|many} in s.
func counted(s, name, value string) string {
	for {
		before, rest, found := strings.Cut(s, "{"+name+"|")
		if !found {
			return s
		}
		words, after, _ := strings.Cut(rest, "}")
		one, many, _ := strings.Cut(words, "|")
		if value != "1" {
			one = many
		}
		s = before + one + after
	}
}

// InEnglish reports whether key has an English sentence.
func InEnglish(key string) bool {
	_, ok := load()[English][key]
	return ok
}

// Has reports whether key exists.
func Has(key string) bool {
	_, ok := load()[Indonesian][key]
	return ok
}

// Keys returns every key, in no order.
func Keys() []string { return KeysIn(Indonesian) }

// KeysIn returns every key that has a sentence in l, in no order.
func KeysIn(l Lang) []string {
	keys := make([]string, 0, len(load()[l]))
	for k := range load()[l] {
		keys = append(keys, k)
	}
	return keys
}
