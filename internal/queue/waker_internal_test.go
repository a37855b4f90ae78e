package queue

import (
	"fmt"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

func touch(user string, u store.Urgency) store.Touch {
	return store.Touch{Key: store.PersonKey{Connection: "c", User: scim.ID(user)}, Urgency: u}
}

// clocked is a waker whose time stands still until it is turned.
func clocked() (w *waker, turn func(time.Duration)) {
	w = &waker{}
	w.init()
	now := time.Unix(1_000_000, 0)
	w.clock = func() time.Time { return now }
	return w, func(d time.Duration) { now = now.Add(d) }
}

// push adds n touches of different persons.
func push(w *waker, n int, u store.Urgency) {
	touches := make([]store.Touch, n)
	for i := range touches {
		touches[i] = touch(fmt.Sprint("p", w.size(), "-", i), u)
	}
	w.add(touches, false)
}

// TestUrgentFirst: leavers alone, then changes, joiners, sweeps.
func TestUrgentFirst(t *testing.T) {
	t.Parallel()
	w, _ := clocked()
	for _, u := range []store.Urgency{store.Sweeping, store.Joining, store.Changing, store.Leaving} {
		w.add([]store.Touch{touch(fmt.Sprint(u), u)}, false)
	}
	if some, _ := w.take(10); len(some) != 1 || some[0].Urgency != store.Leaving {
		t.Errorf("got %v first, want the leaver alone", some)
	}
	if some, _ := w.take(2); len(some) != 2 || some[0].Urgency != store.Changing || some[1].Urgency != store.Joining {
		t.Errorf("got %v, want the change and the joiner", some)
	}
	if some, _ := w.take(2); len(some) != 1 || !w.isEmpty() {
		t.Errorf("got %v, want the last one", some)
	}
}

// TestOnce: a person waits once, with the most urgent touch and the first time.
func TestOnce(t *testing.T) {
	t.Parallel()
	w, turn := clocked()
	first := w.clock()
	w.add([]store.Touch{touch("ann", store.Changing)}, true)
	turn(time.Second)
	w.add([]store.Touch{touch("ann", store.Joining)}, false)
	w.add([]store.Touch{touch("ann", store.Leaving)}, true)
	some, _ := w.take(10)
	if len(some) != 1 || some[0].Urgency != store.Leaving || !some[0].at.Equal(first) || some[0].recheck {
		t.Errorf("got %+v, want one leaver since %v, not to be checked again", some, first)
	}
}

// TestMeasuredPace: an import makes pacedBatch jobs in each window, leavers go
// at once, and when it is over the rest goes.
func TestMeasuredPace(t *testing.T) {
	t.Parallel()
	w, turn := clocked()
	push(w, 2*batchSize, store.Joining)
	some, again := w.take(batchSize)
	if len(some) != pacedBatch || again != window {
		t.Errorf("got %d jobs and %v, want %d and %v", len(some), again, pacedBatch, window)
	}
	turn(window / 2)
	if some, again = w.take(batchSize); len(some) != 0 || again != window/2 {
		t.Errorf("half a window later: got %d jobs and %v, want 0 and %v", len(some), again, window/2)
	}
	w.add([]store.Touch{touch("leaver", store.Leaving)}, false)
	if some, _ = w.take(batchSize); len(some) != 1 {
		t.Errorf("got %d leavers, want 1", len(some))
	}
	turn(window / 2)
	if some, _ = w.take(batchSize); len(some) != pacedBatch {
		t.Errorf("a window later: got %d jobs, want %d", len(some), pacedBatch)
	}
	turn(2 * window)
	if some, _ = w.take(batchSize); len(some) != batchSize {
		t.Errorf("after the import: got %d jobs, want %d", len(some), batchSize)
	}
}

// TestReadersGoFirst: look-ups count as well.
func TestReadersGoFirst(t *testing.T) {
	t.Parallel()
	w, turn := clocked()
	push(w, 1, store.Joining)
	w.take(1)
	turn(2 * window)
	for range rushFrom {
		w.asked(time.Millisecond)
	}
	for range rushFrom - 1 { // one by one, in a time of their own
		push(w, 1, store.Joining)
	}
	if some, again := w.take(batchSize); len(some) != pacedBatch || again != window {
		t.Errorf("while the IdP asks: got %d jobs and %v, want %d and %v", len(some), again, pacedBatch, window)
	}
	turn(2 * window)
	if some, _ := w.take(batchSize); len(some) != rushFrom-1-pacedBatch {
		t.Errorf("afterwards: got %d jobs, want the other %d", len(some), rushFrom-1-pacedBatch)
	}
}

// TestWaitersGoFirst: on a machine that is too busy for many requests, those
// that wait go first; one long request at a time is no crowd.
func TestWaitersGoFirst(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		atOnce int
		want   int
	}{
		{"as many as wait in a crowd", crowdFrom, pacedBatch},
		{"one less", crowdFrom - 1, batchSize},
		{"one after the other", 1, batchSize},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, turn := clocked()
			push(w, batchSize, store.Joining)
			turn(2 * window)
			const each = window / 2
			for range window / each {
				turn(each - 1)
				for range tt.atOnce {
					w.asked(each)
				}
			}
			if some, _ := w.take(batchSize); len(some) != tt.want {
				t.Errorf("got %d jobs, want %d", len(some), tt.want)
			}
		})
	}
}

