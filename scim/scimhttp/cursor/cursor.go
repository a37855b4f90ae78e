package cursor

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// KeySize is the length of a key, in bytes.
const KeySize = 32

// Position is the point in a list at which a page begins. It is directly before or
// after the place of a resource of one type, or at an end of the list.
type Position struct {
	Type    int // index of the resource type among the types of the list
	Walk    scim.Walk
	Expires time.Time // in whole seconds
}

// written is the JSON form of a Position.
type written struct {
	Type    int         `json:"k,omitempty"`
	Back    bool        `json:"b,omitempty"`
	Expires int64       `json:"e"`
	From    *scim.Place `json:"p,omitempty"`
}

// Box encrypts and decrypts cursors. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// NewBox returns a Box with the given key of KeySize bytes. All replicas must use
// the same key.
func NewBox(key []byte) (*Box, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("the key of the cursors has %d bytes, want %d", len(key), KeySize)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Box{aead}, err
}

// encoding uses only characters that need no escapes in a URL (RFC 9865 §2).
var encoding = base64.RawURLEncoding

// Seal returns an encrypted cursor for the position p. The argument query
// identifies the list, and Open needs the same text.
func (b *Box) Seal(p Position, query string) (string, error) {
	w := written{Type: p.Type, Back: p.Walk.Back, Expires: p.Expires.Unix()}
	if !p.Walk.From.IsZero() {
		w.From = &p.Walk.From
	}
	plain, err := json.Marshal(w)
	if err != nil {
		return "", fmt.Errorf("write a cursor: %w", err)
	}
	return encoding.EncodeToString(b.aead.Seal(nil, nil, plain, []byte(query))), nil
}

// Open decrypts a cursor and returns its position. The error has status 400 and
// scimType invalidCursor or expiredCursor. If the argument query differs from the
// text that Seal got, the scimType is invalidCursor.
func (b *Box) Open(text, query string, now time.Time) (Position, error) {
	sealed, err := encoding.DecodeString(text)
	if err != nil || len(sealed) < b.aead.Overhead() || encoding.EncodeToString(sealed) != text { // the last condition refuses line breaks, which DecodeString ignores
		return Position{}, invalid()
	}
	plain, err := b.aead.Open(nil, nil, sealed, []byte(query))
	var w written
	if err != nil || json.Unmarshal(plain, &w) != nil {
		return Position{}, invalid()
	}
	p := Position{Type: w.Type, Walk: scim.Walk{Back: w.Back}, Expires: time.Unix(w.Expires, 0)}
	if w.From != nil {
		p.Walk.From = *w.From
	}
	if !now.Before(p.Expires) {
		return Position{}, refusal.CursorExpired.New(p.Expires.UTC().Format(time.RFC3339))
	}
	return p, nil
}

// invalid returns the error for a cursor that cannot be decrypted. It is the same
// for every reason, so that a client does not learn whether the cursor belongs to
// another connection (RFC 9865 §6).
func invalid() error {
	return refusal.CursorInvalid.New()
}
