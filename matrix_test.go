package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server"
	"github.com/lapak-berdaya/lapak/server/web"
)

// The rules about things (reliability.md §4) and where else each is held:
//
//  1. Nobody decides about their own, kin's or assisted shop: server/curator TestNobodyDecidesAboutTheirOwnKinsOrAssistedShop.
//  2. Who proposes never approves: server/finance TestLargeSuspenseNeedsTwoPeople, TestAnInstitutionNeedsASecondPerson;
//     account TestService_AssignRole_fourEyes, TestFactorReset_FourEyes.
//  3. A companion never has money, bank or password: server/maker TestACompanionHelpsButNeverWithMoney.
//  4. A reveal needs a reason and a fresh proof, and its subject hears of it: TestRevealsAreAnswered.
//  5. An ended role, membership or grant ends with the next request: the people "former", "lapsed" and "unwanted" here,
//     and hundreds of random changes in TestRightsActOnTheNextRequest.
//  6. Another's thing looks like a missing one: TestTheFileIsWhatTheSiteDoes.
//  7. A guest's address is a secret: internal/id TestTokensAreDerivedAndSurviveKeyRotation.
//  8. Nobody edits journal or trail, or raises themself: ledger TestJournal_is_append_only, internal/database
//     TestTrailIsAppendOnly, account TestService_AssignRole_fourEyes.
//  9. Private facts stand where server/fields.csv says, and nowhere else, in messages, tables, logs and pictures neither:
//     TestPrivateFactsStandWhereTheFileSays, TestPicturesGiveNothingAway.

// inForm are the addresses that name their shop in the form, not in the path.
var inForm = []string{
	"POST /toko-saya/pilih", "POST /toko-saya/produk", "POST /toko-saya/impor", "POST /toko-saya/impor/ya", "POST /toko-saya/uang/tarik", "POST /toko-saya/uang/tarik/ya",
	"POST /toko-saya/uang/bahan", "POST /toko-saya/uang/bahan/ya", "POST /toko-saya/uang/bahan/batal", "POST /toko-saya/uang/bagian/orang", "POST /toko-saya/uang/bagian/orang/tutup",
	"POST /toko-saya/uang/bagian/aturan", "POST /toko-saya/uang/bagian/ambil", "POST /toko-saya/uang/bagian/ambil/ya", "POST /toko-saya/uang/bagian/bagi", "POST /toko-saya/uang/bagian/bagi/ya", "POST /toko-saya/uang/bagian/pembagian",
	"POST /toko-saya/uang/rekening", "POST /toko-saya/pengiriman", "POST /toko-saya/pengiriman/jam", "POST /toko-saya/pengiriman/antar", "POST /toko-saya/pengiriman/antar/hapus",
	"POST /toko-saya/pengiriman/kurir", "POST /toko-saya/pengiriman/batas", "POST /toko-saya/pengiriman/batas/hapus",
	"POST /toko-saya/bayar/tunai", "POST /toko-saya/bayar/langsung", "POST /toko-saya/bayar/qris",
	"POST /toko-saya/libur", "POST /toko-saya/libur/akhiri", "POST /toko-saya/izin", "POST /toko-saya/toko/tentang", "POST /toko-saya/toko/nomor",
	"POST /toko-saya/buku/catat", "POST /toko-saya/anggota/tambah", "POST /toko-saya/anggota/tugas", "POST /toko-saya/anggota/keluar", "POST /toko-saya/anggota/setoran",
	"POST /toko-saya/anggota/setoran/batal", "POST /toko-saya/anggota/kerja", "POST /toko-saya/anggota/atur",
}

// further are refusals by the services for reasons of their own, to people whom
// the file lets in: nobody decides about their own, a second person agrees.
var further = map[string][]string{
	"POST /toko-saya/uang/tarik/:id/setuju": {"owner of near", "owner of ended", "owner of other agency", "owner of far", "owner of over"},
	// Of a group's members those with a duty write down the work; this one has none.
	"GET /toko-saya/anggota/kerja": {"member"}, "POST /toko-saya/anggota/kerja": {"member"},
}

