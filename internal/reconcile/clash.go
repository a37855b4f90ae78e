package reconcile

import (
	"context"
	"strings"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// clash is a rename to a name that another Worker has. Where that Worker is a
// person's who gives the name up, we wait. Two people who swap their names
// would wait for ever: so whoever has a name that somebody else needs gives
// it up first, for a name in between.
func (r *Reconciler) clash(ctx context.Context, run *run, have flex.Worker) (Outcome, error) {
	parked := Outcome{State: store.Parked, Reason: "the Worker cannot be renamed: another Worker has the new name, and it is not going"}
	others, err := r.others(ctx, run, have.SID)
	if err != nil {
		return Outcome{}, err
	}
	if len(others) == 0 && !run.clashed {
		run.clashed = true // it went just now, or Twilio hides it: try once more
		return Outcome{}, &flex.Error{Op: "rename worker", Kind: flex.Conflict}
	}
	if len(others) == 0 {
		return parked, nil
	}
	for _, w := range others {
		switch holder, err := r.holder(ctx, run, w); {
		case err != nil:
			return Outcome{}, err
		case holder != plan.Leaves:
			return parked, nil
		}
	}
	if err := r.giveWay(ctx, run, have); err != nil {
		return Outcome{}, err
	}
	return Outcome{State: store.Waiting, After: pollHolder, Reason: "another person's Worker has the new name, and is going"}, nil
}

// others are the Workers that have the person's name, beside their own. Each
// is read: the list may be older than a rename.
func (r *Reconciler) others(ctx context.Context, run *run, own flex.WorkerSID) (others []flex.Worker, err error) {
	found, err := r.find(ctx, run.want.Name)
	for _, w := range found {
		if w.SID == own {
			continue
		}
		w, err := r.flex.Get(ctx, w.SID)
		switch {
		case flex.KindOf(err) == flex.Gone:
		case err != nil:
			return nil, err
		case strings.EqualFold(w.FriendlyName, run.want.Name):
			others = append(others, w)
		}
	}
	return others, err
}

// giveWay frees the Worker's name for somebody else who needs it.
func (r *Reconciler) giveWay(ctx context.Context, run *run, have flex.Worker) error {
	persons, err := r.store.FindPeople(ctx, have.FriendlyName)
	if err != nil {
		return err
	}
	for _, p := range persons {
		if p.Deleted || p.Key == run.in.Key || string(p.Key.User) == have.FriendlyName {
			continue
		}
		w, err := r.flex.Update(ctx, have, flex.Change{FriendlyName: between(run.in.Key)})
		if err != nil {
			return err
		}
		r.see(run, w)
		r.did(run, audit.WorkerUpdated, w.SID, plan.Step{Why: "somebody else needs the old name; the new one is not free yet"})
		return nil
	}
	return nil
}

// between is a name that nobody else can have, for the time between two.
func between(key store.PersonKey) string { return "flexscim-" + string(key.User) }
