package fold

import "github.com/flexscim/flexscim/scim"

// nothing is a filter that is true of no resource; nil is true of all.
var nothing = scim.Or{}

// Filter is a filter without what is the same for all resources of a type
// (meta.resourceType, which RFC 7644 §3.4.2.1 names, and the core schema): no
// directory has to look at them one by one for it.
func Filter(t *scim.ResourceType, f scim.Filter) scim.Filter {
	switch f := f.(type) {
	case scim.And:
		return all(t, f)
	case scim.Or:
		return some(t, f)
	case scim.Not:
		switch term := Filter(t, f.Term); {
		case term == nil:
			return nothing
		case isNothing(term):
			return nil
		default:
			return scim.Not{Term: term}
		}
	case scim.Compare:
		return constant(t, f)
	}
	return f
}

func all(t *scim.ResourceType, terms scim.And) scim.Filter {
	kept := make(scim.And, 0, len(terms))
	for _, term := range terms {
		switch term = Filter(t, term); {
		case isNothing(term):
			return nothing
		case term != nil:
			kept = append(kept, term)
		}
	}
	return joined(kept, kept, nil)
}

func some(t *scim.ResourceType, terms scim.Or) scim.Filter {
	kept := make(scim.Or, 0, len(terms))
	for _, term := range terms {
		switch term = Filter(t, term); {
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
