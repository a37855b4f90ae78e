package fold

import (
	"cmp"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// refs is the sub-attribute that has addresses.
const refs = "$ref"

// address stands for the addresses that begin alike and end in an id, which has
// no slash: https://scim.example.com/scim/v2/Users/…
type address struct {
	prefix string
	attr   string // of the id
	folded bool   // case does not count in the address
}

// compare is a comparison of the address as one of the id.
func (a address) compare(c scim.Compare) scim.Filter {
	literal, prefix := text(c.Value), a.prefix
	if a.folded {
		literal, prefix = scim.Fold(literal), scim.Fold(prefix)
	}
	switch {
	case c.Op == scim.Pr, c.Op == scim.Ne && c.Value == nil:
		return nil
	case c.Op == scim.Eq && c.Value == nil:
		return nothing
	case c.Op == scim.Ne:
		return simplify(scim.Not{Term: a.compare(scim.Compare{Op: scim.Eq, Value: literal})}, asItIs)
	case c.Op == scim.Co || c.Op == scim.Ew:
		return a.across(c.Op, prefix, literal)
	}
	return a.from(c.Op, prefix, literal)
}

// from compares with a text from the beginning of the address on.
func (a address) from(op scim.CompareOp, prefix, literal string) scim.Filter {
	if rest, ok := strings.CutPrefix(literal, prefix); ok {
		return a.id(op, rest)
	}
	order := cmp.Compare(prefix, literal)
	switch op {
	case scim.Sw:
		return truth(strings.HasPrefix(prefix, literal))
	case scim.Gt, scim.Ge:
		return truth(order > 0)
	case scim.Lt, scim.Le:
		return truth(order < 0)
	default:
		return nothing
	}
}

// across compares with a text that may begin before the id: what is behind its
// last slash is the id's.
func (a address) across(op scim.CompareOp, prefix, literal string) scim.Filter {
	end := strings.LastIndexByte(literal, '/') + 1
	switch {
	case op == scim.Co && strings.Contains(prefix, literal):
		return nil
	case end == 0:
		return a.id(op, literal)
	case !strings.HasSuffix(prefix, literal[:end]):
		return nothing
	case op == scim.Co:
		return a.id(scim.Sw, literal[end:])
	}
	return a.id(scim.Eq, literal[end:])
}

func (a address) id(op scim.CompareOp, literal string) scim.Filter {
	return scim.Compare{Attr: a.attr, Op: op, Value: literal}
}

// linked is a filter within a value filter of groups or members, in which
// addresses became values.
func (f folder) linked(attr string, filter scim.Filter) scim.Filter {
	users := address{prefix: scim.UserType().Address(f.base, ""), attr: "value"}
	groups := address{prefix: scim.GroupType().Address(f.base, ""), attr: "value", folded: attr == "groups"}
	return simplify(filter, func(leaf scim.Filter) scim.Filter {
		c, ok := leaf.(scim.Compare)
		switch {
		case !ok || c.Attr != refs:
			return leaf
		case attr == "groups":
			return groups.compare(c)
		}
		user, group := users.compare(c), groups.compare(c)
		if user == nil && group == nil {
			return nil
		}
		return simplify(scim.Or{
			scim.And{scim.Compare{Attr: "type", Op: scim.Eq, Value: scim.Member{}.Kind()}, always(user)},
			scim.And{scim.Compare{Attr: "type", Op: scim.Eq, Value: scim.Member{Group: true}.Kind()}, always(group)},
		}, asItIs)
	})
}

// link is a comparison of the addresses of groups or members. One of them has
// to make it true; ne is true of none at all, too.
func (f folder) link(c scim.Compare) scim.Filter {
	present := scim.Compare{Attr: c.Attr, Sub: "value", Op: scim.Pr}
	switch {
	case c.Op == scim.Pr, c.Op == scim.Ne && c.Value == nil:
		return present
	case c.Op == scim.Eq && c.Value == nil:
		return scim.Not{Term: present}
	}
	one := f.element(scim.Element{Attr: c.Attr, Filter: scim.Compare{Attr: refs, Op: c.Op, Value: c.Value}})
	if c.Op == scim.Ne {
		return simplify(scim.Or{scim.Not{Term: present}, always(one)}, asItIs)
	}
	return one
}

// element is a value filter in which addresses became values.
func (f folder) element(e scim.Element) scim.Filter {
	switch e.Filter = f.linked(e.Attr, e.Filter); {
	case e.Filter == nil:
		return scim.Compare{Attr: e.Attr, Sub: "value", Op: scim.Pr}
	case isNothing(e.Filter):
		return nothing
	}
	return e
}

// isLinks says that an attribute has addresses that answers make up.
func isLinks(urn, attr string) bool { return urn == "" && (attr == "groups" || attr == "members") }

// text is a literal, which is "" where there is none.
func text(value any) string {
	literal, _ := value.(string)
	return literal
}
