package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
)

func tokenCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke bearer tokens of IdPs, and of people",
		Long: `A token is what the IdP's app sends. It belongs to a connection (one app at one IdP, with everything that it pushes), is shown once and
stored as a hash. Two may live at once, so that an IdP can change over without a gap: create the second, enter it at the IdP, revoke the first.

With --person a token stands for one person whom the IdP has pushed. It reads that person, at /scim/v2/Me, and discovery, and nothing else; it is
refused as soon as the person is deactivated or deleted.`,
		Example: "  flexscim token create --connection okta\n  flexscim token list\n  flexscim token revoke a1B2",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(tokenCreateCommand(), tokenListCommand(), tokenRevokeCommand())
	for _, sub := range c.Commands() {
		config.Register(sub.Flags(), "database")
	}
	return c
}

// withAuth runs what a token command does, on the open database.
func withAuth(run func(*cobra.Command, *auth.Auth, []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		s, err := openDatabase(c)
		if err != nil {
			return err
		}
		defer closeQuietly(s)
		return run(c, auth.New(auth.Config{Store: s}), args)
	}
}

func tokenCreateCommand() *cobra.Command {
	r := auth.Request{Actor: "cli"}
	var expires string
	var p tokenPrinter
	c := &cobra.Command{
		Use:   "create --connection NAME",
		Short: "Make a token and print it, once",
		Long: `create makes a token of a connection's IdP, or with --person one that stands for a single person whom the IdP has pushed and who is active:

  flexscim token create --connection okta --person ann@example.com --expires 30d
  curl -H "Authorization: Bearer fscim_…" https://scim.example.com/scim/v2/Me

Such a token reads its own person and discovery, and is refused while that person is inactive, and for ever once they are deleted.`,
		Example: `  flexscim token create --connection okta --kind okta --expires 365d
  flexscim token create --connection okta --out token.txt     # to a file that only you may read
  flexscim token create --connection okta --replace           # and revoke the others
  flexscim token create --connection okta --person ann@example.com     # reads /Me and nothing else`,
		Args: cobra.NoArgs,
		PreRunE: func(c *cobra.Command, _ []string) error {
			return checkTokenRequest(&r, expires, c.Flags().Changed("person"), c.Flags().Changed("kind"))
		},
		RunE: withAuth(func(c *cobra.Command, a *auth.Auth, _ []string) error {
			if err := p.open(c); err != nil {
				return err
			}
			defer p.discard()
			text, token, err := a.Create(c.Context(), r)
			if err != nil {
				return err
			}
			p.connection = r.Connection
			if err := p.print(text, token); err != nil || !r.Replace {
				return err
			}
			auth.Settle(c.Context())
			return nil
		}),
	}
	c.Flags().StringVar(&r.Connection, "connection", "", "name of the connection; without --person it is made if there is none")
	c.Flags().StringVar(&r.Kind, "kind", "other", "the IdP of a new connection: okta, entra, other")
	c.Flags().StringVar(&r.Person, "person", "", "userName (any case) or id of the one person whom the token stands for, instead of the IdP")
	c.Flags().StringVar(&expires, "expires", "365d", "lifetime: days (365d) or a duration (12h); 0: for ever")
	c.Flags().BoolVar(&r.Replace, "replace", false, "revoke the other tokens of the IdP, or of the person, at the same time")
	c.Flags().StringVar(&p.path, "out", "", "write the token to this file instead of printing it")
	c.Flags().BoolVar(&p.json, "json", false, "print JSON")
	return c
}

// checkTokenRequest finds the mistakes that need no database. person and kind
// say which flags were given.
func checkTokenRequest(r *auth.Request, expires string, person, kind bool) (err error) {
	r.Lifetime, err = parseLifetime(expires)
	switch {
	case err != nil:
	case r.Connection == "":
		err = errors.New("--connection is missing: name the app at your IdP, for example --connection okta")
	case !slices.Contains(connectionKinds, r.Kind):
		err = fmt.Errorf("--kind %q: it is one of %s", r.Kind, strings.Join(connectionKinds, ", "))
	case person && strings.TrimSpace(r.Person) == "":
		err = errors.New("--person is empty: give the userName of the one person whom the token is to stand for, for example --person ann@example.com")
	case person && kind:
		err = errors.New("--kind is of a new connection, and --person needs one that has the person already: leave --kind out")
	default:
		return nil
	}
	return &usageError{err}
}

// connectionKinds are the kinds of IdP that differ.
var connectionKinds = []string{"okta", "entra", "other"}

// parseLifetime reads "365d", "12h" or "0".
func parseLifetime(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			return time.Duration(n) * day, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	return 0, fmt.Errorf("--expires %q: write days or a duration, for example 365d, 12h; 0 means for ever", text)
}

// tokenPrinter shows a new token, or writes it to a file.
type tokenPrinter struct {
	connection string
	path       string
	json       bool
	file       *os.File // nil: standard output
	out        io.Writer
	info       io.Writer
}

// open comes before the token is made: a file that cannot be written loses
// none. The token is written beside the file and takes its place at the end,
// so that a refusal leaves the old token where it was.
func (p *tokenPrinter) open(c *cobra.Command) (err error) {
	p.out, p.info = c.OutOrStdout(), c.ErrOrStderr()
	if p.path != "" {
		// Only the owner may read what CreateTemp makes.
		p.file, err = os.CreateTemp(filepath.Dir(p.path), "."+filepath.Base(p.path)+".*")
	}
	return err
}

