package reconcile

import (
	"context"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/plan"
)

// observe finds the person's Worker: by the SID that we know, else by name.
func (r *Reconciler) observe(ctx context.Context, run *run) (plan.Have, error) {
	have, err := r.linked(ctx, run)
	if err == nil && have.Worker == nil {
		have, err = r.named(ctx, run)
	}
	if err != nil || have.Worker == nil {
		return have, err
	}
	if run.link == nil && removing(run.leaver) && run.leaver.Worker != have.Worker.SID {
		r.absent(run)
	}
	if have.Holder, err = r.holder(ctx, run, *have.Worker); err != nil {
		return plan.Have{}, err
	}
	if run.want.Person.IsNobody() {
		err = r.work(ctx, run, &have)
	}
	return have, err
}

// linked reads the Worker that the store links. One that is gone is not a
// failure: somebody deleted it, and Flex may have made another at a login.
func (r *Reconciler) linked(ctx context.Context, run *run) (plan.Have, error) {
	if run.link == nil {
		return plan.Have{}, nil
	}
	have := plan.Have{Linked: true, Names: []string{run.link.FriendlyName}, Worker: run.fresh}
	if have.Worker == nil {
		w, err := r.flex.Get(ctx, run.link.Worker)
		if flex.KindOf(err) == flex.Gone {
			r.vanished(run)
			return plan.Have{}, nil
		}
		if err != nil {
			return plan.Have{}, err
		}
		have.Worker = &w
	}
	return have, nil
}

// vanished takes note that the linked Worker reads back as absent. It is looked
// for under its names, the last one too, before another one is made or a
// removal is called done: a 404 may be Twilio's mistake.
func (r *Reconciler) vanished(run *run) {
	run.lostName = run.link.FriendlyName
	run.link, run.look, run.want.Owned = nil, true, nil
}

// named looks the person's name up.
func (r *Reconciler) named(ctx context.Context, run *run) (plan.Have, error) {
	if !run.want.Person.IsNobody() && !run.look && !run.taken {
		return plan.Have{}, nil // create tells
	}
	if have, err := r.lostOne(ctx, run); have.Worker != nil || err != nil {
		return have, err
	}
	same, err := r.find(ctx, run.want.Name)
	if err != nil {
		return plan.Have{}, err
	}
	run.lostName = ""
	if len(same) == 0 {
		if run.taken && !run.clashed {
			run.clashed, run.taken = true, false // it went just now, or Twilio hides it: create once more
		}
		return plan.Have{Hidden: run.taken}, nil
	}
	w, err := r.listed(ctx, run, same[0].SID)
	if err != nil {
		return plan.Have{}, err
	}
	return plan.Have{Worker: &w, Several: len(same) > 1}, nil
}

// listed reads a Worker that was found by name: the list may lack attributes,
// has no ETag, and may be older than a rename.
func (r *Reconciler) listed(ctx context.Context, run *run, sid flex.WorkerSID) (flex.Worker, error) {
	w, err := r.flex.Get(ctx, sid)
	if err == nil && !strings.EqualFold(w.FriendlyName, run.want.Name) {
		run.taken = false
		err = &flex.Error{Op: "find worker", Kind: flex.Conflict}
	}
	return w, err
}

// lostOne looks for a Worker that we may have made under a name that the
// person has no more. Only our mark counts.
func (r *Reconciler) lostOne(ctx context.Context, run *run) (plan.Have, error) {
	if run.lostName == "" || strings.EqualFold(run.lostName, run.want.Name) {
		return plan.Have{}, nil
	}
	same, err := r.find(ctx, run.lostName)
	if err != nil {
		return plan.Have{}, err
	}
	for _, w := range same {
		if w, err = r.flex.Get(ctx, w.SID); err != nil {
			return plan.Have{}, err
		}
		if flex.Owner(w.Attributes) == run.want.Mark {
			return plan.Have{Worker: &w, Linked: true, Names: []string{run.lostName}}, nil
		}
	}
	return plan.Have{}, nil
}

// find lists the Workers of a name, in any case.
func (r *Reconciler) find(ctx context.Context, name string) ([]flex.Worker, error) {
	found, err := r.flex.Find(ctx, name)
	return slices.DeleteFunc(found, func(w flex.Worker) bool { return !strings.EqualFold(w.FriendlyName, name) }), err
}

// work asks for a leaver's live work, once routing was stopped.
func (r *Reconciler) work(ctx context.Context, run *run, have *plan.Have) (err error) {
	l := run.leaver
	if !removing(l) || l.Worker != have.Worker.SID || l.Offline.IsZero() || have.Worker.Available {
		return nil
	}
	have.Stopped = true
	have.Overdue = !r.now().Before(l.Deadline)
	if have.Live, err = r.flex.AssignedTasks(ctx, have.Worker.SID); err != nil {
		return err
	}
	if run.stoppedNow() {
		l.LiveAtStop = have.Live
	}
	if run.busy {
		have.Live = max(have.Live, 1) // Twilio knows of something that it does not count
	}
	if have.Live > 0 && have.Overdue {
		have.Work, err = r.flex.LiveReservations(ctx, have.Worker.SID)
	}
	return err
}

// stoppedNow says that this run took the Worker out of the routing and did
// nothing since.
func (run *run) stoppedNow() bool {
	n := len(run.effects)
	return n > 0 && run.effects[n-1].action == audit.WorkerOffline
}
