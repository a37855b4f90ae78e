package scim

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flexscim/flexscim/scim/refusal"
)

// FilterLimits are the limits for the text of a filter or path. The field Depth
// also limits the recursion of the parser.
type FilterLimits struct {
	Bytes int // length of the text
	Terms int // number of comparisons; for a Directory at most MaxFilterTerms
	Depth int // nesting of brackets of both kinds
}

// ParseFilter parses a filter on resources of type t (RFC 7644 §3.4.2.2). It
// returns nil for a blank text. Names in the result are canonical, and literals
// have their attribute's type. The error is an *Error of status 400,
// invalidFilter: the text is not a filter, exceeds a limit, or names an attribute
// that t does not have.
//
// It also accepts these forms, which IdPs send although the RFC does not allow them
// (docs/reference/identity-providers.md §4):
//
//	externalId eq jyoung                    | a bare word or a text in single quotes as the value (row 46)
//	active eq "False"                       | a boolean or a number in quotes (row 28)
//	manager eq "x"                          | an attribute of the enterprise extension without its URN (row 18)
//	emails[type eq "work"].value eq "a@b.c" | a comparison after a value filter: Entra's matching attribute
func ParseFilter(t *ResourceType, text string, limits FilterLimits) (Filter, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	p := parser{in: text, limits: limits, scimType: refusal.InvalidFilter}
	if err := p.check(); err != nil {
		return nil, err
	}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.in) {
		return nil, p.unreadable()
	}
	return resolver{types: t, scimType: refusal.InvalidFilter, addresses: !t.fixed}.filter(f)
}

// parser is a recursive descent parser of filters and paths. In its results, names
// are spelt as in the text. A literal in quotes has the Go type string, a literal
// without quotes the Go type word. A resolver then makes the names canonical and
// converts the literals.
type parser struct {
	in       string
	pos      int
	limits   FilterLimits
	scimType string // of errors
	terms    int
	depth    int
	within   bool // the parser is inside a value filter, which cannot contain a value filter (RFC 7644 §3.4.2.2)
	control  byte // letter of the first escape of a control character, such as \n, in the last string; 0 if there is none
}

// word is a literal without quotes.
type word string

// check refuses a text that is too long, is not UTF-8, or contains NUL.
func (p *parser) check() error {
	if len(p.in) > p.limits.Bytes {
		return refusal.ExpressionTooLong.As(p.scimType, p.limits.Bytes)
	}
	if !utf8.ValidString(p.in) || strings.IndexByte(p.in, 0) >= 0 {
		return refusal.ExpressionNotUTF8.As(p.scimType)
	}
	return nil
}

func (p *parser) unreadable() error {
	if p.scimType == refusal.InvalidPath {
		return refusal.PathMalformed.New()
	}
	return refusal.FilterMalformed.New()
}

func (p *parser) rest() string { return p.in[p.pos:] }

// spaces skips spaces, and reports whether there was at least one.
func (p *parser) spaces() bool {
	from := p.pos
	for p.pos < len(p.in) && p.in[p.pos] == ' ' {
		p.pos++
	}
	return p.pos > from
}

// take reports whether the next character is c. If it is, take skips it.
func (p *parser) take(c byte) bool {
	if p.pos == len(p.in) || p.in[p.pos] != c {
		return false
	}
	p.pos++
	return true
}

