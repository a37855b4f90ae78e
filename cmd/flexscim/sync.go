package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/store"
)

func syncCommand() *cobra.Command {
	var all bool
	var wait time.Duration
	c := &cobra.Command{
		Use:   "sync [USER | --all]",
		Short: "Bring Flex in line again, now: for one person, or everybody",
		Long: `sync asks the running flexscim (serve or sandbox, on the same database) to compare a person with Flex again and to mend what differs.
It is also the way to try again for someone who is parked: see their reason with 'flexscim plan USER' first.`,
		Example: `  flexscim sync ann@example.com            # waits until it is done, and says how it went
  flexscim sync ann@example.com --wait 0   # only asks
  flexscim sync --all`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return &usageError{fmt.Errorf("name a user, or all of them with --all; see %s --help", c.CommandPath())}
			}
			s, err := openDatabase(c)
			if err != nil {
				return err
			}
			defer closeQuietly(s)
			if all {
				return syncAll(c, s)
			}
			return syncOne(c, s, args[0], wait)
		},
	}
	config.Register(c.Flags(), "database", "log")
	c.Flags().BoolVar(&all, "all", false, "everybody")
	c.Flags().DurationVar(&wait, "wait", 30*time.Second, "how long to wait for the result; 0: not at all")
	return c
}

// syncWhy is the reason that a sync writes down.
var syncWhy = store.Why{Urgency: store.Changing, Request: "cli"}

func syncAll(c *cobra.Command, s *store.Store) error {
	var n int64
	err := s.Write(c.Context(), store.AnyKey, func(tx *store.Tx) (err error) {
		if n, err = tx.TouchAll(c.Context(), store.Why{Urgency: store.Sweeping, Request: "cli"}); err != nil {
			return err
		}
		return tx.Audit(c.Context(), audit.Entry{Actor: "cli", Action: audit.SyncRequested, Subject: "everybody"})
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%d people are compared again, leavers and changes first\n", n)
	return err
}

func syncOne(c *cobra.Command, s *store.Store, name string, wait time.Duration) error {
	ctx := c.Context()
	person, err := findPerson(ctx, s, name)
	if err != nil {
		return err
	}
	err = s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		if err := tx.Touch(ctx, person.Key, syncWhy); err != nil {
			return err
		}
		return tx.Audit(ctx, audit.Entry{
			Connection: string(person.Key.Connection), Actor: "cli", Action: audit.SyncRequested, Subject: string(person.Key.User)})
	})
	if err != nil || wait == 0 {
		return err
	}
	person, err = awaitSync(ctx, s, person.Key, wait)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", name, describe(person))
	if person.State == store.Parked || person.State == store.Pending {
		return errReported
	}
	return nil
}

// awaitSync looks at a person until something has come of the request.
func awaitSync(ctx context.Context, s *store.Store, key store.PersonKey, wait time.Duration) (store.Person, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(wait); ; {
		person, err := s.Person(ctx, key)
		if err != nil || person.State != store.Pending || time.Now().After(deadline) {
			return person, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return person, ctx.Err()
		}
	}
}

// describe says where a person stands.
func describe(p store.Person) string {
	switch p.State {
	case store.Pending:
		return "asked for, but nobody has taken it up yet: is `flexscim serve` running on this database?"
	case store.Settled:
		return "Flex is as wanted"
	default:
		return fmt.Sprintf("%s: %s", p.State, p.Reason)
	}
}
