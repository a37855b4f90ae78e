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

// lex splits the expression in into tokens. The last token has the kind end.
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

// newToken returns the token for m, a match of tokenPattern at the byte offset at.
func newToken(m []string, at int) (token, error) {
	switch {
	case m[1] != "":
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return token{}, fmt.Errorf("%q at %d is no number", m[1], at)
		}
		return token{number, m[1], v, at}, nil
	case m[2] != "":
		return token{kind: word, text: m[2], at: at}, nil
	case m[3] != "":
		return token{kind: punct, text: m[3], at: at}, nil
	}
	return token{kind: text, text: m[0][1 : len(m[0])-1], at: at}, nil
}
