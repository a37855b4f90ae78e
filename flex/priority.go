package flex

import "context"

// Priority orders calls that wait for the account's limits. Smaller values go
// first.
type Priority int

// The priorities, the most urgent first.
const (
	Leaver Priority = iota + 1
	Changed
	Imported
	Sweep
)

type priorityKey struct{}

// WithPriority returns a context whose calls have the priority p. It affects only
// the order in which the limiter sends calls.
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
