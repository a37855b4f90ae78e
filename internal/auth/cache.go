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
// hundreds of requests per second with the same token. If another process revokes a
// token, this process accepts the token for at most CacheTTL.
const CacheTTL = time.Second

type hash = [sha256.Size]byte

// entry is a valid token from the database.
type entry struct {
	token      store.Token
	connection store.Connection
	until      time.Time
}

// cache contains valid tokens of IdPs; the key is the hash of the token. Invalid
// tokens are never cached, so the cache never has more entries than there are
// tokens. Forget replaces the map. If Forget replaces the map during a look-up, the
// look-up adds its result to the old map, so an outdated result never gets into the
// new map.
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
