package admin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

func newAdmin(t *testing.T) (*admin.Admin, *store.Store) {
	t.Helper()
	s := storetest.Open(t)
	a := auth.New(auth.Config{Store: s})
	t.Cleanup(a.Close)
	return admin.New(admin.Config{Store: s, Auth: a, Actor: "cli",
		Connections: connection.New(connection.Config{Store: s, OnChange: a.Forget})}), s
}

// TestKinds checks the Kind of the error in each case in which a use case fails.
func TestKinds(t *testing.T) {
	t.Parallel()
	a, s := newAdmin(t)
	ctx := t.Context()
	if err := a.Prepare(ctx, config.Connection{}, nil); admin.KindOf(err) != admin.Usage {
		t.Errorf("no token at all: got %v, want Usage", err)
	}
	for _, name := range []string{"okta", "entra"} {
		if _, err := a.CreateToken(ctx, admin.TokenRequest{Connection: name}); err != nil {
			t.Fatal(err)
		}
		c, err := s.ConnectionByName(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		u := scim.User{ID: scim.NewID(), Doc: scim.Document{"userName": "ann", "active": true}, Meta: scim.Meta{Version: 1}}
		if err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertUser(ctx, c.ID, u, store.Why{}) }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.CreateToken(ctx, admin.TokenRequest{Connection: "okta"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		do   func() error
		want admin.Kind
	}{
		{"a person who does not exist", func() error { _, err := a.Person(ctx, "zoe"); return err }, admin.NotFound},
		{"a sync of that person", func() error { _, err := a.Sync(ctx, "zoe", 0); return err }, admin.NotFound},
		{"a name in two connections", func() error { _, err := a.Person(ctx, "ANN"); return err }, admin.Conflict},
		{"a third token", func() error { _, err := a.CreateToken(ctx, admin.TokenRequest{Connection: "okta"}); return err }, admin.Conflict},
		{"a token that does not exist", func() error { _, err := a.RevokeToken(ctx, "none"); return err }, admin.NotFound},
		{"tokens of an unknown connection", func() error { _, err := a.Tokens(ctx, "none"); return err }, admin.NotFound},
		{"entitlements of an unknown connection", func() error {
			_, err := a.ChangeConnection(ctx, "none", admin.ConnectionValues{"entitlements": "true"})
			return err
		}, admin.NotFound},
		{"a wrong setting of a connection", func() error {
			_, err := a.ChangeConnection(ctx, "okta", admin.ConnectionValues{"kind": "x"})
			return err
		}, admin.Usage},
		{"an invalid lifetime", func() error { _, err := admin.ParseLifetime("soon"); return err }, admin.Usage},
		{"a wrapped error", func() error { return fmt.Errorf("more: %w", &admin.Error{Kind: admin.Usage, Err: errors.New("wrong")}) }, admin.Usage},
		{"any other error", func() error { return errors.New("other") }, admin.Failed},
	} {
		if err := c.do(); err == nil || admin.KindOf(err) != c.want {
			t.Errorf("%s: got %v of kind %q, want %q", c.name, err, admin.KindOf(err), c.want)
		}
	}
}

// TestPrepare checks that Prepare creates the configured connection and token once,
// changes the settings that the configuration sets, and keeps the others.
func TestPrepare(t *testing.T) {
	t.Parallel()
	a, s := newAdmin(t)
	configured := config.Connection{Name: "okta", Kind: "okta", Token: secret.New(strings.Repeat("ab", 32))}
	for _, values := range []admin.ConnectionValues{nil, {"entitlements": "true"}, {"entitlements": "true"}, {"kind": "entra"}} {
		if err := a.Prepare(t.Context(), configured, values); err != nil {
			t.Fatal(err)
		}
	}
	missing := config.Connection{Name: "none"}
	if err := a.Prepare(t.Context(), missing, admin.ConnectionValues{"kind": "okta"}); err != nil {
		t.Errorf("got %v, want no error if only the kind of a missing connection is set", err)
	}
	if err := a.Prepare(t.Context(), missing, admin.ConnectionValues{"entitlements": "true"}); admin.KindOf(err) != admin.NotFound {
		t.Errorf("got %v, want NotFound", err)
	}
	connections, err := a.Connections(t.Context())
	if err != nil || len(connections) != 1 || connections[0].Kind != "entra" || !connections[0].Entitlements {
		t.Errorf("got %+v, %v, want the kind entra with entitlements", connections, err)
	}
	tokens, err := a.Tokens(t.Context(), "")
	if err != nil || len(tokens) != 1 {
		t.Errorf("got %d tokens, %v, want 1", len(tokens), err)
	}
	entries, err := a.AuditEntries(t.Context(), admin.AuditQuery{}, 10)
	if err != nil || len(entries) != 3 || entries[0].ConnectionName != "okta" {
		t.Errorf("got %+v, %v, want one entry for the token and one for each changed setting", entries, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.Prepare(t.Context(), configured, nil); admin.KindOf(err) != admin.Failed {
		t.Errorf("closed database: got %v, want Failed", err)
	}
}

func TestParseLifetime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"365d": 365 * 24 * time.Hour, "12h": 12 * time.Hour, "0": 0, "0d": 0} {
		if got, err := admin.ParseLifetime(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "-1h", "36501d", "a year"} {
		if got, err := admin.ParseLifetime(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestParseSince(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "7d": now.AddDate(0, 0, -7), "90m": now.Add(-90 * time.Minute), "2026-01-30": time.Date(2026, 1, 30, 0, 0, 0, 0, time.UTC),
		"2026-01-30T10:00:00+01:00": time.Date(2026, 1, 30, 9, 0, 0, 0, time.UTC),
	} {
		if got, err := admin.ParseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"soon", "0", "-1h", "2026-13-01", "2026-01-30 10:00"} {
		if got, err := admin.ParseSince(text, now); admin.KindOf(err) != admin.Usage {
			t.Errorf("%q: got %v, %v, want an error of the kind Usage", text, got, err)
		}
	}
}

// TestPlanCounts checks that the summary lists the steps in the order in which they
// are executed.
func TestPlanCounts(t *testing.T) {
	t.Parallel()
	counts := admin.PlanCounts{}
	for _, first := range []string{"", "update", "create", "", "create"} {
		p := admin.Plan{}
		if first != "" {
			p.Steps = []admin.Step{{Step: first}, {Step: "verify"}}
		}
		counts.Add(p)
	}
	if got := counts.String(); got != "2 create, 1 update, 2 as wanted" || !counts.Complete() {
		t.Errorf("got %q, complete: %v", got, counts.Complete())
	}
	counts.Add(admin.Plan{State: admin.Parked, Steps: []admin.Step{{Step: "report"}}})
	counts.Add(admin.Plan{State: admin.Stuck, Error: "down"})
	want := "2 create, 1 update, 1 report, 3 as wanted; 1 parked; 1 stuck; 1 not compared with Flex, and planned from the database"
	if got := counts.String(); got != want || counts.Complete() {
		t.Errorf("got %q, complete: %v", got, counts.Complete())
	}
}

// TestDoctorHidesPasswords checks that no finding shows the password in the
// database's URL, whatever is wrong with the URL.
func TestDoctorHidesPasswords(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://u:hunter@127.0.0.1:1/x", "postgres://u@127.0.0.1:1/x?password=hunter", "postgres://u:hunter@127.0.0.1:1/x?sslmode=bogus",
		"postgres://u@127.0.0.1:1/x?password=hunter&sslmode=bogus", "postgres://u@127.0.0.1:1/x?sslpassword=hunter&sslmode=bogus",
		"postgres://u:%zzhunter@127.0.0.1:1/x", "postgres:u:hunter@127.0.0.1:1/x", "mysql://u:hunter@127.0.0.1:1/x",
	} {
		cfg := config.Default()
		cfg.Database.URL = url
		found := false
		for f := range (admin.Doctor{Config: cfg}).Examine(t.Context()) {
			found = found || f.Check == "database" && f.State == admin.Bad
			if strings.Contains(f.Text+f.Fix, "hunter") {
				t.Errorf("%s: got %q", url, f.Text)
			}
		}
		if !found {
			t.Errorf("%s: the database is good", url)
		}
		if _, err := store.Open(t.Context(), store.Config{URL: url}); err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: got %v, want an error without the password", url, err)
		}
	}
	cfg, err := config.Load(nil, []string{"FLEXSCIM_DATABASE_URL=postgres://u:x@127.0.0.1:1/x"})
	if err != nil || cfg.ShowsPassword() {
		t.Errorf("a variable shows the password, %v", err)
	}
}

// TestDoctorComparesClocks checks that a difference between the clocks of this machine
// and of the database is a finding.
func TestDoctorComparesClocks(t *testing.T) {
	t.Parallel()
	for difference, want := range map[string]struct {
		state admin.Health
		text  string
	}{
		"0 seconds":  {admin.Good, "within 5s"},
		"-1 hour":    {admin.Bad, "1h0m0s ahead of"},
		"10 seconds": {admin.Bad, "10s behind"},
	} {
		cfg := config.Default()
		cfg.Database.URL = storetest.SkewedURL(t, difference)
		found := false
		for f := range (admin.Doctor{Config: cfg}).Examine(t.Context()) {
			if f.Check == "database clock" {
				found = true
				if f.State != want.state || !strings.Contains(f.Text, want.text) || (f.Fix == "") != (f.State == admin.Good) {
					t.Errorf("%s: got %+v, want %s and %q", difference, f, want.state, want.text)
				}
			}
		}
		if !found {
			t.Errorf("%s: the clocks were not compared", difference)
		}
	}
}
