// Package web is the HTTP edge's common ground: routes with a policy, requests
// with their actor, sessions, forms, rendering and the one mapping from faults
// to answers. It imports Echo so that the areas and the domain need not.
package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Handler answers one request. It parses, makes one call, fills a view and
// renders; a returned error becomes a page through the one mapping.
type Handler func(c *Ctx) error

// Route is one line of the route table. A route without a policy stops the
// start and fails the tests.
type Route struct {
	Method    string // GET also answers HEAD
	Path      string
	Policy    Policy
	Handler   Handler
	BodyLimit int64 // bytes; 64 KiB when zero
}

// Policy decides who may come to a route at all; rules about the thing behind
// an id in the address belong to the domain service. Two policies are the same
// when their names are.
type Policy struct {
	Name  string
	allow func(account.Actor) error
}

// The policies.
var (
	// Public pages are the same for everyone.
	Public = Policy{"public", anyone}
	// Token pages belong to whoever holds the secret in the address or the cart cookie.
	Token = Policy{"token", anyone}
	// Machine addresses are called by programs, which prove themselves in the handler.
	Machine = Policy{"machine", anyone}
	// SignedIn is anyone with a session.
	SignedIn = Policy{"signed-in", signedIn}
	// Seller runs a shop or helps to run one under an active grant.
	Seller = Policy{"seller", func(a account.Actor) error {
		if err := signedIn(a); err != nil {
			return err
		}
		if len(a.Memberships) == 0 && len(a.Assisting) == 0 {
			return fault.NotFound("no shop")
		}
		return nil
	}}
)

// Staff admits people with any of the roles.
func Staff(roles ...account.Role) Policy {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	slices.Sort(names)
	return Policy{"staff:" + strings.Join(names, "+"), func(a account.Actor) error {
		if err := signedIn(a); err != nil {
			return err
		}
		if !a.HasAny(roles...) {
			return fault.NotFound("role")
		}
		return nil
	}}
}

func anyone(account.Actor) error { return nil }

func signedIn(a account.Actor) error {
	if !a.SignedIn() {
		return fault.Unauthenticated()
	}
	return nil
}

// Allow answers whether a may use the route.
func (p Policy) Allow(a account.Actor) error {
	if p.allow == nil {
		return fault.Internal(fmt.Errorf("web: a route without a policy"))
	}
	return p.allow(a)
}

var params = regexp.MustCompile(`:[a-z_]+`)

// Check returns what is wrong with a composed route table: a missing policy or
// handler, an odd method, or two routes at one address.
func Check(routes []Route) error {
	seen := map[string]string{}
	for _, r := range routes {
		at := r.Method + " " + r.Path
		if r.Policy.allow == nil || r.Policy.Name == "" {
			return fmt.Errorf("web: %s has no policy", at)
		}
		if r.Handler == nil {
			return fmt.Errorf("web: %s has no handler", at)
		}
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			return fmt.Errorf("web: %s: only GET and POST are used", at)
		}
		shape := r.Method + " " + params.ReplaceAllString(r.Path, ":")
		if other, twice := seen[shape]; twice {
			return fmt.Errorf("web: %s is also %s", at, other)
		}
		seen[shape] = at
	}
	return nil
}
