package admin

import (
	"context"

	"github.com/flexscim/flexscim/internal/store"
)

// Person returns the person with that userName, in any letter case, or id. A
// live person is preferred to tombstones of the same name. It returns NotFound
// if there is none, and Conflict if several connections have one.
func (a *Admin) Person(ctx context.Context, name string) (store.Person, error) {
	found, err := a.store.FindPeople(ctx, name)
	switch {
	case err != nil:
		return store.Person{}, err
	case len(found) == 0:
		return store.Person{}, failure(NotFound, "nobody has the userName or id %q here: has the IdP pushed them? `flexscim plan --all` lists everybody", name)
	case len(found) > 1 && !found[1].Deleted:
		return store.Person{}, failure(Conflict, "%q means several people, in different connections: name one by id (%s, %s)", name, found[0].Key.User, found[1].Key.User)
	}
	return found[0], nil
}
