package main

import (
	"archive/zip"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
)

// words are private facts of the shop near and of the buyer there; each is searched
// for in every answer, header, log line, message and table.
func (f *town) words() map[string]string {
	return map[string]string{
		"maker phone": "81200000103", "maker street": "Jl. Melati 4", "bank number": fmt.Sprintf("77889900112%d", f.shop),
		"buyer phone": "81200000099", "buyer street": "Jalan Melati 7", "buyer name": "Pembeli Uji", "buyer e-mail": buyerEmail,
		"maker NIK": f.people["owner of near"].nik, "maker e-mail": f.people["owner of near"].email,
	}
}

// private are all facts as one person looks at them: those of the shop near, and
// of everybody else what nobody but themself has.
func (f *town) private(who string) map[string][]string {
	facts := map[string][]string{}
	for name, word := range f.words() {
		facts[name] = []string{word}
	}
	for name, p := range f.people {
		if name == "visitor" || name == "owner of near" {
			continue
		}
		nik, email := "another's NIK", "another's e-mail"
		if name == who {
			nik, email = "own NIK", "own e-mail"
		}
		facts[nik], facts[email] = append(facts[nik], p.nik), append(facts[email], p.email)
	}
	return facts
}

const fieldsFile = "server/fields.csv"

// Which private facts stand on which page for whom is a file too: server/fields.csv,
// a line per fact and page. Nobody else reads them anywhere: not on a page, in a
// header, in a file for machines, in a log line, a message, the inbox of somebody
// else or a note of the trail; and what is shown once for a reason, nowhere else.
func TestPrivateFactsStandWhereTheFileSays(t *testing.T) {
	t.Parallel()
	f := newTown(t, dbtest.SQLiteAddress(t))
	site := f.site(rules(t))
	found := map[string]map[string]bool{} // fact and page → people
	asked, sheets := 0, 0
	for _, r := range site.Routes() {
		if r.Method != http.MethodGet {
			continue
		}
		for _, who := range f.order {
			q := question{r, who, slices.Repeat([]string{"near"}, len(f.names(r)))}
			holding := map[string]string{ // the secret addresses of what the buyer bought
				"/pesanan/:token": f.bought.Orders[0].Token, "/pesanan/:token/konfirmasi.pdf": f.bought.Orders[0].Token,
				"/pesanan/:token/kuitansi.pdf": f.bought.Orders[0].Token, "/pembayaran/:token/faktur.pdf": f.bought.Token,
			}[r.Path]
			if strings.Contains(r.Path, ":slug") || strings.Contains(r.Path, ":token") && holding == "" && r.Path != "/pembayaran/:token" {
				continue // asked for below
			}
			var answer reply
			if holding != "" {
				answer = f.ask(site, who, r.Method, strings.Replace(r.Path, ":token", holding, 1), nil)
			} else {
				answer = f.answer(site, q)
			}
			if strings.HasSuffix(r.Path, ".pdf") && strings.HasPrefix(answer.body, "%PDF-") {
				answer.body = onPaper(t, answer.body)
				require.True(t, strings.Contains(answer.body, "Lapak Berdaya"), "%s can be read", r.Path)
			}
			if strings.HasSuffix(r.Path, ".xlsx") && strings.HasPrefix(answer.body, "PK") {
				answer.body = inSheet(t, answer.body)
				require.Contains(t, answer.body, "<sheetData", "%s can be read", r.Path)
				if strings.Contains(answer.body, "Dapur Uji") {
					sheets++
				}
			}
			asked++
			require.True(t, answer.status < 500 || r.Rule.Machine(), "%s: %d", q, answer.status) // no jobs run here, so nobody is ready
			f.search(found, r.Path, who, answer)
		}
	}
	product, shop := "/produk/"+f.slug("products"), "/toko/"+f.slug("shops")
	for _, path := range []string{product, shop, "/en" + product, "/en" + shop, product + "/ulasan", web.WayLink(order.FromPoster, product), web.WayLink(order.FromPoster, shop), "/produk?q=nastar", "/tidak-ada", "/admin/jejak?objek=user&id=1", "/keuangan/neraca?toko=1"} {
		for _, who := range f.order {
			asked++
			f.search(found, strings.SplitN(path, "?", 2)[0], who, f.ask(site, who, http.MethodGet, path, nil))
		}
	}
	for path, kind := range map[string]string{"/dinas/perajin/:id/nik/lihat": "shop", "/dinas/rekening/:id/lihat": "bank"} {
		for _, who := range f.order {
			asked++
			f.search(found, path, who, f.ask(site, who, http.MethodPost, strings.Replace(path, ":id", fmt.Sprint(f.things[kind]["near"].id), 1), url.Values{"reason": {"memeriksa berkas"}}))
		}
	}
	require.NotZero(t, sheets, "what stands in a spreadsheet is found there")
	f.ship(t, f.bought.Orders[0].ID)
	f.told(found)
	var lines []string
	for at, people := range found {
		who := strings.Join(slices.Sorted(maps.Keys(people)), " · ")
		if len(people) == len(f.order) {
			who = "everybody"
		}
		lines = append(lines, at+", "+who)
	}
	slices.Sort(lines)
	written := f.fieldsFile(t)
	for _, line := range lines {
		if !slices.Contains(written, line) {
			t.Errorf("not in %s: %s", fieldsFile, line)
		}
	}
	for _, line := range written {
		if !slices.Contains(lines, line) {
			t.Errorf("%s says what no page shows: %s", fieldsFile, line)
		}
	}
	t.Logf("%d answers searched for %d facts: %d places", asked, len(f.words()), len(lines))
	f.stored(t)

	leak := map[string]map[string]bool{} // the search of messages finds what it looks for
	f.insert(`INSERT INTO messages (channel, kind, address, body, created_at) VALUES ('mail', 'leak', ?, ?, ?) RETURNING id`,
		f.people["companion"].email, "Nomor 7788 9900 112"+fmt.Sprint(f.shop), time.Now().UTC())
	f.told(leak)
	require.Equal(t, map[string]map[string]bool{"bank number, mail leak": {"companion": true}}, leak)
}

