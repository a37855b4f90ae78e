package metrics

import (
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics holds the metrics of one process. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	requests     *prometheus.CounterVec
	requestTime  *prometheus.HistogramVec
	refused      *prometheus.CounterVec
	queueDepth   *prometheus.GaugeVec
	queueAge     *prometheus.GaugeVec
	calls        *prometheus.CounterVec
	callTime     *prometheus.HistogramVec
	slowed       prometheus.Counter
	inFlight     prometheus.Gauge
	people       *prometheus.GaugeVec
	leavers      *prometheus.GaugeVec
	commitToFlex prometheus.Observer
	unsealed     prometheus.Gauge
	dropped      *prometheus.CounterVec
	leftOut      *prometheus.CounterVec
	missedGroups *prometheus.GaugeVec
	tokenDays    *prometheus.GaugeVec
}

// New returns Metrics with their own Prometheus registry. The argument version is
// this program's version.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	m := &Metrics{
		registry:     r,
		requests:     counter(r, requests),
		requestTime:  histogram(r, requestTime, requestBuckets),
		refused:      counter(r, refused),
		queueDepth:   gauge(r, queueDepth),
		queueAge:     gauge(r, queueAge),
		calls:        counter(r, calls),
		callTime:     histogram(r, callTime, callBuckets),
		slowed:       counter(r, slowed).WithLabelValues(),
		inFlight:     gauge(r, inFlight).WithLabelValues(),
		people:       gauge(r, people),
		leavers:      gauge(r, leavers),
		commitToFlex: histogram(r, commitToFlex, commitBuckets).WithLabelValues(),
		unsealed:     gauge(r, unsealed).WithLabelValues(),
		dropped:      counter(r, droppedAttrs),
		leftOut:      counter(r, leftOut),
		missedGroups: gauge(r, missedGroups),
		tokenDays:    gauge(r, tokenDays),
	}
	gauge(r, buildInfo).WithLabelValues(version, runtime.Version()).Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler returns a handler that responds in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Request counts a request after its response. It counts an unknown method or
// resource as "other".
func (m *Metrics) Request(method, resource string, status int, took time.Duration) {
	method, resource = among(method, methods), among(resource, resources)
	m.requests.WithLabelValues(method, resource, strconv.Itoa(status)).Inc()
	m.requestTime.WithLabelValues(method, resource).Observe(took.Seconds())
}

// Refused counts a request without a valid token. The argument reason is an
// auth.Reason.
func (m *Metrics) Refused(reason string) { m.refused.WithLabelValues(reason).Inc() }

// Queue sets, for a priority from 1 to 4, the number of people who wait for a run,
// and how long the oldest change has waited.
func (m *Metrics) Queue(priority int, depth int64, oldest time.Duration) {
	p := strconv.Itoa(priority)
	m.queueDepth.WithLabelValues(p).Set(float64(depth))
	m.queueAge.WithLabelValues(p).Set(oldest.Seconds())
}

// Call counts a call to Twilio. The argument outcome is "ok", or the kind of the
// failure, such as "slow" for a 429.
func (m *Metrics) Call(operation, outcome string, took time.Duration) {
	m.calls.WithLabelValues(operation, outcome).Inc()
	m.callTime.WithLabelValues(operation).Observe(took.Seconds())
	if outcome == "slow" {
		m.slowed.Inc()
	}
}

// InFlight sets the number of calls that wait for Twilio's response.
func (m *Metrics) InFlight(calls int) { m.inFlight.Set(float64(calls)) }

// People sets the number of people in each given state, and removes all other
// states.
func (m *Metrics) People(byState map[string]int64) { replace(m.people, byState) }

// Leavers sets the number of leavers in each given state, and removes all other
// states.
func (m *Metrics) Leavers(byState map[string]int64) { replace(m.leavers, byState) }

// Settled records the time from the commit of a SCIM write until Flex matched the
// write.
func (m *Metrics) Settled(after time.Duration) { m.commitToFlex.Observe(after.Seconds()) }

// Unsealed sets the number of audit entries that are not in the hash chain yet.
func (m *Metrics) Unsealed(entries int64) { m.unsealed.Set(float64(entries)) }

// Dropped counts attributes of a request that flexscim does not store.
func (m *Metrics) Dropped(resource string, attributes int) {
	m.dropped.WithLabelValues(among(resource, resources)).Add(float64(attributes))
}

// LeftOut counts faulty operations that were left out of a PATCH, so that the PATCH
// could still deactivate a user.
func (m *Metrics) LeftOut(resource string, operations int) {
	m.leftOut.WithLabelValues(among(resource, resources)).Add(float64(operations))
}

// MissedGroups sets the number of groups that the rules miss, for each connection
// with such groups. It removes all other connections from the metric.
func (m *Metrics) MissedGroups(byConnection map[string]int64) { replace(m.missedGroups, byConnection) }

// TokensExpire sets, for each given connection, the number of days until the last
// valid token of its IdP expires; the number is negative if that token has expired.
// It removes all other connections.
func (m *Metrics) TokensExpire(days map[string]int64) { replace(m.tokenDays, days) }

// The values that labels can have in addition to "other".
var (
	methods   = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
	resources = []string{"Users", "Groups", "ServiceProviderConfig", "ResourceTypes", "Schemas", "Bulk", "Me", ".search", "health", "metrics", "none"}
)

func among(value string, known []string) string {
	if slices.Contains(known, value) {
		return value
	}
	return "other"
}

func replace(g *prometheus.GaugeVec, values map[string]int64) {
	g.Reset()
	for state, n := range values {
		g.WithLabelValues(state).Set(float64(n))
	}
}

func counter(r *prometheus.Registry, m metric) *prometheus.CounterVec {
	return promauto.With(r).NewCounterVec(prometheus.CounterOpts{Name: m.name, Help: m.help}, m.labels)
}

func gauge(r *prometheus.Registry, m metric) *prometheus.GaugeVec {
	return promauto.With(r).NewGaugeVec(prometheus.GaugeOpts{Name: m.name, Help: m.help}, m.labels)
}

func histogram(r *prometheus.Registry, m metric, buckets []float64) *prometheus.HistogramVec {
	return promauto.With(r).NewHistogramVec(prometheus.HistogramOpts{Name: m.name, Help: m.help, Buckets: buckets}, m.labels)
}
