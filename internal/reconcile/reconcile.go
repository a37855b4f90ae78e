package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// Flex contains the calls to Twilio that runs and sweeps make. The two back ends of
// flex/flexhttp, for TaskRouter and Flex Users, implement it and document the
// methods.
type Flex interface {
	Get(ctx context.Context, sid flex.WorkerSID) (flex.Worker, error)
	Probe(ctx context.Context, sid flex.WorkerSID) (flex.Worker, error)
	Find(ctx context.Context, name string) ([]flex.Worker, error)
	Create(ctx context.Context, d flex.Draft) (flex.Worker, error)
	Update(ctx context.Context, have flex.Worker, ch flex.Change) (flex.Worker, error)
	StopRouting(ctx context.Context, have flex.Worker) (flex.Worker, error)
	Channels(ctx context.Context, sid flex.WorkerSID) ([]flex.Channel, error)
	SetChannel(ctx context.Context, sid flex.WorkerSID, want flex.Channel) error
	LiveReservations(ctx context.Context, sid flex.WorkerSID) ([]flex.Reservation, error)
	EndReservation(ctx context.Context, sid flex.WorkerSID, r flex.Reservation) error
	Delete(ctx context.Context, have flex.Worker) error
	Workers(ctx context.Context) iter.Seq2[flex.Worker, error]
}

// Config configures a Reconciler.
type Config struct {
	Store   *store.Store
	Flex    Flex
	Policy  func(store.ConnectionID) Policy // called in every run; if nil, runs use the zero Policy
	Backend string                          // the back end's name, for the audit log: "taskrouter"
	Clock   func() time.Time                // nil: time.Now
	Log     *zap.Logger                     // nil: no log
}

// Policy contains the settings of one connection for its people. With the zero
// Policy, the default rules apply, a leaver's live work is ended at once, and no
// Worker is adopted.
type Policy struct {
	Rules      *mapping.Rules // nil: mapping.Default
	Drain      time.Duration  // how long a leaver's live work may continue; 0: it ends immediately
	AdoptExact bool           // adopt an unmarked Worker whose name is exactly the userName
}

// Reconciler makes Flex match the store. It is safe for concurrent runs of different
// people; each person must have only one run at a time.
type Reconciler struct {
	store   *store.Store
	flex    Flex
	policy  func(store.ConnectionID) Policy
	rules   *mapping.Rules // used if a Policy has no rules
	backend string
	swept   atomic.Pointer[swept] // by the last sweep; nil: no sweep yet
	seed    maphash.Seed
	clock   func() time.Time
	log     *zap.Logger
}

// New returns a Reconciler. It does not call Twilio.
func New(c Config) *Reconciler {
	r := &Reconciler{
		store: c.Store, flex: c.Flex, policy: c.Policy, rules: mapping.Default(),
		backend: c.Backend, clock: c.Clock, log: cmp.Or(c.Log, zap.NewNop()), seed: maphash.MakeSeed(),
	}
	if r.policy == nil {
		r.policy = func(store.ConnectionID) Policy { return Policy{} }
	}
	if r.clock == nil {
		r.clock = time.Now
	}
	return r
}

// These constants limit the rounds of one run and its writes without a response. A
// leaver needs three rounds; the other five are for concurrent writes by other
// programs, and for lost responses.
const (
	maxRounds      = 8
	maxLostAnswers = 3
)

// Finish is a function of the caller, which Reconcile calls in each transaction
// that saves the person. Finish returns ErrLost if another run now has the person's
// job. The argument done is true if the person is Settled or Parked and was not
// touched during the run; Finish then completes the job.
type Finish = func(tx *store.Tx, done bool) error

// ErrLost says that another run now has the person's job. This run must not save its
// state, which may be older than the state that the other run saves.
var ErrLost = errors.New("another run has taken the person over")

// Reconcile makes one person in Flex match the last values that the IdP sent. It
// calls finish inside every transaction that saves the person. The argument finish
// may be nil if no other run of the person can exist.
//
// If a call to Twilio failed, Reconcile saves the person as Retrying and returns the
// error with its flex.Kind. It also returns the errors of the store. If the error is
// ErrLost, Reconcile has saved only the audit entries for the changes in Flex.
func (r *Reconciler) Reconcile(ctx context.Context, key store.PersonKey, finish Finish) (Outcome, error) {
	if finish == nil {
		finish = func(*store.Tx, bool) error { return nil }
	}
	s, err := r.load(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return Outcome{State: store.Settled}, r.forget(ctx, finish)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("load person: %w", err)
	}
	if s.want.Person.IsNobody() {
		ctx = flex.WithPriority(ctx, flex.Leaver)
	}
	s.finish = finish
	s, err = r.rounds(ctx, s)
	return r.save(ctx, s, err)
}

// rounds observes, plans and acts until the state has an outcome.
func (r *Reconciler) rounds(ctx context.Context, s state) (_ state, err error) {
	for range maxRounds {
		before := s
		reads, requests := flex.WithRequests(ctx)
		var o observation
		o, err = r.observe(reads, s)
		if s = s.observed(o, r.now()); err == nil {
			s, err = r.act(ctx, s, plan.Make(s.want, s.have))
		}
		s = s.requested(before, requests)
		if err == nil && s.out.State != "" {
			return s, nil
		}
		if err != nil {
			var again bool
			if s, again = s.failed(err); !again {
				return s, err
			}
		}
	}
	if err == nil {
		err = &flex.Error{Op: "reconcile", Kind: flex.Conflict, Err: errors.New("somebody else keeps changing the Worker")}
	}
	return s, err
}

// act takes the steps in order. It stops at a step that fails or that needs a new
// plan.
func (r *Reconciler) act(ctx context.Context, s state, steps []plan.Step) (state, error) {
	if len(steps) == 0 {
		return s.settled(r.now()), nil
	}
	for _, step := range steps {
		writes, requests := flex.WithRequests(ctx)
		a := r.take(writes, s, step)
		if s = s.acted(step, a, r.now()).requested(s, requests); a.err != nil || a.denied || a.busy {
			return s, a.err
		}
	}
	return s, nil
}

// forget completes the job of a person who is not in the store.
func (r *Reconciler) forget(ctx context.Context, finish Finish) error {
	return r.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return finish(tx, true) })
}

func (r *Reconciler) now() time.Time { return r.clock().UTC() }
