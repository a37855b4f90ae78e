package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// loadWriters is the number of concurrent requests in benchmarks.
const loadWriters = 16

// load is a client that sends an IdP's requests in benchmarks. It reuses its HTTP
// connections. Its methods return an error if they get an unexpected response.
type load struct {
	base   string
	client *http.Client
}

func newLoad(base string) *load {
	return &load{base: base, client: &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{MaxIdleConns: 2 * loadWriters, MaxIdleConnsPerHost: 2 * loadWriters},
	}}
}

// send sends a request and returns the response's body. If the status is not the
// argument want, send returns an error.
func (l *load) send(method, path, body string, want int) ([]byte, error) {
	req, err := http.NewRequest(method, l.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+killToken)
	req.Header.Set("Content-Type", "application/scim+json")
	res, err := l.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("%s %s: got %d %s, want %d", method, path, res.StatusCode, answer, want)
	}
	return answer, err
}

// create creates a user and returns the id.
func (l *load) create(name string) (string, error) {
	answer, err := l.send("POST", "/Users", userNamed(name), http.StatusCreated)
	if err != nil {
		return "", err
	}
	var user struct{ ID string }
	err = json.Unmarshal(answer, &user)
	return user.ID, err
}

// userNamed returns a user's document with the attributes that an IdP sends.
func userNamed(name string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,`+
		`"displayName":"Ann Example","name":{"givenName":"Ann","familyName":"Example"},"emails":[{"value":%[1]q,"type":"work","primary":true}],"active":true}`,
		name, "00u"+name)
}

// createMany creates n users with loadWriters concurrent requests, and returns
// their ids.
func (l *load) createMany(b *testing.B, n int) []string {
	b.Helper()
	ids := make([]string, n)
	inLoad(b, n, func(i int) (err error) {
		ids[i], err = l.create(fmt.Sprintf("user%d@example.com", i))
		return err
	})
	return ids
}

// inLoad calls the function fn once with each number from 0 to n-1. At most
// loadWriters of these calls run at the same time.
func inLoad(b *testing.B, n int, fn func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var writers sync.WaitGroup
	for range loadWriters {
		writers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && !b.Failed(); i = int(next.Add(1)) - 1 {
				if err := fn(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// rate calls the function fn b.N times, as inLoad does, and reports the calls per
// second.
func rate(b *testing.B, unit string, fn func(i int) error) {
	b.Helper()
	b.ResetTimer()
	inLoad(b, b.N, fn)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), unit)
}

// sandboxed is a sandbox and its simulated Flex, each in its own process, with a
// client for the sandbox.
type sandboxed struct {
	*load
	flex string
	pid  int
}

// startSandbox runs a sandbox with this database until the end of the benchmark.
func startSandbox(b *testing.B, database string, more ...string) *sandboxed {
	b.Helper()
	flex := startSimulator(b)
	v := newVictim(b, database, flex, more...)
	v.start()
	return &sandboxed{load: newLoad("http://" + v.address + "/scim/v2"), flex: flex, pid: v.cmd.Process.Pid}
}

// twilioLatency is the time in which the simulated Flex responds in benchmarks.
// Twilio's API takes about the same time.
const twilioLatency = 100 * time.Millisecond

// latency makes the simulated Flex delay each response by the duration d.
func (s *sandboxed) latency(b *testing.B, d time.Duration) {
	b.Helper()
	control(b, s.flex, "POST", "/_sim/faults", fmt.Sprintf(`{"kind":"latency","latency_ms":%d}`, d.Milliseconds()))
}

// calls returns the calls that the simulated Flex received since its list of calls
// was last cleared.
func (s *sandboxed) calls(b *testing.B) []flexRequest {
	b.Helper()
	calls, err := listRequests(s.flex)
	if err != nil {
		b.Fatal(err)
	}
	return calls
}

// awaitWorkers waits until the simulated Flex has n Workers.
func (s *sandboxed) awaitWorkers(b *testing.B, n int) {
	b.Helper()
	for deadline := time.Now().Add(5 * time.Minute); ; pause(50 * time.Millisecond) {
		have, err := listWorkers(s.flex)
		if err != nil {
			b.Fatal(err)
		}
		if len(have) >= n {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d Workers after five minutes", len(have), n)
		}
	}
}

// resident returns the resident memory of the sandbox's process in MB. The argument
// field is "VmRSS:" for the current memory, or "VmHWM:" for the maximum. If the
// system is not Linux, the benchmark is skipped.
func (s *sandboxed) resident(b *testing.B, field string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		b.Skip("SKIPPED: resident memory is read from /proc, which only Linux has")
	}
	_, after, _ := bytes.Cut(text, []byte(field))
	fields := strings.Fields(string(after))
	if len(fields) == 0 {
		b.Fatal("no " + field)
	}
	kb, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb / 1024
}

// percentiles reports the 50th and the 99th percentile of the durations, in
// milliseconds.
func percentiles(b *testing.B, what string, d []time.Duration) {
	b.Helper()
	slices.Sort(d)
	at := func(p int) float64 { return float64(d[min(len(d)-1, len(d)*p/100)].Microseconds()) / 1000 }
	b.ReportMetric(at(50), what+"-p50-ms")
	b.ReportMetric(at(99), what+"-p99-ms")
}
