package repotest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// In flex/flexhttp, the comment of every method that calls Twilio names the
// operations of Twilio's API:
//
//	Twilio: GET /v1/Workspaces/{WorkspaceSid}/Workers/{Sid}
//
// The tests compare the comments with twilio-go's generated methods, which contain
// the method and path. twilio-go lacks the Flex Users API, so for this API the
// tests compare the comments with the code of flex/flexhttp.
const (
	twilioGo   = "github.com/twilio/twilio-go"
	flexhttp   = "flex/flexhttp"
	flexUsers  = "/v4/Instances/{InstanceSid}/Users"
	handmadeIs = " (beta; not in twilio-go)"
)

var operationLine = regexp.MustCompile(`(?m)^Twilio: (.*)$`)

// The type function describes all functions and methods of flex/flexhttp that have
// the same name.
type function struct {
	operations map[string]bool // operations of Twilio's API that it calls directly
	calls      map[string]bool // names of the functions that it calls
}

func TestOperations(t *testing.T) {
	t.Parallel()
	generated := generatedOperations(t)
	code := map[string]*function{} // :: name → what it calls
	var exported []*ast.FuncDecl
	for _, f := range goFiles(t) {
		if f.pkg != flexhttp || f.test {
			continue
		}
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				read(code, fn, generated)
				if fn.Name.IsExported() {
					exported = append(exported, fn)
				}
			}
		}
	}
	checked := 0
	for _, fn := range exported {
		own, all := &function{map[string]bool{}, map[string]bool{}}, &function{map[string]bool{}, map[string]bool{}}
		single := map[string]*function{}
		read(single, fn, generated)
		follow(code, single[fn.Name.Name], own, func(name string) bool { return !ast.IsExported(name) })
		follow(code, single[fn.Name.Name], all, func(string) bool { return true })
		checked += len(own.operations)
		for _, problem := range compare(fn.Doc.Text(), own.operations, all.operations) {
			t.Errorf("%s: %s: %s", flexhttp, fn.Name.Name, problem)
		}
	}
	if checked < 12 {
		t.Errorf("found %d operations in %s, the search is broken", checked, flexhttp)
	}
}

// The function compare returns the problems of a comment: operations that the method
// calls directly but the comment does not name, and operations that the comment names
// but the code does not call. The comment may also name operations of exported
// methods that the method calls.
func compare(comment string, own, all map[string]bool) (problems []string) {
	documented := map[string]bool{}
	for _, m := range operationLine.FindAllStringSubmatch(comment, -1) {
		documented[m[1]] = true
		if !all[m[1]] {
			problems = append(problems, "the comment names "+m[1]+", which it does not call")
		}
	}
	for _, operation := range slices.Sorted(maps.Keys(own)) {
		if !documented[operation] {
			problems = append(problems, "the comment lacks Twilio: "+operation)
		}
	}
	return problems
}

// follow adds the operations of f, and of all functions that f calls, to
// into.operations.
func follow(code map[string]*function, f, into *function, enter func(name string) bool) {
	maps.Copy(into.operations, f.operations)
	for name := range f.calls {
		if next := code[name]; next != nil && !into.calls[name] && enter(name) {
			into.calls[name] = true
			follow(code, next, into, enter)
		}
	}
}

// The function read adds one function, with its operations and calls, to the map
// code.
func read(code map[string]*function, fn *ast.FuncDecl, generated map[string]string) {
	f := code[fn.Name.Name]
	if f == nil {
		f = &function{map[string]bool{}, map[string]bool{}}
		code[fn.Name.Name] = f
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name, on := calleeOf(call)
		switch operation := generated[on+"."+name]; {
		case operation != "":
			f.operations[operation] = true
		case name == "post" && len(call.Args) == 3 && literal(call.Args[1]) != "":
			f.operations["POST "+flexUsers+literal(call.Args[1])+handmadeIs] = true
		case name == "Get" && on == "handler" && len(call.Args) > 0 && isCallOf(call.Args[0], "url"):
			f.operations["GET "+flexUsers+handmadeIs] = true
		default:
			f.calls[name] = true
		}
		return true
	})
}

// calleeOf returns the name of the called function, and the name of the function
// whose result is its receiver. For example, for call.taskrouter().FetchWorker(…)
// it returns FetchWorker and taskrouter.
func calleeOf(call *ast.CallExpr) (name, on string) {
	fun := call.Fun
	if generic, ok := fun.(*ast.IndexExpr); ok {
		fun = generic.X
	}
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name, ""
	case *ast.SelectorExpr:
		if inner, ok := f.X.(*ast.CallExpr); ok {
			on, _ = calleeOf(inner)
		}
		return f.Sel.Name, on
	}
	return "", ""
}

func isCallOf(e ast.Expr, name string) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	callee, _ := calleeOf(call)
	return callee == name
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return text
}

// generatedOperations reads the operations of twilio-go's generated methods.
func generatedOperations(t *testing.T) map[string]string { // :: "taskrouter.FetchWorker" → "GET /v1/…"
	t.Helper()
	if _, err := os.ReadFile(filepath.Join(root, "go.mod")); err != nil { // this read makes the test cache notice a new version of twilio-go
		t.Fatal(err)
	}
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", twilioGo).Output()
	if err != nil {
		t.Fatalf("find %s: %v", twilioGo, err)
	}
	operations := map[string]string{}
	for accessor, pkg := range map[string]string{"taskrouter": "taskrouter/v1", "flex": "flex/v1"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "rest", pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range f.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok {
					if operation := generatedOperation(fn); operation != "" {
						operations[accessor+"."+fn.Name.Name] = operation
					}
				}
			}
		}
	}
	if operations["taskrouter.FetchWorker"] != "GET /v1/Workspaces/{WorkspaceSid}/Workers/{Sid}" {
		t.Fatalf("read %d operations of %s but not FetchWorker's; has the form of the source changed?", len(operations), twilioGo)
	}
	return operations
}

// generatedOperation returns the HTTP method and the first literal path of a
// generated method, or "" if it has none.
func generatedOperation(fn *ast.FuncDecl) string {
	var method, path string
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text := literal(n); path == "" && strings.HasPrefix(text, "/v") {
				path = text
			}
		case *ast.SelectorExpr:
			if inner, ok := n.X.(*ast.SelectorExpr); ok && inner.Sel.Name == "requestHandler" {
				method = strings.ToUpper(n.Sel.Name)
			}
		}
		return true
	})
	if method == "" || path == "" {
		return ""
	}
	return method + " " + path
}

// TestOperationsCatches checks that the function compare finds mistakes.
func TestOperationsCatches(t *testing.T) {
	t.Parallel()
	own := map[string]bool{"GET /v1/A": true}
	all := map[string]bool{"GET /v1/A": true, "POST /v1/B": true}
	for _, c := range []struct {
		name, comment string
		problems      int
	}{
		{"the operation that it calls", "F gets.\n\nTwilio: GET /v1/A\n", 0},
		{"also the operation of a method that it calls", "F gets.\n\nTwilio: GET /v1/A\nTwilio: POST /v1/B\n", 0},
		{"no operation", "F gets.\n", 1},
		{"another HTTP method", "F gets.\n\nTwilio: POST /v1/A\n", 2},
		{"also an operation that it does not call", "F gets.\n\nTwilio: GET /v1/A\nTwilio: DELETE /v1/A\n", 1},
	} {
		if got := compare(c.comment, own, all); len(got) != c.problems {
			t.Errorf("%s: got %q, want %d problems", c.name, got, c.problems)
		}
	}
}
