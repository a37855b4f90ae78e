package account

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/flexscim/flexscim/flex"
)

// Options has a field for each option of POST /_sim/options. The field tag "values"
// lists the allowed values and begins with the default.
type Options struct {
	DeleteBusyWorker        string  `json:"delete_busy_worker" values:"refuse allow"`
	DeleteAvailableWorker   string  `json:"delete_available_worker" values:"refuse allow"`
	AssignedTasks           string  `json:"assigned_tasks" values:"unpaused all absent"`
	DuplicateName           string  `json:"duplicate_name" values:"400-20001 409-20409"`
	OfflineActivity         string  `json:"offline_activity" values:"configured wrong available unset none"`
	RefusalWording          string  `json:"refusal_wording" values:"reason plain"`
	FriendlyNameFilter      string  `json:"friendly_name_filter" values:"exact exact_case prefix"`
	ListAttributes          string  `json:"list_attributes" values:"present null"`
	FetchAttributes         string  `json:"fetch_attributes" values:"present null empty"`
	NextPageURL             string  `json:"next_page_url" values:"absolute port capitals relative http"`
	ETag                    string  `json:"etag" values:"quoted bare weak absent"`
	IfMatch                 string  `json:"if_match" values:"enforced ignored"`
	PageSizeOverMax         string  `json:"page_size_over_max" values:"clamp refuse"`
	PageStability           string  `json:"page_stability" values:"snapshot live"`
	V4                      string  `json:"v4" values:"on off"`
	ProvisionAttributes     string  `json:"provision_attributes" values:"merge replace"`
	ProvisionRoles          string  `json:"provision_roles" values:"merge replace"`
	ProvisionExistingWorker string  `json:"provision_existing_worker" values:"adopt error"`
	ProvisionDeactivated    string  `json:"provision_deactivated" values:"reactivate error"`
	ProvisionWFORoles       string  `json:"provision_wfo_roles" values:"refuse accept"`
	DeprovisionBusy         string  `json:"deprovision_busy" values:"allow refuse"`
	LoginDeactivated        string  `json:"login_deactivated" values:"reactivate refuse"`
	NameIDCase              string  `json:"nameid_case" values:"keep lower"`
	NameIDOver64            string  `json:"nameid_over_64" values:"refuse truncate accept"`
	IdentityUnderscore      string  `json:"identity_underscore" values:"keep encode"`
	IdentityNonASCII        string  `json:"identity_non_ascii" values:"utf8_bytes code_point"`
	IdentityFrom            string  `json:"identity_from" values:"username email"`
	NamesShown              string  `json:"names_shown" values:"as_written lower"`
	Interactions            int     `json:"interactions_per_second"` // limit for each endpoint of the Interactions API; 0: no limit
	AvailableLag            int     `json:"available_lag"`           // seconds until the field "available" of a Worker follows its Activity
	RetryAfter              Seconds `json:"retry_after_on_429"`
	Concurrency             int     `json:"concurrency"` // maximum of concurrent calls; 0: no limit
	MaxWorkers              int     `json:"max_workers"` // maximum of Workers in the Workspace
	FetchLag                int     `json:"fetch_lag"`   // seconds until a fetch of a Worker shows a write
	ListLag                 int     `json:"list_lag"`    // seconds until the list of Workers shows a write
}

// Seconds is a number of seconds. A negative number means "absent".
type Seconds int

// absent is the JSON form of negative Seconds.
const absent = "absent"

// MarshalJSON writes a number or "absent".
func (s Seconds) MarshalJSON() ([]byte, error) {
	if s < 0 {
		return []byte(`"` + absent + `"`), nil
	}
	return strconv.AppendInt(nil, int64(s), 10), nil
}

// Choice is an option with a fixed set of values. The first value is the default.
type Choice struct {
	Name   string
	Values []string
	field  int // its index in Options
}

// Choices returns every option that has a fixed set of values.
func Choices() []Choice {
	var all []Choice
	for f := range reflect.TypeFor[Options]().Fields() {
		if values, ok := f.Tag.Lookup("values"); ok {
			all = append(all, Choice{f.Tag.Get("json"), strings.Fields(values), f.Index[0]})
		}
	}
	return all
}

func (c Choice) set(s *Options, value string) {
	reflect.ValueOf(s).Elem().Field(c.field).SetString(value)
}

// defaultConcurrency is the number of concurrent calls that the simulated account
// accepts. Twilio publishes no number.
const defaultConcurrency = 100

// OptionTable contains the current Options. It is safe for concurrent use.
type OptionTable struct {
	write sync.Mutex // serialises changes, so that no change is lost
	set   atomic.Pointer[Options]
}

// NewOptionTable returns an OptionTable with the defaults.
func NewOptionTable() *OptionTable {
	s := &Options{RetryAfter: -1, Concurrency: defaultConcurrency, MaxWorkers: flex.MaxWorkers, Interactions: flex.InteractionsPerSecond}
	for _, c := range Choices() {
		c.set(s, c.Values[0])
	}
	t := &OptionTable{}
	t.set.Store(s)
	return t
}

// Load returns the current Options. The caller must not modify the result.
func (t *OptionTable) Load() *Options { return t.set.Load() }

// Change sets the named options. If a name or value is invalid, Change sets no
// option and returns an error that names the first invalid option.
func (t *OptionTable) Change(values map[string]any) error {
	t.write.Lock()
	defer t.write.Unlock()
	next := *t.set.Load()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := next.change(name, values[name]); err != nil {
			return err
		}
	}
	t.set.Store(&next)
	return nil
}

func (s *Options) change(name string, value any) error {
	switch name {
	case "available_lag":
		return number(name, value, 0, &s.AvailableLag)
	case "interactions_per_second":
		return number(name, value, 0, &s.Interactions)
	case "concurrency":
		return number(name, value, 0, &s.Concurrency)
	case "fetch_lag":
		return number(name, value, 0, &s.FetchLag)
	case "list_lag":
		return number(name, value, 0, &s.ListLag)
	case "max_workers":
		return number(name, value, 1, &s.MaxWorkers)
	case "retry_after_on_429":
		if value == absent {
			s.RetryAfter = -1
			return nil
		}
		return number(name, value, 0, (*int)(&s.RetryAfter))
	}
	for _, c := range Choices() {
		if c.Name == name {
			return c.change(s, value)
		}
	}
	return fmt.Errorf("unknown option %q: the options are %s", name, strings.Join(names(), ", "))
}

func (c Choice) change(s *Options, value any) error {
	word, ok := value.(string)
	if !ok || !slices.Contains(c.Values, word) {
		return fmt.Errorf("option %s cannot be %v: it is one of %s", c.Name, value, strings.Join(c.Values, ", "))
	}
	c.set(s, word)
	return nil
}

// number stores the argument value in the variable to which target points. If the
// value is not a whole number, or is below the minimum, the function returns an
// error.
func number(name string, value any, minimum int, target *int) error {
	n, ok := -1, false
	switch v := value.(type) {
	case int:
		n, ok = v, true
	case float64:
		n, ok = int(v), v == float64(int(v))
	case json.Number:
		i, err := v.Int64()
		n, ok = int(i), err == nil
	}
	if !ok || n < minimum {
		return fmt.Errorf("option %s cannot be %v: it is a whole number of at least %d", name, value, minimum)
	}
	*target = n
	return nil
}

func names() []string {
	all := []string{"available_lag", "concurrency", "fetch_lag", "interactions_per_second", "list_lag", "max_workers", "retry_after_on_429"}
	for _, c := range Choices() {
		all = append(all, c.Name)
	}
	slices.Sort(all)
	return all
}
