package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"math/big"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// Prefix is the start of every token from NewToken, so that people and secret
// scanners recognise it.
const Prefix = "fscim_"

const (
	randomBytes    = 32 // 256 bits
	randomLetters  = 43 // each is one of 62 characters, so 43 letters can encode 256 bits
	checksumLength = 6  // each is one of 62 characters, so 6 letters can encode 32 bits
)

// NewToken returns a new token of a connection. Its text is Prefix, 43 random
// letters and digits (256 bits), and 6 letters that encode the CRC-32 of the text
// before them, so that a scanner can recognise a real token. If the argument
// expires is the zero time, the token does not expire. The first result is the only
// copy of the text.
func NewToken(c store.ConnectionID, now, expires time.Time) (secret.String, store.Token) {
	var b [randomBytes]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails (Go 1.24)
	body := Prefix + base62(new(big.Int).SetBytes(b[:]), randomLetters)
	text := body + base62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(body)))), checksumLength)
	return secret.New(text), describe(text, c, now, expires)
}

// describe returns a token as it is stored, without its text.
func describe(text string, c store.ConnectionID, now, expires time.Time) store.Token {
	t := store.Token{
		ID: string(scim.NewID()), Connection: c, Hash: sha256.Sum256([]byte(text)),
		Created: now.UTC(), Expires: expires,
	}
	if strings.HasPrefix(text, Prefix) {
		t.Prefix = Prefix
	}
	if len(text) >= minShown {
		t.LastFour = text[len(text)-4:]
	}
	return t
}

// The last four letters of a token are stored and shown only if the token has at
// least minShown letters, because four letters would reveal too much of a shorter
// token.
const minShown = 32

func base62(n *big.Int, width int) string {
	s := n.Text(62)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

func isLive(t store.Token, now time.Time) bool { return reasonAgainst(t, now) == "" }

// reasonAgainst returns the reason why a token is not valid, or "" if it is valid.
func reasonAgainst(t store.Token, now time.Time) Reason {
	switch {
	case !t.Revoked.IsZero():
		return Revoked
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return Expired
	case t.UserInactive:
		return UserInactive
	}
	return ""
}
