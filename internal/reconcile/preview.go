package reconcile

import (
	"context"
	"fmt"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// Preview is what a run would do now.
type Preview struct {
	Want     flex.Person // the zero Person: no Worker should exist
	Reason   string      // why nobody
	Findings []mapping.Finding
	Worker   *flex.Worker // that Flex has; nil: none
	Steps    []plan.Step  // as far as they can be known before the first is taken; none: nothing to do
}

// Preview asks the same functions as Reconcile what they would do. It writes
// nothing, here or there. ErrNotFound.
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
