package admin

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// State says how far flexscim is with a person.
type State string

// The states.
const (
	Pending State = "pending" // Flex does not have the person's last change yet
	Settled State = "settled" // Flex is as wanted
	Parked  State = "parked"  // flexscim cannot make the change; an operator must act
	Held    State = "held"    // the change waits for the release by an operator; flexscim holds no changes yet
	Stuck   State = "stuck"   // the removal of a leaver's Worker does not succeed; an operator must act
	Leaving State = "leaving" // the Worker of a leaver is being removed
	Removed State = "removed" // the IdP has deactivated or deleted the person, and Flex has no Worker
)

// States returns all states in the order in which people pass them.
func States() []State { return []State{Pending, Settled, Parked, Held, Leaving, Stuck, Removed} }

// Person is a person with what an operator must know about them.
type Person struct {
	UserName   string         `json:"user_name"`
	ID         string         `json:"id"`
	Connection string         `json:"connection"`
	Active     bool           `json:"active"`
	State      State          `json:"state"`
	Reason     string         `json:"reason"` // why the state is not settled, or why there is no Worker; "": none
	Since      *time.Time     `json:"since"`  // since when the person is in this state
	Worker     string         `json:"worker_sid"`
	Roles      []string       `json:"roles"`  // that the rules give
	Skills     map[string]any `json:"skills"` // :: skill → level, or nil; last seen in Flex
}

// stateNames returns the names of all states as text.
func stateNames() string {
	var names []string
	for _, s := range States() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// PersonDetails is a person with the sources of the wanted Worker.
type PersonDetails struct {
	Person
	Groups   []string          `json:"groups"`
	Want     map[string]any    `json:"want"` // the wanted attributes of the Worker; nil: no Worker is wanted
	Why      map[string]string `json:"why"`
	Findings []string          `json:"findings"`
	Request  string            `json:"request"` // reference id of the request that changed the person last
	Removal  *Leaver           `json:"removal"` // the last one
}

// PeopleQuery selects people. An empty field selects all people.
type PeopleQuery struct {
	States     []State
	Connection string // its name
}

// People yields the people that the query selects, including people who have left.
// It stops after the first error. The error is of the kind NotFound if no
// connection has the name.
func (a *Admin) People(ctx context.Context, q PeopleQuery) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		v, err := a.newView(ctx)
		if err == nil && q.Connection != "" && !v.knows(q.Connection) {
			err = failure(NotFound, "no connection is named %q; `flexscim connection list` shows all connections", q.Connection)
		}
		if err != nil {
			yield(Person{}, err)
			return
		}
		for p, err := range a.store.People(ctx) {
			var one PersonDetails
			if err == nil {
				one, err = v.details(ctx, p)
			}
			if err != nil {
				yield(Person{}, err)
				return
			}
			if q.selects(one.Person) && !yield(one.Person, nil) {
				return
			}
		}
	}
}

func (q PeopleQuery) selects(p Person) bool {
	return (q.Connection == "" || p.Connection == q.Connection) && (len(q.States) == 0 || slices.Contains(q.States, p.State))
}

// ShowPerson returns the details of the named person (see Person).
func (a *Admin) ShowPerson(ctx context.Context, name string) (PersonDetails, error) {
	p, err := a.Person(ctx, name)
	if err != nil {
		return PersonDetails{}, err
	}
	v, err := a.newView(ctx)
	if err != nil {
		return PersonDetails{}, err
	}
	out, err := v.details(ctx, p)
	want, _ := v.rules.Person(inputOf(p))
	out.Why = v.rules.Why(inputOf(p), want)
	if err == nil && p.Leaver != nil {
		removal, err := v.leaver(ctx, store.Removal{Record: *p.Leaver, Person: p.Key, State: p.State, Reason: p.Reason, Since: p.Since})
		out.Removal = &removal
		return out, err
	}
	return out, err
}

// ParseStates returns the states with these names. The error is of the kind Usage.
func ParseStates(names []string) (states []State, err error) {
	for _, name := range names {
		if !slices.Contains(States(), State(name)) {
			return nil, failure(Usage, "%q is not a state; the states are %s", name, stateNames())
		}
		states = append(states, State(name))
	}
	return states, nil
}
