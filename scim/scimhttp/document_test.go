package scimhttp_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

// TestDocumentOfOurExtension checks that docs/reference/scim.md describes the
// attributes of our extension in the order of the schema.
func TestDocumentOfOurExtension(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(read(t, "../../docs/reference/scim.md"), scim.URNFlex+"`\n")
	section, _, _ = strings.Cut(section, "\n#")
	var documented []string
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) == 5 && strings.HasPrefix(cells[1], " `") {
			documented = append(documented, strings.Trim(cells[1], " `")+": "+strings.TrimSpace(cells[2]))
		}
	}
	var want []string
	var walk func(prefix string, attributes []scim.Attribute)
	walk = func(prefix string, attributes []scim.Attribute) {
		for _, a := range attributes {
			line := prefix + a.Name + ": " + string(a.Type)
			if a.Multi {
				line += ", multi-valued"
			}
			if a.Required {
				line += ", required"
			}
			want = append(want, line)
			walk(prefix+a.Name+".", a.Sub)
		}
	}
	for _, s := range scim.UserType().Extensions {
		if s.URN == scim.URNFlex {
			walk("", s.Attributes)
		}
	}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("the schema and docs/reference/scim.md (-want +got):\n%s", diff)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
