package auth_test

import (
	"context"
	"errors"
	"hash/crc32"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newAuth(t *testing.T) (*auth.Auth, *store.Store, *clock) {
	t.Helper()
	return authOn(t, storetest.Open(t))
}

// engines runs a test once on each engine, each time with a new store.
func engines(t *testing.T, test func(t *testing.T, a *auth.Auth, s *store.Store, now *clock)) {
	t.Helper()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		a, s, now := authOn(t, open(t))
		test(t, a, s, now)
	})
}

func authOn(t *testing.T, s *store.Store) (*auth.Auth, *store.Store, *clock) {
	t.Helper()
	c := &clock{now: time.Now().Truncate(time.Microsecond)} // the store's precision
	a := auth.New(auth.Config{Store: s, Clock: c.Now})
	t.Cleanup(a.Close)
	for _, name := range []string{"okta", "entra"} {
		if err := ensure(t.Context(), a, s, name, name, secret.String{}); err != nil {
			t.Fatal(err)
		}
	}
	return a, s, c
}

// ensure creates a connection and its configured token, as the program does
// when it starts.
func ensure(ctx context.Context, a *auth.Auth, s *store.Store, name, kind string, token secret.String) error {
	c, err := connection.New(connection.Config{Store: s}).Ensure(ctx, name, kind)
	if err != nil || token.IsEmpty() {
		return err
	}
	return a.EnsureToken(ctx, c, token, "flexscim")
}

func create(t *testing.T, a *auth.Auth, r auth.Request) (string, store.Token) {
	t.Helper()
	text, token, err := a.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal(), token
}

func TestNewToken(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		text, token := auth.NewToken("c", time.Now(), time.Time{})
		s := text.Reveal()
		if len(s) != 55 || !strings.HasPrefix(s, "fscim_") || seen[s] {
			t.Fatalf("got %q, want fscim_ and 49 fresh letters", s)
		}
		seen[s] = true
		sum, ok := new(big.Int).SetString(s[49:], 62)
		if !ok || sum.Int64() != int64(crc32.ChecksumIEEE([]byte(s[:49]))) {
			t.Errorf("%q: its last six letters are not its checksum", s)
		}
		if token.LastFour != s[51:] || token.Prefix != "fscim_" || token.Connection != "c" || token.ID == "" {
			t.Errorf("got %+v, want it to describe the token", token)
		}
	}
}

// TestHeader checks which Authorization headers are accepted, and the reason for each refusal.
func TestHeader(t *testing.T) {
	t.Parallel()
	a, _, _ := newAuth(t)
	good, _ := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})
	for _, c := range []struct {
		name, header string
		want         auth.Reason // "": accepted
	}{
		{"bearer", "Bearer " + good, ""},
		{"other case", "bEARER " + good, ""},
		{"spaces", "  Bearer \t  " + good + "  ", ""},
		{"bare, like Okta's header mode", good, ""},
		{"nothing", "", auth.Missing},
		{"only the word", "Bearer", auth.Missing},
		{"only the word and spaces", "Bearer   ", auth.Missing},
		{"Basic", "Basic dTpw", auth.Malformed},
		{"two tokens", "Bearer " + good + " " + good, auth.Malformed},
		{"two headers, joined", "Bearer " + good + ", Bearer " + good, auth.Malformed},
		{"quotes", `Bearer "` + good + `"`, auth.Malformed},
		{"NUL", "Bearer " + good + "\x00", auth.Malformed},
		{"umlaut", "Bearer ä", auth.Malformed},
		{"padding only", "Bearer ==", auth.Malformed},
		{"long", "Bearer " + strings.Repeat("a", 600), auth.TooLong},
		{"one letter less", "Bearer " + good[:len(good)-1], auth.Unknown},
		{"other case of the token", "Bearer " + strings.ToUpper(good), auth.Unknown},
		{"prefix only", "Bearer fscim_", auth.Unknown},
		{"no space between word and token", "Bearer" + good, auth.Unknown},
	} {
		p, err := a.Authenticate(t.Context(), c.header)
		denied, _ := errors.AsType[*auth.Denied](err)
		switch {
		case c.want == "" && (err != nil || p.Connection.Name != "okta"):
			t.Errorf("%s: got %+v, %v, want okta", c.name, p, err)
		case c.want != "" && (denied == nil || denied.Reason != c.want || p != auth.Principal{}):
			t.Errorf("%s: got %+v, %v, want %s", c.name, p, err, c.want)
		}
	}
}

