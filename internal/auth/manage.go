package auth

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// maxLive is the maximum number of valid tokens of an IdP, or of a person: the
// current token and its replacement.
const maxLive = 2

// Request describes a token to create.
type Request struct {
	Connection string        // the connection's name; the connection must exist
	Person     string        // userName or id of the active user who gets the token; "": the IdP
	Lifetime   time.Duration // 0: no expiry
	Replace    bool          // revoke the other tokens of the IdP, or of the person, in the same transaction
	Actor      string        // for the audit log: "cli"
}

// TooManyError is the error of an attempt to create a third valid token for an IdP
// or a person.
type TooManyError struct {
	Connection string
	Live       []store.Token
}

func (e *TooManyError) Error() string {
	var live []string
	for _, t := range e.Live {
		live = append(live, t.ID+" (…"+t.LastFour+")")
	}
	whose := ""
	if name := e.Live[0].UserName; name != "" {
		whose = name + " of "
	}
	return fmt.Sprintf("%sconnection %s has %d live tokens already: revoke one with `flexscim token revoke ID`: %s",
		whose, e.Connection, len(live), strings.Join(live, ", "))
}

// Create creates a token. It returns the token's text, which is not stored, and the
// stored token. The error is a *TooManyError if the IdP or the person already has
// two valid tokens, or store.ErrNotFound if the connection does not exist.
func (a *Auth) Create(ctx context.Context, r Request) (secret.String, store.Token, error) {
	c, person, err := a.holder(ctx, r)
	if err != nil {
		return secret.String{}, store.Token{}, err
	}
	now := a.clock()
	var expires time.Time
	if r.Lifetime > 0 {
		expires = now.Add(r.Lifetime).UTC()
	}
	text, t := NewToken(c.ID, now, expires)
	t.User, t.UserName = person.Key.User, person.User.Doc.UserName()
	if err := a.insert(ctx, c, t, r); err != nil {
		return secret.String{}, store.Token{}, err
	}
	return text, t, nil
}

// insert stores a token with its audit entry. It returns a *TooManyError if too
// many tokens are valid. For each connection, only one insert runs at a time on all
// replicas: insert reads the valid tokens outside the transaction, and another
// insert would change them before the transaction ends.
func (a *Auth) insert(ctx context.Context, c store.Connection, t store.Token, r Request) error {
	a.creating.Lock()
	defer a.creating.Unlock()
	defer a.Forget()
	return a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		if err := tx.LockConnection(ctx, c.ID); err != nil {
			return err
		}
		if err := a.makeRoom(ctx, tx, c, t.User, r); err != nil {
			return err
		}
		if err := tx.InsertToken(ctx, t); err != nil {
			return fmt.Errorf("store a token: %w", err)
		}
		detail := map[string]string{"last_four": t.LastFour, "expires": "never"}
		if !t.Expires.IsZero() {
			detail["expires"] = t.Expires.UTC().Format(time.RFC3339)
		}
		if t.User != "" {
			detail["person"] = string(t.User)
		}
		return tx.Audit(ctx, audit.Entry{Connection: string(c.ID), Actor: r.Actor, Action: audit.TokenCreated, Subject: t.ID, Detail: detail})
	})
}

// makeRoom revokes the other valid tokens of the IdP, or of the person, if the
// field Replace of the request is true. If Replace is false and two tokens are
// already valid, makeRoom returns a *TooManyError.
func (a *Auth) makeRoom(ctx context.Context, tx *store.Tx, c store.Connection, person scim.ID, r Request) error {
	live, err := a.live(ctx, c.ID, person)
	switch {
	case err != nil:
		return err
	case r.Replace:
		return revokeAll(ctx, tx, live, r.Actor)
	case len(live) >= maxLive:
		return &TooManyError{c.Name, live}
	}
	return nil
}

