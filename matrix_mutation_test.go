package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server"
	"github.com/lapak-berdaya/lapak/server/web"
)

// area is a part of the site and the kinds of people who have business there,
// with the widest words that may stand in their columns (design §5): a second,
// coarser source beside the file.
type area struct {
	method string // "" for both
	prefix string
	may    map[web.Kind]string
}

var areas = []area{
	{"", "/toko-saya", map[web.Kind]string{web.KindMaker: "own", web.KindMember: "own told", web.KindCompanion: "assigned own told"}},
	{"", "/dampingan/nik", map[web.Kind]string{web.KindCompanion: "assigned", web.KindOfficer: "told"}},
	{"", "/dampingan", map[web.Kind]string{web.KindCompanion: "all own", web.KindOfficer: "all own"}},
	{"GET", "/kurasi/ulasan", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"GET", "/kurasi/pelajaran", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"GET", "/kurasi/daftar-periksa", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"", "/kurasi/aturan", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"GET", "/kurasi/jawaban", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"", "/kurasi/kata", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all told", web.KindAdmin: "all"}},
	{"GET", "/kurasi/beranda", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"POST", "/kurasi/beranda", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "told"}},
	{"GET", "/kurasi/koleksi", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"POST", "/kurasi/koleksi", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "told"}},
	{"GET", "/kurasi/meja", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"POST", "/kurasi/meja", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all told", web.KindAdmin: "all told"}},
	{"", "/kurasi/sertifikat", map[web.Kind]string{web.KindCurator: "all", web.KindOfficer: "area", web.KindHead: "area", web.KindAdmin: "all"}},
	{"GET", "/kurasi/produk", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "all area", web.KindAdmin: "all"}},
	{"GET", "/kurasi", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "area", web.KindAdmin: "all"}},
	{"POST", "/kurasi", map[web.Kind]string{web.KindCurator: "all", web.KindHead: "told", web.KindAdmin: "told"}},
	{"", "/dinas/undang", map[web.Kind]string{web.KindOfficer: "all", web.KindHead: "told", web.KindAdmin: "told"}},
	{"", "/dinas/tunai", map[web.Kind]string{web.KindOfficer: "area", web.KindHead: "told", web.KindAdmin: "told"}},
	{"", "/dinas/rekening", map[web.Kind]string{web.KindOfficer: "area", web.KindHead: "area", web.KindAdmin: "told"}},
	{"GET", "/dinas/pembukaan", map[web.Kind]string{web.KindOfficer: "told", web.KindHead: "area", web.KindAdmin: "all"}},
	{"", "/dinas/permintaan/baru", map[web.Kind]string{web.KindOfficer: "all", web.KindHead: "all", web.KindAdmin: "all"}},
	{"", "/dinas", map[web.Kind]string{web.KindOfficer: "agency area told", web.KindHead: "agency area told", web.KindAdmin: "all told"}},
	{"", "/keuangan/periksa", map[web.Kind]string{web.KindFinance: "told", web.KindHead: "area", web.KindAdmin: "told"}},
	{"GET", "/keuangan/pencairan/baru", map[web.Kind]string{web.KindFinance: "all", web.KindAdmin: "told"}},
	{"GET", "/keuangan", map[web.Kind]string{web.KindFinance: "all", web.KindHead: "area", web.KindAdmin: "all"}},
	{"POST", "/keuangan/:id/periksa", map[web.Kind]string{web.KindFinance: "told", web.KindHead: "area", web.KindAdmin: "told"}},
	{"POST", "/keuangan/:id/rekening", map[web.Kind]string{web.KindFinance: "all", web.KindHead: "told", web.KindAdmin: "all"}},
	{"POST", "/keuangan/saluran", map[web.Kind]string{web.KindFinance: "all", web.KindAdmin: "all"}},
	{"POST", "/keuangan", map[web.Kind]string{web.KindFinance: "all", web.KindHead: "told", web.KindAdmin: "told"}},
	{"", "/admin", map[web.Kind]string{web.KindAdmin: "all"}},
	{"", "/akun", map[web.Kind]string{web.KindPerson: "all own"}},
	{"", "/masuk/lagi", map[web.Kind]string{web.KindPerson: "all"}},
	{"", "/masuk/lanjut", map[web.Kind]string{web.KindPerson: "all"}},
	{"", "/keluar", map[web.Kind]string{web.KindPerson: "all"}},
	{"", "/webhook", map[web.Kind]string{web.KindProgram: "own"}},
	{"", "/healthz", map[web.Kind]string{web.KindProgram: "all"}},
	{"", "/readyz", map[web.Kind]string{web.KindProgram: "all"}},
	{"", "/robots.txt", map[web.Kind]string{web.KindProgram: "all"}},
	{"", "/feed/", map[web.Kind]string{web.KindProgram: "all"}},
	{"", "/sitemap/", map[web.Kind]string{web.KindProgram: "all"}},
	{"", "/sitemap.xml", map[web.Kind]string{web.KindProgram: "all"}},
	{"", "/keranjang", bearer}, {"", "/checkout", bearer}, {"", "/pembayaran", bearer}, {"", "/pesanan", bearer}, {"", "/pengembalian", bearer},
	{"", "/gambar", bearer}, {"", "/masuk", bearer}, {"", "/antrean", bearer}, {"", "/minta-harga", bearer}, {"", "/daftar", bearer}, {"", "/penawaran", bearer}, {"", "/pengaduan/", bearer},
	{"", "/", map[web.Kind]string{web.KindVisitor: "all"}},
}

