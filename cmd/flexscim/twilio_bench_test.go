package main

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkFirstCall measures the time from POST /Users to the first POST to Twilio
// for this person. The program has nothing else to do.
func BenchmarkFirstCall(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		s := startSandbox(b, url)
		s.createMany(b, 20) // warm up
		s.awaitWorkers(b, 20)
		sent := make([]time.Time, b.N)
		b.ResetTimer()
		for i := range b.N {
			sent[i] = time.Now()
			if _, err := s.create(fmt.Sprintf("lone%d@example.com", i)); err != nil {
				b.Fatal(err)
			}
			s.awaitWorkers(b, 21+i)
		}
		b.StopTimer()
		var took []time.Duration
		calls := s.calls(b)
		for i, at := range sent {
			next := time.Now()
			if i+1 < len(sent) {
				next = sent[i+1]
			}
			for _, c := range calls {
				if c.Method == http.MethodPost && c.Time.After(at) && c.Time.Before(next) {
					took = append(took, c.Time.Sub(at))
				}
			}
		}
		if len(took) != b.N {
			b.Fatalf("found %d calls for %d people", len(took), b.N)
		}
		percentiles(b, "first-call", took)
	})
}

// BenchmarkLeaverDuringImport deactivates people while the IdP pushes 10,000
// others. It measures the time from the 2xx for the deactivation to the first call
// to Twilio for the leaver's Worker.
func BenchmarkLeaverDuringImport(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		const leavers, people = 40, 10_000
		s := startSandbox(b, url)
		for round := range b.N {
			ids := make([]string, leavers)
			for i := range ids {
				var err error
				if ids[i], err = s.create(fmt.Sprintf("leaver%d.%d@example.com", round, i)); err != nil {
					b.Fatal(err)
				}
			}
			s.awaitWorkers(b, leavers+round*people)
			have := workers(b, s.flex)
			control(b, s.flex, "DELETE", "/_sim/requests", "")
			var imported sync.WaitGroup
			imported.Go(func() {
				inLoad(b, people, func(i int) error {
					_, err := s.create(fmt.Sprintf("import%d.%d@example.com", round, i))
					return err
				})
			})
			left := map[string]time.Time{} // :: SID of the leaver's Worker → time of the 2xx for the deactivation
			for i, id := range ids {
				pause(20 * time.Millisecond)
				if _, err := s.send("PATCH", "/Users/"+id, `{"Operations":[{"op":"replace","path":"active","value":false}]}`, http.StatusOK); err != nil {
					b.Fatal(err)
				}
				left[have[fmt.Sprintf("leaver%d.%d@example.com", round, i)].SID] = time.Now()
			}
			imported.Wait()
			pause(2 * time.Second)
			var took []time.Duration
			calls := s.calls(b)
			for sid, at := range left {
				took = append(took, firstCall(b, calls, sid, at).Sub(at))
			}
			percentiles(b, "leaver", took)
			b.ReportMetric(float64(slices.Max(took).Microseconds())/1000, "leaver-max-ms")
		}
	})
}

// firstCall returns the time of the first call for a Worker after the time t. It also
// accepts a call up to 100 ms before t, because the call can be sent before the IdP
// has received the response.
func firstCall(b *testing.B, calls []flexRequest, sid string, t time.Time) time.Time {
	b.Helper()
	for _, c := range calls {
		if strings.Contains(c.Path, sid) && c.Time.After(t.Add(-100*time.Millisecond)) {
			return c.Time
		}
	}
	b.Fatalf("no call for the Worker %s", sid)
	return time.Time{}
}

// BenchmarkInFlight measures how much of the account's limit a busy program uses.
// The limit is 20 concurrent calls, and each call takes 100 ms, so at most 200
// calls per second are possible. The benchmark reports the calls as a percentage of
// this maximum.
func BenchmarkInFlight(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		const limit, people = 20, 3000
		for range b.N {
			s := startSandbox(b, url, "--flex-concurrency", fmt.Sprint(limit))
			control(b, s.flex, "POST", "/_sim/options", fmt.Sprintf(`{"concurrency":%d}`, limit))
			s.latency(b, 100*time.Millisecond)
			s.createMany(b, people)
			pause(2 * time.Second) // the import is over, but Workers are still being created
			control(b, s.flex, "DELETE", "/_sim/requests", "")
			const measured = 6 * time.Second
			pause(measured)
			calls := s.calls(b)
			refused := 0
			for _, c := range calls {
				if c.Status == http.StatusTooManyRequests {
					refused++
				}
			}
			most := limit / (100 * time.Millisecond).Seconds() * measured.Seconds()
			b.ReportMetric(100*float64(len(calls))/most, "%-of-limit")
			b.ReportMetric(float64(refused), "429s")
		}
	})
}

// BenchmarkStart measures the time from the start of a sandbox's process to the
// first 201 for a POST /Users. It also reports the memory of the idle sandbox.
func BenchmarkStart(b *testing.B) {
	var memory float64
	for i := range b.N {
		address := freeAddress(b)
		l := newLoad("http://" + address + "/scim/v2")
		began := time.Now()
		c := command("sandbox", "--json", "--fixed-token", killToken, "--listen", address, "--flex-listen", freeAddress(b))
		if err := c.Start(); err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := l.create(fmt.Sprintf("first%d@example.com", i)); err == nil {
				break
			}
			if time.Since(began) > time.Minute {
				b.Fatal("no 201 within a minute")
			}
			pause(time.Millisecond)
		}
		b.StopTimer()
		pause(2 * time.Second)
		memory = (&sandboxed{pid: c.Process.Pid}).resident(b, "VmRSS:")
		_ = c.Process.Kill()
		_ = c.Wait()
		b.StartTimer()
	}
	b.ReportMetric(memory, "idle-MB")
}

// BenchmarkSweep reports the program's maximum memory during a sweep of 15,000
// Workers, and its memory after the sweep.
func BenchmarkSweep(b *testing.B) {
	const people = 15_000
	url := "sqlite:" + filepath.Join(b.TempDir(), "sweep.db")
	s := startSandbox(b, url, "--flex-rate", "10000", "--flex-concurrency", "40", "--sweep-interval", "10s")
	s.createMany(b, people)
	s.awaitWorkers(b, people)
	reset := fmt.Sprintf("/proc/%d/clear_refs", s.pid)
	if err := os.WriteFile(reset, []byte("5"), 0); err != nil { // resets the maximum memory
		b.Skipf("SKIPPED: the maximum memory cannot be reset: %v", err)
	}
	b.ResetTimer()
	for range b.N {
		control(b, s.flex, "DELETE", "/_sim/requests", "")
		pages := func() (n int) {
			for _, c := range s.calls(b) {
				if strings.HasSuffix(c.Path, "/Workers") {
					n++
				}
			}
			return n
		}
		const pageSize = 1000
		for deadline := time.Now().Add(time.Minute); pages() < int(math.Ceil(people/pageSize)); pause(100 * time.Millisecond) {
			if time.Now().After(deadline) {
				b.Fatal("no sweep within a minute")
			}
		}
	}
	b.StopTimer()
	b.ReportMetric(s.resident(b, "VmHWM:"), "peak-MB")
	b.ReportMetric(s.resident(b, "VmRSS:"), "after-MB")
}
