package store_test

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// engines runs a benchmark on each engine. PostgreSQL starts with fsync on.
func engines(b *testing.B, bench func(b *testing.B, s *store.Store)) {
	b.Helper()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			bench(b, storetest.OpenConfig(b, store.Config{URL: storetest.URL(b, engine)}))
		})
	}
}

// inParallel calls the function fn b.N times from 16 goroutines and reports the calls
// per second.
func inParallel(b *testing.B, fn func(i int64) error) {
	b.Helper()
	const writers = 16
	b.SetParallelism(writers / 2) // for two cores
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := fn(next.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// BenchmarkWriteUser measures what a SCIM POST writes: row, e-mail, generation and
// audit entry, including the commit.
func BenchmarkWriteUser(b *testing.B) {
	engines(b, func(b *testing.B, s *store.Store) {
		ctx := b.Context()
		inParallel(b, func(i int64) error {
			u := newUser(b, fmt.Sprintf(`{"userName":"user%d@example.com","active":true,"emails":[{"value":"user%d@example.com"}]}`, i, i))
			return s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
				if err := tx.InsertUser(ctx, acme, u, joining); err != nil {
					return err
				}
				return tx.Audit(ctx, audit.Entry{Connection: string(acme), Actor: "scim:okta", Action: audit.UserCreated, Subject: string(u.ID)})
			})
		})
	})
}

// BenchmarkUpdateUser measures what a SCIM PATCH does in the database: lock,
// document, generation and audit entry, including the commit.
func BenchmarkUpdateUser(b *testing.B) {
	engines(b, func(b *testing.B, s *store.Store) {
		ctx := b.Context()
		ids := addUsers(b, s, 1000)
		inParallel(b, func(i int64) error {
			return s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
				was, err := tx.LockUser(ctx, acme, ids[i%1000])
				if err != nil {
					return err
				}
				u := was.User
				u.Doc = maps.Clone(u.Doc)
				u.Doc["active"] = i%2000 < 1000
				u.Meta.Version++
				if err := updateLocked(ctx, tx, acme, was, u); err != nil {
					return err
				}
				return tx.Audit(ctx, audit.Entry{Connection: string(acme), Actor: "scim:okta", Action: audit.UserChanged, Subject: string(u.ID)})
			})
		})
	})
}

// BenchmarkFilterUserName measures the query of a GET with ?filter=userName eq.
func BenchmarkFilterUserName(b *testing.B) {
	engines(b, func(b *testing.B, s *store.Store) {
		have := 0
		for _, users := range []int{1000, 100_000} {
			growTo(b, s, &have, users)
			b.Run(fmt.Sprint(users, "-users"), func(b *testing.B) {
				inParallel(b, func(i int64) error {
					name := fmt.Sprintf("USER%d@example.com", i*7919%int64(users))
					page, err := s.Users(b.Context(), acme, scim.Query{Filter: eq("userName", name), StartIndex: 1, Count: 100, Groups: true})
					if err == nil && page.Total != 1 {
						err = fmt.Errorf("%d users", page.Total)
					}
					return err
				})
			})
		}
	})
}

// growTo adds users until their number is the argument want.
func growTo(b *testing.B, s *store.Store, have *int, want int) (ids []scim.ID) {
	b.Helper()
	for *have < want {
		write(b, s, func(tx *store.Tx) error {
			for range min(1000, want-*have) {
				u := newUser(b, fmt.Sprintf(`{"userName":"user%d@example.com","emails":[{"value":"user%d@example.com"}]}`, *have, *have))
				if err := tx.InsertUser(b.Context(), acme, u, joining); err != nil {
					return err
				}
				ids = append(ids, u.ID)
				*have++
			}
			return nil
		})
	}
	return ids
}

// BenchmarkAddMember measures adding one member and removing it, in a small and in
// a large group.
func BenchmarkAddMember(b *testing.B) {
	engines(b, func(b *testing.B, s *store.Store) {
		have, ctx := 0, b.Context()
		ids := growTo(b, s, &have, 100_000)
		for i, members := range []int{10, 100_000} {
			g := addGroup(b, s, fmt.Sprintf(`{"displayName":"g%d"}`, i)).ID
			for part := range slices.Chunk(ids[:members], 10_000) {
				if _, err := change(ctx, s, g, scim.MemberChange{Add: part}); err != nil {
					b.Fatal(err)
				}
			}
			b.Run(fmt.Sprint(members, "-members"), func(b *testing.B) {
				newcomer := addUser(b, s, named(string(scim.NewID()))).ID
				b.ResetTimer()
				for i := range b.N {
					c := scim.MemberChange{Add: []scim.ID{newcomer}}
					if i%2 == 1 {
						c = scim.MemberChange{Remove: []scim.ID{newcomer}}
					}
					if _, err := change(ctx, s, g, c); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

// BenchmarkSeal measures the linking of audit entries into the chain.
func BenchmarkSeal(b *testing.B) {
	engines(b, func(b *testing.B, s *store.Store) {
		addEntries(b, s, b.N)
		b.ResetTimer()
		sealAll(b, s, 1000)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
	})
}