// live returns the valid tokens of a person, or of a connection's IdP if the
// argument person is "". If c is "", it searches all connections.
func (a *Auth) live(ctx context.Context, c store.ConnectionID, person scim.ID) ([]store.Token, error) {
	all, err := a.store.Tokens(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return slices.DeleteFunc(all, func(t store.Token) bool { return t.User != person || !isLive(t, a.clock()) }), nil
}

// HasLive reports whether any IdP has a valid token.
func (a *Auth) HasLive(ctx context.Context) (bool, error) {
	live, err := a.live(ctx, "", "")
	return len(live) > 0, err
}

// Listed is a token with its connection's name. The field State is "live",
// "expired", "revoked" or "away" (the token's person is inactive or deleted).
type Listed struct {
	store.Token
	ConnectionName string
	State          string
}

// List returns the tokens of the named connection, or of all connections if the
// name is "". The tokens of each connection are in order of creation. It returns
// store.ErrNotFound if no connection has the name.
func (a *Auth) List(ctx context.Context, connection string) ([]Listed, error) {
	connections, err := a.store.Connections(ctx)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	if connection != "" {
		connections = slices.DeleteFunc(connections, func(c store.Connection) bool { return c.Name != connection })
		if len(connections) == 0 {
			return nil, fmt.Errorf("connection %s: %w", connection, store.ErrNotFound)
		}
	}
	var out []Listed
	for _, c := range connections {
		tokens, err := a.store.Tokens(ctx, c.ID)
		if err != nil {
			return nil, fmt.Errorf("list tokens: %w", err)
		}
		for _, t := range tokens {
			out = append(out, Listed{t, c.Name, cmp.Or(string(reasonAgainst(t, a.clock())), "live")})
		}
	}
	return out, nil
}

// Revoke revokes the token whose id equals name, or the only valid token whose last
// four letters equal name. This process refuses the token immediately. Other
// processes refuse a person's token immediately, too, but may accept an IdP's token
// for up to [CacheTTL]. It returns store.ErrNotFound if no token matches name.
func (a *Auth) Revoke(ctx context.Context, name, actor string) (store.Token, error) {
	t, err := a.find(ctx, name)
	if err != nil {
		return store.Token{}, err
	}
	defer a.Forget()
	err = a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return revokeAll(ctx, tx, []store.Token{t}, actor) })
	return t, err
}

// find returns the token whose id equals name, or the only valid token whose last
// four letters equal name.
func (a *Auth) find(ctx context.Context, name string) (store.Token, error) {
	all, err := a.store.Tokens(ctx, "")
	if err != nil {
		return store.Token{}, fmt.Errorf("list tokens: %w", err)
	}
	var matches []store.Token
	for _, t := range all {
		if t.ID == name {
			return t, nil
		}
		if name != "" && t.LastFour == name && isLive(t, a.clock()) {
			matches = append(matches, t)
		}
	}
	switch len(matches) {
	case 0:
		return store.Token{}, fmt.Errorf("token %s: %w", name, store.ErrNotFound)
	case 1:
		return matches[0], nil
	}
	return store.Token{}, fmt.Errorf("%d live tokens end in %s: give the id", len(matches), name)
}

// revokeAll revokes tokens, each with its audit entry. A token that was already
// revoked keeps its revocation time.
func revokeAll(ctx context.Context, tx *store.Tx, tokens []store.Token, actor string) error {
	for _, t := range tokens {
		if !t.Revoked.IsZero() {
			continue
		}
		if err := tx.RevokeToken(ctx, t.ID); err != nil {
			return fmt.Errorf("revoke token %s: %w", t.ID, err)
		}
		err := tx.Audit(ctx, audit.Entry{Connection: string(t.Connection), Actor: actor, Action: audit.TokenRevoked,
			Subject: t.ID, Detail: map[string]string{"last_four": t.LastFour}})
		if err != nil {
			return fmt.Errorf("audit the end of token %s: %w", t.ID, err)
		}
	}
	return nil
}
