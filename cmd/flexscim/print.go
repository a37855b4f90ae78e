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
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, header)
	return w
}

// printObjects prints a JSON object for each element of a slice, one object per
// line.
func printObjects[T any](c *cobra.Command, all []T, object func(T) map[string]any) error {
	for _, one := range all {
		if err := terminal.JSON(c.OutOrStdout(), object(one)); err != nil {
			return err
		}
	}
	return nil
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
	begin time.Time
	last  time.Time
	shown bool
}

func newProgress(out io.Writer, noun string) *progress {
	p := &progress{noun: noun, begin: time.Now()}
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
