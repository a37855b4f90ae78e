package claim

import (
	"fmt"
	"strings"
)

// Identity is how Flex writes a name where only letters, digits and underscores
// may stand: everything else becomes an underscore and its number in upper-case
// hexadecimal. Whether an underscore is kept, and whether the number is that of
// the UTF-8 byte or of the code point, is not known.
func Identity(name string, encodeUnderscore, codePoints bool) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9', r == '_' && !encodeUnderscore:
			b.WriteRune(r)
		case codePoints:
			fmt.Fprintf(&b, "_%02X", r)
		default:
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "_%02X", c)
			}
		}
	}
	return b.String()
}
