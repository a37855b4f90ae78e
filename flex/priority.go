package flex

import "context"

// Priority orders calls where the account's limits make them wait. A smaller
// one goes first.
type Priority int

// Leavers go first; a sweep goes last.
const (
	Leaver Priority = iota + 1
	Changed
	Imported
	Sweep
)

type priorityKey struct{}

// WithPriority marks every call made under ctx. It is a hint for the pace,
// like a deadline; it changes no result.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf is the mark of ctx, Changed where there is none.
func PriorityOf(ctx context.Context) Priority {
	if p, ok := ctx.Value(priorityKey{}).(Priority); ok {
		return p
	}
	return Changed
}
