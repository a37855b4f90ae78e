package reconcile

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// table returns the rows of doc.go's table whose header begins with name. The
// header is the first row.
func table(t *testing.T, name string) (rows [][]string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(file.Doc.Text()) {
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) > 1 && (len(rows) > 0 || cells[0] == name) {
			rows = append(rows, cells)
		} else if len(rows) > 0 {
			break
		}
	}
	if len(rows) != 5 {
		t.Fatalf("the table %q has %d rows, want a header and four rows", name, len(rows))
	}
	return rows
}

func TestWorkerTable(t *testing.T) {
	t.Parallel()
	for _, row := range table(t, "worker")[1:] {
		s := state{worker: workerState(row[0]), name: free, link: store.Link{Worker: "WK1", FriendlyName: "old"}}
		s.want.Name, s.want.Person.UserName = "new", "new"
		var places []string
		for _, p := range s.places() {
			places = append(places, string(p))
		}
		now := time.Now()
		absent := observation{gone: s.worker == linked}
		fresh := s
		fresh.link.Created = now
		yet := absent
		if s.worker == linked { // neither a fetch nor a write has shown whether the Worker exists
			yet = observation{have: plan.Have{Outdated: true}}
		}
		waits := fresh.observed(yet, now)
		if want := s.worker == linked || s.worker == lost; waits.have.Outdated != want {
			t.Errorf("%s: a Worker was just created and nothing shows it: got Outdated %t, want %t", row[0], waits.have.Outdated, want)
		}
		create := plan.Step{Verb: plan.Create, Draft: flex.Draft{FriendlyName: "new"}}
		next, again := s.failed(flex.Uncertain)
		got := []string{
			row[0], strings.Join(places, ", "),
			string(waits.worker),
			string(s.observed(absent, now).worker),
			string(s.acted(create, answer{err: flex.Down}, now).worker),
			string(s.acted(create, answer{err: flex.Uncertain, worker: flex.Worker{SID: "WK00000000000000000000000000000002"}}, now).worker),
			string(next.worker),
		}
		if got[1] == "" {
			got[1] = "-"
		}
		if diff := cmp.Diff(row, got); diff != "" || !again {
			t.Errorf("after a lost answer: again is %t; row (-doc.go +code):\n%s", again, diff)
		}
		if w := (flex.Worker{SID: "WK2", FriendlyName: "new"}); s.sees(w, time.Now()).worker != linked {
			t.Errorf("%s: seeing a Worker did not link it", row[0])
		}
	}
}

func TestNameTable(t *testing.T) {
	t.Parallel()
	rows := table(t, "name")
	for _, row := range rows[1:] {
		for i, want := range row[1:] {
			if want == "-" {
				want = row[0]
			}
			if got := nameState(row[0]).after(event(rows[0][i+1])); got != nameState(want) {
				t.Errorf("%s × %s: got %s, want %s", row[0], rows[0][i+1], got, want)
			}
		}
	}
}