func TestExpiryAndRevocation(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, a *auth.Auth, _ *store.Store, now *clock) {
		brief, _ := create(t, a, auth.Request{Connection: "okta", Lifetime: time.Hour, Actor: "cli"})
		long, token := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})

		now.turn(time.Hour - time.Second)
		wantReason(t, a, brief, "")
		now.turn(time.Second)
		wantReason(t, a, brief, auth.Expired)
		wantReason(t, a, long, "")

		if _, err := a.Revoke(t.Context(), token.LastFour, "cli"); err != nil {
			t.Fatal(err)
		}
		wantReason(t, a, long, auth.Revoked)
		if live, err := a.HasLive(t.Context()); live || err != nil {
			t.Errorf("HasLive: got %t, %v, want false", live, err)
		}
	})
}

func wantReason(t *testing.T, a *auth.Auth, token string, want auth.Reason) {
	t.Helper()
	_, err := a.Authenticate(t.Context(), "Bearer "+token)
	var got auth.Reason
	if denied, ok := errors.AsType[*auth.Denied](err); ok {
		got = denied.Reason
	} else if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got reason %q, want %q", got, want)
	}
}

func TestAtMostTwo(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, a *auth.Auth, _ *store.Store, _ *clock) {
		first, one := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})
		second, _ := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})
		wantReason(t, a, first, "")
		wantReason(t, a, second, "")
		_, _, err := a.Create(t.Context(), auth.Request{Connection: "okta", Actor: "cli"})
		tooMany, ok := errors.AsType[*auth.TooManyError](err)
		if !ok || !strings.Contains(tooMany.Error(), "revoke") || !strings.Contains(tooMany.Error(), one.ID) {
			t.Fatalf("a third token: got %v, want *TooManyError with the advice to revoke", err)
		}
		if strings.Contains(tooMany.Error(), first) {
			t.Error("the error shows a token")
		}
		if _, _, err := a.Create(t.Context(), auth.Request{Connection: "entra", Actor: "cli"}); err != nil {
			t.Errorf("the first token of another connection: %v", err)
		}
		third, _ := create(t, a, auth.Request{Connection: "okta", Replace: true, Actor: "cli"})
		wantReason(t, a, first, auth.Revoked)
		wantReason(t, a, second, auth.Revoked)
		wantReason(t, a, third, "")
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, a *auth.Auth, s *store.Store, now *clock) {
		_, old := create(t, a, auth.Request{Connection: "okta", Lifetime: time.Hour, Actor: "cli"})
		now.turn(time.Second)
		_, gone := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})
		create(t, a, auth.Request{Connection: "entra", Actor: "cli"})
		if _, err := a.Revoke(t.Context(), gone.ID, "cli"); err != nil {
			t.Fatal(err)
		}
		now.turn(2 * time.Hour)

		list, err := a.List(t.Context(), "okta")
		if err != nil || len(list) != 2 || list[0].State != "expired" || list[1].State != "revoked" || list[0].ID != old.ID {
			t.Errorf("got %+v, %v, want the expired and the revoked one", list, err)
		}
		if _, err := a.List(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown connection: got %v, want ErrNotFound", err)
		}
		if _, err := a.Revoke(t.Context(), "", "cli"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Revoke of an unknown token: got %v, want ErrNotFound", err)
		}
		entries, err := s.AuditEntries(t.Context(), gone.Connection, gone.ID, 10)
		if err != nil || len(entries) != 2 || entries[0].Action != audit.TokenRevoked || entries[1].Action != audit.TokenCreated || entries[0].Actor != "cli" {
			t.Errorf("audit: got %+v, %v, want created and revoked by cli", entries, err)
		}
	})
}

// TestLastUsed checks that the time of a token's use is saved, and that a later use
// is saved only if a minute has passed.
func TestLastUsed(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, a *auth.Auth, s *store.Store, now *clock) {
		text, token := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})
		start := now.Now()
		used := func() time.Duration {
			t.Helper()
			wantReason(t, a, text, "")
			a.Close() // Close waits until the use is saved
			all, err := s.Tokens(t.Context(), token.Connection)
			if err != nil {
				t.Fatal(err)
			}
			return all[0].LastUsed.Sub(start).Round(time.Second)
		}
		for _, c := range []struct{ after, want time.Duration }{{0, 0}, {30 * time.Second, 0}, {30 * time.Second, time.Minute}} {
			now.turn(c.after)
			if got := used(); got != c.want {
				t.Errorf("used %v later: saved %v, want %v", c.after, got, c.want)
			}
		}
	})
}