// inSheet is all that a spreadsheet says, its properties too.
func inSheet(t *testing.T, file string) string {
	t.Helper()
	zipped, err := zip.NewReader(strings.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	var out strings.Builder
	for _, part := range zipped.File {
		content, err := part.Open()
		require.NoError(t, err)
		_, err = io.Copy(&out, content)
		require.NoError(t, err)
		require.NoError(t, content.Close())
		out.WriteByte('\n')
	}
	return out.String()
}

// told searches every message and every line of an inbox.
func (f *town) told(found map[string]map[string]bool) {
	f.t.Helper()
	names := map[string]string{"+6281200000099": "buyer", buyerEmail: "buyer"}
	for name, p := range f.people {
		if p.user == 0 {
			continue
		}
		u, err := f.accounts.User(f.t.Context(), p.user)
		require.NoError(f.t, err)
		names[fmt.Sprint(p.user)], names[u.Phone], names[p.email] = name, name, name
	}
	var all []struct{ Place, Recipient, Content string }
	require.NoError(f.t, f.db.Read(f.t.Context()).Raw(`SELECT channel || ' ' || kind AS place, address AS recipient, subject || ' ' || body AS content FROM messages
		UNION ALL SELECT 'inbox ' || kind, CAST(user_id AS TEXT), title || ' ' || body || ' ' || link FROM inbox`).Scan(&all).Error)
	require.NotEmpty(f.t, all)
	places := map[string]bool{}
	for _, m := range all {
		places[m.Place] = true
		who := names[m.Recipient]
		for _, name := range f.standing(who, m.Content) {
			if who == "" {
				who = m.Recipient
			}
			note(found, name+", "+m.Place, who)
		}
	}
	f.t.Logf("%d messages: %s", len(all), slices.Sorted(maps.Keys(places)))
}

// kept are the tables in which private facts stand readably: where they belong.
var kept = map[string][]string{
	"maker phone": {"users", "messages"}, "maker e-mail": {"users"}, "another's e-mail": {"users"}, "maker street": {"shop_origins"},
	"buyer phone": {"orders", "order_addresses", "purchases", "quote_requests", "messages"}, "buyer e-mail": {"orders", "purchases", "quote_requests"},
	"buyer name": {"orders", "order_addresses", "purchases", "payments", "quote_requests"}, "buyer street": {"order_addresses"},
}

// stored searches a copy of the whole database, the queue of jobs too: identity
// and bank numbers are readable nowhere, everything else only where it belongs.
func (f *town) stored(t *testing.T) {
	dump := f.dump(t)
	for table, content := range dump {
		for _, fact := range f.standing("", content) {
			if !slices.Contains(kept[fact], table) {
				t.Errorf("%s stands in the table %s", fact, table)
			}
		}
	}
	for fact, tables := range kept { // the search finds what is there
		for _, table := range tables {
			require.Contains(t, f.standing("", dump[table]), fact, table)
		}
	}
	require.Contains(t, dump, "river_job")
}

// fieldsFile are the lines of the file in the form of the test.
func (f *town) fieldsFile(t *testing.T) (lines []string) {
	t.Helper()
	file, err := os.Open(fieldsFile)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	reader.Comment, reader.FieldsPerRecord = '#', 3
	all, err := reader.ReadAll()
	require.NoError(t, err)
	for _, line := range all[1:] {
		for i := range line {
			line[i] = strings.TrimSpace(line[i])
		}
		lines = append(lines, strings.Join(line, ", "))
	}
	return lines
}

var notDigits = regexp.MustCompile(`[\s\-.]`)

func (f *town) search(found map[string]map[string]bool, path, who string, answer reply) {
	for _, name := range f.standing(who, answer.body) {
		note(found, name+", "+path, who)
	}
	for _, name := range f.standing(who, answer.log+fmt.Sprint(answer.header)) {
		f.t.Errorf("%s in a log line or header of %s as %s", name, path, who)
	}
}

func note(found map[string]map[string]bool, at, who string) {
	if found[at] == nil {
		found[at] = map[string]bool{}
	}
	found[at][who] = true
}

// standing are the facts that stand in a text which somebody reads.
func (f *town) standing(who, text string) (names []string) {
	digits := notDigits.ReplaceAllString(text, "")
	for name, words := range f.private(who) {
		if slices.ContainsFunc(words, func(word string) bool {
			if word[0] >= '0' && word[0] <= '9' && !strings.Contains(word, "@") {
				return strings.Contains(digits, word) // however the number is grouped
			}
			return strings.Contains(text, word)
		}) {
			names = append(names, name)
		}
	}
	return names
}

func (f *town) slug(table string) (slug string) {
	f.t.Helper()
	require.NoError(f.t, f.db.Read(f.t.Context()).Raw("SELECT slug FROM "+table+" WHERE slug <> '' ORDER BY id LIMIT 1").Scan(&slug).Error)
	return slug
}
