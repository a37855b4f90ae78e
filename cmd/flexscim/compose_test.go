package main

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestCompose checks that each command line of docker-compose.yml is valid, which
// means that its flags exist and that no required flag is missing.
func TestCompose(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Image   string
			Command []string
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, s := range file.Services {
		if s.Image != "flexscim" {
			continue
		}
		checked++
		if err := parseable(s.Command); err != nil {
			t.Errorf("service %s: flexscim %q: %v", name, s.Command, err)
		}
	}
	if checked < 4 {
		t.Errorf("checked %d services, the search is broken", checked)
	}
	for _, wrong := range [][]string{{"server"}, {"serve", "--flex-listen", ":1"}, {"serve", "now"}, {"token", "create", "--kind", "okta"}} {
		if parseable(wrong) == nil {
			t.Errorf("flexscim %q: got no error", wrong)
		}
	}
}

// parseable returns an error if a command line is invalid. It does not run the
// command.
func parseable(args []string) error {
	c, rest, err := newRoot().Find(args)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil || c.PreRunE == nil {
		return err
	}
	return c.PreRunE(c, nil)
}
