package flexhttp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex/flexhttp"
)

func benchmarkGet(b *testing.B, latency time.Duration) {
	b.Helper()
	response := reply(200, workerJSON(1, "ann", `{"roles":["agent"]}`))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(latency)
		response(w, r)
	}))
	b.Cleanup(server.Close)
	c, err := flexhttp.New(config(server.URL))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.CloseIdleConnections)
	b.SetParallelism(100) // far more concurrent callers than the limiter has slots
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := get(b.Context(), c); err != nil {
				b.Error(err)
			}
		}
	})
	perSecond := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(perSecond, "calls/s")
	if latency > 0 {
		b.ReportMetric(100*perSecond*latency.Seconds()/flexhttp.DefaultConcurrency, "%-of-limit")
	}
}

// BenchmarkGet measures the cost of a call to a server that responds immediately.
func BenchmarkGet(b *testing.B) { benchmarkGet(b, 0) }

// BenchmarkGetSlow measures the calls per second if the server takes 100 ms for
// each call. It compares them with the possible maximum: the limit of concurrent
// calls divided by 100 ms.
func BenchmarkGetSlow(b *testing.B) { benchmarkGet(b, 100*time.Millisecond) }
