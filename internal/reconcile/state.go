package reconcile

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// state contains everything that one run knows. Code passes it by value: the
// functions of this file return the next state, and nothing else changes a state.
type state struct {
	// These fields come from the store and the rules.
	person   store.Person
	policy   Policy // of the person's connection
	want     plan.Want
	findings []mapping.Finding
	finish   Finish // nil in a preview, which saves nothing

	// These fields come from Twilio's responses.
	worker      workerState
	name        nameState
	have        plan.Have // from the last observation
	ask         followUp  // how the last step changes the next observation
	busy        bool      // at the deadline, Twilio refused to delete the Worker because it was busy
	lostAnswers int       // number of writes without a response

	// These fields are saved at the end of the run.
	link    store.Link    // SID and name of a linked Worker; only the name of a lost Worker; otherwise zero
	memory  *store.Memory // nil: unchanged
	leaver  leaver.Record // zero: none
	effects []effect
	refusal string  // id of the request to Twilio whose failure ended the run; "": none
	out     Outcome // zero: the run is not over
}

// workerState says what the run knows about the person's Worker; the first table in
// doc.go describes it.
type workerState string

const (
	never    workerState = "never"    // the person never had a Worker
	possible workerState = "possible" // a Worker with the person's name may exist
	lost     workerState = "lost"     // a Worker with the name in the field link may exist
	linked   workerState = "linked"   // the Worker exists, with the SID in the field link
)

// nameState says how Twilio answered when the run tried to give the Worker its name;
// the second table in doc.go describes it.
type nameState string

const (
	free    nameState = "free"    // Twilio has not refused the name
	refused nameState = "refused" // Twilio said that another Worker has the name
	retried nameState = "retried" // Twilio refused the name but listed no Worker of that name: the run tries once more
	hidden  nameState = "hidden"  // Twilio refused the name again
)

// followUp says how a step changes the next observation.
type followUp int

const (
	allAnew    followUp = iota
	exceptRead          // do not read the Worker again: an earlier response of Twilio contained it
	rivalsToo           // a rename was refused: look first for the Worker that has the name
)

// effect is something that the run changed in Flex.
type effect struct {
	at     time.Time
	action audit.Action
	worker flex.WorkerSID
	why    string
	keys   []string
	roles  plan.RoleChange

	request string // id of the request to Twilio
}

// observed returns the state after an observation, also after a failed one.
func (s state) observed(o observation, now time.Time) state {
	s.have, s.ask = o.have, allAnew
	if o.gone {
		s = s.without(now)
	}
	for _, e := range o.name {
		s.name = s.name.after(e)
	}
	if o.have.Worker != nil && s.worker != linked {
		s = s.found(*o.have.Worker, now)
	}
	s = s.rememberChannels(now)
	s.have.Outdated = s.have.Outdated || s.outdated(now)
	if w := o.have.Worker; w != nil && s.leaver.Covers(w.SID) {
		s = s.shown(now)
	}
	if n := len(s.effects); o.counted && n > 0 && s.effects[n-1].action == audit.WorkerOffline {
		s.leaver.LiveAtStop = o.live
	}
	return s
}

// without returns the state in which the linked Worker does not exist any more. There
// may be another Worker with the link's name.
func (s state) without(now time.Time) state {
	if s.leaver.Covers(s.link.Worker) {
		s = s.absent("the Worker was gone already", now)
	}
	s.worker, s.link, s.want.Owned = lost, store.Link{FriendlyName: s.link.FriendlyName}, nil
	return s
}

// found returns the state after an observation showed a Worker that was not linked.
func (s state) found(w flex.Worker, now time.Time) state {
	if s.leaver.Worker != w.SID {
		s = s.absent("the Worker was gone already", now)
	}
	s.have.Remade = s.leaver.RemovedName(w.FriendlyName)
	switch {
	case flex.Owner(w.Attributes) == s.want.Mark: // the link to this Worker was lost, or never saved
		s.worker, s.link = linked, store.Link{Worker: w.SID, FriendlyName: w.FriendlyName, Created: now}
	case s.worker == lost && s.name != free && strings.EqualFold(s.link.FriendlyName, w.FriendlyName):
		s.worker, s.link = possible, store.Link{} // Twilio refused the create because of this Worker
	}
	return s
}

