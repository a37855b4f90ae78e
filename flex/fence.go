package flex

import "context"

type fenceKey struct{}

// WithFence returns a context for calls to Twilio. Each of these calls that changes
// something calls check immediately before it is sent. If check returns an error, the
// call is not sent, and the error of the call wraps check's error.
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
