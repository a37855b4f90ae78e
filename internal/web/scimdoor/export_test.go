package scimdoor

import (
	"net/http"

	"github.com/gorilla/mux"
)

// Routers returns all routers that a door has, for the test that walks every
// route.
func Routers(c Config) []*mux.Router {
	return []*mux.Router{connectionRoutes(c, http.NotFoundHandler()), personRoutes(c, http.NotFoundHandler())}
}
