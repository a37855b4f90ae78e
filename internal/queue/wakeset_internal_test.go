package queue

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

func touch(user string, u store.Urgency) store.Touch { return touchIn("c", user, u) }

func touchIn(c store.ConnectionID, user string, u store.Urgency) store.Touch {
	return store.Touch{Key: store.PersonKey{Connection: c, User: scim.ID(user)}, Urgency: u}
}

// withClock returns a wakeSet whose clock moves only when advance is called.
func withClock() (w *wakeSet, advance func(time.Duration)) {
	w = &wakeSet{}
	w.init()
	now := time.Unix(1_000_000, 0)
	w.clock = func() time.Time { return now }
	return w, func(d time.Duration) { now = now.Add(d) }
}

// push adds n touches of different people.
func push(w *wakeSet, n int, u store.Urgency) {
	touches := make([]store.Touch, n)
	for i := range touches {
		touches[i] = touch(fmt.Sprint("p", len(w.people), "-", i), u)
	}
	w.add(touches, false)
}

// TestUrgentFirst checks that wakeSet.take first returns only leavers, and then
// changes, joiners and sweeps, in this order.
func TestUrgentFirst(t *testing.T) {
	t.Parallel()
	w, _ := withClock()
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

// TestOnce checks that a person is in the set once, with the urgency of the most
// urgent touch and the time of the first touch.
func TestOnce(t *testing.T) {
	t.Parallel()
	w, advance := withClock()
	first := w.clock()
	w.add([]store.Touch{touch("ann", store.Changing)}, true)
	advance(time.Second)
	w.add([]store.Touch{touch("ann", store.Joining)}, false)
	w.add([]store.Touch{touch("ann", store.Leaving)}, true)
	some, _ := w.take(10)
	if len(some) != 1 || some[0].Urgency != store.Leaving || !some[0].since.Equal(first) || some[0].recheck {
		t.Errorf("got %+v, want one leaver since %v without recheck", some, first)
	}
}

// TestLimitWhileBusy checks that during an import at most limitedJobs jobs are
// inserted in each window, while leavers' jobs are inserted immediately. All other
// jobs are inserted after the import.
func TestLimitWhileBusy(t *testing.T) {
	t.Parallel()
	w, advance := withClock()
	push(w, 2*batchSize, store.Joining)
	some, again := w.take(batchSize)
	if len(some) != limitedJobs || again != window {
		t.Errorf("got %d jobs and %v, want %d and %v", len(some), again, limitedJobs, window)
	}
	advance(window / 2)
	if some, again = w.take(batchSize); len(some) != 0 || again != window/2 {
		t.Errorf("half a window later: got %d jobs and %v, want 0 and %v", len(some), again, window/2)
	}
	w.add([]store.Touch{touch("leaver", store.Leaving)}, false)
	if some, _ = w.take(batchSize); len(some) != 1 {
		t.Errorf("got %d leavers, want 1", len(some))
	}
	advance(window / 2)
	if some, _ = w.take(batchSize); len(some) != limitedJobs {
		t.Errorf("a window later: got %d jobs, want %d", len(some), limitedJobs)
	}
	advance(2 * window)
	if some, _ = w.take(batchSize); len(some) != batchSize {
		t.Errorf("after the import: got %d jobs, want %d", len(some), batchSize)
	}
}

// TestReadsCount checks that the wake set also counts requests without a write when
// it decides whether the IdP is busy.
func TestReadsCount(t *testing.T) {
	t.Parallel()
	w, advance := withClock()
	push(w, 1, store.Joining)
	w.take(1)
	advance(2 * window)
	for range busyRequests {
		w.observeRequest(time.Millisecond)
	}
	for range busyRequests - 1 { // one call of add for each touch
		push(w, 1, store.Joining)
	}
	if some, again := w.take(batchSize); len(some) != limitedJobs || again != window {
		t.Errorf("while the IdP is busy: got %d jobs and %v, want %d and %v", len(some), again, limitedJobs, window)
	}
	advance(2 * window)
	if some, _ := w.take(batchSize); len(some) != busyRequests-1-limitedJobs {
		t.Errorf("afterwards: got %d jobs, want the other %d", len(some), busyRequests-1-limitedJobs)
	}
}

// TestSlowRequestsCount checks that on a slow machine, which never reaches the
// request rate of a busy IdP, the IdP is busy if several requests run at the same
// time. Long requests that do not overlap do not make the IdP busy.
func TestSlowRequestsCount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		atOnce int
		want   int
	}{
		{"busyConcurrent at the same time", busyConcurrent, limitedJobs},
		{"one fewer at the same time", busyConcurrent - 1, batchSize},
		{"requests one after the other", 1, batchSize},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, advance := withClock()
			push(w, batchSize, store.Joining)
			advance(2 * window)
			const each = window / 2
			for range window / each {
				advance(each - 1)
				for range tt.atOnce {
					w.observeRequest(each)
				}
			}
			if some, _ := w.take(batchSize); len(some) != tt.want {
				t.Errorf("got %d jobs, want %d", len(some), tt.want)
			}
		})
	}
}

