package leaver

import (
	"time"

	"github.com/flexscim/flexscim/flex"
)

// Record holds the times of one removal. It is a value: an event returns the
// record as it is afterwards.
type Record struct {
	ID         string
	Worker     flex.WorkerSID
	UserName   string
	Requested  time.Time // the IdP's request was committed
	Offline    time.Time // routing was stopped, pending reservations were rejected
	Deadline   time.Time // live work is ended then
	Drained    time.Time // no live work was left
	Removed    time.Time // the Worker was deleted
	Verified   time.Time // the Worker read back as absent
	Cancelled  time.Time // the person came back before the Worker was deleted
	LiveAtStop int       // live tasks when routing was stopped
	Ended      int       // tasks that were ended at the deadline
}

// Covers reports whether the record is open and about this Worker.
func (r Record) Covers(worker flex.WorkerSID) bool { return r.Stage().Open() && r.Worker == worker }

// Stops reports whether this removal has taken the Worker out of the routing.
func (r Record) Stops(worker flex.WorkerSID) bool { return r.Covers(worker) && !r.Offline.IsZero() }

// Limit brings the deadline forward to at, if it is later.
func (r Record) Limit(at time.Time) Record {
	if r.Deadline.After(at) {
		r.Deadline = at
	}
	return r
}

// Overdue reports whether the deadline has come.
func (r Record) Overdue(now time.Time) bool { return !now.Before(r.Deadline) }

// The shortest and the longest pause between two looks at live work.
const (
	pauseMin = time.Second
	pauseMax = 15 * time.Second
)

// Pause is the time until the next look at live work: a quarter of the time
// since routing was stopped, within bounds, and never past the deadline.
func (r Record) Pause(now time.Time) time.Duration {
	pause := min(max(now.Sub(r.Offline)/4, pauseMin), pauseMax)
	if left := r.Deadline.Sub(now); left > 0 {
		pause = min(pause, left)
	}
	return pause
}
