package secret_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/secret"
)

func TestStringIsNeverPrinted(t *testing.T) {
	t.Parallel()
	s := secret.New("hunter2")
	js, err := json.Marshal(map[string]any{"token": s})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), string(js)} {
		if strings.Contains(out, "hunter2") {
			t.Errorf("got %q, want no secret in it", out)
		}
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		secret, other string
		want          bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a", "", false},
		{"", "", false},
	} {
		if got := secret.New(c.secret).Equal(c.other); got != c.want {
			t.Errorf("New(%q).Equal(%q): got %v, want %v", c.secret, c.other, got, c.want)
		}
	}
}
