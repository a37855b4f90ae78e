package account

import (
	"slices"
	"time"
)

// Configuration is the immutable part of the account.
type Configuration struct {
	AccountSID   string
	WorkspaceSID string
	InstanceSID  string // GO…, the Flex instance
	TeamSID      string // QO…, the default Flex team
	ChatSID      string // IS…, the chat service
	ServiceSID   string // IS…, the Flex service
	NoActivity   string // WA…, an Activity that does not exist
	Created      time.Time

	Activities   []Activity
	TaskChannels []TaskChannel
	Queues       []Queue
	Workflow     Workflow
}

// Activity is a state of Workers. It determines whether a Worker gets Tasks.
type Activity struct {
	SID, Name string
	Available bool
}

// TaskChannel is a kind of Task. Every Worker has a Worker Channel for each
// TaskChannel.
type TaskChannel struct {
	SID, UniqueName, Name string
	Capacity              int // how many concurrent Tasks a new Worker can have
}

// Queue is a TaskQueue: its Tasks go to Workers that match an expression.
type Queue struct {
	SID, Name, TargetWorkers string
}

// Workflow routes Tasks to a TaskQueue.
type Workflow struct {
	SID, Name string
}

// channelCount is the number of TaskChannels. It is a constant, so that each Worker
// can have an array of channels, which needs no allocation.
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
		{"", "Offline", false}, {"", Available, true}, {"", "Unavailable", false}, {"", "Break", false},
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
	p.NoActivity = ids.derive("WA", 0)
	for _, q := range []Queue{
		{"", "Everyone", "1==1"}, {"", "Supervisors", `roles HAS "supervisor"`},
		{"", "Billing", `routing.skills HAS "billing"`}, {"", "Support", `routing.skills HAS "support"`},
	} {
		q.SID = ids.next("WQ")
		p.Queues = append(p.Queues, q)
	}
	return p
}

// Available is the name of the Activity in which a Worker gets Tasks.
const Available = "Available"

// Offline returns the Activity "Offline", in which Workers get no Tasks. It is the
// default and the timeout Activity of the Workspace.
func (p *Configuration) Offline() *Activity { return &p.Activities[0] }

// Activity returns the Activity with this SID, or nil.
func (p *Configuration) Activity(sid string) *Activity {
	return find(p.Activities, func(a Activity) bool { return a.SID == sid })
}

// ActivityNamed returns the Activity with this name, or nil.
func (p *Configuration) ActivityNamed(name string) *Activity {
	return find(p.Activities, func(a Activity) bool { return a.Name == name })
}

// Queue returns the TaskQueue with this SID, or nil.
func (p *Configuration) Queue(sid string) *Queue {
	return find(p.Queues, func(q Queue) bool { return q.SID == sid })
}

func find[T any](all []T, is func(T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return &all[i]
	}
	return nil
}

// channel returns the index of the TaskChannel with this unique name or SID, or -1.
func (p *Configuration) channel(name string) int {
	return slices.IndexFunc(p.TaskChannels, func(c TaskChannel) bool { return c.UniqueName == name || c.SID == name })
}
