package main

import (
	"cmp"
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// tracer makes spans: one a request, one a run for a person. They hold no
// personal data. A process without --otlp has none.
type tracer struct {
	provider *sdktrace.TracerProvider
	trace.Tracer
}

// newTracer sends spans to an OTLP/HTTP endpoint; "" means nil: no traces.
func newTracer(ctx context.Context, endpoint string) (*tracer, error) {
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
	return &tracer{provider: provider, Tracer: provider.Tracer("flexscim")}, nil
}

// close sends what is left.
func (t *tracer) close(ctx context.Context) {
	if t != nil {
		_ = t.provider.Shutdown(ctx) // the collector's trouble is not ours
	}
}

// wrap puts a span around every request, below the caller's own if it sent
// one (W3C Trace Context).
func (t *tracer) wrap(next http.Handler) http.Handler {
	propagator := propagation.TraceContext{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := t.Start(ctx, "scim "+r.Method, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// traced is a reconciler with a span around every run.
type traced struct {
	*reconcile.Reconciler
	tracer *tracer
}

// Reconcile implements queue.Reconciler.
func (t traced) Reconcile(ctx context.Context, key store.PersonKey, finish reconcile.Finish) (reconcile.Outcome, error) {
	ctx, span := t.tracer.Start(ctx, "reconcile", trace.WithAttributes(attribute.String("person", string(key.User))))
	defer span.End()
	outcome, err := t.Reconciler.Reconcile(ctx, key, finish)
	span.SetAttributes(attribute.String("state", string(outcome.State)))
	if err != nil { // its text may name somebody
		span.SetStatus(codes.Error, cmp.Or(string(flex.KindOf(err)), "failed"))
	}
	return outcome, err
}
