package logfield

import "context"

type requestKey struct{}

// WithRequestID is a context that carries a request's reference id: the one
// that its answer shows and that its log lines bear.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID is the reference id of the request, "" where there is none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
