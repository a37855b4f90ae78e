package repotest_test

import (
	"go/ast"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents returns the paths of the documents that the tests check.
func documents(t *testing.T) []string {
	t.Helper()
	names := []string{"ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".md") {
			names = append(names, filepath.ToSlash(strings.TrimPrefix(p, root+string(filepath.Separator))))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// checker contains the names of the files, packages and functions of the repository.
type checker struct {
	files []string                   // paths from the root, including folders
	names map[string]map[string]bool // :: package name → its top-level names
	funcs map[string]bool            // :: functions and methods of all packages, including tests
	homes map[string]map[string]bool // :: file → functions and methods that it declares
}

func newChecker(t *testing.T) checker {
	t.Helper()
	c := checker{names: map[string]map[string]bool{}, funcs: map[string]bool{}, homes: map[string]map[string]bool{}}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == ".git" {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil // in a linked working tree (git worktree), .git is a file
		}
		c.files = append(c.files, filepath.ToSlash(strings.TrimPrefix(p, root+string(filepath.Separator))))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range goFiles(t) {
		pkg := path.Base(f.pkg)
		if c.names[pkg] == nil {
			c.names[pkg] = map[string]bool{}
		}
		c.homes[f.path] = map[string]bool{}
		for _, decl := range f.ast.Decls {
			c.declare(c.names[pkg], decl)
			if fn, ok := decl.(*ast.FuncDecl); ok {
				c.homes[f.path][fn.Name.Name] = true
			}
		}
	}
	return c
}

// declare adds the names of a declaration.
func (c checker) declare(names map[string]bool, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		names[d.Name.Name], c.funcs[d.Name.Name] = true, true
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names[s.Name.Name] = true
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names[n.Name] = true
				}
			}
		}
	}
}

var (
	quoted     = regexp.MustCompile("`([^`\n]+)`")
	link       = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	qualified  = regexp.MustCompile(`^([a-z]+)\.([A-Z]\w*)(\(\))?$`)
	testFunc   = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w*$`)
	plainFunc  = regexp.MustCompile(`^([a-z]\w*)\(\)$`)
	fence      = regexp.MustCompile("(?ms)^\\s*```.*?^\\s*```")
	ours       = []string{"cmd", "scim", "flex", "internal", "testdata", "docs", ".ci"}
	walked     = regexp.MustCompile("`([\\w./]+\\.go)`:((?: `\\w+\\(\\)`)+)")
	sourceName = regexp.MustCompile(`^[\w.-]+\.(go|md|sql|sum|mod)$`)
)

// problem returns the reason why a word in back quotes is wrong, or "". A path, a
// file name or an identifier of this module (such as db.Write) is wrong if it does not exist.
func (c checker) problem(word string) string {
	first, _, below := strings.Cut(word, "/")
	switch {
	case below && slices.Contains(ours, first) && !strings.ContainsAny(word, " {"):
		if !slices.ContainsFunc(c.files, func(f string) bool { return f == strings.TrimSuffix(word, "/") || matches(word, f) }) {
			return "no file"
		}
	case sourceName.MatchString(word):
		if !slices.ContainsFunc(c.files, func(f string) bool { return path.Base(f) == word }) {
			return "no file of this name"
		}
	case qualified.MatchString(word):
		m := qualified.FindStringSubmatch(word)
		if names := c.names[m[1]]; names != nil && !names[m[2]] {
			return "no such name in package " + m[1]
		}
	case testFunc.MatchString(word), plainFunc.MatchString(word):
		if !c.funcs[strings.TrimSuffix(word, "()")] {
			return "no such function"
		}
	}
	return ""
}

// misplaced reads the places where a text names a file and its functions, as in
// "`scim/patch.go`: `Apply()`", and returns the functions that the named file does
// not declare. The result n is the number of all functions that the text names
// together with a file.
func (c checker) misplaced(text string) (wrong []string, n int) {
	for _, m := range walked.FindAllStringSubmatch(text, -1) {
		for _, fn := range quoted.FindAllStringSubmatch(m[2], -1) {
			n++
			if !c.homes[m[1]][strings.TrimSuffix(fn[1], "()")] {
				wrong = append(wrong, m[1]+": "+fn[1])
			}
		}
	}
	return wrong, n
}

func matches(glob, file string) bool {
	ok, err := path.Match(glob, file)
	return err == nil && ok
}

// TestDocuments checks that each path and name in back quotes exists, and that
// each link leads to a file. It skips code blocks.
func TestDocuments(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	checked := 0
	for _, name := range documents(t) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			continue
		}
		text = fence.ReplaceAll(text, nil)
		for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
			checked++
			if p := c.problem(m[1]); p != "" {
				t.Errorf("%s: `%s`: %s", name, m[1], p)
			}
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if target := path.Join(path.Dir(name), m[1]); !slices.Contains(c.files, target) {
				t.Errorf("%s: the link to %s leads nowhere", name, m[1])
			}
		}
	}
	if checked < 100 {
		t.Errorf("checked %d words, the search is broken", checked)
	}
}

// TestWalk checks documents that name a function together with its file, for example
// the walk through the code in ARCHITECTURE.md: the named file must declare the
// function.
func TestWalk(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for _, name := range documents(t) {
		wrong, n := c.misplaced(textOf(t, name))
		for _, w := range wrong {
			t.Errorf("%s: %s does not exist", name, w)
		}
		if name == architecture && n < 30 {
			t.Errorf("%s: the walk names %d functions, the search is broken", architecture, n)
		}
	}
	for text, want := range map[string]int{
		"`scim/patch.go`: `Apply()` `CheckID()` → `scim/patch.go`": 0,
		"`scim/patch.go`: `Apply()` `Accept()`":                    1,
		"`scim/patches.go`: `Apply()`":                             1,
	} {
		if wrong, _ := c.misplaced(text); len(wrong) != want {
			t.Errorf("%s: got %v, want %d of them", text, wrong, want)
		}
	}
}

// TestDocumentsCatches checks that checker.problem finds mistakes.
func TestDocumentsCatches(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for _, row := range []struct {
		word  string
		wrong bool
	}{
		{"internal/repotest", false},
		{"internal/repotest/", false},
		{"internal/repotests", true},
		{"internal/repotest/layers_test.go", false},
		{"internal/repotest/nothing_test.go", true},
		{"testdata/story/*.txtar", false},
		{"testdata/story/*.yaml", true},
		{".ci/run", false},
		{".ci/walk", true},
		{"layers_test.go", false},
		{"layer_test.go", true},
		{"plan.Make", false},
		{"plan.Take", true},
		{"river.Client", false}, // of another module
		{"TestLayers", false},
		{"TestLayer", true},
		{"goFiles()", false},
		{"goFile()", true},
		{"mapping.yaml", false}, // a file of the reader's own, which is not in the repository
		{"application/scim+json", false},
	} {
		if p := c.problem(row.word); (p != "") != row.wrong {
			t.Errorf("%s: got the problem %q, want wrong to be %v", row.word, p, row.wrong)
		}
	}
}
