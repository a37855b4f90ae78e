package expr

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is the kind of a token.
type kind int

const (
	end    kind = iota
	punct       // ( ) [ ] , and the operators in signs
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

type lexer struct {
	in  string
	pos int
}

// lex splits in into tokens; the last one is end.
func lex(in string) ([]token, error) {
	if len(in) > MaxLength {
		return nil, fmt.Errorf("expression of %d bytes: at most %d", len(in), MaxLength)
	}
	l := &lexer{in: in}
	var all []token
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		all = append(all, t)
		if t.kind == end {
			return all, nil
		}
	}
}

func (l *lexer) next() (token, error) {
	l.while(func(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 })
	at := l.pos
	if at == len(l.in) {
		return token{kind: end, at: at}, nil
	}
	switch c := l.in[at]; {
	case c == '"' || c == '\'':
		return l.quoted(c)
	case isDigit(c), c == '-' && at+1 < len(l.in) && isDigit(l.in[at+1]):
		return l.number()
	case isWordByte(c):
		return token{kind: word, text: l.while(isWordByte), at: at}, nil
	}
	for _, sign := range []string{"==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", "."} {
		if strings.HasPrefix(l.in[at:], sign) {
			l.pos += len(sign)
			return token{kind: punct, text: sign, at: at}, nil
		}
	}
	return token{}, fmt.Errorf("unexpected %q at %d", l.in[at], at)
}

// quoted reads a string. Twilio documents no escapes, so a backslash has no
// meaning.
func (l *lexer) quoted(quote byte) (token, error) {
	at := l.pos
	n := strings.IndexByte(l.in[at+1:], quote)
	if n < 0 {
		return token{}, fmt.Errorf("the quote at %d is never closed", at)
	}
	l.pos = at + n + 2
	return token{kind: text, text: l.in[at+1 : at+1+n], at: at}, nil
}

func (l *lexer) number() (token, error) {
	at := l.pos
	l.pos++
	s := l.in[at:l.pos] + l.while(func(c byte) bool { return isDigit(c) || c == '.' })
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return token{}, fmt.Errorf("%q at %d is no number", s, at)
	}
	return token{kind: number, text: s, value: v, at: at}, nil
}

func (l *lexer) while(accept func(byte) bool) string {
	at := l.pos
	for l.pos < len(l.in) && accept(l.in[l.pos]) {
		l.pos++
	}
	return l.in[at:l.pos]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordByte(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
