package flextest

import (
	"net/http/httptest"
	"testing"

	"github.com/flexscim/flexscim/flex/flexsim"
)

// Server is a Strict simulator that is reached over a real connection.
type Server struct {
	URL string
	Sim *flexsim.Simulator
}

// NewServer starts a simulator that keeps request bodies. At the end of the test
// it reports an error for every request and response that Twilio's documents do
// not allow.
func NewServer(t *testing.T, cfg flexsim.Config) *Server {
	t.Helper()
	cfg.Strict = true
	cfg.Bodies = true
	sim, err := flexsim.New(cfg)
	if err != nil {
		t.Fatalf("start simulator: %v", err)
	}
	validator := NewValidator(t)
	server := httptest.NewServer(validator.Middleware(sim))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		for _, v := range append(sim.Violations(), validator.Violations()...) {
			t.Errorf("against Twilio's documents: %s", v)
		}
	})
	return &Server{server.URL, sim}
}
