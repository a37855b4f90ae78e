package scimhttp

import (
	"context"
	"net/http"

	"github.com/flexscim/flexscim/scim"
)

// create handles POST (RFC 7644 §3.3).
func (h *handler) create(ctx context.Context, op operation) (result, error) {
	c, err := h.content(ctx, op)
	if err != nil {
		return result{}, err
	}
	if err := scim.CheckRequired(op.kind.types, c.doc, nil); err != nil {
		return result{}, err
	}
	created, err := op.kind.create(ctx, c)
	if err != nil {
		return result{}, err
	}
	res := op.shown(op.view(), created)
	res.Status = http.StatusCreated
	return res, nil
}

// replace handles PUT (§3.5.1).
func (h *handler) replace(ctx context.Context, op operation) (result, error) {
	c, err := h.content(ctx, op)
	if err != nil {
		return result{}, err
	}
	cond, err := op.condition(ctx)
	if err != nil {
		return result{}, err
	}
	replaced, err := op.kind.replace(ctx, op.id, c, cond)
	if err != nil {
		return result{}, err
	}
	return h.changed(ctx, op, replaced)
}

// patch handles PATCH (§3.5.2). The response for a user has status 200 and contains
// the user. The response for a group has status 204 and no body, unless the request
// has the parameter `attributes` (docs/reference/identity-providers.md, rows 15 and
// 16).
func (h *handler) patch(ctx context.Context, op operation) (result, error) {
	ops, left, err := h.patchOperations(ctx, op)
	if err != nil {
		return result{}, err
	}
	cond, err := op.condition(ctx)
	if err != nil {
		return result{}, err
	}
	patched, err := op.kind.patch(ctx, op.id, ops, cond)
	if err != nil {
		return result{}, err
	}
	h.reportLeftOut(ctx, op, left)
	if op.kind.quiet && !op.query.Has("attributes") {
		return result{Status: http.StatusNoContent, Location: patched.location(op.base), ETag: patched.meta.ETag()}, nil
	}
	return h.changed(ctx, op, patched)
}

// remove handles DELETE (§3.6).
func (h *handler) remove(ctx context.Context, op operation) (result, error) {
	cond, err := op.condition(ctx)
	if err != nil {
		return result{}, err
	}
	return result{Status: http.StatusNoContent}, op.kind.remove(ctx, op.id, cond)
}

// handler.changed returns a 200 response with a changed resource. If the response
// must contain the members of a group, the method reads the group again, because
// the write methods of a directory do not return members.
func (h *handler) changed(ctx context.Context, op operation, r resource) (result, error) {
	v := op.view()
	if op.kind == h.groups && v.shows(op.kind.related) {
		var err error
		if r, err = op.kind.get(ctx, r.id, true); err != nil {
			return result{}, err
		}
	}
	return op.shown(v, r), nil
}
