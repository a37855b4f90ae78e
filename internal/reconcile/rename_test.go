package reconcile_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// meanwhile is a transport that counts responses: each one decreases the field
// left. When this field is 0, the transport calls the function do once.
type meanwhile struct {
	left atomic.Int64
	do   func()
}

func (m *meanwhile) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	if m.left.Add(-1) == 0 {
		m.do()
	}
	return res, err
}

// TestNameFreedMeanwhile reconciles a person who should get the name of another
// person's Worker. During the run, that Worker is renamed or deleted; the test
// repeats this for each call of the run. It checks that both people settle and
// nobody is parked.
func TestNameFreedMeanwhile(t *testing.T) {
	t.Parallel()
	joined := func(r *rig, name string) store.PersonKey {
		key := r.join(`{'userName':'` + name + `'}`)
		r.run(key, store.Settled)
		return key
	}
	// Each function returns a person who should get the name "ben". The Worker of the
	// person holder has this name.
	for name, story := range map[string]func(r *rig, holder store.PersonKey) store.PersonKey{
		"a rename to the name of a person who is renamed": func(r *rig, holder store.PersonKey) store.PersonKey {
			person := joined(r, "ann")
			r.set(holder, `{'userName':'ben2'}`)
			r.set(person, `{'userName':'ben'}`)
			return person
		},
		"a rename to the name of a leaver": func(r *rig, holder store.PersonKey) store.PersonKey {
			person := joined(r, "ann")
			r.drop(holder)
			r.set(person, `{'userName':'ben'}`)
			return person
		},
		"a new person with the name of a person who is renamed": func(r *rig, holder store.PersonKey) store.PersonKey {
			r.set(holder, `{'userName':'ben2'}`)
			return r.join(`{'userName':'ben'}`)
		},
		"a new person with the name of a leaver": func(r *rig, holder store.PersonKey) store.PersonKey {
			r.drop(holder)
			return r.join(`{'userName':'ben'}`)
		},
		"two people who swap their names": func(r *rig, holder store.PersonKey) store.PersonKey {
			person := joined(r, "ann")
			r.set(holder, `{'userName':'ben2'}`)
			r.set(person, `{'userName':'ben'}`)
			r.set(holder, `{'userName':'ann'}`)
			return person
		},
	} {
		for call := range 8 {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				between := &meanwhile{}
				r := newRig(t, setup{Transport: between})
				holder := joined(r, "ben")
				person := story(r, holder)
				between.do = func() {
					if _, err := r.other.Reconcile(t.Context(), holder, nil); err != nil {
						t.Error(err)
					}
				}
				between.left.Store(int64(call) + 1)
				for range 4 {
					for _, key := range []store.PersonKey{person, holder} {
						out, err := r.rec.Reconcile(t.Context(), key, nil)
						if err != nil {
							t.Fatal(err)
						}
						if out.State == store.Parked {
							t.Fatalf("parked: %s", out.Reason)
						}
						r.clock.add(time.Minute)
					}
				}
				between.left.Store(0)
				r.run(person, store.Settled)
				r.run(holder, store.Settled)
				r.worker("ben")
				if n := len(r.workers()); n > 2 {
					t.Errorf("got %d Workers, want at most two", n)
				}
			})
		}
	}
}

// TestSpareName gives a person's Worker its spare name, like a run that afterwards
// loses Twilio's response. It checks that the Worker is still the person's.
func TestSpareName(t *testing.T) {
	t.Parallel()
	for _, change := range []string{`{'active':false}`, `{'userName':'anna'}`, `{'userName':'anna','active':false}`} {
		for _, attrs := range []string{"", "{}"} {
			r := newRig(t, setup{})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			w := r.worker("ann")
			form := url.Values{"FriendlyName": {"flexscim-" + string(ann.User)}}
			if attrs != "" {
				form.Set("Attributes", attrs)
			}
			r.edit(w, form)
			r.set(ann, change)
			r.settles(ann)
			r.onePerPerson([]store.PersonKey{ann})
		}
	}
}

// falseAbsence is a transport. After armed is set, it responds with 404 to the next
// fetch of a Worker.
type falseAbsence struct{ armed atomic.Bool }

func (f *falseAbsence) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/Workers/WK") && f.armed.CompareAndSwap(true, false) {
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Type", "application/json")
		rec.WriteHeader(http.StatusNotFound)
		rec.WriteString(`{"code":20404,"message":"not found","more_info":"","status":404}`)
		return rec.Result(), nil
	}
	return http.DefaultTransport.RoundTrip(req)
}

// In TestFalseAbsence, Twilio wrongly answers 404 once when the run fetches a leaver's
// Worker. The test checks that the run finds the Worker by its name, and that the audit log says only once, at the
// end, that the removal is verified.
func TestFalseAbsence(t *testing.T) {
	t.Parallel()
	f := &falseAbsence{}
	r := newRig(t, setup{Transport: f})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann")
	r.clock.add(time.Minute)
	r.drop(ann)
	f.armed.Store(true)
	r.run(ann, store.Settled)
	if f.armed.Load() || len(r.workers()) != 0 {
		t.Errorf("got %v, want one false 404 and no Worker", r.workers())
	}
	r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.deleted", "worker.verified_absent")
}

// In TestFalseAbsenceKeepsLink, a person changes, and Twilio wrongly answers 404 once
// when the run fetches the person's Worker. In some cases the Worker has lost its mark.
// The test checks that the person keeps the Worker.
func TestFalseAbsenceKeepsLink(t *testing.T) {
	t.Parallel()
	for _, change := range []string{`{'displayName':'Ann'}`, `{'userName':'anna'}`, `{'userName':'ANN'}`} {
		for _, attrs := range []string{"", `{"theirs":1}`} {
			f := &falseAbsence{}
			r := newRig(t, setup{Transport: f})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			w := r.worker("ann")
			if attrs != "" {
				r.edit(w, url.Values{"Attributes": {attrs}})
			}
			r.clock.add(time.Minute)
			r.set(ann, change)
			f.armed.Store(true)
			r.run(ann, store.Settled)
			if l := r.person(ann).Link; f.armed.Load() || l.Worker != w.SID {
				t.Errorf("%s, attributes %s: got the link %+v, want %s", change, attrs, l, w.SID)
			}
			r.onePerPerson([]store.PersonKey{ann})
		}
	}
}
