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

// ConnectionValues has the values of a connection's settings as text, by the name of
// the setting.
type ConnectionValues = connection.Values

// ConnectionValuesOf returns the values of all settings of a connection as text.
func ConnectionValuesOf(c Connection) ConnectionValues { return connection.ValuesOf(c.Settings) }

// CheckConnectionValues returns Usage if a value of a setting is not allowed.
func CheckConnectionValues(values ConnectionValues) error {
	var settings store.Settings
	if err := values.Apply(&settings); err != nil {
		return failure(Usage, "%w", err)
	}
	return nil
}

// ChangeConnection changes those settings of the named connection that the argument
// values contains, and returns the changed connection. When ChangeConnection
// returns, all processes use the new values. If no connection has the name, it
// returns NotFound.
func (a *Admin) ChangeConnection(ctx context.Context, name string, values ConnectionValues) (Connection, error) {
	if err := CheckConnectionValues(values); err != nil {
		return Connection{}, err
	}
	changed, err := a.connections.Change(ctx, name, values, a.actor)
	if err != nil {
		return changed, failure(KindOf(err), "%w; `flexscim connection list` shows all connections", err)
	}
	auth.AwaitReplicas(ctx)
	return changed, nil
}
