package scimhttp

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp/bulk"
)

// bulk is POST /Bulk (RFC 7644 §3.7). Each operation is answered by whoever
// answers it when it comes alone, in a transaction of its own.
func (h *handler) bulk(r *http.Request) (reply, error) {
	body, err := h.body(r)
	if err != nil {
		return reply{}, err
	}
	req, err := bulk.Parse(body, h.cfg.MaxOperations)
	if err != nil {
		return reply{}, err
	}
	base := h.cfg.BaseURL(r)
	results := req.Run(r.Context(), bulk.Service{
		Do: func(ctx context.Context, op bulk.Operation) bulk.Result {
			sub := alone(ctx, r, op)
			serve, _ := h.route(sub.Method, sub.URL.Path)
			if serve == nil {
				return h.failed(sub, op, base, noEndpoint())
			}
			a, err := serve(sub)
			if err != nil {
				return h.failed(sub, op, base, err)
			}
			return succeeded(a, op, base)
		},
		Fail: func(ctx context.Context, op bulk.Operation, err error) bulk.Result {
			return h.failed(r.WithContext(ctx), op, base, err)
		},
	})
	out, err := req.Response(results)
	return reply{Status: http.StatusOK, Body: out}, err
}

// alone is the request that an operation would be if it came alone.
func alone(ctx context.Context, r *http.Request, op bulk.Operation) *http.Request {
	sub := r.WithContext(ctx)
	sub.Method = op.Method
	sub.Header = http.Header{}
	if op.Version != "" {
		sub.Header.Set("If-Match", op.Version)
	}
	where, query, _ := strings.Cut(op.Path, "?")
	sub.URL = &url.URL{Path: where, RawQuery: query}
	sub.Body = known{http.NoBody, op.Data}
	return sub
}

// known is a body that was read as a part of another one.
type known struct {
	io.ReadCloser
	object map[string]any
}

func succeeded(a reply, op bulk.Operation, base string) bulk.Result {
	result := bulk.Result{Status: a.Status, Location: a.Location, Version: a.ETag}
	if op.Method == http.MethodPost {
		result.ID = path.Base(a.Location)
	} else {
		result.Location = locationOf(op, base)
	}
	return result
}

// failed is an operation that ended with an error. A POST that failed has no
// location (§3.7.3).
func (h *handler) failed(r *http.Request, op bulk.Operation, base string, err error) bulk.Result {
	e := h.refusal(r, err)
	result := bulk.Result{Status: e.Status, Body: errorBody(r.Context(), e)}
	if op.Method != http.MethodPost {
		result.Location = locationOf(op, base)
	}
	return result
}

// locationOf is the address of the resource that an operation is about; "" for
// one that is not known.
func locationOf(op bulk.Operation, base string) string {
	where, _, _ := strings.Cut(op.Path, "?")
	collection, id, _ := strings.Cut(strings.TrimPrefix(where, "/"), "/")
	if !scim.ID(id).Valid() {
		return ""
	}
	return base + "/" + collection + "/" + id
}
