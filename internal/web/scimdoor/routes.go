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
	configPath  = scimPath + "/ServiceProviderConfig"
)

// connectionRoutes returns the routes for an IdP's token: all endpoints except
// /metrics. The argument handler serves SCIM. It gets paths without the prefix
// scimPath, and also writes the responses 404 and 405 for paths below scimPath.
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
// SCIM. The SCIM handler refuses all operations that are not allowed with a
// person's token (scimhttp/person.go).
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
	handle(r, scimPath, handler) // requests to scimPath itself
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

// describe responds with the OpenAPI document. The function, not the
// route, checks the HTTP method. If the route checked the method, the router would pass other methods to the SCIM route, which
// also matches this path.
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
	_, _ = w.Write(document) // fails only if the client has disconnected
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

// BaseURL returns a function that returns the base URL of SCIM for a request. The
// base URL begins with publicURL. If publicURL is "", it begins with the host in
// the request.
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
