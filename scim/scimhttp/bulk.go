package scimhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/bulk"
)

// bulk is POST /Bulk (RFC 7644 §3.7). Each operation is answered by whoever
// answers it when it comes alone, in a transaction of its own.
func (h *handler) bulk(r *http.Request) (reply, error) {
	body, err := h.body(r)
	if err != nil {
		return reply{}, err
	}
	req, err := bulk.Parse(body, h.cfg.MaxBulkOperations)
	if err != nil {
		return reply{}, err
	}
	u := bulkRun{handler: h, request: r, base: h.cfg.BaseURL(r)}
	results := req.Run(r.Context(), bulk.Service{Do: u.do, Fail: u.failed})
	if u.failures > 0 {
		h.isAway(r, u.away, logfield.Count(u.failures))
	}
	out, err := req.Response(results)
	return reply{Status: http.StatusOK, Body: out}, err
}

// bulkRun is a bulk request on its way. Its operations run at once.
type bulkRun struct {
	*handler

	request *http.Request
	base    string

	mu       sync.Mutex
	away     error // why the directory could not be reached, the first time
	failures int64 // of operations, by that
}

// do is one operation, done as if it came alone.
func (u *bulkRun) do(ctx context.Context, op bulk.Operation) bulk.Result {
	sub := alone(ctx, u.request, op)
	serve, _ := u.route(sub, sub.URL.Path)
	if serve == nil {
		return u.failed(ctx, op, refusal.AddressUnknown.New())
	}
	a, err := serve(sub)
	if err != nil {
		return u.failed(ctx, op, ofVersion(err))
	}
	return succeeded(a, op, u.base)
}

// ofVersion says version where an error says If-Match: an operation has no
// headers.
func ofVersion(err error) error {
	e, known := errors.AsType[*scim.Error](err)
	if !known || !strings.Contains(e.Detail, "If-Match") {
		return err
	}
	reworded := *e
	reworded.Detail = strings.ReplaceAll(e.Detail, "If-Match", "version")
	return &reworded
}

// failed is an operation that ended with an error. A POST that failed has no
// location (§3.7.3).
func (u *bulkRun) failed(ctx context.Context, op bulk.Operation, err error) bulk.Result {
	e, known := answerTo(err)
	if !known {
		u.mu.Lock()
		if u.failures++; u.away == nil {
			u.away = err
		}
		u.mu.Unlock()
	}
	result := bulk.Result{Status: e.Status, Body: errorBody(ctx, e)}
	if op.Method != http.MethodPost {
		result.Location = locationOf(op, u.base)
	}
	return result
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

// locationOf is the address that an operation is about, also where nothing is
// at it (RFC 7644 §3.7.3); "" where it is none of a resource.
func locationOf(op bulk.Operation, base string) string {
	where, _, _ := strings.Cut(op.Path, "?")
	collection, id, _ := strings.Cut(strings.TrimPrefix(where, "/"), "/")
	if id == "" || strings.Contains(id, "/") || strings.HasPrefix(id, "bulkId:") {
		return ""
	}
	return base + "/" + collection + "/" + url.PathEscape(id)
}
