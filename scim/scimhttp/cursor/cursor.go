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

// Position is the start of a page: the point before or after a place in the list of
// one type.
type Position struct {
	Type    int // index in the types of the list
	Walk    scim.Walk
	Expires time.Time // in whole seconds
}

// written is a Position in JSON.
type written struct {
	Type    int         `json:"k,omitempty"`
	Back    bool        `json:"b,omitempty"`
	Expires int64       `json:"e"`
	From    *scim.Place `json:"p,omitempty"`
}

// Box encrypts and decrypts cursors. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// NewBox returns a Box with a key of KeySize bytes, which all replicas share.
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

// Seal returns the cursor of a position in the list that query identifies.
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

// Open returns the position of a cursor in the list that query identifies. It fails
// with 400 invalidCursor or expiredCursor.
func (b *Box) Open(text, query string, now time.Time) (Position, error) {
	sealed, err := encoding.DecodeString(text)
	if err != nil || len(sealed) < b.aead.Overhead() || encoding.EncodeToString(sealed) != text { // the decoder ignores line breaks
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

// invalid returns the same error for every reason, so that the error does not tell
// whether the cursor belongs to another connection (RFC 9865 §6).
func invalid() error {
	return refusal.CursorInvalid.New()
}
