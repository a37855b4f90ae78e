package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// table starts a table on standard output. The caller flushes it.
func table(c *cobra.Command, header string) *tabwriter.Writer {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, header)
	return w
}

// printObjects prints one JSON object per line.
func printObjects[T any](c *cobra.Command, all []T, object func(T) map[string]any) error {
	enc := json.NewEncoder(c.OutOrStdout())
	for _, one := range all {
		if err := enc.Encode(object(one)); err != nil {
			return err
		}
	}
	return nil
}

// warnIfEmpty asks whether an empty list comes from the wrong database: a
// SQLite database that does not exist is created silently.
func warnIfEmpty(c *cobra.Command, what string, n int) {
	if n == 0 {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "there are no %s in this database. Is it the one that serve or sandbox uses (--config, --database-url)? "+
			"`flexscim token create` makes the first.\n", what)
	}
}

// day formats a date.
func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.DateOnly)
}

func onOrOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
