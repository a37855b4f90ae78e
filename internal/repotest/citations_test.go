package repotest_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// providers is the path of a page whose rows and sections code comments cite.
const providers = "docs/reference/identity-providers.md"

var (
	address    = regexp.MustCompile(`https?://\S+`)
	pageName   = regexp.MustCompile(`[\w./-]*\w\.md\b`)
	fileName   = regexp.MustCompile(`[\w./-]*\w\.(?:md|go|sql|txtar|jsonl)\b`)
	citedRows  = regexp.MustCompile(`identity-providers\.md,? rows? ([\d ,–]+(?:and \d+)?)`)
	rowsOf     = regexp.MustCompile(`[Rr]ows? ([\d ,–]+(?:and \d+)?) of [\w./]*identity-providers\.md`)
	citedParts = regexp.MustCompile(`identity-providers\.md §(\d+(?:\.\d+)?)`)
	commentEnd = regexp.MustCompile(`\s*\n\s*(?://|#) ?`)
)

// texts returns the contents of the files whose citations are checked, by path
// from the root.
func texts(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(p, root+string(filepath.Separator)))
		if d.IsDir() {
			if d.Name() == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		kinds := []string{".go", ".md", ".sql", ".txtar", ".jsonl", ".yaml", ".yml", ".sh"}
		if slices.Contains(kinds, path.Ext(name)) || strings.HasPrefix(name, ".ci/") || name == "Makefile" || name == "Dockerfile" {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			found[name] = string(b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// comments returns the comments of every Go file, by path.
func comments(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, f := range goFiles(t) {
		var b strings.Builder
		for _, group := range f.ast.Comments {
			b.WriteString(group.Text() + "\n")
		}
		found[f.path] = b.String()
	}
	return found
}

// exists reports whether a cited name is a file of the repository or of ../shared,
// which only tests read. A name without a folder may be in any folder.
func (c checker) exists(name, citedIn string) bool {
	if strings.Contains(name, "../shared/") || name == "_test.go" {
		return true
	}
	if strings.HasPrefix(name, "..") {
		return slices.Contains(c.files, path.Join(path.Dir(citedIn), name))
	}
	return slices.ContainsFunc(c.files, func(f string) bool { return f == name || strings.HasSuffix(f, "/"+name) })
}

// TestCitations checks that comments and documents name only files that are in
// the repository.
func TestCitations(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	checked := 0
	check := func(name, text string, pattern *regexp.Regexp) {
		for _, cited := range pattern.FindAllString(address.ReplaceAllString(text, ""), -1) {
			checked++
			if !c.exists(cited, name) {
				t.Errorf("%s cites %s, which is not in the repository", name, cited)
			}
		}
	}
	for name, text := range texts(t) {
		if path.Dir(name) != "internal/repotest" { // the tests of this package contain wrong names on purpose
			check(name, strings.ReplaceAll(text, `\n`, " "), pageName)
		}
	}
	for name, text := range comments(t) {
		check(name, text, fileName)
	}
	for _, wrong := range []string{"provider.md", "docs/reference/nothing.md", "../scim.md"} {
		if c.exists(wrong, "docs/reference/scim.md") {
			t.Errorf("exists(%s) is true, want false", wrong)
		}
	}
	if checked < 200 {
		t.Errorf("checked %d citations, the search is broken", checked)
	}
}

// numbers parses lists such as "12", "9–13, 29" and "15 and 16".
func numbers(list string) []int {
	var rows []int
	for _, part := range regexp.MustCompile(`\d+(?:–\d+)?`).FindAllString(list, -1) {
		first, last, ranged := strings.Cut(part, "–")
		from, _ := strconv.Atoi(first)
		to := from
		if ranged {
			to, _ = strconv.Atoi(last)
		}
		for n := from; n <= to; n++ {
			rows = append(rows, n)
		}
	}
	return rows
}

// TestProvidersPage checks that each cited row and section of the page exists.
func TestProvidersPage(t *testing.T) {
	t.Parallel()
	page := textOf(t, providers)
	_, table, _ := strings.Cut(page, "\n## 4.")
	table, _, _ = strings.Cut(table, "\n### 4.1")
	cited := 0
	for name, text := range texts(t) {
		text = commentEnd.ReplaceAllString(text, " ")
		for _, m := range slices.Concat(citedRows.FindAllStringSubmatch(text, -1), rowsOf.FindAllStringSubmatch(text, -1)) {
			for _, row := range numbers(m[1]) {
				cited++
				if !strings.Contains(table, "\n| "+strconv.Itoa(row)+" | ") {
					t.Errorf("%s: %q: the decision table has no row %d", name, m[0], row)
				}
			}
		}
		for _, m := range citedParts.FindAllStringSubmatch(text, -1) {
			cited++
			if !regexp.MustCompile(`(?m)^##+ ` + regexp.QuoteMeta(m[1]) + `\.? `).MatchString(page) {
				t.Errorf("%s: %q: the page has no such section", name, m[0])
			}
		}
	}
	if cited < 70 {
		t.Errorf("found %d citations of the page, the search is broken", cited)
	}
}

// TestDecisionIndex checks that the index lists each decision by number and
// title, and that the numbers have no gap.
func TestDecisionIndex(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(root, "docs/decisions/0*.md"))
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d decisions, %v", len(pages), err)
	}
	index := textOf(t, "docs/decisions/README.md")
	for i, page := range pages {
		name := filepath.Base(page)
		number, _, _ := strings.Cut(name, "-")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			t.Errorf("%s: want number %d", name, i+1)
		}
		text := textOf(t, "docs/decisions/"+name)
		title, _, _ := strings.Cut(strings.TrimPrefix(text, "# "+number+". "), "\n")
		if row := "| " + number + " | [" + title + "](" + name + ") |"; !strings.Contains(index, row) {
			t.Errorf("the index has no row %s", row)
		}
		for _, part := range []string{"Context", "Decision", "Consequences", "Considered"} {
			if !strings.Contains(text, "\n## "+part+"\n") {
				t.Errorf("%s has no part %s", name, part)
			}
		}
	}
}
