package auth

import (
	"cmp"
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
)

// Config configures an Auth.
type Config struct {
	Store *store.Store
	Log   *zap.Logger      // nil: none
	Clock func() time.Time // nil: time.Now
}

// Auth manages and checks the tokens of one store. It is safe for concurrent
// use.
type Auth struct {
	store *store.Store
	log   *zap.Logger
	clock func() time.Time

	creating sync.Mutex // held while a token is created
	cache    cache
	valid    validTokens

	mu    sync.Mutex
	saved map[string]time.Time // :: token id → time of the last use that was saved
	saves sync.WaitGroup
}

// New returns an Auth for a store.
func New(c Config) *Auth {
	a := &Auth{store: c.Store, log: cmp.Or(c.Log, zap.NewNop()), clock: c.Clock, saved: map[string]time.Time{}}
	a.Forget()
	if a.clock == nil {
		a.clock = time.Now
	}
	return a
}

// Close waits until all uses of tokens are saved. Call it after the last
// Authenticate and before the store is closed.
func (a *Auth) Close() { a.saves.Wait() }

const (
	useEvery   = time.Minute      // minimum time between two saves of one token's use
	useTimeout = 10 * time.Second // maximum duration of one save
)

// saveUse stores the time of a token's use, at most once a minute. It works in
// the background, so it cannot delay or fail the request.
func (a *Auth) saveUse(ctx context.Context, t store.Token, now time.Time) {
	a.mu.Lock()
	last, known := a.saved[t.ID]
	if !known {
		last = t.LastUsed
	}
	due := now.Sub(last) >= useEvery
	if due {
		a.saved[t.ID] = now
	}
	a.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), useTimeout)
	a.saves.Go(func() {
		defer cancel()
		err := a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.UseToken(ctx, t.ID, now) })
		if err != nil {
			a.log.Warn("the use of a token was not saved", logfield.Token(t.ID), logfield.Err(err))
		}
	})
}
