package auth

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
)

// Config makes an Auth.
type Config struct {
	Store *store.Store
	Log   *zap.Logger      // nil: none
	Clock func() time.Time // nil: time.Now
}

// Auth knows the tokens. Its methods may be called at once.
type Auth struct {
	store *store.Store
	log   *zap.Logger
	clock func() time.Time

	making sync.Mutex // held while a token is made
	known  known

	mu    sync.Mutex
	noted map[string]time.Time // :: token id → use that was noted last
	notes sync.WaitGroup
}

// New makes an Auth.
func New(c Config) *Auth {
	a := &Auth{store: c.Store, log: c.Log, clock: c.Clock, noted: map[string]time.Time{}}
	a.known.forget()
	if a.log == nil {
		a.log = zap.NewNop()
	}
	if a.clock == nil {
		a.clock = time.Now
	}
	return a
}

// Close waits until the uses of tokens are written. Call it after the last
// Authenticate and before the store is closed.
func (a *Auth) Close() { a.notes.Wait() }

// How often, and for how long at most, a use is written.
const (
	useEvery   = time.Minute
	useTimeout = 10 * time.Second
)

// use notes that a token was used: at most once a minute, beside the request,
// which it neither delays nor fails.
func (a *Auth) use(ctx context.Context, t store.Token, now time.Time) {
	a.mu.Lock()
	last, noted := a.noted[t.ID]
	if !noted {
		last = t.LastUsed
	}
	due := now.Sub(last) >= useEvery
	if due {
		a.noted[t.ID] = now
	}
	a.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), useTimeout)
	a.notes.Go(func() {
		defer cancel()
		err := a.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.UseToken(ctx, t.ID, now) })
		if err != nil {
			a.log.Warn("use of a token not noted", logfield.Token(t.ID), logfield.Err(err))
		}
	})
}
