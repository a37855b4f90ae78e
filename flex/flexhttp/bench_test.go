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
	answer := reply(200, workerJSON(1, "ann", `{"roles":["agent"]}`))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(latency)
		answer(w, r)
	}))
	b.Cleanup(server.Close)
	c, err := flexhttp.New(config(server.URL))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.CloseIdleConnections)
	b.SetParallelism(100) // far more callers than turns
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

// BenchmarkGet is what a call costs us: the server answers at once.
func BenchmarkGet(b *testing.B) { benchmarkGet(b, 0) }

// BenchmarkGetSlow is how much of limit ÷ latency we use: the server takes 100 ms.
func BenchmarkGetSlow(b *testing.B) { benchmarkGet(b, 100*time.Millisecond) }
