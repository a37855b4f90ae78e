package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/flexscim/flexscim/internal/web/openapi"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimhttp/me"
)

// The paths that are not SCIM.
const (
	healthPath  = "/healthz"
	readyPath   = "/readyz"
	metricsPath = "/metrics"
	scimPath    = "/scim/v2"
	openapiPath = scimPath + "/openapi.json"
)

// openRoutes is what everybody may ask.
func openRoutes(c Config) *mux.Router {
	r := newRouter()
	addHealth(r, c)
	return r
}

// scraperRoutes is what the metrics token may ask.
func scraperRoutes(c Config) *mux.Router {
	r := newRouter()
	addMetrics(r, c)
	return r
}

// connectionRoutes is what a connection's token may ask: everything, of its
// own. scim sees the paths below its own, and answers 404 and 405 there itself.
func connectionRoutes(c Config, scim http.Handler) *mux.Router {
	r := newRouter()
	addHealth(r, c)
	addMetrics(r, c)
	r.Handle(openapiPath, coded(c, http.HandlerFunc(describe)))
	addSCIM(r, c, scim)
	return r
}

// personRoutes is what a token may ask that stands for one person: SCIM, which
// refuses what they may not (package me), and the document of all routes.
func personRoutes(c Config, scim http.Handler) *mux.Router {
	r := newRouter()
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scimhttp.WriteError(w, r, me.Forbidden(r.Method, r.URL.Path))
	})
	r.Handle(openapiPath, coded(c, http.HandlerFunc(describe))).Methods(http.MethodGet, http.MethodHead, http.MethodOptions)
	addSCIM(r, c, scim)
	return r
}

func addSCIM(r *mux.Router, c Config, scim http.Handler) {
	scim = coded(c, http.StripPrefix(scimPath, scim))
	for _, resource := range []string{"Users", "Groups", "Roles", "Entitlements", "ResourceTypes", "Schemas"} {
		r.Handle(scimPath+"/"+resource, scim)
		r.Handle(scimPath+"/"+resource+"/{id}", scim)
	}
	for _, single := range []string{"ServiceProviderConfig", "Bulk", "Me", ".search"} {
		r.Handle(scimPath+"/"+single, scim)
	}
	r.Handle(scimPath, scim) // the root, which clients write with a slash and without
	r.PathPrefix(scimPath + "/").Handler(scim)
}

func addHealth(r *mux.Router, c Config) {
	r.HandleFunc(healthPath, alive).Methods(http.MethodGet, http.MethodHead)
	r.Handle(readyPath, ready(c.Health)).Methods(http.MethodGet, http.MethodHead)
}

func addMetrics(r *mux.Router, c Config) {
	r.Handle(metricsPath, c.Metrics.Handler()).Methods(http.MethodGet, http.MethodHead)
}

// describe answers the OpenAPI document of all routes. Its path is below
// SCIM's, which takes any method, so that it looks at the method itself.
func describe(w http.ResponseWriter, r *http.Request) {
	const allow = "GET, HEAD, OPTIONS"
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		w.Header().Set("Allow", allow)
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		answer(http.StatusMethodNotAllowed, "This path does not take this method.", "Allow", allow).ServeHTTP(w, r)
		return
	}
	document := openapi.Document()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(document)))
	_, _ = w.Write(document) // a client that is gone needs no answer
}

// newRouter matches paths as they came: it neither decodes nor cleans nor
// redirects them.
func newRouter() *mux.Router {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.Use(noteRoute)
	r.NotFoundHandler = answer(http.StatusNotFound, "Nothing is at this path. SCIM is at "+scimPath+".")
	r.MethodNotAllowedHandler = answer(http.StatusMethodNotAllowed, "This path does not take this method.", "Allow", "GET, HEAD")
	return r
}

// noteRoute tells the access log which route matched.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route := mux.CurrentRoute(r); route != nil {
			if pattern, err := route.GetPathTemplate(); err == nil {
				recordOf(r.Context()).route = pattern
			}
		}
		next.ServeHTTP(w, r)
	})
}

// resourceOf is the metrics' word for a route's pattern.
func resourceOf(pattern string) string {
	switch pattern {
	case "":
		return "none"
	case healthPath, readyPath:
		return "health"
	case metricsPath:
		return "metrics"
	case openapiPath:
		return "openapi"
	}
	resource, _, _ := strings.Cut(strings.TrimPrefix(pattern, scimPath+"/"), "/")
	return resource
}
