package logfield

import (
	"context"

	"go.uber.org/zap"
)

type fieldsKey struct{}

// With returns a copy of ctx with additional fields, which logfield.From returns
// for log lines.
func With(ctx context.Context, fields ...zap.Field) context.Context {
	before, _ := ctx.Value(fieldsKey{}).([]zap.Field)
	all := make([]zap.Field, 0, len(before)+len(fields))
	return context.WithValue(ctx, fieldsKey{}, append(append(all, before...), fields...))
}

// From returns the fields of ctx for a log line: the reference id of the request,
// if there is one, and then the fields from calls of With, first call first.
func From(ctx context.Context) []zap.Field {
	var out []zap.Field
	if id := RequestID(ctx); id != "" {
		out = append(out, Request(id))
	}
	fields, _ := ctx.Value(fieldsKey{}).([]zap.Field)
	return append(out, fields...)
}

type requestKey struct{}

// request is the data about a request that a context contains.
type request struct {
	id      string
	sender  Sender
	refusal Refusal
}

// Sender describes the sender of a request, for the access log and the audit log.
type Sender struct {
	Token   string // id of the token; "": not known
	Address string // "": not logged
}

// WithRequestID returns a context with the reference id of a request. The
// response and the log lines contain the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, &request{id: id})
}

// RequestID returns the reference id of the request, or "" if there is none.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// Refusal describes why a request was refused, for the access log.
type Refusal struct {
	ScimType string // "": the error has none
	Detail   string
}

// SetRefusal stores in ctx, which must come from WithRequestID, why a request was
// refused.
func SetRefusal(ctx context.Context, r Refusal) { requestOf(ctx).refusal = r }

// RefusalOf returns why the request was refused, or the zero Refusal if it was not.
func RefusalOf(ctx context.Context) Refusal { return requestOf(ctx).refusal }

// SetSender stores in ctx, which must come from WithRequestID, the sender of a
// request. Call SetSender before other goroutines use the context.
func SetSender(ctx context.Context, s Sender) { requestOf(ctx).sender = s }

// SenderOf returns the sender of the request, or the zero Sender if the context has
// no request.
func SenderOf(ctx context.Context) Sender { return requestOf(ctx).sender }

// requestOf returns the request in a context. If the context has no request,
// requestOf returns an empty one.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}
