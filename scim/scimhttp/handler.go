package scimhttp

import (
	"context"
	"crypto/rand"
	"errors"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/cursor"
	"github.com/flexscim/flexscim/scim/scimhttp/me"
	"github.com/flexscim/flexscim/scim/scimhttp/params"
)

// Config is what a handler needs. Only Directory is required.
type Config struct {
	Directory scim.Directory // of the one connection that the handler serves
	Log       *zap.Logger    // nil: nothing is logged

	// BaseURL answers the address that the IdP uses for this handler, without
	// a slash at its end, such as https://scim.example.com/scim/v2. It starts
	// every meta.location and $ref. Nil: the request's own host, and /scim/v2.
	BaseURL func(*http.Request) string

	// OnDropped is told which attributes of a request were ignored because no
	// schema of ours knows them (docs/reference/identity-providers.md, row 26).
	// Nil: nobody is.
	OnDropped func(r *http.Request, names []string)

	// Grants are the roles and entitlements that the IdP may read, at /Roles, at
	// /Entitlements and in discovery. Nil: there are no such resources.
	Grants *scim.Grants

	RetryAfter time.Duration // of a 503; 0 means 5 s

	// CursorKey answers the key of this connection's cursors, 32 bytes, which
	// all replicas share (package cursor). It is asked until it answers once.
	// Nil: a key of this process alone.
	CursorKey     func(context.Context) ([]byte, error)
	CursorTimeout time.Duration    // how long a cursor is good for; 0 means 1 h
	Clock         func() time.Time // nil: time.Now

	MaxBody           int64 // bytes of a request's body; 0 means 4 MiB
	MaxDepth          int   // levels of nesting in a body; 0 means 32
	MaxValues         int   // of one attribute in a POST or PUT; 0 means scim.DefaultValues
	MaxMembers        int   // that one request names; 0 means 100,000
	MaxOperations     int   // of one PATCH; 0 means 1,000
	MaxBulkOperations int   // of one Bulk; 0 means 1,000
	MaxFilterLength   int   // bytes of a filter or a path; 0 means 4,096
	MaxFilterTerms    int   // comparisons of a filter or a path; 0 means 64
	MaxFilterDepth    int   // brackets within each other in them; 0 means 16, IdPs send 2
	MaxPage           int   // resources of one list answer; 0 means 1,000
	DefaultPage       int   // where no count is given; 0 means 100
}

// withDefaults fills in what was left zero.
func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.BaseURL == nil {
		c.BaseURL = ownAddress
	}
	if c.OnDropped == nil {
		c.OnDropped = func(*http.Request, []string) {}
	}
	c.RetryAfter = orDefault(c.RetryAfter, 5*time.Second)
	if c.CursorKey == nil {
		own := make([]byte, cursor.KeySize)
		_, _ = rand.Read(own) // it never fails
		c.CursorKey = func(context.Context) ([]byte, error) { return own, nil }
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.CursorTimeout = orDefault(c.CursorTimeout, time.Hour)
	c.MaxBody = orDefault(c.MaxBody, 4<<20)
	c.MaxDepth = orDefault(c.MaxDepth, 32)
	c.MaxMembers = orDefault(c.MaxMembers, 100_000)
	c.MaxOperations = orDefault(c.MaxOperations, 1000)
	c.MaxBulkOperations = orDefault(c.MaxBulkOperations, 1000)
	c.MaxFilterLength = orDefault(c.MaxFilterLength, 4096)
	c.MaxFilterTerms = orDefault(c.MaxFilterTerms, 64)
	c.MaxFilterDepth = orDefault(c.MaxFilterDepth, 16)
	c.MaxPage = orDefault(c.MaxPage, 1000)
	c.DefaultPage = orDefault(c.DefaultPage, 100)
	return c
}

func (c Config) filterLimits() scim.FilterLimits {
	return scim.FilterLimits{Bytes: c.MaxFilterLength, Terms: c.MaxFilterTerms, Depth: c.MaxFilterDepth}
}

func orDefault[T int | int64 | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}

// ownAddress is the address of this handler as the request names its host.
func ownAddress(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + "/scim/v2"
}

type handler struct {
	cfg    Config
	log    *zap.Logger
	users  *kind
	groups *kind
	grants []*kind                    // what the IdP may only read
	box    atomic.Pointer[cursor.Box] // of the cursors; nil before the first
	fixed  map[string]http.Handler    // :: path → discovery document
}

// New is the SCIM service of one connection. It expects paths below the base
// URL (/Users, /Groups/…), the request id in the context (logfield) and an
// authenticated caller.
func New(c Config) (http.Handler, error) {
	if c.Directory == nil {
		return nil, errors.New("scimhttp: Config.Directory is required")
	}
	h := &handler{cfg: c.withDefaults()}
	h.log = h.cfg.Log.Named("scim")
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
	h.fixed = h.discovery()
	return h, nil
}

// call answers a request.
type call func(*http.Request) (reply, error)

// ServeHTTP finds the resource and the method. Paths are exact in their letter
// case; a slash too many at an end is left out.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := tidy(r.URL.Path)
	if person := me.Of(r.Context()); person != "" && !h.opens(w, r, path, person) {
		return
	}
	if document, ok := h.fixed[documentName(path)]; ok {
		document.ServeHTTP(w, r)
		return
	}
	serve, allow := h.route(r, path)
	switch {
	case serve != nil:
		a, err := serve(r)
		h.answer(w, r, a, err)
	case allow == "":
		WriteError(w, r, nothingAt(path))
	default:
		otherMethod(w, r, allow)
	}
}

