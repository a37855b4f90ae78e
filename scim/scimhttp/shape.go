package scimhttp

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	grammar "github.com/scim2/filter-parser/v2"

	"github.com/flexscim/flexscim/scim"
)

// A shape is an expression (a filter or a PATCH path) with its literals taken
// out: userName eq "0". The library's grammar costs some 100 µs, and IdPs ask
// the same few shapes with ever new literals, so the parsed shape is kept and
// the literals are put in.
type shape struct {
	text     string
	inner    []string // what stands in the square brackets of text, from left to right
	literals []string // by the number that stands in text
}

// key tells shapes apart.
func (s shape) key() string {
	if len(s.inner) == 0 {
		return s.text
	}
	return s.text + "\x00" + strings.Join(s.inner, "\x00")
}

// selector stands for what was in square brackets.
const selector = "[value pr]"

// scanner walks through an expression once, in the order that the grammar
// has: attribute, operator, value, and/or. It takes the literals out, and it
// rewrites two spellings that are not in RFC 7644 but are sent:
//
//	externalId eq jyoung                    | a bare word as value (docs/reference/identity-providers.md, row 46)
//	emails[type eq "work"].value eq "a@b.c" | Entra's matching attribute
//
// Value filters are set apart: they are filters of their own, while the
// library's grammar takes two comparisons in them, and no brackets.
//
// It judges nothing else: what it does not understand, the grammar refuses.
type scanner struct {
	in       string
	pos      int
	outer    strings.Builder
	value    strings.Builder // the value filter that is being read
	inner    []string        // those that were
	literals []string
	want     state
	depth    int
	terms    int
	filter   bool // not a path
	within   bool // a value filter
	open     bool // it stays open for the comparison behind it
}

type state int

const (
	wantAttribute state = iota
	wantOperator
	wantValue
	wantLogic
)

// limits bounds an expression before anything parses it: the grammar is
// recursive.
type limits struct {
	length int // bytes
	terms  int // comparisons
	depth  int // brackets of both kinds
}

// scan finds the shape of an expression. scimType says what its refusals are
// about: invalidFilter or invalidPath.
func scan(expression, scimType string, l limits) (shape, error) {
	if len(expression) > l.length {
		return shape{}, scim.BadRequest(scimType, "The expression is longer than %s (limits.filter_length). Ask for less at once.", byteCount(int64(l.length)))
	}
	if !utf8.ValidString(expression) || strings.IndexByte(expression, 0) >= 0 {
		return shape{}, scim.BadRequest(scimType, "The expression is not valid UTF-8, or contains NUL. Correct its encoding.")
	}
	s := scanner{in: expression, filter: scimType == scim.InvalidFilter}
	for s.pos < len(s.in) {
		if !s.token() {
			return shape{}, scim.BadRequest(scimType, "A text in the expression is not a JSON string. Close it with a quote and escape what is in it.")
		}
		if s.terms > l.terms {
			return shape{}, scim.BadRequest(scimType, "The expression has more than %d comparisons (limits.filter_terms). Ask for less at once.", l.terms)
		}
		if s.depth > l.depth {
			return shape{}, scim.BadRequest(scimType, "The expression has more than %d brackets within each other (limits.filter_depth). Write it flatter.", l.depth)
		}
	}
	if s.within {
		return shape{}, scim.BadRequest(scimType, "A square bracket in the expression is not closed. Write a value filter as: emails[type eq \"work\"].")
	}
	return shape{text: s.outer.String(), inner: s.inner, literals: s.literals}, nil
}

// write adds to what is being read.
func (s *scanner) write(text string) {
	if s.within {
		s.value.WriteString(text)
		return
	}
	s.outer.WriteString(text)
}

// token copies one token to the output.
func (s *scanner) token() bool {
	switch c := s.in[s.pos]; c {
	case '"':
		return s.quoted()
	case '\'':
		if !s.singleQuoted() {
			s.word()
		}
	case ' ':
		s.punctuation(c)
	case '(':
		s.depth++
		s.want = wantAttribute
		s.punctuation(c)
	case '[':
		s.openFilter()
	case ')':
		s.depth--
		s.punctuation(c)
	case ']':
		s.closeFilter()
	default:
		s.word()
	}
	return true
}

func (s *scanner) punctuation(c byte) {
	s.write(string(rune(c)))
	s.pos++
}

