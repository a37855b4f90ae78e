package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// TestRequestIDs checks that each audit entry about a Worker, and each time of the
// leaver record, has the id of the request to Twilio that led to it, on both back ends.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	for _, flexUsers := range []bool{false, true} {
		t.Run(fmt.Sprintf("flexUsers=%t", flexUsers), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{FlexUsers: flexUsers})
			ann := r.join(person("ann@x.org"))
			r.run(ann, store.Settled)
			w := r.worker("ann@x.org")
			r.clock.add(time.Minute)
			r.set(ann, `{'displayName':'Ann B.'}`)
			r.run(ann, store.Settled)
			r.task(w, "accepted", false)
			r.set(ann, `{'active':false}`)
			r.run(ann, store.Settled)

			create, update, remove := "POST /Workers", "POST /Workers/…", "DELETE /Workers/…"
			if flexUsers {
				create, update, remove = "POST /Users/Provision", "POST /Users/Provision", "POST /Users/Deprovision"
			}
			want := map[string]string{
				"worker.created": create, "worker.updated": update, "worker.offline": "POST /Workers/…",
				"worker.work_ended": "POST /Tasks/…", "worker.deleted": remove, "worker.verified_absent": "GET /Workers/…",
			}
			entries, err := r.store.AuditEntries(t.Context(), acme, string(w.SID), 100)
			if err != nil || len(entries) != len(want) {
				t.Fatalf("got %d entries, %v, want %d", len(entries), err, len(want))
			}
			for _, e := range entries {
				if got := r.requestWith(e.Detail["twilio_request"]); got != want[string(e.Action)] {
					t.Errorf("%s: got the request %q, want %q", e.Action, got, want[string(e.Action)])
				}
			}
			l := r.person(ann).Leaver
			for id, want := range map[string]string{
				l.OfflineRequest: "POST /Workers/…", l.RemovedRequest: remove, l.VerifiedRequest: "GET /Workers/…",
			} {
				if got := r.requestWith(id); got != want {
					t.Errorf("leaver record: got the request %q, want %q", got, want)
				}
			}
		})
	}
}

// requestWith returns the method and the end of the path of the request with this id.
// The simulator numbers its requests.
func (r *rig) requestWith(id string) string {
	r.Helper()
	var n int
	all := r.requests()
	if _, err := fmt.Sscanf(id, "RQ%x", &n); err != nil || n < 1 || n > len(all) {
		return fmt.Sprintf("no request %q", id)
	}
	method, path, _ := strings.Cut(sids.ReplaceAllString(all[n-1], "…"), " ")
	return method + " " + path[strings.LastIndex(path, "…/")+len("…"):]
}

// TestRequestIDOfAnError checks that the error of a failed run contains the id of the
// request.
func TestRequestIDOfAnError(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	ann := r.join(person("ann@x.org"))
	r.fault("POST", "Workers", "503", 1)
	_, err := r.rec.Reconcile(t.Context(), ann, nil)
	if err == nil || !strings.Contains(err.Error(), ", request RQ") {
		t.Errorf("got %v, want the id of the request", err)
	}
}
