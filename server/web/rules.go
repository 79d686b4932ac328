package web

import (
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/text"
)

// Kind is one kind of person in the authorization file; one person may be of
// several kinds.
type Kind string

// The kinds, in the order of the file's columns.
const (
	KindProgram   Kind = "program"   // no person: a probe, a search engine, the payment gateway
	KindVisitor   Kind = "visitor"   // not signed in
	KindPerson    Kind = "person"    // anybody signed in
	KindMaker     Kind = "maker"     // runs a shop: its owner, or the officer who runs an institution's
	KindMember    Kind = "member"    // of a group's shop
	KindCompanion Kind = "companion" // has that job, or helps a shop under an active grant
	KindCurator   Kind = "curator"
	KindOfficer   Kind = "officer"
	KindHead      Kind = "head"
	KindFinance   Kind = "finance"
	KindAdmin     Kind = "admin"
)

// Kinds lists every kind in the order of the file's columns.
func Kinds() []Kind {
	return []Kind{
		KindProgram, KindVisitor, KindPerson, KindMaker, KindMember, KindCompanion, KindCurator, KindOfficer, KindHead, KindFinance, KindAdmin,
	}
}

// Scope is a word of the authorization file: for which of the things behind an
// address a kind of person may come in.
type Scope string

// The scopes; the head of server/authorization.csv explains them.
const (
	All      Scope = "all"
	Own      Scope = "own"
	Assigned Scope = "assigned"
	Area     Scope = "area"
	Agency   Scope = "agency"
	Told     Scope = "told"
	Never    Scope = "-"
	Decided  Scope = "" // by a column further left
)

// words are the scopes that a kind may have.
func words(k Kind) []Scope {
	switch k {
	case KindProgram, KindVisitor:
		return []Scope{All, Own, Never}
	case KindCompanion:
		return []Scope{All, Own, Assigned, Told, Never}
	case KindOfficer, KindHead:
		return []Scope{All, Own, Area, Agency, Told, Never}
	}
	return []Scope{All, Own, Told, Never}
}

// Rule is one line of the authorization file.
type Rule struct {
	Route  string   // "GET /dinas/perajin/:id"
	About  []string // the kind of thing that each id of the address names, in their order
	Again  bool     // the person must have proved a short while ago that it is still them
	Why    string   // the sentence for those who are told
	Scopes map[Kind]Scope

	demo bool
}

// Machine says that programs call the address.
func (r Rule) Machine() bool { return r.Scopes[KindProgram] == All || r.Scopes[KindProgram] == Own }

// Public says that the page is the same for everybody.
func (r Rule) Public() bool { return r.Scopes[KindVisitor] == All }

// Open says that nobody needs to sign in: the page is public, called by
// programs, or belongs to whoever holds its secret.
func (r Rule) Open() bool { return r.Machine() || r.Public() || r.Scopes[KindVisitor] == Own }

// Check says what is wrong with the line.
func (r Rule) Check() error {
	opened := false
	for _, k := range Kinds() {
		s, there := r.Scopes[k]
		switch {
		case opened && s != Decided:
			return fmt.Errorf("%s: %s was decided further left, leave it empty", r.Route, k)
		case opened:
		case !there || !slices.Contains(words(k), s):
			return fmt.Errorf("%s: %s cannot be %q", r.Route, k, s)
		}
		opened = opened || s == All && k == KindPerson || s != Never && (k == KindProgram || k == KindVisitor)
	}
	told := slices.Contains(slices.Collect(maps.Values(r.Scopes)), Told)
	switch {
	case told && !text.Has(r.Why):
		return fmt.Errorf("%s: no sentence %q for those who are told", r.Route, r.Why)
	case !told && r.Why != "":
		return fmt.Errorf("%s: nobody is told %q", r.Route, r.Why)
	case len(r.About) != len(ids(r.Route)):
		return fmt.Errorf("%s: say which things its %d ids name", r.Route, len(ids(r.Route)))
	}
	return nil
}

var (
	params = regexp.MustCompile(`:[a-z_]+`)
	word   = regexp.MustCompile(`^[a-z_]+$`)
)

// names are parameters that name something by a public word or a secret; every
// other parameter is an id.
var names = []string{":slug", ":token", ":key", ":file", ":way"}

// ids are the parameters of a path that name a thing by its id.
func ids(path string) (out []string) {
	for _, p := range params.FindAllString(path, -1) {
		if !slices.Contains(names, p) {
			out = append(out, p[1:])
		}
	}
	return out
}

// Rules is the authorization file, read.
type Rules struct{ lines []Rule }

// header are the columns of the file.
func header() []string {
	columns := []string{"route", "about", "again"}
	for _, k := range Kinds() {
		columns = append(columns, string(k))
	}
	return append(columns, "told")
}

