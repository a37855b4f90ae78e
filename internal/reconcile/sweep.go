package reconcile

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// Summary counts what a sweep compared.
type Summary struct {
	Workers   int // in the workspace
	Ours      int // Workers with our mark or a link
	Foreign   int // Workers without a mark and without a link; not changed, unless flexscim removed the Worker of this name
	Second    int // second Workers of a person, with our mark; removed as soon as they have no work
	Orphans   int // Workers marked for an unknown person, and second Workers that stay; reported
	Different int // people whose Worker is not as wanted; the sweep touches them
	Missing   int // people whose Worker is not listed; the sweep touches them
	Retried   int // parked people whom the sweep touches
}

// Report describes a Worker about which an operator must decide.
type Report struct {
	Worker flex.WorkerSID
	Text   string // without personal data
}

// Sweep compares all Workers of the workspace, page by page, with the wanted
// Workers. It touches the people whose Worker differs or is missing. It keeps one
// page, 48 bytes per Worker and the names of foreign Workers in memory. If the
// argument report is not nil, Sweep calls this function for each Worker about which
// an operator must decide.
func (r *Reconciler) Sweep(ctx context.Context, report func(Report)) (Summary, error) {
	ctx = flex.WithPriority(ctx, flex.Sweep)
	s := &sweep{
		r: r, report: report, began: r.now(),
		seen: map[[16]byte]struct{}{}, names: map[uint64]uint64{}, unmarked: map[string]*unmarked{},
	}
	for w, err := range r.flex.Workers(ctx) {
		if err != nil {
			return s.sum, fmt.Errorf("list workers: %w", err)
		}
		if err := s.worker(ctx, w); err != nil {
			return s.sum, fmt.Errorf("compare worker: %w", err)
		}
	}
	for _, each := range s.seconds {
		if err := s.second(ctx, each); err != nil {
			return s.sum, fmt.Errorf("compare second worker: %w", err)
		}
	}
	for p, err := range r.store.People(ctx) {
		if err == nil {
			err = s.person(ctx, p)
		}
		if err != nil {
			return s.sum, fmt.Errorf("compare person: %w", err)
		}
	}
	if err := s.leftovers(ctx); err != nil {
		return s.sum, fmt.Errorf("touch leavers: %w", err)
	}
	r.swept.Store(&swept{s.sum.Workers, s.names})
	return s.sum, nil
}

type sweep struct {
	r      *Reconciler
	report func(Report)
	began  time.Time
	sum    Summary
	seen   map[[16]byte]struct{} // :: Worker SID without WK → was listed
	names  map[uint64]uint64     // :: hash of a name → hash of the Workers that have it

	unmarked map[string]*unmarked // :: lower-case FriendlyName → a foreign Worker
	seconds  []second             // handled after the list was read
}

// swept describes the Workers that a complete sweep listed. The next sweep compares
// them with the Workers that it lists.
type swept struct {
	workers int
	names   map[uint64]uint64 // as in type sweep
}

// nameKey returns the key of a name in sweep.names and swept.names.
func (r *Reconciler) nameKey(name string) uint64 {
	return maphash.String(r.seed, strings.ToLower(name))
}

// sidKey returns the hex digits of a SID as 16 bytes.
func sidKey(sid flex.WorkerSID) (key [16]byte) {
	if len(sid) > 2 {
		_, _ = hex.Decode(key[:], []byte(sid[2:min(len(sid), 34)]))
	}
	return key
}

// sweep.worker compares one Worker with the Worker that its person should have.
func (s *sweep) worker(ctx context.Context, w flex.Worker) (err error) {
	s.sum.Workers++
	s.seen[sidKey(w.SID)] = struct{}{}
	if w, err = s.r.withAttributes(ctx, w); flex.KindOf(err) == flex.Gone {
		return nil
	} else if err != nil {
		return err
	}
	s.names[s.r.nameKey(w.FriendlyName)] ^= maphash.String(s.r.seed, string(w.SID)+w.Attributes)
	p, err := s.r.owner(ctx, w)
	switch {
	case errors.Is(err, errForeign):
		s.unowned(w)
		return nil
	case errors.Is(err, store.ErrNotFound):
		s.orphan(w, "the Worker is marked for a person who is not known here")
		return nil
	case err != nil:
		return err
	}
	s.sum.Ours++
	return s.compare(ctx, p, w)
}

var errForeign = errors.New("neither our mark nor our link")

// owner returns the person to whom the Worker belongs. It returns errForeign if the
// Worker has neither a mark nor a link, and store.ErrNotFound if its mark names
// nobody in the store.
func (r *Reconciler) owner(ctx context.Context, w flex.Worker) (store.Person, error) {
	if mark := flex.Owner(w.Attributes); mark != "" {
		key, ok := parseMark(mark)
		if !ok {
			return store.Person{}, store.ErrNotFound
		}
		return r.store.Person(ctx, key)
	}
	key, err := r.store.PersonByWorker(ctx, string(w.SID))
	if errors.Is(err, store.ErrNotFound) {
		return store.Person{}, errForeign
	}
	if err != nil {
		return store.Person{}, err
	}
	return r.store.Person(ctx, key)
}

