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

// connectionRoutes returns the routes for an IdP's token: all endpoints of its
// connection, without /metrics. The argument handler gets paths without scimPath;
// below scimPath, it also responds with 404 and 405.
func connectionRoutes(c Config, handler http.Handler) *mux.Router {
	r := newRouter()
	for path, h := range c.Endpoints {
		if path != web.MetricsPath { // which shows all connections
			r.Handle(path, h).Methods(http.MethodGet, http.MethodHead)
		}
	}
	handle(r, openapiPath, compression(c).Handler(http.HandlerFunc(describe)))
	addSCIM(r, c, handler)
	return r
}

// personRoutes returns the routes of a person's token: the OpenAPI document and
// SCIM. The SCIM handler refuses all operations that people must not do
// (scimhttp/person.go).
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
	handle(r, scimPath, handler) // the root, with and without a slash
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

// describe responds with the OpenAPI document. It checks the method itself,
// because SCIM's route also matches this path, with every method.
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

// newRouter returns a router that matches paths as they were sent. It does not decode, clean or redirect them.
func newRouter() *mux.Router {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.NotFoundHandler = failing(http.StatusNotFound)
	r.MethodNotAllowedHandler = failing(http.StatusMethodNotAllowed)
	return r
}

// failing returns a handler that responds to every request with an error.
func failing(status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fail(w, r, status, 0) })
}

// resource returns a route's label for the metrics: Users, Schemas, …
func resource(pattern string) string {
	resource, _, _ := strings.Cut(strings.TrimPrefix(pattern, scimPath+"/"), "/")
	return resource
}

// BaseURL returns a function that returns SCIM's base URL for a client. It
// begins with publicURL or, if that is "", with the host of the request.
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
