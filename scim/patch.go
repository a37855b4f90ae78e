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

// The three verbs.
const (
	Add     OpKind = "add"
	Replace OpKind = "replace"
	Remove  OpKind = "remove"
)

// Op is one PATCH operation. Its path is parsed, in any letter case. Value is
// decoded JSON as the IdP sent it: Apply coerces it to the schema's type. A
// zero Path means that the value is an object of attributes.
type Op struct {
	Kind    OpKind
	Path    Path
	Value   any
	NoValue bool // the request had no value at all; a nil Value without it is null
	Place   int  // in a request of several, from 1; 0: it is the only one
}

// Apply answers doc with all operations applied in order (RFC 7644 §3.5.2);
// doc itself is never changed. It is all or nothing: after an error the
// Document is nil. Attributes that no schema of ours knows are left out
// (Unknown names them), and so are read-only ones in a value without a path;
// a path to one is refused (400 mutability; CheckID looks at an id).
//
// Where IdPs do not do as the RFC says, docs/reference/identity-providers.md §4
// decides; its rows:
//
//	 5 | a filter of "eq" and "and" that matches nothing: its element is made
//	 6 | any other filter that matches nothing: 400 noTarget
//	 8 | add of an element whose type exists: that element is updated
//	18 | an attribute of the enterprise extension may stand without its URN
//	25 | null, "" and [] unassign; a required attribute: 400
//	28 | booleans and numbers may be strings
//	34 | who is away stays so until active is true: no other word brings a leaver back
//	53 | a complex attribute keeps what it was not given; one primary at most
//
// An element that an operation makes or changes has what its schema requires;
// what is there already is not looked at. The error is an *Error: of status
// 400, or 413 where the operations are too much work or the result too large.
func Apply(t *ResourceType, doc Document, ops []Op) (Document, error) {
	p := patcher{names: t.names(), doc: maps.Clone(doc), coercer: coercer{most: t.MaxValues}}
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
	return p.doc, nil
}

// InOperation says in which of several operations an error is.
func InOperation(op Op, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || op.Place == 0 {
		return err
	}
	if op.Kind == "" {
		return e.Prefixed(fmt.Sprintf("Operation %d: ", op.Place))
	}
	return e.Prefixed(fmt.Sprintf("Operation %d (%s): ", op.Place, op.Kind))
}

// Unknown names the attributes in ops that Apply leaves out because no schema
// of ours knows them.
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

// CheckID refuses ops that would give the resource another id than its own, or
// none (400 mutability). Okta sends the own one with each group update.
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

// patcher holds the document while it changes. Nested values are shared with
// the original and never written to: each change builds a new one.
type patcher struct {
	coercer

	names  *index
	doc    Document
	work   int     // what the operations have looked at, as weight counts
	drafts []draft // elements that no operation has given a value yet
}

// maxWork is how much of multi-valued attributes the operations of one PATCH
// may look at, as weight counts: some 500,000 values. A transaction waits for
// it, and everybody for the transaction.
const maxWork = 80_000_000

// spend notes work that is to be done, or refuses it.
func (p *patcher) spend(work int) error {
	if p.work += work; p.work < 0 || p.work > maxWork {
		return refusal.PatchTooMuchWork.New()
	}
	return nil
}

// effort is how much work a filter is for each value.
func effort(f Filter) int {
	n := 0
	switch f := f.(type) {
	case And:
		for _, term := range f {
			n += effort(term)
		}
	case Or:
		for _, term := range f {
			n += effort(term)
		}
	case Not:
		n = effort(f.Term)
	case Compare:
		n = weight(f.Value)
	case Element:
		n = effort(f.Filter)
	}
	return n
}

func (p *patcher) apply(op Op) error {
	if !op.Path.IsZero() {
		if err := p.refuseReadOnly(op.Path); err != nil {
			return err
		}
		return p.at(op)
	}
	if op.Kind == Remove {
		return refusal.RemoveWithoutPath.New()
	}
	attributes, ok := op.Value.(map[string]any)
	if !ok {
		return refusal.ValueNotObject.New()
	}
	return p.each(op.Kind, "", attributes)
}

// each applies an object of attributes, whose keys are paths.
func (p *patcher) each(kind OpKind, prefix string, attributes map[string]any) error {
	seen := make(map[*field]bool, len(attributes))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		path, ok := p.names.path(prefix + name)
		if !ok || HalfCharacter([]byte(name)) {
			return refusal.KeyNotPath.New()
		}
		if _, target := p.names.target(path); target != nil && path.Filter == nil {
			if seen[target] {
				return twice(target.label)
			}
			seen[target] = true
		}
		if err := p.at(Op{Kind: kind, Path: path, Value: attributes[name]}); err != nil {
			return err
		}
	}
	return nil
}

// at applies an operation with a path.
func (p *patcher) at(op Op) error {
	parent, target := p.names.target(op.Path)
	if target == nil || isComputed(parent, target) {
		return nil
	}
	return p.set(parent, target, op)
}

// refuseReadOnly refuses a path to what only we write (RFC 7644 §3.5.2).
// Without a path it is ignored, as in a PUT: IdPs send back what they read.
// An id is CheckID's, and schemas follow from what there is.
func (p *patcher) refuseReadOnly(path Path) error {
	parent, target := p.names.target(path)
	if target == nil || parent.Name == "id" || parent.Name == "schemas" {
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
			return refusal.RequiredRemoved.New(parent.label)
		}
		return missing(parent.label)
	}
	p.put(parent, v)
	return nil
}

// extension applies an operation on all of an extension.
func (p *patcher) extension(f *field, op Op) error {
	attributes, ok := op.Value.(map[string]any)
	switch {
	case op.Kind == Remove, op.Value == nil && op.Kind == Replace:
		delete(p.doc, f.urn)
		return nil
	case op.Value == nil:
		return nil
	case !ok:
		return wrongType(f)
	}
	return p.each(op.Kind, f.urn+":", attributes)
}

// put stores an attribute's new value; nil takes it away.
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

// change is the new value of an attribute.
func (p *patcher) change(f, target *field, op Op, old any) (any, error) {
	switch {
	case f.Multi:
		elements, _ := old.([]any)
		list, err := p.changeList(f, op, elements)
		if len(list) == 0 {
			return nil, err
		}
		return list, err
	case op.Path.Filter != nil:
		return nil, refusal.NotMultiValued.New(f.label)
	case target != f:
		return p.merge(f, old, subValue(target, op))
	case op.Kind == Remove:
		return nil, nil
	case f.Type == TypeComplex:
		return p.merge(f, old, op.Value)
	}
	return p.one(f, op.Value)
}

// subValue is the object that sets one sub-attribute, or takes it away.
func subValue(sub *field, op Op) map[string]any {
	if op.Kind == Remove {
		return map[string]any{sub.Name: nil}
	}
	return map[string]any{sub.Name: op.Value}
}
