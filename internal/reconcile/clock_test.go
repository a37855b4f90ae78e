package reconcile_test

import (
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// TestClockJumps moves the clock back, or far ahead, while a leaver is in a call. If
// the clock jumps back, the call must continue and the next run must be soon. If it
// jumps ahead, the deadline must have passed. In both cases the Worker must be
// deleted after the call, and later changes of the IdP must reach Flex.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	const drain = 30 * time.Minute
	for name, c := range map[string]struct {
		jump time.Duration
		want store.State // state of the leaver after the first run that follows the jump
	}{
		"an hour back": {-time.Hour, store.Waiting},
		"a year back":  {-365 * 24 * time.Hour, store.Waiting},
		"a year ahead": {365 * 24 * time.Hour, store.Settled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{Drain: drain})
			ann, bob := r.join(`{'userName':'ann'}`), r.join(`{'userName':'bob'}`)
			r.run(ann, store.Settled)
			r.run(bob, store.Settled)
			w := r.worker("ann")
			r.online(w)
			task := r.task(w, "accepted", false)
			r.set(ann, `{'active':false}`)
			r.run(ann, store.Waiting)

			r.clock.add(c.jump)
			r.set(bob, `{'displayName':'Bob'}`)
			r.run(bob, store.Settled)
			if out := r.run(ann, c.want); out.After > time.Minute {
				t.Errorf("the next check comes after %s, want at most a minute", out.After)
			}
			if c.want == store.Waiting {
				if _, there := r.workers()["ann"]; !there {
					t.Error("the call was ended before the deadline")
				}
				r.sim("POST", "/_sim/tasks/"+task, map[string]any{"status": "completed"})
				r.run(ann, store.Settled)
			}
			if _, still := r.workers()["ann"]; still {
				t.Error("the leaver's Worker still exists")
			}
			if c.jump < 0 {
				return // the audit entries have the times of the moved clock, so their order differs
			}
			r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.work_ended", "worker.deleted", "worker.verified_absent")
		})
	}
}
