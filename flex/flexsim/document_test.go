package flexsim_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex/flexsim"
)

var word = regexp.MustCompile("`([^`]+)`")

// section returns the rows of the table below a heading of the simulator's page.
// For each cell, it returns the words in back quotes.
func section(t *testing.T, heading string) [][][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "reference", "simulator.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("the page has no section %q", heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	var rows [][][]string
	for line := range strings.Lines(rest) {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		var row [][]string
		for _, cell := range cells[1:] {
			var words []string
			for _, m := range word.FindAllStringSubmatch(cell, -1) {
				words = append(words, m[1])
			}
			row = append(row, words)
		}
		rows = append(rows, row)
	}
	return rows
}

func firsts(rows [][][]string) (all []string) {
	for _, row := range rows {
		all = append(all, row[0][0])
	}
	slices.Sort(all)
	return all
}

// control calls the control API.
func control(sim *flexsim.Simulator, method, path, body string) string {
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Body.String()
}

// TestDocument checks that docs/reference/simulator.md names exactly the
// operations, faults and options of the code, with the values in the same order. It
// also checks that each control call on the page exists.
func TestDocument(t *testing.T) {
	t.Parallel()
	sim, err := flexsim.New(flexsim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	operations := sim.Operations()
	slices.Sort(operations)
	if diff := cmp.Diff(operations, firsts(section(t, "Twilio's paths"))); diff != "" {
		t.Errorf("operations (-code +page):\n%s", diff)
	}
	for _, call := range firsts(section(t, "The control API")) {
		method, path, _ := strings.Cut(call, " ")
		if got := control(sim, method, path, "{}"); strings.Contains(got, "no control call") {
			t.Errorf("%s: %s", call, got)
		}
	}
	// The error for an unknown kind lists the valid kinds.
	refusal := control(sim, "POST", "/_sim/faults", `{"kind":"none"}`)
	kinds := strings.Fields(refusal[strings.Index(refusal, "[")+1 : strings.Index(refusal, "]")])
	slices.Sort(kinds)
	if diff := cmp.Diff(kinds, firsts(section(t, "Faults"))); diff != "" {
		t.Errorf("kinds of fault (-code +page):\n%s", diff)
	}
	compareOptions(t, sim)
}

func compareOptions(t *testing.T, sim *flexsim.Simulator) {
	t.Helper()
	var defaults map[string]any // :: option → value
	if err := json.Unmarshal([]byte(control(sim, "GET", "/_sim/options", "")), &defaults); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{} // :: option → its default, followed by the other values of a choice
	for name, value := range defaults {
		want[name] = []string{fmt.Sprint(value)}
	}
	for _, c := range flexsim.Choices() {
		want[c.Name] = c.Values
	}
	got := map[string][]string{}
	for _, row := range section(t, "Options") {
		got[row[0][0]] = row[1]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-code +page):\n%s", diff)
	}
}
