package reconcile_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

const supervisors = `
mapping:
  roles:
    - {when: 'user.title == "Lead"', set: [supervisor]}
    - default: [agent]
`

// TestLife creates, changes, removes and reactivates a person. After each step it
// checks the state and the number of calls to Twilio.
func TestLife(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Rules: supervisors, Drain: time.Hour})
	ann := r.join(`{'userName':'john.123@mail.365.com','displayName':'Ann','emails':[{'value':'a@x.org'}]}`)

	r.calls(ann, store.Settled, 1)
	w := r.worker("john.123@mail.365.com")
	want := map[string]any{
		"roles": []any{"agent"}, "full_name": "Ann", "email": "a@x.org", "flexscim": string(ann.Connection) + "/" + string(ann.User),
	}
	if diff := cmp.Diff(want, attributes(t, w)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if p := r.person(ann); p.Link == nil || p.Link.Worker != w.SID || p.Observed != p.Desired || p.State != store.Settled {
		t.Errorf("after the create: got %+v", p)
	}

	r.calls(ann, store.Settled, 1)

	// flexscim must keep the attributes that others write.
	r.edit(w, url.Values{"Attributes": {`{"routing":{"skills":["billing"],"levels":{"billing":4}},"contact_uri":"client:a","full_name":"Ann","roles":["agent"],"email":"a@x.org","flexscim":"` + want["flexscim"].(string) + `"}`}})
	r.set(ann, `{'title':'Lead'}`)
	r.calls(ann, store.Settled, 2)
	if got := r.worker(w.FriendlyName); !strings.HasPrefix(got.Attributes, `{"routing":{"skills":["billing"],"levels":{"billing":4}},"contact_uri":"client:a","full_name":"Ann","roles":["supervisor"]`) {
		t.Errorf("after the update: got attributes %s", got.Attributes)
	}

	r.set(ann, `{'userName':'ann@x.org'}`)
	r.calls(ann, store.Settled, 2)
	if got := r.worker("ann@x.org"); got.SID != w.SID {
		t.Errorf("the rename made another Worker: %s, was %s", got.SID, w.SID)
	}

	r.clock.add(time.Minute)
	r.set(ann, `{'active':false}`)
	r.calls(ann, store.Settled, 7)
	if all := r.workers(); len(all) != 0 {
		t.Errorf("after the removal: got %v", all)
	}
	p := r.person(ann)
	l := p.Leaver
	if p.Link != nil || l == nil || l.Worker != w.SID || l.Requested.IsZero() || l.Offline.IsZero() || l.Drained.IsZero() || l.Removed.IsZero() || l.Verified.IsZero() || !l.Cancelled.IsZero() {
		t.Errorf("after the removal: got link %v, leaver %+v", p.Link, l)
	}

	r.set(ann, `{'active':true}`)
	r.calls(ann, store.Settled, 3)
	a := attributes(t, r.worker("ann@x.org"))
	if diff := cmp.Diff(map[string]any{"skills": []any{"billing"}, "levels": map[string]any{"billing": 4.0}}, a["routing"]); diff != "" {
		t.Errorf("after the return: routing (-want +got):\n%s", diff)
	}
	if a["contact_uri"] != nil {
		t.Errorf("after the return: got contact_uri %v, want none, because only Flex sets it", a["contact_uri"])
	}
	r.wantAudit(w.SID, "worker.created", "worker.updated", "worker.updated", "worker.offline", "worker.deleted", "worker.verified_absent")
}

