package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/memory"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/turns"
	"github.com/flexscim/flexscim/internal/web"
	"github.com/flexscim/flexscim/internal/web/scimdoor"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimhttp/budget"
)

// site is an app with a queue and an HTTP server. The commands serve and sandbox
// run a site.
type site struct {
	*app
	queue    *queue.Queue
	applying *turns.Gate
	door     *scimdoor.Door // set by handler

	reading, decoding *budget.Budget // memory for the bodies of requests
}

// newSite adds the queue to an app. Call newSite before the first write to the
// store, because the store must inform the queue about every commit.
func newSite(a *app) (*site, error) {
	q, err := a.newQueue()
	if err != nil {
		return nil, err
	}
	a.client.Hold(func(begins bool) {
		if begins {
			a.log.Warn("Twilio does not answer; calls wait, and one probe at a time is sent")
			return
		}
		a.log.Info("Twilio answers again; everybody who waits is reconciled")
		q.Resume()
	})
	all := max(2, runtime.GOMAXPROCS(0))
	s := &site{app: a, queue: q, applying: turns.NewGate(all, all/2)} // one connection uses at most half of the processors
	s.limitMemory()
	return s, nil
}

// limitMemory sets the limits of the memory for bodies.
func (s *site) limitMemory() {
	bodies := min(int64(s.cfg.Limits.Bodies), memory.Limit()/2)
	s.reading, s.decoding = budget.New(bodies/4), budget.New(bodies*3/4)
}

// run serves HTTP on the listener l until ctx ends. Then it lets running requests
// and jobs finish, for at most the time of the setting shutdown.grace. When the
// queue has started, and before the first request is served, run calls the function
// listening.
func (s *site) run(ctx context.Context, l net.Listener, listening func()) error {
	server, err := web.NewServer(web.ServerConfig{
		Handler: s.handler(), TLSCert: s.cfg.TLS.Cert, TLSKey: s.cfg.TLS.Key,
		Headers: int(s.cfg.Limits.Headers), RequestTime: s.cfg.Limits.RequestTime, Grace: s.cfg.Shutdown.Grace, Log: s.log.Named("web"),
	})
	if err != nil {
		return usageError(err)
	}
	if err := s.queue.Start(ctx); err != nil {
		return err
	}
	monitor := admin.Monitor{Store: s.store, Queue: s.queue, Auth: s.auth, Client: s.client, Metrics: s.metrics, Log: s.log, Report: s.report,
		Rules: func(c store.ConnectionID) *mapping.Rules { return s.connections.Policy(c).Rules }}
	if err := s.report.Start(ctx); err != nil {
		return err
	}
	listening()
	// The sweep compares everybody, because the mapping rules may have changed since
	// the last start.
	if err := s.queue.SweepNow(ctx); err != nil {
		s.log.Warn("the sweep at the start was not scheduled", logfield.Err(err))
	}
	watch, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	watched := make(chan struct{})
	go func() { defer close(watched); monitor.Run(watch) }()
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stopped <- s.stopQueue()
	}()
	err = server.Serve(ctx, l)
	if ctx.Err() == nil { // the listener failed
		err = errors.Join(err, s.stopQueue())
	} else {
		err = errors.Join(err, <-stopped)
	}
	unwatch()
	<-watched
	return err
}

func (s *site) stopQueue() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Shutdown.Grace)
	defer cancel()
	return s.queue.Stop(ctx)
}

func (s *site) handler() http.Handler {
	https := s.cfg.BehindProxy || s.cfg.TLS.Cert != ""
	limits, log := s.cfg.Limits, s.log.Named("web")
	endpoints := web.Endpoints(web.Health{
		Database: s.store.Ready,
		Queue:    func(context.Context) error { return s.queue.Healthy() },
		Twilio:   s.lastCall,
	}, s.metrics)
	s.door = scimdoor.New(scimdoor.Config{
		Auth: s.auth, SCIM: s.scim(https), Public: s.publicConfig(https), Endpoints: endpoints, Metrics: s.metrics, Log: log, Body: int64(limits.Body), BehindProxy: s.cfg.BehindProxy, LogAddresses: s.cfg.Log.Addresses,
		Rate: func(c store.Connection) int { return s.connections.Policy(c.ID).Rate }, LimitFailures: limits.Rate > 0,
	})
	return web.New(web.Config{
		Doors: []web.Door{s.door}, Endpoints: endpoints, Metrics: s.metrics, MetricsToken: s.cfg.Metrics.Token, Log: log,
		Body: int64(limits.Body), Headers: int(limits.Headers), RequestTime: limits.RequestTime, HTTPS: https, Wrap: s.tracer.Wrap,
	})
}

