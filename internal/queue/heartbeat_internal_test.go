package queue

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
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
		run, release := l.bind(t.Context())
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
		late, release := l.bind(t.Context())
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
