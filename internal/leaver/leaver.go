package leaver

import (
	"time"

	"github.com/flexscim/flexscim/flex"
)

// Record holds the times of one removal. It is immutable; After returns a
// changed copy.
type Record struct {
	ID         string
	Worker     flex.WorkerSID
	UserName   string
	Requested  time.Time // the IdP's request was committed
	Offline    time.Time // routing was stopped, pending reservations were rejected
	Deadline   time.Time // live work is ended at this time
	Drained    time.Time // no live work was left
	Removed    time.Time // the Worker was deleted
	Verified   time.Time // the Worker read back as absent
	Cancelled  time.Time // the person came back before the Worker was deleted
	LiveAtStop int       // live tasks when routing was stopped
	Ended      int       // tasks that were ended at the deadline
}

// Stage is how far a removal has progressed.
type Stage string

// The stages, in their order. Verified and Cancelled are final.
const (
	None      Stage = ""          // the zero Record: no removal
	Requested Stage = "requested" // the Worker may still get tasks
	Draining  Stage = "draining"  // out of the routing; live work may continue until the deadline
	Drained   Stage = "drained"   // no live work is left; the Worker is being deleted
	Removed   Stage = "removed"   // deleted, not yet read back
	Verified  Stage = "verified"  // reads back as absent
	Cancelled Stage = "cancelled" // the person came back before the Worker was deleted
)

// Open reports whether a removal in this stage is under way.
func (s Stage) Open() bool {
	switch s {
	case Requested, Draining, Drained, Removed:
		return true
	case None, Verified, Cancelled:
	}
	return false
}

// Stage derives the stage from the record's times.
func (r Record) Stage() Stage {
	switch {
	case !r.Cancelled.IsZero():
		return Cancelled
	case !r.Verified.IsZero():
		return Verified
	case !r.Removed.IsZero():
		return Removed
	case !r.Drained.IsZero():
		return Drained
	case !r.Offline.IsZero():
		return Draining
	case !r.Requested.IsZero():
		return Requested
	}
	return None
}

// Event is what happens to an open removal.
type Event string

// The events.
const (
	Stopped  Event = "stopped"  // the Worker left the routing
	Idle     Event = "idle"     // no live work is left
	Busy     Event = "busy"     // Twilio refused to delete the Worker: it has live work
	Deleted  Event = "deleted"  // the Worker was deleted
	Absent   Event = "absent"   // the Worker reads back as absent
	Returned Event = "returned" // the person should have a Worker again
)

// After returns the record after an event; doc.go has the table. A repeated
// event keeps its first time.
func (r Record) After(e Event, at time.Time) Record {
	if !r.Stage().Open() {
		return r
	}
	switch e {
	case Stopped:
		setOnce(&r.Offline, at)
	case Idle:
		if !r.Offline.IsZero() {
			setOnce(&r.Drained, at)
		}
	case Busy:
		r.Drained = time.Time{}
	case Deleted:
		setOnce(&r.Removed, at)
	case Absent:
		setOnce(&r.Removed, at)
		r.Verified = at
	case Returned:
		if r.Removed.IsZero() {
			r.Cancelled = at
		}
	}
	return r
}

func setOnce(t *time.Time, at time.Time) {
	if t.IsZero() {
		*t = at
	}
}

// Covers reports whether this is an open removal of the Worker.
func (r Record) Covers(worker flex.WorkerSID) bool { return r.Stage().Open() && r.Worker == worker }

// Stops reports whether this removal has taken the Worker out of the routing.
func (r Record) Stops(worker flex.WorkerSID) bool { return r.Covers(worker) && !r.Offline.IsZero() }

// Limit returns the record with a deadline of at most at.
func (r Record) Limit(at time.Time) Record {
	if r.Deadline.After(at) {
		r.Deadline = at
	}
	return r
}

// Overdue reports whether the deadline has passed.
func (r Record) Overdue(now time.Time) bool { return !now.Before(r.Deadline) }

// The shortest and the longest pause between two checks of live work.
const (
	pauseMin = time.Second
	pauseMax = 15 * time.Second
)

// Pause returns the time until the next check of live work: a quarter of the
// time since routing was stopped, within bounds, and never past the deadline.
func (r Record) Pause(now time.Time) time.Duration {
	pause := min(max(now.Sub(r.Offline)/4, pauseMin), pauseMax)
	if left := r.Deadline.Sub(now); left > 0 {
		pause = min(pause, left)
	}
	return pause
}
