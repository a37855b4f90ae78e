package scimhttp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

const (
	mediaType = "application/scim+json"
	urnError  = "urn:ietf:params:scim:api:messages:2.0:Error"
	urnList   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
)

// detailLimit is the maximum number of characters in the detail of an error. Okta
// and Entra both show a detail of this length in full
// (docs/reference/identity-providers.md §5.3).
const detailLimit = 300

const retryAfter = 5 * time.Second // after a 503

// send writes a result as the HTTP response.
func send(w http.ResponseWriter, r *http.Request, res result) {
	h := w.Header()
	if res.Location != "" {
		h.Set("Location", res.Location)
	}
	if res.ContentLocation != "" {
		h.Set("Content-Location", res.ContentLocation)
	}
	if res.ETag != "" {
		h.Set("ETag", res.ETag)
	}
	if res.Body == nil {
		if r.Method == http.MethodPatch { // some clients require a Content-Type (docs/reference/identity-providers.md, row 39)
			h.Set("Content-Type", mediaType)
		}
		w.WriteHeader(res.Status)
		return
	}
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(res.Body)))
	w.WriteHeader(res.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(res.Body) // the write fails only if the client has closed the connection
	}
}

// WriteError writes a SCIM error (RFC 7644 §3.12) whose detail ends with the
// reference id of the request. It is exported for the code that runs before the
// handler: authentication and rate limits.
func WriteError(w http.ResponseWriter, r *http.Request, e *scim.Error) {
	logfield.SetRefusal(r.Context(), logfield.Refusal{ScimType: e.Type, Detail: oneLine(e.Detail)})
	send(w, r, result{Status: e.Status, Body: errorBody(r.Context(), e)})
}

// errorBody returns the JSON of an error.
func errorBody(ctx context.Context, e *scim.Error) []byte {
	body, err := json.Marshal(struct {
		Schemas  []string `json:"schemas"`
		Status   string   `json:"status"`
		ScimType string   `json:"scimType,omitempty"`
		Detail   string   `json:"detail"`
	}{[]string{urnError}, strconv.Itoa(e.Status), e.Type, detail(ctx, e.Detail)})
	if err != nil {
		return []byte(`{"schemas":["` + urnError + `"],"status":"500"}`) // strings always marshal
	}
	return body
}

// detail returns the detail of an error: the text as one line, followed by the
// reference id. If the line would exceed detailLimit characters, the function
// shortens the text.
func detail(ctx context.Context, text string) string {
	suffix := ""
	if id := logfield.RequestID(ctx); id != "" {
		suffix = " (ref " + id + ")"
	}
	text = oneLine(text)
	room := detailLimit - utf8.RuneCountInString(suffix)
	if utf8.RuneCountInString(text) > room {
		text = string([]rune(text)[:room-1]) + "…"
	}
	return text + suffix
}

// oneLine returns a text as one line of valid UTF-8.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
}

// refuse writes the HTTP response for an error.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e, known := visible(err)
	if !known {
		h.logUnavailable(r.Context(), r.Method, err)
	}
	if e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests {
		SetRetryAfter(w, retryAfter)
	}
	WriteError(w, r, e)
}

// visible returns the error that the IdP gets. An error that is not a *scim.Error
// means that the directory is unavailable or that the time limit is exceeded. The
// text of this error is only logged, and known is false.
func visible(err error) (e *scim.Error, known bool) {
	if e, known = errors.AsType[*scim.Error](err); known {
		return e, true
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return refusal.TimedOut.New(), false
	}
	return refusal.DirectoryUnavailable.New(), false
}

// logUnavailable logs that the directory is unavailable. The handler calls it at
// most once for each request.
func (h *handler) logUnavailable(ctx context.Context, method string, err error, more ...zap.Field) {
	fields := append(logfield.From(ctx), logfield.Method(method), logfield.Err(err))
	h.log.Warn("directory is unavailable", append(fields, more...)...)
}

// SetRetryAfter sets the header Retry-After to a number of whole seconds, at least
// one. Okta obeys only numbers, not dates (docs/reference/identity-providers.md
// §1.5).
func SetRetryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int((wait+time.Second-1)/time.Second))))
}

// clip shortens a text from the request, so that an error can quote it.
func clip(s string) string {
	const most = 64
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// byteCount returns a number of bytes as text, in MiB if it is a whole number of
// MiB.
func byteCount(n int64) string {
	const mebi = 1 << 20
	if n%mebi == 0 {
		return strconv.FormatInt(n/mebi, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
