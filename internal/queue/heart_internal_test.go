package queue

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestHeart: runs end two seconds after the last beat was sent, whenever it
// arrived; later ones are held back until it beats again.
func TestHeart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHeart()
		sent := time.Now()
		pause(t.Context(), 1500*time.Millisecond)
		h.beat(sent)
		run, release := h.hold(t.Context())
		defer release()
		pause(t.Context(), 499*time.Millisecond)
		synctest.Wait()
		if run.Err() != nil || !h.beats() {
			t.Fatal("fenced before its time")
		}
		pause(t.Context(), 2*time.Millisecond)
		synctest.Wait()
		if !errors.Is(context.Cause(run), errFenced) || h.beats() {
			t.Fatalf("two seconds after the beat was sent the run acts still (%v)", context.Cause(run))
		}
		late, release := h.hold(t.Context())
		defer release()
		if late.Err() == nil {
			t.Error("a run begins while fenced")
		}
		h.beat(sent) // an old one, at last
		if h.beats() {
			t.Error("a beat from before the fence lifts it")
		}
		waited := make(chan bool, 1)
		go func() { waited <- h.wait(t.Context()) }()
		synctest.Wait()
		h.beat(time.Now())
		if !<-waited || !h.beats() {
			t.Error("it does not beat again")
		}
		h.stop()
		pause(t.Context(), 3*time.Second)
		synctest.Wait()
		if h.wait(t.Context()) {
			t.Error("a stopped one is waited for")
		}
	})
}
