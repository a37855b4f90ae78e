package reconcile_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store"
)

// unfetched responds with 404 to fetches of Workers while it is on.
type unfetched struct {
	on   bool
	only flex.WorkerSID // "": every Worker
}

func (u *unfetched) RoundTrip(req *http.Request) (*http.Response, error) {
	if u.on && req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/Workers/WK") && strings.HasSuffix(req.URL.Path, string(u.only)) {
		return twilioError(404, 20404)(nil, req)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// TestFetchAgainstList makes Twilio respond with 404 to each fetch of a Worker that
// Twilio's list still shows. It checks that the person waits, however long this
// lasts, and keeps the link to the Worker.
func TestFetchAgainstList(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(r *rig, ann store.PersonKey){
		"leaves": func(r *rig, ann store.PersonKey) { r.set(ann, `{'active':false}`) },
		"leaves during a call": func(r *rig, ann store.PersonKey) {
			r.task(r.worker("ann"), "accepted", false)
			r.set(ann, `{'active':false}`)
		},
		"leaves, renamed": func(r *rig, ann store.PersonKey) { r.set(ann, `{'userName':'anna','active':false}`) },
		"is deleted":      func(r *rig, ann store.PersonKey) { r.drop(ann) },
		"is changed":      func(r *rig, ann store.PersonKey) { r.set(ann, `{'displayName':'Ann'}`) },
		"is renamed":      func(r *rig, ann store.PersonKey) { r.set(ann, `{'userName':'anna'}`) },
		"is unmarked": func(r *rig, ann store.PersonKey) {
			r.edit(r.worker("ann"), url.Values{"Attributes": {"{}"}})
			r.touch(ann)
		},
		"renamed, unmarked": func(r *rig, ann store.PersonKey) {
			r.edit(r.worker("ann"), url.Values{"Attributes": {"{}"}})
			r.set(ann, `{'userName':'anna'}`)
		},
	} {
		for _, attributes := range []string{"present", "null"} {
			t.Run(fmt.Sprintf("%s, attributes in lists: %s", name, attributes), func(t *testing.T) {
				t.Parallel()
				u := &unfetched{}
				r := newRig(t, setup{Transport: u, Options: map[string]any{"list_attributes": attributes}})
				ann := r.join(`{'userName':'ann'}`)
				r.run(ann, store.Settled)
				sid := r.worker("ann").SID
				r.clock.add(time.Hour)
				change(r, ann)
				u.on = true
				var last time.Duration
				for range 5 {
					out := r.run(ann, store.Waiting)
					if l := r.person(ann).Link; l == nil || l.Worker != sid || out.After < last {
						t.Fatalf("got the link %+v and a pause of %v after %v, want %s and growing pauses", l, out.After, last, sid)
					}
					last = out.After
					r.clock.add(out.After + time.Minute)
				}
				u.on = false
				r.settles(ann)
				p := r.person(ann)
				if left := p.Deleted || !p.User.Doc.Active(); left && (p.Leaver.Offline.IsZero() || p.Leaver.Worker != sid) || !left && p.Link.Worker != sid {
					t.Errorf("got the link %+v and the leaver %+v, want %s", p.Link, p.Leaver, sid)
				}
				r.onePerPerson([]store.PersonKey{ann})
			})
		}
	}
}

// TestSecondOfUnfetched gives a person a second Worker while no fetch finds the linked
// Worker, which Twilio's list still shows. It checks that a sweep does not link the
// second Worker instead.
func TestSecondOfUnfetched(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"ann", "zoe"} { // the first Worker is listed before, then after, the second
		u := &unfetched{}
		r := newRig(t, setup{Transport: u})
		r.foreign("in between", "{}")
		key := r.join(`{'userName':'` + first + `'}`)
		mark := `{"flexscim":"` + string(acme) + "/" + string(key.User) + `"}`
		if first == "zoe" {
			r.foreign("second", mark)
		}
		r.run(key, store.Settled)
		if first == "ann" {
			r.foreign("second", mark)
		}
		u.on, u.only = true, r.worker(first).SID
		r.clock.add(time.Hour)
		_, reports := r.sweepAll()
		if l := r.person(key).Link; l.Worker != u.only || len(r.workers()) != 3 || len(reports) != 0 {
			t.Errorf("got the link %+v, Workers %v, reports %q, want no change", l, r.workers(), reports)
		}
		u.on = false
		r.settles(key)
		r.sweepAll()
		if _, ok := r.workers()["second"]; ok || r.person(key).Link.Worker != u.only {
			t.Errorf("after the fault: got %v, want only the linked Worker", r.workers())
		}
	}
}

// TestLinkIsKept checks that a person keeps the link to a new Worker while no fetch
// and no list shows the Worker, even if calls fail, and even if the Worker loses its
// mark, so that only the link shows whose Worker it is. A leaver's Worker is removed.
func TestLinkIsKept(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"503", "reset", "lost-answer", "ok-no-effect"} {
		for _, change := range []string{`{'displayName':'Ann'}`, `{'userName':'ANN'}`, `{'userName':'anna'}`, `{'active':false}`} {
			t.Run(kind+", "+change, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, setup{SimClock: true, Options: map[string]any{"fetch_lag": 10, "list_lag": 30}})
				ann := r.join(`{'userName':'ann'}`)
				r.run(ann, store.Settled)
				sid := r.person(ann).Link.Worker
				r.edit(flex.Worker{SID: sid}, url.Values{"Attributes": {`{"theirs":1}`}})
				r.set(ann, change)
				r.fault("POST", "Workers", kind, 1)
				_, _ = r.rec.Reconcile(t.Context(), ann, nil)
				if p := r.person(ann); p.Link == nil && p.Leaver == nil || p.Link != nil && p.Link.Worker != sid {
					t.Errorf("got the link %+v, want %s", p.Link, sid)
				}
				r.sim("DELETE", "/_sim/faults", nil)
				r.clock.add(2 * time.Minute)
				r.settles(ann)
				r.onePerPerson([]store.PersonKey{ann})
			})
		}
	}
}

