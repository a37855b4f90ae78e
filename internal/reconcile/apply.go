package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// apply runs the steps in order; the first error ends it. Where done is false
// the plan went as far as it could be known: observe again.
func (r *Reconciler) apply(ctx context.Context, run *run, have plan.Have, steps []plan.Step) (out Outcome, done bool, err error) {
	if len(steps) == 0 {
		r.settle(run, have)
		return Outcome{State: store.Settled}, true, nil
	}
	for _, s := range steps {
		out, done, err = r.step(ctx, run, have, s)
		if err != nil {
			return Outcome{}, false, err
		}
	}
	return out, done, nil
}

// settle takes note of a Worker that is as it should be, or absent.
func (r *Reconciler) settle(run *run, have plan.Have) {
	switch {
	case !run.want.Person.IsNobody():
		r.see(run, *have.Worker)
		run.link.Owned = owned(run.want)
	case have.Worker == nil && removing(run.leaver):
		r.absent(run)
	}
}

func owned(w plan.Want) []string { return slices.Sorted(maps.Keys(w.Attributes())) }

// step runs one step.
func (r *Reconciler) step(ctx context.Context, run *run, have plan.Have, s plan.Step) (out Outcome, done bool, err error) {
	settled := Outcome{State: store.Settled}
	switch s.Verb {
	case plan.Create:
		return settled, true, r.create(ctx, run, s)
	case plan.Adopt, plan.Update, plan.Rename:
		return r.change(ctx, run, *have.Worker, s)
	case plan.StopRouting:
		return Outcome{}, false, r.stop(ctx, run, *have.Worker, s)
	case plan.EndWork:
		return Outcome{}, false, r.end(ctx, run, s)
	case plan.Delete:
		return r.remove(ctx, run, *have.Worker, s)
	case plan.Verify:
		return settled, true, r.verify(ctx, run, s)
	case plan.Wait:
		return Outcome{State: store.Waiting, Reason: s.Why, After: r.poll(run)}, true, nil
	case plan.Report:
		return Outcome{State: store.Parked, Reason: s.Why}, true, nil
	}
	return Outcome{}, false, errors.New("unknown step " + string(s.Verb))
}

// create makes the Worker. The name is written down before: whatever happens
// to us, the Worker is found again, even if the person is renamed meanwhile. A
// name that is taken is a question of adoption, and asked by observing again.
func (r *Reconciler) create(ctx context.Context, run *run, s plan.Step) error {
	if err := r.intend(ctx, run, s.Draft.FriendlyName); err != nil {
		return err
	}
	w, err := r.flex.Create(ctx, s.Draft)
	switch flex.KindOf(err) {
	case flex.Taken, flex.Slow, flex.Denied, flex.Refused:
		run.lostName = "" // nothing happened
	default: // made, or nobody knows
	}
	if flex.KindOf(err) == flex.Taken && !run.taken {
		run.taken = true
		return &flex.Error{Op: "create worker", Kind: flex.Conflict, Err: err}
	}
	if err != nil {
		return err
	}
	if err := r.wrote(run, w, ""); err != nil {
		return err
	}
	r.did(run, audit.WorkerCreated, w.SID, s)
	return nil
}

// change writes attributes and name in one call.
func (r *Reconciler) change(ctx context.Context, run *run, have flex.Worker, s plan.Step) (Outcome, bool, error) {
	w, err := r.flex.Update(ctx, have, s.Change)
	if flex.KindOf(err) == flex.Taken {
		out, err := r.clash(ctx, run, have)
		return out, true, err
	}
	if err != nil {
		return Outcome{}, false, err
	}
	if err := r.wrote(run, w, have.SID); err != nil {
		return Outcome{}, false, err
	}
	action := audit.WorkerUpdated
	if s.Verb == plan.Adopt {
		action = audit.WorkerAdopted
		run.link.Adopted = true
	}
	r.did(run, action, w.SID, s)
	return Outcome{State: store.Settled}, true, nil
}

// wrote takes the answer of a write for the read: done is what the read says.
func (r *Reconciler) wrote(run *run, w flex.Worker, sid flex.WorkerSID) error {
	_, differs, err := flex.Merge(w.Attributes, run.want.Attributes(), run.want.Owned)
	switch {
	case err != nil:
		return err
	case !flex.IsSID(string(w.SID), "WK"), sid != "" && w.SID != sid, w.FriendlyName != run.want.Person.UserName, differs:
		return &flex.Error{Op: "write worker", Kind: flex.Uncertain, Err: errors.New("the answer is a success and the Worker is not as written")}
	}
	r.see(run, w)
	run.link.Owned = owned(run.want)
	return nil
}
