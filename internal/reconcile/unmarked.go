package reconcile

import (
	"context"
	"strings"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// unmarked describes a listed Worker that has neither our mark nor our link, and
// the people in the store who have its name. A login may have made the Worker for a
// leaver.
type unmarked struct {
	worker flex.WorkerSID
	name   string
	works  bool // its Activity takes Tasks

	kept     bool         // somebody who should have a Worker has the name
	removed  store.Person // the person whose Worker of this name we removed; zero: nobody
	neverHad bool         // somebody else who has left has the name
}

// unowned counts a foreign Worker, and keeps it until the sweep has read the
// people.
func (s *sweep) unowned(w flex.Worker) {
	s.sum.Foreign++
	name := strings.ToLower(w.FriendlyName)
	s.unmarked[name] = &unmarked{worker: w.SID, name: w.FriendlyName, works: w.Available}
}

// claim adds a person to the records of the unmarked Workers with their name, and
// with the name of their Worker that we removed.
func (s *sweep) claim(p store.Person, want plan.Want) {
	u := s.unmarked[strings.ToLower(want.Name)]
	switch {
	case u == nil:
	case !want.Person.IsNobody():
		u.kept = true
	default:
		u.neverHad = u.neverHad || p.Leaver == nil || !p.Leaver.RemovedName(u.name)
	}
	if p.Leaver == nil || !want.Person.IsNobody() {
		return
	}
	u = s.unmarked[strings.ToLower(p.Leaver.UserName)]
	if u == nil || !p.Leaver.RemovedName(u.name) {
		return
	}
	if was := u.removed.Leaver; was == nil || was.Requested.Before(p.Leaver.Requested) {
		u.removed = p
	}
}

// leftovers handles the unmarked Workers after all people were read. It touches a
// leaver if we removed their Worker of this name, and reports the Workers of other
// leavers.
func (s *sweep) leftovers(ctx context.Context) error {
	for _, u := range s.unmarked {
		p := u.removed
		switch {
		case u.kept:
		case p.Leaver == nil && u.neverHad:
			s.tell(u.worker, plan.ForeignLeaver)
		case p.Leaver == nil:
		case p.Observed != p.Desired && p.Reason != plan.ConsoleWorker: // a job exists
		case p.Reason == plan.ConsoleWorker && !u.works:
			s.tell(u.worker, p.Reason)
		default:
			s.sum.Different++
			if err := s.r.touch(ctx, p.Key, store.Leaving); err != nil {
				return err
			}
		}
	}
	return nil
}
