package scimtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
)

// Supervisors is the name of the team whose members become supervisors by the
// sandbox's rules.
const Supervisors = "Flex Supervisors"

// Tenant simulates the tenant of an IdP, with people and groups, and provisions
// it over SCIM. Call Begin first, then Week, Restore, MoveDepartment and Reorganise
// in any order. In the end, Flex must show the active people. The seed determines
// all random choices.
type Tenant struct {
	People []*Person
	Teams  []*Team

	idp provisioner
	rnd *rand.Rand
}

// Person is a user of the IdP.
type Person struct {
	UserName   string
	Display    string // displayName
	Department string
	Active     bool
	Stayed     bool // was never deactivated, so the person still has the first Worker

	id      string // in our service
	manager string // id
	deleted bool
}

// Team is a group that the IdP pushes.
type Team struct {
	Name    string
	Members map[*Person]bool

	id string // in our service
}

// NewOktaTenant returns a tenant that Okta provisions.
func NewOktaTenant(o Okta, seed uint64) *Tenant { return newTenant(oktaProvisioner{o}, seed) }

// NewEntraTenant returns a tenant that Entra provisions.
func NewEntraTenant(e Entra, seed uint64) *Tenant { return newTenant(entraProvisioner{e}, seed) }

func newTenant(idp provisioner, seed uint64) *Tenant {
	return &Tenant{idp: idp, rnd: rand.New(rand.NewPCG(seed, 11))}
}

// Supervises reports whether a person is in the supervising team.
func (t *Tenant) Supervises(p *Person) bool {
	return slices.ContainsFunc(t.Teams, func(g *Team) bool { return g.Name == Supervisors && g.Members[p] })
}

// some returns up to n random people for whom the condition is true.
func (t *Tenant) some(n int, is func(*Person) bool) []*Person {
	var all []*Person
	for _, i := range t.rnd.Perm(len(t.People)) {
		if p := t.People[i]; len(all) < n && is(p) {
			all = append(all, p)
		}
	}
	return all
}

func isActive(p *Person) bool { return p.Active }
func isAway(p *Person) bool   { return !p.Active && !p.deleted }

// moves are changes of members that an IdP sends together.
type moves map[*Team]*move

type move struct{ in, out []*Person }

func (m moves) of(g *Team) *move {
	if m[g] == nil {
		m[g] = &move{}
	}
	return m[g]
}

// put adds people to a team.
func (m moves) put(g *Team, people ...*Person) {
	for _, p := range people {
		if !g.Members[p] {
			g.Members[p] = true
			note(&m.of(g).in, &m.of(g).out, p)
		}
	}
}

// take removes people from a team.
func (m moves) take(g *Team, people ...*Person) {
	for _, p := range people {
		if g.Members[p] {
			delete(g.Members, p)
			note(&m.of(g).out, &m.of(g).in, p)
		}
	}
}

// note removes a person from the slice other. If the person is not in that slice,
// note adds the person to the argument list.
func note(list, other *[]*Person, p *Person) {
	if i := slices.Index(*other, p); i >= 0 {
		*other = slices.Delete(*other, i, i+1)
		return
	}
	*list = append(*list, p)
}

// push sends the changes, team by team.
func (t *Tenant) push(ctx context.Context, m moves) error {
	return each(t.Teams, func(g *Team) error {
		if m[g] == nil || len(m[g].in)+len(m[g].out) == 0 {
			return nil
		}
		return t.idp.members(ctx, g.id, ids(m[g].in), ids(m[g].out))
	})
}

func ids(people []*Person) []string {
	var all []string
	for _, p := range people {
		all = append(all, p.id)
	}
	return all
}

// atOnce is the number of concurrent requests of an IdP.
const atOnce = 8

// each calls fn for each item, with at most atOnce concurrent calls, and joins the
// errors.
func each[T any](items []T, fn func(T) error) error {
	errs := make([]error, len(items))
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(atOnce, len(items)) {
		wg.Go(func() {
			for i := range next {
				errs[i] = fn(items[i])
			}
		})
	}
	for i := range items {
		next <- i
	}
	close(next)
	wg.Wait()
	return errors.Join(errs...)
}
