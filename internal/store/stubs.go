package store

import (
	"context"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/scim"
)

// ---- connections and tokens

func (tx *Tx) InsertConnection(ctx context.Context, c Connection) error { panic("todo") }
func (s *Store) Connections(ctx context.Context) ([]Connection, error)  { panic("todo") }

// ConnectionByName is ErrNotFound where there is none.
func (s *Store) ConnectionByName(ctx context.Context, name string) (Connection, error) {
	panic("todo")
}
func (tx *Tx) InsertToken(ctx context.Context, t Token) error { panic("todo") }

// TokenByHash is the token and its connection; ErrNotFound. Revoked and
// expired ones are found too.
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte) (Token, Connection, error) {
	panic("todo")
}

// Tokens lists the tokens of a connection, or of all where it is "".
func (s *Store) Tokens(ctx context.Context, c ConnectionID) ([]Token, error) { panic("todo") }
func (tx *Tx) RevokeToken(ctx context.Context, id string) error              { panic("todo") }
func (tx *Tx) UseToken(ctx context.Context, id string, at time.Time) error   { panic("todo") }

// ---- groups

// InsertGroup adds a group without members. *TakenError for displayName and
// externalId.
func (tx *Tx) InsertGroup(ctx context.Context, c ConnectionID, g scim.Group) error { panic("todo") }

// LockGroup reads a group without its members, as LockUser does.
func (tx *Tx) LockGroup(ctx context.Context, c ConnectionID, id scim.ID) (scim.Group, error) {
	panic("todo")
}

// UpdateGroup writes document, version and lastModified.
func (tx *Tx) UpdateGroup(ctx context.Context, c ConnectionID, g scim.Group) error { panic("todo") }

// DeleteGroup removes the group and its memberships and touches its members.
func (tx *Tx) DeleteGroup(ctx context.Context, c ConnectionID, id scim.ID, why Why) error {
	panic("todo")
}

// ChangeMembers applies the change with one statement a member named in it
// (Replace reads the list and writes only the difference), touches each
// person whose membership really changed, and says who they are and which
// values name nobody. Those are kept as pending.
func (tx *Tx) ChangeMembers(ctx context.Context, c ConnectionID, g scim.ID, change scim.MemberChange, why Why) (MembersChanged, error) {
	panic("todo")
}

// MembersChanged is what ChangeMembers did.
type MembersChanged struct {
	Added   []scim.ID
	Removed []scim.ID
	Unknown []scim.ID // of the added: no such user (yet)
}

// TouchMembers raises the generation of every member, in one statement: the
// group was renamed.
func (tx *Tx) TouchMembers(ctx context.Context, c ConnectionID, g scim.ID, why Why) error {
	panic("todo")
}

// Group reads a group; members too if asked for. ErrNotFound.
func (s *Store) Group(ctx context.Context, c ConnectionID, id scim.ID, members bool) (scim.Group, error) {
	panic("todo")
}

// Groups answers a query, as Users does.
func (s *Store) Groups(ctx context.Context, c ConnectionID, q scim.Query) (scim.Page[scim.Group], error) {
	panic("todo")
}

// ---- replicas: who is alive

// Beat says that this replica is alive; it answers the replicas whose last
// beat is older than dead, by the database's clock, and forgets them.
func (tx *Tx) Beat(ctx context.Context, replica string, dead time.Duration) (gone []string, err error) {
	panic("todo")
}

// Replicas counts the live ones (to share the account's limits).
func (s *Store) Replicas(ctx context.Context, alive time.Duration) (int, error) { panic("todo") }

// ---- audit

// Audit appends an entry; ID and At are filled in where they are empty.
func (tx *Tx) Audit(ctx context.Context, e audit.Entry) error { panic("todo") }

// Seal links up to limit entries into the chain and says how many it did. One
// sealer works at a time, whatever the number of replicas.
func (s *Store) Seal(ctx context.Context, limit int) (int, error) { panic("todo") }

// VerifyAudit walks the chain. A nil problem means that it holds; checked is
// the number of sealed entries, unsealed those that wait.
func (s *Store) VerifyAudit(ctx context.Context, progress func(checked int64)) (checked, unsealed int64, problem *AuditProblem, err error) {
	panic("todo")
}

// AuditEntries lists the newest entries of a subject ("" for all).
func (s *Store) AuditEntries(ctx context.Context, c ConnectionID, subject string, limit int) ([]audit.Entry, error) {
	panic("todo")
}
