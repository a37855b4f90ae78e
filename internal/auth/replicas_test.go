package auth_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// replica is an Auth with its own store.
type replica struct {
	*auth.Auth
	store *store.Store
}

// replicas returns n replicas that share one database. The database contains the
// connection okta.
func replicas(t *testing.T, engine store.Engine, n int) []replica {
	t.Helper()
	return replicasAt(t, engine, n, time.Now)
}

func replicasAt(t *testing.T, engine store.Engine, n int, now func() time.Time) []replica {
	t.Helper()
	url := storetest.URL(t, engine)
	all := make([]replica, n)
	for i := range all {
		s := storetest.OpenConfig(t, store.Config{URL: url, Pool: 4})
		all[i] = replica{auth.New(auth.Config{Store: s, Clock: now}), s}
		t.Cleanup(all[i].Close)
	}
	if err := ensure(t.Context(), all[0].Auth, all[0].store, "okta", "", secret.String{}); err != nil {
		t.Fatal(err)
	}
	return all
}

// together makes n concurrent calls of the function do, and waits for them.
func together(n int, do func(i int)) {
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}

// TestAtMostTwoOverReplicas checks that a connection never has more than two
// live tokens, even if several replicas create tokens concurrently.
func TestAtMostTwoOverReplicas(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		for _, c := range []struct {
			name       string
			before     int  // live tokens before the test
			one        bool // only one replica creates tokens, not all four
			replace    bool
			made, live int
		}{
			{name: "no token is live", made: 2, live: 2},
			{name: "one is live", before: 1, made: 1, live: 2},
			{name: "two are live", before: 2, made: 0, live: 2},
			{name: "one is live, one replica creates all", before: 1, one: true, made: 1, live: 2},
			{name: "all replace", before: 2, replace: true, made: 8, live: 1},
		} {
			t.Run(string(engine)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				all := replicas(t, engine, 4)
				for range c.before {
					create(t, all[0].Auth, auth.Request{Connection: "okta", Actor: "cli"})
				}
				var mu sync.Mutex
				made := 0
				together(8, func(i int) {
					if c.one {
						i = 0
					}
					_, _, err := all[i%4].Create(t.Context(), auth.Request{Connection: "okta", Replace: c.replace, Actor: "cli"})
					_, tooMany := errors.AsType[*auth.TooManyError](err)
					if err != nil && !tooMany {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						made++
					}
				})
				if live := countLive(t, all[0].Auth); made != c.made || live != c.live {
					t.Errorf("eight at once: made %d, %d are live; want %d and %d", made, live, c.made, c.live)
				}
			})
		}
	}
}

func countLive(t *testing.T, a *auth.Auth) (live int) {
	t.Helper()
	list, err := a.List(t.Context(), "okta")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if l.State == "live" {
			live++
		}
	}
	return live
}

// TestEnsureConnectionAtOnce checks that if several replicas start concurrently
// with the same configuration, only one connection and one token are created.
func TestEnsureConnectionAtOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			all := replicas(t, engine, 4)
			together(8, func(i int) {
				for _, name := range []string{"okta", "entra"} { // the connection entra does not exist yet
					if err := ensure(t.Context(), all[i%4].Auth, all[i%4].store, name, "", secret.New("secret-of-"+name)); err != nil {
						t.Error(err)
					}
				}
			})
			if list, err := all[0].List(t.Context(), ""); len(list) != 2 || err != nil {
				t.Errorf("got %d tokens, %v, want one of each connection", len(list), err)
			}
		})
	}
}

// TestRevokedElsewhere checks that a replica immediately refuses a token that it
// revoked itself, and that other replicas refuse it a second later. It also checks
// that the time of a token's last use never decreases when two replicas save it.
func TestRevokedElsewhere(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			now := &clock{now: time.Now()}
			all := replicasAt(t, engine, 2, now.Now)
			text, token := create(t, all[0].Auth, auth.Request{Connection: "okta", Actor: "cli"})
			for _, a := range all {
				wantReason(t, a.Auth, text, "")
				a.Close()
			}
			list, err := all[1].List(t.Context(), "okta")
			if err != nil || time.Since(list[0].LastUsed) > time.Hour {
				t.Errorf("got the last use %v, %v, want now", list[0].LastUsed, err)
			}
			if _, err := all[1].Revoke(t.Context(), token.ID, "cli"); err != nil {
				t.Fatal(err)
			}
			wantReason(t, all[1].Auth, text, auth.Revoked)
			now.turn(auth.CacheTTL)
			wantReason(t, all[0].Auth, text, auth.Revoked)
		})
	}
}