// tidy leaves out the second slash that a base URL with a slash at its end
// makes (//Users), and the one at the end of a path (/Users/).
func tidy(path string) string {
	if strings.HasPrefix(path, "//") {
		path = path[1:]
	}
	return strings.TrimSuffix(path, "/")
}

// route says who answers a method at a path; nil where nobody does, and then
// which methods the path takes: none where nothing is there.
func (h *handler) route(r *http.Request, path string) (serve call, allow string) {
	if path == me.Path && me.Of(r.Context()) == "" {
		return func(*http.Request) (reply, error) { return reply{}, refusal.MeNeedsPerson.New() }, ""
	}
	answer, allow := h.endpoint(r.Method, path)
	if answer == nil {
		return nil, allow
	}
	return func(r *http.Request) (reply, error) {
		plain, err := params.Plain(r)
		if err != nil {
			return reply{}, err
		}
		return answer(plain)
	}, allow
}

// endpoint is route, with a query that loses nothing.
func (h *handler) endpoint(method, path string) (serve call, allow string) {
	switch path {
	case "":
		return reading(method, h.everything), "GET, HEAD, OPTIONS"
	case "/.search":
		return posting(method, h.searchEverything), "POST, OPTIONS"
	case "/Bulk":
		return posting(method, h.bulk), "POST, OPTIONS"
	case me.Path:
		return reading(method, h.me), "GET, HEAD, OPTIONS"
	}
	path, absolute := strings.CutPrefix(path, "/")
	collection, id, single := strings.Cut(path, "/")
	k := h.kind(collection)
	switch {
	case !absolute || k == nil:
		return nil, ""
	case id == ".search":
		return posting(method, func(r *http.Request) (reply, error) { return h.search(r, k) }), "POST, OPTIONS"
	case k.fixed && single:
		return reading(method, func(r *http.Request) (reply, error) { return h.grant(r, k, scim.ID(id)) }), "GET, HEAD, OPTIONS"
	case k.fixed:
		return reading(method, func(r *http.Request) (reply, error) { return h.list(r, k) }), "GET, HEAD, OPTIONS"
	case single:
		return h.one(method, k, scim.ID(id)), "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
	}
	return h.all(method, k), "GET, HEAD, POST, OPTIONS"
}

func (h *handler) kind(collection string) *kind {
	switch collection {
	case "Users":
		return h.users
	case "Groups":
		return h.groups
	}
	for _, k := range h.grants {
		if k.types.Endpoint[1:] == collection {
			return k
		}
	}
	return nil
}

func reading(method string, serve call) call {
	if method == http.MethodGet || method == http.MethodHead {
		return serve
	}
	return nil
}

func posting(method string, serve call) call {
	if method == http.MethodPost {
		return serve
	}
	return nil
}

// opens says whether a path is open to a person's token, and refuses it where
// it is not. At /Me every answer names the person's own address (§3.11).
func (h *handler) opens(w http.ResponseWriter, r *http.Request, path string, person scim.ID) bool {
	if path == me.Path {
		w.Header().Set("Location", h.addressOf(r, person))
	}
	if me.May(r.Method, path) {
		return true
	}
	WriteError(w, r, me.Forbidden(r.Method, path))
	return false
}

// me is GET of the person whom the token stands for.
func (h *handler) me(r *http.Request) (reply, error) {
	person := me.Of(r.Context())
	a, err := h.get(r, h.users, person)
	a.Content = h.addressOf(r, person)
	return a, err
}

func (h *handler) addressOf(r *http.Request, user scim.ID) string {
	return h.users.types.Address(h.cfg.BaseURL(r), string(user))
}

// all serves a collection.
func (h *handler) all(method string, k *kind) call {
	switch method {
	case http.MethodGet, http.MethodHead:
		return func(r *http.Request) (reply, error) { return h.list(r, k) }
	case http.MethodPost:
		return func(r *http.Request) (reply, error) { return h.create(r, k) }
	}
	return nil
}

// one serves a resource. An id that is not one of ours names nothing, and
// nothing further looks at it.
func (h *handler) one(method string, k *kind, id scim.ID) call {
	var serve func(*http.Request, *kind, scim.ID) (reply, error)
	switch method {
	case http.MethodGet, http.MethodHead:
		serve = h.get
	case http.MethodPut:
		serve = h.replace
	case http.MethodPatch:
		serve = h.patch
	case http.MethodDelete:
		serve = h.remove
	default:
		return nil
	}
	return func(r *http.Request) (reply, error) {
		if !id.Valid() {
			return reply{}, scim.NotFound(k.types.Name, id)
		}
		return serve(r, k, id)
	}
}

func (h *handler) answer(w http.ResponseWriter, r *http.Request, a reply, err error) {
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	send(w, r, a)
}

// otherMethod answers OPTIONS, and 405 to what the resource does not do.
func otherMethod(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	WriteError(w, r, refusal.MethodUnknown.New(allow))
}

// body reads a request's object. A Content-Type is refused where it names
// something that is not JSON (docs/reference/identity-providers.md, row 40).
func (h *handler) body(r *http.Request) (map[string]any, error) {
	if known, ok := r.Body.(known); ok {
		return known.object, nil
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && !mayBeJSON(media) {
		return nil, refusal.MediaTypeUnknown.New()
	}
	return readBody(r, h.cfg.MaxBody, h.cfg.MaxDepth)
}

// mayBeJSON says whether a media type is one of JSON, or one that clients send
// which do not know what they send. None, and one that cannot be read, are
// not looked at.
func mayBeJSON(media string) bool {
	switch media {
	case "application/json", "text/json", "text/plain", "application/octet-stream", "*/*":
		return true
	}
	return strings.HasSuffix(media, "+json")
}
