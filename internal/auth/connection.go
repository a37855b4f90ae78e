package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// EnsureConnection makes the connection that the configuration names, with
// the token that it gives ("" for none), unless they are there. Several
// replicas may do it at once. A token that was revoked stays so: that is an
// error, as is one that another connection has.
func (a *Auth) EnsureConnection(ctx context.Context, name, kind string, token secret.String) (store.Connection, error) {
	c, err := a.connection(ctx, name, kind)
	if err != nil || token.IsEmpty() {
		return c, err
	}
	if _, reason := Parse("Bearer " + token.Reveal()); reason != "" {
		return c, fmt.Errorf("the configured token of connection %s is %s", name, reason)
	}
	known, err := a.hasToken(ctx, c, token)
	if err != nil || known {
		return c, err
	}
	t := describe(token.Reveal(), c.ID, a.clock(), time.Time{})
	err = a.insert(ctx, c, t, Request{Connection: name, Actor: "flexscim"})
	if _, taken := errors.AsType[*store.TakenError](err); taken { // another replica was faster
		_, err = a.hasToken(ctx, c, token)
	}
	return c, err
}

// SetEntitlements says whether the IdP of the connection of that name may read
// which roles and entitlements there are. store.ErrNotFound.
func (a *Auth) SetEntitlements(ctx context.Context, name string, entitlements bool, actor string) error {
	c, err := a.store.ConnectionByName(ctx, name)
	if err != nil {
		return fmt.Errorf("connection %s: %w", name, err)
	}
	if c.Entitlements == entitlements {
		return nil
	}
	action := audit.EntitlementsOff
	if entitlements {
		action = audit.EntitlementsOn
	}
	defer a.known.forget()
	return a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		if err := tx.SetEntitlements(ctx, c.ID, entitlements); err != nil {
			return fmt.Errorf("change connection %s: %w", name, err)
		}
		return tx.Audit(ctx, audit.Entry{Connection: string(c.ID), Actor: actor, Action: action, Subject: string(c.ID)})
	})
}

// hasToken says whether the connection has the token, live or expired.
func (a *Auth) hasToken(ctx context.Context, c store.Connection, token secret.String) (bool, error) {
	t, owner, err := a.store.TokenByHash(ctx, sha256.Sum256([]byte(token.Reveal())))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look up the configured token: %w", err)
	case owner.ID != c.ID:
		return false, fmt.Errorf("the configured token of connection %s belongs to connection %s: make another", c.Name, owner.Name)
	case t.User != "":
		return false, fmt.Errorf("the configured token of connection %s stands for one person: make another", c.Name)
	case !isLive(t, a.clock()):
		return false, fmt.Errorf("the configured token of connection %s is %s: make another", c.Name, reasonAgainst(t, a.clock()))
	}
	return true, nil
}

// nameRule keeps names fit for logs, metrics and command lines.
var nameRule = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// connection is the connection of that name, made if there is none.
func (a *Auth) connection(ctx context.Context, name, kind string) (store.Connection, error) {
	c, err := a.store.ConnectionByName(ctx, name)
	if !errors.Is(err, store.ErrNotFound) {
		return c, err
	}
	if !nameRule.MatchString(name) {
		return c, errors.New("a connection's name is 1 to 64 letters, digits, dots, dashes or underscores")
	}
	switch kind {
	case "":
		kind = "other"
	case "okta", "entra", "other":
	default:
		return c, errors.New("a connection's kind is okta, entra or other")
	}
	c = store.Connection{ID: store.ConnectionID(scim.NewID()), Name: name, Kind: kind, Created: a.clock().UTC()}
	err = a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertConnection(ctx, c) })
	if _, taken := errors.AsType[*store.TakenError](err); taken { // another replica was faster
		return a.store.ConnectionByName(ctx, name)
	}
	if err != nil {
		return store.Connection{}, fmt.Errorf("make connection %s: %w", name, err)
	}
	return c, nil
}
