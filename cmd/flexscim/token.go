package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/terminal"
)

func tokenCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Create, list and revoke bearer tokens of IdPs and of people",
		Long: `An IdP's app authenticates with a token. A token belongs to a connection, which is one app at one IdP, with everything that it pushes. It is shown
once and stored as a hash. An IdP may have two valid tokens at the same time, so that it can be changed without an interruption: create the
second, enter it at the IdP, revoke the first.

With --person, a token is for one person whom the IdP has pushed. It can read only that person, at /scim/v2/Me, and the discovery endpoints.
It is refused as soon as the person is deactivated or deleted.`,
		Example: "  flexscim token create --connection okta\n  flexscim token list\n  flexscim token revoke a1B2",
		Args:    cobra.NoArgs,
		RunE:    showHelp,
	}
	c.AddCommand(tokenCreateCommand(), tokenListCommand(), tokenRevokeCommand())
	for _, sub := range c.Commands() {
		config.Register(sub.Flags(), "database")
	}
	return c
}

func tokenListCommand() *cobra.Command {
	var connection string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List tokens with their person, first and last characters, expiry and last use",
		Long: `list prints the tokens of IdPs, and those of people with the person's userName. A token's state is live, expired, revoked,
or away (its person is inactive or deleted).`,
		Example: "  flexscim token list --connection okta",
		Args:    cobra.NoArgs,
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			tokens, err := a.Tokens(c.Context(), connection)
			if err != nil {
				return err
			}
			if asJSON {
				return printObjects(c, tokens, func(t admin.Token) map[string]any {
					return map[string]any{
						"id": t.ID, "connection": t.ConnectionName, "person": t.UserName, "person_id": t.User, "prefix": t.Prefix, "last_four": t.LastFour, "state": t.State,
						"created": day(t.Created), "expires": day(t.Expires), "last_used": day(t.LastUsed)}
				})
			}
			warnIfEmpty(c, "tokens", len(tokens))
			w := table(c, "ID\tCONNECTION\tSTANDS FOR\tTOKEN\tSTATE\tCREATED\tEXPIRES\tLAST USED")
			for _, t := range tokens {
				_ = terminal.Printf(w, "%s\t%s\t%s\t%s…%s\t%s\t%s\t%s\t%s\n",
					t.ID, t.ConnectionName, standsFor(t), t.Prefix, t.LastFour, t.State, day(t.Created), day(t.Expires), day(t.LastUsed))
			}
			return w.Flush()
		}),
	}
	c.Flags().StringVar(&connection, "connection", "", "list the tokens of this connection only")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func standsFor(t admin.Token) string {
	if t.User == "" {
		return "the IdP"
	}
	return cmp.Or(t.UserName, string(t.User))
}

func tokenRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke TOKEN",
		Short:   "Revoke a token",
		Long:    "TOKEN is the token's id or its last four characters; `flexscim token list` prints both. When the command ends, no replica accepts the token.",
		Example: "  flexscim token revoke a1B2",
		Args:    cobra.ExactArgs(1),
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, args []string) error {
			token, err := a.RevokeToken(c.Context(), args[0])
			if err != nil {
				return err
			}
			err = terminal.Printf(c.OutOrStdout(), "token %s (…%s) is revoked\n", token.ID, token.LastFour)
			return err
		}),
	}
}
