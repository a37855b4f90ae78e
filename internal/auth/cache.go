package auth

import (
	"context"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// CacheTTL is how long a valid token of an IdP is cached, because an IdP sends
// hundreds of requests per second with the same token. A token that another
// process has revoked stays valid here for at most this time.
const CacheTTL = time.Second

type hash = [sha256.Size]byte

// entry is a valid token from the database.
type entry struct {
	token      store.Token
	connection store.Connection
	until      time.Time
}

// cache holds valid tokens of IdPs, by hash. Invalid tokens are never cached, so
// the cache never has more entries than there are tokens. Forget replaces the map.
// A request adds its result to the map that it read from, so an old result never
// gets into the new map.
type cache = atomic.Pointer[sync.Map]

// Forget empties the cache. Call it after this process has changed a token or
// a connection.
func (a *Auth) Forget() { a.cache.Store(&sync.Map{}) }

// AwaitReplicas waits until the caches of all processes have expired. Call it
// before you report that a change is in effect.
func AwaitReplicas(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(CacheTTL):
	}
}
