package world

import (
	"slices"
	"sync"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim/internal/option"
	"github.com/flexscim/flexscim/flex/flexsim/internal/sid"
)

// Config is what a World needs.
type Config struct {
	Seed    uint64           // SIDs follow from it
	Clock   func() time.Time // required
	Options *option.Table    // required
}

// World is one simulated account. It is safe for concurrent use.
type World struct {
	Places // never changes

	mu           sync.Mutex
	now          func() time.Time
	opt          *option.Table
	ids          sid.Source
	workers      []*worker          // in the order of their creation
	bySID        map[string]*worker // :: SID → Worker
	byName       map[string]*worker // :: folded FriendlyName → Worker
	tasks        map[string]*task   // :: SID → Task
	interactions map[string]*interaction
	users        []*user
	due          time.Time // when expire has something to do; zero means never
}

// New returns an account with a workspace and nobody in it.
func New(cfg Config) *World {
	w := &World{
		now:          cfg.Clock,
		opt:          cfg.Options,
		ids:          sid.New(cfg.Seed),
		bySID:        map[string]*worker{},
		byName:       map[string]*worker{},
		tasks:        map[string]*task{},
		interactions: map[string]*interaction{},
	}
	w.Places = newPlaces(&w.ids, w.time())
	return w
}

// time is the clock in whole seconds of UTC, as Twilio writes it.
func (w *World) time() time.Time { return w.now().UTC().Truncate(time.Second) }

// lock takes the lock and lets time do its work. The caller unlocks.
func (w *World) lock() {
	w.mu.Lock()
	if !w.due.IsZero() && !w.now().Before(w.due) {
		w.expire()
	}
}

// at asks for expire at t.
func (w *World) at(t time.Time) {
	if w.due.IsZero() || t.Before(w.due) {
		w.due = t
	}
}

// expire deletes the Tasks whose time has come, with their Reservations, and
// times out the Reservations that nobody answered.
func (w *World) expire() {
	now := w.time()
	w.due = time.Time{}
	for sid, t := range w.tasks {
		life, mortal := t.Status.life()
		switch {
		case mortal && !now.Before(t.entered.Add(life)):
			w.dropTask(t)
			delete(w.tasks, sid)
		case mortal:
			w.at(t.entered.Add(life))
		case t.Status == TaskReserved && t.reservation != nil:
			w.expireReservation(t.reservation, now)
		}
	}
}

func (w *World) dropTask(t *task) {
	for _, r := range t.past {
		r.worker.reservations = slices.DeleteFunc(r.worker.reservations, func(o *reservation) bool { return o == r })
	}
}

// Places is what the account has from the start and keeps.
type Places struct {
	Account   string
	Workspace string
	Instance  string // GO…, the Flex instance
	Team      string // QO…, the default Flex team
	Chat      string // IS…, the chat service
	Service   string // IS…, the Flex service
	Created   time.Time

	Activities   []Activity
	TaskChannels []TaskChannel
	Queues       []Queue
	Workflow     Workflow
}

// Activity says whether a Worker takes Tasks.
type Activity struct {
	SID, Name string
	Available bool
}

// TaskChannel is a kind of work. Every Worker has a Worker Channel for each.
type TaskChannel struct {
	SID, UniqueName, Name string
	Capacity              int // a new Worker's: Tasks at once
}

// Queue holds Tasks for the Workers that an expression names.
type Queue struct {
	SID, Name, TargetWorkers string
}

// Workflow leads a Task to its Queue.
type Workflow struct {
	SID, Name string
}

// channelCount is the number of TaskChannels, which is fixed so that a Worker's
// channels need no allocation.
const channelCount = 5

func newPlaces(ids *sid.Source, now time.Time) Places {
	p := Places{
		Account:   ids.Next("AC"),
		Workspace: ids.Next("WS"),
		Instance:  ids.Next("GO"),
		Team:      ids.Next("QO"),
		Chat:      ids.Next("IS"),
		Service:   ids.Next("IS"),
		Created:   now,
		Workflow:  Workflow{ids.Next("WW"), "Assign to Anyone"},
	}
	for _, a := range []Activity{
		{"", "Offline", false}, {"", "Available", true}, {"", "Unavailable", false}, {"", "Break", false},
	} {
		a.SID = ids.Next("WA")
		p.Activities = append(p.Activities, a)
	}
	for _, c := range []TaskChannel{
		{"", "default", "Default", 1}, {"", "voice", "Voice", 1}, {"", "chat", "Programmable Chat", 3},
		{"", "sms", "SMS", 3}, {"", "email", "Email", 3},
	} {
		c.SID = ids.Next("TC")
		p.TaskChannels = append(p.TaskChannels, c)
	}
	for _, q := range []Queue{
		{"", "Everyone", "1==1"}, {"", "Supervisors", `roles HAS "supervisor"`},
		{"", "Billing", `routing.skills HAS "billing"`}, {"", "Support", `routing.skills HAS "support"`},
	} {
		q.SID = ids.Next("WQ")
		p.Queues = append(p.Queues, q)
	}
	return p
}

// Offline is the Activity in which a Worker takes no Tasks, the workspace's
// default and timeout Activity.
func (p *Places) Offline() *Activity { return &p.Activities[0] }

// Activity finds one by SID or, in any case, nil.
func (p *Places) Activity(sid string) *Activity {
	i := slices.IndexFunc(p.Activities, func(a Activity) bool { return a.SID == sid })
	if i < 0 {
		return nil
	}
	return &p.Activities[i]
}

// ActivityNamed finds one by its name, or nil.
func (p *Places) ActivityNamed(name string) *Activity {
	i := slices.IndexFunc(p.Activities, func(a Activity) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Activities[i]
}

// Queue finds one by SID, or nil.
func (p *Places) Queue(sid string) *Queue {
	i := slices.IndexFunc(p.Queues, func(q Queue) bool { return q.SID == sid })
	if i < 0 {
		return nil
	}
	return &p.Queues[i]
}

// channel finds a TaskChannel's index by its unique name or its SID, or -1.
func (p *Places) channel(name string) int {
	return slices.IndexFunc(p.TaskChannels, func(c TaskChannel) bool { return c.UniqueName == name || c.SID == name })
}
