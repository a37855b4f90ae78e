package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/config"
)

func TestMapping(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, yaml, want string }{
		{"none", "listen: 127.0.0.1:1\n", ""},
		{"last", "# head\nlisten: 127.0.0.1:1\nmapping:\n  roles: []\n", "\n\nmapping:\n  roles: []\n"},
		{"between", "otlp:\nmapping:\n  roles: []\nlog:\n  level: info\n", "\nmapping:\n  roles: []\n\n\n"},
	} {
		cfg, err := load(t, nil, nil, c.yaml)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		name, text, err := cfg.Mapping()
		if diff := cmp.Diff(c.want, string(text)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, err, diff)
		}
		if (name == "") != (c.want == "") {
			t.Errorf("%s: got the name %q", c.name, name)
		}
	}
}

func TestMappingFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(path, []byte("mapping: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := load(t, []string{"--mapping-file", path}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if name, text, err := cfg.Mapping(); name != path || string(text) != "mapping: {}\n" || err != nil {
		t.Errorf("got %q, %q, %v", name, text, err)
	}
	if _, err := load(t, []string{"--mapping-file", path}, nil, "mapping: {}\n"); err == nil || !strings.Contains(err.Error(), "only place") {
		t.Errorf("rules in two places: got %v, want a problem", err)
	}
	cfg, _ = load(t, []string{"--mapping-file", "/none"}, nil, "")
	if _, _, err := cfg.Mapping(); err == nil || !strings.Contains(err.Error(), "--mapping-file") {
		t.Errorf("no such file: got %v, want a problem that names the flag", err)
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want config.Bytes
		ok   bool
	}{
		{"4MiB", 4 << 20, true}, {"4mib", 4 << 20, true}, {"512 KiB", 512 << 10, true}, {"1024", 1024, true}, {"7B", 7, true},
		{"", 0, false}, {"MiB", 0, false}, {"-1", 0, false}, {"4MB", 0, false}, {"9999999999GiB", 0, false}, {"1.5MiB", 0, false},
	} {
		got, err := config.ParseBytes(c.text)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("ParseBytes(%q): got %d, %v, want %d, ok %t", c.text, got, err, c.want, c.ok)
		}
		if again, err := config.ParseBytes(got.String()); c.ok && (again != got || err != nil) {
			t.Errorf("%q is written as %q, which reads as %d, %v", c.text, got, again, err)
		}
	}
}
