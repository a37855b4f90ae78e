package logfield_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
)

// keys returns the log key of each function in logfield.go. It parses the source, so
// that it finds new functions, too. :: function's name → log key
func keys(t *testing.T) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "logfield.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && out[fn.Name.Name] == "" {
				out[fn.Name.Name], _ = strconv.Unquote(lit.Value)
			}
			return true
		})
	}
	return out
}

func TestKeys(t *testing.T) {
	t.Parallel()
	snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	reserved := []string{"level", "ts", "logger", "caller", "msg", "stacktrace"} // zap's own
	owner := map[string]string{}                                                 // :: key → function
	for _, r := range reserved {
		owner[r] = "zap"
	}
	all := keys(t)
	if len(all) < 20 {
		t.Fatalf("got %d keys, want every function of logfield.go", len(all))
	}
	for fn, key := range all {
		if !snake.MatchString(key) {
			t.Errorf("%s: key %q is not snake_case", fn, key)
		}
		if other := owner[key]; other != "" {
			t.Errorf("%s and %s both use the key %q", fn, other, key)
		}
		owner[key] = fn
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	if got := logfield.From(ctx); len(got) != 0 {
		t.Errorf("From of an empty context: got %v, want none", got)
	}
	ctx = logfield.WithRequestID(ctx, "abc")
	one := logfield.With(ctx, logfield.Connection("okta"))
	two := logfield.With(one, logfield.Priority(2))
	_ = logfield.With(one, logfield.Priority(3)) // must not reach two

	want := []zap.Field{logfield.Request("abc"), logfield.Connection("okta"), logfield.Priority(2)}
	if diff := cmp.Diff(want, logfield.From(two), cmp.Comparer(zap.Field.Equals)); diff != "" {
		t.Errorf("From (-want +got):\n%s", diff)
	}
	logfield.SetSender(two, logfield.Sender{Token: "t", Address: "192.0.2.1"})
	if got := logfield.SenderOf(ctx); got != (logfield.Sender{Token: "t", Address: "192.0.2.1"}) {
		t.Errorf("SenderOf: got %+v", got)
	}
	logfield.SetSender(t.Context(), logfield.Sender{Token: "t"}) // no request: no effect
	if got := logfield.SenderOf(t.Context()); got != (logfield.Sender{}) {
		t.Errorf("SenderOf outside of a request: got %+v", got)
	}
	if got := logfield.RequestID(two); got != "abc" {
		t.Errorf("RequestID: got %q, want abc", got)
	}
}