// acted returns the state after a step, even if the step failed.
func (s state) acted(step plan.Step, a answer, now time.Time) state {
	s.leaver = s.leaverAfter(step, a, now)
	switch {
	case a.err != nil:
		return s.failedStep(step, a, now)
	case a.busy:
		s.busy = true
	case a.denied && step.Verb == plan.Create:
		s = s.deniedName(step.Draft.FriendlyName, now)
	case a.denied:
		s.ask = rivalsToo
	default:
		return s.done(step, a, now)
	}
	return s
}

// deniedName returns the state after Twilio refused a create because a Worker of this
// name exists. That Worker may be the person's own, made by the same create if a
// proxy sent it twice.
func (s state) deniedName(name string, now time.Time) state {
	s.name = s.name.after(denied)
	if s.worker != lost || !strings.EqualFold(s.link.FriendlyName, name) {
		s.worker, s.link = lost, store.Link{FriendlyName: name, Created: now}
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
		return s.removal(a.worker.SID, a.worker.FriendlyName, now).After(leaver.Stopped, now)
	case step.Verb == plan.EndWork && !failed:
		l.Ended++
	}
	return l
}

// state.done returns the state after a step that succeeded.
func (s state) done(step plan.Step, a answer, now time.Time) state {
	switch step.Verb {
	case plan.Create:
		return s.written(a.worker, now).did(audit.WorkerCreated, a.worker.SID, step, now)
	case plan.Adopt:
		s = s.written(a.worker, now).did(audit.WorkerAdopted, a.worker.SID, step, now)
		s.link.Adopted = true
	case plan.Update, plan.Rename:
		return s.written(a.worker, now).did(audit.WorkerUpdated, a.worker.SID, step, now)
	case plan.SetChannel:
		s.ask = exceptRead
		return s.did(audit.WorkerUpdated, step.Worker, step, now)
	case plan.GiveWay:
		return s.sees(a.worker, now).did(audit.WorkerUpdated, a.worker.SID, step, now)
	case plan.StopRouting:
		return s.stopped(a.worker, now).did(audit.WorkerOffline, a.worker.SID, step, now)
	case plan.TakeOffline:
		return s.did(audit.WorkerOffline, step.Worker, step, now)
	case plan.EndWork:
		s.busy = false
		return s.did(audit.WorkEnded, step.Worker, step, now)
	case plan.Delete:
		return s.did(audit.WorkerDeleted, step.Worker, step, now)
	case plan.Verify:
		s = s.absent(step.Why, now)
		s.worker, s.link = possible, store.Link{}
		s.out = Outcome{State: store.Settled}
	case plan.Wait, plan.Report:
		s.out = s.ending(step, now)
	}
	return s
}

// ending returns the outcome of a step that ends the run.
func (s state) ending(step plan.Step, now time.Time) Outcome {
	if step.Verb == plan.Wait {
		return Outcome{State: store.Waiting, Reason: step.Why, After: s.pause(now)}
	}
	return Outcome{State: store.Parked, Reason: step.Why}
}

// written returns the state after the run has learned that w is the person's Worker
// and is as wanted. The run is over, unless w must still get the channels of the
// person's previous Worker.
func (s state) written(w flex.Worker, now time.Time) state {
	s = s.sees(w, now)
	s.link.Owned = owned(s.want)
	if name := s.want.Person.UserName; w.ShowsName(name) {
		s.link.FriendlyName = name // Twilio may show the name in different letter case
	}
	if len(s.want.Channels) > 0 {
		s.have.Worker, s.ask = &w, exceptRead
		return s
	}
	s.out = Outcome{State: store.Settled}
	return s
}

