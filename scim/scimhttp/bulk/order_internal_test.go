package bulk

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim"
)

// operations parses a script, which has operations separated by semicolons. A POST
// has the form "POST name [reference…]". It creates a group if the name is in
// capitals, otherwise a user. Another operation has the form "METHOD path
// [reference…]". The references become members.
func operations(t *testing.T, script string) []Operation {
	t.Helper()
	var ops []Operation
	for line := range strings.SplitSeq(script, "; ") {
		words := strings.Fields(line)
		op := Operation{Method: words[0], Path: words[1], BulkID: words[1], Data: map[string]any{}}
		switch {
		case op.Method == http.MethodPost && strings.ToUpper(words[1]) == words[1]:
			op.Path, op.Data["displayName"] = "/Groups", words[1]
		case op.Method == http.MethodPost:
			op.Path, op.Data["userName"] = "/Users", words[1]
		}
		var members []any
		for _, id := range words[2:] {
			members = append(members, map[string]any{"value": id})
		}
		op.Data["members"] = members
		ops = append(ops, op)
	}
	return ops
}

// sets returns the indexes of the operations as text, in the order of execution.
// The operations in one pair of brackets run concurrently.
func sets(ops []Operation, most int) string {
	p := newOrder(ops)
	var out []string
	for order := p.sequence; len(order) > 0; {
		n := concurrent(ops, order, min(most, len(order)))
		out = append(out, fmt.Sprint(order[:n]))
		order = order[n:]
	}
	return strings.Join(out, " ")
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, script, want string }{
		{"creates of different names run concurrently", "POST a; POST b; POST c", "[0 1 2]"},
		{"creates of one name, in any letter case, run in order", "POST a; POST b; POST a", "[0 1] [2]"},
		{"operations on another resource type begin a new set", "POST a; POST b; POST A; POST B", "[0 1] [2 3]"},
		{"a DELETE can free a name, or remove what a later operation needs", "POST a; DELETE /Users/1; DELETE /Users/2; POST b", "[0] [1 2] [3]"},
		{"operations on one resource run in order", "PATCH /Users/1; PATCH /Users/2; PATCH /Users/1", "[0 1] [2]"},
		{"a path with a query names the same resource", "PATCH /Users/1; PATCH /Users/1?attributes=id", "[0] [1]"},
		{"a PUT can take a name", "PUT /Users/1; PUT /Users/2", "[0] [1]"},
		{"an operation waits for its reference in the same set", "POST a; POST b bulkId:a; POST c bulkId:b", "[0 1 2]"},
		{"an operation that refers to a later one runs after it", "POST A bulkId:b; POST a; POST b; POST c", "[1 2] [0] [3]"},
		{"operations without references keep their order", "POST A bulkId:b; DELETE /Users/1; POST b", "[1] [2] [0]"},
		{"a chain of references runs from its end", "POST A bulkId:B; POST B bulkId:c; POST c", "[2] [1 0]"},
		{"a reference in a path also counts", "DELETE /Users/bulkId:a; POST a", "[1] [0]"},
		{"operations that refer to each other run last", "POST A bulkId:B; POST B bulkId:A; POST C", "[2] [0] [1]"},
		{"operations that refer to a circle run last", "POST A bulkId:B; POST B bulkId:B; POST C", "[2] [0] [1]"},
	} {
		if got := sets(operations(t, row.script), 100); got != row.want {
			t.Errorf("%s: %s: got %s, want %s", row.name, row.script, got, row.want)
		}
	}
	if got := sets(operations(t, "POST a; POST b; POST c"), 2); got != "[0 1] [2]" {
		t.Errorf("at most two concurrently: got %s", got)
	}
}

// TestIndependence checks that an operation runs alone if it can change userName or
// displayName, in whatever way its data spells the attribute.
func TestIndependence(t *testing.T) {
	t.Parallel()
	value := func(v any) map[string]any {
		return map[string]any{"Operations": []any{map[string]any{"op": "replace", "value": v}}}
	}
	path := func(p string) map[string]any {
		return map[string]any{"Operations": []any{map[string]any{"op": "replace", "path": p, "value": "x"}}}
	}
	for _, row := range []struct {
		method, path string
		data         map[string]any
		want         string
	}{
		{"POST", "/Users", map[string]any{"userName": "Ann"}, "POST Users ann"},
		{"POST", "/Groups", map[string]any{"displayName": "Ann", "userName": "x"}, "POST Groups ann"},
		{"POST", "/Users", map[string]any{"userName": "Ann", "USERNAME": "x"}, " "},
		{"POST", "/Users", map[string]any{"userName": "Ann", scim.URNUser + ":userName": "x"}, " "},
		{"POST", "/Users", map[string]any{"username": "Ann"}, " "},
		{"POST", "/Users", map[string]any{"userName": 7}, " "},
		{"PATCH", "/Groups/1", path("members"), "PATCH Groups 1"},
		{"PATCH", "/Users/1", value(map[string]any{"active": false}), "PATCH Users 1"},
		{"PATCH", "/Groups/1", path("DisplayName"), " "},
		{"PATCH", "/Users/1", path(scim.URNUser + ":userName"), " "},
		{"PATCH", "/Users/1", value(map[string]any{"USERNAME": "x"}), " "},
		{"PATCH", "/Users/1", value([]any{map[string]any{scim.URNUser + ":userName": "x"}}), " "},
		{"PUT", "/Users/1", map[string]any{}, " "},
		{"DELETE", "/Users/1?x=y", nil, "DELETE Users 1"},
	} {
		op := Operation{Method: row.method, Path: row.path, Data: row.data}
		if kind, key := op.independence(); kind+" "+key != row.want {
			t.Errorf("%s %s %v: got %q, want %q", row.method, row.path, row.data, kind+" "+key, row.want)
		}
	}
}