// withAttributes returns a listed Worker with its attributes. If Twilio's list does not
// show the attributes, it fetches the Worker.
func (r *Reconciler) withAttributes(ctx context.Context, w flex.Worker) (flex.Worker, error) {
	if w.Attributes != "" {
		return w, nil
	}
	return r.flex.Get(ctx, w.SID)
}

// Foreign yields the Workers that have neither our mark nor our link. It stops after
// the first error.
func (r *Reconciler) Foreign(ctx context.Context) iter.Seq2[flex.Worker, error] {
	return func(yield func(flex.Worker, error) bool) {
		for w, err := range r.flex.Workers(ctx) {
			if err == nil {
				w, err = r.withAttributes(ctx, w)
			}
			if err == nil {
				_, err = r.owner(ctx, w)
			}
			switch {
			case errors.Is(err, errForeign):
				if !yield(w, nil) {
					return
				}
			case err != nil && !errors.Is(err, store.ErrNotFound) && flex.KindOf(err) != flex.Gone:
				yield(w, err)
				return
			}
		}
	}
}

// compare touches the person if their Worker is not as wanted. If the person has no
// link, the method compare first saves a link to the Worker, because the response
// to the Worker's create was lost.
func (s *sweep) compare(ctx context.Context, p store.Person, w flex.Worker) error {
	if p.Leaver != nil && deletedLately(*p.Leaver, w.SID, s.r.now()) {
		return nil // the list is behind
	}
	if workerStateOf(p) != linked {
		s.sum.Different++
		return s.r.relink(ctx, p, w)
	}
	if p.Link.Worker != w.SID {
		s.seconds = append(s.seconds, second{p.Key, w.SID})
		return nil
	}
	want, _ := s.r.translate(p, s.r.policy(p.Key.Connection))
	have := plan.Have{Worker: &w, Linked: true, Names: []string{p.Link.FriendlyName}}
	if p.State == store.Parked || p.Observed != p.Desired || len(plan.Make(want, have)) == 0 {
		return nil
	}
	s.sum.Different++
	return s.r.touch(ctx, p.Key, urgency(want))
}

// sweep.person touches a person whose Worker was not listed.
func (s *sweep) person(ctx context.Context, p store.Person) error {
	want, _ := s.r.translate(p, s.r.policy(p.Key.Connection))
	s.claim(p, want)
	if p.Observed != p.Desired {
		return nil // a job exists
	}
	if p.State == store.Parked {
		return s.parked(ctx, p, want)
	}
	if p.Link != nil {
		if _, seen := s.seen[sidKey(p.Link.Worker)]; seen || !p.Link.Created.Before(s.began) {
			return nil // the Worker was listed, or it was made during the sweep, so the list can lack it
		}
	} else if want.Person.IsNobody() {
		return nil
	}
	s.sum.Missing++
	return s.r.touch(ctx, p.Key, urgency(want))
}

// parked touches a parked person if it is time for the next try, or if the Workers of
// the person's name have changed since the last sweep. Two kinds of sweep try
// everybody again: the first sweep of a process, because settings may have changed,
// and a sweep that lists fewer Workers than the last one, because the workspace may
// have been full.
func (s *sweep) parked(ctx context.Context, p store.Person, want plan.Want) error {
	last, key := s.r.swept.Load(), s.r.nameKey(want.Name)
	same := last != nil && s.sum.Workers >= last.workers && s.names[key] == last.names[key]
	if same && s.r.now().Before(p.Next) {
		return nil
	}
	s.sum.Retried++
	return s.r.touch(ctx, p.Key, urgency(want))
}

func (s *sweep) orphan(w flex.Worker, text string) {
	s.sum.Orphans++
	s.tell(w.SID, text)
}

// tell reports a Worker to the operator.
func (s *sweep) tell(w flex.WorkerSID, text string) {
	if s.report != nil {
		s.report(Report{w, text})
	}
}

func urgency(want plan.Want) store.Urgency {
	if want.Person.IsNobody() {
		return store.Leaving
	}
	return store.Sweeping
}

func (r *Reconciler) touch(ctx context.Context, key store.PersonKey, u store.Urgency) error {
	return r.store.Write(ctx, key.Write(), func(tx *store.Tx) error { return tx.Touch(ctx, key, store.Why{Urgency: u}) })
}

// relink saves the link to a Worker and touches the person.
func (r *Reconciler) relink(ctx context.Context, p store.Person, w flex.Worker) error {
	want, _ := r.translate(p, r.policy(p.Key.Connection))
	link := &store.Link{Worker: w.SID, FriendlyName: w.FriendlyName, Created: r.now()}
	return r.store.Write(ctx, p.Key.Write(), func(tx *store.Tx) error {
		now, err := tx.SaveOutcome(ctx, p.Key, store.Outcome{Generation: p.Observed, State: store.Pending, Link: link})
		if err != nil || now != p.Desired {
			return err
		}
		return tx.Touch(ctx, p.Key, store.Why{Urgency: urgency(want)})
	})
}