// bearer marks what belongs to whoever holds the secret of the address or cookie.
var bearer = map[web.Kind]string{web.KindVisitor: "own"}

// misplaced says which cells of a line give more than the part of the site
// allows, whether it lets in nobody at all, and who may open the page above but
// is left in the dark here.
func misplaced(line web.Rule, file web.Rules) (faults []string) {
	method, path, _ := strings.Cut(line.Route, " ")
	i := slices.IndexFunc(areas, func(a area) bool { return strings.HasPrefix(path, a.prefix) && (a.method == "" || a.method == method) })
	in := false
	for kind, scope := range line.Scopes {
		switch {
		case scope == web.Never && above(line, kind, file):
			faults = append(faults, string(kind)+" sees the page above and is not told")
		case scope == web.Never || scope == web.Decided:
		case !slices.Contains(strings.Fields(areas[i].may[kind]), string(scope)):
			faults = append(faults, string(kind)+" may not "+string(scope))
		default:
			in = in || scope != web.Told
		}
	}
	if !in {
		faults = append(faults, "nobody")
	}
	return faults
}

// above reports whether people of the kind may open the page above the address, or are told:
// the nearest one whose address it continues.
func above(line web.Rule, kind web.Kind, file web.Rules) bool {
	_, path, _ := strings.Cut(line.Route, " ")
	nearest, open := "", false
	for _, other := range file.Lines() {
		page, isPage := strings.CutPrefix(other.Route, "GET ")
		if isPage && other.Route != line.Route && page != "/" && (path == page || strings.HasPrefix(path, page+"/")) && len(page) > len(nearest) && !other.Open() {
			nearest, open = page, other.Scopes[kind] != web.Never && other.Scopes[kind] != web.Decided
		}
	}
	return open
}

// alone is the site whose door stands open: whoever is signed in comes to every
// handler, and only the services decide.
func alone(r web.Rules) web.Rules {
	for _, line := range r.Lines() {
		if !line.Open() {
			r = r.With(line.Route, web.KindPerson, web.All, line.About...)
		}
	}
	return r
}

// elsewhere are people who may do the same from an address of their own, so that
// the service lets them: heads agree to withdrawals at /keuangan and /dinas, an
// officer of the maker's territory ends a permission to help at /dinas. The services
// let officers, heads and admins withdraw a certificate and end a rest too, and a
// shop says no to a request for a price at /toko-saya.
var elsewhere = map[string][]string{
	"POST /toko-saya/uang/tarik/:id/setuju":   {"head", "neighbour head", "far head"},
	"POST /toko-saya/libur/akhiri":            {"officer", "neighbour officer", "far officer", "head", "neighbour head", "far head", "admin"},
	"POST /dinas/permintaan/:id/tolak":        {"companion", "far companion", "member", "owner of ended", "owner of far", "owner of group", "owner of near", "owner of other agency"},
	"POST /toko-saya/izin/:id/tarik":          {"officer", "neighbour officer", "far officer", "head", "neighbour head", "far head", "admin"},
	"POST /toko-saya/toko/bantuan/:id/akhiri": {"officer", "neighbour officer", "far officer", "admin"},
	"POST /dinas/pencairan/:id/setuju":        {"owner of group"},
	"POST /keuangan/:id/periksa":              {"owner of group"},
}

// refused says that a service let nothing happen for want of a right.
func (r reply) refused() bool { return r.class() == "not found" || r.class() == "forbidden" }

