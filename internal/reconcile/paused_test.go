package reconcile_test

import (
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// TestPausedWork removes a leaver who has paused a Task. It checks that the Worker is
// not deleted before the work has ended, whether or not Twilio counts the Task, and
// whether or not Twilio refuses to delete a busy Worker.
func TestPausedWork(t *testing.T) {
	t.Parallel()
	for _, assigned := range []string{"unpaused", "all", "absent"} {
		for _, busy := range []string{"refuse", "allow"} {
			for _, conversation := range []bool{false, true} {
				t.Run(assigned+" "+busy, func(t *testing.T) {
					t.Parallel()
					r := newRig(t, setup{Drain: time.Hour, Options: map[string]any{"assigned_tasks": assigned, "delete_busy_worker": busy}})
					ann := r.join(`{'userName':'ann'}`)
					r.run(ann, store.Settled)
					w := r.worker("ann")
					r.pause(w, conversation)
					r.set(ann, `{'active':false}`)
					r.run(ann, store.Waiting)
					r.clock.add(59 * time.Minute)
					r.run(ann, store.Waiting)
					r.wantLive(w, 1, "before the deadline")
					if l := r.person(ann).Leaver; l.LiveAtStop != 1 {
						t.Errorf("got the leaver %+v, want one live task", l)
					}
					r.clock.add(time.Minute)
					r.run(ann, store.Settled)
					r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.work_ended", "worker.deleted", "worker.verified_absent")
				})
			}
		}
	}
}

// TestPausedForDays checks that even if the drain is longer, the Worker of a leaver
// with a paused Task is deleted after 14 days, and not earlier.
func TestPausedForDays(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	r := newRig(t, setup{Drain: 30 * day, SimClock: true})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann")
	r.pause(w, true)
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	r.clock.add(13 * day)
	r.run(ann, store.Waiting)
	r.wantLive(w, 1, "after 13 days")
	r.clock.add(day)
	r.run(ann, store.Settled)
	r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.deleted", "worker.verified_absent")
}
