package reconcile_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// TestTakenOver stops a replica in the middle of a run until another replica has
// settled the same person, and then lets the first replica continue. It checks that
// the first replica does not overwrite what the second replica saved.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers int                                 // the first replica hangs after this number of Twilio's responses
		before  func(r *rig, ann store.PersonKey)   // called before the first replica's run
		between func(r *rig, task string)           // called before the second replica's run
		effects int                                 // number of changes that the first replica makes in Flex
		want    func(p store.Person, w string) bool // checks what the second replica saved
	}{
		"the first would wait for a call that has ended": {
			answers: 3, // fetch, offline, channels
			before:  func(r *rig, ann store.PersonKey) { r.set(ann, `{'active':false}`) },
			between: func(r *rig, task string) {
				r.sim("POST", "/_sim/tasks/"+task, map[string]any{"status": "completed"})
			},
			effects: 1,
			want:    func(p store.Person, _ string) bool { return p.Link == nil && !p.Leaver.Verified.IsZero() },
		},
		"the first would retry an update that is done": {
			answers: 2, // the response to the fetch, and a 503 to the update
			before: func(r *rig, ann store.PersonKey) {
				r.set(ann, `{'displayName':'Ann'}`)
				r.fault("POST", "Workers", "503", 1)
			},
			want: func(p store.Person, w string) bool { return string(p.Link.Worker) == w && p.Leaver == nil },
		},
		"the first would make a Worker that exists": {
			answers: 2, // fetch: 404; look-up: nobody
			before:  func(r *rig, ann store.PersonKey) { r.removeWorker(r.worker("ann")) },
			want:    func(p store.Person, w string) bool { return p.Link.Worker != "lost" && string(p.Link.Worker) != w },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hang := &onAnswer{}
			r := newRig(t, setup{Drain: time.Hour, Transport: hang})
			ann := r.join(`{'userName':'ann'}`)
			r.run(ann, store.Settled)
			w := r.worker("ann")
			task := ""
			if c.between != nil {
				task = r.task(w, "accepted", false)
			}
			c.before(r, ann)
			taken := false
			hang.after(c.answers, func() {
				taken = true
				if c.between != nil {
					c.between(r, task)
				}
				if out, err := r.other.Reconcile(t.Context(), ann, nil); err != nil || out.State != store.Settled {
					t.Errorf("the other replica: got %+v, %v", out, err)
				}
			})
			_, err := r.rec.Reconcile(t.Context(), ann, func(*store.Tx, bool) error {
				if taken {
					return reconcile.ErrLost
				}
				return nil
			})
			if !errors.Is(err, reconcile.ErrLost) || !taken {
				t.Errorf("got %v, taken over %t, want ErrLost", err, taken)
			}
			p := r.person(ann)
			if p.State != store.Settled || p.Observed != p.Desired || !c.want(p, string(w.SID)) {
				t.Errorf("got %s (%s), link %+v, leaver %+v, want what the other replica saved", p.State, p.Reason, p.Link, p.Leaver)
			}
			r.wantOffline(string(w.SID), 2*c.effects)
			if n := len(r.workers()); n != 1-c.effects {
				t.Errorf("got %d Workers, want %d", n, 1-c.effects)
			}
		})
	}
}

// wantOffline checks the number of audit entries, of both replicas together, about
// taking a Worker offline.
func (r *rig) wantOffline(worker string, want int) {
	r.Helper()
	entries, err := r.store.AuditEntries(r.Context(), acme, worker, 100)
	if err != nil {
		r.Fatal(err)
	}
	got := 0
	for _, e := range entries {
		if e.Action == audit.WorkerOffline {
			got++
		}
	}
	if got != want {
		r.Errorf("the audit log has the Worker taken offline %d times, want %d", got, want)
	}
}

// onAnswer is a transport that calls the function do once, after the given number of
// responses.
type onAnswer struct {
	left int
	do   func()
}

func (o *onAnswer) after(answers int, do func()) { o.left, o.do = answers, do }

func (o *onAnswer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if o.do == nil {
		return resp, err
	}
	if o.left--; o.left == 0 {
		do := o.do
		o.do = nil
		do()
	}
	return resp, err
}
