package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// login simulates an SSO login, which makes the Worker again.
func (r *rig) login(name string, roles ...string) {
	r.Helper()
	r.sim("POST", "/_sim/login", map[string]any{"username": name, "email": "a@x.org", "full_name": "Ann", "roles": roles})
}

// sweepAll sweeps and returns what it reported.
func (r *rig) sweepAll() (sum reconcile.Summary, reports []string) {
	r.Helper()
	sum, err := r.rec.Sweep(r.Context(), func(f reconcile.Report) { reports = append(reports, f.Text) })
	if err != nil {
		r.Fatal(err)
	}
	return sum, reports
}

// behind reconciles a person who needs a run, and reports whether the person needed
// one.
func (r *rig) behind(key store.PersonKey, want store.State) bool {
	r.Helper()
	p := r.person(key)
	if p.Observed == p.Desired {
		return false
	}
	r.run(key, want)
	return true
}

// TestResurrected simulates a login that makes the Worker of a leaver again. A
// sweep finds this Worker by its name. The test checks that the Worker is removed
// if our record says that flexscim has removed this person's Worker of this name.
func TestResurrected(t *testing.T) {
	t.Parallel()
	deactivate := func(r *rig, key store.PersonKey) { r.set(key, `{'active':false}`) }
	drop := func(r *rig, key store.PersonKey) { r.drop(key) }
	for name, c := range map[string]struct {
		leave  func(r *rig, key store.PersonKey)
		never  bool   // the person never had a Worker of ours
		login  string // the name
		roles  []string
		there  bool // the Worker stays
		report string
	}{
		"deactivated":                    {leave: deactivate, login: "ann@x.org", roles: []string{"agent"}},
		"deleted":                        {leave: drop, login: "ann@x.org", roles: []string{"supervisor"}},
		"deleted, in other letters":      {leave: drop, login: "ANN@x.org", roles: []string{"agent"}},
		"an administrator, deactivated":  {leave: deactivate, login: "ann@x.org", roles: []string{"admin"}, there: true, report: "Console"},
		"from the Console, deleted":      {leave: drop, login: "ann@x.org", roles: []string{"admin", "wfo.full_access"}, there: true, report: "Console"},
		"never one of ours, deactivated": {leave: deactivate, never: true, login: "ann@x.org", roles: []string{"agent"}, there: true, report: "neither made nor adopted"},
		"never one of ours, deleted":     {leave: drop, never: true, login: "ann@x.org", roles: []string{"agent"}, there: true, report: "neither made nor adopted"},
		"another name":                   {leave: drop, login: "ann@x.com", roles: []string{"agent"}, there: true},
		"a name like it in Unicode":      {leave: drop, login: "ann@x.orɡ", roles: []string{"agent"}, there: true},
		"renamed to it while leaving": {leave: func(r *rig, key store.PersonKey) { r.set(key, `{'userName':'victim@x.org','active':false}`) },
			login: "victim@x.org", roles: []string{"agent"}, there: true, report: "neither made nor adopted"},
		"renamed to it afterwards": {leave: func(r *rig, key store.PersonKey) {
			deactivate(r, key)
			r.run(key, store.Settled)
			r.set(key, `{'userName':'victim@x.org'}`)
		}, login: "victim@x.org", roles: []string{"agent"}, there: true, report: "neither made nor adopted"},
		"the old name, renamed while leaving": {leave: func(r *rig, key store.PersonKey) { r.set(key, `{'userName':'left-ann@x.org','active':false}`) },
			login: "ann@x.org", roles: []string{"agent"}},
		"the old name, renamed afterwards": {leave: func(r *rig, key store.PersonKey) {
			deactivate(r, key)
			r.run(key, store.Settled)
			r.set(key, `{'userName':'left-ann@x.org'}`)
		}, login: "Ann@x.org", roles: []string{"agent"}},
		"the old name, from the Console": {leave: func(r *rig, key store.PersonKey) { r.set(key, `{'userName':'left-ann@x.org','active':false}`) },
			login: "ann@x.org", roles: []string{"admin"}, there: true, report: "Console"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{Drain: time.Hour})
			document := `{'userName':'ann@x.org'}`
			if c.never {
				document = `{'userName':'ann@x.org','active':false}`
			}
			ann := r.join(document)
			r.run(ann, store.Settled)
			c.leave(r, ann)
			r.run(ann, store.Settled)
			r.clock.add(time.Hour)
			r.login(c.login, c.roles...)
			r.online(r.worker(c.login))

			_, reports := r.sweepAll()
			r.behind(ann, map[bool]store.State{true: store.Waiting, false: store.Settled}[c.report == "Console"])
			before := r.person(ann).Desired
			_, again := r.sweepAll()
			if r.person(ann).Desired != before {
				t.Error("the second sweep wakes the person again")
			}
			w, there := r.workers()[c.login]
			if there != c.there {
				t.Errorf("the Worker is there: %t, want %t", there, c.there)
			}
			if stopped := there && !w.Available; stopped != (c.report == "Console") {
				t.Errorf("it is stopped: %t", stopped)
			}
			if c.report == "" && len(again) != 0 || !strings.Contains(strings.Join(again, "; "), c.report) {
				t.Errorf("got the reports %q, then %q, want %q", reports, again, c.report)
			}
			if p := r.person(ann); c.there && p.Link != nil {
				t.Errorf("a Worker that stays is linked: %+v", p.Link)
			}
		})
	}
}

