package list

import (
	"slices"

	"github.com/flexscim/flexscim/scim"
)

// MemberNeeds says which members of a group to read so that scim.Group.Matches
// returns the correct result for a filter. In addition, one user and one group must
// always be read from the members of each group.
type MemberNeeds struct {
	IDs    []scim.ID     // members with these ids
	Users  bool          // all members that are users
	Groups bool          // all members that are groups
	leaves []scim.Filter // the comparisons and value filters on the attribute members
}

// MembersFor says which members must be read to decide a filter. A group may have
// 100,000 members, so MembersFor requests all of them only if their types and ids do
// not decide the filter.
func MembersFor(f scim.Filter) (m MemberNeeds) {
	for leaf := range Leaves(f) {
		var term scim.Filter
		switch leaf := leaf.(type) {
		case scim.Compare:
			if leaf.Attr == "members" {
				term = scim.Compare{Attr: leaf.Sub, Op: leaf.Op, Value: leaf.Value}
			}
		case scim.Element:
			if leaf.Attr == "members" {
				term = leaf.Filter
			}
		case scim.And, scim.Or, scim.Not: // not leaves
		}
		if term == nil {
			continue
		}
		m.leaves = append(m.leaves, leaf)
		users, groups := matching(term, false), matching(term, true)
		m.IDs = append(append(m.IDs, users.ids...), groups.ids...)
		m.Users, m.Groups = m.Users || users.set == unknown, m.Groups || groups.set == unknown
	}
	slices.Sort(m.IDs)
	m.IDs = slices.Compact(m.IDs)
	return m
}

// The type set says which members of one type (users or groups) match a value filter.
type set int

const (
	unknown set = iota // each member must be compared with the filter
	named              // no member except those whose ids are in the filter
	none               // no member
	every              // every member
)

// The type matches contains a set and, if this set is the constant named, the ids
// of the members.
type matches struct {
	set set
	ids []scim.ID // ids of the members, if set == named
}

// matching says which members of one type, groups or users, match a value filter.
func matching(f scim.Filter, groups bool) matches {
	switch f := f.(type) {
	case scim.And:
		return matchingAll(f, groups)
	case scim.Or:
		return matchingAny(f, groups)
	case scim.Not:
		switch matching(f.Term, groups).set {
		case none:
			return matches{set: every}
		case every:
			return matches{set: none}
		case named, unknown:
		}
	case scim.Compare:
		return matchingCompare(f, groups)
	case scim.Element: // a value filter contains no Element
	}
	return matches{set: unknown}
}

func matchingAll(terms scim.And, groups bool) matches {
	m := matches{set: every}
	for _, term := range terms {
		switch got := matching(term, groups); {
		case got.set == none:
			return got
		case got.set == named && m.set != named, got.set == unknown && m.set == every:
			m = got
		}
	}
	return m
}

func matchingAny(terms scim.Or, groups bool) matches {
	m := matches{set: none}
	for _, term := range terms {
		switch got := matching(term, groups); {
		case got.set == every:
			return got
		case got.set == named && m.set != unknown:
			m = matches{set: named, ids: append(m.ids, got.ids...)}
		case got.set == unknown:
			m = got
		}
	}
	return m
}

// matchingCompare says which members of one type match a comparison. It relies on two
// facts: every member has a value, a display and a type, and the type is the same for
// all users, and the same for all groups.
func matchingCompare(c scim.Compare, groups bool) matches {
	id, isText := c.Value.(string)
	isValue := c.Attr == "value" || c.Attr == ""
	switch {
	case c.Op != scim.Pr && c.Value != nil && c.Attr != "type" && (!isValue || !isText || c.Op != scim.Eq):
		return matches{set: unknown}
	case isValue && c.Op == scim.Eq && isText:
		return matches{set: named, ids: []scim.ID{scim.ID(id)}}
	case isTrueOf(scim.Compare{Attr: "members", Sub: c.Attr, Op: c.Op, Value: c.Value}, scim.Member{Value: "a", Display: "a", Group: groups}):
		return matches{set: every}
	}
	return matches{set: none}
}

// isTrueOf reports whether a group whose only member is m matches a comparison or
// value filter.
func isTrueOf(leaf scim.Filter, m scim.Member) bool {
	return scim.Group{Members: []scim.Member{m}}.Matches(leaf)
}

// MatchedMembers collects, for one group, the members that decide whether a filter
// matches. With only these members, scim.Group.Matches returns the same result as
// with all members.
type MatchedMembers struct {
	Members []scim.Member
	met     []bool // :: index of a leaf → a member matches it
}

// Look adds a member to *into in two cases: if it is the first member of the group,
// or if it is the first member that matches one of the comparisons and value
// filters.
func (m MemberNeeds) Look(into *MatchedMembers, member scim.Member) {
	keep := into.met == nil
	if keep {
		into.met = make([]bool, len(m.leaves))
	}
	for i, leaf := range m.leaves {
		if !into.met[i] && isTrueOf(leaf, member) {
			into.met[i], keep = true, true
		}
	}
	if keep {
		into.Members = append(into.Members, member)
	}
}
