package scimdoor

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/flexscim/flexscim/internal/web"
	"github.com/flexscim/flexscim/internal/web/scimdoor/openapi"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

const (
	scimPath    = "/scim/v2"
	openapiPath = scimPath + "/openapi.json"
)

// connectionRoutes returns the routes of an IdP's token: everything, of its own
// connection. handler sees paths without scimPath, and answers 404 and 405
// below it.
func connectionRoutes(c Config, handler http.Handler) *mux.Router {
	r := newRouter()
	for path, h := range c.Endpoints {
		r.Handle(path, h).Methods(http.MethodGet, http.MethodHead)
	}
	handle(r, openapiPath, compression(c).Handler(http.HandlerFunc(describe)))
	addSCIM(r, c, handler)
	return r
}

// personRoutes returns the routes of a person's token: SCIM, whose handler
// refuses what the person may not do (scimhttp/person.go), and the OpenAPI document.
func personRoutes(c Config, handler http.Handler) *mux.Router {
	r := newRouter()
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scimhttp.WriteError(w, r, scimhttp.PersonForbidden(r.Method, r.URL.Path))
	})
	handle(r, openapiPath, compression(c).Handler(http.HandlerFunc(describe))).Methods(http.MethodGet, http.MethodHead, http.MethodOptions)
	addSCIM(r, c, handler)
	return r
}

func addSCIM(r *mux.Router, c Config, handler http.Handler) {
	handler = compression(c).Handler(http.StripPrefix(scimPath, handler))
	for _, resource := range []string{"Users", "Groups", "Roles", "Entitlements", "ResourceTypes", "Schemas"} {
		handle(r, scimPath+"/"+resource, handler)
		handle(r, scimPath+"/"+resource+"/{id}", handler)
	}
	for _, single := range []string{"ServiceProviderConfig", "Bulk", "Me", ".search"} {
		handle(r, scimPath+"/"+single, handler)
	}
	handle(r, scimPath, handler) // the root, which clients write with a slash and without
	r.PathPrefix(scimPath + "/").Handler(web.Logged(scimPath+"/", "", handler))
}

func handle(r *mux.Router, pattern string, h http.Handler) *mux.Route {
	return r.Handle(pattern, web.Logged(pattern, resource(pattern), h))
}

func compression(c Config) web.Compression {
	return web.Compression{
		MaxBody:     c.Body,
		Unsupported: failing(http.StatusUnsupportedMediaType),
		Corrupt:     refusal.BodyNotGzip.New(),
	}
}

// describe answers with the OpenAPI document. Its path is below SCIM's, whose
// route takes any method, so it checks the method itself.
func describe(w http.ResponseWriter, r *http.Request) {
	const allow = "GET, HEAD, OPTIONS"
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		w.Header().Set("Allow", allow)
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		w.Header().Set("Allow", allow)
		scimhttp.WriteError(w, r, refusal.MethodUnknown.New(allow))
		return
	}
	document := openapi.Document()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(document)))
	_, _ = w.Write(document) // fails only if the client is gone
}

// newRouter returns a router that matches paths as they came: it neither
// decodes nor cleans nor redirects them.
func newRouter() *mux.Router {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.NotFoundHandler = failing(http.StatusNotFound)
	r.MethodNotAllowedHandler = failing(http.StatusMethodNotAllowed)
	return r
}

// failing returns a handler that answers every request with an error.
func failing(status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fail(w, r, status, 0) })
}

// resource returns the metrics' label of a route: Users, Schemas, …
func resource(pattern string) string {
	resource, _, _ := strings.Cut(strings.TrimPrefix(pattern, scimPath+"/"), "/")
	return resource
}

// BaseURL returns a function that returns the address of SCIM for a client:
// below publicURL, or, if it is "", below the host of the request.
func BaseURL(publicURL string, https bool) func(*http.Request) string {
	if publicURL != "" {
		base := strings.TrimSuffix(publicURL, "/") + scimPath
		return func(*http.Request) string { return base }
	}
	scheme := "http://"
	if https {
		scheme = "https://"
	}
	return func(r *http.Request) string { return scheme + r.Host + scimPath }
}
