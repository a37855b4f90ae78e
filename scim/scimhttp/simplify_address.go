package scimhttp

import (
	"cmp"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// refAttr is the name of the sub-attribute of groups and members that contains the
// URL of the resource.
const refAttr = "$ref"

// addressFilter converts a filter on addresses to a filter on ids. An address is
// the URL of a resource: a prefix, such as https://scim.example.com/scim/v2/Users/,
// followed by the id. The id contains no slash.
type addressFilter struct {
	prefix string
	attr   string // the attribute that contains the id
	folded bool   // the comparison ignores case
}

// addressFilter.compare converts the comparison c of an address to a comparison of
// the id with the same result.
func (a addressFilter) compare(c scim.Compare) scim.Filter {
	literal, _ := c.Value.(string)
	prefix := a.prefix
	if a.folded {
		literal, prefix = scim.Fold(literal), scim.Fold(prefix)
	}
	switch {
	case c.Op == scim.Pr, c.Op == scim.Ne && c.Value == nil:
		return nil
	case c.Op == scim.Eq && c.Value == nil:
		return matchNone
	case c.Op == scim.Ne:
		return simplify(scim.Not{Term: a.compare(scim.Compare{Op: scim.Eq, Value: literal})}, unchanged)
	case c.Op == scim.Co || c.Op == scim.Ew:
		return a.across(c.Op, prefix, literal)
	}
	return a.from(c.Op, prefix, literal)
}

// addressFilter.from converts comparisons with the operators `eq`, `sw`, `gt`,
// `ge`, `lt` and `le`. The result of these comparisons depends on the beginning of
// the address.
func (a addressFilter) from(op scim.CompareOp, prefix, literal string) scim.Filter {
	if rest, ok := strings.CutPrefix(literal, prefix); ok {
		return a.id(op, rest)
	}
	order := cmp.Compare(prefix, literal)
	switch op {
	case scim.Sw:
		return matchAllOrNone(strings.HasPrefix(prefix, literal))
	case scim.Gt, scim.Ge:
		return matchAllOrNone(order > 0)
	case scim.Lt, scim.Le:
		return matchAllOrNone(order < 0)
	default:
		return matchNone
	}
}

// addressFilter.across converts comparisons with the operators `co` and `ew`. The
// literal may begin in the middle of the prefix. In this case, the part of the
// literal after its last slash is compared with the id.
func (a addressFilter) across(op scim.CompareOp, prefix, literal string) scim.Filter {
	end := strings.LastIndexByte(literal, '/') + 1
	switch {
	case op == scim.Co && strings.Contains(prefix, literal):
		return nil
	case end == 0:
		return a.id(op, literal)
	case !strings.HasSuffix(prefix, literal[:end]):
		return matchNone
	case op == scim.Co:
		return a.id(scim.Sw, literal[end:])
	}
	return a.id(scim.Eq, literal[end:])
}

func (a addressFilter) id(op scim.CompareOp, literal string) scim.Filter {
	return scim.Compare{Attr: a.attr, Op: op, Value: literal}
}

// linked converts the filter inside the brackets of groups[…] or members[…]. It
// replaces each comparison of $ref with a comparison of the sub-attribute `value`.
func (s simplifier) linked(attr string, filter scim.Filter) scim.Filter {
	users := addressFilter{prefix: scim.UserType().Address(s.base, ""), attr: "value"}
	groups := addressFilter{prefix: scim.GroupType().Address(s.base, ""), attr: "value", folded: attr == "groups"}
	return simplify(filter, func(leaf scim.Filter) scim.Filter {
		c, ok := leaf.(scim.Compare)
		switch {
		case !ok || c.Attr != refAttr:
			return leaf
		case attr == "groups":
			return groups.compare(c)
		}
		user, group := users.compare(c), groups.compare(c)
		if user == nil && group == nil {
			return nil
		}
		return simplify(scim.Or{
			scim.And{scim.Compare{Attr: "type", Op: scim.Eq, Value: scim.Member{}.Kind()}, asTerm(user)},
			scim.And{scim.Compare{Attr: "type", Op: scim.Eq, Value: scim.Member{Group: true}.Kind()}, asTerm(group)},
		}, unchanged)
	})
}

// ref converts a comparison of groups.$ref or members.$ref. The returned filter is
// true if the comparison is true for at least one element. With the operator `ne`,
// it is also true if there are no elements.
func (s simplifier) ref(c scim.Compare) scim.Filter {
	present := scim.Compare{Attr: c.Attr, Sub: "value", Op: scim.Pr}
	switch {
	case c.Op == scim.Pr, c.Op == scim.Ne && c.Value == nil:
		return present
	case c.Op == scim.Eq && c.Value == nil:
		return scim.Not{Term: present}
	}
	one := s.element(scim.Element{Attr: c.Attr, Filter: scim.Compare{Attr: refAttr, Op: c.Op, Value: c.Value}})
	if c.Op == scim.Ne {
		return simplify(scim.Or{scim.Not{Term: present}, asTerm(one)}, unchanged)
	}
	return one
}

// element converts a value filter. It replaces each comparison of $ref with a
// comparison of the sub-attribute `value`.
func (s simplifier) element(e scim.Element) scim.Filter {
	switch e.Filter = s.linked(e.Attr, e.Filter); {
	case e.Filter == nil:
		return scim.Compare{Attr: e.Attr, Sub: "value", Op: scim.Pr}
	case matchesNone(e.Filter):
		return matchNone
	}
	return e
}

// hasRefs reports whether the elements of an attribute have a $ref. Only responses
// contain $ref.
func hasRefs(urn, attr string) bool { return urn == "" && (attr == "groups" || attr == "members") }
