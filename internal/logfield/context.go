package logfield

import (
	"context"

	"go.uber.org/zap"
)

type fieldsKey struct{}

// With returns a context that adds these fields to its log lines.
func With(ctx context.Context, fields ...zap.Field) context.Context {
	before, _ := ctx.Value(fieldsKey{}).([]zap.Field)
	all := make([]zap.Field, 0, len(before)+len(fields))
	return context.WithValue(ctx, fieldsKey{}, append(append(all, before...), fields...))
}

// From returns the fields of ctx for a log line: the reference id, if any, and
// the fields from With, outermost first.
func From(ctx context.Context) []zap.Field {
	var out []zap.Field
	if id := RequestID(ctx); id != "" {
		out = append(out, Request(id))
	}
	fields, _ := ctx.Value(fieldsKey{}).([]zap.Field)
	return append(out, fields...)
}

type requestKey struct{}

// WithRequestID returns a context with the reference id of a request. The
// response and the log lines contain the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID returns the reference id of the request, "" if there is none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
