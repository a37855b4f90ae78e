package reconcile_test

import (
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

// TestLiveCall removes a leaver during a call. It checks that flexscim takes the
// Worker offline immediately, does not end the call, and deletes the Worker after the
// call.
func TestLiveCall(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Drain: 30 * time.Minute})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann")
	r.online(w)
	task := r.task(w, "accepted", false)
	r.task(w, "pending", false) // this task is still ringing; it is rejected when routing stops
	r.set(ann, `{'active':false}`)

	out := r.run(ann, store.Waiting)
	if out.After != time.Second {
		t.Errorf("got the first check after %s, want 1 s", out.After)
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
		t.Errorf("got a later check after %s, want 15 s", out.After)
	}
	r.clock.add(20*time.Minute - 3*time.Second)
	if out := r.run(ann, store.Waiting); out.After != 3*time.Second {
		t.Errorf("got the last check after %s, want it at the deadline, in 3 s", out.After)
	}
	r.sim("POST", "/_sim/tasks/"+task, map[string]any{"status": "completed"})
	r.calls(ann, store.Settled, 6)
	if l := r.person(ann).Leaver; l.Ended != 0 || l.Verified.IsZero() {
		t.Errorf("at the end: got the leaver %+v", l)
	}
	r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.deleted", "worker.verified_absent")
}

// TestOutage deactivates a person while flexscim is down. After that, Twilio is
// down. It checks that the deadline counts from the IdP's request, and that routing
// is stopped before work is ended, even if the deadline has already passed.
func TestOutage(t *testing.T) {
	t.Parallel()
	const drain = 30 * time.Minute
	for name, c := range map[string]struct {
		leave func(r *rig, ann store.PersonKey)
		away  time.Duration // how long Twilio is down after the first run
		want  time.Duration // time left until the deadline when Twilio is back; 0 if it has passed
	}{
		"deactivated, back in time":  {func(r *rig, ann store.PersonKey) { r.set(ann, `{'active':false}`) }, 15 * time.Minute, 5 * time.Minute},
		"deleted, back in time":      {func(r *rig, ann store.PersonKey) { r.drop(ann) }, 15 * time.Minute, 5 * time.Minute},
		"deactivated, back too late": {func(r *rig, ann store.PersonKey) { r.set(ann, `{'active':false}`) }, 20 * time.Minute, 0},
		"deleted, back a day later":  {func(r *rig, ann store.PersonKey) { r.drop(ann) }, 24 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{Drain: drain})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			w := r.worker("ann")
			r.online(w)
			r.task(w, "accepted", false)
			r.task(w, "pending", false)
			c.leave(r, ann)
			asked := r.clock.now()
			r.clock.add(10 * time.Minute)
			r.fault("", "Workers", "503", 1)
			if _, err := r.rec.Reconcile(t.Context(), ann, nil); flex.KindOf(err) != flex.Down {
				t.Fatalf("got %v, want Down", err)
			}
			r.clock.add(c.away)
			want := store.Settled
			if c.want > 0 {
				want = store.Waiting
			}
			r.run(ann, want)
			l := r.person(ann).Leaver
			if !l.Requested.Equal(asked) || !l.Deadline.Equal(asked.Add(drain)) {
				t.Errorf("got requested %s, deadline %s, want %s and 30 min later", l.Requested, l.Deadline, asked)
			}
			if c.want > 0 {
				r.clock.add(c.want - time.Second)
				r.run(ann, store.Waiting)
				r.clock.add(time.Second)
				r.run(ann, store.Settled)
			}
			if l := r.person(ann).Leaver; l.LiveAtStop != 1 || l.Ended != 1 || l.Offline.After(l.Drained) {
				t.Errorf("got the leaver %+v, want one live task at the stop, which was ended", l)
			}
			r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.work_ended", "worker.deleted", "worker.verified_absent")
		})
	}
}

// TestDeadlineMoves changes a leaver or the policy during live work. It checks which
// changes make the deadline earlier, and that no change makes it later.
func TestDeadlineMoves(t *testing.T) {
	t.Parallel()
	const urn = `'urn:ietf:params:scim:schemas:extension:flexscim:2.0:User'`
	for name, c := range map[string]struct {
		change func(r *rig, ann store.PersonKey)
		want   store.State
		after  time.Duration // time from the request to the deadline
	}{
		"the IdP sets walkOut later":     {func(r *rig, ann store.PersonKey) { r.set(ann, `{`+urn+`:{'walkOut':true}}`) }, store.Settled, 0},
		"the clock is put back by a day": {func(r *rig, _ store.PersonKey) { r.clock.add(-24 * time.Hour) }, store.Waiting, time.Hour - 24*time.Hour},
		"the IdP writes something else":  {func(r *rig, ann store.PersonKey) { r.set(ann, `{'title':'x'}`) }, store.Waiting, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{Drain: time.Hour})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			r.task(r.worker("ann"), "accepted", false)
			r.set(ann, `{'active':false}`)
			r.run(ann, store.Waiting)
			c.change(r, ann)
			r.run(ann, c.want)
			if l := r.person(ann).Leaver; l.Deadline.Sub(l.Requested) != c.after {
				t.Errorf("got the deadline %s after the request, want %s", l.Deadline.Sub(l.Requested), c.after)
			}
		})
	}
}

// TestRecreatedWhileDraining deletes a draining leaver's Worker by hand and lets Flex
// make another one at a login. It checks that flexscim removes the new Worker, too,
// with a new leaver record.
func TestRecreatedWhileDraining(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Drain: time.Hour, Adopt: true, Options: map[string]any{"delete_busy_worker": "allow"}})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann")
	r.task(w, "accepted", false)
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	r.removeWorker(w)
	r.sim("POST", "/_sim/login", map[string]any{"username": "ann", "email": "a@x.org", "full_name": "Ann", "roles": []string{"agent"}})
	second := r.worker("ann")
	r.task(second, "accepted", false)
	r.clock.add(50 * time.Minute)
	r.run(ann, store.Waiting)
	if l := r.person(ann).Leaver; l.Worker != second.SID || !l.Requested.Equal(r.clock.now()) {
		t.Errorf("got the leaver %+v, want a removal of %s that was requested now", l, second.SID)
	}
	r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.verified_absent")
}

// TestDeadline checks that work of each kind is ended at the deadline.
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
			r.worker("ann") // fails if the Worker does not exist any more
			r.clock.add(time.Minute)
			r.run(ann, store.Settled)
			if all := r.workers(); len(all) != 0 {
				t.Errorf("got %v, want no Worker", all)
			}
			if l := r.person(ann).Leaver; l.Ended != 1 || l.LiveAtStop != 1 || l.Verified.IsZero() {
				t.Errorf("got the leaver %+v", l)
			}
			r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.work_ended", "worker.deleted", "worker.verified_absent")
		})
	}
}

// TestWalkOut checks that live work is ended immediately if the configured
// drain is 0 or the IdP sets walkOut.
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
			t.Errorf("%s: got %v, want no Worker", name, all)
		}
	}
}

// TestBackInTime reactivates a leaver before the Worker is deleted. It checks that
// the Worker stays and is offline, and that the leaver record is cancelled.
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

// TestBackOnline puts a draining Worker back online. It checks that the next run
// takes the Worker offline again.
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
