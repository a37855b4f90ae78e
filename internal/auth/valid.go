package auth

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

// validTokens contains the hashes of all tokens that were valid when it was last
// read. One query reads them all, at most once per CacheTTL. Without validTokens,
// each request with a wrong token would cost a look-up of this token.
type validTokens struct {
	mu     sync.Mutex
	hashes map[hash]bool
	until  time.Time // from this time on, the hashes are outdated
	of     *sync.Map // value of Auth.cache at the time of the query; if Forget has replaced the cache since, the hashes are outdated
}

// loadTimeout limits the query that reads the hashes.
const loadTimeout = 5 * time.Second

// MayBeValid reports whether a header has a token that was valid at most CacheTTL
// ago, without a look-up of this token. If the database is unavailable, it returns
// true. It does not authenticate a request.
func (a *Auth) MayBeValid(ctx context.Context, header string) bool {
	text, reason := Parse(header)
	if reason != "" {
		return false
	}
	h, now, cached := sha256.Sum256([]byte(text)), a.clock(), a.cache.Load()
	if _, ok := cached.Load(h); ok {
		return true
	}
	v := &a.valid
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.of != cached || !now.Before(v.until) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		hashes, err := a.store.ValidTokens(ctx, now)
		if err != nil {
			return true
		}
		v.hashes, v.until, v.of = make(map[hash]bool, len(hashes)), now.Add(CacheTTL), cached
		for _, valid := range hashes {
			v.hashes[valid] = true
		}
	}
	return v.hashes[h]
}
