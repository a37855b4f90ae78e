package scim

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// ID names a resource for ever: 26 lower-case base32 characters, unguessable,
// made by us. It is never derived from, nor compared with, an
// externalId.
type ID string

// idLength is the length of every ID, in characters.
const idLength = 26

// NewID makes a fresh ID: the time in milliseconds and 80 random bits, as
// RFC 9562 §5.7 lays out a version 7 UUID. Resources that come together are
// neighbours in an index that way, which halves what a commit writes.
func NewID() ID {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(time.Now().UnixMilli())<<16)
	_, _ = rand.Read(b[6:]) // crypto/rand.Read never fails (Go 1.24)
	s := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
	return ID(strings.ToLower(s))
}

// Valid says whether id has the shape of our ids. An id that has not can
// name nothing here.
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