// wantAudit checks the audit entries about a Worker.
func (r *rig) wantAudit(w flex.WorkerSID, want ...string) {
	r.Helper()
	entries, err := r.store.AuditEntries(r.Context(), acme, string(w), 100)
	if err != nil {
		r.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append([]string{string(e.Action)}, got...)
		if e.Detail["user"] == "" || e.Detail["why"] == "" {
			r.Errorf("%s: the entry lacks the user or the reason: %v", e.Action, e.Detail)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("audit (-want +got):\n%s", diff)
	}
}

// TestForeign checks that flexscim reports, but does not change, a Worker that it
// neither made nor adopted. This holds for a new person and for a leaver with the
// Worker's name.
func TestForeign(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	const attrs = `{ "skills" : ["x"],  "n": 1.50 }`
	r.foreign("Ann@x.org", attrs)
	r.foreign("bob@x.org", attrs)
	ann := r.join(`{'userName':'ann@x.org'}`)
	out := r.run(ann, store.Parked)
	if !strings.Contains(out.Reason, "neither made nor adopted") || strings.Contains(out.Reason, "ann") {
		t.Errorf("got the reason %q", out.Reason)
	}
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	r.drop(ann)
	r.run(ann, store.Waiting)
	for name, w := range r.workers() {
		if w.Attributes != attrs {
			t.Errorf("%s: got attributes %s, want %s", name, w.Attributes, attrs)
		}
	}
	if n := len(r.workers()); n != 2 {
		t.Errorf("got %d Workers, want 2", n)
	}
}

// TestByHand checks what a run does after people renamed, edited or deleted a
// Worker in Flex.
func TestByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	ann := r.join(`{'userName':'ann@x.org','displayName':'Ann'}`)
	r.run(ann, store.Settled)
	w := r.worker("ann@x.org")

	r.edit(w, url.Values{"FriendlyName": {"someone@else.org"}})
	r.run(ann, store.Settled)
	if got := r.worker("ann@x.org"); got.SID != w.SID {
		t.Errorf("renamed by hand: got %s, want %s with its old name", got.SID, w.SID)
	}

	r.edit(w, url.Values{"Attributes": {`{"mine":true}`}})
	r.run(ann, store.Settled)
	if a := attributes(t, r.worker("ann@x.org")); a["mine"] != true || a["full_name"] != "Ann" {
		t.Errorf("attributes replaced by hand: got %v", a)
	}

	r.removeWorker(w)
	r.run(ann, store.Settled)
	got := r.worker("ann@x.org")
	if got.SID == w.SID || attributes(t, got)["mine"] != true {
		t.Errorf("deleted by hand: got %+v, want a new Worker with the old one's attributes", got)
	}
}

func (r *rig) removeWorker(w flex.Worker) {
	r.Helper()
	r.call("DELETE", "/v1/Workspaces/"+string(r.ws.SID)+"/Workers/"+string(w.SID), "", nil)
}

// TestGoneLeaver checks that a removal ends as verified if somebody has already
// deleted the Worker.
func TestGoneLeaver(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	ann := r.join(`{'userName':'ann@x.org'}`)
	r.run(ann, store.Settled)
	r.clock.add(time.Minute) // a 404 for a newer Worker proves nothing
	r.removeWorker(r.worker("ann@x.org"))
	r.drop(ann)
	r.run(ann, store.Settled)
	if p := r.person(ann); p.Link != nil || p.Leaver == nil || p.Leaver.Verified.IsZero() {
		t.Errorf("got link %v, leaver %+v", p.Link, p.Leaver)
	}
}

// TestRecreatedBySSO lets Flex make a new Worker at a login after a leaver's Worker
// was removed. It checks that flexscim removes the new Worker, too.
func TestRecreatedBySSO(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Adopt: true})
	ann := r.join(`{'userName':'ann@x.org'}`)
	r.run(ann, store.Settled)
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Settled)
	r.sim("POST", "/_sim/login", map[string]any{"username": "ann@x.org", "email": "a@x.org", "full_name": "Ann", "roles": []string{"agent"}})
	r.worker("ann@x.org")
	first := r.person(ann).Leaver.ID
	r.set(ann, `{'title':'still away'}`)
	r.clock.add(time.Hour)
	r.run(ann, store.Settled)
	if all := r.workers(); len(all) != 0 {
		t.Errorf("got %v, want nobody", all)
	}
	if l := r.person(ann).Leaver; l.ID == first || l.Verified.IsZero() || !l.Requested.Equal(r.clock.now()) {
		t.Errorf("got the leaver %+v, want a second record, requested now", l)
	}
}

