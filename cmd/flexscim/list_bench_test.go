package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// fill writes users into the one connection of a database, past the doors,
// which would take minutes.
func fill(b *testing.B, url string, from, to int) {
	b.Helper()
	s, err := store.Open(b.Context(), store.Config{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	connections, err := s.Connections(b.Context())
	if err != nil || len(connections) != 1 {
		b.Fatal(connections, err)
	}
	const together = 1000
	for first := from; first < to; first += together {
		err := s.Write(b.Context(), func(tx *store.Tx) error {
			for i := first; i < min(first+together, to); i++ {
				name := fmt.Sprintf("user%d@example.com", i)
				u := scim.User{ID: scim.NewID(), Meta: scim.Meta{Created: tx.Now(), LastModified: tx.Now(), Version: 1}, Doc: scim.Document{
					"userName": name, "externalId": "00u" + name, "displayName": "Ann Example", "active": true,
					"name":   map[string]any{"givenName": "Ann", "familyName": "Example"},
					"emails": []any{map[string]any{"value": name, "type": "work", "primary": true}},
				}}
				if err := tx.InsertUser(b.Context(), connections[0].ID, u, store.Why{Urgency: store.Joining}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSCIMList is a page of 100 users, at the start, in the middle and at
// the end, by index and by cursor (RFC 9865), without the engine.
func BenchmarkSCIMList(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		l, _ := serveQuietly(b, url)
		have := 0
		for _, people := range []int{10_000, 100_000} {
			fill(b, url, have, people)
			have = people
			middle := cursorAt(b, l, people/2)
			for _, page := range []struct{ name, query string }{
				{"start", "startIndex=1"},
				{"end", fmt.Sprint("startIndex=", people-99)},
				{"middle", fmt.Sprint("startIndex=", people/2)},
				{"cursor-start", "cursor="},
				{"cursor-middle", "cursor=" + middle},
			} {
				b.Run(fmt.Sprint(people, "-users-", page.name), func(b *testing.B) {
					rate(b, "pages/s", func(int) error {
						_, err := l.send("GET", "/Users?count=100&"+page.query, "", http.StatusOK)
						return err
					})
				})
			}
		}
	})
}

// cursorAt walks over so many users.
func cursorAt(b *testing.B, l *load, users int) (cursor string) {
	b.Helper()
	for range users / 1000 {
		answer, err := l.send("GET", "/Users?count=1000&attributes=id&cursor="+cursor, "", http.StatusOK)
		if err != nil {
			b.Fatal(err)
		}
		var page struct{ NextCursor string }
		if err := json.Unmarshal(answer, &page); err != nil || page.NextCursor == "" {
			b.Fatalf("%s, %v", answer, err)
		}
		cursor = page.NextCursor
	}
	return cursor
}
