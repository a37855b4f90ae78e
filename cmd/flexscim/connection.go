package main

import (
	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func connectionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "connection",
		Short:   "List connections, and change whether their IdPs can read roles and entitlements",
		Long:    "A connection is one app at one IdP, with everything that it pushes. `flexscim token create` creates it with its first token.",
		Example: "  flexscim connection list\n  flexscim connection change okta --entitlements",
		Args:    cobra.NoArgs,
		RunE:    showHelp,
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
		Short:   "List connections, with their IdP and whether it can read roles and entitlements",
		Example: "  flexscim connection list",
		Args:    cobra.NoArgs,
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			all, err := a.Connections(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printObjects(c, all, func(conn admin.Connection) map[string]any {
					return map[string]any{"id": conn.ID, "name": conn.Name, "kind": conn.Kind,
						"entitlements": conn.Entitlements, "created": day(conn.Created)}
				})
			}
			warnIfEmpty(c, "connections", len(all))
			w := table(c, "NAME\tKIND\tENTITLEMENTS\tCREATED")
			for _, conn := range all {
				_ = terminal.Printf(w, "%s\t%s\t%s\t%s\n", conn.Name, conn.Kind, onOrOff(conn.Entitlements), day(conn.Created))
			}
			return w.Flush()
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per connection")
	return c
}

func connectionChangeCommand() *cobra.Command {
	var entitlements bool
	c := &cobra.Command{
		Use:   "change NAME",
		Short: "Set whether the IdP of a connection can read roles and entitlements",
		Long: `change switches --entitlements on or off. The change is in effect on every replica when the command ends.

When it is on, /ResourceTypes and /Schemas include Role, and /Roles lists the roles of mapping.ceiling. If mapping.entitlements lists
entitlements, they are at /Entitlements. Okta Identity Governance reads both, so that administrators choose from a list. Switch it on
before you turn on entitlement management for the app in Okta: after that, Okta does not let anybody add attributes to the app's
profile by hand. Users get their roles whether it is on or off.`,
		Example: "  flexscim connection change okta --entitlements\n  flexscim connection change okta --entitlements=false",
		Args:    cobra.ExactArgs(1),
		PreRunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("entitlements") {
				return usage("nothing to change: add --entitlements or --entitlements=false")
			}
			return nil
		},
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, args []string) error {
			if err := a.SetEntitlements(c.Context(), args[0], entitlements); err != nil {
				return err
			}
			return terminal.Printf(c.OutOrStdout(), "connection %s: entitlements are %s\n", args[0], onOrOff(entitlements))
		}),
	}
	c.Flags().BoolVar(&entitlements, "entitlements", false, "whether the IdP can read the roles and entitlements (Okta Identity Governance)")
	return c
}
