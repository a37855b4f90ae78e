package logfield

import "context"

type requestKey struct{}

// WithRequestID returns a context with the reference id of a request, which its
// response and its log lines show.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID returns the reference id of the request, "" if there is none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