// question is one request: a route, a person, and a variant of every thing that
// the address names.
type question struct {
	route    web.Route
	who      string
	variants []string
}

func (q question) String() string {
	return fmt.Sprintf("%s %s as %s of %s", q.route.Method, q.route.Path, q.who, strings.Join(q.variants, " and "))
}

// missing counts the things that never were.
func (q question) missing() (n int) {
	for _, v := range q.variants {
		if v == "missing" {
			n++
		}
	}
	return n
}

// names are the kinds of things that the address or its form names.
func (f *town) names(r web.Route) []string {
	if slices.Contains(inForm, r.Method+" "+r.Path) {
		return []string{"shop"}
	}
	if strings.HasPrefix(r.Path, "/toko-saya/pengajuan/") {
		return []string{"draft"} // what a maker has under their hands; the desk sees what was sent
	}
	return r.Rule.About
}

// questions are all that can be asked of a route: every person, and every
// variant of each thing separately.
func (f *town) questions(r web.Route) (all []question) {
	for _, who := range f.order {
		for _, variants := range f.combinations(r) {
			all = append(all, question{r, who, variants})
		}
	}
	return all
}

func (f *town) combinations(r web.Route) (all [][]string) {
	kinds := f.names(r)
	if len(kinds) == 0 {
		return [][]string{nil}
	}
	add := func(c []string) {
		if !slices.ContainsFunc(all, func(have []string) bool { return slices.Equal(have, c) }) {
			all = append(all, c)
		}
	}
	for i := range kinds {
		for _, variant := range variants {
			if f.things[kinds[i]][variant] == nil {
				continue
			}
			c := slices.Repeat([]string{"near"}, len(kinds))
			c[i] = variant
			add(c)
			add(slices.Repeat([]string{variant}, len(kinds))) // all of another's
		}
	}
	return all
}

func (f *town) facts(q question) (things []*thingFacts) {
	for i, kind := range f.names(q.route) {
		if t := f.things[kind][q.variants[i]]; t != nil {
			things = append(things, t)
		} else {
			things = append(things, f.things[kind]["missing"])
		}
	}
	return things
}

// expected reads the file with what the test knows about people and things.
func (f *town) expected(q question) string {
	p := f.people[q.who]
	if q.route.Rule.Open() {
		return "in"
	}
	if q.who == "visitor" || q.who == "closed" {
		return "sign in"
	}
	things := f.facts(q)
	if q.inFormOnly() { // the door knows only who asks
		if answer := f.judged(q, p, nil); answer != "in" {
			return answer
		}
	}
	return f.judged(q, p, things)
}

func (f *town) judged(q question, p *personFacts, things []*thingFacts) string {
	answer := "not found"
	for _, kind := range append([]web.Kind{web.KindPerson}, p.kinds...) {
		scope := q.route.Rule.Scopes[kind]
		if !f.within(p, kind, scope, things) {
			continue
		}
		if scope == web.Told {
			answer = "forbidden"
			continue
		}
		answer = "in"
		break
	}
	shop := ""
	for _, t := range things {
		switch {
		case t.shop == "" && answer == "in":
			return "not found" // there is no such thing
		case shop != "" && t.shop != shop:
			return "not found" // they do not belong together
		}
		shop = t.shop
	}
	return answer
}

func (f *town) within(p *personFacts, kind web.Kind, scope web.Scope, things []*thingFacts) bool {
	if scope == web.Told {
		if len(things) == 0 {
			return kind != web.KindCompanion || len(p.helps) > 0
		}
		scope = map[web.Kind]web.Scope{web.KindMaker: web.Own, web.KindMember: web.Own, web.KindCompanion: web.Assigned, web.KindOfficer: web.Area, web.KindHead: web.Area}[kind]
		if scope == web.Decided {
			scope = web.All
		}
	}
	switch scope {
	case web.All:
		return true
	case web.Never, web.Decided:
		return false
	case web.Assigned:
		if len(things) == 0 {
			return len(p.helps) > 0
		}
	}
	for _, t := range things {
		if t.shop == "" {
			return false
		}
		if t.nobodys { // no shop's and no area's: only who may come in for all may
			return false
		}
		s := f.shops[t.shop]
		in := false
		switch scope {
		case web.Own:
			in = p.runs[t.shop] == kind
			if t.people != nil {
				in = slices.ContainsFunc(t.people, func(name string) bool { return f.people[name] == p })
			}
		case web.Assigned:
			in = slices.Contains(p.helps, t.shop)
		case web.Area:
			in = slices.Contains(p.areas, s.area)
		case web.Agency:
			in = slices.Contains(p.areas, s.area) && p.agency == s.agency
		}
		if !in {
			return false
		}
	}
	return true
}

