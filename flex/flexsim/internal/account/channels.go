package account

import (
	"slices"
	"time"
)

// Channel is a copy of the state of a Worker Channel.
type Channel struct {
	SID, WorkerSID   string
	TaskChannel      TaskChannel
	Capacity         int // concurrent Tasks
	Available        bool
	Assigned         int // number of Reservations that are pending, accepted or wrapping; the option assigned_tasks can omit paused Tasks
	Occupied         int // number of these Reservations, never counting paused Tasks
	Created, Updated time.Time
}

type channelState struct {
	capacity  int
	available bool
	updated   time.Time
}

// Channels returns a Worker's channels.
func (a *Account) Channels(workerSID string) ([]Channel, error) {
	a.lock()
	defer a.mu.Unlock()
	wk := a.bySID[workerSID]
	if wk == nil {
		return nil, NotFound(workerSID)
	}
	all := make([]Channel, 0, channelCount)
	for i := range wk.channels {
		all = append(all, a.channelView(wk, i))
	}
	return all, nil
}

// Channel returns one of a Worker's channels, by its SID or by the unique name
// of its TaskChannel.
func (a *Account) Channel(workerSID, id string) (Channel, error) {
	return a.onChannel(workerSID, id, func(*worker, *channelState) {})
}

// UpdateChannel changes capacity and availability. An argument that is nil changes
// nothing. As in TaskRouter, UpdateChannel gives the Worker a new version.
func (a *Account) UpdateChannel(workerSID, id string, capacity *int, available *bool) (Channel, error) {
	if capacity != nil && *capacity < 0 {
		return Channel{}, Invalid("Capacity %d is negative", *capacity)
	}
	return a.onChannel(workerSID, id, func(wk *worker, c *channelState) {
		if capacity != nil {
			c.capacity = *capacity
		}
		if available != nil {
			c.available = *available
		}
		c.updated = a.time()
		wk.Version++
	})
}

func (a *Account) onChannel(workerSID, id string, do func(*worker, *channelState)) (Channel, error) {
	a.lock()
	defer a.mu.Unlock()
	wk := a.bySID[workerSID]
	if wk == nil {
		return Channel{}, NotFound(workerSID)
	}
	i := slices.IndexFunc(a.TaskChannels, func(c TaskChannel) bool { return c.UniqueName == id })
	for n := range wk.channels {
		if a.channelSID(wk, n) == id {
			i = n
		}
	}
	if i < 0 {
		return Channel{}, NotFound(id)
	}
	do(wk, &wk.channels[i])
	return a.channelView(wk, i), nil
}

// channelSID derives a channel's SID from the Worker's number, so that the 75,000
// SIDs for the channels of 15,000 Workers need not be stored.
func (a *Account) channelSID(wk *worker, i int) string {
	const apart = 1 << 48 // larger than all numbers for which sidSource.next makes SIDs
	return a.ids.derive("WC", apart+wk.number*channelCount+uint64(i))
}

func (a *Account) channelView(wk *worker, i int) Channel {
	c := wk.channels[i]
	occupied := wk.count(func(r *reservation) bool { return r.task.channel == i && !r.task.isPaused() })
	assigned := occupied
	if a.opt.Load().AssignedTasks == "all" {
		assigned = wk.count(func(r *reservation) bool { return r.task.channel == i })
	}
	return Channel{
		SID: a.channelSID(wk, i), WorkerSID: wk.SID, TaskChannel: a.TaskChannels[i],
		Capacity: c.capacity, Available: c.available, Assigned: assigned, Occupied: occupied,
		Created: wk.Created, Updated: c.updated,
	}
}

// Free returns the free share of the capacity, in percent.
func (c Channel) Free() int {
	if c.Capacity == 0 {
		return 0
	}
	return max(0, 100*(c.Capacity-c.Occupied)/c.Capacity)
}

// count counts the Worker's live Reservations for which matches is true.
func (wk *worker) count(matches func(*reservation) bool) (n int) {
	for _, r := range wk.reservations {
		if r.Status.Live() && matches(r) {
			n++
		}
	}
	return n
}

// live counts the Worker's live Reservations.
func (wk *worker) live() int { return wk.count(func(*reservation) bool { return true }) }
