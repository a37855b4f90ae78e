package reconcile

import (
	"cmp"
	"context"

	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// lostWorker replaces the SID in a stored link if flexscim sent a create but did not
// save Twilio's response. In this case a Worker with the name in the link may exist,
// even if the person now has another name.
const lostWorker = "lost"

// load reads the person and returns the initial state of a run.
func (r *Reconciler) load(ctx context.Context, key store.PersonKey) (state, error) {
	p, err := r.store.Person(ctx, key)
	if err != nil {
		return state{}, err
	}
	s := state{person: p, policy: r.policy(key.Connection), worker: workerStateOf(p), name: free}
	s.want, s.findings = r.translate(p, s.policy)
	if p.Link != nil {
		s.link = *p.Link
	}
	if p.Leaver != nil {
		s.leaver = *p.Leaver
	}
	if p.Observed == 0 {
		s.memory = p.Memory // a new person gets the memory of a deleted person with the same externalId
	}
	if !s.want.Person.IsNobody() {
		if s.leaver.Drained.IsZero() { // if Drained is set, a read shows whether the Worker was deleted
			s.leaver = s.leaver.After(leaver.Returned, r.now()) // the Worker stays offline until the agent goes online
		}
	} else if s.worker == linked {
		s.leaver = s.removal(s.link.Worker, s.link.FriendlyName, r.now())
	}
	return s, nil
}

// workerStateOf returns what the store knows about a person's Worker.
func workerStateOf(p store.Person) workerState {
	switch {
	case p.Link != nil && p.Link.Worker == lostWorker:
		return lost
	case p.Link != nil:
		return linked
	case p.Memory != nil, p.Leaver != nil, p.Observed > 0, p.State == store.Retrying, p.State == store.Waiting:
		return possible
	}
	return never
}

// translate applies a policy to a person, and returns the wanted Worker.
func (r *Reconciler) translate(p store.Person, policy Policy) (plan.Want, []mapping.Finding) {
	want := plan.Want{
		Name: p.User.Doc.UserName(), Spare: "flexscim-" + string(p.Key.User), Mark: markOf(p.Key), Adopt: policy.AdoptExact,
	}
	rules := cmp.Or(policy.Rules, r.rules)
	person, findings := rules.Person(inputOf(p))
	want.Person = person
	for _, f := range findings {
		if f.Level == mapping.Reject {
			want.Reason = f.Text
		}
	}
	if workerStateOf(p) == linked {
		want.Owned = p.Link.Owned
	}
	if p.Memory != nil {
		want.Memory, want.Channels = p.Memory.Attributes, p.Memory.Channels
	}
	return want, findings
}

// inputOf returns what the rules need to know about a person.
func inputOf(p store.Person) mapping.Input {
	return mapping.Input{User: p.User, Deleted: p.Deleted, Groups: p.GroupNames()}
}

// markOf returns the mark that we write to a person's Worker.
func markOf(key store.PersonKey) string { return string(key.Connection) + "/" + string(key.User) }
