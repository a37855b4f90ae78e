package expr

import (
	"fmt"
	"slices"
	"strings"
)

// Expr is a parsed expression. It is safe for concurrent use.
type Expr struct{ root node }

// node is a part of an expression that is true or false for a Worker.
type node interface {
	holds(attributes map[string]any) bool
}

type (
	and     []node
	or      []node
	compare struct {
		op          string
		left, right operand
	}
)

// maxDepth is the deepest nesting of parentheses.
const maxDepth = 50

// Parse parses an expression. The error has the position in bytes.
func Parse(in string) (*Expr, error) {
	tokens, err := lex(in)
	if err != nil {
		return nil, fmt.Errorf("parse expression: %w", err)
	}
	p := &parser{tokens: tokens}
	root, err := p.or()
	if err == nil && p.peek().kind != end {
		err = p.unexpected("AND or OR")
	}
	if err != nil {
		return nil, fmt.Errorf("parse expression: %w", err)
	}
	return &Expr{root}, nil
}

type parser struct {
	tokens []token
	pos    int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.pos] }

// take consumes the next token if it is this sign or, ignoring case, this keyword.
func (p *parser) take(s string) bool {
	t := p.peek()
	if t.kind == punct && t.text == s || t.kind == word && strings.EqualFold(t.text, s) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) unexpected(want string) error {
	t := p.peek()
	if t.kind == end {
		return fmt.Errorf("it ends where %s should stand", want)
	}
	return fmt.Errorf("%q at %d: %s should stand there", t.text, t.at, want)
}

func (p *parser) or() (node, error) {
	all, err := p.chain("OR", p.and)
	if len(all) == 1 {
		return all[0], err
	}
	return or(all), err
}

func (p *parser) and() (node, error) {
	all, err := p.chain("AND", p.prim)
	if len(all) == 1 {
		return all[0], err
	}
	return and(all), err
}

func (p *parser) chain(keyword string, part func() (node, error)) ([]node, error) {
	var all []node
	for {
		n, err := part()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if !p.take(keyword) {
			return all, nil
		}
	}
}

func (p *parser) prim() (node, error) {
	if !p.take("(") {
		return p.compare()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("more than %d parentheses deep", maxDepth)
	}
	n, err := p.or()
	p.depth--
	if err == nil && !p.take(")") {
		err = p.unexpected(`")"`)
	}
	return n, err
}

func (p *parser) compare() (node, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	op, err := p.operator()
	if err != nil {
		return nil, err
	}
	right, err := p.operand()
	return compare{op, left, right}, err
}

func (p *parser) operator() (string, error) {
	if p.take("NOT") {
		if !p.take("IN") {
			return "", p.unexpected("IN, after NOT,")
		}
		return "NOT IN", nil
	}
	for _, op := range []string{"==", "!=", "<", "<=", ">", ">=", "CONTAINS", "HAS", "IN"} {
		if p.take(op) {
			return op, nil
		}
	}
	return "", p.unexpected("a comparison")
}

// keywords cannot be keys.
func isKeyword(s string) bool {
	return slices.Contains([]string{"AND", "OR", "NOT", "IN", "HAS", "CONTAINS"}, strings.ToUpper(s))
}