// TestManyLeavers checks that if very many people leave at the same time, leavers'
// jobs are inserted at the rate that Twilio can handle, and that a leaver in the
// next window gets a job immediately.
func TestManyLeavers(t *testing.T) {
	t.Parallel()
	w, advance := withClock()
	push(w, limitedLeavers+10, store.Leaving)
	if some, again := w.take(batchSize); len(some) != limitedLeavers || again != 0 {
		t.Errorf("got %d leavers and %v, want %d and 0", len(some), again, limitedLeavers)
	}
	advance(window / 5)
	if some, again := w.take(batchSize); len(some) != 0 || again != window-window/5 {
		t.Errorf("in the same window: got %d leavers and %v, want 0 and %v", len(some), again, window-window/5)
	}
	advance(window)
	push(w, 1, store.Leaving)
	if some, _ := w.take(batchSize); len(some) != 11 {
		t.Errorf("in the next window: got %d leavers, want 11", len(some))
	}
}

// TestLeaversLeaveRoom checks that leavers who are above the limit of a window do
// not delay the jobs of other people, which have a limit of their own.
func TestLeaversLeaveRoom(t *testing.T) {
	t.Parallel()
	w, advance := withClock()
	push(w, 4000, store.Leaving)
	w.add([]store.Touch{touchIn("d", "dora", store.Changing)}, false)
	for _, row := range []struct {
		after   time.Duration
		leavers int
		others  int
		again   time.Duration
	}{{0, limitedLeavers, 0, 0}, {window / 5, 0, 1, window - window/5}, {window / 5, 0, 0, window - 2*(window/5)}, {window, limitedLeavers, 0, 0}} {
		advance(row.after)
		some, again := w.take(batchSize)
		leavers := 0
		for _, s := range some {
			if s.Urgency == store.Leaving {
				leavers++
			}
		}
		if leavers != row.leavers || len(some)-leavers != row.others || again != row.again {
			t.Errorf("after %v: got %d leavers and %d other people, again %v; want %+v", row.after, leavers, len(some)-leavers, again, row)
		}
	}
}

// TestUsualRate checks that jobs are inserted immediately at an IdP's usual
// rate.
func TestUsualRate(t *testing.T) {
	t.Parallel()
	w, advance := withClock()
	for range 100 {
		push(w, busyRequests/4, store.Changing)
		if some, _ := w.take(batchSize); len(some) != busyRequests/4 {
			t.Fatalf("got %d jobs, want %d", len(some), busyRequests/4)
		}
		advance(window / 3)
	}
}

