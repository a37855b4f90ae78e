package auth

import (
	"context"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// Freshness is for how long a good token of an IdP is not looked up again: an IdP sends
// hundreds of requests in a second with one and the same. So long can a token
// be good that another process has revoked.
const Freshness = time.Second

type hash = [sha256.Size]byte

// found is a token that was good, as the database had it.
type found struct {
	token      store.Token
	connection store.Connection
	until      time.Time
}

// known holds the IdPs' good tokens of the last moment. Bad ones are never held: so
// it stays as small as the number of tokens that there are.
type known struct{ now atomic.Pointer[sync.Map] } // :: hash → found

// of gives what is known now, for the look-up and the keeping of one request:
// what is forgotten in between stays forgotten.
func (k *known) of() *sync.Map { return k.now.Load() }

// Settle waits until every process knows what this one has changed. Whoever
// tells a person that something is so calls it before.
func Settle(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(Freshness):
	}
}

// forget is called where this process has changed a token or a connection.
func (k *known) forget() { k.now.Store(&sync.Map{}) }