// TestResurrectedBusy simulates a login that makes a leaver's Worker again, and
// gives the new Worker a conversation. It checks that this Worker leaves the
// routing at once, and is deleted when the conversation ends.
func TestResurrectedBusy(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Drain: time.Hour})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	first := r.worker("ann").SID
	r.drop(ann)
	r.run(ann, store.Settled)
	r.clock.add(24 * time.Hour)
	r.login("ann", "agent")
	w := r.worker("ann")
	r.online(w)
	task := r.task(w, "accepted", false)
	r.sweepAll()
	r.run(ann, store.Waiting)
	if r.worker("ann").Available {
		t.Error("the Worker still takes tasks")
	}
	if l := r.person(ann).Leaver; l.Worker != w.SID || l.Deadline.Sub(l.Requested) != time.Hour || !l.Requested.Equal(r.clock.now()) {
		t.Errorf("got the leaver %+v, want a removal of its own", l)
	}
	r.sim("POST", "/_sim/tasks/"+task, map[string]any{"status": "completed"})
	r.clock.add(time.Minute)
	r.run(ann, store.Settled)
	if n := len(r.workers()); n != 0 {
		t.Errorf("got %d Workers, want none", n)
	}
	r.wantAudit(first, "worker.created", "worker.offline", "worker.deleted", "worker.verified_absent")
	r.wantAudit(w.SID, "worker.offline", "worker.deleted", "worker.verified_absent")
}

// TestResurrectedSuccessor checks that a Worker does not count as the leaver's if
// another person has its name now.
func TestResurrectedSuccessor(t *testing.T) {
	t.Parallel()
	for _, leave := range []func(r *rig, ann store.PersonKey){
		func(r *rig, ann store.PersonKey) { r.drop(ann) },
		func(r *rig, ann store.PersonKey) { r.set(ann, `{'userName':'left-ann','active':false}`) },
	} {
		r := newRig(t, setup{})
		ann := r.join(`{'userName':'ann'}`)
		r.run(ann, store.Settled)
		leave(r, ann)
		r.run(ann, store.Settled)
		r.login("ann", "agent")
		second := r.join(`{'userName':'ann'}`)
		r.run(second, store.Parked)
		r.sweepAll()
		if r.behind(ann, store.Settled) {
			t.Error("the first ann was woken")
		}
		r.touch(ann)
		r.run(ann, store.Settled)
		r.worker("ann")
	}
}

// TestEverybodyIsListed checks that a sweep, `plan --all` and `sync --all` list the
// same people, including tombstones.
func TestEverybodyIsListed(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	ann, ben := r.join(`{'userName':'ann'}`), r.join(`{'userName':'ben','active':false}`)
	for _, key := range []store.PersonKey{ann, ben} {
		r.run(key, store.Settled)
		r.drop(key)
		r.run(key, store.Settled)
	}
	r.login("ann", "agent")
	steps := map[store.PersonKey]int{}
	for p, err := range r.store.People(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		preview, err := r.rec.Preview(t.Context(), p.Key)
		if err != nil {
			t.Fatal(err)
		}
		steps[p.Key] = len(preview.Steps)
	}
	if len(steps) != 2 || steps[ann] != 1 || steps[ben] != 0 {
		t.Errorf("got the steps %v, want one for ann, none for ben", steps)
	}
	r.write(func(tx *store.Tx) error {
		n, err := tx.TouchAll(t.Context(), store.Why{Urgency: store.Sweeping})
		if n != 2 {
			t.Errorf("sync --all touched %d people, want 2", n)
		}
		return err
	})
	r.run(ann, store.Settled)
	r.run(ben, store.Settled)
	if all := r.workers(); len(all) != 0 {
		t.Errorf("got %v, want no Worker", all)
	}
}
