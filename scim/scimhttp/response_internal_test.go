package scimhttp

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzString checks that appendString writes each string in the same way as
// encoding/json without HTML escapes.
func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "ann", `W/"1"`, `a\b`, "Zoë 😀", "a\x7f", "\x00\n", "\u2028", "\u2029x", "\xff", "<&>", "\ufffd", "\"ä"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got := string(appendString(nil, s)) + "\n"; got != want.String() {
			t.Errorf("%q: got %s, want %s", s, got, &want)
		}
	})
}
