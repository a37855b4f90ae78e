package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
)

// Synced is the state of a person after a sync.
type Synced struct {
	State store.State
	Text  string // for an operator
}

// OK reports whether Flex matches the desired state or flexscim is still working on
// it. If it returns false, an operator must act.
func (s Synced) OK() bool { return s.State != store.Parked && s.State != store.Pending }

// Sync makes the running server compare the named person (see Person) with Flex
// again, and waits for the result, but not longer than the duration wait. If wait
// is 0, it immediately returns the zero Synced.
func (a *Admin) Sync(ctx context.Context, name string, wait time.Duration) (Synced, error) {
	person, err := a.Person(ctx, name)
	if err != nil {
		return Synced{}, err
	}
	err = a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		if err := tx.Touch(ctx, person.Key, store.Why{Urgency: store.Changing, Request: a.actor}); err != nil {
			return err
		}
		return tx.Audit(ctx, audit.Entry{
			Connection: string(person.Key.Connection), Actor: a.actor, Action: audit.SyncRequested, Subject: string(person.Key.User)})
	})
	if err != nil || wait == 0 {
		return Synced{}, err
	}
	person, err = a.await(ctx, person.Key, wait)
	return Synced{person.State, describe(person)}, err
}

// SyncAll makes the running server compare all people with Flex again. It returns their number.
func (a *Admin) SyncAll(ctx context.Context) (n int64, err error) {
	err = a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) (err error) {
		if n, err = tx.TouchAll(ctx, store.Why{Urgency: store.Sweeping, Request: a.actor}); err != nil {
			return err
		}
		return tx.Audit(ctx, audit.Entry{Actor: a.actor, Action: audit.SyncRequested, Subject: "everybody"})
	})
	return n, err
}

// await polls a person until the sync has a result or the duration wait has passed.
func (a *Admin) await(ctx context.Context, key store.PersonKey, wait time.Duration) (store.Person, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(wait); ; {
		person, err := a.store.Person(ctx, key)
		if err != nil || person.State != store.Pending || time.Now().After(deadline) {
			return person, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return person, ctx.Err()
		}
	}
}

func describe(p store.Person) string {
	switch p.State {
	case store.Pending:
		return "requested, but not started yet: is `flexscim serve` running on this database?"
	case store.Settled:
		return "Flex is as wanted"
	default:
		return fmt.Sprintf("%s: %s", p.State, p.Reason)
	}
}
