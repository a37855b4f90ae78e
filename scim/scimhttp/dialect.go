package scimhttp

import (
	"net/http"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// content reads the body of a POST or PUT: the dialects (package dialect has
// the table of them) are rewritten, then the library validates what is left.
// The id, meta and groups in it are ignored
// (docs/reference/identity-providers.md, row 24).
func (h *handler) content(r *http.Request, k *kind) (content, error) {
	body, err := h.body(r)
	if err != nil {
		return content{}, err
	}
	if body, err = scim.FlattenCore(k.types, body); err != nil {
		return content{}, err
	}
	var c content
	if k == h.groups {
		if c.members, err = takeMembers(k.types, body); err != nil {
			return content{}, err
		}
		if c.members != nil && len(c.members.Add) > h.cfg.MaxMembers {
			return content{}, h.tooManyMembers()
		}
	}
	doc, dropped, err := scim.ParseDocument(k.types, body)
	if err != nil {
		return content{}, err
	}
	if len(dropped) > 0 {
		h.cfg.OnDropped(r, dropped)
	}
	c.doc = doc
	forgetManager(doc, h.cfg.BaseURL(r))
	return c, k.gate.validate(doc)
}

// forgetManager takes out of a document what we said of the manager ourselves:
// IdPs send back what they read (docs/reference/identity-providers.md §0), and
// the manager's name of today is not to be kept with everybody below them.
func forgetManager(doc scim.Document, base string) {
	manager, _ := doc.Extension(scim.URNEnterprise)["manager"].(map[string]any)
	if id, _ := manager["value"].(string); id != "" && manager["$ref"] == scim.UserType().Address(base, id) {
		delete(manager, "$ref")
		delete(manager, "displayName")
	}
}

// takeMembers removes the members from a group's body. Null says nothing about
// them, as if they were left out: only a list can empty a group
// (docs/reference/identity-providers.md, rows 12, 13 and 34).
func takeMembers(t *scim.ResourceType, body map[string]any) (*scim.MemberChange, error) {
	var change *scim.MemberChange
	for name, value := range body {
		if path, _, ok := t.LookupPath(name); !ok || path.Attr != "members" {
			continue
		}
		delete(body, name)
		ids, err := scim.Members(value)
		switch {
		case err != nil:
			return nil, err
		case ids == nil:
		case change != nil:
			return nil, refusal.OperationKeyTwice.New("members")
		default:
			change = &scim.MemberChange{Replace: true, Add: ids}
		}
	}
	return change, nil
}

// operations reads the body of a PATCH (RFC 7644 §3.5.2).
func (h *handler) operations(r *http.Request, k *kind, id scim.ID) ([]scim.Op, error) {
	body, err := h.body(r)
	if err != nil {
		return nil, err
	}
	list, err := h.envelope(body)
	if err != nil {
		return nil, err
	}
	ops := make([]scim.Op, 0, len(list))
	members := 0
	for i, item := range list {
		op, err := h.operation(k, item)
		if len(list) > 1 {
			op.Number = i + 1
		}
		if err != nil {
			return nil, scim.InOperation(op, err)
		}
		if k == h.groups {
			members += membersOf(k.types, op)
		}
		if members > h.cfg.MaxMembers {
			return nil, h.tooManyMembers()
		}
		if !isPassword(op.Path.Attr) {
			ops = append(ops, op)
		}
	}
	if err := scim.CheckID(k.types, ops, id); err != nil {
		return nil, err
	}
	if dropped := scim.Unknown(k.types, ops); len(dropped) > 0 {
		h.cfg.OnDropped(r, dropped)
	}
	return ops, nil
}

// envelope is the list of operations. Everything beside it is ignored, a
// missing schemas too; an empty list changes nothing
// (docs/reference/identity-providers.md, row 27).
func (h *handler) envelope(body map[string]any) ([]any, error) {
	value, given, err := member(body, "Operations")
	if err != nil {
		return nil, err
	}
	list, ok := value.([]any)
	if !given || !ok {
		return nil, refusal.PatchWithoutOperations.New()
	}
	if len(list) > h.cfg.MaxOperations {
		return nil, refusal.PatchTooLong.New(h.cfg.MaxOperations)
	}
	return list, nil
}

func (h *handler) tooManyMembers() error {
	return refusal.TooManyMembers.New(h.cfg.MaxMembers)
}

// membersOf is how many members an operation names.
func membersOf(t *scim.ResourceType, op scim.Op) int {
	if !op.Path.IsZero() {
		return valuesOf(op.Path, op.Value)
	}
	n := 0
	attributes, _ := op.Value.(map[string]any)
	for name, value := range attributes {
		path, _, _ := t.LookupPath(name)
		n += valuesOf(path, value)
	}
	return n
}

func valuesOf(path scim.Path, value any) int {
	list, isList := value.([]any)
	switch {
	case path.Attr != "members":
		return 0
	case isList:
		return len(list)
	}
	return 1
}

// member finds a key of an envelope in any letter case.
func member(object map[string]any, name string) (value any, given bool, err error) {
	for key, v := range object {
		if !strings.EqualFold(key, name) {
			continue
		}
		if given {
			return nil, false, refusal.OperationKeyTwice.New(name)
		}
		value, given = v, true
	}
	return value, given, nil
}

func (h *handler) operation(k *kind, item any) (scim.Op, error) {
	object, ok := item.(map[string]any)
	if !ok {
		return scim.Op{}, refusal.OperationNotObject.New()
	}
	verb, _, err := member(object, "op")
	if err != nil {
		return scim.Op{}, err
	}
	path, _, err := member(object, "path")
	if err != nil {
		return scim.Op{}, err
	}
	value, given, err := member(object, "value")
	if err != nil {
		return scim.Op{}, err
	}
	op := scim.Op{Value: value, NoValue: !given}
	if op.Kind, err = verbOf(verb); err != nil {
		return scim.Op{}, err
	}
	if op.Path, err = h.path(k, path); err != nil {
		return op, err
	}
	if op.NoValue && op.Kind != scim.Remove { // a misspelt key must not clear an attribute
		return op, refusal.OperationWithoutValue.New(op.Kind)
	}
	if attributes, ok := op.Value.(map[string]any); ok && op.Path.IsZero() {
		op.Value, err = scim.FlattenCore(k.types, attributes)
	}
	return op, err
}

// verbOf reads an op in any letter case: Entra writes Add, Replace, Remove.
func verbOf(value any) (scim.OpKind, error) {
	text, _ := value.(string)
	switch kind := scim.OpKind(strings.ToLower(text)); kind {
	case scim.Add, scim.Replace, scim.Remove:
		return kind, nil
	}
	return "", refusal.OpUnknown.New()
}

// path parses the path of an operation; null means none.
func (h *handler) path(k *kind, value any) (scim.Path, error) {
	text, ok := value.(string)
	if !ok && value != nil {
		return scim.Path{}, refusal.PathNotText.New()
	}
	return scim.ParsePath(k.types, text, h.cfg.filterLimits())
}
