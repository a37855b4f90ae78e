package reconcile_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

// TestRenamedLeaver checks that a leaver's Worker which somebody renamed in Flex gets
// no more work, and that its live work ends at the deadline, but that only an
// operator deletes it.
func TestRenamedLeaver(t *testing.T) {
	t.Parallel()
	rename := url.Values{"FriendlyName": {"bob@x.org"}}
	for name, edit := range map[string]url.Values{
		"marked":          rename,
		"linked only":     {"FriendlyName": rename["FriendlyName"], "Attributes": {`{"roles":["agent"]}`}},
		"renamed by case": {"FriendlyName": {"Bob@x.org"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{Drain: time.Hour})
			ann := r.join(`{'userName':'ann@x.org'}`)
			r.run(ann, store.Settled)
			w := r.worker("ann@x.org")
			r.edit(w, edit)
			r.online(w)
			r.task(w, "accepted", false)
			r.task(w, "pending", false) // still ringing
			r.set(ann, `{'active':false}`)
			r.run(ann, store.Waiting)
			r.wantLive(w, 1, "before the deadline")
			r.clock.add(time.Hour)
			for range 3 { // however often the queue tries
				if out := r.run(ann, store.Waiting); !strings.Contains(out.Reason, "renamed") || !out.Stuck {
					t.Fatalf("got %+v, want a report", out)
				}
				r.wantLive(w, 0, "after the deadline")
				r.clock.add(time.Hour)
			}
			r.online(w) // by mistake
			r.sweepAll()
			r.run(ann, store.Waiting)
			r.wantLive(w, 0, "after somebody put it online")
			r.wantAudit(w.SID, "worker.created", "worker.offline", "worker.work_ended", "worker.offline")

			r.removeWorker(w)
			r.clock.add(time.Minute)
			r.run(ann, store.Settled)
			if l := r.person(ann).Leaver; l == nil || l.Worker != w.SID || l.Offline.IsZero() || l.Verified.IsZero() {
				t.Errorf("after an operator deleted it: got the leaver %+v", l)
			}
		})
	}
}

// TestRenamedBack checks that a leaver's Worker is deleted as soon as it has its
// name again.
func TestRenamedBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	ann := r.join(`{'userName':'ann@x.org'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann@x.org")
	r.edit(w, url.Values{"FriendlyName": {"bob@x.org"}})
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	r.edit(w, url.Values{"FriendlyName": {"ann@x.org"}})
	r.run(ann, store.Settled)
	if all := r.workers(); len(all) != 0 {
		t.Errorf("got %v, want nobody", all)
	}
}

// wantLive checks that a Worker is offline and has n live Reservations.
func (r *rig) wantLive(w flex.Worker, n int, when string) {
	r.Helper()
	now, err := r.flex.Get(r.Context(), w.SID)
	if err != nil || now.Available {
		r.Errorf("%s: got %+v, %v, want an offline Worker", when, now, err)
	}
	live, err := r.flex.LiveReservations(r.Context(), w.SID)
	if err != nil || len(live) != n {
		r.Errorf("%s: got the live work %v, %v, want %d", when, live, err, n)
	}
}
