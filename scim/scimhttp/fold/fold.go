package fold

import "github.com/flexscim/flexscim/scim"

// nothing is a filter that is true of no resource; nil is true of all.
var nothing = scim.Or{}

// Filter is a filter without what is the same for all resources of a type
// (meta.resourceType, which RFC 7644 §3.4.2.1 names, and the core schema): no
// directory has to look at them one by one for it. Nor does it know addresses,
// which answers make of base: comparisons of them become comparisons of ids.
func Filter(t *scim.ResourceType, base string, f scim.Filter) scim.Filter {
	return simplify(f, folder{t, base}.leaf)
}

// folder folds filters of one type.
type folder struct {
	types *scim.ResourceType
	base  string // of addresses
}

func (f folder) leaf(leaf scim.Filter) scim.Filter {
	switch leaf := leaf.(type) {
	case scim.Compare:
		switch {
		case leaf.URN == "" && leaf.Attr == "meta" && leaf.Sub == "location":
			return address{prefix: f.types.Address(f.base, ""), attr: "id"}.compare(leaf)
		case isLinks(leaf.URN, leaf.Attr) && leaf.Sub == refs:
			return f.link(leaf)
		}
		return constant(f.types, leaf)
	case scim.Element:
		if isLinks(leaf.URN, leaf.Attr) {
			return f.element(leaf)
		}
	case scim.And, scim.Or, scim.Not: // simplify asks for leaves only
	}
	return leaf
}

// asItIs leaves comparisons alone.
func asItIs(f scim.Filter) scim.Filter { return f }

// truth is a filter that is true of all, or of none.
func truth(holds bool) scim.Filter {
	if holds {
		return nil
	}
	return nothing
}

// always writes what is true of all as a term.
func always(f scim.Filter) scim.Filter {
	if f == nil {
		return scim.And{}
	}
	return f
}

// simplify folds a filter, given what its comparisons and value filters become.
func simplify(f scim.Filter, leaf func(scim.Filter) scim.Filter) scim.Filter {
	switch f := f.(type) {
	case nil:
		return nil
	case scim.And:
		return all(f, leaf)
	case scim.Or:
		return some(f, leaf)
	case scim.Not:
		switch term := simplify(f.Term, leaf); {
		case term == nil:
			return nothing
		case isNothing(term):
			return nil
		default:
			return scim.Not{Term: term}
		}
	case scim.Compare, scim.Element:
	}
	return leaf(f)
}

func all(terms scim.And, leaf func(scim.Filter) scim.Filter) scim.Filter {
	kept := make(scim.And, 0, len(terms))
	for _, term := range terms {
		switch term = simplify(term, leaf); {
		case isNothing(term):
			return nothing
		case term != nil:
			kept = append(kept, term)
		}
	}
	return joined(kept, kept, nil)
}

func some(terms scim.Or, leaf func(scim.Filter) scim.Filter) scim.Filter {
	kept := make(scim.Or, 0, len(terms))
	for _, term := range terms {
		switch term = simplify(term, leaf); {
		case term == nil:
			return nil
		case !isNothing(term):
			kept = append(kept, term)
		}
	}
	return joined(kept, kept, nothing)
}

// joined is a join of terms, or what it comes to with one of them or none.
func joined(terms []scim.Filter, join, none scim.Filter) scim.Filter {
	switch len(terms) {
	case 0:
		return none
	case 1:
		return terms[0]
	}
	return join
}

func isNothing(f scim.Filter) bool {
	or, ok := f.(scim.Or)
	return ok && len(or) == 0
}

// constant is a comparison, or what it says of every resource of the type.
func constant(t *scim.ResourceType, c scim.Compare) scim.Filter {
	isType := c.URN == "" && c.Attr == "meta" && c.Sub == "resourceType"
	isSchema := c.URN == "" && c.Attr == "schemas" && c.Op == scim.Eq
	if !isType && !isSchema {
		return c
	}
	var holds bool // of a resource that has nothing else
	switch t.Name {
	case scim.UserType().Name:
		holds = scim.User{}.Matches(c)
	case scim.GroupType().Name:
		holds = scim.Group{}.Matches(c)
	default:
		return c
	}
	switch {
	case holds:
		return nil
	case isType:
		return nothing
	}
	return c
}
