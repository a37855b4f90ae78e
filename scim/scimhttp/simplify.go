package scimhttp

import "github.com/flexscim/flexscim/scim"

// matchNone is a filter that matches no resource. A nil filter matches all
// resources.
var matchNone = scim.Or{}

// simplified returns a filter that selects the same resources as the filter f, but
// that a directory can evaluate more easily. It removes comparisons that have the
// same result for all resources of a type: comparisons of meta.resourceType (RFC
// 7644 §3.4.2.1), and comparisons of the attribute `schemas` with the URN of the
// core schema. It converts comparisons of the URLs in meta.location and $ref to
// comparisons of ids. A directory does not store these URLs, because package
// scimhttp makes them from the base URL.
func simplified(t *scim.ResourceType, base string, f scim.Filter) scim.Filter {
	return simplify(f, simplifier{t, base}.leaf)
}

// simplifier simplifies filters on the resources of one type.
type simplifier struct {
	types *scim.ResourceType
	base  string // the base URL, with which addresses start
}

func (s simplifier) leaf(leaf scim.Filter) scim.Filter {
	switch leaf := leaf.(type) {
	case scim.Compare:
		switch {
		case leaf.URN == "" && leaf.Attr == "meta" && leaf.Sub == "location":
			return addressFilter{prefix: s.types.Address(s.base, ""), attr: "id"}.compare(leaf)
		case hasRefs(leaf.URN, leaf.Attr) && leaf.Sub == refAttr:
			return s.ref(leaf)
		}
		return constant(s.types, leaf)
	case scim.Element:
		if hasRefs(leaf.URN, leaf.Attr) {
			return s.element(leaf)
		}
	case scim.And, scim.Or, scim.Not: // the function simplify calls leaf only for comparisons and value filters
	}
	return leaf
}

// unchanged is a function for the parameter `leaf` of the function simplify. It
// returns each comparison and value filter unchanged.
func unchanged(f scim.Filter) scim.Filter { return f }

// matchAllOrNone returns a filter that matches all resources if holds is true, and
// no resource otherwise.
func matchAllOrNone(holds bool) scim.Filter {
	if holds {
		return nil
	}
	return matchNone
}

// asTerm returns a filter with the same meaning that can be a term of an And or an
// Or. A nil filter cannot be a term, so asTerm returns an empty And instead of it.
func asTerm(f scim.Filter) scim.Filter {
	if f == nil {
		return scim.And{}
	}
	return f
}

// simplify returns a simpler filter with the same meaning. It calls the function
// leaf to simplify each comparison and value filter.
func simplify(f scim.Filter, leaf func(scim.Filter) scim.Filter) scim.Filter {
	switch f := f.(type) {
	case nil:
		return nil
	case scim.And:
		return simplifyAnd(f, leaf)
	case scim.Or:
		return simplifyOr(f, leaf)
	case scim.Not:
		switch term := simplify(f.Term, leaf); {
		case term == nil:
			return matchNone
		case matchesNone(term):
			return nil
		default:
			return scim.Not{Term: term}
		}
	case scim.Compare, scim.Element:
	}
	return leaf(f)
}

func simplifyAnd(terms scim.And, leaf func(scim.Filter) scim.Filter) scim.Filter {
	kept := make(scim.And, 0, len(terms))
	for _, term := range terms {
		switch term = simplify(term, leaf); {
		case matchesNone(term):
			return matchNone
		case term != nil:
			kept = append(kept, term)
		}
	}
	return joined(kept, kept, nil)
}

func simplifyOr(terms scim.Or, leaf func(scim.Filter) scim.Filter) scim.Filter {
	kept := make(scim.Or, 0, len(terms))
	for _, term := range terms {
		switch term = simplify(term, leaf); {
		case term == nil:
			return nil
		case !matchesNone(term):
			kept = append(kept, term)
		}
	}
	return joined(kept, kept, matchNone)
}

// joined returns the argument `join`, which is an And or an Or with the given
// terms. If there is only one term, joined returns this term. If there are no
// terms, it returns the argument `none`.
func joined(terms []scim.Filter, join, none scim.Filter) scim.Filter {
	switch len(terms) {
	case 0:
		return none
	case 1:
		return terms[0]
	}
	return join
}

func matchesNone(f scim.Filter) bool {
	or, ok := f.(scim.Or)
	return ok && len(or) == 0
}

// If a comparison has the same result for every resource of the type, the function
// constant returns a filter that matches all resources or none. It returns any
// other comparison unchanged.
func constant(t *scim.ResourceType, c scim.Compare) scim.Filter {
	isType := c.URN == "" && c.Attr == "meta" && c.Sub == "resourceType"
	isSchema := c.URN == "" && c.Attr == "schemas" && c.Op == scim.Eq
	if !isType && !isSchema {
		return c
	}
	var holds bool // whether the comparison is true for an empty resource
	switch t.Name {
	case scim.UserType().Name:
		holds = scim.User{}.Matches(c)
	case scim.GroupType().Name:
		holds = scim.Group{}.Matches(c)
	default:
		return c
	}
	if holds || isType {
		return matchAllOrNone(holds)
	}
	return c
}
