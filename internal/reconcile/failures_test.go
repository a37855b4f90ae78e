package reconcile_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

// path describes one kind of run.
type path struct {
	name  string
	begin func(r *rig, name string) store.PersonKey // makes the person and all changes before the run that fails
	gone  bool                                      // the person has no Worker in the end
	like  bool                                      // it makes the same calls as another path; tested only with FLEXSCIM_SOAK
}

// paths returns all kinds of run.
func paths() []path {
	settled := func(r *rig, name string) store.PersonKey {
		key := r.join(person(name))
		r.run(key, store.Settled)
		return key
	}
	leaving := func(status string, interaction bool) func(r *rig, name string) store.PersonKey {
		return func(r *rig, name string) store.PersonKey {
			key := settled(r, name)
			w := r.named(name)[0]
			r.online(w)
			if status != "" {
				r.task(w, status, interaction)
			}
			r.set(key, `{'active':false}`)
			return key
		}
	}
	changed := func(change string) func(r *rig, name string) store.PersonKey {
		return func(r *rig, name string) store.PersonKey {
			key := settled(r, name)
			r.set(key, strings.ReplaceAll(change, "NAME", name))
			return key
		}
	}
	return []path{
		{name: "create", begin: func(r *rig, name string) store.PersonKey { return r.join(person(name)) }},
		{name: "unchanged", begin: func(r *rig, name string) store.PersonKey {
			key := settled(r, name)
			r.touch(key)
			return key
		}},
		{name: "update", begin: changed(`{'displayName':'Ann B.'}`)},
		{name: "role change", like: true, begin: changed(`{'title':'Lead'}`)},
		{name: "rename", begin: changed(`{'userName':'new-NAME'}`)},
		{name: "leave, idle", begin: leaving("", false), gone: true},
		{name: "leave, with a reservation", begin: leaving("pending", false), gone: true, like: true},
		{name: "leave, with a live task", begin: leaving("accepted", false), gone: true},
		{name: "leave, with a live conversation", begin: leaving("accepted", true), gone: true},
		{name: "delete", gone: true, like: true, begin: func(r *rig, name string) store.PersonKey {
			key := settled(r, name)
			r.drop(key)
			return key
		}},
		{name: "return", begin: func(r *rig, name string) store.PersonKey {
			key := leaving("", false)(r, name)
			r.run(key, store.Settled)
			r.set(key, `{'active':true}`)
			return key
		}},
		{name: "adopt", begin: func(r *rig, name string) store.PersonKey {
			r.foreign(name, `{"theirs":1}`)
			return r.join(person(name))
		}},
	}
}

func person(name string) string {
	return `{'userName':'` + name + `','displayName':'Ann','emails':[{'value':'a@x.org'}]}`
}

// TestFailures lets each call to Twilio, in each kind of run, fail once in each way.
// With FLEXSCIM_SOAK, each call also fails in two successive runs. The test checks
// that the person is either retried and settles after the failure is over, or is
// parked with a reason and settles after `flexscim sync`. In the end Flex must match
// the IdP, without duplicates.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, p := range paths() {
		for _, flexUsers := range []bool{false, true} {
			t.Run(p.name+map[bool]string{true: " (flex-users)"}[flexUsers], func(t *testing.T) {
				t.Parallel()
				s := &striker{}
				s.rig = newRig(t, setup{
					Adopt: true, Rules: supervisors, FlexUsers: flexUsers, Transport: s,
					Options: map[string]any{"interactions_per_second": 0}, // each new client has a limiter of its own
				})
				s.path(p)
				s.once()
			})
		}
	}
}

// striker.path makes every call of one kind of run fail in every way.
func (s *striker) path(p path) {
	s.rig.Helper()
	key := p.begin(s.rig, "free")
	s.set(nil, 0, false)
	s.rig.run(key, store.Settled)
	calls := s.seen
	s.check(p, key, "without a failure")
	patience := 1
	if os.Getenv("FLEXSCIM_SOAK") != "" {
		patience = 2
	} else if p.like {
		return
	}
	for _, f := range failures() {
		for n, call := range calls {
			if f.writes && strings.HasPrefix(call, http.MethodGet) || s.rig.setup.FlexUsers && !strings.Contains(call, "/v4/") {
				continue
			}
			for _, lasts := range []bool{false, true}[:patience] {
				row := fmt.Sprintf("%s to call %d, %s, lasting %t", f.name, n+1, call, lasts)
				s.row(p, f, n+1, lasts, row)
			}
		}
	}
}

// striker.once checks that no person has two Workers, whatever their names.
func (s *striker) once() {
	s.rig.Helper()
	seen := map[string]string{} // :: mark → name
	for name, w := range s.rig.workers() {
		mark := flex.Owner(w.Attributes)
		if other, twice := seen[mark]; twice && mark != "" {
			s.rig.Errorf("%s and %s belong to the same person", name, other)
		}
		seen[mark] = name
	}
}

