package admin

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/store"
)

// Monitor reads the state of the store every stateEvery, the names of the groups
// every groupsEvery, and the expiry of the tokens every expiryEvery.
const (
	stateEvery  = 5 * time.Second
	groupsEvery = time.Minute
	expiryEvery = time.Hour
)

// Monitor updates the gauges (backlog, people, leavers, audit log), logs warnings
// about tokens that expire soon, and saves the report of this process.
type Monitor struct {
	Store   *store.Store
	Queue   *queue.Queue
	Auth    *auth.Auth
	Client  *flexhttp.Client
	Metrics *metrics.Metrics
	Log     *zap.Logger
	Report  *Reporter // nil: no report is saved

	Rules func(store.ConnectionID) *mapping.Rules // returns the rules of a connection
}

// Run updates the metrics, logs warnings and saves the report until ctx ends.
func (m Monitor) Run(ctx context.Context) {
	tick := time.NewTicker(stateEvery)
	defer tick.Stop()
	var expiries, groups time.Time
	var logged map[missedGroup]bool
	for {
		if err := m.readState(ctx); err != nil && ctx.Err() == nil {
			m.Log.Warn("the state for the metrics could not be read", logfield.Err(err))
		}
		if time.Since(expiries) > expiryEvery {
			expiries = time.Now()
			m.warnOfExpiry(ctx)
		}
		if time.Since(groups) > groupsEvery {
			groups = time.Now()
			logged = m.warnOfMissedGroups(ctx, logged)
		}
		m.saveReport(ctx, false)
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			m.saveReport(last, true)
			return
		case <-tick.C:
		}
	}
}

func (m Monitor) readState(ctx context.Context) error {
	backlog, err := m.Queue.Stats(ctx)
	if err != nil {
		return err
	}
	behind, err := m.Store.CountBehind(ctx)
	if err != nil {
		return err
	}
	for urgency, n := range behind {
		m.Metrics.Queue(int(urgency), n, backlog[urgency].Oldest)
	}
	persons, leavers, err := m.Store.PersonStates(ctx)
	if err != nil {
		return err
	}
	byState := map[string]int64{}
	for state, n := range persons {
		byState[string(state)] = n
	}
	m.Metrics.People(byState)
	byStage := map[string]int64{}
	for stage, n := range leavers {
		byStage[string(stage)] = n
	}
	m.Metrics.Leavers(byStage)
	m.Metrics.InFlight(m.Client.Limiter().InFlight)
	unsealed, err := m.Store.Unsealed(ctx)
	m.Metrics.Unsealed(unsealed)
	return err
}

// warnOfExpiry logs a warning for each connection whose IdP has no valid token any
// more, or will soon have none.
func (m Monitor) warnOfExpiry(ctx context.Context) {
	expiries, err := m.Auth.Expiries(ctx)
	if err != nil {
		m.Log.Warn("the expiry of tokens could not be read", logfield.Err(err))
		return
	}
	days := map[string]int64{} // :: connection's name → days
	for _, e := range expiries {
		days[e.Connection] = int64(e.Days)
		text := "the last token of a connection expires soon: create a new one with `flexscim token create`"
		if e.Expired() {
			text = "the last token of a connection has expired, so that its IdP cannot push: create a new one with `flexscim token create`"
		}
		m.Log.Warn(text, logfield.Connection(e.Connection), logfield.Days(e.Days))
	}
	m.Metrics.TokensExpire(days)
}

func (m Monitor) saveReport(ctx context.Context, stopped bool) {
	if m.Report == nil {
		return
	}
	if err := m.Report.Save(ctx, stopped); err != nil && ctx.Err() == nil {
		m.Log.Warn("the report for other processes could not be saved", logfield.Err(err))
	}
}
