package admin

import (
	"context"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/store"
)

// Connections returns all connections in the order of creation.
func (a *Admin) Connections(ctx context.Context) ([]store.Connection, error) {
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
