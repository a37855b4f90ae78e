package scimhttp

import (
	"context"
	"strings"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// patchOperations parses the body of a PATCH (RFC 7644 §3.5.2). If the PATCH
// deactivates a user, scim.LeaveOut removes its wrong operations, and left lists
// the names in the paths of these operations.
func (h *handler) patchOperations(ctx context.Context, op operation) (ops []scim.Op, left []string, err error) {
	k := op.kind
	list, err := h.envelope(op.body)
	if err != nil {
		return nil, nil, err
	}
	ops = make([]scim.Op, 0, len(list))
	members := 0
	for i, item := range list {
		one, err := h.patchOperation(k, item)
		if len(list) > 1 {
			one.Number = i + 1
		}
		if err != nil {
			return nil, nil, scim.InOperation(one, err)
		}
		if k == h.groups {
			members += membersOf(k.types, one)
		}
		if members > h.cfg.MaxMembers {
			return nil, nil, refusal.TooManyMembers.New(h.cfg.MaxMembers)
		}
		if !isPassword(one.Path.Attr) {
			ops = append(ops, one)
		}
	}
	if ops, left, err = scim.LeaveOut(k.types, ops); err != nil {
		return nil, nil, err
	}
	if err := scim.CheckID(k.types, ops, op.id); err != nil {
		return nil, nil, err
	}
	if dropped := scim.Unknown(k.types, ops); len(dropped) > 0 {
		h.cfg.OnDropped(ctx, k.types.Endpoint[1:], dropped)
	}
	return ops, left, nil
}

// reportLeftOut logs that a deactivation was applied without the wrong operations
// of its PATCH, and calls OnLeftOut.
func (h *handler) reportLeftOut(ctx context.Context, op operation, left []string) {
	if len(left) == 0 {
		return
	}
	h.cfg.OnLeftOut(ctx, op.kind.types.Endpoint[1:], left)
	h.log.Warn("a deactivation was applied, but not the operations on these attributes: correct the IdP's mapping",
		append(logfield.From(ctx), logfield.Attributes(left))...)
}

// envelope returns the value of the key `Operations` in the body of a PATCH. The
// list may be empty or missing, because ConnId sends a PATCH without operations
// before each change of a group. The key `schemas` may also be missing, and other
// keys are ignored (docs/reference/identity-providers.md, row 27). If `Operations`
// is missing, a body with other keys is refused, because the keys may be
// attributes, or a misspelled `Operations`.
func (h *handler) envelope(body map[string]any) ([]any, error) {
	value, _, err := member(body, "Operations")
	if err != nil {
		return nil, err
	}
	list, ok := value.([]any)
	if !ok && (value != nil || hasContent(body)) {
		return nil, refusal.PatchWithoutOperations.New()
	}
	if len(list) > h.cfg.MaxOperations {
		return nil, refusal.PatchTooLong.New(h.cfg.MaxOperations)
	}
	return list, nil
}

// hasContent reports whether a body has a key other than `Operations`, `schemas`,
// `id` and `meta`.
func hasContent(body map[string]any) bool {
	for key := range body {
		switch strings.ToLower(key) {
		case "operations", "schemas", "id", "meta":
		default:
			return true
		}
	}
	return false
}

// membersOf returns the number of members that the value of an operation names.
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

// member returns the value of a key, and ignores the letter case of the key.
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

// patchOperation parses an element of the list `Operations`.
func (h *handler) patchOperation(k *kind, item any) (scim.Op, error) {
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
	op.Path, err = h.path(k, path)
	switch {
	case err != nil && op.Path.IsZero():
		return op, err
	case err != nil:
		op.Refused = err
	}
	if op.NoValue && op.Kind != scim.Remove { // otherwise an operation with a misspelt key `value` would clear the attribute
		return op, refusal.OperationWithoutValue.New(op.Kind)
	}
	if !op.Path.IsZero() {
		return op, nil
	}
	return withObject(k.types, op)
}

// withObject parses the value of an operation without a path. The value is an
// object of attributes, or a list with one object, which SCIM-SDK 1.30 sends.
func withObject(t *scim.ResourceType, op scim.Op) (scim.Op, error) {
	if list, ok := op.Value.([]any); ok && len(list) == 1 {
		op.Value = list[0]
	}
	attributes, ok := op.Value.(map[string]any)
	if !ok {
		return op, nil // Apply refuses it
	}
	var err error
	op.Value, err = scim.FlattenCore(t, attributes)
	return op, err
}

// verbOf parses the value of the key `op`. It ignores the letter case, because
// Entra writes Add, Replace and Remove.
func verbOf(value any) (scim.OpKind, error) {
	text, _ := value.(string)
	switch kind := scim.OpKind(strings.ToLower(text)); kind {
	case scim.Add, scim.Replace, scim.Remove:
		return kind, nil
	}
	return "", refusal.OpUnknown.New()
}

// path parses the value of the key `path` of an operation. The value null means
// that the operation has no path.
func (h *handler) path(k *kind, value any) (scim.Path, error) {
	text, ok := value.(string)
	if !ok && value != nil {
		return scim.Path{}, refusal.PathNotText.New()
	}
	return scim.ParsePath(k.types, text, h.cfg.filterLimits())
}
