package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/memory"
	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/tracing"
)

// These constants are settings of Go's garbage collector. Most of flexscim's garbage
// comes from requests, and its live heap is small. With these settings, collections
// are less frequent than by default, and the program uses more memory. If GOGC or
// GOMEMLIMIT is set in the environment, its value is used instead. In a container
// that has a memory limit, package memory computes the soft limit from that limit and
// ignores memoryLimit.
const (
	gcPercent   = 300
	memoryLimit = 256 << 20 // soft, in bytes
)

// setMemory applies the settings of the garbage collector.
func setMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	memory.SetLimit(memoryLimit)
}

// app contains the parts of the process that every command can use. The type site
// adds the queue and the HTTP server.
type app struct {
	cfg         config.Config
	mapping     mappingFile // the rules at the start
	log         *zap.Logger
	metrics     *metrics.Metrics
	store       *store.Store
	client      *flexhttp.Client
	auth        *auth.Auth
	connections *connection.Connections
	reconciler  *reconcile.Reconciler
	admin       *admin.Admin // for commands
	report      *admin.Reporter
	tracer      *tracing.Tracer
}

// openApp opens the database, migrates its schema, and creates the parts of the app
// for a command that serves SCIM. It does not call Twilio.
func openApp(ctx context.Context, cfg config.Config, log *zap.Logger) (*app, error) {
	a, policy, err := openParts(ctx, cfg, log, admin.Migrate)
	if err != nil {
		return nil, err
	}
	a.wire(policy)
	a.report = admin.NewReporter(a.store, a.client, store.ServerSettings{
		Version: version, RulesName: a.mapping.name, Rules: a.mapping.text, AdoptExact: policy.AdoptExact, Drain: policy.Drain,
	})
	return a, nil
}

// openParts opens the database, and creates the other parts of the app that wire
// needs. The argument schema is a function that migrates or checks the schema of the
// database; openParts calls it. openParts returns the configured policy of all
// connections.
func openParts(ctx context.Context, cfg config.Config, log *zap.Logger, schema func(context.Context, *store.Store) error) (*app, connection.Policy, error) {
	a := &app{cfg: cfg, log: log, metrics: metrics.New(version)}
	none := connection.Policy{}
	var err error
	if a.mapping, err = readRules(cfg); err != nil {
		return nil, none, usageError(err)
	}
	if a.tracer, err = tracing.New(ctx, cfg.OTLP, version); err != nil {
		return nil, none, usageError(err)
	}
	twilio := flexConfig(cfg)
	twilio.OnCall = func(call flexhttp.CallInfo) { a.metrics.Call(call.Op, cmp.Or(string(call.Kind), "ok"), call.Duration) }
	if a.client, err = flexhttp.New(twilio); err != nil {
		return nil, none, usageError(err)
	}
	if a.store, err = openStore(ctx, cfg, log.Named("store")); err != nil {
		return nil, none, err
	}
	if err := schema(ctx, a.store); err != nil {
		return nil, none, errors.Join(err, a.store.Close())
	}
	return a, connection.Policy{
		Rules: a.mapping.rules, AdoptExact: cfg.Flex.AdoptExact, Drain: cfg.Leavers.Drain, Rate: cfg.Limits.Rate, Body: int64(cfg.Limits.Body),
	}, nil
}

// wire creates the parts of the app that use the store. All connections get the
// policy p.
func (a *app) wire(p connection.Policy) {
	a.auth = auth.New(auth.Config{Store: a.store, Log: a.log.Named("auth")})
	a.connections = connection.New(connection.Config{Store: a.store, Policy: p, OnChange: a.auth.Forget})
	backend := reconcile.Flex(a.client.LazyTaskRouter())
	if a.cfg.Flex.Backend == "flex-users" {
		backend = &flexhttp.FlexUsers{TaskRouter: a.client.LazyTaskRouter()}
	}
	a.reconciler = reconcile.New(reconcile.Config{
		Store: a.store,
		Flex:  backend,
		Policy: func(id store.ConnectionID) reconcile.Policy {
			p := a.connections.Policy(id)
			return reconcile.Policy{Rules: p.Rules, Drain: p.Drain, AdoptExact: p.AdoptExact}
		},
		Backend: a.cfg.Flex.Backend,
		Log:     a.log.Named("reconcile"),
	})
	a.admin = admin.New(admin.Config{Store: a.store, Auth: a.auth, Connections: a.connections, Reconciler: a.reconciler, Actor: "cli"})
}

// openTools opens the app for a command that needs more than the database, but does
// not run the queue. The app uses the running server's settings for rules, adoption
// and drain, unless a flag sets them.
func openTools(c *cobra.Command) (*app, error) {
	cfg, err := readConfig(c)
	if err != nil {
		return nil, err
	}
	log, err := newLog(cfg.Log)
	if err != nil {
		return nil, err
	}
	a, policy, err := openParts(c.Context(), cfg, log.WithOptions(zap.IncreaseLevel(zap.WarnLevel)), admin.CheckSchema)
	if err != nil {
		return nil, err
	}
	server, err := admin.ServerPolicy(c.Context(), a.store, policy)
	if err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	if !c.Flags().Changed("mapping-file") {
		policy.Rules = server.Rules
	}
	if !c.Flags().Changed("flex-adopt-exact") {
		policy.AdoptExact = server.AdoptExact
	}
	if !c.Flags().Changed("leavers-drain") {
		policy.Drain = server.Drain
	}
	a.wire(policy)
	return a, nil
}

