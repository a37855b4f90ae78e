package metrics

import (
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics records. Its methods may be called at once. Make one a process, with
// New.
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
	persons      *prometheus.GaugeVec
	leavers      *prometheus.GaugeVec
	commitToFlex prometheus.Histogram
	unsealed     prometheus.Gauge
	dropped      *prometheus.CounterVec
	tokenDays    *prometheus.GaugeVec
}

// New makes a registry of its own with every metric of the table; version is
// this program's.
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
		persons:      gauge(r, persons),
		leavers:      gauge(r, leavers),
		commitToFlex: commitHistogram(r),
		unsealed:     gauge(r, unsealed).WithLabelValues(),
		dropped:      counter(r, droppedAttrs),
		tokenDays:    gauge(r, tokenDays),
	}
	gauge(r, buildInfo).WithLabelValues(version, runtime.Version()).Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Request records an answered request. Resource is "Users", "Groups", …;
// what is not known counts as "other".
func (m *Metrics) Request(method, resource string, status int, took time.Duration) {
	method, resource = among(method, methods), among(resource, resources)
	m.requests.WithLabelValues(method, resource, strconv.Itoa(status)).Inc()
	m.requestTime.WithLabelValues(method, resource).Observe(took.Seconds())
}

// Refused records a request without a good token; reason is one of auth's.
func (m *Metrics) Refused(reason string) { m.refused.WithLabelValues(reason).Inc() }

// Queue records how many wait at a priority (1 to 4), and the oldest's age.
func (m *Metrics) Queue(priority int, depth int64, oldest time.Duration) {
	p := strconv.Itoa(priority)
	m.queueDepth.WithLabelValues(p).Set(float64(depth))
	m.queueAge.WithLabelValues(p).Set(oldest.Seconds())
}

// Call records a call to Twilio. Outcome is "ok" or the kind of the failure;
// "slow" is a 429.
func (m *Metrics) Call(operation, outcome string, took time.Duration) {
	m.calls.WithLabelValues(operation, outcome).Inc()
	m.callTime.WithLabelValues(operation).Observe(took.Seconds())
	if outcome == "slow" {
		m.slowed.Inc()
	}
}

// InFlight records how many calls wait for Twilio's answer.
func (m *Metrics) InFlight(calls int) { m.inFlight.Set(float64(calls)) }

// Persons records how many persons are in each state; states that are not
// named are zero.
func (m *Metrics) Persons(byState map[string]int64) { replace(m.persons, byState) }

// Leavers records how many leavers are in each state, as Persons does.
func (m *Metrics) Leavers(byState map[string]int64) { replace(m.leavers, byState) }

// Settled records that Flex is as a SCIM write wanted, so long after its
// commit.
func (m *Metrics) Settled(after time.Duration) { m.commitToFlex.Observe(after.Seconds()) }

// Unsealed records how many audit entries wait for the chain.
func (m *Metrics) Unsealed(entries int64) { m.unsealed.Set(float64(entries)) }

// Dropped records attributes of a request that are not kept.
func (m *Metrics) Dropped(resource string, attributes int) {
	m.dropped.WithLabelValues(among(resource, resources)).Add(float64(attributes))
}

// TokenExpires records in how many days a connection's last token expires.
func (m *Metrics) TokenExpires(connection string, days int) {
	m.tokenDays.WithLabelValues(connection).Set(float64(days))
}

// What labels may say beside "other".
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
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.name, Help: m.help}, m.labels)
	r.MustRegister(v)
	return v
}

func gauge(r *prometheus.Registry, m metric) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.name, Help: m.help}, m.labels)
	r.MustRegister(v)
	return v
}

func histogram(r *prometheus.Registry, m metric, buckets []float64) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.name, Help: m.help, Buckets: buckets}, m.labels)
	r.MustRegister(v)
	return v
}

func commitHistogram(r *prometheus.Registry) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: commitToFlex.name, Help: commitToFlex.help, Buckets: commitBuckets})
	r.MustRegister(h)
	return h
}
