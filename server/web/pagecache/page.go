package pagecache

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// CacheControl is what a browser or proxy may do with a public page: keep it,
// but ask each time before showing it, so that what was withdrawn is gone from
// their copies as soon as from ours. Asking costs no page: see ETag.
const CacheControl = "public, no-cache"

// smallest is the shortest page worth compressing, in bytes.
const smallest = 1024

// Page is one drawn page with its compressed forms. It never changes.
type Page struct {
	Status      int
	ContentType string
	Body        []byte

	tag          string // without quotes
	brotli, gzip func() []byte
}

// NewPage takes a drawn page; body must not be changed afterwards.
func NewPage(status int, contentType string, body []byte) *Page {
	sum := sha256.Sum256(body)
	return &Page{
		Status: status, ContentType: contentType, Body: body, tag: base64.RawURLEncoding.EncodeToString(sum[:12]),
		// Made when first asked for: most visitors take brotli, few pages are asked for in every form.
		brotli: sync.OnceValue(func() []byte { return brotlied(body) }),
		gzip:   sync.OnceValue(func() []byte { return gzipped(body) }),
	}
}

// size is what the page may come to hold in memory, in bytes: the text and both
// compressed forms, which are well below half of it.
func (p *Page) size() int { return len(p.Body) + len(p.Body)/2 + 512 }

// Encoders are used again: each holds about a megabyte of tables. The levels are
// those for pages drawn again every few seconds, not once for all.
var (
	brotlis = sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, 5) }}
	gzips   = sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(nil, 6) // the level is valid
		return w
	}}
)

func brotlied(body []byte) []byte { return compressed(&brotlis, body) }

func gzipped(body []byte) []byte { return compressed(&gzips, body) }

func compressed(pool *sync.Pool, body []byte) []byte {
	w := pool.Get().(interface {
		io.WriteCloser
		Reset(io.Writer)
	})
	defer pool.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	_, _ = w.Write(body) // a bytes.Buffer does not fail
	_ = w.Close()
	return bytes.Clone(b.Bytes()) // as long as it needs to be, it is kept
}

// ServeHTTP answers GET and HEAD in the form the visitor takes. A page with
// another status than 200 is never kept by anybody. A Range is not served: the
// whole page is a right answer to it.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	body, encoding := p.choose(r.Header.Values("Accept-Encoding"))
	h.Set("Content-Type", p.ContentType)
	h.Set("Vary", "Accept-Encoding")
	if p.Status == http.StatusOK {
		tag := p.tag
		if encoding != "" {
			tag += "-" + encoding
		}
		tag = `"` + tag + `"`
		h.Set("ETag", tag)
		h.Set("Cache-Control", CacheControl)
		if matches(r.Header.Values("If-None-Match"), tag) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	} else {
		h.Set("Cache-Control", "no-store")
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the visitor may have left
	}
}

func (p *Page) choose(accept []string) ([]byte, string) {
	if len(p.Body) < smallest {
		return p.Body, ""
	}
	list := strings.Join(accept, ",")
	if accepts(list, "br") {
		return p.brotli(), "br"
	}
	if accepts(list, "gzip") {
		return p.gzip(), "gzip"
	}
	return p.Body, ""
}

// accepts reads an Accept-Encoding list; a weight of nought refuses.
func accepts(list, encoding string) bool {
	for part := range strings.SplitSeq(list, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			value, _ := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
			q, err := strconv.ParseFloat(value, 64)
			return value == "" || err == nil && q > 0
		}
	}
	return false
}

// matches compares weakly, as RFC 9110 asks of If-None-Match.
func matches(header []string, tag string) bool {
	for part := range strings.SplitSeq(strings.Join(header, ","), ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == "*" || part == tag {
			return true
		}
	}
	return false
}