// The services decide once more by themselves. With the door open they let in
// and refuse whom the file does, so that file and services are two sources for
// one truth: whoever changes a cell alone is found out. The mutants prove it:
// each line is left out once, each cell is opened to all and shut once.
func TestTheServicesAgreeWithTheFile(t *testing.T) {
	t.Parallel()
	f := newTown(t, dbtest.SQLiteAddress(t))
	file := rules(t)
	routes := map[string]web.Route{}
	for _, r := range f.site(file).Routes() {
		routes[r.Method+" "+r.Path] = r
	}
	for _, line := range file.Lines() {
		if faults := misplaced(line, file); len(faults) > 0 {
			t.Errorf("%s: %s", line.Route, faults)
		}
	}
	if t.Failed() {
		return
	}

	site := f.site(alone(file))
	says := map[string][]verdict{}
	doorOnly := map[string][]string{}
	f.changed()
	for _, r := range private(f.site(file)) {
		name := r.Method + " " + r.Path
		for _, q := range f.questions(r) {
			if q.who == "visitor" || q.who == "closed" {
				continue
			}
			answer := f.answer(site, q)
			want := f.expected(q)
			changed := f.changed()
			v := verdict{question: q, in: !answer.refused()}
			switch {
			case answer.class() == "broken":
				t.Errorf("%s with the door open: %d", q, answer.status)
			case want == "in" && answer.refused() && f.fault(q, answer) != "":
				t.Errorf("%s is let in by the file, refused by the service (%d)", q, answer.status)
			case want != "in" && !answer.refused():
				v.doorOnly = true
				doorOnly[name] = append(doorOnly[name], q.who)
				if len(changed) > 0 && !slices.Contains(elsewhere[name], q.who) {
					t.Errorf("%s: only the file refuses it; the service changed %s", q, changed)
				}
			}
			says[name] = append(says[name], v)
			f.mend(q, changed)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(doorOnly)) {
		t.Logf("only the door refuses %s: %s", name, slices.Compact(slices.Sorted(slices.Values(doorOnly[name]))))
	}

	lines, mutants := 0, 0
	var missed []string
	for _, line := range file.Lines() {
		parts := f.parts(file.Without(line.Route))
		_, err := server.New(parts)
		require.ErrorContains(t, err, line.Route, "the program starts without a line")
		lines++
		for _, m := range mutantsOf(line) {
			mutants++
			if m.Check() != nil || len(misplaced(m, file)) > 0 || f.foundOut(routes[line.Route], m, says[line.Route]) {
				continue
			}
			missed = append(missed, describe(line, m))
		}
	}
	t.Logf("%d lines, each missed when left out; %d of %d changed cells found out", lines, mutants-len(missed), mutants)
	for _, m := range missed {
		t.Errorf("nothing notices %s", m)
	}
}

// verdict is what a service alone said to a question.
type verdict struct {
	question
	in       bool
	doorOnly bool // the service would have let in whom the file refuses
}

// foundOut puts all questions of the route to the changed line and compares with
// what the services said.
func (f *town) foundOut(r web.Route, m web.Rule, says []verdict) bool {
	r.Rule = m
	for _, v := range says {
		v.route = r
		want := f.expected(v.question) == "in"
		if want != v.in && !(v.doorOnly && !want) && !slices.Contains(v.variants, "over") && !slices.Contains(further[r.Method+" "+r.Path], v.who) {
			return true
		}
	}
	return false
}

// mutantsOf are a line with one cell opened to all, or shut.
func mutantsOf(line web.Rule) (all []web.Rule) {
	for _, kind := range web.Kinds() {
		for _, scope := range []web.Scope{web.All, web.Never} {
			if now := line.Scopes[kind]; now == scope || now == web.Decided {
				continue
			}
			m := line
			m.Scopes = maps.Clone(line.Scopes)
			m.Scopes[kind] = scope
			if scope == web.Never && line.Scopes[kind] == web.Told && !slices.Contains(slices.Collect(maps.Values(m.Scopes)), web.Told) {
				m.Why = ""
			}
			all = append(all, m)
		}
	}
	return all
}

func describe(line, m web.Rule) string {
	for _, kind := range web.Kinds() {
		if line.Scopes[kind] != m.Scopes[kind] {
			return line.Route + ": " + string(kind) + " " + string(line.Scopes[kind]) + " → " + string(m.Scopes[kind])
		}
	}
	return line.Route
}
