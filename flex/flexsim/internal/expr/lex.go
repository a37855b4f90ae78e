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
	punct       // ( ) [ ] , . and the operators that consist of signs
	word        // a name, a keyword, true or false
	text        // a text in quotes; the token does not contain the quotes
	number      // decimal
)

type token struct {
	kind  kind
	text  string
	value float64 // number
	at    int     // byte offset
}

// MaxLength is the maximum length of an expression, in bytes.
const MaxLength = 8192

// tokenPattern matches one token. Its three groups match a number, a word and a
// sign; a text in quotes is in no group. Twilio documents no escapes, so a
// backslash in quotes is an ordinary character.
var tokenPattern = regexp.MustCompile(
	`^(?:(-?[0-9][0-9.]*)|([0-9A-Za-z_\x{80}-\x{10FFFF}]+)|(==|!=|<=|>=|[<>()\[\],.])|"[^"]*"|'[^']*')`)

// lex splits an expression into tokens. The last token has the kind end.
func lex(expression string) ([]token, error) {
	if len(expression) > MaxLength {
		return nil, fmt.Errorf("expression of %d bytes: at most %d", len(expression), MaxLength)
	}
	var all []token
	for at := 0; ; {
		rest := strings.TrimLeft(expression[at:], " \t\r\n")
		at = len(expression) - len(rest)
		if rest == "" {
			return append(all, token{kind: end, at: at}), nil
		}
		m := tokenPattern.FindStringSubmatch(rest)
		switch {
		case m == nil && (rest[0] == '"' || rest[0] == '\''):
			return nil, fmt.Errorf("the quote at %d is never closed", at)
		case m == nil:
			return nil, fmt.Errorf("unexpected %q at %d", rest[0], at)
		}
		t, err := newToken(m, at)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
		at += len(m[0])
	}
}

// newToken returns the token for m, a match of tokenPattern that begins at the
// given byte offset.
func newToken(m []string, offset int) (token, error) {
	switch {
	case m[1] != "":
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return token{}, fmt.Errorf("%q at %d is no number", m[1], offset)
		}
		return token{number, m[1], v, offset}, nil
	case m[2] != "":
		return token{kind: word, text: m[2], at: offset}, nil
	case m[3] != "":
		return token{kind: punct, text: m[3], at: offset}, nil
	}
	return token{kind: text, text: m[0][1 : len(m[0])-1], at: offset}, nil
}