// name skips and returns the longest run of letters, digits and the given further
// characters.
func (p *parser) name(more string) string {
	from := p.pos
	for p.pos < len(p.in) && (isLetter(p.in[p.pos]) || isDigit(p.in[p.pos]) || strings.IndexByte(more, p.in[p.pos]) >= 0) {
		p.pos++
	}
	return p.in[from:p.pos]
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// parser.or parses terms that the operator `or` joins. The operator `and` binds
// more tightly.
func (p *parser) or() (Filter, error) { return p.chain("or", p.and, join[Or]) }

func (p *parser) and() (Filter, error) { return p.chain("and", p.term, join[And]) }

func (p *parser) chain(operator string, term func() (Filter, error), join func(left, right Filter) Filter) (Filter, error) {
	left, err := term()
	for err == nil && p.joinedBy(operator) {
		var right Filter
		right, err = term()
		left = join(left, right)
	}
	return left, err
}

// join joins two filters into a filter of type T, which is And or Or. If the left
// filter already has the type T, join adds the right filter to its terms.
func join[T interface {
	~[]Filter
	Filter
}](left, right Filter) Filter {
	if terms, ok := left.(T); ok {
		return append(terms, right)
	}
	return T{left, right}
}

// joinedBy reports whether the next text is this logical operator, in any letter
// case and between spaces. If it is, joinedBy skips the operator and the spaces.
func (p *parser) joinedBy(operator string) bool {
	from := p.pos
	if p.spaces() && strings.EqualFold(p.name(""), operator) && p.spaces() {
		return true
	}
	p.pos = from
	return false
}

// term parses a comparison, a value filter, or a filter in parentheses.
func (p *parser) term() (Filter, error) {
	if p.pos < len(p.in) && p.in[p.pos] == '(' {
		return p.parentheses()
	}
	name, ok := p.attribute()
	if !ok {
		return nil, p.unreadable()
	}
	from := p.pos
	p.spaces()
	switch {
	case strings.HasPrefix(p.rest(), "(") && name.URN == "" && name.Sub == "" && strings.EqualFold(name.Attr, "not"):
		f, err := p.parentheses()
		return Not{Term: f}, err
	case strings.HasPrefix(p.rest(), "[") && !p.within:
		return p.element(name)
	}
	p.pos = from
	return p.comparison(name)
}

// nest parses a filter in brackets. The argument end is the closing bracket. The
// function blank reports whether a character is allowed between a bracket and the
// filter.
func (p *parser) nest(end byte, blank func(rune) bool) (Filter, error) {
	p.pos++
	if p.depth++; p.depth > p.limits.Depth {
		return nil, refusal.ExpressionTooDeep.As(p.scimType, p.limits.Depth)
	}
	p.pos = len(p.in) - len(strings.TrimLeftFunc(p.rest(), blank))
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	p.pos = len(p.in) - len(strings.TrimLeftFunc(p.rest(), blank))
	p.depth--
	if !p.take(end) {
		return nil, p.unreadable()
	}
	return f, nil
}

func (p *parser) parentheses() (Filter, error) {
	return p.nest(')', func(r rune) bool { return r == ' ' })
}

// valueFilter parses a value filter such as [type eq "work"].
func (p *parser) valueFilter() (Filter, error) {
	if !strings.Contains(p.rest(), "]") {
		return nil, refusal.ExpressionBracketOpen.As(p.scimType)
	}
	p.within = true
	f, err := p.nest(']', unicode.IsSpace)
	p.within = false
	return f, err
}

// element parses the value filter that follows an attribute's name. A comparison
// may follow the filter: emails[…].value eq "x" means emails[(…) and value eq "x"].
func (p *parser) element(name Path) (Filter, error) {
	if name.Sub != "" {
		return nil, refusal.AttributeNotFilterable.As(p.scimType, clip(name.label()))
	}
	f, err := p.valueFilter()
	if err != nil {
		return nil, err
	}
	if p.take('.') {
		p.spaces()
		sub, ok := p.attribute()
		if !ok {
			return nil, p.unreadable()
		}
		c, err := p.comparison(sub)
		if err != nil {
			return nil, err
		}
		f = join[And](f, c)
	}
	return Element{URN: name.URN, Attr: name.Attr, Filter: f}, nil
}

var operators = []CompareOp{Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le}

// comparison parses the operator and the literal that follow an attribute's name.
func (p *parser) comparison(name Path) (Filter, error) {
	if p.terms++; p.terms > p.limits.Terms {
		return nil, refusal.ExpressionTooManyComparisons.As(p.scimType, p.limits.Terms)
	}
	if !p.spaces() {
		return nil, p.unreadable()
	}
	c := Compare{URN: name.URN, Attr: name.Attr, Sub: name.Sub, Op: CompareOp(strings.ToLower(p.name("")))}
	if c.Op == Pr {
		return c, nil
	}
	if !slices.Contains(operators, c.Op) || !p.spaces() {
		return nil, p.unreadable()
	}
	p.control = 0
	var err error
	c.Value, err = p.literal()
	if err == nil && p.control != 0 && !hasLines(name) {
		err = refusal.ExpressionEscape.As(p.scimType, string(p.control))
	}
	return c, err
}

// hasLines reports whether values of the attribute can have several lines (RFC 7643
// §4.1.2). In literals for other attributes, an escape such as \b means that the
// client forgot to escape a backslash, as in CORP\bob.
func hasLines(name Path) bool {
	last := cmp.Or(name.Sub, name.Attr)
	return strings.EqualFold(last, "formatted") || strings.EqualFold(last, "streetAddress")
}

// literal parses a JSON string, a text in single quotes, or a word.
func (p *parser) literal() (any, error) {
	rest := p.rest()
	if strings.HasPrefix(rest, `"`) {
		return p.quoted()
	}
	if quoted, ok := strings.CutPrefix(rest, "'"); ok {
		text, behind, closed := strings.Cut(quoted, "'")
		if closed && (behind == "" || strings.IndexByte(" )]", behind[0]) >= 0) {
			p.pos = len(p.in) - len(behind)
			return text, nil
		}
	}
	end := strings.IndexAny(rest, ` "()[]`)
	if end < 0 {
		end = len(rest)
	}
	if end == 0 {
		return nil, p.unreadable()
	}
	p.pos += end
	return word(rest[:end]), nil
}

func (p *parser) quoted() (any, error) {
	from := p.pos
	escaped := false
	for p.pos++; p.pos < len(p.in) && p.in[p.pos] != '"'; p.pos++ {
		if p.in[p.pos] == '\\' {
			escaped = true
			p.pos++
			if p.control == 0 && p.pos < len(p.in) && strings.IndexByte("bfnrt", p.in[p.pos]) >= 0 {
				p.control = p.in[p.pos]
			}
		}
	}
	if p.pos >= len(p.in) {
		return nil, refusal.ExpressionStringMalformed.As(p.scimType)
	}
	p.pos++
	raw := p.in[from:p.pos]
	if !escaped {
		return raw[1 : len(raw)-1], nil
	}
	var text string
	if json.Unmarshal([]byte(raw), &text) != nil || strings.IndexByte(text, 0) >= 0 || HalfCharacter([]byte(raw)) {
		return nil, refusal.ExpressionStringMalformed.As(p.scimType)
	}
	return text, nil
}
