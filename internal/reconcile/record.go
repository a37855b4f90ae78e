package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
)

// recordTimeout is how long a run that is being stopped may still write down
// what it did.
const recordTimeout = 5 * time.Second

// record writes what a run came to in one transaction, and finishes the job in
// it if the person is done and nothing newer came.
func (r *Reconciler) record(ctx context.Context, run *run, res result) (Outcome, error) {
	if errors.Is(res.err, ErrLost) {
		return Outcome{}, r.lost(ctx, run, res.err)
	}
	if ctx.Err() != nil {
		if len(run.effects) == 0 && run.uncertain == 0 {
			return Outcome{}, res.err // being stopped before anything happened
		}
		res.After = 0
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
		defer cancel()
	}
	out := res.Outcome
	err := r.store.Write(ctx, store.Key(run.in.Key.User), func(tx *store.Tx) error {
		desired, err := tx.SaveOutcome(ctx, run.in.Key, r.outcome(run, out))
		if err != nil {
			return err
		}
		if err := r.audit(ctx, tx, run, out); err != nil {
			return err
		}
		out.Again = desired != run.in.Desired
		done := out.State == store.Settled || out.State == store.Parked
		return run.finish(tx, done && !out.Again)
	})
	if errors.Is(err, ErrLost) {
		return Outcome{}, r.lost(ctx, run, err)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("record person: %w", err)
	}
	for _, e := range run.effects {
		r.log.Info(message(e.action), append(logfield.From(ctx), logfield.Person(run.want.Mark), logfield.Worker(string(e.worker)))...)
	}
	return out, res.err
}

// lost is a run whose person another one has by now: the state, the link and
// the leaver's times are the other's to write. What this run did in Flex is
// true all the same, and goes into the audit log.
func (r *Reconciler) lost(ctx context.Context, run *run, cause error) error {
	if len(run.effects) == 0 {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := r.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return r.audit(ctx, tx, run, Outcome{}) })
	return errors.Join(cause, err)
}

// intend writes down the name of a Worker that is about to be made, unless the
// person is another run's by now.
func (r *Reconciler) intend(ctx context.Context, run *run, name string) error {
	run.lostName = name
	o := r.outcome(run, Outcome{State: store.Pending})
	o.Generation = run.in.Observed // nothing was brought about
	return r.store.Write(ctx, store.Key(run.in.Key.User), func(tx *store.Tx) error {
		if _, err := tx.SaveOutcome(ctx, run.in.Key, o); err != nil {
			return err
		}
		return run.finish(tx, false)
	})
}

// outcome is what the store keeps.
func (r *Reconciler) outcome(run *run, out Outcome) store.Outcome {
	link := run.link
	if link == nil && run.lostName != "" {
		link = &store.Link{Worker: lost, FriendlyName: run.lostName}
	}
	o := store.Outcome{
		Generation: run.in.Desired, State: out.State, Reason: out.Reason,
		Link: link, Memory: run.memory, Leaver: run.leaver,
	}
	if out.After > 0 {
		o.Next = r.now().Add(out.After)
	}
	return o
}

// audit writes an entry for each effect, and one for a person who needs help.
func (r *Reconciler) audit(ctx context.Context, tx *store.Tx, run *run, out Outcome) error {
	for _, e := range run.effects {
		detail := map[string]string{"user": string(run.in.Key.User), "why": e.why, "backend": r.backend}
		if len(e.keys) > 0 {
			detail["keys"] = strings.Join(e.keys, " ")
		}
		if err := tx.Audit(ctx, entry(run, e.at, e.action, string(e.worker), detail)); err != nil {
			return err
		}
	}
	if out.State != store.Parked || run.in.State == store.Parked && run.in.Reason == out.Reason {
		return nil
	}
	return tx.Audit(ctx, entry(run, time.Time{}, audit.PersonParked, string(run.in.Key.User), map[string]string{"why": out.Reason}))
}

func entry(run *run, at time.Time, a audit.Action, subject string, detail map[string]string) audit.Entry {
	return audit.Entry{
		Connection: string(run.in.Key.Connection), At: at, Actor: "flexscim", Action: a,
		Subject: subject, Request: run.in.Request, Detail: detail,
	}
}

// message is the log's line for an effect.
func message(a audit.Action) string {
	switch a {
	case audit.WorkerCreated:
		return "worker created"
	case audit.WorkerAdopted:
		return "worker adopted"
	case audit.WorkerOffline:
		return "worker offline"
	case audit.WorkEnded:
		return "worker's work ended"
	case audit.WorkerDeleted:
		return "worker deleted"
	case audit.WorkerVerified:
		return "worker verified absent"
	default:
		return "worker updated"
	}
}
