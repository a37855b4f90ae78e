package reconcile

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// run is what one run knows: what the store said, and what came of it.
type run struct {
	in       store.Person
	policy   Policy // of the person's connection
	want     plan.Want
	findings []mapping.Finding
	finish   Finish // nil in a preview and a sweep, which record no outcome

	// To be recorded.
	link    *store.Link
	memory  *store.Memory  // nil: as before
	leaver  *leaver.Record // nil: none, or as before
	effects []effect

	// Of this run only.
	fresh     *flex.Worker // the answer that took it out of the routing: no need to read again
	look      bool         // look the name up before a create
	lostName  string       // of a Worker that may be the person's, and that we lost track of
	taken     bool         // Twilio said that the name is taken
	clashed   bool         // Twilio said so, and nobody was found
	busy      bool         // Twilio said that the Worker is busy
	uncertain int          // answers that were lost
}

// effect is something that we changed in Flex.
type effect struct {
	at     time.Time
	action audit.Action
	worker flex.WorkerSID
	why    string
	keys   []string
}

// did takes note of an effect, each at a time of its own: the audit log is in
// the order of time.
func (r *Reconciler) did(run *run, action audit.Action, worker flex.WorkerSID, s plan.Step) {
	at := r.now().Truncate(time.Microsecond)
	if n := len(run.effects); n > 0 && !at.After(run.effects[n-1].at) {
		at = run.effects[n-1].at.Add(time.Microsecond)
	}
	run.effects = append(run.effects, effect{at, action, worker, s.Why, s.Keys})
}

// load reads the person and translates.
func (r *Reconciler) load(ctx context.Context, key store.PersonKey) (*run, error) {
	in, err := r.store.Person(ctx, key)
	if err != nil {
		return nil, err
	}
	run := r.translate(in)
	if in.Observed == 0 {
		run.memory = in.Memory // maybe an earlier person's: from now on it is this one's
	}
	if run.want.Person.IsNobody() && run.link != nil {
		r.requestRemoval(run, run.link.Worker)
	}
	if !run.want.Person.IsNobody() {
		r.cancelRemoval(run)
	}
	return run, nil
}

// translate works out what is wanted for a person.
func (r *Reconciler) translate(in store.Person) *run {
	run := &run{in: in, policy: r.policy(in.Key.Connection)}
	run.recall()
	groups := make([]string, len(in.Groups))
	for i, g := range in.Groups {
		groups[i] = g.Display
	}
	run.want = plan.Want{Name: in.User.Doc.UserName(), Mark: markOf(in.Key), Adopt: run.policy.AdoptExact}
	rules := cmp.Or(run.policy.Rules, r.rules)
	run.want.Person, run.findings = rules.Person(mapping.Input{User: in.User, Deleted: in.Deleted, Groups: groups})
	for _, f := range run.findings {
		if f.Level == mapping.Reject {
			run.want.Reason = f.Text
		}
	}
	if run.link != nil {
		run.want.Owned = run.link.Owned
	}
	if in.Memory != nil {
		run.want.Memory = in.Memory.Attributes
	}
	run.look = mayHaveWorker(in)
	return run
}

// recall takes over the link and the leaver of earlier runs, as copies: this
// run changes them before it is known whether it may record.
func (run *run) recall() {
	if link := run.in.Link; link != nil && link.Worker == lost {
		run.lostName = link.FriendlyName
	} else if link != nil {
		known := *link
		run.link = &known
	}
	if run.in.Leaver != nil {
		was := *run.in.Leaver
		run.leaver = &was
	}
}

// mayHaveWorker says whether to look the name up before a create. Whoever
// never had a Worker is created without a look: Twilio says if the name is
// taken.
func mayHaveWorker(in store.Person) bool {
	return in.Memory != nil || in.Link != nil || in.Leaver != nil || in.Observed > 0 ||
		in.State == store.Retrying || in.State == store.Waiting
}

// lost stands in a link for the SID of a Worker that we set out to create and
// whose answer never was written down: it may exist, under the link's name,
// whatever the person is called by now.
const lost = flex.WorkerSID("lost")

// markOf is our mark on a person's Worker.
func markOf(key store.PersonKey) string { return string(key.Connection) + "/" + string(key.User) }

// see takes note of the person's Worker as it is now.
func (r *Reconciler) see(run *run, w flex.Worker) {
	if run.link == nil || run.link.Worker != w.SID {
		run.link = &store.Link{Worker: w.SID, Created: r.now()}
	}
	run.link.FriendlyName, run.lostName = w.FriendlyName, ""
	owned := append(slices.Collect(maps.Keys(run.want.Attributes())), run.want.Owned...)
	memory := plan.Remember(w.Attributes, owned)
	if memory != run.want.Memory {
		run.want.Memory = memory
		run.memory = &store.Memory{Attributes: memory, Seen: r.now()}
	}
}

// walkOut says whether nothing may finish first.
func walkOut(u scim.User) bool {
	out, _ := u.Doc.Extension(scim.URNFlex)["walkOut"].(bool)
	return out
}

// mayRetry says whether to observe again after err, and takes note of what it
// taught us.
func (run *run) mayRetry(err error) bool {
	run.fresh = nil
	switch flex.KindOf(err) {
	case flex.Conflict, flex.Gone:
		return true
	case flex.Uncertain:
		run.look = true
		run.uncertain++
		return run.uncertain < maxUncertain
	default: // looking again would tell nothing
		return false
	}
}