// TestManyLeavers: a whole department goes at the pace that Twilio has, and a
// leaver of the next window goes at once.
func TestManyLeavers(t *testing.T) {
	t.Parallel()
	w, turn := clocked()
	push(w, pacedLeave+10, store.Leaving)
	if some, again := w.take(batchSize); len(some) != pacedLeave || again != 0 {
		t.Errorf("got %d leavers and %v, want %d and 0", len(some), again, pacedLeave)
	}
	turn(window / 5)
	if some, again := w.take(batchSize); len(some) != 0 || again != window-window/5 {
		t.Errorf("in the same window: got %d leavers and %v, want 0 and %v", len(some), again, window-window/5)
	}
	turn(window)
	push(w, 1, store.Leaving)
	if some, _ := w.take(batchSize); len(some) != 11 {
		t.Errorf("in the next window: got %d leavers, want 11", len(some))
	}
}

// TestSlowPush: an IdP at its usual pace is followed at once.
func TestSlowPush(t *testing.T) {
	t.Parallel()
	w, turn := clocked()
	for range 100 {
		push(w, rushFrom/4, store.Changing)
		if some, _ := w.take(batchSize); len(some) != rushFrom/4 {
			t.Fatalf("got %d jobs, want %d", len(some), rushFrom/4)
		}
		turn(window / 3)
	}
}

// TestBound: memory is bounded, and leavers are never left out.
func TestBound(t *testing.T) {
	t.Parallel()
	w, _ := clocked()
	push(w, mostWaking+1, store.Joining)
	w.add([]store.Touch{touch("leaver", store.Leaving)}, false)
	if w.size() != mostWaking+1 || len(w.of[store.Leaving]) != 1 {
		t.Errorf("got %d persons, %d of them leavers; want %d and 1", w.size(), len(w.of[store.Leaving]), mostWaking+1)
	}
}

// TestScanIsPatient: while the IdP goes first, a scan makes jobs for leavers
// and for one measured batch of those whom the waker had no room for.
func TestScanIsPatient(t *testing.T) {
	t.Parallel()
	w, turn := clocked()
	push(w, rushFrom, store.Joining)
	behind := []store.Touch{touch("leaver", store.Leaving), touch("p0-0", store.Joining)}
	for i := range 2 * pacedBatch {
		behind = append(behind, touch(fmt.Sprint("unknown-", i), store.Joining))
	}
	rest := w.without(behind)
	if len(rest) != 1+pacedBatch || rest[0].Urgency != store.Leaving || rest[1].Key.User == "p0-0" {
		t.Errorf("got %d persons, the first two %v; want the leaver and %d who do not wait", len(rest), rest[:2], pacedBatch)
	}
	turn(2 * window)
	if rest = w.without(behind); len(rest) != 1+2*pacedBatch {
		t.Errorf("afterwards: got %d persons, want all who do not wait: %d", len(rest), 1+2*pacedBatch)
	}
}
