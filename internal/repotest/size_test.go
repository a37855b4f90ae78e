package repotest_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// These constants limit the number of lines of each file and each function. Lower
// limits hold for 90 % of the files and functions. A package may have any number of
// files.
const (
	maxFileLines     = 500
	maxTestFileLines = 600
	maxFuncLines     = 50
	maxParameters    = 5 // including ctx

	maxFileLinesP90 = 250
	maxFuncLinesP90 = 25
)

// larger lists the files and functions that may exceed the limits, with the reason.
var larger = map[string]string{ // :: file, or file:func → why
}

func TestSizes(t *testing.T) {
	t.Parallel()
	var files, funcs []int // lengths in lines; tests and packages for tests do not count
	for _, f := range goFiles(t) {
		limit := maxFileLines
		if f.test {
			limit = maxTestFileLines
		}
		if f.lines > limit && larger[f.path] == "" {
			t.Errorf("%s has %d lines, the limit is %d", f.path, f.lines, limit)
		}
		if !f.test && lineOf(f.pkg) >= 0 {
			files = append(files, f.lines)
			funcs = append(funcs, checkFuncs(t, f)...)
		}
	}
	if got := p90(files); got > maxFileLinesP90 {
		t.Errorf("nine in ten files have at most %d lines, the limit is %d", got, maxFileLinesP90)
	}
	if got := p90(funcs); got > maxFuncLinesP90 {
		t.Errorf("nine in ten functions have at most %d lines, the limit is %d", got, maxFuncLinesP90)
	}
}

// p90 returns the 90th percentile of the lengths.
func p90(lengths []int) int {
	slices.Sort(lengths)
	return lengths[(len(lengths)*9+9)/10-1]
}

// checkFuncs reports functions that are too long or have too many parameters. It
// returns the lengths of all functions in a file.
func checkFuncs(t *testing.T, f file) (lengths []int) {
	t.Helper()
	for _, decl := range f.ast.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
		lengths = append(lengths, lines)
		if larger[f.path+":"+fn.Name.Name] != "" {
			continue
		}
		if lines > maxFuncLines {
			t.Errorf("%s: %s has %d lines, the limit is %d", f.path, fn.Name.Name, lines, maxFuncLines)
		}
		if n := fn.Type.Params.NumFields(); n > maxParameters {
			t.Errorf("%s: %s has %d parameters, the limit is %d", f.path, fn.Name.Name, n, maxParameters)
		}
	}
	return lengths
}

// TestDocs checks that each package has exactly one package comment, and each
// exported name a comment.
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

// wellKnown contains the names of methods that need no comment.
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
