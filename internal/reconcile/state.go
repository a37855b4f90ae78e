package reconcile

import (
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

// state is everything that one run knows. It is a value: the transitions of
// this package return the next state, and nothing else changes it.
type state struct {
	// From the store and the rules.
	person   store.Person
	policy   Policy // of the person's connection
	want     plan.Want
	findings []mapping.Finding
	finish   Finish // nil in a preview, which saves nothing

	// What Twilio has said so far.
	worker      workerState
	name        nameState
	have        plan.Have // as last observed
	ask         followUp  // what the last step wants the next observation to ask
	busy        bool      // at the deadline, Twilio refused to delete the Worker as busy
	lostAnswers int       // writes whose answer never came

	// What is saved.
	link    store.Link    // SID and name of a linked Worker, name only of a lost one, else zero
	memory  *store.Memory // nil: unchanged
	leaver  leaver.Record // zero: none
	effects []effect
	out     Outcome // zero: the run is not over
}

// workerState is what is known of the person's Worker; doc.go has the table.
type workerState string

const (
	never    workerState = "never"    // the person never had one
	possible workerState = "possible" // there may be one of the person's name
	lost     workerState = "lost"     // there may be one of the name in link
	linked   workerState = "linked"   // there is one, with the SID in link
)

// nameState is what Twilio said of the name that the Worker is to have; doc.go
// has the table.
type nameState string

const (
	free    nameState = "free"    // not refused
	refused nameState = "refused" // another Worker has it
	retried nameState = "retried" // refused, but no Worker was listed: one more try
	hidden  nameState = "hidden"  // refused again
)

// followUp is how a step changes the observation that follows it.
type followUp int

const (
	allAnew    followUp = iota
	exceptRead          // the Worker is in the answer to stop routing: do not read it again
	rivalsToo           // a rename was refused: look first for the Worker that has the name
)

// effect is something that the run changed in Flex.
type effect struct {
	at     time.Time
	action audit.Action
	worker flex.WorkerSID
	why    string
	keys   []string
}

// observed returns the state after an observation, also after a failed one.
func (s state) observed(o seen, now time.Time) state {
	s.have, s.ask = o.have, allAnew
	if o.gone { // perhaps by mistake: it is looked for by name before another one is made
		s.worker, s.link, s.want.Owned = lost, store.Link{FriendlyName: s.link.FriendlyName}, nil
	}
	if o.lookedUp && s.worker == lost {
		s.worker, s.link = possible, store.Link{}
	}
	for _, e := range o.name {
		s.name = s.name.after(e)
	}
	if o.have.Worker != nil && s.worker != linked && s.leaver.Worker != o.have.Worker.SID {
		s = s.absent("the Worker was gone already", now)
	}
	if n := len(s.effects); o.counted && n > 0 && s.effects[n-1].action == audit.WorkerOffline {
		s.leaver.LiveAtStop = o.live
	}
	return s
}

// acted returns the state after a step, also after a failed one.
func (s state) acted(step plan.Step, a answer, now time.Time) state {
	s.leaver = s.leaverAfter(step, a, now)
	switch {
	case a.err != nil:
		return s.failedStep(step, a.err)
	case a.busy:
		s.busy = true
	case a.denied && step.Verb == plan.Create:
		s.name = s.name.after(denied)
	case a.denied:
		s.ask = rivalsToo
	default:
		return s.done(step, a, now)
	}
	return s
}

// leaverAfter returns the leaver record after a step.
func (s state) leaverAfter(step plan.Step, a answer, now time.Time) leaver.Record {
	l := s.leaver
	switch failed := a.err != nil; {
	case step.Verb == plan.Delete && (a.busy || flex.KindOf(a.err) == flex.Busy):
		return l.After(leaver.Busy, now)
	case step.Verb == plan.Delete && failed:
		return l.After(leaver.Idle, a.sent)
	case step.Verb == plan.Delete:
		return l.After(leaver.Idle, a.sent).After(leaver.Deleted, now)
	case step.Verb == plan.StopRouting && !failed:
		return s.removal(a.worker.SID, now).After(leaver.Stopped, now)
	case step.Verb == plan.EndWork && !failed:
		l.Ended++
	}
	return l
}

// done returns the state after a step that succeeded.
func (s state) done(step plan.Step, a answer, now time.Time) state {
	switch step.Verb {
	case plan.Create:
		return s.written(a.worker, now).did(audit.WorkerCreated, a.worker.SID, step, now)
	case plan.Adopt:
		s = s.written(a.worker, now).did(audit.WorkerAdopted, a.worker.SID, step, now)
		s.link.Adopted = true
	case plan.Update, plan.Rename:
		return s.written(a.worker, now).did(audit.WorkerUpdated, a.worker.SID, step, now)
	case plan.GiveWay:
		return s.sees(a.worker, now).did(audit.WorkerUpdated, a.worker.SID, step, now)
	case plan.StopRouting:
		return s.stopped(a.worker, now).did(audit.WorkerOffline, a.worker.SID, step, now)
	case plan.EndWork:
		s.busy = false
		return s.did(audit.WorkEnded, step.Worker, step, now)
	case plan.Delete:
		return s.did(audit.WorkerDeleted, step.Worker, step, now)
	case plan.Verify:
		s = s.absent(step.Why, now)
		s.worker, s.link = possible, store.Link{}
		s.out = Outcome{State: store.Settled}
	case plan.Wait:
		s.out = Outcome{State: store.Waiting, Reason: step.Why, After: s.pause(now)}
	case plan.Report:
		s.out = Outcome{State: store.Parked, Reason: step.Why}
	}
	return s
}

// written returns the state in which w is the person's Worker, as it should be.
func (s state) written(w flex.Worker, now time.Time) state {
	s = s.sees(w, now)
	s.link.Owned = owned(s.want)
	s.out = Outcome{State: store.Settled}
	return s
}

// stopped returns the state in which the leaver's Worker w is out of the routing.
func (s state) stopped(w flex.Worker, now time.Time) state {
	adopted := s.worker != linked && flex.Owner(s.have.Worker.Attributes) != s.want.Mark
	s = s.sees(w, now)
	s.link.Adopted = s.link.Adopted || adopted
	s.have.Worker, s.ask = &w, exceptRead
	return s
}

// failedStep returns the state after a step that failed.
func (s state) failedStep(step plan.Step, err error) state {
	if step.Verb != plan.Create {
		return s
	}
	switch flex.KindOf(err) {
	case flex.Slow, flex.Denied, flex.Refused, flex.Conflict, flex.Gone: // nothing was made
	default:
		s.worker, s.link = lost, store.Link{FriendlyName: step.Draft.FriendlyName}
	}
	return s
}

// settled returns the state where no step is needed.
func (s state) settled(now time.Time) state {
	if !s.want.Person.IsNobody() {
		return s.written(*s.have.Worker, now)
	}
	if s.have.Worker == nil {
		s = s.absent("the Worker was gone already", now)
	}
	s.out = Outcome{State: store.Settled}
	return s
}

// failed returns the state after an error, and whether to observe again.
func (s state) failed(err error) (next state, again bool) {
	switch flex.KindOf(err) {
	case flex.Conflict, flex.Gone:
		return s, true
	case flex.Uncertain:
		s.lostAnswers++
		return s.suspects(), s.lostAnswers < maxLostAnswers
	default: // another look would show nothing new
		return s, false
	}
}

// suspects returns the state in which the person may have a Worker.
func (s state) suspects() state {
	if s.worker == never {
		s.worker = possible
	}
	return s
}

// sees returns the state in which w is the person's Worker.
func (s state) sees(w flex.Worker, now time.Time) state {
	if s.worker != linked || s.link.Worker != w.SID {
		s.link = store.Link{Worker: w.SID, Created: now}
	}
	s.worker, s.link.FriendlyName = linked, w.FriendlyName
	memory := plan.Remember(w.Attributes, append(owned(s.want), s.want.Owned...))
	if memory != s.want.Memory {
		s.want.Memory = memory
		s.memory = &store.Memory{Attributes: memory, Seen: now}
	}
	return s
}

func owned(w plan.Want) []string { return slices.Sorted(maps.Keys(w.Attributes())) }

// absent closes the record of a removal whose Worker reads back as absent.
func (s state) absent(why string, now time.Time) state {
	if !s.leaver.Stage().Open() {
		return s
	}
	s.leaver = s.leaver.After(leaver.Absent, now)
	return s.did(audit.WorkerVerified, s.leaver.Worker, plan.Step{Why: why}, now)
}

// did adds an effect, each with a time of its own: the audit log is in the
// order of time.
func (s state) did(action audit.Action, worker flex.WorkerSID, step plan.Step, now time.Time) state {
	at := now.Truncate(time.Microsecond)
	if n := len(s.effects); n > 0 && !at.After(s.effects[n-1].at) {
		at = s.effects[n-1].at.Add(time.Microsecond)
	}
	s.effects = append(s.effects, effect{at, action, worker, step.Why, step.Keys})
	return s
}

// removal returns the open record of the removal of a Worker, a new one if there
// is none. The deadline counts from the IdP's request, also where Twilio was
// unavailable since.
func (s state) removal(worker flex.WorkerSID, now time.Time) leaver.Record {
	l := s.leaver
	if !l.Covers(worker) {
		at := s.requestedAt(now)
		l = leaver.Record{
			ID: string(scim.NewID()), Worker: worker, UserName: s.want.Name,
			Requested: at, Deadline: at.Add(s.policy.Drain),
		}
	}
	// A walk-out that came later, a shorter drain, a clock that was put back.
	latest := now.Add(s.policy.Drain)
	if walkOut(s.person.User) {
		latest = l.Requested
	}
	return l.Limit(latest)
}

// requestedAt is when the IdP asked for the removal: its last change of the
// person. It is now, where that change was about a removal that is over, or the
// rules are what changed, or a Worker came back by itself.
func (s state) requestedAt(now time.Time) time.Time {
	last := s.person.User.Meta.LastModified
	left := s.person.Deleted || !s.person.User.Doc.Active()
	back := s.person.Leaver != nil && s.person.Link == nil
	over := s.leaver.Stage() != leaver.None && !last.After(s.leaver.Requested)
	if !left || back || over || last.After(now) {
		return now
	}
	return last
}

// walkOut reports whether live work ends at once.
func walkOut(u scim.User) bool {
	out, _ := u.Doc.Extension(scim.URNFlex)["walkOut"].(bool)
	return out
}

// pollHolder is the pause until the next look at a name that another person is
// giving up.
const pollHolder = 3 * time.Second

// pause is the time until the next look.
func (s state) pause(now time.Time) time.Duration {
	if !s.want.Person.IsNobody() || s.leaver.Stage() == leaver.None {
		return pollHolder
	}
	return s.leaver.Pause(now)
}

// after returns what is known of the name after an event.
func (n nameState) after(e event) nameState { return nameTable[n][e] }

// event is something that a run learns about the name.
type event string

const (
	denied event = "a create is refused"
	unheld event = "no Worker is listed"
	alone  event = "no rival is listed"
	moved  event = "its Worker moved"
)

// nameTable is the table of doc.go.
var nameTable = map[nameState]map[event]nameState{ // :: before → event → after
	free:    {denied: refused, unheld: free, alone: retried, moved: free},
	refused: {denied: refused, unheld: retried, alone: hidden, moved: free},
	retried: {denied: hidden, unheld: retried, alone: retried, moved: retried},
	hidden:  {denied: hidden, unheld: hidden, alone: hidden, moved: retried},
}
