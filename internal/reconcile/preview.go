package reconcile

import (
	"context"
	"fmt"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// Preview describes what a run would do now.
type Preview struct {
	Want     flex.Person // the wanted Worker; zero: no Worker should exist
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
	s = s.observed(o, r.now())
	return Preview{
		Want: s.want.Person, Reason: s.want.Reason, Findings: s.findings,
		Worker: s.have.Worker, Steps: plan.Make(s.want, s.have),
	}, nil
}
