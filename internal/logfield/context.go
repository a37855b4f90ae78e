package logfield

import (
	"context"

	"go.uber.org/zap"
)

type fieldsKey struct{}

// With returns a context whose log lines also have these fields.
func With(ctx context.Context, fields ...zap.Field) context.Context {
	before, _ := ctx.Value(fieldsKey{}).([]zap.Field)
	all := make([]zap.Field, 0, len(before)+len(fields))
	return context.WithValue(ctx, fieldsKey{}, append(append(all, before...), fields...))
}

// From returns the fields for a log line under ctx: the reference id, if there is
// one, and the fields of With, outermost first.
func From(ctx context.Context) []zap.Field {
	var out []zap.Field
	if id := RequestID(ctx); id != "" {
		out = append(out, Request(id))
	}
	fields, _ := ctx.Value(fieldsKey{}).([]zap.Field)
	return append(out, fields...)
}

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
