package flex

import "context"

type fenceKey struct{}

// WithFence returns a context for calls to Twilio. The function check runs
// immediately before a call that changes something is sent. If check returns an
// error, the call is not sent, and the caller gets an error that wraps the error of
// check.
func WithFence(ctx context.Context, check func() error) context.Context {
	return context.WithValue(ctx, fenceKey{}, check)
}

// Fence runs the check that WithFence put into ctx and returns its error, or nil if
// ctx has no check.
func Fence(ctx context.Context) error {
	if check, ok := ctx.Value(fenceKey{}).(func() error); ok {
		return check()
	}
	return nil
}
