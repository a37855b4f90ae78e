package admin

import (
	"context"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/store"
)

// Connection is one app at one IdP.
type Connection = store.Connection

// ConnectionKinds returns the kinds of IdP that flexscim distinguishes.
func ConnectionKinds() []string { return connection.Kinds() }

// Connections returns all connections in the order of creation.
func (a *Admin) Connections(ctx context.Context) ([]Connection, error) {
	return a.connections.List(ctx)
}

// SetEntitlements sets whether the IdP of the named connection can read the roles
// and entitlements. When SetEntitlements returns, all processes use the new value.
// If no connection has the name, it returns NotFound.
func (a *Admin) SetEntitlements(ctx context.Context, name string, entitlements bool) error {
	if err := a.connections.SetEntitlements(ctx, name, entitlements, a.actor); err != nil {
		return failure(KindOf(err), "%w; `flexscim connection list` shows all connections", err)
	}
	auth.AwaitReplicas(ctx)
	return nil
}
