package flexhttp_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
)

// lasting is a transport that simulates an outage. It answers with 503 before the
// time lasting.until, and with a Worker afterwards. It saves the times of all
// requests.
type lasting struct {
	slowTransport
	until time.Time
	mu    sync.Mutex
	sent  []time.Time
	first []flex.Priority // the priorities of the requests after the outage, in the order of the requests
}

func newLasting(outage time.Duration) *lasting {
	l := &lasting{until: time.Now().Add(outage)}
	l.latency = 50 * time.Millisecond
	l.response = func(int) http.HandlerFunc {
		if time.Now().Before(l.until) {
			return reply(503, "<html>down</html>")
		}
		return reply(200, workerJSON(1, "a", "{}"))
	}
	return l
}

func (l *lasting) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	l.sent = append(l.sent, time.Now())
	if !time.Now().Before(l.until) {
		l.first = append(l.first, flex.PriorityOf(r.Context()))
	}
	l.mu.Unlock()
	return l.slowTransport.RoundTrip(r)
}

// TestOutage lets Twilio fail for ten minutes while 200 callers try again and again. It
// checks that few calls are sent, that everybody succeeds within seconds of the end of
// the outage, that leavers are first, and that the outage is announced once.
func TestOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLasting(10 * time.Minute)
		c := newLimitedBy(t, s, 4)
		var begins, ends atomic.Int32
		c.Hold(func(begin bool) {
			if begin {
				begins.Add(1)
			} else {
				ends.Add(1)
			}
		})
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				p := flex.Changed
				if i%10 == 0 {
					p = flex.Leaver
				}
				for {
					ctx, cancel := context.WithTimeout(flex.WithPriority(t.Context(), p), 2*time.Minute) // each job of the queue has such a timeout
					err := get(ctx, c)
					cancel()
					if err == nil {
						return
					}
				}
			})
		}
		wg.Wait()
		if took := time.Since(s.until); took > 15*time.Second {
			t.Errorf("the last call succeeded %v after the outage, want at most 15 s", took)
		}
		if n := len(s.sent) - 200; n > 120 {
			t.Errorf("got %d calls during the outage, want at most 120", n)
		}
		if begins.Load() != 1 || ends.Load() != 1 {
			t.Errorf("got %d begins and %d ends of an outage, want one", begins.Load(), ends.Load())
		}
		leavers := 0
		for _, p := range s.first[:21] { // the first call is the probe, and then 20 calls are concurrent
			if p == flex.Leaver {
				leavers++
			}
		}
		if leavers != 20 {
			t.Errorf("got %d leavers among the first 21 calls after the outage, want all 20", leavers)
		}
	})
}

// newLimitedBy returns a client with a transport and a number of retries.
func newLimitedBy(t *testing.T, transport http.RoundTripper, retries int) *flexhttp.Client {
	t.Helper()
	cfg := config("")
	cfg.Transport, cfg.Retries = transport, retries
	return newClient(t, cfg)
}

// TestOutageWithoutHold checks that calls fail at once during an outage, and that a
// probe is sent from time to time.
func TestOutageWithoutHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLasting(time.Minute)
		c := newLimitedBy(t, s, 0)
		for range 1000 {
			began := time.Now()
			if err := get(t.Context(), c); !errors.Is(err, flex.Down) {
				t.Fatalf("got %v, want Down", err)
			}
			if took := time.Since(began); took > s.latency {
				t.Fatalf("a call failed after %v, want %v or less", took, s.latency)
			}
		}
		if got := len(s.sent); got != 10 {
			t.Errorf("got %d calls, want 10", got)
		}
		<-time.After(2 * time.Second)
		_ = get(t.Context(), c)
		_ = get(t.Context(), c)
		if got := len(s.sent); got != 11 {
			t.Errorf("got %d calls, want one probe more", got)
		}
		<-time.After(time.Minute)
		callMany(t, c, 1)
		callMany(t, c, 20)
	})
}

// TestCancelledProbe checks that, if a probe is cancelled, another call becomes the
// probe.
func TestCancelledProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLasting(time.Minute)
		c := newLimitedBy(t, s, 0)
		c.Hold(func(bool) {})
		for range 10 {
			_ = get(t.Context(), c)
		}
		s.latency = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // ctx ends while the probe is under way
		defer cancel()
		_ = get(ctx, c)
		s.latency = time.Millisecond
		<-time.After(time.Minute)
		began := time.Now()
		if err := get(t.Context(), c); err != nil || time.Since(began) > time.Second {
			t.Errorf("got %v after %v, want the next probe at once", err, time.Since(began))
		}
	})
}

// TestNoOutage checks that no outage begins because of answers of any kind, or
// because of calls that the caller cancelled.
func TestNoOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowTransport{latency: time.Second, response: func(n int) http.HandlerFunc {
			if n%10 == 9 {
				return refuse(404, 20404, "x")
			}
			return reply(503, "")
		}}
		c := newLimitedBy(t, s, 0)
		for range 100 {
			_ = get(t.Context(), c)
		}
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_ = get(ctx, c)
			cancel()
		}
		if c.Limiter().Outage {
			t.Error("got an outage, want none")
		}
	})
}

