package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
)

// EnsureToken stores a token that the operator chose for the IdP of a connection.
// If the connection already has the token, EnsureToken changes nothing. Several
// replicas may call it concurrently. It returns an error if the token was revoked
// or has expired, or belongs to another connection or to one person. The audit
// entry names the argument actor as the creator of the token.
func (a *Auth) EnsureToken(ctx context.Context, c store.Connection, token secret.String, actor string) error {
	if _, reason := Parse("Bearer " + token.Reveal()); reason != "" {
		return fmt.Errorf("the configured token of connection %s is %s", c.Name, reason)
	}
	known, err := a.hasToken(ctx, c, token)
	if err != nil || known {
		return err
	}
	t := describe(token.Reveal(), c.ID, a.clock(), time.Time{})
	err = a.insert(ctx, c, t, Request{Connection: c.Name, Actor: actor})
	if _, taken := errors.AsType[*store.TakenError](err); taken { // another replica was faster
		_, err = a.hasToken(ctx, c, token)
	}
	return err
}

// hasToken reports whether the token exists and is valid for the connection's IdP.
// It returns an error if the token can never be valid for that IdP.
func (a *Auth) hasToken(ctx context.Context, c store.Connection, token secret.String) (bool, error) {
	t, owner, err := a.store.TokenByHash(ctx, sha256.Sum256([]byte(token.Reveal())))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look up the configured token: %w", err)
	case owner.ID != c.ID:
		return false, fmt.Errorf("the configured token of connection %s belongs to connection %s: choose another", c.Name, owner.Name)
	case t.User != "":
		return false, fmt.Errorf("the configured token of connection %s belongs to one person: choose another", c.Name)
	case !isLive(t, a.clock()):
		return false, fmt.Errorf("the configured token of connection %s is %s: choose another", c.Name, reasonAgainst(t, a.clock()))
	}
	return true, nil
}
