package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// Plan has the steps that flexscim would execute for one person in Flex, and their
// reasons.
type Plan struct {
	User     string            `json:"user"`
	UserName string            `json:"user_name"`
	State    State             `json:"state"`
	Since    *time.Time        `json:"since"`  // since when the person is in this state
	Blocked  string            `json:"reason"` // why the person is in this state; "": none
	Want     map[string]any    `json:"want"`   // the desired attributes of the Worker; nil: no Worker is wanted
	Reason   string            `json:"-"`      // why no Worker is wanted
	Why      map[string]string `json:"why,omitempty"`
	Worker   string            `json:"worker,omitempty"`
	Steps    []Step            `json:"steps"`   // empty: nothing to do
	Changes  []Change          `json:"changes"` // what the steps change in the attributes and the name
	Findings []string          `json:"findings,omitempty"`

	// Error says why the person could not be compared with Flex; "": the person was
	// compared. After an error of Twilio, the steps are those that the database
	// suggests, and Changes is empty.
	Error string `json:"error,omitempty"`
}

// Step is one step of a Plan.
type Step struct {
	Step   string   `json:"step"`
	Why    string   `json:"why"`
	Worker string   `json:"worker,omitempty"`
	Keys   []string `json:"keys,omitempty"`
}

// Change has the old and the new value of an attribute of the Worker, or of the
// Worker's name (then Key is "friendly_name"). Old or New is nil if there is no such
// value.
type Change struct {
	Key string `json:"key"`
	Old any    `json:"old"`
	New any    `json:"new"`
}

// Plan returns the plan of the named person (see Person). It changes neither Flex nor the store.
func (a *Admin) Plan(ctx context.Context, name string) (Plan, error) {
	person, err := a.Person(ctx, name)
	if err != nil {
		return Plan{}, err
	}
	p := planner{admin: a, view: view{store: a.store}}
	return p.plan(ctx, person)
}

// Plans yields the plan of every person. If a person cannot be compared with Flex,
// the field Error of the plan says why, and Plans continues. It stops after the
// first error of the database.
func (a *Admin) Plans(ctx context.Context) iter.Seq2[Plan, error] {
	return func(yield func(Plan, error) bool) {
		p := planner{admin: a, view: view{store: a.store}}
		for person, err := range a.store.People(ctx) {
			var one Plan
			if err == nil {
				one, err = p.plan(ctx, person)
			}
			if !yield(one, err) || err != nil {
				return
			}
		}
	}
}

// For each person, a planner waits at most askTime for Twilio's answer. After
// maxUnanswered people in a row without an answer, it plans from the database only.
const (
	maxUnanswered = 2
	askTime       = 10 * time.Second
)

// planner makes the plans of people.
type planner struct {
	admin      *Admin
	view       view
	unanswered int   // number of people in a row for whom Twilio did not answer
	last       error // the last error of Twilio
}

func (p *planner) plan(ctx context.Context, person store.Person) (Plan, error) {
	preview, err := p.preview(ctx, person)
	out := newPlan(person, preview)
	if err != nil {
		out.Error, out.Changes = err.Error(), []Change{}
	}
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	state, since, err := p.view.state(ctx, person)
	out.State, out.Since, out.Blocked = state, timeOrNil(since), person.Reason
	return out, err
}

// preview returns the preview of a person. If the person cannot be compared with
// Flex, it returns the error, and the preview that the database suggests.
func (p *planner) preview(ctx context.Context, person store.Person) (reconcile.Preview, error) {
	if p.unanswered < maxUnanswered {
		asking, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		preview, err := p.admin.reconciler.Preview(asking, person.Key)
		if err == nil {
			p.unanswered = 0
			return preview, nil
		}
		p.last = err
		if kind := flex.KindOf(err); kind == flex.Down || kind == flex.Denied || kind == flex.Slow || asking.Err() != nil {
			p.unanswered++
		}
	}
	preview, err := p.admin.reconciler.Guess(ctx, person.Key)
	return preview, cmp.Or(err, p.last)
}

func newPlan(person store.Person, preview reconcile.Preview) Plan {
	p := Plan{
		User: string(person.Key.User), UserName: person.User.Doc.UserName(),
		Want: preview.Want.Attributes, Reason: preview.Reason, Why: preview.Want.Why, Steps: []Step{}, Changes: []Change{},
	}
	if preview.Worker != nil {
		p.Worker = string(preview.Worker.SID)
	}
	for _, s := range preview.Steps {
		p.Steps = append(p.Steps, Step{string(s.Verb), s.Why, string(s.Worker), s.Keys})
		if preview.Worker != nil {
			p.Changes = append(p.Changes, changes(*preview.Worker, s)...)
		}
	}
	for _, f := range preview.Findings {
		p.Findings = append(p.Findings, fmt.Sprintf("%s: %s", f.Level, f.Text))
	}
	return p
}

// changes returns what the step s changes in the existing Worker w.
func changes(w flex.Worker, s plan.Step) (all []Change) {
	if name := s.Change.FriendlyName; name != "" {
		all = append(all, Change{"friendly_name", w.FriendlyName, name})
	}
	if s.Change.Attributes == "" {
		return all
	}
	var before, after map[string]any
	_ = json.Unmarshal([]byte(w.Attributes), &before) // attributes that are not an object have no values
	_ = json.Unmarshal([]byte(s.Change.Attributes), &after)
	for _, key := range s.Keys {
		all = append(all, Change{key, before[key], after[key]})
	}
	return all
}

// PlanCounts has the number of plans for each first step. The key "" has the number
// of plans without steps. The name of a state that needs an operator is a key, too;
// its value is the number of people in this state. The key "error" has the number
// of plans with an error. The plans of these people, and plans with an error, are
// also counted by their first steps.
type PlanCounts map[string]int

// Add counts a plan.
func (c PlanCounts) Add(p Plan) {
	first := ""
	if len(p.Steps) > 0 {
		first = p.Steps[0].Step
	}
	c[first]++
	if p.State == Parked || p.State == Stuck {
		c[string(p.State)]++
	}
	if p.Error != "" {
		c["error"]++
	}
}

// Complete reports whether all people were compared with Flex.
func (c PlanCounts) Complete() bool { return c["error"] == 0 }

// String returns the counts as text, for example "2 create, 40 as wanted".
func (c PlanCounts) String() string {
	var parts []string
	for _, verb := range []plan.Verb{plan.Create, plan.Adopt, plan.Update, plan.Rename, plan.SetChannel, plan.StopRouting, plan.TakeOffline, plan.EndWork, plan.Wait, plan.Delete, plan.Verify, plan.Report} {
		if n := c[string(verb)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, verb))
		}
	}
	text := strings.Join(append(parts, fmt.Sprintf("%d as wanted", c[""])), ", ")
	for _, state := range []State{Parked, Stuck} {
		if n := c[string(state)]; n > 0 {
			text += fmt.Sprintf("; %d %s", n, state)
		}
	}
	if n := c["error"]; n > 0 {
		text += fmt.Sprintf("; %d not compared with Flex, and planned from the database", n)
	}
	return text
}
