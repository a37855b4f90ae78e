package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// tokenColumns are the columns that scanToken reads from tokenRows. They include
// the current userName and status of the token's person.
const (
	tokenColumns = `t.token_id, t.connection_id, t.hash, t.prefix, t.last_four, t.created_at, t.expires_at, t.last_used_at, t.revoked_at,
		t.user_id, coalesce(u.document, ''), case when t.user_id = '' or (u.active and u.deleted_at = 0) then false else true end`
	tokenRows = `token t left join scim_user u on u.connection_id = t.connection_id and u.user_id = t.user_id`
)

// InsertToken adds a token of a connection. It returns a *TakenError if the id or
// the hash is taken.
func (tx *Tx) InsertToken(ctx context.Context, t Token) error {
	_, err := tx.db.Exec(ctx, `insert into token (token_id, connection_id, hash, prefix, last_four, created_at, expires_at, last_used_at, revoked_at, user_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.ID, t.Connection, hex.EncodeToString(t.Hash[:]), t.Prefix, t.LastFour,
		db.Micros(t.Created), db.Micros(t.Expires), db.Micros(t.LastUsed), db.Micros(t.Revoked), t.User)
	return err
}

// scanToken reads the columns tokenColumns into a Token, and writes further columns
// to the pointers in more.
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
			return t, fmt.Errorf("token %s: its user: %w", t.ID, err)
		}
		t.UserName = person.UserName()
	}
	t.Created, t.Expires, t.LastUsed, t.Revoked = db.FromMicros(created), db.FromMicros(expires), db.FromMicros(used), db.FromMicros(revoked)
	if n, err := hex.Decode(t.Hash[:], []byte(hash)[:min(len(hash), 2*len(t.Hash))]); err != nil || n != len(t.Hash) {
		return t, fmt.Errorf("token %s: its hash is damaged", t.ID)
	}
	return t, nil
}

// TokenByHash returns a token and its connection, also if the token is revoked or
// has expired. It returns ErrNotFound if no token has the hash.
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte) (t Token, c Connection, err error) {
	var row connectionRow
	t, err = db.Only(ctx, s.db.SharedReader(), `select `+tokenColumns+`, `+connectionColumns+`
		from `+tokenRows+` join connection c on c.connection_id = t.connection_id
		where t.hash = $1`, []any{hex.EncodeToString(hash[:])}, func(r db.Row) (Token, error) {
		return scanToken(r, row.into()...)
	})
	return t, row.connection(), err
}

// Tokens returns the tokens of a connection, or of all connections if c is "", the
// oldest token first.
func (s *Store) Tokens(ctx context.Context, c ConnectionID) ([]Token, error) {
	return db.All(ctx, s.db.Reader(), `select `+tokenColumns+` from `+tokenRows+` where t.connection_id = $1 or $1 = ''
		order by t.created_at, t.token_id`, []any{c}, func(r db.Row) (Token, error) { return scanToken(r) })
}

// ValidTokens returns the hashes of all tokens that are valid at a time: tokens that
// are neither revoked nor expired, and whose person, if there is one, is active.
func (s *Store) ValidTokens(ctx context.Context, at time.Time) ([][32]byte, error) {
	return db.All(ctx, s.db.Reader(), `select t.hash from `+tokenRows+` where t.revoked_at = 0 and (t.expires_at = 0 or t.expires_at > $1)
		and (t.user_id = '' or (u.active and u.deleted_at = 0))`, []any{db.Micros(at)}, func(r db.Row) (hash [32]byte, err error) {
		var text string
		if err = r.Scan(&text); err == nil {
			_, err = hex.Decode(hash[:], []byte(text)[:min(len(text), 2*len(hash))])
		}
		return hash, err
	})
}

// RevokeToken revokes a token. If the token was already revoked, the stored time of
// revocation does not change. RevokeToken returns ErrNotFound if there is no such
// token.
func (tx *Tx) RevokeToken(ctx context.Context, id string) error {
	return orNotFound(tx.db.Exec(ctx, `update token set revoked_at = case when revoked_at = 0 then $2 else revoked_at end where token_id = $1`,
		scim.TextKey(id), db.Micros(tx.db.Now())))
}

// UseToken stores the time at which a token was last used, unless a later time is
// already stored. It returns ErrNotFound if there is no such token.
func (tx *Tx) UseToken(ctx context.Context, id string, at time.Time) error {
	return orNotFound(tx.db.Exec(ctx, `update token set last_used_at = case when last_used_at < $2 then $2 else last_used_at end where token_id = $1`,
		scim.TextKey(id), db.Micros(at)))
}
