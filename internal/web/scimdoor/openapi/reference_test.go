package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/web/scimdoor/openapitest"
)

var reference = filepath.Join("..", "..", "..", "..", "docs", "reference", "scim.md")

var (
	example = regexp.MustCompile("(?s)```http\n(.*?)```")
	moment  = regexp.MustCompile(`20\d\d-\d\d-\d\dT[\d:.]+Z`)
	log     = regexp.MustCompile(`\(ref [a-z2-7]{12}\)`)
)

// TestReferenceExamples sends the request of each example in
// docs/reference/scim.md, and checks that the response in the example is the
// server's response. In examples, {ann} stands for the id of the user ann.
func TestReferenceExamples(t *testing.T) {
	t.Parallel()
	c, err := openapitest.NewContract()
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, c, nil)
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	asked := "" // the request whose response is the next block
	n := 0
	now := example.ReplaceAllStringFunc(string(text), func(block string) string {
		content := example.FindStringSubmatch(block)[1]
		if n++; n%2 == 1 {
			asked = content
			return block
		}
		return "```http\n" + s.play(asked) + "```"
	})
	if n < 20 || n%2 != 0 {
		t.Errorf("got %d blocks of http, want at least ten pairs", n)
	}
	if *update {
		if err := os.WriteFile(reference, []byte(now), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(now, string(text)); diff != "" {
		t.Errorf("docs/reference/scim.md is stale (-the server +the document): go test ./internal/web/scimdoor/openapi -run TestReference -update\n%s", diff)
	}
	for _, problem := range c.Problems() {
		t.Error(problem)
	}
}

// play sends the request of an example, and returns the response in the form of an
// example.
func (s *site) play(asked string) string {
	head, body, _ := strings.Cut(asked, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	header := []string{"Content-Type", "application/scim+json"}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		header = append(header, name, value)
	}
	w := s.send(method, strings.ReplaceAll(target, " ", "%20"), strings.TrimSpace(body), header...)
	s.name(w.Body.Bytes())
	var out strings.Builder
	fmt.Fprintf(&out, "%d %s\n", w.Code, http.StatusText(w.Code))
	for _, name := range []string{"Location", "Content-Location", "ETag", "Allow", "Retry-After", "WWW-Authenticate"} {
		if value := w.Header().Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	out.WriteString(pretty(w))
	answered := log.ReplaceAllString(moment.ReplaceAllString(out.String(), "2026-01-02T03:04:05.678901Z"), "(ref k3v7q2m5x4za)")
	for name, id := range s.ids {
		answered = strings.ReplaceAll(answered, id, name)
	}
	return answered
}

// pretty returns the body of a response as indented JSON.
func pretty(w *httptest.ResponseRecorder) string {
	if w.Body.Len() == 0 {
		return ""
	}
	var b bytes.Buffer
	if err := json.Indent(&b, w.Body.Bytes(), "", "  "); err != nil {
		return w.Body.String()
	}
	return "\n" + b.String() + "\n"
}

// name gives names to the ids and cursors in a response body; later requests and
// examples use these names.
func (s *site) name(body []byte) {
	var seen struct {
		ID, UserName, DisplayName  string
		NextCursor, PreviousCursor string
		Operations                 []struct{ BulkID, Location string }
	}
	if json.Unmarshal(body, &seen) != nil {
		return // not a resource
	}
	if words := strings.FieldsFunc(strings.ToLower(seen.UserName+" "+seen.DisplayName), func(r rune) bool { return r == ' ' || r == '@' }); seen.ID != "" && len(words) > 0 {
		s.ids["{"+words[0]+"}"] = seen.ID
	}
	for name, cursor := range map[string]string{"{next}": seen.NextCursor, "{previous}": seen.PreviousCursor} {
		if cursor != "" {
			s.ids[name] = cursor
		}
	}
	for _, op := range seen.Operations {
		if op.BulkID != "" && op.Location != "" {
			s.ids["{"+op.BulkID+"}"] = path.Base(op.Location)
		}
	}
}

// TestReferenceIsComplete checks that the tables of docs/reference/scim.md and the
// OpenAPI document contain the same operations, parameters, headers and errors.
func TestReferenceIsComplete(t *testing.T) {
	t.Parallel()
	c, err := openapitest.NewContract()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	var operations, parameters, errors []string
	for path, item := range c.Document().Paths.Map() {
		for method := range item.Operations() {
			if !strings.HasSuffix(path, "/Me") { // one row for all
				operations = append(operations, strings.ToUpper(method)+" "+path)
			}
		}
	}
	for name, p := range c.Document().Components.Parameters {
		if p.Value.In != "path" {
			parameters = append(parameters, name)
		}
	}
	for name := range c.Document().Components.Headers {
		parameters = append(parameters, name)
	}
	for status := range c.Document().Components.Responses {
		errors = append(errors, status)
	}
	for _, scimType := range c.Document().Components.Schemas["Error"].Value.Properties["scimType"].Value.Enum {
		errors = append(errors, fmt.Sprint(scimType))
	}
	for _, table := range []struct {
		what, head string
		want       []string
	}{
		{"operations", "| operation | what |", append(operations, "/scim/v2/Me")},
		{"parameters and headers", "| name | in | what |", parameters},
		{"errors", "| error | when | what to do |", append(errors, "405")},
	} {
		slices.Sort(table.want)
		if diff := cmp.Diff(table.want, firstCells(string(text), table.head)); diff != "" {
			t.Errorf("%s (-the document +docs/reference/scim.md):\n%s", table.what, diff)
		}
	}
}

// firstCells returns, for each row of a table, the words in back quotes in the
// first cell.
func firstCells(text, head string) []string {
	var all []string
	_, table, _ := strings.Cut(text, "\n"+head+"\n")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			break
		}
		for i, word := range strings.Split(cells[1], "`") {
			if i%2 == 1 {
				all = append(all, word)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
