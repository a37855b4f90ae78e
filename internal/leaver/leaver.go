package leaver

import (
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
)

// Record holds the times of one removal. Its methods do not change it; After and
// Limit return a changed copy.
type Record struct {
	ID         string
	Worker     flex.WorkerSID
	UserName   string
	Requested  time.Time // when the IdP's request was committed
	Offline    time.Time // when routing was stopped and pending Reservations were rejected
	Deadline   time.Time // when live work is ended
	Drained    time.Time // when no live work was left
	Removed    time.Time // when the Worker was deleted
	Verified   time.Time // when a read from Flex showed that the Worker is absent
	Cancelled  time.Time // when the removal was cancelled, because the person should have the Worker again
	LiveAtStop int       // number of live Tasks when routing was stopped
	Ended      int       // number of Tasks that flexscim ended at the deadline

	// These are the ids of the requests to Twilio that led to the times Offline,
	// Removed and Verified. Twilio's support finds a request by its id. An id is ""
	// if Twilio sent none.
	OfflineRequest, RemovedRequest, VerifiedRequest string
}

// WithRequest returns a copy of r in which the argument id, the id of a request to
// Twilio, belongs to each of the times Offline, Removed and Verified that differs
// from the same time in the argument before. If the id of such a time already
// differs from its id in before, the time keeps its id.
func (r Record) WithRequest(before Record, id string) Record {
	add := func(at, was time.Time, current *string, old string) {
		if !at.Equal(was) && *current == old {
			*current = id
		}
	}
	add(r.Offline, before.Offline, &r.OfflineRequest, before.OfflineRequest)
	add(r.Removed, before.Removed, &r.RemovedRequest, before.RemovedRequest)
	add(r.Verified, before.Verified, &r.VerifiedRequest, before.VerifiedRequest)
	return r
}

// Stage is the progress of a removal.
type Stage string

// The stages, in the order in which a removal passes through them. Verified and
// Cancelled are final.
const (
	None      Stage = ""          // the stage of the zero Record, without a removal
	Requested Stage = "requested" // the Worker may still get Tasks
	Draining  Stage = "draining"  // the Worker gets no new Tasks; live work may continue until the deadline
	Drained   Stage = "drained"   // no live work is left; the Worker is being deleted
	Removed   Stage = "removed"   // the Worker was deleted, but no read has confirmed this yet
	Verified  Stage = "verified"  // a read from Flex showed that the Worker is absent
	Cancelled Stage = "cancelled" // before the Worker was deleted, flexscim learned that the person should have it again
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

// Stage returns the stage that the record's times determine.
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

// Event is the kind of an event in an open removal.
type Event string

// The events.
const (
	Stopped  Event = "stopped"  // routing was stopped for the Worker
	Idle     Event = "idle"     // no live work is left
	Busy     Event = "busy"     // Twilio refused to delete the Worker, because it has live work
	Deleted  Event = "deleted"  // the Worker was deleted
	Absent   Event = "absent"   // a read from Flex showed that the Worker is absent
	Present  Event = "present"  // a read from Flex showed that the Worker was not deleted
	Returned Event = "returned" // the person should have a Worker again
)

// After returns the record as the event e changes it, according to the table in
// doc.go; at is the time of the event. If Stopped, Idle or Deleted occurs again,
// the record keeps the time of the first occurrence.
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
	case Present:
		r.Removed = time.Time{}
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

// Covers reports whether the record is about an open removal of the given Worker.
func (r Record) Covers(worker flex.WorkerSID) bool { return r.Stage().Open() && r.Worker == worker }

// Stops reports whether the record is about an open removal that has stopped the
// routing to the given Worker.
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

// Limit returns the record with the earlier of two deadlines: its own, and the
// argument at.
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

// Pause returns the time until the next check of live work: a quarter of the time
// since routing was stopped, but at least pauseMin and at most pauseMax. If the
// deadline is in the future, the next check is not after it.
func (r Record) Pause(now time.Time) time.Duration {
	pause := min(max(now.Sub(r.Offline)/4, pauseMin), pauseMax)
	if left := r.Deadline.Sub(now); left > 0 {
		pause = min(pause, left)
	}
	return pause
}
