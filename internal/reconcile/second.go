package reconcile

import (
	"context"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

const (
	secondWhy  = "the person has another Worker"
	secondBusy = "the Worker is the second one of a person; it gets no work, and is deleted by a sweep once its work has ended"
	secondOdd  = "the Worker is the second one of a person; delete the one that is not used"
)

// second is a Worker that has the mark of a person who is linked to a different
// Worker.
type second struct {
	person store.PersonKey
	worker flex.WorkerSID
}

// second removes a person's second Worker. The Worker leaves the routing, and the
// first sweep that finds it without work deletes it. If the linked Worker is gone,
// the person is linked to the second one instead.
func (s *sweep) second(ctx context.Context, each second) error {
	s.sum.Second++
	r, key, sid := s.r, each.person, each.worker
	p, err := r.store.Person(ctx, key)
	if err != nil {
		return err
	}
	w, err := r.flex.Get(ctx, sid)
	if flex.KindOf(err) == flex.Gone {
		return nil // the list is behind
	}
	if err != nil {
		return err
	}
	want, _ := r.translate(p, r.policy(key.Connection))
	if workerStateOf(p) != linked || p.Link.Worker == sid || flex.Owner(w.Attributes) != want.Mark {
		return nil // something has changed; the next sweep checks again
	}
	if !want.Person.IsNobody() {
		if p.Observed != p.Desired {
			return nil // a run may be changing the link
		}
		if keep, err := s.keepSecond(ctx, p, w, want.Mark); keep || err != nil {
			return err
		}
	}
	return s.dropSecond(ctx, p, w, urgency(want))
}

// dropSecond removes the second Worker of a person, or reports that it still has
// work.
func (s *sweep) dropSecond(ctx context.Context, p store.Person, second flex.Worker, u store.Urgency) error {
	r := s.r
	st, done, err := r.removeSecond(ctx, state{person: p}, second)
	if !done && err == nil {
		s.orphan(second, secondBusy)
	}
	if err = r.saveEffects(ctx, st, err); err == nil && done && p.State == store.Parked {
		return r.touch(ctx, p.Key, u) // the person may be parked because the second Worker had the name
	}
	return err
}

// keepSecond returns false if the linked Worker exists and has the person's mark.
// Otherwise it keeps the second Worker and returns true. If the linked Worker is
// gone, it links the person to the second one. If a fetch does not find the linked
// Worker, but this Worker is new or a list shows it, the next sweep decides.
func (s *sweep) keepSecond(ctx context.Context, p store.Person, second flex.Worker, mark string) (keep bool, err error) {
	r := s.r
	first, err := r.flex.Get(ctx, p.Link.Worker)
	gone := flex.KindOf(err) == flex.Gone
	_, listed := s.seen[sidKey(p.Link.Worker)]
	switch {
	case gone && (listed || r.now().Sub(p.Link.Created) < settling):
		return true, nil
	case gone:
		return true, r.relink(ctx, p, second)
	case err != nil:
		return true, err
	case flex.Owner(first.Attributes) != mark:
		s.orphan(second, secondOdd)
		return true, nil
	}
	return false, nil
}

// removeSecond takes a Worker out of the routing and, if it has no work, deletes
// it and reads back that it is gone.
func (r *Reconciler) removeSecond(ctx context.Context, st state, w flex.Worker) (_ state, done bool, err error) {
	did := func(action audit.Action) { st = st.did(action, w.SID, plan.Step{Why: secondWhy}, r.now()) }
	stopped, err := r.flex.StopRouting(ctx, w)
	if err != nil {
		return st, false, ignoreBusy(err)
	}
	if w.Available {
		did(audit.WorkerOffline)
	}
	channels, work, err := r.workOf(ctx, w.SID, false)
	if err != nil || assigned(channels) > 0 || len(work) > 0 {
		return st, false, ignoreBusy(err)
	}
	if err = r.flex.Delete(ctx, stopped); err != nil {
		return st, false, ignoreBusy(err)
	}
	did(audit.WorkerDeleted)
	if _, err = r.flex.Get(ctx, w.SID); flex.KindOf(err) == flex.Gone {
		did(audit.WorkerVerified)
		return st, true, nil
	}
	return st, false, err
}

// ignoreBusy returns nil for an error after which the next sweep tries the Worker
// again.
func ignoreBusy(err error) error {
	switch flex.KindOf(err) {
	case flex.Busy, flex.Gone, flex.Conflict, flex.Refused, flex.Uncertain:
		return nil
	default:
		return err
	}
}
