// Package static serves our own stylesheet, scripts and drawings.
//
// Every file has an address that carries a hash of its content
// (URL("css/app.css") is "/static/css/app.1f2e3d4c5b6a.css"), so browsers may
// keep it for a year. A stylesheet is its layer files joined in order.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed css js img
var files embed.FS

// Prefix is where Handler is mounted.
const Prefix = "/static/"

// sheets are the stylesheets and the files that are joined to them, in the
// cascade's order. Visitors load css/app.css; whoever is signed in also
// css/work.css, whose rules stand in the same layers.
var sheets = map[string][]string{
	"css/app.css":  {"css/tokens.css", "css/base.css", "css/components.css", "css/areas.css", "css/window.css", "css/areas-pass.css", "css/label.css", "css/areas-quote.css", "css/print.css"},
	"css/work.css": {"css/shells.css", "css/areas-maker.css", "css/desk.css"},
}

type asset struct {
	name, hashed, contentType string
	body                      []byte
	brotli, gzip              func() []byte // nil when compressing is no gain
}

var assets = sync.OnceValue(func() map[string]*asset {
	all := map[string]*asset{}
	add := func(name string, body []byte) {
		a := newAsset(name, body)
		all[a.name], all[a.hashed] = a, a
	}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "css/") {
			return err
		}
		body, err := files.ReadFile(name)
		if err == nil {
			add(name, body)
		}
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("static: reading the embedded files: %v", err)) // cannot fail in a built program
	}
	for name, layers := range sheets {
		var sheet bytes.Buffer
		for _, layer := range layers {
			body, err := files.ReadFile(layer)
			if err != nil {
				panic(fmt.Sprintf("static: %v", err))
			}
			sheet.Write(comments.ReplaceAll(body, nil))
		}
		add(name, sheet.Bytes())
	}
	return all
})

// comments are for those who write the stylesheet, not for those who load it.
var comments = regexp.MustCompile(`(?s)/\*.*?\*/\n?`)

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	a := &asset{
		name:        name,
		hashed:      strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext,
		contentType: contentType(ext),
		body:        body,
	}
	if strings.HasPrefix(a.contentType, "text/") || ext == ".svg" || ext == ".json" {
		a.brotli = sync.OnceValue(func() []byte { return brotlied(body) })
		a.gzip = sync.OnceValue(func() []byte { return gzipped(body) })
	}
	return a
}

func contentType(ext string) string {
	switch ext { // not left to the machine's own tables
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webp":
		return "image/webp"
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

func brotlied(body []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, _ = w.Write(body) // a bytes.Buffer does not fail
	_ = w.Close()
	return b.Bytes()
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

// URL is the lasting address of name, for example URL("img/icons.svg"). An
// unknown name gives its plain address, which answers 404: a picture that is
// missing must not take the page with it. Known reports which names exist.
func URL(name string) string {
	if a, ok := assets()[name]; ok {
		return Prefix + a.hashed
	}
	return Prefix + name
}

// Body is the content of name, nil when there is no such file.
func Body(name string) []byte {
	if a, ok := assets()[name]; ok {
		return bytes.Clone(a.body)
	}
	return nil
}

// Known reports whether name is one of our files.
func Known(name string) bool {
	_, ok := assets()[name]
	return ok
}

// Handler answers GET and HEAD below Prefix. The hashed address may be kept
// for a year, the plain one is asked again each time.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		a, ok := assets()[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r, name == a.hashed)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request, lasting bool) {
	h := w.Header()
	body, encoding := a.choose(r.Header.Get("Accept-Encoding"))
	tag := `"` + a.hashed + "-" + encoding + `"`
	h.Set("Content-Type", a.contentType)
	h.Set("ETag", tag)
	h.Set("X-Content-Type-Options", "nosniff")
	if a.brotli != nil {
		h.Set("Vary", "Accept-Encoding")
	}
	if lasting {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the visitor may have left
}

// choose picks the smallest body that the Accept-Encoding header allows.
func (a *asset) choose(accept string) (body []byte, encoding string) {
	if a.brotli != nil && accepts(accept, "br") {
		return a.brotli(), "br"
	}
	if a.gzip != nil && accepts(accept, "gzip") {
		return a.gzip(), "gzip"
	}
	return a.body, ""
}

func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == encoding {
			q := strings.ReplaceAll(weight, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