// stopped returns the state after the leaver's Worker w was taken offline.
func (s state) stopped(w flex.Worker, now time.Time) state {
	adopted := s.worker != linked && flex.Owner(s.have.Worker.Attributes) != s.want.Mark
	was := s.link
	s = s.sees(w, now)
	s.link.Adopted = s.link.Adopted || adopted
	if was.Worker == w.SID && !strings.EqualFold(w.FriendlyName, s.want.Name) {
		s.link.FriendlyName = was.FriendlyName // if somebody renamed the Worker, its name is not ours
	}
	s.have.Worker, s.ask = &w, exceptRead
	return s
}

// failedStep returns the state after a step that failed.
func (s state) failedStep(step plan.Step, a answer, now time.Time) state {
	if step.Verb != plan.Create {
		return s
	}
	link := store.Link{FriendlyName: step.Draft.FriendlyName, Created: now}
	if flex.IsSID(string(a.worker.SID), "WK") { // the Worker was made, but not as it should be
		s.worker, s.link = linked, link
		s.link.Worker, s.link.Owned = a.worker.SID, owned(s.want)
		return s.did(audit.WorkerCreated, a.worker.SID, step, now)
	}
	switch flex.KindOf(a.err) {
	case flex.Slow, flex.Denied, flex.Refused: // Twilio made no Worker
	default:
		s.worker, s.link = lost, link
	}
	return s
}

// settled returns the state after an observation has shown that no step is needed.
func (s state) settled(now time.Time) state {
	if !s.want.Person.IsNobody() {
		if len(s.want.Channels) > 0 { // the Worker has them
			s = s.remember(s.want.Memory, nil, now)
		}
		return s.written(*s.have.Worker, now)
	}
	if s.have.Worker == nil {
		s = s.absent("the Worker was gone already", now)
	}
	if s.worker == lost {
		s.worker, s.link = possible, store.Link{}
	}
	s.out = Outcome{State: store.Settled}
	return s
}

// state.failed returns the state after an error, and reports whether the run should
// observe again.
func (s state) failed(err error) (next state, again bool) {
	switch flex.KindOf(err) {
	case flex.Conflict, flex.Gone:
		return s, true
	case flex.Uncertain:
		s.lostAnswers++
		return s.suspects(), s.lostAnswers < maxLostAnswers
	default: // another observation would show nothing new
		return s, false
	}
}

// suspects returns the state after a write without a response: the person may now
// have a Worker.
func (s state) suspects() state {
	if s.worker == never {
		s.worker = possible
	}
	return s
}

// sees returns the state after the run has learned that w is the person's Worker.
func (s state) sees(w flex.Worker, now time.Time) state {
	if s.worker != linked || s.link.Worker != w.SID {
		s.link = store.Link{Worker: w.SID, Created: now}
	}
	s.worker, s.link.FriendlyName = linked, w.FriendlyName
	memory := plan.Remember(w.Attributes, append(owned(s.want), s.want.Owned...))
	if w.Attributes != "" && memory != s.want.Memory {
		s = s.remember(memory, s.want.Channels, now)
	}
	return s
}

// If the Worker will be deleted now, rememberChannels returns the state with the
// Worker's channels in the memory. If the memory already has channels, the Worker
// has not got them yet, and the memory keeps them.
func (s state) rememberChannels(now time.Time) state {
	if !s.have.Stopped || s.have.Live > 0 && !s.have.Overdue || len(s.want.Channels) > 0 {
		return s
	}
	channels := slices.Clone(s.have.Channels)
	for i := range channels {
		channels[i].SID, channels[i].Assigned = "", 0 // a new Worker gets values of its own
	}
	return s.remember(s.want.Memory, channels, now)
}

