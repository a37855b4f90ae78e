package main

import (
	"context"
	"os"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/logfield"
)

// reloader applies a changed configuration to a running site: the mapping rules and the
// log level. Changed certificates need no reload (package web).
type reloader struct {
	site  *site
	level zap.AtomicLevel
	read  func() (config.Config, error)
}

// run reloads the configuration at each signal, until ctx ends.
func (r reloader) run(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		}
		if err := r.reload(ctx); err != nil {
			r.site.log.Error("the configuration was not reloaded; the old one stays in force", logfield.Err(err))
		}
	}
}

// reload reads the configuration and applies it. If a part of it is wrong, reload
// changes nothing.
func (r reloader) reload(ctx context.Context) error {
	cfg, err := r.read()
	if err != nil {
		return err
	}
	if err := cfg.ValidateServe(); err != nil {
		return err
	}
	level, err := zap.ParseAtomicLevel(cfg.Log.Level)
	if err != nil {
		return err
	}
	changed, err := r.site.applyRules(ctx, cfg)
	if err != nil {
		return err
	}
	r.level.SetLevel(level.Level())
	r.site.log.Info("the configuration was reloaded; settings other than the rules and log.level need a restart",
		zap.Bool("rules_changed", changed), zap.String("log_level", level.String()))
	return nil
}

// applyRules applies the mapping rules of a configuration, and starts a sweep if they
// have changed. It returns false if the new rules equal the old ones.
func (s *site) applyRules(ctx context.Context, cfg config.Config) (changed bool, err error) {
	file, err := readRules(cfg)
	if err != nil {
		return false, err
	}
	if changed, err = s.report.SetRules(ctx, file.name, file.text, "SIGHUP"); err != nil || !changed {
		return false, err
	}
	s.connections.SetRules(file.rules)
	s.door.Renew()
	return true, s.queue.SweepNow(ctx)
}