// TestLimits checks that flexscim parks people whose data exceeds a limit of Twilio,
// without a call to Twilio.
func TestLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	long := r.join(`{'userName':'` + strings.Repeat("ü", 65) + `'}`)
	fat := r.join(`{'userName':'fat','displayName':'` + strings.Repeat("x", 5000) + `'}`)
	for key, want := range map[store.PersonKey]string{long: "65 characters", fat: "Twilio takes 4096"} {
		if out := r.calls(key, store.Parked, 0); !strings.Contains(out.Reason, want) {
			t.Errorf("got the reason %q, want %q in it", out.Reason, want)
		}
		if p := r.person(key); p.Reason == "" || p.State != store.Parked || p.Observed != p.Desired {
			t.Errorf("got %+v, want the person parked with a reason", p)
		}
	}
}

// TestSuccessor adds a person with the name of a leaver who is still in a call.
// It checks that the new person waits and does not get the leaver's Worker.
func TestSuccessor(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Drain: time.Hour, Adopt: true})
	old := r.join(`{'userName':'ann@x.org'}`)
	r.run(old, store.Settled)
	w := r.worker("ann@x.org")
	task := r.task(w, "accepted", false)
	r.drop(old)
	r.run(old, store.Waiting)
	young := r.join(`{'userName':'Ann@x.org'}`)
	r.run(young, store.Waiting)
	r.sim("POST", "/_sim/tasks/"+task, map[string]any{"status": "completed"})
	r.run(young, store.Waiting)
	r.run(old, store.Settled)
	r.run(young, store.Settled)
	if got := r.worker("Ann@x.org"); got.SID == w.SID {
		t.Error("the new person has the old person's Worker")
	}
	r.run(old, store.Settled)
	r.worker("Ann@x.org")
}

// TestCreatedAgain deletes a person and creates another user with the same
// externalId. It checks that the new Worker has the attributes of the old Worker, also after the
// new user was deactivated and reactivated.
func TestCreatedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	old := r.join(`{'userName':'ann@x.org','externalId':'1'}`)
	r.run(old, store.Settled)
	w := r.worker("ann@x.org")
	r.edit(w, url.Values{"Attributes": {`{"routing":{"skills":["billing"],"levels":{"billing":4}},"contact_uri":"client:a"}`}})
	r.run(old, store.Settled)
	r.drop(old)
	r.run(old, store.Settled)

	young := r.join(`{'userName':'ANN@x.org','externalId':'1'}`)
	other := r.join(`{'userName':'bob@x.org'}`)
	for range 2 {
		r.run(young, store.Settled)
		a := attributes(t, r.worker("ANN@x.org"))
		if diff := cmp.Diff(map[string]any{"skills": []any{"billing"}, "levels": map[string]any{"billing": 4.0}}, a["routing"]); diff != "" {
			t.Errorf("routing (-want +got):\n%s", diff)
		}
		if want := string(young.Connection) + "/" + string(young.User); a["flexscim"] != want || a["contact_uri"] != nil {
			t.Errorf("got the attributes %v, want the mark %s and no contact_uri", a, want)
		}
		r.removeWorker(r.worker("ANN@x.org")) // no run has read this Worker after its create
		r.clock.add(time.Minute)
		r.set(young, `{'active':false}`)
		r.run(young, store.Settled)
		r.set(young, `{'active':true}`)
	}
	r.run(other, store.Settled)
	if a := attributes(t, r.worker("bob@x.org")); a["routing"] != nil {
		t.Errorf("another person got the routing %v", a["routing"])
	}
}

// TestSwap checks that two people can swap their names.
func TestSwap(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	ann, bob := r.join(`{'userName':'ann'}`), r.join(`{'userName':'bob'}`)
	r.run(ann, store.Settled)
	r.run(bob, store.Settled)
	annW, bobW := r.worker("ann"), r.worker("bob")
	r.set(ann, `{'userName':'between'}`)
	r.set(bob, `{'userName':'ann'}`)
	r.set(ann, `{'userName':'bob'}`)
	for range 3 {
		for _, key := range []store.PersonKey{ann, bob} {
			if _, err := r.rec.Reconcile(t.Context(), key, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r.worker("bob").SID != annW.SID || r.worker("ann").SID != bobW.SID {
		t.Errorf("got %v, want the names swapped", r.workers())
	}
}
