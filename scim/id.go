package scim

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// ID is the permanent id of a resource: 26 lower-case base32 characters, generated
// by NewID. Nobody can guess it, and it has no relation to an externalId.
type ID string

// idLength is the length of every ID, in characters.
const idLength = 26

// NewID generates an ID: the time in milliseconds and 80 random bits, similar to a
// version 7 UUID (RFC 9562 §5.7). Resources that are created together are next to
// each other in an index, so a commit writes half as much data.
func NewID() ID {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(time.Now().UnixMilli())<<16)
	_, _ = rand.Read(b[6:]) // crypto/rand.Read never fails (Go 1.24)
	s := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
	return ID(strings.ToLower(s))
}

// Valid reports whether id has the form of an ID. The id of every resource has this
// form.
func (id ID) Valid() bool {
	if len(id) != idLength {
		return false
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}
