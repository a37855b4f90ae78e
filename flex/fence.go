package flex

import "context"

type fenceKey struct{}

// WithFence returns a context whose calls that change something call check
// immediately before they are sent. If check returns an error, the call is not
// sent, and its error wraps check's error.
func WithFence(ctx context.Context, check func() error) context.Context {
	return context.WithValue(ctx, fenceKey{}, check)
}

// Fence returns the error of the check of ctx, or nil if ctx has no check.
func Fence(ctx context.Context) error {
	if check, ok := ctx.Value(fenceKey{}).(func() error); ok {
		return check()
	}
	return nil
}
