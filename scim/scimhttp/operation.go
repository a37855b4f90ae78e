package scimhttp

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/flexscim/flexscim/internal/turns"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/bulk"
)

// operation is an HTTP request, or one operation of a bulk request, in the form in
// which the handler carries it out.
type operation struct {
	action action
	kind   *kind      // the resource type; nil for the root and for /Bulk
	id     scim.ID    // of a single resource
	query  url.Values // parameters of the URL or of a search, with the names that the RFCs use
	match  preconditions
	body   map[string]any // the JSON body: a document, a PATCH or a bulk request
	done   func()         // returns the memory of the body to the budget; nil if there is no body
	base   string         // the base URL, with which meta.location and $ref start
}

// result is the response of an operation that succeeded.
type result struct {
	Status          int
	Location        string // URL of the resource; "" for none
	ContentLocation string // URL of the resource in Body; "" for none
	ETag            string
	Body            []byte // nil for none
}

// fromRequest converts an HTTP request to an operation.
func (h *handler) fromRequest(r *http.Request, to target, do action) (operation, error) {
	op, err := newOperation(to, do, r.URL.RawQuery)
	if err != nil {
		return op, err
	}
	op.base = h.cfg.BaseURL(r)
	op.match = preconditions{ifMatch: r.Header.Values("If-Match"), ifNoneMatch: r.Header.Values("If-None-Match")}
	if do == doGetMe {
		op.id = PersonOf(r.Context())
	}
	if do.hasBody() {
		if op.body, op.done, err = h.body(r, h.shapeOf(do, to.kind)); err != nil {
			return op, err
		}
	}
	if do == doSearch {
		op.action = doList
		op.query, err = searchQuery(op.body)
	}
	return op, err
}

// fromBulk converts an operation of a bulk request.
func (h *handler) fromBulk(o bulk.Operation, base string) (operation, error) {
	path, query, _ := strings.Cut(o.Path, "?")
	to := h.target(path)
	do := to.takes.actions[o.Method]
	if do == 0 {
		return operation{}, refusal.AddressUnknown.New()
	}
	op, err := newOperation(to, do, query)
	op.base, op.body, op.match.bulk = base, o.Data, true
	if o.Version != "" {
		op.match.ifMatch = []string{o.Version}
	}
	return op, err
}

// newOperation returns an operation on a target, with the parameters of a query. If
// the id has a form that flexscim never assigns, newOperation returns a 404.
func newOperation(to target, do action, query string) (op operation, err error) {
	op = operation{action: do, kind: to.kind, id: to.id}
	if op.query, err = parseParameters(query); err != nil {
		return op, err
	}
	if to.takes == ofResource && !to.id.Valid() {
		return op, scim.NotFound(to.kind.types.Name, to.id)
	}
	return op, nil
}

// inOneTurn carries out an operation that reads. If the directory makes the
// operation wait for its turn, this turn lasts until the response is written into
// memory. Otherwise the operation could wait for a second turn, and the pages that
// it has already read would need memory meanwhile.
func inOneTurn(ctx context.Context, op operation, read func(context.Context, operation) (result, error)) (result, error) {
	ctx, end := turns.Keep(ctx)
	defer end()
	return read(ctx, op)
}

// do carries out an operation.
func (h *handler) do(ctx context.Context, op operation) (result, error) {
	switch op.action {
	case doCreate:
		return h.create(ctx, op)
	case doGet, doGetMe:
		return inOneTurn(ctx, op, h.get)
	case doList:
		return inOneTurn(ctx, op, h.list)
	case doReplace:
		return h.replace(ctx, op)
	case doPatch:
		return h.patch(ctx, op)
	case doDelete:
		return h.remove(ctx, op)
	case doBulk:
		return h.bulk(ctx, op)
	case doSearch: // fromRequest converts doSearch to doList
	}
	return result{}, fmt.Errorf("scimhttp: no action %d", op.action)
}

// body reads the JSON object in the body of a request. It refuses a Content-Type
// only if it names another format than JSON (docs/reference/identity-providers.md,
// row 40).
func (h *handler) body(r *http.Request, keep shape) (object map[string]any, done func(), err error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && !mayBeJSON(media) {
		return nil, func() {}, refusal.MediaTypeUnknown.New()
	}
	return h.bodies.readBody(r, keep)
}

// mayBeJSON reports whether a body with this media type may be JSON. Besides the
// types for JSON, it accepts types that HTTP client libraries send by default.
func mayBeJSON(media string) bool {
	switch media {
	case "application/json", "text/json", "text/plain", "application/octet-stream", "*/*":
		return true
	}
	return strings.HasSuffix(media, "+json")
}
