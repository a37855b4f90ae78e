package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/web"
	"github.com/flexscim/flexscim/internal/web/scimdoor"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimhttp/me"
)

// site is an app with its doors: what serve and sandbox run.
type site struct {
	*app
	auth  *auth.Auth
	queue *queue.Queue
}

// newSite wires the doors of an app. The queue comes before the first write:
// it is told of every commit.
func newSite(a *app) (*site, error) {
	q, err := a.newQueue()
	if err != nil {
		return nil, err
	}
	return &site{app: a, queue: q, auth: auth.New(auth.Config{Store: a.store, Log: a.log.Named("auth")})}, nil
}

// run serves on l until ctx ends, then lets what runs come to its end. listening
// is called when the first request can come.
func (s *site) run(ctx context.Context, l net.Listener, listening func()) error {
	server, err := web.NewServer(web.ServerConfig{
		Handler: s.handler(), TLSCert: s.cfg.TLS.Cert, TLSKey: s.cfg.TLS.Key,
		Headers: int(s.cfg.Limits.Headers), RequestTime: s.cfg.Limits.RequestTime, Grace: s.cfg.Shutdown.Grace, Log: s.log.Named("web"),
	})
	if err != nil {
		return &usageError{err}
	}
	if err := s.queue.Start(ctx); err != nil {
		return err
	}
	listening()
	// Rules may have changed since the last start: everybody is compared.
	if err := s.queue.SweepNow(ctx); err != nil {
		s.log.Warn("the sweep of the start was not asked for", logfield.Err(err))
	}
	watch, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	watched := make(chan struct{})
	go func() { defer close(watched); s.watch(watch) }()
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stopped <- s.stopQueue()
	}()
	err = server.Serve(ctx, l)
	if ctx.Err() == nil { // the listener failed by itself
		err = errors.Join(err, s.stopQueue())
	} else {
		err = errors.Join(err, <-stopped)
	}
	unwatch()
	<-watched
	s.auth.Close()
	return err
}

func (s *site) stopQueue() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Shutdown.Grace)
	defer cancel()
	return s.queue.Stop(ctx)
}

// handler is every route of the process.
func (s *site) handler() http.Handler {
	https := s.cfg.BehindProxy || s.cfg.TLS.Cert != ""
	limits, log := s.cfg.Limits, s.log.Named("web")
	endpoints := web.Endpoints(web.Health{
		Database: s.store.Ping,
		Queue:    func(context.Context) error { return s.queue.Healthy() },
		Twilio:   s.lastCall,
	}, s.metrics)
	door := scimdoor.New(scimdoor.Config{
		Auth: s.auth, SCIM: s.scim(https), Endpoints: endpoints, Metrics: s.metrics, Log: log, Body: int64(limits.Body), BehindProxy: s.cfg.BehindProxy,
		Rate: func(store.Connection) int { return limits.Rate }, LimitFailures: limits.Rate > 0,
	})
	return web.New(web.Config{
		Doors: []web.Door{door}, Endpoints: endpoints, Metrics: s.metrics, MetricsToken: s.cfg.Metrics.Token, Log: log,
		Body: int64(limits.Body), Headers: int(limits.Headers), RequestTime: limits.RequestTime, HTTPS: https, Wrap: s.wrap(),
	})
}

// wrap is what is put around every request; nil: nothing.
func (s *site) wrap() func(http.Handler) http.Handler {
	if s.tracer == nil {
		return nil
	}
	return s.tracer.wrap
}

// lastCall is how Twilio answered last.
func (s *site) lastCall() web.TwilioState {
	at, _, kind := s.client.LastCall()
	if kind == "" {
		kind = "ok"
	}
	return web.TwilioState{At: at, Outcome: string(kind)}
}

