package flexsim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/flex/flexsim"
)

func TestParallelLoad(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	a.set("concurrency", 0)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 5 {
				made := a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {fmt.Sprintf("w%d.%d", i, j)}})
				path := fmt.Sprint(a.ws, "/Workers/", made.body["sid"])
				a.call("GET", a.ws+"/Workers?PageSize=7", nil)
				a.call("POST", path, url.Values{"Attributes": {`{"n":1}`}}, "If-Match", made.header.Get("ETag"))
				if got := a.call("DELETE", path, nil).status; got != 204 {
					t.Errorf("DELETE: got %d", got)
				}
			}
		})
	}
	wg.Wait()
	if got := len(a.sim.Snapshot()); got != 0 {
		t.Errorf("Workers: got %d, want none", got)
	}
}

// BenchmarkSimulator fetches a Worker in two ways: by a direct call of the handler,
// and over loopback HTTP with the client on the same cores.
func BenchmarkSimulator(b *testing.B) {
	sim, err := flexsim.New(flexsim.Config{})
	if err != nil {
		b.Fatal(err)
	}
	sid, err := sim.AddWorker("ann", `{"roles":["agent"]}`)
	if err != nil {
		b.Fatal(err)
	}
	path := "/v1/Workspaces/" + string(sim.WorkspaceSID()) + "/Workers/" + string(sid)
	b.Run("handler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.SetBasicAuth("AC1", "x")
			w := httptest.NewRecorder()
			if sim.ServeHTTP(w, r); w.Code != http.StatusOK {
				b.Fatal(w.Code)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	})
	b.Run("loopback", func(b *testing.B) {
		server := httptest.NewServer(sim)
		defer server.Close()
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				r, _ := http.NewRequest(http.MethodGet, server.URL+path, nil)
				r.SetBasicAuth("AC1", "x")
				response, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	})
}

// BenchmarkWorkers creates 15,000 Workers with 300 characters of attributes and
// reports the memory that they use.
func BenchmarkWorkers(b *testing.B) {
	attributes := `{"a":"` + strings.Repeat("x", 292) + `"}`
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		sim, err := flexsim.New(flexsim.Config{})
		if err != nil {
			b.Fatal(err)
		}
		for i := range 15000 {
			if _, err := sim.AddWorker(fmt.Sprintf("person.%d@example.com", i), strings.Clone(attributes)); err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
		runtime.KeepAlive(sim)
	}
}