// TestNewLeaver deactivates a person whose new Worker no fetch shows yet. It checks
// that the Worker is removed at once, and that a deletion without effect is noticed.
func TestNewLeaver(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"", "lost-answer", "ok-no-effect"} {
		r := newRig(t, setup{SimClock: true, Options: map[string]any{"fetch_lag": 10, "list_lag": 30}})
		ann := r.join(`{'userName':'ann'}`)
		r.run(ann, store.Settled)
		r.set(ann, `{'active':false}`)
		if fault != "" {
			r.fault("DELETE", "Workers", fault, 1)
		}
		r.run(ann, store.Settled)
		if l := r.person(ann).Leaver; l.Offline.IsZero() || l.Verified.IsZero() {
			t.Errorf("%s: got the leaver %+v, want the removal verified", fault, l)
		}
		r.clock.add(time.Minute)
		if n := len(r.workers()); n != 0 {
			t.Errorf("%s: got %d Workers, want none", fault, n)
		}
	}
}

// effective lets Twilio execute a create and responds with an error.
type effective struct{ status int }

func (e *effective) RoundTrip(req *http.Request) (*http.Response, error) {
	status := e.status
	if status == 0 || req.Method != http.MethodPost {
		return http.DefaultTransport.RoundTrip(req)
	}
	e.status = 0
	if _, _, err := exchange(req); err != nil {
		return nil, err
	}
	return twilioError(status, 20000+status)(nil, req)
}

// TestCreateIsLookedUp checks that a create is never sent again without a look-up if
// its response does not prove that no Worker was made.
func TestCreateIsLookedUp(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 409, 412, 500, 502, 504} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{Transport: &effective{status}})
			ann := r.join(`{'userName':'ann'}`)
			r.fault("GET", "Workers", "503", 1)
			if _, err := r.rec.Reconcile(t.Context(), ann, nil); err == nil {
				t.Fatal("got no error, want the first look-up to fail")
			}
			r.set(ann, `{'userName':'anna'}`)
			r.settles(ann)
			r.onePerPerson([]store.PersonKey{ann})
			if posts := strings.Count(strings.Join(r.requests(), "\n"), "POST /v1/Workspaces/"+string(r.ws.SID)+"/Workers\n"); posts != 1 {
				t.Errorf("got %d creates, want one", posts)
			}
		})
	}
}

// unverified responds with 503 to the first fetch after a DELETE.
type unverified struct{ deleted bool } // deleted: the last request was a DELETE

func (u *unverified) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet && u.deleted {
		u.deleted = false
		return page(503)(nil, req)
	}
	u.deleted = req.Method == http.MethodDelete
	return http.DefaultTransport.RoundTrip(req)
}

// TestReturnsBeforeReadBack brings a leaver back after the Worker's deletion, before
// a read confirmed the deletion. It checks that the record is closed with what has
// happened, and that the next removal has a record of its own.
func TestReturnsBeforeReadBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options map[string]any
		fault   string // of the DELETE
		waits   bool
		want    leaver.Stage
	}{
		"deleted":                               {want: leaver.Verified},
		"deleted, and the answer is lost":       {fault: "lost-answer", want: leaver.Verified},
		"deleted, and still shown for 10 s":     {options: map[string]any{"fetch_lag": 10, "list_lag": 30}, waits: true, want: leaver.Verified},
		"not deleted":                           {fault: "ok-no-effect", waits: true, want: leaver.Cancelled},
		"not deleted, and Twilio does not work": {fault: "503", waits: true, want: leaver.Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &unverified{}
			r := newRig(t, setup{Drain: time.Hour, SimClock: true, Options: c.options, Transport: u})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			sid := r.person(ann).Link.Worker
			r.clock.add(time.Hour)
			r.set(ann, `{'active':false}`)
			if c.fault != "" {
				r.fault("DELETE", "Workers", c.fault, 1)
			}
			if _, err := r.rec.Reconcile(t.Context(), ann, nil); err == nil {
				t.Fatal("got no error, want a removal that is not confirmed")
			}
			u.deleted = false
			r.set(ann, `{'active':true}`)
			if out := r.run(ann, map[bool]store.State{true: store.Waiting, false: store.Settled}[c.waits]); out.After > 2*time.Second {
				t.Errorf("got a pause of %v, want at most 2 s", out.After)
			}
			r.clock.add(time.Minute)
			r.settles(ann)
			p := r.person(ann)
			if kept := p.Link.Worker == sid; p.Leaver.Stage() != c.want || kept != (c.want == leaver.Cancelled) {
				t.Errorf("got the stage %s, link %+v, want %s", p.Leaver.Stage(), p.Link, c.want)
			}
			r.onePerPerson([]store.PersonKey{ann})

			r.clock.add(24 * time.Hour)
			r.task(r.worker("ann"), "accepted", false)
			r.set(ann, `{'active':false}`)
			r.run(ann, store.Waiting)
			if l := r.person(ann).Leaver; l.ID == p.Leaver.ID || l.Deadline.Sub(r.clock.now()) != time.Hour {
				t.Errorf("got %+v, want a second record, whose deadline is in an hour", l)
			}
		})
	}
}