// scim makes the SCIM handler of a connection.
func (s *site) scim(https bool) func(store.Connection) http.Handler {
	return func(c store.Connection) http.Handler {
		people := directory.New(s.store, c)
		people.MaxValues, people.MaxBytes = s.cfg.Limits.Values, int(s.cfg.Limits.Body/2)
		var offer *scim.Grants
		if c.Entitlements {
			mine := s.rules.Grants()
			offer = &mine
		}
		h, err := scimhttp.New(s.limited(scimhttp.Config{
			Directory: people,
			Grants:    offer,
			Log:       s.log.Named("scim"),
			BaseURL:   s.baseURL(https),
			CursorKey: func(ctx context.Context) ([]byte, error) { return s.store.CursorKey(ctx, c.ID) },
			OnDropped: func(r *http.Request, names []string) {
				resource, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
				s.metrics.Dropped(resource, len(names))
			},
		}))
		if err != nil {
			panic(err) // only a Config without Directory fails
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := time.Now()
			h.ServeHTTP(w, r)
			if me.Of(r.Context()) == "" { // people do not hold Flex up
				s.queue.ObserveRequest(time.Since(began))
			}
		})
	}
}

// limited is a SCIM handler's configuration within the limits of the process.
func (s *site) limited(c scimhttp.Config) scimhttp.Config {
	l := s.cfg.Limits
	c.MaxBody, c.MaxDepth, c.MaxValues, c.MaxMembers = int64(l.Body), l.Depth, l.Values, l.Members
	c.MaxOperations, c.MaxBulkOperations = l.PatchOperations, l.BulkOperations
	c.MaxFilterLength, c.MaxFilterTerms, c.MaxFilterDepth = int(l.FilterLength), l.FilterTerms, l.FilterDepth
	c.MaxPage, c.DefaultPage = l.Page, l.DefaultPage
	return c
}

// baseURL is the address that the IdP uses: as configured, else as asked for.
func (s *site) baseURL(https bool) func(*http.Request) string {
	const path = "/scim/v2"
	if s.cfg.PublicURL != "" {
		base := strings.TrimSuffix(s.cfg.PublicURL, "/") + path
		return func(*http.Request) string { return base }
	}
	scheme := "http://"
	if https {
		scheme = "https://"
	}
	return func(r *http.Request) string { return scheme + r.Host + path }
}

// The rhythm of the figures that are read, not counted.
const (
	watchEvery  = 5 * time.Second
	expiryEvery = time.Hour
)

// watch feeds the metrics that are states, and warns of tokens that end soon.
func (s *site) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var expiries time.Time
	for {
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the figures of the metrics could not be read", logfield.Err(err))
		}
		if time.Since(expiries) > expiryEvery {
			expiries = time.Now()
			s.warnOfExpiry(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look reads the states.
func (s *site) look(ctx context.Context) error {
	backlog, err := s.queue.Stats(ctx)
	if err != nil {
		return err
	}
	behind, err := s.store.CountBehind(ctx)
	if err != nil {
		return err
	}
	for urgency, n := range behind {
		s.metrics.Queue(int(urgency), n, backlog[urgency].Oldest)
	}
	persons, leavers, err := s.store.PersonStates(ctx)
	if err != nil {
		return err
	}
	byState := map[string]int64{}
	for state, n := range persons {
		byState[string(state)] = n
	}
	s.metrics.People(byState)
	byStage := map[string]int64{}
	for stage, n := range leavers {
		byStage[string(stage)] = n
	}
	s.metrics.Leavers(byStage)
	s.metrics.InFlight(s.client.Limiter().InFlight)
	unsealed, err := s.store.Unsealed(ctx)
	s.metrics.Unsealed(unsealed)
	return err
}

// warnOfExpiry logs connections whose last token ends soon.
func (s *site) warnOfExpiry(ctx context.Context) {
	expiries, err := s.auth.Expiries(ctx)
	if err != nil {
		s.log.Warn("the expiry of tokens could not be read", logfield.Err(err))
		return
	}
	for _, e := range expiries {
		s.metrics.TokenExpires(e.Connection, e.Days)
		s.log.Warn("the last token of a connection ends soon: make a new one with `flexscim token create`",
			logfield.Connection(e.Connection), logfield.Days(e.Days))
	}
}
