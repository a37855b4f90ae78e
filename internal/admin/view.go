package admin

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/store"
)

// view converts people and removals from the types of the store to those of this
// package.
type view struct {
	store       *store.Store
	connections map[store.ConnectionID]string // :: id → name
	rules       *mapping.Rules
}

// newView returns a view with the rules of the server with the newest report, or
// with the configured rules if no server has run lately.
func (a *Admin) newView(ctx context.Context) (view, error) {
	names, err := connectionNames(ctx, a.store)
	if err != nil {
		return view{}, err
	}
	servers, err := a.store.Servers(ctx)
	if err != nil {
		return view{}, err
	}
	v := view{store: a.store, connections: names, rules: mapping.Default()}
	switch {
	case len(servers) > 0:
		v.rules, err = parseRules(servers[0].Settings)
	case a.configured != nil:
		v.rules, err = a.configured()
	}
	return v, err
}

func (v view) knows(connection string) bool {
	for _, name := range v.connections {
		if name == connection {
			return true
		}
	}
	return false
}

// details returns the details of a person, without the removal.
func (v view) details(ctx context.Context, p store.Person) (PersonDetails, error) {
	want, findings := v.rules.Person(inputOf(p))
	state, since, err := v.state(ctx, p)
	out := PersonDetails{
		Person: Person{
			UserName: p.User.Doc.UserName(), ID: string(p.Key.User), Connection: v.connections[p.Key.Connection],
			Active: !p.Deleted && p.User.Doc.Active(), State: state, Reason: p.Reason, Since: timeOrNil(since),
			Roles: append([]string{}, want.Roles()...), Skills: map[string]any{},
		},
		Groups: p.GroupNames(), Want: want.Attributes, Why: want.Why, Findings: []string{}, Request: p.Request,
	}
	if p.Link != nil && flex.IsSID(string(p.Link.Worker), "WK") {
		out.Worker = string(p.Link.Worker)
	}
	if p.Memory != nil && p.Link != nil {
		out.Skills = skills(p.Memory.Attributes)
	}
	for _, f := range findings {
		if f.Level == mapping.Reject && out.Reason == "" {
			out.Reason = f.Text
		} else if f.Level != mapping.Reject {
			out.Findings = append(out.Findings, f.Text)
		}
	}
	return out, err
}

// inputOf returns what the rules need to know about a person.
func inputOf(p store.Person) mapping.Input {
	return mapping.Input{User: p.User, Deleted: p.Deleted, Groups: p.GroupNames()}
}

// state returns the state of a person, and the time at which the person entered it.
// A leaver is Stuck if the audit log says that the removal needs an operator.
func (v view) state(ctx context.Context, p store.Person) (State, time.Time, error) {
	left := p.Deleted || !p.User.Doc.Active()
	if p.State == store.Waiting && p.Leaver != nil && p.Leaver.Stage().Open() {
		left = true // the rules give the person no role any more
	}
	since, told := p.Since, false
	if p.State == store.Parked || p.State == store.Waiting {
		at, err := v.parked(ctx, p.Key, p.Reason)
		if err != nil {
			return "", since, err
		}
		if told = !at.IsZero(); told {
			since = at
		}
	}
	return stateOf(p.State, left, told), since, nil
}

// stateOf converts the state s that the store has for a person. The argument left is
// true if the person's Worker must be removed, and told is true if the audit log says
// that an operator must act.
func stateOf(s store.State, left, told bool) State {
	switch {
	case left && s == store.Settled:
		return Removed
	case left && (s == store.Parked || told):
		return Stuck
	case left:
		return Leaving
	case s == store.Parked:
		return Parked
	case s == store.Settled:
		return Settled
	}
	return Pending
}

// parked looks in the audit log for the entry which says that an operator must act
// because of this reason, and returns the time of this entry, or the zero time.
func (v view) parked(ctx context.Context, key store.PersonKey, reason string) (time.Time, error) {
	entries, err := v.store.FindAudit(ctx, store.AuditFilter{
		Connections: []store.ConnectionID{key.Connection}, Subjects: []string{string(key.User)}, Actions: []audit.Action{audit.PersonParked},
	}, 100)
	i := slices.IndexFunc(entries, func(e audit.Entry) bool { return e.Detail["why"] == reason })
	if i < 0 {
		return time.Time{}, err
	}
	return entries[i].At, err
}

// skills returns the skills in a Worker's attributes with their levels.
// Source: https://www.twilio.com/docs/flex/admin-guide/core-concepts/routing-skills
func skills(attributes string) map[string]any {
	var worker struct {
		Routing struct {
			Skills []string       `json:"skills"`
			Levels map[string]any `json:"levels"`
		} `json:"routing"`
	}
	out := map[string]any{}
	if json.Unmarshal([]byte(attributes), &worker) != nil {
		return out
	}
	for _, skill := range worker.Routing.Skills {
		out[skill] = worker.Routing.Levels[skill]
	}
	return out
}

// timeOrNil returns nil for the zero time, so that JSON has null.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
