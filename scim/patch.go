package scim

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/flexscim/flexscim/scim/refusal"
)

// OpKind is the verb of a PATCH operation (RFC 7644 §3.5.2).
type OpKind string

// The verbs.
const (
	Add     OpKind = "add"
	Replace OpKind = "replace"
	Remove  OpKind = "remove"
)

// Op is one PATCH operation. Value is decoded JSON as the IdP sent it; Apply
// converts it to the schema's type. With a zero Path, Value is an object of
// attributes.
type Op struct {
	Kind    OpKind
	Path    Path
	Value   any
	NoValue bool // the operation had no value; if false, a nil Value means null
	Number  int  // number of the operation in its request, from 1; 0 if it is the only operation

	// If the path of the operation names no attribute, Refused is the error of
	// ParsePath, otherwise nil. LeaveOut handles such operations; Apply does not
	// read the field.
	Refused error
}

// Apply applies operations in order and returns the new document (RFC 7644 §3.5.2).
// It does not change doc. It ignores attributes that are in none of our schemas
// (Unknown returns their names), and read-only attributes in a value without a
// path. A path to a read-only attribute is refused (400 mutability); CheckID checks
// ids.
//
// Where IdPs deviate from the RFC, docs/reference/identity-providers.md §4 has
// the decisions:
//
//	 5 | no element matches a filter of "eq" and "and": create the element
//	 6 | no element matches another filter: 400 noTarget
//	 8 | add of an element whose type exists: update that element
//	18 | attributes of the enterprise extension need no URN
//	25 | null, "" and [] unassign; a required attribute: 400
//	28 | booleans and numbers may be strings
//	34 | an inactive user stays inactive until active is true
//	53 | a complex attribute keeps sub-attributes that are not given; at most one element is primary
//
// An element that an operation creates or changes must have its required
// sub-attributes; other elements are not checked. The error is an *Error of status
// 400, or 413 if the operations cost too much or the result is too large.
func Apply(t *ResourceType, doc Document, ops []Op) (Document, error) {
	return new(Work).Apply(t, doc, ops)
}

// Apply does the same as the function Apply, and adds the cost of the
// operations to w.
func (w *Work) Apply(t *ResourceType, doc Document, ops []Op) (Document, error) {
	p := patcher{types: t, names: t.names(), doc: maps.Clone(doc), coercer: coercer{maxValues: t.MaxValues}, work: w}
	if p.doc == nil {
		p.doc = Document{}
	}
	for _, op := range ops {
		if err := p.apply(op); err != nil {
			return nil, InOperation(op, err)
		}
	}
	if err := t.checkSize(p.doc, doc); err != nil {
		return nil, err
	}
	if _, says := p.doc["active"]; !says && !doc.Active() {
		p.doc["active"] = false
	}
	dropOutdatedName(t, doc, p.doc, ops)
	return p.doc, nil
}

// InOperation adds the number of the operation to an error if the request has
// several operations.
func InOperation(op Op, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || op.Number == 0 {
		return err
	}
	if op.Kind == "" {
		return e.Prefixed(fmt.Sprintf("Operation %d: ", op.Number))
	}
	return e.Prefixed(fmt.Sprintf("Operation %d (%s): ", op.Number, op.Kind))
}

// Unknown returns the names of those attributes in ops that are in none of our
// schemas. Apply ignores them.
func Unknown(t *ResourceType, ops []Op) []string {
	var c coercer
	for _, op := range ops {
		if !op.Path.IsZero() {
			if _, target := t.names().target(op.Path); target == nil {
				c.drop(op.Path.label())
			}
			continue
		}
		attributes, _ := op.Value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			path, _ := t.names().path(name)
			if _, target := t.names().target(path); target == nil {
				c.drop(name)
			}
		}
	}
	return c.dropped
}

// LeaveOut refuses an operation whose path names no attribute or a read-only
// attribute. But if the operations deactivate a user, it leaves such an operation
// out and returns the name in its path, because an error would keep the leaver
// active (docs/reference/identity-providers.md, row 26).
func LeaveOut(t *ResourceType, ops []Op) (kept []Op, names []string, err error) {
	leaves := deactivates(t, ops)
	for _, op := range ops {
		err := op.Refused
		if err == nil && !op.Path.IsZero() {
			err = refuseReadOnly(t, op)
		}
		switch {
		case err == nil:
			kept = append(kept, op)
		case leaves:
			names = append(names, op.Path.short())
		default:
			return nil, nil, InOperation(op, err)
		}
	}
	return kept, names, nil
}

