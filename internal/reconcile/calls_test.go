package reconcile_test

import (
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// TestCalls checks the number of calls to Twilio for each kind of run. The back end
// flex-users makes more calls: it reads the result of each Provision request, removes
// through TaskRouter the roles that Provision did not remove, looks up the user's SID
// before each Deprovision request, and reads the result of this request twice.
func TestCalls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                  string
		begin                 func(r *rig) store.PersonKey
		state                 store.State
		taskRouter, flexUsers int
	}{
		{"a new person", newPerson, store.Settled, 1, 3},
		{"nothing to do", settledPerson, store.Settled, 1, 1},
		{"a changed role", after(`{'title':'Lead'}`), store.Settled, 2, 4},
		{"a changed name", after(`{'userName':'bob@x.org'}`), store.Settled, 2, 4},
		{"a changed name and role", after(`{'userName':'bob@x.org','title':'Lead'}`), store.Settled, 2, 4},
		{"an idle leaver", after(`{'active':false}`), store.Settled, 7, 9},
		{"a leaver in a call, routing not stopped", onThePhone(false, 0), store.Waiting, 3, 3},
		{"a leaver in a call, before the deadline", onThePhone(false, time.Minute), store.Waiting, 2, 2},
		{"a leaver in a call, at the deadline", onThePhone(false, time.Hour), store.Settled, 12, 14},
		{"a leaver in a conversation, at the deadline", onThePhone(true, time.Hour), store.Settled, 13, 15},
		{"a changed person whose Worker was removed", afterTwo(`{'active':false}`, `{'title':'-'}`), store.Settled, 1, 1},
		{"a return", afterTwo(`{'active':false}`, `{'active':true}`), store.Settled, 3, 5},
		{"an adoption", adopted, store.Settled, 4, 5},
	} {
		for _, flexUsers := range []bool{false, true} {
			name, want := c.name, c.taskRouter
			if flexUsers {
				name, want = c.name+" (flex-users)", c.flexUsers
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, setup{Adopt: true, Rules: supervisors, Drain: time.Hour, FlexUsers: flexUsers})
				r.calls(c.begin(r), c.state, want)
			})
		}
	}
}

func newPerson(r *rig) store.PersonKey { return r.join(person("ann@x.org")) }

func settledPerson(r *rig) store.PersonKey {
	key := newPerson(r)
	r.run(key, store.Settled)
	r.clock.add(time.Minute) // a minute later, Twilio's fetches show the Worker
	return key
}

// after(change) returns a function. That function makes a settled person and then
// the change, which no run has applied.
func after(change string) func(r *rig) store.PersonKey {
	return func(r *rig) store.PersonKey {
		key := settledPerson(r)
		r.set(key, change)
		return key
	}
}

// afterTwo returns a function that makes a person with two changes. A run has applied
// only the first change.
func afterTwo(first, second string) func(r *rig) store.PersonKey {
	return func(r *rig) store.PersonKey {
		key := after(first)(r)
		r.run(key, store.Settled)
		r.set(key, second)
		return key
	}
}

// onThePhone returns a function that makes a leaver in a call. The argument since
// says how long ago routing was stopped; if it is 0, routing is not stopped yet.
func onThePhone(conversation bool, since time.Duration) func(r *rig) store.PersonKey {
	return func(r *rig) store.PersonKey {
		key := settledPerson(r)
		r.task(r.worker("ann@x.org"), "accepted", conversation)
		r.set(key, `{'active':false}`)
		if since > 0 {
			r.run(key, store.Waiting)
			r.clock.add(since)
		}
		return key
	}
}

func adopted(r *rig) store.PersonKey {
	r.foreign("ann@x.org", `{"theirs":1}`)
	return newPerson(r)
}
