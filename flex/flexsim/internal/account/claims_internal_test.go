package account

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCastClaim(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		claim string
		value any
		key   string
		want  any // nil if the claim is refused
	}{
		{"department", "Sales", "department", "Sales"},
		{"a.b", "x", "a.b", "x"},
		{"n.string", "7", "n", "7"},
		{"n.int", "7", "n", json.Number("7")},
		{"n.int", "x", "n", nil},
		{"b.boolean", "true", "b", true},
		{"b.boolean", "yes", "b", nil},
		{"l.stringarray", "a, b,,c", "l", []any{"a", "b", "c"}},
		{"l.intarray", "1,2", "l", []any{json.Number("1"), json.Number("2")}},
		{"l.intarray", "1,x", "l", nil},
		{"l.booleanarray", "true,false", "l", []any{true, false}},
		{"l.stringarray", "", "l", []any{}},
		{"n.int", true, "n", true},
	} {
		key, got, err := castClaim(test.claim, test.value)
		if key != test.key || (err != nil) != (test.want == nil) || !cmp.Equal(got, test.want) {
			t.Errorf("castClaim(%s, %v): got %s, %v, %v, want %s, %v", test.claim, test.value, key, got, err, test.key, test.want)
		}
	}
}
