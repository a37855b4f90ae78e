package list

import (
	"unicode/utf8"

	"github.com/flexscim/flexscim/scim"
)

// maxRange is the longest literal, in bytes, that keys can be ordered by.
const maxRange = scim.MaxKeyPrefix - utf8.UTFMax

// orders reports whether keys compare with this literal as their values do.
func orders(literal string) bool { return len(literal) <= maxRange && scim.TextKey(literal) == literal }

// after returns the least text that is greater than every text that begins with
// prefix; false if there is none.
func after(prefix string) (string, bool) {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch r {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // surrogates follow, which are no text
			r = 0xDFFF
		}
		return prefix + string(r+1), true
	}
	return "", false
}
