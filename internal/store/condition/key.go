package condition

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// The sizes of keys, in bytes: an index of PostgreSQL takes some 2,700.
const (
	maxKey    = 512                     // of a value that is its own key
	maxPrefix = maxKey - 1 - 2*32       // that a longer one keeps
	maxRange  = maxPrefix - utf8.UTFMax // of a literal that keys are ordered by
)

// Key is what comparisons see of a value of the IdP's: the value itself, or
// where it is too long for an index or holds what no text column takes (NUL,
// bytes that are not UTF-8), how it begins, U+0001 and its hash. Values that
// differ have keys that differ. Keys are in the order of their values, as far
// as those begin differently.
func Key(value string) string {
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
		if r == utf8.RuneError && size == 1 || end+size > maxPrefix {
			break
		}
		end += size
	}
	return s[:end]
}

// orders says that keys stand to this literal as their values do.
func orders(literal string) bool { return len(literal) <= maxRange && Key(literal) == literal }

// after is the least text that is greater than every text that begins with
// prefix; false where there is none.
func after(prefix string) (string, bool) {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch r {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // what follows is no text
			r = 0xDFFF
		}
		return prefix + string(r+1), true
	}
	return "", false
}
