package scim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold folds the case of s by simple Unicode case folding: Fold(a) == Fold(b) if
// strings.EqualFold(a, b). The Kelvin sign folds to k and the long s to s. ß and ss
// stay different, and so do İ and i, because they can be in the names of two
// people. Fold does not normalise (NFC): composed and decomposed umlauts differ, as
// they do in Twilio and in IdPs.
func Fold(s string) string {
	return strings.Map(foldRune, s)
}

// foldRune returns the same rune for all runes that differ only by case: the
// smallest of them, or the lower case of the smallest if that is one of them, too.
func foldRune(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	if r < 0x80 {
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	lower := unicode.ToLower(least)
	for next := unicode.SimpleFold(least); next != least; next = unicode.SimpleFold(next) {
		if next == lower {
			return lower
		}
	}
	return least
}

// The sizes of keys in bytes. An entry of a PostgreSQL index can have about 2,700
// bytes.
const (
	maxKey       = 512               // a value up to this length is its own key
	MaxKeyPrefix = maxKey - 1 - 2*32 // the key of a longer value starts with this many bytes of the value
)

// TextKey returns the key by which columns store and compare a value. The key is
// the value itself, unless the value is too long for an index or cannot be stored
// in a text column (NUL, bytes that are not UTF-8). Then the key is the beginning
// of the value, U+0001 and a hash. Different values have different keys. Keys sort
// like their values, unless both keys contain the same beginning.
func TextKey(value string) string {
	odd := strings.IndexAny(value, "\x00\x01")
	if len(value) <= maxKey && odd < 0 && utf8.ValidString(value) {
		return value
	}
	prefix := value
	if odd >= 0 {
		prefix = value[:odd]
	}
	hash := sha256.Sum256([]byte(value))
	return validPrefix(prefix) + "\x01" + hex.EncodeToString(hash[:])
}

// validPrefix returns the beginning of s for a key, in whole characters.
func validPrefix(s string) string {
	end := 0
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if r == utf8.RuneError && size == 1 || end+size > MaxKeyPrefix {
			break
		}
		end += size
	}
	return s[:end]
}

// HalfCharacter reports whether a JSON text has an escaped surrogate without its
// other half. Decoders would silently replace such a half by U+FFFD.
func HalfCharacter(text []byte) bool {
	if !bytes.Contains(text, []byte(`\u`)) {
		return false
	}
	expected := false // the second half must follow
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			if expected {
				return true
			}
			continue
		}
		i++
		unit := uint64(0)
		if text[i] == 'u' && i+4 < len(text) {
			unit, _ = strconv.ParseUint(string(text[i+1:i+5]), 16, 16)
			i += 4
		}
		if low := unit >= 0xdc00 && unit < 0xe000; low != expected {
			return true
		}
		expected = unit >= 0xd800 && unit < 0xdc00
	}
	return expected
}
