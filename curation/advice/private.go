package advice

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/lapak-berdaya/lapak/internal/text"
)

// Finding is something in a text that must not be public.
type Finding struct {
	Kind string // address, phone, identity or link: the key of its sentence
	Text string // as it stands there, shortened; identity numbers are not repeated
}

// shape is how something private looks. Where the word after the match is one of
// unless, it is ordinary speech.
type shape struct {
	kind   string
	match  *regexp.Regexp
	unless []string
}

var ordinary = []string{
	"yang", "di", "ke", "dan", "kami", "saya", "ini", "itu", "kecil", "sempit", "sebelah", "terpencil", "asri", "tempat", "tetangga",
	"santai", "kaki", "sehat", "jajan", "terus", "keluar", "tol", "raya", "pagi", "sore", "bersama", "untuk", "lain", "hidup", "pulang",
}

var shapes = []shape{
	{"address", regexp.MustCompile(`(?i)\b(?:jl|jln)\b\.?\s*[\p{L}\d]`), nil},
	{"address", regexp.MustCompile(`\b(?:Jalan|JALAN)\s+\p{Lu}`), ordinary},
	{"address", regexp.MustCompile(`(?i)\bjalan\s+raya\s+\p{L}`), nil},
	{"address", regexp.MustCompile(`(?i)\bjalan\s+[\p{L} ]{2,30}\s(?:no|nomor)\b\.?\s*\d`), nil},
	{"address", regexp.MustCompile(`(?i)\bgg\b\.?\s*[\p{L}\d]`), nil},
	{"address", regexp.MustCompile(`(?i)\bgang\s+[\p{L}\d]`), ordinary},
	{"address", regexp.MustCompile(`(?i)\brt\s*/\s*rw\b`), nil},
	{"address", regexp.MustCompile(`(?i)\br[tw]\s*[.:/]?\s*\d{1,3}\b`), nil},
	{"address", regexp.MustCompile(`(?i)\bblok\s+[a-z]{1,2}\s*[-/.]?\s*\d`), nil},
	{"address", regexp.MustCompile(`(?i)\b(?:rumah|alamat|lokasi|tinggal)\b[^!?\n]{0,60}?\b(?:no|nomor)\b\.?\s*\d{1,4}\b`), nil},
	{"address", regexp.MustCompile(`(?i)\b(?:dusun|dsn|dukuh|pedukuhan)\b\.?\s*[\p{L}\d]`), ordinary},
	{"address", regexp.MustCompile(`\b(?i:perumahan|perum|komplek|kompleks)\b\.?\s*[\p{Lu}\d]`), ordinary},
	{"phone", regexp.MustCompile(`(?:^|[^\d+])((?:\+?62|0)[\s.-]?8(?:[\s.-]?\d){7,11})(?:$|\D)`), nil},
	{"phone", regexp.MustCompile(`\(0\d{2,3}\)\s*\d{5,8}`), nil},
	{"identity", regexp.MustCompile(`(?:^|\D)(\d{16}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}|\d{6}[ .-]\d{6}[ .-]\d{4})(?:$|\D)`), nil},
	{"link", regexp.MustCompile(`(?i)\bhttps?://\S+|\bwww\.\S+`), nil},
	{"link", regexp.MustCompile(`(?i)\b[a-z0-9][a-z0-9-]*\.(?:com|co\.id|my\.id|web\.id|or\.id|id|net|org|shop|store|link|ly|me|ee|page)\b(?:/\S*)?`), nil},
	{"link", regexp.MustCompile(`(?i)[a-z0-9._-]+@[a-z0-9-]+\.[a-z.]+`), nil},
	{"link", regexp.MustCompile(`(?i)(?:^|[^\w.])@[a-z_][\w.]{2,}`), nil},
	{"link", regexp.MustCompile(`(?i)\b(?:shopee|tokopedia|tokped|lazada|bukalapak|blibli|tiktok\s*shop)\b`), nil},
	{"link", regexp.MustCompile(`(?i)\b(?:ig|instagram|fb|facebook|tiktok|telegram)\s*[:@]\s*[\w.]+`), nil},
}

var priceEach = regexp.MustCompile(`(?i)@\s*rp`)

// Private finds what must not be public in a text: addresses of homes, telephone
// and identity numbers, and ways to other shops. Of each kind at most the first
// is told; village and district are public and are not meant.
func Private(s string) []Finding {
	s = norm.NFKC.String(s)
	var out []Finding
	for _, sh := range shapes {
		if slices.ContainsFunc(out, func(f Finding) bool { return f.Kind == sh.kind }) {
			continue
		}
		for _, at := range sh.match.FindAllStringSubmatchIndex(s, -1) {
			from, end := at[0], at[1]
			if len(at) > 2 {
				from, end = at[2], at[3]
			}
			hit := s[from:end]
			if sh.unless != nil && slices.Contains(sh.unless, wordAround(s, at[1])) || priceEach.MatchString(hit) {
				continue
			}
			f := Finding{sh.kind, hit}
			switch sh.kind {
			case "address":
				f.Text = excerpt(s[from:], utf8.RuneCountInString(hit))
			case "identity":
				f.Text = text.T("advice.digits")
			}
			out = append(out, f)
			break
		}
	}
	return out
}

// wordAround is the folded word whose first letter ends at the position.
func wordAround(s string, end int) string {
	_, size := utf8.DecodeLastRuneInString(s[:end])
	rest := s[end-size:]
	if n := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) }); n >= 0 {
		rest = rest[:n]
	}
	return strings.ToLower(rest)
}

// excerptLetters bounds what is repeated of a text.
const excerptLetters = 40

// excerpt is the beginning of s, at least so many letters, up to the end of the
// phrase.
func excerpt(s string, least int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if r == '\n' || n >= max(excerptLetters, least) || n >= least && (r == ',' || r == ')' || r == '!') {
			break
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}
