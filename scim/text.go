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

// Fold is the form in which names that differ only by case are equal: simple
// Unicode case folding, so that Fold(a) == Fold(b) whenever
// strings.EqualFold(a, b). The Kelvin sign folds to k and the long s to s; ß
// and ss stay different, and so do İ and i, because they can be two people.
// It does not normalise (NFC): composed and decomposed umlauts differ, as
// they do for Twilio and for the IdPs.
func Fold(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return strings.Map(foldRune, s)
		}
	}
	return s
}

// foldRune is one rune for each class of runes that differ by case only: the
// smallest of them, in lower case if that is one of them too.
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

// The sizes of keys, in bytes: an index of PostgreSQL takes some 2,700.
const (
	maxKey       = 512               // of a value that is its own key
	MaxKeyPrefix = maxKey - 1 - 2*32 // of a longer one: how much of it the key keeps
)

// TextKey is what comparisons see of a value of the IdP's: the value itself, or
// where it is too long for an index or holds what no text column takes (NUL,
// bytes that are not UTF-8), how it begins, U+0001 and its hash. Values that
// differ have keys that differ. Keys are in the order of their values, as far
// as those begin differently.
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

// validPrefix is the part of s that a key keeps: whole characters.
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

// HalfCharacter says that a JSON text escapes one half of a surrogate pair
// alone: decoders put U+FFFD in its place and say nothing.
func HalfCharacter(text []byte) bool {
	if !bytes.Contains(text, []byte(`\u`)) {
		return false
	}
	expected := false // the other half
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
