package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func syncCommand() *cobra.Command {
	var all bool
	var wait time.Duration
	c := &cobra.Command{
		Use:   "sync [USER | --all]",
		Short: "Compare one person or everybody with Flex again, and fix differences",
		Long: `sync makes the running server (serve or sandbox, on the same database) compare a person with Flex again and fix what differs.
It also retries a person whose state is parked; 'flexscim people show USER' prints the reason.

Exit code 1 means that Flex is not as wanted: flexscim refused or failed, waits for something, or did not finish within --wait. The
server tries again by itself. With --wait 0, the exit code says only whether the request was stored.`,
		Example: `  flexscim sync ann@example.com            # waits for the result and prints it
  flexscim sync ann@example.com --wait 0   # does not wait
  flexscim sync --all --wait 10m           # waits until everybody has been compared`,
		Args: oneOrAll(&all),
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, args []string) error {
			if all {
				return syncAll(c, a, wait)
			}
			synced, err := a.Sync(c.Context(), args[0], wait)
			if err != nil || wait == 0 {
				return err
			}
			_ = terminal.Printf(c.OutOrStdout(), "%s: %s\n", args[0], synced.Text)
			return reportedUnless(synced.OK())
		}),
	}
	config.Register(c.Flags(), "database", "log")
	c.Flags().BoolVar(&all, "all", false, "everybody")
	c.Flags().DurationVar(&wait, "wait", 30*time.Second, "how long to wait for the result; 0: do not wait")
	return c
}

func syncAll(c *cobra.Command, a *admin.Admin, wait time.Duration) error {
	out := c.OutOrStdout()
	states, err := a.SyncAll(c.Context(), wait, func(n int64) {
		_ = terminal.Printf(out, "%d people will be compared again, after leavers and changes\n", n)
	})
	if err != nil || wait == 0 {
		return err
	}
	_ = terminal.Printf(out, "%s\n", states)
	if !states.OK() {
		_ = terminal.Printf(out, "`flexscim people list --state parked` lists the people for whom an operator must act; pending people wait for `flexscim serve`\n")
	}
	return reportedUnless(states.OK())
}
