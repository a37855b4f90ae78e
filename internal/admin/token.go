package admin

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
)

// TokenRequest describes a token to create.
type TokenRequest struct {
	Connection string        // its name
	Kind       string        // kind of the connection if CreateToken creates it; "" means other
	Person     string        // userName or id of the person who gets the token; "": the IdP
	Lifetime   time.Duration // 0: no expiry
	Replace    bool          // revoke the other tokens of the IdP, or of the person
}

// ParseLifetime parses the lifetime of a token: days ("365d") or a duration
// ("12h"); "0" means no expiry.
func ParseLifetime(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			return time.Duration(n) * day, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	return 0, failure(Usage, "%q is not a lifetime: write days (365d) or a duration (12h); 0 means that the token does not expire", text)
}

// Token is a token with its connection's name and its state.
type Token = auth.Listed

// NewToken is a new token with its text, which is not stored.
type NewToken struct {
	store.Token
	Text secret.String
}

// CreateToken creates a token. For a token of an IdP, it also creates the
// connection if the connection does not exist. It returns an error of the kind
// Conflict if the IdP or the person already has two valid tokens. When it returns,
// all processes refuse the replaced tokens.
func (a *Admin) CreateToken(ctx context.Context, r TokenRequest) (NewToken, error) {
	if r.Person == "" {
		if _, err := a.connections.Ensure(ctx, r.Connection, r.Kind); err != nil {
			return NewToken{}, err
		}
	}
	text, token, err := a.auth.Create(ctx, auth.Request{
		Connection: r.Connection, Person: r.Person, Lifetime: r.Lifetime, Replace: r.Replace, Actor: a.actor})
	if err == nil && r.Replace {
		auth.AwaitReplicas(ctx)
	}
	return NewToken{token, text}, err
}

// Tokens returns the tokens of the named connection, or of all connections if the
// name is "". The tokens of each connection are in order of creation. It returns an
// error of the kind NotFound if no connection has the name.
func (a *Admin) Tokens(ctx context.Context, connection string) ([]Token, error) {
	return a.auth.List(ctx, connection)
}

// RevokeToken revokes a token by its id or its last four characters. When it
// returns, all processes refuse the token. It returns an error of the kind NotFound
// if no token has that id or those characters.
func (a *Admin) RevokeToken(ctx context.Context, name string) (store.Token, error) {
	token, err := a.auth.Revoke(ctx, name, a.actor)
	if err != nil {
		return token, failure(KindOf(err), "revoke %s: %w; `flexscim token list` shows all tokens", name, err)
	}
	auth.AwaitReplicas(ctx)
	return token, nil
}

// configure changes those settings of the named connection that the argument values
// contains. If the connection does not exist and values contains only its kind,
// configure returns nil, because docker-compose.yml always sets the kind.
func (a *Admin) configure(ctx context.Context, name string, values ConnectionValues) error {
	if name == "" || len(values) == 0 {
		return nil
	}
	_, err := a.connections.Change(ctx, name, values, a.actor)
	if _, hasKind := values["kind"]; hasKind && len(values) == 1 && KindOf(err) == NotFound {
		return nil
	}
	return err
}

// Prepare creates the connection and the token of the configuration if they do not
// exist. It changes those settings of the connection that the argument values
// contains. It returns an error of the kind Usage if no IdP has a valid token
// afterwards.
func (a *Admin) Prepare(ctx context.Context, c config.Connection, values ConnectionValues) error {
	if c.Name != "" && !c.Token.IsEmpty() {
		found, err := a.connections.Ensure(ctx, c.Name, c.Kind)
		if err == nil {
			err = a.auth.EnsureToken(ctx, found, c.Token, a.actor)
		}
		if err != nil {
			return err
		}
	}
	if err := a.configure(ctx, c.Name, values); err != nil {
		return err
	}
	live, err := a.auth.HasLive(ctx)
	if err == nil && !live {
		return failure(Usage, "no token exists, so no IdP can push: create one with `flexscim token create --connection okta`, "+
			"or set FLEXSCIM_CONNECTION_NAME and FLEXSCIM_CONNECTION_TOKEN")
	}
	return err
}
