package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// answer is the result of a step.
type answer struct {
	worker flex.Worker // the Worker that Twilio returned after the write
	sent   time.Time
	denied bool // another Worker has the name
	busy   bool // at the deadline, the Worker has live work that Twilio did not count
	err    error
}

// take takes one step.
func (r *Reconciler) take(ctx context.Context, s state, step plan.Step) (a answer) {
	a.sent = r.now()
	switch step.Verb {
	case plan.Create:
		a.worker, a.err = r.create(ctx, s, step.Draft)
		a.checkName()
		a.check(s.want, "")
	case plan.Adopt, plan.Update, plan.Rename:
		a.worker, a.err = r.flex.Update(ctx, *s.have.Worker, step.Change)
		a.checkName()
		a.check(s.want, s.have.Worker.SID)
	case plan.GiveWay:
		a.worker, a.err = r.flex.Update(ctx, *s.have.Worker, step.Change)
	case plan.StopRouting, plan.TakeOffline:
		a.worker, a.err = r.stop(ctx, *s.have.Worker)
	case plan.SetChannel:
		a.err = r.flex.SetChannel(ctx, step.Worker, step.Channel)
	case plan.EndWork: // this does not delete the conversation with the customer
		a.err = r.flex.EndReservation(ctx, step.Worker, step.Work)
	case plan.Delete:
		a.busy, a.err = r.remove(ctx, s)
	case plan.Verify:
		a.err = r.verify(ctx, s, step.Worker)
	case plan.Wait, plan.Report: // the run is over
	}
	return a
}

// stop puts the Worker offline, so that TaskRouter gives it no more Tasks.
func (r *Reconciler) stop(ctx context.Context, have flex.Worker) (flex.Worker, error) {
	w, err := r.flex.StopRouting(ctx, have)
	if err == nil && (w.SID != have.SID || w.Available) {
		err = uncertain("stop routing", "the answer is a success and the Worker still takes tasks")
	}
	return w, err
}

// remove deletes the Worker. It saves the memory of the Worker first, so that the
// person gets this memory back even if this process crashes. It returns true when
// Twilio refuses the deletion at the deadline for the first time, so that the next
// observation looks for the live work that keeps the Worker busy.
func (r *Reconciler) remove(ctx context.Context, s state) (busy bool, err error) {
	if s.memory != nil {
		if err := r.saveProgress(ctx, s); err != nil {
			return false, err
		}
	}
	err = r.flex.Delete(ctx, *s.have.Worker)
	if flex.KindOf(err) == flex.Busy && s.leaver.Overdue(r.now()) && !s.busy {
		return true, nil
	}
	return false, err
}

// verify checks that Twilio returns 404 for the Worker. For a new Worker, which a fetch
// may never have shown, it checks by a write.
func (r *Reconciler) verify(ctx context.Context, s state, sid flex.WorkerSID) error {
	_, err := r.flex.Get(ctx, sid)
	if flex.KindOf(err) == flex.Gone && s.isFresh(r.now()) {
		if _, err = r.flex.Probe(ctx, sid); flex.KindOf(err) == flex.Refused {
			return nil
		}
	}
	switch {
	case err == nil:
		return uncertain("delete worker", "the answer is a success and the Worker is still there")
	case flex.KindOf(err) == flex.Gone:
		return nil
	}
	return err
}

// create creates the Worker. It saves the Worker's name first, so that a later run
// finds the Worker even if this process crashes and the IdP then renames the person.
func (r *Reconciler) create(ctx context.Context, s state, d flex.Draft) (flex.Worker, error) {
	s.worker, s.link = lost, store.Link{FriendlyName: d.FriendlyName, Created: r.now()}
	if err := r.saveProgress(ctx, s); err != nil {
		return flex.Worker{}, err
	}
	return r.flex.Create(ctx, d)
}

// checkName handles Twilio's error that another Worker has the name. The step has
// not failed in this case: checkName clears the error and sets the field denied, so
// that the run looks for the other Worker.
func (a *answer) checkName() {
	if flex.KindOf(a.err) == flex.Taken {
		a.denied, a.err = true, nil
	}
}

// check compares the Worker that Twilio returned with the wanted Worker. If Twilio
// reported success but did not write what we sent, the method check sets the error.
// The argument sid is "" for a new Worker.
func (a *answer) check(want plan.Want, sid flex.WorkerSID) {
	if a.err != nil || a.denied {
		return
	}
	w := a.worker
	_, differs, err := flex.Merge(w.Attributes, want.Attributes(), want.Owned)
	switch {
	case err != nil:
		a.err = err
	case !flex.IsSID(string(w.SID), "WK"), sid != "" && w.SID != sid, !w.ShowsName(want.Person.UserName), differs:
		a.err = uncertain("write worker", "the answer is a success and the Worker is not as written")
	}
}

func uncertain(op, text string) error {
	return &flex.Error{Op: op, Kind: flex.Uncertain, Err: errors.New(text)}
}