// remember returns the state with a changed memory.
func (s state) remember(attributes string, channels []flex.Channel, now time.Time) state {
	s.want.Memory, s.want.Channels = attributes, channels
	s.memory = &store.Memory{Attributes: attributes, Channels: channels, Seen: now}
	return s
}

func owned(w plan.Want) []string { return slices.Sorted(maps.Keys(w.Attributes())) }

// absent returns the state after the Worker of an open removal reads back as absent:
// the leaver record is closed.
func (s state) absent(why string, now time.Time) state {
	if !s.leaver.Stage().Open() {
		return s
	}
	s.leaver = s.leaver.After(leaver.Absent, now)
	return s.did(audit.WorkerVerified, s.leaver.Worker, plan.Step{Why: why}, now)
}

// did adds an effect. Each effect gets a later time than the one before, because the
// audit log is sorted by time.
func (s state) did(action audit.Action, worker flex.WorkerSID, step plan.Step, now time.Time) state {
	at := now.Truncate(time.Microsecond)
	if n := len(s.effects); n > 0 && !at.After(s.effects[n-1].at) {
		at = s.effects[n-1].at.Add(time.Microsecond)
	}
	s.effects = append(s.effects, effect{at: at, action: action, worker: worker, why: step.Why, keys: step.Keys, roles: step.Roles})
	return s
}

// removal returns the open leaver record of a Worker. If there is none, it returns a
// new record. The deadline counts from the IdP's request, even if Twilio was
// unavailable since then.
func (s state) removal(worker flex.WorkerSID, name string, now time.Time) leaver.Record {
	l := s.leaver
	if !l.Covers(worker) {
		at := s.requestedAt(now)
		l = leaver.Record{
			ID: string(scim.NewID()), Worker: worker, UserName: name,
			Requested: at, Deadline: at.Add(s.policy.Drain),
		}
	}
	// The deadline becomes earlier if the IdP sets walkOut later, if the configured
	// drain becomes shorter, or if the clock is set back.
	latest := now.Add(s.policy.Drain)
	if walkOut(s.person.User) {
		latest = l.Requested
	}
	return l.Limit(latest)
}

// requestedAt returns the time at which the IdP asked for the removal, which is its
// last change of the person. In these cases it returns the present time instead: the
// last change belongs to a removal that is over, the removal follows from a change of
// the rules, Flex made a new Worker after a removal, or the last change is in the
// future.
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

// walkOut reports whether the IdP asked to end a leaver's live work at once.
func walkOut(u scim.User) bool {
	out, _ := u.Doc.Extension(scim.URNFlex)["walkOut"].(bool)
	return out
}

// pollHolder is the pause before the next run of a person who waits for a name that
// another person is giving up.
const pollHolder = 3 * time.Second

// pause returns the time until the next run of a person who waits.
func (s state) pause(now time.Time) time.Duration {
	switch {
	case s.have.Outdated && (s.isFresh(now) || s.triedLately(now)):
		return pollOutdated
	case s.have.Outdated: // perhaps a list and a fetch contradict each other for a long time
		return s.patience(now, leaverMost)
	case !s.want.Person.IsNobody(), s.leaver.Stage() == leaver.None:
		return pollHolder
	}
	return s.leaver.Pause(now)
}

// nameState.after returns the state that follows n when an event happens.
func (n nameState) after(e event) nameState { return nameTable[n][e] }

// event is something that a run learned about the wanted name.
type event string

const (
	denied event = "a create is refused"
	unheld event = "no Worker is listed"
	alone  event = "no rival is listed"
	moved  event = "its Worker moved"
)

// nameTable contains the second table of doc.go.
var nameTable = map[nameState]map[event]nameState{ // :: before → event → after
	free:    {denied: refused, unheld: free, alone: retried, moved: free},
	refused: {denied: refused, unheld: retried, alone: hidden, moved: free},
	retried: {denied: hidden, unheld: retried, alone: retried, moved: retried},
	hidden:  {denied: hidden, unheld: hidden, alone: hidden, moved: retried},
}
