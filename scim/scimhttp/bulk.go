package scimhttp

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp/bulk"
)

// bulk handles POST /Bulk (RFC 7644 §3.7). It carries out each operation like a
// separate request, in its own transaction. The limit of the work applies to all
// operations together.
func (h *handler) bulk(ctx context.Context, op operation) (result, error) {
	req, err := bulk.Parse(op.body, h.cfg.MaxBulkOperations)
	if err != nil {
		return result{}, err
	}
	ctx = scim.WithWork(ctx, &scim.Work{Bulk: true})
	b := bulkRequest{handler: h, base: op.base}
	results := req.Run(ctx, bulk.Service{Do: b.do, Fail: b.failed})
	if b.failures > 0 {
		h.logUnavailable(ctx, http.MethodPost, b.unavailable, logfield.Count(b.failures))
	}
	out, err := req.Response(results)
	return result{Status: http.StatusOK, Body: out}, err
}

// bulkRequest is a bulk request in progress. It is safe for concurrent use.
type bulkRequest struct {
	*handler

	base string

	mu          sync.Mutex
	unavailable error // the first error that says that the directory was unavailable
	failures    int64 // operations that failed because the directory was unavailable
}

// do carries out one operation of the bulk request.
func (b *bulkRequest) do(ctx context.Context, o bulk.Operation) bulk.Result {
	op, err := b.fromBulk(o, b.base)
	if err != nil {
		return b.failed(ctx, o, err)
	}
	res, err := b.handler.do(ctx, op)
	if err != nil {
		return b.failed(ctx, o, err)
	}
	out := bulk.Result{Status: res.Status, Location: res.Location, Version: res.ETag}
	if o.Method == http.MethodPost {
		out.ID = path.Base(res.Location)
	} else {
		out.Location = locationOf(o, b.base)
	}
	return out
}

// failed returns the result of an operation that failed. The result has a location
// unless the operation is a POST (§3.7.3).
func (b *bulkRequest) failed(ctx context.Context, o bulk.Operation, err error) bulk.Result {
	e, known := visible(err)
	if !known {
		b.mu.Lock()
		if b.failures++; b.unavailable == nil {
			b.unavailable = err
		}
		b.mu.Unlock()
	}
	out := bulk.Result{Status: e.Status, Body: errorBody(ctx, e)}
	if o.Method != http.MethodPost {
		out.Location = locationOf(o, b.base)
	}
	return out
}

// locationOf returns the URL of the resource that the path of an operation names,
// even if this resource does not exist (§3.7.3). If the path names no single
// resource, it returns "".
func locationOf(o bulk.Operation, base string) string {
	where, _, _ := strings.Cut(o.Path, "?")
	collection, id, _ := strings.Cut(strings.TrimPrefix(where, "/"), "/")
	if id == "" || strings.Contains(id, "/") || strings.HasPrefix(id, "bulkId:") {
		return ""
	}
	return base + "/" + collection + "/" + url.PathEscape(id)
}