// discard takes away a file that did not take its place.
func (p *tokenPrinter) discard() {
	if p.file != nil {
		_ = p.file.Close()
		_ = os.Remove(p.file.Name())
	}
}

// save puts the token into its file.
func (p *tokenPrinter) save(token string) error {
	_, err := fmt.Fprintln(p.file, token)
	if err = errors.Join(err, p.file.Close()); err != nil {
		return err
	}
	return os.Rename(p.file.Name(), p.path)
}

func (p *tokenPrinter) print(text secret.String, token store.Token) error {
	shown := text.Reveal()
	if p.file != nil {
		if err := p.save(shown); err != nil {
			return fmt.Errorf("token %s was made and could not be written, so revoke it: %w", token.ID, err)
		}
		shown = ""
	}
	if p.json {
		return json.NewEncoder(p.out).Encode(map[string]string{
			"id": token.ID, "connection": p.connection, "person": token.UserName, "token": shown, "expires": day(token.Expires)})
	}
	whose, use := "", "enter it at the IdP as bearer token"
	if token.User != "" {
		whose, use = " for "+token.UserName, "it reads /scim/v2/Me and discovery, as long as that person is active"
	}
	// The token alone on standard output: `TOKEN=$(flexscim token create …)` works.
	_, _ = fmt.Fprintf(p.info, "token %s of connection %s%s, expires %s. It is shown this once; %s.\n",
		token.ID, p.connection, whose, day(token.Expires), use)
	if shown == "" {
		return nil
	}
	_, err := fmt.Fprintln(p.out, shown)
	return err
}

// day is a date for a reader.
func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.DateOnly)
}

func tokenListCommand() *cobra.Command {
	var connection string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List tokens: for whom they stand, how they begin and end, when they expire, when they were used",
		Long: `list shows the tokens of IdPs, and those that stand for one person, by userName. A token is live, expired, revoked, or away: then its person is
inactive or deleted.`,
		Example: "  flexscim token list --connection okta",
		Args:    cobra.NoArgs,
		RunE: withAuth(func(c *cobra.Command, a *auth.Auth, _ []string) error {
			tokens, err := a.List(c.Context(), connection)
			if err != nil {
				return err
			}
			if asJSON {
				return printObjects(c, tokens, func(t auth.Listed) map[string]any {
					return map[string]any{
						"id": t.ID, "connection": t.ConnectionName, "person": t.UserName, "person_id": t.User, "prefix": t.Prefix, "last_four": t.LastFour, "state": t.State,
						"created": day(t.Created), "expires": day(t.Expires), "last_used": day(t.LastUsed)}
				})
			}
			sayEmpty(c, "tokens", len(tokens))
			w := table(c, "ID\tCONNECTION\tSTANDS FOR\tTOKEN\tSTATE\tCREATED\tEXPIRES\tLAST USED")
			for _, t := range tokens {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s…%s\t%s\t%s\t%s\t%s\n",
					t.ID, t.ConnectionName, standsFor(t), t.Prefix, t.LastFour, t.State, day(t.Created), day(t.Expires), day(t.LastUsed))
			}
			return w.Flush()
		}),
	}
	c.Flags().StringVar(&connection, "connection", "", "of this connection only")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a token")
	return c
}

// sayEmpty tells who sees an empty list that it may be another database's: one
// that is not there is made without a word.
func sayEmpty(c *cobra.Command, what string, n int) {
	if n == 0 {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "there are no %s in this database. Is it the one that serve or sandbox uses (--config, --database-url)? "+
			"`flexscim token create` makes the first.\n", what)
	}
}

// standsFor is whom a token stands for, to a reader.
func standsFor(t auth.Listed) string {
	if t.User == "" {
		return "the IdP"
	}
	return cmp.Or(t.UserName, string(t.User))
}

// table is a table on standard output under its header.
func table(c *cobra.Command, header string) *tabwriter.Writer {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, header)
	return w
}

// printObjects prints one JSON object a line.
func printObjects[T any](c *cobra.Command, all []T, object func(T) map[string]any) error {
	enc := json.NewEncoder(c.OutOrStdout())
	for _, one := range all {
		if err := enc.Encode(object(one)); err != nil {
			return err
		}
	}
	return nil
}

func tokenRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke TOKEN",
		Short:   "End a token",
		Long:    "revoke ends a token, named by its id or by its last four characters as `flexscim token list` shows them. When revoke says so, no replica takes it any more.",
		Example: "  flexscim token revoke a1B2",
		Args:    cobra.ExactArgs(1),
		RunE: withAuth(func(c *cobra.Command, a *auth.Auth, args []string) error {
			token, err := a.Revoke(c.Context(), args[0], "cli")
			if err != nil {
				return fmt.Errorf("revoke %s: %w; `flexscim token list` shows what there is", args[0], err)
			}
			auth.Settle(c.Context())
			_, err = fmt.Fprintf(c.OutOrStdout(), "token %s (…%s) is revoked\n", token.ID, token.LastFour)
			return err
		}),
	}
}
