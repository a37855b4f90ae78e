package queue

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// River's queues. Leavers have workers of their own, so that an import in
// full swing never makes one wait for a slot.
const (
	leavers = "leavers"
	people  = "people"
	sweeps  = "sweeps"
)

// maxAttempts is the most that River's column holds. Snoozes do not count,
// and we only snooze: an attempt is used up by a process that died.
const maxAttempts = 32767

// syncPerson is a job that carries a name, never a value.
type syncPerson struct {
	Connection store.ConnectionID `json:"connection" river:"unique"`
	User       scim.ID            `json:"user" river:"unique"`
}

func (syncPerson) Kind() string { return "sync_person" }

func (s syncPerson) key() store.PersonKey {
	return store.PersonKey{Connection: s.Connection, User: s.User}
}

// sweep compares the whole workspace with what we want.
type sweep struct{}

func (sweep) Kind() string { return "sweep" }

func (sweep) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Queue: sweeps, Priority: int(store.Sweeping),
		MaxAttempts: maxAttempts, UniqueOpts: whileLive(),
	}
}

// whileLive makes a job unique as long as it is not over. River's default
// counts completed ones too: a person who was reconciled once would never be
// queued again.
func whileLive() river.UniqueOpts {
	return river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
		rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}
}

// queueOf is the River queue for an urgency.
func queueOf(u store.Urgency) string {
	if u == store.Leaving {
		return leavers
	}
	return people
}

// insertion is the job that a touch asks for.
func insertion(w waiter) river.InsertManyParams {
	opts := &river.InsertOpts{
		Queue: queueOf(w.Urgency), Priority: int(w.Urgency),
		MaxAttempts: maxAttempts, UniqueOpts: whileLive(),
	}
	if !w.at.IsZero() {
		opts.Metadata = fmt.Appendf(nil, `{%q:%d}`, askedKey, w.at.UnixMicro())
	}
	return river.InsertManyParams{Args: syncPerson{Connection: w.Key.Connection, User: w.Key.User}, InsertOpts: opts}
}

// askedKey is where a job's metadata have the time of the commit that asked
// for it first, in unix microseconds.
const askedKey = "asked"

// asked is that time; of a job that the scan made, when that was.
func asked(job *rivertype.JobRow) time.Time {
	var m map[string]json.RawMessage
	var us int64
	if json.Unmarshal(job.Metadata, &m) != nil || json.Unmarshal(m[askedKey], &us) != nil {
		return job.CreatedAt
	}
	return time.UnixMicro(us)
}

// outdated reports whether a live job that stood in the way of t's should be
// moved up or woken, as of now.
func outdated(job *rivertype.JobRow, t store.Touch, now time.Time) bool {
	if job.Priority > int(t.Urgency) {
		return true
	}
	if job.State == rivertype.JobStateRunning {
		return false
	}
	return job.State != rivertype.JobStateAvailable || job.ScheduledAt.After(now)
}
