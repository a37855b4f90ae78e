package scim

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/scim/refusal"
)

// MemberChange is a change of a Group's members. If Replace is true, the new
// members are exactly Add. Otherwise they are the old members, minus Remove, plus
// Add.
type MemberChange struct {
	Replace bool
	Add     []ID
	Remove  []ID
}

// IsNone reports whether the change leaves the members as they are.
func (c MemberChange) IsNone() bool {
	return !c.Replace && len(c.Add) == 0 && len(c.Remove) == 0
}

// MemberReader returns the group's current members with the given ids, in the form
// that responses show.
type MemberReader func(ids []ID) ([]Member, error)

// NeedsMembers reports whether the effect of operations depends on the group's
// current members. If it returns true, ApplyMembers needs a MemberReader.
func NeedsMembers(ops []Op) bool {
	return slices.ContainsFunc(ops, func(op Op) bool {
		if op.Kind != Remove || op.Path.Filter == nil || !isMembers(op.Path) {
			return false
		}
		ids, exact := selected(op.Path.Filter)
		return ids != nil && !exact
	})
}

// ApplyMembers returns the change that operations make to a Group's members, and
// the other operations, which Apply must apply
// (docs/reference/identity-providers.md, rows 9–13, 29–33). It does not read all
// members. It accepts unknown ids.
//
//	add members [a, b]                 | adds a and b
//	remove members[value eq "a"]       | removes a; "or" can join several comparisons
//	remove members[value eq "a" and …] | removes a if the current member a matches the rest of the filter
//	remove members [a, b]              | removes a and b (Entra)
//	remove members, no value at all    | removes all members (RFC 7644 §3.5.2.2)
//	replace members [a]                | a becomes the only member
//	replace members [] or null         | removes all members (Okta's empty push)
//	remove members [] or null          | 400 invalidValue, never all members
//	an element without an id           | 400 invalidValue
//	members[other filter]              | 400 noTarget: a filter without an id could mean all members
//
// ApplyMembers does not change the operations. The argument look may be nil if
// NeedsMembers returns false.
func ApplyMembers(ops []Op, look MemberReader) (rest []Op, change MemberChange, err error) {
	d := memberDelta{look: look}
	for _, op := range ops {
		switch {
		case op.Path.IsZero():
			op, err = d.pathless(op)
			if attributes, ok := op.Value.(map[string]any); !ok || len(attributes) > 0 || op.Kind == Remove {
				rest = append(rest, op)
			}
		case isMembers(op.Path):
			err = d.apply(op)
		default:
			rest = append(rest, op)
		}
		if err != nil {
			return nil, MemberChange{}, InOperation(op, err)
		}
	}
	return rest, d.change(), nil
}

func isMembers(p Path) bool {
	parent, _ := GroupType().names().find(p.URN, p.Attr, "")
	return parent != nil && parent.attr == membersAttr
}

// memberDelta accumulates the change of the members.
type memberDelta struct {
	replace bool
	order   []ID        // the ids, in the order of their first use
	in      map[ID]bool // :: id → whether it is a member after all operations
	look    MemberReader
}

func (d *memberDelta) change() MemberChange {
	c := MemberChange{Replace: d.replace}
	for _, id := range d.order {
		switch {
		case d.in[id]:
			c.Add = append(c.Add, id)
		case !d.replace:
			c.Remove = append(c.Remove, id)
		}
	}
	return c
}

func (d *memberDelta) set(ids []ID, in bool) {
	if d.in == nil {
		d.in = make(map[ID]bool, len(ids))
	}
	for _, id := range ids {
		if _, known := d.in[id]; !known {
			d.order = append(d.order, id)
		}
		d.in[id] = in
	}
}

func (d *memberDelta) reset(ids []ID) {
	*d = memberDelta{replace: true, look: d.look}
	d.set(ids, true)
}

// pathless applies the members in the value of an operation without a path, and
// returns the operation without these members.
func (d *memberDelta) pathless(op Op) (Op, error) {
	attributes, ok := op.Value.(map[string]any)
	if !ok || op.Kind == Remove {
		return op, nil
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		path, ok := GroupType().names().path(name)
		if !ok || !isMembers(path) {
			continue
		}
		if err := d.apply(Op{Kind: op.Kind, Path: path, Value: attributes[name]}); err != nil {
			return op, err
		}
		attributes = maps.Clone(attributes)
		delete(attributes, name)
	}
	op.Value = attributes
	return op, nil
}

