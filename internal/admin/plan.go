package admin

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// Plan has the steps that flexscim would execute for one person in Flex, and their reasons.
type Plan struct {
	User     string            `json:"user"`
	UserName string            `json:"user_name"`
	Want     map[string]any    `json:"want"` // the desired attributes of the Worker; nil: no Worker is wanted
	Reason   string            `json:"-"`    // why no Worker is wanted
	Why      map[string]string `json:"why,omitempty"`
	Worker   string            `json:"worker,omitempty"`
	Steps    []Step            `json:"steps"` // empty: nothing to do
	Findings []string          `json:"findings,omitempty"`
}

// Step is one step of a Plan.
type Step struct {
	Step   string   `json:"step"`
	Why    string   `json:"why"`
	Worker string   `json:"worker,omitempty"`
	Keys   []string `json:"keys,omitempty"`
}

// Plan returns the plan of the named person (see Person). It changes neither Flex nor the store.
func (a *Admin) Plan(ctx context.Context, name string) (Plan, error) {
	person, err := a.Person(ctx, name)
	if err != nil {
		return Plan{}, err
	}
	return a.planOf(ctx, person)
}

// Plans yields the plan of every person. It stops after the first error.
func (a *Admin) Plans(ctx context.Context) iter.Seq2[Plan, error] {
	return func(yield func(Plan, error) bool) {
		for person, err := range a.store.People(ctx) {
			var p Plan
			if err == nil {
				if p, err = a.planOf(ctx, person); err != nil {
					err = fmt.Errorf("%s: %w", person.Key.User, err)
				}
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

func (a *Admin) planOf(ctx context.Context, person store.Person) (Plan, error) {
	preview, err := a.reconciler.Preview(ctx, person.Key)
	if err != nil {
		return Plan{}, err
	}
	return newPlan(person, preview), nil
}

func newPlan(person store.Person, preview reconcile.Preview) Plan {
	p := Plan{
		User: string(person.Key.User), UserName: person.User.Doc.UserName(),
		Want: preview.Want.Attributes, Reason: preview.Reason, Why: preview.Want.Why, Steps: []Step{},
	}
	if preview.Worker != nil {
		p.Worker = string(preview.Worker.SID)
	}
	for _, s := range preview.Steps {
		p.Steps = append(p.Steps, Step{string(s.Verb), s.Why, string(s.Worker), s.Keys})
	}
	for _, f := range preview.Findings {
		p.Findings = append(p.Findings, fmt.Sprintf("%s: %s", f.Level, f.Text))
	}
	return p
}

// PlanCounts has the number of plans for each first step. The key "" has the number
// of plans without steps.
type PlanCounts map[string]int

// Add counts a plan.
func (c PlanCounts) Add(p Plan) {
	first := ""
	if len(p.Steps) > 0 {
		first = p.Steps[0].Step
	}
	c[first]++
}

// String returns the counts as text, for example "2 create, 40 as wanted".
func (c PlanCounts) String() string {
	var parts []string
	for _, verb := range []plan.Verb{plan.Create, plan.Adopt, plan.Update, plan.Rename, plan.StopRouting, plan.EndWork, plan.Wait, plan.Delete, plan.Verify, plan.Report} {
		if n := c[string(verb)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, verb))
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("%d as wanted", c[""])), ", ")
}
