package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// A server saves its report every reportEvery. Commands regard a server as dead if
// its last report is older than aliveFor.
const (
	reportEvery = 15 * time.Second
	aliveFor    = time.Minute
)

// Reporter saves the settings of this process and what it last saw in Flex, so that
// commands in other processes can print them. It is safe for concurrent use.
type Reporter struct {
	store  *store.Store
	client *flexhttp.Client

	mu     sync.Mutex
	server store.Server
	added  bool
	saved  time.Time // zero: the report has changed since it was saved
}

// NewReporter returns the Reporter of a process that has these settings.
func NewReporter(s *store.Store, client *flexhttp.Client, settings store.ServerSettings) *Reporter {
	return &Reporter{store: s, client: client, server: store.Server{ID: string(scim.NewID()), Settings: settings}}
}

// Swept adds the result of a sweep to the report.
func (r *Reporter) Swept(s store.Sweep) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server.Report.Sweep, r.saved = s, time.Time{}
}

// Start saves the first report. If the previous server had other rules, Start writes
// audit entries with the action rules.changed.
func (r *Reporter) Start(ctx context.Context) error {
	servers, err := r.store.Servers(ctx)
	if err != nil {
		return err
	}
	old := "unknown"
	if len(servers) > 0 {
		old = rulesVersion(servers[0].Settings.Rules)
	}
	if err := r.auditRules(ctx, r.server, old, "start"); err != nil {
		return err
	}
	return r.Save(ctx, false)
}

// auditRules saves the row of the server, and writes audit entries if the version
// of the server's rules differs from the previous version, the argument old.
func (r *Reporter) auditRules(ctx context.Context, server store.Server, old, by string) error {
	connections, err := r.store.Connections(ctx)
	if err != nil {
		return err
	}
	fresh := rulesVersion(server.Settings.Rules)
	return r.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		if err := tx.AddServer(ctx, server); err != nil || old == fresh {
			return err
		}
		return auditEverywhere(ctx, tx, connections, audit.Entry{
			Actor: "flexscim", Action: audit.RulesChanged, Subject: "rules",
			Detail: map[string]string{"file": server.Settings.RulesName, "old": old, "new": fresh, "by": by},
		})
	})
}

// SetRules replaces the rules in this process's settings, and writes audit entries
// with the action rules.changed. The argument by names what caused the change, for
// the audit log. If the text of the rules has not changed, SetRules does nothing
// and returns false.
func (r *Reporter) SetRules(ctx context.Context, name, text, by string) (changed bool, err error) {
	r.mu.Lock()
	server := r.server
	r.mu.Unlock()
	old := server.Settings
	if old.Rules == text {
		return false, nil
	}
	server.Settings.RulesName, server.Settings.Rules = name, text
	if err := r.auditRules(ctx, server, rulesVersion(old.Rules), by); err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server.Settings = server.Settings
	return true, nil
}

// rulesVersion returns a short name for the text of rules: "default", or the first 12
// hexadecimal digits of its SHA-256 hash.
func rulesVersion(text string) string {
	if text == "" {
		return "default"
	}
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:6])
}

// Save saves the report if it is due: the process has stopped, a sweep has ended,
// calls to Twilio began or ceased to fail, or reportEvery has passed.
func (r *Reporter) Save(ctx context.Context, stopped bool) error {
	r.mu.Lock()
	r.observe()
	due, server := stopped || time.Since(r.saved) >= reportEvery, r.server
	server.Stopped = stopped
	if due {
		r.saved = time.Now()
	}
	added := r.added
	r.mu.Unlock()
	if !due {
		return nil
	}
	err := r.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		if added {
			if err := tx.SaveServer(ctx, server); !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		if err := tx.AddServer(ctx, server); err != nil {
			return err
		}
		return tx.SaveServer(ctx, server)
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.added = r.added || err == nil; err != nil {
		r.saved = time.Time{}
	}
	return err
}

// observe adds the last call to Twilio to the report.
func (r *Reporter) observe() {
	at, _, kind := r.client.LastCall()
	report := &r.server.Report
	report.CallAt = at.UTC()
	failing := time.Time{}
	switch {
	case at.IsZero():
		report.CallAt, report.CallResult = time.Time{}, ""
	case kind == "":
		report.CallResult = "ok"
	default:
		report.CallResult, failing = string(kind), report.FailingSince
		if failing.IsZero() {
			failing = report.CallAt
		}
	}
	if failing.IsZero() != report.FailingSince.IsZero() {
		r.saved = time.Time{}
	}
	report.FailingSince = failing
}

// running returns the server with the newest report, or nil if no server has saved
// a report lately.
func running(ctx context.Context, s *store.Store) (*store.Server, error) {
	servers, err := s.Servers(ctx)
	if err != nil || len(servers) == 0 || !isAlive(servers[0]) {
		return nil, err
	}
	return &servers[0], nil
}

func isAlive(s store.Server) bool { return !s.Stopped && s.Age < aliveFor }

// ServerPolicy returns the policy p with the rules, the adoption and the drain of
// the running server. If no server runs, it returns p and nil.
func ServerPolicy(ctx context.Context, s *store.Store, p connection.Policy) (connection.Policy, error) {
	server, err := running(ctx, s)
	if err != nil || server == nil {
		return p, err
	}
	if p.Rules, err = parseRules(server.Settings); err != nil {
		return p, err
	}
	p.AdoptExact, p.Drain = server.Settings.AdoptExact, server.Settings.Drain
	return p, nil
}

// SweepOf returns the result of a sweep that has just ended. Its summary is s, and
// its error is err.
func SweepOf(s reconcile.Summary, err error) store.Sweep {
	out := store.Sweep{
		At: time.Now().UTC(), Workers: s.Workers, Ours: s.Ours, Foreign: s.Foreign, Orphans: s.Orphans, Different: s.Different, Missing: s.Missing,
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// parseRules returns the rules of a server.
func parseRules(s store.ServerSettings) (*mapping.Rules, error) {
	if s.Rules == "" {
		return mapping.Default(), nil
	}
	rules, err := mapping.Parse(s.RulesName, []byte(s.Rules))
	if err != nil {
		return nil, failure(Failed, "this program cannot read the rules of the running server, whose version is %s: %w", s.Version, err)
	}
	return rules, nil
}
