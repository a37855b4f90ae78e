package leaver_test

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
)

const worker = flex.WorkerSID("WK00000000000000000000000000000001")

func at(minute int) time.Time { return time.Date(2026, 7, 1, 9, minute, 0, 0, time.UTC) }

// records returns an example of a record for each stage. The events that lead to
// the stages have the same order as in package reconcile.
func records() map[leaver.Stage]leaver.Record {
	requested := leaver.Record{ID: "l1", Worker: worker, UserName: "ann", Requested: at(1), Deadline: at(30)}
	draining := requested.After(leaver.Stopped, at(2))
	drained := draining.After(leaver.Idle, at(3))
	removed := drained.After(leaver.Deleted, at(4))
	return map[leaver.Stage]leaver.Record{
		leaver.Requested: requested,
		leaver.Draining:  draining,
		leaver.Drained:   drained,
		leaver.Removed:   removed,
		leaver.Verified:  removed.After(leaver.Absent, at(5)),
		leaver.Cancelled: draining.After(leaver.Returned, at(5)),
	}
}

// table returns the rows of the table in the package comment.
func table(t *testing.T) (rows [][]string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(file.Doc.Text()) {
		if cells := strings.Split(line, "|"); len(cells) > 1 {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		}
	}
	if len(rows) != len(records())+1 {
		t.Fatalf("doc.go has %d rows, want a head and one for each of %d stages", len(rows), len(records()))
	}
	return rows
}

func TestTable(t *testing.T) {
	t.Parallel()
	rows := table(t)
	events := rows[0][1:]
	if len(events) != 7 {
		t.Fatalf("doc.go has the events %v, want all seven", events)
	}
	for _, row := range rows[1:] {
		before, ok := records()[leaver.Stage(row[0])]
		if !ok || before.Stage() != leaver.Stage(row[0]) {
			t.Errorf("stage %q: the example is in stage %q", row[0], before.Stage())
		}
		for i, event := range events {
			want := row[i+1]
			after := before.After(leaver.Event(event), at(20))
			switch {
			case want == "-" && after != before:
				t.Errorf("%s × %s: got %+v, want no change", row[0], event, after)
			case want != "-" && after.Stage() != leaver.Stage(want):
				t.Errorf("%s × %s: got %q, want %q", row[0], event, after.Stage(), want)
			case want != "-" && after == before:
				t.Errorf("%s × %s changes nothing, write -", row[0], event)
			}
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	open := map[leaver.Stage]bool{leaver.Requested: true, leaver.Draining: true, leaver.Drained: true, leaver.Removed: true}
	for stage, r := range records() {
		if got := r.Stage().Open(); got != open[stage] {
			t.Errorf("%s: open is %t", stage, got)
		}
		if got := r.Covers(worker); got != open[stage] {
			t.Errorf("%s covers its Worker: %t", stage, got)
		}
		if r.Covers("WK2") {
			t.Errorf("%s covers another Worker", stage)
		}
		if got := r.Stops(worker); got != (open[stage] && stage != leaver.Requested) {
			t.Errorf("%s stops its Worker: %t", stage, got)
		}
	}
	if got := (leaver.Record{}).Stage(); got != leaver.None || got.Open() {
		t.Errorf("the zero Record is in stage %q", got)
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	r := records()[leaver.Draining] // routing stopped at minute 2, deadline at minute 30
	if got := r.Limit(at(40)); got != r {
		t.Errorf("a later limit: got %v, want no change", got.Deadline)
	}
	if got := r.Limit(at(10)).Deadline; !got.Equal(at(10)) {
		t.Errorf("an earlier limit: got %v", got)
	}
	for _, c := range []struct {
		now     time.Time
		overdue bool
		pause   time.Duration
	}{
		{at(1), false, time.Second}, // the clock was set to an earlier time
		{at(2), false, time.Second},
		{at(2).Add(20 * time.Second), false, 5 * time.Second},
		{at(10), false, 15 * time.Second},
		{at(30).Add(-3 * time.Second), false, 3 * time.Second},
		{at(30), true, 15 * time.Second},
	} {
		if got := r.Overdue(c.now); got != c.overdue {
			t.Errorf("at %v: overdue is %t", c.now, got)
		}
		if got := r.Pause(c.now); got != c.pause {
			t.Errorf("at %v: the pause is %v, want %v", c.now, got, c.pause)
		}
	}
}

// TestWithRequest checks that only times that changed get the id of a request.
func TestWithRequest(t *testing.T) {
	t.Parallel()
	all := records()
	stopped := all[leaver.Draining].WithRequest(all[leaver.Requested], "RQ1")
	if stopped.OfflineRequest != "RQ1" || stopped.RemovedRequest != "" {
		t.Errorf("after the stop: got %+v", stopped)
	}
	removed := stopped.After(leaver.Idle, at(3)).After(leaver.Deleted, at(4)).WithRequest(stopped, "RQ2")
	if again := removed.WithRequest(stopped, "RQ9"); again != removed || removed.OfflineRequest != "RQ1" || removed.RemovedRequest != "RQ2" {
		t.Errorf("after the deletion: got %+v, then %+v", removed, again)
	}
	if got := removed.After(leaver.Absent, at(5)).WithRequest(removed, "RQ3"); got.VerifiedRequest != "RQ3" || got.RemovedRequest != "RQ2" {
		t.Errorf("after the verification: got %+v", got)
	}
}
