package auth

import (
	"context"
	"fmt"

	"github.com/flexscim/flexscim/internal/store"
)

// holder is who gets a token: the IdP of a connection, which is made if there
// is none, or a person, and then both are there already.
func (a *Auth) holder(ctx context.Context, r Request) (store.Connection, store.Person, error) {
	if r.Person == "" {
		c, err := a.connection(ctx, r.Connection, r.Kind)
		return c, store.Person{}, err
	}
	c, err := a.store.ConnectionByName(ctx, r.Connection)
	if err != nil {
		return c, store.Person{}, fmt.Errorf("connection %s: %w; `flexscim connection list` shows what there is", r.Connection, err)
	}
	p, err := a.person(ctx, c, r.Person)
	return c, p, err
}

// person is the active user of a connection whom a userName, in any case, or
// an id means.
func (a *Auth) person(ctx context.Context, c store.Connection, name string) (store.Person, error) {
	found, err := a.store.FindPeople(ctx, name)
	if err != nil {
		return store.Person{}, fmt.Errorf("look %s up: %w", name, err)
	}
	for _, p := range found {
		switch {
		case p.Key.Connection != c.ID || p.Deleted:
		case !p.User.Doc.Active():
			return store.Person{}, fmt.Errorf("%s of connection %s is not active, so a token for them would be refused: have the IdP activate them first", name, c.Name)
		default:
			return p, nil
		}
	}
	return store.Person{}, fmt.Errorf("nobody has the userName or id %q in connection %s, so there is nobody whom a token could stand for: "+
		"has the IdP pushed them? `flexscim plan --all` lists everybody", name, c.Name)
}
