package reconcile_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// TestSweep makes one difference of each kind between Flex and the store. It checks
// that a sweep finds all of them and touches the people concerned.
func TestSweep(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"present", "null"} {
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			sweep(newRig(t, setup{Options: map[string]any{"list_attributes": list}}))
		})
	}
}

func sweep(r *rig) {
	keys := map[string]store.PersonKey{}
	for _, name := range []string{"same", "different", "renamed", "deleted", "unmarked", "left"} {
		keys[name] = r.join(`{'userName':'` + name + `'}`)
		r.run(keys[name], store.Settled)
	}
	all := r.workers()
	r.edit(all["different"], url.Values{"Attributes": {`{"flexscim":"` + string(acme) + "/" + string(keys["different"].User) + `"}`}})
	r.edit(all["renamed"], url.Values{"FriendlyName": {"somebody"}})
	r.edit(all["unmarked"], url.Values{"Attributes": {`{}`}})
	r.removeWorker(all["deleted"])
	// This leaver's Worker was made after the removal was verified.
	r.set(keys["left"], `{'active':false}`)
	r.run(keys["left"], store.Settled)
	r.foreign("left", `{"flexscim":"`+string(acme)+"/"+string(keys["left"].User)+`"}`)
	r.foreign("foreign", `{"x":1}`)
	r.foreign("unknown", `{"flexscim":"`+string(acme)+"/"+string(scim.NewID())+`"}`)
	r.foreign("nonsense", `{"flexscim":"me"}`)
	r.foreign("second", `{"flexscim":"`+string(acme)+"/"+string(keys["same"].User)+`"}`)

	var reports []string
	sum, err := r.rec.Sweep(r.Context(), func(f reconcile.Report) { reports = append(reports, f.Text) })
	if err != nil {
		r.Fatal(err)
	}
	want := reconcile.Summary{Workers: 9, Ours: 6, Foreign: 1, Second: 1, Orphans: 2, Different: 4, Missing: 1}
	if diff := cmp.Diff(want, sum); diff != "" {
		r.Errorf("summary (-want +got):\n%s", diff)
	}
	if len(reports) != 2 {
		r.Errorf("got the reports %q, want two", reports)
	}
	behind := map[string]bool{}
	for name, key := range keys {
		if p := r.person(key); p.Observed != p.Desired {
			behind[name] = true
			r.run(key, store.Settled)
		}
	}
	if diff := cmp.Diff(map[string]bool{"different": true, "renamed": true, "deleted": true, "unmarked": true, "left": true}, behind); diff != "" {
		r.Errorf("woken (-want +got):\n%s", diff)
	}
	if sum, err = r.rec.Sweep(r.Context(), nil); err != nil || sum.Different != 0 || sum.Missing != 0 {
		r.Errorf("the second sweep: got %+v, %v, want no difference", sum, err)
	}
	if w := r.worker("foreign"); w.Attributes != `{"x":1}` {
		r.Errorf("foreign: got %s", w.Attributes)
	}
}

// TestSweepPages checks that a sweep reads several pages of Workers, with one call
// for each page.
func TestSweepPages(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	for i := range 1100 {
		r.foreign(fmt.Sprintf("w%04d", i), `{}`)
	}
	r.sim("DELETE", "/_sim/requests", nil)
	sum, err := r.rec.Sweep(t.Context(), nil)
	if err != nil || sum.Workers != 1100 || sum.Foreign != 1100 {
		t.Errorf("got %+v, %v, want 1,100 foreign Workers", sum, err)
	}
	if n := len(r.requests()); n != 2 {
		t.Errorf("got %d calls, want 2", n)
	}
}

// TestSweepFindsLostRecord makes a Worker whose link was not saved. It checks that
// the sweep saves the link, even if the person has been renamed since then.
func TestSweepFindsLostRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	ann := r.join(`{'userName':'anna','active':false}`)
	r.run(ann, store.Settled)
	r.foreign("ann", `{"flexscim":"`+string(acme)+"/"+string(ann.User)+`"}`)
	if _, err := r.rec.Sweep(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.run(ann, store.Settled)
	if all := r.workers(); len(all) != 0 {
		t.Errorf("got %v, want the leaver's Worker removed", all)
	}
}

// TestPreview checks that a preview returns the steps that a run would take, and
// changes nothing.
func TestPreview(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Rules: supervisors})
	ann := r.join(`{'userName':'ann','title':'Lead'}`)
	before := r.person(ann)
	preview := func() (verbs []plan.Verb) {
		t.Helper()
		p, err := r.rec.Preview(t.Context(), ann)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Steps {
			verbs = append(verbs, s.Verb)
		}
		return verbs
	}
	if diff := cmp.Diff([]plan.Verb{plan.Create}, preview()); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, r.person(ann)); diff != "" || len(r.workers()) != 0 {
		t.Errorf("the preview changed something (-before +after):\n%s", diff)
	}
	r.run(ann, store.Settled)
	if got := preview(); got != nil {
		t.Errorf("got %v, want nothing to do", got)
	}
	r.set(ann, `{'active':false}`)
	if diff := cmp.Diff([]plan.Verb{plan.StopRouting}, preview()); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// TestSweepDuringImport makes a Worker after the sweep has read Twilio's list. It
// checks that this Worker does not count as missing.
func TestSweepDuringImport(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	r.foreign("nonsense", `{"flexscim":"me"}`)
	var late store.PersonKey
	sum, err := r.rec.Sweep(r.Context(), func(reconcile.Report) { // at this time the sweep has read Twilio's list
		late = r.join(`{'userName':'late'}`)
		r.run(late, store.Settled)
	})
	if err != nil || sum.Missing != 0 {
		t.Errorf("got %+v, %v, want nobody missing", sum, err)
	}
	if p := r.person(late); p.User.Doc.UserName() != "late" || p.Observed != p.Desired {
		t.Errorf("a person whose Worker was just made was woken: %+v", p)
	}
}
