package reconcile_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

// settles reconciles people as the queue does, until all are settled. No person may
// be parked before that.
func (r *rig) settles(keys ...store.PersonKey) {
	r.Helper()
	for range 60 {
		busy, pause := false, time.Minute
		for _, key := range keys {
			p := r.person(key)
			if p.State == store.Parked {
				r.Fatalf("%s is parked: %s", p.User.Doc.UserName(), p.Reason)
			}
			if p.State == store.Settled && p.Observed == p.Desired {
				continue
			}
			busy = true
			out, err := r.rec.Reconcile(r.Context(), key, nil)
			if err != nil {
				out.After = 2 * time.Second // as the queue's backoff
			}
			pause = min(pause, out.After)
		}
		if !busy {
			return
		}
		r.clock.add(pause)
	}
	for _, key := range keys {
		p := r.person(key)
		r.Errorf("%s does not settle: %s (%s)", p.User.Doc.UserName(), p.State, p.Reason)
	}
	r.FailNow()
}

// lagging lists the changes that people undergo while Twilio's reads are behind its
// writes.
func lagging() map[string]func(r *rig) []store.PersonKey {
	one := func(documents ...string) func(r *rig) []store.PersonKey {
		return func(r *rig) []store.PersonKey {
			ann := r.join(documents[0])
			for _, change := range documents[1:] {
				_, _ = r.rec.Reconcile(r.Context(), ann, nil)
				r.set(ann, change)
			}
			return []store.PersonKey{ann}
		}
	}
	lost := func(then func(r *rig) []store.PersonKey) func(r *rig) []store.PersonKey {
		return func(r *rig) []store.PersonKey {
			r.fault("POST", "Workers", "lost-answer", 1)
			return then(r)
		}
	}
	const ann = `{'userName':'Ann@x.org','displayName':'Ann'}`
	return map[string]func(r *rig) []store.PersonKey{
		"joins":                                one(ann),
		"joins, the answer is lost":            lost(one(ann)),
		"joins, changes":                       one(ann, `{'displayName':'Anna'}`),
		"joins, changes and changes back":      one(ann, `{'displayName':'Anna'}`, `{'displayName':'Ann'}`),
		"joins, is renamed":                    one(ann, `{'userName':'Anna@x.org'}`),
		"joins, is renamed, leaves":            one(ann, `{'userName':'Anna@x.org'}`, `{'active':false}`),
		"joins, leaves":                        one(ann, `{'active':false}`),
		"joins, leaves, returns":               one(ann, `{'active':false}`, `{'active':true}`),
		"joins, the answer is lost, renamed":   lost(one(ann, `{'userName':'Anna@x.org'}`)),
		"joins, the answer is lost, leaves":    lost(one(ann, `{'active':false}`)),
		"the same, renamed with it":            lost(one(ann, `{'userName':'Anna@x.org','active':false}`)),
		"the same, leaves after the rename":    lost(one(ann, `{'userName':'Anna@x.org'}`, `{'active':false}`)),
		"joins, the answer is lost, twice new": lost(one(ann, `{'userName':'Anna@x.org'}`, `{'userName':'Anne@x.org'}`)),
		"deleted, and somebody of the same name joins": func(r *rig) []store.PersonKey {
			first := one(ann)(r)[0]
			r.settles(first)
			r.drop(first)
			r.settles(first)
			return []store.PersonKey{first, r.join(ann)}
		},
		"two swap their names": func(r *rig) []store.PersonKey {
			first, second := r.join(ann), r.join(`{'userName':'ben@x.org'}`)
			r.settles(first, second)
			r.set(first, `{'userName':'carl@x.org'}`)
			r.set(second, `{'userName':'Ann@x.org'}`)
			r.set(first, `{'userName':'ben@x.org'}`)
			return []store.PersonKey{first, second}
		},
	}
}

// TestLag: Twilio shows Workers some seconds late, in fetches and in lists, and
// perhaps shows their names in lower case. In the end each active person has one
// Worker, no leaver has a Worker, and nobody was parked.
func TestLag(t *testing.T) {
	t.Parallel()
	for name, happens := range lagging() {
		for _, lag := range []map[string]any{
			{"fetch_lag": 0, "list_lag": 0}, {"fetch_lag": 2, "list_lag": 10}, {"fetch_lag": 10, "list_lag": 30}, {"fetch_lag": 0, "list_lag": 30},
		} {
			for _, shown := range []string{"as_written", "lower"} {
				t.Run(fmt.Sprintf("%s, %v and %v s, %s", name, lag["fetch_lag"], lag["list_lag"], shown), func(t *testing.T) {
					t.Parallel()
					options := map[string]any{"names_shown": shown}
					maps.Copy(options, lag)
					r := newRig(t, setup{SimClock: true, Options: options})
					keys := happens(r)
					r.settles(keys...)
					for range 2 {
						r.clock.add(2 * time.Minute)
						r.sweepAll()
						r.settles(keys...)
					}
					if sum, reports := r.sweepAll(); sum.Different+sum.Missing+sum.Orphans != 0 {
						t.Errorf("the last sweep: got %+v %q, want nothing left", sum, reports)
					}
					r.onePerPerson(keys)
				})
			}
		}
	}
}

