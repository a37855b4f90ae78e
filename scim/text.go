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

// Fold returns s with simple Unicode case folding: if strings.EqualFold(a, b) is
// true, Fold(a) and Fold(b) are equal. For example, Fold replaces the Kelvin sign
// with k, and the long s with s. It does not treat ß and ss, or İ and i, as equal,
// because two people can have names that differ only in these characters. Fold does
// not normalise to NFC. So composed and decomposed umlauts are different, and they
// are also different in Twilio and in IdPs.
func Fold(s string) string {
	return strings.Map(foldRune, s)
}

// foldRune returns the same rune for all runes that differ only by case. If the
// lower case of the smallest of these runes is also one of them, foldRune returns
// this lower case, otherwise the smallest rune.
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

// These constants are sizes of keys in bytes. They are far below the limit of about
// 2,700 bytes for an entry of a PostgreSQL index.
const (
	maxKey       = 512               // a value of up to this length is its own key
	MaxKeyPrefix = maxKey - 1 - 2*32 // the key of a longer value starts with this many bytes of the value
)

// TextKey returns the key that the database stores and compares instead of a value.
// In most cases, the key is the value itself. If the value is longer than maxKey,
// is not valid UTF-8, or contains NUL or U+0001, the key is the beginning of the
// value, followed by U+0001 and a hash. Different values have different keys. Keys
// have the same order as their values, with one exception: if a key with a hash and
// another key have the same beginning, their order can differ.
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

// validPrefix returns the longest beginning of s that is valid UTF-8 and has at
// most MaxKeyPrefix bytes.
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

// HalfCharacter reports whether a JSON text contains an escaped surrogate without
// the other half of its pair. A JSON decoder would silently replace this surrogate
// with U+FFFD.
func HalfCharacter(text []byte) bool {
	if !bytes.Contains(text, []byte(`\u`)) {
		return false
	}
	expected := false // the next character must be the escaped second half of a pair
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
