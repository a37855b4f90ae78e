package dialect_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim/dialect"
)

var update = flag.Bool("update", false, "write the table into docs/reference/conformance.md")

const (
	root = "../.."
	rows = 54 // number of rows of the decision table, docs/reference/identity-providers.md §4
)

func TestEveryRowHasItsRule(t *testing.T) {
	t.Parallel()
	next := 1
	for _, r := range dialect.Rules() {
		if r.Row != 0 {
			if r.Row != next {
				t.Errorf("got row %d, want row %d", r.Row, next)
			}
			next = r.Row + 1
		}
		for _, cell := range []string{r.Who, r.What, r.Answer, r.Source} {
			if cell == "" || strings.ContainsAny(cell, "|\n") {
				t.Errorf("row %d, %q: %q is not a table cell", r.Row, r.What, cell)
			}
		}
	}
	if next != rows+1 {
		t.Errorf("the last row is %d, want %d", next-1, rows)
	}
}

// TestWhatRulesNameExists checks that the function and the test in each rule exist,
// and that the test contains the rule's row.
func TestWhatRulesNameExists(t *testing.T) {
	t.Parallel()
	tests, code := map[string]map[string]bool{}, map[string]map[string]bool{} // :: package → names
	for _, folder := range []string{"scim", "scim/scimhttp", "scim/scimhttp/bulk", "scim/scimtest", "internal/directory", "internal/store", "internal/web/scimdoor", "internal/auth"} {
		tests[folder], code[filepath.Base(folder)] = declared(t, folder)
	}
	for _, r := range dialect.Rules() {
		folder, test, _ := strings.Cut(r.Test, " ")
		if !tests[folder][test] {
			t.Errorf("row %d, %q: there is no test %s", r.Row, r.What, r.Test)
		}
		if r.Row > 0 && !tests[folder][test+"/"+strconv.Itoa(r.Row)] {
			t.Errorf("row %d, %q: %s has no such row", r.Row, r.What, r.Test)
		}
		pkg, name, _ := strings.Cut(r.Where, ".")
		if !code[pkg][name] {
			t.Errorf("row %d, %q: there is no %s", r.Row, r.What, r.Where)
		}
	}
}

var subtest = regexp.MustCompile(`^"row (\d+): `)

// declared returns the names of the functions in a folder: in `tests` those of test
// files, in `funcs` those of other files. The map `tests` also contains a name for
// each row that a test contains, such as TestDecisions/12.
func declared(t *testing.T, folder string) (tests, funcs map[string]bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	tests, funcs = map[string]bool{}, map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		into := funcs
		if strings.HasSuffix(file, "_test.go") {
			into = tests
			ast.Inspect(parsed, func(n ast.Node) bool {
				if row := rowOf(n); row != "" {
					tests["TestDecisions/"+row] = true
				}
				return true
			})
		}
		for _, d := range parsed.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				into[fn.Name.Name] = true
			}
		}
	}
	return tests, funcs
}

// rowOf returns the row number in a syntax node of a test: {12, "…", `…`} or
// t.Run("row 12: …", …). For other nodes it returns "".
func rowOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CompositeLit:
		if len(n.Elts) == 3 {
			if number, ok := n.Elts[0].(*ast.BasicLit); ok && number.Kind == token.INT {
				return number.Value
			}
		}
	case *ast.CallExpr:
		if len(n.Args) == 2 {
			if name, ok := n.Args[0].(*ast.BasicLit); ok {
				if m := subtest.FindStringSubmatch(name.Value); m != nil {
					return m[1]
				}
			}
		}
	}
	return ""
}

// TestDocumentShowsTheTable checks that the table between two marker comments in
// conformance.md shows the rules.
func TestDocumentShowsTheTable(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- rules: scim/dialect -->\n", "<!-- end of rules -->\n"
	name := filepath.Join(root, "docs/reference/conformance.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	shown, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s: no %q and %q", name, begin, end)
	}
	want := "\n" + markdown() + "\n"
	if *update {
		if err := os.WriteFile(name, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("write it with: go test ./scim/dialect -update (-want +got):\n%s", diff)
	}
}

// markdown returns the table of docs/reference/conformance.md.
func markdown() string {
	var b strings.Builder
	b.WriteString("| row | who | what is sent | what the server does | source | test |\n|---|---|---|---|---|---|\n")
	for _, r := range dialect.Rules() {
		row := ""
		if r.Row > 0 {
			row = strconv.Itoa(r.Row)
		}
		b.WriteString("| " + strings.Join([]string{row, r.Who, r.What, r.Answer, r.Source, r.Test}, " | ") + " |\n")
	}
	return b.String()
}