// deactivates reports whether the last operation on the attribute `active` sets it
// to false.
func deactivates(t *ResourceType, ops []Op) (leaves bool) {
	eachWritten(t, ops, func(target *field, value any) {
		if target.label != "active" {
			return
		}
		active, err := new(coercer).one(target, value)
		leaves = err == nil && active == false
	})
	return leaves
}

// eachWritten calls the function `written` with each attribute that the operations
// add or replace, and with the attribute's new value. It leaves out operations that
// are refused, and operations whose path has a filter.
func eachWritten(t *ResourceType, ops []Op, written func(target *field, value any)) {
	set := func(path Path, value any) {
		if _, target := t.names().target(path); target != nil && path.Filter == nil {
			written(target, value)
		}
	}
	for _, op := range ops {
		attributes, isObject := op.Value.(map[string]any)
		switch {
		case op.Kind == Remove || op.Refused != nil:
		case !op.Path.IsZero():
			set(op.Path, op.Value)
		case isObject:
			for name, value := range attributes {
				if path, ok := t.names().path(name); ok {
					set(path, value)
				}
			}
		}
	}
}

// dropOutdatedName removes name.formatted from a document if the operations changed
// other parts of the name and did not write name.formatted. Otherwise Flex would
// keep the old name if an IdP no longer sends name.formatted. The arguments
// `before` and `after` are the document before and after the operations.
func dropOutdatedName(t *ResourceType, before, after Document, ops []Op) {
	old, _ := before["name"].(map[string]any)
	name, _ := after["name"].(map[string]any)
	formatted, has := name["formatted"]
	if !has || formatted != old["formatted"] || maps.Equal(old, name) {
		return
	}
	written := false
	eachWritten(t, ops, func(target *field, value any) {
		parts, _ := value.(map[string]any)
		for part := range parts {
			written = written || target.label == "name" && Fold(part) == "formatted"
		}
		written = written || target.label == "name.formatted"
	})
	if !written {
		name = maps.Clone(name)
		delete(name, "formatted")
		set(after, "name", orNil(name))
	}
}

// CheckID refuses operations that change or remove the resource's id (400
// mutability). Okta sends the unchanged id with each group update.
func CheckID(t *ResourceType, ops []Op, id ID) error {
	for _, op := range ops {
		if changesID(t, op, id) {
			return refusal.IDReadOnly.New()
		}
	}
	return nil
}

func changesID(t *ResourceType, op Op, id ID) bool {
	isID := func(p Path) bool { return p.URN == "" && p.Attr == "id" && p.Sub == "" }
	isOther := func(given any) bool { return given != nil && given != string(id) }
	if !op.Path.IsZero() {
		return isID(op.Path) && (op.Kind == Remove || isOther(op.Value))
	}
	attributes, _ := op.Value.(map[string]any)
	for name, given := range attributes {
		if path, _, ok := t.LookupPath(name); ok && isID(path) && isOther(given) {
			return true
		}
	}
	return false
}

// patcher contains the document that the operations change. This document shares
// nested values with the original document. Therefore a change must replace a
// nested value, and never write to it.
type patcher struct {
	coercer

	types  *ResourceType
	names  *index
	doc    Document
	work   *Work   // of the request
	drafts []draft // elements without a value, which a later operation may set
}

// filterCost returns the cost of evaluating a filter for one element.
func filterCost(f Filter) int {
	n := 0
	switch f := f.(type) {
	case And:
		for _, term := range f {
			n += filterCost(term)
		}
	case Or:
		for _, term := range f {
			n += filterCost(term)
		}
	case Not:
		n = filterCost(f.Term)
	case Compare:
		n = cost(f.Value)
	case Element:
		n = filterCost(f.Filter)
	}
	return n
}

func (p *patcher) apply(op Op) error {
	if !op.Path.IsZero() {
		if err := refuseReadOnly(p.types, op); err != nil {
			return err
		}
		return p.applyPath(op)
	}
	if op.Kind == Remove {
		return refusal.RemoveWithoutPath.New()
	}
	attributes, ok := op.Value.(map[string]any)
	if !ok {
		return refusal.ValueNotObject.New()
	}
	return p.applyObject(op.Kind, "", attributes)
}

