package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// app is everything that works in one process, wired: the one place that knows
// everybody. What listens is serve's.
type app struct {
	cfg        config.Config
	log        *zap.Logger
	metrics    *metrics.Metrics
	store      *store.Store
	client     *flexhttp.Client
	rules      *mapping.Rules
	reconciler *reconcile.Reconciler
	tracer     *tracer // nil: no traces
}

// openApp opens the database, brings it up to date, and wires what works on
// it. It calls nobody.
func openApp(ctx context.Context, cfg config.Config, log *zap.Logger) (*app, error) {
	a := &app{cfg: cfg, log: log, metrics: metrics.New(version)}
	var err error
	if a.rules, err = readRules(cfg); err != nil {
		return nil, &usageError{err}
	}
	if a.tracer, err = newTracer(ctx, cfg.OTLP); err != nil {
		return nil, &usageError{err}
	}
	if a.client, err = flexhttp.New(a.flexConfig()); err != nil {
		return nil, &usageError{err}
	}
	if a.store, err = openStore(ctx, cfg, log.Named("store")); err != nil {
		return nil, err
	}
	if err = a.store.Migrate(ctx); err == nil {
		err = queue.Migrate(ctx, a.store)
	}
	if err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	policy := reconcile.Policy{Rules: a.rules, Drain: cfg.Leavers.Drain, AdoptExact: cfg.Flex.AdoptExact}
	a.reconciler = reconcile.New(reconcile.Config{
		Store:   a.store,
		Flex:    newLateFlex(a.client, cfg.Flex.Backend),
		Policy:  func(store.ConnectionID) reconcile.Policy { return policy },
		Backend: cfg.Flex.Backend,
		Log:     log.Named("reconcile"),
	})
	return a, nil
}

// openTools is the app for a command that only looks: without a queue.
func openTools(c *cobra.Command) (*app, error) {
	cfg, err := readConfig(c)
	if err != nil {
		return nil, err
	}
	log, err := newLog(cfg.Log)
	if err != nil {
		return nil, err
	}
	return openApp(c.Context(), cfg, log.WithOptions(zap.IncreaseLevel(zap.WarnLevel)))
}

// openDatabase is the store for a command that needs nothing else.
func openDatabase(c *cobra.Command) (*store.Store, error) {
	cfg, err := readConfig(c)
	if err != nil {
		return nil, err
	}
	s, err := openStore(c.Context(), cfg, nil)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(c.Context()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openStore opens the database. What goes wrong is one line, though pgx has
// one for each address that it tried.
func openStore(ctx context.Context, cfg config.Config, log *zap.Logger) (*store.Store, error) {
	s, err := store.Open(ctx, store.Config{URL: cfg.Database.URL, Log: log, MaxScan: cfg.Limits.Scan})
	if err != nil {
		return nil, fmt.Errorf("%s: check database.url, and that the database can be reached", strings.Join(strings.Fields(err.Error()), " "))
	}
	return s, nil
}

// readRules are the mapping rules of the configuration, or those that hold
// without any.
func readRules(cfg config.Config) (*mapping.Rules, error) {
	name, text, err := cfg.Mapping()
	if err != nil {
		return nil, err
	}
	if text == nil {
		return mapping.Default(), nil
	}
	return mapping.Parse(name, text)
}

// flexConfig is how Twilio is called.
func (a *app) flexConfig() flexhttp.Config {
	t := a.cfg.Twilio
	return flexhttp.Config{
		AccountSID: flex.AccountSID(t.AccountSID), APIKey: t.APIKey, APISecret: t.APISecret, AuthToken: t.AuthToken,
		Region: t.Region, Edge: t.Edge, BaseURL: a.cfg.Flex.BaseURL,
		Timeout: a.cfg.Flex.Timeout, Concurrency: a.cfg.Flex.Concurrency, Rate: float64(a.cfg.Flex.Rate),
		OnCall: a.countCall,
	}
}

// countCall keeps the metrics of the calls to Twilio.
func (a *app) countCall(call flexhttp.CallInfo) {
	outcome := "ok"
	if call.Kind != "" {
		outcome = string(call.Kind)
	}
	a.metrics.Call(call.Op, outcome, call.Duration)
}

// newQueue is the engine of this process.
func (a *app) newQueue() (*queue.Queue, error) {
	var reconciler queue.Reconciler = a.reconciler
	if a.tracer != nil {
		reconciler = traced{a.reconciler, a.tracer}
	}
	return queue.New(queue.Config{
		Store:          a.store,
		Reconciler:     reconciler,
		Sweep:          a.sweep,
		SweepEvery:     a.cfg.Sweep.Interval,
		Log:            a.log.Named("queue"),
		Workers:        2 * a.cfg.Flex.Concurrency,
		Grace:          a.cfg.Shutdown.Grace * 8 / 10,
		OnLiveReplicas: a.client.SetShare,
		OnRun:          a.countRun,
	})
}

// countRun keeps the metrics of the runs for persons.
func (a *app) countRun(r queue.Run) {
	if r.Result == "done" {
		a.metrics.Settled(r.Since)
	}
}

// sweep compares the whole workspace and logs what it saw.
func (a *app) sweep(ctx context.Context) error {
	began := time.Now()
	summary, err := a.reconciler.Sweep(ctx, func(r reconcile.Report) {
		a.log.Warn("sweep: "+r.Text, zap.String("worker", string(r.Worker)))
	})
	if err != nil {
		return err
	}
	a.log.Info("swept", zap.Int("workers", summary.Workers), zap.Int("ours", summary.Ours), zap.Int("foreign", summary.Foreign),
		zap.Int("orphans", summary.Orphans), zap.Int("different", summary.Different), zap.Int("missing", summary.Missing),
		zap.Duration("took", time.Since(began)))
	return nil
}

// close gives everything back.
func (a *app) close() {
	flush, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	a.tracer.close(flush)
	a.client.CloseIdleConnections()
	closeQuietly(a.store)
	_ = a.log.Sync() // standard error cannot be synchronised everywhere
}

// closeQuietly closes what has nothing to say at its end.
func closeQuietly(c io.Closer) { _ = c.Close() }
