package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func connectionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "connection",
		Short:   "List connections, and change their settings",
		Long:    "A connection is one app at one IdP, with everything that it pushes. `flexscim token create` creates it with its first token.",
		Example: "  flexscim connection list\n  flexscim connection change okta --entitlements --allowed-domains example.com",
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
		Short:   "List connections with their settings",
		Example: "  flexscim connection list",
		Args:    cobra.NoArgs,
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			all, err := a.Connections(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printObjects(c, all, func(conn admin.Connection) map[string]any {
					return map[string]any{"id": conn.ID, "name": conn.Name, "kind": conn.Kind, "created": day(conn.Created),
						"entitlements": conn.Entitlements, "group_put": admin.ConnectionValuesOf(conn)["group_put"],
						"pagination": !conn.HidesPagination, "allowed_domains": append([]string{}, conn.AllowedDomains.Names()...)}
				})
			}
			warnIfEmpty(c, "connections", len(all))
			w := table(c, "NAME\tKIND\tENTITLEMENTS\tGROUP PUT\tPAGINATION\tALLOWED DOMAINS\tCREATED")
			for _, conn := range all {
				values := admin.ConnectionValuesOf(conn)
				_ = terminal.Printf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", conn.Name, conn.Kind, values["entitlements"], values["group_put"],
					values["pagination"], cmp.Or(values["allowed_domains"], "all"), day(conn.Created))
			}
			return w.Flush()
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

// connectionFlags are the flags of `connection change`, by the name of the setting.
var connectionFlags = map[string]string{
	"kind": "kind", "entitlements": "entitlements", "group_put": "group-put", "pagination": "pagination", "allowed_domains": "allowed-domains",
}

func connectionChangeCommand() *cobra.Command {
	values := admin.ConnectionValues{}
	c := &cobra.Command{
		Use:   "change NAME",
		Short: "Change the settings of a connection",
		Long: `change changes the settings whose flags are given. The change is in effect on every replica when the command ends. A setting of
the configuration, such as connection.group_put, overwrites it at the next start of serve.

--entitlements: /ResourceTypes and /Schemas include Role, and /Roles lists the roles of mapping.ceiling. If mapping.entitlements lists
entitlements, they are at /Entitlements. Okta Identity Governance reads both, so that administrators choose from a list. Switch it on
before you turn on entitlement management for the app in Okta: after that, Okta does not let anybody add attributes to the app's
profile by hand. Users get their roles whether it is on or off.

--group-put: what a PUT of a group does with the members if it omits them. Keycloak, Canaille and pocket-id omit the members of a group
that has none. With auto, such a PUT removes the members if the IdP has sent members by POST or PUT, and never by PATCH.

--allowed-domains: the connection can create only userNames of these domains, and connections that do not list them cannot create them.
Existing people keep their userNames; 'flexscim doctor' reports those outside.`,
		Example: "  flexscim connection change okta --entitlements\n  flexscim connection change keycloak --group-put clear --allowed-domains example.com,example.org\n  flexscim connection change canaille --pagination=false",
		Args:    cobra.ExactArgs(1),
		PreRunE: func(c *cobra.Command, _ []string) error {
			for name, flag := range connectionFlags {
				if f := c.Flags().Lookup(flag); f.Changed {
					values[name] = f.Value.String()
				}
			}
			if len(values) == 0 {
				return usage("nothing to change: add --kind, --entitlements, --group-put, --pagination or --allowed-domains")
			}
			return admin.CheckConnectionValues(values)
		},
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, args []string) error {
			changed, err := a.ChangeConnection(c.Context(), args[0], values)
			if err != nil {
				return err
			}
			now := admin.ConnectionValuesOf(changed)
			for _, name := range slices.Sorted(maps.Keys(values)) {
				_ = terminal.Printf(c.OutOrStdout(), "connection %s: %s is %s\n", args[0], connectionFlags[name], cmp.Or(now[name], "all"))
			}
			return nil
		}),
	}
	c.Flags().String("kind", "other", "the IdP: "+strings.Join(admin.ConnectionKinds(), ", "))
	c.Flags().Bool("entitlements", false, "whether the IdP can read the roles and entitlements (Okta Identity Governance)")
	c.Flags().String("group-put", "auto", "what a PUT of a group does with the members if it omits them: auto, clear (removes them), keep")
	c.Flags().Bool("pagination", true, "whether ServiceProviderConfig shows the attribute pagination of RFC 9865, which Canaille refuses")
	c.Flags().String("allowed-domains", "", `domains of new userNames, separated by commas; "": all that no other connection lists`)
	return c
}
