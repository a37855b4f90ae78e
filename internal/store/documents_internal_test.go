package store

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

// documentTexts contains documents in the form in which the store writes them, and
// other texts.
var documentTexts = []string{
	`{}`, `{"userName":"ann"}`, `{"active":true,"emails":[{"primary":true,"type":"work","value":"ann@x.io"}],"name":{"givenName":"Ann"},"userName":"ann"}`,
	`{"a":"\u003cb\u003e \"quoted\" \\ \n","b":"Zoë 😀","c":"\u2028\ud83d\ude00\ud800"}`, `{"a":"` + "\xff" + `"}`, `{"a":[],"b":[null,false,1,-2,30]}`,
	`{"a":0,"b":-0,"c":1.50,"d":1e9,"e":12345678901234567890}`, `{"a":1,"a":2}`, "{\"a\":\"\x7f\"}",
	``, `null`, `[]`, `"x"`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":01}`, `{"a":-}`, `{"a":"x`, `{"a":"x\`, "{\"a\":\"\n\"}", `{"a":tru}`, `{"a":1}}`, `{"a":1} x`,
	`{"a":[1,]}`, `{"a":[1`, ` { "a" : 1 } `, `{"a":1}` + "\n", `{,}`, `{"a":1 "b":2}`, strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40),
}

// checkDecode compares the result of decode with that of encoding/json.
func checkDecode(t *testing.T, text string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var want scim.Document
	failed := d.Decode(&want) != nil || d.More()
	got, err := decode(text)
	if failed || err != nil {
		if err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
		if !failed && json.Valid([]byte(text)) {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q (-want +got):\n%s", text, diff)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, text := range documentTexts {
		checkDecode(t, text)
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range documentTexts {
		f.Add(text)
	}
	f.Fuzz(checkDecode)
}

func BenchmarkDecode(b *testing.B) {
	const ann = `{"active":true,"displayName":"Ann Example","emails":[{"primary":true,"type":"work","value":"user1@example.com"}],` +
		`"externalId":"00uuser1@example.com","name":{"familyName":"Example","givenName":"Ann"},"userName":"user1@example.com"}`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(ann); err != nil {
			b.Fatal(err)
		}
	}
}
