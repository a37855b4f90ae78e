package refusal_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/refusal"
)

// TestCatalogue checks that the name of each entry is unique, that its scimType is
// known and fits the status, and that its fields What and Fix are set and short
// enough for the detail of an error.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	const longest = 260 // a detail has at most 300 characters: 19 are " (ref …)", and 21 are kept for the arguments
	names, statuses := map[string]bool{}, regexp.MustCompile(`^(4\d\d|50[013])$`)
	for _, r := range refusal.All() {
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(r.Name) || names[r.Name] {
			t.Errorf("%s is not a unique name in lower case", r.Name)
		}
		names[r.Name] = true
		if !statuses.MatchString(strconv.Itoa(r.Status)) || (r.Type != "") != (r.Status == 400 || r.Name == "value-taken") {
			t.Errorf("%s: status %d with scimType %q", r.Name, r.Status, r.Type)
		}
		for _, scimType := range slices.Concat([]string{r.Type}, r.Also) {
			if scimType != "" && !slices.Contains(refusal.Types(), scimType) {
				t.Errorf("%s: unknown scimType %s", r.Name, scimType)
			}
		}
		if text := r.What + " " + r.Fix; !strings.HasSuffix(r.What, ".") || !strings.HasSuffix(r.Fix, ".") || len(text) > longest {
			t.Errorf("%s: want a text for what is wrong and one for what to do, in at most %d characters: %s", r.Name, longest, text)
		}
	}
}

func TestAs(t *testing.T) {
	t.Parallel()
	if e := refusal.ExpressionTooLong.As(refusal.InvalidPath, 4096); e.Type != refusal.InvalidPath || e.Status != 400 || !strings.Contains(e.Detail, "than 4096 bytes (") {
		t.Errorf("got %v", e)
	}
	if e := refusal.ExpressionTooLong.As(refusal.Mutability, 4096); e.Type != refusal.InvalidFilter {
		t.Errorf("a scimType that the entry does not have: got %v", e)
	}
}
