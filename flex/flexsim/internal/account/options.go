package account

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/flexscim/flexscim/flex"
)

// Options has a value for every option. The JSON names are those of
// POST /_sim/options.
type Options struct {
	DeleteBusyWorker        string  `json:"delete_busy_worker"`
	DeleteAvailableWorker   string  `json:"delete_available_worker"`
	DuplicateName           string  `json:"duplicate_name"`
	FriendlyNameFilter      string  `json:"friendly_name_filter"`
	ListAttributes          string  `json:"list_attributes"`
	ETag                    string  `json:"etag"`
	IfMatch                 string  `json:"if_match"`
	PageSizeOverMax         string  `json:"page_size_over_max"`
	PageStability           string  `json:"page_stability"`
	V4                      string  `json:"v4"`
	ProvisionAttributes     string  `json:"provision_attributes"`
	ProvisionRoles          string  `json:"provision_roles"`
	ProvisionExistingWorker string  `json:"provision_existing_worker"`
	ProvisionDeactivated    string  `json:"provision_deactivated"`
	ProvisionWFORoles       string  `json:"provision_wfo_roles"`
	DeprovisionBusy         string  `json:"deprovision_busy"`
	LoginDeactivated        string  `json:"login_deactivated"`
	NameIDCase              string  `json:"nameid_case"`
	NameIDOver64            string  `json:"nameid_over_64"`
	IdentityUnderscore      string  `json:"identity_underscore"`
	IdentityNonASCII        string  `json:"identity_non_ascii"`
	IdentityFrom            string  `json:"identity_from"`
	RetryAfter              Seconds `json:"retry_after_on_429"`
	Concurrency             int     `json:"concurrency"` // concurrent calls; 0: no limit
	MaxWorkers              int     `json:"max_workers"` // Workers of the Workspace
}

// Seconds is a number of seconds, or "absent" if it is negative.
type Seconds int

// absent is the text of negative Seconds.
const absent = "absent"

// MarshalJSON writes a number or "absent".
func (s Seconds) MarshalJSON() ([]byte, error) {
	if s < 0 {
		return []byte(`"` + absent + `"`), nil
	}
	return strconv.AppendInt(nil, int64(s), 10), nil
}

// Choice is an option with a few values. The first is the default.
type Choice struct {
	Name   string
	Values []string
	field  func(*Options) *string
}

// Choices returns every option that is one of a few words.
func Choices() []Choice {
	return slices.Concat(workerChoices(), userChoices())
}

func workerChoices() []Choice {
	return []Choice{
		{"delete_busy_worker", []string{"refuse", "allow"}, func(s *Options) *string { return &s.DeleteBusyWorker }},
		{"delete_available_worker", []string{"allow", "refuse"}, func(s *Options) *string { return &s.DeleteAvailableWorker }},
		{"duplicate_name", []string{"400-20001", "409-20409"}, func(s *Options) *string { return &s.DuplicateName }},
		{"friendly_name_filter", []string{"exact", "exact_case", "prefix"}, func(s *Options) *string { return &s.FriendlyNameFilter }},
		{"list_attributes", []string{"present", "null"}, func(s *Options) *string { return &s.ListAttributes }},
		{"etag", []string{"quoted", "bare", "weak", absent}, func(s *Options) *string { return &s.ETag }},
		{"if_match", []string{"enforced", "ignored"}, func(s *Options) *string { return &s.IfMatch }},
		{"page_size_over_max", []string{"clamp", "refuse"}, func(s *Options) *string { return &s.PageSizeOverMax }},
		{"page_stability", []string{"snapshot", "live"}, func(s *Options) *string { return &s.PageStability }},
	}
}

func userChoices() []Choice {
	return []Choice{
		{"v4", []string{"on", "off"}, func(s *Options) *string { return &s.V4 }},
		{"provision_attributes", []string{"merge", "replace"}, func(s *Options) *string { return &s.ProvisionAttributes }},
		{"provision_roles", []string{"merge", "replace"}, func(s *Options) *string { return &s.ProvisionRoles }},
		{"provision_existing_worker", []string{"adopt", "error"}, func(s *Options) *string { return &s.ProvisionExistingWorker }},
		{"provision_deactivated", []string{"reactivate", "error"}, func(s *Options) *string { return &s.ProvisionDeactivated }},
		{"provision_wfo_roles", []string{"refuse", "accept"}, func(s *Options) *string { return &s.ProvisionWFORoles }},
		{"deprovision_busy", []string{"allow", "refuse"}, func(s *Options) *string { return &s.DeprovisionBusy }},
		{"login_deactivated", []string{"reactivate", "refuse"}, func(s *Options) *string { return &s.LoginDeactivated }},
		{"nameid_case", []string{"keep", "lower"}, func(s *Options) *string { return &s.NameIDCase }},
		{"nameid_over_64", []string{"refuse", "truncate", "accept"}, func(s *Options) *string { return &s.NameIDOver64 }},
		{"identity_underscore", []string{"keep", "encode"}, func(s *Options) *string { return &s.IdentityUnderscore }},
		{"identity_non_ascii", []string{"utf8_bytes", "code_point"}, func(s *Options) *string { return &s.IdentityNonASCII }},
		{"identity_from", []string{"username", "email"}, func(s *Options) *string { return &s.IdentityFrom }},
	}
}

// defaultConcurrency is the number of concurrent calls that the simulated account
// accepts. Twilio publishes no number.
const defaultConcurrency = 100

// OptionTable holds the current Options. It is safe for concurrent use.
type OptionTable struct {
	write sync.Mutex // serialises changes, so that none is lost
	set   atomic.Pointer[Options]
}

// NewOptionTable returns an OptionTable with the defaults.
func NewOptionTable() *OptionTable {
	s := &Options{RetryAfter: -1, Concurrency: defaultConcurrency, MaxWorkers: flex.MaxWorkers}
	for _, c := range Choices() {
		*c.field(s) = c.Values[0]
	}
	t := &OptionTable{}
	t.set.Store(s)
	return t
}

// Load returns the current Options. The caller must not change them.
func (t *OptionTable) Load() *Options { return t.set.Load() }

// Change sets the named options. If one is wrong, it sets none and returns an
// error that names the first wrong one.
func (t *OptionTable) Change(values map[string]any) error {
	t.write.Lock()
	defer t.write.Unlock()
	next := *t.set.Load()
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := next.change(name, values[name]); err != nil {
			return err
		}
	}
	t.set.Store(&next)
	return nil
}

func (s *Options) change(name string, value any) error {
	switch name {
	case "concurrency":
		return number(name, value, 0, &s.Concurrency)
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
	*c.field(s) = word
	return nil
}

// number sets into to a whole number of JSON or Go that is at least least.
func number(name string, value any, least int, into *int) error {
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
	if !ok || n < least {
		return fmt.Errorf("option %s cannot be %v: it is a whole number of at least %d", name, value, least)
	}
	*into = n
	return nil
}

func names() []string {
	all := []string{"concurrency", "max_workers", "retry_after_on_429"}
	for _, c := range Choices() {
		all = append(all, c.Name)
	}
	sort.Strings(all)
	return all
}
