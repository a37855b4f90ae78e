package scimhttp_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// TestDecisions plays the scripts for the decision table in
// docs/reference/identity-providers.md §4. The handler runs with three directories:
// one on each database engine, and the directory in memory of package scimtest.
// Package scimhttp does not implement rows 37 and 38: TestDecisions of
// internal/web/scimdoor plays them.
func TestDecisions(t *testing.T) {
	t.Parallel()
	play := func(t *testing.T, open func(row int) scim.Directory) {
		t.Helper()
		for _, d := range decisions() {
			t.Run(fmt.Sprintf("row %d: %s", d.row, d.name), func(t *testing.T) {
				t.Parallel()
				newTenant(t, open(d.row)).play(d.script)
			})
		}
		t.Run("row 32: no concurrent PATCH of a group is lost", func(t *testing.T) {
			t.Parallel()
			newTenant(t, open(32)).together(16)
		})
	}
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		t.Run("row 54: an unavailable database is 503 with Retry-After", func(t *testing.T) {
			t.Parallel()
			s := open(t)
			c := newTenant(t, directory.New(s, store.Connection{ID: "54", Name: "54"}))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			c.play(`
				GET · /Users/{ann} · 503 · @Retry-After=5
				GET · /Groups?filter=displayName eq "Care" · 503 · @Retry-After=5
				POST · /Users · {"userName":"cid"} · 503 · @Retry-After=5
				PATCH · /Groups/{care} · {"op":"remove","path":"members"} · 503 · @Retry-After=5`)
		})
		play(t, func(row int) scim.Directory {
			c := store.Connection{ID: store.ConnectionID(scim.NewID()), Name: strconv.Itoa(row)}
			if err := s.Write(t.Context(), store.AnyKey, func(tx *store.Tx) error { return tx.InsertConnection(t.Context(), c) }); err != nil {
				t.Fatal(err)
			}
			return directory.New(s, c)
		})
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		play(t, func(int) scim.Directory { return scimtest.NewDirectory() })
	})
}

// decision is a row of the decision table. Each line of its script is a request and
// the expected response:
//
//	METHOD · path · Header: value · body · status · what=value, …
//
// The header, the body and the expectations may be omitted. A PATCH may have only
// its operations as the body. {ann}, {bob}, {care} and {sales} are replaced with
// the ids of these resources, and {nobody} with an unknown id. An expectation
// begins with a path of names and indexes, separated by slashes, or with @Name for
// a header. For a list of objects, the sub-attribute `value` of each object is
// compared.
//
//	title=Lead   the value, "" for none
//	detail~word  the value contains the word
//	detail!word  the value does not contain the word
//	title>name   later lines can use this value as {name}
type decision struct {
	row    int
	name   string
	script string
}

// tenant is a service with four resources: the group Care with the user Ann as its
// member, the user Bob, and the empty group Sales.
type tenant struct {
	*service

	names map[string]string // :: {name} → value
}

func newTenant(t *testing.T, d scim.Directory) *tenant {
	t.Helper()
	c := &tenant{service: open(t, scimhttp.Config{Directory: d}), names: map[string]string{
		"{nobody}": string(scim.NewID()), "{ent}": urnEnt, "{flex}": scim.URNFlex, "{user}": urnUser, "{base}": base,
	}}
	c.play(`
		POST · /Users · {"userName":"ann@x.io","active":true,"title":"Agent","emails":[{"type":"work","value":"ann@x.io","primary":true}]} · 201 · id>ann
		POST · /Users · {"userName":"bob@x.io","displayName":"Bob"} · 201 · id>bob
		POST · /Groups · {"displayName":"Care","members":["{ann}"]} · 201 · id>care
		POST · /Groups · {"displayName":"Sales"} · 201 · id>sales`)
	return c
}

