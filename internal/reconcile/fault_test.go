package reconcile_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// TestLostAnswer drops Twilio's response to each kind of write. It checks that the
// next observation shows whether the write succeeded, and that no write takes effect
// twice.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"lost-answer", "ok-no-effect"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{})
			ann := r.join(`{'userName':'ann'}`)
			r.fault("POST", "Workers", kind, 1)
			r.run(ann, store.Settled)
			w := r.worker("ann")

			r.set(ann, `{'displayName':'Ann','userName':'ann2'}`)
			r.fault("POST", "Workers", kind, 1)
			r.run(ann, store.Settled)
			if got := r.worker("ann2"); got.SID != w.SID || attributes(t, got)["full_name"] != "Ann" {
				t.Errorf("after the update: got %+v", got)
			}

			r.online(w)
			r.set(ann, `{'active':false}`)
			r.fault("POST", "Workers", kind, 1)
			r.fault("DELETE", "Workers", kind, 1)
			r.run(ann, store.Settled)
			if all := r.workers(); len(all) != 0 {
				t.Errorf("after the removal: got %v", all)
			}
			if l := r.person(ann).Leaver; l.Offline.IsZero() || l.Removed.IsZero() || l.Verified.IsZero() {
				t.Errorf("after the removal: got the leaver %+v", l)
			}
		})
	}
}

// TestLostCreateThenRename drops Twilio's response to a create, and renames the
// person before Twilio works again. It checks that the person still has one Worker.
func TestLostCreateThenRename(t *testing.T) {
	t.Parallel()
	for _, rest := range []string{`{'userName':'anna'}`, `{'userName':'anna','active':false}`} {
		r := newRig(t, setup{})
		ann := r.join(`{'userName':'ann'}`)
		r.fault("POST", "Workers", "lost-answer", 1)
		r.fault("GET", "Workers", "503", 1)
		if _, err := r.rec.Reconcile(t.Context(), ann, nil); flex.KindOf(err) != flex.Down {
			t.Fatalf("got %v, want Down", err)
		}
		r.worker("ann")
		r.set(ann, rest)
		r.run(ann, store.Settled)
		all := r.workers()
		if _, renamed := all["anna"]; strings.Contains(rest, "active") && len(all) != 0 || !strings.Contains(rest, "active") && (len(all) != 1 || !renamed) {
			t.Errorf("after %s: got %v", rest, all)
		}
	}
}

// TestTwilioFails makes Twilio return an error of each kind. It checks that the
// error keeps its Kind, that the person is retried, and that the next run succeeds.
func TestTwilioFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind string
		want flex.Kind
		text string
	}{
		{"429", flex.Slow, "Twilio asks to slow down"},
		{"500", flex.Down, "Twilio does not answer"},
		{"503", flex.Down, "Twilio does not answer"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{})
			ann := r.join(`{'userName':'ann'}`)
			r.fault("POST", "Workers", c.kind, 1)
			called := false
			out, err := r.rec.Reconcile(t.Context(), ann, func(_ *store.Tx, done bool) error { called = called || done; return nil })
			if flex.KindOf(err) != c.want || out.State != store.Retrying {
				t.Errorf("got %s, %v, want Retrying and %s", out.State, err, c.want)
			}
			if called {
				t.Error("the job was finished, but the person is not settled")
			}
			p := r.person(ann)
			if p.State != store.Retrying || !strings.HasPrefix(p.Reason, c.text) || p.Observed == p.Desired {
				t.Errorf("got %s (%s), want retrying (%s …)", p.State, p.Reason, c.text)
			}
			if behind, _, err := r.store.Behind(t.Context(), 10); err != nil || len(behind) != 0 {
				t.Errorf("got behind %v, %v, want none until the next try", behind, err)
			}
			r.run(ann, store.Settled)
			r.worker("ann")
		})
	}
}

// TestRefused checks that a person is parked if Twilio will never accept the
// request.
func TestRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Options: map[string]any{"max_workers": 1}})
	r.foreign("somebody", "{}")
	ann := r.join(`{'userName':'ann'}`)
	finished := false
	out, err := r.rec.Reconcile(t.Context(), ann, func(_ *store.Tx, done bool) error { finished = finished || done; return nil })
	if err != nil || out.State != store.Parked || !strings.Contains(out.Reason, "code 20001") || !finished {
		t.Errorf("got %+v, %v, finished %t, want the person parked with Twilio's code, and the job finished", out, err, finished)
	}
	r.wantParked(ann)
	entries, err := r.store.AuditEntries(t.Context(), acme, string(ann.User), 1)
	if err != nil || len(entries) != 1 || r.requestWith(entries[0].Detail["twilio_request"]) != "POST /Workers" {
		t.Errorf("got %v, %v, want the id of the refused request", entries, err)
	}
}

