package reconcile

import (
	"context"
	"errors"
	"strings"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// holder says whose a Worker is, if it is another person's: by its mark, else
// by the store's link, else, for a leaver, by whoever has the name now.
func (r *Reconciler) holder(ctx context.Context, run *run, w flex.Worker) (plan.Holder, error) {
	mark := flex.Owner(w.Attributes)
	switch {
	case mark == run.want.Mark:
		return "", nil
	case mark != "":
		key, ok := parseMark(mark)
		if !ok {
			return plan.Unknown, nil
		}
		return r.holderOf(ctx, key, w)
	case run.link != nil && run.link.Worker == w.SID:
		return "", nil
	}
	key, err := r.store.PersonByWorker(ctx, string(w.SID))
	if err == nil && key != run.in.Key {
		return r.holderOf(ctx, key, w)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	if run.want.Person.IsNobody() {
		return r.successor(ctx, run)
	}
	return "", nil
}

// holderOf says whether a person keeps the Worker under this name.
func (r *Reconciler) holderOf(ctx context.Context, key store.PersonKey, w flex.Worker) (plan.Holder, error) {
	p, err := r.store.Person(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return plan.Unknown, nil
	}
	if err != nil {
		return "", err
	}
	want := r.translate(p).want
	if want.Person.IsNobody() || !strings.EqualFold(want.Name, w.FriendlyName) {
		return plan.Leaves, nil
	}
	return plan.Stays, nil
}

// successor says whether somebody else has a leaver's name now: then a Worker
// of that name is not the leaver's.
func (r *Reconciler) successor(ctx context.Context, run *run) (plan.Holder, error) {
	persons, err := r.store.FindPeople(ctx, run.want.Name)
	if err != nil {
		return "", err
	}
	for _, p := range persons {
		if p.Key != run.in.Key && !p.Deleted && p.User.Doc.Active() {
			return plan.Stays, nil
		}
	}
	return "", nil
}

// parseMark reads "<connection>/<user>".
func parseMark(mark string) (store.PersonKey, bool) {
	connection, user, ok := strings.Cut(mark, "/")
	key := store.PersonKey{Connection: store.ConnectionID(connection), User: scim.ID(user)}
	return key, ok && scim.ID(connection).Valid() && key.User.Valid()
}
