package admin

import (
	"context"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// Config configures an Admin.
type Config struct {
	Store       *store.Store
	Auth        *auth.Auth
	Connections *connection.Connections
	Reconciler  *reconcile.Reconciler // may be nil if Plan, Plans and Foreign are not called
	Actor       string                // for the audit log: "cli"

	// Rules returns the configured mapping rules, which apply if no server has run
	// lately. Rules may be nil if no method that reads people is called.
	Rules func() (*mapping.Rules, error)
}

// Admin implements the operators' use cases. It is safe for concurrent use.
type Admin struct {
	store       *store.Store
	auth        *auth.Auth
	connections *connection.Connections
	reconciler  *reconcile.Reconciler
	actor       string
	configured  func() (*mapping.Rules, error)
}

// New returns an Admin.
func New(c Config) *Admin {
	return &Admin{store: c.Store, auth: c.Auth, connections: c.Connections, reconciler: c.Reconciler, actor: c.Actor, configured: c.Rules}
}

// CheckSchema returns nil if the tables of the database have the version that this
// program needs. In a new database, it creates the tables. If the tables are older
// or newer, it returns Conflict, because a command that only reads must not migrate
// a database that another version of flexscim is using.
func CheckSchema(ctx context.Context, s *store.Store) error {
	switch have, want, err := s.SchemaVersion(ctx); {
	case err != nil:
		return err
	case have == 0:
		return Migrate(ctx, s)
	case have < want:
		return failure(Conflict, "the database is at version %d, this program at %d: run `flexscim migrate`, or use the flexscim that serves", have, want)
	case have > want:
		return failure(Conflict, "the database is at version %d, newer than this program (%d): use the flexscim that serves", have, want)
	}
	return nil
}

// Migrate creates or updates all tables of the store and of the queue. If the
// tables are newer than this program, it returns an error.
func Migrate(ctx context.Context, s *store.Store) error {
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	return queue.Migrate(ctx, s)
}

// Person returns the person whose id or userName equals name; userNames are
// compared ignoring case. If a User and tombstones have the same name, it returns
// the User. If nobody has the name, it returns NotFound. If Users of several
// connections have the name, it returns Conflict.
func (a *Admin) Person(ctx context.Context, name string) (store.Person, error) {
	found, err := a.store.FindPeople(ctx, name)
	switch {
	case err != nil:
		return store.Person{}, err
	case len(found) == 0:
		return store.Person{}, noSuchPerson(name)
	case len(found) > 1 && !found[1].Deleted:
		return store.Person{}, failure(Conflict, "several people in different connections have the name %q: use an id (%s, %s)", name, found[0].Key.User, found[1].Key.User)
	}
	return found[0], nil
}

// noSuchPerson returns the error for a userName or id that no person has.
func noSuchPerson(name string) error {
	return failure(NotFound, "nobody has the userName or id %q: has the IdP pushed them? `flexscim people list` lists everybody", name)
}
