package flexsim

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex/flexsim/internal/fault"
	"github.com/flexscim/flexscim/flex/flexsim/internal/journal"
	"github.com/flexscim/flexscim/flex/flexsim/internal/option"
	"github.com/flexscim/flexscim/flex/flexsim/internal/world"
)

// defaultRemembered is how many requests the journal keeps.
const defaultRemembered = 20000

// Config says how a Simulator behaves; the zero Config works.
type Config struct {
	Seed        uint64           // SIDs and the choice of faults follow from it
	Clock       func() time.Time // nil means time.Now
	Credentials *Pair            // nil means any, but some are required
	Strict      bool             // an unknown path or parameter is a violation; for tests
	Remembered  int              // requests that the journal keeps; 0 means 20,000
	Bodies      bool             // the journal keeps request bodies too; for tests
	Log         *zap.Logger      // nil means none
}

// Pair is a user name and a password of HTTP Basic: an account or key SID, and
// its secret.
type Pair struct{ User, Password string }

// Simulator is a simulated account and its HTTP interface. It is safe for
// concurrent use.
type Simulator struct {
	cfg     Config
	log     *zap.Logger
	opt     *option.Table
	world   *world.World
	faults  *fault.List
	journal *journal.Journal
	mux     *http.ServeMux // Twilio's paths
	control *http.ServeMux // /_sim/…
	running atomic.Int64   // product calls at this moment
	pace    pace

	mu         sync.Mutex
	violations []string
}

// New returns a Simulator of an account with nobody in it.
func New(cfg Config) (*Simulator, error) {
	if cfg.Credentials != nil && (cfg.Credentials.User == "" || strings.Contains(cfg.Credentials.User, ":")) {
		return nil, errors.New("make simulator: Credentials.User is empty or holds a colon")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Remembered == 0 {
		cfg.Remembered = defaultRemembered
	}
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	opt := option.NewTable()
	s := &Simulator{
		cfg:     cfg,
		log:     cfg.Log,
		opt:     opt,
		world:   world.New(world.Config{Seed: cfg.Seed, Clock: cfg.Clock, Options: opt}),
		faults:  fault.NewList(cfg.Seed),
		journal: journal.New(cfg.Remembered),
	}
	s.mux = s.routes()
	s.control = s.controls()
	return s, nil
}

// ServeHTTP answers Twilio's paths and the control door.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.control.ServeHTTP(w, r)
		return
	}
	s.serveProduct(w, r)
}
