package scimtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
)

// Supervisors is the name of the team whose members get the role supervisor from
// the mapping rules of the command `flexscim sandbox`.
const Supervisors = "Flex Supervisors"

// Tenant simulates the tenant of an IdP, with people and groups, and sends them to
// a SCIM service. Call the method Begin first, then the methods Week, Restore,
// MoveDepartment and Reorganise in any order. After the last call, Flex must have a
// Worker for each active person. The seed determines all random choices.
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
	Stayed     bool // the person was never deactivated, and still has the first Worker

	id      string // in our service
	manager string // id
	deleted bool
}

// Team is a group that the IdP sends to the SCIM service.
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

// Supervises reports whether a person is in the team with the name Supervisors.
func (t *Tenant) Supervises(p *Person) bool {
	return slices.ContainsFunc(t.Teams, func(g *Team) bool { return g.Name == Supervisors && g.Members[p] })
}

// randomPeople returns up to n random people for whom the function `is` returns
// true.
func (t *Tenant) randomPeople(n int, is func(*Person) bool) []*Person {
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

// moves contains, for each team, the changes of its members that the IdP has not
// sent yet.
type moves map[*Team]*move

type move struct{ in, out []*Person }

func (m moves) of(g *Team) *move {
	if m[g] == nil {
		m[g] = &move{}
	}
	return m[g]
}

// put adds people to a team, and records the changes for push.
func (m moves) put(g *Team, people ...*Person) {
	for _, p := range people {
		if !g.Members[p] {
			g.Members[p] = true
			note(&m.of(g).in, &m.of(g).out, p)
		}
	}
}

// take removes people from a team, and records the changes for push.
func (m moves) take(g *Team, people ...*Person) {
	for _, p := range people {
		if g.Members[p] {
			delete(g.Members, p)
			note(&m.of(g).out, &m.of(g).in, p)
		}
	}
}

// note adds a changed person to the slice `list`. If the slice `other`, which has
// the opposite changes, contains the person, note only removes the person from it,
// because the two changes cancel each other.
func note(list, other *[]*Person, p *Person) {
	if i := slices.Index(*other, p); i >= 0 {
		*other = slices.Delete(*other, i, i+1)
		return
	}
	*list = append(*list, p)
}

// push sends the recorded changes of all teams.
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

// atOnce is the largest number of concurrent requests that an IdP sends.
const atOnce = 8

// each(items, fn) calls fn for each item, with at most atOnce calls at the same
// time. It returns the joined errors of all calls.
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
