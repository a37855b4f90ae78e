package repotest_test

import (
	"slices"
	"strings"
	"testing"
)

// lines is the layer table: a package imports packages of lower lines only.
// DESIGN.md and ARCHITECTURE.md show the same one.
var lines = [][]string{
	{"scim", "flex", "internal/audit", "internal/secret", "internal/logfield", "internal/metrics"},
	{"scim/scimhttp", "flex/flexhttp", "flex/flexsim", "internal/mapping", "internal/plan", "internal/store", "internal/config"},
	{"internal/directory", "internal/reconcile", "internal/auth"},
	{"internal/queue"},
	{"internal/web", "internal/console"},
	{"cmd/flexscim"},
}

// standIns may import anything and are imported by tests only.
var standIns = []string{"scim/scimtest", "flex/flextest", "internal/store/storetest", "internal/repotest", "testdata"}

// owners says who alone may import a dependency.
var owners = map[string][]string{ // :: import path prefix → folders
	"github.com/elimity-com/scim":         {"scim/scimhttp"},
	"github.com/scim2/filter-parser":      {"scim/scimhttp"},
	"github.com/twilio/twilio-go":         {"flex/flexhttp"},
	"database/sql":                        {"internal/store", "internal/queue"},
	"github.com/jackc/pgx":                {"internal/store"},
	"modernc.org/sqlite":                  {"internal/store"},
	"github.com/pressly/goose":            {"internal/store"},
	"github.com/riverqueue/river":         {"internal/queue"},
	"github.com/gorilla/mux":              {"internal/web", "internal/console", "flex/flexsim"},
	"github.com/google/cel-go":            {"internal/mapping"},
	"github.com/knadh/koanf":              {"internal/config"},
	"github.com/spf13/cobra":              {"cmd/flexscim"},
	"html/template":                       {"internal/console"},
	"github.com/getkin/kin-openapi":       {"flex/flextest"},
	"github.com/prometheus/client_golang": {"internal/metrics"},
}

// lineOf is the layer of a package: the longest entry that is the package or
// a folder above it. -1: a stand-in; -2: in no table.
func lineOf(pkg string) int {
	for _, s := range standIns {
		if pkg == s || strings.HasPrefix(pkg, s+"/") {
			return -1
		}
	}
	best, line := "", -2
	for i, packages := range lines {
		for _, p := range packages {
			if (pkg == p || strings.HasPrefix(pkg, p+"/")) && len(p) > len(best) {
				best, line = p, i
			}
		}
	}
	return line
}

// inside says whether pkg is the folder or below it.
func inside(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

func TestLayers(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		line := lineOf(f.pkg)
		if line == -2 {
			t.Errorf("%s: package %s is in no line of the layer table", f.path, f.pkg)
		}
		if f.test || line < 0 {
			continue
		}
		for _, imp := range f.imports() {
			if pkg, ours := strings.CutPrefix(imp, module+"/"); ours {
				checkOwn(t, f, line, pkg)
			} else {
				checkForeign(t, f, imp)
			}
		}
	}
}

// checkOwn reports an import of our own that does not go down the lines. A
// package's own subfolders are part of it.
func checkOwn(t *testing.T, f file, line int, imported string) {
	t.Helper()
	switch to := lineOf(imported); {
	case to == -1:
		t.Errorf("%s imports the stand-in %s: tests only", f.path, imported)
	case to == line && (inside(imported, f.pkg) || inside(f.pkg, parent(imported))):
	case to >= line:
		t.Errorf("%s (line %d) imports %s (line %d): down only", f.path, line, imported, to)
	}
}

// parent is the layer table's entry that a package belongs to.
func parent(pkg string) string {
	for _, packages := range lines {
		for _, p := range packages {
			if inside(pkg, p) && !slices.Contains([]string{"scim", "flex"}, p) {
				return p
			}
		}
	}
	return pkg
}

// checkForeign reports a dependency that has another owner. The words import
// the standard library only.
func checkForeign(t *testing.T, f file, imported string) {
	t.Helper()
	if (f.pkg == "scim" || f.pkg == "flex") && strings.Contains(strings.Split(imported, "/")[0], ".") {
		t.Errorf("%s imports %s: the words import the standard library only", f.path, imported)
	}
	for prefix, folders := range owners {
		if !inside(imported, prefix) {
			continue
		}
		if !slices.ContainsFunc(folders, func(folder string) bool { return inside(f.pkg, folder) }) {
			t.Errorf("%s imports %s: only %v may", f.path, imported, folders)
		}
	}
}

// TestLayerTableCatches feeds breaches to the checks: a rule that cannot fail
// keeps nothing.
func TestLayerTableCatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		pkg  string
		want int
	}{
		{"a word", "flex", 0},
		{"a wire package under a word", "flex/flexhttp", 1},
		{"a folder below a wire package", "flex/flexsim/expr", 1},
		{"a use case", "internal/reconcile", 2},
		{"a stand-in below a tool", "internal/store/storetest", -1},
		{"nobody's", "internal/util", -2},
	} {
		if got := lineOf(c.pkg); got != c.want {
			t.Errorf("%s: lineOf(%q): got %d, want %d", c.name, c.pkg, got, c.want)
		}
	}
}
