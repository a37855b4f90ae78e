package repotest_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// architecture is the document whose tables these tests enforce.
const architecture = "ARCHITECTURE.md"

// layering is the content of the layer table and the dependency table.
type layering struct {
	lines    [][]string          // the lines of the layer table; a package may import only packages of lower lines
	standIns []string            // packages for tests only, which may import anything
	owners   map[string][]string // :: import path prefix → the only folders that may import it
}

var layers = sync.OnceValue(readLayers) // the tables are read once for all tests

// readLayers reads the tables.
func readLayers() layering {
	l := layering{owners: map[string][]string{}}
	for _, row := range tableOf("| line | packages |") {
		if row[0][0] == "tests only" {
			l.standIns = row[1]
			continue
		}
		l.lines = append(l.lines, row[1])
	}
	for _, row := range tableOf("| dependency | imported only by |") {
		for _, dependency := range row[0] {
			l.owners[dependency] = row[1]
		}
	}
	return l
}

// tableOf returns the rows of the two-column table with this header. Each cell
// is a list, separated by "·".
func tableOf(head string) (rows [][2][]string) {
	text, err := os.ReadFile(filepath.Join(root, architecture))
	if err != nil {
		panic(err)
	}
	_, table, _ := strings.Cut(string(text), "\n"+head+"\n|---|---|\n")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 4 {
			break
		}
		var row [2][]string
		for i, cell := range cells[1:3] {
			for part := range strings.SplitSeq(cell, "·") {
				row[i] = append(row[i], strings.Trim(part, " `"))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// lineOf returns the index of the layer table's line that contains a package. If
// several entries contain the package, the longest entry counts. lineOf returns -1
// for a package that only tests may import, and -2 for a package that is in no line.
func lineOf(pkg string) int {
	for _, s := range layers().standIns {
		if isInside(pkg, s) {
			return -1
		}
	}
	best, line := "", -2
	for i, packages := range layers().lines {
		for _, p := range packages {
			if isInside(pkg, p) && len(p) > len(best) {
				best, line = p, i
			}
		}
	}
	return line
}

// isInside reports whether the package pkg is the given folder or below it.
func isInside(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

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

// checkOwn reports an import of our own package that breaks the layer table. A
// package may import the packages in its subfolders.
func checkOwn(t *testing.T, f file, line int, imported string) {
	t.Helper()
	switch to := lineOf(imported); {
	case isOtherDoor(f.pkg, imported):
		t.Errorf("%s imports %s: a door must not import another door", f.path, imported)
	case to == -1:
		t.Errorf("%s imports %s, which only tests may import", f.path, imported)
	case to == line && (isInside(imported, f.pkg) || isInside(f.pkg, parent(imported))):
	case to >= line:
		t.Errorf("%s (line %d) imports %s (line %d): only lower lines are allowed", f.path, line, imported, to)
	}
}

// The subfolders of the folder transport are the doors.
const transport = "internal/web"

// doorOf returns the door that a package belongs to, or "".
func doorOf(pkg string) string {
	below, found := strings.CutPrefix(pkg, transport+"/")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(below, "/")
	return transport + "/" + name
}

// isOtherDoor reports whether the package pkg is the transport folder or in a door,
// and the package imported is in a different door.
func isOtherDoor(pkg, imported string) bool {
	door := doorOf(imported)
	return isInside(pkg, transport) && door != "" && door != doorOf(pkg)
}

// parent returns the layer table's entry that contains a package, or the package
// itself if no entry contains it.
func parent(pkg string) string {
	for _, packages := range layers().lines {
		for _, p := range packages {
			if isInside(pkg, p) && !slices.Contains([]string{"scim", "flex"}, p) {
				return p
			}
		}
	}
	return pkg
}

// checkForeign reports an import of another module that the package must not
// use.
func checkForeign(t *testing.T, f file, imported string) {
	t.Helper()
	if why := foreign(f.pkg, imported); why != "" {
		t.Errorf("%s imports %s: %s", f.path, imported, why)
	}
}

// foreign returns the reason why a package must not import a dependency, or "". The
// packages scim and flex may import only the standard library.
func foreign(pkg, imported string) string {
	if (pkg == "scim" || pkg == "flex") && strings.Contains(strings.Split(imported, "/")[0], ".") {
		return "scim and flex may import only the standard library"
	}
	for prefix, folders := range layers().owners {
		if isInside(imported, prefix) && !slices.ContainsFunc(folders, func(folder string) bool { return isInside(pkg, folder) }) {
			return "only " + strings.Join(folders, ", ") + " may import it"
		}
	}
	return ""
}

// TestTables checks that the packages in the tables of ARCHITECTURE.md exist, and
// that the dependencies are used.
func TestTables(t *testing.T) {
	t.Parallel()
	packages, imports := map[string]bool{}, map[string]bool{}
	for _, f := range goFiles(t) {
		packages[f.pkg] = true
		for _, imp := range f.imports() {
			imports[imp] = true
		}
	}
	for _, line := range append(slices.Clone(layers().lines), layers().standIns) {
		for _, p := range line {
			if !packages[p] {
				t.Errorf("%s: the layer table names %s, which does not exist", architecture, p)
			}
		}
	}
	for prefix, folders := range layers().owners {
		used := false
		for imp := range imports {
			used = used || isInside(imp, prefix)
		}
		if !used {
			t.Errorf("%s: no package imports %s", architecture, prefix)
		}
		for _, folder := range folders {
			if !packages[folder] {
				t.Errorf("%s: %s may be imported by %s, which does not exist", architecture, prefix, folder)
			}
		}
	}
}

// TestLayerTableCatches checks that the functions of this file find violations.
func TestLayerTableCatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		pkg  string
		want int
	}{
		{"a package of words", "flex", 1},
		{"a tool below a package of words", "flex/flexhttp", 3},
		{"a folder below a tool", "flex/flexsim/expr", 3},
		{"a use case", "internal/reconcile", 4},
		{"a package for tests below a tool", "internal/store/storetest", -1},
		{"in no line", "internal/util", -2},
	} {
		if got := lineOf(c.pkg); got != c.want {
			t.Errorf("%s: lineOf(%q): got %d, want %d", c.name, c.pkg, got, c.want)
		}
	}
	for _, c := range []struct {
		name, pkg, imported string
		refused             bool
	}{
		{"a logger in a package of words", "flex", "go.uber.org/zap", true},
		{"the standard library in a package of words", "flex", "encoding/json", false},
		{"Twilio's library in its owner", "flex/flexhttp", "github.com/twilio/twilio-go/client", false},
		{"Twilio's library in another package", "internal/reconcile", "github.com/twilio/twilio-go/client", true},
		{"SQL in a use case", "internal/directory", "database/sql", true},
		{"SQL in the queue", "internal/queue", "database/sql", false},
		{"a router in the simulator", "flex/flexsim", "github.com/gorilla/mux", true},
	} {
		if why := foreign(c.pkg, c.imported); (why != "") != c.refused {
			t.Errorf("%s: got the reason %q, want refused to be %v", c.name, why, c.refused)
		}
	}
	for _, c := range []struct {
		name, pkg, imported string
		refused             bool
	}{
		{"a door imports the transport", "internal/web/scimdoor", "internal/web", false},
		{"a door imports a part of it", "internal/web/scimdoor", "internal/web/scimdoor/openapi", false},
		{"a door imports another door", "internal/web/api", "internal/web/scimdoor", true},
		{"a part of a door imports another door", "internal/web/api/pages", "internal/web/scimdoor/openapi", true},
		{"the transport imports a door", "internal/web", "internal/web/scimdoor", true},
		{"the program imports a door", "cmd/flexscim", "internal/web/scimdoor", false},
	} {
		if got := isOtherDoor(c.pkg, c.imported); got != c.refused {
			t.Errorf("%s: got %v, want %v", c.name, got, c.refused)
		}
	}
}