// TestDatabaseUnavailable checks that if the database is unavailable, Authenticate
// returns an error other than *Denied, and that neither the error nor the log
// contains the token.
func TestDatabaseUnavailable(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	core, logs := observer.New(zap.DebugLevel)
	a := auth.New(auth.Config{Store: s, Log: zap.New(core)})
	if err := ensure(t.Context(), a, s, "okta", "", secret.String{}); err != nil {
		t.Fatal(err)
	}
	text, _ := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := a.Authenticate(t.Context(), "Bearer "+text)
	if _, denied := errors.AsType[*auth.Denied](err); err == nil || denied {
		t.Errorf("got %v, want an error that is not a *Denied", err)
	}
	if strings.Contains(err.Error(), text) {
		t.Error("the error shows the token")
	}
	for _, l := range logs.All() {
		if strings.Contains(l.Message, text) {
			t.Error("the log shows the token")
		}
	}
}

func TestEnsureConnection(t *testing.T) {
	t.Parallel()
	a, s, _ := newAuth(t)
	token := secret.New("fscim_" + strings.Repeat("ab", 32))
	for range 3 {
		if err := ensure(t.Context(), a, s, "okta", "okta", token); err != nil {
			t.Fatal(err)
		}
	}
	wantReason(t, a, token.Reveal(), "")
	list, err := a.List(t.Context(), "")
	if err != nil || len(list) != 1 {
		t.Fatalf("got %d tokens, %v, want 1", len(list), err)
	}
	if c, _ := s.ConnectionByName(t.Context(), "okta"); c.Kind != "okta" {
		t.Errorf("got kind %q, want okta", c.Kind)
	}
	for _, c := range []struct {
		name, connection, kind, token, want string
	}{
		{"another connection's token", "entra", "", token.Reveal(), "belongs to connection okta"},
		{"not the syntax", "entra", "", "a b", "malformed"},
		{"no name", "", "", "", "name"},
		{"name with a newline", "a\nb", "", "", "name"},
		{"unknown kind", "google", "google", "", "kind"},
	} {
		err := ensure(t.Context(), a, s, c.connection, c.kind, secret.New(c.token))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), token.Reveal()) {
			t.Errorf("%s: got %v, want %q and no token", c.name, err, c.want)
		}
	}
	if _, err := a.Revoke(t.Context(), list[0].ID, "cli"); err != nil {
		t.Fatal(err)
	}
	if err := ensure(t.Context(), a, s, "okta", "okta", token); err == nil {
		t.Error("the configuration made a revoked token valid again")
	}
}

// stage returns the smallest of the numbers 7, 30 and 90 that is greater than days,
// or 0 if all three are smaller or equal. If days is below 0, it returns expired.
func stage(days int) int {
	if days < 0 {
		return expired
	}
	for _, s := range []int{7, 30, 90} {
		if days < s {
			return s
		}
	}
	return 0
}

// expired is the stage of a token that has expired.
const expired = -1

// TestExpiries checks which connections get a warning. A connection whose last token
// was revoked gets no warning, because an operator revoked the token on purpose.
func TestExpiries(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct {
		name      string
		lifetimes []time.Duration
		want      int // stage; 0: no warning
	}{
		{"no expiry", []time.Duration{0}, 0},
		{"a year", []time.Duration{365 * day}, 0},
		{"89 days", []time.Duration{89 * day}, 90},
		{"29 days", []time.Duration{29 * day}, 30},
		{"6 days", []time.Duration{6 * day}, 7},
		{"one hour", []time.Duration{time.Hour}, 7},
		{"replaced", []time.Duration{6 * day, 365 * day}, 0},
		{"replaced by one without expiry", []time.Duration{6 * day, 0}, 0},
		{"the later one counts", []time.Duration{6 * day, 20 * day}, 30},
		{"expired", []time.Duration{time.Nanosecond}, expired},
		{"one has expired, the other has not", []time.Duration{6 * day, time.Nanosecond}, 7},
		{"an expired one was replaced", []time.Duration{time.Nanosecond, 0}, 0},
		{"only the last one has expired, the first without an expiry is valid", []time.Duration{0, time.Nanosecond}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, _, now := newAuth(t)
			for _, l := range c.lifetimes {
				create(t, a, auth.Request{Connection: "okta", Lifetime: l, Actor: "cli"})
			}
			now.turn(time.Second)
			got, err := a.Expiries(t.Context())
			if err != nil || (len(got) == 1) != (c.want != 0) || (c.want != 0 && stage(got[0].Days) != c.want) {
				t.Errorf("got %+v, %v, want stage %d", got, err, c.want)
			}
			all, err := a.List(t.Context(), "okta")
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range all {
				if _, err := a.Revoke(t.Context(), token.ID, "cli"); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := a.Expiries(t.Context()); err != nil || len(got) != 0 {
				t.Errorf("after revocation: got %+v, %v, want none", got, err)
			}
		})
	}
}
