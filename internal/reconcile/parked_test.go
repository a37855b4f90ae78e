package reconcile_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
)

// refusing responds with 400 and a message to all requests with one HTTP method.
type refusing struct{ method, message string }

func (f *refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.method == "" || req.Method != f.method || !strings.Contains(req.URL.Path, "/Workers") {
		return http.DefaultTransport.RoundTrip(req)
	}
	return answerTo(req, http.StatusBadRequest, "application/json", `{"code":20001,"message":"`+f.message+`","more_info":"","status":400}`), nil
}

// TestLeaverIsNeverParked makes Twilio refuse the calls for a leaver with an
// unknown message. It checks that the removal is tried again until Twilio accepts
// it.
func TestLeaverIsNeverParked(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodGet} {
		f := &refusing{}
		r := newRig(t, setup{Transport: f})
		ann := r.join(`{'userName':'ann'}`)
		r.run(ann, store.Settled)
		r.set(ann, `{'active':false}`)
		f.method, f.message = method, "The worker ann is not in a state that allows this"
		var last time.Duration
		for range 5 {
			out := r.run(ann, store.Waiting)
			if !strings.Contains(out.Reason, "not in a state") || strings.Contains(out.Reason, "ann ") || out.After <= 0 || out.After < last {
				t.Errorf("%s: got %+v, want a pause and Twilio's sentence without the name", method, out)
			}
			last = out.After
			r.clock.add(out.After + time.Minute)
		}
		f.method = ""
		r.run(ann, store.Settled)
		if all := r.workers(); len(all) != 0 {
			t.Errorf("%s: got %v, want the Worker gone", method, all)
		}
	}
}

// TestParkedIsTriedAgain checks that a sweep tries a parked person again, at
// growing intervals, and at once when a Worker has gone. The audit log gets only
// one entry.
func TestParkedIsTriedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Options: map[string]any{"max_workers": 1}})
	w := r.foreign("somebody", "{}")
	ann := r.join(`{'userName':'ann'}`)
	if out := r.run(ann, store.Parked); !strings.Contains(out.Reason, "limit of 1 Workers") {
		t.Errorf("got the reason %q, want Twilio's sentence", out.Reason)
	}
	tries := 0
	for range 4 * 24 * 7 { // a week of sweeps
		r.clock.add(15 * time.Minute)
		r.sweepAll()
		if r.behind(ann, store.Parked) {
			tries++
		}
	}
	if tries < 10 || tries > 40 {
		t.Errorf("got %d tries in a week, want some, at growing intervals", tries)
	}
	r.wantParked(ann)
	r.sweepAll()
	r.removeWorker(w)
	if sum, _ := r.sweepAll(); sum.Retried != 1 || !r.behind(ann, store.Settled) {
		t.Errorf("a Worker has gone: got %+v, want ann tried at once", sum)
	}
	r.worker("ann")
}

// TestParkedForAName checks that a sweep tries a parked person again at once when
// the Worker that has the person's name changes, even if the number of Workers
// stays the same.
func TestParkedForAName(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(r *rig, w flex.Worker){
		"is renamed": func(r *rig, w flex.Worker) { r.edit(w, url.Values{"FriendlyName": {"Ben"}}) },
		"is replaced": func(r *rig, w flex.Worker) {
			r.removeWorker(w)
			r.foreign("somebody", "{}")
		},
		"gets the person's mark": func(r *rig, w flex.Worker) {
			for p := range r.store.People(r.Context()) {
				r.edit(w, url.Values{"Attributes": {`{"flexscim":"` + string(p.Key.Connection) + "/" + string(p.Key.User) + `"}`}})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{})
			w := r.foreign("ANN", "{}")
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Parked)
			for range 40 { // the pause between two tries grows
				r.clock.add(time.Hour)
				r.sweepAll()
				r.behind(ann, store.Parked)
			}
			r.clock.add(time.Minute)
			if r.sweepAll(); r.behind(ann, store.Parked) {
				t.Fatal("ann is tried again although nothing has changed")
			}
			change(r, w)
			if r.sweepAll(); !r.behind(ann, store.Settled) {
				t.Error("ann is not tried again")
			}
		})
	}
}

// TestParkedAfterRestart checks that the first sweep of a process tries all parked
// people again, because adoption may have been switched on.
func TestParkedAfterRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	r.foreign("ann", "{}")
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Parked)
	r.sweepAll()
	r.behind(ann, store.Parked)
	r.setup.Adopt = true
	r.restart()
	r.sweepAll()
	if !r.behind(ann, store.Settled) {
		t.Error("ann was not tried again")
	}
	entries, err := r.store.AuditEntries(t.Context(), acme, string(ann.User), 10)
	if err != nil || len(entries) != 1 || entries[0].Action != audit.PersonParked {
		t.Errorf("got %v, %v, want one entry, person.parked", entries, err)
	}
}
