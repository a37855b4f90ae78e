package scimhttp_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/testdata"
)

// exchange is one line of a transcript: a request that an IdP sends, and the
// response that the IdP needs.
type exchange struct {
	N        int
	IDP      string
	Scenario string
	Step     string
	Method   string
	Path     string
	Headers  map[string]string
	Body     any
	Expect   []int `json:"expect_status"`
	Asserts  [][3]any
	Bind     map[string]string // :: text in the published request → variable that replaces it
	Capture  map[string]string
	Needs    map[string]string // :: variable → the kind of resource that the test creates for it: user or group
	Then     string
	Then404  string
}

const transcripts = "../../../shared/suites/idp-transcripts.jsonl"

// player plays one scenario.
type player struct {
	*service
	vars map[string]string // :: variable → id
}

// TestExchanges plays the exchanges in testdata/idp. They are a short form of the
// published transcripts, and do not need the directory ../shared.
func TestExchanges(t *testing.T) {
	t.Parallel()
	for _, path := range testdata.Files(t, "idp") {
		if n := replay(t, path); n < 10 {
			t.Errorf("%s: played %d exchanges, want at least 10", path, n)
		}
	}
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(transcripts); err != nil {
		lacksShared(t, "THE TRANSCRIPTS ARE NOT PLAYED")
	}
	if n := replay(t, transcripts); n < 77 {
		t.Errorf("played %d exchanges, want at least 77", n)
	}
}

// replay sends the requests of a file of exchanges, checks the responses, and
// returns the number of exchanges.
func replay(t *testing.T, path string) int {
	t.Helper()
	played := 0
	for _, scenario := range scenarios(t, path) {
		t.Run(scenario[0].IDP+"/"+scenario[0].Scenario, func(t *testing.T) {
			p := player{service: open(t, scimhttp.Config{}), vars: map[string]string{}}
			for _, x := range scenario {
				if strings.HasSuffix(x.Step, "bad-token") {
					continue // package scimhttp does not authenticate
				}
				for _, problem := range p.play(x) {
					t.Errorf("T%d %s: %s", x.N, x.Step, problem)
				}
				played++
			}
		})
	}
	return played
}

// scenarios reads a file of exchanges, and returns them grouped by scenario.
func scenarios(t *testing.T, path string) [][]exchange {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all [][]exchange
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber()
		var x exchange
		if err := d.Decode(&x); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		last := len(all) - 1
		if last >= 0 && all[last][0].Scenario == x.Scenario && all[last][0].IDP == x.IDP {
			all[last] = append(all[last], x)
			continue
		}
		all = append(all, []exchange{x})
	}
	return all
}

// play sends the request of one exchange, and returns a text for each fault in the
// response.
func (p player) play(x exchange) []string {
	for name, what := range x.Needs {
		p.need(name, what)
	}
	body := ""
	if x.Body != nil {
		raw, err := json.Marshal(x.Body)
		if err != nil {
			p.t.Fatal(err)
		}
		body = p.bound(x, string(raw))
	}
	var header []string
	for name, value := range x.Headers {
		if name != "Accept-Encoding" { // with this header, Go's client does not decompress the response
			header = append(header, name, value)
		}
	}
	a := p.do(x.Method, p.bound(x, x.Path), body, header...)
	if !slices.Contains(x.Expect, a.status) {
		return []string{fmt.Sprintf("got %d %s, want %v", a.status, a.text, x.Expect)}
	}
	if id, ok := a.at("id").(string); ok && a.status == 201 {
		for _, name := range x.Capture {
			p.vars[name] = id
		}
	}
	if x.Then404 != "" {
		p.must(404, "GET", p.bound(x, x.Then404), "")
	}
	if x.Then != "" {
		a = p.must(200, "GET", p.bound(x, x.Then), "")
	}
	return p.check(x, a)
}

func (p player) need(name, what string) {
	if p.vars[name] != "" {
		return
	}
	body := `{"schemas":["` + urnUser + `"],"userName":"fx-` + name + `@x.io","emails":[{"type":"work","primary":true,"value":"fx@x.io"}],"active":true}`
	path := "/Users"
	if what == "group" {
		path, body = "/Groups", `{"displayName":"fx `+name+`"}`
	}
	p.vars[name] = p.must(201, "POST", path, body).at("id").(string)
}

// bound replaces the ids in a published request with the ids of the resources that
// the test created.
func (p player) bound(x exchange, text string) string {
	for literal, name := range x.Bind {
		text = strings.ReplaceAll(text, literal, p.vars[name])
	}
	return text
}

func (p player) check(x exchange, a answer) []string {
	var problems []string
	for _, want := range x.Asserts {
		got := a.at(steps(want[0])...)
		if !p.holds(got, want[1].(string), want[2]) {
			problems = append(problems, fmt.Sprintf("%v is %v, want %v %v", want[0], got, want[1], want[2]))
		}
	}
	return problems
}

// steps returns the path of an assertion as a list of names and indexes. The
// argument is a text such as "Resources.0.active", or already such a list.
func steps(path any) []any {
	if list, ok := path.([]any); ok {
		return list
	}
	var all []any
	for part := range strings.SplitSeq(path.(string), ".") {
		var index int
		if _, err := fmt.Sscanf(part, "%d", &index); err == nil {
			all = append(all, index)
			continue
		}
		all = append(all, part)
	}
	return all
}

func (p player) holds(got any, op string, want any) bool {
	list, isList := got.([]any)
	empty := got == nil || got == "" || isList && len(list) == 0
	switch op {
	case "eq":
		return reflect.DeepEqual(got, want)
	case "eqvar":
		return got == p.vars[want.(string)]
	case "len":
		n := want.(json.Number).String()
		return n == "0" && empty || isList && fmt.Sprint(len(list)) == n
	case "absent":
		return got == nil
	case "empty":
		return empty
	case "nonempty":
		return !empty
	case "type":
		_, isNumber := got.(json.Number)
		return want == "array" && isList || want == "number" && isNumber
	}
	p.t.Fatalf("unknown assertion %q", op)
	return false
}

// lacksShared skips a test because files in ../shared are missing. If the environment
// variable FLEXSCIM_REQUIRE contains "shared", the test fails instead.
func lacksShared(t *testing.T, what string) {
	t.Helper()
	if strings.Contains(os.Getenv("FLEXSCIM_REQUIRE"), "shared") {
		t.Fatal(what + ": ../shared is missing")
	}
	t.Skip(what + ": ../shared is missing")
}
