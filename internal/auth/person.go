package auth

import (
	"context"
	"fmt"

	"github.com/flexscim/flexscim/internal/store"
)

// holder returns the connection and the person of a new token. For the token of an
// IdP, the person is empty.
func (a *Auth) holder(ctx context.Context, r Request) (store.Connection, store.Person, error) {
	c, err := a.store.ConnectionByName(ctx, r.Connection)
	if err != nil {
		return c, store.Person{}, fmt.Errorf("connection %s: %w; `flexscim connection list` shows all connections", r.Connection, err)
	}
	if r.Person == "" {
		return c, store.Person{}, nil
	}
	p, err := a.person(ctx, c, r.Person)
	return c, p, err
}

// person returns the connection's active user whose id equals name, or whose
// userName equals name in any letter case.
func (a *Auth) person(ctx context.Context, c store.Connection, name string) (store.Person, error) {
	found, err := a.store.FindPeople(ctx, name)
	if err != nil {
		return store.Person{}, fmt.Errorf("look %s up: %w", name, err)
	}
	for _, p := range found {
		switch {
		case p.Key.Connection != c.ID || p.Deleted:
		case !p.User.Doc.Active():
			return store.Person{}, fmt.Errorf("%s of connection %s is not active, and the token of an inactive person is refused: activate the person in the IdP first", name, c.Name)
		default:
			return p, nil
		}
	}
	return store.Person{}, fmt.Errorf("nobody has the userName or id %q in connection %s: "+
		"has the IdP pushed them? `flexscim plan --all` lists everybody", name, c.Name)
}
