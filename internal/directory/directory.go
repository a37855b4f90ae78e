package directory

import (
	"context"
	"errors"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// Directory holds the users and groups of one connection.
type Directory struct {
	// MaxValues is how many values one attribute of a user may have after a
	// PATCH; 0 means scim.DefaultValues. Set it before the first call.
	MaxValues int
	MaxBytes  int // of a user's document after a PATCH; 0 means scim.DefaultBytes

	store *store.Store
	conn  store.Connection
}

var _ scim.Directory = (*Directory)(nil)

// New is the directory of a connection.
func New(s *store.Store, c store.Connection) *Directory { return &Directory{store: s, conn: c} }

// why notes the request that asks for a change, and how urgent it is.
func why(ctx context.Context, u store.Urgency) store.Why {
	return store.Why{Urgency: u, Request: logfield.RequestID(ctx)}
}

// entry is the audit entry of a change to a resource of this connection.
func (d *Directory) entry(ctx context.Context, a audit.Action, id scim.ID, detail map[string]string) audit.Entry {
	return audit.Entry{
		Connection: string(d.conn.ID),
		Actor:      "scim:" + d.conn.Name,
		Action:     a,
		Subject:    string(id),
		Request:    logfield.RequestID(ctx),
		Detail:     detail,
	}
}

// refuse turns what the store refused into what the IdP is told. Everything
// else, above all an unavailable database, passes through.
func refuse(err error, resource string, id scim.ID) error {
	if err == nil {
		return nil
	}
	if taken, ok := errors.AsType[*store.TakenError](err); ok {
		return refusal.Taken.New(taken.Attribute)
	}
	if errors.Is(err, store.ErrNotFound) {
		return scim.NotFound(resource, id)
	}
	return err
}
