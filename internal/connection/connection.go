package connection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// Config configures Connections.
type Config struct {
	Store    *store.Store
	Policy   Policy // for every connection
	OnChange func() // Connections calls it after each change of a connection; may be nil
}

// Connections manages the connections of one store. It is safe for concurrent use.
type Connections struct {
	store    *store.Store
	policy   atomic.Pointer[Policy]
	onChange func()
}

// New returns a Connections that manages the connections of a store.
func New(c Config) *Connections {
	all := &Connections{store: c.Store, onChange: c.OnChange}
	c.Policy.Rules = cmp.Or(c.Policy.Rules, mapping.Default())
	all.policy.Store(&c.Policy)
	if all.onChange == nil {
		all.onChange = func() {}
	}
	return all
}

// Kinds returns the kinds of IdP that flexscim distinguishes.
func Kinds() []string { return []string{"okta", "entra", "other"} }

// validName matches names that can be used in logs, metrics and command lines.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Ensure returns the connection of that name. If no connection has the name, Ensure
// creates one. The argument kind is one of Kinds, or "" for the kind "other"; an
// existing connection keeps its kind. Several replicas may call Ensure at the same
// time.
func (c *Connections) Ensure(ctx context.Context, name, kind string) (store.Connection, error) {
	found, err := c.store.ConnectionByName(ctx, name)
	if !errors.Is(err, store.ErrNotFound) {
		return found, err
	}
	kind = cmp.Or(kind, "other")
	switch {
	case !validName.MatchString(name):
		return store.Connection{}, errors.New("a connection's name is 1 to 64 letters, digits, dots, dashes or underscores")
	case !slices.Contains(Kinds(), kind):
		return store.Connection{}, errors.New("a connection's kind is one of " + strings.Join(Kinds(), ", "))
	}
	fresh := store.Connection{ID: store.ConnectionID(scim.NewID()), Name: name, Created: time.Now().UTC(), Settings: store.Settings{Kind: kind, GroupPut: scim.GroupPutAuto}}
	err = c.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertConnection(ctx, fresh) })
	if _, taken := errors.AsType[*store.TakenError](err); taken { // another replica was faster
		return c.store.ConnectionByName(ctx, name)
	}
	if err != nil {
		return store.Connection{}, fmt.Errorf("create connection %s: %w", name, err)
	}
	return fresh, nil
}

// List returns all connections in the order of creation.
func (c *Connections) List(ctx context.Context) ([]store.Connection, error) {
	all, err := c.store.Connections(ctx)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	return all, nil
}
