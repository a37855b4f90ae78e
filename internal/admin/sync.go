package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
)

// Synced is the state of a person after a sync.
type Synced struct {
	State store.State
	Text  string // for an operator
}

// OK reports whether Flex matches the desired state.
func (s Synced) OK() bool { return s.State == store.Settled }

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

// SyncAll makes the running server compare all people with Flex again. Before it
// waits, it calls the function touched, whose argument n is the number of people. It
// waits until all people have been compared, but not longer than the duration wait. Then it
// returns the number of people in each state. If wait is 0, it does not wait, and
// returns nil.
func (a *Admin) SyncAll(ctx context.Context, wait time.Duration, touched func(n int64)) (states SyncedAll, err error) {
	connections, err := a.connections.List(ctx)
	if err != nil {
		return nil, err
	}
	var n int64
	err = a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) (err error) {
		if n, err = tx.TouchAll(ctx, store.Why{Urgency: store.Sweeping, Request: a.actor}); err != nil {
			return err
		}
		return auditEverywhere(ctx, tx, connections, audit.Entry{Actor: a.actor, Action: audit.SyncRequested, Subject: "everybody"})
	})
	if err != nil {
		return nil, err
	}
	if touched(n); wait == 0 {
		return nil, nil
	}
	err = poll(ctx, wait, func() (bool, error) {
		var err error
		states, _, err = a.store.PersonStates(ctx)
		return states[store.Pending] == 0, err
	})
	return states, err
}

// auditEverywhere writes an audit entry for each connection.
func auditEverywhere(ctx context.Context, tx *store.Tx, connections []Connection, e audit.Entry) error {
	for _, c := range connections {
		e.Connection = string(c.ID)
		if err := tx.Audit(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// SyncedAll has the number of people in each state after a sync of all people.
type SyncedAll map[store.State]int64

// OK reports whether Flex matches the desired state of all people.
func (s SyncedAll) OK() bool {
	for state, n := range s {
		if state != store.Settled && n > 0 {
			return false
		}
	}
	return true
}

// String returns the numbers as text, for example "40 settled, 1 parked".
func (s SyncedAll) String() string {
	parts := []string{fmt.Sprintf("%d settled", s[store.Settled])}
	for _, state := range []store.State{store.Pending, store.Waiting, store.Retrying, store.Parked} {
		if s[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", s[state], state))
		}
	}
	return strings.Join(parts, ", ")
}

// await polls a person until the sync has a result or the duration wait has passed.
func (a *Admin) await(ctx context.Context, key store.PersonKey, wait time.Duration) (person store.Person, err error) {
	err = poll(ctx, wait, func() (bool, error) {
		var err error
		person, err = a.store.Person(ctx, key)
		return person.State != store.Pending, err
	})
	return person, err
}

// poll calls the function done every 100 ms until it returns true or an error, or
// until the duration wait has passed.
func poll(ctx context.Context, wait time.Duration, done func() (bool, error)) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(wait); ; {
		if ok, err := done(); ok || err != nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
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
