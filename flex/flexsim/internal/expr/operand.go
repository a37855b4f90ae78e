package expr

import (
	"fmt"
	"strings"
)

// operand is one side of a comparison.
type operand interface {
	value(attributes map[string]any) any
}

type literal struct{ v any }

func (l literal) value(map[string]any) any { return l.v }

// path is the parsed form of a key such as a.b[0]: the names (string) and indexes
// (int) that lead to a value.
type path []any

func (p path) value(attributes map[string]any) any {
	var v any = attributes
	for _, step := range p {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func (p *parser) operand() (operand, error) {
	t := p.peek()
	switch {
	case t.kind == text:
		p.pos++
		return literal{t.text}, nil
	case t.kind == number:
		p.pos++
		return literal{t.value}, nil
	case p.take("["):
		return p.list()
	case p.take("true"):
		return literal{true}, nil
	case p.take("false"):
		return literal{false}, nil
	case t.kind == word && !isKeyword(t.text):
		return p.key()
	}
	return nil, p.unexpected("a value or a key")
}

func (p *parser) list() (operand, error) {
	all := []any{}
	for !p.take("]") {
		if len(all) > 0 && !p.take(",") {
			return nil, p.unexpected(`"," or "]"`)
		}
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		l, ok := o.(literal)
		if _, nested := l.v.([]any); !ok || nested {
			return nil, fmt.Errorf("a list holds texts, numbers, true and false only")
		}
		all = append(all, l.v)
	}
	return literal{all}, nil
}

func (p *parser) key() (operand, error) {
	steps := path{p.peek().text}
	p.pos++
	for {
		switch {
		case p.take("."):
			if p.peek().kind != word {
				return nil, p.unexpected("a name")
			}
			steps = append(steps, p.peek().text)
			p.pos++
		case p.take("["):
			t := p.peek()
			if t.kind != number || strings.ContainsAny(t.text, ".-") {
				return nil, p.unexpected("an index")
			}
			p.pos++
			steps = append(steps, int(t.value))
			if !p.take("]") {
				return nil, p.unexpected(`"]"`)
			}
		default:
			return steps, nil
		}
	}
}