// onePerPerson checks that each active person has one Worker, and that no other
// Workers exist.
func (r *rig) onePerPerson(keys []store.PersonKey) {
	r.Helper()
	r.clock.add(time.Minute)
	all := map[string]flex.Worker{} // :: mark → Worker
	for _, w := range r.workers() {
		mark := flex.Owner(w.Attributes)
		if other, twice := all[mark]; twice {
			r.Errorf("%s and %s are one person's", other.FriendlyName, w.FriendlyName)
		}
		all[mark] = w
	}
	for _, key := range keys {
		p := r.person(key)
		mark := string(key.Connection) + "/" + string(key.User)
		w, ok := all[mark]
		delete(all, mark)
		if p.Deleted || !p.User.Doc.Active() {
			if l := p.Leaver; ok || p.Link != nil || l != nil && l.Verified.IsZero() && l.Cancelled.IsZero() {
				r.Errorf("%s has left: got %v, link %v, leaver %+v", p.User.Doc.UserName(), w.SID, p.Link, l)
			}
			continue
		}
		if !ok || p.Link == nil || p.Link.Worker != w.SID || !strings.EqualFold(w.FriendlyName, p.User.Doc.UserName()) {
			r.Errorf("%s: got the Worker %s %q, link %+v", p.User.Doc.UserName(), w.SID, w.FriendlyName, p.Link)
		} else if a := attributes(r.T, w); p.User.Doc["displayName"] != nil && a["full_name"] != p.User.Doc["displayName"] {
			r.Errorf("%s: got attributes %v", p.User.Doc.UserName(), a)
		}
	}
	for mark, w := range all {
		r.Errorf("%s (%s) should not exist", w.FriendlyName, mark)
	}
}

// TestDuplicate checks that a person gets only one Worker even if the answer to a
// create is lost, the next write gets 503, and the person is then renamed.
func TestDuplicate(t *testing.T) {
	t.Parallel()
	for _, change := range []string{`{'userName':'anna','displayName':'B'}`, `{'userName':'anna','active':false}`} {
		r := newRig(t, setup{})
		ann := r.join(`{'userName':'ann','displayName':'A'}`)
		r.fault("POST", "Workers", "lost-answer", 1)
		r.fault("GET", "Workers", "503", 1)
		fails := func() {
			t.Helper()
			if _, err := r.rec.Reconcile(t.Context(), ann, nil); flex.KindOf(err) != flex.Down {
				t.Fatalf("got %v, want Down", err)
			}
		}
		fails()
		r.set(ann, `{'displayName':'B'}`)
		r.fault("POST", "Workers", "503", 1)
		fails()
		r.set(ann, change)
		r.settles(ann)
		r.onePerPerson([]store.PersonKey{ann})
	}
}

// TestSecondWorkerIsTheOnly checks that a sweep links a person's second Worker if
// somebody deleted the linked Worker by hand.
func TestSecondWorkerIsTheOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	second := r.foreign("anna", `{"flexscim":"`+string(acme)+"/"+string(ann.User)+`"}`)
	r.removeWorker(r.worker("ann"))
	r.clock.add(time.Minute)
	r.sweepAll()
	r.run(ann, store.Settled)
	if w := r.worker("ann"); w.SID != second.SID || len(r.workers()) != 1 {
		t.Errorf("got %v, want %s with the person's name", r.workers(), second.SID)
	}
}

// TestSecondWorker checks that a sweep removes a person's second Worker if it is
// ours and has no work, and if the linked Worker exists.
func TestSecondWorker(t *testing.T) {
	t.Parallel()
	idle := func(*rig, store.PersonKey, flex.Worker) {}
	for name, c := range map[string]struct {
		before func(r *rig, ann store.PersonKey, second flex.Worker)
		stays  bool
		after  func(r *rig, second flex.Worker) // after this call the next sweep removes the Worker; nil: no sweep removes it
	}{
		"idle":        {before: idle},
		"takes tasks": {before: func(r *rig, _ store.PersonKey, second flex.Worker) { r.online(second) }},
		"in a call": {stays: true,
			before: func(r *rig, _ store.PersonKey, second flex.Worker) {
				r.online(second)
				r.task(second, "accepted", true)
			},
			after: func(r *rig, second flex.Worker) {
				live, err := r.flex.LiveReservations(r.Context(), second.SID)
				if err != nil || len(live) != 1 {
					r.Fatalf("got %v, %v, want the call", live, err)
				}
				r.sim("POST", "/_sim/tasks/"+string(live[0].TaskSID), map[string]any{"status": "completed"})
			}},
		"of a leaver whose call is waited for": {before: func(r *rig, ann store.PersonKey, _ flex.Worker) {
			r.task(r.worker("ann"), "accepted", false)
			r.set(ann, `{'active':false}`)
			r.run(ann, store.Waiting)
		}},
		"the linked one has somebody else's mark": {stays: true,
			before: func(r *rig, _ store.PersonKey, _ flex.Worker) {
				r.edit(r.worker("ann"), map[string][]string{"Attributes": {`{"flexscim":"x/y"}`}})
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{Drain: time.Hour})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			second := r.foreign("anna", `{"flexscim":"`+string(acme)+"/"+string(ann.User)+`"}`)
			c.before(r, ann, second)
			sum, reports := r.sweepAll()
			w, stays := r.workers()["anna"]
			if stays != c.stays || (len(reports) > 0) != c.stays || sum.Second != 1 {
				t.Errorf("got the summary %+v, reports %q, the Worker is there: %t, want %t", sum, reports, stays, c.stays)
			}
			if c.after == nil {
				return
			}
			if w.Available {
				t.Error("it still takes tasks")
			}
			c.after(r, second)
			r.clock.add(time.Minute)
			r.sweepAll()
			if _, ok := r.workers()["anna"]; ok {
				t.Error("it is there without work")
			}
			r.wantAudit(second.SID, "worker.offline", "worker.deleted", "worker.verified_absent")
			r.worker("ann")
		})
	}
}
