package world

import (
	"slices"
	"time"
)

// Channel is a copy of a Worker Channel.
type Channel struct {
	SID, WorkerSID   string
	TaskChannel      TaskChannel
	Capacity         int // Tasks at once
	Available        bool
	Assigned         int // reservations pending, accepted or wrapping
	Created, Updated time.Time
}

type channelState struct {
	capacity  int
	available bool
	updated   time.Time
}

// Channels lists a Worker's channels.
func (w *World) Channels(workerSID string) ([]Channel, error) {
	w.lock()
	defer w.mu.Unlock()
	k := w.bySID[workerSID]
	if k == nil {
		return nil, NotFound(workerSID)
	}
	all := make([]Channel, 0, channelCount)
	for i := range k.channels {
		all = append(all, w.channelView(k, i))
	}
	return all, nil
}

// Channel returns one of a Worker's channels, by its SID or by the unique name
// of its TaskChannel.
func (w *World) Channel(workerSID, id string) (Channel, error) {
	return w.onChannel(workerSID, id, func(*channelState) {})
}

// UpdateChannel writes what is not nil.
func (w *World) UpdateChannel(workerSID, id string, capacity *int, available *bool) (Channel, error) {
	if capacity != nil && *capacity < 0 {
		return Channel{}, Invalid("Capacity %d is negative", *capacity)
	}
	return w.onChannel(workerSID, id, func(c *channelState) {
		if capacity != nil {
			c.capacity = *capacity
		}
		if available != nil {
			c.available = *available
		}
		c.updated = w.time()
	})
}

func (w *World) onChannel(workerSID, id string, do func(*channelState)) (Channel, error) {
	w.lock()
	defer w.mu.Unlock()
	k := w.bySID[workerSID]
	if k == nil {
		return Channel{}, NotFound(workerSID)
	}
	i := slices.IndexFunc(w.TaskChannels, func(c TaskChannel) bool { return c.UniqueName == id })
	for n := range k.channels {
		if w.channelSID(k, n) == id {
			i = n
		}
	}
	if i < 0 {
		return Channel{}, NotFound(id)
	}
	do(&k.channels[i])
	return w.channelView(k, i), nil
}

// channelSID follows from the Worker's number, so that 15,000 Workers need not
// hold 75,000 SIDs.
func (w *World) channelSID(k *worker, i int) string {
	const apart = 1 << 48 // beyond every number that Next reaches
	return w.ids.Derive("WC", apart+k.number*channelCount+uint64(i))
}

func (w *World) channelView(k *worker, i int) Channel {
	c := k.channels[i]
	return Channel{
		SID: w.channelSID(k, i), WorkerSID: k.SID, TaskChannel: w.TaskChannels[i],
		Capacity: c.capacity, Available: c.available, Assigned: k.assigned(i),
		Created: k.Created, Updated: c.updated,
	}
}

// Free is the share of the capacity that is free, in per cent.
func (c Channel) Free() int {
	if c.Capacity == 0 {
		return 0
	}
	return max(0, 100*(c.Capacity-c.Assigned)/c.Capacity)
}

// assigned counts k's live reservations on a channel.
func (k *worker) assigned(channel int) int {
	n := 0
	for _, r := range k.reservations {
		if r.Status.Live() && r.task.channel == channel {
			n++
		}
	}
	return n
}

// live counts k's live reservations.
func (k *worker) live() int {
	n := 0
	for _, r := range k.reservations {
		if r.Status.Live() {
			n++
		}
	}
	return n
}
