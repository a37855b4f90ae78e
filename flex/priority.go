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

type callerKey struct{}

// WithCaller returns a context whose calls belong to a caller. Calls of the same
// priority take turns by caller when they wait for the account's limits. So a
// caller with many calls does not delay the other callers. The caller can have any
// name.
func WithCaller(ctx context.Context, caller string) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerOf returns the caller of ctx, or "" if it has none.
func CallerOf(ctx context.Context) string {
	caller, _ := ctx.Value(callerKey{}).(string)
	return caller
}
