package web

import (
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

// retryAfter is how long a client is asked to wait while the database is
// away.
const retryAfter = 5 * time.Second

// refuse answers who cannot be authenticated: 401, the same for every reason,
// 429 where that was said too often, or 503 where the database could not be
// asked.
func (g *gate) refuse(w http.ResponseWriter, r *http.Request, err error) {
	id := logfield.Request(logfield.RequestID(r.Context()))
	denied, isDenied := errors.AsType[*auth.Denied](err)
	if !isDenied {
		g.Log.Error("token not looked up", id, logfield.Err(err))
		scimhttp.SetRetryAfter(w, retryAfter)
		writeError(w, r, http.StatusServiceUnavailable, "The database does not answer. Nothing was changed; try again.")
		return
	}
	g.Metrics.Refused(string(denied.Reason))
	if g.tooOften(w, r) {
		return
	}
	fields := []zap.Field{id, logfield.Reason(string(denied.Reason))}
	if denied.TokenID != "" {
		fields = append(fields, logfield.Token(denied.TokenID))
	}
	g.Log.Warn("request refused", fields...)
	w.Header().Set("WWW-Authenticate", `Bearer realm="flexscim"`)
	writeError(w, r, http.StatusUnauthorized,
		"The request has no valid token. Send one made by `flexscim token create` as `Authorization: Bearer TOKEN`.")
}

// answer is a handler that always refuses; headers are pairs.
func answer(status int, detail string, headers ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		writeError(w, r, status, detail)
	})
}

// writeError answers as the SCIM side does: one way to say no.
func writeError(w http.ResponseWriter, r *http.Request, status int, detail string) {
	scimhttp.WriteError(w, r, &scim.Error{Status: status, Detail: detail})
}
