package repotest_test

import (
	"go/ast"
	"strings"
	"testing"
)

// The limits of a place that one can hold in one's head.
const (
	maxFileLines     = 400
	maxTestFileLines = 600
	maxFuncLines     = 50
	maxParameters    = 5 // with ctx
	maxPackageFiles  = 14
)

// larger lists what may be larger, with the reason.
var larger = map[string]string{ // :: file, or file:func → why
}

func TestSizes(t *testing.T) {
	t.Parallel()
	files := map[string]int{} // :: package → its files without tests
	for _, f := range goFiles(t) {
		limit := maxFileLines
		if f.test {
			limit = maxTestFileLines
		} else {
			files[f.pkg]++
		}
		if f.lines > limit && larger[f.path] == "" {
			t.Errorf("%s has %d lines, the limit is %d", f.path, f.lines, limit)
		}
		if !f.test && lineOf(f.pkg) >= 0 {
			checkFuncs(t, f)
		}
	}
	for pkg, n := range files {
		if n > maxPackageFiles && pkg != "cmd/flexscim" {
			t.Errorf("package %s has %d files, the limit is %d", pkg, n, maxPackageFiles)
		}
	}
}

// checkFuncs reports functions that do not fit on a screen.
func checkFuncs(t *testing.T, f file) {
	t.Helper()
	for _, decl := range f.ast.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil || larger[f.path+":"+fn.Name.Name] != "" {
			continue
		}
		lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
		if lines > maxFuncLines {
			t.Errorf("%s: %s has %d lines, the limit is %d", f.path, fn.Name.Name, lines, maxFuncLines)
		}
		if n := fn.Type.Params.NumFields(); n > maxParameters {
			t.Errorf("%s: %s has %d parameters, the limit is %d", f.path, fn.Name.Name, n, maxParameters)
		}
	}
}

// TestDocs wants a package comment, once, and a comment on every exported
// name of the code that others call.
func TestDocs(t *testing.T) {
	t.Parallel()
	comments := map[string]int{} // :: package → package comments
	seen := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		seen[f.pkg] = true
		if f.ast.Doc != nil {
			comments[f.pkg]++
		}
		if lineOf(f.pkg) >= 0 && f.ast.Name.Name != "main" {
			checkExported(t, f)
		}
	}
	for pkg := range seen {
		if comments[pkg] != 1 {
			t.Errorf("package %s has %d package comments, want one (in doc.go)", pkg, comments[pkg])
		}
	}
}

// wellKnown are methods that say everything by their name.
var wellKnown = "Error Unwrap String GoString MarshalText UnmarshalText MarshalJSON UnmarshalJSON ServeHTTP Len Less Swap Kind InsertOpts"

// checkExported reports exported names without a comment.
func checkExported(t *testing.T, f file) {
	t.Helper()
	for _, decl := range f.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && !strings.Contains(wellKnown, d.Name.Name) {
				t.Errorf("%s: %s has no comment", f.path, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					t.Errorf("%s: type %s has no comment", f.path, s.Name.Name)
				}
			}
		}
	}
}
