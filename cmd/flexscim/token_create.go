package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/terminal"
)

func tokenCreateCommand() *cobra.Command {
	var r admin.TokenRequest
	var expires string
	var p tokenPrinter
	c := &cobra.Command{
		Use:   "create --connection NAME",
		Short: "Create a token and print it; it cannot be printed again",
		Long: `create creates a token for a connection's IdP or, with --person, for one active person whom the IdP has pushed:

  flexscim token create --connection okta --person ann@example.com --expires 30d
  curl -H "Authorization: Bearer fscim_…" https://scim.example.com/scim/v2/Me

A person's token can read that person and the discovery endpoints. It is refused while the person is inactive, and forever after the person was deleted.`,
		Example: `  flexscim token create --connection okta --kind okta --expires 365d
  flexscim token create --connection okta --out token.txt     # to a file that only you can read
  flexscim token create --connection okta --replace           # and revoke the other tokens
  flexscim token create --connection okta --person ann@example.com     # can read /Me and nothing else`,
		Args: cobra.NoArgs,
		PreRunE: func(c *cobra.Command, _ []string) error {
			return checkTokenRequest(&r, expires, c.Flags().Changed("person"), c.Flags().Changed("kind"))
		},
		RunE: withAdmin(func(c *cobra.Command, a *admin.Admin, _ []string) error {
			if err := p.open(c); err != nil {
				return err
			}
			defer p.discard()
			token, err := a.CreateToken(c.Context(), r)
			if err != nil {
				return err
			}
			p.connection = r.Connection
			return p.print(token)
		}),
	}
	c.Flags().StringVar(&r.Connection, "connection", "", "name of the connection; without --person it is created if it does not exist")
	c.Flags().StringVar(&r.Kind, "kind", "other", "the IdP of a new connection: okta, entra, other")
	c.Flags().StringVar(&r.Person, "person", "", "userName (in any letter case) or id of the person who gets the token; without it, the IdP")
	c.Flags().StringVar(&expires, "expires", "365d", "lifetime: days (365d) or a duration (12h); 0: no expiry")
	c.Flags().BoolVar(&r.Replace, "replace", false, "also revoke the other tokens of the IdP, or of the person")
	c.Flags().StringVar(&p.path, "out", "", "write the token to this file instead of printing it")
	c.Flags().BoolVar(&p.json, "json", false, "print JSON")
	return c
}

// checkTokenRequest checks the flags before the database is opened. The arguments
// person and kind say whether --person and --kind were given.
func checkTokenRequest(r *admin.TokenRequest, expires string, person, kind bool) (err error) {
	r.Lifetime, err = admin.ParseLifetime(expires)
	switch {
	case err != nil:
		err = fmt.Errorf("--expires %w", err)
	case r.Connection == "":
		err = errors.New("--connection is missing: name the app at your IdP, for example --connection okta")
	case !slices.Contains(admin.ConnectionKinds(), r.Kind):
		err = fmt.Errorf("--kind %q: must be one of %s", r.Kind, strings.Join(admin.ConnectionKinds(), ", "))
	case person && strings.TrimSpace(r.Person) == "":
		err = errors.New("--person is empty: name the person who gets the token, for example --person ann@example.com")
	case person && kind:
		err = errors.New("--kind is for a new connection, but with --person the connection must exist: leave --kind out")
	default:
		return nil
	}
	return usageError(err)
}

// tokenPrinter prints a new token, or writes it to a file.
type tokenPrinter struct {
	connection string
	path       string
	json       bool
	file       *os.File // nil: standard output
	out        io.Writer
	info       io.Writer
}

// open creates a temporary file if the token is to be written to a file. The method
// save later renames the temporary file to the token's file. So if no new token is
// created, the file keeps the old token. Call open before creating the token, so
// that no token is created if the file cannot be written.
func (p *tokenPrinter) open(c *cobra.Command) (err error) {
	p.out, p.info = c.OutOrStdout(), c.ErrOrStderr()
	if p.path != "" {
		// CreateTemp creates a file that only its owner can read.
		p.file, err = os.CreateTemp(filepath.Dir(p.path), "."+filepath.Base(p.path)+".*")
	}
	return err
}

// discard removes the temporary file, if the method save has not renamed it.
func (p *tokenPrinter) discard() {
	if p.file != nil {
		_ = p.file.Close()
		_ = os.Remove(p.file.Name())
	}
}

func (p *tokenPrinter) save(token string) error {
	_, err := p.file.WriteString(token + "\n")
	if err = errors.Join(err, p.file.Close()); err != nil {
		return err
	}
	return os.Rename(p.file.Name(), p.path)
}

func (p *tokenPrinter) print(token admin.NewToken) error {
	shown := token.Text.Reveal()
	if p.file != nil {
		if err := p.save(shown); err != nil {
			return fmt.Errorf("token %s was created but could not be written, so revoke it: %w", token.ID, err)
		}
		shown = ""
	}
	if p.json {
		return terminal.JSON(p.out, map[string]string{
			"id": token.ID, "connection": p.connection, "person": token.UserName, "token": shown, "expires": day(token.Expires)})
	}
	whose, use := "", "enter it in the IdP as bearer token"
	if token.User != "" {
		whose, use = " for "+token.UserName, "it reads /scim/v2/Me and discovery, while that person is active"
	}
	// Only the token is printed to standard output, so that `TOKEN=$(flexscim token
	// create …)` works.
	_ = terminal.Printf(p.info, "token %s of connection %s%s, expires %s. It is not shown again; %s.\n",
		token.ID, p.connection, whose, day(token.Expires), use)
	if shown == "" {
		return nil
	}
	return terminal.Printf(p.out, "%s\n", shown)
}