// tenant.together sends 2 n concurrent PATCHes: n of them each add a user to the
// group Sales. The other n each remove Ann from the group Care, and add her again
// together with a user. Then it checks that no change was lost.
func (c *tenant) together(n int) {
	var wg sync.WaitGroup
	patch := func(group, op string) {
		wg.Go(func() {
			if a := c.do("PATCH", c.known("/Groups/"+group), envelope(c.known(op))); a.status != 204 {
				c.t.Errorf("%s: got %d %s", op, a.status, a.text)
			}
		})
	}
	for i := range n {
		id := strings.TrimPrefix(c.user(fmt.Sprintf("user%d@x.io", i)), "/Users/")
		patch("{sales}", `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`)
		patch("{care}", `[{"op":"Remove","path":"members","value":[{"value":"{ann}"}]},{"op":"Add","path":"members","value":[{"value":"{ann}"},{"value":"`+id+`"}]}]`)
	}
	wg.Wait()
	for group, want := range map[string]int{"{sales}": n, "{care}": n + 1} {
		got := strings.Fields(c.must(200, "GET", c.known("/Groups/"+group), "").shown("members"))
		if len(got) != want {
			c.t.Errorf("%s: got %d members, want %d", group, len(got), want)
		}
	}
}

// known replaces each {name} in a text with its value.
func (c *tenant) known(text string) string {
	for name, value := range c.names {
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

var isHeader = regexp.MustCompile(`^[A-Z][A-Za-z-]+: `)

// play sends the requests of a script, and checks the responses.
func (c *tenant) play(script string) {
	c.t.Helper()
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" {
			c.step(line)
		}
	}
}

func (c *tenant) step(line string) {
	c.t.Helper()
	cells := strings.Split(c.known(line), " · ")
	method, path, cells := cells[0], cells[1], cells[2:]
	header := []string{}
	for isHeader.MatchString(cells[0]) {
		name, value, _ := strings.Cut(cells[0], ": ")
		header, cells = append(header, name, value), cells[1:]
	}
	body := ""
	if strings.HasPrefix(cells[0], "{") || strings.HasPrefix(cells[0], "[") {
		body, cells = cells[0], cells[1:]
	}
	if method == "PATCH" {
		body = envelope(body)
	}
	status, err := strconv.Atoi(cells[0])
	if err != nil {
		c.t.Fatalf("%s: no status in %q", line, cells[0])
	}
	a := c.do(method, strings.NewReplacer(" ", "%20", `"`, "%22").Replace(path), body, header...)
	if a.status != status {
		c.t.Errorf("%s\ngot %d %s", line, a.status, a.text)
	}
	if a.status >= 400 {
		checkError(c.t, a)
	}
	for _, want := range strings.Split(strings.Join(cells[1:], ""), ", ") {
		c.expect(a, line, want)
	}
}

// envelope returns the whole body of a PATCH. The argument can be the whole body, a
// list of operations, or one operation.
func envelope(body string) string {
	if strings.HasPrefix(strings.ToLower(body), `{"op"`) {
		body = "[" + body + "]"
	}
	if strings.HasPrefix(body, "[") {
		body = `{"Operations":` + body + `}`
	}
	return body
}

var expectation = regexp.MustCompile(`^(.+?)([=~!>])(.*)$`)

func (c *tenant) expect(a answer, line, want string) {
	c.t.Helper()
	if want == "" {
		return
	}
	parts := expectation.FindStringSubmatch(want)
	if parts == nil {
		c.t.Fatalf("%s: what is %q?", line, want)
	}
	got := a.shown(parts[1])
	met := true
	switch parts[2] {
	case "=":
		met = got == parts[3]
	case "~":
		met = strings.Contains(got, parts[3])
	case "!":
		met = !strings.Contains(got, parts[3])
	case ">":
		c.names["{"+parts[3]+"}"], met = got, got != ""
	}
	if !met {
		c.t.Errorf("%s\n%s: got %q in %s", line, want, got, a.text)
	}
}

// shown returns the value at the path of an expectation, as text.
func (a answer) shown(what string) string {
	if name, isHeader := strings.CutPrefix(what, "@"); isHeader {
		return a.header.Get(name)
	}
	if what == "body" {
		return a.text
	}
	var path []any
	for part := range strings.SplitSeq(what, "/") {
		if i, err := strconv.Atoi(part); err == nil {
			path = append(path, i)
		} else {
			path = append(path, part)
		}
	}
	value := a.at(path...)
	list, isList := value.([]any)
	if !isList {
		return text(value)
	}
	var parts []string
	for _, element := range list {
		if object, ok := element.(map[string]any); ok && object["value"] != nil {
			element = object["value"]
		}
		parts = append(parts, text(element))
	}
	return strings.Join(parts, " ")
}

func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}