// apply applies one operation on the attribute `members`.
func (d *memberDelta) apply(op Op) error {
	switch {
	case strings.EqualFold(op.Path.Sub, "value"):
		return refusal.MemberValueReadOnly.New()
	case op.Path.Sub != "": // ignored: the server computes the other sub-attributes
		return nil
	case op.Path.Filter != nil:
		return d.selected(op)
	case op.Kind == Remove && op.NoValue:
		d.reset(nil)
		return nil
	}
	return d.named(op)
}

// memberDelta.named applies an operation whose value lists members.
func (d *memberDelta) named(op Op) error {
	ids, err := memberIDs(op.Value)
	if err != nil {
		return err
	}
	switch {
	case op.Kind == Replace:
		d.reset(ids)
	case op.Kind == Remove && len(ids) == 0:
		return refusal.MemberUnknown.New()
	default:
		d.set(ids, op.Kind == Add)
	}
	return nil
}

// memberDelta.selected removes the members that a filter selects.
func (d *memberDelta) selected(op Op) error {
	ids, exact := selected(op.Path.Filter)
	if ids == nil || op.Kind != Remove {
		return refusal.MembersFilter.New()
	}
	if exact {
		d.set(ids, false)
		return nil
	}
	members, err := d.look(ids)
	if err != nil {
		return err
	}
	parent, _ := GroupType().names().find("", membersAttr, "")
	for _, m := range members {
		if matchElement(parent, op.Path.Filter, m.element()) {
			d.set([]ID{m.Value}, false)
		}
	}
	return nil
}

// The function selected returns the ids that a filter lists. If members with other
// ids can match the filter, it returns nil. The result exact is true if every
// member with one of these ids matches. Such a filter is value eq "id", or several
// such comparisons joined by `or`.
func selected(f Filter) (ids []ID, exact bool) {
	switch f := f.(type) {
	case Or:
		return anySelected(f)
	case And:
		for _, term := range f {
			if ids, _ = selected(term); ids != nil {
				return ids, false
			}
		}
	case Compare:
		id, isText := f.Value.(string)
		if isText && id != "" && f.Op == Eq && strings.EqualFold(f.Attr, "value") {
			return []ID{memberID(id)}, true
		}
	case Not, Element: // list no ids
	}
	return nil, false
}

func anySelected(terms Or) (ids []ID, exact bool) {
	exact = true
	for _, term := range terms {
		some, all := selected(term)
		if some == nil {
			return nil, false
		}
		ids, exact = append(ids, some...), exact && all
	}
	return ids, exact
}

// memberIDs returns the ids in a JSON value; for null, it returns none. It refuses
// an element without an id. If it ignored the element, the intended user would not
// be added, or would lose the membership (docs/reference/identity-providers.md, row
// 12).
func memberIDs(raw any) ([]ID, error) {
	list, ok := raw.([]any)
	if !ok && raw != nil {
		list = []any{raw}
	}
	value := &field{Attribute: Attribute{Type: TypeString}, label: "members.value"}
	ids := make([]ID, 0, len(list))
	for _, e := range list {
		v, err := unwrap(value, memberValue(e))
		if err != nil {
			return nil, err
		}
		id, isText := v.(string)
		switch _, err := plain(value, id); {
		case v != nil && !isText: // ids are never numbers
			return nil, wrongType(value)
		case strings.TrimSpace(id) == "":
			return nil, refusal.MemberUnknown.New()
		case err != nil:
			return nil, err
		}
		ids = append(ids, memberID(id))
	}
	return ids, nil
}

// memberID returns the id under which a member is stored. A value longer than
// maxMember cannot be a known id (docs/reference/identity-providers.md, row 30);
// its hash replaces it.
func memberID(id string) ID {
	if len(id) <= maxMember || utf8.RuneCountInString(id) <= maxMember {
		return ID(id)
	}
	hash := sha256.Sum256([]byte(id))
	return ID("sha256:" + hex.EncodeToString(hash[:]))
}

// memberValue returns the value of a member. The key `value` may be in any letter
// case. If the value is missing or null, memberValue returns the id at the end of
// the $ref.
func memberValue(element any) any {
	object, ok := element.(map[string]any)
	if !ok {
		return element
	}
	value := object["value"]
	for name, v := range object {
		if value == nil && strings.EqualFold(name, "value") {
			value = v
		}
	}
	if value != nil {
		return value
	}
	address, _ := object["$ref"].(string)
	return address[strings.LastIndexByte(address, '/')+1:]
}
