package queue

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flexscim/flexscim/flex"
)

// TestLease checks that runs end two seconds after the last heartbeat was sent,
// even if the heartbeat arrived later, and that new runs end immediately until a
// heartbeat renews the lease.
func TestLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLease()
		sent := time.Now()
		<-time.After(1500 * time.Millisecond)
		l.renew(sent)
		run, release := bindNow(t, l)
		defer release()
		<-time.After(499 * time.Millisecond)
		synctest.Wait()
		if run.Err() != nil || !l.isValid() {
			t.Fatal("the lease expired too early")
		}
		<-time.After(2 * time.Millisecond)
		synctest.Wait()
		if !errors.Is(context.Cause(run), errExpired) || l.isValid() {
			t.Fatalf("two seconds after the heartbeat was sent the run goes on (%v)", context.Cause(run))
		}
		late, release := bindNow(t, l)
		defer release()
		if late.Err() == nil {
			t.Error("a run began after the lease expired")
		}
		l.renew(sent) // sent long ago
		if l.isValid() {
			t.Error("a heartbeat from before the expiry renewed the lease")
		}
		waited := make(chan bool, 1)
		go func() { waited <- l.wait(t.Context()) }()
		synctest.Wait()
		l.renew(time.Now())
		if !<-waited || !l.isValid() {
			t.Error("the lease is not valid again")
		}
		l.stop()
		<-time.After(3 * time.Second)
		synctest.Wait()
		if l.wait(t.Context()) {
			t.Error("wait returned true after stop")
		}
	})
}

// TestFrozen checks what happens after the whole process has paused for longer than
// the lease, while the timer of the lease has not fired yet. In some rows only one of
// the two clocks has advanced, as when the machine was suspended.
func TestFrozen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		clock, wall time.Duration // how far the monotonic clock and the wall clock advance
		valid       bool
	}{
		"no pause":               {valid: true},
		"a short pause":          {1900 * time.Millisecond, 1900 * time.Millisecond, true},
		"both clocks advance":    {4 * time.Second, 4 * time.Second, false},
		"a suspended machine":    {0, 4 * time.Second, false},
		"the wall clock is late": {4 * time.Second, 0, false},
		"it was set back":        {4 * time.Second, -time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLease()
			l.renew(time.Now())
			run, release := bindNow(t, l)
			defer release()
			l.mu.Lock()
			l.timer.Stop()
			l.sent, l.wall = l.sent.Add(-c.clock), l.wall.Add(-c.wall)
			l.mu.Unlock()
			if err := flex.Fence(run); (err == nil) != c.valid || (run.Err() == nil) != c.valid {
				t.Errorf("after the pause: the fence returns %v, the run's context %v; want a valid lease: %t", err, run.Err(), c.valid)
			}
			l.renew(time.Now())
			if err := flex.Fence(run); (err == nil) != c.valid {
				t.Errorf("after the next heartbeat the fence of the old run returns %v, want a valid lease: %t", err, c.valid)
			}
			next, release := bindNow(t, l)
			defer release()
			if err := flex.Fence(next); err != nil || next.Err() != nil || !l.isValid() {
				t.Errorf("after the next heartbeat: the fence of a new run returns %v, its context %v; want no error", err, next.Err())
			}
		})
	}
}

// TestRenewedBeforeTimer checks that a heartbeat after a pause ends the runs that
// began before the pause. It must do so even if nothing else has noticed the expiry
// of the lease before the heartbeat renews the lease.
func TestRenewedBeforeTimer(t *testing.T) {
	t.Parallel()
	l := newLease()
	l.renew(time.Now())
	run, release := bindNow(t, l)
	defer release()
	l.mu.Lock()
	l.timer.Stop()
	l.sent, l.wall = l.sent.Add(-4*time.Second), l.wall.Add(-4*time.Second)
	l.mu.Unlock()
	l.renew(time.Now())
	if err := flex.Fence(run); !errors.Is(err, errExpired) || !l.isValid() {
		t.Errorf("the fence of the old run returns %v, lease valid %t; want %v and a valid lease", err, l.isValid(), errExpired)
	}
}

// TestLateTimer checks that a timer which fires after the lease was renewed does not
// end the lease.
func TestLateTimer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLease()
		l.renew(time.Now())
		<-time.After(1999 * time.Millisecond)
		l.mu.Lock() // the timer fires and waits for the mutex
		<-time.After(time.Millisecond)
		l.sent, l.wall = time.Now(), time.Now().Round(0) // a heartbeat that got the mutex before the timer
		l.mu.Unlock()
		synctest.Wait()
		if !l.isValid() {
			t.Error("the timer of the earlier heartbeat ended the renewed lease")
		}
	})
}

// bindNow returns the context of a run whose job is fetched now.
func bindNow(t *testing.T, l *lease) (context.Context, func()) {
	t.Helper()
	valid, _ := l.current()
	return l.bind(t.Context(), valid)
}
