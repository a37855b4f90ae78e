package store_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// acme and other are two connections; neither must see the data of the other.
const (
	acme  store.ConnectionID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	other store.ConnectionID = "bbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// write calls Store.Write with the function fn, and fails the test if there is an
// error.
func write(tb testing.TB, s *store.Store, fn func(tx *store.Tx) error) {
	tb.Helper()
	if err := s.Write(tb.Context(), store.AnyKey, fn); err != nil {
		tb.Fatalf("Write: %v", err)
	}
}

// document parses a document from JSON.
func document(tb testing.TB, text string) scim.Document {
	tb.Helper()
	var doc scim.Document
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		tb.Fatalf("document: %v", err)
	}
	return doc
}

// newUser returns a user without storing it.
func newUser(tb testing.TB, doc string) scim.User {
	tb.Helper()
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	return scim.User{ID: scim.NewID(), Doc: document(tb, doc), Meta: scim.Meta{Created: now, LastModified: now, Version: 1}}
}

// The function named returns the JSON text of a document that contains only a
// userName.
func named(userName string) string {
	b, _ := json.Marshal(map[string]string{"userName": userName})
	return string(b)
}

var (
	joining  = store.Why{Urgency: store.Joining, Request: "req-joining"}
	changing = store.Why{Urgency: store.Changing, Request: "req-changing"}
	leaving  = store.Why{Urgency: store.Leaving, Request: "req-leaving"}
	sweeping = store.Why{Urgency: store.Sweeping, Request: "req-sweeping"}
)

// addUser inserts a user into acme.
func addUser(tb testing.TB, s *store.Store, doc string) scim.User {
	tb.Helper()
	u := newUser(tb, doc)
	write(tb, s, func(tx *store.Tx) error { return tx.InsertUser(tb.Context(), acme, u, joining) })
	return u
}

// keyOf returns the key of a person of acme.
func keyOf(id scim.ID) store.PersonKey { return store.PersonKey{Connection: acme, User: id} }

// person reads a person of acme.
func person(tb testing.TB, s *store.Store, id scim.ID) store.Person {
	tb.Helper()
	p, err := s.Person(tb.Context(), keyOf(id))
	if err != nil {
		tb.Fatalf("Person: %v", err)
	}
	return p
}

// saveOutcome saves an outcome and returns the desired generation.
func saveOutcome(tb testing.TB, s *store.Store, id scim.ID, o store.Outcome) (desired int64) {
	tb.Helper()
	write(tb, s, func(tx *store.Tx) (err error) {
		desired, err = tx.SaveOutcome(tb.Context(), keyOf(id), o)
		return err
	})
	return desired
}

// updateUser locks a user and writes it.
func updateUser(ctx context.Context, tx *store.Tx, c store.ConnectionID, u scim.User) error {
	was, err := tx.LockUser(ctx, c, u.ID)
	if err != nil {
		return err
	}
	return updateLocked(ctx, tx, c, was, u)
}

// updateLocked writes a locked user.
func updateLocked(ctx context.Context, tx *store.Tx, c store.ConnectionID, was store.LockedUser, u scim.User) error {
	encoded, err := store.EncodeUser(u)
	if err != nil {
		return err
	}
	return tx.UpdateUser(ctx, c, was, encoded, changing)
}

// deleteUser locks a user and deletes it.
func deleteUser(ctx context.Context, tx *store.Tx, c store.ConnectionID, id scim.ID) error {
	was, err := tx.LockUser(ctx, c, id)
	if err != nil {
		return err
	}
	return tx.DeleteUser(ctx, c, was, leaving)
}
