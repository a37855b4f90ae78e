package option

import (
	"slices"
	"strconv"
)

// Set is one value for every option. The JSON names are those of
// POST /_sim/options.
type Set struct {
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
	Concurrency             int     `json:"concurrency"` // calls at once; 0 means no limit
	MaxWorkers              int     `json:"max_workers"` // Workers of the workspace
}

// Seconds is a whole number of seconds, or absent where it is negative.
type Seconds int

// absent is how Seconds says that there is none.
const absent = "absent"

// MarshalJSON writes a number or "absent".
func (s Seconds) MarshalJSON() ([]byte, error) {
	if s < 0 {
		return []byte(`"` + absent + `"`), nil
	}
	return strconv.AppendInt(nil, int64(s), 10), nil
}

// Choice is an option that takes one of a few words. The first is the default.
type Choice struct {
	Name   string
	Values []string
	field  func(*Set) *string
}

// Choices lists every option that takes a word.
func Choices() []Choice {
	return slices.Concat(workerChoices(), userChoices())
}

func workerChoices() []Choice {
	return []Choice{
		{"delete_busy_worker", []string{"refuse", "allow"}, func(s *Set) *string { return &s.DeleteBusyWorker }},
		{"delete_available_worker", []string{"allow", "refuse"}, func(s *Set) *string { return &s.DeleteAvailableWorker }},
		{"duplicate_name", []string{"400-20001", "409-20409"}, func(s *Set) *string { return &s.DuplicateName }},
		{"friendly_name_filter", []string{"exact", "exact_case", "prefix"}, func(s *Set) *string { return &s.FriendlyNameFilter }},
		{"list_attributes", []string{"present", "null"}, func(s *Set) *string { return &s.ListAttributes }},
		{"etag", []string{"quoted", "bare", "weak", absent}, func(s *Set) *string { return &s.ETag }},
		{"if_match", []string{"enforced", "ignored"}, func(s *Set) *string { return &s.IfMatch }},
		{"page_size_over_max", []string{"clamp", "refuse"}, func(s *Set) *string { return &s.PageSizeOverMax }},
		{"page_stability", []string{"snapshot", "live"}, func(s *Set) *string { return &s.PageStability }},
	}
}

func userChoices() []Choice {
	return []Choice{
		{"v4", []string{"on", "off"}, func(s *Set) *string { return &s.V4 }},
		{"provision_attributes", []string{"merge", "replace"}, func(s *Set) *string { return &s.ProvisionAttributes }},
		{"provision_roles", []string{"merge", "replace"}, func(s *Set) *string { return &s.ProvisionRoles }},
		{"provision_existing_worker", []string{"adopt", "error"}, func(s *Set) *string { return &s.ProvisionExistingWorker }},
		{"provision_deactivated", []string{"reactivate", "error"}, func(s *Set) *string { return &s.ProvisionDeactivated }},
		{"provision_wfo_roles", []string{"refuse", "accept"}, func(s *Set) *string { return &s.ProvisionWFORoles }},
		{"deprovision_busy", []string{"allow", "refuse"}, func(s *Set) *string { return &s.DeprovisionBusy }},
		{"login_deactivated", []string{"reactivate", "refuse"}, func(s *Set) *string { return &s.LoginDeactivated }},
		{"nameid_case", []string{"keep", "lower"}, func(s *Set) *string { return &s.NameIDCase }},
		{"nameid_over_64", []string{"refuse", "truncate", "accept"}, func(s *Set) *string { return &s.NameIDOver64 }},
		{"identity_underscore", []string{"keep", "encode"}, func(s *Set) *string { return &s.IdentityUnderscore }},
		{"identity_non_ascii", []string{"utf8_bytes", "code_point"}, func(s *Set) *string { return &s.IdentityNonASCII }},
		{"identity_from", []string{"username", "email"}, func(s *Set) *string { return &s.IdentityFrom }},
	}
}
