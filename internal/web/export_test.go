package web

import (
	"net/http"

	"github.com/gorilla/mux"
)

// Routers are all that New can hand a request to, for the test that walks
// every route.
func Routers(c Config) []*mux.Router {
	c = c.withDefaults()
	return []*mux.Router{openRoutes(c), scraperRoutes(c), connectionRoutes(c, http.NotFoundHandler()), personRoutes(c, http.NotFoundHandler())}
}
