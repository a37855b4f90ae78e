package scimhttp

import (
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// shape says which values of an object are decoded. Nothing reads the other values,
// so the decoder skips them. It keeps their keys, because the handler reports them.
// The result `inner` is the shape of the key's value. If this value is a list, the
// shape applies to each object in the list. If the shape is nil, all values are
// decoded.
type shape func(key string) (inner shape, keep bool)

// shapeOf returns the shape of the body for an action.
func (h *handler) shapeOf(do action, k *kind) shape {
	switch do {
	case doCreate, doReplace:
		return documentShape(k.types)
	case doPatch:
		return onlyKeys("Operations", "schemas")
	case doBulk:
		return h.bulkShape()
	case doGet, doGetMe, doList, doSearch, doDelete:
	}
	return nil
}

// documentShape returns the shape of a resource: it keeps the attributes of the
// type's schemas.
func documentShape(t *scim.ResourceType) shape {
	return func(key string) (shape, bool) {
		if strings.EqualFold(key, t.Schema.URN) || t.IsExtension(key) {
			return func(name string) (shape, bool) { return nil, t.Knows(key + ":" + name) }, true
		}
		return nil, t.Knows(key)
	}
}

// bulkShape returns the shape of a bulk request. The data of an operation is a user,
// a group, the body of a PATCH, or the operations of a PATCH.
func (h *handler) bulkShape() shape {
	user, group := documentShape(h.users.types), documentShape(h.groups.types)
	message := onlyKeys("Operations", "schemas", "op", "path", "value")
	data := func(key string) (inner shape, keep bool) {
		for _, s := range []shape{user, group, message} {
			if inner, keep = s(key); keep {
				break
			}
		}
		return inner, keep
	}
	operation := func(key string) (shape, bool) {
		if strings.EqualFold(key, "data") {
			return data, true
		}
		return nil, true
	}
	return func(key string) (shape, bool) {
		if strings.EqualFold(key, "Operations") {
			return operation, true
		}
		return nil, true
	}
}

// onlyKeys returns a shape that keeps the given keys, in any letter case.
func onlyKeys(keys ...string) shape {
	return func(key string) (shape, bool) {
		for _, k := range keys {
			if strings.EqualFold(key, k) {
				return nil, true
			}
		}
		return nil, false
	}
}
