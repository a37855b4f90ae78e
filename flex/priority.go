package flex

import "context"

// Priority determines the order of the calls that wait for the limiter. Calls with
// smaller values are sent first.
type Priority int

// These are the priorities, beginning with the most urgent.
const (
	Leaver Priority = iota + 1
	Changed
	Imported
	Sweep
)

type priorityKey struct{}

// WithPriority returns a context whose calls have the priority p. The priority
// affects only the order in which the limiter sends calls.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf returns the priority of ctx, or Changed if it has none.
func PriorityOf(ctx context.Context) Priority {
	if p, ok := ctx.Value(priorityKey{}).(Priority); ok {
		return p
	}
	return Changed
}