// TestRetries checks which calls are repeated, and how often.
func TestRetries(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	for _, row := range []struct {
		name    string
		failure http.HandlerFunc
		call    func(context.Context, *flexhttp.TaskRouter) error
		calls   int
		kind    flex.Kind
	}{
		{"a read, 503", reply(503, "<html>"), read, 3, ""},
		{"a read, reset", reset, read, 3, ""},
		{"a read, 429", refuse(429, 20429, "x", "Retry-After: 0"), read, 3, ""},
		{"a read, 429 with a long pause", refuse(429, 20429, "x", "Retry-After: 60"), read, 1, flex.Slow},
		{"a read, 401", refuse(401, 20003, "x"), read, 1, flex.Denied},
		{"a read, 404", refuse(404, 20404, "x"), read, 1, flex.Gone},
		{"a write, 503", reply(503, "<html>"), stop, 3, ""},
		{"a write, reset", reset, stop, 1, flex.Uncertain},
		{"a deletion, 503", reply(503, "<html>"), remove, 3, ""},
		{"a create, 503", reply(503, "<html>"), create, 1, flex.Down},
		{"a create, 429", refuse(429, 45780, "x", "Retry-After: 0"), create, 3, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			ann := reply(200, workerJSON(1, "ann", "{}"))
			s, _ := play(t, map[string]http.HandlerFunc{
				"GET " + one: inTurn(row.failure, row.failure, ann), "POST " + one: inTurn(row.failure, row.failure, ann),
				"POST " + workers: inTurn(row.failure, row.failure, ann), "DELETE " + one: inTurn(row.failure, row.failure, reply(204, "")),
			})
			cfg := config("http://" + serverAddr(t, s))
			cfg.Retries = 4
			err := row.call(t.Context(), newClient(t, cfg).TaskRouter(ws))
			if flex.KindOf(err) != row.kind || len(s.requests()) != row.calls {
				t.Errorf("got %v after %d calls, want %q after %d", err, len(s.requests()), row.kind, row.calls)
			}
		})
	}
}

func read(ctx context.Context, b *flexhttp.TaskRouter) error {
	_, err := b.Get(ctx, workerSID(1))
	return err
}

func stop(ctx context.Context, b *flexhttp.TaskRouter) error {
	_, err := b.StopRouting(ctx, flex.Worker{SID: workerSID(1)})
	return err
}

func remove(ctx context.Context, b *flexhttp.TaskRouter) error {
	return b.Delete(ctx, flex.Worker{SID: workerSID(1)})
}

func create(ctx context.Context, b *flexhttp.TaskRouter) error {
	_, err := b.Create(ctx, flex.Draft{FriendlyName: "ann"})
	return err
}

// TestInteractionsLimit checks that each endpoint of the Interactions API gets at most
// 20 calls a second.
func TestInteractionsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slowTransport{response: func(int) http.HandlerFunc {
			return reply(200, `{"sid":"`+sid("WT", 1)+`","assignment_status":"assigned","attributes":"{\"flexInteractionSid\":\"`+sid("KD", 1)+
				`\",\"flexInteractionChannelSid\":\"`+sid("UO", 1)+`\"}","participants":[{"sid":"`+sid("UT", 1)+`","type":"agent","routing_properties":{"worker_sid":"`+sid("WK", 1)+`"}}],"meta":{}}`)
		}}
		c := newLimitedBy(t, s, 0)
		began := time.Now()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				r := flex.Reservation{SID: flex.ReservationSID(sid("WR", 1)), TaskSID: flex.TaskSID(sid("WT", 1))}
				if err := c.TaskRouter(ws).EndReservation(t.Context(), workerSID(1), r); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took < 4900*time.Millisecond || took > 6*time.Second {
			t.Errorf("100 conversations took %v, want 5 s", took)
		}
	})
}

// TestHalfOfCalls429 lets every second call get 429. It checks that a leaver's removal,
// ten calls one after the other, ends within two minutes, although 40 other callers
// want to send calls at the same time.
func TestHalfOfCalls429(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		random := rand.New(rand.NewPCG(1, 2))
		s := &slowTransport{latency: 100 * time.Millisecond, response: func(int) http.HandlerFunc {
			mu.Lock()
			defer mu.Unlock()
			if random.IntN(2) == 0 {
				return refuse(429, 20429, "Too Many Requests")
			}
			return reply(200, workerJSON(1, "a", "{}"))
		}}
		c := newLimitedBy(t, s, flexhttp.DefaultRetries)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				for ctx.Err() == nil {
					_ = get(ctx, c)
				}
			})
		}
		began := time.Now()
		for done := 0; done < 10; {
			run, stop := context.WithTimeout(flex.WithPriority(ctx, flex.Leaver), 2*time.Minute)
			if err := get(run, c); err == nil {
				done++
			} else if !errors.Is(err, flex.Slow) {
				t.Errorf("got %v, want Slow", err)
			}
			stop()
		}
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("the removal took %v, want at most 2 min", took)
		}
		cancel()
		wg.Wait()
	})
}