// wantParked checks that the audit log has exactly one entry about the person:
// person.parked, with the reason.
func (r *rig) wantParked(key store.PersonKey) {
	r.Helper()
	entries, err := r.store.AuditEntries(r.Context(), acme, string(key.User), 10)
	if err != nil || len(entries) != 1 || entries[0].Action != "person.parked" || entries[0].Detail["why"] == "" {
		r.Errorf("got the entries %v, %v, want only person.parked", entries, err)
	}
}

// TestFinish checks that the function finish is called in the transaction that
// saves the outcome, and that its argument done is false if a newer generation has
// arrived.
func TestFinish(t *testing.T) {
	t.Parallel()
	change := &onRequest{}
	r := newRig(t, setup{Transport: change})
	ann := r.join(`{'userName':'ann'}`)

	broken := errors.New("broken")
	if _, err := r.rec.Reconcile(t.Context(), ann, whenDone(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of finish", err)
	}
	if p := r.person(ann); p.State != store.Pending || p.Observed == p.Desired {
		t.Errorf("got %+v, want only the note that a Worker may exist", p)
	}

	change.set(func() { r.set(ann, `{'displayName':'Ann'}`) })
	out, err := r.rec.Reconcile(t.Context(), ann, whenDone(broken))
	if err != nil || !out.Again {
		t.Errorf("got %+v, %v, want Again without finish", out, err)
	}
	if p := r.person(ann); p.State != store.Pending || p.Link == nil {
		t.Errorf("got %s, link %v, want pending, with the Worker linked", p.State, p.Link)
	}
	finished := false
	out, err = r.rec.Reconcile(t.Context(), ann, func(_ *store.Tx, done bool) error { finished = finished || done; return nil })
	if err != nil || out.Again || !finished {
		t.Errorf("got %+v, %v, finished %t, want the job finished", out, err, finished)
	}
	if a := attributes(t, r.worker("ann")); a["full_name"] != "Ann" {
		t.Errorf("got %v, want the newer generation", a)
	}
}

// whenDone returns a function of the type Finish that returns err if its argument
// done is true.
func whenDone(err error) reconcile.Finish {
	return func(_ *store.Tx, done bool) error {
		if done {
			return err
		}
		return nil
	}
}

// onRequest is a transport that calls the function do once, before it sends the next
// request.
type onRequest struct{ do func() }

func (o *onRequest) set(do func()) { o.do = do }

func (o *onRequest) RoundTrip(req *http.Request) (*http.Response, error) {
	if do := o.do; do != nil && req.URL.Path != "/v1/Configuration" {
		o.do = nil
		do()
	}
	return http.DefaultTransport.RoundTrip(req)
}

// TestConflict changes a Worker between our read and our write. It checks that
// both changes are kept.
func TestConflict(t *testing.T) {
	t.Parallel()
	for _, etag := range []string{"quoted", "bare", "weak"} {
		t.Run(etag, func(t *testing.T) {
			t.Parallel()
			change := &onRequest{}
			r := newRig(t, setup{Transport: beforePost{change}, Options: map[string]any{"etag": etag}})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			w := r.worker("ann")
			r.set(ann, `{'displayName':'Ann'}`)
			change.set(func() {
				r.edit(w, map[string][]string{"Attributes": {strings.Replace(w.Attributes, "{", `{"theirs":1,`, 1)}})
			})
			r.run(ann, store.Settled)
			if a := attributes(t, r.worker("ann")); a["theirs"] != 1.0 || a["full_name"] != "Ann" {
				t.Errorf("got %v, want both writes", a)
			}
		})
	}
}

type beforePost struct{ *onRequest }

func (b beforePost) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost {
		return http.DefaultTransport.RoundTrip(req)
	}
	return b.onRequest.RoundTrip(req)
}

// TestStopped stops a run in the middle. It checks that the changes made so far are
// in the audit log, and that Reconcile returns an error.
func TestStopped(t *testing.T) {
	t.Parallel()
	change := &onRequest{}
	r := newRig(t, setup{Transport: change, Timeout: 5 * time.Second})
	ann := r.join(`{'userName':'ann'}`)
	r.run(ann, store.Settled)
	r.set(ann, `{'active':false}`)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	var count func()
	count = func() {
		if n++; n == 4 { // fetch, offline, channels, delete
			cancel()
		}
		change.set(count)
	}
	change.set(count)
	if _, err := r.rec.Reconcile(ctx, ann, nil); err == nil {
		t.Fatal("got no error, want an error because the run was stopped")
	}
	change.set(nil)
	if l := r.person(ann).Leaver; l == nil || l.Offline.IsZero() {
		t.Errorf("got the leaver %+v, want the time of going offline", l)
	}
	if behind, _, err := r.store.Behind(t.Context(), 10); err != nil || len(behind) != 1 {
		t.Errorf("got behind %v, %v, want the person due immediately", behind, err)
	}
	r.run(ann, store.Settled)
}
