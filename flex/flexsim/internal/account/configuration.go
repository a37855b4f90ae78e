package account

import (
	"slices"
	"time"
)

// Configuration is what the account has from the start and keeps.
type Configuration struct {
	AccountSID   string
	WorkspaceSID string
	InstanceSID  string // GO…, the Flex instance
	TeamSID      string // QO…, the default Flex team
	ChatSID      string // IS…, the chat service
	ServiceSID   string // IS…, the Flex service
	Created      time.Time

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

func newConfiguration(ids *sidSource, now time.Time) Configuration {
	p := Configuration{
		AccountSID:   ids.next("AC"),
		WorkspaceSID: ids.next("WS"),
		InstanceSID:  ids.next("GO"),
		TeamSID:      ids.next("QO"),
		ChatSID:      ids.next("IS"),
		ServiceSID:   ids.next("IS"),
		Created:      now,
		Workflow:     Workflow{ids.next("WW"), "Assign to Anyone"},
	}
	for _, a := range []Activity{
		{"", "Offline", false}, {"", "Available", true}, {"", "Unavailable", false}, {"", "Break", false},
	} {
		a.SID = ids.next("WA")
		p.Activities = append(p.Activities, a)
	}
	for _, c := range []TaskChannel{
		{"", "default", "Default", 1}, {"", "voice", "Voice", 1}, {"", "chat", "Programmable Chat", 3},
		{"", "sms", "SMS", 3}, {"", "email", "Email", 3},
	} {
		c.SID = ids.next("TC")
		p.TaskChannels = append(p.TaskChannels, c)
	}
	for _, q := range []Queue{
		{"", "Everyone", "1==1"}, {"", "Supervisors", `roles HAS "supervisor"`},
		{"", "Billing", `routing.skills HAS "billing"`}, {"", "Support", `routing.skills HAS "support"`},
	} {
		q.SID = ids.next("WQ")
		p.Queues = append(p.Queues, q)
	}
	return p
}

// Offline is the Activity in which a Worker takes no Tasks, the workspace's
// default and timeout Activity.
func (p *Configuration) Offline() *Activity { return &p.Activities[0] }

// Activity finds one by SID or, in any case, nil.
func (p *Configuration) Activity(sid string) *Activity {
	i := slices.IndexFunc(p.Activities, func(a Activity) bool { return a.SID == sid })
	if i < 0 {
		return nil
	}
	return &p.Activities[i]
}

// ActivityNamed finds one by its name, or nil.
func (p *Configuration) ActivityNamed(name string) *Activity {
	i := slices.IndexFunc(p.Activities, func(a Activity) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Activities[i]
}

// Queue finds one by SID, or nil.
func (p *Configuration) Queue(sid string) *Queue {
	i := slices.IndexFunc(p.Queues, func(q Queue) bool { return q.SID == sid })
	if i < 0 {
		return nil
	}
	return &p.Queues[i]
}

// channel finds a TaskChannel's index by its unique name or its SID, or -1.
func (p *Configuration) channel(name string) int {
	return slices.IndexFunc(p.TaskChannels, func(c TaskChannel) bool { return c.UniqueName == name || c.SID == name })
}
