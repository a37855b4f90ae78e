package flexsim

import (
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
	cfg      Config
	log      *zap.Logger
	opt      *account.OptionTable
	account  *account.Account
	faults   *faultList
	requests *requestLog
	mux      *http.ServeMux // Twilio's paths
	control  *http.ServeMux // /_sim/…
	running  atomic.Int64   // product calls at this moment
	pace     pace

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
	opt := account.NewOptionTable()
	s := &Simulator{
		cfg:      cfg,
		log:      cfg.Log,
		opt:      opt,
		account:  account.New(account.Config{Seed: cfg.Seed, Clock: cfg.Clock, Options: opt}),
		faults:   newFaultList(cfg.Seed),
		requests: newRequestLog(cfg.Remembered),
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

// The words of the control door.
type (
	// Login is what an SSO login left behind.
	Login = account.Login
	// Work is live work for a Worker.
	Work = account.Work
	// ReservationStatus is the state of a Reservation: "pending", "accepted", …
	ReservationStatus = account.ReservationStatus
	// WorkDone names what AddTask made.
	WorkDone = account.WorkDone
	// Choice is an option and its values, the default first.
	Choice = account.Choice
)

// Worker is a Worker as the simulator holds it.
type Worker struct {
	SID          flex.WorkerSID
	FriendlyName string
	Attributes   string // JSON text
	Activity     string // its name
	Available    bool
	Version      int // what the ETag shows
}

// Choices lists every option that takes a word, so that a test can try each.
func Choices() []Choice { return account.Choices() }

// AccountSID is the simulated account's.
func (s *Simulator) AccountSID() flex.AccountSID { return flex.AccountSID(s.account.AccountSID) }

// WorkspaceSID is the account's one workspace's.
func (s *Simulator) WorkspaceSID() flex.WorkspaceSID {
	return flex.WorkspaceSID(s.account.WorkspaceSID)
}

// InstanceSID is the Flex instance's.
func (s *Simulator) InstanceSID() flex.InstanceSID { return flex.InstanceSID(s.account.InstanceSID) }

// ActivitySID finds an Activity by its name: Offline, Available, Unavailable or
// Break. It is "" for any other.
func (s *Simulator) ActivitySID(name string) flex.ActivitySID {
	if a := s.account.ActivityNamed(name); a != nil {
		return flex.ActivitySID(a.SID)
	}
	return ""
}

// AddWorker makes an offline Worker, as a person would by hand.
func (s *Simulator) AddWorker(name, attributes string) (flex.WorkerSID, error) {
	wk, err := s.account.CreateWorker(name, "", attributes)
	return flex.WorkerSID(wk.SID), err
}

// SetActivity puts a Worker into the Activity of this name, as an agent does.
func (s *Simulator) SetActivity(sid flex.WorkerSID, name string) error {
	activity := string(s.ActivitySID(name))
	_, err := s.account.UpdateWorker(string(sid), account.WorkerChange{ActivitySID: &activity}, "")
	return err
}

// Snapshot copies every Worker, in the order of their creation.
func (s *Simulator) Snapshot() []Worker {
	all := s.account.All()
	snapshot := make([]Worker, 0, len(all))
	for _, wk := range all {
		snapshot = append(snapshot, Worker{
			flex.WorkerSID(wk.SID), wk.FriendlyName, wk.Attributes, wk.Activity.Name, wk.Activity.Available, wk.Version,
		})
	}
	return snapshot
}

// Login is an SSO login: claims are username, email, full_name, roles and
// whatever else becomes an attribute. It makes the Worker or overwrites those
// keys.
func (s *Simulator) Login(claims map[string]any) (Login, error) { return s.account.Login(claims) }

// AddTask gives a Worker live work.
func (s *Simulator) AddTask(work Work) (WorkDone, error) { return s.account.AddWork(work) }

// FinishTask is the agent's end of a Task.
func (s *Simulator) FinishTask(sid flex.TaskSID) error { return s.account.FinishWork(string(sid)) }

// AddFault appends a rule. The first one that strikes a request counts.
func (s *Simulator) AddFault(f Fault) error { return s.faults.add(f) }

// ClearFaults removes every rule.
func (s *Simulator) ClearFaults() { s.faults.clear() }

// SetOptions sets options by name; the names and values are those of POST
// /_sim/options. An unknown one is refused, and then none is set.
func (s *Simulator) SetOptions(values map[string]any) error { return s.opt.Change(values) }

// Requests lists the requests to Twilio's paths, the oldest first.
func (s *Simulator) Requests() []Request {
	entries, _ := s.requests.all()
	return entries
}

// ClearRequests forgets them.
func (s *Simulator) ClearRequests() { s.requests.clear() }

// Violations lists what a Strict simulator was asked that Twilio does not have.
func (s *Simulator) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}
