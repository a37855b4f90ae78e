package scimhttp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The table of dialects stands in dialect.go. Each row names a test that
// exists, and a function or type of this package.
func TestDialectTable(t *testing.T) {
	t.Parallel()
	source := read(t, "dialect.go")
	tests, code := all(t, true), all(t, false)
	rows := 0
	for line := range strings.Lines(source) {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "//\t") || len(cells) != 5 || strings.Contains(cells[0], "who") {
			continue
		}
		rows++
		if test := strings.TrimSpace(cells[4]); !strings.Contains(tests, "func "+test+"(t ") {
			t.Errorf("%s: there is no %s", strings.TrimSpace(cells[1]), test)
		}
		for where := range strings.SplitSeq(cells[3], ",") {
			where = strings.TrimSpace(where)
			if !strings.Contains(where, ".") && where != "Normalize" && where != "net/url" && !strings.Contains(code, " "+where) {
				t.Errorf("%s: there is no %s", strings.TrimSpace(cells[1]), where)
			}
		}
	}
	if rows < 15 {
		t.Errorf("got %d rows, want the table", rows)
	}
}

func all(t *testing.T, tests bool) string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") == tests {
			text.WriteString(read(t, f))
		}
	}
	return text.String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
