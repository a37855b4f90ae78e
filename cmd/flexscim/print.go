package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/terminal"
)

// printError prints an error in one line. Only the message for a mistake in the
// command line or the configuration may have several lines.
func printError(w io.Writer, err error) {
	lines := []string{"flexscim: " + err.Error()}
	if isUsage(err) {
		lines = strings.Split(strings.ReplaceAll(lines[0], "\t", "  "), "\n")
	}
	for _, line := range lines {
		_ = terminal.Printf(w, "%s\n", line)
	}
}

// table prints the header and returns a writer for the rows, which aligns the
// columns and prints to standard output. The caller must flush the writer.
func table(c *cobra.Command, header string) *tabwriter.Writer {
	w := columns(c)
	_, _ = fmt.Fprintln(w, header)
	return w
}

// columns returns the same writer as the function table, but prints no header.
func columns(c *cobra.Command) *tabwriter.Writer {
	return tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
}

// printObjects prints a JSON array with an object for each element of a slice.
func printObjects[T any](c *cobra.Command, all []T, object func(T) map[string]any) error {
	objects := make([]map[string]any, len(all))
	for i, one := range all {
		objects[i] = object(one)
	}
	return terminal.JSONArray(c.OutOrStdout(), objects)
}

// warnIfEmpty prints a warning if the list has no elements (n is 0), because the
// command may have opened the wrong database: if a SQLite database does not exist,
// flexscim creates it without a message.
func warnIfEmpty(c *cobra.Command, what string, n int) {
	if n == 0 {
		_ = terminal.Printf(c.ErrOrStderr(), "there are no %s in this database. Is it the one that serve or sandbox uses (--config, --database-url)? "+
			"`flexscim token create` creates the first.\n", what)
	}
}

// These are the help text and the examples of the flag --since.
const sinceHelp = "only what is newer: days (7d), a duration (12h), a date (2026-01-31) or a time (2026-01-31T09:00:00Z)"

var sinceExamples = []string{"1h", "24h", "7d", "30d"}

// completeWords makes the shell suggest these words as values of a flag. A word can
// be followed by a tab and an explanation.
func completeWords(c *cobra.Command, flag string, words []string) {
	err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag does not exist
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.DateOnly)
}

// progress prints how far a command is, if it takes longer than a second and its
// output is a terminal.
type progress struct {
	out   io.Writer // nil: not a terminal
	noun  string
	n     int64
	begin time.Time // of the first step
	last  time.Time
	shown bool
}

func newProgress(out io.Writer, noun string) *progress {
	p := &progress{noun: noun}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.out = out
		}
	}
	return p
}

func (p *progress) step() { p.at(p.n + 1) }

func (p *progress) at(n int64) {
	p.n = n
	now := time.Now()
	if p.begin.IsZero() {
		p.begin = now
	}
	if p.out == nil || now.Sub(p.begin) < time.Second || now.Sub(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = now, true
	_, _ = fmt.Fprintf(p.out, "\r\033[K%d %s, %.0f/s", p.n, p.noun, float64(p.n)/now.Sub(p.begin).Seconds())
}

func (p *progress) clear() {
	if p.shown {
		_, _ = fmt.Fprint(p.out, "\r\033[K")
		p.shown = false
	}
}
