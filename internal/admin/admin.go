package admin

import (
	"context"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// Config configures an Admin.
type Config struct {
	Store       *store.Store
	Auth        *auth.Auth
	Connections *connection.Connections
	Reconciler  *reconcile.Reconciler // may be nil if Plan and Plans are not called
	Actor       string                // for the audit log: "cli"
}

// Admin implements the operators' use cases. It is safe for concurrent use.
type Admin struct {
	store       *store.Store
	auth        *auth.Auth
	connections *connection.Connections
	reconciler  *reconcile.Reconciler
	actor       string
}

// New returns an Admin.
func New(c Config) *Admin {
	return &Admin{store: c.Store, auth: c.Auth, connections: c.Connections, reconciler: c.Reconciler, actor: c.Actor}
}

// Migrate creates or updates all tables: the store's and the queue's.
func Migrate(ctx context.Context, s *store.Store) error {
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	return queue.Migrate(ctx, s)
}

// Person returns the person with that userName, ignoring case, or id. It
// prefers a User to tombstones of the same name. It returns NotFound if nobody
// has the name, and Conflict if people of several connections have it.
func (a *Admin) Person(ctx context.Context, name string) (store.Person, error) {
	found, err := a.store.FindPeople(ctx, name)
	switch {
	case err != nil:
		return store.Person{}, err
	case len(found) == 0:
		return store.Person{}, failure(NotFound, "nobody has the userName or id %q: has the IdP pushed them? `flexscim plan --all` lists everybody", name)
	case len(found) > 1 && !found[1].Deleted:
		return store.Person{}, failure(Conflict, "%q is the name of several people, in different connections: use an id (%s, %s)", name, found[0].Key.User, found[1].Key.User)
	}
	return found[0], nil
}