// ReadRules reads an authorization file; the first fault it finds is the error.
func ReadRules(file string) (Rules, error) {
	reader := csv.NewReader(strings.NewReader(file))
	reader.Comment = '#'
	lines, err := reader.ReadAll()
	if err != nil {
		return Rules{}, fmt.Errorf("web: authorization: %w", err)
	}
	var rules Rules
	for n, line := range lines {
		for i := range line {
			line[i] = strings.TrimSpace(line[i])
		}
		if n == 0 {
			if !slices.Equal(line, header()) {
				return Rules{}, fmt.Errorf("web: authorization: the columns are %s", strings.Join(header(), ", "))
			}
			continue
		}
		rule, err := readRule(line)
		if err != nil {
			return Rules{}, fmt.Errorf("web: authorization: %w", err)
		}
		if slices.ContainsFunc(rules.lines, func(r Rule) bool { return r.Route == rule.Route && r.demo == rule.demo }) {
			return Rules{}, fmt.Errorf("web: authorization: %s has two lines", rule.Route)
		}
		rules.lines = append(rules.lines, rule)
	}
	return rules, nil
}

func readRule(line []string) (Rule, error) {
	route, demo := strings.CutPrefix(strings.Join(strings.Fields(line[0]), " "), "demo ")
	r := Rule{Route: route, About: strings.Fields(line[1]), Again: line[2] == "yes", Why: line[len(line)-1], Scopes: map[Kind]Scope{}, demo: demo}
	if line[2] != "" && !r.Again {
		return r, fmt.Errorf("%s: again cannot be %q", route, line[2])
	}
	for _, thing := range r.About {
		if !word.MatchString(thing) {
			return r, fmt.Errorf("%s: %q is no word for a thing", route, thing)
		}
	}
	for i, k := range Kinds() {
		r.Scopes[k] = Scope(line[3+i])
	}
	return r, r.Check()
}

// Demo returns the rules as they are in the demo.
func (r Rules) Demo() Rules {
	out := Rules{}
	for _, line := range r.lines {
		if line.demo {
			out = out.Without(line.Route)
			line.demo = false
		}
		out.lines = append(out.lines, line)
	}
	return out
}

// Lines are the rules outside the demo, in the order of the file.
func (r Rules) Lines() []Rule {
	return slices.DeleteFunc(slices.Clone(r.lines), func(line Rule) bool { return line.demo })
}

// Without returns the rules without the lines of one route.
func (r Rules) Without(route string) Rules {
	return Rules{slices.DeleteFunc(slices.Clone(r.lines), func(line Rule) bool { return line.Route == route })}
}

// For returns the lines of some of the routes and of the probes that every site
// has: the rules of a part of the whole.
func (r Rules) For(routes []Route) Rules {
	routes = append((&Site{}).probes(), routes...)
	return Rules{slices.DeleteFunc(slices.Clone(r.lines), func(line Rule) bool {
		return !slices.ContainsFunc(routes, func(route Route) bool { return route.name() == line.Route })
	})}
}

// With returns the rules and one more, or another in its place, that opens an
// address to one kind of person. Tests give their own addresses a rule so.
func (r Rules) With(route string, k Kind, s Scope, about ...string) Rules {
	line := Rule{Route: route, About: about, Scopes: map[Kind]Scope{}}
	opened := false
	for _, other := range Kinds() {
		switch {
		case opened:
			line.Scopes[other] = Decided
		case other == k:
			line.Scopes[other] = s
			opened = k == KindProgram || k == KindVisitor || k == KindPerson && s == All
		default:
			line.Scopes[other] = Never
		}
	}
	out := r.Without(route)
	out.lines = append(out.lines, line)
	return out
}

// Check composes routes and rules into one table, and says what is wrong with
// it: a route without a rule or handler, a rule without a route, an odd method,
// two routes at one address, a thing that nobody can say whose it is.
func Check(routes []Route, rules Rules, owners Owners) ([]Route, error) {
	of := map[string]Rule{}
	for _, line := range rules.Lines() {
		if err := line.Check(); err != nil {
			return nil, fmt.Errorf("web: authorization: %w", err)
		}
		of[line.Route] = line
	}
	seen := map[string]string{}
	out := slices.Clone(routes)
	for i := range out {
		r := &out[i]
		at := r.name()
		if r.Handler == nil {
			return nil, fmt.Errorf("web: %s has no handler", at)
		}
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			return nil, fmt.Errorf("web: %s: only GET and POST are used", at)
		}
		shape := r.Method + " " + params.ReplaceAllString(r.Path, ":")
		if other, twice := seen[shape]; twice {
			return nil, fmt.Errorf("web: %s is also %s", at, other)
		}
		seen[shape] = at
		rule, known := of[at]
		if !known {
			return nil, fmt.Errorf("web: no line of the authorization file says who may come to %s", at)
		}
		delete(of, at)
		if r.Cache != nil && (r.Method != http.MethodGet || !rule.Public() || rule.Machine()) {
			return nil, fmt.Errorf("web: %s: only a public page is kept for everybody", at)
		}
		if r.Bilingual && (!rule.Open() || rule.Machine()) {
			return nil, fmt.Errorf("web: %s: only what visitors see is served in English", at)
		}
		for _, thing := range rule.About {
			if owners.Things[thing] == nil && !rule.Open() {
				return nil, fmt.Errorf("web: %s: nobody knows whose a %s is", at, thing)
			}
		}
		r.Rule, r.StepUp = rule, rule.Again
	}
	for _, line := range rules.Lines() {
		if _, left := of[line.Route]; left {
			return nil, fmt.Errorf("web: the authorization file names %s, which is no address", line.Route)
		}
	}
	return out, nil
}
