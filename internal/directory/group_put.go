package directory

import (
	"context"
	"sync"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// memberWrites caches what the store knows about the connection: in which ways
// (POST or PUT, PATCH) the IdP has written members. So most requests need not store
// the way in which they write members. The store never forgets a way, so the cache
// cannot be outdated.
type memberWrites struct {
	mu    sync.Mutex
	known scim.MemberWrites
}

// has reports whether the store knows all ways in w.
func (m *memberWrites) has(w scim.MemberWrites) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known.With(w) == m.known
}

func (m *memberWrites) add(w scim.MemberWrites) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = m.known.With(w)
}

// note stores the way w in which a request writes members. It is called before the
// request is executed. If the store already knows the way, note writes nothing.
func (d *Directory) note(ctx context.Context, w scim.MemberWrites) error {
	if d.writes.has(w) {
		return nil
	}
	err := d.store.Write(ctx, store.KeyOf(d.conn.ID, ""), func(tx *store.Tx) error { return tx.AddMemberWrites(ctx, d.conn.ID, w) })
	if err == nil {
		d.writes.add(w)
	}
	return err
}

// membersOfPut returns what a PUT of a group changes in the members of the group. The
// argument sent is nil if the PUT omits members.
func (d *Directory) membersOfPut(ctx context.Context, sent *scim.MemberChange) (scim.MemberChange, error) {
	if sent != nil {
		return *sent, d.note(ctx, sent.Way(false))
	}
	writes, err := d.store.MemberWrites(ctx, d.conn.ID)
	return scim.MemberChange{Replace: d.conn.GroupPut.Clears(writes)}, err
}
