package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelp checks that every command's help has an example, and that examples
// use only commands and flags that exist.
func TestHelp(t *testing.T) {
	t.Parallel()
	root := newRoot()
	seen := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		seen++
		if c.Short == "" || !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s: got the example %q, want an example of this command", c.CommandPath(), c.Example)
		}
		for line := range strings.Lines(c.Example) {
			checkExample(t, root, line)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	if seen < 32 {
		t.Errorf("got %d commands, want at least 32", seen)
	}
}

// checkExample checks that the command in a line, and its flags, exist.
func checkExample(t *testing.T, root *cobra.Command, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, " #")
	_, ours, found := strings.Cut(line, "flexscim ")
	if !found {
		return // another program
	}
	ours, _, _ = strings.Cut(ours, "|")
	c, rest, err := root.Find(strings.Fields(strings.TrimRight(strings.TrimSpace(ours), ")")))
	if err != nil || c == root {
		t.Errorf("%q: no such command (%v)", line, err)
		return
	}
	for _, word := range rest {
		name, isFlag := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && c.Flags().Lookup(name) == nil && c.InheritedFlags().Lookup(name) == nil {
			t.Errorf("%q: %s has no flag --%s", line, c.CommandPath(), name)
		}
	}
}
