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

// MemberChange is what a request does to a Group's members, without reading
// them: the result is Add if Replace is true, else the old members without
// Remove and with Add.
type MemberChange struct {
	Replace bool
	Add     []ID
	Remove  []ID
}

// IsNone says that the change leaves the members as they are.
func (c MemberChange) IsNone() bool {
	return !c.Replace && len(c.Add) == 0 && len(c.Remove) == 0
}

// MemberReader reads the members that a group has before a request, as answers show
// them: those among ids.
type MemberReader func(ids []ID) ([]Member, error)

// NeedsMembers says whether it depends on a group's members what operations
// do to them: ApplyMembers needs a MemberReader then.
func NeedsMembers(ops []Op) bool {
	return slices.ContainsFunc(ops, func(op Op) bool {
		if op.Kind != Remove || op.Path.Filter == nil || !isMembers(op.Path) {
			return false
		}
		ids, exact := selected(op.Path.Filter)
		return ids != nil && !exact
	})
}

// ApplyMembers splits a Group's operations into the rest, which is for Apply,
// and what they do to the members in the end, without knowing the members
// (docs/reference/identity-providers.md, rows 9–13, 29–33). Unknown ids are
// taken like others.
//
//	add members [a, b]              | a and b are in
//	remove members[value eq "a"]    | a is out; several are joined by or
//	remove members[value eq "a" and …] | a is out who was in before the request, if all is true of them
//	remove members [a, b]           | a and b are out (Entra)
//	remove members, no value at all | everybody is out (RFC 7644 §3.5.2.2)
//	replace members [a]             | a is in, everybody else is out
//	replace members []              | everybody is out (Okta's empty push)
//	remove or replace, nobody named | 400 invalidValue, never everybody
//	members[anything else]          | 400 noTarget: a filter that names nobody could mean everybody
//
// Ops are not changed. look may be nil unless NeedsMembers.
func ApplyMembers(ops []Op, look MemberReader) (rest []Op, change MemberChange, err error) {
	d := delta{look: look}
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

// delta is a change of members under construction.
type delta struct {
	replace bool
	order   []ID        // as first named
	in      map[ID]bool // :: id → is a member in the end
	look    MemberReader
}

func (d *delta) change() MemberChange {
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

func (d *delta) set(ids []ID, in bool) {
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

func (d *delta) reset(ids []ID) {
	*d = delta{replace: true, look: d.look}
	d.set(ids, true)
}

// pathless takes the members out of an object of attributes.
func (d *delta) pathless(op Op) (Op, error) {
	attributes, ok := op.Value.(map[string]any)
	if !ok || op.Kind == Remove {
		return op, nil
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		path, _, _ := GroupType().LookupPath(name)
		if path.Attr != membersAttr {
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

// apply notes one operation on members.
func (d *delta) apply(op Op) error {
	if op.Path.Sub != "" {
		return applySub(op.Path.Sub)
	}
	if op.Path.Filter != nil {
		return d.selected(op)
	}
	if op.Kind == Remove && op.NoValue {
		d.reset(nil)
		return nil
	}
	return d.named(op)
}

// named notes an operation on the members that its value names.
func (d *delta) named(op Op) error {
	ids, err := memberIDs(op.Value)
	if err != nil {
		return err
	}
	list, isList := op.Value.([]any)
	empty := isList && len(list) == 0
	switch {
	case op.Kind == Add:
		d.set(ids, true)
	case op.Kind == Replace && (len(ids) > 0 || empty):
		d.reset(ids)
	case op.Kind == Remove && len(ids) > 0:
		d.set(ids, false)
	default:
		return namesNobody()
	}
	return nil
}

// applySub leaves out what we compute ourselves.
func applySub(sub string) error {
	if strings.EqualFold(sub, "value") {
		return refusal.MemberValueFixed.New()
	}
	return nil
}

// selected notes the removal of members whom a filter selects.
func (d *delta) selected(op Op) error {
	ids, exact := selected(op.Path.Filter)
	if ids == nil || op.Kind != Remove {
		return refusal.MembersSelection.New()
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

// selected reads a filter on members: at most ids are true of it, nil means
// that it names nobody. exact says that they are, whoever they may be: value eq "id", or
// several of them joined by or.
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
	case Not, Element: // do not name anybody
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

func namesNobody() error {
	return refusal.MemberUnknown.New()
}

// memberIDs reads ids, leaving out elements that name nobody.
func memberIDs(raw any) ([]ID, error) {
	list, ok := raw.([]any)
	if !ok {
		list = []any{raw}
	}
	value := &field{Attribute: Attribute{Type: TypeString}, label: "members.value"}
	ids := make([]ID, 0, len(list))
	for _, e := range list {
		v, err := new(coercer).one(value, memberValue(e))
		if err != nil {
			return nil, err
		}
		if id, ok := v.(string); ok {
			ids = append(ids, memberID(id))
		}
	}
	return ids, nil
}

// memberID is the id by which a member is kept. One that is longer than any of
// ours names somebody unknown, like others that we never gave
// (docs/reference/identity-providers.md, row 30), and is kept by its hash.
func memberID(id string) ID {
	if len(id) <= maxMember || utf8.RuneCountInString(id) <= maxMember {
		return ID(id)
	}
	hash := sha256.Sum256([]byte(id))
	return ID("sha256:" + hex.EncodeToString(hash[:]))
}

// memberValue is the value of a member, whose name may be in any case; where
// there is none, the id at the end of its address.
func memberValue(element any) any {
	object, ok := element.(map[string]any)
	if !ok {
		return element
	}
	if v, ok := object["value"]; ok {
		return v
	}
	for name, v := range object {
		if strings.EqualFold(name, "value") {
			return v
		}
	}
	address, _ := object["$ref"].(string)
	return address[strings.LastIndexByte(address, '/')+1:]
}
