package condition

import (
	"unicode/utf8"

	"github.com/flexscim/flexscim/scim"
)

// maxRange is the length of a literal that keys are ordered by, in bytes.
const maxRange = scim.MaxKeyPrefix - utf8.UTFMax

// Key is what columns have of a value of the IdP's.
func Key(value string) string { return scim.TextKey(value) }

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