// applyObject applies an object whose keys are paths, and whose values are the
// values of these attributes.
func (p *patcher) applyObject(kind OpKind, prefix string, attributes map[string]any) error {
	seen := make(map[*field]bool, len(attributes))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		path, ok := p.names.path(prefix + name)
		if !ok || HalfCharacter([]byte(name)) {
			return refusal.KeyNotPath.New()
		}
		if _, target := p.names.target(path); target != nil && path.Filter == nil {
			if seen[target] {
				return refusal.AttributeTwice.New(target.label)
			}
			seen[target] = true
		}
		if err := p.applyPath(Op{Kind: kind, Path: path, Value: attributes[name]}); err != nil {
			return err
		}
	}
	return nil
}

// applyPath applies an operation that has a path.
func (p *patcher) applyPath(op Op) error {
	parent, target := p.names.target(op.Path)
	if target == nil || isComputed(parent, target) {
		return nil
	}
	return p.set(parent, target, op)
}

// refuseReadOnly refuses a path to a read-only attribute (RFC 7644 §3.5.2).
// Exceptions: `id`, which CheckID checks; `members`, which ApplyMembers checks;
// `schemas`, which follows from the attributes; and `resourceType`, if it is
// unchanged. Read-only attributes in a value without a path are ignored, as in a
// PUT, because IdPs send back what they read.
func refuseReadOnly(t *ResourceType, op Op) error {
	parent, target := t.names().target(op.Path)
	if target == nil || parent.Name == "id" || parent.Name == "schemas" || parent.label == membersAttr {
		return nil
	}
	if target.label == "meta.resourceType" && op.Kind != Remove && op.Value == t.Name {
		return nil
	}
	if parent.Mutability == readOnly || target.Mutability == readOnly {
		return refusal.ReadOnly.New(target.label)
	}
	return nil
}

// set changes one attribute.
func (p *patcher) set(parent, target *field, op Op) error {
	if target.attr == "" {
		return p.extension(target, op)
	}
	in := map[string]any(p.doc)
	if parent.urn != "" {
		in = p.doc.Extension(parent.urn)
	}
	v, err := p.change(parent, target, op, in[parent.Name])
	if err != nil {
		return err
	}
	if v == nil && parent.Required {
		if op.Kind == Remove {
			return refusal.RemoveRequired.New(parent.label)
		}
		return refusal.ValueRequired.New(parent.label)
	}
	p.put(parent, v)
	return nil
}

// extension applies an operation whose path names a whole extension.
func (p *patcher) extension(f *field, op Op) error {
	attributes, err := p.object(f, op.Value)
	switch {
	case op.Kind == Remove, err == nil && attributes == nil && op.Kind == Replace:
		delete(p.doc, f.urn)
		return nil
	case err != nil:
		return err
	}
	return p.applyObject(op.Kind, f.urn+":", attributes)
}

// put stores an attribute's new value; nil removes it.
func (p *patcher) put(f *field, v any) {
	if f.urn == "" {
		set(p.doc, f.Name, v)
		return
	}
	extension := cloneOrMake(p.doc.Extension(f.urn))
	set(extension, f.Name, v)
	set(p.doc, f.urn, orNil(extension))
}

func set(object map[string]any, name string, v any) {
	if v == nil {
		delete(object, name)
		return
	}
	object[name] = v
}

// change returns the value of an attribute after the operation.
func (p *patcher) change(f, target *field, op Op, old any) (any, error) {
	switch {
	case f.Multi:
		elements, _ := old.([]any)
		list, err := p.changeList(f, op, elements)
		if len(list) == 0 {
			return nil, err
		}
		return list, err
	case op.Path.Filter != nil && (op.Kind != Remove || f.subs["value"] == nil):
		return nil, refusal.NotMultiValued.New(f.label)
	case op.Path.Filter != nil && (old == nil || !matchElement(f, op.Path.Filter, old)):
		return old, nil // such as manager[value eq "x"] if the manager is another person
	case target != f:
		return p.merge(f, old, subValue(target, op))
	case op.Kind == Remove:
		return nil, nil
	case f.Type == TypeComplex:
		return p.merge(f, old, op.Value)
	}
	return p.one(f, op.Value)
}

// subValue returns an object that sets or removes one sub-attribute.
func subValue(sub *field, op Op) map[string]any {
	if op.Kind == Remove {
		return map[string]any{sub.Name: nil}
	}
	return map[string]any{sub.Name: op.Value}
}
