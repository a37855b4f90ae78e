package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/internal/store/db"
)

// InsertConnection adds a connection. *TakenError for name.
func (tx *Tx) InsertConnection(ctx context.Context, c Connection) error {
	_, err := tx.db.Exec(ctx, `insert into connection (connection_id, name, kind, created_at, entitlements) values ($1, $2, $3, $4, $5)`,
		c.ID, c.Name, c.Kind, db.Micros(c.Created), c.Entitlements)
	return err
}

// SetEntitlements says whether the connection's IdP may read which roles and
// entitlements there are. ErrNotFound.
func (tx *Tx) SetEntitlements(ctx context.Context, c ConnectionID, entitlements bool) error {
	n, err := tx.db.Exec(ctx, `update connection set entitlements = $2 where connection_id = $1`, c, entitlements)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

const connectionColumns = `c.connection_id, c.name, c.kind, c.created_at, c.entitlements`

func scanConnection(r db.Row) (c Connection, err error) {
	var created int64
	err = r.Scan(&c.ID, &c.Name, &c.Kind, &created, &c.Entitlements)
	c.Created = db.FromMicros(created)
	return c, err
}

// Connections lists all connections, in the order of creation.
func (s *Store) Connections(ctx context.Context) (all []Connection, err error) {
	err = s.db.Reader().Query(ctx, `select `+connectionColumns+` from connection c order by c.created_at, c.connection_id`, nil,
		func(r db.Row) error {
			c, err := scanConnection(r)
			all = append(all, c)
			return err
		})
	return all, err
}

// ConnectionByName is ErrNotFound where there is none.
func (s *Store) ConnectionByName(ctx context.Context, name string) (Connection, error) {
	if !db.IsText(name) {
		return Connection{}, ErrNotFound
	}
	return db.Only(ctx, s.db.Reader(), `select `+connectionColumns+` from connection c where c.name = $1`, []any{name}, scanConnection)
}

// CursorKey is the key of a connection's cursors, 32 bytes. The first who asks
// makes it; all who ask get the same. ErrNotFound.
func (s *Store) CursorKey(ctx context.Context, c ConnectionID) ([]byte, error) {
	read := func() (text string, err error) {
		err = s.db.Reader().QueryOne(ctx, `select cursor_key from connection where connection_id = $1`, []any{c}, &text)
		return text, err
	}
	text, err := read()
	if err == nil && text == "" {
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // it never fails
		err = s.Write(ctx, AnyKey, func(tx *Tx) error {
			_, err := tx.db.Exec(ctx, `update connection set cursor_key = $2 where connection_id = $1 and cursor_key = ''`, c, hex.EncodeToString(fresh))
			return err
		})
		if err == nil {
			text, err = read()
		}
	}
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

// ---- tokens

// tokenColumns is what scanToken reads, of the rows of tokenRows: whom a token
// stands for, and whether they are there, is read with it, and so never behind.
const (
	tokenColumns = `t.token_id, t.connection_id, t.hash, t.prefix, t.last_four, t.created_at, t.expires_at, t.last_used_at, t.revoked_at,
		t.user_id, coalesce(u.document, ''), case when t.user_id = '' or (u.active and u.deleted_at = 0) then false else true end`
	tokenRows = `token t left join scim_user u on u.connection_id = t.connection_id and u.user_id = t.user_id`
)

// LockConnection keeps others from locking the connection until the commit:
// of two who make a token for it, one waits. ErrNotFound.
func (tx *Tx) LockConnection(ctx context.Context, c ConnectionID) error {
	var one int
	return tx.db.QueryOne(ctx, `select 1 from connection where connection_id = $1`+tx.db.Syntax().ForUpdate, []any{c}, &one)
}

// InsertToken adds a token of a connection. *TakenError for id or hash.
func (tx *Tx) InsertToken(ctx context.Context, t Token) error {
	_, err := tx.db.Exec(ctx, `insert into token (token_id, connection_id, hash, prefix, last_four, created_at, expires_at, last_used_at, revoked_at, user_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.ID, t.Connection, hex.EncodeToString(t.Hash[:]), t.Prefix, t.LastFour,
		db.Micros(t.Created), db.Micros(t.Expires), db.Micros(t.LastUsed), db.Micros(t.Revoked), t.User)
	return err
}

// scanToken reads tokenColumns, and whatever more is selected.
func scanToken(r db.Row, more ...any) (t Token, err error) {
	var hash, document string
	var created, expires, used, revoked int64
	into := []any{&t.ID, &t.Connection, &hash, &t.Prefix, &t.LastFour, &created, &expires, &used, &revoked, &t.User, &document, &t.UserInactive}
	if err = r.Scan(append(into, more...)...); err != nil {
		return t, err
	}
	if document != "" {
		person, err := decode(document)
		if err != nil {
			return t, fmt.Errorf("token %s: the user of whom it is: %w", t.ID, err)
		}
		t.UserName = person.UserName()
	}
	t.Created, t.Expires, t.LastUsed, t.Revoked = db.FromMicros(created), db.FromMicros(expires), db.FromMicros(used), db.FromMicros(revoked)
	if n, err := hex.Decode(t.Hash[:], []byte(hash)[:min(len(hash), 2*len(t.Hash))]); err != nil || n != len(t.Hash) {
		return t, fmt.Errorf("token %s: its hash is damaged", t.ID)
	}
	return t, nil
}

// TokenByHash is the token and its connection; ErrNotFound. Revoked and
// expired ones are found too.
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte) (t Token, c Connection, err error) {
	var created int64
	t, err = db.Only(ctx, s.db.SharedReader(), `select `+tokenColumns+`, `+connectionColumns+`
		from `+tokenRows+` join connection c on c.connection_id = t.connection_id
		where t.hash = $1`, []any{hex.EncodeToString(hash[:])}, func(r db.Row) (Token, error) {
		return scanToken(r, &c.ID, &c.Name, &c.Kind, &created, &c.Entitlements)
	})
	c.Created = db.FromMicros(created)
	return t, c, err
}

// Tokens lists the tokens of a connection, or of all where it is "", in the
// order of creation.
func (s *Store) Tokens(ctx context.Context, c ConnectionID) (all []Token, err error) {
	err = s.db.Reader().Query(ctx, `select `+tokenColumns+` from `+tokenRows+` where t.connection_id = $1 or $1 = ''
		order by t.created_at, t.token_id`, []any{c}, func(r db.Row) error {
		t, err := scanToken(r)
		all = append(all, t)
		return err
	})
	return all, err
}

// RevokeToken ends a token; one that is revoked keeps its time. ErrNotFound.
func (tx *Tx) RevokeToken(ctx context.Context, id string) error {
	n, err := tx.db.Exec(ctx, `update token set revoked_at = case when revoked_at = 0 then $2 else revoked_at end where token_id = $1`,
		key(id), db.Micros(tx.db.Now()))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// UseToken notes when a token was used last; it never goes back. ErrNotFound.
func (tx *Tx) UseToken(ctx context.Context, id string, at time.Time) error {
	n, err := tx.db.Exec(ctx, `update token set last_used_at = case when last_used_at < $2 then $2 else last_used_at end where token_id = $1`,
		key(id), db.Micros(at))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// ---- replicas: who is alive

// Beat says that this replica is alive; it answers the replicas whose last
// beat is older than dead, by the database's clock, and forgets them. Each is
// answered to one caller only.
func (tx *Tx) Beat(ctx context.Context, replica string, dead time.Duration) (gone []string, err error) {
	clock := tx.db.Syntax().Clock
	_, err = tx.db.Exec(ctx, `insert into replica (replica_id, beat_at) values ($1, `+clock+`)
		on conflict (replica_id) do update set beat_at = excluded.beat_at`, replica)
	if err != nil {
		return nil, err
	}
	err = tx.db.ExecReturning(ctx, `delete from replica where beat_at < `+clock+` - $1 returning replica_id`, []any{dead.Microseconds()},
		func(r db.Row) error {
			var id string
			err := r.Scan(&id)
			gone = append(gone, id)
			return err
		})
	return gone, err
}

// Replicas counts the replicas whose last beat is not older than alive (to
// share the account's limits).
func (s *Store) Replicas(ctx context.Context, alive time.Duration) (n int, err error) {
	err = s.db.Reader().QueryOne(ctx, `select count(*) from replica where beat_at >= `+s.db.Syntax().Clock+` - $1`, []any{alive.Microseconds()}, &n)
	return n, err
}