// TestBound checks that the set contains at most maxWaiting people, but accepts
// more if they are leavers.
func TestBound(t *testing.T) {
	t.Parallel()
	w, _ := withClock()
	push(w, maxWaiting+1, store.Joining)
	w.add([]store.Touch{touch("leaver", store.Leaving)}, false)
	if len(w.people) != maxWaiting+1 || w.lines[store.Leaving].LenOf("c") != 1 {
		t.Errorf("got %d people, %d of them leavers; want %d and 1", len(w.people), w.lines[store.Leaving].LenOf("c"), maxWaiting+1)
	}
}

// TestWakeSetTakesTurns checks that thousands of people of one connection delay no
// equally urgent person of another connection, also while the IdP is busy. The
// people of each connection stay in the order of their touches.
func TestWakeSetTakesTurns(t *testing.T) {
	t.Parallel()
	for _, u := range []store.Urgency{store.Leaving, store.Changing, store.Joining, store.Sweeping} {
		w, _ := withClock()
		push(w, 4000, u)
		w.add([]store.Touch{touchIn("d", "dora", u), touchIn("e", "ed", u), touchIn("d", "dan", u)}, false)
		some, _ := w.take(5)
		var users []scim.ID
		for _, s := range some {
			users = append(users, s.Key.User)
		}
		want := []scim.ID{"p0-0", "dora", "ed", "p0-1", "dan"}
		if diff := cmp.Diff(want, users); diff != "" {
			t.Errorf("urgency %d (-want +got):\n%s", u, diff)
		}
	}
}

// TestMovedPersonLeavesTheLine checks that a person who becomes more urgent leaves the
// line of the former urgency, and that the rest of this line is unchanged.
func TestMovedPersonLeavesTheLine(t *testing.T) {
	t.Parallel()
	w, _ := withClock()
	w.add([]store.Touch{touchIn("d", "dora", store.Joining), touchIn("e", "ed", store.Joining), touchIn("e", "eve", store.Joining)}, false)
	w.add([]store.Touch{touchIn("d", "dora", store.Leaving), touchIn("e", "ed", store.Changing)}, false)
	for _, want := range []scim.ID{"dora", "ed", "eve"} {
		if some, _ := w.take(1); len(some) != 1 || some[0].Key.User != want {
			t.Errorf("got %v, want %s", some, want)
		}
	}
	if !w.isEmpty() {
		t.Error("the set is not empty")
	}
}

// TestFullSetHasRoom checks that a connection whose people fill the set does not
// keep out the people of another connection, up to that connection's share.
func TestFullSetHasRoom(t *testing.T) {
	t.Parallel()
	w, _ := withClock()
	push(w, maxWaiting+1, store.Joining)
	for i := range maxWaiting {
		w.add([]store.Touch{touchIn("d", fmt.Sprint(i), store.Joining)}, false)
	}
	if got := w.lines[store.Joining].LenOf("d"); got != maxWaiting/2 {
		t.Errorf("got %d people of the other connection, want %d", got, maxWaiting/2)
	}
}

// TestScanWhileBusy checks that while the IdP is busy, a scan inserts jobs for
// leavers and for limitedJobs other people who are not in the set.
func TestScanWhileBusy(t *testing.T) {
	t.Parallel()
	w, advance := withClock()
	push(w, busyRequests, store.Joining)
	behind := []store.Touch{touch("leaver", store.Leaving), touch("p0-0", store.Joining)}
	for i := range 2 * limitedJobs {
		behind = append(behind, touch(fmt.Sprint("unknown-", i), store.Joining))
	}
	rest := w.exclude(behind)
	if len(rest) != 1+limitedJobs || rest[0].Urgency != store.Leaving || rest[1].Key.User == "p0-0" {
		t.Errorf("got %d people, the first two %v; want the leaver and %d people who do not wait", len(rest), rest[:2], limitedJobs)
	}
	advance(2 * window)
	if rest = w.exclude(behind); len(rest) != 1+2*limitedJobs {
		t.Errorf("afterwards: got %d people, want all %d people who do not wait", len(rest), 1+2*limitedJobs)
	}
}
