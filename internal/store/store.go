package store

import (
	"context"
	"database/sql"
	"iter"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/scim"
)

// Engine is the database underneath.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// Config opens a Store.
type Config struct {
	URL   string           // "sqlite:PATH", or "postgres://…"
	Log   *zap.Logger      // nil: none
	Clock func() time.Time // nil: time.Now
}

// Store is the database of one flexscim. Its methods may be called at once.
type Store struct{}

// Open connects; it changes nothing in the database.
func Open(ctx context.Context, c Config) (*Store, error) { panic("todo") }

// Close waits for the writes that were accepted, then closes.
func (s *Store) Close() error { panic("todo") }

// Engine is the database underneath.
func (s *Store) Engine() Engine { panic("todo") }

// DB is the writer's handle, for River's own statements. On SQLite it has one
// connection.
func (s *Store) DB() *sql.DB { panic("todo") }

// Migrate brings the schema to this program's version. Ping reports whether
// the database answers.
func (s *Store) Migrate(ctx context.Context) error { panic("todo") }

// SchemaVersion is the database's version and the one that this program has.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int64, err error) { panic("todo") }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { panic("todo") }

// OnTouch registers who is told, after each commit, of the persons that it
// touched (queue's waker). Call it before the first Write. fn must not block.
func (s *Store) OnTouch(fn func([]Touch)) { panic("todo") }

// Write runs fn in a transaction and commits it: when Write returns nil, what
// fn did is durable. An error of fn is returned as it is, and nothing of it
// stays; a database that is away is an *AwayError. fn may run twice (deadlock
// on PostgreSQL): it must have no effect outside of tx, and must not call
// Write.
func (s *Store) Write(ctx context.Context, fn func(tx *Tx) error) error { panic("todo") }

// Tx is a transaction inside Write.
type Tx struct{}

// SQL is the transaction for River's …Tx functions.
func (tx *Tx) SQL() *sql.Tx { panic("todo") }

// Now is the time of the transaction, in microseconds, UTC.
func (tx *Tx) Now() time.Time { panic("todo") }

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

// ---- users

// InsertUser adds a user (ID and Meta are the caller's) with generation 1 and
// touches the person. *TakenError for userName and externalId.
func (tx *Tx) InsertUser(ctx context.Context, c ConnectionID, u scim.User, why Why) error {
	panic("todo")
}

// LockUser reads a live user and keeps other writers away from it until the
// commit. ErrNotFound.
func (tx *Tx) LockUser(ctx context.Context, c ConnectionID, id scim.ID) (scim.User, error) {
	panic("todo")
}

// UpdateUser writes a user's document, version and lastModified, and touches
// the person.
func (tx *Tx) UpdateUser(ctx context.Context, c ConnectionID, u scim.User, why Why) error {
	panic("todo")
}

// DeleteUser makes a tombstone: the userName is free again, memberships go,
// the person is touched and stays for the leaver's record. ErrNotFound.
func (tx *Tx) DeleteUser(ctx context.Context, c ConnectionID, id scim.ID, why Why) error {
	panic("todo")
}

// Why says how urgent a change is and which request asked for it.
type Why struct {
	Urgency Urgency
	Request string
}

// User reads a live user; groups too if asked for. ErrNotFound.
func (s *Store) User(ctx context.Context, c ConnectionID, id scim.ID, groups bool) (scim.User, error) {
	panic("todo")
}

// Users answers a query, in the order of creation. A filter that it cannot
// translate is a *scim.Error (invalidFilter).
func (s *Store) Users(ctx context.Context, c ConnectionID, q scim.Query) (scim.Page[scim.User], error) {
	panic("todo")
}

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

// ---- persons: what the reconciler and the queue need

// Person reads everything about a person in one consistent view; ErrNotFound.
func (s *Store) Person(ctx context.Context, key PersonKey) (Person, error) { panic("todo") }

// Record writes an outcome under the person's lock and says which generation
// is desired now. Where it is the outcome's, the person is finished: the
// caller completes its job in this transaction. Where it is newer, the state
// recorded is Pending.
func (tx *Tx) Record(ctx context.Context, key PersonKey, o Outcome) (desired int64, err error) {
	panic("todo")
}

// Touch raises a person's generation: sync on demand. ErrNotFound.
func (tx *Tx) Touch(ctx context.Context, key PersonKey, why Why) error { panic("todo") }

// TouchAll raises every live person's generation, and every tombstone's that
// is not finished; it says how many.
func (tx *Tx) TouchAll(ctx context.Context, why Why) (int64, error) { panic("todo") }

// Behind lists persons whose observed generation is behind, the most urgent
// first, at most limit.
func (s *Store) Behind(ctx context.Context, limit int) ([]Touch, error) { panic("todo") }

// FindPersons finds persons by user id or userName (any case), in every
// connection; live ones before tombstones.
func (s *Store) FindPersons(ctx context.Context, name string) ([]Person, error) { panic("todo") }

// PersonByWorker is the person who owns a Worker; ErrNotFound.
func (s *Store) PersonByWorker(ctx context.Context, worker string) (PersonKey, error) { panic("todo") }

// Persons walks all persons that have or should have a Worker, in pages, at
// constant memory.
func (s *Store) Persons(ctx context.Context) iter.Seq2[Person, error] { panic("todo") }

// PersonStates counts persons by state, and leavers by theirs, for metrics.
func (s *Store) PersonStates(ctx context.Context) (persons map[State]int64, leavers map[string]int64, err error) {
	panic("todo")
}

// ListStates lists persons in a state, newest first, at most limit.
func (s *Store) ListStates(ctx context.Context, state State, limit int) ([]PersonState, error) {
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
