package scimhttp

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/turns"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/cursor"
)

type handler struct {
	cfg       Config
	log       *zap.Logger
	bodies    reader
	users     *kind
	groups    *kind
	grants    []*kind                    // roles and entitlements
	documents map[string]http.Handler    // :: path → discovery document
	cursors   atomic.Pointer[cursor.Box] // nil until a request first needs a cursor
	bulks     *turns.Gate
}

// maxBulks is the maximum number of bulk requests that are in progress at the same
// time. Other bulk requests wait before their bodies are read, because each may
// need much memory and carries out many operations at the same time.
const maxBulks = 2

// New returns the SCIM service of one connection. The path of a request must begin
// after the base URL (/Users, /Groups/…), its context must have the request id
// (package logfield), and its sender must be authenticated.
func New(c Config) (http.Handler, error) {
	if c.Directory == nil {
		return nil, errors.New("scimhttp: Config.Directory is required")
	}
	h := &handler{cfg: c.withDefaults(), bulks: turns.NewGate(maxBulks, maxBulks)}
	h.log = h.cfg.Log.Named("scim")
	h.bodies = newReader(h.cfg)
	var err error
	if h.users, err = newUsers(c.Directory, c.MaxValues, int(h.cfg.MaxBody/2)); err != nil {
		return nil, err
	}
	if h.groups, err = newGroups(c.Directory); err != nil {
		return nil, err
	}
	if c.Grants != nil {
		for _, list := range c.Grants.Lists() {
			h.grants = append(h.grants, newGrants(list))
		}
	}
	h.documents = h.discovery()
	return h, nil
}

// ServeHTTP converts the request to an operation, carries it out, and writes the
// result. Paths are case-sensitive.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := tidy(r.URL.Path)
	person := PersonOf(r.Context())
	if person != "" && !h.permits(w, r, path, person) {
		return
	}
	if document, ok := h.documents[documentName(path)]; ok {
		document.ServeHTTP(w, r)
		return
	}
	to := h.target(path)
	do := to.takes.actions[r.Method]
	switch {
	case path == mePath && person == "":
		WriteError(w, r, refusal.MeNeedsPerson.New())
	case to.takes == nothing:
		WriteError(w, r, nothingAt(path))
	case do == 0:
		otherMethod(w, r, to.takes.allow)
	default:
		res, err := h.carryOut(r, to, do)
		h.respond(w, r, res, err)
	}
}

// carryOut converts the request to an operation and carries it out.
func (h *handler) carryOut(r *http.Request, to target, do action) (result, error) {
	if do == doBulk {
		leave, err := h.bulks.Enter(r.Context(), "")
		if err != nil {
			return result{}, err
		}
		defer leave()
	}
	op, err := h.fromRequest(r, to, do)
	if op.done != nil {
		defer op.done()
	}
	if err != nil {
		return result{}, err
	}
	return h.do(r.Context(), op)
}

// respond writes the error if err is not nil, otherwise the result.
func (h *handler) respond(w http.ResponseWriter, r *http.Request, res result, err error) {
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	send(w, r, res)
}

// tidy removes a slash at the end of a path (/Users/), and one of two slashes at
// its start (//Users). An IdP sends two slashes if its base URL ends in a slash.
func tidy(path string) string {
	if strings.HasPrefix(path, "//") {
		path = path[1:]
	}
	return strings.TrimSuffix(path, "/")
}

// permits reports whether a request with a personal token is allowed. If the
// request is not allowed, permits writes the error. For a request to /Me, it sets
// the header Location to the URL of the person (RFC 7644 §3.11).
func (h *handler) permits(w http.ResponseWriter, r *http.Request, path string, person scim.ID) bool {
	if path == mePath {
		w.Header().Set("Location", h.users.types.Address(h.cfg.BaseURL(r), string(person)))
	}
	if personMay(r.Method, path) {
		return true
	}
	WriteError(w, r, PersonForbidden(r.Method, path))
	return false
}

// otherMethod responds to OPTIONS with 204, and to a method that the path does not
// support with 405.
func otherMethod(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	WriteError(w, r, refusal.MethodUnknown.New(allow))
}
