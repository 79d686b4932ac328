// Package web is the HTTP edge's common ground: routes and who may come to them,
// requests with their actor, sessions, forms, rendering and the one mapping from
// faults to answers. It imports Echo so that the areas and the domain need not.
package web

import "github.com/lapak-berdaya/lapak/internal/text"

// Handler answers one request. It parses, makes one call, fills a view and
// renders; a returned error becomes a page through the one mapping.
type Handler func(c *Ctx) error

// Route is one line of the route table. Who may come to it stands in
// server/authorization.csv: New fills Rule and StepUp from there.
type Route struct {
	Method    string // GET also answers HEAD
	Path      string
	Handler   Handler
	BodyLimit int64 // bytes; 64 KiB when zero
	// Cache keeps the page for everybody; nil for every page that is not the same
	// bytes for all. Only public GET routes have it.
	Cache *Cached
	// Bilingual serves the route in English as well, at the same address under /en.
	// Only what is open to visitors has it.
	Bilingual bool

	Rule   Rule
	StepUp bool // the person must have proved a short while ago that it is still them
}

// Bilingual marks routes as served in both languages.
func Bilingual(routes []Route) []Route {
	for i := range routes {
		routes[i].Bilingual = true
	}
	return routes
}

// paths are where the route is served.
func (r Route) paths() []string {
	if r.Bilingual {
		return []string{r.Path, text.English.Path(r.Path)}
	}
	return []string{r.Path}
}

// name is how the authorization file names the route.
func (r Route) name() string { return r.Method + " " + r.Path }
