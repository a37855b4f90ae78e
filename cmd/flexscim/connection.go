package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/store"
)

func connectionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "connection",
		Short:   "List connections, and change what their IdPs may read",
		Long:    "A connection is one app at one IdP, with everything that it pushes. `flexscim token create` makes it with its first token.",
		Example: "  flexscim connection list\n  flexscim connection change okta --entitlements",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(connectionListCommand(), connectionChangeCommand())
	for _, sub := range c.Commands() {
		config.Register(sub.Flags(), "database")
	}
	return c
}

func connectionListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List connections: their IdP, and whether it may read roles and entitlements",
		Example: "  flexscim connection list",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := openDatabase(c)
			if err != nil {
				return err
			}
			defer closeQuietly(s)
			all, err := s.Connections(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printObjects(c, all, func(conn store.Connection) map[string]any {
					return map[string]any{"id": conn.ID, "name": conn.Name, "kind": conn.Kind,
						"entitlements": conn.Entitlements, "created": day(conn.Created)}
				})
			}
			sayEmpty(c, "connections", len(all))
			w := table(c, "NAME\tKIND\tENTITLEMENTS\tCREATED")
			for _, conn := range all {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", conn.Name, conn.Kind, onOrOff(conn.Entitlements), day(conn.Created))
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a connection")
	return c
}

func onOrOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func connectionChangeCommand() *cobra.Command {
	var entitlements bool
	c := &cobra.Command{
		Use:   "change NAME",
		Short: "Let the IdP of a connection read roles and entitlements, or not",
		Long: `change switches --entitlements on or off. When it says so, every replica does so.

With it, /ResourceTypes and /Schemas have Role, and /Roles lists the roles below mapping.ceiling; entitlements that mapping.entitlements lists are
at /Entitlements. Okta Identity Governance reads them so that administrators choose from a list. Switch it on before you turn on
entitlement management of the app in Okta: from then on Okta lets nobody add attributes to the app's profile by hand.
Users are given roles with or without it.`,
		Example: "  flexscim connection change okta --entitlements\n  flexscim connection change okta --entitlements=false",
		Args:    cobra.ExactArgs(1),
		PreRunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("entitlements") {
				return &usageError{errors.New("nothing to change: give --entitlements or --entitlements=false")}
			}
			return nil
		},
		RunE: withAuth(func(c *cobra.Command, a *auth.Auth, args []string) error {
			err := a.SetEntitlements(c.Context(), args[0], entitlements, "cli")
			if err != nil {
				return fmt.Errorf("%w; `flexscim connection list` shows what there is", err)
			}
			auth.Settle(c.Context())
			_, err = fmt.Fprintf(c.OutOrStdout(), "connection %s: entitlements are %s\n", args[0], onOrOff(entitlements))
			return err
		}),
	}
	c.Flags().BoolVar(&entitlements, "entitlements", false, "the IdP may read which roles and entitlements there are (Okta Identity Governance)")
	return c
}