// put the question: the address with its ids, and a form that says nothing but
// whose it is.
func (f *town) answer(site *web.Site, q question) reply {
	things, path := f.facts(q), q.route.Path
	form := url.Values{"form_key": {"uji-" + q.who + q.route.Path}, "shop": {fmt.Sprint(f.shops["near"].id)}, "reason": {"coba"}}
	if q.route.Path == "/dinas/pengaduan" { // a complaint about nobody in particular is every agency's
		form.Set("id", fmt.Sprint(f.things["complaint"]["near"].id))
	}
	if len(things) > 0 { // what else these forms name is the same shop's
		for name, kind := range map[string]string{"po": "window", "libur": "closure"} {
			if t := f.things[kind][things[0].shop]; t != nil {
				form.Set(name, fmt.Sprint(t.id))
			}
		}
	}
	if slices.Contains(inForm, q.route.Method+" "+q.route.Path) {
		form.Set("shop", fmt.Sprint(things[0].id))
	} else {
		for i, name := range params.FindAllString(path, -1) {
			if i < len(things) {
				path = strings.Replace(path, name, fmt.Sprint(things[i].id), 1)
			}
		}
	}
	path = strings.NewReplacer("cara/:slug", "cara/foto", ":slug", "foto-dekat-jendela", ":token", f.bought.Token, ":key", f.secret.Key, ":file", "320.jpg").Replace(path)
	if q.route.Method == http.MethodGet {
		form = nil
	}
	return f.ask(site, q.who, q.route.Method, path, form)
}

var params = regexp.MustCompile(`:(id|[a-z]+)`)

// class puts an answer in the words of the test.
func (r reply) class() string {
	switch {
	case r.status == http.StatusSeeOther && strings.HasPrefix(r.location, "/masuk?lanjut="):
		return "sign in"
	case r.status == http.StatusNotFound:
		return "not found"
	case r.status == http.StatusForbidden:
		return "forbidden"
	case r.status >= 500 || r.status == http.StatusUnauthorized:
		return "broken"
	}
	return "in"
}

// fault compares an answer with what the file says; "" when they agree.
func (f *town) fault(q question, r reply) string {
	want, got := f.expected(q), r.class()
	if got == want && (want == "in" || want == "sign in" || r.byDoor() || slices.Contains(q.variants, "missing") || q.inFormOnly()) {
		return ""
	}
	if want == "in" && !r.byDoor() {
		if got == "forbidden" && slices.Contains(further[q.route.Method+" "+q.route.Path], q.who) {
			return ""
		}
		if got != "broken" && slices.Contains(q.variants, "over") {
			return "" // what can be done with it is over too
		}
	}
	return fmt.Sprintf("%s: %s (%d %s, by the door: %t), the file says %s", q, got, r.status, r.location, r.byDoor(), want)
}

func (q question) inFormOnly() bool { return slices.Contains(inForm, q.route.Method+" "+q.route.Path) }

func rules(t *testing.T) web.Rules {
	t.Helper()
	r, err := server.Rules()
	require.NoError(t, err)
	return r
}

// private are the routes that ask who somebody is.
func private(site *web.Site) (all []web.Route) {
	for _, r := range site.Routes() {
		if !r.Rule.Open() {
			all = append(all, r)
		}
	}
	return all
}

