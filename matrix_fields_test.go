package main

import (
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// private words of the shop near and of the buyer there; each is searched for in
// every answer, header and log line.
func (f *town) words() map[string]string {
	return map[string]string{
		"maker phone": "81200000103", "maker street": "Jl. Melati 4", "bank number": fmt.Sprintf("77889900112%d", f.shop),
		"buyer phone": "81200000099", "buyer street": "Jalan Melati 7", "buyer name": "Pembeli Uji",
	}
}

const fieldsFile = "server/fields.csv"

// Which private facts stand on which page for whom is a file too: server/fields.csv,
// a line per fact and page. Nobody else reads them anywhere: not on a page, in a
// header, in a file for machines, in a log line, a mail or a note of the trail.
func TestPrivateFactsStandWhereTheFileSays(t *testing.T) {
	f := newTown(t, "sqlite:"+t.TempDir()+"/lapak.db")
	site := f.site(rules(t))
	found := map[string]map[string]bool{} // fact and page → people
	asked := 0
	for _, r := range site.Routes() {
		if r.Method != http.MethodGet {
			continue
		}
		for _, who := range f.order {
			q := question{r, who, slices.Repeat([]string{"near"}, len(f.names(r)))}
			if strings.Contains(r.Path, ":slug") || strings.Contains(r.Path, ":token") && r.Path != "/pesanan/:token" && r.Path != "/pembayaran/:token" {
				continue // asked for below
			}
			var answer reply
			if r.Path == "/pesanan/:token" {
				answer = f.ask(site, who, r.Method, "/pesanan/"+f.bought.Orders[0].Token, nil)
			} else {
				answer = f.answer(site, q)
			}
			asked++
			require.True(t, answer.status < 500 || r.Rule.Machine(), "%s: %d", q, answer.status) // no jobs run here, so nobody is ready
			f.search(found, r.Path, who, answer)
		}
	}
	for _, path := range []string{"/produk/" + f.slug("products"), "/toko/" + f.slug("shops"), "/produk?q=nastar", "/tidak-ada", "/admin/jejak?objek=user&id=1", "/keuangan/neraca?toko=1"} {
		for _, who := range f.order {
			asked++
			f.search(found, strings.SplitN(path, "?", 2)[0], who, f.ask(site, who, http.MethodGet, path, nil))
		}
	}
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
	for name, word := range f.words() {
		like := "%" + word + "%"
		require.Zero(t, f.count(t, "SELECT count(*) FROM trail WHERE note LIKE ?", like), name)
		if !strings.HasPrefix(name, "buyer") {
			require.Zero(t, f.count(t, "SELECT count(*) FROM messages WHERE kind LIKE 'purchase%' AND (subject LIKE ? OR body LIKE ?)", like, like), name)
		}
	}
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
	digits := notDigits.ReplaceAllString(answer.body, "")
	for name, word := range f.words() {
		body := answer.body
		if word[0] >= '0' && word[0] <= '9' {
			body = digits // however the number is grouped
		}
		if strings.Contains(body, word) {
			at := name + ", " + path
			if found[at] == nil {
				found[at] = map[string]bool{}
			}
			found[at][who] = true
		}
		if strings.Contains(answer.log, word) || strings.Contains(fmt.Sprint(answer.header), word) {
			f.t.Errorf("%s in a log line or header of %s as %s", name, path, who)
		}
	}
}

func (f *town) slug(table string) (slug string) {
	f.t.Helper()
	require.NoError(f.t, f.db.Read(f.t.Context()).Raw("SELECT slug FROM "+table+" WHERE slug <> '' ORDER BY id LIMIT 1").Scan(&slug).Error)
	return slug
}
