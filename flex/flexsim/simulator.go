package flexsim

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// defaultMaxRequests is the default number of requests that the request log stores.
const defaultMaxRequests = 20000

// Config configures a Simulator. The zero Config is valid.
type Config struct {
	Seed        uint64           // determines the SIDs and the random choices of faults
	Clock       func() time.Time // nil means time.Now
	Credentials *Credentials     // nil: a request must have credentials, but all credentials are accepted
	Strict      bool             // refuse unknown parameters; Violations lists unknown paths and parameters; for tests
	MaxRequests int              // number of requests that the request log stores; 0 means 20,000
	Bodies      bool             // the request log also stores the request bodies; for tests
	Log         *zap.Logger      // nil means none
}

// Credentials are a user name and a password of HTTP Basic: an account or key SID, and
// its secret.
type Credentials struct{ User, Password string }

// Simulator is a simulated account and its HTTP interface. It is safe for
// concurrent use.
type Simulator struct {
	cfg         Config
	opt         *account.OptionTable
	account     *account.Account
	faults      *faultList
	requests    *requestLog
	mux         *http.ServeMux // Twilio's paths
	control     *http.ServeMux // /_sim/…
	running     atomic.Int64   // number of calls to Twilio's paths that are being served
	expressions rateLimit      // lists by TargetWorkersExpression

	mu         sync.Mutex
	violations []string
}

// New returns a Simulator of an account without Workers and users.
func New(cfg Config) (*Simulator, error) {
	if cfg.Credentials != nil && (cfg.Credentials.User == "" || strings.Contains(cfg.Credentials.User, ":")) {
		return nil, errors.New("make simulator: Credentials.User is empty or holds a colon")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	cfg.Log = cmp.Or(cfg.Log, zap.NewNop())
	opt := account.NewOptionTable()
	s := &Simulator{
		cfg:      cfg,
		opt:      opt,
		account:  account.New(cfg.Seed, cfg.Clock, opt),
		faults:   newFaultList(cfg.Seed),
		requests: &requestLog{limit: cmp.Or(cfg.MaxRequests, defaultMaxRequests)},
	}
	s.mux = s.routes()
	s.control = s.controls()
	return s, nil
}

// ServeHTTP serves Twilio's paths and the control API.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.control.ServeHTTP(w, r)
		return
	}
	s.serveProduct(w, r)
}

// These are the types of the control API.
type (
	// Worker is a copy of the state of a Worker.
	Worker = account.Worker
	// Login is the result of an SSO login.
	Login = account.Login
	// LiveWork describes a Task for a Worker, with its Reservation.
	LiveWork = account.LiveWork
	// ReservationStatus is the state of a Reservation: "pending", "accepted", …
	ReservationStatus = account.ReservationStatus
	// LiveWorkSIDs has the SIDs of the objects that AddTask made.
	LiveWorkSIDs = account.LiveWorkSIDs
	// Choice is an option with its values, the default first.
	Choice = account.Choice
)

// Choices returns every option that has a fixed set of values, for tests that try
// each value.
func Choices() []Choice { return account.Choices() }

// AccountSID returns the SID of the simulated account.
func (s *Simulator) AccountSID() flex.AccountSID { return flex.AccountSID(s.account.AccountSID) }

// WorkspaceSID returns the SID of the account's only Workspace.
func (s *Simulator) WorkspaceSID() flex.WorkspaceSID {
	return flex.WorkspaceSID(s.account.WorkspaceSID)
}

// InstanceSID returns the SID of the Flex instance.
func (s *Simulator) InstanceSID() flex.InstanceSID { return flex.InstanceSID(s.account.InstanceSID) }

// ActivitySID returns the SID of the Activity with this name: "Offline",
// "Available", "Unavailable" or "Break". For any other name, it returns "".
func (s *Simulator) ActivitySID(name string) flex.ActivitySID {
	if a := s.account.ActivityNamed(name); a != nil {
		return flex.ActivitySID(a.SID)
	}
	return ""
}

// AddWorker makes an offline Worker, as an administrator could.
func (s *Simulator) AddWorker(name, attributes string) (flex.WorkerSID, error) {
	wk, err := s.account.CreateWorker(name, "", attributes)
	return flex.WorkerSID(wk.SID), err
}

// SetActivity sets the Activity of a Worker, as the agent could.
func (s *Simulator) SetActivity(sid flex.WorkerSID, name string) error {
	activity := string(s.ActivitySID(name))
	_, err := s.account.UpdateWorker(string(sid), account.WorkerChange{ActivitySID: &activity}, "")
	return err
}

// Snapshot returns a copy of every Worker, in the order of their creation.
func (s *Simulator) Snapshot() []Worker { return s.account.All() }

// Login performs an SSO login. It creates the user's Worker. If the Worker already
// exists, Login overwrites those attributes for which there is a claim. The claims
// username, email, full_name and roles are mandatory.
func (s *Simulator) Login(claims map[string]any) (Login, error) { return s.account.Login(claims) }

// AddTask gives a Worker a Task with a Reservation.
func (s *Simulator) AddTask(work LiveWork) (LiveWorkSIDs, error) { return s.account.AddLiveWork(work) }

// AddFault adds a fault. If several faults match a request, the first one applies.
func (s *Simulator) AddFault(f Fault) error { return s.faults.add(f) }

// ClearFaults removes all faults.
func (s *Simulator) ClearFaults() { s.faults.clear() }

// SetOptions sets options, with the names and values of POST /_sim/options. If a
// name or value is invalid, SetOptions sets no option and returns an error.
func (s *Simulator) SetOptions(values map[string]any) error { return s.opt.Change(values) }

// Requests returns the requests to Twilio's paths, the oldest first.
func (s *Simulator) Requests() []Request {
	entries, _ := s.requests.all()
	return entries
}

// ClearRequests empties the request log.
func (s *Simulator) ClearRequests() { s.requests.clear() }

// Violations describes the requests with unknown paths or parameters that a
// simulator in Strict mode has received.
func (s *Simulator) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}
