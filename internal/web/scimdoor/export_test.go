package scimdoor

import (
	"net/http"

	"github.com/gorilla/mux"
)

// Routers returns all routers of a door, so that a test can request every route.
func Routers(c Config) []*mux.Router {
	return []*mux.Router{connectionRoutes(c, http.NotFoundHandler()), personRoutes(c, http.NotFoundHandler())}
}
