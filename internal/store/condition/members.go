package condition

import (
	"slices"

	"github.com/flexscim/flexscim/scim"
)

// Members is what a filter wants to know about a group's members, beside
// whether there are users and groups among them.
type Members struct {
	IDs    []scim.ID     // whether these are members
	Users  bool          // what each user is like
	Groups bool          // what each group is like
	leaves []scim.Filter // the comparisons and value filters of members
}

// AskedMembers reads a filter. A group has up to 100,000 members: they are
// looked at one by one only where neither their type nor their value tells.
func AskedMembers(f scim.Filter) (m Members) {
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
		}
		if term == nil {
			continue
		}
		m.leaves = append(m.leaves, leaf)
		users, groups := ask(term, false), ask(term, true)
		m.IDs = append(append(m.IDs, users.ids...), groups.ids...)
		m.Users, m.Groups = m.Users || users.whom == each, m.Groups || groups.whom == each
	}
	slices.Sort(m.IDs)
	m.IDs = slices.Compact(m.IDs)
	return m
}

// whom are the members of one type that make a value filter true.
type whom int

const (
	each   whom = iota // only looking at them tells
	few                // none but some who are named
	nobody             // none of them
	anyone             // all of them
)

// answer is whom a value filter is true of.
type answer struct {
	whom whom
	ids  []scim.ID // of few
}

// ask says of whom a value filter is true, among members who are groups, or
// who are users.
func ask(f scim.Filter, groups bool) answer {
	switch f := f.(type) {
	case scim.And:
		return all(f, groups)
	case scim.Or:
		return some(f, groups)
	case scim.Not:
		term := ask(f.Term, groups).whom
		if term == nobody {
			return answer{whom: anyone}
		}
		if term == anyone {
			return answer{whom: nobody}
		}
	case scim.Compare:
		return askCompare(f, groups)
	}
	return answer{whom: each}
}

func all(terms scim.And, groups bool) answer {
	a := answer{whom: anyone}
	for _, term := range terms {
		switch got := ask(term, groups); {
		case got.whom == nobody:
			return got
		case got.whom == few && a.whom != few, got.whom == each && a.whom == anyone:
			a = got
		}
	}
	return a
}

func some(terms scim.Or, groups bool) answer {
	a := answer{whom: nobody}
	for _, term := range terms {
		switch got := ask(term, groups); {
		case got.whom == anyone:
			return got
		case got.whom == few && a.whom != each:
			a = answer{whom: few, ids: append(a.ids, got.ids...)}
		case got.whom == each:
			a = got
		}
	}
	return a
}

// askCompare knows that every member has a value, a display and a type, and
// that all of one type have the same.
func askCompare(c scim.Compare, groups bool) answer {
	id, isText := c.Value.(string)
	isValue := c.Attr == "value" || c.Attr == ""
	switch {
	case c.Op != scim.Pr && c.Value != nil && c.Attr != "type" && (!isValue || !isText || c.Op != scim.Eq):
		return answer{whom: each}
	case isValue && c.Op == scim.Eq && isText:
		return answer{whom: few, ids: []scim.ID{scim.ID(id)}}
	case holds(scim.Compare{Attr: "members", Sub: c.Attr, Op: c.Op, Value: c.Value}, scim.Member{Value: "a", Display: "a", Group: groups}):
		return answer{whom: anyone}
	}
	return answer{whom: nobody}
}

// holds says whether a comparison or value filter is true of a group with one
// member.
func holds(leaf scim.Filter, m scim.Member) bool {
	return scim.Group{Members: []scim.Member{m}}.Matches(leaf)
}

// Witnesses are those members of one group whom scim.Group.Matches has to see:
// with them it answers what it does with all, since nothing asks how many
// there are.
type Witnesses struct {
	Members []scim.Member
	met     []bool // :: index of a leaf → one of them makes it true
}

// Look keeps a member who is the first, or the first who makes one of the
// comparisons and value filters true.
func (m Members) Look(w *Witnesses, member scim.Member) {
	keep := w.met == nil
	if keep {
		w.met = make([]bool, len(m.leaves))
	}
	for i, leaf := range m.leaves {
		if !w.met[i] && holds(leaf, member) {
			w.met[i], keep = true, true
		}
	}
	if keep {
		w.Members = append(w.Members, member)
	}
}
