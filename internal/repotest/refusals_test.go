package repotest_test

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/refusal"
)

// TestRefusals checks that code makes SCIM errors only from the entries of
// scim/refusal, that the number of arguments fits the template of the entry, and that
// each entry is used.
func TestRefusals(t *testing.T) {
	t.Parallel()
	entries := catalogue(t)
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test || strings.HasPrefix(f.pkg, "scim/refusal") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if isSCIMError(f, n.Type) {
					t.Errorf("%s makes a SCIM error that is not in the catalogue of scim/refusal", f.path)
				}
			case *ast.CallExpr:
				checkRefusal(t, f, n, entries)
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "refusal" {
					used[n.Sel.Name] = true
				}
			}
			return true
		})
	}
	for name := range entries {
		if !used[name] {
			t.Errorf("refusal.%s is never used", name)
		}
	}
}

// catalogue returns the entries of scim/refusal by their Go names.
func catalogue(t *testing.T) map[string]*refusal.Refusal {
	t.Helper()
	entries := map[string]*refusal.Refusal{}
	all := refusal.All()
	for _, f := range goFiles(t) {
		if f.path != "scim/refusal/catalogue.go" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok {
				for _, name := range v.Names {
					entries[name.Name], all = all[0], all[1:]
				}
			}
			return true
		})
	}
	if len(entries) < 50 || len(all) != 0 {
		t.Fatalf("got %d entries, and %d of refusal.All have no name", len(entries), len(all))
	}
	return entries
}

// isSCIMError reports whether a literal's type is scim.Error.
func isSCIMError(f file, of ast.Expr) bool {
	switch of := of.(type) {
	case *ast.Ident:
		return f.pkg == "scim" && of.Name == "Error"
	case *ast.SelectorExpr:
		pkg, ok := of.X.(*ast.Ident)
		return ok && (pkg.Name == "scim" || pkg.Name == "refusal") && of.Sel.Name == "Error"
	}
	return false
}

// checkRefusal checks the number of arguments of refusal.X.New(…) and
// refusal.X.As(scimType, …).
func checkRefusal(t *testing.T, f file, call *ast.CallExpr, entries map[string]*refusal.Refusal) {
	t.Helper()
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	entry, ok := method.X.(*ast.SelectorExpr)
	if !ok {
		return
	}
	pkg, ok := entry.X.(*ast.Ident)
	r := entries[entry.Sel.Name]
	if !ok || pkg.Name != "refusal" || r == nil {
		return
	}
	given := len(call.Args)
	if method.Sel.Name == "As" {
		given--
	}
	template := strings.ReplaceAll(r.What+r.Fix, "%%", "")
	if want := strings.Count(template, "%"); given != want {
		t.Errorf("%s: refusal.%s takes %d arguments, got %d", f.path, entry.Sel.Name, want, given)
	}
}
