package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/config"
)

var update = flag.Bool("update", false, "write the reference")

func TestReference(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "reference", "config.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, config.Reference(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(config.Reference()), string(have)); diff != "" {
		t.Errorf("docs/reference/config.md is stale (-want +got): go test ./internal/config -update\n%s", diff)
	}
}

// TestCompose checks that flexscim reads every variable that docker-compose.yml sets for it.
func TestCompose(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"docker-compose.yml", "docs/deploy/env.example"} {
		text, err := os.ReadFile(filepath.Join("..", "..", path))
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`\b(?:FLEXSCIM|TWILIO)_[A-Z_]+`).FindAllString(string(text), -1)
		if len(names) == 0 {
			t.Errorf("%s: no variable found", path)
		}
		for _, n := range names {
			if !slices.Contains(config.Environment(), n) {
				t.Errorf("%s sets %s, which flexscim does not read", path, n)
			}
		}
	}
}
