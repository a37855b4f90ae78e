package flexhttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
)

// slowTransport responds after some time on the synctest clock. It counts concurrent
// calls.
type slowTransport struct {
	latency  time.Duration
	response func(n int) http.HandlerFunc // n is the number of the call, from 1
	n        atomic.Int32
	inFlight atomic.Int32
	most     atomic.Int32
}

func (s *slowTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	now := s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	for most := s.most.Load(); now > most && !s.most.CompareAndSwap(most, now); most = s.most.Load() {
	}
	n := int(s.n.Add(1))
	select {
	case <-time.After(s.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	rec := httptest.NewRecorder()
	response := reply(200, workerJSON(1, "a", "{}"))
	if s.response != nil {
		response = s.response(n)
	}
	response(rec, r)
	return rec.Result(), nil
}

func newLimited(t *testing.T, s *slowTransport, change func(*flexhttp.Config)) *flexhttp.Client {
	t.Helper()
	cfg := config("")
	cfg.Transport = s
	if change != nil {
		change(&cfg)
	}
	return newClient(t, cfg)
}

func get(ctx context.Context, c *flexhttp.Client) error {
	_, err := c.TaskRouter(ws).Get(ctx, workerSID(1))
	return err
}

// callMany makes n concurrent calls and waits for all of them.
func callMany(t *testing.T, c *flexhttp.Client, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if err := get(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestLimitIsUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowTransport{latency: 100 * time.Millisecond}
		c := newLimited(t, s, nil)
		began := time.Now()
		callMany(t, c, 1000)
		ideal := 1000 / flexhttp.DefaultConcurrency * s.latency
		if took := time.Since(began); float64(took) > float64(ideal)/0.85 {
			t.Errorf("got %v, want at most %v: 85 %% of limit ÷ latency", took, ideal)
		}
		if got := s.most.Load(); got != flexhttp.DefaultConcurrency {
			t.Errorf("got %d in flight, want %d", got, flexhttp.DefaultConcurrency)
		}
		if got := c.Limiter(); got != (flexhttp.LimiterState{Limit: flexhttp.DefaultConcurrency}) {
			t.Errorf("got %+v, want no call in flight", got)
		}
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newLimited(t, &slowTransport{latency: time.Millisecond}, func(cfg *flexhttp.Config) { cfg.Rate = 50 })
		began := time.Now()
		callMany(t, c, 500)
		if took := time.Since(began); took < 9800*time.Millisecond || took > 10100*time.Millisecond {
			t.Errorf("500 calls at 50 a second: got %v, want 10 s", took)
		}
	})
}

func TestLeaversGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowTransport{latency: time.Second}
		c := newLimited(t, s, func(cfg *flexhttp.Config) { cfg.Concurrency = 1 })
		var mu sync.Mutex
		var order []flex.Priority
		var wg sync.WaitGroup
		for _, p := range []flex.Priority{flex.Imported, flex.Sweep, flex.Changed, flex.Imported, flex.Leaver} {
			wg.Go(func() {
				if err := get(flex.WithPriority(t.Context(), p), c); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, p)
				mu.Unlock()
			})
			synctest.Wait() // the first call is in flight, the other calls wait
		}
		if got := c.Limiter(); got.InFlight != 1 || got.Waiting != 4 {
			t.Errorf("got %+v, want 1 in flight, 4 waiting", got)
		}
		wg.Wait()
		want := []flex.Priority{flex.Imported, flex.Leaver, flex.Changed, flex.Imported, flex.Sweep}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestCallersTakeTurns checks that the calls of one caller do not delay another
