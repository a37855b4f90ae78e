package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/scim"
)

// How often we look: at a leaver's live work, and at a name that another
// person is giving up.
const (
	pollFirst  = time.Second
	pollLast   = 15 * time.Second
	pollHolder = 3 * time.Second
)

// removing says whether a removal is under way.
func removing(l *leaver.Record) bool {
	return l != nil && l.Verified.IsZero() && l.Cancelled.IsZero()
}

// requestRemoval opens the record of a removal, unless one is open. The
// deadline counts from the IdP's request, however long Twilio was away since:
// who comes too late for it still takes the Worker out of the routing first.
func (r *Reconciler) requestRemoval(run *run, worker flex.WorkerSID) {
	if !removing(run.leaver) || run.leaver.Worker != worker {
		asked := r.asked(run)
		run.leaver = &leaver.Record{
			ID: string(scim.NewID()), Worker: worker, UserName: run.want.Name,
			Requested: asked, Deadline: asked.Add(run.policy.Drain),
		}
	}
	// A walk-out that came later, a shorter drain, a clock that was put back.
	latest := r.now().Add(run.policy.Drain)
	if walkOut(run.in.User) {
		latest = run.leaver.Requested
	}
	if run.leaver.Deadline.After(latest) {
		run.leaver.Deadline = latest
	}
}

// asked is when the IdP asked for the removal: its last word on the person.
// Where that was about a removal which is over, or the rules are what changed,
// it is now: a Worker came back by itself.
func (r *Reconciler) asked(run *run) time.Time {
	now, last := r.now(), run.in.User.Meta.LastModified
	left := run.in.Deleted || !run.in.User.Doc.Active()
	back := run.in.Leaver != nil && run.in.Link == nil
	over := run.leaver != nil && !last.After(run.leaver.Requested)
	if !left || back || over || last.After(now) {
		return now
	}
	return last
}

// cancelRemoval closes the record of a removal whose person came back before
// the end. The Worker stays offline: going online is the agent's to do.
func (r *Reconciler) cancelRemoval(run *run) {
	if removing(run.leaver) && run.leaver.Removed.IsZero() {
		run.leaver.Cancelled = r.now()
	}
}

// stop takes the Worker out of the routing.
func (r *Reconciler) stop(ctx context.Context, run *run, have flex.Worker, s plan.Step) error {
	w, err := r.flex.StopRouting(ctx, have)
	if err != nil {
		return err
	}
	if w.SID != have.SID || w.Available {
		return &flex.Error{Op: "stop routing", Kind: flex.Uncertain, Err: errors.New("the answer is a success and the Worker still takes tasks")}
	}
	adopted := run.link == nil && flex.Owner(have.Attributes) != run.want.Mark
	r.see(run, w)
	run.link.Adopted = run.link.Adopted || adopted
	r.requestRemoval(run, w.SID)
	if run.leaver.Offline.IsZero() {
		run.leaver.Offline = r.now()
	}
	run.fresh = &w
	r.did(run, audit.WorkerOffline, w.SID, s)
	return nil
}

// end ends one piece of live work; no customer's conversation is deleted.
func (r *Reconciler) end(ctx context.Context, run *run, s plan.Step) error {
	if err := r.flex.EndReservation(ctx, s.Worker, s.Work); err != nil {
		return err
	}
	run.leaver.Ended++
	run.fresh, run.busy = nil, false
	r.did(run, audit.WorkEnded, s.Worker, s)
	return nil
}

// remove deletes the Worker. Busy is not a failure: before the deadline it
// means to wait, at the deadline to look for what keeps it busy.
func (r *Reconciler) remove(ctx context.Context, run *run, have flex.Worker, s plan.Step) (Outcome, bool, error) {
	if run.leaver.Drained.IsZero() {
		run.leaver.Drained = r.now()
	}
	err := r.flex.Delete(ctx, have)
	if flex.KindOf(err) == flex.Busy {
		run.leaver.Drained = time.Time{}
		if overdue := !r.now().Before(run.leaver.Deadline); overdue && !run.busy {
			run.busy = true
			return Outcome{}, false, &flex.Error{Op: "delete worker", Kind: flex.Conflict, Err: err}
		}
		return Outcome{}, false, err
	}
	if err != nil {
		return Outcome{}, false, err
	}
	r.removed(run)
	r.did(run, audit.WorkerDeleted, have.SID, s)
	return Outcome{}, false, nil
}

func (r *Reconciler) removed(run *run) {
	if removing(run.leaver) && run.leaver.Removed.IsZero() {
		run.leaver.Removed = r.now()
	}
}

// absent closes the record of a removal that somebody else has done.
func (r *Reconciler) absent(run *run) {
	r.removed(run)
	r.verified(run, plan.Step{Why: "the Worker was gone already"})
}

// verify reads the Worker back as absent.
func (r *Reconciler) verify(ctx context.Context, run *run, s plan.Step) error {
	_, err := r.flex.Get(ctx, s.Worker)
	switch {
	case flex.KindOf(err) == flex.Gone:
		r.verified(run, s)
		run.link = nil
		return nil
	case err != nil:
		return err
	}
	return &flex.Error{Op: "delete worker", Kind: flex.Uncertain, Err: errors.New("the answer is a success and the Worker is still there")}
}

func (r *Reconciler) verified(run *run, s plan.Step) {
	if removing(run.leaver) {
		run.leaver.Verified = r.now()
		r.did(run, audit.WorkerVerified, run.leaver.Worker, s)
	}
}

// poll is the pause until the next look: short at first, never past the
// deadline.
func (r *Reconciler) poll(run *run) time.Duration {
	if !run.want.Person.IsNobody() || run.leaver == nil {
		return pollHolder
	}
	now := r.now()
	pause := min(max(now.Sub(run.leaver.Offline)/4, pollFirst), pollLast)
	if left := run.leaver.Deadline.Sub(now); left > 0 {
		pause = min(pause, left)
	}
	return pause
}
