package directory

import (
	"context"
	"sync"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// memberWrites caches the ways of writing members that the store knows for the
// connection, so that most requests need not store them again. The store never
// forgets one.
type memberWrites struct {
	mu    sync.Mutex
	known scim.MemberWrites
}

// has reports whether the store knows these ways.
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

// note stores in which way a request writes members, before the request is
// executed. It writes nothing if the store already knows the way.
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

// membersOfPut returns the change of the members that a PUT of a group makes. The
// argument sent is nil if the PUT omits members.
func (d *Directory) membersOfPut(ctx context.Context, sent *scim.MemberChange) (scim.MemberChange, error) {
	if sent != nil {
		return *sent, d.note(ctx, sent.Way(false))
	}
	writes, err := d.store.MemberWrites(ctx, d.conn.ID)
	return scim.MemberChange{Replace: d.conn.GroupPut.Clears(writes)}, err
}