// caller's calls of the same priority, and that the calls of a caller keep their
// order. It also checks that calls for leavers are sent first, whoever calls.
func TestCallersTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newLimited(t, &slowTransport{latency: time.Second}, func(cfg *flexhttp.Config) { cfg.Concurrency = 1 })
		var mu sync.Mutex
		var order []string
		var wg sync.WaitGroup
		send := func(name, caller string, p flex.Priority) {
			wg.Go(func() {
				if err := get(flex.WithCaller(flex.WithPriority(t.Context(), p), caller), c); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
			})
			synctest.Wait() // the first call is in flight, the others wait
		}
		for i := range 5 {
			send(fmt.Sprint("a", i), "a", flex.Leaver)
		}
		send("change of c", "c", flex.Changed)
		send("b0", "b", flex.Leaver)
		send("b1", "b", flex.Leaver)
		<-time.After(3500 * time.Millisecond) // a0, b0 and a1 have ended, b1 is in flight
		send("b2", "b", flex.Leaver)
		send("c0", "c", flex.Leaver)
		wg.Wait()
		want := []string{"a0", "b0", "a1", "b1", "c0", "a2", "b2", "a3", "a4", "change of c"}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestCanceledWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newLimited(t, &slowTransport{latency: time.Hour}, func(cfg *flexhttp.Config) { cfg.Concurrency, cfg.Timeout = 1, 2*time.Hour })
		go func() { _ = get(t.Context(), c) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := get(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want DeadlineExceeded", err)
		}
		if got := c.Limiter(); got.Waiting != 0 || got.InFlight != 1 {
			t.Errorf("got %+v, want only the call in flight", got)
		}
	})
}

// TestPauseAfter429 checks how long after a 429 the next call is sent.
func TestPauseAfter429(t *testing.T) {
	t.Parallel()
	tooMany := func(headers ...string) http.HandlerFunc { return refuse(429, 20429, "Too Many Requests", headers...) }
	for _, row := range []struct {
		name        string
		refusals    []http.HandlerFunc
		least, most time.Duration // from the last 429
		asked       time.Duration // RetryAfter of the last error
	}{
		{"Retry-After", []http.HandlerFunc{tooMany("Retry-After: 7")}, 7 * time.Second, 7 * time.Second, 7 * time.Second},
		{"none", []http.HandlerFunc{tooMany()}, 500 * time.Millisecond, time.Second, 0},
		{"none, three times", []http.HandlerFunc{tooMany(), tooMany(), tooMany()}, 2 * time.Second, 4 * time.Second, 0},
		{"none, nine times", []http.HandlerFunc{tooMany(), tooMany(), tooMany(), tooMany(), tooMany(), tooMany(), tooMany(), tooMany(), tooMany()},
			30 * time.Second, time.Minute, 0},
		{"nonsense", []http.HandlerFunc{tooMany("Retry-After: soon")}, 500 * time.Millisecond, time.Second, 0},
		{"negative", []http.HandlerFunc{tooMany("Retry-After: -5")}, 500 * time.Millisecond, time.Second, 0},
		{"a year", []http.HandlerFunc{tooMany("Retry-After: 31536000")}, time.Hour, time.Hour, time.Hour},
		{"a date", []http.HandlerFunc{tooMany("Retry-After: Sat, 01 Jan 2000 00:00:09 GMT")}, 9 * time.Second, 9 * time.Second, 9 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // the clock of synctest starts on 2000-01-01
				s := &slowTransport{response: func(n int) http.HandlerFunc {
					if n <= len(row.refusals) {
						return row.refusals[n-1]
					}
					return reply(200, workerJSON(1, "a", "{}"))
				}}
				c := newLimited(t, s, nil)
				for range row.refusals {
					if err := get(t.Context(), c); !errors.Is(err, flex.Slow) || (row.asked > 0 && flex.RetryAfter(err) != row.asked) {
						t.Fatalf("got %v with %v, want Slow with %v", err, flex.RetryAfter(err), row.asked)
					}
				}
				if got := time.Until(c.Limiter().PausedUntil); got < row.least || got > row.most {
					t.Errorf("paused for %v, want %v to %v", got, row.least, row.most)
				}
				began := time.Now()
				if err := get(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took < row.least || took > row.most {
					t.Errorf("waited %v, want %v to %v", took, row.least, row.most)
				}
			})
		})
	}
}

func TestPauseStopsAllCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowTransport{latency: 100 * time.Millisecond, response: func(n int) http.HandlerFunc {
			if n <= 4 { // four concurrent 429s cause one pause
				return refuse(429, 20429, "x")
			}
			return reply(200, workerJSON(1, "a", "{}"))
		}}
		c := newLimited(t, s, func(cfg *flexhttp.Config) { cfg.Concurrency = 4 })
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := get(t.Context(), c); !errors.Is(err, flex.Slow) {
					t.Errorf("got %v, want Slow", err)
				}
			})
		}
		wg.Wait()
		pause := time.Until(c.Limiter().PausedUntil)
		if pause < 500*time.Millisecond || pause > time.Second {
			t.Errorf("paused for %v, want at most 1 s, because one burst causes one pause", pause)
		}
		var firsts []flex.Priority
		var mu sync.Mutex
		for _, p := range []flex.Priority{flex.Sweep, flex.Sweep, flex.Changed, flex.Leaver, flex.Leaver} {
			wg.Go(func() {
				_ = get(flex.WithPriority(t.Context(), p), c)
				mu.Lock()
				firsts = append(firsts, p)
				mu.Unlock()
			})
			synctest.Wait()
		}
		s.most.Store(0)
		<-time.After(pause + 50*time.Millisecond)
		if got := s.most.Load(); got != 2 {
			t.Errorf("got %d calls after the pause, want 2, half of the limit", got)
		}
		wg.Wait()
		if diff := cmp.Diff([]flex.Priority{flex.Leaver, flex.Leaver}, firsts[:2]); diff != "" {
			t.Errorf("priorities of the first calls after the pause (-want +got):\n%s", diff)
		}
		callMany(t, c, 40)
		if got := s.most.Load(); got != 4 {
			t.Errorf("got %d in flight after successes, want 4 again", got)
		}
	})
}

func TestShareDividesTheLimit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		replicas int
		want     int32
	}{{0, 20}, {1, 20}, {2, 10}, {3, 6}, {100, 1}} {
		synctest.Test(t, func(t *testing.T) {
			s := &slowTransport{latency: 100 * time.Millisecond}
			c := newLimited(t, s, nil)
			c.SetShare(row.replicas)
			callMany(t, c, 100)
			if got := s.most.Load(); got != row.want || c.Limiter().Limit != int(row.want) {
				t.Errorf("%d replicas: got %d in flight, want %d", row.replicas, got, row.want)
			}
		})
	}
}

func TestShareGrowsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowTransport{latency: 100 * time.Millisecond}
		c := newLimited(t, s, nil)
		c.SetShare(4)
		callMany(t, c, 50)
		c.SetShare(1)
		s.most.Store(0)
		callMany(t, c, 500)
		if got := s.most.Load(); got != 20 {
			t.Errorf("got %d in flight, want 20", got)
		}
	})
}

func TestPauseBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowTransport{response: func(int) http.HandlerFunc { return refuse(429, 20429, "x", "Retry-After: 60") }}
		c := newLimited(t, s, nil)
		_ = get(t.Context(), c)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		began := time.Now()
		err := get(ctx, c)
		if !errors.Is(err, flex.Slow) || flex.RetryAfter(err) != time.Minute || time.Since(began) != 0 {
			t.Errorf("got %v with %v after %v, want Slow with 1 min immediately", err, flex.RetryAfter(err), time.Since(began))
		}
		if got := s.n.Load(); got != 1 {
			t.Errorf("got %d calls, want 1", got)
		}
	})
}

func TestSuccessResetsPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowTransport{response: func(n int) http.HandlerFunc {
			if n%4 == 0 {
				return reply(200, workerJSON(1, "a", "{}"))
			}
			return refuse(429, 20429, "x")
		}}
		c := newLimited(t, s, nil)
		for range 5 { // three 429s, a success, one 429
			_ = get(t.Context(), c)
		}
		if got := time.Until(c.Limiter().PausedUntil); got <= 0 || got > time.Second {
			t.Errorf("paused for %v, want at most 1 s", got)
		}
	})
}