// Every private address, asked for by everybody about everything: the answer is
// what server/authorization.csv says. Who is refused learns nothing, not even
// whether there is something, and changes nothing.
func TestTheFileIsWhatTheSiteDoes(t *testing.T) {
	t.Parallel()
	for name, reads := range map[string]bool{"who only looks": true, "who changes something": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newTown(t, dbtest.SQLiteAddress(t))
			site := f.site(rules(t))
			asked, refused := 0, 0
			f.changed()
			for _, r := range private(site) {
				if reads == (r.Method == http.MethodGet) {
					a, n := f.everybody(site, r)
					asked, refused = asked+a, refused+n
				}
			}
			require.NotZero(t, refused)
			t.Logf("%d requests, %d of them refused", asked, refused)
		})
	}
}

// everybody asks one route about everything, and counts who was refused.
func (f *town) everybody(site *web.Site, r web.Route) (asked, refused int) {
	nothing := map[string]string{} // what each person hears of a thing that never was
	asked = f.noIDs(site, r)
	all := f.questions(r)
	slices.SortStableFunc(all, func(a, b question) int { return b.missing() - a.missing() })
	for _, q := range all {
		answer := f.answer(site, q)
		asked++
		if answer.class() == "not found" && len(q.variants) > 0 {
			if q.missing() == len(q.variants) {
				nothing[q.who] = answer.plain()
			} else if nothing[q.who] != answer.plain() {
				f.t.Errorf("%s can be told from a thing that is missing: %.300q, not %.300q", q, answer.plain(), nothing[q.who])
			}
		}
		if r.Method == http.MethodGet && answer.status == http.StatusOK && answer.header.Get("Cache-Control") != "no-store" {
			f.t.Errorf("%s may be kept by a cache", q)
		}
		if fault := f.fault(q, answer); fault != "" {
			f.t.Error(fault)
		}
		changed := f.changed()
		if answer.class() != "in" {
			refused++
			if len(changed) > 0 {
				f.t.Errorf("%s was refused and changed %s", q, changed)
			}
		} else if r.Method == http.MethodGet && len(changed) > 0 {
			f.t.Errorf("%s only looked and changed %s", q, changed)
		}
		f.mend(q, changed)
	}
	return asked, refused
}

// garbage is what no id is.
var garbage = []string{
	"0", "-1", "9223372036854775808", "99999999999999999999999", "abc", "1.0", "1e1", "%20", "1%20", "0x1", "%D9%A1", "%EF%BC%91", "1%00", "%00",
	"%FF", "..%2f1", "1;2", "null", strings.Repeat("1", 3000),
}

// What is no id at all is nowhere, for those who may open everything too, and
// looks the same as what is not theirs.
func (f *town) noIDs(site *web.Site, r web.Route) (asked int) {
	kinds := f.names(r)
	if len(kinds) == 0 || slices.Contains(inForm, r.Method+" "+r.Path) {
		return 0
	}
	for i := range kinds {
		for n, text := range garbage {
			who := append([]string{"visitor"}, f.order...)[(n+i)%len(f.order)]
			for _, who := range []string{"admin", "finance", "curator", "officer", "owner of near", "companion", who} {
				near, path := f.facts(question{r, who, slices.Repeat([]string{"near"}, len(kinds))}), r.Path
				for j, name := range params.FindAllString(path, -1) {
					id := fmt.Sprint(near[j].id)
					if j == i {
						id = text
					}
					path = strings.Replace(path, name, id, 1)
				}
				want := "not found"
				if who == "visitor" || who == "closed" {
					want = "sign in"
				}
				form := url.Values{"form_key": {"uji"}}
				if r.Method == http.MethodGet {
					form = nil
				}
				if answer := f.ask(site, who, r.Method, path, form); answer.class() != want && !(answer.status == http.StatusNotFound) {
					f.t.Errorf("%s %.60s as %s: %d, want %s", r.Method, path, who, answer.status, want)
				}
				asked++
				if changed := f.changed(); len(changed) > 0 {
					f.t.Errorf("%s %.60s as %s changed %s", r.Method, path, who, changed)
				}
			}
			if n > 4 && r.Method == http.MethodPost { // the same parsing: a few suffice
				break
			}
		}
	}
	return asked
}

var requestID = regexp.MustCompile(`[a-z2-7]{16}`)

// plain is the answer without what differs from request to request.
func (r reply) plain() string {
	return fmt.Sprint(r.status, r.location, requestID.ReplaceAllString(r.body, ""))
}
