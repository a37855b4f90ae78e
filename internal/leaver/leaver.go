package leaver

import (
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
)

// Record holds the times of one removal. It is immutable; After returns a
// changed copy.
type Record struct {
	ID         string
	Worker     flex.WorkerSID
	UserName   string    // the Worker's name when its removal began
	Requested  time.Time // the IdP's request was committed
	Offline    time.Time // routing was stopped, pending reservations were rejected
	Deadline   time.Time // the time at which live work is ended
	Drained    time.Time // the time since which no live work is left
	Removed    time.Time // the Worker was deleted
	Verified   time.Time // a read showed that the Worker is gone
	Cancelled  time.Time // the person came back before the Worker was deleted
	LiveAtStop int       // live tasks when routing was stopped
	Ended      int       // tasks that were ended at the deadline
}

// Stage is how far a removal has progressed.
type Stage string

// The stages, in the order in which a removal passes through them. Verified and
// Cancelled are final.
const (
	None      Stage = ""          // the zero Record: no removal
	Requested Stage = "requested" // the Worker may still get tasks
	Draining  Stage = "draining"  // gets no new tasks; live work may continue until the deadline
	Drained   Stage = "drained"   // no live work is left; the Worker is being deleted
	Removed   Stage = "removed"   // deleted, but no read has confirmed that yet
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

// Event is something that happens to an open removal.
type Event string

// The events.
const (
	Stopped  Event = "stopped"  // the Worker left the routing
	Idle     Event = "idle"     // no live work is left
	Busy     Event = "busy"     // Twilio refused to delete the Worker: it has live work
	Deleted  Event = "deleted"  // the Worker was deleted
	Absent   Event = "absent"   // a read shows that the Worker is gone
	Returned Event = "returned" // the person should have a Worker again
)

// After returns the record after an event, as the table in doc.go says. If an event
// is repeated, the record keeps its first time.
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

// Covers reports whether this record is an open removal of the Worker.
func (r Record) Covers(worker flex.WorkerSID) bool { return r.Stage().Open() && r.Worker == worker }

// Stops reports whether this removal has taken the Worker out of the routing.
func (r Record) Stops(worker flex.WorkerSID) bool { return r.Covers(worker) && !r.Offline.IsZero() }

// RemovedName reports whether a Worker of this name was removed. Twilio's names
// ignore case, but Twilio does not document for which letters. This function
// ignores the case of ASCII letters only.
func (r Record) RemovedName(name string) bool {
	return !r.Removed.IsZero() && asciiLower(r.UserName) == asciiLower(name)
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Limit returns the record with its deadline changed to the argument at, if the
// deadline was later.
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
