package expr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// kind is the kind of a token.
type kind int

const (
	end    kind = iota
	punct       // ( ) [ ] , and the operators
	word        // a key, a keyword, true, false
	text        // in quotes, which are gone
	number      // decimal
)

type token struct {
	kind  kind
	text  string
	value float64 // number
	at    int     // byte offset
}

// MaxLength is the length of the longest expression, in bytes.
const MaxLength = 8192

// tokenPattern has a group for a number, one for a word and one for a sign. Twilio
// documents no escapes, so a backslash in quotes has no meaning.
var tokenPattern = regexp.MustCompile(
	`^(?:(-?[0-9][0-9.]*)|([0-9A-Za-z_\x{80}-\x{10FFFF}]+)|(==|!=|<=|>=|[<>()\[\],.])|"[^"]*"|'[^']*')`)

// lex splits in into tokens; the last one is end.
func lex(in string) ([]token, error) {
	if len(in) > MaxLength {
		return nil, fmt.Errorf("expression of %d bytes: at most %d", len(in), MaxLength)
	}
	var all []token
	for at := 0; ; {
		rest := strings.TrimLeft(in[at:], " \t\r\n")
		at = len(in) - len(rest)
		if rest == "" {
			return append(all, token{kind: end, at: at}), nil
		}
		m := tokenPattern.FindStringSubmatch(rest)
		t := token{kind: text, at: at}
		var err error
		switch {
		case m == nil && (rest[0] == '"' || rest[0] == '\''):
			return nil, fmt.Errorf("the quote at %d is never closed", at)
		case m == nil:
			return nil, fmt.Errorf("unexpected %q at %d", rest[0], at)
		case m[1] != "":
			t.kind, t.text = number, m[1]
			t.value, err = strconv.ParseFloat(t.text, 64)
		case m[2] != "":
			t.kind, t.text = word, m[2]
		case m[3] != "":
			t.kind, t.text = punct, m[3]
		default:
			t.text = m[0][1 : len(m[0])-1]
		}
		if err != nil {
			return nil, fmt.Errorf("%q at %d is no number", t.text, at)
		}
		all = append(all, t)
		at += len(m[0])
	}
}
