package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// TestGuess checks that Guess derives the right steps from the store alone, without a
// call to Twilio.
func TestGuess(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Rules: supervisors})
	ann := r.join(`{'userName':'ann','title':'Lead'}`)
	check := func(step string, want ...plan.Verb) {
		t.Helper()
		before := len(r.requests())
		p, err := r.rec.Guess(t.Context(), ann)
		if err != nil {
			t.Fatal(err)
		}
		var got []plan.Verb
		for _, s := range p.Steps {
			got = append(got, s.Verb)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step, diff)
		}
		if n := len(r.requests()) - before; n != 0 {
			t.Errorf("%s: %d calls to Twilio", step, n)
		}
	}
	check("new", plan.Create)
	r.run(ann, store.Settled)
	check("settled")
	r.set(ann, `{'title':'Agent'}`)
	check("changed", plan.Update)
	r.set(ann, `{'active':false}`)
	check("left", plan.StopRouting)
	r.run(ann, store.Settled)
	check("gone")
}
