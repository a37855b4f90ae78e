package admin

import (
	"context"
	"time"

	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store"
)

// Leaver is one removal of a Worker, with its times.
type Leaver struct {
	UserName   string       `json:"user_name"`
	ID         string       `json:"id"`
	Connection string       `json:"connection"`
	State      State        `json:"state"` // leaving, stuck, removed or cancelled
	Stage      leaver.Stage `json:"stage"`
	Requested  *time.Time   `json:"requested_at"`
	Stopped    *time.Time   `json:"stopped_at"`
	Removed    *time.Time   `json:"removed_at"`
	Verified   *time.Time   `json:"verified_at"`
	Cancelled  *time.Time   `json:"cancelled_at"`
	Reason     string       `json:"reason"` // what the removal waits for; "" if it has ended
	Worker     string       `json:"worker_sid"`
}

// Cancelled is the state of a removal that ended because the person should have the
// Worker again.
const Cancelled State = "cancelled"

// Leavers returns the removals that were requested since a time, the newest first.
// Removals that have not started yet precede the others.
func (a *Admin) Leavers(ctx context.Context, since time.Time) ([]Leaver, error) {
	names, err := connectionNames(ctx, a.store)
	if err != nil {
		return nil, err
	}
	removals, err := a.store.Removals(ctx, since)
	if err != nil {
		return nil, err
	}
	v, all := view{store: a.store, connections: names}, make([]Leaver, len(removals))
	for i, r := range removals {
		if all[i], err = v.leaver(ctx, r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (v view) leaver(ctx context.Context, r store.Removal) (Leaver, error) {
	l := Leaver{
		UserName: r.UserName, ID: string(r.Person.User), Connection: v.connections[r.Person.Connection], Stage: r.Stage(),
		Requested: timeOrNil(r.Requested), Stopped: timeOrNil(r.Offline), Removed: timeOrNil(r.Removed), Verified: timeOrNil(r.Verified),
		Cancelled: timeOrNil(r.Cancelled), Worker: string(r.Worker),
	}
	switch {
	case l.Verified != nil:
		l.State = Removed
		return l, nil
	case l.Cancelled != nil:
		l.State = Cancelled
		return l, nil
	}
	told, err := v.parked(ctx, r.Person, r.Reason)
	l.State, l.Reason = Leaving, r.Reason
	if r.State == store.Parked || r.State == store.Waiting && !told.IsZero() {
		l.State = Stuck
	}
	return l, err
}
