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

// River's queues. Leavers have separate workers, so that an import does not
// delay them.
const (
	leavers = "leavers"
	people  = "people"
	sweeps  = "sweeps"
)

// syncPerson is the job that reconciles one person. It contains only the person's
// key; the run reads all other data from the store.
type syncPerson struct {
	Connection store.ConnectionID `json:"connection" river:"unique"`
	User       scim.ID            `json:"user" river:"unique"`
}

func (syncPerson) Kind() string { return "sync_person" }

func (s syncPerson) key() store.PersonKey {
	return store.PersonKey{Connection: s.Connection, User: s.User}
}

// sweep is the job that compares the whole workspace with the store.
type sweep struct{}

func (sweep) Kind() string { return "sweep" }

func (sweep) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Queue: sweeps, Priority: int(store.Sweeping),
		MaxAttempts: maxAttempts, UniqueOpts: uniqueWhileLive(),
	}
}

// uniqueWhileLive returns options that make a job unique until it is completed. By
// default, River also refuses a new job if a completed job has the same arguments,
// so a person would never get a second job.
func uniqueWhileLive() river.UniqueOpts {
	return river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
		rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}
}

// queueOf returns the River queue for an urgency.
func queueOf(u store.Urgency) string {
	if u == store.Leaving {
		return leavers
	}
	return people
}

// insertion returns the parameters with which River inserts the job for a wake-up.
func insertion(w wakeup) river.InsertManyParams {
	opts := &river.InsertOpts{
		Queue: queueOf(w.Urgency), Priority: int(w.Urgency),
		MaxAttempts: maxAttempts, UniqueOpts: uniqueWhileLive(),
	}
	if !w.since.IsZero() {
		opts.Metadata = fmt.Appendf(nil, `{%q:%d}`, touchedKey, w.since.UnixMicro())
	}
	return river.InsertManyParams{Args: syncPerson{Connection: w.Key.Connection, User: w.Key.User}, InsertOpts: opts}
}

// touchedKey is the key under which a job's metadata contain the time of the first
// touch, in Unix microseconds. Its text must not change, because jobs of earlier
// versions have this key.
const touchedKey = "asked"

// touchedAt returns the time of the first touch that led to the job. For a job that
// the scan inserted, it returns the time of insertion.
func touchedAt(job *rivertype.JobRow) time.Time {
	var m map[string]json.RawMessage
	var us int64
	if json.Unmarshal(job.Metadata, &m) != nil || json.Unmarshal(m[touchedKey], &us) != nil {
		return job.CreatedAt
	}
	return time.UnixMicro(us)
}

// mustMoveUp reports whether Queue.moveUp must change a live job because of the
// touch t: the job is less urgent than the touch, or perhaps not due yet. mustMoveUp
// does not compare the job's times with the clock of this machine, because these
// times come from the database. So it regards each job that was put back as perhaps
// not due.
func mustMoveUp(job *rivertype.JobRow, t store.Touch) bool {
	if job.Priority > int(t.Urgency) {
		return true
	}
	if job.State == rivertype.JobStateRunning {
		return false
	}
	return job.State != rivertype.JobStateAvailable || job.ScheduledAt.After(job.CreatedAt)
}