// quoted takes a literal out.
func (s *scanner) quoted() bool {
	end := s.pos + 1
	for end < len(s.in) && s.in[end] != '"' {
		if s.in[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s.in) {
		return false
	}
	raw := s.in[s.pos : end+1]
	s.pos = end + 1
	if strings.IndexByte(raw, '\\') < 0 {
		s.literal(raw[1 : len(raw)-1])
		return true
	}
	var text string
	if json.Unmarshal([]byte(raw), &text) != nil || strings.IndexByte(text, 0) >= 0 || scim.HalfCharacter([]byte(raw)) {
		return false
	}
	s.literal(text)
	return true
}

// singleQuoted takes a literal in single quotes out, which the grammar does
// not know: as a bare word it would be a value that nothing ever has, and the
// removal of a member by it would do nothing.
func (s *scanner) singleQuoted() bool {
	text, rest, closed := strings.Cut(s.in[s.pos+1:], "'")
	if s.want != wantValue || !closed || rest != "" && !strings.ContainsRune(" )]", rune(rest[0])) {
		return false
	}
	s.pos = len(s.in) - len(rest)
	s.literal(text)
	return true
}

func (s *scanner) literal(text string) {
	s.write(`"` + strconv.Itoa(len(s.literals)) + `"`)
	s.literals = append(s.literals, text)
	s.afterValue()
}

// afterValue ends a comparison, and the value filter that waited for it.
func (s *scanner) afterValue() {
	s.want = wantLogic
	if s.open {
		s.endFilter()
		s.open = false
	}
}

// word copies a name, an operator, or a value without quotes.
func (s *scanner) word() {
	start := s.pos
	for s.pos < len(s.in) && !strings.ContainsRune(` "()[]`, rune(s.in[s.pos])) {
		s.pos++
	}
	word := s.in[start:s.pos]
	switch s.want {
	case wantValue:
		s.bareValue(word)
	case wantOperator:
		s.write(strings.ToLower(word))
		s.want = wantValue
		if strings.EqualFold(word, "pr") {
			s.afterValue()
		}
	case wantLogic:
		s.write(strings.ToLower(word))
		s.want = wantAttribute
	case wantAttribute:
		s.write(word)
		if strings.EqualFold(word, "not") {
			return // the bracket behind it counts
		}
		s.terms++
		s.want = wantOperator
	}
}

// bareValue keeps what JSON knows and takes any other word as a text.
func (s *scanner) bareValue(word string) {
	switch lower := strings.ToLower(word); {
	case lower == "true", lower == "false", lower == "null":
		s.write(lower)
		s.afterValue()
	case isNumber(word):
		s.write(word)
		s.afterValue()
	default:
		s.literal(word)
	}
}

// isNumber says whether the word is a JSON number.
func isNumber(word string) bool {
	c := word[0]
	return (c == '-' || (c >= '0' && c <= '9')) && json.Valid([]byte(word))
}

// openFilter begins a value filter. In one there is no other (RFC 7644
// §3.4.2.2): the grammar refuses the second bracket.
func (s *scanner) openFilter() {
	s.depth++
	if s.want == wantOperator { // the name before it was no comparison's
		s.terms--
	}
	s.want = wantAttribute
	if s.within {
		s.punctuation('[')
		return
	}
	s.pos++
	s.within = true
}

// closeFilter ends a value filter, or turns emails[…].value eq "x" into
// emails[(…) and value eq "x"].
func (s *scanner) closeFilter() {
	s.depth--
	if !s.within || s.open {
		s.punctuation(']')
		return
	}
	s.pos++
	rest := s.in[s.pos:]
	if s.filter && strings.HasPrefix(rest, ".") {
		text := "(" + s.value.String() + ") and "
		s.value.Reset()
		s.write(text)
		s.pos++
		s.want = wantAttribute
		s.open = true
		return
	}
	s.endFilter()
	s.want = wantLogic
	if strings.HasPrefix(rest, ".") { // the sub-attribute that ends a path
		s.write(rest)
		s.pos = len(s.in)
	}
}

// endFilter sets what was read apart.
func (s *scanner) endFilter() {
	s.inner = append(s.inner, strings.TrimSpace(s.value.String()))
	s.value.Reset()
	s.within = false
	s.write(selector)
}

// parseFilter parses a filter's shape: value filters are filters of their own,
// which the library's grammar would take in part only.
func parseFilter(s shape) (grammar.Expression, error) {
	parsed, err := grammar.ParseFilterNumber([]byte(s.text))
	if err != nil {
		return nil, err
	}
	for _, path := range valuePaths(parsed) {
		if len(s.inner) == 0 {
			return nil, errUnread
		}
		if path.ValueFilter, err = grammar.ParseFilterNumber([]byte(s.inner[0])); err != nil {
			return nil, err
		}
		s.inner = s.inner[1:]
	}
	return parsed, nil
}

// errUnread is replaced by a refusal in our words, as the library's are.
var errUnread = errors.New("the expression cannot be read")

// parsePath parses a path's shape.
func parsePath(s shape) (grammar.Path, error) {
	parsed, err := grammar.ParsePathNumber([]byte(s.text))
	if err != nil || parsed.ValueExpression == nil {
		return parsed, err
	}
	if len(s.inner) != 1 {
		return parsed, errUnread
	}
	parsed.ValueExpression, err = grammar.ParseFilterNumber([]byte(s.inner[0]))
	return parsed, err
}

// valuePaths are the value filters of an expression, from left to right.
func valuePaths(e grammar.Expression) []*grammar.ValuePath {
	switch e := e.(type) {
	case *grammar.ValuePath:
		return []*grammar.ValuePath{e}
	case *grammar.NotExpression:
		return valuePaths(e.Expression)
	case *grammar.LogicalExpression:
		return append(valuePaths(e.Left), valuePaths(e.Right)...)
	}
	return nil
}

// memory keeps what was parsed from a shape. It is bounded, and forgets
// everything when it is full: an IdP uses a dozen shapes.
type memory[T any] struct {
	mu    sync.RWMutex
	known map[string]T // :: shape → what was parsed from it
}

const memorySize = 512

func (m *memory[T]) get(key string) (T, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	value, ok := m.known[key]
	return value, ok
}

func (m *memory[T]) put(key string, value T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= memorySize {
		m.known = make(map[string]T, memorySize)
	}
	m.known[key] = value
}
