package expr

import (
	"fmt"
	"slices"
	"strings"
)

// Expr is a parsed expression: a function that reports whether a Worker's
// attributes match the expression. The attributes are JSON values as encoding/json
// decodes them. It is safe for concurrent use.
type Expr func(attributes map[string]any) bool

// maxDepth is the maximum depth of nested parentheses.
const maxDepth = 50

// Parse parses an expression. Its errors contain the position in the expression as
// a byte offset.
func Parse(in string) (Expr, error) {
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
	return root, nil
}

type parser struct {
	tokens []token
	pos    int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.pos] }

// take reports whether the next token is the sign or keyword s. If it is, take
// consumes the token. Keywords may have any letter case.
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

func (p *parser) or() (Expr, error) {
	all, err := p.chain("OR", p.and)
	return func(attributes map[string]any) bool {
		return slices.ContainsFunc(all, func(e Expr) bool { return e(attributes) })
	}, err
}

func (p *parser) and() (Expr, error) {
	all, err := p.chain("AND", p.prim)
	return func(attributes map[string]any) bool {
		return !slices.ContainsFunc(all, func(e Expr) bool { return !e(attributes) })
	}, err
}

func (p *parser) chain(keyword string, part func() (Expr, error)) ([]Expr, error) {
	var all []Expr
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

func (p *parser) prim() (Expr, error) {
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

func (p *parser) compare() (Expr, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	op, err := p.operator()
	if err != nil {
		return nil, err
	}
	right, err := p.operand()
	return func(attributes map[string]any) bool {
		return holds(op, left.value(attributes), right.value(attributes))
	}, err
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

// isKeyword reports whether s is a keyword. A keyword cannot be a key.
func isKeyword(s string) bool {
	return slices.Contains([]string{"AND", "OR", "NOT", "IN", "HAS", "CONTAINS"}, strings.ToUpper(s))
}
