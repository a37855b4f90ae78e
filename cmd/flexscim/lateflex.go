package main

import (
	"context"
	"iter"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/reconcile"
)

// rediscover is how long what the account's configuration said is believed.
const rediscover = time.Hour

// lateFlex finds the workspace at the first call, not at the start: SCIM must
// be answered while Twilio is down. A failing look later on keeps what is
// known.
type lateFlex struct {
	client  *flexhttp.Client
	backend string // taskrouter, flex-users

	turn  chan struct{} // held by who looks
	flex  reconcile.Flex
	found time.Time
}

var _ reconcile.Flex = (*lateFlex)(nil)

func newLateFlex(client *flexhttp.Client, backend string) *lateFlex {
	return &lateFlex{client: client, backend: backend, turn: make(chan struct{}, 1)}
}

// get is the back end in the account's workspace.
func (l *lateFlex) get(ctx context.Context) (reconcile.Flex, error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.turn }()
	if l.flex != nil && time.Since(l.found) < rediscover {
		return l.flex, nil
	}
	workspace, err := l.client.Discover(ctx)
	switch {
	case err == nil && l.backend == "flex-users":
		l.flex = l.client.FlexUsers(workspace)
	case err == nil:
		l.flex = l.client.TaskRouter(workspace)
	case l.flex == nil:
		return nil, err
	}
	l.found = time.Now()
	return l.flex, nil
}

// Get implements reconcile.Flex, as do all methods below.
func (l *lateFlex) Get(ctx context.Context, sid flex.WorkerSID) (w flex.Worker, err error) {
	f, err := l.get(ctx)
	if err != nil {
		return w, err
	}
	return f.Get(ctx, sid)
}

func (l *lateFlex) Find(ctx context.Context, name string) ([]flex.Worker, error) {
	f, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	return f.Find(ctx, name)
}

func (l *lateFlex) Create(ctx context.Context, d flex.Draft) (w flex.Worker, err error) {
	f, err := l.get(ctx)
	if err != nil {
		return w, err
	}
	return f.Create(ctx, d)
}

func (l *lateFlex) Update(ctx context.Context, have flex.Worker, ch flex.Change) (w flex.Worker, err error) {
	f, err := l.get(ctx)
	if err != nil {
		return w, err
	}
	return f.Update(ctx, have, ch)
}

func (l *lateFlex) StopRouting(ctx context.Context, have flex.Worker) (w flex.Worker, err error) {
	f, err := l.get(ctx)
	if err != nil {
		return w, err
	}
	return f.StopRouting(ctx, have)
}

func (l *lateFlex) AssignedTasks(ctx context.Context, sid flex.WorkerSID) (int, error) {
	f, err := l.get(ctx)
	if err != nil {
		return 0, err
	}
	return f.AssignedTasks(ctx, sid)
}

func (l *lateFlex) LiveReservations(ctx context.Context, sid flex.WorkerSID) ([]flex.Reservation, error) {
	f, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	return f.LiveReservations(ctx, sid)
}

func (l *lateFlex) EndReservation(ctx context.Context, sid flex.WorkerSID, r flex.Reservation) error {
	f, err := l.get(ctx)
	if err != nil {
		return err
	}
	return f.EndReservation(ctx, sid, r)
}

func (l *lateFlex) Delete(ctx context.Context, have flex.Worker) error {
	f, err := l.get(ctx)
	if err != nil {
		return err
	}
	return f.Delete(ctx, have)
}

func (l *lateFlex) Workers(ctx context.Context) iter.Seq2[flex.Worker, error] {
	return func(yield func(flex.Worker, error) bool) {
		f, err := l.get(ctx)
		if err != nil {
			yield(flex.Worker{}, err)
			return
		}
		for w, err := range f.Workers(ctx) {
			if !yield(w, err) {
				return
			}
		}
	}
}
