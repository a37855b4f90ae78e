// Package tracing sends OpenTelemetry spans, one for each request and one for
// each reconciliation run of a person. Spans contain no personal data.
package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracer sends spans. It is safe for concurrent use. A nil Tracer sends no spans.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// New returns a Tracer that sends spans to an OTLP/HTTP endpoint, or nil if the
// endpoint is "". The argument version is this program's version.
func New(ctx context.Context, endpoint, version string) (*Tracer, error) {
	if endpoint == "" {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint+"/v1/traces"))
	if err != nil {
		return nil, err
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "flexscim"), attribute.String("service.version", version))),
	)
	return &Tracer{provider: provider, tracer: provider.Tracer("flexscim")}, nil
}

// Close sends the spans that were not sent yet. It gives up when ctx ends.
func (t *Tracer) Close(ctx context.Context) {
	if t != nil {
		_ = t.provider.Shutdown(ctx) // if the collector fails, the program must go on
	}
}

// Wrap returns a handler that makes a span for every request. If the request names
// a span of the caller (W3C Trace Context), that span becomes the parent.
func (t *Tracer) Wrap(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	propagator := propagation.TraceContext{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := t.tracer.Start(ctx, "scim "+r.Method, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Run starts the span of a reconciliation run. The span identifies the person by
// id. The caller must call end with the outcome's state and the kind of the error
// ("": none). The error's text is not sent, because it may name people.
func (t *Tracer) Run(ctx context.Context, person string) (_ context.Context, end func(state, failure string)) {
	if t == nil {
		return ctx, func(string, string) {}
	}
	ctx, span := t.tracer.Start(ctx, "reconcile", trace.WithAttributes(attribute.String("person", person)))
	return ctx, func(state, failure string) {
		span.SetAttributes(attribute.String("state", state))
		if failure != "" {
			span.SetStatus(codes.Error, failure)
		}
		span.End()
	}
}
