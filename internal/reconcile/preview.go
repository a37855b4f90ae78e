package reconcile

import (
	"cmp"
	"context"
	"fmt"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// Preview describes what a run would do now.
type Preview struct {
	Want     flex.Person // the wanted Worker, whose field Why names groups; zero: no Worker should exist
	Reason   string      // the reason why no Worker should exist
	Findings []mapping.Finding
	Worker   *flex.Worker // the Worker in Flex; nil if there is none
	Steps    []plan.Step  // the steps that a run would take first; empty if there is nothing to do
}

// Preview observes and plans as Reconcile does, but writes nothing. It returns
// store.ErrNotFound if the person does not exist.
func (r *Reconciler) Preview(ctx context.Context, key store.PersonKey) (Preview, error) {
	s, err := r.load(ctx, key)
	if err != nil {
		return Preview{}, fmt.Errorf("load person: %w", err)
	}
	s = s.suspects()
	o, err := r.observe(ctx, s)
	if err != nil {
		return Preview{}, fmt.Errorf("observe flex: %w", err)
	}
	return r.preview(s.observed(o, r.now())), nil
}

// Guess plans as Preview does, but asks the store instead of Twilio: it supposes
// that Flex has the linked Worker, if there is a link, and no other Worker of the
// person. If a person with a link should have a Worker, and the last run fulfilled
// the person's newest generation, Guess returns no steps.
func (r *Reconciler) Guess(ctx context.Context, key store.PersonKey) (Preview, error) {
	s, err := r.load(ctx, key)
	if err != nil {
		return Preview{}, fmt.Errorf("load person: %w", err)
	}
	if s.worker == linked {
		s.have = plan.Have{
			Worker: &flex.Worker{
				SID: s.link.Worker, FriendlyName: s.link.FriendlyName, Available: true,
				Attributes: cmp.Or(s.want.Memory, "{}"), // the attributes that flexscim did not write
			},
			Linked: true, Names: []string{s.link.FriendlyName},
		}
	}
	p := r.preview(s)
	if s.worker == linked && !s.want.Person.IsNobody() && s.person.Observed == s.person.Desired {
		p.Steps = nil
	}
	return p, nil
}

// preview returns the plan of a state after an observation.
func (r *Reconciler) preview(s state) Preview {
	p := Preview{
		Want: s.want.Person, Reason: s.want.Reason, Findings: s.findings,
		Worker: s.have.Worker, Steps: plan.Make(s.want, s.have),
	}
	p.Want.Why = cmp.Or(s.policy.Rules, r.rules).Why(inputOf(s.person), p.Want)
	return p
}
