package admin

import (
	"context"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/store"
)

// Connection is one app at one IdP, with everything that it pushes.
type Connection = store.Connection

// ConnectionKinds returns the kinds of IdP that flexscim tells apart.
func ConnectionKinds() []string { return connection.Kinds() }

// Connections returns all connections in the order of creation.
func (a *Admin) Connections(ctx context.Context) ([]Connection, error) {
	return a.connections.List(ctx)
}

// SetEntitlements decides whether the IdP of the named connection may read the
// roles and entitlements. All processes do so when it returns. It returns
// NotFound if no connection has the name.
func (a *Admin) SetEntitlements(ctx context.Context, name string, entitlements bool) error {
	if err := a.connections.SetEntitlements(ctx, name, entitlements, a.actor); err != nil {
		return failure(KindOf(err), "%w; `flexscim connection list` shows what there is", err)
	}
	auth.AwaitReplicas(ctx)
	return nil
}
