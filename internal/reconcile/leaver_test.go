package reconcile_test

import (
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// TestLiveCall is a leaver in the middle of a call: offline at once, the call
// may end by itself, and then the Worker goes.
func TestLiveCall(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Drain: 30 * time.Minute})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann")
	r.online(w)
	task := r.task(w, "accepted", false)
	r.task(w, "pending", false) // rings: rejected when routing stops
	r.set(ann, `{'active':false}`)

	out := r.run(ann, store.Waiting)
	if out.After != time.Second {
		t.Errorf("got the first look after %s, want 1 s", out.After)
	}
	if r.worker("ann").Available {
		t.Error("the leaver still takes tasks")
	}
	l := r.person(ann).Leaver
	if l == nil || l.LiveAtStop != 1 || l.Offline.IsZero() || !l.Drained.IsZero() || l.Deadline.Sub(l.Requested) != 30*time.Minute {
		t.Errorf("while draining: got the leaver %+v", l)
	}
	if p := r.person(ann); p.State != store.Waiting || p.Observed == p.Desired {
		t.Errorf("while draining: got %s, observed %d of %d", p.State, p.Observed, p.Desired)
	}
	r.clock.add(10 * time.Minute)
	if out := r.calls(ann, store.Waiting, 2); out.After != 15*time.Second {
		t.Errorf("got a later look after %s, want 15 s", out.After)
	}
	r.clock.add(20*time.Minute - 3*time.Second)
	if out := r.run(ann, store.Waiting); out.After != 3*time.Second {
		t.Errorf("got the last look after %s, want it at the deadline, in 3 s", out.After)
	}
	r.sim("POST", "/_sim/tasks/"+task, map[string]any{"status": "completed"})
	r.calls(ann, store.Settled, 4)
	if l := r.person(ann).Leaver; l.Ended != 0 || l.Verified.IsZero() {
		t.Errorf("at the end: got the leaver %+v", l)
	}
	r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.deleted", "worker.verified_absent")
}

// TestDeadline is a leaver whose work does not end: it is ended, in the way
// that each kind of work asks for.
func TestDeadline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status      string
		interaction bool
		delete      string
	}{
		"a call":         {"accepted", false, "refuse"},
		"a conversation": {"accepted", true, "refuse"},
		"a wrap-up":      {"wrapping", false, "refuse"},
		"a call, and Twilio deletes busy Workers": {"accepted", false, "allow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{Drain: time.Minute, Options: map[string]any{"delete_busy_worker": c.delete}})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			w := r.worker("ann")
			r.task(w, c.status, c.interaction)
			r.drop(ann)
			r.run(ann, store.Waiting)
			r.worker("ann") // not before the deadline
			r.clock.add(time.Minute)
			r.run(ann, store.Settled)
			if all := r.workers(); len(all) != 0 {
				t.Errorf("got %v, want nobody", all)
			}
			if l := r.person(ann).Leaver; l.Ended != 1 || l.LiveAtStop != 1 || l.Verified.IsZero() {
				t.Errorf("got the leaver %+v", l)
			}
			r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.work_ended", "worker.deleted", "worker.verified_absent")
		})
	}
}

// TestWalkOut lets nothing finish: by configuration, or because the IdP says
// so of the person.
func TestWalkOut(t *testing.T) {
	t.Parallel()
	const urn = `'urn:ietf:params:scim:schemas:extension:flexscim:2.0:User'`
	for name, c := range map[string]struct {
		drain time.Duration
		doc   string
	}{
		"drain 0":       {0, `{'userName':'ann'}`},
		"walkOut: true": {time.Hour, `{'userName':'ann',` + urn + `:{'walkOut':true}}`},
	} {
		r := newRig(t, setup{Drain: c.drain})
		ann := r.join(c.doc)
		r.run(ann, store.Settled)
		r.task(r.worker("ann"), "accepted", true)
		r.set(ann, `{'active':false}`)
		r.run(ann, store.Settled)
		if all := r.workers(); len(all) != 0 {
			t.Errorf("%s: got %v, want nobody", name, all)
		}
	}
}

// TestBackInTime is a leaver who comes back before the end: the Worker stays,
// offline, and the record says so.
func TestBackInTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Drain: time.Hour})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann")
	r.online(w)
	r.task(w, "accepted", false)
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	r.set(ann, `{'active':true}`)
	r.calls(ann, store.Settled, 1)
	if got := r.worker("ann"); got.SID != w.SID || got.Available {
		t.Errorf("got %+v, want the same Worker, offline", got)
	}
	if l := r.person(ann).Leaver; l == nil || l.Cancelled.IsZero() || !l.Removed.IsZero() {
		t.Errorf("got the leaver %+v, want it cancelled", l)
	}
	first := r.person(ann).Leaver.ID
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	if l := r.person(ann).Leaver; l.ID == first || l.Offline.IsZero() {
		t.Errorf("the second removal: got the leaver %+v, want a new record", l)
	}
}

// TestBackOnline is an agent who goes online again while draining: a leaver
// takes no new work.
func TestBackOnline(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Drain: time.Hour})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann")
	r.task(w, "accepted", false)
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	r.online(w)
	r.run(ann, store.Waiting)
	if r.worker("ann").Available {
		t.Error("the leaver takes tasks again")
	}
}