// withAdmin returns the RunE function of a command that needs only the database.
func withAdmin(run func(*cobra.Command, *admin.Admin, []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		s, cfg, err := openDatabase(c)
		if err != nil {
			return err
		}
		defer closeQuietly(s)
		if err := admin.CheckSchema(c.Context(), s); err != nil {
			return err
		}
		a := auth.New(auth.Config{Store: s})
		connections := connection.New(connection.Config{Store: s, OnChange: a.Forget})
		return run(c, admin.New(admin.Config{Store: s, Auth: a, Connections: connections, Actor: "cli",
			Rules: func() (*mapping.Rules, error) { file, err := readRules(cfg); return file.rules, err }}), args)
	}
}

// openDatabase opens the database for a command that needs no other part of the
// app, and returns the configuration, too.
func openDatabase(c *cobra.Command) (*store.Store, config.Config, error) {
	cfg, err := readConfig(c)
	if err != nil {
		return nil, cfg, err
	}
	s, err := openStore(c.Context(), cfg, nil)
	return s, cfg, err
}

// openStore opens the database. If pgx cannot connect, its error has one line for
// each address of the server; openStore joins these lines.
func openStore(ctx context.Context, cfg config.Config, log *zap.Logger) (*store.Store, error) {
	s, err := store.Open(ctx, store.Config{URL: cfg.Database.URL, Log: log, MaxScan: cfg.Limits.Scan})
	if err != nil {
		return nil, fmt.Errorf("%s: check database.url, and that this machine can reach the database", strings.Join(strings.Fields(err.Error()), " "))
	}
	return s, nil
}

// readRules returns the configured mapping rules, or the default rules if none are
// configured.
func readRules(cfg config.Config) (mappingFile, error) {
	name, text, err := cfg.Mapping()
	if err != nil {
		return mappingFile{}, err
	}
	if text == nil {
		return mappingFile{rules: mapping.Default()}, nil
	}
	rules, err := mapping.Parse(name, text)
	return mappingFile{name, string(text), rules}, err
}

// mappingFile has mapping rules, and the name and text of the file that contains them.
type mappingFile struct {
	name, text string // "": the default rules
	rules      *mapping.Rules
}

func flexConfig(cfg config.Config) flexhttp.Config {
	t := cfg.Twilio
	return flexhttp.Config{
		AccountSID: flex.AccountSID(t.AccountSID), APIKey: t.APIKey, APISecret: t.APISecret, AuthToken: t.AuthToken,
		Region: t.Region, Edge: t.Edge, BaseURL: cfg.Flex.BaseURL,
		Timeout: cfg.Flex.Timeout, Retries: flexhttp.DefaultRetries, Concurrency: cfg.Flex.Concurrency, Rate: float64(cfg.Flex.Rate),
	}
}

func (a *app) newQueue() (*queue.Queue, error) {
	return queue.New(queue.Config{
		Store:          a.store,
		Reconciler:     traced{a.reconciler, a.tracer},
		Sweep:          a.sweep,
		SweepEvery:     a.cfg.Sweep.Interval,
		Log:            a.log.Named("queue"),
		Workers:        2 * a.cfg.Flex.Concurrency,
		Grace:          a.cfg.Shutdown.Grace * 8 / 10,
		OnLiveReplicas: a.client.SetShare,
		OnRun: func(r queue.Run) {
			if r.Result == "done" {
				a.metrics.Settled(r.Since)
			}
		},
	})
}

// traced is a reconciler that starts a trace span for every run.
type traced struct {
	*reconcile.Reconciler
	tracer *tracing.Tracer
}

// Reconcile implements queue.Reconciler.
func (t traced) Reconcile(ctx context.Context, key store.PersonKey, finish reconcile.Finish) (reconcile.Outcome, error) {
	ctx, end := t.tracer.Run(ctx, string(key.User))
	outcome, err := t.Reconciler.Reconcile(ctx, key, finish)
	failure := ""
	if err != nil {
		failure = cmp.Or(string(flex.KindOf(err)), "failed")
	}
	end(string(outcome.State), failure)
	return outcome, err
}

// sweep compares the whole workspace with the store and logs the result.
func (a *app) sweep(ctx context.Context) error {
	began := time.Now()
	summary, err := a.reconciler.Sweep(ctx, func(r reconcile.Report) {
		a.log.Warn("sweep: "+r.Text, zap.String("worker", string(r.Worker)))
	})
	a.report.Swept(admin.SweepOf(summary, err))
	if err != nil {
		return err
	}
	a.log.Info("swept", zap.Int("workers", summary.Workers), zap.Int("ours", summary.Ours), zap.Int("foreign", summary.Foreign),
		zap.Int("orphans", summary.Orphans), zap.Int("different", summary.Different), zap.Int("missing", summary.Missing), zap.Int("second", summary.Second), zap.Int("retried", summary.Retried),
		zap.Duration("took", time.Since(began)))
	return nil
}

func (a *app) close() {
	flush, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	a.tracer.Close(flush)
	a.client.CloseIdleConnections()
	a.auth.Close()
	closeQuietly(a.store)
	_ = a.log.Sync() // ignored: Sync fails for standard error on some systems
}

// closeQuietly closes c and ignores the error of Close.
func closeQuietly(c io.Closer) { _ = c.Close() }
