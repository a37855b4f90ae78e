package main

import (
	"context"
	"fmt"

	"github.com/flexscim/flexscim/internal/store"
)

// findPerson is the one person that a name means: a userName (any case) or an
// id. A live person goes before the tombstones of the same name.
func findPerson(ctx context.Context, s *store.Store, name string) (store.Person, error) {
	found, err := s.FindPeople(ctx, name)
	switch {
	case err != nil:
		return store.Person{}, err
	case len(found) == 0:
		return store.Person{}, fmt.Errorf("nobody has the userName or id %q here: has the IdP pushed them? `flexscim plan --all` lists everybody", name)
	case len(found) > 1 && !found[1].Deleted:
		return store.Person{}, fmt.Errorf("%q means several people, in different connections: name one by id (%s, %s)", name, found[0].Key.User, found[1].Key.User)
	}
	return found[0], nil
}