// lastCall returns the result of the last call to Twilio.
func (s *site) lastCall() web.TwilioState {
	at, _, kind := s.client.LastCall()
	if kind == "" {
		kind = "ok"
	}
	return web.TwilioState{At: at, Outcome: string(kind)}
}

// scim returns a function that creates the SCIM handler of a connection.
func (s *site) scim(https bool) func(store.Connection) http.Handler {
	return func(c store.Connection) http.Handler {
		people := directory.New(s.store, c)
		body := s.connections.Policy(c.ID).Body
		people.MaxValues, people.MaxBytes, people.Applying = s.cfg.Limits.Values, int(body/2), s.applying
		h, err := scimhttp.New(s.limited(scimhttp.Config{
			MaxBody:   body,
			Reading:   s.reading.Share(),
			Decoding:  s.decoding.Share(),
			Directory: people,
			Grants:    s.connections.Grants(c),

			HidePagination: c.HidesPagination,
			Log:            s.log.Named("scim"),
			BaseURL:        scimdoor.BaseURL(s.cfg.PublicURL, https),
			CursorKey:      func(ctx context.Context) ([]byte, error) { return s.store.CursorKey(ctx, c.ID) },
			OnDropped:      func(_ context.Context, endpoint string, names []string) { s.metrics.Dropped(endpoint, len(names)) },
			OnLeftOut:      func(ctx context.Context, endpoint string, names []string) { s.leftOut(ctx, c, endpoint, names) },
		}))
		if err != nil {
			panic(err) // New fails only if the Config has no Directory
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := time.Now()
			h.ServeHTTP(w, r)
			if scimhttp.PersonOf(r.Context()) == "" { // requests with a person's own token do not delay runs
				s.queue.ObserveRequest(time.Since(began))
			}
		})
	}
}

// leftOut counts operations that were left out of a deactivation, in the metrics and
// in the database, where `flexscim doctor` finds them.
func (s *site) leftOut(ctx context.Context, c store.Connection, endpoint string, names []string) {
	s.metrics.LeftOut(endpoint, len(names))
	err := s.store.Write(ctx, store.KeyOf(c.ID, ""), func(tx *store.Tx) error { return tx.AddLeftOut(ctx, c.ID, names) })
	if err != nil {
		s.log.Warn("operations that were left out could not be counted", append(logfield.From(ctx), logfield.Err(err))...)
	}
}

// publicConfig returns the handler of ServiceProviderConfig for requests without a
// token, or nil if the configuration does not allow such requests.
func (s *site) publicConfig(https bool) http.Handler {
	if !s.cfg.OpenConfig {
		return nil
	}
	return scimhttp.ServiceProviderConfig(s.limited(scimhttp.Config{
		MaxBody: int64(s.cfg.Limits.Body), Log: s.log.Named("scim"), BaseURL: scimdoor.BaseURL(s.cfg.PublicURL, https),
	}))
}

// limited returns the SCIM handler's configuration c with the configured limits.
func (s *site) limited(c scimhttp.Config) scimhttp.Config {
	l := s.cfg.Limits
	c.MaxDepth, c.MaxValues, c.MaxMembers = l.Depth, l.Values, l.Members
	c.MaxOperations, c.MaxBulkOperations = l.PatchOperations, l.BulkOperations
	c.MaxFilterLength, c.MaxFilterTerms, c.MaxFilterDepth = int(l.FilterLength), l.FilterTerms, l.FilterDepth
	c.MaxPage, c.DefaultPage = l.Page, l.DefaultPage
	return c
}
