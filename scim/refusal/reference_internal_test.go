package refusal

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the reference")

func TestReference(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "reference", "errors.md")
	if *update {
		if err := os.WriteFile(path, reference(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(reference()), string(have)); diff != "" {
		t.Errorf("docs/reference/errors.md is stale (-want +got): go test ./scim/refusal -update\n%s", diff)
	}
}

const head = `# Errors

This page is written from the code by ` + "`make docs`" + `. It lists every error that flexscim returns over SCIM, by HTTP status and
` + "`scimType`" + `. ` + "`detail`" + ` contains both texts: what is wrong, and what to do. "…" stands for what depends on the request. The table in
[scim.md](scim.md#errors) is the short form.

The names are stable. They are not part of a response.
`

// reference returns docs/reference/errors.md.
func reference() []byte {
	var b strings.Builder
	b.WriteString(head)
	entries := All()
	slices.SortStableFunc(entries, func(x, y *Refusal) int {
		return (x.Status-y.Status)*1000 + slices.Index(Types(), x.Type) - slices.Index(Types(), y.Type)
	})
	section := ""
	for _, r := range entries {
		if r.section() != section {
			section = r.section()
			fmt.Fprintf(&b, "\n## %s\n\n| name | what is wrong | what to do |\n|---|---|---|\n", section)
		}
		fmt.Fprintf(&b, "| `%s` | %s%s | %s |\n", r.Name, r.Summary(), r.otherTypes(), plain(r.Fix))
	}
	return []byte(b.String())
}

// section returns the heading under which docs/reference/errors.md lists the entry.
func (r *Refusal) section() string {
	if r.Type == "" {
		return fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))
	}
	return fmt.Sprintf("%d %s", r.Status, r.Type)
}

// otherTypes returns a note on the other scimTypes that the entry can have.
func (r *Refusal) otherTypes() string {
	switch {
	case len(r.Also) == 0:
		return ""
	case len(r.Also) == len(Types()):
		return " (`scimType` may be another)"
	}
	return " (or `" + strings.Join(r.Also, "`, `") + "`)"
}
