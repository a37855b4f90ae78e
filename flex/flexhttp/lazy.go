package flexhttp

import (
	"context"
	"iter"
	"time"

	"github.com/flexscim/flexscim/flex"
)

// rediscoverAfter is how long the result of Discover is used.
const rediscoverAfter = time.Hour

// backEnd is what TaskRouter and FlexUsers have in common.
type backEnd interface {
	Get(ctx context.Context, sid flex.WorkerSID) (flex.Worker, error)
	Find(ctx context.Context, name string) ([]flex.Worker, error)
	Create(ctx context.Context, d flex.Draft) (flex.Worker, error)
	Update(ctx context.Context, have flex.Worker, ch flex.Change) (flex.Worker, error)
	StopRouting(ctx context.Context, have flex.Worker) (flex.Worker, error)
	AssignedTasks(ctx context.Context, sid flex.WorkerSID) (int, error)
	LiveReservations(ctx context.Context, sid flex.WorkerSID) ([]flex.Reservation, error)
	EndReservation(ctx context.Context, sid flex.WorkerSID, r flex.Reservation) error
	Delete(ctx context.Context, have flex.Worker) error
	Workers(ctx context.Context) iter.Seq2[flex.Worker, error]
}

// Lazy is a back end that discovers the workspace at its first call, so that
// the program starts, and answers SCIM, while Twilio does not answer. It
// discovers again after an hour; if that fails, it keeps the known workspace.
// Its methods are those of TaskRouter. It is safe for concurrent use.
type Lazy struct {
	client    *Client
	flexUsers bool

	lock  chan struct{} // held while discovering
	found backEnd       // nil: not discovered yet
	at    time.Time     // when it was discovered
}

// Lazy returns a back end over the Flex Users API or over TaskRouter.
func (c *Client) Lazy(flexUsers bool) *Lazy {
	return &Lazy{client: c, flexUsers: flexUsers, lock: make(chan struct{}, 1)}
}

// discovered returns the back end in the account's workspace.
func (l *Lazy) discovered(ctx context.Context) (backEnd, error) {
	select {
	case l.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.lock }()
	if l.found != nil && time.Since(l.at) < rediscoverAfter {
		return l.found, nil
	}
	workspace, err := l.client.Discover(ctx)
	switch {
	case err == nil && l.flexUsers:
		l.found = l.client.FlexUsers(workspace)
	case err == nil:
		l.found = l.client.TaskRouter(workspace)
	case l.found == nil:
		return nil, err
	}
	l.at = time.Now()
	return l.found, nil
}

// through makes a call on the back end, which it discovers first.
func through[T any](ctx context.Context, l *Lazy, call func(backEnd) (T, error)) (answer T, err error) {
	b, err := l.discovered(ctx)
	if err != nil {
		return answer, err
	}
	return call(b)
}

// Get is TaskRouter's, as are all methods below.
func (l *Lazy) Get(ctx context.Context, sid flex.WorkerSID) (flex.Worker, error) {
	return through(ctx, l, func(b backEnd) (flex.Worker, error) { return b.Get(ctx, sid) })
}

// Find finds Workers by name.
func (l *Lazy) Find(ctx context.Context, name string) ([]flex.Worker, error) {
	return through(ctx, l, func(b backEnd) ([]flex.Worker, error) { return b.Find(ctx, name) })
}

// Create creates a Worker.
func (l *Lazy) Create(ctx context.Context, d flex.Draft) (flex.Worker, error) {
	return through(ctx, l, func(b backEnd) (flex.Worker, error) { return b.Create(ctx, d) })
}

// Update changes a Worker.
func (l *Lazy) Update(ctx context.Context, have flex.Worker, ch flex.Change) (flex.Worker, error) {
	return through(ctx, l, func(b backEnd) (flex.Worker, error) { return b.Update(ctx, have, ch) })
}

// StopRouting puts a Worker offline.
func (l *Lazy) StopRouting(ctx context.Context, have flex.Worker) (flex.Worker, error) {
	return through(ctx, l, func(b backEnd) (flex.Worker, error) { return b.StopRouting(ctx, have) })
}

// AssignedTasks counts a Worker's Tasks.
func (l *Lazy) AssignedTasks(ctx context.Context, sid flex.WorkerSID) (int, error) {
	return through(ctx, l, func(b backEnd) (int, error) { return b.AssignedTasks(ctx, sid) })
}

// LiveReservations lists a Worker's live Reservations.
func (l *Lazy) LiveReservations(ctx context.Context, sid flex.WorkerSID) ([]flex.Reservation, error) {
	return through(ctx, l, func(b backEnd) ([]flex.Reservation, error) { return b.LiveReservations(ctx, sid) })
}

// EndReservation ends a Reservation.
func (l *Lazy) EndReservation(ctx context.Context, sid flex.WorkerSID, r flex.Reservation) error {
	_, err := through(ctx, l, func(b backEnd) (any, error) { return nil, b.EndReservation(ctx, sid, r) })
	return err
}

// Delete deletes a Worker.
func (l *Lazy) Delete(ctx context.Context, have flex.Worker) error {
	_, err := through(ctx, l, func(b backEnd) (any, error) { return nil, b.Delete(ctx, have) })
	return err
}

// Workers yields all Workers of the workspace.
func (l *Lazy) Workers(ctx context.Context) iter.Seq2[flex.Worker, error] {
	return func(yield func(flex.Worker, error) bool) {
		b, err := l.discovered(ctx)
		if err != nil {
			yield(flex.Worker{}, err)
			return
		}
		b.Workers(ctx)(yield)
	}
}
