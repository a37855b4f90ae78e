package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
)

// saveTimeout limits the time that a run may take to save its result after its
// context was cancelled.
const saveTimeout = 5 * time.Second

// save saves the result of a run in one transaction. If the person is Settled or
// Parked and was not touched during the run, the transaction also completes the
// job. If the run ended with an error, the argument err is that error; if not, the
// outcome is in the state.
func (r *Reconciler) save(ctx context.Context, s state, err error) (Outcome, error) {
	if errors.Is(err, ErrLost) {
		return Outcome{}, r.saveEffects(ctx, s, err)
	}
	s.refusal = flex.RequestID(err)
	out, err := s.conclude(err, r.now())
	if ctx.Err() != nil {
		if len(s.effects) == 0 && s.lostAnswers == 0 {
			return Outcome{}, err // the run was stopped before it changed anything
		}
		out.After = 0
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
		defer cancel()
	}
	stuck := ""
	if out.Stuck && !r.wasStuck(ctx, s, out.Reason) {
		stuck = out.Reason
	}
	failed := r.saveOutcome(ctx, s, &out, stuck)
	if errors.Is(failed, ErrLost) {
		return Outcome{}, r.saveEffects(ctx, s, failed)
	}
	if failed != nil {
		return Outcome{}, fmt.Errorf("save person: %w", failed)
	}
	r.logRun(ctx, s, stuck)
	return out, err
}

// saveOutcome saves the outcome, and the audit entries of the run, in one
// transaction. It sets out.Again if the store has a newer generation.
func (r *Reconciler) saveOutcome(ctx context.Context, s state, out *Outcome, stuck string) error {
	return r.store.Write(ctx, s.person.Key.Write(), func(tx *store.Tx) error {
		desired, err := tx.SaveOutcome(ctx, s.person.Key, s.stored(*out, r.now()))
		if err != nil {
			return err
		}
		if err := r.audit(ctx, tx, s, stuck); err != nil {
			return err
		}
		out.Again = desired != s.person.Desired
		done := out.State == store.Settled || out.State == store.Parked
		return s.finish(tx, done && !out.Again)
	})
}

// logRun logs what the run did in Flex. If the argument stuck is not "", it is the
// reason why an operator must act, and is logged, too.
func (r *Reconciler) logRun(ctx context.Context, s state, stuck string) {
	if stuck != "" {
		r.log.Warn("an operator must act", append(logfield.From(ctx), logfield.Person(s.want.Mark), logfield.Reason(stuck),
			logfield.TwilioRequest(s.refusal))...)
	}
	for _, e := range s.effects {
		r.log.Info(messages[e.action], append(logfield.From(ctx), logfield.Person(s.want.Mark), logfield.Worker(string(e.worker)),
			logfield.TwilioRequest(e.request))...)
	}
}

// saveEffects ends a run whose job another run now has. The other run saves the
// state, the link and the leaver record. saveEffects only adds an audit entry for
// each change that this run made in Flex. It returns the argument cause.
func (r *Reconciler) saveEffects(ctx context.Context, s state, cause error) error {
	if len(s.effects) == 0 {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	err := r.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return r.audit(ctx, tx, s, "") })
	return errors.Join(cause, err)
}

// saveProgress saves the state in the middle of a run, before a step that the state
// must survive. It returns ErrLost if another run now has the job.
func (r *Reconciler) saveProgress(ctx context.Context, s state) error {
	o := s.stored(Outcome{State: store.Pending}, r.now())
	o.Generation = s.person.Observed // this save does not increase the observed generation
	return r.store.Write(ctx, s.person.Key.Write(), func(tx *store.Tx) error {
		if _, err := tx.SaveOutcome(ctx, s.person.Key, o); err != nil {
			return err
		}
		return s.finish(tx, false)
	})
}

// stored returns the parts of the state that the store saves.
func (s state) stored(out Outcome, now time.Time) store.Outcome {
	o := store.Outcome{Generation: s.person.Desired, State: out.State, Reason: out.Reason, Memory: s.memory}
	switch s.worker {
	case linked:
		o.Link = &s.link
	case lost:
		o.Link = &store.Link{Worker: lostWorker, FriendlyName: s.link.FriendlyName, Created: s.link.Created}
	case never, possible:
	}
	if s.leaver.Stage() != leaver.None {
		o.Leaver = &s.leaver
	}
	if out.After > 0 {
		o.Next = now.Add(out.After)
	}
	return o
}

// wasStuck reports whether the audit log already says that the person was parked for
// this reason.
func (r *Reconciler) wasStuck(ctx context.Context, s state, reason string) bool {
	entries, err := r.store.AuditEntries(ctx, s.person.Key.Connection, string(s.person.Key.User), 100)
	return err == nil && slices.ContainsFunc(entries, func(e audit.Entry) bool {
		return e.Action == audit.PersonParked && e.Detail["why"] == reason
	})
}

// audit adds an entry to the audit log for each effect. If the argument stuck is
// not "", it is the reason why an operator must act, and gets an entry, too.
func (r *Reconciler) audit(ctx context.Context, tx *store.Tx, s state, stuck string) error {
	for _, e := range s.effects {
		detail := map[string]string{"user": string(s.person.Key.User), "why": e.why, "backend": r.backend}
		if e.request != "" {
			detail["twilio_request"] = e.request
		}
		if len(e.keys) > 0 {
			detail["keys"] = strings.Join(e.keys, " ")
		}
		if e.roles.Before != nil || e.roles.After != nil {
			detail["roles_before"], detail["roles_after"] = strings.Join(e.roles.Before, " "), strings.Join(e.roles.After, " ")
		}
		if err := tx.Audit(ctx, s.entry(e.at, e.action, string(e.worker), detail)); err != nil {
			return err
		}
	}
	if stuck == "" {
		return nil
	}
	detail := map[string]string{"why": stuck}
	if s.refusal != "" {
		detail["twilio_request"] = s.refusal
	}
	return tx.Audit(ctx, s.entry(time.Time{}, audit.PersonParked, string(s.person.Key.User), detail))
}

func (s state) entry(at time.Time, a audit.Action, subject string, detail map[string]string) audit.Entry {
	return audit.Entry{
		Connection: string(s.person.Key.Connection), At: at, Actor: "flexscim", Action: a,
		Subject: subject, Request: s.person.Request, Detail: detail,
	}
}

// messages contains the log message for each kind of change in Flex.
var messages = map[audit.Action]string{
	audit.WorkerCreated:  "worker created",
	audit.WorkerAdopted:  "worker adopted",
	audit.WorkerOffline:  "worker offline",
	audit.WorkEnded:      "worker's work ended",
	audit.WorkerDeleted:  "worker deleted",
	audit.WorkerVerified: "worker verified absent",
	audit.WorkerUpdated:  "worker updated",
}
