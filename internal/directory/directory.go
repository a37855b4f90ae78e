package directory

import (
	"context"
	"errors"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/internal/turns"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// Directory reads and writes the users and groups of one connection.
type Directory struct {
	// These fields limit a user's document after a PATCH. Set both fields before the
	// first call of a method.
	MaxValues int // number of values of one attribute; 0 means scim.DefaultValues
	MaxBytes  int // 0 means scim.DefaultBytes

	// Applying limits how many changes are applied to documents at the same time. The
	// directories of all connections share it. Nil means no limit.
	Applying *turns.Gate

	store *store.Store
	conn  store.Connection

	writes memberWrites
}

var _ scim.Directory = (*Directory)(nil)

// New returns the directory of a connection.
func New(s *store.Store, c store.Connection) *Directory { return &Directory{store: s, conn: c} }

// The function why returns the cause of a change: the reference id of the request
// and the urgency.
func why(ctx context.Context, u store.Urgency) store.Why {
	return store.Why{Urgency: u, Request: logfield.RequestID(ctx)}
}

// entry returns the audit entry of a change to a resource of this connection. The
// entry contains the id of the request's token and, if addresses are logged, the
// client's address.
func (d *Directory) entry(ctx context.Context, a audit.Action, id scim.ID, detail map[string]string) audit.Entry {
	sender := logfield.SenderOf(ctx)
	for key, value := range map[string]string{"token": sender.Token, "address": sender.Address} {
		if value != "" && detail == nil {
			detail = map[string]string{}
		}
		if value != "" {
			detail[key] = value
		}
	}
	return audit.Entry{
		Connection: string(d.conn.ID),
		Actor:      "scim:" + d.conn.Name,
		Action:     a,
		Subject:    string(id),
		Request:    logfield.RequestID(ctx),
		Detail:     detail,
	}
}

// asRefusal translates an error of the store into a refusal. If no refusal fits,
// for example if the database is unavailable, asRefusal returns the error
// unchanged.
func asRefusal(err error, resource string, id scim.ID) error {
	if taken, ok := errors.AsType[*store.TakenError](err); ok {
		return refusal.ValueTaken.New(taken.Attribute)
	}
	if errors.Is(err, store.ErrNotFound) {
		return scim.NotFound(resource, id)
	}
	return err
}

// asListRefusal translates an error of the store's lists into a refusal. It returns
// other errors unchanged.
func asListRefusal(err error) error {
	if long, ok := errors.AsType[*list.TooLongError](err); ok {
		return refusal.FilterTooManyComparisons.New(long.Limit)
	}
	if much, ok := errors.AsType[*list.TooMuchError](err); ok {
		return refusal.TooMuchToScan.New(much.Plural, much.Indexed)
	}
	if many, ok := errors.AsType[*list.TooManyError](err); ok {
		if many.Members {
			return refusal.TooManyMembersToScan.New(many.Limit, many.Indexed)
		}
		return refusal.TooManyToScan.New(many.Limit, many.Plural, many.Indexed)
	}
	return err
}
