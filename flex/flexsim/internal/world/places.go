package world

import (
	"slices"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim/internal/sid"
)

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

// channel finds a TaskChannel's index by its unique name, or -1.
func (p *Places) channel(name string) int {
	return slices.IndexFunc(p.TaskChannels, func(c TaskChannel) bool { return c.UniqueName == name })
}