// striker.row checks one failure and the recovery from it.
func (s *striker) row(p path, f failure, number int, lasts bool, row string) {
	r := s.rig
	r.Helper()
	s.rows++
	key := p.begin(r, fmt.Sprintf("p%d@x.org", s.rows))
	s.set(&f, number, lasts)
	for range map[bool]int{false: 1, true: 2}[lasts] {
		if !s.fails(p, f, key, row) {
			break
		}
		r.clock.add(time.Hour)
		r.restart() // the restarted process does not know the pause of a Retry-After
	}
	if s.kind == "" {
		r.Errorf("%s: the run makes fewer calls: %q", row, s.seen)
	}
	s.set(nil, 0, false)
	s.recovers(key, row)
	s.check(p, key, row)
}

// striker.fails executes the run in which the call fails, and checks that the store
// has the run's outcome. It reports whether the person still has to be reconciled.
func (s *striker) fails(way path, f failure, key store.PersonKey, row string) (open bool) {
	r := s.rig
	r.Helper()
	before, finished := len(s.seen), false
	out, err := r.rec.Reconcile(r.Context(), key, func(_ *store.Tx, done bool) error { finished = done; return nil })
	p := r.person(key)
	over := p.State == store.Settled || p.State == store.Parked
	switch {
	case p.State != out.State || over != finished || over != (p.Observed == p.Desired):
		r.Errorf("%s: got %s, recorded %s at %d of %d, job finished %t", row, out.State, p.State, p.Observed, p.Desired, finished)
	case (p.State == store.Retrying) != (err != nil):
		r.Errorf("%s: got %s and the error %v", row, p.State, err)
	case p.State == store.Parked && !s.no && (f.parks == nil || !f.parks(way, s.kind)):
		r.Errorf("%s: the person is parked: %s", row, p.Reason)
	case (p.State == store.Settled) != (p.Reason == ""):
		r.Errorf("%s: got %s with the reason %q", row, p.State, p.Reason)
	case !over && out.After <= 0, out.After < f.pause && !over:
		r.Errorf("%s: got the next run after %s", row, out.After)
	case err != nil && flex.KindOf(err) == "":
		r.Errorf("%s: the error has no kind: %v", row, err)
	}
	if n := len(s.seen) - before; n > mostCalls {
		r.Errorf("%s: the run made %d calls", row, n)
	}
	return !over
}

// mostCalls is the maximum number of calls of a failing run.
const mostCalls = 60

// striker.recovers reconciles until the person settles. If the person is parked, it
// first touches the person.
func (s *striker) recovers(key store.PersonKey, row string) {
	r := s.rig
	r.Helper()
	for range 4 {
		switch p := r.person(key); {
		case p.State == store.Settled && p.Observed == p.Desired:
			return
		case p.State == store.Parked:
			r.touch(key)
		}
		r.clock.add(time.Hour)
		if _, err := r.rec.Reconcile(r.Context(), key, nil); err != nil {
			r.Errorf("%s: Twilio works again, but got %v", row, err)
			return
		}
	}
	r.Errorf("%s: the person does not settle: %s, %s", row, r.person(key).State, r.person(key).Reason)
}

// touch touches a person, as `flexscim sync` does.
func (r *rig) touch(key store.PersonKey) {
	r.Helper()
	r.write(func(tx *store.Tx) error { return tx.Touch(r.Context(), key, store.Why{Urgency: store.Changing}) })
}

// rig.named returns the Workers with these names.
func (r *rig) named(names ...string) (all []flex.Worker) {
	r.Helper()
	for _, name := range names {
		found, err := r.flex.Find(r.Context(), name)
		if err != nil {
			r.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// check compares Flex with the values that the IdP sent.
func (s *striker) check(p path, key store.PersonKey, row string) {
	r := s.rig
	r.Helper()
	is := r.person(key)
	old, _ := strings.CutPrefix(is.User.Doc.UserName(), "new-")
	mine := r.named(old, "new-"+old)
	if p.gone {
		if l := is.Leaver; len(mine) != 0 || is.Link != nil || l == nil || l.Verified.IsZero() || l.Offline.IsZero() {
			r.Errorf("%s: got %v, link %v, leaver %+v, want the Worker gone and the removal verified", row, mine, is.Link, l)
		}
		return
	}
	if len(mine) != 1 || is.Link == nil || is.Link.Worker != mine[0].SID || mine[0].FriendlyName != is.User.Doc.UserName() {
		r.Errorf("%s: got %v, link %v, want one linked Worker with the userName", row, mine, is.Link)
		return
	}
	a := attributes(r.T, mine[0])
	role := map[bool]string{true: "supervisor", false: "agent"}[is.User.Doc["title"] == "Lead"]
	if a["full_name"] != is.User.Doc["displayName"] || fmt.Sprint(a["roles"]) != "["+role+"]" || (p.name == "adopt") != (a["theirs"] != nil) {
		r.Errorf("%s: got attributes %s", row, mine[0].Attributes)
	}
}
